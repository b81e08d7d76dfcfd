//! Numbers as a reader of a report expects them.

use scene::ticks::{decimal_exponent, significant};

/// A value rounded so that `resolution` (an uncertainty, a change) keeps two significant digits.
pub(super) fn resolved(value: f64, resolution: f64) -> String {
    if value == 0.0 || resolution.is_nan() || resolution <= 0.0 {
        return significant(value, 5);
    }
    let digits = decimal_exponent(value) - decimal_exponent(resolution) + 2;
    significant(value, digits.clamp(2, 10) as usize)
}

/// "[low, high]" rounded like the value, with its unit.
pub(super) fn interval([low, high]: [f64; 2], unit: &str) -> String {
    let resolution = 0.5 * (high - low);
    with_unit(&format!("[{}, {}]", resolved(low, resolution), resolved(high, resolution)), unit)
}

/// A number with its unit after a no-break space; pure numbers stay alone.
pub(super) fn with_unit(number: &str, unit: &str) -> String {
    if matches!(unit, "1" | "") { number.to_owned() } else { format!("{number}\u{a0}{unit}") }
}

/// A count with groups of three digits.
pub(super) fn count(number: usize) -> String {
    let digits = number.to_string();
    let mut text = String::new();
    for (k, digit) in digits.chars().enumerate() {
        if k > 0 && (digits.len() - k).is_multiple_of(3) && digits.len() > 4 {
            text.push('\u{a0}');
        }
        text.push(digit);
    }
    text
}

/// Two significant digits for residuals and errors.
pub(super) fn small(value: f64) -> String {
    significant(value, 2)
}

/// Four significant digits without trailing zeros.
pub(super) fn plain(value: f64) -> String {
    let text = significant(value, 4);
    let (mantissa, power) = text.split_once(' ').map_or((text.as_str(), String::new()), |(m, p)| (m, format!(" {p}")));
    let short = if mantissa.contains('.') { mantissa.trim_end_matches('0').trim_end_matches('.') } else { mantissa };
    format!("{short}{power}")
}

/// A fraction in percent, signed where it is not zero.
pub(super) fn percent(fraction: f64) -> String {
    if fraction == 0.0 { "0\u{a0}%".to_owned() } else { format!("{}\u{a0}%", significant(100.0 * fraction, 2)) }
}

/// A word that may break: invisible break points after every eight letters or digits and after `/ \ _ . -`.
pub(super) fn breakable(text: &str) -> String {
    let (mut broken, mut run) = (String::new(), 0);
    for letter in text.chars() {
        broken.push(letter);
        run = if letter.is_whitespace() { 0 } else { run + 1 };
        if run >= 8 || (run > 0 && "/\\_.-,;:=&?".contains(letter)) {
            broken.push('\u{200b}');
            run = 0;
        }
    }
    broken
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_value_shows_the_digits_that_its_uncertainty_leaves() {
        assert_eq!(resolved(1.324_123, 0.003_9), "1.3241");
        assert_eq!(resolved(1512.734, 4.2), "1512.7");
        assert_eq!(resolved(-0.352_1, 0.012), "−0.352");
        assert_eq!(resolved(0.000_123_4, 0.000_001), "1.234 × 10⁻⁴");
        assert_eq!(resolved(3.0, 0.0), "3.0000");
        assert_eq!(interval([1.320_2, 1.328_0], "mm"), "[1.3202, 1.3280]\u{a0}mm");
    }

    #[test]
    fn long_words_can_break_and_lose_nothing() {
        let hash = "a".repeat(64);
        let broken = breakable(&hash);
        assert_eq!(broken.replace('\u{200b}', ""), hash);
        assert!(broken.split('\u{200b}').all(|part| part.len() <= 8));
        assert_eq!(breakable("a b"), "a b");
        assert_eq!(count(412_338), "412\u{a0}338");
        assert_eq!(count(9999), "9999");
        assert_eq!(
            (plain(2.04).as_str(), plain(1e-10).as_str(), plain(-106.0).as_str()),
            ("2.04", "1 × 10⁻¹⁰", "−106")
        );
    }
}
