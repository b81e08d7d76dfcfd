//! Simple closed surfaces through the whole mesher: sizes, limits, corners, cancelling.

use control::RunControl;
use mesh::primitives::{cuboid, cylinder, icosphere, torus};
use mesh::topology::boundary_faces;
use mesh::{Point3, Region};
use meshing::domain::Torus;
use meshing::{Grading, MeshOptions, MeshingError, mesh_domain, mesh_surface};

fn sized(size: f64) -> MeshOptions {
    MeshOptions { size: Some(size), ..MeshOptions::default() }
}

#[test]
fn a_box_keeps_its_six_faces_edges_and_corners() {
    let (low, high) = (Point3::new(0.3, -0.2, 0.1), Point3::new(10.3, 5.8, 8.1));
    let result = mesh_surface(&cuboid(low, high, [2, 2, 2]), &sized(0.9), &RunControl::silent()).unwrap();
    let report = &result.report;
    assert_eq!(report.caps.len(), 6);
    assert!(!result.mesh.regions.contains_key("wall"));
    assert_eq!(report.stages.rim_edges_blocked, 0, "{report:?}");
    assert!(report.volume_error.abs() < 1e-3 && report.hausdorff_mm < 0.2, "{report:?}");
    assert!(report.min_dihedral_deg > 15.0 && report.max_dihedral_deg < 163.0, "{report:?}");
    for corner in 0..8 {
        let at = |axis: usize| if corner >> axis & 1 == 0 { low[axis] } else { high[axis] };
        let corner = Point3::new(at(0), at(1), at(2));
        assert!(result.mesh.nodes.iter().any(|p| (p - corner).norm() < 1e-9), "{corner}");
    }
}

#[test]
fn a_cylinder_has_two_named_caps_of_the_right_area_and_sharp_rims() {
    let surface = cylinder(5.0, 20.0, 96, 20);
    let result = mesh_surface(&surface, &MeshOptions::default(), &RunControl::silent()).unwrap();
    let rim = result.report.rim.unwrap();
    assert!(rim.mean_over_size < 0.05, "{rim:?}");
    for name in ["cap_1", "cap_2"] {
        let Region::Faces(faces) = &result.mesh.regions[name] else { panic!("{name}") };
        let area: f64 = faces
            .iter()
            .map(|&face| {
                let nodes = result.mesh.face_nodes(face).unwrap();
                let p = [0, 1, 2].map(|k| result.mesh.nodes[nodes[k] as usize]);
                assert!(
                    p.iter().all(|p| (p.z.abs() - 10.0).abs() < 1e-9 || p.z.abs() < 1e-9 || (p.z - 20.0).abs() < 1e-9)
                );
                0.5 * (p[1] - p[0]).cross(&(p[2] - p[0])).norm()
            })
            .sum();
        assert!((area / (25.0 * std::f64::consts::PI) - 1.0).abs() < 0.02, "{name}: {area}");
    }
}

#[test]
fn grading_saves_elements_and_keeps_the_surface() {
    let surface = icosphere(10.0, 5);
    let run = |grading| mesh_surface(&surface, &MeshOptions { grading, ..sized(0.7) }, &RunControl::silent()).unwrap();
    let (uniform, graded) = (run(Grading::Uniform).report, run(Grading::Interior).report);
    assert!(graded.elements < uniform.elements * 3 / 4, "{} {}", graded.elements, uniform.elements);
    assert!((graded.volume_error - uniform.volume_error).abs() < 2e-4);
    assert!(graded.min_dihedral_deg > 20.0 && graded.max_dihedral_deg < 152.0);
}

#[test]
fn every_grading_gives_a_conforming_mesh() {
    let surface = cylinder(5.0, 30.0, 64, 40);
    let mut counts = Vec::new();
    for grading in [Grading::Uniform, Grading::Interior, Grading::Surface] {
        let result = mesh_surface(&surface, &MeshOptions { grading, ..sized(0.4) }, &RunControl::silent()).unwrap();
        // Faces of one element only are those of the regions: none is left open inside.
        let named: usize =
            result.mesh.regions.values().map(|r| if let Region::Faces(f) = r { f.len() } else { 0 }).sum();
        assert_eq!(boundary_faces(&result.mesh).len(), named, "{grading:?}");
        let report = result.report;
        assert!(report.min_dihedral_deg > 15.0 && report.max_dihedral_deg < 163.0, "{grading:?} {report:?}");
        assert!(report.volume_error.abs() < 0.005, "{grading:?} {}", report.volume_error);
        counts.push(report.elements);
    }
    assert!(counts[2] < counts[1] && counts[1] < counts[0], "{counts:?}");
}

