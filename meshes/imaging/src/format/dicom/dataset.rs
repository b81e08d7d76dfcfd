//! The structure of a data set (DICOM PS3.5, section 7): elements, sequences and items as ranges of the file's bytes.
//!
//! Nothing is copied or decoded until it is asked for, no length is trusted, and text is never decoded but for the few
//! attributes that an image needs. So a damaged length costs nothing and a patient's name is never a string here.

use super::tags::{ITEM, ITEM_END, PIXELS, SEQUENCE_END, Tag};
use crate::ImagingError;
use mesh_io::source::{Endian, Scalar, Source, parse_number};
use mesh_io::{MeshIoError, Place};
use std::ops::Range;

/// How elements are written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Encoding {
    /// Whether every element states its type.
    pub(super) is_explicit: bool,
    pub(super) endian: Endian,
}

impl Encoding {
    pub(super) const EXPLICIT_LITTLE: Self = Self { is_explicit: true, endian: Endian::Little };
    pub(super) const IMPLICIT_LITTLE: Self = Self { is_explicit: false, endian: Endian::Little };
}

/// Where the value of an attribute is.
#[derive(Debug, Clone)]
pub(super) struct Element {
    pub(super) tag: Tag,
    /// The stated type; zeros when none is.
    pub(super) kind: [u8; 2],
    /// The value's bytes; of a sequence of undefined length without the delimiter.
    pub(super) value: Range<usize>,
    /// Whether the length was undefined: a sequence or packed pixels.
    pub(super) is_open: bool,
}

/// The attributes of a file or of an item of a sequence.
pub(super) struct DataSet<'a> {
    /// The whole buffer that the elements' ranges mean, with the file's name.
    pub(super) source: Source<'a>,
    pub(super) encoding: Encoding,
    pub(super) elements: Vec<Element>,
}

/// A length that only a delimiter ends.
const OPEN: u32 = 0xFFFF_FFFF;
/// Sequences nested deeper than this are damage: the standard's own stay below ten.
const DEEPEST: usize = 32;

impl<'a> DataSet<'a> {
    /// The elements in `range` of the source.
    pub(super) fn parse(source: Source<'a>, range: Range<usize>, encoding: Encoding) -> Result<Self, MeshIoError> {
        let mut cursor = Cursor { source, at: range.start, end: range.end, encoding };
        let mut elements = Vec::new();
        // What is left behind the last element is padding.
        while cursor.left() >= 8 {
            source.check_every(elements.len())?;
            elements.push(cursor.element(0)?);
        }
        Ok(Self { source, encoding, elements })
    }

    /// The element of `tag`, if it is there and not empty.
    pub(super) fn find(&self, tag: Tag) -> Option<&Element> {
        self.elements.iter().find(|element| element.tag == tag && !element.value.is_empty())
    }

