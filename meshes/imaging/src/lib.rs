//! Voxel images and label maps: files, segmentation, smooth surfaces.
//!
//! [`read_image`] gives an image as its file has it; [`ImageFile::in_lps_mm`] turns it into mm and LPS. What may identify
//! the patient is never kept: [`ImageFile::withheld`] lists the entries by name.

mod error;
mod format;
mod grid;
mod histogram;
mod image;
mod judge;
mod labels;
mod read;
mod regrid;
pub mod segment;
mod surface;
mod values;
mod voxels;

pub use error::ImagingError;
pub use format::{write_metaimage, write_nifti, write_nrrd};
pub use grid::Grid;
pub use histogram::Histogram;
pub use image::{Image, ImageFile, Modality, Rescale};
pub use judge::{ImageReport, JudgedImage, LabelReport, SPACING_UNKNOWN, judge_image};
pub use labels::{LabelMap, Mask};
pub use read::{is_image, read_image, read_image_bytes};
pub use regrid::{Fit, Regridded};
pub use surface::{
    Interface, LabelSurface, Nets, Relabelled, SmoothOptions, label_surface, level_surface, make_well_composed,
    mask_surface,
};
pub use values::{Measure, ValueDecision};
pub use voxels::Voxels;
