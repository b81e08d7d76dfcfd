//! Numbers read from a flow.

use crate::open::for_each_face_point;
use crate::{Flow, FlowError};
use fem::ShapeTable;
use fem::quadrature::tetrahedron;
use mesh::shape::{gradients, jacobian, values};
use mesh::{ElementKind, Point3};
use nalgebra::Vector3;

/// Degree of the rule that integrates squares of errors.
const DEGREE: usize = 5;

impl Flow<'_> {
    /// ∫ u·n over a region of the boundary, out of the domain, mm³/s, of the velocity at the nodes. That of the projected velocity
    /// through open faces is in the report of the step.
    ///
    /// # Errors
    /// [`FlowError::UnknownRegion`].
    pub fn flux(&self, region: &str) -> Result<f64, FlowError> {
        let faces = self.space.faces(region).ok_or_else(|| FlowError::unknown_region(self.space, region))?;
        let mut flux = 0.0;
        for_each_face_point(self.space, faces, |nodes, values, normal| {
            let own = nodes.iter().zip(values);
            flux += own.map(|(&node, n)| n * self.velocity[0][node as usize].dot(&normal)).sum::<f64>();
        });
        Ok(flux)
    }

    /// L2 norms of the differences to a velocity and a pressure. Without an opening the level of the pressure is free and its
    /// mean difference is left out.
    pub fn error_norms(
        &self,
        velocity: impl Fn(&Point3<f64>) -> Vector3<f64>,
        pressure: impl Fn(&Point3<f64>) -> f64,
    ) -> [f64; 2] {
        let linear = ShapeTable::<4>::new(ElementKind::Tet4, &tetrahedron(DEGREE));
        let (mut square, mut sums) = (0.0, [0.0; 3]);
        let space = self.space;
        for (kind, nodes) in space.mesh.elements() {
            let points: Vec<Point3<f64>> = nodes.iter().map(|&node| space.mesh.nodes[node as usize]).collect();
            for point in &linear.points {
                let (own, gradients) = (values(kind, &point.xi), gradients(kind, &point.xi));
                let weight = point.weight * jacobian(&points, &gradients[..nodes.len()]).determinant();
                let at = points.iter().zip(own).fold(Vector3::zeros(), |sum, (x, n)| sum + x.coords * n).into();
                let found = nodes.iter().zip(own);
                let u = found.fold(Vector3::zeros(), |sum, (&node, n)| sum + self.velocity[0][node as usize] * n);
                square += weight * (u - velocity(&at)).norm_squared();
                let corners = nodes[..4].iter().map(|&node| space.pressure_of[node as usize]);
                let p: f64 = corners.zip(point.values).map(|(k, n)| n * self.pressure[k as usize]).sum();
                let difference = p - pressure(&at);
                sums = [sums[0] + weight, sums[1] + weight * difference, sums[2] + weight * difference * difference];
            }
        }
        let [volume, mean, squares] = sums;
        let mean = if self.open.is_empty() { mean * mean / volume } else { 0.0 };
        [square.sqrt(), (squares - mean).max(0.0).sqrt()]
    }
}
