//! Recovered stress, statistics and exclusions.

use super::*;
use crate::{Exclusion, LoadCase, Recovery, Scalar, Shape};
use mesh::Region;

/// A bar along x under the axial stress σ(x) = 1 + x + x² (from a body force), free to contract (ν = 0).
fn bar(mesh: &VolumeMesh) -> (LinearStatics<'_>, Recovery) {
    let mut model = LinearStatics::new(mesh);
    model.material(Place::Everywhere, Material::isotropic(1000.0, 0.0).unwrap());
    model.symmetry("x_min").symmetry("y_min").symmetry("z_min");
    let case = LoadCase::new("own weight")
        .body_force_field(Place::Everywhere, |x| vector(-1.0 - 2.0 * x.x, 0.0, 0.0))
        .traction_field("x_max", |x, n| n * (1.0 + x.x + x.x * x.x));
    model.load_case(case);
    let solution = model.solve(&Default::default(), &silent()).unwrap();
    let recovery = model.recover(&solution.cases[0], &silent()).unwrap();
    (model, recovery)
}

#[test]
fn nodal_stress_of_a_bar_is_far_better_than_that_of_its_elements() {
    let mesh = mapped_block(ElementKind::Hex20, [4, 2, 2], |[x, y, z]| Point3::new(2.0 * x, y, z)).unwrap();
    let (model, recovery) = bar(&mesh);
    let worst = mesh.nodes.iter().zip(&recovery.stress);
    let worst = worst.map(|(x, s)| (s[0] - 1.0 - x.x - x.x * x.x).abs()).fold(0.0, f64::max);
    assert!(worst < 1e-6, "the quadratic stress is recovered also at the ends: {worst:e}");
    let everything = model.zone_of(&Place::Everywhere, &Exclusion::none()).unwrap();
    let extremes = model.extremes(&recovery, Scalar::PrincipalStress(0), &everything, &silent()).unwrap();
    assert!((extremes.maximum.value - 7.0).abs() < 1e-6 && (extremes.maximum.position.x - 2.0).abs() < 1e-12);
    assert!((extremes.minimum.value - 1.0).abs() < 1e-6 && extremes.minimum.position.x.abs() < 1e-12);
    let exact = model.distribution(&recovery, Scalar::Stress(0), &everything, &silent()).unwrap();
    assert!((exact.volume - 2.0).abs() < 1e-12);
    // Mean of 1 + x + x² over 0..2 is 10/3; its median is the value at x = 1, within half the spacing of Gauss points.
    assert!((exact.mean() - 10.0 / 3.0).abs() < 1e-6 && (exact.percentile(50.0) - 3.0).abs() < 0.4);
    assert!(exact.percentile(100.0) <= 7.0 && exact.percentile(100.0) == exact.range().1);
}

#[test]
fn exclusions_leave_out_what_lies_near() {
    let mesh = mapped_block(ElementKind::Hex8, [8, 2, 2], |[x, y, z]| Point3::new(8.0 * x, y, z)).unwrap();
    let (model, recovery) = bar(&mesh);
    let rule = Exclusion::none().and_near("x_max", 1.5);
    let kept = model.zone_of(&Place::Everywhere, &rule).unwrap();
    let extremes = model.extremes(&recovery, Scalar::Stress(0), &kept, &silent()).unwrap();
    assert!((extremes.maximum.position.x - 6.5).abs() < 1e-7, "{:?}", extremes.maximum);
    let all = Exclusion { constraints: Some(100.0), ..Exclusion::none() };
    let nothing = model.zone_of(&Place::Everywhere, &all).unwrap();
    assert!(message(model.extremes(&recovery, Scalar::VonMises, &nothing, &silent())).contains("nothing is left"));
}

#[test]
fn a_zone_is_cut_by_position_and_not_by_elements() {
    let mesh = mapped_block(ElementKind::Hex20, [4, 2, 2], |[x, y, z]| Point3::new(2.0 * x, y, z)).unwrap();
    let (model, recovery) = bar(&mesh);
    let zone = model.zone("x < 1.3", |spot| spot.position.x < 1.3, &Exclusion::none()).unwrap();
    let largest = model.extremes(&recovery, Scalar::Stress(0), &zone, &silent()).unwrap().maximum;
    assert!((largest.value - (1.0 + 1.3 + 1.69)).abs() < 1e-5 && largest.node.is_none(), "{largest:?}");
    let found = model.distribution(&recovery, Scalar::Stress(0), &zone, &silent()).unwrap();
    // The zone's end lies between two planes of integration points of the third element.
    assert!((found.volume - 1.3).abs() < 0.06, "{}", found.volume);
}

