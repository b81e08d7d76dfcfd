use control::Cancelled;

/// Why a linear system could not be solved.
#[derive(Debug, Clone, PartialEq, thiserror::Error)]
pub enum LinalgError {
    /// The run was cancelled.
    #[error(transparent)]
    Cancelled(#[from] Cancelled),
    /// An argument whose size does not fit the matrix.
    #[error("{what} has {found} entries where {expected} are needed")]
    Size {
        /// Which argument.
        what: &'static str,
        /// Entries found.
        found: usize,
        /// Entries expected.
        expected: usize,
    },
    /// NaN or infinity in the matrix or the right-hand side.
    #[error(
        "{what} has the value {value} at dof {dof}; every value must be finite: check materials, loads and element shapes there"
    )]
    NonFinite {
        /// "the matrix" or "the right-hand side".
        what: &'static str,
        /// The dof (matrix row), counted from 0.
        dof: usize,
        /// The value.
        value: f64,
    },
    /// The symmetric solvers were given an unsymmetric matrix.
    #[error("the matrix is not symmetric: |a_ij - a_ji| reaches {asymmetry:.1e} of the largest entry")]
    NotSymmetric {
        /// Largest difference over the largest entry.
        asymmetry: f64,
    },
    /// A pivot that is not clearly positive: a rigid motion or mechanism that no constraint holds, or a negative stiffness.
    #[error(
        "the matrix is not positive definite: pivot {pivot:.3e} at dof {dof} (node {node}) is {ratio:.1e} of its diagonal entry; \
         a part can move without resistance (hold it by constraints) or a stiffness is negative"
    )]
    NotPositiveDefinite {
        /// The dof (matrix row), counted from 0.
        dof: usize,
        /// The node of that dof in the caller's numbering.
        node: u32,
        /// The pivot; NaN when the elimination broke down before it was known.
        pivot: f64,
        /// Pivot over the diagonal entry.
        ratio: f64,
    },
    /// No method fits the memory limit.
    #[error(
        "the linear system needs {} ({method}) but only {} are allowed: raise the memory limit or coarsen the mesh",
        megabytes(*.needed), megabytes(*.limit)
    )]
    Memory {
        /// The method that needs the least.
        method: &'static str,
        /// Bytes that it needs.
        needed: u64,
        /// Bytes allowed.
        limit: u64,
    },
    /// The system has more rows or couplings than 32-bit indices can count.
    #[error("the matrix has {what} = {count}, more than the limit of {limit}; coarsen the mesh")]
    TooLarge {
        /// What is counted.
        what: &'static str,
        /// How many.
        count: usize,
        /// How many at most.
        limit: usize,
    },
    /// METIS refused to order the graph.
    #[error("nested dissection of a graph with {nodes} nodes failed: {reason}")]
    Ordering {
        /// Nodes of the graph.
        nodes: usize,
        /// What METIS returned.
        reason: &'static str,
    },
    /// The conjugate gradients stopped above the tolerance.
    #[error(
        "conjugate gradients stopped after {iterations} iterations at the relative residual {residual:.2e}, tolerance {tolerance:.1e}; \
         choose the direct method, or look for badly shaped elements and extreme stiffness ratios"
    )]
    NotConverged {
        /// Iterations done.
        iterations: usize,
        /// Relative residual reached.
        residual: f64,
        /// Relative residual asked for.
        tolerance: f64,
    },
    /// A method that needs more than the problem gives.
    #[error("the iterative method needs {missing}")]
    Missing {
        /// What is missing.
        missing: &'static str,
    },
}

/// Bytes as text, in the unit that reads best.
fn megabytes(bytes: u64) -> String {
    if bytes >= 10 << 30 {
        format!("{:.1} GiB", bytes as f64 / (1u64 << 30) as f64)
    } else {
        format!("{:.1} MiB", bytes as f64 / (1u64 << 20) as f64)
    }
}
