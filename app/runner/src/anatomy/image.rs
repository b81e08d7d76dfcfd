//! From an image or label map to surfaces.

use super::AnatomyError;
use crate::segmentation::surface_of;
use control::RunControl;
use imaging::segment::{Crop, Island, Recipe, absorb_islands};
use imaging::{JudgedImage, LabelMap, SmoothOptions};
use mesh::{Partition, SurfaceMesh};
use mesh_io::{Frame, LengthUnit};
use std::collections::BTreeMap;
use std::path::Path;

/// Of neighbouring voxels fewer have the same value in a scan.
const LEAST_UNIFORMITY: f64 = 0.5;
/// Connected pieces of a label with fewer voxels are specks, unless the user says how large one is.
const LEAST_VOXELS: usize = 27;

/// What the user knows about an image that its file may not say.
#[derive(Debug, Clone, Copy, Default, PartialEq)]
pub struct ImageReading {
    /// Unit of its lengths.
    pub unit: Option<LengthUnit>,
    /// Its frame.
    pub frame: Option<Frame>,
    /// Assumed size of its voxels, mm, where the file records none.
    pub voxel_size: Option<f64>,
}

/// Reads an image, in mm and LPS.
///
/// # Errors
/// Those of [`imaging::read_image`]; [`AnatomyError::VoxelSizeKnown`].
pub fn read_image(file: &Path, reading: &ImageReading, control: &RunControl) -> Result<JudgedImage, AnatomyError> {
    let read = imaging::read_image(file, control)?;
    let mut judged = imaging::judge_image(read, reading.unit, reading.frame);
    if let Some(size) = reading.voxel_size {
        if judged.is_spacing_known() {
            return Err(AnatomyError::VoxelSizeKnown { recorded: judged.report.spacing_mm });
        }
        judged.assume_spacing([size; 3])?;
    }
    Ok(judged)
}

/// A label by its value or by its name, in any case.
///
/// # Errors
/// [`AnatomyError::UnknownLabel`].
pub fn find_label(word: &str, names: &BTreeMap<i64, String>) -> Result<u16, AnatomyError> {
    let by_name = names.iter().find(|(_, name)| name.eq_ignore_ascii_case(word)).map(|(value, _)| *value);
    let value = word.parse::<i64>().ok().or(by_name);
    value
        .and_then(|value| u16::try_from(value).ok())
        .ok_or_else(|| AnatomyError::UnknownLabel { word: word.to_owned(), known: names.values().cloned().collect() })
}

/// A closed surface out of an image.
#[derive(Debug, Clone, PartialEq)]
pub struct TakenSurface {
    /// Outward. Where it is cut off by the border of what was looked at it is the region `to_image_border`, else `wall`.
    pub surface: SurfaceMesh,
    /// Every step with its effect, in words.
    pub steps: Vec<String>,
    /// Voxels inside.
    pub voxels: usize,
    /// Their volume, mm³.
    pub voxel_volume_mm3: f64,
    /// Voxels that were given to the other side for a manifold border.
    pub relabelled: usize,
    /// Area (mm²) of what is closed flat because it reaches the border.
    pub cut_area_mm2: f64,
}

/// Takes what the recipe says out of an image and lays a smooth surface around it.
///
/// # Errors
/// Those of [`Recipe::apply`] and [`imaging::label_surface`].
pub fn take_surface(
    judged: &JudgedImage,
    recipe: &Recipe,
    smooth: &SmoothOptions,
    control: &RunControl,
) -> Result<TakenSurface, AnatomyError> {
    let segmented = recipe.apply(&judged.image, &control.stage("segment", 0.0, 0.5))?;
    let made = surface_of(&segmented.mask, smooth, &control.stage("surface", 0.5, 1.0))?;
    let voxels = segmented.mask.count();
    Ok(TakenSurface {
        surface: made.surface,
        steps: segmented.steps,
        voxels,
        voxel_volume_mm3: voxels as f64 * segmented.mask.grid.voxel_volume(),
        relabelled: made.relabelled,
        cut_area_mm2: made.cut_area,
    })
}

