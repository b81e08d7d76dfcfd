//! Vesalius: in-silico testing of medical devices. The façade that programs depend on; each module is one crate of the workspace.

pub use control;
pub use geometry;
pub use mesh;
