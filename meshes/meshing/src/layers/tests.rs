//! Lumens of known shape and a real one through the whole: volume, heights, planes, positive elements, topology.

use super::*;
use mesh::primitives::{cuboid, cylinder};
use mesh::topology::{SurfaceTopology, boundary_faces, boundary_surface};
use mesh::{ElementKind, Face, Vector3, quality};
use std::path::Path;

fn sized(size: f64) -> MeshOptions {
    MeshOptions { size: Some(size), ..MeshOptions::default() }
}

fn layered(surface: &SurfaceMesh, options: &MeshOptions, layers: &LayerOptions) -> LayeredMesh {
    let result = mesh_lumen(surface, options, layers, &RunControl::silent()).unwrap();
    let (core, layers) = (&result.report.core, &result.report.layers);
    println!(
        "{} core tets {:.1}-{:.1}° radius ratio {:.3}, {layers:?}, {:?}",
        core.elements, core.min_dihedral_deg, core.max_dihedral_deg, core.min_radius_ratio, core.findings
    );
    check(surface, &result);
    result
}

/// What every mesh with layers must hold, measured on the mesh itself.
fn check(surface: &SurfaceMesh, result: &LayeredMesh) {
    let (mesh, report) = (&result.mesh, &result.report);
    mesh.validate().unwrap();
    let found = quality::mesh_quality(mesh);
    assert_eq!(found.inverted, []);
    let boundary = boundary_surface(mesh).surface;
    assert!((found.tetrahedra_volume / boundary.volume() - 1.0).abs() < 1e-9);
    let sum = report.layers.volume_mm3 + report.layers.core_volume_mm3;
    assert!((sum / boundary.volume() - 1.0).abs() < 1e-9);
    assert!((boundary.volume() / surface.volume() - 1.0 - report.core.volume_error).abs() < 1e-9);
    let topology = SurfaceTopology::new(&boundary);
    assert!(topology.is_watertight() && topology.non_manifold_vertices.is_empty());
    let (merged, _) = mesh::topology::merge_equal_points(surface, 0.0);
    assert_eq!(topology.euler_characteristic, SurfaceTopology::new(&merged).euler_characteristic);
    let mut named: Vec<Face> = Vec::new();
    for (name, region) in &mesh.regions {
        if let Region::Faces(faces) = region {
            named.extend(faces);
        } else {
            assert!(["core", "layers"].contains(&name.as_str()));
        }
    }
    named.sort_unstable();
    assert_eq!(named, boundary_faces(mesh));
    let elements = |name: &str| if let Region::Elements(list) = &mesh.regions[name] { list.len() } else { 0 };
    assert_eq!((elements("core"), elements("layers")), (report.core.elements, report.layers.tetrahedra));
    assert_eq!(mesh.element_count(), report.core.elements + report.layers.tetrahedra);
    assert!(report.layers.min_prism_scaled_jacobian >= 0.1 && report.layers.min_scaled_jacobian > 0.0);
    assert!(report.core.min_dihedral_deg >= 15.0 && report.core.max_dihedral_deg <= 160.0);
    assert!(report.core.min_radius_ratio >= 0.08);
    for cap in report.core.caps.iter().filter(|cap| cap.sharp) {
        assert!(cap.off_plane_mm.unwrap() < 1e-4, "{cap:?}");
        on_plane(mesh, &cap.name, Point3::from(Vector3::from(cap.centre_mm)), Vector3::from(cap.normal));
    }
}

/// The faces of a cap look along its normal, the layers' rim among them.
fn on_plane(mesh: &VolumeMesh, name: &str, centre: Point3<f64>, normal: Vector3<f64>) {
    let (Region::Faces(faces), Region::Elements(core)) = (&mesh.regions[name], &mesh.regions["core"]) else { panic!() };
    assert!(faces.iter().any(|face| face.element as usize >= core.len()), "{name} has no rim of layers");
    for &face in faces {
        let p: Vec<Point3<f64>> = mesh.face_nodes(face).unwrap().iter().map(|&n| mesh.nodes[n as usize]).collect();
        assert!(p.iter().all(|p| (p - centre).dot(&normal).abs() < 1e-4));
        assert!((p[1] - p[0]).cross(&(p[2] - p[0])).dot(&normal) > 0.0);
    }
}

