//! The voxels behind a header: how many bytes there must be, and how they are packed.

use crate::{Grid, ImagingError, Voxels};
use flate2::read::{MultiGzDecoder, ZlibDecoder};
use mesh_io::Place;
use mesh_io::source::{Endian, Scalar, Source};
use std::io::Read;

/// How the bytes of the voxels are packed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Packing {
    Raw,
    Gzip,
    Zlib,
}

/// The most that deflate can expand a byte.
pub(crate) const MOST_EXPANSION: usize = 1032;

/// The voxels of `grid` from `packed`, the rest of the file behind its header.
pub(super) fn voxels(
    source: Source<'_>,
    grid: &Grid,
    scalar: Scalar,
    endian: Endian,
    packing: Packing,
    packed: &[u8],
) -> Result<Voxels, ImagingError> {
    let needed = grid.count().saturating_mul(scalar.size());
    let truncated = |available| source.truncated(Place::File, "the voxels", (needed, available, "bytes"));
    let (most, coding) = match packing {
        Packing::Raw => (packed.len(), "raw"),
        Packing::Gzip => (packed.len().saturating_mul(MOST_EXPANSION), "gzip"),
        Packing::Zlib => (packed.len().saturating_mul(MOST_EXPANSION), "zlib"),
    };
    if needed > most {
        return Err(truncated(most).into());
    }
    let bytes = match packing {
        Packing::Raw => return Ok(Voxels::from_bytes(scalar, endian, &packed[..needed])),
        Packing::Gzip => unpacked_whole(source, MultiGzDecoder::new(packed), needed, coding)?,
        Packing::Zlib => unpacked_whole(source, ZlibDecoder::new(packed), needed, coding)?,
    };
    if bytes.len() < needed {
        return Err(truncated(bytes.len()).into());
    }
    Ok(Voxels::from_bytes(scalar, endian, &bytes))
}

/// The first `needed` bytes of a stream whose end is then asked for: only there the decoder compares its checksum.
pub(super) fn unpacked_whole(
    source: Source<'_>,
    mut stream: impl Read,
    needed: usize,
    coding: &'static str,
) -> Result<Vec<u8>, ImagingError> {
    let bytes = unpacked(source, stream.by_ref(), needed, coding)?;
    if bytes.len() == needed {
        stream.read(&mut [0]).map_err(|error| source.corrupt(Place::File, coding, error))?;
    }
    Ok(bytes)
}

/// At most `needed` bytes of a stream.
pub(super) fn unpacked(
    source: Source<'_>,
    mut stream: impl Read,
    needed: usize,
    coding: &'static str,
) -> Result<Vec<u8>, ImagingError> {
    const STEP: u64 = 1 << 22;
    let mut bytes = Vec::new();
    while bytes.len() < needed {
        source.control.check()?;
        let step = STEP.min((needed - bytes.len()) as u64);
        let read = stream.by_ref().take(step).read_to_end(&mut bytes);
        match read {
            Ok(0) => break,
            Ok(_) => {}
            // A stream that is cut short gives what it has; the caller says how much is missing.
            Err(error) if error.kind() == std::io::ErrorKind::UnexpectedEof => break,
            Err(error) => return Err(source.corrupt(Place::File, coding, error).into()),
        }
    }
    Ok(bytes)
}

/// The voxels of `grid` from words of a text.
pub(super) fn voxels_from_text(
    source: Source<'_>,
    grid: &Grid,
    scalar: Scalar,
    text: &[u8],
) -> Result<Voxels, ImagingError> {
    let needed = grid.count();
    let mut bytes = Vec::with_capacity(needed.min(text.len()).saturating_mul(scalar.size()));
    let mut count = 0;
    for word in text.split(|byte| byte.is_ascii_whitespace() || *byte == b',').filter(|word| !word.is_empty()) {
        if count == needed {
            break;
        }
        source.check_every(count)?;
        scalar.encode_word(word, &mut bytes).ok_or_else(|| {
            let place = Place::Part(format!("value {count}"));
            source.syntax(place, mesh_io::source::quote(word), "a number of the stated type")
        })?;
        count += 1;
    }
    if count < needed {
        return Err(source.truncated(Place::File, "the voxels", (needed, count, "numbers")).into());
    }
    Ok(Voxels::from_bytes(scalar, Endian::Little, &bytes))
}
