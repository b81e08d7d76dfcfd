//! From a closed surface to elements.

use super::AnatomyError;
use control::RunControl;
use mesh::{SurfaceMesh, VolumeMesh};
use meshing::{LayerOptions, LayeredReport, MeshOptions, MeshReport};

/// A mesh and what was measured on it.
#[derive(Debug, Clone, PartialEq)]
pub struct Filled {
    /// The mesh.
    pub mesh: VolumeMesh,
    /// What was measured.
    pub report: FillReport,
}

/// The report of the way in which a mesh was made.
#[derive(Debug, Clone, PartialEq)]
pub enum FillReport {
    /// One part.
    Solid(MeshReport),
    /// One lumen with layers along its wall.
    Layered(LayeredReport),
}

/// Fills a closed surface, with layers along its wall where they are asked for.
///
/// # Errors
/// Those of [`meshing::mesh_surface`] and [`meshing::mesh_lumen`].
pub fn fill(
    surface: &SurfaceMesh,
    options: &MeshOptions,
    layers: Option<&LayerOptions>,
    control: &RunControl,
) -> Result<Filled, AnatomyError> {
    Ok(match layers {
        None => {
            let made = meshing::mesh_surface(surface, options, control)?;
            Filled { mesh: made.mesh, report: FillReport::Solid(made.report) }
        }
        Some(layers) => {
            let made = meshing::mesh_lumen(surface, options, layers, control)?;
            Filled { mesh: made.mesh, report: FillReport::Layered(made.report) }
        }
    })
}
