//! Real bones and vessels meshed without a manual step: volume, topology, angles, caps, curved elements.

#![expect(clippy::unwrap_used, reason = "helpers of tests fail by panicking")]

use control::RunControl;
use mesh::topology::{SurfaceTopology, boundary_faces, boundary_surface};
use mesh::{Face, Point3, Region, SurfaceMesh, VolumeMesh, quality, shape};
use meshing::{Grading, MeshOptions, MeshResult, MeshingError, mesh_surface};
use std::path::Path;

/// Reads an anatomy, scaled to mm.
fn load(file: &str, scale: f64) -> SurfaceMesh {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../assets/anatomies").join(file);
    let mut surface = mesh_io::read_surface(&path, &RunControl::silent()).unwrap().surface;
    surface.points.iter_mut().for_each(|p| *p = Point3::from(p.coords * scale));
    surface
}

fn mesh(surface: &SurfaceMesh) -> MeshResult {
    mesh_surface(surface, &MeshOptions { order: 2, ..MeshOptions::default() }, &RunControl::silent()).unwrap()
}

/// Everything the product promises, measured on the mesh itself rather than read from its report.
fn check(file: &str, scale: f64, angles: (f64, f64)) -> MeshResult {
    let surface = load(file, scale);
    let result = mesh(&surface);
    let (mesh, report) = (&result.mesh, &result.report);
    mesh.validate().unwrap();
    assert!(report.elements <= 3_000_000);
    let straight = straightened(mesh);
    let boundary = boundary_surface(&straight).surface;
    let error = boundary.volume() / surface.volume().abs() - 1.0;
    assert!(error.abs() <= 0.005, "{file}: volume error {error}");
    assert!((error - report.volume_error).abs() < 1e-9, "{file}: {error} but reported {}", report.volume_error);
    let characteristics = |topology: &SurfaceTopology| {
        let mut all: Vec<i64> = topology.components.iter().map(|part| part.euler_characteristic).collect();
        all.sort_unstable();
        all
    };
    let topology = SurfaceTopology::new(&boundary);
    let (merged, _) = mesh::topology::merge_equal_points(&surface, 0.0);
    assert!(topology.is_watertight() && topology.non_manifold_vertices.is_empty(), "{file}");
    assert_eq!(characteristics(&topology), characteristics(&SurfaceTopology::new(&merged)), "{file}");
    let found = quality::mesh_quality(&straight);
    let (low, high) = (found.min_dihedral_deg.minimum, found.max_dihedral_deg.maximum);
    assert!(low >= angles.0 && high <= angles.1, "{file}: {low} to {high}");
    regions_cover_the_boundary_once(mesh, file);
    for range in shape::mesh_jacobian_ranges(mesh, true).into_iter().flatten() {
        assert!(range.minimum > 0.0, "{file}: {range:?}");
    }
    assert!(report.curve.unwrap().min_jacobian_ratio >= 0.2);
    assert!(report.curve.unwrap().volume_error.abs() < 5e-4, "{file}: {:?}", report.curve);
    result
}

/// The Tet4 mesh of the corners.
fn straightened(mesh: &VolumeMesh) -> VolumeMesh {
    let corners = mesh.blocks[0].elements().flat_map(|nodes| nodes[..4].iter().copied()).collect();
    VolumeMesh::new(mesh.nodes.clone(), mesh::ElementKind::Tet4, corners)
}

fn regions_cover_the_boundary_once(mesh: &VolumeMesh, file: &str) {
    let mut named: Vec<Face> = Vec::new();
    for region in mesh.regions.values() {
        let Region::Faces(faces) = region else { panic!("{file}: a region of no faces") };
        named.extend(faces);
    }
    named.sort_unstable();
    assert_eq!(named, boundary_faces(mesh), "{file}");
}

#[test]
fn femora_keep_volume_topology_and_angles_and_have_their_cut_named() {
    for file in ["libhip_m4_lfemur.stl", "libhip_m4_rfemur.stl"] {
        let result = check(file, 1.0, (20.0, 152.0));
        let caps = &result.report.caps;
        assert_eq!(caps.len(), 1, "{file}: {caps:?}");
        assert!(!caps[0].sharp && caps[0].normal[2] < -0.99, "{caps:?}");
        assert!(matches!(&result.mesh.regions["cap_1"], Region::Faces(faces) if faces.len() > 20));
    }
    check("gfxmorph_femur.stl", 1.0, (20.0, 152.0));
}

#[test]
fn cells_of_different_size_at_the_surface_do_not_pinch_it() {
    let surface = load("libhip_m4_lfemur.stl", 1.0);
    let options = MeshOptions { size: Some(1.3), grading: Grading::Surface, ..MeshOptions::default() };
    let report = mesh_surface(&surface, &options, &RunControl::silent()).unwrap().report;
    assert!(report.topology.manifold && report.topology.euler_characteristics == [2], "{:?}", report.topology);
    assert!(report.min_dihedral_deg > 20.0 && report.max_dihedral_deg < 152.0, "{report:?}");
}

#[test]
fn vertebrae_and_pelvis_in_metres_keep_their_handles() {
    for file in ["lss_L3_vertebra.obj", "lss_L4_vertebra.obj", "lss_pelvis.obj"] {
        check(file, 1000.0, (20.0, 152.0));
    }
}

#[test]
fn lumens_keep_planar_caps_with_sharp_rims() {
    for (file, caps) in [("carotid_lumen_capped.stl", 3), ("artery_stenosis_lumen_idealised.stl", 2)] {
        let report = check(file, 1.0, (15.0, 163.0)).report;
        assert_eq!(report.caps.len(), caps);
        assert!(report.caps.iter().all(|cap| cap.sharp && cap.off_plane_mm.unwrap() < 1e-4), "{:?}", report.caps);
        assert!(report.rim.unwrap().mean_over_size <= 0.05, "{:?}", report.rim);
        assert_eq!(report.stages.rim_edges_blocked, 0);
    }
}

#[test]
fn an_aorta_with_normals_inwards_is_turned_and_says_so() {
    let report = check("aorta_vmtk_surface.stl", 1.0, (15.0, 163.0)).report;
    assert!(report.findings.iter().any(|finding| finding.code == "inverted"));
}

#[test]
fn an_open_surface_is_refused_with_the_place_of_its_hole() {
    let mut surface = load("lss_L4_vertebra.obj", 1000.0);
    surface.triangles.remove(100);
    let error = mesh_surface(&surface, &MeshOptions::default(), &RunControl::silent()).unwrap_err();
    assert!(matches!(error, MeshingError::OpenSurface { loops: 1, edges: 3, .. }), "{error}");
    assert!(error.to_string().contains("vesalius repair"));
}

#[test]
fn the_result_does_not_depend_on_the_number_of_threads() {
    let surface = load("carotid_lumen_capped.stl", 1.0);
    let run = |threads: usize| {
        let pool = rayon::ThreadPoolBuilder::new().num_threads(threads).build().unwrap();
        pool.install(|| mesh(&surface))
    };
    let (one, three) = (run(1), run(3));
    assert!(one.mesh == three.mesh);
    assert_eq!(one.report, three.report);
}
