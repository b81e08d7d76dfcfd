//! Exact Euclidean distance on a grid.

use crate::{ImagingError, Mask};
use control::RunControl;
use rayon::prelude::*;

/// The squared distance (mm²) from the centre of every voxel to the nearest centre of a voxel inside the mask; infinite
/// when the mask is empty. O(voxels), axis after axis.
///
/// Source: Felzenszwalb and Huttenlocher, Theory of Computing 8:415 (2012), with the spacing of each axis. The axes of
/// the grid are taken to be perpendicular, which those of every scanner are.
///
/// # Errors
/// Cancellation.
pub fn squared_distance(mask: &Mask, control: &RunControl) -> Result<Vec<f32>, ImagingError> {
    let mut squares: Vec<f32> =
        mask.inside.par_iter().map(|&inside| if inside { 0.0 } else { f32::INFINITY }).collect();
    let dimensions = mask.grid.dimensions;
    let spacing = mask.grid.spacing();
    let [ni, nj, _] = dimensions;
    // Lines along i and j lie in one slice each; those along k are taken in rows of i.
    for slice in squares.chunks_mut(ni * nj) {
        control.check()?;
        slice.par_chunks_mut(ni).for_each_init(Parabolas::default, |work, line| {
            work.transform(ni, spacing[0], |i| line[i]);
            line.copy_from_slice(&work.result);
        });
        let columns: Vec<Vec<f32>> = (0..ni)
            .into_par_iter()
            .map_init(Parabolas::default, |work, i| {
                work.transform(nj, spacing[1], |j| slice[i + ni * j]);
                work.result.clone()
            })
            .collect();
        for (i, column) in columns.iter().enumerate() {
            for (j, &value) in column.iter().enumerate() {
                slice[i + ni * j] = value;
            }
        }
    }
    for j in 0..nj {
        control.check()?;
        let columns: Vec<Vec<f32>> = (0..ni)
            .into_par_iter()
            .map_init(Parabolas::default, |work, i| {
                work.transform(dimensions[2], spacing[2], |k| squares[i + ni * (j + nj * k)]);
                work.result.clone()
            })
            .collect();
        for k in 0..dimensions[2] {
            for (i, column) in columns.iter().enumerate() {
                squares[i + ni * (j + nj * k)] = column[k];
            }
        }
    }
    Ok(squares)
}

/// The lower envelope of the parabolas over one line.
#[derive(Debug, Default)]
struct Parabolas {
    /// Samples whose parabola is part of the envelope.
    vertices: Vec<usize>,
    /// Where each begins to be the lowest, in steps.
    starts: Vec<f64>,
    result: Vec<f32>,
}

impl Parabolas {
    fn transform(&mut self, count: usize, step: f64, value: impl Fn(usize) -> f32) {
        self.vertices.clear();
        self.starts.clear();
        let square = step * step;
        for q in (0..count).filter(|&q| value(q).is_finite()) {
            let height = f64::from(value(q)) + square * (q * q) as f64;
            let mut start = f64::NEG_INFINITY;
            while let Some(&v) = self.vertices.last() {
                let other = f64::from(value(v)) + square * (v * v) as f64;
                start = (height - other) / (2.0 * square * (q - v) as f64);
                if start > self.starts[self.starts.len() - 1] {
                    break;
                }
                self.vertices.pop();
                self.starts.pop();
                start = f64::NEG_INFINITY;
            }
            self.vertices.push(q);
            self.starts.push(start);
        }
        self.result.clear();
        if self.vertices.is_empty() {
            self.result.resize(count, f32::INFINITY);
            return;
        }
        let mut part = 0;
        for q in 0..count {
            while self.starts.get(part + 1).is_some_and(|&start| start < q as f64) {
                part += 1;
            }
            let v = self.vertices[part];
            let steps = q.abs_diff(v) as f64;
            self.result.push((f64::from(value(v)) + square * steps * steps) as f32);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Grid;
    use nalgebra::Point3;
    use proptest::prelude::*;

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(64))]
        #[test]
        fn every_distance_is_that_to_the_nearest_voxel(
            inside in proptest::collection::vec(proptest::bool::weighted(0.1), 4 * 5 * 6),
        ) {
            let grid = Grid::aligned([4, 5, 6], Point3::origin(), [0.7, 1.0, 2.5]).unwrap();
            let mask = Mask { grid: grid.clone(), inside };
            let squares = squared_distance(&mask, &RunControl::silent()).unwrap();
            let centre = |index: usize| grid.position(grid.voxel(index).map(|n| n as f64));
            for index in 0..grid.count() {
                let nearest = (0..grid.count())
                    .filter(|&other| mask.inside[other])
                    .map(|other| (centre(other) - centre(index)).norm_squared())
                    .fold(f64::INFINITY, f64::min);
                let found = f64::from(squares[index]);
                prop_assert!(found == nearest || (found - nearest).abs() < 1e-4, "{found} {nearest}");
            }
        }
    }
}
