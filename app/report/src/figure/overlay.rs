//! What is written over a scene: legend, markers, arrows, labels, scale bar, triad, remarks.

use super::drawing::{Drawing, Style};
use super::fonts::Fonts;
use super::raster::{Frame, Image};
use scene::{Camera, Colour, Legend, MarkerKind, Point3, Projection, Scalar, Scene, Triad, ticks};

/// Logical size of the smaller figure: text keeps its share of the picture at any resolution.
const LOGICAL: [f64; 2] = [800.0, 600.0];
const MARGIN: f64 = 18.0;
const TEXT: f64 = 14.5;
const LEGEND_WIDTH: f64 = 168.0;
const STRIP_HEIGHT: f64 = 66.0;
const BAR_WIDTH: f64 = 22.0;

/// Where things are placed, in logical units.
pub(crate) struct Layout {
    /// Pixels a logical unit.
    pub(crate) scale: f64,
    pub(crate) size: [f64; 2],
    /// Area of the picture itself: left, top, width, height.
    pub(crate) area: [f64; 4],
}

impl Layout {
    pub(crate) fn new(scene: &Scene, width: u32, height: u32) -> Self {
        let scale = (f64::from(width) / LOGICAL[0]).min(f64::from(height) / LOGICAL[1]);
        let size = [f64::from(width) / scale, f64::from(height) / scale];
        let legend = if scene.legend.is_some() { LEGEND_WIDTH + MARGIN } else { 0.0 };
        let strip = if has_strip(scene) { STRIP_HEIGHT } else { 0.0 };
        let area = [MARGIN, MARGIN, size[0] - 2.0 * MARGIN - legend, size[1] - 2.0 * MARGIN - strip];
        Self { scale, size, area }
    }

    /// The camera moved so that the scene fits the area, and where the picture lies in pixels.
    pub(crate) fn framed(&self, scene: &Scene, width: u32, height: u32) -> (Camera, Frame) {
        let [left, top, wide, high] = self.area;
        let fitted = || scene.camera.fitted(scene.points(), wide / high, label_margin(scene));
        let camera = if scene.framing == scene::Framing::Fit { fitted() } else { scene.camera };
        let frame = Frame {
            width: width as usize,
            height: height as usize,
            centre: [(left + 0.5 * wide) * self.scale, (top + 0.5 * high) * self.scale],
            scale: high * self.scale,
            line_width: (0.55 * self.scale).max(0.7),
        };
        (camera, frame)
    }
}

fn has_strip(scene: &Scene) -> bool {
    scene.triad != Triad::Hidden || shows_scale_bar(scene) || !scene.notes.is_empty()
}

fn shows_scale_bar(scene: &Scene) -> bool {
    scene.scale_bar && scene.camera.projection == Projection::Orthographic
}

/// Room around the body for labels.
fn label_margin(scene: &Scene) -> f64 {
    if scene.markers.is_empty() && scene.arrows.is_empty() && scene.fixed_zones.is_empty() { 0.02 } else { 0.055 }
}

/// The whole overlay of a scene whose picture is `image`.
pub(crate) fn overlay(scene: &Scene, camera: &Camera, frame: &Frame, layout: &Layout, image: &Image) -> Drawing {
    let fonts = Fonts::new();
    let mut drawing = Drawing::new(layout.size[0], layout.size[1]);
    let mut labels = Labels {
        fonts: &fonts,
        camera,
        frame,
        layout,
        image,
        taken: Vec::new(),
        callouts: Vec::new(),
        symbols: Vec::new(),
    };
    labels.arrows(scene, &mut drawing);
    labels.markers(scene);
    labels.zones(scene);
    labels.place(&mut drawing);
    labels.symbols(&mut drawing);
    if let Some(legend) = &scene.legend {
        self::legend(&mut drawing, legend, has_missing_values(scene), layout, &fonts);
    }
    strip(&mut drawing, scene, camera, layout, &fonts);
    drawing
}

fn has_missing_values(scene: &Scene) -> bool {
    let values = scene.surfaces.iter().filter_map(|surface| surface.scalar.as_ref()).map(Scalar::values);
    values.flatten().any(|value| value.is_nan())
}

