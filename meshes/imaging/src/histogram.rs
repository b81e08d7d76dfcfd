use crate::{Image, ImagingError};
use control::RunControl;
use rayon::prelude::*;

/// How often values occur in an image: its range in equal bins.
#[derive(Debug, Clone, PartialEq)]
pub struct Histogram {
    /// Smallest and largest finite value.
    pub range: [f64; 2],
    /// Voxels in every bin, from the smallest values on. A value that is not finite is in none.
    pub counts: Vec<u64>,
}

impl Histogram {
    /// The histogram of all voxels; `None` when no value is finite.
    ///
    /// # Errors
    /// Cancellation.
    pub fn of(image: &Image, bins: usize, control: &RunControl) -> Result<Option<Self>, ImagingError> {
        const SLAB: usize = 1 << 22;
        let Some((low, high)) = image.range() else { return Ok(None) };
        let bins = bins.max(1);
        let per_value = if high > low { bins as f64 / (high - low) } else { 0.0 };
        let count_of = |range: std::ops::Range<usize>| {
            let mut counts = vec![0_u64; bins];
            for value in range.map(|index| image.value(index)).filter(|value| value.is_finite()) {
                counts[(((value - low) * per_value) as usize).min(bins - 1)] += 1;
            }
            counts
        };
        let mut counts = vec![0_u64; bins];
        let count = image.grid.count();
        for start in (0..count).step_by(SLAB) {
            control.check()?;
            let end = (start + SLAB).min(count);
            let step = (end - start).div_ceil(16).max(1);
            let parts: Vec<Vec<u64>> =
                (start..end).into_par_iter().step_by(step).map(|from| count_of(from..(from + step).min(end))).collect();
            for (sum, part) in
                counts.iter_mut().zip((0..bins).map(|bin| parts.iter().map(|part| part[bin]).sum::<u64>()))
            {
                *sum += part;
            }
        }
        Ok(Some(Self { range: [low, high], counts }))
    }

    /// The value below which `part` (0 to 1) of the voxels lie, to within a bin.
    pub fn quantile(&self, part: f64) -> f64 {
        let [low, high] = self.range;
        let wanted = part.clamp(0.0, 1.0) * self.counts.iter().sum::<u64>() as f64;
        let width = (high - low) / self.counts.len().max(1) as f64;
        let mut below = 0.0;
        for (bin, &count) in self.counts.iter().enumerate() {
            let here = count as f64;
            if here > 0.0 && below + here >= wanted {
                return low + (bin as f64 + ((wanted - below) / here).clamp(0.0, 1.0)) * width;
            }
            below += here;
        }
        high
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{Grid, Rescale, Voxels};
    use nalgebra::Point3;

    #[test]
    fn every_finite_voxel_is_counted_once_and_quantiles_are_where_they_should_be() {
        let grid = Grid::aligned([100, 10, 1], Point3::origin(), [1.0; 3]).unwrap();
        let values = (0..1000).map(|index| if index == 7 { f64::NAN } else { f64::from(index) }).collect();
        let image = Image { grid, voxels: Voxels::F64(values), rescale: Rescale { slope: 2.0, intercept: -10.0 } };
        let histogram = Histogram::of(&image, 64, &RunControl::silent()).unwrap().unwrap();
        assert_eq!(histogram.range, [-10.0, 1988.0]);
        assert_eq!(histogram.counts.iter().sum::<u64>(), 999);
        let bin = 1998.0 / 64.0;
        for part in [0.0, 0.01, 0.5, 0.99, 1.0] {
            assert!((histogram.quantile(part) - (-10.0 + 1998.0 * part)).abs() <= bin, "{part}");
        }
    }

    #[test]
    fn a_uniform_image_has_one_full_bin_and_nothing_finite_has_none() {
        let grid = Grid::aligned([4, 1, 1], Point3::origin(), [1.0; 3]).unwrap();
        let image =
            |value: f32| Image { grid: grid.clone(), voxels: Voxels::F32(vec![value; 4]), rescale: Rescale::NONE };
        let histogram = Histogram::of(&image(3.0), 8, &RunControl::silent()).unwrap().unwrap();
        assert_eq!(histogram.counts[0], 4);
        assert_eq!(histogram.quantile(0.5), 3.0);
        assert!(Histogram::of(&image(f32::NAN), 8, &RunControl::silent()).unwrap().is_none());
    }
}
