use mesh::Point3;
use nalgebra::{Matrix4, Vector4};

/// A sphere fitted to points.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct SphereFit {
    /// Centre in mm.
    pub center: Point3<f64>,
    /// Radius in mm.
    pub radius: f64,
    /// Weighted root mean square of the radial distances |p − c| − r, in mm.
    pub residual: f64,
}

/// Weighted algebraic least-squares sphere: minimises Σ w (|p|² − 2 c·p − k)² with r² = k + |c|² (Kåsa 1976, in three
/// dimensions). Points are `(position, weight)`; `None` when they do not determine a sphere (fewer than four, coplanar).
/// Cost O(n).
pub fn fit_sphere(points: &[(Point3<f64>, f64)]) -> Option<SphereFit> {
    let origin = points.first()?.0;
    let mut normal_matrix = Matrix4::<f64>::zeros();
    let mut right_side = Vector4::<f64>::zeros();
    for &(point, weight) in points {
        let p = point - origin;
        let row = Vector4::new(2.0 * p.x, 2.0 * p.y, 2.0 * p.z, 1.0);
        normal_matrix += weight * row * row.transpose();
        right_side += weight * p.norm_squared() * row;
    }
    let solution = normal_matrix.full_piv_lu().solve(&right_side)?;
    let c = solution.xyz();
    let radius = (solution.w + c.norm_squared()).sqrt();
    let center = origin + c;
    let total: f64 = points.iter().map(|&(_, w)| w).sum();
    let squares: f64 = points.iter().map(|&(p, w)| w * ((p - center).norm() - radius).powi(2)).sum();
    let residual = (squares / total).sqrt();
    (radius.is_finite() && residual.is_finite()).then_some(SphereFit { center, radius, residual })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn points_of_a_cap_give_back_their_sphere() {
        let center = Point3::new(78.0, 29.0, -365.0);
        let points: Vec<_> = (0..200)
            .map(|k| {
                let (t, z) = (2.4 * f64::from(k), 1.0 - f64::from(k) / 250.0);
                let r = (1.0 - z * z).sqrt();
                (center + 25.5 * nalgebra::Vector3::new(r * t.cos(), r * t.sin(), z), 1.0 + f64::from(k % 3))
            })
            .collect();
        let fit = fit_sphere(&points).unwrap();
        assert!((fit.center - center).norm() < 1e-9, "{fit:?}");
        assert!((fit.radius - 25.5).abs() < 1e-9 && fit.residual < 1e-9, "{fit:?}");
    }

    #[test]
    fn coplanar_points_determine_no_sphere() {
        let points: Vec<_> = (0..9).map(|k| (Point3::new(f64::from(k % 3), f64::from(k / 3), 0.0), 1.0)).collect();
        assert_eq!(fit_sphere(&points), None);
    }
}
