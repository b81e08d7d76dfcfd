//! The slices of a scan, from one file or many, as one image.

use super::dataset::DataSet;
use super::file::Coding;
use super::pixels::{Frames, PixelFormat};
use super::placement::{Groups, placement, rescale, thickness};
use super::stack::{self, Slice, StatedStep};
use super::tags::{INSTANCE_NUMBER, PADDING};
use crate::{Image, ImagingError, Rescale, Voxels};
use mesh_io::Place;
use mesh_io::source::Source;
use rayon::prelude::*;
use std::path::Path;

/// Slices decoded between two looks at the cancel flag.
const BATCH: usize = 16;

/// One file of a scan, ready to be decoded.
struct Scan<'a> {
    source: Source<'a>,
    format: PixelFormat,
    frames: Frames<'a>,
    /// What the values of each frame stand for.
    rescales: Vec<Rescale>,
    stated: StatedStep,
    slices: Vec<Slice>,
    has_padding: bool,
}

impl<'a> Scan<'a> {
    fn parse(file: usize, set: &DataSet<'a>, coding: Coding) -> Result<Self, ImagingError> {
        set.source.control.check()?;
        let format = PixelFormat::parse(set)?;
        // All bytes of raw pixels and a fragment for every packed frame are there before frames are counted on.
        let frames = Frames::find(set, coding, &format)?;
        let groups = Groups::parse(set)?;
        // A number that cannot be read is as none: it only helps to find missing slices.
        let number = set.decimal(INSTANCE_NUMBER).ok().flatten().filter(|_| format.frames == 1);
        let slice = |frame| {
            let placement = placement(set, &groups, frame, format.frames)?;
            Ok(Slice { file, frame, placement, number })
        };
        Ok(Self {
            source: set.source,
            format,
            frames,
            rescales: (0..format.frames).map(|frame| rescale(set, &groups, frame)).collect::<Result<_, _>>()?,
            stated: thickness(set, &groups)?,
            slices: (0..format.frames).map(slice).collect::<Result<_, ImagingError>>()?,
            has_padding: set.find(PADDING).is_some(),
        })
    }
}

/// What a scan gives: the image in LPS and mm, and the files that are in it in the order of their slices.
pub(super) struct Assembled {
    pub(super) image: Image,
    pub(super) files: Vec<usize>,
}

