//! Where velocity and pressure live: the nodes of a mesh, numbered anew, and its corners.

use crate::FlowError;
use crate::convection::Triples;
use crate::element::{Geometry, jacobian_at};
use control::RunControl;
use fem::quadrature::tetrahedron;
use fem::{NodeGraph, ScalarAssembly, ShapeTable, narrow_order};
use geometry::BoxTree;
use linalg::SparseMatrix;
use mesh::{ElementBlock, ElementKind, Face, Point3, Region, VolumeMesh};
use std::collections::BTreeMap;
use std::sync::OnceLock;

/// Degree that the rule of quadratic elements integrates: (u·∇u) v on straight ones. That of linear elements needs 2.
const DEGREE: usize = 5;

/// Shape functions over the rule of an element.
#[derive(Debug)]
pub(crate) enum Table {
    /// Of Tet4.
    Linear(ShapeTable<4>),
    /// Of Tet10.
    Quadratic(ShapeTable<10>),
}

/// A tetrahedral mesh prepared for flow: velocities at all its nodes, pressures at its corners. Nodes are numbered anew, so that
/// neighbours are near in memory, and elements ordered by them.
#[derive(Debug)]
pub struct FlowSpace {
    /// The mesh in the new numbers, one block.
    pub(crate) mesh: VolumeMesh,
    /// Number in the given mesh of each node.
    pub(crate) numbers: Vec<u32>,
    /// Number of nodes of the given mesh.
    mesh_nodes: usize,
    /// Number here of each element of the given mesh, and there of each element here.
    pub(crate) elements: Vec<u32>,
    pub(crate) given_elements: Vec<u32>,
    /// Node of each pressure.
    pub(crate) corners: Vec<u32>,
    /// Pressure of each node; `u32::MAX` at middles of edges.
    pub(crate) pressure_of: Vec<u32>,
    pub(crate) graph: NodeGraph,
    pub(crate) velocity: ScalarAssembly,
    pub(crate) pressure: ScalarAssembly,
    pub(crate) table: Table,
    /// For quadratic elements with straight edges.
    pub(crate) triples: Triples,
    /// Whether all edges of an element are straight, with the middle nodes in their middles.
    pub(crate) is_straight: Vec<bool>,
    /// Boxes around the elements, built when points are first looked for.
    pub(crate) tree: OnceLock<BoxTree>,
}

impl FlowSpace {
    /// Prepares a mesh of Tet4 or Tet10 elements. Nodes without elements are dropped.
    ///
    /// # Errors
    /// [`FlowError::Elements`], [`FlowError::Inverted`], [`FlowError::Cancelled`].
    pub fn new(mesh: &VolumeMesh, control: &RunControl) -> Result<Self, FlowError> {
        mesh.validate()?;
        let kind = kind_of(mesh)?;
        let mesh_nodes = mesh.nodes.len();
        let (mesh, numbers, given_elements) = renumbered(mesh, kind, control)?;
        let elements = inverse(&given_elements);
        let graph = NodeGraph::new(&mesh, control)?;
        let block = mesh.blocks[0].clone();
        let mut is_corner = vec![false; mesh.nodes.len()];
        block.elements().flat_map(|element| &element[..4]).for_each(|&node| is_corner[node as usize] = true);
        let corners: Vec<u32> = (0..mesh.nodes.len() as u32).filter(|&node| is_corner[node as usize]).collect();
        let mut pressure_of = vec![u32::MAX; mesh.nodes.len()];
        (0_u32..).zip(&corners).for_each(|(k, &node)| pressure_of[node as usize] = k);
        let linear = VolumeMesh::new(
            corners.iter().map(|&node| mesh.nodes[node as usize]).collect(),
            ElementKind::Tet4,
            block.elements().flat_map(|element| element[..4].iter().map(|&node| pressure_of[node as usize])).collect(),
        );
        let velocity = ScalarAssembly::new(block, &graph)?;
        let pressure = ScalarAssembly::new(linear.blocks[0].clone(), &NodeGraph::new(&linear, control)?)?;
        let quadratic = ShapeTable::new(ElementKind::Tet10, &tetrahedron(DEGREE));
        let triples = Triples::new(&quadratic);
        let table = match kind {
            ElementKind::Tet10 => Table::Quadratic(quadratic),
            _ => Table::Linear(ShapeTable::new(ElementKind::Tet4, &tetrahedron(2))),
        };
        let is_straight = straight(&mesh);
        let space = Self {
            mesh,
            numbers,
            mesh_nodes,
            elements,
            given_elements,
            corners,
            pressure_of,
            graph,
            velocity,
            pressure,
            table,
            triples,
            is_straight,
            tree: OnceLock::new(),
        };
        space.refuse_inverted()?;
        Ok(space)
    }

