//! Remeshing of shapes whose exact answer is known.

#![expect(clippy::unwrap_used, reason = "helpers of tests fail by panicking")]

use control::RunControl;
use geometry::TriangleBvh;
use mesh::primitives::{cuboid, cylinder, icosphere, torus};
use mesh::topology::SurfaceTopology;
use mesh::{Point3, SurfaceMesh};
use meshing::{
    DecimateOptions, MeshingError, RemeshOptions, RemeshReport, Sizing, SmoothOptions, decimate, remesh_isotropic,
    smooth,
};

fn uniform(length: f64) -> RemeshOptions {
    RemeshOptions { sizing: Some(Sizing::Uniform { length }), ..RemeshOptions::default() }
}

fn remesh(surface: &SurfaceMesh, options: &RemeshOptions) -> (SurfaceMesh, RemeshReport) {
    let result = remesh_isotropic(surface, options, &RunControl::silent()).unwrap();
    result.surface.validate().unwrap();
    println!("{:?}", result.report);
    assert_eq!(result.report.crossing_pairs, 0);
    (result.surface, result.report)
}

/// Same components, characteristic and holes, no crossing triangles.
fn assert_sound(before: &SurfaceMesh, after: &SurfaceMesh) {
    let (old, new) = (SurfaceTopology::new(before), SurfaceTopology::new(after));
    assert_eq!(old.euler_characteristic, new.euler_characteristic);
    assert_eq!(old.components.len(), new.components.len());
    assert_eq!(old.boundary_loops.len(), new.boundary_loops.len());
    assert_eq!((new.non_manifold_edges, new.non_manifold_vertices, new.inconsistent_edges), (vec![], vec![], vec![]));
    let bvh = TriangleBvh::new(&after.points, &after.triangles);
    assert_eq!(bvh.self_intersections(&RunControl::silent()).unwrap(), []);
}

#[test]
fn a_sphere_gets_even_edges_good_angles_and_keeps_its_volume() {
    for (levels, length) in [(3, 0.5), (4, 0.8), (2, 0.3)] {
        let sphere = icosphere(5.0, levels);
        let (after, report) = remesh(&sphere, &uniform(length));
        assert_sound(&sphere, &after);
        // Lengths end between 4/5 and 4/3 of the wanted one, on average somewhat above it.
        assert!((report.mean_length_mm / length - 1.0).abs() < 0.15, "{report:?}");
        assert!(report.length_deviation_mm < 0.15 * length && report.min_angle_deg > 30.0, "{report:?}");
        // The centre of an equilateral triangle of side L lies L²/6R below the sphere, that of the input's as well.
        let (old, new) = (1.18 * 5.26 / f64::from(1 << levels), 4.0 / 3.0 * length);
        assert!(report.distance.max_mm < (old * old + new * new) / 30.0, "{report:?}");
        // Equilateral triangles of side L inscribed in a sphere lie L²/8R below it on average: 3 L²/8R² of the volume.
        let inscribed = 3.0 * report.mean_length_mm.powi(2) / 200.0;
        assert!(report.volume_change.unwrap().abs() < 1.15 * inscribed, "{report:?}");
    }
}

#[test]
fn a_cube_keeps_its_planes_edges_and_corners_exactly() {
    let (low, high) = (Point3::new(0.3, -0.2, 0.1), Point3::new(10.3, 5.8, 8.1));
    let mut cube = cuboid(low, high, [3, 1, 5]);
    let top = (0..cube.triangles.len() as u32).filter(|&t| cube.corners(t as usize).iter().all(|p| p.z == high.z));
    let top: Vec<u32> = top.collect();
    cube.regions.insert("top".to_owned(), top);
    let (after, report) = remesh(&cube, &uniform(0.7));
    assert_sound(&cube, &after);
    let off = |p: &Point3<f64>| (0..3).map(|k| (p[k] - low[k]).abs().min((p[k] - high[k]).abs())).fold(1.0, f64::min);
    assert!(after.points.iter().all(|p| off(p) < 1e-12));
    assert!((after.volume() / 480.0 - 1.0).abs() < 1e-12, "{}", after.volume());
    assert!(report.min_angle_deg > 25.0, "{report:?}");
    let corner = |p: &&Point3<f64>| (0..3).all(|k| p[k] == low[k] || p[k] == high[k]);
    assert_eq!(after.points.iter().filter(corner).count(), 8);
    let on_top = |t: &u32| after.corners(*t as usize).iter().all(|p| (p.z - high.z).abs() < 1e-12);
    let expected: Vec<u32> = (0..after.triangles.len() as u32).filter(on_top).collect();
    assert_eq!(after.regions["top"], expected);
}

