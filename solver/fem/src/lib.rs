//! Finite elements: quadrature, element kernels, degrees of freedom with constraints, coloured parallel assembly.
//!
//! The unknowns are vectors of three components at the nodes of a [`mesh::VolumeMesh`]. Physics enters through an
//! [`ElementKernel`], which delivers an element's internal force and tangent; [`Assembly`] scatters both into a sparsity
//! pattern prepared once. Constrained components are eliminated ([`DofMap`]), so that the matrix stays symmetric
//! positive definite. Results do not depend on the number of threads, to the last bit.

mod assembly;
mod colour;
mod dofs;
mod error;
mod graph;
mod kernel;
mod linear;
pub mod quadrature;
mod renumber;
mod sample;
mod scalar;
mod table;

pub use assembly::{Accumulator, Assembly};
pub use dofs::{DofMap, DofMapBuilder, NodeDofs};
pub use error::{AssemblyError, FemError};
pub use graph::NodeGraph;
pub use kernel::{ElementKernel, NodeMatrix};
pub use linear::{LinearInElements, LinearPiece};
pub use quadrature::{Integration, Quadrature};
pub use renumber::narrow_order;
pub use sample::{Sample, sample_elements};
pub use scalar::ScalarAssembly;
pub use table::{PointTable, ShapeTable};
