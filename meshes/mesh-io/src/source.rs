//! The bytes of one file with its name, and cursors over them that never read past the end. The readers of images use
//! them too, so that every reader words its refusals alike.

use crate::{MeshIoError, Place};
use control::RunControl;

/// The bytes of a file. Copies share them.
#[derive(Clone, Copy)]
pub struct Source<'a> {
    /// The file as the caller named it; it stands in every message.
    pub file: &'a str,
    /// The bytes.
    pub bytes: &'a [u8],
    /// Asked for cancellation while reading.
    pub control: &'a RunControl,
}

impl Source<'_> {
    /// Something else stands at `place` than belongs there.
    pub fn syntax(&self, place: Place, found: impl Into<String>, expected: impl Into<String>) -> MeshIoError {
        MeshIoError::Syntax { file: self.file.to_owned(), place, found: found.into(), expected: expected.into() }
    }

    /// A coordinate that is NaN or infinite.
    pub fn not_finite(&self, place: Place, value: f64) -> MeshIoError {
        MeshIoError::NotFinite { file: self.file.to_owned(), place, value: value.to_string() }
    }

    /// The file ends before `what` does; counts of what is needed and there, and their unit.
    pub fn truncated(
        &self,
        place: Place,
        what: impl Into<String>,
        (needed, available, unit): (usize, usize, &'static str),
    ) -> MeshIoError {
        MeshIoError::Truncated {
            file: self.file.to_owned(),
            place,
            what: what.into(),
            needed: needed as u64,
            available: available as u64,
            unit,
        }
    }

    /// Two statements of the file contradict each other.
    pub fn contradiction(&self, place: Place, what: impl Into<String>) -> MeshIoError {
        MeshIoError::Contradiction { file: self.file.to_owned(), place, what: what.into() }
    }

    /// Valid in the format, but not read here.
    pub fn unsupported(&self, place: Place, what: impl Into<String>, remedy: &'static str) -> MeshIoError {
        MeshIoError::Unsupported { file: self.file.to_owned(), place, what: what.into(), remedy }
    }

    /// Coded data that cannot be decoded.
    pub fn corrupt(&self, place: Place, coding: &'static str, detail: impl ToString) -> MeshIoError {
        MeshIoError::Corrupt { file: self.file.to_owned(), place, coding, detail: detail.to_string() }
    }

    pub(crate) fn nothing(&self, what: &'static str) -> MeshIoError {
        MeshIoError::Nothing { file: self.file.to_owned(), what }
    }

    pub(crate) fn vertex_out_of_range(&self, place: Place, index: i64, count: usize) -> MeshIoError {
        MeshIoError::IndexOutOfRange { file: self.file.to_owned(), place, what: "vertex", index, count }
    }

    /// `index` as a vertex number below `count`.
    pub(crate) fn vertex(&self, place: impl FnOnce() -> Place, index: i64, count: usize) -> Result<u32, MeshIoError> {
        match u32::try_from(index) {
            Ok(vertex) if (vertex as usize) < count => Ok(vertex),
            _ => Err(self.vertex_out_of_range(place(), index, count)),
        }
    }

    /// Refuses more vertices than a `u32` numbers.
    pub(crate) fn check_vertex_count(&self, count: usize) -> Result<(), MeshIoError> {
        if count > u32::MAX as usize {
            return Err(MeshIoError::TooLarge {
                file: self.file.to_owned(),
                what: "vertices",
                count: count as u64,
                limit: u64::from(u32::MAX),
            });
        }
        Ok(())
    }

    /// Answers a cancelled run; cheap enough to call for every item.
    pub fn check_every(&self, item: usize) -> Result<(), MeshIoError> {
        if item.is_multiple_of(1 << 14) {
            self.control.check()?;
        }
        Ok(())
    }
}

/// A cursor over the words and lines of a text. Lines end with `\n`, `\r\n` or a lone `\r`.
pub struct Text<'a> {
    /// What is read.
    pub source: Source<'a>,
    /// Bytes already read.
    pub position: usize,
    line: usize,
    words: usize,
}

impl<'a> Text<'a> {
    /// A cursor at the beginning.
    pub fn new(source: Source<'a>) -> Self {
        // A byte order mark is no content.
        let position = if source.bytes.starts_with(b"\xEF\xBB\xBF") { 3 } else { 0 };
        Self { source, position, line: 1, words: 0 }
    }

    /// The place of the word or line read next.
    pub fn place(&self) -> Place {
        Place::Line(self.line)
    }

    #[cfg(test)]
    pub(crate) fn line(&self) -> usize {
        self.line
    }

    /// Whether nothing is left.
    pub fn is_at_end(&self) -> bool {
        self.position >= self.source.bytes.len()
    }

