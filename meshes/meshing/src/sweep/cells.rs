//! Elements of the cells between two sections.

use mesh::ElementKind;

/// Corners of a cell in half elements, in VTK's order of a hexahedron.
const CORNERS: [[usize; 3]; 8] =
    [[0, 0, 0], [2, 0, 0], [2, 2, 0], [0, 2, 0], [0, 0, 2], [2, 0, 2], [2, 2, 2], [0, 2, 2]];

/// Sides of a cell.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Side {
    /// Towards the beginning of the tube.
    Back,
    /// Towards its end.
    Front,
    /// Away from the axis in bands: where the section's first coordinate ends.
    Outer,
    /// Where it begins.
    Inner,
    /// Where the second coordinate begins.
    Low,
    /// Where it ends.
    High,
}

impl Side {
    /// The side's number on a hexahedron.
    fn of_hexahedron(self) -> usize {
        match self {
            Self::Back => 0,
            Self::Front => 1,
            Self::Low => 2,
            Self::Outer => 3,
            Self::High => 4,
            Self::Inner => 5,
        }
    }
}

/// The elements that a cell is made of, as corners of the cell: one hexahedron, or six tetrahedra around the corner of the
/// lowest number, so that neighbours divide the quadrilateral between them in the same way: from its lowest corner.
/// Source: Dompierre, Labbé, Vallet & Camarero, 8th International Meshing Roundtable (1999), section 3.
pub(super) fn elements(kind: ElementKind, numbers: [u64; 8]) -> Vec<Vec<usize>> {
    if kind.linear() != ElementKind::Tet4 {
        return vec![(0..8).collect()];
    }
    let lowest = (0..8).min_by_key(|&k| numbers[k]).unwrap_or(0);
    let mut tets = Vec::with_capacity(6);
    for face in ElementKind::Hex8.faces() {
        let corners = [0, 1, 2, 3].map(|k| usize::from(face[k]));
        if corners.contains(&lowest) {
            continue;
        }
        let first = (0..4).min_by_key(|&k| numbers[corners[k]]).unwrap_or(0);
        let c = |k: usize| corners[(first + k) % 4];
        // A face seen from outside runs the wrong way round for the base of a tetrahedron.
        tets.extend([vec![c(0), c(2), c(1), lowest], vec![c(0), c(3), c(2), lowest]]);
    }
    tets
}

/// The nodes of an element in half elements of the cell: its corners, then the middles of its edges.
pub(super) fn nodes(kind: ElementKind, corners: &[usize]) -> Vec<[usize; 3]> {
    let mut nodes: Vec<[usize; 3]> = corners.iter().map(|&c| CORNERS[c]).collect();
    if kind.order() == 2 {
        for edge in kind.edges() {
            let [a, b] = edge.map(|k| CORNERS[corners[usize::from(k)]]);
            nodes.push([0, 1, 2].map(|k| (a[k] + b[k]) / 2));
        }
    }
    nodes
}

/// The number of the element's face on a side of the cell.
pub(super) fn face_on(kind: ElementKind, corners: &[usize], side: Side) -> Option<u8> {
    let of_cell = ElementKind::Hex8.faces()[side.of_hexahedron()];
    let linear = kind.linear();
    let lies_there = |face: &&'static [u8]| face.iter().all(|&k| of_cell.contains(&(corners[usize::from(k)] as u8)));
    linear.faces().iter().position(lies_there).map(|face| face as u8)
}

#[cfg(test)]
mod tests {
    use super::*;
    use mesh::Point3;
    use mesh::quality::signed_volume;

    /// Any order of the numbers gives six tetrahedra that fill the cube and split each face from its lowest corner.
    #[test]
    fn six_tetrahedra_fill_a_cell_whatever_the_numbers() {
        let mut random = crate::blocks::Random::new(7);
        for _ in 0..200 {
            let numbers: [u64; 8] = std::array::from_fn(|_| ((random.symmetric() + 1.0) * 1e9) as u64);
            let tets = elements(ElementKind::Tet10, numbers);
            assert_eq!(tets.len(), 6);
            let mut volume = 0.0;
            for tet in &tets {
                let at = |k: usize| Point3::from(CORNERS[tet[k]].map(|x| 0.5 * x as f64));
                let own = signed_volume(&[at(0), at(1), at(2), at(3)]);
                assert!(own > 0.1);
                volume += own;
            }
            assert!((volume - 1.0).abs() < 1e-14);
            for side in [Side::Back, Side::Front, Side::Outer] {
                let corners = ElementKind::Hex8.faces()[side.of_hexahedron()];
                let lowest = corners.iter().copied().min_by_key(|&k| numbers[usize::from(k)]).unwrap();
                let on: Vec<_> =
                    tets.iter().filter_map(|tet| face_on(ElementKind::Tet10, tet, side).map(|f| (tet, f))).collect();
                assert_eq!(on.len(), 2);
                for (tet, face) in on {
                    let face = ElementKind::Tet4.faces()[usize::from(face)];
                    assert!(face.iter().any(|&k| tet[usize::from(k)] == usize::from(lowest)));
                }
            }
        }
    }
}
