use crate::{Grid, Voxels};
use mesh_io::{Frame, LengthUnit, Provenance};
use nalgebra::Point3;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// Voxels on a grid. A stored value v stands for `slope v + intercept`.
#[derive(Debug, Clone, PartialEq)]
pub struct Image {
    /// Where the voxels are.
    pub grid: Grid,
    /// The stored values, as many as the grid has voxels.
    pub voxels: Voxels,
    /// What a stored value stands for.
    pub rescale: Rescale,
}

/// The line from stored values to the quantity measured, for example Hounsfield units.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct Rescale {
    /// Factor of the stored value.
    pub slope: f64,
    /// Added to it.
    pub intercept: f64,
}

impl Rescale {
    /// Stored values stand for themselves.
    pub const NONE: Self = Self { slope: 1.0, intercept: 0.0 };

    /// The value that `stored` stands for.
    pub fn value(self, stored: f64) -> f64 {
        self.slope * stored + self.intercept
    }

    /// What is stored for `value`.
    pub fn stored(self, value: f64) -> f64 {
        (value - self.intercept) / self.slope
    }
}

/// How an image was made.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Modality {
    /// The DICOM term, for example "CT" or "MR".
    pub name: String,
    /// Whether its values are Hounsfield units.
    pub is_hounsfield: bool,
}

impl Image {
    /// The value of the voxel that is in memory at `index`.
    pub fn value(&self, index: usize) -> f64 {
        self.rescale.value(self.voxels.get(index))
    }

    /// Smallest and largest finite value.
    pub fn range(&self) -> Option<(f64, f64)> {
        let (low, high) = self.voxels.range()?;
        let (a, b) = (self.rescale.value(low), self.rescale.value(high));
        Some((a.min(b), a.max(b)))
    }

    /// The trilinear interpolation of the values at a point; `None` outside the box of the voxels' centres widened by
    /// half a voxel, where the nearest values are carried on.
    pub fn sample(&self, point: &Point3<f64>) -> Option<f64> {
        let coordinates = self.grid.coordinates(point);
        let mut lower = [0; 3];
        let mut fraction = [0.0; 3];
        for axis in 0..3 {
            let last = self.grid.dimensions[axis] - 1;
            let x = coordinates[axis];
            if !(-0.5..=last as f64 + 0.5).contains(&x) {
                return None;
            }
            let x = x.clamp(0.0, last as f64);
            lower[axis] = (x.floor() as usize).min(last.saturating_sub(1));
            fraction[axis] = x - lower[axis] as f64;
        }
        let mut sum = 0.0;
        for corner in 0..8_usize {
            let bit = |axis: usize| corner >> axis & 1;
            let weight: f64 =
                (0..3).map(|axis| if bit(axis) == 1 { fraction[axis] } else { 1.0 - fraction[axis] }).product();
            if weight > 0.0 {
                sum += weight * self.value(self.grid.index([0, 1, 2].map(|axis| lower[axis] + bit(axis))));
            }
        }
        Some(sum)
    }
}

/// An image as its file has it, in the file's unit and frame.
#[derive(Debug, Clone, PartialEq)]
pub struct ImageFile {
    /// The image; its grid is in the file's unit and frame.
    pub image: Image,
    /// The names that the file gives to label values.
    pub labels: BTreeMap<i64, String>,
    /// Where it came from.
    pub provenance: Provenance,
    /// How it was made, where the file says so in a way that can be relied on (DICOM).
    pub modality: Option<Modality>,
    /// Entries of the file that may identify the patient. Only their names are kept, never what they say.
    pub withheld: Vec<String>,
}

impl ImageFile {
    /// An image made in memory, in mm and LPS.
    pub fn in_memory(name: &str, image: Image) -> Self {
        let provenance = Provenance::in_memory(name);
        Self { image, labels: BTreeMap::new(), provenance, modality: None, withheld: Vec::new() }
    }

    /// The image in mm and LPS. `unit` and `frame` are what the user knows; without them the file's statement counts,
    /// and without that mm and LPS.
    pub fn in_lps_mm(self, unit: Option<LengthUnit>, frame: Option<Frame>) -> Image {
        let unit = unit.or(self.provenance.unit).unwrap_or(LengthUnit::Millimetre);
        let frame = frame.or(self.provenance.frame).unwrap_or(Frame::Lps);
        let grid = match unit {
            LengthUnit::Millimetre => self.image.grid,
            unit => self.image.grid.scaled(unit.in_mm()),
        };
        let grid = match frame {
            Frame::Lps => grid,
            Frame::Ras => grid.turned_about_z(),
        };
        Image { grid, ..self.image }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use approx::assert_relative_eq;

    /// Trilinear interpolation is exact for a function that is linear along each axis.
    #[test]
    fn sampling_is_exact_for_trilinear_fields() {
        let grid = Grid::aligned([4, 3, 5], Point3::new(-1.0, 2.0, 0.5), [0.5, 1.0, 2.0]).unwrap();
        let field = |p: &Point3<f64>| 1.0 + p.x - 2.0 * p.y + 0.5 * p.z + p.x * p.y * p.z;
        let values =
            (0..grid.count()).map(|index| field(&grid.position(grid.voxel(index).map(|n| n as f64)))).collect();
        let image = Image { grid, voxels: Voxels::F64(values), rescale: Rescale::NONE };
        for p in [Point3::new(-0.9, 2.3, 0.6), Point3::new(0.5, 4.0, 8.5), Point3::new(0.2, 3.9, 4.0)] {
            assert_relative_eq!(image.sample(&p).unwrap(), field(&p), epsilon = 1e-12);
        }
        assert_eq!(image.sample(&Point3::new(-1.3, 2.0, 0.5)), None);
        let rescaled = Image { rescale: Rescale { slope: 2.0, intercept: -1024.0 }, ..image };
        let p = Point3::new(0.2, 3.9, 4.0);
        assert_relative_eq!(rescaled.sample(&p).unwrap(), 2.0 * field(&p) - 1024.0, epsilon = 1e-10);
    }
}
