use crate::surface::{LOAD_DEGREE, area_and_centre, for_each_face_point};
use crate::{CaseSolution, LinearStatics, Place, SolidError};
use control::RunControl;
use mesh::{Point3, Region, Vector3};
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
    /// The mean motion of faces or nodes: displacement ∫u dA / A and rotation T⁻¹ ∫ r × u dA.
    pub fn mean_motion(
        &self,
        case: &CaseSolution,
        place: &Place,
        control: &RunControl,
    ) -> Result<RegionMotion, SolidError> {
        let mut samples: Vec<(Point3<f64>, Vector3<f64>, f64)> = Vec::new();
        if let Some(Region::Faces(faces)) = place.resolve(self.mesh, "a mean motion")? {
            for_each_face_point(self.mesh, faces, LOAD_DEGREE, control, |at| {
                let u = at.nodes.iter().zip(at.values).map(|(&node, n)| case.displacement[node as usize] * *n).sum();
                samples.push((at.position, u, at.area));
            })?;
        } else {
            let nodes = place.nodes(self.mesh, "a mean motion")?;
            samples.extend(nodes.iter().map(|&n| (self.mesh.nodes[n as usize], case.displacement[n as usize], 1.0)));
        }
        Ok(mean_motion(&samples))
    }

    /// Area (mm²) and centre (mm) of some faces.
    pub fn area_and_centre(&self, faces: &Place, control: &RunControl) -> Result<(f64, Point3<f64>), SolidError> {
        let (area, centre, _) = area_and_centre(self.mesh, &faces.faces(self.mesh, "an area")?, control)?;
        Ok((area, centre))
    }
}

fn mean_motion(samples: &[(Point3<f64>, Vector3<f64>, f64)]) -> RegionMotion {
    let weight: f64 = samples.iter().map(|s| s.2).sum();
    let centre = Point3::from(samples.iter().map(|s| s.0.coords * s.2).sum::<Vector3<f64>>() / weight);
    let displacement = samples.iter().map(|s| s.1 * s.2).sum::<Vector3<f64>>() / weight;
    let (mut inertia, mut turn) = (Matrix3::zeros(), Vector3::zeros());
    for (x, u, w) in samples {
        let r = x - centre;
        inertia += (Matrix3::from_diagonal_element(r.norm_squared()) - r * r.transpose()) * *w;
        turn += r.cross(u) * *w;
    }
    let eigen = inertia.symmetric_eigen();
    let limit = 1e-12 * eigen.eigenvalues.max();
    let mut rotation = Vector3::zeros();
    for k in (0..3).filter(|&k| eigen.eigenvalues[k] > limit) {
        let axis = eigen.eigenvectors.column(k).into_owned();
        rotation += axis * (axis.dot(&turn) / eigen.eigenvalues[k]);
    }
    RegionMotion { centre, displacement, rotation }
}
