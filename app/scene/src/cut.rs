use crate::{Point3, SceneError, Vector3};
use mesh::ElementKind;
use std::collections::HashMap;

/// A cutting plane. What lies on the side of the normal is taken away.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Plane {
    /// A point of the plane, mm.
    pub origin: Point3<f64>,
    normal: Vector3<f64>,
}

impl Plane {
    /// The plane through `origin` that takes away what lies in the direction of `normal` (any length but zero).
    pub fn new(origin: Point3<f64>, normal: Vector3<f64>) -> Result<Self, SceneError> {
        let normal = normal.try_normalize(1e-300).ok_or(SceneError::PlaneNormal)?;
        if normal.iter().chain(origin.iter()).all(|c| c.is_finite()) {
            Ok(Self { origin, normal })
        } else {
            Err(SceneError::PlaneNormal)
        }
    }

    /// The unit normal.
    pub fn normal(&self) -> Vector3<f64> {
        self.normal
    }

    /// Signed distance in mm, positive on the side that is taken away.
    pub fn distance(&self, point: Point3<f64>) -> f64 {
        self.normal.dot(&(point - self.origin))
    }
}

/// Vertices of a picture under construction: where they are drawn and the value there.
#[derive(Debug, Default)]
pub(crate) struct Vertices {
    pub(crate) shown: Vec<Point3<f64>>,
    pub(crate) values: Vec<f64>,
}

/// Cuts edges between vertices of one vertex list and remembers the new vertices, so that neighbours share them.
pub(crate) struct Knife<'a> {
    /// Signed distance of each source vertex.
    distance: &'a [f64],
    source: &'a Vertices,
    pub(crate) cut: Vertices,
    made: HashMap<(u32, u32), u32>,
}

impl<'a> Knife<'a> {
    pub(crate) fn new(distance: &'a [f64], source: &'a Vertices) -> Self {
        Self { distance, source, cut: Vertices::default(), made: HashMap::new() }
    }

    pub(crate) fn keeps(&self, vertex: u32) -> bool {
        self.distance[vertex as usize] <= 0.0
    }

    /// The new vertex for a source vertex that is kept.
    fn kept(&mut self, vertex: u32) -> u32 {
        self.vertex((vertex, vertex), 0.0)
    }

    /// The new vertex where the plane crosses the edge between `a` and `b`, which lie on different sides.
    fn crossing(&mut self, a: u32, b: u32) -> u32 {
        let (a, b) = (a.min(b), a.max(b));
        let (at_a, at_b) = (self.distance[a as usize], self.distance[b as usize]);
        self.vertex((a, b), at_a / (at_a - at_b))
    }

    fn vertex(&mut self, (a, b): (u32, u32), t: f64) -> u32 {
        let Self { source, cut, made, .. } = self;
        *made.entry((a, b)).or_insert_with(|| {
            let (a, b) = (a as usize, b as usize);
            cut.shown.push(source.shown[a] + t * (source.shown[b] - source.shown[a]));
            if !source.values.is_empty() {
                cut.values.push(source.values[a] + t * (source.values[b] - source.values[a]));
            }
            cut.shown.len() as u32 - 1
        })
    }

    /// What is left of a triangle: nothing, one triangle or two.
    pub(crate) fn triangle(&mut self, corners: [u32; 3]) -> Vec<[u32; 3]> {
        let mut polygon = Vec::with_capacity(4);
        for k in 0..3 {
            let (here, next) = (corners[k], corners[(k + 1) % 3]);
            if self.keeps(here) {
                polygon.push(self.kept(here));
            }
            if self.keeps(here) != self.keeps(next) {
                polygon.push(self.crossing(here, next));
            }
        }
        (2..polygon.len()).map(|k| [polygon[0], polygon[k - 1], polygon[k]]).collect()
    }

    /// What is left of an edge.
    pub(crate) fn edge(&mut self, [a, b]: [u32; 2]) -> Option<[u32; 2]> {
        match (self.keeps(a), self.keeps(b)) {
            (true, true) => Some([self.kept(a), self.kept(b)]),
            (true, false) => Some([self.kept(a), self.crossing(a, b)]),
            (false, true) => Some([self.crossing(a, b), self.kept(b)]),
            (false, false) => None,
        }
    }

