//! Line plots: curves, points, error bars, bands, reference lines on linear or logarithmic axes with units.

use crate::Colour;
use crate::ticks::{Ticks, decade_ticks, decimal_exponent, nice_range, nice_ticks};

/// A plot; `report` draws it to PNG or SVG, the desktop draws it with its own widget.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Plot {
    /// Heading; empty for none (a figure in a document has a caption instead).
    pub title: String,
    /// Horizontal axis.
    pub x: Axis,
    /// Vertical axis.
    pub y: Axis,
    /// Shaded bands, drawn first.
    pub bands: Vec<Band>,
    /// Curves and points, drawn in order.
    pub series: Vec<Series>,
    /// Horizontal or vertical reference lines.
    pub references: Vec<Reference>,
}

/// One axis.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Axis {
    /// Name, for example "Element size".
    pub label: String,
    /// Unit written out; "1" for pure numbers.
    pub unit: String,
    /// Whether the axis is logarithmic. Values that are not positive are then left out.
    pub logarithmic: bool,
    /// Fixed ends; `None` takes round numbers around the data.
    pub range: Option<[f64; 2]>,
}

impl Axis {
    /// A linear axis.
    pub fn linear(label: &str, unit: &str) -> Self {
        Self { label: label.to_owned(), unit: unit.to_owned(), logarithmic: false, range: None }
    }

    /// A logarithmic axis.
    pub fn logarithmic(label: &str, unit: &str) -> Self {
        Self { logarithmic: true, ..Self::linear(label, unit) }
    }

    /// "label (unit)", with the common power of ten of the tick labels where there is one.
    pub fn heading(&self, ticks: &Ticks) -> String {
        let unit = if matches!(self.unit.as_str(), "1" | "") { "" } else { self.unit.as_str() };
        let factor = ticks.factor();
        let bracket = [factor.as_str(), unit].into_iter().filter(|part| !part.is_empty()).collect::<Vec<_>>().join(" ");
        if bracket.is_empty() { self.label.clone() } else { format!("{} ({bracket})", self.label) }
    }

    /// Ends of the axis for the `values` to be shown: the fixed range, or round numbers around the data.
    pub fn ends(&self, values: impl Iterator<Item = f64>) -> [f64; 2] {
        if let Some(range) = self.range {
            return range;
        }
        let shown = values.filter(|v| v.is_finite() && (!self.logarithmic || *v > 0.0));
        let (low, high) = shown.fold((f64::INFINITY, f64::NEG_INFINITY), |(low, high), v| (low.min(v), high.max(v)));
        match (low <= high, self.logarithmic) {
            (false, false) => [0.0, 1.0],
            (false, true) => [0.1, 10.0],
            (true, false) => nice_range(low, high),
            (true, true) => logarithmic_ends(low, high),
        }
    }

    /// Tick marks between `ends`, at most about `count`.
    pub fn ticks(&self, ends: [f64; 2], count: usize) -> Ticks {
        if !self.logarithmic {
            return nice_ticks(ends[0], ends[1], count);
        }
        let decades = decade_ticks(ends[0], ends[1], count);
        // Under two decades, powers of ten alone leave the axis bare: take linear steps as well.
        if decades.marks.len() >= 3 { decades } else { part_decade_ticks(ends) }
    }

    /// Position of a value along the axis, 0 at the low end, 1 at the high end; `None` when it cannot be shown.
    /// Uses base-2 logarithms split into exponent and mantissa, so that figures do not depend on a system library.
    pub fn position(&self, ends: [f64; 2], value: f64) -> Option<f64> {
        let scale = |v: f64| if self.logarithmic { portable_log2(v) } else { Some(v) };
        let (low, high, v) = (scale(ends[0])?, scale(ends[1])?, scale(value)?);
        (v.is_finite() && high > low).then(|| (v - low) / (high - low))
    }
}

/// The data's ends moved outwards to 1, 2 or 5 times a power of ten.
fn logarithmic_ends(low: f64, high: f64) -> [f64; 2] {
    let marks = |value: f64| {
        let exponent = decimal_exponent(value);
        (exponent - 1..=exponent + 1).flat_map(|e| [1, 2, 5].map(|m| parse(m, e)))
    };
    let start = marks(low).filter(|&m| m <= low * (1.0 + 1e-12)).fold(low, |_, m| m);
    let end = marks(high).find(|&m| m >= high * (1.0 - 1e-12)).unwrap_or(high);
    if end > start { [start, end] } else { [start / 2.0, end * 2.0] }
}

fn part_decade_ticks([low, high]: [f64; 2]) -> Ticks {
    let mut marks = Vec::new();
    for exponent in decimal_exponent(low)..=decimal_exponent(high) {
        for mantissa in [1, 2, 5] {
            let value = parse(mantissa, exponent);
            if value >= low * (1.0 - 1e-12) && value <= high * (1.0 + 1e-12) {
                marks.push(crate::ticks::Tick { value, label: crate::ticks::significant(value, 1) });
            }
        }
    }
    Ticks { marks, exponent: 0 }
}

fn parse(mantissa: i32, exponent: i32) -> f64 {
    format!("{mantissa}e{exponent}").parse().unwrap_or(f64::NAN)
}

/// log2 from additions, multiplications and divisions only: exact exponent plus the series of
/// `2 artanh((m−1)/(m+1)) / ln 2` for the mantissa `m` in [1, 2), to about 1e-12. `None` unless positive and normal.
fn portable_log2(value: f64) -> Option<f64> {
    if !(value.is_normal() && value > 0.0) {
        return None;
    }
    let bits = value.to_bits();
    let exponent = (bits >> 52) as i32 - 1023;
    let mantissa = f64::from_bits((bits & 0x000f_ffff_ffff_ffff) | 0x3ff0_0000_0000_0000);
    let z = (mantissa - 1.0) / (mantissa + 1.0);
    let (mut term, mut sum) = (z, 0.0);
    for k in 0..13 {
        sum += term / f64::from(2 * k + 1);
        term *= z * z;
    }
    Some(f64::from(exponent) + 2.0 * sum / std::f64::consts::LN_2)
}