#[test]
fn a_region_border_on_a_smooth_surface_is_kept() {
    let mut tube = torus(6.0, 2.0, 60, 30);
    let half = (0..tube.triangles.len() as u32).filter(|&t| tube.corners(t as usize).iter().all(|p| p.x >= -1e-9));
    let half: Vec<u32> = half.collect();
    tube.regions.insert("half".to_owned(), half);
    let area = |surface: &SurfaceMesh| -> f64 {
        surface.regions["half"].iter().map(|&t| 0.5 * surface.area_vector2(t as usize).norm()).sum()
    };
    let (after, report) = remesh(&tube, &uniform(0.6));
    assert_sound(&tube, &after);
    assert!(report.min_angle_deg > 20.0, "{report:?}");
    // Chords of 0.6 on a tube of radius 2 lose (L/r)²/24 of its circumference, at most twice that where they are longest.
    assert!((area(&after) / area(&tube) - 1.0).abs() < 7.5e-3, "{} {}", area(&after), area(&tube));
    for &t in &after.regions["half"] {
        assert!(after.corners(t as usize).iter().all(|p| p.x > -1e-9));
    }
}

#[test]
fn the_rim_of_an_open_cylinder_stays_and_long_triangles_become_even() {
    let mut tube = cylinder(2.0, 30.0, 48, 1);
    tube.triangles.retain(|t| !t.iter().any(|&v| v as usize >= tube.points.len() - 2));
    let (after, report) = remesh(&tube, &uniform(0.5));
    assert_sound(&tube, &after);
    // The longest chord, 4/3 · 0.5, has a sagitta of L²/8r = 0.028 mm.
    assert!(report.min_angle_deg > 25.0 && report.distance.max_mm < 0.03, "{report:?}");
    let bounds = after.bounds().unwrap();
    assert_eq!((bounds.0.z, bounds.1.z), (0.0, 30.0));
}

#[test]
fn curvature_adapts_the_length() {
    let ring = torus(10.0, 1.0, 240, 48);
    let sphere = icosphere(8.0, 4);
    let sizing = Sizing::Curvature { min: 0.1, max: 3.0, error: 0.01 };
    let options = RemeshOptions { sizing: Some(sizing), ..RemeshOptions::default() };
    for (surface, radius) in [(ring, 1.0_f64), (sphere, 8.0)] {
        let (after, report) = remesh(&surface, &options);
        assert_sound(&surface, &after);
        let wanted = (6.0 * 0.01 * radius - 3e-4_f64).sqrt();
        assert!((report.mean_length_mm / wanted - 1.0).abs() < 0.15, "{wanted} {report:?}");
        assert!(report.min_angle_deg > 25.0, "{report:?}");
    }
}

#[test]
fn far_from_the_origin_nothing_changes_but_rounding() {
    let mut sphere = icosphere(5.0, 3);
    let (near, _) = remesh(&sphere, &uniform(0.7));
    sphere.points.iter_mut().for_each(|p| *p += mesh::Vector3::new(1e6, -1e6, 1e6));
    let (far, report) = remesh(&sphere, &uniform(0.7));
    assert_sound(&sphere, &far);
    assert!(report.min_angle_deg > 30.0);
    assert!((far.triangles.len() as f64 / near.triangles.len() as f64 - 1.0).abs() < 0.05);
}

#[test]
fn bad_input_is_refused_with_a_reason() {
    let control = RunControl::silent();
    let sphere = icosphere(1.0, 1);
    for length in [0.0, -1.0, f64::NAN, f64::INFINITY] {
        let error = remesh_isotropic(&sphere, &uniform(length), &control).unwrap_err();
        assert!(matches!(error, MeshingError::BadOption { option: "length", .. }), "{error}");
    }
    let error = remesh_isotropic(&sphere, &uniform(1e-6), &control).unwrap_err();
    assert!(matches!(error, MeshingError::TooManyTriangles { .. }), "{error}");
    let empty = SurfaceMesh::default();
    assert_eq!(remesh_isotropic(&empty, &uniform(1.0), &control), Err(MeshingError::EmptySurface));
    let mut fin = sphere.clone();
    fin.points.push(Point3::new(2.0, 2.0, 2.0));
    fin.triangles.push([sphere.triangles[0][0], sphere.triangles[0][1], 42]);
    let error = remesh_isotropic(&fin, &uniform(0.3), &control).unwrap_err();
    assert!(matches!(error, MeshingError::NotManifold { non_manifold: 1, .. }), "{error}");
    control.cancel();
    assert!(matches!(remesh_isotropic(&sphere, &uniform(0.3), &control), Err(MeshingError::Cancelled(_))));
}

