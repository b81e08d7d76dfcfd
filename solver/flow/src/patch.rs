//! A planar part of the boundary as a mesh of triangles of its own.

use crate::constraint::plane_normal;
use crate::open::for_each_face_point;
use crate::{FlowError, FlowSpace};
use fem::ShapeTable;
use fem::quadrature::triangle;
use linalg::{SparseMatrix, SparsityPattern};
use mesh::{ElementKind, Face, Point3};
use nalgebra::{Matrix2, Vector2, Vector3};
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

/// Area of the whole over the sum of its parts' below which a region has no direction.
const BENT: f64 = 0.1;
/// Largest distance from the plane over the diameter.
const PLANAR: f64 = 1e-3;
/// Sine of the largest angle between a plane of symmetry and the normal of the patch.
const ACROSS: f64 = 0.035;
/// Degree that the rule on triangles integrates, which is that of the fluxes.
const DEGREE: usize = 5;
/// A node that is none of the unknowns.
const HELD: u32 = u32::MAX;

/// A planar, connected part of the boundary with a rim.
pub(crate) struct Patch {
    /// Nodes in the space's numbers, ascending.
    pub(crate) nodes: Vec<u32>,
    /// ∫ N_a over the patch, mm²: what a unit of speed along `inward` at a node lets in.
    pub(crate) weights: Vec<f64>,
    /// Unit normal into the domain.
    pub(crate) inward: Vector3<f64>,
    /// mm².
    pub(crate) area: f64,
    /// Length of the rim where the fluid sticks, mm.
    pub(crate) wetted: f64,
    /// Nodes, by their place in `nodes`, where the fluid may move, ascending.
    pub(crate) free: Vec<u32>,
    /// Nodes of each triangle by their place in `nodes`: corners, then middles of edges.
    triangles: Vec<Vec<u32>>,
    /// Coordinates in the plane, mm.
    points: Vec<Vector2<f64>>,
}

/// An edge of the triangles: its nodes and how many triangles have it.
type Edges = BTreeMap<[u32; 2], (Vec<u32>, Vec<usize>)>;

impl Patch {
    /// The region's faces; fluid sticks to the rim but for where that lies on the planes of `symmetry`.
    ///
    /// # Errors
    /// [`FlowError::UnknownRegion`], [`FlowError::Inflow`].
    pub(crate) fn new(space: &FlowSpace, region: &str, symmetry: &[&str]) -> Result<Self, FlowError> {
        let refused = |why: &str| FlowError::Inflow { region: region.to_owned(), why: why.to_owned() };
        let faces: BTreeSet<Face> = space.known_faces(region)?.iter().copied().collect();
        let faces: Vec<Face> = faces.into_iter().collect();
        let area = area_vectors(space, &faces);
        let nodes: Vec<u32> = area.keys().copied().collect();
        let sum = area.values().sum::<Vector3<f64>>();
        let place = |node: &u32| nodes.binary_search(node).map_or(HELD, |k| k as u32);
        let triangles: Vec<Vec<u32>> =
            faces.iter().map(|&face| space.face_nodes(face).iter().map(place).collect()).collect();
        let edges = edges_of(&triangles);
        if edges.values().any(|(_, owners)| owners.len() > 2) {
            return Err(refused("has an edge with more than two faces: leave the faces inside the mesh out"));
        }
        if edges.values().all(|(_, owners)| owners.len() == 2) {
            return Err(refused("is closed and has no rim: name the faces of one flat end"));
        }
        refuse_parts(region, &triangles, &edges)?;
        let faces_alone: f64 = area.values().map(Vector3::norm).sum();
        if sum.norm() <= BENT * faces_alone {
            return Err(refused("is not flat: its faces look into all directions; cut the end flat"));
        }
        let inward = -sum.normalize();
        let points = flat(space, region, &nodes, &area, inward)?;
        let weights = area.values().map(|vector| -vector.dot(&inward)).collect();
        let mut patch =
            Self { nodes, weights, inward, area: sum.norm(), wetted: 0.0, free: Vec::new(), triangles, points };
        patch.hold_rim(&edges, &patch.on_planes(space, region, symmetry)?);
        if patch.wetted <= 0.0 {
            return Err(refused("has no rim beside the planes of symmetry: leave one of them out"));
        }
        if patch.free.iter().map(|&k| patch.weights[k as usize]).sum::<f64>() <= 0.0 {
            return Err(refused("has no node inside its rim: make the mesh finer there"));
        }
        Ok(patch)
    }