    /// Number of nodes, which is that of the velocities.
    pub fn nodes(&self) -> usize {
        self.mesh.nodes.len()
    }

    /// Number of pressures.
    pub fn pressures(&self) -> usize {
        self.corners.len()
    }

    /// Place of a node in the solver's numbers, mm.
    pub fn point(&self, node: usize) -> Point3<f64> {
        self.mesh.nodes[node]
    }

    /// Place of a pressure in the solver's numbers, mm.
    pub fn pressure_point(&self, pressure: usize) -> Point3<f64> {
        self.mesh.nodes[self.corners[pressure] as usize]
    }

    /// Number in the given mesh of a node in the solver's numbers.
    pub fn mesh_node(&self, node: usize) -> u32 {
        self.numbers[node]
    }

    /// Values at the nodes of the space as values at those of the given mesh; nodes without elements get the default.
    ///
    /// # Errors
    /// [`FlowError::Value`] when there is not one value a node.
    pub fn to_mesh<T: Copy + Default>(&self, values: &[T]) -> Result<Vec<T>, FlowError> {
        if values.len() != self.nodes() {
            let (what, value) = ("the number of nodal values".to_owned(), values.len() as f64);
            return Err(FlowError::Value {
                what,
                value,
                remedy: format!("one is needed at each of {} nodes", self.nodes()),
            });
        }
        let mut all = vec![T::default(); self.mesh_nodes];
        values.iter().zip(&self.numbers).for_each(|(value, &number)| all[number as usize] = *value);
        Ok(all)
    }

    /// Pressures at all nodes of the space: those at the middles of edges are the means of their ends.
    ///
    /// # Errors
    /// [`FlowError::Value`] when there is not one value a corner.
    pub fn pressure_at_nodes(&self, pressures: &[f64]) -> Result<Vec<f64>, FlowError> {
        if pressures.len() != self.pressures() {
            let (what, value) = ("the number of pressures".to_owned(), pressures.len() as f64);
            let remedy = format!("one is needed at each of {} corners", self.pressures());
            return Err(FlowError::Value { what, value, remedy });
        }
        let mut all = vec![0.0; self.nodes()];
        self.corners.iter().zip(pressures).for_each(|(&node, p)| all[node as usize] = *p);
        for (kind, nodes) in self.mesh.elements() {
            for (&middle, [a, b]) in nodes[4..].iter().zip(kind.edges()) {
                all[middle as usize] =
                    0.5 * (all[nodes[usize::from(*a)] as usize] + all[nodes[usize::from(*b)] as usize]);
            }
        }
        Ok(all)
    }

    pub(crate) fn is_quadratic(&self) -> bool {
        matches!(self.table, Table::Quadratic(_))
    }

    /// ∫ w(x) N_a N_b and the like: the matrix whose part of an element is the sum over its points of weight times
    /// `integrand(shape values, gradients, a, b)`.
    pub(crate) fn integrate(
        &self,
        control: &RunControl,
        integrand: impl Fn(&[f64], &[[f64; 3]], usize, usize) -> f64 + Sync,
    ) -> Result<SparseMatrix, FlowError> {
        Ok(match &self.table {
            Table::Linear(table) => self.integrate_over(&self.velocity, table, control, integrand)?,
            Table::Quadratic(table) => self.integrate_over(&self.velocity, table, control, integrand)?,
        })
    }