/// The legend: title, unit, bar, tick labels, swatches for values outside and missing.
fn legend(drawing: &mut Drawing, legend: &Legend, missing: bool, layout: &Layout, fonts: &Fonts) {
    let [left, mut y] = [layout.size[0] - MARGIN - LEGEND_WIDTH, MARGIN + 20.0];
    let heading = Style::new(TEXT + 0.5).bold();
    for line in fonts.lines(&legend.title, heading.size, true, LEGEND_WIDTH) {
        drawing.text([left, y], &line, heading);
        y += heading.size * 1.25;
    }
    let [low, high] = legend.scale.range;
    let bar = (layout.size[1] - y - 120.0).clamp(80.0, 330.0);
    let count = (bar / 28.0) as usize;
    let ticks = band_ticks(legend, bar).unwrap_or_else(|| ticks::nice_ticks(low, high, count));
    let factor = ticks.factor();
    let unit = [legend.unit_text(), factor.as_str()].into_iter().filter(|part| !part.is_empty()).collect::<Vec<_>>();
    drawing.text([left, y + 1.0], &unit.join("  "), Style::new(TEXT).grey());
    y += 22.0;
    if let Some(above) = legend.scale.above {
        drawing.rectangle([left, y, BAR_WIDTH, 12.0], above, 1.0);
        drawing.text([left + BAR_WIDTH + 10.0, y + 11.0], "above", Style::new(TEXT - 1.0).grey());
        y += 18.0;
    }
    // Each colour is drawn from its own top down to the foot of the bar, so that no seams can show between colours.
    let steps = 256;
    for k in 0..steps {
        let fraction = 1.0 - (f64::from(k) + 0.5) / f64::from(steps);
        let top = bar * f64::from(k) / f64::from(steps);
        drawing.rectangle([left, y + top, BAR_WIDTH, bar - top], legend.scale.colour_at(fraction), 1.0);
    }
    drawing.frame([left, y, BAR_WIDTH, bar], 0.8, Colour::GREY);
    for tick in &ticks.marks {
        let at = y + bar * (1.0 - legend.scale.fraction(tick.value));
        drawing.line(vec![[left + BAR_WIDTH, at], [left + BAR_WIDTH + 5.0, at]], 0.9, Colour::GREY);
        drawing.text([left + BAR_WIDTH + 10.0, at + 0.36 * TEXT], &tick.label, Style::new(TEXT));
    }
    y += bar + 8.0;
    let swatches = [(legend.scale.below, "below"), (missing.then_some(legend.scale.not_a_number), "no value")];
    for (colour, word) in swatches.into_iter().filter_map(|(colour, word)| Some((colour?, word))) {
        drawing.rectangle([left, y, BAR_WIDTH, 12.0], colour, 1.0);
        drawing.text([left + BAR_WIDTH + 10.0, y + 11.0], word, Style::new(TEXT - 1.0).grey());
        y += 18.0;
    }
}

/// Ticks where the bands of a banded scale meet, when there is room for all of them.
fn band_ticks(legend: &Legend, bar: f64) -> Option<ticks::Ticks> {
    let bands = usize::from(legend.scale.bands?);
    let [low, high] = legend.scale.range;
    let mark = |k: usize| {
        let value = low + (high - low) * k as f64 / bands as f64;
        ticks::Tick { value, label: ticks::significant(value, 3) }
    };
    (bands > 0 && 22.0 * bands as f64 <= bar)
        .then(|| ticks::Ticks { marks: (0..=bands).map(mark).collect(), exponent: 0 })
}

/// The strip along the bottom: triad, scale bar, remarks.
fn strip(drawing: &mut Drawing, scene: &Scene, camera: &Camera, layout: &Layout, fonts: &Fonts) {
    let foot = layout.size[1] - MARGIN;
    let mut x = MARGIN;
    if let Some(letters) = scene.triad.letters() {
        triad(drawing, camera, [x + 38.0, foot - 32.0], letters);
        x += 96.0;
    }
    if shows_scale_bar(scene) {
        let unit = camera.height / layout.area[3];
        if let Some((length, label)) = ticks::nice_length(170.0 * unit) {
            let wide = length / unit;
            let y = foot - 18.0;
            drawing.line(vec![[x, y - 5.0], [x, y + 5.0]], 1.6, Colour::INK);
            drawing.line(vec![[x + wide, y - 5.0], [x + wide, y + 5.0]], 1.6, Colour::INK);
            drawing.line(vec![[x, y], [x + wide, y]], 1.6, Colour::INK);
            drawing.text([x + 0.5 * wide, y - 10.0], &label, Style::new(TEXT).middle());
            x += wide + 40.0;
        }
    }
    let room = layout.size[0] - MARGIN - x;
    let lines: Vec<String> = scene.notes.iter().flat_map(|note| fonts.lines(note, TEXT - 1.0, false, room)).collect();
    for (k, line) in lines.iter().rev().enumerate() {
        let place = [layout.size[0] - MARGIN, foot - 8.0 - 18.0 * k as f64];
        drawing.text(place, line, Style::new(TEXT - 1.0).grey().end());
    }
}

