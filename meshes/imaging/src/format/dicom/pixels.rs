//! The pixels of a file: their layout, where each frame's bytes are, and the stored values (DICOM PS3.5, section 8).

use super::codec::{Coded, jpeg, jpeg_2000, run_lengths};
use super::dataset::DataSet;
use super::file::Coding;
use super::tags::*;
use crate::{Grid, ImagingError};
use mesh_io::source::{Endian, Source};
use mesh_io::{MeshIoError, Place};
use std::borrow::Cow;
use std::ops::Range;

/// How the pixels of every frame of a file are stored.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct PixelFormat {
    pub(super) rows: usize,
    pub(super) columns: usize,
    pub(super) frames: usize,
    /// Bits of a pixel in memory: 1, 8, 16 or 32.
    pub(super) allocated: u32,
    /// Bits that count.
    pub(super) stored: u32,
    /// The highest of them, from 0.
    high: u32,
    pub(super) is_signed: bool,
    /// Whether small values are bright.
    pub(super) is_inverted: bool,
}

impl PixelFormat {
    pub(super) fn parse(set: &DataSet<'_>) -> Result<Self, ImagingError> {
        let is_inverted = grey(set)?;
        let count = |tag: Tag| match set.expect_unsigned(tag)? {
            0 => Err(set.source.syntax(Place::Part(tag.to_string()), "0", "1 or more")),
            count => Ok(count as usize),
        };
        let frames = match set.decimal(FRAMES)? {
            None => 1,
            Some(frames) if frames.fract() == 0.0 && (1.0..=1e9).contains(&frames) => frames as usize,
            Some(frames) => {
                return Err(set.source.syntax(Place::Part(FRAMES.to_string()), frames.to_string(), "1 or more").into());
            }
        };
        let (rows, columns) = (count(ROWS)?, count(COLUMNS)?);
        let most = Grid::MOST_VOXELS;
        if rows.saturating_mul(columns).saturating_mul(frames) > most {
            let what = format!("{columns} x {rows} x {frames} voxels are more than {most}");
            return Err(ImagingError::Grid { what }.in_file(set.source.file));
        }
        let allocated = set.expect_unsigned(BITS_ALLOCATED)?;
        if !matches!(allocated, 1 | 8 | 16 | 32) {
            let what = format!("{allocated} bits a pixel");
            return Err(set.unsupported(BITS_ALLOCATED, what, "save it with 8 or 16 bits a pixel"));
        }
        let stored = set.expect_unsigned(BITS_STORED)?;
        let high = set.unsigned(HIGH_BIT)?.unwrap_or(stored.saturating_sub(1));
        if stored == 0 || stored > allocated || high >= allocated || high + 1 < stored {
            let what = format!("{stored} bits up to bit {high} do not fit into {allocated} bits");
            return Err(set.source.contradiction(Place::Part(BITS_STORED.to_string()), what).into());
        }
        // Without a statement the same bits are two different numbers.
        let is_signed = match set.expect_unsigned(REPRESENTATION)? {
            0 => false,
            1 => true,
            _ => return Err(set.wrong(REPRESENTATION, "0 (unsigned) or 1 (signed)").into()),
        };
        Ok(Self { rows, columns, frames, allocated, stored, high, is_signed, is_inverted })
    }

    /// Pixels of one frame.
    pub(super) fn area(&self) -> usize {
        self.rows * self.columns
    }

    /// Bytes of one frame that is not packed.
    fn frame_bytes(&self) -> usize {
        self.area() * (self.allocated as usize / 8)
    }

    /// The stored value in a word of pixels; what lies beside its bits is something else (overlays of old).
    fn value(&self, word: u32) -> i64 {
        let beside = 64 - self.stored;
        let word = u64::from(word >> (self.high + 1 - self.stored));
        match self.is_signed {
            true => ((word << beside) as i64) >> beside,
            false => ((word << beside) >> beside) as i64,
        }
    }

    /// Decoded samples as stored values. Refused where the coding and the attributes make different numbers of them.
    fn decoded(&self, Coded { mut samples, bits, is_signed }: Coded) -> Result<Vec<i64>, String> {
        let least = if self.is_signed { -(1_i64 << (self.stored - 1)) } else { 0 };
        let most = least + (1_i64 << self.stored) - 1;
        // Signed values are often coded as if they were unsigned: their bits alone, or the whole word that they are in.
        if self.is_signed && !is_signed {
            let sign_of_coded = 1_i64 << (bits - 1);
            if bits < self.stored && samples.iter().any(|&sample| sample >= sign_of_coded) {
                return Err(format!("signed pixels of {} bits are stated, but {bits} are coded", self.stored));
            }
            for sample in samples.iter_mut().filter(|sample| **sample > most) {
                *sample -= if *sample > most - least { 1 << bits } else { 1 << self.stored };
            }
        }
        match samples.iter().find(|sample| !(least..=most).contains(sample)) {
            None => Ok(samples),
            Some(sample) => Err(format!("a pixel is coded as {sample}, but {least} to {most} are stated")),
        }
    }
}

