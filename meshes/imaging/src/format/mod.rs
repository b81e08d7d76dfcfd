//! The file formats, one file each. A reader gives the image in the file's own unit and frame.

mod dicom;
mod fields;
mod metaimage;
mod nifti;
mod nrrd;
mod payload;
mod vti;

pub(crate) use dicom::{is_dicom, read as read_dicom, read_folder as read_dicom_folder};
pub use metaimage::write as write_metaimage;
pub(crate) use metaimage::{is_metaimage, read as read_metaimage};
pub use nifti::write as write_nifti;
pub(crate) use nifti::{is_nifti, read as read_nifti};
pub use nrrd::write as write_nrrd;
pub(crate) use nrrd::{is_nrrd, read as read_nrrd};
pub(crate) use vti::read as read_vti;