    /// The bytes of an element.
    pub(super) fn bytes(&self, element: &Element) -> &'a [u8] {
        self.source.bytes.get(element.value.clone()).unwrap_or(&[])
    }

    /// Whether an element says nothing: it is empty or has only padding.
    pub(super) fn is_blank(&self, element: &Element) -> bool {
        self.bytes(element).iter().all(|byte| matches!(byte, 0 | b' '))
    }

    /// Whether an element is a sequence.
    pub(super) fn has_items(&self, element: &Element) -> bool {
        if element.tag == PIXELS {
            return false;
        }
        let begins_an_item = match inner_encoding(element, self.encoding).endian {
            Endian::Little => self.bytes(element).starts_with(&[0xFE, 0xFF, 0x00, 0xE0]),
            Endian::Big => self.bytes(element).starts_with(&[0xFF, 0xFE, 0xE0, 0x00]),
        };
        begins_an_item && (element.is_open || matches!(&element.kind, b"SQ" | b"UN" | [0, 0]))
    }

    /// The items of the sequence `tag`; none when it is not there.
    pub(super) fn items(&self, tag: Tag) -> Result<Vec<DataSet<'a>>, MeshIoError> {
        match self.find(tag) {
            Some(element) => self.items_of(element),
            None => Ok(Vec::new()),
        }
    }

    /// The first item of the sequence `tag`.
    pub(super) fn first_item(&self, tag: Tag) -> Result<Option<DataSet<'a>>, MeshIoError> {
        let Some(element) = self.find(tag) else { return Ok(None) };
        let encoding = inner_encoding(element, self.encoding);
        let mut cursor = Cursor { source: self.source, at: element.value.start, end: element.value.end, encoding };
        if cursor.left() < 8 {
            return Ok(None);
        }
        cursor.item(0)?.map(|range| Self::parse(self.source, range, encoding)).transpose()
    }

    /// The items of a sequence.
    pub(super) fn items_of(&self, element: &Element) -> Result<Vec<DataSet<'a>>, MeshIoError> {
        let encoding = inner_encoding(element, self.encoding);
        self.ranges(element)?.into_iter().map(|range| Self::parse(self.source, range, encoding)).collect()
    }

    /// Where the contents of a sequence's items are; of packed pixels those of the fragments.
    pub(super) fn ranges(&self, element: &Element) -> Result<Vec<Range<usize>>, MeshIoError> {
        let encoding = inner_encoding(element, self.encoding);
        let mut cursor = Cursor { source: self.source, at: element.value.start, end: element.value.end, encoding };
        let mut ranges = Vec::new();
        while cursor.left() >= 8 {
            self.source.check_every(ranges.len())?;
            match cursor.item(0)? {
                Some(range) => ranges.push(range),
                None => break,
            }
        }
        Ok(ranges)
    }

    /// The text of an attribute without padding, bytes beyond ASCII as Latin-1 unless they are UTF-8.
    pub(super) fn text(&self, tag: Tag) -> Option<String> {
        let bytes = self.bytes(self.find(tag)?);
        let text = match std::str::from_utf8(bytes) {
            Ok(text) => text.to_owned(),
            Err(_) => bytes.iter().map(|&byte| char::from(byte)).collect(),
        };
        let text = text.trim_matches(|c: char| c == '\0' || c.is_whitespace());
        (!text.is_empty()).then(|| text.to_owned())
    }

    /// `N` finite numbers written as text.
    pub(super) fn decimals<const N: usize>(&self, tag: Tag) -> Result<Option<[f64; N]>, MeshIoError> {
        let Some(text) = self.text(tag) else { return Ok(None) };
        let values: Option<Vec<f64>> = text.split('\\').map(|word| parse_number(word.trim().as_bytes())).collect();
        let values = values.filter(|values| values.iter().all(|value| value.is_finite()));
        match values.and_then(|values| <[f64; N]>::try_from(values).ok()) {
            Some(values) => Ok(Some(values)),
            None => Err(self.wrong(tag, &format!("{N} finite number{}", if N == 1 { "" } else { "s" }))),
        }
    }

    /// One finite number written as text.
    pub(super) fn decimal(&self, tag: Tag) -> Result<Option<f64>, MeshIoError> {
        Ok(self.decimals::<1>(tag)?.map(|[value]| value))
    }

    /// A whole number: two or four bytes.
    pub(super) fn unsigned(&self, tag: Tag) -> Result<Option<u32>, MeshIoError> {
        let Some(element) = self.find(tag) else { return Ok(None) };
        let bytes = self.bytes(element);
        let scalar = match (&element.kind, bytes.len()) {
            (b"UL" | [0, 0], 4) => Scalar::U32,
            (_, 2..) => Scalar::U16,
            _ => return Err(self.wrong(tag, "a whole number of 2 bytes")),
        };
        Ok(scalar.integer(self.encoding.endian, bytes).and_then(|value| u32::try_from(value).ok()))
    }

    /// As [`DataSet::unsigned`], of an attribute that must be there.
    pub(super) fn expect_unsigned(&self, tag: Tag) -> Result<u32, MeshIoError> {
        self.unsigned(tag)?.ok_or_else(|| self.missing(tag))
    }

    /// The error for an attribute that must be there.
    pub(super) fn missing(&self, tag: Tag) -> MeshIoError {
        self.source.syntax(Place::Part(tag.to_string()), "nothing", "this attribute")
    }

    /// The error for an unreadable attribute. What it says is not repeated: damage may have put a name there.
    pub(super) fn wrong(&self, tag: Tag, expected: &str) -> MeshIoError {
        self.source.syntax(Place::Part(tag.to_string()), "an unreadable value", expected)
    }

    /// The error for an attribute whose value is read past.
    pub(super) fn unsupported(&self, tag: Tag, what: String, remedy: &'static str) -> ImagingError {
        self.source.unsupported(Place::Part(tag.to_string()), what, remedy).into()
    }
}

/// Sequences of unknown type are written without types, little endian (PS3.5, 6.2.2, notes 2 and 4).
fn inner_encoding(element: &Element, outer: Encoding) -> Encoding {
    match &element.kind {
        b"UN" => Encoding::IMPLICIT_LITTLE,
        _ => outer,
    }
}

/// Reads the headers of elements and items.
struct Cursor<'a> {
    source: Source<'a>,
    at: usize,
    end: usize,
    encoding: Encoding,
}

