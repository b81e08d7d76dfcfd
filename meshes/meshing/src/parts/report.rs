//! What was measured on a mesh of parts.

use super::deviation::deviations;
use super::settle::off_boundary;
use super::{Borders, Filled, REACH, StageCounts};
use crate::MeshingError;
use crate::surface::DISTANCE;
use crate::surface::{CurvedEdges, Finding, Quality, Topology, boundary_surface};
use crate::tets::{BoundaryFace, TetMesh};
use control::RunControl;
use mesh::Partition;
use mesh::topology::SurfaceTopology;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// Distance of a node from its border over the size from which it is a warning.
const OFF_WARNING: f64 = 0.1;

/// One part of a mesh.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct PartReport {
    /// Name of the element region.
    pub name: String,
    /// Its number in the partition.
    pub number: u16,
    /// Tetrahedra.
    pub elements: usize,
    /// Volume of the straight elements in mm³.
    pub volume_mm3: f64,
    /// Volume of the input in mm³.
    pub input_volume_mm3: f64,
    /// (mesh - input) / input.
    pub volume_error: f64,
    /// Topology of the part's boundary in the input.
    pub input_topology: Topology,
    /// Topology of the part's boundary in the mesh.
    pub topology: Topology,
    /// Whether they agree.
    pub topology_kept: bool,
}

/// Two parts that share faces in the mesh and do not touch in the input.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct FalseContact {
    /// Name of the face region.
    pub name: String,
    /// Faces.
    pub faces: usize,
    /// Their area in mm².
    pub area_mm2: f64,
}

/// Size, quality and errors of a mesh of several parts.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct PartsReport {
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
    /// Largest distance between the borders of input and mesh, at corners and centroids of the input's triangles and at
    /// centroids of the mesh's faces.
    pub hausdorff_mm: f64,
    /// The same over the diagonal of the bounding box.
    pub hausdorff_relative: f64,
    /// Largest distance of a node from the border or junction it stands for, mm.
    pub off_border_mm: f64,
    /// Nodes that are off by more than rounding.
    pub off_border_nodes: usize,
    /// Parts that touch in the mesh and not in the input: they are nearer to each other than the size.
    pub false_contacts: Vec<FalseContact>,
    /// Long edge of the elements at the borders.
    pub size_mm: f64,
    /// Long edge of the smallest elements: where they follow what the others would miss.
    pub finest_mm: f64,
    /// Where the size came from.
    pub size_reason: String,
    /// The parts.
    pub parts: Vec<PartReport>,
    /// What each stage did.
    pub stages: StageCounts,
    /// Mid-edge nodes of second-order meshes.
    pub curve: Option<CurvedEdges>,
    /// What the user should know.
    pub findings: Vec<Finding>,
}

pub(super) fn measure(
    partition: &Partition,
    filled: &Filled,
    borders: &Borders<'_>,
    control: &RunControl,
) -> Result<PartsReport, MeshingError> {
    let Filled { domain, rims, tets, stages, planned } = filled;
    let quality = Quality::of(tets, control)?;
    let bounds = domain.bvh.bounds();
    let diagonal = (bounds.high - bounds.low).norm();
    let far = deviations(tets, domain, partition, [0.0, DISTANCE * diagonal], control)?;
    let hausdorff_mm = far.found.iter().map(|deviation| deviation.distance).fold(0.0, f64::max);
    let off = off_boundary(tets, domain, rims, REACH * planned.size, control)?;
    Ok(PartsReport {
        nodes: tets.points.len(),
        elements: tets.tets.len(),
        order: 1,
        min_dihedral_deg: quality.min_dihedral,
        max_dihedral_deg: quality.max_dihedral,
        min_radius_ratio: quality.min_radius_ratio,
        thousandth_radius_ratio: quality.thousandth_radius_ratio,
        min_scaled_jacobian: quality.min_scaled_jacobian,
        hausdorff_mm,
        hausdorff_relative: hausdorff_mm / diagonal,
        off_border_mm: off.largest,
        off_border_nodes: off.count,
        false_contacts: false_contacts(tets, borders),
        size_mm: planned.size,
        finest_mm: planned.finest.min(planned.size),
        size_reason: planned.reason.clone(),
        parts: parts(partition, filled, borders, control)?,
        stages: stages.clone(),
        curve: None,
        findings: borders.names.renamed.iter().map(renamed).chain(folded(far.folded)).collect(),
    })
}

fn renamed([name, own]: &[String; 2]) -> Finding {
    Finding::note("renamed", format!("the name \"{name}\" is used already; the region is called \"{own}\""))
}

fn folded(triangles: usize) -> Option<Finding> {
    let text = || {
        format!(
            "{triangles} triangles of the input lie inside a part, in folds of its surface at tips as thin as a voxel; they \
             bound nothing and are not followed"
        )
    };
    (triangles > 0).then(|| Finding::note("folds", text()))
}

fn false_contacts(tets: &TetMesh, borders: &Borders<'_>) -> Vec<FalseContact> {
    let mut found: BTreeMap<String, (usize, f64)> = BTreeMap::new();
    for (face, _) in borders.faces.iter().zip(borders.patches).filter(|(_, patch)| patch.is_none()) {
        let sum = found.entry(borders.names.border([face.material, face.beyond])).or_default();
        *sum = (sum.0 + 1, sum.1 + 0.5 * face.area_vector2(&tets.points).norm());
    }
    found.into_iter().map(|(name, (faces, area_mm2))| FalseContact { name, faces, area_mm2 }).collect()
}

