use std::fmt;

/// The kinds of element a mesh may hold.
///
/// Node order is VTK's, equal to Abaqus' and CalculiX' for every kind here:
/// corners first; then mid-edge nodes, edge by edge in the order of [`ElementKind::edges`].
/// Tetrahedra are positive when node 3 lies on the side of the right-hand normal of (0, 1, 2);
/// hexahedra and wedges list the bottom face (normal towards the top) first.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, serde::Serialize, serde::Deserialize)]
#[serde(rename_all = "lowercase")]
#[allow(missing_docs, reason = "the variants are the textbook's names")]
pub enum ElementKind {
    Tri3,
    Tri6,
    Quad4,
    Quad8,
    Tet4,
    Tet10,
    Hex8,
    Hex20,
    Wedge6,
    Wedge15,
    Beam2,
    Beam3,
}

type Edges = &'static [[u8; 2]];

const TRIANGLE_EDGES: Edges = &[[0, 1], [1, 2], [2, 0]];
const QUADRILATERAL_EDGES: Edges = &[[0, 1], [1, 2], [2, 3], [3, 0]];
const TETRAHEDRON_EDGES: Edges = &[[0, 1], [1, 2], [2, 0], [0, 3], [1, 3], [2, 3]];
const HEXAHEDRON_EDGES: Edges =
    &[[0, 1], [1, 2], [2, 3], [3, 0], [4, 5], [5, 6], [6, 7], [7, 4], [0, 4], [1, 5], [2, 6], [3, 7]];
const WEDGE_EDGES: Edges = &[[0, 1], [1, 2], [2, 0], [3, 4], [4, 5], [5, 3], [0, 3], [1, 4], [2, 5]];

// Faces have outward normals by the right-hand rule; corners first, then the face's mid-edge nodes.
const TET4_FACES: &[&[u8]] = &[&[0, 2, 1], &[0, 1, 3], &[1, 2, 3], &[0, 3, 2]];
const TET10_FACES: &[&[u8]] = &[&[0, 2, 1, 6, 5, 4], &[0, 1, 3, 4, 8, 7], &[1, 2, 3, 5, 9, 8], &[0, 3, 2, 7, 9, 6]];
const HEX8_FACES: &[&[u8]] =
    &[&[0, 3, 2, 1], &[4, 5, 6, 7], &[0, 1, 5, 4], &[1, 2, 6, 5], &[2, 3, 7, 6], &[3, 0, 4, 7]];
const HEX20_FACES: &[&[u8]] = &[
    &[0, 3, 2, 1, 11, 10, 9, 8],
    &[4, 5, 6, 7, 12, 13, 14, 15],
    &[0, 1, 5, 4, 8, 17, 12, 16],
    &[1, 2, 6, 5, 9, 18, 13, 17],
    &[2, 3, 7, 6, 10, 19, 14, 18],
    &[3, 0, 4, 7, 11, 16, 15, 19],
];
const WEDGE6_FACES: &[&[u8]] = &[&[0, 2, 1], &[3, 4, 5], &[0, 1, 4, 3], &[1, 2, 5, 4], &[2, 0, 3, 5]];
const WEDGE15_FACES: &[&[u8]] = &[
    &[0, 2, 1, 8, 7, 6],
    &[3, 4, 5, 9, 10, 11],
    &[0, 1, 4, 3, 6, 13, 9, 12],
    &[1, 2, 5, 4, 7, 14, 10, 13],
    &[2, 0, 3, 5, 8, 12, 11, 14],
];

impl ElementKind {
    /// Every kind, in a fixed order.
    pub const ALL: [Self; 12] = [
        Self::Tri3,
        Self::Tri6,
        Self::Quad4,
        Self::Quad8,
        Self::Tet4,
        Self::Tet10,
        Self::Hex8,
        Self::Hex20,
        Self::Wedge6,
        Self::Wedge15,
        Self::Beam2,
        Self::Beam3,
    ];

    /// Nodes per element.
    pub const fn node_count(self) -> usize {
        match self {
            Self::Beam2 => 2,
            Self::Tri3 | Self::Beam3 => 3,
            Self::Quad4 | Self::Tet4 => 4,
            Self::Tri6 | Self::Wedge6 => 6,
            Self::Quad8 | Self::Hex8 => 8,
            Self::Tet10 => 10,
            Self::Wedge15 => 15,
            Self::Hex20 => 20,
        }
    }

    /// Corner nodes per element; they come first in the connectivity.
    pub const fn corner_count(self) -> usize {
        match self {
            Self::Beam2 | Self::Beam3 => 2,
            Self::Tri3 | Self::Tri6 => 3,
            Self::Quad4 | Self::Quad8 | Self::Tet4 | Self::Tet10 => 4,
            Self::Wedge6 | Self::Wedge15 => 6,
            Self::Hex8 | Self::Hex20 => 8,
        }
    }

    /// Dimension of the reference element: 1, 2 or 3.
    pub const fn dimension(self) -> usize {
        match self {
            Self::Beam2 | Self::Beam3 => 1,
            Self::Tri3 | Self::Tri6 | Self::Quad4 | Self::Quad8 => 2,
            _ => 3,
        }
    }