impl Cursor<'_> {
    fn left(&self) -> usize {
        self.end.saturating_sub(self.at)
    }

    /// The next `N` bytes.
    fn take<const N: usize>(&mut self) -> Result<[u8; N], MeshIoError> {
        let bytes = self.source.bytes.get(self.at..self.end).and_then(|rest| rest.first_chunk::<N>());
        let Some(bytes) = bytes else {
            return Err(self.source.truncated(Place::Byte(self.at), "an element", (N, self.left(), "bytes")));
        };
        self.at += N;
        Ok(*bytes)
    }

    fn u16(&mut self) -> Result<u16, MeshIoError> {
        let bytes = self.take::<2>()?;
        Ok(match self.encoding.endian {
            Endian::Little => u16::from_le_bytes(bytes),
            Endian::Big => u16::from_be_bytes(bytes),
        })
    }

    fn u32(&mut self) -> Result<u32, MeshIoError> {
        let bytes = self.take::<4>()?;
        Ok(match self.encoding.endian {
            Endian::Little => u32::from_le_bytes(bytes),
            Endian::Big => u32::from_be_bytes(bytes),
        })
    }

    fn tag(&mut self) -> Result<Tag, MeshIoError> {
        Ok(Tag(self.u16()?, self.u16()?))
    }

    /// The range of the next `length` bytes, which must be there.
    fn range(&mut self, tag: Tag, start: usize, length: u32) -> Result<Range<usize>, MeshIoError> {
        let (length, left) = (length as usize, self.left());
        if length > left {
            return Err(self.source.truncated(Place::Byte(start), tag.to_string(), (length, left, "bytes")));
        }
        let range = self.at..self.at + length;
        self.at = range.end;
        Ok(range)
    }

    /// The next element.
    fn element(&mut self, depth: usize) -> Result<Element, MeshIoError> {
        let start = self.at;
        let tag = self.tag()?;
        let (kind, length) = self.kind_and_length(tag, start)?;
        if length != OPEN {
            return Ok(Element { tag, kind, value: self.range(tag, start, length)?, is_open: false });
        }
        let mut element = Element { tag, kind, value: self.at..self.at, is_open: true };
        let outer = self.encoding;
        self.encoding = inner_encoding(&element, outer);
        loop {
            element.value.end = self.at;
            if self.item(depth + 1)?.is_none() {
                break;
            }
        }
        self.encoding = outer;
        Ok(element)
    }

    fn kind_and_length(&mut self, tag: Tag, start: usize) -> Result<([u8; 2], u32), MeshIoError> {
        if !self.encoding.is_explicit || tag.0 == ITEM.0 {
            return Ok(([0, 0], self.u32()?));
        }
        let kind = self.take::<2>()?;
        let is_short = matches!(
            &kind,
            b"AE"
                | b"AS"
                | b"AT"
                | b"CS"
                | b"DA"
                | b"DS"
                | b"DT"
                | b"FD"
                | b"FL"
                | b"IS"
                | b"LO"
                | b"LT"
                | b"PN"
                | b"SH"
                | b"SL"
                | b"SS"
                | b"ST"
                | b"TM"
                | b"UI"
                | b"UL"
                | b"US"
        );
        if is_short {
            return Ok((kind, u32::from(self.u16()?)));
        }
        if !kind.iter().all(u8::is_ascii_uppercase) {
            let found = format!("the bytes {kind:02X?}");
            return Err(self.source.syntax(Place::Byte(start + 4), found, "two letters, the type of an element"));
        }
        self.u16()?;
        Ok((kind, self.u32()?))
    }

    /// The content of the next item; `None` at the delimiter of the sequence.
    fn item(&mut self, depth: usize) -> Result<Option<Range<usize>>, MeshIoError> {
        let start = self.at;
        if depth > DEEPEST {
            let what = format!("sequences within sequences, more than {DEEPEST} deep,");
            return Err(self.source.unsupported(Place::Byte(start), what, "export the file again"));
        }
        self.source.control.check()?;
        let (tag, length) = (self.tag()?, self.u32()?);
        match (tag, length) {
            (SEQUENCE_END, _) => Ok(None),
            (ITEM, OPEN) => {
                let first = self.at;
                loop {
                    let end = self.at;
                    // The delimiter is looked for first, because it has no type in any encoding.
                    if self.tag()? == ITEM_END {
                        self.u32()?;
                        return Ok(Some(first..end));
                    }
                    self.at = end;
                    self.element(depth)?;
                }
            }
            (ITEM, length) => self.range(tag, start, length).map(Some),
            _ => Err(self.source.syntax(Place::Byte(start), tag.to_string(), "an item of a sequence")),
        }
    }
}
