//! Quality of a tetrahedron and of the tetrahedra around a vertex.

use crate::tets::TetMesh;
use mesh::Point3;

/// Weight of the sine of an obtuse angle: 0.7 treats 20° and 151° alike (Klingner & Shewchuk 2007).
const OBTUSE: f64 = 0.7;

/// Smallest sine of the six dihedral angles, obtuse ones weighted by 0.7; negative for an inverted tetrahedron.
/// 1 at best in theory, 0.61 for the lattice's, 0.34 for 20° or 151°.
///
/// The sine at the edge of length l between faces of area A, B is 3 V l / (2 A B).
pub(crate) fn quality(p: &[Point3<f64>; 4]) -> f64 {
    let (a, b, c) = (p[1] - p[0], p[2] - p[0], p[3] - p[0]);
    // Normals of the faces opposite to vertex 3, 1, 2, 0, inward, with twice the area as length.
    let (n3, n1, n2) = (a.cross(&b), b.cross(&c), c.cross(&a));
    let n0 = -(n3 + n1 + n2);
    let six_volumes = n3.dot(&c);
    let [l3, l1, l2, l0] = [n3, n1, n2, n0].map(|n| n.norm_squared());
    let edges = [
        (a.norm_squared(), n3.dot(&n2), l3 * l2),
        (b.norm_squared(), n3.dot(&n1), l3 * l1),
        (c.norm_squared(), n1.dot(&n2), l1 * l2),
        ((b - a).norm_squared(), n3.dot(&n0), l3 * l0),
        ((c - a).norm_squared(), n2.dot(&n0), l2 * l0),
        ((c - b).norm_squared(), n1.dot(&n0), l1 * l0),
    ];
    let mut worst = f64::INFINITY;
    for (length2, dot, areas) in edges {
        // Normals at an acute angle to each other meet at an obtuse dihedral angle.
        let weight = if dot > 0.0 { OBTUSE * OBTUSE } else { 1.0 };
        let sine2 = weight * length2 / areas;
        if sine2 < worst {
            worst = sine2;
        }
    }
    six_volumes * worst.sqrt()
}

/// The worst quality of the `tets` with vertex `v` at `position`; stops as soon as one is not above `floor`.
pub(crate) fn star_quality(mesh: &TetMesh, tets: &[u32], v: u32, position: &Point3<f64>, floor: f64) -> f64 {
    star_worst(quality, mesh, tets, v, position, floor)
}

/// [`star_quality`] by another measure of a tetrahedron.
pub(crate) fn star_worst(
    measure: impl Fn(&[Point3<f64>; 4]) -> f64,
    mesh: &TetMesh,
    tets: &[u32],
    v: u32,
    position: &Point3<f64>,
    floor: f64,
) -> f64 {
    let mut worst = f64::INFINITY;
    for &t in tets {
        let corners = mesh.tets[t as usize].map(|w| if w == v { *position } else { mesh.points[w as usize] });
        worst = worst.min(measure(&corners));
        if worst <= floor || worst.is_nan() {
            return f64::NEG_INFINITY;
        }
    }
    worst
}

/// The tetrahedra around a vertex, for many positions of it.
pub(crate) struct Star<M> {
    measure: M,
    /// Corners of the tetrahedra, and which of them the vertex is.
    tets: Vec<([Point3<f64>; 4], usize)>,
}

impl<M: Fn(&[Point3<f64>; 4]) -> f64> Star<M> {
    pub(crate) fn new(measure: M, mesh: &TetMesh, tets: &[u32], v: u32) -> Self {
        let own =
            |&t: &u32| (mesh.corners(t as usize), mesh.tets[t as usize].iter().position(|&w| w == v).unwrap_or(0));
        Self { measure, tets: tets.iter().map(own).collect() }
    }

    /// [`star_worst`]: the tetrahedron that stops it is asked first at the next position, because it often stops that too.
    pub(crate) fn worst(&mut self, position: &Point3<f64>, floor: f64) -> f64 {
        let mut worst = f64::INFINITY;
        for k in 0..self.tets.len() {
            let (corners, own) = &mut self.tets[k];
            corners[*own] = *position;
            worst = worst.min((self.measure)(corners));
            if worst <= floor || worst.is_nan() {
                self.tets.swap(0, k);
                return f64::NEG_INFINITY;
            }
        }
        worst
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use mesh::quality::dihedral_range_deg;

    #[test]
    fn quality_is_the_smallest_biased_sine_of_the_dihedral_angles() {
        let p = [
            Point3::new(0.1, 0.0, 0.0),
            Point3::new(1.0, 0.2, 0.0),
            Point3::new(0.3, 0.9, 0.1),
            Point3::new(0.4, 0.3, 0.3),
        ];
        let (low, high) = dihedral_range_deg(&p);
        assert!(high > 100.0 && low < 60.0);
        let expected = low.to_radians().sin().min(0.7 * high.to_radians().sin());
        assert!((quality(&p) - expected).abs() < 1e-12, "{} {expected}", quality(&p));
        assert!((quality(&[p[1], p[0], p[2], p[3]]) + expected).abs() < 1e-12);
    }

    #[test]
    fn the_lattice_tetrahedron_has_angles_of_60_and_90_degrees() {
        let p = [
            Point3::new(0.5, 0.5, 0.5),
            Point3::new(0.5, 0.5, 1.5),
            Point3::new(0.0, 0.0, 1.0),
            Point3::new(1.0, 0.0, 1.0),
        ];
        let (low, high) = dihedral_range_deg(&p);
        assert!((low - 60.0).abs() < 1e-9 && (high - 90.0).abs() < 1e-9, "{low} {high}");
    }
}
