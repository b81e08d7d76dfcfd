//! The tetrahedral mesh while it is made, and its adjacency.

use crate::domain::{Material, OUTSIDE, Patch};
use mesh::{Point3, Vector3};
use rayon::prelude::*;

/// What a vertex may do when the mesh is improved.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Hold {
    /// Inside: moves freely.
    Free,
    /// On one patch of the boundary: slides on it.
    On(Patch),
    /// On a sharp edge of the boundary: slides along it.
    Rim,
    /// A corner of the boundary, or held for good: stays.
    Fixed,
}

/// Positively oriented tetrahedra and what their vertices may do.
#[derive(Debug, Clone, Default)]
pub(crate) struct TetMesh {
    pub(crate) points: Vec<Point3<f64>>,
    pub(crate) tets: Vec<[u32; 4]>,
    /// Material of each tetrahedron.
    pub(crate) materials: Vec<Material>,
    pub(crate) holds: Vec<Hold>,
}

impl TetMesh {
    pub(crate) fn corners(&self, tet: usize) -> [Point3<f64>; 4] {
        self.tets[tet].map(|v| self.points[v as usize])
    }

    pub(crate) fn on_boundary(&self, vertex: u32) -> bool {
        self.holds[vertex as usize] != Hold::Free
    }

    /// Faces that the next tetrahedron does not share or that lie between materials, outward, in the order of the
    /// tetrahedra; between materials both sides' faces.
    ///
    /// Every such face has its three vertices on the boundary, so only those are matched.
    pub(crate) fn boundary(&self) -> Vec<BoundaryFace> {
        let mut faces: Vec<(u64, u64, BoundaryFace)> = self
            .tets
            .par_iter()
            .enumerate()
            .flat_map_iter(|(t, tet)| {
                let material = self.materials[t];
                FACES.iter().enumerate().filter_map(move |(side, face)| {
                    let vertices = face.map(|k| tet[k]);
                    vertices.iter().all(|&v| self.on_boundary(v)).then(|| {
                        let (low, high) = face_key(vertices);
                        (
                            low,
                            high,
                            BoundaryFace { vertices, tet: t as u32, side: side as u8, material, beyond: OUTSIDE },
                        )
                    })
                })
            })
            .collect();
        faces.par_sort_unstable_by_key(|face| (face.0, face.1, face.2.tet));
        let mut boundary: Vec<BoundaryFace> = Vec::new();
        for group in faces.chunk_by(|a, b| (a.0, a.1) == (b.0, b.1)) {
            if let [(.., face)] = group {
                boundary.push(*face);
            } else if let [(.., one), (.., other)] = group
                && one.material != other.material
            {
                boundary.push(BoundaryFace { beyond: other.material, ..*one });
                boundary.push(BoundaryFace { beyond: one.material, ..*other });
            }
        }
        boundary.sort_unstable_by_key(|face| (face.tet, face.side));
        boundary
    }

    /// Drops the vertices without a tetrahedron; the others keep their order.
    pub(crate) fn drop_unused_vertices(&mut self) {
        let mut number = vec![u32::MAX; self.points.len()];
        self.tets.iter().flatten().for_each(|&v| number[v as usize] = 0);
        let mut next = 0;
        for number in number.iter_mut().filter(|number| **number == 0) {
            *number = next;
            next += 1;
        }
        let used = |v: usize| number[v] != u32::MAX;
        if next as usize == self.points.len() {
            return;
        }
        self.points = std::mem::take(&mut self.points)
            .into_iter()
            .enumerate()
            .filter(|(v, _)| used(*v))
            .map(|(_, p)| p)
            .collect();
        self.holds =
            std::mem::take(&mut self.holds).into_iter().enumerate().filter(|(v, _)| used(*v)).map(|(_, h)| h).collect();
        self.tets.iter_mut().flatten().for_each(|v| *v = number[*v as usize]);
    }

    /// Keeps the tetrahedra with the given numbers marked; the others keep their order.
    pub(crate) fn retain(&mut self, keep: &[bool]) {
        let mut marks = keep.iter();
        self.tets.retain(|_| marks.next().copied().unwrap_or(true));
        let mut marks = keep.iter();
        self.materials.retain(|_| marks.next().copied().unwrap_or(true));
    }

    /// Signed volume in mm³.
    pub(crate) fn volume(&self) -> f64 {
        // Sums of fixed blocks keep the result independent of the thread count.
        let partial: Vec<f64> = self
            .tets
            .par_chunks(4096)
            .map(|block| {
                block.iter().map(|tet| mesh::quality::signed_volume(&tet.map(|v| self.points[v as usize]))).sum()
            })
            .collect();
        partial.iter().sum()
    }
}

/// Local vertices of the faces, outward, in the order of `ElementKind::Tet4`.
pub(crate) const FACES: [[usize; 3]; 4] = [[0, 2, 1], [0, 1, 3], [1, 2, 3], [0, 3, 2]];

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct BoundaryFace {
    pub(crate) vertices: [u32; 3],
    pub(crate) tet: u32,
    pub(crate) side: u8,
    /// Material of the tetrahedron.
    pub(crate) material: Material,
    /// Material on the other side.
    pub(crate) beyond: Material,
}

impl BoundaryFace {
    /// Whether of the two faces between materials this is the one to count.
    pub(crate) fn is_first(&self) -> bool {
        self.beyond == OUTSIDE || self.material < self.beyond
    }

    /// The same face with the normal pointing out of `material`, one of its two.
    pub(crate) fn seen_from(&self, material: Material) -> Self {
        let [a, b, c] = self.vertices;
        if material == self.material { *self } else { Self { vertices: [a, c, b], ..*self } }
    }

    /// Twice the area times the outward unit normal.
    pub(crate) fn area_vector2(&self, points: &[Point3<f64>]) -> Vector3<f64> {
        let [a, b, c] = self.vertices.map(|v| points[v as usize]);
        (b - a).cross(&(c - a))
    }
}

fn face_key(mut v: [u32; 3]) -> (u64, u64) {
    v.sort_unstable();
    (u64::from(v[0]) << 32 | u64::from(v[1]), u64::from(v[2]))
}

/// Numbers of the items at each vertex, one slice a vertex.
#[derive(Debug, Clone, Default)]
pub(crate) struct Incidence {
    start: Vec<u32>,
    items: Vec<u32>,
    /// How many items there are.
    count: usize,
}

impl Incidence {
    /// Which of the `items` (vertex tuples) name each of `count` vertices, in ascending order.
    pub(crate) fn new<const N: usize>(count: usize, items: &[[u32; N]]) -> Self {
        let mut start = vec![0_u32; count + 1];
        for item in items {
            item.iter().for_each(|&v| start[v as usize + 1] += 1);
        }
        for v in 0..count {
            start[v + 1] += start[v];
        }
        let mut next = start.clone();
        let mut list = vec![0_u32; items.len() * N];
        for (k, item) in items.iter().enumerate() {
            for &v in item {
                list[next[v as usize] as usize] = k as u32;
                next[v as usize] += 1;
            }
        }
        Self { start, items: list, count: items.len() }
    }

    /// How many items there are.
    pub(crate) fn items(&self) -> usize {
        self.count
    }

    /// The number of vertices.
    pub(crate) fn len(&self) -> usize {
        self.start.len().saturating_sub(1)
    }

    pub(crate) fn of(&self, vertex: u32) -> &[u32] {
        let v = vertex as usize;
        &self.items[self.start[v] as usize..self.start[v + 1] as usize]
    }
}
