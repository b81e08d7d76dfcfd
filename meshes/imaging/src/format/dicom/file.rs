//! One file: preamble, transfer syntax, data set (DICOM PS3.10, section 7).

use super::dataset::{DataSet, Encoding};
use super::tags::{TRANSFER_SYNTAX, Tag};
use crate::ImagingError;
use crate::format::payload::{MOST_EXPANSION, unpacked};
use flate2::read::DeflateDecoder;
use mesh_io::Place;
use mesh_io::source::{Endian, Source};
use std::borrow::Cow;

/// The bytes before the data: a preamble without meaning and "DICM". A file is known by no more than them.
pub(super) const PREAMBLE: usize = 132;
/// What to do about pixels packed in another way.
pub(super) const TRANSCODE: &str =
    "convert it to explicit little endian or JPEG 2000 lossless, for example with gdcmconv --raw";
/// A data set larger than this is not unpacked, bytes.
const MOST_UNPACKED: usize = 1 << 30;

/// What a file begins with.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Beginning {
    /// The preamble, then the header.
    Preamble,
    /// The header, against PS3.10.
    Header,
    /// The data set, as archives of old and network dumps have it.
    DataSet(Encoding),
}

impl Beginning {
    fn of(bytes: &[u8]) -> Option<Self> {
        if bytes.get(PREAMBLE - 4..PREAMBLE) == Some(b"DICM") {
            return Some(Self::Preamble);
        }
        let big = Encoding { is_explicit: true, endian: Endian::Big };
        let encodings = [Encoding::EXPLICIT_LITTLE, Encoding::IMPLICIT_LITTLE, big];
        encodings.into_iter().find_map(|encoding| match first_group(bytes, encoding)? {
            2 if encoding == Encoding::EXPLICIT_LITTLE => Some(Self::Header),
            8 => Some(Self::DataSet(encoding)),
            _ => None,
        })
    }
}

/// The group that the first two elements of a file have in common, if that is what its bytes are.
fn first_group(bytes: &[u8], encoding: Encoding) -> Option<u16> {
    let number = |pair: &[u8; 2]| match encoding.endian {
        Endian::Little => u16::from_le_bytes(*pair),
        Endian::Big => u16::from_be_bytes(*pair),
    };
    let element = |at: usize| {
        let [group, element, kind, length] = bytes.get(at..)?.as_chunks::<2>().0.first_chunk::<4>()?;
        let is_typed = kind.iter().all(u8::is_ascii_uppercase);
        let length = match encoding.is_explicit {
            true => is_typed.then_some(number(length))?,
            false => (*length == [0, 0]).then_some(number(kind))?,
        };
        Some((number(group), number(element), usize::from(length)))
    };
    let (group, first, length) = element(0)?;
    let (next_group, next, _) = element(8 + length)?;
    (group == next_group && first < next && length % 2 == 0).then_some(group)
}

/// Whether the bytes are a DICOM file, as far as the first [`PREAMBLE`] bytes show.
pub(crate) fn is_dicom(bytes: &[u8]) -> bool {
    Beginning::of(bytes.get(..PREAMBLE).unwrap_or(bytes)).is_some()
}

/// How the pixels are packed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Coding {
    Raw,
    Rle,
    /// JPEG or JPEG-LS.
    Jpeg,
    Jpeg2000,
    /// The file has no header that says it; only raw pixels can be read.
    Unstated,
}

/// How a file is written.
#[derive(Debug, Clone, Copy)]
pub(super) struct Syntax {
    pub(super) encoding: Encoding,
    pub(super) coding: Coding,
    is_deflated: bool,
}

impl Syntax {
    fn of(source: Source<'_>, uid: &str) -> Result<Self, ImagingError> {
        let plain = Self { encoding: Encoding::EXPLICIT_LITTLE, coding: Coding::Raw, is_deflated: false };
        let big = Encoding { is_explicit: true, endian: Endian::Big };
        let refuse = |what: &str, remedy| {
            let what = format!("{what} (transfer syntax {uid})");
            Err(source.unsupported(Place::Part(TRANSFER_SYNTAX.to_string()), what, remedy).into())
        };
        match uid.strip_prefix("1.2.840.10008.1.2").unwrap_or("none") {
            "" => Ok(Self { encoding: Encoding::IMPLICIT_LITTLE, ..plain }),
            ".1" | ".1.98" => Ok(plain),
            ".1.99" => Ok(Self { is_deflated: true, ..plain }),
            ".2" => Ok(Self { encoding: big, ..plain }),
            ".5" => Ok(Self { coding: Coding::Rle, ..plain }),
            ".4.50" | ".4.51" | ".4.57" | ".4.70" | ".4.80" | ".4.81" => Ok(Self { coding: Coding::Jpeg, ..plain }),
            ".4.90" | ".4.91" => Ok(Self { coding: Coding::Jpeg2000, ..plain }),
            ".4.110" | ".4.111" | ".4.112" => refuse("pixels packed by JPEG XL", TRANSCODE),
            ".4.201" | ".4.202" | ".4.203" => refuse("pixels packed by High-Throughput JPEG 2000", TRANSCODE),
            rest if rest.starts_with(".4.10") => refuse("a video", "give the images that it was made from"),
            _ => refuse("an unknown or private way to write the file", TRANSCODE),
        }
    }
}

