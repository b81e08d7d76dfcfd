//! A triangulation that can be cut, contracted and flipped in place without losing its topology.

use mesh::{Point3, SurfaceMesh, Vector3};
use std::collections::HashMap;

/// Number of a triangle that was removed.
const NONE: u32 = u32::MAX;

/// What a vertex may do.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Kind {
    /// Moves on the surface.
    Free,
    /// Moves along its curve: a sharp edge, the border of a region or of a hole.
    Curve,
    /// Stays.
    Fixed,
}

/// A contraction: `removed` goes, `kept` moves to `at`.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) struct Collapse {
    pub(crate) removed: u32,
    pub(crate) kept: u32,
    pub(crate) at: Point3<f64>,
}

/// Corners of a triangle in mm.
pub(crate) type Corners = [Point3<f64>; 3];

/// An edge exchanged for the other diagonal of its two triangles.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Flip {
    /// Numbers of the two triangles.
    pub(crate) old: [u32; 2],
    /// Their vertices off the edge: the ends of the new one.
    pub(crate) apexes: [u32; 2],
    /// The vertices that replace those of the two triangles.
    pub(crate) new: [[u32; 3]; 2],
}

/// Triangles with the list of triangles at every vertex. Edges are found by walking the few triangles at a vertex;
/// hash tables are only looked up, never iterated, so their order cannot show.
#[derive(Debug, Clone, Default)]
pub(crate) struct Editable {
    pub(crate) points: Vec<Point3<f64>>,
    /// Removed triangles stay in the list with their first vertex out of range.
    pub(crate) triangles: Vec<[u32; 3]>,
    /// Label of every triangle, see [`super::patches::Patches`].
    pub(crate) labels: Vec<u32>,
    pub(crate) kinds: Vec<Kind>,
    /// Wanted edge length at every vertex in mm.
    pub(crate) sizes: Vec<f64>,
    stars: Vec<Vec<u32>>,
    /// Curve of every edge that lies on one.
    curves: HashMap<[u32; 2], u32>,
    /// No new edge between fixed vertices: the patch is part of a larger surface that may have that edge already.
    pub(crate) sealed: bool,
}

fn key(a: u32, b: u32) -> [u32; 2] {
    [a.min(b), a.max(b)]
}

/// Twice the area times the unit normal.
pub(crate) fn normal_of([a, b, c]: [Point3<f64>; 3]) -> Vector3<f64> {
    (b - a).cross(&(c - a))
}

/// Sine of the smallest angle of a triangle; 0 without area.
pub(crate) fn min_sine([a, b, c]: [Point3<f64>; 3]) -> f64 {
    let (ab, bc, ca) = ((b - a).norm(), (c - b).norm(), (a - c).norm());
    let area2 = normal_of([a, b, c]).norm();
    let product = ab * bc * ca;
    // sin at a corner = 2 area / product of its two sides = 2 area · opposite side / product.
    if product > 0.0 { area2 * ab.min(bc).min(ca) / product } else { 0.0 }
}

impl Editable {
    /// A surface whose vertices are all free and without a wanted length.
    pub(crate) fn new(points: Vec<Point3<f64>>, triangles: Vec<[u32; 3]>, labels: Vec<u32>) -> Self {
        let mut stars = vec![Vec::new(); points.len()];
        for (t, triangle) in (0u32..).zip(&triangles) {
            triangle.iter().for_each(|&v| stars[v as usize].push(t));
        }
        let count = points.len();
        Self {
            points,
            triangles,
            labels,
            stars,
            kinds: vec![Kind::Free; count],
            sizes: vec![f64::INFINITY; count],
            curves: HashMap::new(),
            sealed: false,
        }
    }