/// The axes seen by the camera, the farthest first.
fn triad(drawing: &mut Drawing, camera: &Camera, [x, y]: [f64; 2], letters: [&str; 3]) {
    const LENGTH: f64 = 27.0;
    let axes = [scene::Vector3::x(), scene::Vector3::y(), scene::Vector3::z()].map(|axis| camera.in_view(axis));
    let mut order = [0, 1, 2];
    order.sort_by(|&a, &b| axes[a].z.total_cmp(&axes[b].z));
    for k in order {
        let (axis, colour) = (axes[k], Triad::COLOURS[k]);
        let length = axis.xy().norm();
        if length < 0.15 {
            // Seen end on: a disc, full when the axis points at the viewer, a ring when it points away.
            drawing.disc([x, y], 5.0, colour);
            if axis.z < 0.0 {
                drawing.disc([x, y], 3.2, Colour::WHITE);
            }
            drawing.text([x - 9.0, y + 15.0], letters[k], Style { colour, ..Style::new(13.0).bold().middle() });
            continue;
        }
        let tip = [x + LENGTH * axis.x, y - LENGTH * axis.y];
        arrow(drawing, [x, y], tip, 1.8, colour);
        let out = (LENGTH * length + 10.0) / length;
        let label = [x + out * axis.x, y - out * axis.y + 4.6];
        drawing.text(label, letters[k], Style { colour, ..Style::new(13.0).bold().middle() });
    }
}

/// A shaft with a filled head whose point is at `tip`.
fn arrow(drawing: &mut Drawing, tail: [f64; 2], tip: [f64; 2], width: f64, colour: Colour) {
    let (dx, dy) = (tip[0] - tail[0], tip[1] - tail[1]);
    let length = (dx * dx + dy * dy).sqrt();
    if length < 1.0 {
        drawing.disc(tip, 2.0 * width, colour);
        return;
    }
    let (ux, uy) = (dx / length, dy / length);
    let head = (4.2 * width).min(0.7 * length);
    let half = 0.42 * head;
    let neck = [tip[0] - head * ux, tip[1] - head * uy];
    drawing.line(vec![tail, [neck[0] + 0.3 * head * ux, neck[1] + 0.3 * head * uy]], width, colour);
    drawing.fill(
        vec![tip, [neck[0] - half * uy, neck[1] + half * ux], [neck[0] + half * uy, neck[1] - half * ux]],
        colour,
        1.0,
    );
}

/// A label waiting for a place near its point.
struct Callout {
    anchor: [f64; 2],
    text: String,
    /// Direction in which the label should stand if there is room.
    wish: [f64; 2],
}

/// Finds places for labels that cover neither each other nor the points they belong to.
struct Labels<'a> {
    fonts: &'a Fonts,
    camera: &'a Camera,
    frame: &'a Frame,
    layout: &'a Layout,
    image: &'a Image,
    /// Rectangles in use: left, top, width, height.
    taken: Vec<[f64; 4]>,
    callouts: Vec<Callout>,
    /// Markers: place, symbol, whether the body hides it.
    symbols: Vec<([f64; 2], MarkerKind, bool)>,
}

