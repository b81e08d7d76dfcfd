//! Growing and shrinking by a ball.

use super::squared_distance;
use crate::{ImagingError, Mask};
use control::RunControl;

/// All voxels whose centre is at most `radius` (mm) from the centre of a voxel inside.
///
/// # Errors
/// Cancellation.
pub fn dilate(mask: &Mask, radius: f64, control: &RunControl) -> Result<Mask, ImagingError> {
    let limit = reach(radius);
    let inside = squared_distance(mask, control)?.into_iter().map(|square| square <= limit).collect();
    Ok(Mask { grid: mask.grid.clone(), inside })
}

/// All voxels whose centre is farther than `radius` (mm) from every centre outside. Beyond the border of the grid
/// nothing is known, so that it does not eat from there.
///
/// # Errors
/// Cancellation.
pub fn erode(mask: &Mask, radius: f64, control: &RunControl) -> Result<Mask, ImagingError> {
    let outside = Mask { grid: mask.grid.clone(), inside: mask.inside.iter().map(|&inside| !inside).collect() };
    let limit = reach(radius);
    let inside = squared_distance(&outside, control)?.into_iter().map(|square| square > limit).collect();
    Ok(Mask { grid: mask.grid.clone(), inside })
}

/// The square of the radius, a little more, so that rounding does not lose voxels at just that distance.
fn reach(radius: f64) -> f32 {
    (radius * radius * (1.0 + 1e-5)) as f32
}

/// Removes what is thinner than two radii (mm): shrinks, then grows.
///
/// # Errors
/// [`ImagingError::Radius`], [`ImagingError::Sheared`], cancellation.
pub fn open(mask: &Mask, radius: f64, control: &RunControl) -> Result<Mask, ImagingError> {
    check(mask, radius)?;
    dilate(&erode(mask, radius, control)?, radius, control)
}

/// Closes gaps narrower than two radii (mm): grows, then shrinks. The grid is widened meanwhile, so that nothing sticks
/// to its border.
///
/// # Errors
/// [`ImagingError::Radius`], [`ImagingError::Sheared`], cancellation.
pub fn close(mask: &Mask, radius: f64, control: &RunControl) -> Result<Mask, ImagingError> {
    check(mask, radius)?;
    let margin = mask.grid.spacing().map(|step| (radius / step).ceil() as usize + 1);
    let wide = mask.widened(margin)?;
    let closed = erode(&dilate(&wide, radius, control)?, radius, control)?;
    let end = [0, 1, 2].map(|axis| margin[axis] + mask.grid.dimensions[axis]);
    let closed = closed.cropped(margin, end)?;
    // The same grid to the last bit.
    Ok(Mask { grid: mask.grid.clone(), inside: closed.inside })
}

/// Refuses a radius that is none or larger than the image, and a grid on which a ball is none.
fn check(mask: &Mask, radius: f64) -> Result<(), ImagingError> {
    let grid = &mask.grid;
    let spacing = grid.spacing();
    let extent = [0, 1, 2].map(|axis| grid.dimensions[axis] as f64 * spacing[axis]).into_iter().fold(0.0, f64::max);
    if !(radius > 0.0 && radius <= extent) {
        return Err(ImagingError::Radius { radius, extent });
    }
    if grid.is_orthogonal() { Ok(()) } else { Err(ImagingError::Sheared) }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Grid;
    use nalgebra::Point3;

    fn mask(inside: impl Fn([usize; 3]) -> bool) -> Mask {
        let grid = Grid::aligned([20, 20, 10], Point3::origin(), [1.0, 1.0, 2.0]).unwrap();
        let inside = (0..grid.count()).map(|index| inside(grid.voxel(index))).collect();
        Mask { grid, inside }
    }

    #[test]
    fn a_ball_is_measured_in_millimetres_and_not_in_voxels() {
        let control = RunControl::silent();
        let point = mask(|voxel| voxel == [10, 10, 5]);
        let ball = dilate(&point, 4.0, &control).unwrap();
        assert!(ball.inside[ball.grid.index([14, 10, 5])] && !ball.inside[ball.grid.index([15, 10, 5])]);
        assert!(ball.inside[ball.grid.index([10, 10, 7])] && !ball.inside[ball.grid.index([10, 10, 8])]);
        assert_eq!(erode(&ball, 4.0, &control).unwrap(), point);
    }

    #[test]
    fn closing_leaves_the_border_of_the_image_alone() {
        let control = RunControl::silent();
        let near = mask(|[i, j, k]| i == 2 && j == 10 && k == 5);
        assert_eq!(close(&near, 5.0, &control).unwrap(), near);
        assert!(matches!(close(&near, -1.0, &control), Err(ImagingError::Radius { .. })));
        assert!(matches!(open(&near, 1e3, &control), Err(ImagingError::Radius { .. })));
    }

    #[test]
    fn opening_removes_the_thin_and_closing_bridges_the_narrow() {
        let control = RunControl::silent();
        let two =
            mask(|[i, j, k]| (2..=8).contains(&j) && (1..=6).contains(&k) && (i <= 8 || i >= 12) || (j, k) == (4, 4));
        let opened = open(&two, 2.0, &control).unwrap();
        assert!(!opened.inside[opened.grid.index([10, 4, 4])]);
        let closed = close(&opened, 3.0, &control).unwrap();
        assert!(closed.inside[closed.grid.index([10, 5, 4])]);
    }
}
