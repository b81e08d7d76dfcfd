//! Fields of a volume mesh between its nodes: which element holds a point ([`Locator`]), what a field is there ([`Spot`]),
//! and where a flow carries it ([`streamlines`]) from places that are spread evenly ([`spread`]).
//!
//! Lengths are millimetres, velocities in the unit of their field. Answers depend on the input only, never on the number
//! of threads.

mod dormand_prince;
mod locator;
mod seeds;
mod streamline;

pub use locator::{Locator, Spot};
pub use seeds::{centre, face_triangles, is_flat, spread};
pub use streamline::{End, SamplingError, Streamline, Tracing, streamlines};
