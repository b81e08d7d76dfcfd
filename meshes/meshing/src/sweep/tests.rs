use super::*;
use mesh::Region;
use mesh::topology::{SurfaceTopology, boundary_surface};
use std::f64::consts::PI;

const KINDS: [ElementKind; 4] = [ElementKind::Hex8, ElementKind::Hex20, ElementKind::Tet4, ElementKind::Tet10];
/// Hexahedra have right angles; the six tetrahedra of a flat one have small ones.
const LEAST: [(ElementKind, f64); 2] = [(ElementKind::Hex8, 0.2), (ElementKind::Tet4, 0.03)];

/// A mesh whose boundary is closed, with one name for each face, and whose elements are as good as they must be.
fn made(tube: &Tube<'_>, options: &TubeOptions) -> TubeMesh {
    let made = mesh_tube(tube, options, &RunControl::silent()).unwrap();
    made.mesh.validate().unwrap();
    let boundary = boundary_surface(&made.mesh).surface;
    let topology = SurfaceTopology::new(&boundary);
    assert!(topology.is_watertight() && topology.components.len() == 1);
    let mut named: Vec<_> = faces(&made.mesh, |name| name != "interface");
    let count = named.len();
    named.sort_unstable();
    named.dedup();
    assert_eq!((named.len(), boundary.triangles.len() % count), (count, 0));
    let (_, least) = LEAST.into_iter().find(|(kind, _)| *kind == options.kind.linear()).unwrap();
    assert!(made.report.min_scaled_jacobian > least, "{}", made.report.min_scaled_jacobian);
    if options.kind.linear() == ElementKind::Hex8 {
        assert!(made.report.mean_scaled_jacobian > 0.8, "{}", made.report.mean_scaled_jacobian);
    }
    made
}

fn faces(mesh: &VolumeMesh, wanted: impl Fn(&str) -> bool) -> Vec<mesh::Face> {
    let of = |(name, region): (&String, &Region)| match region {
        Region::Faces(faces) if wanted(name) => faces.clone(),
        _ => Vec::new(),
    };
    mesh.regions.iter().flat_map(of).collect()
}

/// Heights along z and distances from it of the nodes of a region.
fn cylindrical(mesh: &VolumeMesh, name: &str) -> Vec<[f64; 2]> {
    let Some(Region::Nodes(nodes)) = mesh.regions.get(name) else { panic!("{name}") };
    nodes.iter().map(|&n| mesh.nodes[n as usize]).map(|p| [p.z, p.x.hypot(p.y)]).collect()
}

fn along_z(length: f64) -> StraightAxis {
    StraightAxis { from: Point3::origin(), to: Point3::new(0.0, 0.0, length) }
}

/// Volumes and areas of a bent tube with a wall, by Pappus: V = π r² R α, A = 2π r R α.
#[test]
fn a_bent_tube_has_its_volume_and_areas_to_the_order_of_its_elements() {
    let (r, t, big, angle) = (1.0, 0.3, 3.0, 1.2);
    let axis = ArcAxis { radius: big, angle };
    for kind in KINDS {
        let error = |around: usize| {
            let tube = Tube { axis: &axis, radius: Profile::Constant(r), wall: Some(Profile::Constant(t)) };
            let length = Some(big * angle / (around as f64 * 0.5));
            let rings = Some(around / 8);
            let options = TubeOptions { kind, around, rings, wall_rings: around / 8, length, ..TubeOptions::default() };
            let TubeMesh { report, .. } = made(&tube, &options);
            let exact = [PI * r * r * big * angle, PI * t * (2.0 * r + t) * big * angle];
            for (region, exact) in report.regions.iter().zip(exact) {
                assert!((region.exact_volume_mm3 / exact - 1.0).abs() < 1e-12, "{}", region.exact_volume_mm3);
            }
            let areas = [
                ("interface", 2.0 * PI * r * big * angle),
                ("outer", 2.0 * PI * (r + t) * big * angle),
                ("inlet", PI * r * r),
            ];
            let of_area = areas.map(|(name, exact)| (report.areas_mm2[name] / exact - 1.0).abs());
            report.regions.iter().map(|region| region.volume_error.abs()).chain(of_area).collect::<Vec<_>>()
        };
        let wanted = if kind.order() == 2 { 3.9 } else { 1.95 };
        for (coarse, fine) in error(16).into_iter().zip(error(32)) {
            let rate = (coarse / fine).log2();
            assert!(rate > wanted, "{kind}: {coarse} {fine} {rate}");
        }
    }
}

