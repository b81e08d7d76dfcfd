use super::orientation::{Orientation, orientation};
use super::report::{ImportReport, Kind, Severity, bounds};
use super::{JudgeOptions, convert};
use crate::SurfaceFile;
use control::{Cancelled, RunControl};
use geometry::TriangleBvh;
use mesh::SurfaceMesh;
use mesh::topology::{SurfaceTopology, merge_equal_points};

/// A surface fit for use, and what was found on the way.
#[derive(Debug, Clone, PartialEq)]
pub struct JudgedSurface {
    /// In mm and LPS, equal points merged, outermost parts facing outward. Triangles keep their numbers, so that fields
    /// on triangles and regions of the file still fit.
    pub surface: SurfaceMesh,
    /// The findings.
    pub report: ImportReport,
}

/// Converts a surface to mm and LPS, merges equal points, turns what faces inward, and examines the result.
///
/// Nothing else is repaired: holes, crossings, duplicates and non-manifold edges are findings. Cost: O(n log n), about
/// a second for a million triangles.
pub fn judge_surface(
    file: &SurfaceFile,
    options: &JudgeOptions,
    control: &RunControl,
) -> Result<JudgedSurface, Cancelled> {
    let mut raw = file.surface.clone();
    let (unit, frame) = convert(&mut raw.points, &file.provenance, options);
    let mut report = ImportReport::begin(Kind::Surface, &file.provenance, unit, frame);
    let (mut surface, _) = merge_equal_points(&raw, 0.0);
    control.report(0.1);
    control.check()?;
    let mut topology = SurfaceTopology::new(&surface);
    control.report(0.3);
    let orientation = orientation(&surface, &topology, control)?;
    if !orientation.inward.is_empty() {
        orientation.inward.iter().for_each(|&t| surface.triangles[t as usize].swap(1, 2));
        topology = SurfaceTopology::new(&surface);
    }
    control.report(0.5);
    let crossing = crossing_triangles(&surface, &control.stage("self-intersections", 0.5, 1.0))?;
    measure(&mut report, &surface, &topology);
    report.inverted = orientation.inward.len();
    report.self_intersections = crossing;
    describe_size(&mut report, &surface);
    describe_orientation(&mut report, &orientation);
    describe_topology(&mut report, &topology);
    let crossings = format!("{crossing} triangles cut or overlap another");
    report.add(
        Severity::Warning,
        "self-intersections",
        crossing,
        &crossings,
        "not repaired; meshing may join what crosses",
    );
    Ok(JudgedSurface { surface, report: report.finish() })
}

/// How many triangles cut or overlap another.
pub(super) fn crossing_triangles(surface: &SurfaceMesh, control: &RunControl) -> Result<usize, Cancelled> {
    let pairs = TriangleBvh::new(&surface.points, &surface.triangles).self_intersections(control)?;
    let mut crossing: Vec<u32> = pairs.into_iter().flat_map(|(a, b)| [a, b]).collect();
    crossing.sort_unstable();
    crossing.dedup();
    Ok(crossing.len())
}

/// The counts and sizes that need no judgement.
pub(super) fn measure(report: &mut ImportReport, surface: &SurfaceMesh, topology: &SurfaceTopology) {
    report.nodes = surface.points.len();
    report.triangles = surface.triangles.len();
    report.elements.insert("tri3".to_owned(), surface.triangles.len());
    report.components = topology.components.len();
    report.boundary_loops = topology.boundary_loops.len();
    report.nonmanifold_edges = topology.non_manifold_edges.len();
    report.duplicates = topology.duplicate_triangles.len();
    report.watertight = topology.is_watertight();
    report.genus = topology.components.iter().map(|component| component.genus).sum();
    report.volume_mm3 = report.watertight.then(|| surface.volume());
    report.area_mm2 = surface.area();
    report.bounds_mm = bounds(surface.bounds());
}

/// Coordinates beyond a kilometre are garbage, and their products overflow.
fn describe_size(report: &mut ImportReport, surface: &SurfaceMesh) {
    const FARTHEST_MM: f64 = 1e6;
    let far = surface.points.iter().filter(|p| p.coords.amax() > FARTHEST_MM).count();
    let message = format!("{far} points lie more than a kilometre from the origin");
    report.add(Severity::Error, "absurd-coordinates", far, &message, "check the unit, or remove these points");
}

fn describe_orientation(report: &mut ImportReport, orientation: &Orientation) {
    let (triangles, inward) = (report.triangles, orientation.inward.len());
    let inverted = format!("{inward} of {triangles} triangles faced inward (negative volume)");
    report.add(Severity::Warning, "inverted", inward, &inverted, "they were turned to face outward");
    let cavities = orientation.cavities;
    let message = format!("{cavities} closed parts lie inside another and face the other way: cavities");
    report.add(Severity::Info, "cavities", cavities, &message, "none needed");
    let nested = orientation.nested_solids;
    let message =
        format!("{nested} closed parts lie inside another and face the same way: solids in solids, not cavities");
    report.add(Severity::Warning, "nested-solids", nested, &message, "remove them, or turn those that are cavities");
    let undecided = orientation.undecided;
    let message = format!("whether {undecided} parts face outward cannot be decided (not manifold, or without volume)");
    report.add(Severity::Warning, "orientation-undecided", undecided, &message, "repair the surface first");
}

fn describe_topology(report: &mut ImportReport, topology: &SurfaceTopology) {
    let loops = topology.boundary_loops.len();
    let edges: usize = topology.boundary_loops.iter().map(Vec::len).sum();
    let message = format!("the surface is open: {loops} holes with {edges} edges in all");
    report.add(Severity::Warning, "open", loops, &message, "close the holes, or name them as openings");
    let count = topology.non_manifold_edges.len();
    let message = format!("{count} edges have more than two triangles");
    report.add(Severity::Warning, "nonmanifold-edges", count, &message, "remove the extra triangles");
    let count = topology.non_manifold_vertices.len();
    let message = format!("{count} vertices join parts that touch nowhere else");
    report.add(
        Severity::Info,
        "nonmanifold-vertices",
        count,
        &message,
        "separate the parts if they are different bodies",
    );
    let count = topology.inconsistent_edges.len();
    let message = format!("at {count} edges the neighbours are wound in opposite senses");
    report.add(Severity::Warning, "inconsistent-winding", count, &message, "wind all triangles of a part the same way");
    let count = topology.duplicate_triangles.len();
    let message = format!("{count} triangles lie on the same vertices as an earlier one");
    report.add(Severity::Warning, "duplicates", count, &message, "remove them");
    let count = topology.degenerate_triangles.len();
    let message = format!("{count} triangles have no area");
    report.add(Severity::Info, "degenerate", count, &message, "remove them or collapse their shortest edge");
    let count = topology.components.len();
    let message = format!("the surface has {count} separate parts");
    report.add(
        Severity::Info,
        "components",
        if count > 1 { count } else { 0 },
        &message,
        "keep the ones that are meant",
    );
}