impl Labels<'_> {
    /// Logical position of a point and whether the picture hides it.
    fn place_of(&self, point: Point3<f64>) -> Option<([f64; 2], bool)> {
        let placed = self.frame.place(self.camera, point)?;
        let (column, row) = (placed.x.floor(), placed.y.floor());
        if column < 0.0 || row < 0.0 || column >= self.frame.width as f64 || row >= self.frame.height as f64 {
            return None;
        }
        let depth = self.image.depth[row as usize * self.frame.width + column as usize];
        let slack = 6.0 * self.camera.height / self.frame.scale;
        let hidden = f64::from(depth) > placed.key + slack;
        Some(([placed.x / self.layout.scale, placed.y / self.layout.scale], hidden))
    }

    fn outwards(&self, [x, y]: [f64; 2]) -> [f64; 2] {
        let [left, top, wide, high] = self.layout.area;
        let [dx, dy] = [x - left - 0.5 * wide, y - top - 0.5 * high];
        let length = (dx * dx + dy * dy).sqrt();
        if length < 1.0 { [1.0, 0.0] } else { [dx / length, dy / length] }
    }

    fn arrows(&mut self, scene: &Scene, drawing: &mut Drawing) {
        for load in &scene.arrows {
            let scale = self.layout.scale;
            let ends = [load.tail, load.tip].map(|point| self.frame.place(self.camera, point));
            let [Some(tail), Some(tip)] = ends.map(|end| end.map(|p| [p.x / scale, p.y / scale])) else { continue };
            arrow(drawing, tail, tip, 5.2, Colour::WHITE);
            arrow(drawing, tail, tip, 3.2, load.colour);
            self.taken.push(around(tail, 8.0));
            self.taken.push(around([0.5 * (tail[0] + tip[0]), 0.5 * (tail[1] + tip[1])], 8.0));
            let wish = [tail[0] - tip[0], tail[1] - tip[1]];
            self.callouts.push(Callout { anchor: tail, text: load.label.clone(), wish });
        }
    }

    fn markers(&mut self, scene: &Scene) {
        for marker in &scene.markers {
            let Some((at, hidden)) = self.place_of(marker.position) else { continue };
            self.symbols.push((at, marker.kind, hidden));
            self.taken.push(around(at, 8.0));
            let text = if hidden { format!("{} (far side)", marker.label) } else { marker.label.clone() };
            self.callouts.push(Callout { anchor: at, text, wish: self.outwards(at) });
        }
    }

    /// Drawn last, so that no leader runs over them.
    fn symbols(&self, drawing: &mut Drawing) {
        self.symbols.iter().for_each(|&(at, kind, hidden)| symbol(drawing, at, kind, hidden));
    }

    fn zones(&mut self, scene: &Scene) {
        for zone in &scene.fixed_zones {
            let used: Vec<Point3<f64>> = zone.triangles.iter().flatten().map(|&v| zone.points[v as usize]).collect();
            if used.is_empty() {
                continue;
            }
            let sum = used.iter().fold(scene::Vector3::zeros(), |sum, point| sum + point.coords);
            if let Some((at, _)) = self.place_of(Point3::from(sum / used.len() as f64)) {
                self.callouts.push(Callout { anchor: at, text: zone.label.clone(), wish: [1.0, 0.2] });
            }
        }
    }

    /// Draws every label where it fits best: near its point, in the wished direction, over nothing else.
    fn place(&mut self, drawing: &mut Drawing) {
        for callout in std::mem::take(&mut self.callouts) {
            if callout.text.is_empty() {
                continue;
            }
            let size = [self.fonts.width(&callout.text, TEXT, false) + 12.0, TEXT + 9.0];
            let best = self.candidates(&callout, size).min_by(|a, b| a.1.total_cmp(&b.1));
            let Some((rectangle, _)) = best else { continue };
            let [x, y, wide, high] = rectangle;
            let near = [callout.anchor[0].clamp(x, x + wide), callout.anchor[1].clamp(y, y + high)];
            drawing.line(vec![callout.anchor, near], 2.6, Colour::WHITE);
            drawing.line(vec![callout.anchor, near], 1.0, Colour::INK);
            drawing.rectangle(rectangle, Colour::WHITE, 0.88);
            drawing.frame(rectangle, 0.8, Colour::GREY);
            drawing.text([x + 6.0, y + high - 7.6], &callout.text, Style::new(TEXT));
            self.taken.push(rectangle);
        }
    }

    /// Rectangles around the anchor with their cost.
    fn candidates<'c>(&'c self, callout: &'c Callout, size: [f64; 2]) -> impl Iterator<Item = ([f64; 4], f64)> + 'c {
        const DIRECTIONS: [[f64; 2]; 12] = [
            [1.0, 0.0],
            [0.87, 0.5],
            [0.5, 0.87],
            [0.0, 1.0],
            [-0.5, 0.87],
            [-0.87, 0.5],
            [-1.0, 0.0],
            [-0.87, -0.5],
            [-0.5, -0.87],
            [0.0, -1.0],
            [0.5, -0.87],
            [0.87, -0.5],
        ];
        let length = (callout.wish[0].powi(2) + callout.wish[1].powi(2)).sqrt().max(1e-9);
        let wish = [callout.wish[0] / length, callout.wish[1] / length];
        [22.0, 40.0, 65.0, 95.0, 130.0, 170.0].into_iter().flat_map(move |radius| {
            DIRECTIONS.into_iter().map(move |[ux, uy]| {
                let [ax, ay] = callout.anchor;
                // The rectangle's nearest side or corner is `radius` away from the anchor.
                let middle = [ax + ux * (radius + 0.5 * size[0]), ay + uy * (radius + 0.5 * size[1])];
                let rectangle = [middle[0] - 0.5 * size[0], middle[1] - 0.5 * size[1], size[0], size[1]];
                let turn = 1.0 - (ux * wish[0] + uy * wish[1]);
                (rectangle, self.cost(rectangle) + 0.25 * radius + 9.0 * turn)
            })
        })
    }

    /// Overlap with what is taken, with the body, and with what lies outside the picture.
    fn cost(&self, [x, y, wide, high]: [f64; 4]) -> f64 {
        let [left, top, area_wide, area_high] = self.layout.area;
        let outside = (left - x).max(0.0)
            + (top - y).max(0.0)
            + (x + wide - left - area_wide).max(0.0)
            + (y + high - top - area_high).max(0.0);
        let overlap = |other: &[f64; 4]| {
            let w = (x + wide).min(other[0] + other[2]) - x.max(other[0]);
            let h = (y + high).min(other[1] + other[3]) - y.max(other[1]);
            if w > -3.0 && h > -3.0 { 500.0 + (w + 3.0) * (h + 3.0) } else { 0.0 }
        };
        100.0 * outside + self.taken.iter().map(overlap).sum::<f64>() + 60.0 * self.covered([x, y, wide, high])
    }

    /// Share of a rectangle that lies on the body, from a grid of samples.
    fn covered(&self, [x, y, wide, high]: [f64; 4]) -> f64 {
        let mut hits = 0;
        for (i, j) in (0..9).flat_map(|i| (0..3).map(move |j| (i, j))) {
            let px = (x + wide * f64::from(i) / 8.0) * self.layout.scale;
            let py = (y + high * f64::from(j) / 2.0) * self.layout.scale;
            let inside = px >= 0.0 && py >= 0.0 && px < self.frame.width as f64 && py < self.frame.height as f64;
            if inside && self.image.depth[py as usize * self.frame.width + px as usize] > f32::NEG_INFINITY {
                hits += 1;
            }
        }
        f64::from(hits) / 27.0
    }
}

