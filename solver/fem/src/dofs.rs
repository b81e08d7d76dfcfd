use crate::FemError;
use nalgebra::{Matrix3, Vector3};
use std::collections::BTreeMap;

/// Directions closer to dependent than this are one direction.
const DEPENDENT: f64 = 1e-9;

/// Collects constraints node by node: u · direction = value.
#[derive(Debug, Clone)]
pub struct DofMapBuilder {
    active: Vec<bool>,
    /// Orthonormal directions and their values.
    rows: BTreeMap<u32, Vec<(Vector3<f64>, f64)>>,
}

impl DofMapBuilder {
    /// Starts with the three components of every active node free. Inactive nodes (without elements) have no unknowns.
    pub fn new(active: Vec<bool>) -> Self {
        Self { active, rows: BTreeMap::new() }
    }

    /// Prescribes the displacement of `node` along `direction` (any length but 0) to be `value` mm. A constraint that
    /// follows from earlier ones is accepted, one that contradicts them is an error.
    pub fn constrain(&mut self, node: u32, direction: Vector3<f64>, value: f64) -> Result<(), FemError> {
        let length = direction.norm();
        if !(length.is_finite() && length > 0.0 && value.is_finite()) {
            return Err(FemError::InvalidConstraint { node });
        }
        let rows = self.rows.entry(node).or_default();
        let unit = direction / length;
        let (mut rest, mut gap) = (unit, value);
        let mut size = value.abs();
        for (q, v) in rows.iter() {
            let along = unit.dot(q);
            rest -= q * along;
            gap -= v * along;
            size = size.max(v.abs());
        }
        let norm = rest.norm();
        if norm > DEPENDENT {
            rows.push((rest / norm, gap / norm));
        } else if gap.abs() > DEPENDENT * size {
            return Err(FemError::ConflictingConstraints { node, x: unit.x, y: unit.y, z: unit.z, gap: gap.abs() });
        }
        Ok(())
    }

    /// The constraint directions of each constrained node, orthonormal, in node order.
    pub fn directions(&self) -> impl Iterator<Item = (u32, Vector3<f64>)> + '_ {
        self.rows.iter().flat_map(|(&node, rows)| rows.iter().map(move |&(direction, _)| (node, direction)))
    }

    /// Numbers the free unknowns, node by node.
    pub fn build(self) -> Result<DofMap, FemError> {
        let nodes = self.active.len();
        let mut map = DofMap {
            free: self.active.iter().map(|&active| if active { 0b111 } else { 0 }).collect(),
            first: Vec::with_capacity(nodes + 1),
            prescribed: BTreeMap::new(),
            frames: BTreeMap::new(),
        };
        for (node, rows) in self.rows {
            if self.active.get(node as usize) == Some(&true) {
                map.eliminate(node, &rows);
            }
        }
        let total: usize = map.free.iter().map(|mask| mask.count_ones() as usize).sum();
        if total >= u32::MAX as usize {
            return Err(FemError::TooManyUnknowns { unknowns: total, limit: u32::MAX as usize });
        }
        let mut next = 0;
        for mask in &map.free {
            map.first.push(next);
            next += mask.count_ones();
        }
        map.first.push(next);
        Ok(map)
    }
}

/// Which unknowns are free, and the values of those that are not.
///
/// A node whose constraints do not follow the axes gets a frame: an orthonormal basis whose first directions are the
/// constrained ones; its unknowns are the components along the others.
#[derive(Debug, Clone)]
pub struct DofMap {
    first: Vec<u32>,
    /// Bit i: component i (of the node's frame) is free.
    free: Vec<u8>,
    /// Prescribed displacement in the axes; nodes without an entry have 0.
    prescribed: BTreeMap<u32, Vector3<f64>>,
    frames: BTreeMap<u32, Matrix3<f64>>,
}

/// The unknowns of one node.
#[derive(Debug, Clone, Copy)]
pub struct NodeDofs {
    /// Number of the node's first free unknown.
    pub first: u32,
    /// Bit i: component i is free. Unknowns of a node are numbered in the order of the set bits.
    pub free: u8,
}

impl NodeDofs {
    /// The free components in order.
    pub fn components(self) -> impl Iterator<Item = usize> {
        (0..3).filter(move |&i| self.free >> i & 1 == 1)
    }
}

impl DofMap {
    fn eliminate(&mut self, node: u32, rows: &[(Vector3<f64>, f64)]) {
        let value = rows.iter().fold(Vector3::zeros(), |sum, (q, v)| sum + q * *v);
        let aligned = rows.iter().all(|(q, _)| q.iter().any(|c| c.abs() == 1.0));
        if aligned || rows.len() == 3 {
            for (q, _) in rows {
                self.free[node as usize] &= !(1 << q.iamax());
            }
            if rows.len() == 3 {
                self.free[node as usize] = 0;
            }
        } else {
            let q0 = rows[0].0;
            let helper = Vector3::ith(q0.iamin(), 1.0);
            let q1 = rows.get(1).map_or_else(|| (helper - q0 * q0.dot(&helper)).normalize(), |(q, _)| *q);
            self.frames.insert(node, Matrix3::from_columns(&[q0, q1, q0.cross(&q1)]));
            self.free[node as usize] = 0b111 << rows.len() & 0b111;
        }
        if value != Vector3::zeros() {
            self.prescribed.insert(node, value);
        }
    }

    /// Number of free unknowns.
    pub fn len(&self) -> usize {
        self.first[self.free.len()] as usize
    }

