use crate::ImagingError;
use nalgebra::{Matrix3, Point3, Vector3};

/// A regular grid of voxels in the patient frame.
///
/// Voxel (i, j, k) has its centre at `origin + axes (i, j, k)`; i runs fastest in memory.
#[derive(Debug, Clone, PartialEq)]
pub struct Grid {
    /// Voxels along i, j, k; none is zero.
    pub dimensions: [usize; 3],
    /// Centre of voxel (0, 0, 0), mm.
    pub origin: Point3<f64>,
    /// Columns: the step to the next voxel along i, j, k, mm. Invertible.
    pub axes: Matrix3<f64>,
}

impl Grid {
    /// The largest number of voxels that is read: 2³¹, a label map of 2 GiB.
    pub const MOST_VOXELS: usize = 1 << 31;

    /// A grid after checking that it has voxels, not too many, and that its axes span space.
    ///
    /// # Errors
    /// [`ImagingError::Grid`].
    pub fn new(dimensions: [usize; 3], origin: Point3<f64>, axes: Matrix3<f64>) -> Result<Self, ImagingError> {
        let count = dimensions.iter().try_fold(1_usize, |product, &n| product.checked_mul(n));
        let refuse = |what: String| Err(ImagingError::Grid { what });
        let [ni, nj, nk] = dimensions;
        match count {
            Some(0) => return refuse(format!("{ni} x {nj} x {nk} voxels are none")),
            Some(count) if count <= Self::MOST_VOXELS => {}
            _ => return refuse(format!("{ni} x {nj} x {nk} voxels are more than {}", Self::MOST_VOXELS)),
        }
        if !origin.iter().chain(axes.iter()).all(|value| value.is_finite()) {
            return refuse("its position, spacing or direction is not finite".to_owned());
        }
        let lengths = [0, 1, 2].map(|axis| axes.column(axis).norm());
        let volume = axes.determinant().abs();
        // Axes closer together than 6 degrees are a damaged header, not an oblique scan.
        if lengths.iter().any(|&length| !(1e-6..=1e6).contains(&length))
            || volume < 0.1 * lengths.iter().product::<f64>()
        {
            return refuse(format!("its steps of {lengths:?} mm do not span space"));
        }
        Ok(Self { dimensions, origin, axes })
    }

    /// A grid along the axes of the frame.
    ///
    /// # Errors
    /// [`ImagingError::Grid`].
    pub fn aligned(dimensions: [usize; 3], origin: Point3<f64>, spacing: [f64; 3]) -> Result<Self, ImagingError> {
        Self::new(dimensions, origin, Matrix3::from_diagonal(&Vector3::from(spacing)))
    }

    /// Number of voxels.
    pub fn count(&self) -> usize {
        self.dimensions.iter().product()
    }

    /// Lengths of the steps along i, j, k, mm.
    pub fn spacing(&self) -> [f64; 3] {
        [0, 1, 2].map(|axis| self.axes.column(axis).norm())
    }

    /// Unit vectors of the steps along i, j, k, as columns.
    pub fn direction(&self) -> Matrix3<f64> {
        let mut direction = self.axes;
        for mut column in direction.column_iter_mut() {
            column.normalize_mut();
        }
        direction
    }

    /// Whether the axes are perpendicular, which those of a gantry that was tilted are not.
    pub fn is_orthogonal(&self) -> bool {
        let direction = self.direction();
        let cosine = |a: usize, b: usize| direction.column(a).dot(&direction.column(b)).abs();
        cosine(0, 1).max(cosine(1, 2)).max(cosine(2, 0)) < 1e-3
    }

    /// Volume of one voxel, mm³.
    pub fn voxel_volume(&self) -> f64 {
        self.axes.determinant().abs()
    }

    /// Where voxel (i, j, k) is in memory.
    pub fn index(&self, [i, j, k]: [usize; 3]) -> usize {
        i + self.dimensions[0] * (j + self.dimensions[1] * k)
    }

    /// The voxel that is in memory at `index`.
    pub fn voxel(&self, index: usize) -> [usize; 3] {
        let [ni, nj, _] = self.dimensions;
        [index % ni, index / ni % nj, index / (ni * nj)]
    }

    /// The point at voxel coordinates `ijk` (whole numbers at the centres of voxels), mm.
    pub fn position(&self, ijk: [f64; 3]) -> Point3<f64> {
        self.origin + self.axes * Vector3::from(ijk)
    }

