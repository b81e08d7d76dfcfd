//! A label map on the grid of another image.

use crate::{Grid, ImagingError, LabelMap};
use control::RunControl;
use nalgebra::Vector3;
use rayon::prelude::*;

/// How two grids lie to each other.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Fit {
    /// Voxel by voxel at the same place, to a hundredth of a voxel.
    Same,
    /// In the same region, with other voxels.
    Overlapping,
    /// Nothing in common.
    Apart,
}

/// Labels that were carried to another grid.
#[derive(Debug, Clone, PartialEq)]
pub struct Regridded {
    /// The labels on the new grid; every voxel has the label of the old voxel that its centre lies in.
    pub map: LabelMap,
    /// The largest distance (mm) between a labelled voxel's centre and that of the voxel its label comes from.
    pub shift: f64,
    /// Labelled voxels of the old grid whose centre is outside the new one.
    pub lost: usize,
}

impl Grid {
    /// How `other` lies to this grid.
    pub fn fit(&self, other: &Self) -> Fit {
        let corners = |grid: &Self| {
            let ends = grid.dimensions.map(|count| [-0.5, count as f64 - 0.5]);
            (0..8_usize).map(move |corner| [0, 1, 2].map(|axis| ends[axis][corner >> axis & 1]))
        };
        let voxel = self.spacing().into_iter().fold(f64::INFINITY, f64::min);
        let is_same = self.dimensions == other.dimensions
            && corners(self).all(|corner| (self.position(corner) - other.position(corner)).norm() < 0.01 * voxel);
        if is_same {
            return Fit::Same;
        }
        // Boxes that contain both, in this grid's own coordinates and in those of the other.
        let meets = |a: &Self, b: &Self| {
            let seen: Vec<[f64; 3]> = corners(b).map(|corner| a.coordinates(&b.position(corner))).collect();
            (0..3).all(|axis| {
                let values = || seen.iter().map(|point| point[axis]);
                let (low, high) = (values().fold(f64::INFINITY, f64::min), values().fold(f64::NEG_INFINITY, f64::max));
                high > -0.5 && low < a.dimensions[axis] as f64 - 0.5
            })
        };
        if meets(self, other) && meets(other, self) { Fit::Overlapping } else { Fit::Apart }
    }

    /// The voxel that the point at `coordinates` lies in.
    pub fn nearest(&self, coordinates: [f64; 3]) -> Option<[usize; 3]> {
        let inside = (0..3).all(|axis| (-0.5..self.dimensions[axis] as f64 - 0.5).contains(&coordinates[axis]));
        inside
            .then(|| [0, 1, 2].map(|axis| (coordinates[axis].round().max(0.0) as usize).min(self.dimensions[axis] - 1)))
    }
}

impl LabelMap {
    /// The labels on another grid by position; what is beyond this map is background.
    ///
    /// # Errors
    /// Cancellation.
    pub fn on_grid(&self, grid: &Grid, control: &RunControl) -> Result<Regridded, ImagingError> {
        let [ni, nj, nk] = grid.dimensions;
        let (mut labels, mut shift) = (Vec::with_capacity(grid.count()), 0.0_f64);
        for k in 0..nk {
            control.check()?;
            control.report(k as f64 / nk as f64);
            let slice: Vec<(u16, f64)> =
                (0..ni * nj).into_par_iter().map(|n| self.at(grid, [n % ni, n / ni, k])).collect();
            shift = slice.iter().fold(shift, |largest, &(_, moved)| largest.max(moved));
            labels.extend(slice.iter().map(|&(label, _)| label));
        }
        let is_lost = |&(index, &label): &(usize, &u16)| {
            label != 0
                && grid
                    .nearest(grid.coordinates(&self.grid.position(self.grid.voxel(index).map(|n| n as f64))))
                    .is_none()
        };
        let lost = self.labels.par_iter().enumerate().filter(is_lost).count();
        let map = Self { grid: grid.clone(), labels, names: self.names.clone() };
        Ok(Regridded { map, shift, lost })
    }

    /// The label at a voxel of another grid, and how far from its centre that of the label's own voxel is.
    fn at(&self, grid: &Grid, voxel: [usize; 3]) -> (u16, f64) {
        let coordinates = self.grid.coordinates(&grid.position(voxel.map(|n| n as f64)));
        let Some(nearest) = self.grid.nearest(coordinates) else { return (0, 0.0) };
        let label = self.labels.get(self.grid.index(nearest)).copied().unwrap_or(0);
        if label == 0 {
            return (0, 0.0);
        }
        let offset = Vector3::from([0, 1, 2].map(|axis| coordinates[axis] - nearest[axis] as f64));
        (label, (self.grid.axes * offset).norm())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use nalgebra::{Matrix3, Point3};

    fn map(grid: Grid) -> LabelMap {
        let labels = (0..grid.count()).map(|index| (index % 7) as u16).collect();
        LabelMap { labels, ..LabelMap::empty(grid) }
    }

    /// The same voxels counted from the opposite corner: no label moves.
    #[test]
    fn labels_stored_in_another_order_come_back_unmoved() {
        let grid = Grid::aligned([5, 4, 3], Point3::new(1.0, 2.0, 3.0), [0.5, 1.0, 2.0]).unwrap();
        let flip = Matrix3::from_diagonal(&Vector3::new(-0.5, -1.0, 2.0));
        let flipped = Grid::new([5, 4, 3], grid.position([4.0, 3.0, 0.0]), flip).unwrap();
        let stored = map(flipped.clone());
        assert_eq!(grid.fit(&flipped), Fit::Overlapping);
        let carried = stored.on_grid(&grid, &RunControl::silent()).unwrap();
        assert!(carried.shift < 1e-9 && carried.lost == 0, "{carried:?}");
        for index in 0..grid.count() {
            let [i, j, k] = grid.voxel(index);
            assert_eq!(carried.map.labels[index], stored.labels[flipped.index([4 - i, 3 - j, k])]);
        }
    }

    #[test]
    fn grids_that_differ_are_told_apart_and_what_is_cut_off_is_counted() {
        let grid = Grid::aligned([10, 10, 10], Point3::origin(), [1.0; 3]).unwrap();
        let moved = |by: f64| Grid::aligned([10, 10, 10], Point3::new(by, 0.0, 0.0), [1.0; 3]).unwrap();
        assert_eq!(grid.fit(&moved(0.005)), Fit::Same);
        assert_eq!(grid.fit(&moved(0.5)), Fit::Overlapping);
        assert_eq!(grid.fit(&moved(11.0)), Fit::Apart);
        let all = LabelMap { labels: vec![1; 1000], ..LabelMap::empty(moved(3.25)) };
        let carried = all.on_grid(&grid, &RunControl::silent()).unwrap();
        assert!((carried.shift - 0.25).abs() < 1e-12, "{}", carried.shift);
        assert_eq!(carried.lost, 300);
        assert_eq!(carried.map.counts()[&1], 700);
    }
}