#[test]
fn a_found_size_stays_within_the_elements_allowed_and_says_what_that_costs() {
    let options = MeshOptions { max_elements: 1_000, ..MeshOptions::default() };
    let report = mesh_surface(&icosphere(10.0, 3), &options, &RunControl::silent()).unwrap().report;
    assert!(report.elements <= 1_000 && report.volume_error < -0.005, "{report:?}");
    assert!(report.size_reason.contains("1000 elements allow"), "{}", report.size_reason);
    assert!(report.findings.iter().any(|finding| finding.code == "volume"), "{:?}", report.findings);
}

#[test]
fn impossible_requests_are_refused_with_numbers() {
    let sphere = icosphere(10.0, 3);
    let run = |options: &MeshOptions| mesh_surface(&sphere, options, &RunControl::silent()).unwrap_err();
    let fine = run(&sized(1e-3));
    assert!(matches!(fine, MeshingError::TooFine { elements, limit: 3_000_000, .. } if elements > 1e9), "{fine}");
    assert!(matches!(run(&sized(f64::NAN)), MeshingError::BadOption { option: "size", .. }));
    assert!(matches!(run(&MeshOptions { order: 3, ..MeshOptions::default() }), MeshingError::BadOption { .. }));
    // A ring thinner than the elements cannot keep its hole and its wall.
    let ring = mesh_surface(&torus(10.0, 1.0, 64, 24), &sized(6.0), &RunControl::silent()).unwrap_err();
    assert!(matches!(ring, MeshingError::TopologyLost { .. }), "{ring}");
    let mut flat = sphere.clone();
    flat.triangles.clear();
    let empty = mesh_surface(&flat, &MeshOptions::default(), &RunControl::silent()).unwrap_err();
    assert_eq!(empty, MeshingError::EmptySurface);
}

#[test]
fn two_bodies_and_a_cavity_keep_their_number() {
    let mut surface = icosphere(10.0, 4);
    for (radius, centre, inside_out) in [(4.0, 0.0, true), (3.0, 20.0, false)] {
        let mut other = icosphere(radius, 3);
        if inside_out {
            other.flip();
        }
        let first = surface.points.len() as u32;
        surface.points.extend(other.points.iter().map(|p| Point3::new(p.x + centre, p.y, p.z)));
        surface.triangles.extend(other.triangles.iter().map(|t| t.map(|v| v + first)));
    }
    let report = mesh_surface(&surface, &MeshOptions::default(), &RunControl::silent()).unwrap().report;
    assert_eq!(report.topology.components, 3);
    assert!(report.volume_error.abs() <= 0.005, "{}", report.volume_error);
}

#[test]
fn cancelling_stops_the_mesher() {
    let control = RunControl::silent();
    control.cancel();
    let error = mesh_surface(&icosphere(10.0, 4), &MeshOptions::default(), &control).unwrap_err();
    assert!(matches!(error, MeshingError::Cancelled(_)));
}

#[test]
fn a_domain_without_triangles_is_meshed_and_curved_onto_its_own_boundary() {
    let torus = Torus { major: 10.0, minor: 4.0 };
    let control = RunControl::silent();
    let options = MeshOptions { order: 2, ..sized(1.0) };
    let result = mesh_domain(&torus, &options, &control).unwrap();
    let report = &result.report;
    result.mesh.validate().unwrap();
    assert_eq!(report.topology.euler_characteristics, [0]);
    let Region::Faces(wall) = &result.mesh.regions["wall"] else { panic!() };
    assert_eq!(wall, &boundary_faces(&result.mesh));
    assert!(report.min_dihedral_deg > 20.0 && report.max_dihedral_deg < 152.0, "{report:?}");
    // Straight facets lose a part of h²; mid-edge nodes on the torus itself win nearly all of it back.
    let curve = report.curve.unwrap();
    assert!((report.volume_mm3 / torus.volume() - 1.0).abs() < 0.02, "{report:?}");
    assert!((curve.volume_mm3 / torus.volume() - 1.0).abs() < 2e-4 && curve.backed_off == 0, "{curve:?}");
    let refused = |options: &MeshOptions| mesh_domain(&torus, options, &control).unwrap_err();
    assert!(matches!(refused(&MeshOptions::default()), MeshingError::BadOption { option: "size", .. }));
    assert!(matches!(refused(&sized(1e-4)), MeshingError::TooFine { elements, .. } if elements > 1e9));
    assert!(matches!(refused(&sized(50.0)), MeshingError::NoSize { .. }));
}
