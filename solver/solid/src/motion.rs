use crate::{CaseSolution, LinearStatics, SolidError, Spread};
use control::RunControl;
use mesh::{Point3, Vector3};
use nalgebra::Matrix3;

/// The mean rigid motion of a region: the motion that does work with a force and moment spread by
/// [`crate::LoadCase::force_and_moment`].
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct RegionMotion {
    /// Centre of the region, mm.
    pub centre: Point3<f64>,
    /// Displacement of the centre, mm: the mean over the area (faces) or the nodes.
    pub displacement: Vector3<f64>,
    /// Small rotation vector, rad; zero about axes around which the region has no extent.
    pub rotation: Vector3<f64>,
}

impl RegionMotion {
    /// Displacement of a point that moves with the region, mm.
    pub fn at(&self, point: &Point3<f64>) -> Vector3<f64> {
        self.displacement + self.rotation.cross(&(point - self.centre))
    }
}

impl LinearStatics<'_> {
    /// The mean motion of faces or nodes: displacement ∫ w u dA / ∫ w dA and rotation T⁻¹ ∫ w r × u dA with the weight w of
    /// the spread.
    pub fn mean_motion(
        &self,
        case: &CaseSolution,
        spread: &Spread,
        control: &RunControl,
    ) -> Result<RegionMotion, SolidError> {
        let (share, centre) = spread.share_and_centre(self.mesh, "a mean motion", control)?;
        let mut samples: Vec<(Vector3<f64>, Vector3<f64>, f64)> = Vec::new();
        spread.for_each(self.mesh, "a mean motion", control, |at| {
            let u = at.nodes.iter().zip(at.values).map(|(&node, n)| case.displacement[node as usize] * *n).sum();
            samples.push((at.position - centre, u, at.share));
        })?;
        let displacement = samples.iter().map(|(_, u, w)| u * *w).sum::<Vector3<f64>>() / share;
        Ok(RegionMotion { centre, displacement, rotation: mean_rotation(&samples) })
    }
}

/// The rotation of arms r with displacements u and weights w: T⁻¹ Σ w r × u, T = Σ w (|r|² I - r rᵀ).
fn mean_rotation(samples: &[(Vector3<f64>, Vector3<f64>, f64)]) -> Vector3<f64> {
    let (mut inertia, mut turn) = (Matrix3::zeros(), Vector3::zeros());
    for (r, u, w) in samples {
        inertia += (Matrix3::from_diagonal_element(r.norm_squared()) - r * r.transpose()) * *w;
        turn += r.cross(u) * *w;
    }
    let eigen = inertia.symmetric_eigen();
    let limit = 1e-12 * eigen.eigenvalues.max();
    let axes = (0..3).filter(|&k| eigen.eigenvalues[k] > limit);
    axes.map(|k| eigen.eigenvectors.column(k) * (eigen.eigenvectors.column(k).dot(&turn) / eigen.eigenvalues[k])).sum()
}
