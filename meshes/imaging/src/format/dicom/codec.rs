//! Decoders of packed frames. Each gives the words or samples of one frame, row by row, and allocates nothing that the
//! coded bytes do not warrant.

use super::file::TRANSCODE;
use super::jpeg::{self, Fault};
use super::jpeg_ls;
use super::pixels::PixelFormat;
use hayro_jpeg2000::{DecodeSettings, DecoderContext, Image};
use mesh_io::source::Source;
use mesh_io::{MeshIoError, Place};

/// Frames of up to this many pixels are decoded however few bytes they are coded in.
const ALWAYS_DECODED: usize = 1 << 24;
/// Larger frames must have a byte for so many pixels.
const MOST_EXPANSION: usize = 1024;

/// Refuses sizes that differ from the file's statement or that so few bytes cannot mean.
fn check_size(
    source: Source<'_>,
    place: &Place,
    (columns, rows): (usize, usize),
    bytes: usize,
    format: &PixelFormat,
) -> Result<(), MeshIoError> {
    if (columns, rows) != (format.columns, format.rows) {
        let what = format!("{} x {} pixels are stated, but {columns} x {rows} are coded", format.columns, format.rows);
        return Err(source.contradiction(place.clone(), what));
    }
    let needed = format.area() / MOST_EXPANSION;
    if format.area() > ALWAYS_DECODED && bytes < needed {
        return Err(source.truncated(place.clone(), "the coded pixels", (needed, bytes, "bytes")));
    }
    Ok(())
}

/// Run-length coding (DICOM PS3.5, annex G): a stream for every byte of a pixel, the most significant first.
pub(super) fn run_lengths(
    source: Source<'_>,
    place: Place,
    bytes: &[u8],
    format: &PixelFormat,
) -> Result<Vec<u32>, MeshIoError> {
    let number = |k: usize| {
        let chunk = bytes.get(4 * k..).and_then(|rest| rest.first_chunk::<4>());
        chunk.map_or(0, |chunk| u32::from_le_bytes(*chunk) as usize)
    };
    let (streams, needed) = (number(0), format.allocated as usize / 8);
    if streams != needed {
        let what = format!("{needed} streams of bytes are needed, but {streams} are there");
        return Err(source.contradiction(place, what));
    }
    // Two bytes make at most 128.
    if bytes.len().saturating_mul(64) < format.area() {
        return Err(source.truncated(place, "the coded pixels", (format.area() / 64, bytes.len(), "bytes")));
    }
    let mut words = vec![0_u32; format.area()];
    for stream in 0..streams {
        let start = number(1 + stream);
        let end = if stream + 1 < streams { number(2 + stream) } else { bytes.len() };
        let coded = bytes.get(start..end.max(start)).unwrap_or(&[]);
        let count = unpack_runs(coded, &mut words);
        if count < words.len() {
            return Err(source.truncated(place, "the coded pixels", (words.len(), count, "pixels")));
        }
    }
    Ok(words)
}

/// Shifts a byte into every word; how many words got one.
fn unpack_runs(mut coded: &[u8], words: &mut [u32]) -> usize {
    let mut count = 0;
    let mut put = |byte: u8, count: &mut usize| {
        if let Some(word) = words.get_mut(*count) {
            *word = *word << 8 | u32::from(byte);
            *count += 1;
        }
    };
    while let Some((&code, rest)) = coded.split_first() {
        let length = match code as i8 {
            code @ 0.. => {
                let literals = rest.get(..rest.len().min(code as usize + 1)).unwrap_or(&[]);
                literals.iter().for_each(|&byte| put(byte, &mut count));
                literals.len()
            }
            -128 => 0,
            code => {
                if let Some(&byte) = rest.first() {
                    (0..=code.unsigned_abs()).for_each(|_| put(byte, &mut count));
                }
                rest.len().min(1)
            }
        };
        coded = rest.get(length..).unwrap_or(&[]);
    }
    count
}

/// Decoded samples and what their coding says of them.
pub(super) struct Coded {
    pub(super) samples: Vec<i64>,
    pub(super) bits: u32,
    pub(super) is_signed: bool,
}

const COLOURED: &str = "one sample a pixel is stated, but colours are coded";

/// JPEG (baseline, extended, lossless) or JPEG-LS, whichever the bytes are.
pub(super) fn jpeg(source: Source<'_>, place: Place, bytes: &[u8], format: &PixelFormat) -> Result<Coded, MeshIoError> {
    let refused = |fault: Fault| match fault {
        Fault::Process(_) => source.unsupported(place.clone(), fault.to_string(), TRANSCODE),
        fault => source.corrupt(place.clone(), "JPEG", fault),
    };
    let frame = jpeg::frame(bytes).map_err(refused)?;
    if frame.components != 1 {
        return Err(source.contradiction(place, COLOURED));
    }
    check_size(source, &place, (frame.columns, frame.rows), bytes.len(), format)?;
    let samples = match frame.marker {
        jpeg::START_OF_LS => jpeg_ls::decode(bytes, frame),
        _ => jpeg::decode(bytes, frame),
    };
    let samples = samples.map_err(refused)?.into_iter().map(i64::from).collect();
    Ok(Coded { samples, bits: u32::from(frame.bits), is_signed: false })
}

/// JPEG 2000, lossless or not.
pub(super) fn jpeg_2000(
    source: Source<'_>,
    place: Place,
    bytes: &[u8],
    format: &PixelFormat,
) -> Result<Coded, MeshIoError> {
    let corrupt = |error: hayro_jpeg2000::DecodeError| source.corrupt(place.clone(), "JPEG 2000", error);
    // Unless strict, the decoder makes something of any beginning of an image.
    let settings = DecodeSettings { resolve_palette_indices: false, strict: true, target_resolution: None };
    let image = Image::new(bytes, &settings).map_err(corrupt)?;
    check_size(source, &place, (image.width() as usize, image.height() as usize), bytes.len(), format)?;
    let mut context = DecoderContext::default();
    let decoded = image.decode(&mut context).map_err(corrupt)?;
    let [component] = decoded.components() else {
        return Err(source.contradiction(place, COLOURED));
    };
    let (bits, samples) = (u32::from(component.bit_depth()), component.samples());
    // The samples are single-precision numbers, exact up to 24 bits.
    if bits == 0 || bits > 20 || samples.len() != format.area() {
        let what = format!("{} pixels of {bits} bits are coded, {} are stated", samples.len(), format.area());
        return Err(source.contradiction(place, what));
    }
    // The decoder takes every sample for unsigned; signed ones were shifted by half the range.
    let is_signed = is_signed(bytes);
    let (half, most) = ((1_i64 << (bits - 1)), (1_i64 << bits) - 1);
    let shift = if is_signed { half } else { 0 };
    let sample = |&value: &f32| (value.round() as i64).clamp(0, most) - shift;
    Ok(Coded { samples: samples.iter().map(sample).collect(), bits, is_signed })
}

/// Whether the codestream says that its first component is signed (ISO/IEC 15444-1, A.5.1): the highest bit of Ssiz,
/// 42 bytes behind the beginning.
fn is_signed(bytes: &[u8]) -> bool {
    const START: [u8; 4] = [0xFF, 0x4F, 0xFF, 0x51];
    let start = bytes.windows(4).position(|window| window == START);
    start.and_then(|start| bytes.get(start + 42)).is_some_and(|ssiz| ssiz & 0x80 != 0)
}