    /// The triangles left and the vertices they use, in order, with the labels of the triangles.
    pub(crate) fn finish(&self) -> (SurfaceMesh, Vec<u32>) {
        let mut number = vec![NONE; self.points.len()];
        let (mut surface, mut labels) = (SurfaceMesh::default(), Vec::new());
        for v in (0..self.points.len()).filter(|&v| !self.stars[v].is_empty()) {
            number[v] = surface.points.len() as u32;
            surface.points.push(self.points[v]);
        }
        for t in self.alive() {
            surface.triangles.push(self.triangles[t as usize].map(|v| number[v as usize]));
            labels.push(self.labels[t as usize]);
        }
        (surface, labels)
    }

    /// Numbers of the triangles left, ascending.
    pub(crate) fn alive(&self) -> impl Iterator<Item = u32> {
        (0u32..).zip(&self.triangles).filter(|(_, triangle)| triangle[0] != NONE).map(|(t, _)| t)
    }

    pub(crate) fn star(&self, v: u32) -> &[u32] {
        &self.stars[v as usize]
    }

    pub(crate) fn corners(&self, t: u32) -> [Point3<f64>; 3] {
        self.triangles[t as usize].map(|v| self.points[v as usize])
    }

    /// Twice the area times the unit normal of a triangle.
    pub(crate) fn normal(&self, t: u32) -> Vector3<f64> {
        normal_of(self.corners(t))
    }

    /// Sum of the area vectors at a vertex, as a unit vector.
    pub(crate) fn vertex_normal(&self, v: u32) -> Option<Vector3<f64>> {
        self.star(v).iter().map(|&t| self.normal(t)).sum::<Vector3<f64>>().try_normalize(0.0)
    }

    pub(crate) fn length(&self, a: u32, b: u32) -> f64 {
        (self.points[a as usize] - self.points[b as usize]).norm()
    }

    /// Wanted length of an edge in mm.
    pub(crate) fn wanted(&self, a: u32, b: u32) -> f64 {
        self.sizes[a as usize].min(self.sizes[b as usize])
    }

    pub(crate) fn curve(&self, a: u32, b: u32) -> Option<u32> {
        self.curves.get(&key(a, b)).copied()
    }

    pub(crate) fn set_curve(&mut self, a: u32, b: u32, curve: u32) {
        self.curves.insert(key(a, b), curve);
    }

    /// Vertices joined to `v` by an edge, ascending.
    pub(crate) fn neighbours(&self, v: u32) -> Vec<u32> {
        let around = self.star(v).iter().flat_map(|&t| self.triangles[t as usize]);
        let mut found: Vec<u32> = around.filter(|&other| other != v).collect();
        found.sort_unstable();
        found.dedup();
        found
    }

    /// Triangles at the edge between two vertices.
    pub(crate) fn at_edge(&self, a: u32, b: u32) -> Vec<u32> {
        self.star(a).iter().copied().filter(|&t| self.triangles[t as usize].contains(&b)).collect()
    }

    pub(crate) fn has_edge(&self, a: u32, b: u32) -> bool {
        self.star(a).iter().any(|&t| self.triangles[t as usize].contains(&b))
    }

    /// Whether a vertex lies on a hole: some edge at it has one triangle.
    pub(crate) fn on_border(&self, v: u32) -> bool {
        self.neighbours(v).len() != self.star(v).len()
    }

    /// The corner of triangle `t` that is neither `a` nor `b`.
    pub(crate) fn apex(&self, t: u32, a: u32, b: u32) -> Option<u32> {
        self.triangles[t as usize].into_iter().find(|&v| v != a && v != b)
    }

    /// All edges as (smaller, larger) vertex, sorted.
    pub(crate) fn edges(&self) -> Vec<[u32; 2]> {
        let sides = self.alive().flat_map(|t| {
            let [a, b, c] = self.triangles[t as usize];
            [key(a, b), key(b, c), key(c, a)]
        });
        let mut edges: Vec<[u32; 2]> = sides.collect();
        edges.sort_unstable();
        edges.dedup();
        edges
    }