/// A cone r = 1 + z/4 with a wall: every node of a wall at its radius, and V = π h (a² + ab + b²) / 3.
#[test]
fn nodes_of_walls_lie_at_the_radius_and_a_cone_has_its_volume() {
    let axis = along_z(6.0);
    for kind in KINDS {
        let radius = Profile::Polyline(vec![[0.0, 1.0], [6.0, 2.5]]);
        let tube = Tube { axis: &axis, radius, wall: Some(Profile::Smooth(Box::new(|s| 0.2 + 0.02 * s))) };
        let TubeMesh { mesh, report } = made(&tube, &TubeOptions { kind, ..TubeOptions::default() });
        for (name, a, slope) in [("interface_nodes", 1.0, 0.25), ("outer_nodes", 1.2, 0.27)] {
            let off = cylindrical(&mesh, name).into_iter().map(|[z, r]| (r - a - slope * z).abs()).fold(0.0, f64::max);
            assert!(off < 1e-12, "{kind} {name} {off}");
        }
        let exact = PI * 6.0 * (1.0 + 2.5 + 6.25) / 3.0;
        let lumen = &report.regions[0];
        assert!((lumen.exact_volume_mm3 / exact - 1.0).abs() < 1e-12);
        assert!(lumen.volume_error.abs() < if kind.order() == 2 { 2e-5 } else { 1.2e-2 }, "{}", lumen.volume_error);
    }
}

/// The wall of a helix lies at the radius from the curve, and the volume is that of Pappus.
#[test]
fn a_tube_along_a_spline_keeps_its_radius() {
    let points: Vec<Point3<f64>> =
        (0..=40).map(|k| 0.2 * f64::from(k)).map(|t| Point3::new(5.0 * t.cos(), 5.0 * t.sin(), 2.0 * t)).collect();
    let axis = SplineAxis::through(&points).unwrap();
    let tube = Tube { axis: &axis, radius: Profile::Constant(1.5), wall: None };
    let options = TubeOptions { around: 16, ..TubeOptions::default() };
    let TubeMesh { mesh, report } = made(&tube, &options);
    let plan = Plan::new(&tube, &options, &RunControl::silent()).unwrap();
    let Region::Nodes(wall) = &mesh.regions["wall_nodes"] else { panic!() };
    for &node in wall {
        let p = mesh.nodes[node as usize];
        let nearest = plan.stations.iter().map(|station| (p - station.at.point).norm()).fold(f64::MAX, f64::min);
        assert!((nearest - 1.5).abs() < 1e-12, "{nearest}");
    }
    assert!(report.regions[0].volume_error.abs() < 2e-4, "{}", report.regions[0].volume_error);
}

/// The nozzle of Stewart et al. (2012): 12 mm, a cone of 10°, a throat of 4 mm, a sudden expansion to 12 mm.
fn nozzle() -> Profile {
    let cone = 4.0 / 10.0_f64.to_radians().tan();
    let places =
        [[0.0, 6.0], [10.0, 6.0], [10.0 + cone, 2.0], [50.0 + cone, 2.0], [50.0 + cone, 6.0], [70.0 + cone, 6.0]];
    Profile::Polyline(places.to_vec())
}

