//! Curves of a surface that edits keep: sharp edges, borders of regions and of holes.

use super::editable::{Editable, Kind};
use geometry::TriangleBvh;
use mesh::topology::SurfaceTopology;
use mesh::{Point3, SurfaceMesh};

/// A curve that turns by more than this at a vertex (45°) has a corner there.
const CORNER: f64 = std::f64::consts::FRAC_1_SQRT_2;

/// The curves of the input, for projection.
#[derive(Debug)]
pub(crate) struct Curves {
    /// The segments as triangles without area.
    bvh: TriangleBvh,
    /// Curve of every segment.
    numbers: Vec<u32>,
}

impl Curves {
    /// Marks the curve edges of `mesh`, which is `surface` unchanged, and what its vertices may do.
    ///
    /// `angle` (radians) between normals makes an edge sharp; `None` keeps only borders. Sharp edges that lead
    /// nowhere (an open end) and are shorter than `shortest` (mm) in all are noise, not features.
    pub(crate) fn mark(
        mesh: &mut Editable,
        surface: &SurfaceMesh,
        topology: &SurfaceTopology,
        angle: Option<f64>,
        shortest: f64,
    ) -> Self {
        let found = feature_edges(mesh, topology, angle);
        let mut graph = Graph::new(surface.points.len(), &found);
        graph.prune(&surface.points, shortest);
        for &v in &topology.non_manifold_vertices {
            graph.corner[v as usize] = true;
        }
        graph.find_corners(&surface.points);
        let (mut segments, mut numbers) = (Vec::new(), Vec::new());
        for (number, chain) in (0u32..).zip(graph.chains()) {
            for edge in chain {
                let [a, b] = graph.edges[edge as usize].ends;
                mesh.set_curve(a, b, number);
                segments.push([a, b, b]);
                numbers.push(number);
            }
        }
        for (v, kind) in mesh.kinds.iter_mut().enumerate() {
            *kind = match (graph.corner[v], graph.at[v].is_empty()) {
                (true, _) => Kind::Fixed,
                (false, true) => Kind::Free,
                (false, false) => Kind::Curve,
            };
        }
        Self { bvh: TriangleBvh::new(&surface.points, &segments), numbers }
    }

    /// The point of curve `number` nearest to `p`; `None` where another curve is nearer.
    pub(crate) fn project(&self, p: &Point3<f64>, number: u32) -> Option<Point3<f64>> {
        let closest = self.bvh.closest_point(p, f64::INFINITY)?;
        (self.numbers.get(closest.triangle as usize) == Some(&number)).then_some(closest.point)
    }
}

#[derive(Debug, Clone, Copy)]
struct FeatureEdge {
    ends: [u32; 2],
    /// A border is kept whatever its length.
    border: bool,
    kept: bool,
}

fn feature_edges(mesh: &Editable, topology: &SurfaceTopology, angle: Option<f64>) -> Vec<FeatureEdge> {
    let least = angle.map(f64::cos);
    let edges = &topology.edges;
    let is_feature = |(number, &ends): (usize, &[u32; 2])| {
        let [s, t] = edges.uses(number) else { return Some(FeatureEdge { ends, border: true, kept: true }) };
        let border = mesh.labels[s.triangle as usize] != mesh.labels[t.triangle as usize];
        let [m, n] = [s, t].map(|side| mesh.normal(side.triangle).try_normalize(0.0));
        let sharp = || matches!((m, n, least), (Some(m), Some(n), Some(least)) if m.dot(&n) < least);
        (border || sharp()).then_some(FeatureEdge { ends, border, kept: true })
    };
    edges.edges().iter().enumerate().filter_map(is_feature).collect()
}

/// The feature edges as a graph.
struct Graph {
    edges: Vec<FeatureEdge>,
    /// Edges at every vertex.
    at: Vec<Vec<u32>>,
    corner: Vec<bool>,
}

impl Graph {
    fn new(vertices: usize, edges: &[FeatureEdge]) -> Self {
        let mut at = vec![Vec::new(); vertices];
        for (number, edge) in (0u32..).zip(edges) {
            edge.ends.iter().for_each(|&v| at[v as usize].push(number));
        }
        Self { edges: edges.to_vec(), at, corner: vec![false; vertices] }
    }

