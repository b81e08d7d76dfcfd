//! Slices of voxel images: which way they lie, and their pixels.
//!
//! [`SliceStack`] says where a voxel is in a picture and which letters stand at its edges, [`Window`] which grey a value
//! has, [`grey`] and [`overlay`] give the pixels. All are pure functions of their arguments.

mod letters;
mod paint;
mod stack;
mod window;

pub use letters::letters;
pub use paint::{Pixels, Selected, Tint, grey, label_colour, label_tints, overlay};
pub use stack::{SlicePlane, SliceStack};
pub use window::Window;