#[test]
fn the_result_does_not_depend_on_the_number_of_threads() {
    let surface = torus(6.0, 2.0, 40, 20);
    let run = |threads: usize| {
        let pool = rayon::ThreadPoolBuilder::new().num_threads(threads).build().unwrap();
        pool.install(|| remesh(&surface, &uniform(0.5)).0)
    };
    assert!(run(1) == run(3));
}

#[test]
fn a_noisy_sphere_is_smoothed_at_its_volume() {
    let sphere = icosphere(10.0, 4);
    let mut noisy = sphere.clone();
    let roughness = |surface: &SurfaceMesh| {
        let radii: Vec<f64> = surface.points.iter().map(|p| p.coords.norm()).collect();
        let mean = radii.iter().sum::<f64>() / radii.len() as f64;
        (radii.iter().map(|r| (r - mean).powi(2)).sum::<f64>() / radii.len() as f64).sqrt()
    };
    for (k, p) in noisy.points.iter_mut().enumerate() {
        // Equidistributed fractions (Weyl) as noise of ±0.2.
        *p = Point3::from(p.coords * (1.0 + 0.04 * ((k as f64 * 0.618_033_988_749_894_9).fract() - 0.5)));
    }
    let result = smooth(&noisy, &SmoothOptions::default(), &RunControl::silent()).unwrap();
    println!("{:?} {} {}", result.report, roughness(&noisy), roughness(&result.surface));
    assert!((result.surface.volume() / noisy.volume() - 1.0).abs() < 1e-12, "{:?}", result.report);
    assert!(roughness(&result.surface) < 0.15 * roughness(&noisy));
    assert_sound(&noisy, &result.surface);
}

#[test]
fn smoothing_holds_sharp_edges_and_flat_faces() {
    let cube = cuboid(Point3::origin(), Point3::new(4.0, 5.0, 6.0), [4, 5, 6]);
    let result = smooth(&cube, &SmoothOptions::default(), &RunControl::silent()).unwrap();
    assert!(result.report.distance.max_mm < 1e-12, "{:?}", result.report);
    assert!((result.surface.volume() / 120.0 - 1.0).abs() < 1e-13);
    let options = SmoothOptions { feature_angle_deg: None, ..SmoothOptions::default() };
    let round = smooth(&cube, &options, &RunControl::silent()).unwrap();
    assert!((round.surface.volume() / 120.0 - 1.0).abs() < 1e-12 && round.report.distance.max_mm > 0.1);
}

#[test]
fn the_error_of_a_decimated_sphere_falls_with_the_number_of_triangles() {
    let sphere = icosphere(10.0, 5);
    let run = |triangles: usize| {
        let options = DecimateOptions { triangles: Some(triangles), ..DecimateOptions::default() };
        let result = decimate(&sphere, &options, &RunControl::silent()).unwrap();
        println!("{:?}", result.report);
        assert_sound(&sphere, &result.surface);
        assert!(result.report.triangles.abs_diff(triangles) <= 1);
        result.report.distance.max_mm
    };
    let errors = [4000, 1000, 250].map(run);
    // L²/6R with the edge L of n equilateral triangles that cover the sphere, n √3/4 L² = 4πR²; twice that for uneven ones,
    // and the input's own 0.02 mm.
    for (error, n) in errors.iter().zip([4000.0, 1000.0, 250.0]) {
        let edge2 = 4.0 * std::f64::consts::PI * 100.0 / n * 4.0 / 3f64.sqrt();
        assert!(*error < 2.0 * edge2 / 60.0 + 0.02, "{error} with {n}");
    }
}

#[test]
fn a_box_decimates_to_twelve_triangles_and_an_error_limit_is_kept() {
    let cube = cuboid(Point3::origin(), Point3::new(4.0, 5.0, 6.0), [8, 10, 12]);
    let options = DecimateOptions { max_error: Some(1e-6), ..DecimateOptions::default() };
    let result = decimate(&cube, &options, &RunControl::silent()).unwrap();
    assert!(result.report.triangles <= 20 && result.report.distance.max_mm < 1e-9, "{:?}", result.report);
    assert!((result.surface.volume() / 120.0 - 1.0).abs() < 1e-12);
    let ring = torus(6.0, 2.0, 120, 60);
    let options = DecimateOptions { max_error: Some(0.02), ..DecimateOptions::default() };
    let result = decimate(&ring, &options, &RunControl::silent()).unwrap();
    println!("{:?}", result.report);
    assert_sound(&ring, &result.surface);
    assert!(result.report.largest_error_mm <= 0.02 && result.report.triangles < 7200, "{:?}", result.report);
    let error = decimate(&ring, &DecimateOptions::default(), &RunControl::silent()).unwrap_err();
    assert!(matches!(error, MeshingError::BadOption { option: "triangles", .. }));
}
