//! The numbers of one XML `DataArray`: text, base64 in place, or appended raw or base64; plain or in zlib blocks.

use super::tree::Node;
use crate::source::{Endian, Scalar, Source, parse_integer, parse_number, quote};
use crate::{MeshIoError, Place};
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use std::io::Read;

/// What holds for all arrays of a file.
#[derive(Clone, Copy)]
pub(super) struct Coding<'a> {
    pub(super) source: Source<'a>,
    pub(super) endian: Endian,
    /// The type of the lengths in front of binary data.
    pub(super) header: Scalar,
    pub(super) is_compressed: bool,
    /// The bytes behind the underscore, and whether they are base64.
    pub(super) appended: Option<(&'a [u8], bool)>,
}

/// Name, type and components of an array.
pub(super) struct Declaration<'n, 'a> {
    pub(super) node: &'n Node<'a>,
    pub(super) name: String,
    pub(super) components: usize,
}

impl<'n, 'a> Declaration<'n, 'a> {
    pub(super) fn new(coding: Coding<'_>, node: &'n Node<'a>) -> Result<Self, MeshIoError> {
        let name = node.attribute("Name").unwrap_or("unnamed").to_owned();
        let components = match node.attribute("NumberOfComponents") {
            None => 1,
            Some(text) => text.trim().parse().map_err(|_| {
                let place = Place::Part(format!("array \"{name}\""));
                coding.source.syntax(place, quote(text.as_bytes()), "NumberOfComponents (a count)")
            })?,
        };
        Ok(Self { node, name, components })
    }

    pub(super) fn place(&self) -> Place {
        Place::Part(format!("array \"{}\"", self.name))
    }

    pub(super) fn is_text(&self) -> bool {
        self.node.attribute("type") == Some("String")
    }
}

impl<'a> Coding<'a> {
    /// The values of an array as floating-point numbers.
    pub(super) fn floats(self, array: &Declaration<'_, '_>) -> Result<Vec<f64>, MeshIoError> {
        let scalar = self.scalar(array)?;
        if let Some(words) = text_of(array.node) {
            return self.words(array, words, |word| parse_number(word.as_bytes()), "a number");
        }
        let bytes = self.bytes(array)?;
        self.check_whole(array, &bytes, scalar)?;
        Ok(bytes.chunks_exact(scalar.size()).filter_map(|chunk| scalar.float(self.endian, chunk)).collect())
    }

    /// The bytes of an array's values with their type and order; text is written out as bytes of that type.
    pub(super) fn raw(self, array: &Declaration<'_, '_>) -> Result<(Scalar, Endian, Vec<u8>), MeshIoError> {
        let scalar = self.scalar(array)?;
        let Some(words) = text_of(array.node) else {
            let bytes = self.bytes(array)?;
            self.check_whole(array, &bytes, scalar)?;
            return Ok((scalar, self.endian, bytes));
        };
        let mut bytes = Vec::new();
        for (item, word) in words.split_ascii_whitespace().enumerate() {
            self.source.check_every(item)?;
            let encoded = scalar.encode_word(word.as_bytes(), &mut bytes);
            encoded.ok_or_else(|| self.source.syntax(array.place(), quote(word.as_bytes()), "a number of its type"))?;
        }
        Ok((scalar, Endian::Little, bytes))
    }

    /// The values of an array as integers.
    pub(super) fn integers(self, array: &Declaration<'_, '_>) -> Result<Vec<i64>, MeshIoError> {
        let scalar = self.scalar(array)?;
        if scalar.is_float() {
            return Err(self.source.syntax(array.place(), "floating-point numbers", "an integer type"));
        }
        if let Some(words) = text_of(array.node) {
            return self.words(array, words, |word| parse_integer(word.as_bytes()), "an integer");
        }
        let bytes = self.bytes(array)?;
        self.check_whole(array, &bytes, scalar)?;
        let integer = |chunk| scalar.integer(self.endian, chunk);
        let values = bytes.chunks_exact(scalar.size()).map(integer).collect::<Option<Vec<i64>>>();
        values.ok_or_else(|| self.source.syntax(array.place(), "an integer above 2^63", "a smaller one"))
    }