fn parts(
    partition: &Partition,
    filled: &Filled,
    borders: &Borders<'_>,
    control: &RunControl,
) -> Result<Vec<PartReport>, MeshingError> {
    let tets = &filled.tets;
    let mut faces_of: BTreeMap<u16, Vec<BoundaryFace>> = BTreeMap::new();
    for face in borders.faces {
        for side in [face.material, face.beyond].into_iter().filter(|&side| Partition::is_part(side)) {
            faces_of.entry(side).or_default().push(face.seen_from(side));
        }
    }
    let mut sums: BTreeMap<u16, (usize, f64)> = BTreeMap::new();
    for (t, &material) in tets.materials.iter().enumerate() {
        let sum = sums.entry(material).or_default();
        *sum = (sum.0 + 1, sum.1 + mesh::quality::signed_volume(&tets.corners(t)));
    }
    let mut all = Vec::new();
    for number in partition.parts() {
        control.check()?;
        let input = partition.boundary_of(number);
        let input_topology = Topology::of(&SurfaceTopology::new(&input));
        let input_volume_mm3 = input.volume();
        drop(input);
        let own = faces_of.remove(&number).unwrap_or_default();
        let topology = Topology::of(&SurfaceTopology::new(&boundary_surface(tets, &own)));
        let (elements, volume_mm3) = sums.get(&number).copied().unwrap_or_default();
        all.push(PartReport {
            name: borders.names.part(number),
            number,
            elements,
            volume_mm3,
            input_volume_mm3,
            volume_error: volume_mm3 / input_volume_mm3 - 1.0,
            topology_kept: input_topology.is_kept_by(&topology),
            input_topology,
            topology,
        });
    }
    Ok(all)
}

impl PartsReport {
    /// Adds the findings, once everything is measured.
    pub(super) fn judge(&mut self, max_volume_error: f64) {
        let mut findings = Vec::new();
        for part in &self.parts {
            let name = &part.name;
            if part.elements == 0 {
                let text = format!("{name} has no element: it is thinner than the size of {:.3} mm", self.size_mm);
                findings.push(Finding::warning("part_lost", text));
                continue;
            }
            if part.volume_error.abs() > max_volume_error {
                let percent = 100.0 * part.volume_error;
                let text = format!("the volume of {name} differs by {percent:.2} %; a smaller size follows it better");
                findings.push(Finding::warning("volume", text));
            }
            if !part.topology_kept {
                let (before, after) = (&part.input_topology, &part.topology);
                let state = |topology: &Topology| {
                    let (pieces, handles) = (topology.components, topology.genus);
                    let touching = if topology.manifold { "" } else { ", touching itself" };
                    format!("pieces: {pieces}, handles: {handles}{touching}")
                };
                let text =
                    format!("{name} ({}) has in the mesh {}; a smaller size keeps it", state(before), state(after));
                findings.push(Finding::warning("topology", text));
            }
        }
        if self.min_dihedral_deg < 10.0 || self.max_dihedral_deg > 165.0 {
            let (low, high) = (self.min_dihedral_deg, self.max_dihedral_deg);
            findings.push(Finding::warning("angles", format!("dihedral angles reach from {low:.1}° to {high:.1}°")));
        }
        if self.min_radius_ratio < 0.08 {
            let ratio = self.min_radius_ratio;
            let text = format!("the radius ratio of the worst element is {ratio:.3}; look at the junctions there");
            findings.push(Finding::warning("radius_ratio", text));
        }
        if self.hausdorff_relative > DISTANCE {
            let (distance, percent) = (self.hausdorff_mm, 100.0 * self.hausdorff_relative);
            let text = format!(
                "the borders of input and mesh are up to {distance:.3} mm apart, {percent:.2} % of the bounding box; a smaller \
                 size or more elements follow the input better"
            );
            findings.push(Finding::warning("distance", text));
        }
        for contact in &self.false_contacts {
            let (name, area, size) = (&contact.name, contact.area_mm2, self.size_mm);
            let text = format!(
                "{name}: the two do not touch in the input and share {area:.2} mm² in the mesh, because they are nearer to \
                 each other than {size:.3} mm; a smaller size keeps them apart"
            );
            findings.push(Finding::warning("false_contact", text));
        }
        if self.stages.rim_edges_blocked > 0 {
            let blocked = self.stages.rim_edges_blocked;
            let text = format!("{blocked} element edges cut across a junction of parts or the rim of a cut");
            findings.push(Finding::warning("rim", text));
        }
        if self.off_border_nodes > 0 {
            let (count, most) = (self.off_border_nodes, self.off_border_mm);
            let text = format!("{count} nodes lie off the border they stand for, at most {most:.3} mm");
            let is_far = self.off_border_mm > OFF_WARNING * self.size_mm;
            let finding = if is_far { Finding::warning } else { Finding::note };
            findings.push(finding("off_border", text));
        }
        self.findings.extend(findings);
    }
}
