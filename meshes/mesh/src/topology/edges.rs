/// One side of a triangle.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct EdgeUse {
    /// The triangle.
    pub triangle: u32,
    /// Side `k` runs from corner `k` to corner `(k + 1) % 3`.
    pub side: u8,
    /// Whether the side runs from the edge's smaller vertex to its larger one.
    pub forward: bool,
}

/// The edges of a triangulation with the triangles at each, sorted by (smaller vertex, larger vertex).
///
/// A triangle that names a vertex twice has no edges. Cost: O(n log n), 30 bytes a side.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct EdgeTable {
    edges: Vec<[u32; 2]>,
    offsets: Vec<u32>,
    uses: Vec<EdgeUse>,
    edge_of_side: Vec<u32>,
}

const NO_EDGE: u32 = u32::MAX;

impl EdgeTable {
    /// The edges of `triangles`.
    pub fn new(triangles: &[[u32; 3]]) -> Self {
        let mut sides: Vec<(u64, u32)> = Vec::with_capacity(3 * triangles.len());
        for (t, triangle) in (0u32..).zip(triangles) {
            if names_a_vertex_twice(triangle) {
                continue;
            }
            for side in 0..3 {
                let (a, b) = (triangle[side], triangle[(side + 1) % 3]);
                sides.push(((u64::from(a.min(b)) << 32) | u64::from(a.max(b)), 3 * t + side as u32));
            }
        }
        sides.sort_unstable();
        let mut table = Self {
            edges: Vec::with_capacity(sides.len() / 2),
            offsets: vec![0],
            uses: Vec::with_capacity(sides.len()),
            edge_of_side: vec![NO_EDGE; 3 * triangles.len()],
        };
        for same in sides.chunk_by(|a, b| a.0 == b.0) {
            let vertices = [(same[0].0 >> 32) as u32, same[0].0 as u32];
            for &(_, code) in same {
                let (triangle, side) = (code / 3, (code % 3) as u8);
                let forward = triangles[triangle as usize][usize::from(side)] == vertices[0];
                table.edge_of_side[code as usize] = table.edges.len() as u32;
                table.uses.push(EdgeUse { triangle, side, forward });
            }
            table.edges.push(vertices);
            table.offsets.push(table.uses.len() as u32);
        }
        table
    }

    /// Number of edges.
    pub fn len(&self) -> usize {
        self.edges.len()
    }

    /// Whether there is no edge.
    pub fn is_empty(&self) -> bool {
        self.edges.is_empty()
    }

    /// Vertices of every edge, the smaller first; sorted.
    pub fn edges(&self) -> &[[u32; 2]] {
        &self.edges
    }

    /// The sides that lie on edge `edge`, by triangle: one on a boundary, two inside, more where not manifold.
    /// Panics when out of range.
    pub fn uses(&self, edge: usize) -> &[EdgeUse] {
        &self.uses[self.offsets[edge] as usize..self.offsets[edge + 1] as usize]
    }

    /// The edge on side `side` of triangle `triangle`; `None` out of range and for a triangle
    /// that names a vertex twice.
    pub fn edge_of_side(&self, triangle: u32, side: u8) -> Option<usize> {
        let edge = *self.edge_of_side.get(3 * triangle as usize + usize::from(side))?;
        (edge != NO_EDGE).then_some(edge as usize)
    }

    /// The triangle on the other side of `side` where exactly two triangles meet.
    pub fn neighbour(&self, triangle: u32, side: u8) -> Option<u32> {
        match self.uses(self.edge_of_side(triangle, side)?) {
            [a, b] => Some(if a.triangle == triangle { b.triangle } else { a.triangle }),
            _ => None,
        }
    }

    /// Numbers of the edges whose uses satisfy `test`, ascending.
    pub(super) fn select(&self, test: impl Fn(&[EdgeUse]) -> bool) -> Vec<u32> {
        (0..self.len() as u32).filter(|&edge| test(self.uses(edge as usize))).collect()
    }
}

pub(super) fn names_a_vertex_twice([a, b, c]: &[u32; 3]) -> bool {
    a == b || b == c || c == a
}
