//! What is asked of a vessel.

use crate::MeshingError;
use serde::{Deserialize, Serialize};

/// Which end is the inlet. Ends are numbered from 1 on, the largest first.
#[derive(Debug, Clone, Copy, PartialEq, Default, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Inlet {
    /// The end of the largest area.
    #[default]
    Largest,
    /// The end of this number.
    Number(usize),
    /// The end whose centre is nearest to this point in mm.
    Nearest([f64; 3]),
}

/// How a lumen is prepared.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct LumenOptions {
    /// The inlet.
    pub inlet: Inlet,
    /// How far every end is lengthened, in equivalent radii √(A/π); 0 leaves it.
    pub extension: f64,
    /// Rounded ends are cut across the centreline this far from their tip, in local inscribed radii; `None` leaves them.
    pub cut: Option<f64>,
    /// Points (mm) near the tips to cut. Empty: tips are looked for, where fewer than two other ends are found.
    pub cut_near: Vec<[f64; 3]>,
    /// A hole whose rim is off its best plane by at most this part of its radius is closed in that plane; a more uneven
    /// rim is cut off just inside.
    pub planarity: f64,
    /// A hole smaller than this part of the radius of the largest is a defect: closed as wall and listed.
    pub least_end: f64,
}

impl Default for LumenOptions {
    fn default() -> Self {
        Self { inlet: Inlet::Largest, extension: 0.0, cut: None, cut_near: Vec::new(), planarity: 0.02, least_end: 0.1 }
    }
}

impl LumenOptions {
    pub(super) fn validate(&self) -> Result<(), MeshingError> {
        within("extension", self.extension, 0.0, 100.0, "a number of radii from 0 to 100")?;
        within("cut", self.cut.unwrap_or(1.0), 0.1, 100.0, "a number of radii from 0.1 to 100")?;
        within("planarity", self.planarity, 0.0, 1.0, "a part of the radius from 0 to 1")?;
        within("least_end", self.least_end, 0.0, 1.0, "a part of the largest radius from 0 to 1")
    }
}

/// How a sac is told from its parent vessel.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct SacOptions {
    /// A point (mm) in or on the dome; `None` takes the largest bulge.
    pub dome: Option<[f64; 3]>,
    /// Wall farther from the parent's centreline than this many healthy parent radii belongs to the sac.
    pub factor: f64,
}

impl Default for SacOptions {
    fn default() -> Self {
        Self { dome: None, factor: 1.35 }
    }
}

impl SacOptions {
    pub(super) fn validate(&self) -> Result<(), MeshingError> {
        within("factor", self.factor, 1.05, 5.0, "a number of parent radii from 1.05 to 5")
    }
}

fn within(option: &'static str, value: f64, low: f64, high: f64, needed: &'static str) -> Result<(), MeshingError> {
    if (low..=high).contains(&value) { Ok(()) } else { Err(MeshingError::BadOption { option, value, needed }) }
}
