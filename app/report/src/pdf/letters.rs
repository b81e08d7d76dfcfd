//! Letters that the bundled fonts lack are shown by their code: a PDF/A file must not hold a letter without a shape, and
//! a reader must see that something was there.

use crate::figure::fonts::{MONOSPACED, REGULAR};
use serde_json::Value;
use ttf_parser::Face;

/// The data with every letter that no bundled font has written as "[U+80A1]".
pub(super) fn legible(data: Value) -> Value {
    let faces: Vec<Face<'_>> = [REGULAR, MONOSPACED].into_iter().filter_map(|font| Face::parse(font, 0).ok()).collect();
    rewritten(data, &faces)
}

fn rewritten(data: Value, faces: &[Face<'_>]) -> Value {
    match data {
        Value::String(text) => Value::String(text.chars().map(|letter| shown(letter, faces)).collect()),
        Value::Array(list) => Value::Array(list.into_iter().map(|item| rewritten(item, faces)).collect()),
        Value::Object(map) => Value::Object(map.into_iter().map(|(key, item)| (key, rewritten(item, faces))).collect()),
        other => other,
    }
}

fn shown(letter: char, faces: &[Face<'_>]) -> String {
    let invisible = letter.is_whitespace() || letter == '\u{200b}';
    if invisible || faces.iter().any(|face| face.glyph_index(letter).is_some()) {
        letter.to_string()
    } else {
        format!("[U+{:04X}]", u32::from(letter))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn unknown_letters_are_named_and_known_ones_kept() {
        let data = json!({ "a": ["Zürich ε ≤ 5 µm", "股"], "b": "a\u{200b}b\u{7}", "n": 1.5 });
        let expected = json!({ "a": ["Zürich ε ≤ 5 µm", "[U+80A1]"], "b": "a\u{200b}b[U+0007]", "n": 1.5 });
        assert_eq!(legible(data), expected);
    }
}