    fn rest(&self) -> &'a [u8] {
        self.source.bytes.get(self.position..).unwrap_or(&[])
    }

    fn step_over(&mut self, byte: u8) {
        self.position += 1;
        let ends_line = byte == b'\n' || (byte == b'\r' && self.rest().first() != Some(&b'\n'));
        self.line += usize::from(ends_line);
    }

    /// Moves behind `count` bytes that are not text.
    pub fn skip_bytes(&mut self, count: usize) {
        self.position = self.position.saturating_add(count).min(self.source.bytes.len());
    }

    /// The next word, or `None` at the end; [`Text::place`] afterwards still names the word's line.
    pub fn word(&mut self) -> Result<Option<&'a [u8]>, MeshIoError> {
        self.words += 1;
        self.source.check_every(self.words)?;
        while let Some(&byte) = self.rest().first().filter(|byte| byte.is_ascii_whitespace()) {
            self.step_over(byte);
        }
        let rest = self.rest();
        let length = rest.iter().position(u8::is_ascii_whitespace).unwrap_or(rest.len());
        self.position += length;
        Ok((length > 0).then(|| &rest[..length]))
    }

    /// The next word without moving.
    pub fn peek(&mut self) -> Result<Option<&'a [u8]>, MeshIoError> {
        let (position, line) = (self.position, self.line);
        let word = self.word();
        (self.position, self.line) = (position, line);
        word
    }

    /// The rest of the present line without its end, and moves to the next line.
    pub fn rest_of_line(&mut self) -> &'a [u8] {
        let rest = self.rest();
        let length = rest.iter().position(|&byte| byte == b'\n' || byte == b'\r').unwrap_or(rest.len());
        self.position += length;
        while let Some(&byte) = self.rest().first() {
            let line = self.line;
            self.step_over(byte);
            if self.line > line {
                break;
            }
        }
        &rest[..length]
    }

    /// The next word, which must be there.
    pub fn expect_word(&mut self, expected: &str) -> Result<&'a [u8], MeshIoError> {
        match self.word()? {
            Some(word) => Ok(word),
            None => Err(self.source.syntax(self.place(), "the end of the file", expected)),
        }
    }

    /// The next word as a floating-point number, NaN and infinity included.
    pub fn number(&mut self, what: &str) -> Result<f64, MeshIoError> {
        let word = self.expect_word(what)?;
        parse_number(word).ok_or_else(|| self.source.syntax(self.place(), quote(word), format!("{what} (a number)")))
    }

    /// The next word as a finite coordinate.
    pub(crate) fn coordinate(&mut self) -> Result<f64, MeshIoError> {
        let value = self.number("a coordinate")?;
        match value.is_finite() {
            true => Ok(value),
            false => Err(self.source.not_finite(self.place(), value)),
        }
    }

    /// The next word as an integer.
    pub fn integer(&mut self, what: &str) -> Result<i64, MeshIoError> {
        let word = self.expect_word(what)?;
        parse_integer(word).ok_or_else(|| self.source.syntax(self.place(), quote(word), format!("{what} (an integer)")))
    }

    /// The next word as a count.
    pub fn count(&mut self, what: &str) -> Result<usize, MeshIoError> {
        let value = self.integer(what)?;
        usize::try_from(value)
            .map_err(|_| self.source.syntax(self.place(), value.to_string(), format!("{what} (not negative)")))
    }
}

/// A number in any spelling of C and Fortran: `1`, `.5`, `1.0E+00`, `1.0D+00`, `nan`.
pub fn parse_number(word: &[u8]) -> Option<f64> {
    let text = std::str::from_utf8(word).ok()?;
    text.parse().ok().or_else(|| {
        let has_fortran_exponent = text.starts_with(|c: char| c.is_ascii_digit() || "+-.".contains(c));
        has_fortran_exponent.then(|| text.replacen(['d', 'D'], "e", 1).parse().ok())?
    })
}

/// An integer in decimal digits.
pub fn parse_integer(word: &[u8]) -> Option<i64> {
    std::str::from_utf8(word).ok()?.parse().ok()
}

/// The beginning of `bytes` for a message, in quotation marks and without control characters.
pub fn quote(bytes: &[u8]) -> String {
    const LONGEST: usize = 40;
    let text = String::from_utf8_lossy(&bytes[..bytes.len().min(LONGEST)]);
    let dots = if bytes.len() > LONGEST { "…" } else { "" };
    format!("\"{}{dots}\"", text.escape_debug())
}

/// The byte order of binary data.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Endian {
    /// The least significant byte first.
    Little,
    /// The most significant byte first.
    Big,
}

/// The number types of binary files.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[expect(missing_docs, reason = "each is named by its kind and bits")]
pub enum Scalar {
    I8,
    U8,
    I16,
    U16,
    I32,
    U32,
    I64,
    U64,
    F32,
    F64,
}

impl Scalar {
    /// Bytes of one number.
    pub const fn size(self) -> usize {
        match self {
            Self::I8 | Self::U8 => 1,
            Self::I16 | Self::U16 => 2,
            Self::I32 | Self::U32 | Self::F32 => 4,
            Self::I64 | Self::U64 | Self::F64 => 8,
        }
    }

