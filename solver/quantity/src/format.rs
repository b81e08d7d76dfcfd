//! Numbers as text.

/// A number rounded to `digits` significant digits, without trailing zeros after the point; in powers of ten outside
/// 1e-4 to 1e6. A value that rounds to zero is "0", never "-0".
pub fn significant(value: f64, digits: usize) -> String {
    if !value.is_finite() {
        return value.to_string();
    }
    if value == 0.0 {
        return "0".to_owned();
    }
    let scientific = format!("{:.*e}", digits.max(1) - 1, value);
    let Some((mantissa, exponent)) = scientific.split_once('e') else { return scientific };
    let exponent: i32 = exponent.parse().unwrap_or(0);
    if !(-4..6).contains(&exponent) {
        return format!("{}e{exponent}", strip_zeros(mantissa));
    }
    let decimals = usize::try_from(digits as i32 - 1 - exponent).unwrap_or(0);
    // The rounded text is parsed again so that 1234 at two digits becomes 1200 and not 1234.
    let rounded: f64 = scientific.parse().unwrap_or(value);
    strip_zeros(&format!("{rounded:.decimals$}")).to_owned()
}

/// The shortest text that reads back as `value`, in powers of ten outside 1e-4 to 1e6.
pub fn compact_number(value: f64) -> String {
    let size = value.abs();
    if value == 0.0 {
        "0".to_owned()
    } else if (1e-4..1e6).contains(&size) {
        format!("{value}")
    } else {
        format!("{value:e}")
    }
}

fn strip_zeros(text: &str) -> &str {
    if text.contains('.') { text.trim_end_matches('0').trim_end_matches('.') } else { text }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn significant_digits_round_and_stay_readable() {
        for (value, digits, expected) in [
            (1.25, 3, "1.25"),
            (1234.0, 2, "1200"),
            (0.0007314, 3, "0.000731"),
            (0.000_073_14, 3, "7.31e-5"),
            (1_234_567.0, 3, "1.23e6"),
            (999.96, 4, "1000"),
            (-0.3, 3, "-0.3"),
            (0.1 + 0.2, 6, "0.3"),
            (-0.0, 3, "0"),
            (17.0, 1, "20"),
        ] {
            assert_eq!(significant(value, digits), expected, "{value} at {digits}");
        }
    }

    #[test]
    fn compact_numbers_read_back_exactly() {
        for value in [0.0, 1.0 / 3.0, 1e-12, 123_456_789.0, -2.5e7, 0.1] {
            assert_eq!(compact_number(value).parse::<f64>().unwrap(), value);
        }
    }
}
