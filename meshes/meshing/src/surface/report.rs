//! What was measured on a mesh.

use super::across::{ElementsAcross, Layers};
use super::attempt::Accepted;
use super::losses::{self, Losses};
use super::regions::{patch_of, region_name};
use super::{DISTANCE, Input, check};
use crate::parallel::parallel_map;
use crate::tets::TetMesh;
use control::{Cancelled, RunControl};
use geometry::TriangleBvh;
use mesh::topology::EdgeTable;
use mesh::{ElementKind, Point3, SurfaceMesh, VolumeMesh, quality};
use serde::{Deserialize, Serialize};

/// Cosine of the angle between normals (155°) above which an edge of the input is a fold or a blade under 25°.
const FOLDED: f64 = -0.906_307_787_036_65;
/// Folded edges listed at most.
const LISTED: usize = 200;
/// Points sampled on a surface, about.
const SAMPLES: usize = 60_000;

/// How much a finding matters.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Severity {
    /// Worth knowing.
    Note,
    /// The result needs a look.
    Warning,
}

/// Something the user should know of.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Finding {
    /// How much it matters.
    pub severity: Severity,
    /// A stable word for programs.
    pub code: String,
    /// What was found, with numbers.
    pub message: String,
}

impl Finding {
    pub(crate) fn note(code: &str, message: String) -> Self {
        Self { severity: Severity::Note, code: code.to_owned(), message }
    }

    pub(crate) fn warning(code: &str, message: String) -> Self {
        Self { severity: Severity::Warning, code: code.to_owned(), message }
    }
}

/// Topology of a closed surface.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Topology {
    /// Parts connected over edges.
    pub components: usize,
    /// Vertices - edges + triangles of each part, ascending.
    pub euler_characteristics: Vec<i64>,
    /// Handles of all parts together.
    pub genus: i64,
    /// Every edge has two triangles and every vertex one fan.
    pub manifold: bool,
}

/// One size tried.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct SizeAttempt {
    /// Long edge at the boundary in mm.
    pub size_mm: f64,
    /// Tetrahedra.
    pub elements: usize,
    /// (mesh - input) / input.
    pub volume_error: f64,
    /// Whether components, Euler characteristics and manifoldness were those of the input.
    pub topology_kept: bool,
}

/// What each stage did.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct StageCounts {
    /// Vertices moved onto rims.
    pub rim_vertices_moved: usize,
    /// Edges split at rims.
    pub rim_edges_split: usize,
    /// Edges removed by merging an end into a rim vertex.
    pub rim_edges_merged: usize,
    /// Edges that still cross a rim.
    pub rim_edges_blocked: usize,
    /// Tetrahedra added outside the input, in notches between a wall and a cap.
    #[serde(default)]
    pub rim_notches_filled: usize,
    /// Smoothing passes made.
    pub smoothing_passes: usize,
    /// Vertex moves in all passes.
    pub vertex_moves: usize,
    /// Flat tetrahedra removed from the boundary.
    pub flat_tetrahedra_removed: usize,
    /// Edge removals, face flips and contractions.
    pub reconnections: usize,
    /// Tetrahedra with one edge much shorter than the others removed with it.
    #[serde(default)]
    pub needles_contracted: usize,
    /// Tetrahedra brought above 16°, below 157° and above a radius ratio of 0.22, their vertices up to half the size off the
    /// borders where nothing else helped.
    #[serde(default)]
    pub worst_relieved: usize,
    /// Tetrahedra given to the part beside them, because no position of their vertices was good.
    #[serde(default)]
    pub worst_given_away: usize,
    /// Times that a vertex was moved to where the input would be missed.
    #[serde(default)]
    pub vertices_fitted: usize,
    /// Pieces around places too far off, or around the worst tetrahedra, that were replaced by better ones.
    #[serde(default)]
    pub places_reworked: usize,
}

/// A planar cap or flat end.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct CapReport {
    /// Name of the face region.
    pub name: String,
    /// Area in mm² on the input.
    pub area_mm2: f64,
    /// Centroid in mm.
    pub centre_mm: [f64; 3],
    /// Outward unit normal.
    pub normal: [f64; 3],
    /// Planar with its rim kept as a sharp edge; otherwise a nearly flat end with a rounded border.
    pub sharp: bool,
    /// Largest distance of the cap's nodes from its plane in mm (sharp caps).
    pub off_plane_mm: Option<f64>,
}

/// Distance from the input's rims to the mesh edges between patches.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct RimReport {
    /// Mean in mm.
    pub mean_mm: f64,
    /// Maximum in mm.
    pub max_mm: f64,
    /// Mean over the size.
    pub mean_over_size: f64,
}

