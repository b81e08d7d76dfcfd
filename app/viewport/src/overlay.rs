//! What is written over the picture: legend, scale bar, triad, markers, labels, notes.

use crate::Picture;
use egui::epaint::{Mesh, Shape};
use egui::{Align2, Color32, FontId, Painter, Pos2, Rect, Stroke, Vec2, pos2, vec2};
use scene::ticks::{nice_length, nice_ticks};
use scene::{Camera, Colour, Legend, MarkerKind, Projection, Scene, Triad};

/// Colours of the writing.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Ink {
    /// Text and lines.
    pub text: Color32,
    /// Less important text.
    pub quiet: Color32,
    /// Behind labels that lie on the model.
    pub paper: Color32,
}

const MARGIN: f32 = 18.0;

/// Width of the legend with its labels.
const COLUMN: f32 = 92.0;

/// What legend, triad and scale bar leave free for the model.
pub(crate) fn free_area(rect: Rect, picture: &Picture) -> Rect {
    let right = if picture.shows_field() { COLUMN + MARGIN } else { 0.0 };
    let free = Rect::from_min_max(rect.min, rect.max - vec2(right, 44.0));
    if free.width() > 80.0 && free.height() > 80.0 { free } else { rect }
}

/// Draws everything over the picture in `rect`.
pub(crate) fn paint(painter: &Painter, rect: Rect, picture: &Picture, camera: &Camera, ink: &Ink) {
    let scene = picture.scene();
    let sheet = Sheet { painter, rect, camera, ink };
    sheet.labels(scene);
    if let Some(legend) = scene.legend.as_ref().filter(|_| picture.shows_field()) {
        sheet.legend(legend, picture.has_missing_values());
    }
    if scene.scale_bar && camera.projection == Projection::Orthographic {
        sheet.scale_bar();
    }
    sheet.triad(scene.triad);
    sheet.notes(&scene.notes);
}

/// Where a point of the model is on the screen.
pub(crate) fn on_screen(camera: &Camera, rect: Rect, point: scene::Point3<f64>) -> Option<Pos2> {
    let seen = camera.project(point)?;
    Some(rect.center() + vec2(seen.x as f32, -seen.y as f32) * rect.height())
}

pub(crate) fn colour(colour: Colour) -> Color32 {
    let [red, green, blue] = colour.channels();
    Color32::from_rgb(red, green, blue)
}

fn capitalised(text: &str) -> String {
    let mut letters = text.chars();
    letters.next().map_or_else(String::new, |first| first.to_uppercase().chain(letters).collect())
}

struct Sheet<'a> {
    painter: &'a Painter,
    rect: Rect,
    camera: &'a Camera,
    ink: &'a Ink,
}