/// One curve or set of points.
#[derive(Debug, Clone, PartialEq)]
pub struct Series {
    /// Name in the legend; empty leaves it out.
    pub name: String,
    /// (x, y) in the units of the axes.
    pub points: Vec<[f64; 2]>,
    /// Low and high end of the error bar of each point, in the unit of y; empty for none.
    pub errors: Vec<[f64; 2]>,
    /// Line joining the points.
    pub line: Line,
    /// Symbol at the points.
    pub symbol: Symbol,
    /// Colour.
    pub colour: Colour,
}

impl Series {
    /// A solid curve without symbols.
    pub fn curve(name: &str, points: Vec<[f64; 2]>, colour: Colour) -> Self {
        Self { name: name.to_owned(), points, errors: Vec::new(), line: Line::Solid, symbol: Symbol::None, colour }
    }

    /// Symbols joined by a solid line.
    pub fn marked(name: &str, points: Vec<[f64; 2]>, colour: Colour) -> Self {
        Self { symbol: Symbol::Circle, ..Self::curve(name, points, colour) }
    }
}

/// How points are joined.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Line {
    /// Not at all.
    None,
    /// Solid.
    Solid,
    /// Dashed.
    Dashed,
}

/// What is drawn at a point.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Symbol {
    /// Nothing.
    None,
    /// Circle.
    Circle,
    /// Square.
    Square,
    /// Triangle.
    Triangle,
    /// Diamond.
    Diamond,
}

/// A shaded band between two curves.
#[derive(Debug, Clone, PartialEq)]
pub struct Band {
    /// Name in the legend; empty leaves it out.
    pub name: String,
    /// (x, low, high) in the units of the axes.
    pub points: Vec<[f64; 3]>,
    /// Colour, drawn pale.
    pub colour: Colour,
}

/// A straight line across the plot.
#[derive(Debug, Clone, PartialEq)]
pub struct Reference {
    /// Name in the legend; empty leaves it out.
    pub name: String,
    /// The value, on the axis given by `vertical`.
    pub value: f64,
    /// Whether the line is vertical (value on x) or horizontal (value on y).
    pub vertical: bool,
    /// Colour.
    pub colour: Colour,
}

impl Plot {
    /// Ends of the two axes for all data shown.
    pub fn ends(&self) -> [[f64; 2]; 2] {
        let along = |vertical: bool| self.references.iter().filter(move |r| r.vertical == vertical).map(|r| r.value);
        let xs = self.series.iter().flat_map(|s| s.points.iter().map(|p| p[0]));
        let x = self.x.ends(xs.chain(self.bands.iter().flat_map(|b| b.points.iter().map(|p| p[0]))).chain(along(true)));
        let ys =
            self.series.iter().flat_map(|s| s.points.iter().map(|p| p[1]).chain(s.errors.iter().flatten().copied()));
        let bands = self.bands.iter().flat_map(|b| b.points.iter().flat_map(|p| [p[1], p[2]]));
        [x, self.y.ends(ys.chain(bands).chain(along(false)))]
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_portable_logarithm_agrees_with_the_library() {
        for value in [1e-300, 0.1, 0.999_999, 1.0, 1.5, 1.999_999, 2.0, 12_345.678, 1e300] {
            let difference = portable_log2(value).unwrap() - f64::log2(value);
            assert!(difference.abs() < 1e-11 * f64::log2(value).abs().max(1.0), "{value}: {difference}");
        }
        assert_eq!(portable_log2(0.0), None);
        assert_eq!(portable_log2(-1.0), None);
        assert_eq!(portable_log2(f64::NAN), None);
    }

    #[test]
    fn a_logarithmic_axis_has_ticks_even_within_one_decade() {
        let axis = Axis::logarithmic("Element size", "mm");
        let ends = axis.ends([1.2, 2.6, 4.8].into_iter());
        assert_eq!(ends, [1.0, 5.0]);
        let labels: Vec<_> = axis.ticks(ends, 6).marks.into_iter().map(|t| t.label).collect();
        assert_eq!(labels, ["1", "2", "5"]);
        assert!((axis.position([1.0, 100.0], 10.0).unwrap() - 0.5).abs() < 1e-12);
        assert_eq!(axis.position([1.0, 100.0], -1.0), None);
    }

    #[test]
    fn headings_carry_unit_and_factor() {
        let axis = Axis::linear("Strain", "1");
        let ticks = axis.ticks([0.0, 0.004], 5);
        assert_eq!(axis.heading(&ticks), "Strain (× 10⁻³)");
        let axis = Axis::linear("Force", "N");
        assert_eq!(axis.heading(&axis.ticks([0.0, 90_000.0], 5)), "Force (N)");
    }

    #[test]
    fn error_bars_and_references_are_inside_the_axes() {
        let mut series = Series::marked("a", vec![[1.0, 10.0], [2.0, 12.0]], Colour::category(0));
        series.errors = vec![[7.2, 13.0], [11.0, 15.5]];
        let reference = Reference { name: "limit".into(), value: 21.0, vertical: false, colour: Colour::GREY };
        let plot = Plot { series: vec![series], references: vec![reference], ..Plot::default() };
        let [x, y] = plot.ends();
        assert!(x[0] <= 1.0 && x[1] >= 2.0 && y[0] <= 7.2 && y[1] >= 21.0);
    }
}