/// An edge of the input where the surface folds back at less than 25°.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct SharpEdge {
    /// Middle of the edge in mm.
    pub point_mm: [f64; 3],
    /// Angle between the two triangles in degrees, 180 for a flat edge.
    pub angle_deg: f64,
}

/// What became of the mid-edge nodes.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct CurveReport {
    /// Boundary edges.
    pub boundary_edges: usize,
    /// Boundary edges whose node was put back towards the straight edge to keep elements valid.
    pub backed_off: usize,
    /// Smallest Jacobian over that of the straight element, at Gauss points (4 and 11) and nodes.
    pub min_jacobian_ratio: f64,
    /// Volume error of the curved mesh.
    pub volume_error: f64,
}

/// What became of the mid-edge nodes of a domain's mesh.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct CurvedEdges {
    /// Boundary edges.
    pub boundary_edges: usize,
    /// Boundary edges whose node was put back towards the straight edge to keep elements valid.
    pub backed_off: usize,
    /// Smallest Jacobian over that of the straight element, at Gauss points (4 and 11) and nodes.
    pub min_jacobian_ratio: f64,
    /// Volume of the curved mesh in mm³.
    pub volume_mm3: f64,
}

impl CurvedEdges {
    /// The same with the volume compared to that of the input (mm³).
    pub(super) fn report(&self, input_volume: f64) -> CurveReport {
        let Self { boundary_edges, backed_off, min_jacobian_ratio, volume_mm3 } = *self;
        CurveReport { boundary_edges, backed_off, min_jacobian_ratio, volume_error: volume_mm3 / input_volume - 1.0 }
    }
}

/// Size, quality and errors of a mesh.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct MeshReport {
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
    /// Volume of the input in mm³.
    pub input_volume_mm3: f64,
    /// (mesh - input) / input.
    pub volume_error: f64,
    /// Largest distance between input and mesh boundary found at sampled points of both.
    pub hausdorff_mm: f64,
    /// Elements between opposite places of the wall; `None` where none are opposite.
    #[serde(default)]
    pub elements_across: Option<ElementsAcross>,
    /// Long edge of the elements at the boundary.
    pub size_mm: f64,
    /// Where the size came from.
    pub size_reason: String,
    /// Sizes tried, in order; the last is the mesh's.
    pub attempts: Vec<SizeAttempt>,
    /// Topology of the input.
    pub input_topology: Topology,
    /// Topology of the mesh boundary.
    pub topology: Topology,
    /// What the mesh lost of the input; `None` where it kept the topology, or the input touches itself.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub losses: Option<Losses>,
    /// Caps, largest first.
    pub caps: Vec<CapReport>,
    /// Distance of the rims; `None` without any.
    pub rim: Option<RimReport>,
    /// Number of input edges sharper than 25°.
    pub sharp_edge_count: usize,
    /// The first 200 of them.
    pub sharp_edges: Vec<SharpEdge>,
    /// What each stage did.
    pub stages: StageCounts,
    /// Mid-edge nodes of second-order meshes.
    pub curve: Option<CurveReport>,
    /// What the user should know.
    pub findings: Vec<Finding>,
}

pub(crate) fn measure(
    mesh: &VolumeMesh,
    accepted: &Accepted,
    input: &Input,
    layers: Option<Layers>,
    control: &RunControl,
) -> Result<MeshReport, Cancelled> {
    let tets = &accepted.tets;
    let quality = Quality::of(tets, control)?;
    let volume = tets.volume();
    control.check()?;
    let boundary = check::boundary_surface(tets, &accepted.faces);
    let hausdorff_mm = sampled_distance(&input.surface, &boundary, &input.domain.bvh, control)?;
    let (sharp_edge_count, sharp_edges) = sharp_edges(&input.surface);
    let elements_across = ElementsAcross::measure(tets, &accepted.faces, input, layers, control)?;
    let is_lumen = layers.is_some() || input.is_lumen();
    let too_few = elements_across.filter(|_| is_lumen).and_then(|across| across.finding(accepted.limit));
    Ok(MeshReport {
        nodes: mesh.nodes.len(),
        elements: tets.tets.len(),
        order: 1,
        min_dihedral_deg: quality.min_dihedral,
        max_dihedral_deg: quality.max_dihedral,
        min_radius_ratio: quality.min_radius_ratio,
        thousandth_radius_ratio: quality.thousandth_radius_ratio,
        min_scaled_jacobian: quality.min_scaled_jacobian,
        volume_mm3: volume,
        input_volume_mm3: input.volume,
        volume_error: volume / input.volume - 1.0,
        hausdorff_mm,
        elements_across,
        size_mm: accepted.size,
        size_reason: accepted.reason.clone(),
        attempts: accepted.attempts.clone(),
        input_topology: input.topology.clone(),
        topology: accepted.topology.clone(),
        losses: accepted.losses.clone(),
        caps: caps(mesh, input),
        rim: rim(accepted, input, control)?,
        sharp_edge_count,
        sharp_edges,
        stages: accepted.stages.clone(),
        curve: None,
        findings: input.findings.iter().cloned().chain(too_few).chain(too_far(hausdorff_mm, input)).collect(),
    })
}

