//! The numbers of an MSH file, as text or binary.

use crate::source::{Endian, Scalar, Source, Text, quote};
use crate::{MeshIoError, Place};

/// A cursor over an MSH file that reads numbers in the file's own way.
pub(super) struct Cursor<'a> {
    pub(super) text: Text<'a>,
    /// The byte order; `None` in text files.
    pub(super) binary: Option<Endian>,
    /// The type of MSH 4's counts and tags.
    pub(super) size: Scalar,
}

impl<'a> Cursor<'a> {
    pub(super) fn new(source: Source<'a>) -> Self {
        Self { text: Text::new(source), binary: None, size: Scalar::U64 }
    }

    pub(super) fn source(&self) -> Source<'a> {
        self.text.source
    }

    /// The byte read next, or the line of the word read last.
    pub(super) fn place(&self) -> Place {
        if self.binary.is_some() { Place::Byte(self.text.position) } else { self.text.place() }
    }

    /// The place of what was read since `before`: in text the line of the word read last.
    pub(super) fn place_since(&self, before: Place) -> Place {
        if self.binary.is_some() { before } else { self.text.place() }
    }

    fn bytes(&mut self, scalar: Scalar, what: &str) -> Result<&'a [u8], MeshIoError> {
        let (position, file) = (self.text.position, self.text.source.bytes);
        let rest = file.get(position..).unwrap_or(&[]);
        let Some(bytes) = rest.get(..scalar.size()) else {
            return Err(self.source().truncated(Place::Byte(position), what, (scalar.size(), rest.len(), "bytes")));
        };
        self.text.skip_bytes(bytes.len());
        Ok(bytes)
    }

    fn whole(&mut self, scalar: Scalar, what: &str) -> Result<i64, MeshIoError> {
        let Some(endian) = self.binary else { return self.text.integer(what) };
        let place = self.place();
        let bytes = self.bytes(scalar, what)?;
        let refuse = || self.source().syntax(place, "a number above 2^63", what);
        scalar.integer(endian, bytes).ok_or_else(refuse)
    }

    /// An `int`.
    pub(super) fn int(&mut self, what: &str) -> Result<i64, MeshIoError> {
        self.whole(Scalar::I32, what)
    }

    /// A `size_t` that is a tag.
    pub(super) fn tag(&mut self, what: &str) -> Result<i64, MeshIoError> {
        self.whole(self.size, what)
    }

    /// A `size_t` that counts items of at least `least` bytes each (two characters each in text), which must be there.
    pub(super) fn count(&mut self, what: &str, least: usize) -> Result<usize, MeshIoError> {
        let place = self.place();
        let value = self.whole(self.size, what)?;
        self.checked(self.place_since(place), value, what, least)
    }

    /// A count of MSH 2, text in binary files too.
    pub(super) fn text_count(&mut self, what: &str, least: usize) -> Result<usize, MeshIoError> {
        let value = self.text.integer(what)?;
        let count = self.checked(self.text.place(), value, what, least)?;
        self.end_line();
        Ok(count)
    }

    /// Moves behind the line after which binary numbers begin; nothing in text files.
    pub(super) fn end_line(&mut self) {
        if self.binary.is_some() {
            self.text.rest_of_line();
        }
    }

    /// `value` as the count of items that take at least `least` bytes each.
    pub(super) fn checked(&self, place: Place, value: i64, what: &str, least: usize) -> Result<usize, MeshIoError> {
        let left = self.source().bytes.len().saturating_sub(self.text.position);
        let least = if self.binary.is_some() { least.max(1) } else { 2 };
        let Ok(count) = usize::try_from(value) else {
            return Err(self.source().syntax(place, value.to_string(), format!("{what} (not negative)")));
        };
        match count.checked_mul(least) {
            // The last number of a text needs no white space behind it.
            Some(needed) if needed <= left + 1 => Ok(count),
            needed => {
                let needed = needed.unwrap_or(usize::MAX);
                Err(self.source().truncated(place, format!("{what}, {count},"), (needed, left, "bytes")))
            }
        }
    }

    /// A finite `double`.
    pub(super) fn real(&mut self) -> Result<f64, MeshIoError> {
        let Some(endian) = self.binary else { return self.text.coordinate() };
        let place = self.place();
        let bytes = self.bytes(Scalar::F64, "a coordinate")?;
        match Scalar::F64.float(endian, bytes) {
            Some(value) if value.is_finite() => Ok(value),
            value => Err(self.source().not_finite(place, value.unwrap_or(f64::NAN))),
        }
    }

    /// A `double` that need not be finite because nothing depends on it.
    pub(super) fn any_real(&mut self) -> Result<(), MeshIoError> {
        match self.binary {
            Some(_) => self.bytes(Scalar::F64, "a number").map(drop),
            None => self.text.number("a number").map(drop),
        }
    }

    /// The next word of text, which must be this one.
    pub(super) fn expect(&mut self, word: &str) -> Result<(), MeshIoError> {
        let found = self.text.expect_word(word)?;
        match found == word.as_bytes() {
            true => Ok(()),
            false => Err(self.source().syntax(self.place(), quote(found), word)),
        }
    }
}
