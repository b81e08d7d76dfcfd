//! What a header or comment says about unit and frame: `SPACE=LPS` (3D Slicer), `UNIT=mm`, `File units = meters`.

use crate::{Frame, LengthUnit};

/// Collects what the comments of one file state; the first statement of a kind counts.
#[derive(Debug, Default, Clone, PartialEq)]
pub(crate) struct Statements {
    pub(crate) unit: Option<LengthUnit>,
    pub(crate) frame: Option<Frame>,
}

impl Statements {
    /// Reads one header or comment.
    pub(crate) fn read(&mut self, comment: &[u8]) {
        let text = String::from_utf8_lossy(comment);
        self.frame = self.frame.or_else(|| value_after(&text, &["space"]).and_then(|word| word.parse().ok()));
        self.unit = self.unit.or_else(|| value_after(&text, &["units", "unit"]).and_then(|word| word.parse().ok()));
    }
}

/// The word behind `key =` or `key:`, the key being a whole word in any case.
fn value_after<'a>(text: &'a str, keys: &[&str]) -> Option<&'a str> {
    let lower = text.to_ascii_lowercase();
    keys.iter().find_map(|key| {
        lower.match_indices(key).find_map(|(start, _)| {
            let is_word_start = !lower[..start].ends_with(|c: char| c.is_alphanumeric());
            let rest = text[start + key.len()..].trim_start().strip_prefix(['=', ':'])?.trim_start();
            let end = rest.find(|c: char| !c.is_alphanumeric()).unwrap_or(rest.len());
            is_word_start.then_some(&rest[..end])
        })
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn stated(text: &str) -> (Option<LengthUnit>, Option<Frame>) {
        let mut statements = Statements::default();
        statements.read(text.as_bytes());
        (statements.unit, statements.frame)
    }

    #[test]
    fn unit_and_frame_are_found_in_headers_seen_in_the_wild() {
        assert_eq!(stated("3D Slicer output. SPACE=LPS\0\0"), (None, Some(Frame::Lps)));
        assert_eq!(stated("Vesalius SPACE=RAS UNIT=mm"), (Some(LengthUnit::Millimetre), Some(Frame::Ras)));
        assert_eq!(stated("# File units = meters"), (Some(LengthUnit::Metre), None));
        assert_eq!(stated("exchange units: inches."), (Some(LengthUnit::Inch), None));
        assert_eq!(stated("color space=RGB, unit cube, namespace=LPS"), (None, None));
    }
}
