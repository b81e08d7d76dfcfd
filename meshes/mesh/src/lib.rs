//! Surface and volume meshes, named regions, fields, shape functions, quality and topology.
//!
//! Lengths are millimetres in the LPS frame. Node order inside an element is that of VTK, which for every kind here is
//! also that of Abaqus and CalculiX (see [`ElementKind`]). Meshes are plain data: whoever builds one checks it with
//! [`VolumeMesh::validate`] or [`SurfaceMesh::validate`].

mod element;
mod error;
mod field;
mod partition;
pub mod primitives;
pub mod quality;
pub mod shape;
mod surface;
pub mod topology;
mod volume;

pub use element::ElementKind;
pub use error::MeshError;
pub use field::{Field, FieldLocation};
pub use nalgebra::{Point3, Vector3};
pub use partition::Partition;
pub use surface::SurfaceMesh;
pub use volume::{ElementBlock, Face, Region, VolumeMesh};