    /// The strings of a `String` array, which are numbers of characters, each string ended by zero.
    pub(super) fn strings(self, array: &Declaration<'_, '_>) -> Result<Vec<String>, MeshIoError> {
        let bytes = match text_of(array.node) {
            Some(words) => {
                let parse = |word: &str| word.parse::<u8>().ok();
                self.words(array, words, parse, "a character number")?
            }
            None => self.bytes(array)?,
        };
        Ok(bytes.split(|&byte| byte == 0).map(|word| String::from_utf8_lossy(word).into_owned()).collect())
    }

    fn scalar(self, array: &Declaration<'_, '_>) -> Result<Scalar, MeshIoError> {
        let name = array.node.attribute("type").unwrap_or("");
        let known = match name {
            "Int8" => Some(Scalar::I8),
            "UInt8" => Some(Scalar::U8),
            "Int16" => Some(Scalar::I16),
            "UInt16" => Some(Scalar::U16),
            "Int32" => Some(Scalar::I32),
            "UInt32" => Some(Scalar::U32),
            "Int64" => Some(Scalar::I64),
            "UInt64" => Some(Scalar::U64),
            "Float32" => Some(Scalar::F32),
            "Float64" => Some(Scalar::F64),
            _ => None,
        };
        known.ok_or_else(|| self.source.syntax(array.place(), format!("the type \"{name}\""), "a VTK number type"))
    }

    fn words<T>(
        self,
        array: &Declaration<'_, '_>,
        words: &str,
        parse: impl Fn(&str) -> Option<T>,
        expected: &str,
    ) -> Result<Vec<T>, MeshIoError> {
        let mut values = Vec::new();
        for (item, word) in words.split_ascii_whitespace().enumerate() {
            self.source.check_every(item)?;
            let value = parse(word);
            values.push(value.ok_or_else(|| self.source.syntax(array.place(), quote(word.as_bytes()), expected))?);
        }
        Ok(values)
    }

    fn check_whole(self, array: &Declaration<'_, '_>, bytes: &[u8], scalar: Scalar) -> Result<(), MeshIoError> {
        if bytes.len().is_multiple_of(scalar.size()) {
            return Ok(());
        }
        let what = format!("{} bytes are no whole number of {}-byte values", bytes.len(), scalar.size());
        Err(self.source.contradiction(array.place(), what))
    }

    /// The decoded bytes of a binary array.
    fn bytes(self, array: &Declaration<'_, '_>) -> Result<Vec<u8>, MeshIoError> {
        let format = array.node.attribute("format").unwrap_or("ascii");
        let stripped;
        let mut stream = match format {
            "binary" => {
                stripped = array.node.text.bytes().filter(|byte| !byte.is_ascii_whitespace()).collect::<Vec<u8>>();
                if stripped.is_empty() {
                    return Ok(Vec::new());
                }
                Stream::new(&stripped, true)
            }
            "appended" => {
                let Some((data, is_base64)) = self.appended else {
                    return Err(self.source.syntax(array.place(), "no <AppendedData>", "appended data"));
                };
                let text = array.node.attribute("offset").unwrap_or("");
                let offset: Option<usize> = text.trim().parse().ok().filter(|&offset| offset <= data.len());
                let Some(offset) = offset else {
                    let what = format!("offset \"{text}\", but the appended data have {} bytes", data.len());
                    return Err(self.source.contradiction(array.place(), what));
                };
                Stream::new(&data[offset..], is_base64)
            }
            _ => return Err(self.source.syntax(array.place(), quote(format.as_bytes()), "ascii, binary or appended")),
        };
        match self.is_compressed {
            true => self.inflate(array, &mut stream),
            false => {
                let length = self.header_value(array, &mut stream)?;
                self.take(array, &mut stream, length)
            }
        }
    }

    fn header_value(self, array: &Declaration<'_, '_>, stream: &mut Stream<'_>) -> Result<usize, MeshIoError> {
        let bytes = self.take(array, stream, self.header.size())?;
        let value = self.header.integer(self.endian, &bytes).and_then(|value| usize::try_from(value).ok());
        value.ok_or_else(|| self.source.contradiction(array.place(), "a length in front of the data is absurd"))
    }

