//! What the report says of surfaces and volume meshes whose faults are known.

#![expect(clippy::unwrap_used, reason = "helpers of tests panic like tests")]

use control::RunControl;
use mesh::primitives::{cuboid, cylinder, icosphere, torus};
use mesh::{ElementBlock, ElementKind, Point3, SurfaceMesh, Vector3, VolumeMesh};
use mesh_io::{ImportReport, JudgeOptions, JudgedSurface, SurfaceFile, VolumeFile, judge_surface, judge_volume};

fn judge(surface: SurfaceMesh) -> JudgedSurface {
    let file = SurfaceFile::in_memory("test", surface);
    judge_surface(&file, &JudgeOptions::default(), &RunControl::silent()).unwrap()
}

fn flipped(mut surface: SurfaceMesh) -> SurfaceMesh {
    surface.flip();
    surface
}

fn moved(mut surface: SurfaceMesh, by: [f64; 3]) -> SurfaceMesh {
    surface.points.iter_mut().for_each(|p| *p += Vector3::from(by));
    surface
}

fn together(parts: &[SurfaceMesh]) -> SurfaceMesh {
    let mut all = SurfaceMesh::default();
    for part in parts {
        let first = all.points.len() as u32;
        all.points.extend(&part.points);
        all.triangles.extend(part.triangles.iter().map(|t| t.map(|v| v + first)));
    }
    all
}

fn codes(report: &ImportReport) -> Vec<(&str, usize)> {
    report.findings.iter().map(|finding| (finding.code.as_str(), finding.count)).collect()
}

#[test]
fn a_sound_surface_has_no_findings() {
    let judged = judge(torus(30.0, 10.0, 40, 20));
    assert!(judged.report.findings.is_empty(), "{:?}", judged.report.findings);
    assert_eq!((judged.report.genus, judged.report.components), (Some(1), 1));
    assert!(judged.report.watertight);
}

#[test]
fn a_cavity_keeps_its_direction_and_turns_with_the_part_around_it() {
    let shell = together(&[icosphere(20.0, 3), flipped(icosphere(10.0, 2))]);
    let volume = shell.volume();
    let judged = judge(shell.clone());
    assert_eq!((judged.report.inverted, codes(&judged.report)), (0, vec![("cavities", 1), ("components", 2)]));
    let turned = judge(flipped(shell.clone()));
    assert_eq!(turned.report.inverted, shell.triangles.len());
    assert!((turned.surface.volume() - volume).abs() < 1e-9 * volume);
    let solid_in_solid = judge(together(&[icosphere(20.0, 3), icosphere(10.0, 2)]));
    assert_eq!(codes(&solid_in_solid.report), [("nested-solids", 1), ("components", 2)]);
}

#[test]
fn only_the_part_that_faces_inward_is_turned() {
    let apart = together(&[icosphere(10.0, 2), flipped(moved(icosphere(5.0, 2), [40.0, 0.0, 0.0]))]);
    let judged = judge(apart);
    assert_eq!(judged.report.inverted, 320);
    assert!(judged.surface.volume() > 0.0);
    assert_eq!(judged.surface.triangles[..320], icosphere(10.0, 2).triangles[..]);
}

#[test]
fn an_open_tube_that_faces_inward_is_turned_although_it_encloses_nothing() {
    let mut tube = cylinder(5.0, 40.0, 24, 10);
    let is_cap = |t: &[u32; 3], points: &[Point3<f64>]| {
        let z = t.map(|v| points[v as usize].z);
        z.iter().all(|&z| z == 0.0) || z.iter().all(|&z| z == 40.0)
    };
    let points = tube.points.clone();
    tube.triangles.retain(|t| !is_cap(t, &points));
    // Far from the origin, where the uncapped divergence sum would have either sign.
    let tube = moved(tube, [500.0, -300.0, 900.0]);
    let outward = judge(tube.clone());
    assert_eq!((outward.report.inverted, outward.report.boundary_loops), (0, 2));
    assert_eq!((outward.report.volume_mm3, outward.report.watertight), (None, false));
    let inward = judge(flipped(tube.clone()));
    assert_eq!(inward.report.inverted, tube.triangles.len());
    assert_eq!(inward.report.finding("open").unwrap().message, "the surface is open: 2 holes with 48 edges in all");
}

