//! A flat drawing in logical units: what legends, labels and plots are made of before they become pixels or SVG.

use scene::Colour;

/// A drawing; the origin is the top left corner, y points down.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Drawing {
    pub(crate) width: f64,
    pub(crate) height: f64,
    pub(crate) items: Vec<Item>,
}

/// One thing drawn.
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum Item {
    /// A filled polygon.
    Fill { outline: Vec<[f64; 2]>, colour: Colour, opacity: f64 },
    /// A polyline; `dash` is the length of dashes and gaps.
    Line { points: Vec<[f64; 2]>, width: f64, colour: Colour, dash: Option<f64> },
    /// A filled disc.
    Disc { centre: [f64; 2], radius: f64, colour: Colour },
    /// A line of text.
    Text { place: [f64; 2], text: String, style: Style },
}

/// Where the place of a text lies on its line.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Anchor {
    Start,
    Middle,
    End,
}

/// The look of a text. Its place is on the baseline.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) struct Style {
    pub(crate) size: f64,
    pub(crate) anchor: Anchor,
    pub(crate) bold: bool,
    pub(crate) colour: Colour,
    /// Turned by 90° to read upwards.
    pub(crate) upwards: bool,
}

impl Style {
    /// Regular ink of a size, starting at its place.
    pub(crate) const fn new(size: f64) -> Self {
        Self { size, anchor: Anchor::Start, bold: false, colour: Colour::INK, upwards: false }
    }

    pub(crate) const fn bold(self) -> Self {
        Self { bold: true, ..self }
    }

    pub(crate) const fn grey(self) -> Self {
        Self { colour: Colour::GREY, ..self }
    }

    pub(crate) const fn middle(self) -> Self {
        Self { anchor: Anchor::Middle, ..self }
    }

    pub(crate) const fn end(self) -> Self {
        Self { anchor: Anchor::End, ..self }
    }

    pub(crate) const fn upwards(self) -> Self {
        Self { upwards: true, ..self }
    }
}

impl Drawing {
    pub(crate) fn new(width: f64, height: f64) -> Self {
        Self { width, height, items: Vec::new() }
    }

    pub(crate) fn text(&mut self, place: [f64; 2], text: &str, style: Style) {
        if !text.is_empty() {
            self.items.push(Item::Text { place, text: text.to_owned(), style });
        }
    }

    pub(crate) fn line(&mut self, points: Vec<[f64; 2]>, width: f64, colour: Colour) {
        self.items.push(Item::Line { points, width, colour, dash: None });
    }

    pub(crate) fn fill(&mut self, outline: Vec<[f64; 2]>, colour: Colour, opacity: f64) {
        self.items.push(Item::Fill { outline, colour, opacity });
    }

    pub(crate) fn disc(&mut self, centre: [f64; 2], radius: f64, colour: Colour) {
        self.items.push(Item::Disc { centre, radius, colour });
    }

    pub(crate) fn rectangle(&mut self, [x, y, width, height]: [f64; 4], colour: Colour, opacity: f64) {
        self.fill(vec![[x, y], [x + width, y], [x + width, y + height], [x, y + height]], colour, opacity);
    }

    pub(crate) fn frame(&mut self, [x, y, width, height]: [f64; 4], line_width: f64, colour: Colour) {
        let corners = vec![[x, y], [x + width, y], [x + width, y + height], [x, y + height], [x, y]];
        self.line(corners, line_width, colour);
    }
}
