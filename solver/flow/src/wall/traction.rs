//! The traction on a wall from the forces of the fluid on its nodes.

use super::{Wall, along};
use crate::{Flow, FlowError};
use control::RunControl;
use linalg::nodal::{AllFree, InverseDiagonal, Until, conjugate_gradients};
use nalgebra::Vector3;

/// Residual of the traction over its forces.
const ACCURACY: f64 = 1e-12;
const MOST_ITERATIONS: usize = 500;

impl Wall<'_> {
    /// The shear stress by the forces on the nodes.
    ///
    /// The traction is linear on the faces also where they are quadratic, with half of the force of a middle node on each end of
    /// its edge: the forces of corners and middles are too large and too small in turn, which a quadratic traction shows and a
    /// linear one averages. Measured in a round pipe it is 6, 11 and 16 times nearer to the exact shear (8, 16, 32 elements around),
    /// with order 2.5 instead of 1.9.
    pub(super) fn by_forces(&self, flow: &Flow<'_>, control: &RunControl) -> Result<Vec<Vector3<f64>>, FlowError> {
        let mut forces = self.pressure_forces(flow);
        // Both are by the nodes of the same faces, ascending.
        for (sum, (_, force)) in forces.iter_mut().zip(flow.forces_on(&self.patch.faces, control)?) {
            *sum = force - *sum;
        }
        for &[middle, a, b] in &self.middles {
            let half = std::mem::take(&mut forces[middle as usize]) * 0.5;
            forces[a as usize] += half;
            forces[b as usize] += half;
        }
        let size = forces.iter().map(Vector3::norm_squared).sum::<f64>().sqrt();
        let until = Until { residual: ACCURACY * size, iterations: MOST_ITERATIONS };
        let mut traction = vec![Vector3::zeros(); forces.len()];
        let inverse = InverseDiagonal::new(&self.corner_mass);
        conjugate_gradients(&self.corner_mass, &inverse, forces, &mut traction, &AllFree, until, control)
            .map_err(FlowError::linear("the traction on the wall", flow.time()))?;
        for &[middle, a, b] in &self.middles {
            traction[middle as usize] = (traction[a as usize] + traction[b as usize]) * 0.5;
        }
        Ok(traction.into_iter().zip(&self.normals).map(|(t, n)| along(t, n)).collect())
    }

    /// ∫ p N_a n, N.
    fn pressure_forces(&self, flow: &Flow<'_>) -> Vec<Vector3<f64>> {
        let rule = self.patch.rule();
        self.patch.assemble(|face, part| {
            let p = [0, 1, 2].map(|k| {
                let node = self.patch.nodes[self.patch.face(face)[k] as usize];
                flow.pressure()[self.space.pressure_of[node as usize] as usize]
            });
            self.patch.for_each_point(face, &rule, |point| {
                let [xi, eta, _] = point.xi;
                let force = point.normal * (p[0] * (1.0 - xi - eta) + p[1] * xi + p[2] * eta);
                part.iter_mut().zip(point.values).for_each(|(sum, value)| *sum += force * *value);
            });
        })
    }
}
