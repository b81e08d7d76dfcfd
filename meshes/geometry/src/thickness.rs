use crate::TriangleBvh;
use control::{Cancelled, RunControl};
use nalgebra::{Point3, Vector3};
use rayon::prelude::*;

impl TriangleBvh {
    /// Local thickness at triangle `triangle` in mm: the length of the inward normal ray from its centroid to where it
    /// first leaves the solid.
    ///
    /// `None` when the triangle is out of range, was skipped or has no area, or when the ray never leaves (open or
    /// inward-oriented surfaces).
    pub fn thickness(&self, triangle: u32) -> Option<f64> {
        let [a, b, c] = self.corners(triangle)?;
        let inward = -(b - a).cross(&(c - a)).try_normalize(0.0)?;
        let centroid = Point3::from((a.coords + b.coords + c.coords) / 3.0);
        self.thickness_from(&centroid, &inward, Some(triangle))
    }

    /// The length (mm) of the ray from `point` along `inward` (any length) to where it first leaves the solid, that is,
    /// meets a triangle from behind. `ignored` is the triangle that `point` lies on, if any.
    pub fn thickness_from(&self, point: &Point3<f64>, inward: &Vector3<f64>, ignored: Option<u32>) -> Option<f64> {
        let direction = inward.try_normalize(0.0)?;
        let leaves = |hit: &crate::RayHit| !hit.entering && Some(hit.triangle) != ignored;
        Some(self.ray_filtered(point, &direction, 0.0..=f64::INFINITY, leaves)?.parameter)
    }

    /// [`TriangleBvh::thickness`] of every triangle of the input, in their order.
    ///
    /// # Errors
    /// [`Cancelled`] when the control asks to stop.
    pub fn thicknesses(&self, control: &RunControl) -> Result<Vec<Option<f64>>, Cancelled> {
        let thickness = |triangle: u32| {
            if triangle.is_multiple_of(256) {
                control.check()?;
            }
            Ok(self.thickness(triangle))
        };
        (0..self.slots.len() as u32).into_par_iter().map(thickness).collect()
    }

    /// Thickness (mm) below which the given fractions (0 to 1) of the area lie, counted over the triangles that have
    /// one; `None` entries when no triangle has.
    ///
    /// # Errors
    /// [`Cancelled`] when the control asks to stop.
    pub fn thickness_percentiles(
        &self,
        fractions: &[f64],
        control: &RunControl,
    ) -> Result<Vec<Option<f64>>, Cancelled> {
        let thicknesses = self.thicknesses(control)?;
        let area = |t: u32| self.corners(t).map_or(0.0, |[a, b, c]| 0.5 * (b - a).cross(&(c - a)).norm());
        let mut samples: Vec<(f64, f64)> =
            (0u32..).zip(&thicknesses).filter_map(|(t, thickness)| Some(((*thickness)?, area(t)))).collect();
        samples.sort_by(|a, b| a.0.total_cmp(&b.0));
        let total: f64 = samples.iter().map(|sample| sample.1).sum();
        let percentile = |fraction: f64| {
            let mut below = 0.0;
            let reached = samples.iter().find(|sample| {
                below += sample.1;
                below >= fraction * total
            });
            reached.or(samples.last()).map(|sample| sample.0)
        };
        Ok(fractions.iter().map(|&fraction| percentile(fraction)).collect())
    }
}