/// Inlet and outlet, cone and throat have exact areas; the ring at the step is part of the wall.
#[test]
fn a_nozzle_with_a_sudden_expansion_is_one_conforming_mesh() {
    let cone = 4.0 / 10.0_f64.to_radians().tan();
    let axis = along_z(70.0 + cone);
    for (kind, first_height) in [(ElementKind::Hex20, Some(0.1)), (ElementKind::Tet4, None)] {
        let tube = Tube { axis: &axis, radius: nozzle(), wall: None };
        let options = TubeOptions { kind, around: 16, first_height, ..TubeOptions::default() };
        let TubeMesh { mesh, report } = made(&tube, &options);
        let wall =
            2.0 * PI * (6.0 * 30.0 + 2.0 * 40.0) + PI * 8.0 * (4.0_f64.powi(2) + cone.powi(2)).sqrt() + PI * 32.0;
        let volume = PI * 36.0 * 30.0 + PI * 4.0 * 40.0 + PI * cone * (36.0 + 12.0 + 4.0) / 3.0;
        let slack = if kind.order() == 2 { 1e-4 } else { 3e-2 };
        assert!((report.areas_mm2["wall"] / wall - 1.0).abs() < slack, "{}", report.areas_mm2["wall"] / wall - 1.0);
        assert!((report.areas_mm2["outlet_1"] / (PI * 36.0) - 1.0).abs() < slack);
        assert!((report.regions[0].exact_volume_mm3 / volume - 1.0).abs() < 1e-12);
        assert!(report.regions[0].volume_error.abs() < slack, "{}", report.regions[0].volume_error);
        // The wall: at the profile's radius, or in the plane of the step.
        let step = 50.0 + cone;
        for [z, r] in cylindrical(&mesh, "wall_nodes") {
            let of_cone = 6.0 - (z - 10.0) * 10.0_f64.to_radians().tan();
            let radius = if z < 10.0 || z > step + 1e-9 { 6.0 } else { of_cone.max(2.0) };
            let on_step = (z - step).abs() < 1e-12 && (2.0 - 1e-12..6.0 + 1e-12).contains(&r);
            assert!((r - radius).abs() < 1e-12 || on_step, "{z} {r}");
        }
    }
}

/// A quarter of the nozzle with lengths of its own: a quarter of volume and areas, and flat cut faces through the axis.
#[test]
fn a_quarter_has_flat_cut_faces_and_a_quarter_of_everything() {
    let cone = 4.0 / 10.0_f64.to_radians().tan();
    let axis = along_z(70.0 + cone);
    let tube = Tube { axis: &axis, radius: nozzle(), wall: None };
    let lengths = vec![[0.0, 3.0], [50.0 + cone, 1.2], [70.0 + cone, 3.0]];
    for (kind, lengths) in [(ElementKind::Hex8, lengths), (ElementKind::Tet10, Vec::new())] {
        let all = TubeOptions { kind, around: 16, lengths, ..TubeOptions::default() };
        let part = TubeOptions { quarter: true, ..all.clone() };
        let (all, part) = (made(&tube, &all), made(&tube, &part));
        assert_eq!(4 * part.mesh.element_count(), all.mesh.element_count());
        // ∫ ds/length: the lengths go straight from 3 to 1.2 and back.
        let wanted = (70.0 + cone) * 2.5_f64.ln() / 1.8;
        assert!(kind != ElementKind::Hex8 || (part.report.steps as f64 - wanted).abs() < 3.0, "{}", part.report.steps);
        let [of_all, of_part] = [&all, &part].map(|made| &made.report.regions[0]);
        assert!((4.0 * of_part.volume_mm3 / of_all.volume_mm3 - 1.0).abs() < 1e-12);
        assert!((of_part.volume_error - of_all.volume_error).abs() < 1e-12);
        for name in ["inlet", "wall", "outlet_1"] {
            assert!((4.0 * part.report.areas_mm2[name] / all.report.areas_mm2[name] - 1.0).abs() < 1e-12, "{name}");
        }
        let section = 6.0 * 30.0 + 2.0 * 40.0 + 4.0 * cone;
        for (name, direction) in [("symmetry_1", plan_direction(0)), ("symmetry_2", plan_direction(1))] {
            assert!((part.report.areas_mm2[name] / section - 1.0).abs() < 1e-12, "{name}");
            let Region::Nodes(nodes) = &part.mesh.regions[&format!("{name}_nodes")] else { panic!() };
            assert!(nodes.iter().all(|&n| part.mesh.nodes[n as usize].coords.dot(&direction).abs() < 1e-12));
        }
    }
    let odd = TubeOptions { around: 12, quarter: true, ..TubeOptions::default() };
    assert!(mesh_tube(&tube, &odd, &RunControl::silent()).is_err());
    let back = TubeOptions { lengths: vec![[1.0, 1.0], [1.0, 2.0]], ..TubeOptions::default() };
    assert!(mesh_tube(&tube, &back, &RunControl::silent()).is_err());
}