impl Sheet<'_> {
    fn font(size: f32) -> FontId {
        FontId::proportional(size)
    }

    fn text(&self, at: Pos2, anchor: Align2, text: &str, size: f32, colour: Color32) -> Rect {
        self.painter.text(at, anchor, text, Self::font(size), colour)
    }

    /// A vertical bar at the right: title, unit, round ticks, and what lies outside the range or is no number.
    fn legend(&self, legend: &Legend, missing: bool) {
        let height = (0.5 * self.rect.height()).clamp(90.0, 260.0);
        let corner = pos2(self.rect.right() - MARGIN - COLUMN, self.rect.center().y - 0.5 * height);
        let bar = Rect::from_min_size(corner, vec2(16.0, height));
        self.gradient(bar, legend);
        self.painter.rect_stroke(bar, 0.0, Stroke::new(1.0, self.ink.quiet), egui::StrokeKind::Outside);
        let [low, high] = legend.scale.range;
        let ticks = nice_ticks(low, high, 6);
        for tick in &ticks.marks {
            let y = bar.bottom() - legend.scale.fraction(tick.value) as f32 * height;
            let from = pos2(bar.right(), y);
            self.painter.line_segment([from, from + vec2(4.0, 0.0)], Stroke::new(1.0, self.ink.quiet));
            self.text(from + vec2(8.0, 0.0), Align2::LEFT_CENTER, &tick.label, 12.0, self.ink.text);
        }
        let mut unit = legend.unit_text().to_owned();
        if ticks.exponent != 0 {
            unit = format!("{} {unit}", ticks.factor());
        }
        let top = bar.top() - if legend.scale.above.is_some() { 24.0 } else { 10.0 };
        let unit_at = self.text(pos2(bar.left(), top), Align2::LEFT_BOTTOM, &unit, 12.0, self.ink.quiet);
        let title = self.painter.layout(capitalised(&legend.title), Self::font(13.0), self.ink.text, COLUMN);
        let at = pos2(bar.left(), unit_at.top() - 2.0 - title.size().y);
        self.painter.galley(at, title, self.ink.text);
        self.outside(bar, legend, missing);
    }

    /// One strip a point, in the very colours of the surface: nothing is interpolated.
    fn gradient(&self, bar: Rect, legend: &Legend) {
        let strips = bar.height().round().max(1.0) as usize;
        let mut mesh = Mesh::default();
        for strip in 0..strips {
            let part = |k: usize| k as f32 / strips as f32;
            let fill = colour(legend.scale.colour_at((strip as f64 + 0.5) / strips as f64));
            let (bottom, top) =
                (bar.bottom() - part(strip) * bar.height(), bar.bottom() - part(strip + 1) * bar.height());
            mesh.add_colored_rect(Rect::from_min_max(pos2(bar.left(), top), pos2(bar.right(), bottom)), fill);
        }
        self.painter.add(Shape::mesh(mesh));
    }

    /// Swatches of the colours below, above and beside the range, only where they are used.
    fn outside(&self, bar: Rect, legend: &Legend, missing: bool) {
        let swatch = |at: Pos2, fill: Colour, label: &str| {
            let square = Rect::from_min_size(at, vec2(bar.width(), 10.0));
            self.painter.rect_filled(square, 0.0, colour(fill));
            self.text(square.right_center() + vec2(8.0, 0.0), Align2::LEFT_CENTER, label, 11.0, self.ink.quiet);
        };
        if let Some(above) = legend.scale.above {
            swatch(bar.left_top() - vec2(0.0, 14.0), above, "above");
        }
        let mut below = bar.left_bottom() + vec2(0.0, 4.0);
        if let Some(fill) = legend.scale.below {
            swatch(below, fill, "below");
            below.y += 14.0;
        }
        if missing {
            swatch(below + vec2(0.0, 4.0), legend.scale.not_a_number, "no value");
        }
    }

    fn scale_bar(&self) {
        let mm_per_point = self.camera.height / f64::from(self.rect.height());
        let Some((length, label)) = nice_length(130.0 * mm_per_point) else { return };
        let half = 0.5 * (length / mm_per_point) as f32;
        let middle = pos2(self.rect.center().x, self.rect.bottom() - MARGIN - 4.0);
        let stroke = Stroke::new(1.5, self.ink.text);
        self.painter.line_segment([middle - vec2(half, 0.0), middle + vec2(half, 0.0)], stroke);
        for end in [-half, half] {
            let at = middle + vec2(end, 0.0);
            self.painter.line_segment([at - vec2(0.0, 4.0), at + vec2(0.0, 4.0)], stroke);
        }
        self.text(middle - vec2(0.0, 6.0), Align2::CENTER_BOTTOM, &label, 12.0, self.ink.text);
    }

    /// The axes of the world in the lower left corner, farther ones drawn first.
    fn triad(&self, triad: Triad) {
        let Some(letters) = triad.letters() else { return };
        let middle = self.rect.left_bottom() + vec2(MARGIN + 30.0, -MARGIN - 30.0);
        let mut axes = [0, 1, 2].map(|k| {
            let mut axis = scene::Vector3::zeros();
            axis[k] = 1.0;
            (self.camera.in_view(axis), letters[k], colour(Triad::COLOURS[k]))
        });
        axes.sort_by(|a, b| a.0.z.total_cmp(&b.0.z));
        for (seen, letter, colour) in axes {
            let direction = vec2(seen.x as f32, -seen.y as f32);
            let colour = if self.ink.text.r() > 128 { colour.lerp_to_gamma(Color32::WHITE, 0.35) } else { colour };
            self.painter.line_segment([middle, middle + direction * 24.0], Stroke::new(2.0, colour));
            // An axis that points at the viewer has no end to write at.
            if direction.length() > 0.3 {
                self.text(middle + direction * 33.0, Align2::CENTER_CENTER, letter, 12.0, colour);
            }
        }
    }

    fn notes(&self, notes: &[String]) {
        let mut at = self.rect.right_bottom() - vec2(MARGIN, MARGIN - 6.0);
        for note in notes.iter().rev() {
            at.y = self.text(at, Align2::RIGHT_BOTTOM, note, 11.5, self.ink.quiet).top() - 2.0;
        }
    }

    /// Markers and arrow labels; later ones move down until they cover no earlier one.
    fn labels(&self, scene: &Scene) {
        let mut taken: Vec<Rect> = Vec::new();
        for marker in &scene.markers {
            let Some(at) = on_screen(self.camera, self.rect, marker.position) else { continue };
            let fill = match marker.kind {
                MarkerKind::Minimum => Color32::from_rgb(38, 92, 190),
                MarkerKind::Maximum => Color32::from_rgb(196, 52, 45),
                MarkerKind::Point => self.ink.text,
            };
            self.painter.circle(at, 4.0, fill, Stroke::new(1.5, Color32::WHITE));
            self.label(at, vec2(10.0, -16.0), &marker.label, self.ink.text, &mut taken);
        }
        for arrow in &scene.arrows {
            if let Some(at) = on_screen(self.camera, self.rect, arrow.tail) {
                self.label(at, vec2(8.0, -8.0), &arrow.label, self.ink.text, &mut taken);
            }
        }
        for zone in scene.fixed_zones.iter().filter(|zone| !zone.label.is_empty()) {
            let sum = zone.points.iter().fold(scene::Vector3::zeros(), |sum, p| sum + p.coords);
            let middle = scene::Point3::from(sum / zone.points.len().max(1) as f64);
            if let Some(at) = on_screen(self.camera, self.rect, middle) {
                self.label(at, vec2(14.0, 6.0), &zone.label, self.ink.quiet, &mut taken);
            }
        }
    }

    fn label(&self, at: Pos2, offset: Vec2, text: &str, colour: Color32, taken: &mut Vec<Rect>) {
        if text.is_empty() || !self.rect.contains(at) {
            return;
        }
        let galley = self.painter.layout_no_wrap(text.to_owned(), Self::font(12.0), colour);
        let padding = vec2(5.0, 2.0);
        let mut place = Rect::from_min_size(at + offset, galley.size() + 2.0 * padding);
        if place.right() > self.rect.right() - MARGIN {
            place = place.translate(vec2(-2.0 * offset.x - place.width(), 0.0));
        }
        while let Some(other) = taken.iter().find(|other| other.intersects(place)) {
            place = place.translate(vec2(0.0, other.bottom() - place.top() + 2.0));
        }
        self.painter.line_segment([at, place.clamp(at)], Stroke::new(1.0, self.ink.quiet));
        self.painter.rect_filled(place, 4.0, self.ink.paper.gamma_multiply(0.85));
        self.painter.galley(place.min + padding, galley, colour);
        taken.push(place);
    }
}