    /// Whether nothing is free.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// Number of nodes, inactive ones included.
    pub fn nodes(&self) -> usize {
        self.free.len()
    }

    /// The unknowns of `node`.
    pub fn node(&self, node: u32) -> NodeDofs {
        NodeDofs { first: self.first[node as usize], free: self.free[node as usize] }
    }

    /// The basis (columns) in which the components of `node` are counted; `None` for the axes.
    pub fn frame(&self, node: u32) -> Option<&Matrix3<f64>> {
        if self.frames.is_empty() { None } else { self.frames.get(&node) }
    }

    /// The node of each unknown, ascending.
    pub fn dof_to_node(&self) -> Vec<u32> {
        (0..self.nodes() as u32)
            .flat_map(|node| std::iter::repeat_n(node, self.free[node as usize].count_ones() as usize))
            .collect()
    }

    /// The nodal displacement whose free components are 0 and whose constrained ones have their prescribed values.
    pub fn prescribed(&self) -> Vec<Vector3<f64>> {
        let mut out = vec![Vector3::zeros(); self.nodes()];
        for (&node, value) in &self.prescribed {
            out[node as usize] = *value;
        }
        out
    }

    /// Adds the free components `unknowns` to nodal vectors.
    pub fn add_free(&self, unknowns: &[f64], nodal: &mut [Vector3<f64>]) {
        for node in 0..self.nodes() as u32 {
            let dofs = self.node(node);
            let mut local = Vector3::zeros();
            for (k, i) in dofs.components().enumerate() {
                local[i] = unknowns[dofs.first as usize + k];
            }
            nodal[node as usize] += self.frame(node).map_or(local, |frame| frame * local);
        }
    }

    /// The free components of nodal vectors.
    pub fn restrict(&self, nodal: &[Vector3<f64>]) -> Vec<f64> {
        let mut out = Vec::with_capacity(self.len());
        for node in 0..self.nodes() as u32 {
            let value = nodal[node as usize];
            let local = self.frame(node).map_or(value, |frame| frame.tr_mul(&value));
            out.extend(self.node(node).components().map(|i| local[i]));
        }
        out
    }

    /// The part of `value` at `node` along its constrained directions.
    pub fn constrained_part(&self, node: u32, value: Vector3<f64>) -> Vector3<f64> {
        let mut local = self.frame(node).map_or(value, |frame| frame.tr_mul(&value));
        for i in self.node(node).components() {
            local[i] = 0.0;
        }
        self.frame(node).map_or(local, |frame| frame * local)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn builder() -> DofMapBuilder {
        DofMapBuilder::new(vec![true, true, false, true])
    }

    #[test]
    fn components_are_eliminated_and_inactive_nodes_have_none() {
        let mut b = builder();
        b.constrain(0, Vector3::y(), 0.25).unwrap();
        b.constrain(0, -Vector3::y(), -0.25).unwrap();
        let map = b.build().unwrap();
        assert_eq!(map.dof_to_node(), [0, 0, 1, 1, 1, 3, 3, 3]);
        let mut u = map.prescribed();
        map.add_free(&[1.0, 2.0, 3.0, 4.0, 5.0, 6.0, 7.0, 8.0], &mut u);
        assert_eq!(u[0], Vector3::new(1.0, 0.25, 2.0));
        assert_eq!(map.restrict(&u), [1.0, 2.0, 3.0, 4.0, 5.0, 6.0, 7.0, 8.0]);
        assert_eq!(map.constrained_part(0, Vector3::new(1.0, 2.0, 3.0)), Vector3::new(0.0, 2.0, 0.0));
    }

    #[test]
    fn an_oblique_constraint_keeps_the_tangential_components_free() {
        let normal = Vector3::new(1.0, 2.0, -2.0) / 3.0;
        let mut b = builder();
        b.constrain(1, 3.0 * normal, 0.5).unwrap();
        let map = b.build().unwrap();
        assert_eq!(map.len(), 8);
        let mut u = map.prescribed();
        map.add_free(&[0.0, 0.0, 0.0, 7.0, -4.0, 0.0, 0.0, 0.0], &mut u);
        assert!((u[1].dot(&normal) - 0.5).abs() < 1e-15);
        let back = map.restrict(&u);
        assert!((back[3] - 7.0).abs() < 1e-14 && (back[4] + 4.0).abs() < 1e-14);
        assert!((map.constrained_part(1, normal * 2.0) - normal * 2.0).norm() < 1e-15);
    }

    #[test]
    fn three_oblique_constraints_give_the_point_where_their_planes_meet() {
        let target = Vector3::new(0.1, -0.2, 0.3);
        let mut b = builder();
        for n in [Vector3::new(1.0, 1.0, 0.0), Vector3::new(0.0, 1.0, 1.0), Vector3::new(1.0, 0.0, 3.0)] {
            b.constrain(3, n, target.dot(&n.normalize())).unwrap();
        }
        let map = b.build().unwrap();
        assert_eq!(map.node(3).free, 0);
        assert!((map.prescribed()[3] - target).norm() < 1e-14);
    }

    #[test]
    fn contradicting_values_are_an_error() {
        let mut b = builder();
        b.constrain(0, Vector3::x(), 0.0).unwrap();
        b.constrain(0, Vector3::z(), 0.0).unwrap();
        let error = b.constrain(0, Vector3::new(1.0, 0.0, 1.0), 0.1).unwrap_err();
        assert!(matches!(error, FemError::ConflictingConstraints { node: 0, .. }), "{error}");
    }
}
