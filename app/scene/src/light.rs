//! The light both renderers use: one lamp at the viewer's shoulder and an even sky.
//!
//! The brightness multiplies the sRGB channels. Coloured values get a gentle light, so that a colour can still be found
//! in the legend; plain parts a stronger one, so that their shape is read.

use crate::Vector3;

/// Direction towards the lamp in the camera's frame (right, up, towards the viewer); a unit vector.
pub const LAMP: [f64; 3] = [-0.36, 0.48, 0.8];

/// Brightness of a plain surface that faces away from the lamp, and the share of the lamp.
pub const PLAIN: [f64; 2] = [0.42, 0.62];

/// The same two numbers for a surface that shows values.
pub const SCALAR: [f64; 2] = [0.74, 0.28];

/// Brightness factor (may pass 1 slightly; clamp after multiplying) of a two-sided surface whose unit normal in the
/// camera's frame (right, up, towards the viewer) is `normal`; `terms` is [`PLAIN`] or [`SCALAR`].
///
/// `ambient + lamp (n·l + 1/2)²/(3/2)²`: wrapped diffuse light keeps gradients on the side turned away.
pub fn brightness(normal: Vector3<f64>, terms: [f64; 2]) -> f64 {
    let facing = if normal.z < 0.0 { -1.0 } else { 1.0 };
    let cosine = facing * (normal.x * LAMP[0] + normal.y * LAMP[1] + normal.z * LAMP[2]);
    let wrapped = (cosine + 0.5).max(0.0) / 1.5;
    terms[0] + terms[1] * wrapped * wrapped
}
