use crate::MeshingError;
use serde::{Deserialize, Serialize};

/// Total thickness over the element size when no first height is given ...
const USUAL: f64 = 0.5;
/// ... and at most: beyond it the elements next to the layers are squeezed out of shape.
const MOST: f64 = 0.8;
/// Layers at least, so that the velocity's profile at the wall has a curvature, and at most.
const COUNTS: std::ops::RangeInclusive<usize> = 3..=20;

/// Layers of flat elements along the wall.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct LayerOptions {
    /// Layers: 3 to 20.
    pub count: usize,
    /// Height of the layer at the wall in mm; `None` makes all layers together half an element thick.
    pub first_height: Option<f64>,
    /// Height of a layer over that of the one nearer to the wall: 1.2 to 2.
    pub growth: f64,
}

impl Default for LayerOptions {
    fn default() -> Self {
        Self { count: 3, first_height: None, growth: 1.3 }
    }
}

impl LayerOptions {
    pub(super) fn validate(&self) -> Result<(), MeshingError> {
        let refuse = |option, value, needed| Err(MeshingError::BadOption { option, value, needed });
        if !COUNTS.contains(&self.count) {
            return refuse("layers", self.count as f64, "3 to 20");
        }
        if !(1.2..=2.0).contains(&self.growth) {
            return refuse("growth", self.growth, "1.2 to 2");
        }
        match self.first_height {
            Some(height) if !(height > 0.0 && height.is_finite()) => {
                refuse("first_height", height, "a positive length in mm")
            }
            _ => Ok(()),
        }
    }

    /// All layers together over the first one: 1 + g + ... + gⁿ⁻¹.
    fn ratio(&self) -> f64 {
        (0..self.count).map(|k| self.growth.powi(k as i32)).sum()
    }

    /// The total thickness that is asked for, in mm, if it does not hang on the size.
    pub(super) fn total(&self) -> Option<f64> {
        self.first_height.map(|first| first * self.ratio())
    }

    /// The least size whose elements leave room for the layers asked for.
    pub(super) fn least_size(&self) -> f64 {
        self.total().unwrap_or(0.0) / MOST
    }

    pub(super) fn heights(&self, size: f64) -> Result<Heights, MeshingError> {
        let total = self.total().unwrap_or(USUAL * size);
        // A size computed from the total must pass in spite of rounding.
        if total > MOST * size * (1.0 + 1e-9) {
            return Err(self.too_thick(size));
        }
        let first = total / self.ratio();
        let mut fractions = vec![0.0];
        for k in 0..self.count {
            fractions.push(fractions[k] + self.growth.powi(k as i32) / self.ratio());
        }
        fractions[self.count] = 1.0;
        Ok(Heights { total, first, fractions })
    }

    pub(super) fn too_thick(&self, size_mm: f64) -> MeshingError {
        let largest_mm = MOST * size_mm;
        let total_mm = self.total().unwrap_or(USUAL * size_mm);
        MeshingError::LayersTooThick { total_mm, size_mm, largest_mm, first_mm: largest_mm / self.ratio() }
    }
}

/// Where the layers lie, away from places where they are thinned.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Heights {
    /// All layers together in mm.
    pub(super) total: f64,
    /// The layer at the wall in mm.
    pub(super) first: f64,
    /// Distance from the wall of the surfaces between layers over the total: from 0 to 1.
    pub(super) fractions: Vec<f64>,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn heights_grow_by_the_ratio_and_fill_the_total() {
        let options = LayerOptions { count: 4, first_height: Some(0.1), growth: 1.5 };
        let heights = options.heights(2.0).unwrap();
        assert!(
            (heights.total - 0.1 * (1.0 + 1.5 + 2.25 + 3.375)).abs() < 1e-14 && (heights.first - 0.1).abs() < 1e-15
        );
        let steps: Vec<f64> = heights.fractions.windows(2).map(|pair| pair[1] - pair[0]).collect();
        assert!(steps.windows(2).all(|pair| (pair[1] / pair[0] - 1.5).abs() < 1e-12));
        assert!((heights.fractions[4] - 1.0).abs() < 1e-14);
        let usual = LayerOptions::default().heights(2.0).unwrap();
        assert!((usual.total - 1.0).abs() < 1e-15 && (usual.first * (1.0 + 1.3 + 1.69) - 1.0).abs() < 1e-14);
    }

    #[test]
    fn layers_that_do_not_fit_are_refused_with_the_largest_that_do() {
        let options = LayerOptions { first_height: Some(0.5), ..LayerOptions::default() };
        let MeshingError::LayersTooThick { largest_mm, first_mm, .. } = options.heights(1.0).unwrap_err() else {
            panic!()
        };
        assert!((largest_mm - 0.8).abs() < 1e-15);
        let fits = LayerOptions { first_height: Some(first_mm), ..options };
        assert!(fits.heights(1.0).is_ok());
        for bad in [
            LayerOptions { count: 2, ..options },
            LayerOptions { growth: 1.1, ..options },
            LayerOptions { growth: f64::NAN, ..options },
            LayerOptions { first_height: Some(-1.0), ..options },
        ] {
            assert!(matches!(bad.validate(), Err(MeshingError::BadOption { .. })), "{bad:?}");
        }
    }
}
