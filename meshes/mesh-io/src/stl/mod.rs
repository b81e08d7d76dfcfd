//! Stereolithography: bare triangles, binary or text.

mod ascii;
mod binary;
mod write;

pub(crate) use ascii::read as read_ascii;
pub(crate) use binary::{HEADER, RECORD, read as read_binary, stated_triangles};
pub use write::{write_stl_ascii, write_stl_binary};
