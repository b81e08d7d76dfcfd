//! Shape measures of elements and their distribution over a mesh.
//!
//! Tetrahedra: Shewchuk 2002 (What is a good linear element?) and Knupp et al. 2006 (Verdict library). Quadratic kinds
//! are judged by their corners here; whether a curved element is valid is told by its Jacobian ([`crate::shape`]).

mod summary;
mod tetrahedron;

pub use summary::{Distribution, MeshQuality, mesh_quality};
pub use tetrahedron::{
    circumradius, dihedral_angles, dihedral_range_deg, inradius, radius_ratio, signed_volume, tetrahedron_aspect,
};

use crate::{ElementKind, Point3};

/// Longest edge over shortest edge of an element, at least 1; +∞ when an edge has no length.
pub fn edge_ratio(kind: ElementKind, corners: &[Point3<f64>]) -> f64 {
    let lengths = kind.edges().iter().map(|&[a, b]| (corners[usize::from(b)] - corners[usize::from(a)]).norm());
    let (shortest, longest) = lengths.fold((f64::INFINITY, 0.0f64), |(low, high), l| (low.min(l), high.max(l)));
    if shortest > 0.0 { longest / shortest } else { f64::INFINITY }
}

/// Smallest scaled Jacobian over the corners of a solid: determinant of the three edges at the corner over their
/// lengths, times √2 (tetrahedron), 2/√3 (wedge) or 1 (hexahedron), so that the regular element has 1. Not positive for
/// an inverted or flat element. A tetrahedron uses the largest product of lengths of its corners (Verdict).
/// `None` for surfaces and beams, 0 when an edge has no length.
pub fn scaled_jacobian(kind: ElementKind, corners: &[Point3<f64>]) -> Option<f64> {
    let (spokes, regular): (&[[u8; 4]], f64) = match kind.linear() {
        ElementKind::Tet4 => (&TETRAHEDRON_SPOKES, 2f64.sqrt()),
        ElementKind::Hex8 => (&HEXAHEDRON_SPOKES, 1.0),
        ElementKind::Wedge6 => (&WEDGE_SPOKES, 2.0 / 3f64.sqrt()),
        _ => return None,
    };
    let at = |k: u8| corners[usize::from(k)];
    let determinant_and_lengths = |&[o, a, b, c]: &[u8; 4]| {
        let (a, b, c) = (at(a) - at(o), at(b) - at(o), at(c) - at(o));
        (a.cross(&b).dot(&c), a.norm() * b.norm() * c.norm())
    };
    let values = spokes.iter().map(determinant_and_lengths);
    let smallest = if kind.linear() == ElementKind::Tet4 {
        let (determinant, lengths) = values.fold((0.0, 0.0f64), |sum, v| (v.0, sum.1.max(v.1)));
        if lengths > 0.0 { determinant / lengths } else { 0.0 }
    } else {
        values.map(|(d, lengths)| if lengths > 0.0 { d / lengths } else { 0.0 }).fold(f64::INFINITY, f64::min)
    };
    Some(smallest * regular)
}

/// A corner and its three neighbours, positively oriented in the reference element.
const TETRAHEDRON_SPOKES: [[u8; 4]; 4] = [[0, 1, 2, 3], [1, 2, 0, 3], [2, 0, 1, 3], [3, 0, 2, 1]];
const HEXAHEDRON_SPOKES: [[u8; 4]; 8] =
    [[0, 1, 3, 4], [1, 2, 0, 5], [2, 3, 1, 6], [3, 0, 2, 7], [4, 7, 5, 0], [5, 4, 6, 1], [6, 5, 7, 2], [7, 6, 4, 3]];
const WEDGE_SPOKES: [[u8; 4]; 6] = [[0, 1, 2, 3], [1, 2, 0, 4], [2, 0, 1, 5], [3, 5, 4, 0], [4, 3, 5, 1], [5, 4, 3, 2]];

#[cfg(test)]
mod tests {
    use super::*;
    use nalgebra::Matrix3;

    fn points(list: &[[f64; 3]]) -> Vec<Point3<f64>> {
        list.iter().map(|&p| Point3::from(p)).collect()
    }

    fn cube() -> Vec<Point3<f64>> {
        let square = [[0.0, 0.0], [1.0, 0.0], [1.0, 1.0], [0.0, 1.0]];
        [0.0, 1.0].iter().flat_map(|&z| square.map(|[x, y]| Point3::new(x, y, z))).collect()
    }

    #[test]
    fn regular_solids_have_a_scaled_jacobian_of_one() {
        let tetrahedron = points(&[[1.0, 1.0, 1.0], [-1.0, 1.0, -1.0], [1.0, -1.0, -1.0], [-1.0, -1.0, 1.0]]);
        let height = 0.75f64.sqrt();
        let triangle = [[0.0, 0.0], [1.0, 0.0], [0.5, height]];
        let wedge: Vec<_> = [0.0, 3.0].iter().flat_map(|&z| triangle.map(|[x, y]| Point3::new(x, y, z))).collect();
        for (kind, corners) in
            [(ElementKind::Tet4, &tetrahedron), (ElementKind::Wedge6, &wedge), (ElementKind::Hex8, &cube())]
        {
            assert!((scaled_jacobian(kind, corners).unwrap() - 1.0).abs() < 1e-14, "{kind}");
            let mirrored: Vec<_> = corners.iter().map(|p| Point3::new(-p.x, p.y, p.z)).collect();
            assert!((scaled_jacobian(kind, &mirrored).unwrap() + 1.0).abs() < 1e-14, "{kind} mirrored");
        }
        assert_eq!(scaled_jacobian(ElementKind::Quad4, &cube()), None);
    }

    #[test]
    fn a_sheared_cube_has_the_sine_of_its_angle_and_a_dented_one_is_caught() {
        let shear = Matrix3::new(1.0, 1.0, 0.0, 0.0, 1.0, 0.0, 0.0, 0.0, 1.0);
        let sheared: Vec<_> = cube().iter().map(|p| shear * p).collect();
        assert!((scaled_jacobian(ElementKind::Hex8, &sheared).unwrap() - 0.5f64.sqrt()).abs() < 1e-14);
        let mut dented = cube();
        dented[6] = Point3::new(0.2, 0.2, 0.2);
        assert!(scaled_jacobian(ElementKind::Hex8, &dented).unwrap() < 0.0);
        assert!((edge_ratio(ElementKind::Hex8, &cube()) - 1.0).abs() < 1e-15);
        dented[6] = dented[5];
        assert_eq!(edge_ratio(ElementKind::Hex8, &dented), f64::INFINITY);
    }
}