/// Puts the slices of all files in order and decodes them. `source` names the whole in messages.
pub(super) fn assemble(
    source: Source<'_>,
    sets: &[(&DataSet<'_>, Coding)],
    notes: &mut Vec<String>,
) -> Result<Assembled, ImagingError> {
    let parsed: Vec<Result<Scan<'_>, ImagingError>> =
        sets.par_iter().enumerate().map(|(file, (set, coding))| Scan::parse(file, set, *coding)).collect();
    // One after the other, so that the first file that is wrong is named whatever the threads did.
    let scans = parsed.into_iter().collect::<Result<Vec<_>, _>>()?;
    let Some(first) = scans.first() else {
        return Err(ImagingError::Grid { what: "it has no slices".to_owned() });
    };
    check_alike(first, &scans)?;
    let mut slices: Vec<Slice> = scans.iter().flat_map(|scan| scan.slices.iter().copied()).collect();
    stack::sort(&mut slices);
    drop_doubled(source, &scans, &mut slices, notes)?;
    let name = |slice: &Slice| slice_name(&scans, slice);
    let size = [first.format.columns, first.format.rows];
    let grid = stack::grid(source, &slices, size, first.stated, &name, notes)?;
    note_values(&scans, notes);
    let (voxels, rescale) = decode_all(source, &scans, &slices, notes)?;
    let mut files: Vec<usize> = slices.iter().map(|slice| slice.file).collect();
    files.dedup();
    Ok(Assembled { image: Image { grid, voxels, rescale }, files })
}

/// What a slice is called in a message: its file, and its frame if the file has several.
fn slice_name(scans: &[Scan<'_>], slice: &Slice) -> String {
    let Some(scan) = scans.get(slice.file) else { return "a slice".to_owned() };
    let path = Path::new(scan.source.file);
    let file = path.file_name().map_or_else(|| scan.source.file.to_owned(), |name| name.to_string_lossy().into_owned());
    match scan.format.frames {
        1 => file,
        _ => format!("frame {} of {file}", slice.frame + 1),
    }
}

/// Refuses slices of another size, orientation or spacing than the first.
fn check_alike(first: &Scan<'_>, scans: &[Scan<'_>]) -> Result<(), ImagingError> {
    let remedy = "give one series of slices alike; a localizer or another series belongs into a folder of its own";
    let size = |scan: &Scan<'_>| (scan.format.columns, scan.format.rows);
    let ((columns, rows), first_name) = (size(first), slice_name(scans, &Slice { file: 0, ..first.slices[0] }));
    let refuse = |scan: &Scan<'_>, what: String| {
        let what = format!("a slice unlike {first_name}: {what}");
        Err(scan.source.unsupported(Place::File, what, remedy).into())
    };
    if let Some(other) = scans.iter().find(|scan| size(scan) != (columns, rows)) {
        let (i, j) = size(other);
        return refuse(other, format!("it has {i} x {j} pixels, not {columns} x {rows},"));
    }
    let slices: Vec<Slice> = scans.iter().flat_map(|scan| scan.slices.iter().copied()).collect();
    match stack::find_other(&slices) {
        Some((slice, what)) => refuse(scans.get(slice.file).unwrap_or(first), what),
        None => Ok(()),
    }
}

/// Drops slices that are in the series twice; refuses different ones at one place.
fn drop_doubled(
    source: Source<'_>,
    scans: &[Scan<'_>],
    slices: &mut Vec<Slice>,
    notes: &mut Vec<String>,
) -> Result<(), ImagingError> {
    let doubled = stack::doubled(slices);
    for &k in &doubled {
        source.control.check()?;
        let (a, b) = (&slices[k], &slices[k + 1]);
        if decode(scans, a)? != decode(scans, b)? || rescale_of(scans, a) != rescale_of(scans, b) {
            let what = format!(
                "{} and {} differ and are at one place (two phases, echoes or reconstructions in one series); \
                 keep one of them",
                slice_name(scans, a),
                slice_name(scans, b)
            );
            return Err(source.contradiction(Place::Part("the slices".to_owned()), what).into());
        }
    }
    if !doubled.is_empty() {
        notes.push(format!("{} slices are there twice and alike; one of each was taken", doubled.len()));
        let mut k = 0;
        slices.retain(|_| {
            k += 1;
            // The second of a pair goes.
            k < 2 || doubled.binary_search(&(k - 2)).is_err()
        });
    }
    Ok(())
}

fn note_values(scans: &[Scan<'_>], notes: &mut Vec<String>) {
    if scans.iter().any(|scan| scan.format.is_inverted) {
        notes.push("small values are bright (MONOCHROME1); the stored values were kept".to_owned());
    }
    if scans.iter().any(|scan| scan.has_padding) {
        notes.push("voxels outside the scan have a value of their own (PixelPaddingValue); it was kept".to_owned());
    }
}

fn rescale_of(scans: &[Scan<'_>], slice: &Slice) -> Rescale {
    scans.get(slice.file).and_then(|scan| scan.rescales.get(slice.frame)).copied().unwrap_or(Rescale::NONE)
}

/// The stored values of a slice.
fn decode(scans: &[Scan<'_>], slice: &Slice) -> Result<Vec<i64>, ImagingError> {
    match scans.get(slice.file) {
        Some(scan) => scan.frames.decode(scan.source, &scan.format, slice.frame),
        None => Ok(Vec::new()),
    }
}

/// All voxels: the stored values when one line from them to the quantity holds for all slices, the quantity itself in
/// single precision when every slice has its own (PET).
fn decode_all(
    source: Source<'_>,
    scans: &[Scan<'_>],
    slices: &[Slice],
    notes: &mut Vec<String>,
) -> Result<(Voxels, Rescale), ImagingError> {
    let common = slices.first().map_or(Rescale::NONE, |slice| rescale_of(scans, slice));
    if slices.iter().any(|slice| rescale_of(scans, slice) != common) {
        notes.push("every slice has its own scaling; it was applied, in single precision".to_owned());
        let values = gather(source, scans, slices, |value, rescale| rescale.value(value as f64) as f32)?;
        return Ok((Voxels::F32(values), Rescale::NONE));
    }
    let bits = |is_signed: bool| {
        scans.iter().filter(|scan| scan.format.is_signed == is_signed).map(|scan| scan.format.stored).max()
    };
    macro_rules! gathered {
        ($kind:ident, $number:ty) => {
            Voxels::$kind(gather(source, scans, slices, |value, _| value as $number)?)
        };
    }
    // A signed type needs one bit more for what is unsigned.
    let voxels = match (bits(true), bits(false)) {
        (None, Some(..=8)) => gathered!(U8, u8),
        (None, Some(..=16)) => gathered!(U16, u16),
        (None, _) => gathered!(U32, u32),
        (Some(..=8), None | Some(..=7)) => gathered!(I8, i8),
        (Some(..=16), None | Some(..=15)) => gathered!(I16, i16),
        (Some(_), None | Some(..=31)) => gathered!(I32, i32),
        (Some(_), Some(_)) => gathered!(I64, i64),
    };
    Ok((voxels, common))
}

/// Decodes slices in parallel, some at a time, and joins them in order.
fn gather<T: Send>(
    source: Source<'_>,
    scans: &[Scan<'_>],
    slices: &[Slice],
    convert: impl Fn(i64, Rescale) -> T + Sync,
) -> Result<Vec<T>, ImagingError> {
    let mut values = Vec::new();
    for (batch, some) in slices.chunks(BATCH).enumerate() {
        source.control.check()?;
        source.control.report((batch * BATCH) as f64 / slices.len() as f64);
        let decoded: Vec<Result<Vec<T>, ImagingError>> = some
            .par_iter()
            .map(|slice| {
                source.control.check()?;
                let rescale = rescale_of(scans, slice);
                Ok(decode(scans, slice)?.into_iter().map(|value| convert(value, rescale)).collect())
            })
            .collect();
        for frame in decoded {
            let frame = frame?;
            // Room for all is made once a first frame has proved to be what it claims.
            if values.is_empty() {
                values.reserve_exact(frame.len() * slices.len());
            }
            values.extend(frame);
        }
    }
    Ok(values)
}
