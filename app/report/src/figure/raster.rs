//! The z-buffer: triangles, hatched zones and element edges of a scene to pixels.
//!
//! Bit-identical on every machine and for every number of threads: vertices are snapped to 1/256 of a sample, coverage
//! is integer arithmetic, everything else uses only `+ − × ÷ √` on IEEE numbers, and the picture is cut into bands of
//! rows in which one thread draws all triangles in the order of the scene.

use rayon::prelude::*;
use scene::{Camera, Colour, ColourScale, FixedZone, Projection, Scalar, Scene, Surface, Vector3, light};

/// Samples along each side of a pixel.
const SAMPLES: usize = 3;
/// Sub-positions of a sample to which vertices are snapped.
const SNAP: f64 = 256.0;
/// Rows of pixels in a band.
const BAND: usize = 32;
/// Vertices farther out than this many pixels are not drawn: their products would overflow.
const FAR: f64 = 1.0e6;
/// Darkness of element edges.
const EDGE_OPACITY: f32 = 0.38;

/// Where the camera's picture lies in the image, in pixels.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Frame {
    pub(crate) width: usize,
    pub(crate) height: usize,
    /// Pixel position of the camera's target.
    pub(crate) centre: [f64; 2],
    /// Pixels in one picture height.
    pub(crate) scale: f64,
    /// Width of an element edge in pixels.
    pub(crate) line_width: f64,
}

impl Frame {
    /// Pixel position (x right, y down) and depth key of a point.
    pub(crate) fn place(&self, camera: &Camera, point: scene::Point3<f64>) -> Option<Placed> {
        let seen = camera.project(point)?;
        let key = match camera.projection {
            Projection::Orthographic => seen.depth,
            // Linear in the picture, and in mm near the target: d / w − d = depth / w.
            Projection::Perspective { .. } => seen.depth / seen.weight,
        };
        let (x, y) = (self.centre[0] + self.scale * seen.x, self.centre[1] - self.scale * seen.y);
        (x.abs() < FAR && y.abs() < FAR).then_some(Placed { x, y, key, inverse_weight: 1.0 / seen.weight })
    }

    /// Depth by which edges and zones may lie behind the surface they belong to: two pixels.
    fn bias(&self, camera: &Camera) -> f64 {
        2.0 * camera.height / self.scale
    }
}

/// A vertex in the picture.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Placed {
    pub(crate) x: f64,
    pub(crate) y: f64,
    /// Larger is nearer, linear in the picture.
    pub(crate) key: f64,
    inverse_weight: f64,
}

/// The image: three bytes a pixel, and the depth key of the middle of each pixel (−∞ for background).
pub(crate) struct Image {
    pub(crate) pixels: Vec<u8>,
    pub(crate) depth: Vec<f32>,
}

/// A scene and the camera it is seen with.
pub(crate) struct Seen<'a> {
    pub(crate) scene: &'a Scene,
    pub(crate) camera: &'a Camera,
}

/// Draws the surfaces, held zones and edges of a scene.
pub(crate) fn draw(seen: &Seen<'_>, frame: &Frame) -> Image {
    let Seen { scene, camera } = *seen;
    let scale = scene.legend.as_ref().map(|legend| &legend.scale);
    let layers: Vec<Layer> = scene.surfaces.iter().map(|s| Layer::surface(s, scale, camera, frame)).collect();
    let zones: Vec<Layer> = scene.fixed_zones.iter().map(|z| Layer::zone(z, camera, frame)).collect();
    let mut pixels = vec![0; frame.width * frame.height * 3];
    let mut depth = vec![0.0; frame.width * frame.height];
    let bands = pixels.par_chunks_mut(frame.width * BAND * 3).zip(depth.par_chunks_mut(frame.width * BAND));
    bands.enumerate().for_each(|(number, (pixels, depth))| {
        let mut band = Band::new(frame, number, pixels.len() / (frame.width * 3), scene.background);
        let bias = frame.bias(camera) as f32;
        for layer in layers.iter().filter(|layer| layer.opacity >= 1.0) {
            band.opaque(layer);
        }
        for zone in &zones {
            band.hatch(zone, bias);
        }
        for layer in layers.iter().filter(|layer| layer.opacity >= 1.0) {
            band.edges(layer, bias);
        }
        for layer in layers.iter().filter(|layer| layer.opacity < 1.0) {
            band.translucent(layer);
        }
        band.resolve(pixels, depth);
    });
    Image { pixels, depth }
}

