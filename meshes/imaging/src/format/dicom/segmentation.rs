//! Segmentation objects (DICOM PS3.3, A.51): frames of single bits or fractions, each of one segment and at one place.

use super::dataset::DataSet;
use super::file::Coding;
use super::pixels::{Frames, PixelFormat};
use super::placement::{Groups, Placement, placement, thickness};
use super::tags::*;
use crate::{Grid, Image, ImagingError, Rescale, Voxels};
use mesh_io::Place;
use nalgebra::Matrix3;
use std::collections::{BTreeMap, BTreeSet};

const STORAGE: &str = "1.2.840.10008.5.1.4.1.1.66.4";
const LABEL_MAP_STORAGE: &str = "1.2.840.10008.5.1.4.1.1.66.7";

/// Frames of planes without any segment may be left out; so many times the planes that are there are believed.
const MOST_PLANES_LEFT_OUT: usize = 64;
/// And so many in any case.
const ALWAYS_BELIEVED: usize = 128;
/// Part of a step that a frame may lie beside its plane.
const TOLERANCE: f64 = 0.01;

/// Whether the attributes are those of a segmentation.
pub(super) fn is_segmentation(set: &DataSet<'_>) -> Result<bool, ImagingError> {
    match set.text(SOP_CLASS).as_deref() {
        Some(STORAGE) => Ok(true),
        Some(LABEL_MAP_STORAGE) => {
            let what = "a segmentation stored as a label map".to_owned();
            Err(set.unsupported(SOP_CLASS, what, "save it as a binary segmentation, NIfTI or NRRD"))
        }
        _ => Ok(false),
    }
}

/// A label map from a segmentation: the label is the segment's number.
pub(super) fn read(
    set: &DataSet<'_>,
    coding: Coding,
    notes: &mut Vec<String>,
) -> Result<(Image, BTreeMap<i64, String>), ImagingError> {
    let format = PixelFormat::parse(set)?;
    let threshold = threshold(set, &format, notes)?;
    let frames = Frames::find(set, coding, &format)?;
    let groups = Groups::parse(set)?;
    let names = names(set)?;
    let mut segments = Vec::new();
    let mut placements = Vec::new();
    for frame in 0..format.frames {
        set.source.check_every(frame)?;
        segments.push(segment_of(set, &groups, frame)?);
        placements.push(placement(set, &groups, frame, format.frames.max(2))?);
    }
    let (grid, planes) = planes(set, &groups, &format, &placements)?;
    let mut labels = vec![0_u16; grid.count()];
    for (frame, (&segment, &plane)) in segments.iter().zip(&planes).enumerate() {
        set.source.control.check()?;
        let inside = inside(set, &frames, &format, frame, threshold)?;
        let area = format.area();
        let labels = labels.get_mut(plane * area..(plane + 1) * area).unwrap_or(&mut []);
        paint(set, &names, labels, &inside, segment)?;
    }
    let most = segments.iter().copied().max().unwrap_or(0);
    let voxels = match u8::try_from(most) {
        Ok(_) => Voxels::U8(labels.into_iter().map(|label| label as u8).collect()),
        Err(_) => Voxels::U16(labels),
    };
    Ok((Image { grid, voxels, rescale: Rescale::NONE }, names))
}

/// From which stored value on a fraction counts as inside; `None` for single bits.
fn threshold(set: &DataSet<'_>, format: &PixelFormat, notes: &mut Vec<String>) -> Result<Option<f64>, ImagingError> {
    match (set.text(SEGMENTATION_TYPE).as_deref(), format.allocated) {
        (Some("BINARY"), 1) => Ok(None),
        (Some("FRACTIONAL"), 8) => {
            let most = set.unsigned(MOST_FRACTION)?.unwrap_or(255);
            notes.push(format!(
                "fractions of a segment: from 0.5 ({} of {most}) on a voxel is inside",
                most.div_ceil(2)
            ));
            Ok(Some(0.5 * f64::from(most)))
        }
        (kind, bits) => {
            let kind = if kind == Some("BINARY") { "binary" } else { "fractional or unknown" };
            let what = format!("a {kind} segmentation with {bits} bits a pixel");
            Err(set.unsupported(SEGMENTATION_TYPE, what, "save it as binary with 1 bit or as fractional with 8 bits"))
        }
    }
}

/// The names of the segments by their numbers.
fn names(set: &DataSet<'_>) -> Result<BTreeMap<i64, String>, ImagingError> {
    let mut names = BTreeMap::new();
    for segment in set.items(SEGMENTS)? {
        let number = segment.expect_unsigned(SEGMENT_NUMBER)?;
        if let Some(label) = segment.text(SEGMENT_LABEL) {
            names.insert(i64::from(number), label);
        }
    }
    Ok(names)
}

