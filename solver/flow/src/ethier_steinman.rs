//! An exact solution of the full equations: three-dimensional, unsteady, all terms at work.

use crate::Fluid;
use mesh::Point3;
use nalgebra::Vector3;
use std::f64::consts::{FRAC_PI_2, FRAC_PI_4};

/// The solution of Ethier and Steinman (Int. J. Numer. Meth. Fluids 19:369, 1994) with a = π/4 and d = π/2, customary in the cube
/// from -1 to 1.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct EthierSteinman {
    /// What flows.
    pub fluid: Fluid,
}

impl EthierSteinman {
    /// Velocity (mm/s) at a place (mm) and time (s).
    pub fn velocity(&self, p: &Point3<f64>, t: f64) -> Vector3<f64> {
        let (a, d) = (FRAC_PI_4, FRAC_PI_2);
        let part =
            |x: f64, y: f64, z: f64| (a * x).exp() * (a * y + d * z).sin() + (a * z).exp() * (a * x + d * y).cos();
        Vector3::new(part(p.x, p.y, p.z), part(p.y, p.z, p.x), part(p.z, p.x, p.y)) * (-a * self.decay(t))
    }

    /// Pressure (MPa).
    pub fn pressure(&self, p: &Point3<f64>, t: f64) -> f64 {
        let (a, d) = (FRAC_PI_4, FRAC_PI_2);
        let part = |x: f64, y: f64, z: f64| {
            (2.0 * a * x).exp() + 2.0 * (a * x + d * y).sin() * (a * z + d * x).cos() * (a * (y + z)).exp()
        };
        let sum = part(p.x, p.y, p.z) + part(p.y, p.z, p.x) + part(p.z, p.x, p.y);
        -0.5 * self.fluid.density * a * a * sum * self.decay(t).powi(2)
    }

    fn decay(&self, t: f64) -> f64 {
        (-self.fluid.viscosity / self.fluid.density * FRAC_PI_2 * FRAC_PI_2 * t).exp()
    }
}
