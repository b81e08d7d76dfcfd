//! The steps from a file to analysis-ready anatomy. The verbs of the command line and the studies call the same ones.
//!
//! 1. [`read_image`]: an image in mm and LPS, its voxel size assumed where the file records none.
//! 2. [`take_surface`]: a threshold or labels, by the steps of a [`Recipe`](imaging::segment::Recipe), to a closed surface;
//!    or [`take_parts`]: several labels to a partition.
//! 3. [`mend`]: repair and remeshing of a surface.
//! 4. [`prepare_vessel`]: planar named ends, extensions, the sac of an aneurysm.
//! 5. [`fill`]: elements, with layers along the wall where they are asked for; [`meshing::mesh_parts`] for a partition.

mod error;
mod image;
mod mesh;
mod surface;

pub use error::AnatomyError;
pub use image::{
    ImageReading, LabelParts, PartsChoice, TakenSurface, find_label, read_image, take_parts, take_surface,
};
pub use mesh::{FillReport, Filled, fill};
pub use surface::{Mended, PreparedVessel, mend, prepare_vessel};