/// A warning where input and mesh are farther apart than is aimed at.
fn too_far(hausdorff_mm: f64, input: &Input) -> Option<Finding> {
    let percent = 100.0 * DISTANCE * hausdorff_mm / input.tolerance();
    let text = format!(
        "input and mesh are up to {hausdorff_mm:.3} mm apart, {percent:.2} % of the bounding box; a smaller size or more \
         elements follow the input better"
    );
    (hausdorff_mm > input.tolerance()).then(|| Finding::warning("distance", text))
}

impl MeshReport {
    /// Adds the findings, once everything is measured.
    pub(crate) fn judge(&mut self) {
        let mut findings = Vec::new();
        let volume_error = self.curve.as_ref().map_or(self.volume_error, |curve| curve.volume_error);
        if volume_error.abs() > 0.005 {
            let percent = 100.0 * volume_error;
            findings.push(Finding::warning(
                "volume",
                format!(
                    "the volume differs from the input's by {percent:.2} %; a smaller size follows the surface better"
                ),
            ));
        }
        findings.extend(losses::finding(&self.input_topology, &self.topology, self.losses.as_ref()));
        if self.min_dihedral_deg < 10.0 || self.max_dihedral_deg > 165.0 {
            let (low, high) = (self.min_dihedral_deg, self.max_dihedral_deg);
            findings.push(Finding::warning("angles", format!("dihedral angles reach from {low:.1}° to {high:.1}°")));
        }
        if self.stages.rim_edges_blocked > 0 {
            let blocked = self.stages.rim_edges_blocked;
            findings.push(Finding::warning("rim", format!("{blocked} element edges cut across a sharp rim")));
        }
        if self.sharp_edge_count > 0 {
            let count = self.sharp_edge_count;
            let text = format!("{count} input edges are sharper than 25°; elements there may be flat");
            findings.push(Finding::note("sharp_edges", text));
        }
        self.findings.extend(findings);
    }
}

/// Worst of each over all elements; angles in degrees.
pub(crate) struct Quality {
    pub(crate) min_dihedral: f64,
    pub(crate) max_dihedral: f64,
    pub(crate) min_radius_ratio: f64,
    /// The radius ratio that one element in a thousand is below.
    pub(crate) thousandth_radius_ratio: f64,
    pub(crate) min_scaled_jacobian: f64,
}

impl Quality {
    pub(crate) fn of(tets: &TetMesh, control: &RunControl) -> Result<Self, Cancelled> {
        let each = |tet: &[u32; 4]| {
            let p = tet.map(|v| tets.points[v as usize]);
            let (min_dihedral, max_dihedral) = quality::dihedral_range_deg(&p);
            let jacobian = quality::scaled_jacobian(ElementKind::Tet4, &p).unwrap_or(f64::NEG_INFINITY);
            [min_dihedral, max_dihedral, quality::radius_ratio(&p), jacobian]
        };
        let mut all = Self {
            min_dihedral: 180.0,
            max_dihedral: 0.0,
            min_radius_ratio: 1.0,
            thousandth_radius_ratio: 1.0,
            min_scaled_jacobian: 1.0,
        };
        let mut ratios = Vec::with_capacity(tets.tets.len());
        for batch in tets.tets.chunks(1 << 16) {
            for [low, high, ratio, jacobian] in parallel_map(batch, control, each)? {
                all.min_dihedral = all.min_dihedral.min(low);
                all.max_dihedral = all.max_dihedral.max(high);
                all.min_scaled_jacobian = all.min_scaled_jacobian.min(jacobian);
                ratios.push(ratio);
            }
        }
        let last = ratios.len() / 1000;
        if last < ratios.len() {
            let (below, &mut thousandth, _) = ratios.select_nth_unstable_by(last, f64::total_cmp);
            all.thousandth_radius_ratio = thousandth;
            all.min_radius_ratio = below.iter().copied().fold(thousandth, f64::min);
        }
        Ok(all)
    }
}

