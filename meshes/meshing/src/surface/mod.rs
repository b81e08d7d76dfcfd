//! From a closed surface or an implicit domain to a checked mesh.

mod across;
mod attempt;
mod check;
mod finer;
mod fragments;
mod implicit;
mod losses;
mod lost;
mod narrow;
mod options;
mod pinches;
mod recover;
mod refinement;
mod regions;
mod report;
mod size;

pub use across::ElementsAcross;
pub use implicit::{DomainMesh, DomainReport, mesh_domain};
pub use losses::{Losses, LostPlace};
pub use options::{Grading, MeshOptions};
pub use refinement::Refinement;
pub use report::{
    CapReport, CurveReport, CurvedEdges, Finding, MeshReport, RimReport, Severity, SharpEdge, SizeAttempt, StageCounts,
    Topology,
};

pub(crate) use across::Layers;
pub(crate) use attempt::{Accepted, Plan, boundary_topology, fill, follow_rims, topology_lost};
pub(crate) use check::{boundary_surface, refuse_unless_closed};
pub(crate) use regions::{patch_of, volume_mesh};
pub(crate) use report::{Quality, measure};

use crate::MeshingError;
use crate::domain::{Patch, SurfaceDomain};
use crate::features::Features;
use crate::optimise::Boundary;
use crate::parallel::parallel_map;
use crate::quadratic::{curve, to_quadratic};
use control::RunControl;
use mesh::topology::{SurfaceTopology, merge_equal_points};
use mesh::{SurfaceMesh, Vector3, VolumeMesh};

/// Distance between the borders of input and mesh over the diagonal of the bounding box that is aimed at where the size is found.
pub(crate) const DISTANCE: f64 = 0.002;

/// A mesh and what was measured on it.
#[derive(Debug, Clone, PartialEq)]
pub struct MeshResult {
    /// Tet4 or Tet10 elements; the face regions `wall`, one a flat end and one a region of the surface's wall cover the
    /// boundary once. An end has the name of the surface's region of the same triangles, else `cap_1`, `cap_2`, ..., the
    /// largest first; other regions have the faces next to them.
    pub mesh: VolumeMesh,
    /// Size, quality, errors, findings.
    pub report: MeshReport,
}

/// A closed surface, outward, with what is known of it before meshing.
pub(crate) struct Input {
    pub(crate) surface: SurfaceMesh,
    pub(crate) topology: Topology,
    pub(crate) volume: f64,
    pub(crate) area: f64,
    pub(crate) features: Features,
    /// Name of each cap, then of the regions of the wall.
    pub(crate) cap_names: Vec<String>,
    /// For each triangle the number of its region of the wall, counted on from the caps; 0 in none. Empty without any.
    pub(crate) wall_regions: Vec<Patch>,
    pub(crate) domain: SurfaceDomain,
    pub(crate) findings: Vec<Finding>,
}

/// Fills a closed surface (mm) with tetrahedra.
///
/// Isosurface stuffing on a graded lattice, planar caps with their rims and the sharp edges of designed surfaces kept, guarded
/// smoothing; then volume,
/// topology and distance to the input are measured. Without a size in the options, the size is found: the coarsest
/// that keeps the volume within `max_volume_error` and the topology, or the finest that `max_elements` allow, with a warning
/// of the volume error, where that keeps the topology. Where it does not and elements may differ in size, they are halved where
/// the mesh lost the input; what stays lost is accepted, with a warning that lists it, if the volume keeps to its error and no
/// lost place is larger than a fiftieth of the bounding box's diagonal ([`Losses`]). Where elements of the size found are farther
/// from the input than 0.2 % of the bounding box's diagonal, or a vessel has fewer than four across ([`ElementsAcross`]), they are
/// halved there alone, up to four times, as far as `max_elements` allow, if elements may differ in size.
/// Normals pointing inwards are turned.
///
/// # Errors
/// [`MeshingError::OpenSurface`] and [`MeshingError::NotManifold`] for surfaces that enclose no volume,
/// [`MeshingError::TooFine`] when more than `max_elements` would be needed, [`MeshingError::TopologyLost`] when a
/// given size is too coarse for the surface, [`MeshingError::Cancelled`].
///
/// Cost: about 2 to 4 µs and 500 bytes a tetrahedron on two cores.
pub fn mesh_surface(
    surface: &SurfaceMesh,
    options: &MeshOptions,
    control: &RunControl,
) -> Result<MeshResult, MeshingError> {
    options.validate()?;
    let input = Input::prepare(surface, &control.stage("prepare", 0.0, 0.1))?;
    let plan = Plan::new(&input, options, &control.stage("size", 0.1, 0.15))?;
    let accepted = plan.run(&input, options, &control.stage("mesh", 0.15, 0.8))?;
    finish(&input, accepted, options, &control.stage("measure", 0.8, 1.0))
}