    fn integrate_over<const N: usize>(
        &self,
        assembly: &ScalarAssembly,
        table: &ShapeTable<N>,
        control: &RunControl,
        integrand: impl Fn(&[f64], &[[f64; 3]], usize, usize) -> f64 + Sync,
    ) -> Result<SparseMatrix, FlowError> {
        Ok(assembly.matrix::<N>(control, |element, nodes, part| {
            Geometry::new(&self.points(nodes), self.is_straight[element]).for_each(
                table,
                |point, gradients, weight| {
                    for (a, row) in part.iter_mut().enumerate() {
                        for (b, value) in row.iter_mut().enumerate() {
                            *value += weight * integrand(&point.values, gradients, a, b);
                        }
                    }
                },
            );
        })?)
    }

    /// ∫ w ∇ψ_p·∇ψ_q with a weight of each element, by its number.
    pub(crate) fn pressure_stiffness(
        &self,
        control: &RunControl,
        weight: impl Fn(usize) -> f64 + Sync,
    ) -> Result<SparseMatrix, FlowError> {
        self.integrate_pressure(control, |element, _, g, [a, b]| {
            weight(element) * (g[a][0] * g[b][0] + g[a][1] * g[b][1] + g[a][2] * g[b][2])
        })
    }

    /// ∫ w ψ_p ψ_q with a weight of each element, by its number.
    pub(crate) fn pressure_mass(
        &self,
        control: &RunControl,
        weight: impl Fn(usize) -> f64 + Sync,
    ) -> Result<SparseMatrix, FlowError> {
        self.integrate_pressure(control, |element, values, _, [a, b]| weight(element) * values[a] * values[b])
    }

    /// As [`Self::integrate`] with the shape functions of the pressure, whose elements are straight; the integrand gets the
    /// element's number too.
    fn integrate_pressure(
        &self,
        control: &RunControl,
        integrand: impl Fn(usize, &[f64; 4], &[[f64; 3]; 4], [usize; 2]) -> f64 + Sync,
    ) -> Result<SparseMatrix, FlowError> {
        let table = ShapeTable::<4>::new(ElementKind::Tet4, &tetrahedron(2));
        Ok(self.pressure.matrix::<4>(control, |element, numbers, part| {
            let points = numbers.map(|k| self.pressure_point(k as usize));
            Geometry::new(&points, true).for_each(&table, |point, gradients, weight| {
                for (a, row) in part.iter_mut().enumerate() {
                    for (b, value) in row.iter_mut().enumerate() {
                        *value += weight * integrand(element, &point.values, gradients, [a, b]);
                    }
                }
            });
        })?)
    }

    pub(crate) fn points<const N: usize>(&self, nodes: &[u32; N]) -> [Point3<f64>; N] {
        nodes.map(|node| self.mesh.nodes[node as usize])
    }

    /// The nodes of a face: corners, then middles of edges.
    pub(crate) fn face_nodes(&self, face: Face) -> Vec<u32> {
        self.mesh.face_nodes(face).unwrap_or_default()
    }

    /// The faces of a region; `None` where it has none of the name.
    pub(crate) fn faces(&self, region: &str) -> Option<&[Face]> {
        match self.mesh.regions.get(region) {
            Some(Region::Faces(faces)) => Some(faces),
            _ => None,
        }
    }

    /// Names of the face regions.
    pub fn face_regions(&self) -> Vec<String> {
        let is_faces = |(name, region): (&String, &Region)| matches!(region, Region::Faces(_)).then(|| name.clone());
        self.mesh.regions.iter().filter_map(is_faces).collect()
    }

    /// The faces of a region that must have some.
    ///
    /// # Errors
    /// [`FlowError::UnknownRegion`].
    pub(crate) fn known_faces(&self, region: &str) -> Result<&[Face], FlowError> {
        self.faces(region).filter(|faces| !faces.is_empty()).ok_or_else(|| FlowError::unknown_region(self, region))
    }

