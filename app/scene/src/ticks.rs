//! Tick marks at round numbers with exact labels.
//!
//! A tick is an integer times a power of ten, so its label is written from the integer and never shows
//! 0.30000000000000004. Decimal exponents come from Rust's exact number formatting, not from a logarithm.

/// One tick mark.
#[derive(Debug, Clone, PartialEq)]
pub struct Tick {
    /// The value: the number nearest to the label times ten to the exponent of its [`Ticks`].
    pub value: f64,
    /// The label, without the common power of ten.
    pub label: String,
}

/// Tick marks of one axis or legend.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Ticks {
    /// The marks in increasing order.
    pub marks: Vec<Tick>,
    /// The labels are to be multiplied by ten to this power; a multiple of three, 0 when no factor is needed.
    pub exponent: i32,
}

impl Ticks {
    /// "× 10³" and the like in typographic digits, or an empty text when the exponent is 0.
    pub fn factor(&self) -> String {
        if self.exponent == 0 { String::new() } else { format!("× 10{}", superscript(self.exponent)) }
    }
}

/// A whole number in superscript digits.
pub fn superscript(number: i32) -> String {
    let digit = |c| match c {
        '-' => '⁻',
        '1' => '¹',
        '2' => '²',
        '3' => '³',
        digit => char::from_u32('⁰' as u32 + digit as u32 - '0' as u32).unwrap_or(digit),
    };
    number.to_string().chars().map(digit).collect()
}

/// A step of 1, 2 or 5 times a power of ten.
#[derive(Debug, Clone, Copy, PartialEq)]
struct Step {
    mantissa: i64,
    exponent: i32,
}

impl Step {
    /// The smallest step of this kind that is at least `raw` (positive, finite).
    fn at_least(raw: f64) -> Self {
        let exponent = decimal_exponent(raw);
        let candidates = [(1, exponent), (2, exponent), (5, exponent), (1, exponent + 1)];
        let fits = |&(mantissa, exponent): &(i64, i32)| Self { mantissa, exponent }.value() >= raw * (1.0 - 1e-9);
        let (mantissa, exponent) = candidates.into_iter().find(fits).unwrap_or((1, exponent + 1));
        Self { mantissa, exponent }
    }

    fn value(self) -> f64 {
        decimal(self.mantissa, self.exponent)
    }

    /// `value / step`, with numbers within 1e-9 of a whole number taken as whole.
    fn quotient(self, value: f64) -> f64 {
        let quotient = value / self.value();
        let whole = quotient.round();
        if (quotient - whole).abs() < 1e-9 * whole.abs().max(1.0) { whole } else { quotient }
    }
}

/// The `f64` nearest to `mantissa` × 10^`exponent`.
fn decimal(mantissa: i64, exponent: i32) -> f64 {
    format!("{mantissa}e{exponent}").parse().unwrap_or(f64::NAN)
}

/// The exponent `e` with `10^e <= |value| < 10^(e+1)`; 0 for zero and non-finite values.
pub fn decimal_exponent(value: f64) -> i32 {
    if value == 0.0 || !value.is_finite() {
        return 0;
    }
    let text = format!("{:e}", value.abs());
    text.split_once('e').and_then(|(_, exponent)| exponent.parse().ok()).unwrap_or(0)
}

/// At most `count` (at least 2) ticks from `low` to `high`; a degenerate or non-finite range gives none.
pub fn nice_ticks(low: f64, high: f64, count: usize) -> Ticks {
    let span = high - low;
    if !(span.is_finite() && span > 0.0) || span < 1e-12 * low.abs().max(high.abs()) {
        return Ticks::default();
    }
    let mut step = Step::at_least(span / (count.max(2) as f64));
    let mut ends = (step.quotient(low).ceil(), step.quotient(high).floor());
    // `count` intervals can hold `count + 1` ticks.
    if ends.1 - ends.0 >= count.max(2) as f64 {
        step = Step::at_least(step.value() * 1.5);
        ends = (step.quotient(low).ceil(), step.quotient(high).floor());
    }
    let exponent = common_exponent(low.abs().max(high.abs()));
    let tick = |k: i64| {
        let mantissa = k * step.mantissa;
        Tick { value: decimal(mantissa, step.exponent), label: fixed(mantissa, step.exponent - exponent) }
    };
    Ticks { marks: (ends.0 as i64..=ends.1 as i64).map(tick).collect(), exponent }
}

