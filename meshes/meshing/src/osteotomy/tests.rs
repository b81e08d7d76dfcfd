use super::*;
use mesh::primitives::{cuboid, cylinder, icosphere, torus};
use std::f64::consts::PI;

fn plane(origin: [f64; 3], normal: [f64; 3]) -> SawPlane {
    SawPlane { origin: origin.into(), normal: normal.into(), kerf: 0.0, near: None }
}

/// Both pieces closed, their cuts flat and alike, their volumes together the whole.
fn cut(surface: &SurfaceMesh, plane: &SawPlane) -> Osteotomy {
    let made = osteotomy(surface, plane, &RunControl::silent()).unwrap();
    assert!(made.report.volume_residual.abs() < 1e-12, "{}", made.report.volume_residual);
    let normal = plane.normal.normalize();
    for (piece, side) in [(&made.behind, -0.5), (&made.beyond, 0.5)] {
        let topology = SurfaceTopology::new(piece);
        assert!(topology.is_watertight() && topology.degenerate_triangles.is_empty());
        let cap = &piece.regions[CUT_REGION];
        let height = |p: Point3<f64>| (normal.dot(&(p - plane.origin)) - side * plane.kerf).abs();
        let off = cap.iter().flat_map(|&t| piece.corners(t as usize)).map(height).fold(0.0, f64::max);
        assert!(off < 1e-12, "{off}");
        assert!(cap.iter().all(|&t| piece.area_vector2(t as usize).dot(&normal) * side < 0.0));
    }
    made
}

/// Caps of a sphere: V = π h² (R - h/3), section π (2 R h - h²).
#[test]
fn a_sphere_is_cut_into_two_caps() {
    let normal = Vector3::new(0.3, -0.5, 0.8).normalize();
    let sphere = icosphere(2.0, 5);
    let made = cut(&sphere, &plane((normal * 1.3).into(), normal.into()));
    let h: f64 = 0.7;
    let exact = [PI * h * h * (2.0 - h / 3.0), PI * (4.0 * h - h * h)];
    let found = [made.report.beyond.volume_mm3, made.report.beyond.cut_area_mm2];
    for (found, exact) in found.into_iter().zip(exact) {
        assert!((found / exact - 1.0).abs() < 3e-3, "{found} {exact}");
    }
    assert_eq!(made.report.beyond.cut_area_mm2, made.report.behind.cut_area_mm2);
}

/// A prism is exact, also through its vertices and in the plane of its faces.
#[test]
fn a_box_and_a_prism_are_cut_exactly_with_and_without_a_kerf() {
    let block = cuboid(Point3::origin(), Point3::new(2.0, 3.0, 4.0), [4, 6, 8]);
    for kerf in [0.0, 0.25, 1.0] {
        let made = cut(&block, &SawPlane { kerf, ..plane([1.0, 1.0, 1.5], [0.0, 0.0, 2.0]) });
        let exact = [1.5 - 0.5 * kerf, 2.5 - 0.5 * kerf, kerf].map(|length| 6.0 * length);
        let report = &made.report;
        let found = [report.behind.volume_mm3, report.beyond.volume_mm3, report.kerf_volume_mm3];
        assert!(found.iter().zip(exact).all(|(a, b)| (a - b).abs() < 1e-12), "{found:?} {exact:?}");
        assert!((report.beyond.cut_area_mm2 - 6.0).abs() < 1e-12);
    }
    let rod = cylinder(2.0, 10.0, 48, 20);
    let polygon = 0.5 * 48.0 * 4.0 * (2.0 * PI / 48.0).sin();
    let aslant = cut(&rod, &plane([0.0, 0.0, 5.0], [0.0, 0.6, 0.8]));
    assert!((aslant.report.behind.volume_mm3 / (5.0 * polygon) - 1.0).abs() < 1e-12);
    assert!((aslant.report.behind.cut_area_mm2 / (polygon / 0.8) - 1.0).abs() < 1e-12);
}