/// The directions across a tube along z.
fn plan_direction(k: usize) -> Vector3<f64> {
    let first = across(&Vector3::z());
    [first, Vector3::z().cross(&first)][k]
}

/// A ring of the first height all around, the others growing by one factor away from it.
#[test]
fn the_ring_at_the_wall_has_the_first_height_everywhere() {
    let axis = along_z(10.0);
    let radius = Profile::Polyline(vec![[0.0, 2.0], [10.0, 3.0]]);
    let tube = Tube { axis: &axis, radius, wall: None };
    let options = TubeOptions { kind: ElementKind::Hex8, first_height: Some(0.05), ..TubeOptions::default() };
    let TubeMesh { mesh, report } = made(&tube, &options);
    assert!((1.1..1.4).contains(&report.max_ring_growth), "{}", report.max_ring_growth);
    for face in faces(&mesh, |name| name == "wall") {
        let (_, nodes) = mesh.element(face.element as usize).unwrap();
        let at = |k: usize| mesh.nodes[nodes[k] as usize];
        for (inner, outer) in [(0, 1), (3, 2), (4, 5), (7, 6)] {
            assert!(((at(outer) - at(inner)).norm() - 0.05).abs() < 1e-9);
        }
    }
}

#[test]
fn tubes_that_cannot_be_are_refused_with_the_place() {
    let control = RunControl::silent();
    let refused = |axis: &dyn Axis, radius: Profile, options: &TubeOptions| {
        mesh_tube(&Tube { axis, radius, wall: None }, options, &control).unwrap_err()
    };
    let options = TubeOptions::default();
    let tight = refused(&ArcAxis { radius: 2.0, angle: 1.0 }, Profile::Constant(1.95), &options);
    assert!(matches!(tight, MeshingError::TubeTooTight { radius_mm, .. } if radius_mm == 1.95), "{tight}");
    let round = refused(&ArcAxis { radius: 5.0, angle: 6.5 }, Profile::Constant(1.0), &options);
    assert!(matches!(round, MeshingError::TubeMeetsItself { .. }), "{round}");
    let shut = refused(&along_z(4.0), Profile::Polyline(vec![[0.0, 1.0], [2.0, 0.0], [4.0, 1.0]]), &options);
    assert!(matches!(shut, MeshingError::TubeRadius { along_mm, .. } if along_mm == 2.0), "{shut}");
    let thick = TubeOptions { first_height: Some(0.3), rings: Some(4), ..TubeOptions::default() };
    let thick = refused(&along_z(4.0), Profile::Constant(1.0), &thick);
    assert!(matches!(thick, MeshingError::FirstHeightTooLarge { layers: 4, .. }), "{thick}");
    let odd = refused(&along_z(4.0), Profile::Constant(1.0), &TubeOptions { around: 10, ..TubeOptions::default() });
    assert!(matches!(odd, MeshingError::BadOption { option: "around", .. }), "{odd}");
    let fine = TubeOptions { length: Some(1e-6), ..TubeOptions::default() };
    let fine = refused(&along_z(4.0), Profile::Constant(1.0), &fine);
    assert!(matches!(fine, MeshingError::TooFine { .. }), "{fine}");
}