/// A triangle ready to be filled: snapped corners, depth keys and what varies over it.
struct Face {
    corners: [[i64; 2]; 3],
    key: [f64; 3],
    inverse_weight: [f64; 3],
    light: [f64; 3],
    /// Position in the colour table, 0 to 256; NaN is its own colour.
    texel: [f64; 3],
}

/// One surface or zone, its triangles sorted into bands.
struct Layer {
    faces: Vec<Face>,
    in_band: Vec<Vec<u32>>,
    edges: Vec<[Placed; 2]>,
    edges_in_band: Vec<Vec<u32>>,
    paint: Paint,
    opacity: f64,
}

enum Paint {
    Plain(Colour),
    Table(Box<Table>),
}

/// The colour scale as a table.
struct Table {
    texels: [[u8; 3]; 256],
    below: [u8; 3],
    above: [u8; 3],
    not_a_number: [u8; 3],
}

impl Table {
    fn new(scale: &ColourScale) -> Self {
        let texels = scale.texture();
        Self {
            texels,
            below: scale.below.map_or(texels[0], Colour::channels),
            above: scale.above.map_or(texels[255], Colour::channels),
            not_a_number: scale.not_a_number.channels(),
        }
    }

    fn colour(&self, texel: f64) -> [u8; 3] {
        // The rounding of interpolation must not tip an end value out of the range.
        const SLACK: f64 = 1e-7;
        if texel.is_nan() {
            self.not_a_number
        } else if texel < -SLACK {
            self.below
        } else if texel > 256.0 + SLACK {
            self.above
        } else {
            self.texels[(texel as usize).min(255)]
        }
    }
}

impl Layer {
    fn surface(surface: &Surface, scale: Option<&ColourScale>, camera: &Camera, frame: &Frame) -> Self {
        let placed: Vec<Option<Placed>> = surface.points.par_iter().map(|&p| frame.place(camera, p)).collect();
        let shown = scale.zip(surface.scalar.as_ref());
        let terms = if shown.is_some() { light::SCALAR } else { light::PLAIN };
        let bright = |n: Vector3<f64>| light::brightness(camera.in_view(n), terms);
        let normals = surface.corner_normals();
        let face = |(t, corners): (usize, &[u32; 3])| {
            let at = |k: usize| placed[corners[k] as usize];
            let value = |k: usize| match shown {
                Some((scale, Scalar::PerVertex(values))) => 256.0 * scale.fraction(values[corners[k] as usize]),
                Some((scale, Scalar::PerTriangle(values))) => 256.0 * scale.fraction(values[t]),
                None => 0.0,
            };
            Face::new([at(0)?, at(1)?, at(2)?], normals[t].map(bright), [value(0), value(1), value(2)])
        };
        let faces: Vec<Face> = surface.triangles.par_iter().enumerate().filter_map(face).collect();
        let ends = |edge: &[u32; 2]| Some([placed[edge[0] as usize]?, placed[edge[1] as usize]?]);
        let edges: Vec<[Placed; 2]> = surface.edges.iter().filter_map(ends).collect();
        let paint = match shown {
            Some((scale, _)) => Paint::Table(Box::new(Table::new(scale))),
            None => Paint::Plain(surface.colour),
        };
        Self::sorted(faces, edges, paint, surface.opacity.clamp(0.0, 1.0), frame)
    }

    fn zone(zone: &FixedZone, camera: &Camera, frame: &Frame) -> Self {
        let placed: Vec<Option<Placed>> = zone.points.iter().map(|&p| frame.place(camera, p)).collect();
        let face = |t: &[u32; 3]| {
            let at = |k: usize| placed[t[k] as usize];
            Face::new([at(0)?, at(1)?, at(2)?], [1.0; 3], [0.0; 3])
        };
        let faces = zone.triangles.iter().filter_map(face).collect();
        Self::sorted(faces, Vec::new(), Paint::Plain(Colour::INK), 1.0, frame)
    }

