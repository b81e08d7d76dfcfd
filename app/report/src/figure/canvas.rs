//! Drawings to pixels and to PNG.
//!
//! Only opaque and uniformly translucent fills reach tiny-skia: their blending is integer arithmetic, and its paths use
//! plain single-precision operations, so the bytes do not depend on the machine.

use super::drawing::{Anchor, Drawing, Item, Style};
use super::fonts::{Fonts, Pen};
use crate::ReportError;
use scene::Colour;
use tiny_skia::{FillRule, LineCap, LineJoin, Paint, Path, PathBuilder, Pixmap, Rect, Stroke, StrokeDash, Transform};

/// A picture of opaque pixels.
pub(crate) struct Canvas {
    pixmap: Pixmap,
}

impl Canvas {
    /// An empty canvas of one colour.
    pub(crate) fn new(width: u32, height: u32, background: Colour) -> Result<Self, ReportError> {
        let mut pixmap = Pixmap::new(width, height).ok_or(ReportError::FigureSize { width, height })?;
        let Colour { red, green, blue } = background;
        pixmap.fill(tiny_skia::Color::from_rgba8(red, green, blue, 255));
        Ok(Self { pixmap })
    }

    /// A canvas with the pixels of an image, three bytes each, rows from the top.
    pub(crate) fn from_pixels(width: u32, height: u32, pixels: &[u8]) -> Result<Self, ReportError> {
        let mut canvas = Self::new(width, height, Colour::WHITE)?;
        for (target, source) in canvas.pixmap.data_mut().chunks_exact_mut(4).zip(pixels.chunks_exact(3)) {
            target[..3].copy_from_slice(source);
        }
        Ok(canvas)
    }

    /// Draws a drawing, `scale` pixels a logical unit.
    pub(crate) fn draw(&mut self, drawing: &Drawing, scale: f64, fonts: &Fonts) {
        for item in &drawing.items {
            match item {
                Item::Fill { outline, colour, opacity } => {
                    self.fill(polygon(outline, scale, true), *colour, *opacity);
                }
                Item::Line { points, width, colour, dash } => self.stroke(points, scale, *width, *colour, *dash),
                Item::Disc { centre, radius, colour } => {
                    let [x, y, r] = [centre[0], centre[1], *radius].map(|v| (v * scale) as f32);
                    let bounds = Rect::from_ltrb(x - r, y - r, x + r, y + r);
                    self.fill(bounds.and_then(PathBuilder::from_oval), *colour, 1.0);
                }
                Item::Text { place, text, style } => {
                    self.fill(outline(*place, text, *style, scale, fonts), style.colour, 1.0);
                }
            }
        }
    }

    fn fill(&mut self, path: Option<Path>, colour: Colour, opacity: f64) {
        if let Some(path) = path {
            let rule = FillRule::Winding;
            self.pixmap.fill_path(&path, &paint(colour, opacity), rule, Transform::identity(), None);
        }
    }

    fn stroke(&mut self, points: &[[f64; 2]], scale: f64, width: f64, colour: Colour, dash: Option<f64>) {
        let closed = points.len() > 2 && points.first() == points.last();
        let stroke = Stroke {
            // Thinner lines would take tiny-skia's hairline path, whose result depends on the sub-pixel position.
            width: ((width * scale) as f32).max(1.01),
            line_cap: if dash.is_some() { LineCap::Butt } else { LineCap::Round },
            line_join: if closed { LineJoin::Miter } else { LineJoin::Round },
            dash: dash.and_then(|length| StrokeDash::new(vec![(length * scale) as f32; 2], 0.0)),
            ..Stroke::default()
        };
        let path = polygon(if closed { &points[1..] } else { points }, scale, closed);
        if let Some(path) = path {
            self.pixmap.stroke_path(&path, &paint(colour, 1.0), &stroke, Transform::identity(), None);
        }
    }

    /// The pixels as PNG, 8-bit sRGB. The same pixels give the same bytes.
    pub(crate) fn png(&self) -> Result<Vec<u8>, ReportError> {
        let mut bytes = Vec::new();
        let mut encoder = png::Encoder::new(&mut bytes, self.pixmap.width(), self.pixmap.height());
        encoder.set_color(png::ColorType::Rgb);
        encoder.set_depth(png::BitDepth::Eight);
        encoder.set_compression(png::Compression::Balanced);
        let opaque: Vec<u8> =
            self.pixmap.data().chunks_exact(4).flat_map(|pixel| [pixel[0], pixel[1], pixel[2]]).collect();
        let mut writer = encoder.write_header()?;
        writer.write_image_data(&opaque)?;
        writer.finish()?;
        Ok(bytes)
    }
}

fn paint(colour: Colour, opacity: f64) -> Paint<'static> {
    let mut paint = Paint::default();
    paint.set_color_rgba8(colour.red, colour.green, colour.blue, (255.0 * opacity.clamp(0.0, 1.0)) as u8);
    paint
}

fn polygon(points: &[[f64; 2]], scale: f64, closed: bool) -> Option<Path> {
    let mut builder = PathBuilder::new();
    for (k, point) in points.iter().enumerate() {
        let [x, y] = point.map(|v| (v * scale) as f32);
        if k == 0 { builder.move_to(x, y) } else { builder.line_to(x, y) }
    }
    if closed {
        builder.close();
    }
    builder.finish()
}

fn outline(place: [f64; 2], text: &str, style: Style, scale: f64, fonts: &Fonts) -> Option<Path> {
    let size = style.size * scale;
    let width = fonts.width(text, size, style.bold);
    let start = match style.anchor {
        Anchor::Start => 0.0,
        Anchor::Middle => -0.5 * width,
        Anchor::End => -width,
    };
    let origin = place.map(|v| v * scale);
    let mut pen = SkiaPen { builder: PathBuilder::new(), origin, start, upwards: style.upwards };
    fonts.outline(text, size, style.bold, &mut pen);
    pen.builder.finish()
}

struct SkiaPen {
    builder: PathBuilder,
    origin: [f64; 2],
    start: f64,
    upwards: bool,
}

impl SkiaPen {
    fn at(&self, [x, y]: [f64; 2]) -> (f32, f32) {
        let x = x + self.start;
        let [dx, dy] = if self.upwards { [-y, -x] } else { [x, -y] };
        ((self.origin[0] + dx) as f32, (self.origin[1] + dy) as f32)
    }
}

impl Pen for SkiaPen {
    fn move_to(&mut self, to: [f64; 2]) {
        let (x, y) = self.at(to);
        self.builder.move_to(x, y);
    }

    fn line_to(&mut self, to: [f64; 2]) {
        let (x, y) = self.at(to);
        self.builder.line_to(x, y);
    }

    fn quadratic_to(&mut self, control: [f64; 2], to: [f64; 2]) {
        let ((x1, y1), (x, y)) = (self.at(control), self.at(to));
        self.builder.quad_to(x1, y1, x, y);
    }

    fn cubic_to(&mut self, first: [f64; 2], second: [f64; 2], to: [f64; 2]) {
        let ((x1, y1), (x2, y2), (x, y)) = (self.at(first), self.at(second), self.at(to));
        self.builder.cubic_to(x1, y1, x2, y2, x, y);
    }

    fn close(&mut self) {
        self.builder.close();
    }
}
