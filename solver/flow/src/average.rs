//! Means over parts of the boundary.

use crate::open::for_each_face_point;
use crate::{Flow, FlowError};

impl Flow<'_> {
    /// Mean of the pressure over a region of the boundary, MPa: ∫ p dA/∫ dA. At an opening it is near the pressure of the model
    /// behind it ([`crate::OpenReport`]), which is the one to report there.
    ///
    /// # Errors
    /// [`FlowError::UnknownRegion`].
    pub fn mean_pressure(&self, region: &str) -> Result<f64, FlowError> {
        let faces = self.space.known_faces(region)?;
        let corners = 3;
        let (mut force, mut area) = (0.0, 0.0);
        for_each_face_point(self.space, faces, |nodes, values, normal| {
            // The pressure is linear: with the corners' barycentric coordinates, which middle nodes share between their ends.
            let at = |corner: usize| {
                let ends = [(corner, 1.0), (corners + corner, 0.5), (corners + (corner + 2) % corners, 0.5)];
                ends.iter().filter_map(|&(k, part)| Some(part * values.get(k)?)).sum::<f64>()
            };
            let pressure = |k: usize| self.pressure[self.space.pressure_of[nodes[k] as usize] as usize];
            force += normal.norm() * (0..corners).map(|k| at(k) * pressure(k)).sum::<f64>();
            area += normal.norm();
        });
        Ok(if area > 0.0 { force / area } else { 0.0 })
    }
}

#[cfg(test)]
mod tests {
    use crate::{Condition, Conditions, Flow, FlowOptions, FlowSpace, Fluid, Outlet};
    use control::RunControl;
    use mesh::{ElementKind, Point3};
    use meshing::mapped_block;
    use nalgebra::Vector3;

    /// The mean of p = 2 + x + 3 y over the unit square z = 0 is 4.
    #[test]
    fn a_linear_pressure_has_that_of_the_middle() {
        for kind in [ElementKind::Tet10, ElementKind::Tet4] {
            let mesh = mapped_block(kind, [2, 3, 2], |[x, y, z]| Point3::new(x, y, z)).unwrap();
            let control = RunControl::silent();
            let space = FlowSpace::new(&mesh, &control).unwrap();
            let mut conditions: Conditions =
                ["x_min", "x_max", "y_min", "y_max", "z_min"].map(|side| (side.to_owned(), Condition::Wall)).into();
            conditions.insert("z_max".to_owned(), Condition::Open(Outlet::pressure(4.0)));
            let fluid = Fluid { density: 1.0, viscosity: 1.0 };
            let options = FlowOptions { speed: 1.0, ..FlowOptions::default() };
            let mut flow = Flow::new(&space, fluid, &conditions, options, &control).unwrap();
            flow.start(0.0, |_| Vector3::zeros(), |p| 2.0 + p.x + 3.0 * p.y, &control).unwrap();
            assert!((flow.mean_pressure("z_min").unwrap() - 4.0).abs() < 1e-12);
            assert!((space.area("z_min").unwrap() - 1.0).abs() < 1e-14);
            assert!(flow.mean_pressure("lid").unwrap_err().to_string().contains("z_max"));
        }
    }
}