/// Which labels become parts.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct PartsChoice {
    /// The labels; all when empty.
    pub labels: Vec<u16>,
    /// Names of labels, instead of those of the file.
    pub names: BTreeMap<u16, String>,
    /// Only this part of the image is looked at.
    pub crop: Option<Crop>,
    /// Pieces of a label smaller than this (mm³) are given to what is around them; below 27 voxels when absent.
    pub islands: Option<f64>,
    /// How the borders are smoothed.
    pub smooth: SmoothOptions,
}

/// Labels as parts of one partition.
#[derive(Debug, Clone, PartialEq)]
pub struct LabelParts {
    /// Their borders, shared where they touch.
    pub partition: Partition,
    /// Names of the labels, as far as they have one.
    pub names: BTreeMap<u16, String>,
    /// Volume of a voxel, mm³.
    pub voxel_mm3: f64,
    /// Voxels of every label before anything was done.
    pub voxels: BTreeMap<u16, usize>,
    /// Specks that were given away.
    pub islands: Vec<Island>,
    /// Voxels that were given another label for manifold borders.
    pub relabelled: usize,
}

impl LabelParts {
    /// Volume that the voxels of a label have in the file, mm³.
    pub fn voxel_volume(&self, label: u16) -> f64 {
        self.voxels.get(&label).copied().unwrap_or(0) as f64 * self.voxel_mm3
    }

    /// The name of a label, "label_7" for one that has none, "background" for 0.
    pub fn name(&self, label: u16) -> String {
        match label {
            0 => "background".to_owned(),
            label => self.names.get(&label).cloned().unwrap_or_else(|| format!("label_{label}")),
        }
    }
}

/// The labels of a map as a partition: specks are given to what is around them, then the borders are smoothed.
///
/// # Errors
/// [`AnatomyError::Scan`], [`AnatomyError::MissingLabel`], those of [`imaging::label_surface`].
pub fn take_parts(
    judged: &JudgedImage,
    choice: &PartsChoice,
    control: &RunControl,
) -> Result<LabelParts, AnatomyError> {
    let mut map = label_map(judged, choice)?;
    let present = map.counts();
    if let Some(&label) = choice.labels.iter().find(|label| !present.contains_key(label)) {
        return Err(AnatomyError::MissingLabel { label, there: present.into_keys().collect() });
    }
    if !choice.labels.is_empty() {
        map.keep(&choice.labels);
    }
    map.names.extend(choice.names.clone());
    let names = map.names.clone();
    let voxel_mm3 = map.grid.voxel_volume();
    let voxels = map.counts();
    let least = choice.islands.map_or(LEAST_VOXELS, |volume| (volume / voxel_mm3).ceil().max(0.0) as usize);
    let islands = absorb_islands(&mut map, least, &control.stage("islands", 0.0, 0.2))?;
    let surface = imaging::label_surface(map, &choice.smooth, &control.stage("surface", 0.2, 1.0))?;
    let partition = surface.partition(&names);
    Ok(LabelParts { partition, names, voxel_mm3, voxels, islands, relabelled: surface.relabelled.len() })
}

/// The image as labels; a scan is refused unless labels are named, in the file or by the user.
fn label_map(judged: &JudgedImage, choice: &PartsChoice) -> Result<LabelMap, AnatomyError> {
    let cropped;
    let image = match &choice.crop {
        None => &judged.image,
        Some(crop) => {
            cropped = crop.apply(&judged.image)?;
            &cropped
        }
    };
    let map =
        LabelMap::from_image(image, &judged.names).map_err(|error| AnatomyError::Scan { why: error.to_string() })?;
    let uniformity = map.uniformity();
    // Who names labels, in the file or here, knows that it is a label map, thin as its parts may be.
    if uniformity < LEAST_UNIFORMITY && judged.names.is_empty() && choice.labels.is_empty() {
        let same = quantity::significant(100.0 * uniformity, 2);
        return Err(AnatomyError::Scan {
            why: format!("only {same} % of its neighbouring voxels have the same value"),
        });
    }
    Ok(map)
}