/// A shaft with a cavity: the cut is a ring, for loops beside each other and for one within another.
#[test]
fn cavities_leave_holes_in_the_cut() {
    let mut shell = icosphere(2.0, 4);
    let mut inner = icosphere(1.0, 4);
    inner.flip();
    let offset = shell.points.len() as u32;
    shell.points.extend(inner.points.iter().map(|p| p + Vector3::new(0.4, 0.2, 0.0)));
    shell.triangles.extend(inner.triangles.iter().map(|t| t.map(|v| v + offset)));
    let made = cut(&shell, &plane([0.0, 0.0, 0.1], [0.1, 0.0, 1.0]));
    let ring = PI * (4.0 - 0.01 - (1.0 - 0.0_f64.max(0.02)));
    assert!((made.report.behind.cut_area_mm2 / ring - 1.0).abs() < 0.02, "{}", made.report.behind.cut_area_mm2);
    let donut = cut(&torus(5.0, 1.0, 64, 24), &plane([0.0, 0.0, 0.2], [0.0, 0.0, 1.0]));
    let half = (1.0_f64 - 0.04).sqrt();
    let annulus = PI * ((5.0 + half).powi(2) - (5.0 - half).powi(2));
    assert!((donut.report.behind.cut_area_mm2 / annulus - 1.0).abs() < 0.02);
    assert_eq!((donut.report.behind.parts, donut.report.beyond.parts), (1, 1));
}

#[test]
fn with_a_point_only_the_part_near_it_is_cut_off() {
    let ring = torus(5.0, 1.0, 64, 24);
    let both = cut(&ring, &plane([0.0, 1.0, 0.0], [0.0, 1.0, 0.0]));
    assert_eq!((both.report.behind.parts, both.report.beyond.parts), (1, 1));
    // Half a ring, cut across both legs: with a point one leg goes.
    let legs = plane([0.0, 3.0, 0.0], [0.0, -1.0, 0.0]);
    let half = SurfaceMesh::new(both.beyond.points.clone(), both.beyond.triangles.clone());
    let two = cut(&half, &legs);
    let near = SawPlane { near: Some(Point3::new(4.0, 3.0, 0.0)), ..legs };
    let one = cut(&half, &near);
    assert_eq!((two.report.beyond.parts, one.report.beyond.parts), (2, 1));
    assert!((two.report.beyond.volume_mm3 / one.report.beyond.volume_mm3 - 2.0).abs() < 1e-9);
    let (low, high) = one.beyond.bounds().unwrap();
    assert!(low.x > 0.0 && (low.y - 1.0).abs() < 1e-12 && (high.y - 3.0).abs() < 1e-12);
}

#[test]
fn planes_that_miss_and_surfaces_that_are_open_are_refused() {
    let block = cuboid(Point3::origin(), Point3::new(2.0, 3.0, 4.0), [2, 2, 2]);
    let refused =
        |surface: &SurfaceMesh, plane: &SawPlane| osteotomy(surface, plane, &RunControl::silent()).unwrap_err();
    for z in [-1.0, 0.0, 4.0, 5.0] {
        let missed = refused(&block, &plane([0.0, 0.0, z], [0.0, 0.0, 1.0]));
        assert!(matches!(missed, MeshingError::PlaneMisses { .. }), "{z} {missed}");
    }
    let none = refused(&block, &plane([0.0, 0.0, 1.0], [0.0; 3]));
    assert!(matches!(none, MeshingError::BadOption { option: "plane", .. }), "{none}");
    let negative = refused(&block, &SawPlane { kerf: -0.1, ..plane([0.0, 0.0, 1.0], [0.0, 0.0, 1.0]) });
    assert!(matches!(negative, MeshingError::BadOption { option: "kerf", .. }), "{negative}");
    let mut open = block.clone();
    open.triangles.pop();
    let open = refused(&open, &plane([0.0, 0.0, 1.0], [0.0, 0.0, 1.0]));
    assert!(matches!(open, MeshingError::OpenSurface { .. }), "{open}");
}