/// Refuses colours; whether small values are bright.
fn grey(set: &DataSet<'_>) -> Result<bool, ImagingError> {
    let remedy = "a picture of colours measures nothing: give the scan itself";
    let samples = set.unsigned(SAMPLES)?.unwrap_or(1);
    let kind = set.text(PHOTOMETRIC).unwrap_or_else(|| "MONOCHROME2".to_owned());
    match kind.as_str() {
        "MONOCHROME1" | "MONOCHROME2" if samples == 1 => Ok(kind == "MONOCHROME1"),
        "PALETTE COLOR" => Err(set.unsupported(PHOTOMETRIC, "a palette of colours".to_owned(), remedy)),
        _ => Err(set.unsupported(SAMPLES, format!("a colour image of {samples} samples a pixel"), remedy)),
    }
}

/// The frames of a file, still packed.
pub(super) enum Frames<'a> {
    /// The bytes of all frames, and whether the words of 8-bit pixels are swapped.
    Raw { bytes: &'a [u8], endian: Endian, is_swapped: bool },
    /// The coded bytes of every frame.
    Packed(Vec<Cow<'a, [u8]>>, Coding),
}

impl<'a> Frames<'a> {
    /// Finds the frames and checks that all bytes are there, before anything is allocated for them.
    pub(super) fn find(set: &DataSet<'a>, coding: Coding, format: &PixelFormat) -> Result<Self, ImagingError> {
        let element = set.find(PIXELS).ok_or_else(|| set.missing(PIXELS))?;
        if element.is_open {
            let frames = packed_frames(set, element, format.frames)?;
            return match coding {
                Coding::Unstated => {
                    let what = "packed pixels in a file that does not say how they are packed".to_owned();
                    Err(set.unsupported(TRANSFER_SYNTAX, what, "export the file again, as DICOM with its header"))
                }
                Coding::Raw => Self::raw_from(set, frames, format),
                coding => Ok(Self::Packed(frames, coding)),
            };
        }
        if !matches!(coding, Coding::Raw | Coding::Unstated) {
            let what = "the transfer syntax packs pixels, but they are not packed";
            return Err(set.source.contradiction(Place::Part(PIXELS.to_string()), what).into());
        }
        let bytes = set.bytes(element);
        let endian = set.encoding.endian;
        check_length(set.source, format, bytes.len())?;
        let is_swapped = endian == Endian::Big && format.allocated == 8 && &element.kind == b"OW";
        if is_swapped && bytes.len() % 2 == 1 {
            let what = format!("{} bytes are no words of two", bytes.len());
            return Err(set.source.contradiction(Place::Part(PIXELS.to_string()), what).into());
        }
        Ok(Self::Raw { bytes, endian, is_swapped })
    }

    /// Pixels in fragments that are not packed further (PS3.5, A.4.11): one fragment a frame.
    fn raw_from(set: &DataSet<'_>, frames: Vec<Cow<'a, [u8]>>, format: &PixelFormat) -> Result<Self, ImagingError> {
        for frame in &frames {
            check_length(set.source, &PixelFormat { frames: 1, ..*format }, frame.len())?;
        }
        Ok(Self::Packed(frames, Coding::Raw))
    }

    /// The bytes of all frames if they are not packed.
    pub(super) fn raw(&self) -> Option<&'a [u8]> {
        match self {
            Self::Raw { bytes, .. } => Some(bytes),
            Self::Packed(..) => None,
        }
    }

    /// The stored values of one frame, row by row.
    pub(super) fn decode(
        &self,
        source: Source<'_>,
        format: &PixelFormat,
        frame: usize,
    ) -> Result<Vec<i64>, ImagingError> {
        let one_bit = || {
            source.unsupported(
                Place::Part(BITS_ALLOCATED.to_string()),
                "an image of single bits",
                "save it with 8 bits a pixel",
            )
        };
        if format.allocated == 1 {
            return Err(one_bit().into());
        }
        let place = Place::Part(format!("frame {}", frame + 1));
        match self {
            Self::Raw { bytes, endian, is_swapped } => {
                let size = format.frame_bytes();
                let range = frame * size..(frame + 1) * size;
                match is_swapped {
                    true => Ok(words(&swapped(bytes, range), *endian, format)),
                    false => Ok(words(bytes.get(range).unwrap_or(&[]), *endian, format)),
                }
            }
            Self::Packed(frames, coding) => {
                let bytes: &[u8] = frames.get(frame).map_or(&[], |bytes| bytes.as_ref());
                let coded = match coding {
                    Coding::Raw | Coding::Unstated => return Ok(words(bytes, Endian::Little, format)),
                    Coding::Rle => {
                        let words = run_lengths(source, place, bytes, format)?;
                        return Ok(words.into_iter().map(|word| format.value(word)).collect());
                    }
                    Coding::Jpeg => jpeg(source, place.clone(), bytes, format)?,
                    Coding::Jpeg2000 => jpeg_2000(source, place.clone(), bytes, format)?,
                };
                Ok(format.decoded(coded).map_err(|what| source.contradiction(place, what))?)
            }
        }
    }
}