    fn take(self, array: &Declaration<'_, '_>, stream: &mut Stream<'_>, count: usize) -> Result<Vec<u8>, MeshIoError> {
        let available = stream.at_most();
        if count > available {
            return Err(self.source.truncated(array.place(), "the array", (count, available, "bytes")));
        }
        let bytes = stream.take(count).map_err(|error| self.source.corrupt(array.place(), "base64", error))?;
        match bytes.len() == count {
            true => Ok(bytes),
            false => Err(self.source.truncated(array.place(), "the array", (count, bytes.len(), "bytes"))),
        }
    }

    /// Blocks of zlib data behind a header: number of blocks, size of a block, size of the last block if partial,
    /// compressed size of every block.
    fn inflate(self, array: &Declaration<'_, '_>, stream: &mut Stream<'_>) -> Result<Vec<u8>, MeshIoError> {
        let blocks = self.header_value(array, stream)?;
        let size = self.header_value(array, stream)?;
        let partial = self.header_value(array, stream)?;
        let possible = stream.at_most() / self.header.size();
        if blocks > possible {
            let counts = (blocks, possible, "block sizes");
            return Err(self.source.truncated(array.place(), "the compressed array", counts));
        }
        let mut sizes = Vec::with_capacity(blocks);
        for _ in 0..blocks {
            sizes.push(self.header_value(array, stream)?);
        }
        let mut bytes = Vec::new();
        for (block, &compressed) in sizes.iter().enumerate() {
            self.source.control.check()?;
            let expected = if block + 1 == blocks && partial > 0 { partial } else { size };
            let packed = self.take(array, stream, compressed)?;
            let before = bytes.len();
            // Never more than the block says, whatever the data expand to.
            let outcome =
                flate2::read::ZlibDecoder::new(packed.as_slice()).take(expected as u64 + 1).read_to_end(&mut bytes);
            outcome.map_err(|error| self.source.corrupt(array.place(), "zlib", error))?;
            if bytes.len() - before != expected {
                let detail = format!("block {block} has {} bytes instead of {expected}", bytes.len() - before);
                return Err(self.source.corrupt(array.place(), "zlib", detail));
            }
        }
        Ok(bytes)
    }
}

/// The words of an array written as text.
fn text_of<'n>(node: &'n Node<'_>) -> Option<&'n str> {
    matches!(node.attribute("format"), None | Some("ascii")).then_some(node.text.as_ref())
}

/// Bytes, plain or base64. Base64 may consist of several parts, each padded to four characters.
struct Stream<'a> {
    rest: &'a [u8],
    is_base64: bool,
    /// Decoded and not yet taken; used from `taken` on.
    decoded: Vec<u8>,
    taken: usize,
}

impl<'a> Stream<'a> {
    fn new(rest: &'a [u8], is_base64: bool) -> Self {
        Self { rest, is_base64, decoded: Vec::new(), taken: 0 }
    }

    /// An upper bound of the bytes that follow.
    fn at_most(&self) -> usize {
        match self.is_base64 {
            true => self.decoded.len() - self.taken + self.rest.len() / 4 * 3,
            false => self.rest.len(),
        }
    }

    /// The next `count` bytes, fewer at the end.
    fn take(&mut self, count: usize) -> Result<Vec<u8>, base64::DecodeError> {
        if !self.is_base64 {
            let (taken, rest) = self.rest.split_at(count.min(self.rest.len()));
            self.rest = rest;
            return Ok(taken.to_vec());
        }
        let mut bytes = Vec::with_capacity(count);
        loop {
            let wanted = (count - bytes.len()).min(self.decoded.len() - self.taken);
            bytes.extend_from_slice(&self.decoded[self.taken..self.taken + wanted]);
            self.taken += wanted;
            if bytes.len() == count || !self.decode(count - bytes.len())? {
                return Ok(bytes);
            }
        }
    }

    /// Decodes about `count` more bytes, at most to the next padding; `false` at the end.
    fn decode(&mut self, count: usize) -> Result<bool, base64::DecodeError> {
        let whole = self.rest.len() / 4 * 4;
        let mut length = count.div_ceil(3).saturating_mul(4).min(whole);
        if let Some(padding) = self.rest[..length].iter().position(|&byte| byte == b'=') {
            length = (padding / 4 + 1) * 4;
        }
        let (part, rest) = self.rest.split_at(length);
        self.rest = rest;
        self.decoded = STANDARD.decode(part)?;
        self.taken = 0;
        Ok(length > 0)
    }
}