/// Nodes of each wall vertex from the wall inwards, by the numbering of `joined`.
fn columns(result: &LayeredMesh) -> Vec<Vec<Point3<f64>>> {
    let (count, inside) = (result.report.layers.wall_vertices, result.report.core.nodes);
    let surface = |k: usize, v: usize| if k == 0 { v } else { inside + (k - 1) * count + v };
    let column = |v: usize| (0..=result.report.layers.count).rev().map(move |k| surface(k, v));
    (0..count).map(|v| column(v).map(|n| result.mesh.nodes[n]).collect()).collect()
}

#[test]
fn a_round_tube_has_layers_of_the_heights_asked_for() {
    let surface = cylinder(3.0, 12.0, 96, 24);
    let layers = LayerOptions { count: 4, first_height: Some(0.05), growth: 1.4 };
    let result = layered(&surface, &sized(0.6), &layers);
    let report = &result.report;
    let total = 0.05 * (1.0 + 1.4 + 1.96 + 2.744);
    assert!((report.layers.total_mm - total).abs() < 1e-12);
    // Chords of the tetrahedra under the arc: the mean of h²/6R² for edges up to h.
    assert!(report.core.volume_error.abs() < 0.01, "{}", report.core.volume_error);
    assert_eq!(report.layers.thinned_vertices, 0);
    let radius = |p: &Point3<f64>| p.x.hypot(p.y);
    for column in columns(&result) {
        let at_rim = column[0].z < 0.6 || column[0].z > 11.4;
        let tolerance = if at_rim { 0.05 } else { 0.02 };
        let height = radius(&column[0]) - radius(&column[4]);
        assert!((height / total - 1.0).abs() < tolerance, "{height} of {total} at {}", column[0]);
        let first = radius(&column[0]) - radius(&column[1]);
        assert!((first / 0.05 - 1.0).abs() < tolerance, "{first} at {}", column[0]);
        let on_cap = column[0].z == 0.0 || column[0].z == 12.0;
        assert!(!on_cap || column.iter().all(|p| p.z == column[0].z));
    }
    // The layers fill the ring between two cylinders.
    let ring = std::f64::consts::PI * (9.0 - (3.0 - total).powi(2)) * 12.0;
    assert!((report.layers.volume_mm3 / ring - 1.0).abs() < 0.02, "{} {ring}", report.layers.volume_mm3);
}

#[test]
fn layers_in_a_flat_tube_are_thinned_and_sound() {
    let mut surface = cylinder(2.0, 6.0, 96, 12);
    surface.points.iter_mut().for_each(|p| p.y *= 0.3);
    let layers = LayerOptions { first_height: Some(0.08), ..LayerOptions::default() };
    let result = layered(&surface, &sized(0.4), &layers);
    let report = &result.report.layers;
    assert!(report.thinned_vertices > 0 && report.least_fraction < 0.95 && report.least_fraction > 0.0, "{report:?}");
    assert!(result.report.core.findings.iter().any(|finding| finding.code == "layers"));
}

#[test]
fn caps_oblique_to_the_wall_keep_their_planes() {
    let mut surface = cylinder(3.0, 12.0, 96, 12);
    surface.points.iter_mut().for_each(|p| p.x += 0.8 * p.z);
    // On this place of the lattice the lumen's mesh is folded at a rim, and another is taken.
    let options = MeshOptions { lattice_shift: [0.13, 0.44, 0.70], ..sized(0.6) };
    let result = layered(&surface, &options, &LayerOptions::default());
    assert!(result.report.layers.mean_fraction > 0.98, "{:?}", result.report.layers);
}

