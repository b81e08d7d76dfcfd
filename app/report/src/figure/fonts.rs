//! The bundled fonts and the outlines of their letters.

use ttf_parser::{Face, GlyphId, OutlineBuilder};

/// Inter Regular, SIL OFL 1.1.
pub(crate) const REGULAR: &[u8] = include_bytes!("../../../../assets/fonts/Inter-Regular.otf");
/// Inter Semi Bold, SIL OFL 1.1.
pub(crate) const BOLD: &[u8] = include_bytes!("../../../../assets/fonts/Inter-SemiBold.otf");
/// DejaVu Sans Mono: hashes and paths, and letters that Inter lacks.
pub(crate) const MONOSPACED: &[u8] = include_bytes!("../../../../assets/fonts/DejaVuSansMono.ttf");

/// The two faces of figures, with the monospaced one for letters that they lack.
pub(crate) struct Fonts {
    regular: Vec<Face<'static>>,
    bold: Vec<Face<'static>>,
}

impl Fonts {
    pub(crate) fn new() -> Self {
        let faces = |first| [first, MONOSPACED].into_iter().filter_map(|data| Face::parse(data, 0).ok()).collect();
        Self { regular: faces(REGULAR), bold: faces(BOLD) }
    }

    fn glyphs<'a>(&'a self, text: &'a str, bold: bool) -> impl Iterator<Item = (&'a Face<'static>, GlyphId)> {
        let faces = if bold { &self.bold } else { &self.regular };
        text.chars().filter_map(|letter| {
            let known = faces.iter().find_map(|face| Some((face, face.glyph_index(letter)?)));
            known.or_else(|| Some((faces.first()?, GlyphId(0))))
        })
    }

    /// Width of a line of text of the given size.
    pub(crate) fn width(&self, text: &str, size: f64, bold: bool) -> f64 {
        self.glyphs(text, bold).map(|(face, glyph)| advance(face, glyph, size)).sum()
    }

    /// Breaks a text into lines no wider than `limit`, at spaces; a longer word stands alone.
    pub(crate) fn lines(&self, text: &str, size: f64, bold: bool, limit: f64) -> Vec<String> {
        let mut lines: Vec<String> = Vec::new();
        for word in text.split_whitespace() {
            match lines.last_mut() {
                Some(line) if self.width(&format!("{line} {word}"), size, bold) <= limit => {
                    line.push(' ');
                    line.push_str(word);
                }
                _ => lines.push(word.to_owned()),
            }
        }
        lines
    }

    /// The outline of a line of text that starts at the origin, as commands for `pen`; y points up.
    pub(crate) fn outline(&self, text: &str, size: f64, bold: bool, pen: &mut impl Pen) {
        let mut x = 0.0;
        for (face, glyph) in self.glyphs(text, bold) {
            let scale = size / f64::from(face.units_per_em());
            face.outline_glyph(glyph, &mut Scaled { pen, scale, x });
            x += advance(face, glyph, size);
        }
    }
}

fn advance(face: &Face<'_>, glyph: GlyphId, size: f64) -> f64 {
    f64::from(face.glyph_hor_advance(glyph).unwrap_or(0)) * size / f64::from(face.units_per_em())
}

/// Receives an outline.
pub(crate) trait Pen {
    fn move_to(&mut self, to: [f64; 2]);
    fn line_to(&mut self, to: [f64; 2]);
    fn quadratic_to(&mut self, control: [f64; 2], to: [f64; 2]);
    fn cubic_to(&mut self, first: [f64; 2], second: [f64; 2], to: [f64; 2]);
    fn close(&mut self);
}

struct Scaled<'a, P> {
    pen: &'a mut P,
    scale: f64,
    x: f64,
}

impl<P> Scaled<'_, P> {
    fn at(&self, x: f32, y: f32) -> [f64; 2] {
        [self.x + self.scale * f64::from(x), self.scale * f64::from(y)]
    }
}

impl<P: Pen> OutlineBuilder for Scaled<'_, P> {
    fn move_to(&mut self, x: f32, y: f32) {
        self.pen.move_to(self.at(x, y));
    }

    fn line_to(&mut self, x: f32, y: f32) {
        self.pen.line_to(self.at(x, y));
    }

    fn quad_to(&mut self, x1: f32, y1: f32, x: f32, y: f32) {
        self.pen.quadratic_to(self.at(x1, y1), self.at(x, y));
    }

    fn curve_to(&mut self, x1: f32, y1: f32, x2: f32, y2: f32, x: f32, y: f32) {
        self.pen.cubic_to(self.at(x1, y1), self.at(x2, y2), self.at(x, y));
    }

    fn close(&mut self) {
        self.pen.close();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_letters_of_our_units_and_numbers_are_in_the_text_font() {
        for data in [REGULAR, BOLD] {
            let face = Face::parse(data, 0).unwrap();
            for letter in "−×·±≤≥≈°µεσρΔ⁻⁰¹²³⁴⁵⁶⁷⁸⁹₀₁₂₃½…–—›→«»é".chars()
            {
                assert!(face.glyph_index(letter).is_some(), "{letter}");
            }
        }
    }

    #[test]
    fn lines_break_at_spaces_within_the_limit() {
        let fonts = Fonts::new();
        let lines = fonts.lines("Largest principal strain in the femoral neck", 14.0, true, 120.0);
        assert!(lines.len() > 2 && lines.iter().all(|line| fonts.width(line, 14.0, true) <= 120.0));
        assert_eq!(lines.join(" "), "Largest principal strain in the femoral neck");
    }
}
