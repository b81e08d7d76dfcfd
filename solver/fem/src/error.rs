use control::Cancelled;

/// What is wrong with the degrees of freedom or their pattern, and where.
#[derive(Debug, Clone, PartialEq, thiserror::Error)]
pub enum FemError {
    /// Two constraints on one node contradict each other.
    #[error(
        "node {node} is constrained twice along ({x:.4}, {y:.4}, {z:.4}) with values that differ by {gap:e} mm; \
         remove one of the two constraints or make them agree"
    )]
    ConflictingConstraints {
        /// Node counted from 0.
        node: u32,
        /// Direction.
        x: f64,
        /// Direction.
        y: f64,
        /// Direction.
        z: f64,
        /// Difference of the two prescribed displacements along the direction, in mm.
        gap: f64,
    },
    /// A constraint direction without length, or a prescribed value that is not a number.
    #[error("the constraint on node {node} has no usable direction or value; give a finite value and a direction")]
    InvalidConstraint {
        /// Node counted from 0.
        node: u32,
    },
    /// One node couples to more nodes than the assembly's tables can address.
    #[error(
        "node {node} couples to {coupled} unknowns, more than {limit}; the mesh is not a usable finite element mesh"
    )]
    TooManyNeighbours {
        /// Node counted from 0.
        node: u32,
        /// Unknowns in its row.
        coupled: usize,
        /// Largest number of unknowns in a row.
        limit: usize,
    },
    /// More unknowns than a matrix index can address.
    #[error("the mesh has {unknowns} unknowns, more than {limit}; use a coarser mesh")]
    TooManyUnknowns {
        /// Number of unknowns.
        unknowns: usize,
        /// Largest possible number.
        limit: usize,
    },
    /// A block whose kind has no three-dimensional elements.
    #[error("block {block} holds {kind} elements; a solid analysis needs tetrahedra, hexahedra or wedges")]
    NotSolid {
        /// Block counted from 0.
        block: usize,
        /// The block's element kind.
        kind: mesh::ElementKind,
    },
    /// The user asked to stop.
    #[error(transparent)]
    Cancelled(#[from] Cancelled),
}

/// Why an assembly stopped.
#[derive(Debug, Clone, PartialEq)]
pub enum AssemblyError<E> {
    /// The kernel failed; of several failing elements of one colour the lowest is reported.
    Element {
        /// Element counted from 0 within its block.
        element: usize,
        /// The kernel's error.
        source: E,
    },
    /// The user asked to stop.
    Cancelled(Cancelled),
}

impl<E> From<Cancelled> for AssemblyError<E> {
    fn from(cancelled: Cancelled) -> Self {
        Self::Cancelled(cancelled)
    }
}