fn caps(mesh: &VolumeMesh, input: &Input) -> Vec<CapReport> {
    let report = |(number, cap): (usize, &crate::features::Cap)| {
        let name = region_name(number, &input.cap_names);
        let off_plane = || {
            let Some(mesh::Region::Faces(faces)) = mesh.regions.get(&name) else { return 0.0 };
            let nodes = faces.iter().filter_map(|&face| mesh.face_nodes(face)).flatten();
            let height = |n: u32| cap.normal.dot(&(mesh.nodes[n as usize] - cap.centre)).abs();
            nodes.map(height).fold(0.0, f64::max)
        };
        CapReport {
            area_mm2: cap.area,
            centre_mm: cap.centre.coords.into(),
            normal: cap.normal.into(),
            sharp: cap.sharp,
            off_plane_mm: cap.sharp.then(off_plane),
            name,
        }
    };
    (1..).zip(&input.features.caps).map(report).collect()
}

/// Largest of the distances from points of each surface to the other.
fn sampled_distance(
    input: &SurfaceMesh,
    boundary: &SurfaceMesh,
    input_bvh: &TriangleBvh,
    control: &RunControl,
) -> Result<f64, Cancelled> {
    let boundary_bvh = TriangleBvh::new(&boundary.points, &boundary.triangles);
    control.check()?;
    let mut largest = 0.0_f64;
    for (from, to) in [(input, &boundary_bvh), (boundary, input_bvh)] {
        let points = samples(from);
        let distances = parallel_map(&points, control, |p| to.distance(p, f64::INFINITY))?;
        largest = distances.into_iter().flatten().fold(largest, f64::max);
    }
    Ok(largest)
}

/// Vertices and centroids, thinned evenly to about `SAMPLES`.
fn samples(surface: &SurfaceMesh) -> Vec<Point3<f64>> {
    let step = (surface.points.len() + surface.triangles.len()).div_ceil(SAMPLES).max(1);
    let centroids = (0..surface.triangles.len()).step_by(step).map(|t| {
        let [a, b, c] = surface.corners(t).map(|p| p.coords);
        Point3::from((a + b + c) / 3.0)
    });
    surface.points.iter().step_by(step).copied().chain(centroids).collect()
}

fn rim(accepted: &Accepted, input: &Input, control: &RunControl) -> Result<Option<RimReport>, Cancelled> {
    let rims = &input.features.rims;
    if rims.segments.is_empty() {
        return Ok(None);
    }
    let edges = mesh_rims(&accepted.tets, &accepted.faces, input, control)?;
    let (mut sum, mut length, mut largest) = (0.0, 0.0, 0.0_f64);
    for [a, b] in &rims.segments {
        control.check()?;
        let pieces = ((b - a).norm() / (0.2 * accepted.size)).ceil().max(1.0);
        for k in 0..pieces as usize {
            let p = a + (b - a) * ((k as f64 + 0.5) / pieces);
            let distance = edges.closest(&p).map_or(f64::INFINITY, |(_, distance)| distance);
            let weight = (b - a).norm() / pieces;
            sum += distance * weight;
            length += weight;
            largest = largest.max(distance);
        }
    }
    let mean_mm = sum / length;
    Ok(Some(RimReport { mean_mm, max_mm: largest, mean_over_size: mean_mm / accepted.size }))
}

/// Edges of the mesh between boundary faces of different patches.
fn mesh_rims(
    tets: &TetMesh,
    faces: &[crate::tets::BoundaryFace],
    input: &Input,
    control: &RunControl,
) -> Result<crate::features::Rims, Cancelled> {
    let triangles: Vec<[u32; 3]> = faces.iter().map(|face| face.vertices).collect();
    let patches = parallel_map(faces, control, |face| patch_of(tets, face, input))?;
    let surface = SurfaceMesh::new(tets.points.clone(), triangles);
    Ok(crate::features::Rims::between(&surface, &EdgeTable::new(&surface.triangles), &patches))
}

fn sharp_edges(surface: &SurfaceMesh) -> (usize, Vec<SharpEdge>) {
    let edges = EdgeTable::new(&surface.triangles);
    let normal = |t: u32| surface.area_vector2(t as usize).try_normalize(0.0);
    let mut found = Vec::new();
    for (edge, &[a, b]) in edges.edges().iter().enumerate() {
        if let [s, t] = edges.uses(edge)
            && let (Some(m), Some(n)) = (normal(s.triangle), normal(t.triangle))
            && m.dot(&n) < FOLDED
        {
            let middle = nalgebra::center(&surface.points[a as usize], &surface.points[b as usize]);
            let angle_deg = 180.0 - m.dot(&n).clamp(-1.0, 1.0).acos().to_degrees();
            found.push(SharpEdge { point_mm: middle.coords.into(), angle_deg });
        }
    }
    let count = found.len();
    found.truncate(LISTED);
    (count, found)
}