    /// Whether each node lies on a plane of symmetry.
    fn on_planes(&self, space: &FlowSpace, region: &str, symmetry: &[&str]) -> Result<Vec<bool>, FlowError> {
        let mut is_on = vec![false; self.nodes.len()];
        for plane in symmetry {
            let faces = space.known_faces(plane)?;
            if plane_normal(space, plane)?.dot(&self.inward).abs() > ACROSS {
                let why = format!("does not stand across the plane of symmetry \"{plane}\": cut it at a right angle");
                return Err(FlowError::Inflow { region: region.to_owned(), why });
            }
            for node in faces.iter().flat_map(|&face| space.face_nodes(face)) {
                if let Ok(k) = self.nodes.binary_search(&node) {
                    is_on[k] = true;
                }
            }
        }
        Ok(is_on)
    }

    /// Finds the nodes that are free and the length of the rim that holds the others.
    fn hold_rim(&mut self, edges: &Edges, is_on_plane: &[bool]) {
        let mut is_held = vec![false; self.nodes.len()];
        for (nodes, _) in edges.values().filter(|(_, owners)| owners.len() == 1) {
            if nodes.iter().all(|&k| is_on_plane[k as usize]) {
                continue;
            }
            nodes.iter().for_each(|&k| is_held[k as usize] = true);
            let at: Vec<Vector2<f64>> = nodes.iter().map(|&k| self.points[k as usize]).collect();
            self.wetted += match at[..] {
                // Two chords and one leave a sixteenth of an arc's lack to each other: to fourth order none is left.
                [a, b, middle] => (4.0 * ((middle - a).norm() + (b - middle).norm()) - (b - a).norm()) / 3.0,
                [a, b] => (b - a).norm(),
                _ => 0.0,
            };
        }
        self.free = (0_u32..).zip(&is_held).filter(|(_, is_held)| !**is_held).map(|(k, _)| k).collect();
    }

    /// ∫ ∇N_a·∇N_b and ∫ N_a N_b between the free nodes, in their order.
    pub(crate) fn matrices(&self) -> [SparseMatrix; 2] {
        match self.triangles.first().map(Vec::len) {
            Some(6) => self.matrices_of::<6>(ElementKind::Tri6),
            _ => self.matrices_of::<3>(ElementKind::Tri3),
        }
    }

    fn matrices_of<const N: usize>(&self, kind: ElementKind) -> [SparseMatrix; 2] {
        let mut unknown = vec![HELD; self.nodes.len()];
        (0_u32..).zip(&self.free).for_each(|(k, &node)| unknown[node as usize] = k);
        let own = |triangle: &Vec<u32>| -> [u32; N] { std::array::from_fn(|a| unknown[triangle[a] as usize]) };
        let unknowns: Vec<u32> = self.triangles.iter().flat_map(own).collect();
        let offsets: Vec<usize> = (0..=self.triangles.len()).map(|k| k * N).collect();
        let pattern = Arc::new(SparsityPattern::from_elements(self.free.len(), &offsets, &unknowns));
        let [mut stiffness, mut mass] = [(); 2].map(|()| SparseMatrix::zeros(pattern.clone()));
        let table = ShapeTable::<N>::new(kind, &triangle(DEGREE));
        for (triangle, unknowns) in self.triangles.iter().zip(unknowns.chunks(N)) {
            let [own_stiffness, own_mass] = self.of_triangle(triangle, &table);
            for (a, &row) in unknowns.iter().enumerate().filter(|(_, row)| **row != HELD) {
                for (b, &column) in unknowns.iter().enumerate() {
                    if let Some(k) = pattern.position(row as usize, column) {
                        stiffness.values[k] += own_stiffness[a][b];
                        mass.values[k] += own_mass[a][b];
                    }
                }
            }
        }
        [stiffness, mass]
    }

