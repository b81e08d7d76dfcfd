//! Sparse matrices, direct and iterative solvers.
//!
//! Matrices are compressed sparse row with both triangles stored; a symmetric matrix is its own compressed sparse
//! column, so the factorisations read it without a copy. No type of a third-party library appears in a public signature.

mod aggregation;
mod block;
mod choose;
mod conjugate_gradients;
mod direct;
mod error;
mod factor;
mod front;
mod graph;
mod iterative;
mod multigrid;
pub mod nodal;
mod ordering;
mod pattern;
mod product;
mod solve;
mod sparse;
mod symbolic;
mod vector;
mod wide;

pub use aggregation::rigid_motions;
pub use direct::DirectAnalysis;
pub use error::LinalgError;
pub use factor::{DirectFactor, Stored};
pub use solve::{Method, MethodUsed, Solution, SolveReport, SolverOptions, SpdProblem, solve_spd};
pub use sparse::{SparseMatrix, SparsityPattern};
pub use wide::widely;