    /// Lists for every band the faces and edges that touch it, in order.
    fn sorted(faces: Vec<Face>, edges: Vec<[Placed; 2]>, paint: Paint, opacity: f64, frame: &Frame) -> Self {
        let count = frame.height.div_ceil(BAND);
        let (mut in_band, mut edges_in_band) = (vec![Vec::new(); count], vec![Vec::new(); count]);
        let enter = |bands: &mut Vec<Vec<u32>>, index: usize, low: f64, high: f64| {
            let band = |row: f64| (row / BAND as f64).floor();
            let (first, last) = (band(low).max(0.0), band(high).min(count as f64 - 1.0));
            if first <= last {
                bands[first as usize..=last as usize].iter_mut().for_each(|list| list.push(index as u32));
            }
        };
        for (index, face) in faces.iter().enumerate() {
            let rows = face.corners.map(|c| c[1] as f64 / (SNAP * SAMPLES as f64));
            let (low, high) = (rows[0].min(rows[1]).min(rows[2]), rows[0].max(rows[1]).max(rows[2]));
            enter(&mut in_band, index, low, high);
        }
        for (index, [a, b]) in edges.iter().enumerate() {
            enter(&mut edges_in_band, index, a.y.min(b.y) - frame.line_width, a.y.max(b.y) + frame.line_width);
        }
        Self { faces, in_band, edges, edges_in_band, paint, opacity }
    }
}

impl Face {
    /// `None` when the triangle has no area in the picture. Corners are ordered counter-clockwise on the screen.
    fn new(placed: [Placed; 3], light: [f64; 3], texel: [f64; 3]) -> Option<Self> {
        let snap = |v: f64| (v * SNAP * SAMPLES as f64).round() as i64;
        let corners = placed.map(|p| [snap(p.x), snap(p.y)]);
        let face = Self {
            corners,
            key: placed.map(|p| p.key),
            inverse_weight: placed.map(|p| p.inverse_weight),
            light,
            texel,
        };
        match twice_area(corners) {
            0 => None,
            1.. => Some(face),
            _ => Some(face.swapped()),
        }
    }

    fn swapped(mut self) -> Self {
        self.corners.swap(1, 2);
        self.key.swap(1, 2);
        self.inverse_weight.swap(1, 2);
        self.light.swap(1, 2);
        self.texel.swap(1, 2);
        self
    }
}

fn twice_area([a, b, c]: [[i64; 2]; 3]) -> i64 {
    (b[0] - a[0]) * (c[1] - a[1]) - (b[1] - a[1]) * (c[0] - a[0])
}

/// The rows of samples of one band.
#[derive(Debug, Clone, Copy)]
struct Grid {
    width: usize,
    rows: usize,
    /// First row of samples in the whole picture.
    first_row: usize,
}

/// A sample that a face covers.
struct Covered<'a> {
    face: &'a Face,
    /// Barycentric coordinates in the picture.
    share: [f64; 3],
    index: usize,
    key: f32,
}

impl Covered<'_> {
    /// Brightness and position in the colour table, interpolated in space (perspective-correct).
    fn light_and_texel(&self) -> (f64, f64) {
        let w: [f64; 3] = std::array::from_fn(|k| self.share[k] * self.face.inverse_weight[k]);
        let total = w[0] + w[1] + w[2];
        let mix = |v: &[f64; 3]| (w[0] * v[0] + w[1] * v[1] + w[2] * v[2]) / total;
        (mix(&self.face.light), mix(&self.face.texel))
    }

    fn colour(&self, paint: &Paint) -> [u8; 3] {
        let (light, texel) = self.light_and_texel();
        let colour = match paint {
            Paint::Plain(colour) => colour.channels(),
            Paint::Table(table) => table.colour(texel),
        };
        colour.map(|channel| (f64::from(channel) * light + 0.5).min(255.0) as u8)
    }
}

