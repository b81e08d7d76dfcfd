//! Renderer-neutral pictures: surfaces with a scalar field, streamlines, legends, cameras, markers, plots.
//!
//! A [`Scene`] says what is to be seen, never how it is drawn: `report` draws it on the processor (bit-identical on
//! every machine), `viewport` with OpenGL. What both must agree on lives here: the colour of a value
//! ([`ColourScale`]), the light ([`light`]), the projection ([`Camera`]), the tick marks ([`ticks`]).
//!
//! Lengths are millimetres in the LPS frame (x to the patient's left, y to the back, z to the head).

pub mod camera;
pub mod colour;
pub mod light;
pub mod plot;
pub mod slice;
pub mod ticks;

mod cut;
mod error;
mod layers;
mod quantity;
mod streamlines;
mod tubes;
mod volume;

pub use camera::{Camera, Projection, View};
pub use colour::{Colour, ColourMap, ColourScale};
pub use cut::Plane;
pub use error::SceneError;
pub use layers::{
    Arrow, FixedZone, Framing, Legend, Marker, MarkerKind, Scalar, Scene, Shading, Surface, Triad, unit_text,
};
pub use mesh::{Point3, Vector3};
pub use plot::Plot;
pub use quantity::Quantity;
pub use streamlines::{STREAMLINES, streamlines};
pub use volume::{SECTION, VolumePicture};