#[test]
fn two_parts_that_touch_in_a_vertex_are_still_oriented() {
    let sphere = icosphere(20.0, 1);
    let top = sphere.points[0];
    let mut twins = together(&[sphere.clone(), moved(sphere, (2.0 * top.coords).into())]);
    // The vertex opposite to the first of the second sphere lies on the first of the first.
    twins.flip();
    let judged = judge(twins);
    assert_eq!(judged.report.finding("nonmanifold-vertices").map(|finding| finding.count), Some(1));
    assert_eq!((judged.report.inverted, judged.report.watertight), (judged.report.triangles, true));
}

#[test]
fn faults_are_counted() {
    let sphere = icosphere(10.0, 2);
    let mut faulty = sphere.clone();
    faulty.triangles.push(faulty.triangles[0]);
    faulty.triangles[5].swap(0, 1);
    faulty.triangles.push([7, 7, 8]);
    let report = judge(faulty).report;
    assert_eq!(report.duplicates, 1);
    assert_eq!(report.nonmanifold_edges, 3);
    assert_eq!(report.finding("inconsistent-winding").unwrap().count, 3);
    assert_eq!(report.finding("degenerate").unwrap().count, 1);
    assert_eq!(report.finding("orientation-undecided").unwrap().count, 1);
    assert!(!report.watertight && report.genus.is_none());
    let mut far = sphere.clone();
    far.points[3].x = 1e200;
    assert_eq!(judge(far).report.finding("absurd-coordinates").unwrap().count, 1);
    let crossing = together(&[sphere.clone(), moved(sphere, [3.0, 2.0, 1.0])]);
    let report = judge(crossing).report;
    assert!(report.self_intersections > 20 && report.watertight, "{}", report.self_intersections);
}

#[test]
fn equal_points_are_merged_and_triangles_keep_their_numbers() {
    let whole = cuboid(Point3::origin(), Point3::new(30.0, 20.0, 10.0), [3, 2, 1]);
    let soup: Vec<_> = (0..whole.triangles.len()).flat_map(|t| whole.corners(t)).collect();
    let triangles = (0..whole.triangles.len() as u32).map(|t| [3 * t, 3 * t + 1, 3 * t + 2]).collect();
    let judged = judge(SurfaceMesh::new(soup, triangles));
    assert_eq!(judged.report.nodes, whole.points.len());
    assert!((0..whole.triangles.len()).all(|t| judged.surface.corners(t) == whole.corners(t)));
}

#[test]
fn a_cancelled_run_is_not_judged() {
    let control = RunControl::silent();
    control.cancel();
    let file = SurfaceFile::in_memory("test", icosphere(10.0, 3));
    assert!(judge_surface(&file, &JudgeOptions::default(), &control).is_err());
}

#[test]
fn inverted_and_duplicate_elements_and_parts_of_a_volume_mesh_are_counted() {
    let corner = |x: f64| [[x, 0., 0.], [x + 1., 0., 0.], [x, 1., 0.], [x, 0., 1.]].map(Point3::from);
    let nodes: Vec<_> = [corner(0.0), corner(5.0)].concat().into_iter().chain([Point3::new(9.0, 9.0, 9.0)]).collect();
    let blocks = vec![ElementBlock { kind: ElementKind::Tet4, connectivity: vec![0, 1, 2, 3, 4, 6, 5, 7, 3, 2, 1, 0] }];
    let file = VolumeFile::in_memory("test", VolumeMesh { nodes, blocks, regions: Default::default() });
    let report = judge_volume(&file, &JudgeOptions::default(), &RunControl::silent()).unwrap().report;
    assert_eq!((report.inverted, report.duplicates, report.components), (1, 1, 2));
    assert_eq!(report.elements["tet4"], 3);
    assert!(report.finding("inverted").unwrap().message.contains("the first is element 1"));
    assert_eq!(report.finding("unused-nodes").unwrap().count, 1);
    let dihedral = report.quality.unwrap().min_dihedral_deg.unwrap();
    assert!((dihedral - (1.0_f64 / 3.0_f64.sqrt()).acos().to_degrees()).abs() < 1e-9, "{dihedral}");
}
