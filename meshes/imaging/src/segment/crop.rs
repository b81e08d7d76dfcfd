//! The part of an image inside a box.

use crate::{Image, ImagingError};
use nalgebra::Point3;
use serde::{Deserialize, Serialize};

/// Of a voxel a centre may lie so far beyond the box that rounding alone put it there.
const ROUNDING: f64 = 1e-6;

/// A box along the axes of LPS, mm.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct Crop {
    /// Smallest coordinates.
    pub low: [f64; 3],
    /// Largest coordinates.
    pub high: [f64; 3],
}

impl Crop {
    /// The voxels whose centres lie in the box; of a grid that is oblique to it the smallest block of voxels around those.
    ///
    /// # Errors
    /// [`ImagingError::CropOutside`] when there are none.
    pub fn apply(&self, image: &Image) -> Result<Image, ImagingError> {
        let corner = |k: usize| {
            let at = |axis: usize| if k >> axis & 1 == 1 { self.high[axis] } else { self.low[axis] };
            image.grid.coordinates(&Point3::new(at(0), at(1), at(2)))
        };
        let corners: Vec<[f64; 3]> = (0..8).map(corner).collect();
        let (mut first, mut end) = ([0; 3], [0; 3]);
        for axis in 0..3 {
            let all = || corners.iter().map(|corner| corner[axis]);
            let (low, high) = (all().fold(f64::INFINITY, f64::min), all().fold(f64::NEG_INFINITY, f64::max));
            first[axis] = (low - ROUNDING).ceil().max(0.0) as usize;
            end[axis] = ((high + ROUNDING).floor().max(-1.0) + 1.0).min(image.grid.dimensions[axis] as f64) as usize;
            if first[axis] >= end[axis] {
                let [low, high] = extent(image);
                return Err(ImagingError::CropOutside { low: self.low, high: self.high, from: low, to: high });
            }
        }
        let grid = image.grid.cropped(first, end)?;
        let places = (0..grid.count()).map(|index| {
            let voxel = grid.voxel(index);
            image.grid.index([0, 1, 2].map(|axis| first[axis] + voxel[axis]))
        });
        let voxels = image.voxels.pick(places);
        Ok(Image { grid, voxels, rescale: image.rescale })
    }
}

/// Smallest and largest coordinates of the voxels' centres, mm.
fn extent(image: &Image) -> [[f64; 3]; 2] {
    let dimensions = image.grid.dimensions;
    let corner = |k: usize| {
        let at = |axis: usize| if k >> axis & 1 == 1 { dimensions[axis] as f64 - 1.0 } else { 0.0 };
        image.grid.position([at(0), at(1), at(2)])
    };
    let mut ends = [[f64::INFINITY; 3], [f64::NEG_INFINITY; 3]];
    for point in (0..8).map(corner) {
        for axis in 0..3 {
            ends[0][axis] = ends[0][axis].min(point[axis]);
            ends[1][axis] = ends[1][axis].max(point[axis]);
        }
    }
    ends
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{Grid, Rescale, Voxels};
    use nalgebra::{Matrix3, Vector3};

    /// Axes posterior, inferior, right: what the file calls i runs along y of LPS.
    #[test]
    fn the_box_is_that_of_the_patient_whatever_the_axes_of_the_file() {
        let axes = Matrix3::from_columns(&[Vector3::y() * 2.0, -Vector3::z(), -Vector3::x()]);
        let grid = Grid::new([5, 6, 7], Point3::new(6.0, 0.0, 5.0), axes).unwrap();
        let voxels = Voxels::U16((0..grid.count() as u16).collect());
        let image = Image { grid, voxels, rescale: Rescale::NONE };
        let crop = Crop { low: [1.0, 2.0, 0.5], high: [3.0, 6.0, 4.4] };
        let part = crop.apply(&image).unwrap();
        assert_eq!(part.grid.dimensions, [3, 4, 3]);
        for index in 0..part.grid.count() {
            let place = part.grid.position(part.grid.voxel(index).map(|n| n as f64));
            assert!((0..3).all(|axis| (crop.low[axis]..=crop.high[axis]).contains(&place[axis])), "{place}");
            assert_eq!(image.sample(&place), Some(part.value(index)));
        }
        let beside = Crop { low: [20.0; 3], high: [30.0; 3] };
        let message = beside.apply(&image).unwrap_err().to_string();
        assert!(message.contains("[0.0, 0.0, 0.0]") && message.contains("[6.0, 8.0, 5.0]"), "{message}");
    }
}
