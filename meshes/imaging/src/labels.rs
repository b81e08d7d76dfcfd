use crate::{Grid, Image, ImagingError, Rescale, Voxels};
use control::RunControl;
use rayon::prelude::*;
use std::collections::BTreeMap;

/// A label for every voxel of a grid; 0 is the background.
#[derive(Debug, Clone, PartialEq)]
pub struct LabelMap {
    /// Where the voxels are.
    pub grid: Grid,
    /// The label of every voxel, i fastest.
    pub labels: Vec<u16>,
    /// Names of labels, as far as they have one.
    pub names: BTreeMap<u16, String>,
}

/// Voxels that one task counts.
const BLOCK: usize = 1 << 22;

impl LabelMap {
    /// No label of a voxel: stands for what lies beyond the image.
    pub const OUTSIDE: u16 = u16::MAX;

    /// A map with the label 0 everywhere.
    pub fn empty(grid: Grid) -> Self {
        let labels = vec![0; grid.count()];
        Self { grid, labels, names: BTreeMap::new() }
    }

    /// The labels that an image holds: whole numbers from 0 to 65534. `names` are those that the file gives.
    ///
    /// # Errors
    /// [`ImagingError::NoLabel`] at the first voxel whose value is no label.
    pub fn from_image(image: &Image, names: &BTreeMap<i64, String>) -> Result<Self, ImagingError> {
        let names =
            names.iter().filter_map(|(&value, name)| Some((u16::try_from(value).ok()?, name.clone()))).collect();
        if let (Voxels::U8(stored), true) = (&image.voxels, image.rescale == Rescale::NONE) {
            let labels = stored.par_iter().map(|&value| u16::from(value)).collect();
            return Ok(Self { grid: image.grid.clone(), labels, names });
        }
        let is_label = |value: f64| value.fract() == 0.0 && (0.0..f64::from(Self::OUTSIDE)).contains(&value);
        let wrong = (0..image.grid.count()).into_par_iter().find_first(|&index| !is_label(image.value(index)));
        if let Some(index) = wrong {
            return Err(ImagingError::NoLabel { voxel: image.grid.voxel(index), value: image.value(index) });
        }
        let labels = (0..image.grid.count()).into_par_iter().map(|index| image.value(index) as u16).collect();
        Ok(Self { grid: image.grid.clone(), labels, names })
    }

    /// The labels as an image of the smallest number type that holds them.
    pub fn to_image(&self) -> Image {
        let largest = self.labels.iter().copied().max().unwrap_or(0);
        let voxels = match u8::try_from(largest) {
            Ok(_) => Voxels::U8(self.labels.iter().map(|&label| label as u8).collect()),
            Err(_) => Voxels::U16(self.labels.clone()),
        };
        Image { grid: self.grid.clone(), voxels, rescale: Rescale::NONE }
    }

    /// Of the neighbours along i with a label on either side, the part that has the same on both: near 1 for regions,
    /// small for the grey values of a scan. 1 without any label.
    pub fn uniformity(&self) -> f64 {
        let row = self.grid.dimensions[0].max(1);
        let count = |labels: &[u16]| {
            labels
                .windows(2)
                .filter(|pair| pair[0] != 0 || pair[1] != 0)
                .fold([0_usize; 2], |[all, same], pair| [all + 1, same + usize::from(pair[0] == pair[1])])
        };
        let sum = |a: [usize; 2], b: [usize; 2]| [a[0] + b[0], a[1] + b[1]];
        let [all, same] = self.labels.par_chunks(row).map(count).reduce(|| [0; 2], sum);
        if all == 0 { 1.0 } else { same as f64 / all as f64 }
    }

