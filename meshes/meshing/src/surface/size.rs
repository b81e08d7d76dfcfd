//! The first guess of the element size.

use super::Input;
use control::{Cancelled, RunControl};

/// Thickness of a solid in mm: medians and minima by area along inward rays.
#[derive(Debug, Clone, Copy, Default, PartialEq)]
pub(super) struct Thickness {
    pub(super) median: f64,
    /// Thinner on one hundredth of the area.
    pub(super) thin: f64,
}

impl Thickness {
    pub(super) fn measure(input: &Input, control: &RunControl) -> Result<Self, Cancelled> {
        let percentiles = input.domain.bvh.thickness_percentiles(&[0.01, 0.5], control)?;
        // Volume over area stands in where no ray leaves the solid: half the thickness of a plate.
        let spare = 2.0 * input.volume / input.area;
        let at = |k: usize| percentiles.get(k).copied().flatten().filter(|t| *t > 0.0).unwrap_or(spare);
        Ok(Self { thin: at(0), median: at(1) })
    }
}

/// Tetrahedra at a size: twelve a cell in a band of four cells along the boundary, an eighth as many farther in.
/// Within a third of what meshing gives on bones and vessels.
pub(super) fn estimate(input: &Input, size: f64, graded: bool) -> f64 {
    let cells = input.volume / size.powi(3);
    let band = (4.0 * input.area / size.powi(2)).min(cells);
    12.0 * if graded { band + (cells - band) / 8.0 } else { cells }
}