    /// Polynomial order of the shape functions: 1 or 2.
    pub const fn order(self) -> usize {
        if self.node_count() == self.corner_count() { 1 } else { 2 }
    }

    /// The kind with the same corners and order 1.
    pub const fn linear(self) -> Self {
        match self {
            Self::Tri6 => Self::Tri3,
            Self::Quad8 => Self::Quad4,
            Self::Tet10 => Self::Tet4,
            Self::Hex20 => Self::Hex8,
            Self::Wedge15 => Self::Wedge6,
            Self::Beam3 => Self::Beam2,
            other => other,
        }
    }

    /// The kind with the same corners and order 2.
    pub const fn quadratic(self) -> Self {
        match self {
            Self::Tri3 => Self::Tri6,
            Self::Quad4 => Self::Quad8,
            Self::Tet4 => Self::Tet10,
            Self::Hex8 => Self::Hex20,
            Self::Wedge6 => Self::Wedge15,
            Self::Beam2 => Self::Beam3,
            other => other,
        }
    }

    /// Edges as pairs of local corner numbers. Mid-edge node `k` of a quadratic kind is local node `corner_count() + k`.
    pub const fn edges(self) -> &'static [[u8; 2]] {
        match self {
            Self::Beam2 | Self::Beam3 => &[[0, 1]],
            Self::Tri3 | Self::Tri6 => TRIANGLE_EDGES,
            Self::Quad4 | Self::Quad8 => QUADRILATERAL_EDGES,
            Self::Tet4 | Self::Tet10 => TETRAHEDRON_EDGES,
            Self::Hex8 | Self::Hex20 => HEXAHEDRON_EDGES,
            Self::Wedge6 | Self::Wedge15 => WEDGE_EDGES,
        }
    }

    /// Faces of a solid as local node numbers, outward by the right-hand rule, corners before mid-edge nodes.
    /// Empty for surfaces and beams.
    pub const fn faces(self) -> &'static [&'static [u8]] {
        match self {
            Self::Tet4 => TET4_FACES,
            Self::Tet10 => TET10_FACES,
            Self::Hex8 => HEX8_FACES,
            Self::Hex20 => HEX20_FACES,
            Self::Wedge6 => WEDGE6_FACES,
            Self::Wedge15 => WEDGE15_FACES,
            _ => &[],
        }
    }

    /// The kind of a solid's face `face` (an index into [`ElementKind::faces`]); `None` for surfaces and beams.
    pub fn face_kind(self, face: usize) -> Option<Self> {
        match self.faces().get(face)?.len() {
            3 => Some(Self::Tri3),
            4 => Some(Self::Quad4),
            6 => Some(Self::Tri6),
            8 => Some(Self::Quad8),
            _ => None,
        }
    }

    /// VTK's cell type number.
    pub const fn vtk_cell_type(self) -> u8 {
        match self {
            Self::Beam2 => 3,
            Self::Tri3 => 5,
            Self::Quad4 => 9,
            Self::Tet4 => 10,
            Self::Hex8 => 12,
            Self::Wedge6 => 13,
            Self::Beam3 => 21,
            Self::Tri6 => 22,
            Self::Quad8 => 23,
            Self::Tet10 => 24,
            Self::Hex20 => 25,
            Self::Wedge15 => 26,
        }
    }

    /// The lower-case name used in JSON and messages, for example "tet10".
    pub const fn name(self) -> &'static str {
        match self {
            Self::Tri3 => "tri3",
            Self::Tri6 => "tri6",
            Self::Quad4 => "quad4",
            Self::Quad8 => "quad8",
            Self::Tet4 => "tet4",
            Self::Tet10 => "tet10",
            Self::Hex8 => "hex8",
            Self::Hex20 => "hex20",
            Self::Wedge6 => "wedge6",
            Self::Wedge15 => "wedge15",
            Self::Beam2 => "beam2",
            Self::Beam3 => "beam3",
        }
    }
}

impl fmt::Display for ElementKind {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(self.name())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_quadratic_face_lists_the_mid_edge_nodes_of_its_own_edges() {
        for kind in [ElementKind::Tet10, ElementKind::Hex20, ElementKind::Wedge15] {
            for face in kind.faces() {
                let corners = face.len() / 2;
                for k in 0..corners {
                    let (a, b) = (face[k], face[(k + 1) % corners]);
                    let edge = kind.edges().iter().position(|e| *e == [a, b] || *e == [b, a]).unwrap();
                    assert_eq!(usize::from(face[corners + k]), kind.corner_count() + edge, "{kind} face {face:?}");
                }
            }
        }
    }

    #[test]
    fn every_edge_of_a_solid_borders_two_faces_in_opposite_directions() {
        for kind in [ElementKind::Tet4, ElementKind::Hex8, ElementKind::Wedge6] {
            for &[a, b] in kind.edges() {
                let directed = |a: u8, b: u8| {
                    kind.faces().iter().filter(|f| (0..f.len()).any(|k| f[k] == a && f[(k + 1) % f.len()] == b)).count()
                };
                assert_eq!((directed(a, b), directed(b, a)), (1, 1), "{kind} edge {a}-{b}");
            }
        }
    }
}