    fn other(&self, edge: u32, v: u32) -> u32 {
        let [a, b] = self.edges[edge as usize].ends;
        if a == v { b } else { a }
    }

    /// The edges from `edge` on, away from `from`, up to the first vertex that does not join two edges.
    fn walk(&self, edge: u32, from: u32) -> (Vec<u32>, u32) {
        let (mut passed, mut current, mut v) = (vec![edge], edge, self.other(edge, from));
        while let &[first, second] = &self.at[v as usize][..]
            && !self.corner[v as usize]
            && first != second
        {
            current = if first == current { second } else { first };
            if current == edge {
                break;
            }
            passed.push(current);
            v = self.other(current, v);
        }
        (passed, v)
    }

    /// Drops short chains of sharp edges with an open end.
    fn prune(&mut self, points: &[Point3<f64>], shortest: f64) {
        for v in 0..self.at.len() as u32 {
            let &[edge] = &self.at[v as usize][..] else { continue };
            let (chain, _) = self.walk(edge, v);
            let length = |&edge: &u32| {
                let [a, b] = self.edges[edge as usize].ends;
                (points[a as usize] - points[b as usize]).norm()
            };
            let border = chain.iter().any(|&edge| self.edges[edge as usize].border);
            if !border && chain.iter().map(length).sum::<f64>() < shortest {
                for edge in chain {
                    self.edges[edge as usize].kept = false;
                    for v in self.edges[edge as usize].ends {
                        self.at[v as usize].retain(|&other| other != edge);
                    }
                }
            }
        }
    }

    /// Vertices where curves end, meet or turn sharply.
    fn find_corners(&mut self, points: &[Point3<f64>]) {
        for v in 0..self.at.len() as u32 {
            self.corner[v as usize] |= match &self.at[v as usize][..] {
                [] => false,
                &[first, second] => {
                    let here = points[v as usize];
                    let [m, n] = [first, second].map(|edge| points[self.other(edge, v) as usize] - here);
                    -m.dot(&n) <= CORNER * m.norm() * n.norm()
                }
                _ => true,
            };
        }
    }

    /// Curves between corners, then closed ones, each a list of edges.
    fn chains(&self) -> Vec<Vec<u32>> {
        let mut seen = vec![false; self.edges.len()];
        let mut chains = Vec::new();
        let corners = (0..self.at.len() as u32).filter(|&v| self.corner[v as usize]);
        let starts = corners.flat_map(|v| self.at[v as usize].iter().map(move |&edge| (edge, v)));
        let rest = (0u32..).zip(&self.edges).filter(|(_, edge)| edge.kept).map(|(number, edge)| (number, edge.ends[0]));
        for (edge, v) in starts.chain(rest) {
            if !seen[edge as usize] {
                let (chain, _) = self.walk(edge, v);
                chain.iter().for_each(|&edge| seen[edge as usize] = true);
                chains.push(chain);
            }
        }
        chains
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use mesh::primitives::{cuboid, cylinder};

    fn marked(surface: &SurfaceMesh) -> Editable {
        let labels = vec![0; surface.triangles.len()];
        let mut mesh = Editable::new(surface.points.clone(), surface.triangles.clone(), labels);
        Curves::mark(&mut mesh, surface, &SurfaceTopology::new(surface), Some(0.7), 0.1);
        mesh
    }

    #[test]
    fn a_box_has_eight_corners_and_a_cylinder_two_closed_rims() {
        let box_ = marked(&cuboid(Point3::origin(), Point3::new(3.0, 3.0, 3.0), [3, 3, 3]));
        let count = |mesh: &Editable, kind| mesh.kinds.iter().filter(|k| **k == kind).count();
        assert_eq!((count(&box_, Kind::Fixed), count(&box_, Kind::Curve), count(&box_, Kind::Free)), (8, 24, 24));
        let round = marked(&cylinder(1.0, 2.0, 24, 4));
        assert_eq!((count(&round, Kind::Fixed), count(&round, Kind::Curve)), (0, 48));
    }
}
