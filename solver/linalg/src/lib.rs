//! Sparse matrices, direct and iterative solvers.
//!
//! Matrices are compressed sparse row with both triangles stored; a symmetric matrix is its own compressed sparse
//! column, so the factorisations read it without a copy. No type of a third-party library appears in a public signature.

mod sparse;

pub use sparse::{SparseMatrix, SparsityPattern};
