use crate::TriangleBvh;
use nalgebra::Point3;

impl TriangleBvh {
    /// Signed distance from `p` to the surface in mm, negative inside; the surface must be oriented outwards.
    ///
    /// Magnitude by the closest point, sign by the winding number (inside when above ½). NaN for unusable `p`,
    /// +∞ for an empty tree.
    pub fn signed_distance(&self, p: &Point3<f64>) -> f64 {
        let Some((_, distance2)) = self.closest_slot(p, f64::INFINITY) else {
            return if crate::is_usable(p) { f64::INFINITY } else { f64::NAN };
        };
        let distance = distance2.sqrt();
        if self.is_inside(p) { -distance } else { distance }
    }
}