/// The number of the segment that a frame belongs to.
fn segment_of(set: &DataSet<'_>, groups: &Groups<'_>, frame: usize) -> Result<u16, ImagingError> {
    let Some(item) = groups.find(frame, SEGMENT_OF_FRAME)? else {
        return Err(set.missing(SEGMENT_OF_FRAME).into());
    };
    let number = item.expect_unsigned(REFERENCED_SEGMENT)?;
    match u16::try_from(number) {
        Ok(number) if number != 0 && number != u16::MAX => Ok(number),
        _ => Err(item.wrong(REFERENCED_SEGMENT, "a number from 1 to 65534").into()),
    }
}

/// One grid for all frames, and which of its planes each frame is.
fn planes(
    set: &DataSet<'_>,
    groups: &Groups<'_>,
    format: &PixelFormat,
    placements: &[Placement],
) -> Result<(Grid, Vec<usize>), ImagingError> {
    let wrong =
        |what: String| ImagingError::from(set.source.contradiction(Place::Part(PLANE_POSITIONS.to_string()), what));
    let Some(first) = placements.first() else { return Err(wrong("no frames".to_owned())) };
    let normal = first.normal();
    let along = |placement: &Placement| placement.position.coords.dot(&normal);
    let mut distances: Vec<f64> = placements.iter().map(along).collect();
    distances.sort_by(f64::total_cmp);
    distances.dedup_by(|a, b| (*a - *b).abs() < 1e-4);
    let [stated, thickness] = thickness(set, groups)?;
    let least = distances.windows(2).map(|pair| pair[1] - pair[0]).reduce(f64::min);
    let step = stated.or(least).or(thickness).unwrap_or(1.0);
    let lowest = placements.iter().min_by(|a, b| along(a).total_cmp(&along(b))).unwrap_or(first);
    let mut planes = Vec::with_capacity(placements.len());
    for (frame, placement) in placements.iter().enumerate() {
        let turned = (0..2).any(|k| (placement.directions[k] - first.directions[k]).norm() > 1e-4);
        let plane = ((along(placement) - along(lowest)) / step).round();
        let beside = (placement.position - lowest.position - normal * (plane * step)).norm();
        if turned || placement.spacing != first.spacing || beside > TOLERANCE * step.max(first.spacing[0]) {
            let what = format!("frame {} lies {beside:.4} mm beside the grid of the others or is turned", frame + 1);
            return Err(wrong(what));
        }
        planes.push(plane as usize);
    }
    let count = planes.iter().max().map_or(1, |&last| last.saturating_add(1));
    if count > ALWAYS_BELIEVED.max(distances.len().saturating_mul(MOST_PLANES_LEFT_OUT)) {
        return Err(wrong(format!("{} planes with frames among {count} planes", distances.len())));
    }
    let [row, column] = first.directions;
    let axes = Matrix3::from_columns(&[row * first.spacing[0], column * first.spacing[1], normal * step]);
    let grid = Grid::new([format.columns, format.rows, count], lowest.position, axes)?;
    Ok((grid, planes))
}

/// Which pixels of a frame are inside its segment.
fn inside(
    set: &DataSet<'_>,
    frames: &Frames<'_>,
    format: &PixelFormat,
    frame: usize,
    threshold: Option<f64>,
) -> Result<Vec<bool>, ImagingError> {
    if let Some(threshold) = threshold {
        let values = frames.decode(set.source, format, frame)?;
        return Ok(values.into_iter().map(|value| value as f64 >= threshold && value > 0).collect());
    }
    let Some(bytes) = frames.raw() else {
        let what = "single bits that are packed further".to_owned();
        return Err(set.unsupported(PIXELS, what, "save the segmentation with explicit little endian"));
    };
    // The bits of all frames follow each other without gaps, the lowest of a byte first (PS3.5, 8.1.1).
    let bit = |index: usize| bytes.get(index / 8).is_some_and(|byte| byte >> (index % 8) & 1 == 1);
    Ok((frame * format.area()..(frame + 1) * format.area()).map(bit).collect())
}

/// Gives the voxels inside a segment its number; refuses those that another segment has.
fn paint(
    set: &DataSet<'_>,
    names: &BTreeMap<i64, String>,
    labels: &mut [u16],
    inside: &[bool],
    segment: u16,
) -> Result<(), ImagingError> {
    let mut overlapped = BTreeSet::new();
    let mut count = 0_usize;
    for (label, _) in labels.iter_mut().zip(inside).filter(|(_, inside)| **inside) {
        if *label != 0 && *label != segment {
            overlapped.insert(*label);
            count += 1;
        }
        *label = segment;
    }
    let Some(&other) = overlapped.first() else { return Ok(()) };
    let name = |number: u16| match names.get(&i64::from(number)) {
        Some(name) => format!("{number} (\"{}\")", name.escape_debug()),
        None => number.to_string(),
    };
    let what = format!("segments {} and {} that overlap, here in {count} voxels,", name(other), name(segment));
    Err(set.unsupported(SEGMENTS, what, "save overlapping segments into files of their own"))
}