    /// The section of a tetrahedron: nothing, one triangle or two, facing the side that is taken away.
    pub(crate) fn section(&mut self, corners: [u32; 4]) -> Vec<[u32; 3]> {
        // An odd permutation of the corners mirrors the tetrahedron; the rotations below keep the orientation.
        let inside: Vec<usize> = (0..4).filter(|&k| self.keeps(corners[k])).collect();
        let pick = |order: [usize; 4]| order.map(|k| corners[k]);
        match inside[..] {
            [k] => vec![self.fan(pick(EVEN_FROM[k]))],
            [a, b] => self.quadrilateral(pick(EVEN_PAIR[pair_index(a, b)])),
            [_, _, _] => {
                let outside = (0..4).find(|k| !inside.contains(k)).unwrap_or(0);
                let [i, j, k] = self.fan(pick(EVEN_FROM[outside]));
                vec![[i, k, j]]
            }
            _ => Vec::new(),
        }
    }

    /// Crossings of the three edges that leave the first corner.
    fn fan(&mut self, [apex, a, b, c]: [u32; 4]) -> [u32; 3] {
        [self.crossing(apex, a), self.crossing(apex, b), self.crossing(apex, c)]
    }

    /// Section that separates the first two corners from the last two.
    fn quadrilateral(&mut self, [a, b, c, d]: [u32; 4]) -> Vec<[u32; 3]> {
        let ring = [self.crossing(a, c), self.crossing(a, d), self.crossing(b, d), self.crossing(b, c)];
        vec![[ring[0], ring[1], ring[2]], [ring[0], ring[2], ring[3]]]
    }
}

/// Even permutations of a tetrahedron's corners that bring corner `k` to the front.
const EVEN_FROM: [[usize; 4]; 4] = [[0, 1, 2, 3], [1, 0, 3, 2], [2, 0, 1, 3], [3, 0, 2, 1]];

/// Even permutations that bring the pairs 01, 02, 03, 12, 13, 23 to the front.
const EVEN_PAIR: [[usize; 4]; 6] = [[0, 1, 2, 3], [0, 2, 3, 1], [0, 3, 1, 2], [1, 2, 0, 3], [1, 3, 2, 0], [2, 3, 0, 1]];

fn pair_index(a: usize, b: usize) -> usize {
    match (a, b) {
        (0, 1) => 0,
        (0, 2) => 1,
        (0, 3) => 2,
        (1, 2) => 3,
        (1, 3) => 4,
        _ => 5,
    }
}