/// Decades between `low` and `high` (both positive) as ticks; every second, third, ... one when there are more than `count`.
pub fn decade_ticks(low: f64, high: f64, count: usize) -> Ticks {
    if !(low > 0.0 && high >= low && high.is_finite()) {
        return Ticks::default();
    }
    let first = decimal_exponent(low) + i32::from(decimal(1, decimal_exponent(low)) < low * (1.0 - 1e-12));
    let last = decimal_exponent(high);
    let stride = ((last - first) as usize / count.max(1) + 1) as i32;
    let label = |e: i32| if (-2..=3).contains(&e) { fixed(1, e) } else { format!("10{}", superscript(e)) };
    let marks = (first..=last).filter(|e| e.rem_euclid(stride) == 0);
    Ticks { marks: marks.map(|e| Tick { value: decimal(1, e), label: label(e) }).collect(), exponent: 0 }
}

/// `[low, high]` widened to round ends (at most about ten intervals of 1, 2 or 5 times a power of ten).
pub fn nice_range(low: f64, high: f64) -> [f64; 2] {
    let span = high - low;
    if !span.is_finite() || span < 0.0 {
        return [low, high];
    }
    let size = low.abs().max(high.abs());
    if span <= 1e-9 * size || size == 0.0 {
        let half = if size == 0.0 { 1.0 } else { Step::at_least(0.05 * size).value() };
        return [low - half, high + half];
    }
    let step = Step::at_least(span / 10.0);
    let whole = |quotient: f64| decimal(quotient as i64 * step.mantissa, step.exponent);
    [whole(step.quotient(low).floor()), whole(step.quotient(high).ceil())]
}

/// The largest length of 1, 2 or 5 times a power of ten that is at most `limit`, with its label in mm, µm or m.
pub fn nice_length(limit: f64) -> Option<(f64, String)> {
    if !(limit.is_finite() && limit > 0.0) {
        return None;
    }
    let exponent = decimal_exponent(limit);
    let fits = |&mantissa: &i64| decimal(mantissa, exponent) <= limit * (1.0 + 1e-12);
    let mantissa = [5, 2, 1].into_iter().find(fits)?;
    let (shift, unit) = match exponent {
        ..=-2 => (3, "µm"),
        -1..=2 => (0, "mm"),
        _ => (-3, "m"),
    };
    Some((decimal(mantissa, exponent), format!("{} {unit}", fixed(mantissa, exponent + shift))))
}

/// The multiple of three that brings `largest` below 1000 and to at least 1, or 0 from 0.01 to 100 000.
fn common_exponent(largest: f64) -> i32 {
    let exponent = decimal_exponent(largest);
    if (-2..5).contains(&exponent) { 0 } else { exponent.div_euclid(3) * 3 }
}

/// `mantissa` × 10^`exponent` in fixed notation with a true minus sign.
fn fixed(mantissa: i64, exponent: i32) -> String {
    let sign = if mantissa < 0 { "−" } else { "" };
    let digits = mantissa.unsigned_abs().to_string();
    if mantissa == 0 {
        return if exponent < 0 {
            format!("0.{}", "0".repeat(exponent.unsigned_abs() as usize))
        } else {
            "0".to_owned()
        };
    }
    if exponent >= 0 {
        return format!("{sign}{digits}{}", "0".repeat(exponent as usize));
    }
    let decimals = exponent.unsigned_abs() as usize;
    let padded = format!("{digits:0>width$}", width = decimals + 1);
    let (whole, fraction) = padded.split_at(padded.len() - decimals);
    format!("{sign}{whole}.{fraction}")
}

