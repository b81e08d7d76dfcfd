//! What was measured on the layers.

use super::LayerOptions;
use super::inset::{DIHEDRAL, Inset, RADIUS_RATIO};
use super::prism::StackQuality;
use crate::parallel::parallel_map;
use crate::surface::{Finding, MeshReport};
use control::{Cancelled, RunControl};
use serde::{Deserialize, Serialize};

/// A vertex counts as thinned below this part of the thickness.
const WHOLE: f64 = 0.99;

/// Size, quality and errors of a mesh with layers.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct LayeredReport {
    /// Nodes, elements and their quality are those of the core; volume, distance, topology, caps and rim those of the whole.
    pub core: MeshReport,
    /// The layers.
    pub layers: LayerReport,
}

/// Heights and quality of the layers.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct LayerReport {
    /// Layers.
    pub count: usize,
    /// Height of the layer at the wall in mm.
    pub first_height_mm: f64,
    /// Height of all layers in mm.
    pub total_mm: f64,
    /// Height of a layer over that of the one nearer to the wall.
    pub growth: f64,
    /// Prisms of all layers.
    pub prisms: usize,
    /// Tetrahedra that the prisms are cut into.
    pub tetrahedra: usize,
    /// Vertices on the wall.
    pub wall_vertices: usize,
    /// Wall vertices where the layers are thinner than 0.99 of their height.
    pub thinned_vertices: usize,
    /// Smallest height of the layers over the height asked for.
    pub least_fraction: f64,
    /// Mean of it over the wall vertices.
    pub mean_fraction: f64,
    /// Smallest scaled Jacobian of a prism's corners (right prism on an equilateral triangle 1).
    pub min_prism_scaled_jacobian: f64,
    /// Largest ratio of a prism's longest edge to its shortest.
    pub max_prism_aspect: f64,
    /// Smallest scaled Jacobian of the layers' tetrahedra (regular tetrahedron 1).
    pub min_scaled_jacobian: f64,
    /// Volume of the layers in mm³.
    pub volume_mm3: f64,
    /// Volume of the core in mm³.
    pub core_volume_mm3: f64,
}

pub(super) fn measure(
    inset: &Inset<'_>,
    options: &LayerOptions,
    total_volume: f64,
    control: &RunControl,
) -> Result<LayerReport, Cancelled> {
    let each = parallel_map(&inset.wall.triangles, control, |triangle| inset.stack(triangle).quality())?;
    let worst = each.into_iter().fold(StackQuality::BEST, StackQuality::worse);
    let (count, prisms) = (inset.reached.len(), options.count * inset.wall.triangles.len());
    let core_volume = inset.core.volume();
    Ok(LayerReport {
        count: options.count,
        first_height_mm: inset.heights.first,
        total_mm: inset.heights.total,
        growth: options.growth,
        prisms,
        tetrahedra: 3 * prisms,
        wall_vertices: count,
        thinned_vertices: inset.reached.iter().filter(|&&part| part < WHOLE).count(),
        least_fraction: inset.reached.iter().copied().fold(1.0, f64::min),
        mean_fraction: inset.reached.iter().sum::<f64>() / count.max(1) as f64,
        min_prism_scaled_jacobian: worst.prism_jacobian,
        max_prism_aspect: worst.aspect,
        min_scaled_jacobian: worst.tetrahedron_jacobian,
        volume_mm3: total_volume - core_volume,
        core_volume_mm3: core_volume,
    })
}

/// What the user should know of the layers and of the `bad` tetrahedra left in the core.
pub(super) fn findings(layers: &LayerReport, bad: usize) -> Vec<Finding> {
    let mut findings = Vec::new();
    if layers.thinned_vertices > 0 {
        let (thinned, all) = (layers.thinned_vertices, layers.wall_vertices);
        let percent = 100.0 * layers.least_fraction;
        let text = format!(
            "the layers are thinner at {thinned} of {all} wall vertices, at least {percent:.0} % of their height"
        );
        findings.push(Finding::note("layers", text));
    }
    if bad > 0 {
        let [low, high] = DIHEDRAL;
        let text = format!(
            "{bad} tetrahedra inside the layers have dihedral angles beyond {low}° to {high}° or a radius ratio below \
             {RADIUS_RATIO}"
        );
        findings.push(Finding::warning("layers", text));
    }
    findings
}