/// Positively oriented tetrahedra that fill an element, as local node numbers. Quadratic tetrahedra are split at their
/// mid-edge nodes; other quadratic solids are filled between their corners.
pub(crate) fn tetrahedra(kind: ElementKind) -> &'static [[u8; 4]] {
    match kind {
        ElementKind::Tet4 => &[[0, 1, 2, 3]],
        // Mid-edge nodes: 4 = 01, 5 = 12, 6 = 20, 7 = 03, 8 = 13, 9 = 23; the octahedron is split along 6-8.
        ElementKind::Tet10 => &[
            [0, 4, 6, 7],
            [4, 1, 5, 8],
            [6, 5, 2, 9],
            [7, 8, 9, 3],
            [6, 8, 7, 4],
            [6, 8, 4, 5],
            [6, 8, 5, 9],
            [6, 8, 9, 7],
        ],
        ElementKind::Hex8 | ElementKind::Hex20 => {
            &[[0, 1, 2, 6], [0, 2, 3, 6], [0, 3, 7, 6], [0, 7, 4, 6], [0, 4, 5, 6], [0, 5, 1, 6]]
        }
        ElementKind::Wedge6 | ElementKind::Wedge15 => &[[0, 1, 2, 3], [1, 2, 3, 4], [2, 4, 5, 3]],
        _ => &[],
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn reference_nodes(kind: ElementKind) -> Vec<Point3<f64>> {
        let corners: &[[f64; 3]] = match kind.corner_count() {
            4 => &[[0.0; 3], [1.0, 0.0, 0.0], [0.0, 1.0, 0.0], [0.0, 0.0, 1.0]],
            6 => &[[0.0; 3], [1.0, 0.0, 0.0], [0.0, 1.0, 0.0], [0.0, 0.0, 1.0], [1.0, 0.0, 1.0], [0.0, 1.0, 1.0]],
            _ => &[
                [0.0; 3],
                [1.0, 0.0, 0.0],
                [1.0, 1.0, 0.0],
                [0.0, 1.0, 0.0],
                [0.0, 0.0, 1.0],
                [1.0, 0.0, 1.0],
                [1.0, 1.0, 1.0],
                [0.0, 1.0, 1.0],
            ],
        };
        let mut nodes: Vec<Point3<f64>> = corners.iter().map(|&c| Point3::from(c)).collect();
        if kind.order() == 2 {
            nodes.extend(
                kind.edges()
                    .iter()
                    .map(|e| {
                        nalgebra::center(&Point3::from(corners[e[0] as usize]), &Point3::from(corners[e[1] as usize]))
                    })
                    .collect::<Vec<_>>(),
            );
        }
        nodes
    }

    #[test]
    fn every_element_is_filled_by_positive_tetrahedra() {
        for (kind, volume) in [
            (ElementKind::Tet4, 1.0 / 6.0),
            (ElementKind::Tet10, 1.0 / 6.0),
            (ElementKind::Wedge6, 0.5),
            (ElementKind::Hex8, 1.0),
            (ElementKind::Hex20, 1.0),
        ] {
            let nodes = reference_nodes(kind);
            let volumes = tetrahedra(kind).iter().map(|t| {
                let [a, b, c, d] = t.map(|k| nodes[usize::from(k)]);
                (b - a).cross(&(c - a)).dot(&(d - a)) / 6.0
            });
            let volumes: Vec<f64> = volumes.collect();
            assert!(volumes.iter().all(|&v| v > 1e-3), "{kind}: {volumes:?}");
            assert!((volumes.iter().sum::<f64>() - volume).abs() < 1e-12, "{kind}: {volumes:?}");
        }
    }

    #[test]
    fn sections_face_the_side_taken_away_and_carry_the_linear_field() {
        let nodes = reference_nodes(ElementKind::Tet4);
        let field = |p: &Point3<f64>| 3.0 + 2.0 * p.x - p.y + 0.5 * p.z;
        let source = Vertices { values: nodes.iter().map(field).collect(), shown: nodes.clone() };
        let mut sizes = [0; 3];
        for normal in [
            [1.0, 0.3, 0.2],
            [-1.0, 0.3, 0.2],
            [0.2, -1.0, 0.4],
            [0.1, 0.2, -1.0],
            [1.0, 1.0, 0.3],
            [-1.0, -1.0, 0.2],
            [-1.0, 0.4, -0.9],
            [1.0, -0.2, 1.1],
            [-0.2, 1.0, 1.2],
            [0.3, -1.0, -1.1],
        ] {
            for origin in [[0.2, 0.2, 0.1], [0.3, 0.25, 0.25], [0.05, 0.1, 0.6]] {
                let plane = Plane::new(Point3::from(origin), Vector3::from(normal)).unwrap();
                let distance: Vec<f64> = nodes.iter().map(|&p| plane.distance(p)).collect();
                let mut knife = Knife::new(&distance, &source);
                let triangles = knife.section([0, 1, 2, 3]);
                sizes[triangles.len()] += 1;
                for [a, b, c] in triangles.iter().map(|t| t.map(|v| knife.cut.shown[v as usize])) {
                    assert!((b - a).cross(&(c - a)).dot(&plane.normal()) > 0.0, "{normal:?} {origin:?}");
                }
                for (point, value) in knife.cut.shown.iter().zip(&knife.cut.values) {
                    assert!((field(point) - value).abs() < 1e-12 && plane.distance(*point).abs() < 1e-12);
                }
            }
        }
        assert!(sizes[1] > 5 && sizes[2] > 5, "both kinds of section occur: {sizes:?}");
    }

    #[test]
    fn a_cut_triangle_keeps_its_part_below_the_plane() {
        let points = vec![Point3::origin(), Point3::new(2.0, 0.0, 0.0), Point3::new(0.0, 2.0, 0.0)];
        let source = Vertices { shown: points.clone(), values: Vec::new() };
        let plane = Plane::new(Point3::new(1.0, 0.0, 0.0), Vector3::x()).unwrap();
        let distance: Vec<f64> = points.iter().map(|&p| plane.distance(p)).collect();
        let mut knife = Knife::new(&distance, &source);
        let area: f64 = knife
            .triangle([0, 1, 2])
            .into_iter()
            .map(|t| {
                let [a, b, c] = t.map(|v| knife.cut.shown[v as usize]);
                0.5 * (b - a).cross(&(c - a)).z
            })
            .sum();
        assert!((area - 1.5).abs() < 1e-12);
        assert!(Plane::new(Point3::origin(), Vector3::zeros()).is_err());
    }
}