    fn refuse_inverted(&self) -> Result<(), FlowError> {
        for (element, (_, nodes)) in self.mesh.elements().enumerate() {
            let points: Vec<Point3<f64>> = nodes.iter().map(|&node| self.mesh.nodes[node as usize]).collect();
            let least = match &self.table {
                Table::Linear(table) => jacobian_at(&points, table),
                Table::Quadratic(table) => jacobian_at(&points, table),
            };
            if least.is_nan() || least <= 0.0 {
                return Err(FlowError::Inverted { element, jacobian: least });
            }
        }
        Ok(())
    }
}

/// The one kind of tetrahedra that a mesh has.
fn kind_of(mesh: &VolumeMesh) -> Result<ElementKind, FlowError> {
    let kinds: BTreeMap<ElementKind, usize> =
        mesh.blocks.iter().filter(|block| !block.is_empty()).fold(BTreeMap::new(), |mut kinds, block| {
            *kinds.entry(block.kind).or_default() += block.len();
            kinds
        });
    match kinds.keys().copied().collect::<Vec<_>>()[..] {
        [kind @ (ElementKind::Tet4 | ElementKind::Tet10)] => Ok(kind),
        [] => Err(FlowError::Elements { found: "no elements".to_owned() }),
        _ => {
            let list: Vec<String> = kinds.iter().map(|(kind, count)| format!("{count} {kind}")).collect();
            Err(FlowError::Elements { found: list.join(", ") })
        }
    }
}

/// The mesh with its nodes in an order of small bandwidth and without those that no element has, and its elements in the order of
/// their first nodes; the old numbers of both.
fn renumbered(
    mesh: &VolumeMesh,
    kind: ElementKind,
    control: &RunControl,
) -> Result<(VolumeMesh, Vec<u32>, Vec<u32>), FlowError> {
    let graph = NodeGraph::new(mesh, control)?;
    let mut numbers = narrow_order(&graph);
    numbers.retain(|&node| !graph.neighbours(node).is_empty());
    control.check()?;
    let mut place = vec![u32::MAX; mesh.nodes.len()];
    (0_u32..).zip(&numbers).for_each(|(k, &node)| place[node as usize] = k);
    let renamed: Vec<Vec<u32>> =
        mesh.elements().map(|(_, nodes)| nodes.iter().map(|&node| place[node as usize]).collect()).collect();
    let mut order: Vec<u32> = (0..renamed.len() as u32).collect();
    order.sort_by_key(|&element| renamed[element as usize].iter().min());
    let turn = inverse(&order);
    let connectivity = order.iter().flat_map(|&element| &renamed[element as usize]).copied().collect();
    let nodes = numbers.iter().map(|&node| mesh.nodes[node as usize]).collect();
    let faces = |(name, region): (&String, &Region)| match region {
        Region::Faces(faces) => {
            let moved = faces.iter().map(|face| Face { element: turn[face.element as usize], ..*face }).collect();
            Some((name.clone(), Region::Faces(moved)))
        }
        Region::Nodes(_) | Region::Elements(_) => None,
    };
    let regions = mesh.regions.iter().filter_map(faces).collect();
    Ok((VolumeMesh { nodes, blocks: vec![ElementBlock { kind, connectivity }], regions }, numbers, order))
}

/// The place of each number in a list of all.
fn inverse(numbers: &[u32]) -> Vec<u32> {
    let mut place = vec![0; numbers.len()];
    (0_u32..).zip(numbers).for_each(|(k, &number)| place[number as usize] = k);
    place
}

/// Whether the middle nodes of an element lie in the middles of its edges, to rounding.
fn straight(mesh: &VolumeMesh) -> Vec<bool> {
    const ROUNDING: f64 = 1e-9;
    let node = |k: u32| mesh.nodes[k as usize];
    let is_straight = |(kind, nodes): (ElementKind, &[u32])| {
        kind.edges().iter().zip(&nodes[4..]).all(|(&[a, b], &middle)| {
            let (a, b) = (node(nodes[usize::from(a)]), node(nodes[usize::from(b)]));
            (node(middle) - nalgebra::center(&a, &b)).norm() <= ROUNDING * (b - a).norm()
        })
    };
    mesh.elements().map(is_straight).collect()
}