    /// Whether it is a floating-point type.
    pub const fn is_float(self) -> bool {
        matches!(self, Self::F32 | Self::F64)
    }

    /// The number at the beginning of `bytes`; `None` when there are too few.
    pub fn float(self, endian: Endian, bytes: &[u8]) -> Option<f64> {
        match self {
            Self::F32 => Some(f64::from(f32::from_bits(self.raw(endian, bytes)? as u32))),
            Self::F64 => Some(f64::from_bits(self.raw(endian, bytes)?)),
            Self::U64 => self.raw(endian, bytes).map(|value| value as f64),
            _ => self.integer(endian, bytes).map(|value| value as f64),
        }
    }

    /// The integer at the beginning of `bytes`; `None` when there are too few, for floats, and above 2⁶³.
    pub fn integer(self, endian: Endian, bytes: &[u8]) -> Option<i64> {
        let raw = self.raw(endian, bytes)?;
        match self {
            Self::I8 => Some(i64::from(raw as u8 as i8)),
            Self::I16 => Some(i64::from(raw as u16 as i16)),
            Self::I32 => Some(i64::from(raw as u32 as i32)),
            Self::I64 => Some(raw as i64),
            Self::U8 | Self::U16 | Self::U32 | Self::U64 => i64::try_from(raw).ok(),
            Self::F32 | Self::F64 => None,
        }
    }

    /// Appends the number that `word` spells, little endian; `None` when it is none or does not fit the type.
    pub fn encode_word(self, word: &[u8], into: &mut Vec<u8>) -> Option<()> {
        if self.is_float() {
            self.encode(parse_number(word)?, into);
            return Some(());
        }
        let value: i128 = std::str::from_utf8(word).ok()?.parse().ok()?;
        let bits = 8 * self.size() as u32;
        let is_signed = matches!(self, Self::I8 | Self::I16 | Self::I32 | Self::I64);
        let (low, high) = if is_signed { (-(1 << (bits - 1)), 1 << (bits - 1)) } else { (0, 1 << bits) };
        (low..high).contains(&value).then(|| into.extend_from_slice(&value.to_le_bytes()[..self.size()]))
    }

    /// Appends `value` in a floating-point type, little endian.
    pub(crate) fn encode(self, value: f64, into: &mut Vec<u8>) {
        match self {
            Self::F32 => into.extend_from_slice(&(value as f32).to_le_bytes()),
            _ => into.extend_from_slice(&value.to_le_bytes()),
        }
    }

    fn raw(self, endian: Endian, bytes: &[u8]) -> Option<u64> {
        let size = self.size();
        let bytes = bytes.get(..size)?;
        let mut wide = [0_u8; 8];
        match endian {
            Endian::Little => {
                wide[..size].copy_from_slice(bytes);
                Some(u64::from_le_bytes(wide))
            }
            Endian::Big => {
                wide[8 - size..].copy_from_slice(bytes);
                Some(u64::from_be_bytes(wide))
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_are_counted_for_every_line_end() {
        let control = RunControl::silent();
        for text in ["a\nb\nc", "a\r\nb\r\nc", "a\rb\rc"] {
            let mut cursor = Text::new(Source { file: "t", bytes: text.as_bytes(), control: &control });
            let mut lines = Vec::new();
            while let Some(word) = cursor.word().unwrap() {
                lines.push((word.to_vec(), cursor.line()));
            }
            assert_eq!(lines, [(b"a".to_vec(), 1), (b"b".to_vec(), 2), (b"c".to_vec(), 3)], "{text:?}");
            let mut cursor = Text::new(Source { file: "t", bytes: text.as_bytes(), control: &control });
            assert_eq!((cursor.rest_of_line(), cursor.line()), (&b"a"[..], 2));
            assert_eq!((cursor.rest_of_line(), cursor.line()), (&b"b"[..], 3));
        }
    }

    #[test]
    fn numbers_of_c_and_fortran_are_read() {
        for (word, value) in [("1", 1.0), ("-.5", -0.5), ("1.0E+00", 1.0), ("2.5D-01", 0.25), ("+3.", 3.0)] {
            assert_eq!(parse_number(word.as_bytes()), Some(value), "{word}");
        }
        assert!(parse_number(b"nan").unwrap().is_nan());
        for word in ["1,5", "abc", "", "1.0.0", "d5"] {
            assert_eq!(parse_number(word.as_bytes()), None, "{word}");
        }
    }

    #[test]
    fn binary_numbers_have_their_byte_order_and_sign() {
        assert_eq!(Scalar::I16.integer(Endian::Big, &[0xFF, 0xFE]), Some(-2));
        assert_eq!(Scalar::I16.integer(Endian::Little, &[0xFF, 0xFE]), Some(-257));
        assert_eq!(Scalar::F32.float(Endian::Big, &1.5_f32.to_be_bytes()), Some(1.5));
        assert_eq!(Scalar::F64.float(Endian::Little, &[0; 7]), None);
        assert_eq!(Scalar::U64.integer(Endian::Little, &[0xFF; 8]), None);
    }
}
