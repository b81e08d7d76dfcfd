//! Abaqus and CalculiX keyword input: the mesh and its sets.

mod kinds;
mod model;
mod names;
mod read;
mod scope;
mod sets;
mod write;

pub(crate) use read::{is_inp, read};
pub use write::{HexIntegration, encode_inp, write_inp};