    /// Puts a vertex at `point` on the edge and cuts the triangles there in two; returns it.
    pub(crate) fn split(&mut self, a: u32, b: u32, point: Point3<f64>) -> u32 {
        let middle = self.points.len() as u32;
        let curve = self.curves.remove(&key(a, b));
        self.points.push(point);
        self.kinds.push(if curve.is_some() { Kind::Curve } else { Kind::Free });
        self.sizes.push(0.5 * (self.sizes[a as usize] + self.sizes[b as usize]));
        self.stars.push(Vec::new());
        if let Some(curve) = curve {
            self.set_curve(a, middle, curve);
            self.set_curve(middle, b, curve);
        }
        for t in self.at_edge(a, b) {
            let old = self.triangles[t as usize];
            let added = self.triangles.len() as u32;
            self.triangles.push(old.map(|v| if v == a { middle } else { v }));
            self.triangles[t as usize] = old.map(|v| if v == b { middle } else { v });
            self.labels.push(self.labels[t as usize]);
            self.stars[middle as usize].extend([t, added]);
            for v in old.into_iter().filter(|&v| v != a) {
                let star = &mut self.stars[v as usize];
                if v == b {
                    star.iter_mut().filter(|slot| **slot == t).for_each(|slot| *slot = added);
                } else {
                    star.push(added);
                }
            }
        }
        middle
    }

    /// Whether contracting the edge keeps the surface a manifold: the link condition of Dey, Edelsbrunner, Guha and
    /// Nekhayev (1999) and no curve merged with another.
    pub(crate) fn may_collapse(&self, removed: u32, kept: u32) -> bool {
        let allowed = match self.kinds[removed as usize] {
            Kind::Fixed => false,
            Kind::Curve => self.curve(removed, kept).is_some(),
            Kind::Free => true,
        };
        let sides = self.at_edge(removed, kept);
        if !allowed || sides.is_empty() || sides.len() > 2 {
            return false;
        }
        let (near, far) = (self.neighbours(removed), self.neighbours(kept));
        let common = near.iter().filter(|v| far.binary_search(v).is_ok()).count();
        if common != sides.len() || (sides.len() == 2 && self.on_border(removed) && self.on_border(kept)) {
            return false;
        }
        let joins_fixed =
            |v: &u32| self.kinds[*v as usize] == Kind::Fixed && far.binary_search(v).is_err() && *v != kept;
        if self.sealed && self.kinds[kept as usize] == Kind::Fixed && near.iter().any(joins_fixed) {
            return false;
        }
        // A triangle that would fall on another: the last tetrahedron.
        let mut stays = self.star(removed).iter().filter(|&&t| !self.triangles[t as usize].contains(&kept));
        !stays.any(|&t| {
            let pair: Vec<u32> = self.triangles[t as usize].into_iter().filter(|&v| v != removed).collect();
            pair.len() == 2
                && self.at_edge(pair[0], pair[1]).iter().any(|&s| self.triangles[s as usize].contains(&kept))
        })
    }

    /// The triangles that survive a contraction, before and after it.
    pub(crate) fn changes(&self, collapse: &Collapse) -> Vec<(Corners, Corners)> {
        let Collapse { removed, kept, at } = *collapse;
        let moved = |v: u32| if v == removed || v == kept { at } else { self.points[v as usize] };
        let own = self.star(removed).iter().filter(|&&t| !self.triangles[t as usize].contains(&kept));
        let other = self.star(kept).iter().filter(|&&t| !self.triangles[t as usize].contains(&removed));
        let stays = at == self.points[kept as usize];
        let pair = |&t: &u32| (self.corners(t), self.triangles[t as usize].map(moved));
        own.map(pair).chain(other.filter(|_| !stays).map(pair)).collect()
    }

