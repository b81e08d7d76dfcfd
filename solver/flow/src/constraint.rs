//! Velocities held at nodes.

use crate::{Condition, Conditions, FlowError, FlowSpace, VelocityField};
use linalg::nodal::{Lanes, NodeProjection};
use nalgebra::{Matrix3, Vector3};
use std::collections::BTreeMap;

/// Cosine of the largest angle (2°) between the normals of a slip region.
const PLANAR: f64 = 0.999_39;

/// What is held at the nodes.
pub(crate) struct Held {
    /// At each node: 0 nothing, 1 everything, k + 2 all but what projection k leaves.
    kinds: Vec<u32>,
    projections: Vec<Matrix3<f64>>,
    /// Nodes with a given velocity, in ascending order.
    given: Vec<(u32, Given)>,
}

#[derive(Clone)]
enum Given {
    Zero,
    Field(VelocityField),
}

impl Held {
    /// Collects the conditions on the velocity.
    ///
    /// # Errors
    /// [`FlowError::NotPlanar`].
    pub(crate) fn new(space: &FlowSpace, conditions: &Conditions) -> Result<Self, FlowError> {
        let mut normals: BTreeMap<u32, Vec<Vector3<f64>>> = BTreeMap::new();
        let mut given: BTreeMap<u32, Given> = BTreeMap::new();
        for (region, condition) in conditions {
            let faces = space.faces(region).unwrap_or_default();
            let nodes = || faces.iter().flat_map(|&face| space.face_nodes(face));
            match condition {
                Condition::Wall => given.extend(nodes().map(|node| (node, Given::Zero))),
                Condition::Velocity(field) => {
                    for node in nodes() {
                        given.entry(node).or_insert_with(|| Given::Field(field.clone()));
                    }
                }
                Condition::Slip => {
                    let normal = plane_normal(space, region)?;
                    for node in nodes() {
                        let own = normals.entry(node).or_default();
                        if own.iter().all(|other| other.dot(&normal).abs() < PLANAR) {
                            own.push(normal);
                        }
                    }
                }
                Condition::Open(_) => {}
            }
        }
        let mut held = Self { kinds: vec![0; space.nodes()], projections: Vec::new(), given: Vec::new() };
        for (node, normals) in normals {
            held.kinds[node as usize] = held.kind(left_free(&normals));
        }
        for (node, given) in given {
            held.kinds[node as usize] = 1;
            held.given.push((node, given));
        }
        Ok(held)
    }

    /// The number of a projection, kept once.
    fn kind(&mut self, projection: Matrix3<f64>) -> u32 {
        let known = self.projections.iter().position(|other| (other - projection).norm() < 1e-9);
        let number = known.unwrap_or_else(|| {
            self.projections.push(projection);
            self.projections.len() - 1
        });
        number as u32 + 2
    }

    /// Puts the given velocities at `time` into a velocity, and removes what slip holds.
    pub(crate) fn impose(&self, space: &FlowSpace, time: f64, velocity: &mut [Vector3<f64>]) {
        for (node, value) in velocity.iter_mut().enumerate() {
            if self.kinds[node] > 1 {
                self.project(node, value);
            }
        }
        for (node, given) in &self.given {
            velocity[*node as usize] = match given {
                Given::Zero => Vector3::zeros(),
                Given::Field(field) => field(&space.mesh.nodes[*node as usize], time),
            };
        }
    }

    /// Does the same to a velocity with the given velocities of another.
    pub(crate) fn impose_as(&self, other: &[Vector3<f64>], velocity: &mut [Vector3<f64>]) {
        for ((node, value), other) in velocity.iter_mut().enumerate().zip(other) {
            match self.kinds[node] {
                0 => {}
                1 => *value = *other,
                _ => self.project(node, value),
            }
        }
    }
}

impl NodeProjection<Vector3<f64>> for Held {
    fn project(&self, node: usize, value: &mut Vector3<f64>) {
        match self.kinds[node] {
            0 => {}
            1 => *value = Vector3::zeros(),
            kind => *value = self.projections[kind as usize - 2] * *value,
        }
    }
}

impl NodeProjection<Lanes> for Held {
    fn project(&self, node: usize, value: &mut Lanes) {
        match self.kinds[node] {
            0 => {}
            1 => *value = Lanes::default(),
            kind => *value = (self.projections[kind as usize - 2] * Vector3::from(*value)).into(),
        }
    }
}

/// The projection onto what several planes leave free.
fn left_free(normals: &[Vector3<f64>]) -> Matrix3<f64> {
    let mut basis: Vec<Vector3<f64>> = Vec::new();
    for normal in normals {
        let rest = basis.iter().fold(*normal, |rest, other| rest - other * other.dot(&rest));
        basis.extend(rest.try_normalize(1e-3));
    }
    basis.iter().fold(Matrix3::identity(), |free, n| free - n * n.transpose())
}

fn plane_normal(space: &FlowSpace, region: &str) -> Result<Vector3<f64>, FlowError> {
    let faces = space.faces(region).unwrap_or_default();
    let area_vector = |&face: &mesh::Face| {
        let nodes = space.face_nodes(face);
        let [a, b, c] = [0, 1, 2].map(|k| space.mesh.nodes[nodes[k] as usize]);
        (b - a).cross(&(c - a))
    };
    let mean = faces.iter().map(area_vector).sum::<Vector3<f64>>().try_normalize(0.0).unwrap_or_default();
    let least = faces.iter().map(|face| area_vector(face).normalize().dot(&mean)).fold(1.0, f64::min);
    if least < PLANAR {
        let angle_deg = least.clamp(-1.0, 1.0).acos().to_degrees();
        return Err(FlowError::NotPlanar { region: region.to_owned(), angle_deg });
    }
    Ok(mean)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_left_beside_planes() {
        let (x, y) = (Vector3::x(), Vector3::y());
        let v = Vector3::new(1.0, 2.0, 3.0);
        assert!((left_free(&[x]) * v - Vector3::new(0.0, 2.0, 3.0)).norm() < 1e-12);
        let oblique = (x + y).normalize();
        assert!((left_free(&[x, oblique]) * v - Vector3::new(0.0, 0.0, 3.0)).norm() < 1e-12);
        assert!((left_free(&[oblique]) * v - Vector3::new(-0.5, 0.5, 3.0)).norm() < 1e-12);
    }
}
