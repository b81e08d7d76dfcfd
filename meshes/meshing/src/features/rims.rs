use crate::domain::Patch;
use geometry::TriangleBvh;
use mesh::topology::EdgeTable;
use mesh::{Partition, Point3, SurfaceMesh};

/// A rim that turns by more than this (cosine of 60°) at a vertex has a corner there.
const CORNER: f64 = 0.5;

/// The sharp edges between the patches of a surface, as segments, and the points where they end, meet or turn.
#[derive(Debug, Clone, Default)]
pub(crate) struct Rims {
    pub(crate) segments: Vec<[Point3<f64>; 2]>,
    pub(crate) corners: Vec<Point3<f64>>,
    /// The segments as triangles without width; `None` without segments.
    tree: Option<TriangleBvh>,
}

impl Rims {
    /// The edges whose two triangles belong to different patches.
    pub(crate) fn between(surface: &SurfaceMesh, edges: &EdgeTable, patches: &[Patch]) -> Self {
        let differ = |edge: usize| match edges.uses(edge) {
            [s, t] => patches[s.triangle as usize] != patches[t.triangle as usize],
            _ => false,
        };
        let ends: Vec<[u32; 2]> =
            edges.edges().iter().enumerate().filter(|&(edge, _)| differ(edge)).map(|(_, ends)| *ends).collect();
        Self::along(&surface.points, &ends)
    }

    /// The edges where a partition's triangles of different sides meet: junctions of three parts, borders of cuts; and the
    /// sharp edges between the smooth `faces` of its triangles, as far as they have numbers.
    pub(crate) fn of_partition(partition: &Partition, faces: &[Patch]) -> Self {
        let edges = EdgeTable::new(&partition.triangles);
        let sides = |triangle: u32| {
            let [a, b] = partition.sides[triangle as usize];
            ([a.min(b), a.max(b)], faces.get(triangle as usize))
        };
        let differ = |edge: usize| {
            let uses = edges.uses(edge);
            uses.iter().any(|other| sides(other.triangle) != sides(uses[0].triangle))
        };
        let ends: Vec<[u32; 2]> =
            edges.edges().iter().enumerate().filter(|&(edge, _)| differ(edge)).map(|(_, ends)| *ends).collect();
        Self::along(&partition.points, &ends)
    }

    fn along(points: &[Point3<f64>], ends: &[[u32; 2]]) -> Self {
        let point = |v: u32| points[v as usize];
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
        let lines: Vec<[u32; 3]> = ends.iter().map(|&[a, b]| [a, b, b]).collect();
        let tree = (!lines.is_empty()).then(|| TriangleBvh::new(points, &lines));
        Self { segments, corners, tree }
    }

    /// The point of the rims nearest to `p` and its distance; `None` without rims.
    pub(crate) fn closest(&self, p: &Point3<f64>) -> Option<(Point3<f64>, f64)> {
        let nearest = self.tree.as_ref()?.closest_point(p, f64::INFINITY)?;
        let [a, b] = self.segments.get(nearest.triangle as usize)?;
        let along = b - a;
        let t = ((p - a).dot(&along) / along.norm_squared().max(f64::MIN_POSITIVE)).clamp(0.0, 1.0);
        let q = a + along * t;
        Some((q, (p - q).norm()))
    }
}