    fn of_triangle<const N: usize>(&self, triangle: &[u32], table: &ShapeTable<N>) -> [[[f64; N]; N]; 2] {
        let mut parts = [[[0.0; N]; N]; 2];
        for point in &table.points {
            // Column j is ∂x/∂ξ_j.
            let map = triangle.iter().zip(&point.gradients).fold(Matrix2::zeros(), |sum, (&k, g)| {
                sum + self.points[k as usize] * Vector2::new(g[0], g[1]).transpose()
            });
            let weight = point.weight * map.determinant().abs();
            let back = map.try_inverse().unwrap_or_default().transpose();
            let gradients = point.gradients.map(|g| back * Vector2::new(g[0], g[1]));
            for a in 0..N {
                for b in 0..N {
                    parts[0][a][b] += weight * gradients[a].dot(&gradients[b]);
                    parts[1][a][b] += weight * point.values[a] * point.values[b];
                }
            }
        }
        parts
    }
}

/// ∫ N_a n over the faces, mm², by nodes, outward.
fn area_vectors(space: &FlowSpace, faces: &[Face]) -> BTreeMap<u32, Vector3<f64>> {
    let mut area = BTreeMap::<u32, Vector3<f64>>::new();
    for_each_face_point(space, faces, |nodes, values, normal| {
        nodes.iter().zip(values).for_each(|(&node, value)| *area.entry(node).or_default() += normal * *value);
    });
    area
}

/// The edges by their ends, with the nodes and the triangles of each.
fn edges_of(triangles: &[Vec<u32>]) -> Edges {
    let mut edges = Edges::new();
    for (number, triangle) in triangles.iter().enumerate() {
        for (side, [a, b]) in ElementKind::Tri3.edges().iter().enumerate() {
            let [a, b] = [*a, *b].map(|corner| triangle[usize::from(corner)]);
            let nodes = || [a, b].into_iter().chain(triangle.get(3 + side).copied()).collect();
            let (_, owners) = edges.entry([a.min(b), a.max(b)]).or_insert_with(|| (nodes(), Vec::new()));
            owners.push(number);
        }
    }
    edges
}

/// Every triangle is reached from the first across edges.
fn refuse_parts(region: &str, triangles: &[Vec<u32>], edges: &Edges) -> Result<(), FlowError> {
    let mut neighbours = vec![Vec::new(); triangles.len()];
    for (_, owners) in edges.values() {
        if let [a, b] = owners[..] {
            neighbours[a].push(b);
            neighbours[b].push(a);
        }
    }
    let (mut is_reached, mut left, mut count) = (vec![false; triangles.len()], vec![0], 1);
    is_reached[0] = true;
    while let Some(triangle) = left.pop() {
        for &next in &neighbours[triangle] {
            if !std::mem::replace(&mut is_reached[next], true) {
                left.push(next);
                count += 1;
            }
        }
    }
    if count == triangles.len() {
        return Ok(());
    }
    let why = format!(
        "is not connected: {} of its {} faces are apart from the rest; give each part a region and an inflow of its own",
        triangles.len() - count,
        triangles.len()
    );
    Err(FlowError::Inflow { region: region.to_owned(), why })
}

/// The nodes in coordinates of the plane through their middle.
fn flat(
    space: &FlowSpace,
    region: &str,
    nodes: &[u32],
    area: &BTreeMap<u32, Vector3<f64>>,
    inward: Vector3<f64>,
) -> Result<Vec<Vector2<f64>>, FlowError> {
    let at = |node: u32| space.mesh.nodes[node as usize];
    let whole: f64 = area.values().map(|vector| vector.dot(&inward)).sum();
    let moment = area
        .iter()
        .fold(Vector3::zeros(), |sum, (&node, vector)| sum + at(node).coords * (vector.dot(&inward) / whole));
    let middle = Point3::from(moment);
    let away = |&node: &u32| (at(node) - middle).dot(&inward).abs();
    let distance = nodes.iter().map(away).fold(0.0, f64::max);
    let diameter = 2.0 * nodes.iter().map(|&node| (at(node) - middle).norm()).fold(0.0, f64::max);
    if distance.is_nan() || distance > PLANAR * diameter {
        let why = format!(
            "is not flat: a node lies {distance:.4} mm from its plane, {:.2} % of its diameter of {diameter:.3} mm, and {} % is the \
             most: cut the end flat",
            100.0 * distance / diameter,
            100.0 * PLANAR
        );
        return Err(FlowError::Inflow { region: region.to_owned(), why });
    }
    let axis = Vector3::ith(inward.iamin(), 1.0);
    let first = inward.cross(&axis).normalize();
    let second = inward.cross(&first);
    let place = |&node: &u32| at(node) - middle;
    Ok(nodes.iter().map(place).map(|x| Vector2::new(x.dot(&first), x.dot(&second))).collect())
}
