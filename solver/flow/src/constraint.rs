//! Velocities held at nodes.

use crate::{Condition, Conditions, FlowError, FlowSpace, Inflow, VelocityField};
use linalg::nodal::{Lanes, NodeProjection};
use nalgebra::{Matrix3, Vector3};
use std::collections::BTreeMap;
use std::sync::Arc;

/// Cosine of the largest angle (2°) between the normals of a slip region.
const PLANAR: f64 = 0.999_39;

/// What is held at the nodes.
pub(crate) struct Held {
    /// At each node: 0 nothing, 1 everything, k + 2 all but what projection k leaves.
    kinds: Vec<u32>,
    projections: Vec<Matrix3<f64>>,
    /// Nodes with a given velocity, in ascending order.
    given: Vec<(u32, Given)>,
    inflows: Vec<Arc<Inflow>>,
}

#[derive(Clone)]
enum Given {
    Zero,
    Field(VelocityField),
    /// Of an inflow, by its number, the node at a place among its own.
    Inflow(usize, usize),
}

impl Held {
    /// Collects the conditions on the velocity.
    ///
    /// # Errors
    /// [`FlowError::NotPlanar`], [`FlowError::Inflow`].
    pub(crate) fn new(space: &FlowSpace, conditions: &Conditions) -> Result<Self, FlowError> {
        let mut normals: BTreeMap<u32, Vec<Vector3<f64>>> = BTreeMap::new();
        let mut given: BTreeMap<u32, Given> = BTreeMap::new();
        let mut inflows = Vec::new();
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
                Condition::Inflow(inflow) => {
                    refuse_foreign(space, region, inflow)?;
                    for (place, &node) in inflow.nodes().iter().enumerate() {
                        given.entry(node).or_insert(Given::Inflow(inflows.len(), place));
                    }
                    inflows.push(inflow.clone());
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
        for (number, inflow) in inflows.iter().enumerate() {
            refuse_slip_at_rim(
                space,
                conditions,
                inflow,
                |node| matches!(given.get(&node), Some(Given::Inflow(own, _)) if *own == number),
            )?;
        }
        let mut held = Self { kinds: vec![0; space.nodes()], projections: Vec::new(), given: Vec::new(), inflows };
        for (node, normals) in normals {
            held.kinds[node as usize] = held.kind(left_free(&normals));
        }
        for (node, given) in given {
            held.kinds[node as usize] = 1;
            held.given.push((node, given));
        }
        Ok(held)
    }

    /// Whether nothing is left free at a node.
    pub(crate) fn is_held(&self, node: usize) -> bool {
        self.kinds[node] == 1
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
        let speeds: Vec<Vec<f64>> = self.inflows.iter().map(|inflow| inflow.speeds(time)).collect();
        for (node, given) in &self.given {
            velocity[*node as usize] = match given {
                Given::Zero => Vector3::zeros(),
                Given::Field(field) => field(&space.mesh.nodes[*node as usize], time),
                Given::Inflow(number, place) => self.inflows[*number].inward() * speeds[*number][*place],
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

/// An inflow belongs to the region and the space that it was made for.
fn refuse_foreign(space: &FlowSpace, region: &str, inflow: &Inflow) -> Result<(), FlowError> {
    let mut nodes: Vec<u32> = space.known_faces(region)?.iter().flat_map(|&face| space.face_nodes(face)).collect();
    nodes.sort_unstable();
    nodes.dedup();
    if nodes == inflow.nodes() {
        return Ok(());
    }
    let why = format!("has an inflow made for \"{}\" or for another mesh: make one for it", inflow.region());
    Err(FlowError::Inflow { region: region.to_owned(), why })
}

/// Where an inflow ends at a plane of symmetry it must have been told so, or it would stand still there.
fn refuse_slip_at_rim(
    space: &FlowSpace,
    conditions: &Conditions,
    inflow: &Inflow,
    is_own: impl Fn(u32) -> bool,
) -> Result<(), FlowError> {
    let rim: Vec<u32> = inflow.rim().filter(|&node| is_own(node)).collect();
    for (name, condition) in conditions {
        if !matches!(condition, Condition::Slip) || inflow.is_beside(name) {
            continue;
        }
        let mut nodes = space.faces(name).unwrap_or_default().iter().flat_map(|&face| space.face_nodes(face));
        if nodes.any(|node| rim.binary_search(&node).is_ok()) {
            let why = format!("ends at the plane of symmetry \"{name}\": make the inflow beside it");
            return Err(FlowError::Inflow { region: inflow.region().to_owned(), why });
        }
    }
    Ok(())
}

pub(crate) fn plane_normal(space: &FlowSpace, region: &str) -> Result<Vector3<f64>, FlowError> {
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