    /// The voxel coordinates of a point; outside the grid they are below -0.5 or above the count less 0.5.
    pub fn coordinates(&self, point: &Point3<f64>) -> [f64; 3] {
        let inverse = self.axes.try_inverse().unwrap_or_else(Matrix3::zeros);
        (inverse * (point - self.origin)).into()
    }

    /// The same grid of which only the voxels from `first` to before `end` are left.
    ///
    /// # Errors
    /// [`ImagingError::Grid`] when the box is empty or leaves the grid.
    pub fn cropped(&self, first: [usize; 3], end: [usize; 3]) -> Result<Self, ImagingError> {
        let fits = (0..3).all(|axis| first[axis] < end[axis] && end[axis] <= self.dimensions[axis]);
        if !fits {
            let what = format!("the box from {first:?} to {end:?} is not inside its voxels {:?}", self.dimensions);
            return Err(ImagingError::Grid { what });
        }
        let origin = self.position(first.map(|n| n as f64));
        Self::new([0, 1, 2].map(|axis| end[axis] - first[axis]), origin, self.axes)
    }

    /// The grid in a frame turned by 180° about z: RAS becomes LPS and the reverse.
    pub fn turned_about_z(&self) -> Self {
        let turn = Matrix3::from_diagonal(&Vector3::new(-1.0, -1.0, 1.0));
        Self { dimensions: self.dimensions, origin: Point3::from(turn * self.origin.coords), axes: turn * self.axes }
    }

    /// The grid with other steps along the same directions, for files that do not record them.
    ///
    /// # Errors
    /// [`ImagingError::Grid`] for steps that are no lengths.
    pub fn with_spacing(&self, spacing: [f64; 3]) -> Result<Self, ImagingError> {
        if !spacing.iter().all(|&step| step > 0.0) {
            return Err(ImagingError::Grid { what: format!("its steps of {spacing:?} mm are no lengths") });
        }
        let axes = self.direction() * Matrix3::from_diagonal(&Vector3::from(spacing));
        Self::new(self.dimensions, self.origin, axes)
    }

    /// The grid with every length multiplied by `factor`.
    pub fn scaled(&self, factor: f64) -> Self {
        Self { dimensions: self.dimensions, origin: self.origin * factor, axes: self.axes * factor }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use approx::assert_relative_eq;

    #[test]
    fn voxels_and_points_map_into_each_other() {
        let axes = Matrix3::new(0.0, 0.5, 0.0, -0.5, 0.0, 0.1, 0.0, 0.0, 2.0);
        let grid = Grid::new([4, 5, 6], Point3::new(1.0, 2.0, 3.0), axes).unwrap();
        assert_relative_eq!(grid.spacing()[0], 0.5);
        for index in [0, 17, 119] {
            let voxel = grid.voxel(index);
            assert_eq!(grid.index(voxel), index);
            let back = grid.coordinates(&grid.position(voxel.map(|n| n as f64)));
            for axis in 0..3 {
                assert_relative_eq!(back[axis], voxel[axis] as f64, epsilon = 1e-12);
            }
        }
        let cropped = grid.cropped([1, 2, 3], [3, 4, 6]).unwrap();
        assert_relative_eq!(cropped.position([0.0; 3]), grid.position([1.0, 2.0, 3.0]));
        assert_relative_eq!(grid.turned_about_z().turned_about_z().axes, grid.axes);
    }

    #[test]
    fn grids_that_cannot_be_are_refused() {
        let unit = [1.0; 3];
        for (dimensions, spacing) in [
            ([0, 1, 1], unit),
            ([usize::MAX, 2, 2], unit),
            ([1 << 11, 1 << 11, 1 << 11], unit),
            ([2, 2, 2], [1.0, 0.0, 1.0]),
            ([2, 2, 2], [1.0, f64::NAN, 1.0]),
        ] {
            assert!(Grid::aligned(dimensions, Point3::origin(), spacing).is_err(), "{dimensions:?} {spacing:?}");
        }
        let flat = Matrix3::new(1.0, 1.0, 0.0, 0.0, 0.01, 0.0, 0.0, 0.0, 1.0);
        assert!(Grid::new([2, 2, 2], Point3::origin(), flat).is_err());
    }
}
