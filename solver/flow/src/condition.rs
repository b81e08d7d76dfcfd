//! What holds on the parts of the boundary.

use crate::{Inflow, Outlet};
use mesh::Point3;
use nalgebra::Vector3;
use std::collections::BTreeMap;
use std::fmt;
use std::sync::Arc;

/// A velocity (mm/s) as a function of place (mm) and time (s).
pub type VelocityField = Arc<dyn Fn(&Point3<f64>, f64) -> Vector3<f64> + Send + Sync>;

/// The conditions by the names of face regions. Where regions meet in a node, a wall comes before a velocity or an inflow, these
/// before slip, slip before an opening; of two velocities or inflows the first by name.
pub type Conditions = BTreeMap<String, Condition>;

/// What holds on a region of the boundary.
#[derive(Clone)]
pub enum Condition {
    /// u = 0.
    Wall,
    /// u is given.
    Velocity(VelocityField),
    /// u is that of a given flow rate.
    Inflow(Arc<Inflow>),
    /// u·n = 0 on a plane, without shear: a plane of symmetry.
    Slip,
    /// μ ∂u/∂n - p n = -P n, with a pressure P by a model.
    Open(Outlet),
}

impl From<Inflow> for Condition {
    fn from(inflow: Inflow) -> Self {
        Self::Inflow(Arc::new(inflow))
    }
}

impl fmt::Debug for Condition {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Wall => f.write_str("Wall"),
            Self::Velocity(_) => f.write_str("Velocity"),
            Self::Inflow(inflow) => f.debug_tuple("Inflow").field(inflow.report()).finish(),
            Self::Slip => f.write_str("Slip"),
            Self::Open(outlet) => f.debug_tuple("Open").field(outlet).finish(),
        }
    }
}
