//! How the parts of a mesh hang together: edges, components, boundaries, adjacency.
//!
//! Everything is sorted or counted, never hashed, so numbering depends on the input only. The functions index by the
//! mesh's own connectivity: validate a mesh from outside first ([`crate::SurfaceMesh::validate`],
//! [`crate::VolumeMesh::validate`]), otherwise a vertex out of range panics.

mod adjacency;
mod boundary;
mod edges;
mod grow;
mod merge;
mod surface;
mod union_find;

pub use adjacency::{Adjacency, node_graph, node_to_elements};
pub use boundary::{BoundarySurface, boundary_faces, boundary_surface};
pub use edges::{EdgeTable, EdgeUse};
pub use grow::{grow_faces_by_angle, grow_triangles_by_angle};
pub use merge::merge_equal_points;
pub use surface::{Component, SurfaceTopology};
