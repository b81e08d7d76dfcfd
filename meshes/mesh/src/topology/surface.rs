use super::edges::{EdgeTable, names_a_vertex_twice};
use super::union_find::UnionFind;
use crate::SurfaceMesh;

/// A triangle is degenerate when its smallest altitude is at most this fraction of its longest edge.
const DEGENERATE: f64 = 1e-10;

/// A set of triangles connected across shared edges.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Component {
    /// Its triangles, ascending.
    pub triangles: Vec<u32>,
    /// Vertices − edges + triangles.
    pub euler_characteristic: i64,
    /// Boundary loops.
    pub boundary_loops: usize,
    /// g of χ = 2 − 2g − b; `None` when the component is not manifold or not consistently oriented.
    pub genus: Option<u32>,
}

/// What can be said of a surface from its connectivity (and, for degenerate triangles, its coordinates).
///
/// Triangles that name a vertex twice have no edges, belong to no component and count in no characteristic. Cost: O(n log n).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SurfaceTopology {
    /// All edges.
    pub edges: EdgeTable,
    /// Parts connected across shared edges, by their first triangle.
    pub components: Vec<Component>,
    /// Number of parts connected by shared vertices; smaller than `components` where parts touch in a vertex.
    pub vertex_components: usize,
    /// Vertices along each hole, the surface on the left seen from outside; the last joins the first. A chain that ends
    /// at a non-manifold edge is listed too.
    pub boundary_loops: Vec<Vec<u32>>,
    /// Edges with more than two triangles.
    pub non_manifold_edges: Vec<[u32; 2]>,
    /// Vertices where two or more fans of triangles touch.
    pub non_manifold_vertices: Vec<u32>,
    /// Edges whose two triangles run along it in the same direction: neighbours of opposite orientation.
    pub inconsistent_edges: Vec<[u32; 2]>,
    /// Triangles on the same three vertices as an earlier one, whatever their orientation.
    pub duplicate_triangles: Vec<u32>,
    /// Triangles that name a vertex twice or whose smallest altitude is at most 1e-10 of the longest edge.
    pub degenerate_triangles: Vec<u32>,
    /// Vertices in use − edges + triangles, over the whole surface.
    pub euler_characteristic: i64,
}

impl SurfaceTopology {
    /// Examines a surface. Merge equal points first ([`super::merge_equal_points`]), as STL files share none.
    pub fn new(surface: &SurfaceMesh) -> Self {
        let triangles = &surface.triangles;
        let edges = EdgeTable::new(triangles);
        let parts = Parts::new(triangles, &edges);
        let boundary_loops = boundary_loops(triangles, &edges);
        let non_manifold_vertices = non_manifold_vertices(triangles, &edges);
        let vertices_of = |numbers: Vec<u32>| numbers.iter().map(|&e| edges.edges()[e as usize]).collect();
        Self {
            components: parts.components(&edges, &boundary_loops, &non_manifold_vertices),
            vertex_components: vertex_components(triangles),
            non_manifold_edges: vertices_of(edges.select(|uses| uses.len() > 2)),
            inconsistent_edges: vertices_of(edges.select(|u| u.len() == 2 && u[0].forward == u[1].forward)),
            duplicate_triangles: duplicate_triangles(triangles),
            degenerate_triangles: degenerate_triangles(surface),
            euler_characteristic: parts.euler_characteristic(&edges),
            boundary_loops,
            non_manifold_vertices,
            edges,
        }
    }

    /// Whether every edge has two triangles that run along it in opposite directions: the surface encloses a volume.
    pub fn is_watertight(&self) -> bool {
        !self.edges.is_empty()
            && (0..self.edges.len()).all(|e| matches!(self.edges.uses(e), [a, b] if a.forward != b.forward))
    }
}

/// Which triangle and which vertex belongs to which component.
struct Parts {
    count: usize,
    /// Component of every triangle; `NO_PART` for those that name a vertex twice.
    of_triangle: Vec<u32>,
    /// Pairs (vertex, component), sorted and unique.
    of_vertex: Vec<(u32, u32)>,
}

