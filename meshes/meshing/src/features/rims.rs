use crate::domain::Patch;
use mesh::topology::EdgeTable;
use mesh::{Point3, SurfaceMesh};

/// A rim that turns by more than this (cosine of 60°) at a vertex has a corner there.
const CORNER: f64 = 0.5;

/// The sharp edges between the patches of a surface, as segments, and the points where they end, meet or turn.
#[derive(Debug, Clone, Default)]
pub(crate) struct Rims {
    pub(crate) segments: Vec<[Point3<f64>; 2]>,
    pub(crate) corners: Vec<Point3<f64>>,
}

impl Rims {
    /// The edges whose two triangles belong to different patches.
    pub(crate) fn between(surface: &SurfaceMesh, edges: &EdgeTable, patches: &[Patch]) -> Self {
        let mut ends: Vec<[u32; 2]> = Vec::new();
        for (edge, &vertices) in edges.edges().iter().enumerate() {
            if let [s, t] = edges.uses(edge)
                && patches[s.triangle as usize] != patches[t.triangle as usize]
            {
                ends.push(vertices);
            }
        }
        let point = |v: u32| surface.points[v as usize];
        let segments = ends.iter().map(|edge| edge.map(point)).collect();
        let mut at_vertex: Vec<(u32, u32)> = ends.iter().flat_map(|&[a, b]| [(a, b), (b, a)]).collect();
        at_vertex.sort_unstable();
        let is_corner = |group: &&[(u32, u32)]| match group {
            [(v, a), (_, b)] => {
                let (to_a, to_b) = (point(*a) - point(*v), point(*b) - point(*v));
                -to_a.dot(&to_b) < CORNER * to_a.norm() * to_b.norm()
            }
            _ => true,
        };
        let corners = at_vertex.chunk_by(|s, t| s.0 == t.0).filter(is_corner).map(|group| point(group[0].0)).collect();
        Self { segments, corners }
    }

    /// The point of the rims nearest to `p` and its distance; `None` without rims.
    pub(crate) fn closest(&self, p: &Point3<f64>) -> Option<(Point3<f64>, f64)> {
        let mut best: Option<(Point3<f64>, f64)> = None;
        for [a, b] in &self.segments {
            let along = b - a;
            let t = ((p - a).dot(&along) / along.norm_squared().max(f64::MIN_POSITIVE)).clamp(0.0, 1.0);
            let q = a + along * t;
            let distance2 = (p - q).norm_squared();
            if best.is_none_or(|(_, least)| distance2 < least) {
                best = Some((q, distance2));
            }
        }
        best.map(|(q, distance2)| (q, distance2.sqrt()))
    }
}
