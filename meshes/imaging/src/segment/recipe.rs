//! The steps from an image to a mask as data: the command line, the study and the desktop fill it in, and it does the same
//! for all of them.

use super::{Crop, close, fill_cavities, keep_largest, open, region_grow, remove_islands};
use crate::{Image, ImagingError, LabelMap, Mask};
use control::RunControl;
use nalgebra::Point3;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// What is taken from an image. The steps are done in the order of the fields.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Recipe {
    /// Only this part of the image is looked at.
    pub crop: Option<Crop>,
    /// Which voxels.
    pub choice: Choice,
    /// Points (mm, LPS); only what is connected with any of them is kept. None keeps all.
    pub seeds: Vec<[f64; 3]>,
    /// Radius (mm) of the ball that opens: what is thinner than two radii goes.
    pub open: Option<f64>,
    /// Radius (mm) of the ball that closes: gaps narrower than two radii are filled.
    pub close: Option<f64>,
    /// Whether cavities are filled.
    pub fill_cavities: bool,
    /// Parts smaller than this volume (mm³) are removed.
    pub islands: Option<f64>,
    /// Whether only the largest part is kept.
    pub largest: bool,
}

/// Which voxels of an image are meant.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub enum Choice {
    /// Those with any of these labels.
    Labels(Vec<u16>),
    /// Those whose value lies between, both included.
    Threshold {
        /// The smallest value.
        low: f64,
        /// The largest value.
        high: f64,
    },
}

/// A mask and what was done to get it.
#[derive(Debug, Clone, PartialEq)]
pub struct Segmented {
    /// The voxels.
    pub mask: Mask,
    /// Every step with its effect, in words.
    pub steps: Vec<String>,
}

impl Recipe {
    /// Only a choice; everything that belongs to it.
    pub fn new(choice: Choice) -> Self {
        Self {
            crop: None,
            choice,
            seeds: Vec::new(),
            open: None,
            close: None,
            fill_cavities: false,
            islands: None,
            largest: false,
        }
    }

    /// Does the steps.
    ///
    /// # Errors
    /// [`ImagingError::CropOutside`], [`ImagingError::ThresholdOutside`], [`ImagingError::MissingLabel`],
    /// [`ImagingError::NoLabel`], [`ImagingError::EmptyMask`] with the step that left
    /// nothing in the log, [`ImagingError::SeedOutside`], cancellation.
    pub fn apply(&self, image: &Image, control: &RunControl) -> Result<Segmented, ImagingError> {
        let mut steps = Steps { voxel: image.grid.voxel_volume(), words: Vec::new() };
        let part;
        let image = match &self.crop {
            None => image,
            Some(crop) => {
                part = crop.apply(image)?;
                let [i, j, k] = part.grid.dimensions;
                steps.words.push(format!("cropped to {i} x {j} x {k} voxels"));
                &part
            }
        };
        let mut mask = self.choice.mask(image, &control.stage("choose", 0.0, 0.2))?;
        steps.tell("chosen", &mask)?;
        if !self.seeds.is_empty() {
            let seeds: Vec<[usize; 3]> =
                self.seeds.iter().map(|seed| voxel(image, seed)).collect::<Result<_, ImagingError>>()?;
            mask = region_grow(&mask, &seeds, &control.stage("grow", 0.2, 0.3))?;
            steps.tell("connected with the seeds", &mask)?;
        }
        if let Some(radius) = self.open {
            mask = open(&mask, radius, &control.stage("open", 0.3, 0.5))?;
            steps.tell(&format!("opened by {radius} mm"), &mask)?;
        }
        if let Some(radius) = self.close {
            mask = close(&mask, radius, &control.stage("close", 0.5, 0.7))?;
            steps.tell(&format!("closed by {radius} mm"), &mask)?;
        }
        if self.fill_cavities {
            let count = fill_cavities(&mut mask, &control.stage("fill", 0.7, 0.8))?;
            steps.tell(&format!("{count} cavities filled"), &mask)?;
        }
        if let Some(volume) = self.islands {
            let count = remove_islands(&mut mask, volume, &control.stage("islands", 0.8, 0.9))?;
            steps.tell(&format!("{count} parts below {volume} mm³ removed"), &mask)?;
        }
        if self.largest {
            keep_largest(&mut mask, &control.stage("largest", 0.9, 1.0))?;
            steps.tell("largest part kept", &mask)?;
        }
        Ok(Segmented { mask, steps: steps.words })
    }
}