impl Input {
    pub(crate) fn prepare(surface: &SurfaceMesh, control: &RunControl) -> Result<Self, MeshingError> {
        surface.validate()?;
        let (mut surface, _) = merge_equal_points(surface, 0.0);
        control.check()?;
        let topology = SurfaceTopology::new(&surface);
        check::refuse_unless_closed(&surface, &topology)?;
        control.check()?;
        let mut findings = Vec::new();
        if surface.volume() < 0.0 {
            surface.flip();
            findings.push(Finding::note("inverted", "the normals pointed inwards; they were turned".to_owned()));
        }
        let features = Features::find(&surface);
        control.check()?;
        let (mut cap_names, others) = regions::cap_names(&surface, &features.caps);
        let (others, wall_regions) = regions::wall_regions(&surface, &features.caps, others);
        if !others.is_empty() {
            let text = format!(
                "regions of the surface that are no flat end have the faces of the wall next to them: {}",
                others.join(", ")
            );
            findings.push(Finding::note("regions", text));
        }
        cap_names.extend(others);
        let domain = SurfaceDomain::new(&surface, features.patches.clone());
        let topology = Topology::of(&topology);
        Ok(Self {
            volume: surface.volume(),
            area: surface.area(),
            topology,
            features,
            cap_names,
            wall_regions,
            domain,
            findings,
            surface,
        })
    }

    /// Whether the surface seems that of a vessel: one piece without handles cut across, so that it has a flat end with a
    /// sharp rim, and more wall than ends.
    pub(crate) fn is_lumen(&self) -> bool {
        let ends: f64 = self.features.caps.iter().filter(|cap| cap.sharp).map(|cap| cap.area).sum();
        self.topology.euler_characteristics == [2] && ends > 0.0 && ends < 0.5 * self.area
    }

    /// Distance between the borders of input and mesh that is aimed at where the size is found, mm.
    fn tolerance(&self) -> f64 {
        DISTANCE * self.domain.bvh.bounds().diagonal()
    }

    /// Whether a patch is no planar cap.
    pub(crate) fn is_wall(&self, patch: Patch) -> bool {
        patch == 0 || usize::from(patch) > self.features.caps.len()
    }

    /// Outward normal of the planar cap with this number; `None` for the wall.
    pub(crate) fn cap_normal(&self, patch: Patch) -> Option<Vector3<f64>> {
        let cap = self.features.caps.get(usize::from(patch).checked_sub(1)?)?;
        Some(cap.normal)
    }
}

fn finish(
    input: &Input,
    accepted: Accepted,
    options: &MeshOptions,
    control: &RunControl,
) -> Result<MeshResult, MeshingError> {
    let mut mesh = volume_mesh(&accepted.tets, &accepted.faces, input, control)?;
    let mut report = measure(&mesh, &accepted, input, None, &control.stage("distance", 0.0, 0.6))?;
    if options.order == 2 {
        mesh = to_quadratic(&mesh);
        control.check()?;
        let control = control.stage("curve", 0.6, 1.0);
        let Accepted { tets, faces, .. } = &accepted;
        let boundary = Boundary { domain: &input.domain, rims: &input.features.rims, faces };
        let patches = parallel_map(faces, &control, |face| patch_of(tets, face, input))?;
        report.curve = Some(curve(&mut mesh, tets, &boundary, &patches, &control)?.report(input.volume));
    }
    report.nodes = mesh.nodes.len();
    report.order = options.order;
    report.judge();
    Ok(MeshResult { mesh, report })
}