/// `value` with `digits` significant digits for people: fixed notation from 0.001 to 99 999, otherwise "1.23 × 10⁻⁵".
/// Rounds the exact decimal expansion; "not a number" and "infinite" in words.
pub fn significant(value: f64, digits: usize) -> String {
    if value.is_nan() {
        return "not a number".to_owned();
    }
    if value.is_infinite() {
        return if value > 0.0 { "infinite".to_owned() } else { "−infinite".to_owned() };
    }
    if value == 0.0 {
        return "0".to_owned();
    }
    let places = digits.max(1) - 1;
    let text = format!("{value:.places$e}");
    let Some((mantissa, exponent)) = text.split_once('e') else { return text };
    let exponent: i32 = exponent.parse().unwrap_or(0);
    if (-3..5).contains(&decimal_exponent(value)) {
        let whole: i64 = mantissa.replace('.', "").parse().unwrap_or(0);
        let shift = exponent - places as i32;
        // Whole numbers that are longer than the digits asked for are written out, not padded with zeros.
        return if shift > 0 { format!("{value:.0}").replace('-', "−") } else { fixed(whole, shift) };
    }
    format!("{} × 10{}", mantissa.replace('-', "−"), superscript(exponent))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn labels(ticks: &Ticks) -> Vec<&str> {
        ticks.marks.iter().map(|t| t.label.as_str()).collect()
    }

    #[test]
    fn labels_are_exact_and_values_are_the_nearest_numbers() {
        let ticks = nice_ticks(0.0, 0.5, 6);
        assert_eq!(labels(&ticks), ["0.0", "0.1", "0.2", "0.3", "0.4", "0.5"]);
        assert_eq!(ticks.marks[3].value, 0.3);
        assert_eq!(labels(&nice_ticks(-1.0, 1.0, 5)), ["−1.0", "−0.5", "0.0", "0.5", "1.0"]);
    }

    #[test]
    fn very_small_and_very_large_values_share_an_engineering_exponent() {
        let ticks = nice_ticks(0.0, 0.0042, 5);
        assert_eq!((ticks.exponent, ticks.factor().as_str()), (-3, "× 10⁻³"));
        assert_eq!(labels(&ticks), ["0", "1", "2", "3", "4"]);
        let ticks = nice_ticks(-2.0e7, 1.0e7, 4);
        assert_eq!((ticks.exponent, labels(&ticks)), (6, vec!["−20", "−10", "0", "10"]));
    }

    #[test]
    fn ticks_stay_inside_any_range_are_few_and_increase() {
        for (low, high) in [(0.1, 0.3), (-7.3, 913.0), (1e-9, 3e-9), (99.7, 100.4), (-0.3, -0.1), (0.3, 0.9)] {
            for count in 2..12 {
                let ticks = nice_ticks(low, high, count);
                assert!(ticks.marks.len() <= count, "{low} {high} {count}: {ticks:?}");
                assert!(ticks.marks.windows(2).all(|w| w[0].value < w[1].value));
                let tolerance = 1e-9 * (high - low);
                assert!(ticks.marks.iter().all(|t| t.value >= low - tolerance && t.value <= high + tolerance));
                if count >= 5 {
                    assert!(ticks.marks.len() >= 2, "{low} {high} {count}: {ticks:?}");
                }
            }
        }
        assert!(nice_ticks(1.0, 1.0, 5).marks.is_empty());
        assert!(nice_ticks(f64::NAN, 1.0, 5).marks.is_empty());
    }

    #[test]
    fn nice_ranges_contain_the_data_and_end_on_ticks() {
        for (low, high) in [(0.013, 0.87), (-4.2, 4.2), (1234.0, 1239.0), (5.0, 5.0), (0.0, 0.0)] {
            let [start, end] = nice_range(low, high);
            assert!(start <= low && end >= high && end > start, "{low} {high}: {start} {end}");
            let ticks = nice_ticks(start, end, 12);
            if high > low {
                assert_eq!((ticks.marks[0].value, ticks.marks.last().unwrap().value), (start, end));
            }
        }
    }

    #[test]
    fn decades_and_lengths() {
        assert_eq!(labels(&decade_ticks(0.05, 2000.0, 6)), ["0.1", "1", "10", "100", "1000"]);
        assert_eq!(labels(&decade_ticks(1e-8, 1e-4, 6)), ["10⁻⁸", "10⁻⁷", "10⁻⁶", "10⁻⁵", "10⁻⁴"]);
        assert_eq!(nice_length(73.0), Some((50.0, "50 mm".to_owned())));
        assert_eq!(nice_length(0.021), Some((0.02, "20 µm".to_owned())));
        assert_eq!(nice_length(2500.0), Some((2000.0, "2 m".to_owned())));
        assert_eq!(nice_length(0.0), None);
    }

    #[test]
    fn significant_digits_read_like_print() {
        for (value, text) in [
            (0.004567, "0.00457"),
            (-12.3456, "−12.3"),
            (4.0, "4.00"),
            (99_961.0, "99961"),
            (123_456.0, "1.23 × 10⁵"),
            (-4.5e-7, "−4.50 × 10⁻⁷"),
            (0.0, "0"),
        ] {
            assert_eq!(significant(value, 3), text);
        }
    }
}