const NO_PART: u32 = u32::MAX;

impl Parts {
    fn new(triangles: &[[u32; 3]], edges: &EdgeTable) -> Self {
        let mut sets = UnionFind::new(triangles.len());
        for edge in 0..edges.len() {
            edges.uses(edge).windows(2).for_each(|pair| sets.join(pair[0].triangle, pair[1].triangle));
        }
        let (mut count, mut of_triangle, mut of_vertex) = (0, vec![NO_PART; triangles.len()], Vec::new());
        for (t, triangle) in triangles.iter().enumerate().filter(|(_, t)| !names_a_vertex_twice(t)) {
            // The root is the set's first triangle, so it has its number by the time the others ask.
            let root = sets.root(t as u32) as usize;
            if root == t {
                of_triangle[t] = count;
                count += 1;
            }
            of_triangle[t] = of_triangle[root];
            of_vertex.extend(triangle.map(|v| (v, of_triangle[t])));
        }
        of_vertex.sort_unstable();
        of_vertex.dedup();
        Self { count: count as usize, of_triangle, of_vertex }
    }

    fn of_edge(&self, edges: &EdgeTable, edge: usize) -> usize {
        self.of_triangle[edges.uses(edge)[0].triangle as usize] as usize
    }

    fn euler_characteristic(&self, edges: &EdgeTable) -> i64 {
        let vertices = self.of_vertex.chunk_by(|a, b| a.0 == b.0).count() as i64;
        let triangles = self.of_triangle.iter().filter(|&&part| part != NO_PART).count() as i64;
        vertices - edges.len() as i64 + triangles
    }

    fn components(&self, edges: &EdgeTable, loops: &[Vec<u32>], non_manifold_vertices: &[u32]) -> Vec<Component> {
        let mut components = vec![Component::default(); self.count];
        let mut regular = vec![true; self.count];
        for (t, &part) in (0u32..).zip(&self.of_triangle).filter(|(_, part)| **part != NO_PART) {
            components[part as usize].triangles.push(t);
            components[part as usize].euler_characteristic += 1;
        }
        for edge in 0..edges.len() {
            let part = self.of_edge(edges, edge);
            components[part].euler_characteristic -= 1;
            regular[part] &= match edges.uses(edge) {
                [_] => true,
                [a, b] => a.forward != b.forward,
                _ => false,
            };
        }
        for &(vertex, part) in &self.of_vertex {
            components[part as usize].euler_characteristic += 1;
            regular[part as usize] &= non_manifold_vertices.binary_search(&vertex).is_err();
        }
        for chain in loops {
            let edge = edges.edges().binary_search(&[chain[0].min(chain[1]), chain[0].max(chain[1])]);
            if let Ok(edge) = edge {
                components[self.of_edge(edges, edge)].boundary_loops += 1;
            }
        }
        for (component, regular) in components.iter_mut().zip(regular) {
            let twice = 2 - component.euler_characteristic - component.boundary_loops as i64;
            component.genus = (regular && twice >= 0 && twice % 2 == 0).then_some((twice / 2) as u32);
        }
        components
    }
}

fn vertex_components(triangles: &[[u32; 3]]) -> usize {
    let vertices = triangles.iter().flatten().max().map_or(0, |&v| v as usize + 1);
    let mut sets = UnionFind::new(vertices);
    for [a, b, c] in triangles {
        sets.join(*a, *b);
        sets.join(*b, *c);
    }
    let mut roots: Vec<u32> = triangles.iter().map(|t| sets.root(t[0])).collect();
    roots.sort_unstable();
    roots.dedup();
    roots.len()
}