impl Choice {
    fn mask(&self, image: &Image, control: &RunControl) -> Result<Mask, ImagingError> {
        match self {
            Self::Threshold { low, high } => {
                if let Some((least, most)) = image.range()
                    && (*low > most || *high < least)
                {
                    return Err(ImagingError::ThresholdOutside { low: *low, high: *high, least, most });
                }
                Mask::threshold(image, *low, *high, control)
            }
            Self::Labels(labels) => {
                let map = LabelMap::from_image(image, &BTreeMap::new())?;
                let there = map.counts();
                if let Some(&label) = labels.iter().find(|label| !there.contains_key(label)) {
                    return Err(ImagingError::MissingLabel { label, there: there.into_keys().collect() });
                }
                let inside = map.labels.iter().map(|label| labels.contains(label)).collect();
                Ok(Mask { grid: map.grid, inside })
            }
        }
    }
}

/// The voxel that a point lies in.
fn voxel(image: &Image, point: &[f64; 3]) -> Result<[usize; 3], ImagingError> {
    let coordinates = image.grid.coordinates(&Point3::from(*point));
    let dimensions = image.grid.dimensions;
    let is_inside = (0..3).all(|axis| (-0.5..dimensions[axis] as f64 - 0.5).contains(&coordinates[axis]));
    match is_inside {
        true => Ok(coordinates.map(|x| x.round().max(0.0) as usize)),
        false => Err(ImagingError::PointOutside { point: *point }),
    }
}

struct Steps {
    voxel: f64,
    words: Vec<String>,
}

impl Steps {
    /// Notes a step, and refuses to go on with nothing.
    fn tell(&mut self, what: &str, mask: &Mask) -> Result<(), ImagingError> {
        let count = mask.count();
        self.words.push(format!("{what}: {count} voxels, {:.4} cm³", count as f64 * self.voxel / 1000.0));
        if count == 0 { Err(ImagingError::EmptyMask) } else { Ok(()) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{Grid, Rescale, Voxels};

    fn image() -> Image {
        let grid = Grid::aligned([10, 8, 6], Point3::new(-5.0, 0.0, 0.0), [1.0, 1.0, 2.0]).unwrap();
        let value = |index: usize| match grid.voxel(index) {
            [0..4, 2..6, 1..4] => 100,
            [6..9, 2..6, 1..4] => 200,
            _ => -1000,
        };
        let voxels = Voxels::I16((0..grid.count()).map(value).collect());
        Image { grid, voxels, rescale: Rescale::NONE }
    }

    #[test]
    fn steps_are_done_in_order_and_told() {
        let control = RunControl::silent();
        let mut recipe = Recipe::new(Choice::Threshold { low: 50.0, high: f64::INFINITY });
        assert_eq!(recipe.apply(&image(), &control).unwrap().mask.count(), 48 + 36);
        recipe.largest = true;
        let done = recipe.apply(&image(), &control).unwrap();
        assert_eq!((done.mask.count(), done.steps.len()), (48, 2));
        // A point in the smaller of the two.
        recipe.seeds = vec![[2.0, 3.0, 4.0]];
        assert_eq!(recipe.apply(&image(), &control).unwrap().mask.count(), 36);
        recipe.crop = Some(Crop { low: [2.0, 0.0, 0.0], high: [4.0, 3.0, 10.0] });
        assert_eq!(recipe.apply(&image(), &control).unwrap().mask.count(), 12);
        recipe.seeds = vec![[20.0, 3.0, 4.0]];
        assert!(matches!(recipe.apply(&image(), &control), Err(ImagingError::PointOutside { .. })));
    }

    #[test]
    fn what_is_not_there_is_named() {
        let control = RunControl::silent();
        let labels = Image { voxels: Voxels::U8((0..480).map(|n| [0, 3, 7][n % 3]).collect()), ..image() };
        let error = Recipe::new(Choice::Labels(vec![3, 5])).apply(&labels, &control).unwrap_err().to_string();
        assert!(error.contains("label 5") && error.contains("[3, 7]"), "{error}");
        let error = Recipe::new(Choice::Labels(vec![3])).apply(&image(), &control).unwrap_err().to_string();
        assert!(error.contains("threshold"), "{error}");
        let empty = Recipe::new(Choice::Threshold { low: 900.0, high: 1000.0 });
        let error = empty.apply(&image(), &control).unwrap_err().to_string();
        assert!(error.contains("-1000 to 200"), "{error}");
        let between = Recipe::new(Choice::Threshold { low: 110.0, high: 120.0 });
        assert!(matches!(between.apply(&image(), &control), Err(ImagingError::EmptyMask)));
    }
}