    /// Voxels of every label that occurs, without the background.
    pub fn counts(&self) -> BTreeMap<u16, usize> {
        let count = |labels: &[u16]| {
            let mut table = vec![0_usize; 1 << 16];
            labels.iter().for_each(|&label| table[label as usize] += 1);
            table
        };
        let sum = |a: Vec<usize>, b: Vec<usize>| a.into_iter().zip(b).map(|(a, b)| a + b).collect();
        let table = self.labels.par_chunks(BLOCK).map(count).reduce(|| vec![0; 1 << 16], sum);
        (1..=u16::MAX).map(|label| (label, table[label as usize])).filter(|&(_, count)| count > 0).collect()
    }

    /// The name of a label, or "label_7".
    pub fn name(&self, label: u16) -> String {
        self.names.get(&label).cloned().unwrap_or_else(|| format!("label_{label}"))
    }

    /// Where the label is.
    pub fn mask(&self, label: u16) -> Mask {
        Mask { grid: self.grid.clone(), inside: self.labels.iter().map(|&other| other == label).collect() }
    }

    /// Keeps only these labels; all other voxels become background.
    pub fn keep(&mut self, labels: &[u16]) {
        for label in &mut self.labels {
            if !labels.contains(label) {
                *label = 0;
            }
        }
    }
}

/// A part of a grid: whether each voxel belongs to it.
#[derive(Debug, Clone, PartialEq)]
pub struct Mask {
    /// Where the voxels are.
    pub grid: Grid,
    /// Whether each voxel is inside, i fastest.
    pub inside: Vec<bool>,
}

impl Mask {
    /// The voxels whose value lies from `low` to `high`, both included.
    ///
    /// # Errors
    /// Cancellation.
    pub fn threshold(image: &Image, low: f64, high: f64, control: &RunControl) -> Result<Self, ImagingError> {
        const SLAB: usize = 1 << 22;
        let count = image.grid.count();
        let mut inside = Vec::with_capacity(count);
        for start in (0..count).step_by(SLAB) {
            control.check()?;
            let range = start..(start + SLAB).min(count);
            inside.par_extend(range.into_par_iter().map(|index| (low..=high).contains(&image.value(index))));
        }
        Ok(Self { grid: image.grid.clone(), inside })
    }

    /// Voxels inside.
    pub fn count(&self) -> usize {
        self.inside.iter().filter(|&&inside| inside).count()
    }

    /// The mask as a label map: `label` inside, 0 outside.
    pub fn to_labels(&self, label: u16) -> LabelMap {
        let labels = self.inside.iter().map(|&inside| if inside { label } else { 0 }).collect();
        LabelMap { grid: self.grid.clone(), labels, names: BTreeMap::new() }
    }

    /// The mask with so many voxels that are outside added on both sides along i, j, k.
    ///
    /// # Errors
    /// [`ImagingError::Grid`] when these are too many.
    pub(crate) fn widened(&self, margin: [usize; 3]) -> Result<Self, ImagingError> {
        let dimensions = [0, 1, 2].map(|axis| self.grid.dimensions[axis].saturating_add(2 * margin[axis]));
        let origin = self.grid.position(margin.map(|n| -(n as f64)));
        let grid = Grid::new(dimensions, origin, self.grid.axes)?;
        let mut inside = vec![false; grid.count()];
        let row = self.grid.dimensions[0];
        for (number, line) in self.inside.chunks(row).enumerate() {
            let [_, j, k] = self.grid.voxel(number * row);
            let start = grid.index([margin[0], j + margin[1], k + margin[2]]);
            inside[start..start + row].copy_from_slice(line);
        }
        Ok(Self { grid, inside })
    }

    /// The mask within the box of voxels from `first` to before `end`.
    ///
    /// # Errors
    /// [`ImagingError::Grid`] when the box is empty or leaves the grid.
    pub fn cropped(&self, first: [usize; 3], end: [usize; 3]) -> Result<Self, ImagingError> {
        let grid = self.grid.cropped(first, end)?;
        let at = |index| {
            let voxel = grid.voxel(index);
            self.inside[self.grid.index([0, 1, 2].map(|axis| first[axis] + voxel[axis]))]
        };
        let inside = (0..grid.count()).map(at).collect();
        Ok(Self { grid, inside })
    }
}
