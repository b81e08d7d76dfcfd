//! Connected parts of a mask.

use super::neighbours;
use crate::{ImagingError, Mask};
use control::{Cancelled, RunControl};

/// One connected part of a mask.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Component {
    /// Its voxels in the order they were reached; the first has the smallest place in memory.
    pub voxels: Vec<u32>,
}

/// The connected parts of a mask, the largest first, equal ones in memory order. O(voxels).
///
/// # Errors
/// Cancellation.
pub fn components(mask: &Mask, control: &RunControl) -> Result<Vec<Component>, ImagingError> {
    let mut left = mask.inside.clone();
    let mut parts = Vec::new();
    for seed in 0..left.len() {
        if seed.is_multiple_of(1 << 20) {
            control.check()?;
        }
        if left[seed] {
            parts.push(Component { voxels: flood(mask.grid.dimensions, &mut left, seed, control)? });
        }
    }
    parts.sort_by_key(|part| std::cmp::Reverse(part.voxels.len()));
    Ok(parts)
}

/// Takes the part around `seed` out of `left`.
fn flood(dimensions: [usize; 3], left: &mut [bool], seed: usize, control: &RunControl) -> Result<Vec<u32>, Cancelled> {
    left[seed] = false;
    let mut voxels = vec![seed as u32];
    let mut next = 0;
    while let Some(&voxel) = voxels.get(next) {
        next += 1;
        if next.is_multiple_of(1 << 20) {
            control.check()?;
        }
        for neighbour in neighbours(dimensions, voxel as usize) {
            if std::mem::take(&mut left[neighbour]) {
                voxels.push(neighbour as u32);
            }
        }
    }
    Ok(voxels)
}

/// Keeps only the largest part.
///
/// # Errors
/// [`ImagingError::EmptyMask`], cancellation.
pub fn keep_largest(mask: &mut Mask, control: &RunControl) -> Result<(), ImagingError> {
    let parts = components(mask, control)?;
    let largest = parts.first().ok_or(ImagingError::EmptyMask)?;
    mask.inside.fill(false);
    for &voxel in &largest.voxels {
        mask.inside[voxel as usize] = true;
    }
    Ok(())
}

/// Removes parts smaller than `volume` (mm³) and returns how many they were.
///
/// # Errors
/// Cancellation.
pub fn remove_islands(mask: &mut Mask, volume: f64, control: &RunControl) -> Result<usize, ImagingError> {
    let voxel = mask.grid.voxel_volume();
    let small: Vec<Component> =
        components(mask, control)?.into_iter().filter(|part| (part.voxels.len() as f64) * voxel < volume).collect();
    for &voxel in small.iter().flat_map(|part| &part.voxels) {
        mask.inside[voxel as usize] = false;
    }
    Ok(small.len())
}

/// Fills the cavities: parts of the outside that do not reach the border of the grid. Returns how many they were.
///
/// # Errors
/// Cancellation.
pub fn fill_cavities(mask: &mut Mask, control: &RunControl) -> Result<usize, ImagingError> {
    let outside = Mask { grid: mask.grid.clone(), inside: mask.inside.iter().map(|&inside| !inside).collect() };
    let dimensions = mask.grid.dimensions;
    let is_border = |index: usize| {
        let voxel = mask.grid.voxel(index);
        (0..3).any(|axis| voxel[axis] == 0 || voxel[axis] + 1 == dimensions[axis])
    };
    let parts = components(&outside, control)?;
    let cavities: Vec<Component> =
        parts.into_iter().filter(|part| !part.voxels.iter().any(|&voxel| is_border(voxel as usize))).collect();
    for &voxel in cavities.iter().flat_map(|part| &part.voxels) {
        mask.inside[voxel as usize] = true;
    }
    Ok(cavities.len())
}

/// The part of `mask` (for example a threshold) that is connected with any of the seeds, given in voxels.
///
/// # Errors
/// [`ImagingError::SeedOutside`] for a seed that lies outside the grid or the mask; cancellation.
pub fn region_grow(mask: &Mask, seeds: &[[usize; 3]], control: &RunControl) -> Result<Mask, ImagingError> {
    let mut left = mask.inside.clone();
    let mut grown = Mask { grid: mask.grid.clone(), inside: vec![false; mask.inside.len()] };
    for &seed in seeds {
        let is_in_grid = (0..3).all(|axis| seed[axis] < mask.grid.dimensions[axis]);
        let index = if is_in_grid { mask.grid.index(seed) } else { usize::MAX };
        if !mask.inside.get(index).copied().unwrap_or(false) {
            return Err(ImagingError::SeedOutside { seed, dimensions: mask.grid.dimensions });
        }
        if left[index] {
            for voxel in flood(mask.grid.dimensions, &mut left, index, control)? {
                grown.inside[voxel as usize] = true;
            }
        }
    }
    Ok(grown)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Grid;
    use nalgebra::Point3;

    fn mask(dimensions: [usize; 3], inside: impl Fn([usize; 3]) -> bool) -> Mask {
        let grid = Grid::aligned(dimensions, Point3::origin(), [1.0, 1.0, 2.0]).unwrap();
        let inside = (0..grid.count()).map(|index| inside(grid.voxel(index))).collect();
        Mask { grid, inside }
    }

    #[test]
    fn parts_are_found_by_faces_and_sorted_by_size() {
        // Two boxes that touch at an edge only, and a single voxel.
        let inside =
            |[i, j, k]: [usize; 3]| (i < 2 && j < 2) || (i >= 2 && j >= 2 && i < 5) && k < 2 || (i, j, k) == (7, 0, 0);
        let mut mask = mask([8, 5, 4], inside);
        let control = RunControl::silent();
        let sizes: Vec<usize> = components(&mask, &control).unwrap().iter().map(|part| part.voxels.len()).collect();
        assert_eq!(sizes, [18, 16, 1]);
        let grown = region_grow(&mask, &[[1, 1, 3]], &control).unwrap();
        assert_eq!(grown.count(), 16);
        assert!(matches!(region_grow(&mask, &[[7, 4, 3]], &control), Err(ImagingError::SeedOutside { .. })));
        assert!(matches!(region_grow(&mask, &[[8, 0, 0]], &control), Err(ImagingError::SeedOutside { .. })));
        assert_eq!(remove_islands(&mut mask, 33.0, &control).unwrap(), 2);
        assert_eq!(mask.count(), 18);
    }

    #[test]
    fn cavities_are_filled_and_bays_are_not() {
        let wall = |[i, j, k]: [usize; 3]| {
            [i, j, k].iter().any(|&n| n == 1 || n == 5) && [i, j, k].iter().all(|&n| (1..=5).contains(&n))
        };
        let mut closed = mask([7, 7, 7], wall);
        let mut open = mask([7, 7, 7], |voxel| wall(voxel) && voxel != [1, 3, 3]);
        let control = RunControl::silent();
        assert_eq!(fill_cavities(&mut closed, &control).unwrap(), 1);
        assert_eq!(closed.count(), 125);
        assert_eq!(fill_cavities(&mut open, &control).unwrap(), 0);
    }
}