impl Grid {
    /// Calls `visit` for every sample of the grid whose middle lies in the face, rows from the top.
    fn cover<'a>(&self, face: &'a Face, mut visit: impl FnMut(Covered<'a>)) {
        let [a, b, c] = face.corners;
        let step = SNAP as i64;
        let middle = |index: usize| index as i64 * step + step / 2;
        let first = |low: i64| (low - step / 2).div_euclid(step).max(0) as usize;
        let (top, bottom) = (a[1].min(b[1]).min(c[1]), a[1].max(b[1]).max(c[1]));
        let (left, right) = (a[0].min(b[0]).min(c[0]), a[0].max(b[0]).max(c[0]));
        let rows = first(top).max(self.first_row)..(first(bottom) + 2).min(self.first_row + self.rows);
        let inverse_area = 1.0 / twice_area(face.corners) as f64;
        for row in rows {
            let mut columns = (first(left) as i64, (first(right) as i64 + 1).min(self.width as i64 - 1));
            let y = middle(row);
            // Twice the areas opposite the corners at column 0, and their change from one column to the next.
            let edge = |from: [i64; 2], to: [i64; 2]| {
                let at_zero = twice_area([from, to, [middle(0), y]]);
                (at_zero, -(to[1] - from[1]) * step)
            };
            let edges = [edge(b, c), edge(c, a), edge(a, b)];
            edges.iter().for_each(|&edge| narrow(&mut columns, edge));
            for column in columns.0..=columns.1 {
                let share = edges.map(|(start, change)| (start + change * column) as f64 * inverse_area);
                let key = (share[0] * face.key[0] + share[1] * face.key[1] + share[2] * face.key[2]) as f32;
                let index = (row - self.first_row) * self.width + column as usize;
                visit(Covered { face, share, index, key });
            }
        }
    }
}

/// Keeps the columns where `start + change × column` is not negative.
fn narrow(columns: &mut (i64, i64), (start, change): (i64, i64)) {
    match change {
        0 if start < 0 => *columns = (0, -1),
        0 => {}
        1.. => columns.0 = columns.0.max(-start.div_euclid(change)),
        _ => columns.1 = columns.1.min(start.div_euclid(-change)),
    }
}

/// Samples of some rows of the picture.
struct Band {
    grid: Grid,
    number: usize,
    line_width: f64,
    colour: Vec<[u8; 3]>,
    depth: Vec<f32>,
}

impl Band {
    fn new(frame: &Frame, number: usize, pixel_rows: usize, background: Colour) -> Self {
        let grid =
            Grid { width: frame.width * SAMPLES, rows: pixel_rows * SAMPLES, first_row: number * BAND * SAMPLES };
        Self {
            grid,
            number,
            line_width: frame.line_width * SAMPLES as f64,
            colour: vec![background.channels(); grid.width * grid.rows],
            depth: vec![f32::NEG_INFINITY; grid.width * grid.rows],
        }
    }

    fn opaque(&mut self, layer: &Layer) {
        let Self { grid, depth, colour, .. } = self;
        for &face in &layer.in_band[self.number] {
            grid.cover(&layer.faces[face as usize], |sample| {
                if sample.key > depth[sample.index] {
                    depth[sample.index] = sample.key;
                    colour[sample.index] = sample.colour(&layer.paint);
                }
            });
        }
    }

    /// The nearest side of a translucent layer, laid over what is drawn already where nothing hides it.
    fn translucent(&mut self, layer: &Layer) {
        let mut nearest = vec![(f32::NEG_INFINITY, [0; 3]); self.depth.len()];
        for &face in &layer.in_band[self.number] {
            self.grid.cover(&layer.faces[face as usize], |sample| {
                if sample.key > nearest[sample.index].0 {
                    nearest[sample.index] = (sample.key, sample.colour(&layer.paint));
                }
            });
        }
        for ((&depth, colour), (key, over)) in self.depth.iter().zip(&mut self.colour).zip(nearest) {
            if key > depth {
                *colour = blend(*colour, over, layer.opacity as f32);
            }
        }
    }

