//! The background tetrahedra over the octree (Labelle & Shewchuk 2007, section 4).

use super::octree::{Leaf, Octree, Side, decode, encode};
use crate::domain::{Domain, Material, OUTSIDE};
use crate::parallel::parallel_map;
use control::{Cancelled, RunControl};
use mesh::Point3;
use rayon::prelude::*;

/// Vertices and tetrahedra of the background grid. The centre of leaf `k` is vertex `k`, corners follow.
#[derive(Debug)]
pub(crate) struct Lattice {
    pub(crate) points: Vec<Point3<f64>>,
    /// Number of centres.
    pub(crate) centres: usize,
    /// Material of each vertex.
    pub(crate) materials: Vec<Material>,
    /// Width of the smallest cell that each vertex is the centre or a corner of.
    pub(crate) widths: Vec<f64>,
    /// Tetrahedra of one material, none outside.
    pub(crate) whole: Vec<[u32; 4]>,
    /// Tetrahedra with vertices of different materials, outside being one.
    pub(crate) crossed: Vec<[u32; 4]>,
}

struct Corners<'a> {
    tree: &'a Octree,
    /// Keys in ascending order.
    keys: Vec<u64>,
    /// Eight corners of each leaf, as positions in `keys`.
    of_leaf: Vec<[u32; 8]>,
}

/// The four corners of each face of a cell, as a cycle; faces -x, +x, -y, +y, -z, +z. Corner k has the coordinates
/// (k & 1, k >> 1 & 1, k >> 2).
const FACE_CORNERS: [[usize; 4]; 6] =
    [[0, 2, 6, 4], [1, 3, 7, 5], [0, 1, 5, 4], [2, 3, 7, 6], [0, 1, 3, 2], [4, 5, 7, 6]];

impl Lattice {
    pub(crate) fn build(tree: &Octree, domain: &dyn Domain, control: &RunControl) -> Result<Self, Cancelled> {
        let corners = Corners::new(tree);
        let centres = tree.leaves.len();
        let points: Vec<Point3<f64>> = tree
            .leaves
            .iter()
            .map(|leaf| tree.centre(leaf.key, leaf.level))
            .chain(corners.keys.iter().map(|&key| tree.corner(key)))
            .collect();
        let materials = corners.materials(domain, &points, control)?;
        control.check()?;
        let tets: Vec<[u32; 4]> = (0..centres).into_par_iter().flat_map_iter(|k| corners.tets(k, &materials)).collect();
        let (mut whole, mut crossed) = (Vec::with_capacity(tets.len()), Vec::new());
        for mut tet in tets {
            if mesh::quality::signed_volume(&tet.map(|v| points[v as usize])) < 0.0 {
                tet.swap(2, 3);
            }
            let first = materials[tet[0] as usize];
            let is_whole = tet.iter().all(|&v| materials[v as usize] == first);
            if is_whole { whole.push(tet) } else { crossed.push(tet) }
        }
        Ok(Self { points, centres, materials, widths: corners.widths(), whole, crossed })
    }
}

impl<'a> Corners<'a> {
    fn new(tree: &'a Octree) -> Self {
        let corner_keys = |leaf: &Leaf| -> [u64; 8] {
            let (low, width) = (decode(leaf.key), 1_u32 << leaf.level);
            std::array::from_fn(|k| encode(std::array::from_fn(|a| low[a] + (k as u32 >> a & 1) * width)))
        };
        let mut keys: Vec<u64> = tree.leaves.par_iter().flat_map_iter(corner_keys).collect();
        keys.par_sort_unstable();
        keys.dedup();
        let position = |key: u64| keys.partition_point(|&other| other < key) as u32;
        let of_leaf = tree.leaves.par_iter().map(|leaf| corner_keys(leaf).map(position)).collect();
        Self { tree, keys, of_leaf }
    }

    fn widths(&self) -> Vec<f64> {
        let leaves = &self.tree.leaves;
        let mut of_corners = vec![f64::INFINITY; self.keys.len()];
        for (leaf, corners) in leaves.iter().zip(&self.of_leaf) {
            let width = self.tree.width(leaf.level);
            corners.iter().for_each(|&c| of_corners[c as usize] = of_corners[c as usize].min(width));
        }
        leaves.iter().map(|leaf| self.tree.width(leaf.level)).chain(of_corners).collect()
    }

