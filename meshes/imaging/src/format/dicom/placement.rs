//! Where a frame is in the patient and what its values stand for: attributes of the file, or of the functional groups
//! that all frames share or that each has (DICOM PS3.3, C.7.6.2 and C.7.6.16).

use super::dataset::DataSet;
use super::tags::*;
use crate::{ImagingError, Rescale};
use mesh_io::{MeshIoError, Place};
use nalgebra::{Point3, Vector3};

/// Cosines that are this far from those of perpendicular unit vectors are damage and not rounding.
const COSINE_TOLERANCE: f64 = 1e-3;

/// The plane of a frame, mm, LPS.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Placement {
    /// Centre of the first pixel.
    pub(super) position: Point3<f64>,
    /// Unit vectors along a row (columns ascend) and along a column (rows ascend).
    pub(super) directions: [Vector3<f64>; 2],
    /// Steps along a row and along a column.
    pub(super) spacing: [f64; 2],
}

impl Placement {
    /// Unit normal; with the two directions right-handed.
    pub(super) fn normal(&self) -> Vector3<f64> {
        self.directions[0].cross(&self.directions[1]).normalize()
    }
}

/// The functional groups of a file with several frames.
pub(super) struct Groups<'a> {
    shared: Option<DataSet<'a>>,
    frames: Vec<DataSet<'a>>,
}

impl<'a> Groups<'a> {
    pub(super) fn parse(set: &DataSet<'a>) -> Result<Self, MeshIoError> {
        Ok(Self { shared: set.first_item(SHARED_GROUPS)?, frames: set.items(FRAME_GROUPS)? })
    }

    /// The item of the group `tag` for a frame: its own or the shared one.
    pub(super) fn find(&self, frame: usize, tag: Tag) -> Result<Option<DataSet<'a>>, MeshIoError> {
        let own = match self.frames.get(frame) {
            Some(groups) => groups.first_item(tag)?,
            None => None,
        };
        match (own, &self.shared) {
            (Some(item), _) => Ok(Some(item)),
            (None, Some(shared)) => shared.first_item(tag),
            (None, None) => Ok(None),
        }
    }
}

/// Where frame `frame` is.
pub(super) fn placement(
    set: &DataSet<'_>,
    groups: &Groups<'_>,
    frame: usize,
    frames: usize,
) -> Result<Placement, ImagingError> {
    if frames > 1 && groups.frames.is_empty() {
        let what = format!("{frames} frames without the position of each");
        return Err(set.unsupported(
            FRAME_GROUPS,
            what,
            "give the slices as files or as an enhanced multi-frame image",
        ));
    }
    if frames > 1 && groups.frames.len() < frames {
        let what = format!("{frames} frames are stated, but the places of {}", groups.frames.len());
        return Err(set.source.contradiction(Place::Part(FRAME_GROUPS.to_string()), what).into());
    }
    let position: [f64; 3] = grouped(set, groups, frame, PLANE_POSITIONS, POSITION)?;
    let cosines: [f64; 6] = grouped(set, groups, frame, PLANE_ORIENTATIONS, ORIENTATION)?;
    let [down, along]: [f64; 2] = grouped(set, groups, frame, PIXEL_MEASURES, PIXEL_SPACING)?;
    let [a, b, c, d, e, f] = cosines;
    let (row, column) = (Vector3::new(a, b, c), Vector3::new(d, e, f));
    let skew = row.dot(&column).abs().max((row.norm() - 1.0).abs()).max((column.norm() - 1.0).abs());
    if skew > COSINE_TOLERANCE {
        let what = format!("{cosines:?} are not the directions of two perpendicular unit vectors");
        return Err(set.source.contradiction(Place::Part(ORIENTATION.to_string()), what).into());
    }
    if !(along > 0.0 && down > 0.0) {
        let what = format!("a step of {down} x {along} mm between pixels");
        return Err(set.source.contradiction(Place::Part(PIXEL_SPACING.to_string()), what).into());
    }
    let row = row.normalize();
    let column = (column - row * row.dot(&column)).normalize();
    Ok(Placement { position: Point3::from(position), directions: [row, column], spacing: [along, down] })
}

/// The numbers of `tag` in the group of a frame or in the file itself.
fn grouped<const N: usize>(
    set: &DataSet<'_>,
    groups: &Groups<'_>,
    frame: usize,
    group: Tag,
    tag: Tag,
) -> Result<[f64; N], ImagingError> {
    let found = match groups.find(frame, group)? {
        Some(item) => item.decimals(tag)?,
        None => set.decimals(tag)?,
    };
    found.ok_or_else(|| {
        let what = match tag {
            PIXEL_SPACING => "an image without the distance of its pixels in the patient",
            _ => "an image without its place in the patient (a radiograph, a photograph, a screenshot),",
        };
        set.unsupported(tag, what.to_owned(), "give the slices of a scan")
    })
}

/// The stated distance of neighbouring slices and the thickness of one, mm.
pub(super) fn thickness(set: &DataSet<'_>, groups: &Groups<'_>) -> Result<[Option<f64>; 2], ImagingError> {
    let item = groups.find(0, PIXEL_MEASURES)?;
    let set = item.as_ref().unwrap_or(set);
    let positive = |tag| Ok::<_, MeshIoError>(set.decimal(tag)?.map(f64::abs).filter(|&length| length > 0.0));
    Ok([positive(SLICE_STEP)?, positive(SLICE_THICKNESS)?])
}

/// What the stored values of a frame stand for.
pub(super) fn rescale(set: &DataSet<'_>, groups: &Groups<'_>, frame: usize) -> Result<Rescale, ImagingError> {
    if set.find(MODALITY_TABLE).is_some() {
        let what = "values by a table instead of slope and intercept".to_owned();
        return Err(set.unsupported(MODALITY_TABLE, what, "export the image with its values applied"));
    }
    let item = groups.find(frame, PIXEL_VALUES)?;
    let set = item.as_ref().unwrap_or(set);
    let slope = set.decimal(SLOPE)?.unwrap_or(1.0);
    let intercept = set.decimal(INTERCEPT)?.unwrap_or(0.0);
    match slope == 0.0 {
        true => Err(set.source.syntax(Place::Part(SLOPE.to_string()), "0", "a factor other than 0").into()),
        false => Ok(Rescale { slope, intercept }),
    }
}