#[test]
fn the_inner_edge_of_an_angle_is_a_reentrant_edge_and_outer_edges_are_not() {
    let mesh = cube(ElementKind::Hex20, 4);
    // Cut one quarter away: an L-shaped bar along z.
    let mut angle = mesh.clone();
    let quarter = Shape::Box { low: Point3::new(0.5, 0.5, -1.0), high: Point3::new(2.0, 2.0, 2.0) };
    let Region::Elements(cut) = quarter.elements(&mesh).unwrap() else { panic!() };
    let kept = mesh.elements().enumerate().filter(|(e, _)| cut.binary_search(&(*e as u32)).is_err());
    angle.blocks[0].connectivity = kept.flat_map(|(_, (_, nodes))| nodes.iter().copied()).collect();
    angle.regions.clear();
    let model = bone(&angle);
    let rule = Exclusion { reentrant_edges: Some(1e-6), ..Exclusion::none() };
    let zone = model.zone_of(&Place::Everywhere, &rule).unwrap();
    let spot = |position| crate::Spot { position, node: None, element: 0, element_nodes: &[] };
    let left_out = angle.nodes.iter().filter(|x| !zone.contains(&spot(**x)));
    let edge: Vec<[f64; 2]> = left_out.map(|x| [x.x, x.y]).collect();
    assert_eq!(edge, vec![[0.5; 2]; 9], "the corners and middles of four elements along the inner edge");
}

#[test]
fn stress_jumps_where_materials_meet_and_is_recovered_on_both_sides() {
    let mut mesh = mapped_block(ElementKind::Tet10, [2, 2, 4], |[x, y, z]| Point3::new(x, y, 2.0 * z)).unwrap();
    let upper = Shape::HalfSpace { point: Point3::new(0.0, 0.0, 1.0), normal: Vector3::z() };
    let lower = Shape::HalfSpace { point: Point3::new(0.0, 0.0, 1.0), normal: -Vector3::z() };
    let regions = [("upper", upper.elements(&mesh).unwrap()), ("lower", lower.elements(&mesh).unwrap())];
    mesh.regions.extend(regions.map(|(name, region)| (name.to_owned(), region)));
    let mut model = LinearStatics::new(&mesh);
    model.material("upper", Material::isotropic(1000.0, 0.0).unwrap());
    model.material("lower", Material::isotropic(3000.0, 0.0).unwrap());
    // Stretch both along x by the same 1 permille: σ_xx = 1 above, 3 below.
    model.prescribe_field(boundary(&mesh), [true; 3], |x| vector(1e-3 * x.x, 0.0, 0.0));
    model.load_case(LoadCase::new("stretch"));
    let solution = model.solve(&Default::default(), &silent()).unwrap();
    let recovery = model.recover(&solution.cases[0], &silent()).unwrap();
    let node = crate::pick::nearest_node(&mesh, &Point3::new(0.5, 0.5, 1.0)).unwrap();
    for (element, (_, nodes)) in mesh.elements().enumerate().filter(|(_, (_, nodes))| nodes.contains(&node)) {
        let above = nodes.iter().any(|&n| mesh.nodes[n as usize].z > 1.0 + 1e-9);
        let expected = if above { 1.0 } else { 3.0 };
        assert!((recovery.stress_in(element, node)[0] - expected).abs() < 1e-9);
    }
    assert!((recovery.stress[node as usize][0] - 2.0).abs() < 1e-9, "the single nodal value is the mean");
    assert!(recovery.relative_error < 1e-9);
}

#[test]
fn a_slab_one_element_thick_reports_reduced_patches() {
    let mesh = mapped_block(ElementKind::Hex20, [3, 3, 1], |[x, y, z]| Point3::new(x, y, 0.1 * z)).unwrap();
    let (_, recovery) = bar(&mesh);
    assert!(recovery.report.reduced > 0 && recovery.report.reason.contains("one element thick"));
    let worst = mesh.nodes.iter().zip(&recovery.stress);
    let worst = worst.map(|(x, s)| (s[0] - 1.0 - x.x - x.x * x.x).abs()).fold(0.0, f64::max);
    assert!(worst < 1e-6, "in its plane the recovery is still quadratic: {worst:e}");
}

#[test]
fn a_probe_reads_the_fields_inside_the_body_and_refuses_points_outside() {
    let mesh = mapped_block(ElementKind::Hex20, [4, 2, 2], |[x, y, z]| Point3::new(2.0 * x, y, z)).unwrap();
    let (model, recovery) = bar(&mesh);
    let probe = model.probe(&recovery, &Point3::new(1.3, 0.31, 0.77)).unwrap();
    assert!((probe.stress[0] - (1.0 + 1.3 + 1.69)).abs() < 1e-6);
    // u(x) = ∫ σ/E dx is a cubic; the element from 1 to 1.5 holds the quadratic through its three exact nodal values,
    // which differs from it by a third of 1e-3 times (x - 1)(x - 1.25)(x - 1.5).
    let cubic = (1.3 + 0.5 * 1.69 + 1.3 * 1.69 / 3.0) / 1000.0;
    let expected = cubic - 1e-3 / 3.0 * 0.3 * 0.05 * -0.2;
    assert!((probe.displacement.x - expected).abs() < 1e-5 * expected, "{} {expected}", probe.displacement.x);
    assert!(message(model.probe(&recovery, &Point3::new(2.1, 0.5, 0.5))).contains("lies in no element"));
}
