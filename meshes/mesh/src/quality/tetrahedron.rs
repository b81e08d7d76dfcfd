use crate::{Point3, Vector3};

/// Volume of a tetrahedron in mm³, negative when inverted.
pub fn signed_volume([a, b, c, d]: &[Point3<f64>; 4]) -> f64 {
    (b - a).cross(&(c - a)).dot(&(d - a)) / 6.0
}

/// Area vectors (outward, length = 2 × area) of the faces opposite to each corner of a positive tetrahedron.
fn opposite_areas2([a, b, c, d]: &[Point3<f64>; 4]) -> [Vector3<f64>; 4] {
    [(c - b).cross(&(d - b)), (d - a).cross(&(c - a)), (b - a).cross(&(d - a)), (c - a).cross(&(b - a))]
}

/// The six dihedral angles in radians, 0 to π, at the edges (0,1), (1,2), (2,0), (0,3), (1,3), (2,3).
///
/// The angle between one face normal and the reverse of the other, by its tangent, so that angles near 0 and π keep their
/// digits. An angle at a face without area is 0.
pub fn dihedral_angles(corners: &[Point3<f64>; 4]) -> [f64; 6] {
    let normals = opposite_areas2(corners);
    // The faces at edge (i, j) are those opposite to the other two corners.
    [[2, 3], [0, 3], [1, 3], [1, 2], [0, 2], [0, 1]].map(|[k, l]: [usize; 2]| {
        let (m, n) = (normals[k], normals[l]);
        m.cross(&n).norm().atan2(-m.dot(&n))
    })
}

/// Smallest and largest dihedral angle in degrees. Cheaper than [`dihedral_angles`]: two arccosines instead of six
/// arctangents, exact to 1e-6°. A flat tetrahedron gives angles near 0 and 180.
pub fn dihedral_range_deg(corners: &[Point3<f64>; 4]) -> (f64, f64) {
    let normals = opposite_areas2(corners);
    let lengths = normals.map(|n| n.norm());
    let (mut least, mut greatest) = (1.0f64, -1.0f64);
    for (k, l) in [(2, 3), (0, 3), (1, 3), (1, 2), (0, 2), (0, 1)] {
        let product = lengths[k] * lengths[l];
        // A face without area has no angle: count it as the worst at both ends.
        let cosine = if product > 0.0 { -normals[k].dot(&normals[l]) / product } else { return (0.0, 180.0) };
        (least, greatest) = (least.min(cosine), greatest.max(cosine));
    }
    (greatest.clamp(-1.0, 1.0).acos().to_degrees(), least.clamp(-1.0, 1.0).acos().to_degrees())
}

/// Radius of the inscribed sphere in mm, r = 3 V / total area, negative when inverted; 0 without area.
pub fn inradius(corners: &[Point3<f64>; 4]) -> f64 {
    let area: f64 = opposite_areas2(corners).iter().map(|n| 0.5 * n.norm()).sum();
    if area > 0.0 { 3.0 * signed_volume(corners) / area } else { 0.0 }
}

/// Radius of the circumscribed sphere in mm: R = |a² b×c + b² c×a + c² a×b| / 12 |V|; +∞ when flat.
pub fn circumradius([o, a, b, c]: &[Point3<f64>; 4]) -> f64 {
    let (a, b, c) = (a - o, b - o, c - o);
    let six_volumes = a.dot(&b.cross(&c)).abs();
    let numerator =
        (a.norm_squared() * b.cross(&c) + b.norm_squared() * c.cross(&a) + c.norm_squared() * a.cross(&b)).norm();
    if six_volumes > 0.0 { numerator / (2.0 * six_volumes) } else { f64::INFINITY }
}

/// 3 r / R: 1 for the regular tetrahedron, 0 when flat, negative when inverted.
pub fn radius_ratio(corners: &[Point3<f64>; 4]) -> f64 {
    3.0 * inradius(corners) / circumradius(corners)
}

/// Longest edge over 2√6 r: 1 for the regular tetrahedron, larger otherwise (Verdict's aspect ratio); +∞ when flat or
/// inverted.
pub fn tetrahedron_aspect(corners: &[Point3<f64>; 4]) -> f64 {
    let edges = [(0, 1), (1, 2), (2, 0), (0, 3), (1, 3), (2, 3)];
    let longest = edges.map(|(i, j): (usize, usize)| (corners[j] - corners[i]).norm()).into_iter().fold(0.0, f64::max);
    let inradius = inradius(corners);
    if inradius > 0.0 { longest / (2.0 * 6f64.sqrt() * inradius) } else { f64::INFINITY }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn tetrahedron(list: [[f64; 3]; 4]) -> [Point3<f64>; 4] {
        list.map(Point3::from)
    }

    #[test]
    fn the_regular_tetrahedron() {
        let regular = tetrahedron([[1.0, 1.0, 1.0], [-1.0, 1.0, -1.0], [1.0, -1.0, -1.0], [-1.0, -1.0, 1.0]]);
        assert!((signed_volume(&regular) - 8.0 / 3.0).abs() < 1e-14);
        assert!(dihedral_angles(&regular).iter().all(|angle| (angle - (1f64 / 3.0).acos()).abs() < 1e-14));
        let (low, high) = dihedral_range_deg(&regular);
        assert!((low - 70.528_779_365_509_31).abs() < 1e-9 && (high - low).abs() < 1e-9);
        assert!((circumradius(&regular) - 3f64.sqrt()).abs() < 1e-14);
        assert!((radius_ratio(&regular) - 1.0).abs() < 1e-14 && (tetrahedron_aspect(&regular) - 1.0).abs() < 1e-14);
    }

    #[test]
    fn the_corner_of_a_cube() {
        let corner = tetrahedron([[0.0, 0.0, 0.0], [1.0, 0.0, 0.0], [0.0, 1.0, 0.0], [0.0, 0.0, 1.0]]);
        let oblique = (1.0 / 3f64.sqrt()).acos();
        let expected = [90f64.to_radians(), oblique, 90f64.to_radians(), 90f64.to_radians(), oblique, oblique];
        for (found, expected) in dihedral_angles(&corner).iter().zip(expected) {
            assert!((found - expected).abs() < 1e-14);
        }
        let (low, high) = dihedral_range_deg(&corner);
        assert!((low - oblique.to_degrees()).abs() < 1e-9 && (high - 90.0).abs() < 1e-9);
        assert!((inradius(&corner) - 1.0 / (3.0 + 3f64.sqrt())).abs() < 1e-15);
        assert!((circumradius(&corner) - 0.75f64.sqrt()).abs() < 1e-15);
    }

    #[test]
    fn flat_and_inverted_ones_are_the_worst_not_nan() {
        let flat = tetrahedron([[0.0, 0.0, 0.0], [1.0, 0.0, 0.0], [0.0, 1.0, 0.0], [1.0, 1.0, 0.0]]);
        assert_eq!((radius_ratio(&flat), tetrahedron_aspect(&flat)), (0.0, f64::INFINITY));
        assert_eq!(dihedral_range_deg(&flat), (0.0, 180.0));
        let point = tetrahedron([[1.0; 3]; 4]);
        assert_eq!((radius_ratio(&point), dihedral_range_deg(&point)), (0.0, (0.0, 180.0)));
        let inverted = tetrahedron([[0.0, 0.0, 0.0], [0.0, 1.0, 0.0], [1.0, 0.0, 0.0], [0.0, 0.0, 1.0]]);
        assert!(radius_ratio(&inverted) < 0.0 && signed_volume(&inverted) < 0.0);
    }
}