fn around([x, y]: [f64; 2], half: f64) -> [f64; 4] {
    [x - half, y - half, 2.0 * half, 2.0 * half]
}

/// A triangle up for the maximum, down for the minimum, a disc otherwise; hollow when hidden.
fn symbol(drawing: &mut Drawing, [x, y]: [f64; 2], kind: MarkerKind, hidden: bool) {
    let shape = |r: f64, sign: f64| {
        vec![[x, y - sign * r], [x - 0.87 * r, y + 0.5 * sign * r], [x + 0.87 * r, y + 0.5 * sign * r]]
    };
    let inner = if hidden { Colour::WHITE } else { Colour::INK };
    match kind {
        MarkerKind::Point => {
            drawing.disc([x, y], 6.0, Colour::WHITE);
            drawing.disc([x, y], 4.6, Colour::INK);
            drawing.disc([x, y], if hidden { 3.0 } else { 0.0 }, inner);
        }
        MarkerKind::Minimum | MarkerKind::Maximum => {
            let sign = if kind == MarkerKind::Maximum { 1.0 } else { -1.0 };
            drawing.fill(shape(10.0, sign), Colour::WHITE, 1.0);
            drawing.fill(shape(7.4, sign), Colour::INK, 1.0);
            if hidden {
                drawing.fill(shape(4.2, sign), inner, 1.0);
            }
        }
    }
}
