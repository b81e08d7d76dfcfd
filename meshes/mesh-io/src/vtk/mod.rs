//! VTK's files: the XML formats VTP and VTU, the legacy format, and collections of time steps.

mod array;
mod dataset;
mod grid;
mod image;
mod legacy;
mod pvd;
mod tree;
mod write;
mod xml;

pub use image::{ImageArray, ImageData, read_image_data};
pub(crate) use legacy::{MAGIC as LEGACY_MAGIC, read as read_legacy};
pub use pvd::{read_pvd, write_pvd};
pub use write::{XmlEncoding, encode_vtp, encode_vtu, write_vtp, write_vtu};
pub(crate) use xml::{is_xml, read as read_xml};