/// A file whose data set has been found and unpacked if it was deflated.
pub(super) struct Unpacked<'a> {
    pub(super) bytes: Cow<'a, [u8]>,
    pub(super) syntax: Syntax,
    start: usize,
}

impl<'a> Unpacked<'a> {
    /// Finds the data set of a file.
    pub(super) fn new(source: Source<'a>) -> Result<Self, ImagingError> {
        let (syntax, start) = match Beginning::of(source.bytes.get(..PREAMBLE).unwrap_or(source.bytes)) {
            Some(Beginning::DataSet(encoding)) => {
                (Syntax { encoding, coding: Coding::Unstated, is_deflated: false }, 0)
            }
            Some(Beginning::Header) => stated_syntax(source, 0)?,
            Some(Beginning::Preamble) | None => stated_syntax(source, PREAMBLE)?,
        };
        if !syntax.is_deflated {
            return Ok(Self { bytes: Cow::Borrowed(source.bytes), syntax, start });
        }
        let packed = source.bytes.get(start..).unwrap_or(&[]);
        let most = packed.len().saturating_mul(MOST_EXPANSION).min(MOST_UNPACKED);
        let bytes = unpacked(source, DeflateDecoder::new(packed), most, "deflate")?;
        Ok(Self { bytes: Cow::Owned(bytes), syntax, start: 0 })
    }

    /// The attributes; `source` gives the file's name and the control.
    pub(super) fn data_set<'b>(&'b self, source: Source<'b>) -> Result<DataSet<'b>, ImagingError> {
        let source = Source { bytes: &self.bytes, ..source };
        Ok(DataSet::parse(source, self.start..self.bytes.len(), self.syntax.encoding)?)
    }
}

/// How the header, which begins at `start`, says that the file is written, and where its data set begins.
fn stated_syntax(source: Source<'_>, start: usize) -> Result<(Syntax, usize), ImagingError> {
    let end = end_of_meta(source, start)?;
    let meta = DataSet::parse(source, start..end, Encoding::EXPLICIT_LITTLE)?;
    let uid = meta.text(TRANSFER_SYNTAX).ok_or_else(|| meta.missing(TRANSFER_SYNTAX))?;
    let is_uid = uid.len() <= 64 && uid.bytes().all(|byte| byte.is_ascii_digit() || byte == b'.');
    match is_uid {
        true => Ok((Syntax::of(source, &uid)?, end)),
        false => Err(meta.wrong(TRANSFER_SYNTAX, "a UID").into()),
    }
}

/// Where the elements of group 2 end. Their stated common length is not trusted: every element is stepped over.
fn end_of_meta(source: Source<'_>, start: usize) -> Result<usize, ImagingError> {
    let mut at = start;
    loop {
        let rest = source.bytes.get(at..).unwrap_or(&[]);
        match rest.first_chunk::<8>() {
            Some(&[0x02, 0x00, low, high, a, b, c, d]) => {
                let tag = Tag(2, u16::from_le_bytes([low, high]));
                let is_long = matches!(&[a, b], b"OB" | b"UN" | b"OW" | b"UT");
                let long = rest.get(8..12).and_then(|bytes| bytes.first_chunk::<4>());
                let (header, length) = match (is_long, long) {
                    (false, _) => (8, usize::from(u16::from_le_bytes([c, d]))),
                    (true, Some(bytes)) => (12, u32::from_le_bytes(*bytes) as usize),
                    (true, None) => (12, 0),
                };
                if header + length > rest.len() {
                    let counts = (header + length, rest.len(), "bytes");
                    return Err(source.truncated(Place::Byte(at), tag.to_string(), counts).into());
                }
                at += header + length;
            }
            _ => return Ok(at),
        }
    }
}