    /// Material of every vertex. The domain is asked only where distances leave it open.
    fn materials(
        &self,
        domain: &dyn Domain,
        points: &[Point3<f64>],
        control: &RunControl,
    ) -> Result<Vec<Material>, Cancelled> {
        let leaves = &self.tree.leaves;
        let count = points.len();
        // Upper bounds of the corners' distances; a corner only of leaves clear of the boundary stays unasked.
        let mut bound = vec![f64::INFINITY; count - leaves.len()];
        let mut near = vec![false; bound.len()];
        for (leaf, corners) in leaves.iter().zip(&self.of_leaf) {
            let half_diagonal = 0.5 * 3.0_f64.sqrt() * self.tree.width(leaf.level);
            for &c in corners {
                bound[c as usize] = bound[c as usize].min(leaf.distance + half_diagonal);
                near[c as usize] |= leaf.side == Side::Unknown || leaf.distance < half_diagonal * 1.001;
            }
        }
        let asked: Vec<u32> = (0..bound.len() as u32).filter(|&c| near[c as usize]).collect();
        let found =
            parallel_map(&asked, control, |&c| domain.distance(&points[leaves.len() + c as usize], bound[c as usize]))?;
        let mut distance: Vec<f64> = leaves.iter().map(|leaf| leaf.distance).chain(bound).collect();
        for (&c, found) in asked.iter().zip(found) {
            distance[leaves.len() + c as usize] = found;
        }
        let mut groups = self.group(&distance, &near, points);
        groups.resolve(leaves, &distance, points, domain, control)
    }

    /// Joins vertices that must be of one material: their distances together exceed the distance between them.
    fn group(&self, distance: &[f64], near: &[bool], points: &[Point3<f64>]) -> Groups {
        let leaves = &self.tree.leaves;
        let mut groups = Groups { parent: (0..points.len() as u32).collect() };
        let mut join = |a: u32, b: u32| {
            let apart = (points[a as usize] - points[b as usize]).norm();
            if distance[a as usize] + distance[b as usize] > apart * 1.000_001 {
                groups.join(a, b);
            }
        };
        for (k, (leaf, corners)) in leaves.iter().zip(&self.of_leaf).enumerate() {
            let vertex = |c: usize| leaves.len() as u32 + corners[c];
            for c in 0..8 {
                if near[corners[c] as usize] {
                    join(k as u32, vertex(c));
                    for axis in 0..3 {
                        if c >> axis & 1 == 0 {
                            join(vertex(c), vertex(c | 1 << axis));
                        }
                    }
                } else {
                    // A corner of clear leaves only: on their side without a look at the boundary.
                    join_clear(leaf, k as u32, vertex(c), &mut join);
                }
            }
            if leaf.side == Side::Unknown {
                let low = decode(leaf.key).map(i64::from);
                for axis in 0..3 {
                    for step in [-1, 1] {
                        let mut at = low;
                        at[axis] += step;
                        if let Some(other) = self.tree.find(at) {
                            join(k as u32, other as u32);
                        }
                    }
                }
            }
        }
        groups
    }

    /// The background tetrahedra that leaf `k` emits and that have a vertex inside.
    fn tets(&self, k: usize, materials: &[Material]) -> Vec<[u32; 4]> {
        let mut tets = Vec::with_capacity(12);
        let leaf = &self.tree.leaves[k];
        let (low, width) = (decode(leaf.key).map(i64::from), 1_i64 << leaf.level);
        for face in 0..6 {
            let mut at = low;
            at[face / 2] += if face % 2 == 1 { width } else { -1 };
            let Some(other) = self.tree.find(at) else { continue };
            let level = self.tree.leaves[other].level;
            if level == leaf.level && face % 2 == 1 {
                self.between_equals(k, other, face, &mut tets);
            } else if level > leaf.level {
                self.between_sizes(k, other, face, &mut tets);
            }
        }
        tets.retain(|tet| tet.iter().any(|&v| materials[v as usize] != OUTSIDE));
        tets
    }

