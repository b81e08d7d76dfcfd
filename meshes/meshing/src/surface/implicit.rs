//! From a domain that answers queries itself, without a surface of triangles, to a measured mesh.

use super::attempt::{fill, improve};
use super::regions::named_mesh;
use super::report::Quality;
use super::{CurvedEdges, MeshOptions, StageCounts, Topology};
use crate::MeshingError;
use crate::domain::Domain;
use crate::features::Rims;
use crate::optimise::Boundary;
use crate::quadratic::{curve, to_quadratic};
use crate::tets::TetMesh;
use control::RunControl;
use mesh::VolumeMesh;
use serde::{Deserialize, Serialize};

/// A mesh of a domain and what was measured on it.
#[derive(Debug, Clone, PartialEq)]
pub struct DomainMesh {
    /// Tet4 or Tet10 elements; the face region `wall` is the whole boundary.
    pub mesh: VolumeMesh,
    /// Size, quality, topology.
    pub report: DomainReport,
}

/// Size, quality and topology of a domain's mesh; the domain states neither volume nor topology to compare with.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct DomainReport {
    /// Nodes, mid-edge nodes included.
    pub nodes: usize,
    /// Tetrahedra.
    pub elements: usize,
    /// 1 or 2.
    pub order: u8,
    /// Smallest dihedral angle of the straight elements.
    pub min_dihedral_deg: f64,
    /// Largest dihedral angle of the straight elements.
    pub max_dihedral_deg: f64,
    /// Smallest 3 × inradius / circumradius.
    pub min_radius_ratio: f64,
    /// The radius ratio that one element in a thousand is below.
    pub thousandth_radius_ratio: f64,
    /// Smallest scaled Jacobian (regular tetrahedron 1).
    pub min_scaled_jacobian: f64,
    /// Volume of the straight elements in mm³.
    pub volume_mm3: f64,
    /// Topology of the mesh boundary.
    pub topology: Topology,
    /// What each stage did.
    pub stages: StageCounts,
    /// Mid-edge nodes of second-order meshes.
    pub curve: Option<CurvedEdges>,
}

/// Fills a domain with a smooth boundary with tetrahedra: stuffing and guarded smoothing as in
/// [`mesh_surface`](crate::mesh_surface), without caps and rims. Edges of the domain are rounded off.
///
/// The options must name the size (mm); `max_volume_error` and `border_refinement` play no part, and
/// [`Grading::Surface`](crate::Grading) follows the domain's own `level_limit`.
///
/// # Errors
/// [`MeshingError::BadOption`] without a size, [`MeshingError::TooFine`] when more than `max_elements` would be needed,
/// [`MeshingError::NoSize`] when no element fits inside, [`MeshingError::Cancelled`].
pub fn mesh_domain(
    domain: &dyn Domain,
    options: &MeshOptions,
    control: &RunControl,
) -> Result<DomainMesh, MeshingError> {
    options.validate()?;
    options.refuse_refinements()?;
    let needed = "given: only for surfaces is it found";
    let size = options.size.ok_or(MeshingError::BadOption { option: "size", value: f64::NAN, needed })?;
    let mut tets = fill(domain, options, [size, size], &control.stage("stuff", 0.0, 0.4))?;
    if tets.tets.is_empty() {
        return Err(MeshingError::NoSize { tried: 1, last_mm: size });
    }
    let rims = Rims::default();
    let smooth = control.stage("smooth", 0.4, 0.9);
    let (stages, faces, topology) = improve(&mut tets, domain, &rims, options.passes, StageCounts::default(), &smooth)?;
    let control = control.stage("measure", 0.9, 1.0);
    let mut report = measure(&tets, stages, topology, &control)?;
    let patches = vec![0; faces.len()];
    let mut mesh = named_mesh(&tets, &faces, &patches, &[]);
    if options.order == 2 {
        mesh = to_quadratic(&mesh);
        control.check()?;
        let boundary = Boundary { domain, rims: &rims, faces: &faces };
        report.curve = Some(curve(&mut mesh, &tets, &boundary, &patches, &control)?);
    }
    report.nodes = mesh.nodes.len();
    report.order = options.order;
    Ok(DomainMesh { mesh, report })
}

/// Quality and volume of the straight elements.
fn measure(
    tets: &TetMesh,
    stages: StageCounts,
    topology: Topology,
    control: &RunControl,
) -> Result<DomainReport, MeshingError> {
    let quality = Quality::of(tets, control)?;
    Ok(DomainReport {
        nodes: tets.points.len(),
        elements: tets.tets.len(),
        order: 1,
        min_dihedral_deg: quality.min_dihedral,
        max_dihedral_deg: quality.max_dihedral,
        min_radius_ratio: quality.min_radius_ratio,
        thousandth_radius_ratio: quality.thousandth_radius_ratio,
        min_scaled_jacobian: quality.min_scaled_jacobian,
        volume_mm3: tets.volume(),
        topology,
        stages,
        curve: None,
    })
}