/// Refuses fewer bytes than the frames need, and so many more that there are other frames or larger pixels than stated.
fn check_length(source: Source<'_>, format: &PixelFormat, available: usize) -> Result<(), MeshIoError> {
    let bytes = |frames: usize| (format.area() * frames).saturating_mul(format.allocated as usize).div_ceil(8);
    let (place, needed) = (Place::Part(PIXELS.to_string()), bytes(format.frames));
    if available < needed {
        return Err(source.truncated(place, "the pixels", (needed, available, "bytes")));
    }
    // An odd length is padded to an even one.
    if available - needed > bytes(1).max(2) - 1 {
        let what = format!("{needed} bytes of pixels are stated, but {available} are there");
        return Err(source.contradiction(place, what));
    }
    Ok(())
}

/// Pixels of 8 bits in words of 16 bits, big endian: the second of a pair comes first (PS3.5, annex D.2). A frame may
/// begin and end within a pair.
fn swapped(bytes: &[u8], range: Range<usize>) -> Vec<u8> {
    range.filter_map(|place| bytes.get(place ^ 1).copied()).collect()
}

/// Stored values from bytes that are not packed.
fn words(bytes: &[u8], endian: Endian, format: &PixelFormat) -> Vec<i64> {
    let word = |chunk: &[u8]| match endian {
        Endian::Little => chunk.iter().rev().fold(0, |word, &byte| word << 8 | u32::from(byte)),
        Endian::Big => chunk.iter().fold(0, |word, &byte| word << 8 | u32::from(byte)),
    };
    let size = (format.allocated as usize / 8).max(1);
    bytes.chunks_exact(size).take(format.area()).map(|chunk| format.value(word(chunk))).collect()
}

/// The coded bytes of every frame: all fragments of one frame, one fragment each, or as the offset table says.
fn packed_frames<'a>(
    set: &DataSet<'a>,
    element: &super::dataset::Element,
    frames: usize,
) -> Result<Vec<Cow<'a, [u8]>>, ImagingError> {
    let source = set.source;
    let ranges = set.ranges(element)?;
    let Some((table, fragments)) = ranges.split_first() else {
        return Err(source.truncated(Place::Part(PIXELS.to_string()), "the pixels", (1, 0, "fragments")).into());
    };
    let bytes = |range: &Range<usize>| source.bytes.get(range.clone()).unwrap_or(&[]);
    let joined = |fragments: &[Range<usize>]| match fragments {
        [one] => Cow::Borrowed(bytes(one)),
        several => Cow::Owned(several.iter().flat_map(|range| bytes(range).iter().copied()).collect()),
    };
    let offsets: Vec<usize> = bytes(table)
        .chunks_exact(4)
        .map(|chunk| chunk.iter().rev().fold(0, |offset, &byte| offset << 8 | usize::from(byte)))
        .collect();
    if offsets.len() > frames {
        let what = format!("{frames} frames are stated, but places of {}", offsets.len());
        return Err(source.contradiction(Place::Part(PIXELS.to_string()), what).into());
    }
    if frames == 1 && !fragments.is_empty() {
        return Ok(vec![joined(fragments)]);
    }
    if fragments.len() == frames {
        return Ok(fragments.iter().map(|range| Cow::Borrowed(bytes(range))).collect());
    }
    if offsets.len() != frames || !offsets.is_sorted() {
        let what = format!("{frames} frames are stated, but {} fragments are there", fragments.len());
        return Err(source.contradiction(Place::Part(PIXELS.to_string()), what).into());
    }
    // Offsets are counted from the header, of 8 bytes, of the first fragment.
    let first = fragments.first().map_or(0, |range| range.start);
    let frame_of = |range: &Range<usize>| offsets.partition_point(|&offset| offset <= range.start - first);
    let groups: Vec<_> = fragments.chunk_by(|a, b| frame_of(a) == frame_of(b)).map(joined).collect();
    match groups.len() == frames {
        true => Ok(groups),
        false => {
            Err(source.contradiction(Place::Part(PIXELS.to_string()), "the offsets of frames meet no fragments").into())
        }
    }
}