#[test]
fn a_size_that_is_not_given_grows_to_hold_the_layers() {
    let surface = cylinder(3.0, 12.0, 96, 24);
    let found = mesh_lumen(&surface, &MeshOptions::default(), &LayerOptions::default(), &RunControl::silent()).unwrap();
    let size = found.report.core.size_mm;
    assert!((found.report.layers.total_mm / size - 0.5).abs() < 1e-12);
    let first = |part: f64| LayerOptions { first_height: Some(part * size / 3.99), ..LayerOptions::default() };
    let thicker = mesh_lumen(&surface, &MeshOptions::default(), &first(0.81), &RunControl::silent()).unwrap();
    assert!(thicker.report.core.size_mm > size && thicker.report.core.volume_error.abs() <= 0.005);
    let error = mesh_lumen(&surface, &MeshOptions::default(), &first(3.0), &RunControl::silent()).unwrap_err();
    assert!(matches!(error, MeshingError::LayersTooThick { .. }), "{error}");
}

#[test]
fn what_cannot_be_done_is_refused() {
    let surface = cylinder(3.0, 12.0, 96, 24);
    let control = RunControl::silent();
    let run = |surface: &SurfaceMesh, options: &MeshOptions, first: Option<f64>| {
        mesh_lumen(surface, options, &LayerOptions { first_height: first, ..LayerOptions::default() }, &control)
    };
    let error = run(&surface, &sized(0.5), Some(0.2)).unwrap_err();
    assert!(
        matches!(error, MeshingError::LayersTooThick { largest_mm, .. } if (largest_mm - 0.4).abs() < 1e-12),
        "{error}"
    );
    let error = run(&surface, &MeshOptions { order: 2, ..sized(0.5) }, None).unwrap_err();
    assert!(matches!(error, MeshingError::BadOption { option: "order", .. }), "{error}");
    let error = run(&surface, &MeshOptions { max_elements: 100_000, ..sized(0.3) }, None).unwrap_err();
    assert!(matches!(error, MeshingError::TooFine { limit: 100_000, .. }), "{error}");
    let cube = cuboid(Point3::origin(), Point3::new(3.0, 4.0, 5.0), [2, 2, 2]);
    assert_eq!(run(&cube, &sized(0.8), None), Err(MeshingError::NoWall));
    control.cancel();
    assert!(matches!(run(&surface, &sized(0.5), None), Err(MeshingError::Cancelled(_))));
}

#[test]
fn the_result_does_not_depend_on_the_number_of_threads() {
    let surface = cylinder(2.0, 5.0, 48, 10);
    let run = |threads: usize| {
        let pool = rayon::ThreadPoolBuilder::new().num_threads(threads).build().unwrap();
        pool.install(|| layered(&surface, &sized(0.5), &LayerOptions::default()))
    };
    let one = run(1);
    assert!(one == run(3) && one == run(1));
}

#[test]
fn a_branching_carotid_keeps_every_limit() {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../assets/anatomies/carotid_lumen_capped.stl");
    let surface = mesh_io::read_surface(&path, &RunControl::silent()).unwrap().surface;
    let result = layered(&surface, &MeshOptions::default(), &LayerOptions::default());
    let report = &result.report;
    assert!(report.core.volume_error.abs() < 0.005 && report.core.caps.len() == 3);
    assert!(report.layers.mean_fraction > 0.95 && report.layers.least_fraction > 0.1, "{:?}", report.layers);
    let jacobian = |kind, corners: &[Point3<f64>]| quality::scaled_jacobian(kind, corners).unwrap();
    let tetrahedra =
        result.mesh.elements().map(|(kind, nodes)| (kind, nodes.iter().map(|&n| result.mesh.nodes[n as usize])));
    let mut corners = Vec::new();
    for (kind, points) in tetrahedra {
        corners.clear();
        corners.extend(points);
        assert!(kind == ElementKind::Tet4 && jacobian(kind, &corners) > 0.0);
    }
}
