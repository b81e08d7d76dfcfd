//! Gmsh's element types and the way from its node order to ours.

use mesh::ElementKind;

/// What is known of one of Gmsh's element types.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Type {
    /// Gmsh's number.
    pub(super) number: i64,
    /// 0 for points to 3 for solids.
    pub(super) dimension: u8,
    /// Nodes of an element.
    pub(super) nodes: usize,
    /// The kind here; `None` for points, lines and what is not supported.
    pub(super) kind: Option<ElementKind>,
    /// For messages.
    pub(super) name: &'static str,
}

const fn kept(number: i64, dimension: u8, kind: ElementKind) -> Type {
    Type { number, dimension, nodes: kind.node_count(), kind: Some(kind), name: kind.name() }
}

const fn other(number: i64, dimension: u8, nodes: usize, name: &'static str) -> Type {
    Type { number, dimension, nodes, kind: None, name }
}

const TYPES: [Type; 31] = [
    other(1, 1, 2, "the 2-node line"),
    kept(2, 2, ElementKind::Tri3),
    kept(3, 2, ElementKind::Quad4),
    kept(4, 3, ElementKind::Tet4),
    kept(5, 3, ElementKind::Hex8),
    kept(6, 3, ElementKind::Wedge6),
    other(7, 3, 5, "the 5-node pyramid"),
    other(8, 1, 3, "the 3-node line"),
    kept(9, 2, ElementKind::Tri6),
    other(10, 2, 9, "the 9-node quadrilateral"),
    kept(11, 3, ElementKind::Tet10),
    other(12, 3, 27, "the 27-node hexahedron"),
    other(13, 3, 18, "the 18-node prism"),
    other(14, 3, 14, "the 14-node pyramid"),
    other(15, 0, 1, "the point"),
    kept(16, 2, ElementKind::Quad8),
    kept(17, 3, ElementKind::Hex20),
    kept(18, 3, ElementKind::Wedge15),
    other(19, 3, 13, "the 13-node pyramid"),
    other(20, 2, 9, "the 9-node triangle"),
    other(21, 2, 10, "the 10-node triangle"),
    other(22, 2, 12, "the 12-node triangle"),
    other(23, 2, 15, "the 15-node triangle"),
    other(26, 1, 4, "the 4-node line"),
    other(27, 1, 5, "the 5-node line"),
    other(28, 1, 6, "the 6-node line"),
    other(29, 3, 20, "the 20-node tetrahedron"),
    other(30, 3, 35, "the 35-node tetrahedron"),
    other(36, 2, 16, "the 16-node quadrilateral"),
    other(92, 3, 64, "the 64-node hexahedron"),
    other(90, 3, 40, "the 40-node prism"),
];

/// The type of a number.
pub(super) fn element_type(number: i64) -> Option<Type> {
    TYPES.into_iter().find(|known| known.number == number)
}

/// The number of a kind; `None` for beams.
pub(super) fn number_of(kind: ElementKind) -> Option<i64> {
    TYPES.into_iter().find(|known| known.kind == Some(kind)).map(|known| known.number)
}

/// For every local node here the local node of Gmsh. Corners and plane kinds agree; of the quadratic solids only the
/// mid-edge nodes differ (Gmsh reference manual, "Node ordering").
pub(super) fn gmsh_order(kind: ElementKind) -> &'static [usize] {
    const TET10: &[usize] = &[0, 1, 2, 3, 4, 5, 6, 7, 9, 8];
    const HEX20: &[usize] = &[0, 1, 2, 3, 4, 5, 6, 7, 8, 11, 13, 9, 16, 18, 19, 17, 10, 12, 14, 15];
    const WEDGE15: &[usize] = &[0, 1, 2, 3, 4, 5, 6, 9, 7, 12, 14, 13, 8, 10, 11];
    match kind {
        ElementKind::Tet10 => TET10,
        ElementKind::Hex20 => HEX20,
        ElementKind::Wedge15 => WEDGE15,
        _ => HEX20.split_at(kind.node_count().min(8)).0,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Gmsh's reference manual draws the mid-edge nodes on these edges, in this order.
    const GMSH_EDGES: [(ElementKind, &[[u8; 2]]); 5] = [
        (ElementKind::Tri6, &[[0, 1], [1, 2], [2, 0]]),
        (ElementKind::Quad8, &[[0, 1], [1, 2], [2, 3], [3, 0]]),
        (ElementKind::Tet10, &[[0, 1], [1, 2], [2, 0], [3, 0], [2, 3], [1, 3]]),
        (
            ElementKind::Hex20,
            &[[0, 1], [0, 3], [0, 4], [1, 2], [1, 5], [2, 3], [2, 6], [3, 7], [4, 5], [4, 7], [5, 6], [6, 7]],
        ),
        (ElementKind::Wedge15, &[[0, 1], [0, 2], [0, 3], [1, 2], [1, 4], [2, 5], [3, 4], [3, 5], [4, 5]]),
    ];

    #[test]
    fn mid_edge_nodes_come_to_lie_on_our_edges() {
        for (kind, edges) in GMSH_EDGES {
            let corners = kind.corner_count();
            let order = gmsh_order(kind);
            if kind.dimension() == 2 {
                assert!(edges == kind.edges());
                assert_eq!(order, (0..8.min(kind.node_count())).collect::<Vec<_>>());
                continue;
            }
            assert_eq!(order.len(), kind.node_count());
            for (k, ours) in kind.edges().iter().enumerate() {
                let mut theirs = edges[order[corners + k] - corners];
                theirs.sort_unstable();
                let mut ours = *ours;
                ours.sort_unstable();
                assert_eq!(theirs, ours, "{kind}, edge {k}");
            }
        }
    }

    #[test]
    fn every_kind_but_beams_has_a_number_and_the_identity_keeps_all_nodes() {
        for kind in ElementKind::ALL {
            assert_eq!(number_of(kind).is_some(), kind.dimension() > 1, "{kind}");
            if kind.dimension() > 1 {
                assert_eq!(gmsh_order(kind).len(), kind.node_count(), "{kind}");
            }
        }
    }
}