/// Vertices whose corners fall into several groups when corners are joined across the edges at the vertex.
fn non_manifold_vertices(triangles: &[[u32; 3]], edges: &EdgeTable) -> Vec<u32> {
    let mut sets = UnionFind::new(3 * triangles.len());
    for edge in 0..edges.len() {
        for pair in edges.uses(edge).windows(2) {
            for vertex in edges.edges()[edge] {
                let [a, b] = [pair[0], pair[1]].map(|at| {
                    let corner = triangles[at.triangle as usize].iter().position(|&v| v == vertex).unwrap_or(0);
                    3 * at.triangle + corner as u32
                });
                sets.join(a, b);
            }
        }
    }
    let corners = (0u32..).zip(triangles.iter().flatten());
    let regular = |corner: u32| !names_a_vertex_twice(&triangles[corner as usize / 3]);
    let mut fans: Vec<(u32, u32)> =
        corners.filter(|&(corner, _)| regular(corner)).map(|(corner, &v)| (v, sets.root(corner))).collect();
    fans.sort_unstable();
    fans.dedup();
    fans.chunk_by(|a, b| a.0 == b.0).filter(|fans| fans.len() > 1).map(|fans| fans[0].0).collect()
}

/// The boundary edge that follows `edge` at its end `vertex`, reached by turning around the vertex through the fan of
/// triangles; `None` where the fan ends at a non-manifold edge.
fn next_on_boundary(triangles: &[[u32; 3]], edges: &EdgeTable, edge: usize, vertex: u32) -> Option<usize> {
    let (mut current, mut triangle) = (edge, edges.uses(edge)[0].triangle);
    loop {
        let corners = &triangles[triangle as usize];
        let at = corners.iter().position(|&v| v == vertex)? as u8;
        let sides = [at, (at + 2) % 3].map(|side| edges.edge_of_side(triangle, side));
        let next = if sides[0] == Some(current) { sides[1]? } else { sides[0]? };
        match edges.uses(next) {
            [_] => return Some(next),
            [a, b] if a.triangle != b.triangle => {
                triangle = if a.triangle == triangle { b.triangle } else { a.triangle };
                current = next;
            }
            _ => return None,
        }
    }
}

fn boundary_loops(triangles: &[[u32; 3]], edges: &EdgeTable) -> Vec<Vec<u32>> {
    let mut seen = vec![false; edges.len()];
    let mut loops = Vec::new();
    for start in edges.select(|uses| uses.len() == 1).into_iter().map(|edge| edge as usize) {
        if std::mem::replace(&mut seen[start], true) {
            continue;
        }
        let [low, high] = edges.edges()[start];
        let (from, to) = if edges.uses(start)[0].forward { (low, high) } else { (high, low) };
        let mut walk = |mut edge: usize, mut vertex: u32| {
            let mut passed = vec![vertex];
            while let Some(next) = next_on_boundary(triangles, edges, edge, vertex) {
                if std::mem::replace(&mut seen[next], true) {
                    break;
                }
                let [a, b] = edges.edges()[next];
                vertex = if a == vertex { b } else { a };
                edge = next;
                passed.push(vertex);
            }
            passed
        };
        let ahead = walk(start, to);
        let mut chain = walk(start, from);
        chain.reverse();
        chain.extend(ahead);
        // A closed walk ahead comes back to `from`.
        if chain.len() > 2 && chain.first() == chain.last() {
            chain.pop();
        }
        loops.push(chain);
    }
    loops
}

fn duplicate_triangles(triangles: &[[u32; 3]]) -> Vec<u32> {
    let sorted = |triangle: &[u32; 3]| {
        let mut key = *triangle;
        key.sort_unstable();
        key
    };
    let mut keys: Vec<([u32; 3], u32)> = triangles.iter().map(sorted).zip(0u32..).collect();
    keys.sort_unstable();
    let mut later: Vec<u32> =
        keys.chunk_by(|a, b| a.0 == b.0).flat_map(|same| same[1..].iter().map(|key| key.1)).collect();
    later.sort_unstable();
    later
}

