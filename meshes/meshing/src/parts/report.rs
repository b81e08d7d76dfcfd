//! What was measured on a mesh of parts.

use super::settle::off_boundary;
use super::{Filled, REACH, StageCounts};
use crate::MeshingError;
use crate::surface::{CurvedEdges, Finding, Quality, Topology, boundary_surface, sampled_distance};
use crate::tets::BoundaryFace;
use control::RunControl;
use mesh::topology::SurfaceTopology;
use mesh::{Partition, SurfaceMesh};
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// Relative error of a part's volume from which it is a warning.
const VOLUME_WARNING: f64 = 0.01;

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
    /// Largest distance between the borders of input and mesh found at sampled points of both.
    pub hausdorff_mm: f64,
    /// The same over the diagonal of the bounding box.
    pub hausdorff_relative: f64,
    /// Largest distance of a node from the border or junction it stands for, mm.
    pub off_border_mm: f64,
    /// Nodes that are off by more than rounding.
    pub off_border_nodes: usize,
    /// Nodes where parts touch in the mesh that do not in the input: they are nearer to each other than the size.
    pub touching_nodes: usize,
    /// Long edge of the smallest elements at the borders.
    pub size_mm: f64,
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
    faces: &[BoundaryFace],
    control: &RunControl,
) -> Result<PartsReport, MeshingError> {
    let Filled { domain, rims, tets, stages, planned } = filled;
    let quality = Quality::of(tets, control)?;
    let input = without_spare_points(partition);
    let borders = boundary_surface(tets, faces);
    let hausdorff_mm = sampled_distance(&input, &borders, &domain.bvh, control)?;
    let bounds = domain.bvh.bounds();
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
        hausdorff_relative: hausdorff_mm / (bounds.high - bounds.low).norm(),
        off_border_mm: off.largest,
        off_border_nodes: off.count,
        touching_nodes: off.lost,
        size_mm: planned.size,
        size_reason: planned.reason.clone(),
        parts: parts(partition, filled, faces, control)?,
        stages: stages.clone(),
        curve: None,
        findings: Vec::new(),
    })
}

/// All triangles with the points that they use.
fn without_spare_points(partition: &Partition) -> SurfaceMesh {
    let mut number = vec![u32::MAX; partition.points.len()];
    let mut surface = SurfaceMesh::default();
    for triangle in &partition.triangles {
        surface.triangles.push(triangle.map(|v| {
            let number = &mut number[v as usize];
            if *number == u32::MAX {
                *number = surface.points.len() as u32;
                surface.points.push(partition.points[v as usize]);
            }
            *number
        }));
    }
    surface
}

fn parts(
    partition: &Partition,
    filled: &Filled,
    faces: &[BoundaryFace],
    control: &RunControl,
) -> Result<Vec<PartReport>, MeshingError> {
    let tets = &filled.tets;
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
        let own: Vec<BoundaryFace> = faces
            .iter()
            .filter(|face| face.material == number || face.beyond == number)
            .map(|f| f.seen_from(number))
            .collect();
        let topology = Topology::of(&SurfaceTopology::new(&boundary_surface(tets, &own)));
        let (elements, volume_mm3) = sums.get(&number).copied().unwrap_or_default();
        all.push(PartReport {
            name: partition.name(number),
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
    pub(super) fn judge(&mut self) {
        let mut findings = Vec::new();
        for part in &self.parts {
            let name = &part.name;
            if part.elements == 0 {
                let text = format!("{name} has no element: it is thinner than the size of {:.3} mm", self.size_mm);
                findings.push(Finding::warning("part_lost", text));
                continue;
            }
            if part.volume_error.abs() > VOLUME_WARNING {
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
        if self.touching_nodes > 0 {
            let (count, size) = (self.touching_nodes, self.size_mm);
            let text = format!(
                "parts that do not touch come nearer to each other than {size:.3} mm and touch in the mesh, at {count} nodes; \
                 a smaller size keeps them apart"
            );
            findings.push(Finding::warning("touching", text));
        }
        if self.off_border_nodes > 0 {
            let (count, most) = (self.off_border_nodes, self.off_border_mm);
            let text = format!("{count} nodes lie off the border they stand for, at most {most:.3} mm");
            findings.push(Finding::note("off_border", text));
        }
        self.findings.extend(findings);
    }
}