    /// Diagonal stripes where the zone is not hidden.
    fn hatch(&mut self, zone: &Layer, bias: f32) {
        let Self { grid, depth, colour, .. } = self;
        let period = ((14.0 * self.line_width) as usize).max(6);
        let mut marked = vec![false; depth.len()];
        for &face in &zone.in_band[self.number] {
            grid.cover(&zone.faces[face as usize], |sample| {
                marked[sample.index] |= sample.key + bias > depth[sample.index]
            });
        }
        for (index, _) in marked.iter().enumerate().filter(|(_, marked)| **marked) {
            let (row, column) = (grid.first_row + index / grid.width, index % grid.width);
            // Dark and light stripes: one of the two shows on any colour.
            let (stripe, opacity) = match (row + column) % period * 3 / period {
                0 => (Colour::INK, 0.65),
                1 => (Colour::WHITE, 0.65),
                _ => (Colour::WHITE, 0.10),
            };
            colour[index] = blend(colour[index], stripe.channels(), opacity);
        }
    }

    fn edges(&mut self, layer: &Layer, bias: f32) {
        for &edge in &layer.edges_in_band[self.number] {
            let [a, b] = layer.edges[edge as usize];
            self.line(a, b, bias);
        }
    }

    /// A straight line, sample by sample along its longer direction.
    fn line(&mut self, a: Placed, b: Placed, bias: f32) {
        let samples = SAMPLES as f64;
        let (mut from, mut to) = ([a.x * samples, a.y * samples, a.key], [b.x * samples, b.y * samples, b.key]);
        let along = usize::from((to[1] - from[1]).abs() > (to[0] - from[0]).abs());
        if from[along] > to[along] {
            (from, to) = (to, from);
        }
        let length = to[along] - from[along];
        if length <= 0.0 {
            return;
        }
        let slope = (to[1 - along] - from[1 - along]) / length;
        let half = 0.5 * self.line_width * (1.0 + slope * slope).sqrt();
        let limits = [(0, self.grid.width), (self.grid.first_row, self.grid.first_row + self.grid.rows)];
        let inside = |axis: usize, low: f64, high: f64| {
            let (start, end) = limits[axis];
            (low.ceil().max(start as f64) as usize)..(high.ceil().clamp(start as f64, end as f64) as usize)
        };
        for step in inside(along, from[along] - 0.5, to[along] - 0.5) {
            let t = (step as f64 + 0.5 - from[along]) / length;
            let across = from[1 - along] + t * (to[1 - along] - from[1 - along]) - 0.5;
            let key = (from[2] + t * (to[2] - from[2])) as f32 + bias;
            for other in inside(1 - along, across - half, across + half) {
                let (column, row) = if along == 0 { (step, other) } else { (other, step) };
                let index = (row - self.grid.first_row) * self.grid.width + column;
                if key > self.depth[index] {
                    self.colour[index] = blend(self.colour[index], Colour::INK.channels(), EDGE_OPACITY);
                }
            }
        }
    }

    /// Averages the samples of each pixel.
    fn resolve(&self, pixels: &mut [u8], depth: &mut [f32]) {
        let width = self.grid.width / SAMPLES;
        for (index, (pixel, depth)) in pixels.chunks_exact_mut(3).zip(depth).enumerate() {
            let corner = index / width * SAMPLES * self.grid.width + index % width * SAMPLES;
            let mut sum = [0_u32; 3];
            for row in 0..SAMPLES {
                let start = corner + row * self.grid.width;
                for sample in &self.colour[start..start + SAMPLES] {
                    (0..3).for_each(|k| sum[k] += u32::from(sample[k]));
                }
            }
            let count = (SAMPLES * SAMPLES) as u32;
            (0..3).for_each(|k| pixel[k] = ((sum[k] + count / 2) / count) as u8);
            *depth = self.depth[corner + SAMPLES / 2 * (self.grid.width + 1)];
        }
    }
}

fn blend(under: [u8; 3], over: [u8; 3], opacity: f32) -> [u8; 3] {
    let mix = |u: u8, o: u8| (f32::from(u) + (f32::from(o) - f32::from(u)) * opacity + 0.5) as u8;
    [mix(under[0], over[0]), mix(under[1], over[1]), mix(under[2], over[2])]
}
