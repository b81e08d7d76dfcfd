use super::report::{ElementQuality, ImportReport, Kind, Severity, bounds};
use super::surface::{crossing_triangles, measure};
use super::{JudgeOptions, convert};
use crate::VolumeFile;
use control::{Cancelled, RunControl};
use mesh::quality::{Distribution, mesh_quality};
use mesh::shape::{JacobianRange, mesh_jacobian_ranges};
use mesh::topology::{SurfaceTopology, boundary_surface, node_graph};
use mesh::{ElementKind, VolumeMesh};
use std::collections::BTreeMap;

/// A volume mesh in mm and LPS, and what was found.
#[derive(Debug, Clone, PartialEq)]
pub struct JudgedVolume {
    /// In mm and LPS; nodes and elements keep their numbers.
    pub mesh: VolumeMesh,
    /// The findings.
    pub report: ImportReport,
}

/// Converts a volume mesh to mm and LPS and examines its elements and its boundary. Nothing is repaired.
///
/// An element is inverted when its Jacobian is not positive at a Gauss point or node. Volume and area are those of the
/// triangulated boundary (exact for linear tetrahedra). Cost: O(n log n).
pub fn judge_volume(
    file: &VolumeFile,
    options: &JudgeOptions,
    control: &RunControl,
) -> Result<JudgedVolume, Cancelled> {
    let mut mesh = file.mesh.clone();
    let (unit, frame) = convert(&mut mesh.nodes, &file.provenance, options);
    let mut report = ImportReport::begin(Kind::Volume, &file.provenance, unit, frame);
    let boundary = boundary_surface(&mesh).surface;
    control.report(0.2);
    control.check()?;
    let topology = SurfaceTopology::new(&boundary);
    measure(&mut report, &boundary, &topology);
    control.report(0.4);
    report.self_intersections = crossing_triangles(&boundary, &control.stage("boundary", 0.4, 0.7))?;
    report.nodes = mesh.nodes.len();
    report.bounds_mm = bounds(mesh.bounds());
    report.elements = element_counts(&mesh);
    report.components = components(&mesh);
    control.check()?;
    let ranges = mesh_jacobian_ranges(&mesh, true);
    report.inverted = ranges.iter().flatten().filter(|range| !is_positive(range)).count();
    report.duplicates = duplicates(&mesh);
    control.check()?;
    report.quality = Some(quality(&mesh));
    describe(&mut report, &mesh, &topology, &ranges);
    Ok(JudgedVolume { mesh, report: report.finish() })
}

fn quality(mesh: &VolumeMesh) -> ElementQuality {
    let quality = mesh_quality(mesh);
    let minimum = |measure: &Distribution| (measure.count > 0).then_some(measure.minimum);
    let largest = &quality.max_dihedral_deg;
    ElementQuality {
        min_dihedral_deg: minimum(&quality.min_dihedral_deg),
        max_dihedral_deg: (largest.count > 0).then_some(largest.maximum),
        min_radius_ratio: minimum(&quality.radius_ratio),
        min_scaled_jacobian: minimum(&quality.scaled_jacobian),
    }
}

fn is_positive(range: &JacobianRange) -> bool {
    range.minimum > 0.0
}

fn element_counts(mesh: &VolumeMesh) -> BTreeMap<String, usize> {
    let mut counts = BTreeMap::new();
    for block in &mesh.blocks {
        *counts.entry(block.kind.name().to_owned()).or_default() += block.len();
    }
    counts
}

/// Parts connected through shared nodes; nodes without an element count in none.
fn components(mesh: &VolumeMesh) -> usize {
    let graph = node_graph(mesh);
    let mut is_seen = vec![false; mesh.nodes.len()];
    let mut parts = 0;
    let mut stack = Vec::new();
    for start in 0..mesh.nodes.len() {
        if is_seen[start] || graph.of(start).is_empty() {
            continue;
        }
        parts += 1;
        is_seen[start] = true;
        stack.push(start);
        while let Some(node) = stack.pop() {
            for &next in graph.of(node) {
                if !std::mem::replace(&mut is_seen[next as usize], true) {
                    stack.push(next as usize);
                }
            }
        }
    }
    parts
}

/// Elements on the same set of corners as an earlier one.
fn duplicates(mesh: &VolumeMesh) -> usize {
    let sorted = |(kind, nodes): (ElementKind, &[u32])| {
        let mut corners = [u32::MAX; 8];
        corners[..kind.corner_count()].copy_from_slice(&nodes[..kind.corner_count()]);
        corners.sort_unstable();
        corners
    };
    let mut all: Vec<[u32; 8]> = mesh.elements().map(sorted).collect();
    all.sort_unstable();
    all.windows(2).filter(|pair| pair[0] == pair[1]).count()
}

fn describe(
    report: &mut ImportReport,
    mesh: &VolumeMesh,
    topology: &SurfaceTopology,
    ranges: &[Option<JacobianRange>],
) {
    let inverted = report.inverted;
    let first = ranges.iter().position(|range| range.is_some_and(|range| !is_positive(&range)));
    let message = format!(
        "{inverted} elements have a Jacobian that is not positive, the first is element {}",
        first.unwrap_or(0)
    );
    report.add(Severity::Error, "inverted", inverted, &message, "mesh again, or straighten the mid-edge nodes");
    let ratio = |range: &JacobianRange| range.minimum / range.maximum;
    let worst = ranges.iter().flatten().map(ratio).fold(f64::INFINITY, f64::min);
    let message = format!("the smallest ratio of smallest to largest Jacobian within an element is {worst:.3}");
    report.add(Severity::Info, "jacobian-ratio", usize::from(worst.is_finite()), &message, "none needed");
    let count = report.duplicates;
    let message = format!("{count} elements lie on the same corners as an earlier one");
    report.add(Severity::Error, "duplicates", count, &message, "remove them");
    let mut is_used = vec![false; mesh.nodes.len()];
    mesh.blocks.iter().flat_map(|block| &block.connectivity).for_each(|&node| is_used[node as usize] = true);
    let count = is_used.iter().filter(|&&is_used| !is_used).count();
    let message = format!("{count} nodes belong to no element");
    report.add(Severity::Warning, "unused-nodes", count, &message, "remove them: their stiffness is zero");
    let count = topology.non_manifold_edges.len();
    let message = format!("{count} edges of the boundary have more than two faces: parts touch along an edge");
    report.add(Severity::Warning, "nonmanifold-edges", count, &message, "separate the parts or mesh again");
    let count = report.self_intersections;
    let message = format!("{count} triangles of the boundary cut or overlap another");
    report.add(Severity::Warning, "self-intersections", count, &message, "mesh again");
    let count = if report.components > 1 { report.components } else { 0 };
    let message = format!("the mesh has {count} parts that share no node");
    report.add(Severity::Warning, "components", count, &message, "each part needs its own constraints");
}
