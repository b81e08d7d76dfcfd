//! From a surface to one that can be meshed.

use super::AnatomyError;
use control::RunControl;
use mesh::SurfaceMesh;
use meshing::vessel::{Lumen, LumenOptions, Sac, SacOptions, isolate_sac, prepare_lumen};
use meshing::{RemeshOptions, RemeshReport, RepairOptions, Repaired, Sizing};

/// A mended surface.
#[derive(Debug, Clone, PartialEq)]
pub struct Mended {
    /// The surface after repair and remeshing.
    pub surface: SurfaceMesh,
    /// What the repair did; its surface is the one before remeshing.
    pub repaired: Repaired,
    /// What the remeshing did.
    pub remeshed: Option<RemeshReport>,
}

/// Repairs a surface and, where `edge` says how long edges shall be (mm), remeshes it.
///
/// # Errors
/// Those of [`meshing::repair()`] and [`meshing::remesh_isotropic`]; [`AnatomyError::RemeshCrosses`].
pub fn mend(
    surface: &SurfaceMesh,
    options: &RepairOptions,
    edge: Option<f64>,
    control: &RunControl,
) -> Result<Mended, AnatomyError> {
    let repaired = meshing::repair(surface, options, &control.stage("repair", 0.0, 0.6))?;
    let Some(length) = edge else {
        return Ok(Mended { surface: repaired.surface.clone(), repaired, remeshed: None });
    };
    let options = RemeshOptions { sizing: Some(Sizing::Uniform { length }), ..RemeshOptions::default() };
    let remeshed = meshing::remesh_isotropic(&repaired.surface, &options, &control.stage("remesh", 0.6, 1.0))?;
    match remeshed.report.crossing_pairs {
        0 => Ok(Mended { surface: remeshed.surface, repaired, remeshed: Some(remeshed.report) }),
        pairs => Err(AnatomyError::RemeshCrosses { pairs }),
    }
}

/// A lumen with named ends, and the sac on it.
#[derive(Debug, Clone, PartialEq)]
pub struct PreparedVessel {
    /// The lumen.
    pub lumen: Lumen,
    /// The sac, where it is asked for.
    pub sac: Option<Sac>,
}

impl PreparedVessel {
    /// The lumen with all its regions.
    pub fn surface(&self) -> &SurfaceMesh {
        self.sac.as_ref().map_or(&self.lumen.surface, |sac| &sac.surface)
    }
}

/// Makes a lumen ready for flow and isolates its sac where that is asked for.
///
/// # Errors
/// Those of [`prepare_lumen`] and [`isolate_sac`].
pub fn prepare_vessel(
    surface: &SurfaceMesh,
    lumen: &LumenOptions,
    sac: Option<&SacOptions>,
    control: &RunControl,
) -> Result<PreparedVessel, AnatomyError> {
    let lumen = prepare_lumen(surface, lumen, &control.stage("ends", 0.0, 0.5))?;
    let stage = control.stage("sac", 0.5, 1.0);
    let sac = sac.map(|options| isolate_sac(&lumen, options, &stage)).transpose()?;
    Ok(PreparedVessel { lumen, sac })
}