    /// Four tetrahedra around the line between two centres, one for each edge of the common face; an edge with a
    /// node in its middle gives two.
    fn between_equals(&self, k: usize, other: usize, face: usize, tets: &mut Vec<[u32; 4]>) {
        let first = self.tree.leaves.len() as u32;
        let corners = FACE_CORNERS[face].map(|c| self.of_leaf[k][c]);
        for edge in 0..4 {
            let (a, b) = (corners[edge], corners[(edge + 1) % 4]);
            let (centre, opposite) = (k as u32, other as u32);
            match self.middle(a, b, self.tree.leaves[k].level) {
                Some(m) => {
                    tets.push([centre, opposite, first + a, first + m]);
                    tets.push([centre, opposite, first + m, first + b]);
                }
                None => tets.push([centre, opposite, first + a, first + b]),
            }
        }
    }

    /// A face between cells of different size: two triangles with the diagonal through the centre of the larger
    /// cell's face, each joined to both centres.
    fn between_sizes(&self, small: usize, large: usize, face: usize, tets: &mut Vec<[u32; 4]>) {
        let first = self.tree.leaves.len() as u32;
        let level = self.tree.leaves[small].level;
        let corners = FACE_CORNERS[face].map(|c| self.of_leaf[small][c]);
        // The centre of the larger face is the small corner with odd coordinates, in small cells, on the larger grid.
        let low = decode(self.tree.leaves[large].key);
        let is_middle = |corner: u32| {
            let at = decode(self.keys[corner as usize]);
            (0..3).filter(|&a| a != face / 2).all(|a| at[a] == low[a] + (1 << level))
        };
        let start = corners.iter().position(|&c| is_middle(c)).unwrap_or(0);
        let c = |k: usize| first + corners[(start + k) % 4];
        for centre in [small as u32, large as u32] {
            tets.push([centre, c(0), c(1), c(2)]);
            tets.push([centre, c(0), c(2), c(3)]);
        }
    }

    /// The node half way between two corners of a cell, if finer cells around made one.
    fn middle(&self, a: u32, b: u32, level: u8) -> Option<u32> {
        if level == 0 {
            return None;
        }
        let (p, q) = (decode(self.keys[a as usize]), decode(self.keys[b as usize]));
        let key = encode(std::array::from_fn(|axis| (p[axis] + q[axis]) / 2));
        self.keys.binary_search(&key).ok().map(|k| k as u32)
    }
}

fn join_clear(leaf: &Leaf, centre: u32, corner: u32, join: &mut impl FnMut(u32, u32)) {
    debug_assert!(leaf.side != Side::Unknown);
    join(centre, corner);
}

/// Disjoint sets of vertices (Tarjan 1975), the smallest number being the representative.
struct Groups {
    parent: Vec<u32>,
}

impl Groups {
    fn find(&mut self, mut v: u32) -> u32 {
        while self.parent[v as usize] != v {
            let above = self.parent[self.parent[v as usize] as usize];
            self.parent[v as usize] = above;
            v = above;
        }
        v
    }

    fn join(&mut self, a: u32, b: u32) {
        let (a, b) = (self.find(a), self.find(b));
        let (low, high) = (a.min(b), a.max(b));
        self.parent[high as usize] = low;
    }

    /// The material of each vertex: that of a leaf of its group, or the answer at the group's farthest vertex.
    fn resolve(
        &mut self,
        leaves: &[Leaf],
        distance: &[f64],
        points: &[Point3<f64>],
        domain: &dyn Domain,
        control: &RunControl,
    ) -> Result<Vec<Material>, Cancelled> {
        let count = self.parent.len();
        let root: Vec<u32> = (0..count as u32).map(|v| self.find(v)).collect();
        let mut side = vec![Side::Unknown; count];
        for (leaf, &root) in leaves.iter().zip(&root) {
            if leaf.side != Side::Unknown {
                side[root as usize] = leaf.side;
            }
        }
        let mut farthest: Vec<u32> = (0..count as u32).collect();
        for (v, &root) in root.iter().enumerate() {
            if distance[v] > distance[farthest[root as usize] as usize] {
                farthest[root as usize] = v as u32;
            }
        }
        let open: Vec<u32> =
            (0..count as u32).filter(|&v| root[v as usize] == v && side[v as usize] == Side::Unknown).collect();
        let answers = parallel_map(&open, control, |&v| domain.material(&points[farthest[v as usize] as usize]))?;
        for (&v, material) in open.iter().zip(answers) {
            side[v as usize] = Side::of(material);
        }
        Ok(root.iter().map(|&root| side[root as usize].material()).collect())
    }
}