fn degenerate_triangles(surface: &SurfaceMesh) -> Vec<u32> {
    let flat = |t: usize| {
        let [a, b, c] = surface.corners(t);
        let longest2 = (b - a).norm_squared().max((c - b).norm_squared()).max((a - c).norm_squared());
        surface.area_vector2(t).norm() <= DEGENERATE * longest2
    };
    let triangles = (0u32..).zip(&surface.triangles);
    triangles.filter(|&(t, triangle)| names_a_vertex_twice(triangle) || flat(t as usize)).map(|(t, _)| t).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Point3;
    use crate::primitives::{cuboid, icosphere, torus};

    fn of_triangles(triangles: Vec<[u32; 3]>) -> SurfaceTopology {
        let count = triangles.iter().flatten().max().unwrap() + 1;
        let points = (0..count).map(f64::from).map(|k| Point3::new(k, k * k, k * k * k)).collect();
        SurfaceTopology::new(&SurfaceMesh::new(points, triangles))
    }

    #[test]
    fn sphere_and_torus_are_watertight_of_genus_zero_and_one() {
        for (surface, genus, euler) in [(icosphere(1.0, 2), 0, 2), (torus(3.0, 1.0, 12, 8), 1, 0)] {
            let topology = SurfaceTopology::new(&surface);
            assert!(topology.is_watertight());
            assert_eq!((topology.components.len(), topology.components[0].genus), (1, Some(genus)));
            assert_eq!(topology.euler_characteristic, euler);
            assert_eq!(topology.degenerate_triangles, []);
        }
    }

    #[test]
    fn an_open_box_has_one_loop_that_keeps_the_surface_on_the_left() {
        let mut surface = cuboid(Point3::origin(), Point3::new(1.0, 2.0, 3.0), [1, 1, 1]);
        let top = |t: usize| surface.corners(t).iter().all(|p| p.z == 3.0);
        surface.triangles = (0..12).filter(|&t| !top(t)).map(|t| surface.triangles[t]).collect();
        let topology = SurfaceTopology::new(&surface);
        let [rim] = &topology.boundary_loops[..] else { panic!("one loop, not {:?}", topology.boundary_loops) };
        let points: Vec<Point3<f64>> = rim.iter().map(|&v| surface.points[v as usize]).collect();
        let area2: f64 = (0..4).map(|k| points[k].coords.cross(&points[(k + 1) % 4].coords).z).sum();
        assert_eq!((rim.len(), area2), (4, -4.0), "seen from above the hole is passed clockwise");
        assert_eq!((topology.components[0].genus, topology.euler_characteristic), (Some(0), 1));
        assert!(!topology.is_watertight());
    }

    #[test]
    fn defects_are_told_apart() {
        let fins = of_triangles(vec![[0, 1, 2], [1, 0, 3], [0, 1, 4]]);
        assert_eq!((fins.non_manifold_edges, fins.components[0].genus), (vec![[0, 1]], None));
        let bow_tie = of_triangles(vec![[0, 1, 2], [0, 3, 4]]);
        assert_eq!((bow_tie.non_manifold_vertices, bow_tie.components.len()), (vec![0], 2));
        assert_eq!((bow_tie.vertex_components, bow_tie.boundary_loops.len()), (1, 2));
        let against = of_triangles(vec![[0, 1, 2], [0, 1, 3]]);
        assert_eq!((against.inconsistent_edges, against.components[0].genus), (vec![[0, 1]], None));
        let twice = of_triangles(vec![[0, 1, 2], [3, 3, 1], [2, 1, 0]]);
        assert_eq!((twice.duplicate_triangles, twice.degenerate_triangles), (vec![2], vec![1]));
    }

    #[test]
    fn loops_that_touch_in_a_vertex_stay_apart() {
        // Two sheets of two triangles each that touch in vertex 0 only.
        let sheets = vec![[0, 1, 2], [0, 3, 4], [1, 5, 2], [3, 6, 4]];
        let topology = of_triangles(sheets);
        assert_eq!(topology.boundary_loops, [vec![0, 1, 5, 2], vec![0, 3, 6, 4]]);
    }
}
