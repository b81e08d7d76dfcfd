use crate::ElementKind;

/// What is wrong with a mesh, and where.
#[derive(Debug, Clone, PartialEq, thiserror::Error)]
pub enum MeshError {
    /// A connectivity entry points past the last node.
    #[error("element {element} names node {node}, but the mesh has {nodes} nodes (counted from 0)")]
    NodeOutOfRange {
        /// Element or triangle, counted from 0 over all blocks.
        element: usize,
        /// The offending node number.
        node: usize,
        /// Number of nodes in the mesh.
        nodes: usize,
    },
    /// A connectivity array whose length is no multiple of the element's node count.
    #[error("a block of {kind} elements has {length} connectivity entries, no multiple of {nodes}")]
    RaggedBlock {
        /// The block's element kind.
        kind: ElementKind,
        /// Length of the connectivity array.
        length: usize,
        /// Nodes per element.
        nodes: usize,
    },
    /// A coordinate is NaN or infinite.
    #[error("node {node} has the coordinates ({x}, {y}, {z}); every coordinate must be finite")]
    NonFiniteCoordinate {
        /// Node counted from 0.
        node: usize,
        /// x in mm.
        x: f64,
        /// y in mm.
        y: f64,
        /// z in mm.
        z: f64,
    },
    /// A region names a node, face or element that does not exist.
    #[error("region \"{region}\" names {what} {index}, but there are only {count}")]
    RegionOutOfRange {
        /// The region's name.
        region: String,
        /// "node", "face of element" or "element".
        what: &'static str,
        /// The offending number.
        index: usize,
        /// How many there are.
        count: usize,
    },
    /// A partition without sides for each of its triangles.
    #[error("{sides} pairs of sides for {triangles} triangles; every triangle needs what is behind and in front of it")]
    SidesMismatch {
        /// Triangles.
        triangles: usize,
        /// Pairs of sides.
        sides: usize,
    },
    /// A triangle of a partition with one part on both sides.
    #[error("triangle {triangle} has part {side} on both sides; leave it out, or name what is in front of it")]
    SameSides {
        /// Triangle counted from 0.
        triangle: usize,
        /// The part.
        side: u16,
    },
    /// A field whose value count does not fit the mesh.
    #[error("field \"{field}\" has {found} values where {expected} are needed")]
    FieldLength {
        /// The field's name.
        field: String,
        /// Values found.
        found: usize,
        /// Values expected.
        expected: usize,
    },
}