    /// Contracts an edge; ask [`Editable::may_collapse`] first.
    pub(crate) fn collapse(&mut self, collapse: &Collapse) {
        let Collapse { removed, kept, at } = *collapse;
        for v in self.neighbours(removed) {
            if let Some(curve) = self.curves.remove(&key(removed, v))
                && v != kept
            {
                self.set_curve(kept, v, curve);
            }
        }
        for t in std::mem::take(&mut self.stars[removed as usize]) {
            let triangle = self.triangles[t as usize];
            if triangle.contains(&kept) {
                for v in triangle {
                    self.stars[v as usize].retain(|&s| s != t);
                }
                self.triangles[t as usize] = [NONE; 3];
            } else {
                self.triangles[t as usize] = triangle.map(|v| if v == removed { kept } else { v });
                self.stars[kept as usize].push(t);
            }
        }
        self.points[kept as usize] = at;
    }

    /// The flip of an edge; `None` where it may not be flipped.
    pub(crate) fn flipped(&self, a: u32, b: u32) -> Option<Flip> {
        let &[s, t] = &self.at_edge(a, b)[..] else { return None };
        if self.curve(a, b).is_some() || self.labels[s as usize] != self.labels[t as usize] {
            return None;
        }
        let (c, d) = (self.apex(s, a, b)?, self.apex(t, a, b)?);
        let both_fixed = self.kinds[c as usize] == Kind::Fixed && self.kinds[d as usize] == Kind::Fixed;
        if c == d || self.has_edge(c, d) || (self.sealed && both_fixed) {
            return None;
        }
        let first = self.triangles[s as usize].map(|v| if v == b { d } else { v });
        let second = self.triangles[t as usize].map(|v| if v == a { c } else { v });
        Some(Flip { old: [s, t], apexes: [c, d], new: [first, second] })
    }

    /// Replaces the edge (a, b) by the other diagonal, see [`Editable::flipped`].
    pub(crate) fn flip(&mut self, a: u32, b: u32) {
        let Some(Flip { old: [s, t], apexes: [c, d], new: [first, second] }) = self.flipped(a, b) else { return };
        self.triangles[s as usize] = first;
        self.triangles[t as usize] = second;
        self.stars[b as usize].retain(|&x| x != s);
        self.stars[a as usize].retain(|&x| x != t);
        self.stars[d as usize].push(s);
        self.stars[c as usize].push(t);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use mesh::primitives::icosphere;
    use mesh::topology::SurfaceTopology;

    fn editable(levels: u32) -> Editable {
        let surface = icosphere(1.0, levels);
        let labels = vec![0; surface.triangles.len()];
        Editable::new(surface.points, surface.triangles, labels)
    }

    #[test]
    fn random_edits_keep_a_closed_manifold_sphere() {
        let mut mesh = editable(2);
        let mut state = 1_u64;
        for round in 0..3000 {
            state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1);
            let edges = if round % 50 == 0 { mesh.edges() } else { Vec::new() };
            for edge in edges.iter().skip((state >> 40) as usize % 7).step_by(7) {
                let [a, b] = *edge;
                state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1);
                let at = nalgebra::center(&mesh.points[a as usize], &mesh.points[b as usize]);
                match (state >> 33) % 3 {
                    0 if mesh.has_edge(a, b) => drop(mesh.split(a, b, at)),
                    1 if mesh.has_edge(a, b) && mesh.may_collapse(a, b) => {
                        mesh.collapse(&Collapse { removed: a, kept: b, at })
                    }
                    _ => mesh.flip(a, b),
                }
            }
        }
        let topology = SurfaceTopology::new(&mesh.finish().0);
        assert!(topology.is_watertight() && topology.non_manifold_vertices.is_empty());
        assert_eq!((topology.euler_characteristic, topology.components.len()), (2, 1));
    }

    #[test]
    fn a_tetrahedron_cannot_be_contracted() {
        let mut mesh = editable(0);
        let mut left = true;
        while std::mem::take(&mut left) {
            for [a, b] in mesh.edges() {
                if mesh.may_collapse(a, b) {
                    let at = mesh.points[b as usize];
                    mesh.collapse(&Collapse { removed: a, kept: b, at });
                    left = true;
                    break;
                }
            }
        }
        assert_eq!(mesh.alive().count(), 4);
    }
}
