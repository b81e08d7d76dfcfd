//! Models that cannot be solved say why.

use super::*;
use crate::{LoadCase, Motion};
use mesh::Region;
use meshing::merge_blocks;

fn with_load(model: &mut LinearStatics<'_>) -> Result<(), SolidError> {
    model.load_case(LoadCase::new("none"));
    model.solve(&Default::default(), &silent()).map(|_| ())
}

fn free(model: &LinearStatics<'_>) -> Vec<Motion> {
    match model.check(&silent()) {
        Err(SolidError::Unconstrained(free)) => free[0].motions.clone(),
        other => panic!("{other:?}"),
    }
}

#[test]
fn a_body_without_constraints_has_six_free_motions_in_the_message() {
    let mesh = cube(ElementKind::Tet4, 1);
    let text = message(with_load(&mut bone(&mesh)));
    assert!(text.contains("translation along x, translation along y, translation along z, rotation about x"), "{text}");
    assert!(text.contains("add a constraint"), "{text}");
}

#[test]
fn a_ball_joint_leaves_three_rotations_about_its_node() {
    let mesh = cube(ElementKind::Hex8, 1);
    let mut model = bone(&mesh);
    let corner = crate::pick::nearest_node(&mesh, &Point3::new(1.0, 0.0, 1.0)).unwrap();
    model.fix(Region::Nodes(vec![corner]));
    let motions = free(&model);
    assert_eq!(motions.len(), 3);
    for motion in motions {
        let Motion::Rotation { axis, point, pitch } = motion else { panic!("{motion}") };
        assert!(axis.cross(&(Point3::new(1.0, 0.0, 1.0) - point)).norm() < 1e-9 && pitch == 0.0, "{motion}");
    }
}

#[test]
fn rollers_leave_the_sliding_and_the_turning_in_their_plane() {
    let mesh = cube(ElementKind::Hex20, 2);
    let mut model = bone(&mesh);
    model.prescribe("z_min", [None, None, Some(0.0)]);
    let names: Vec<String> = free(&model).iter().map(Motion::to_string).collect();
    assert_eq!(names[..2], ["translation along x", "translation along y"]);
    assert!(names.len() == 3 && names[2].starts_with("rotation about z"), "{names:?}");
    model.spring("x_min", [1e-3, 1e-3, 0.0]);
    assert!(model.check(&silent()).is_ok(), "a soft spring stops all three");
}

#[test]
fn a_hinge_line_leaves_the_rotation_about_it() {
    let turn = nalgebra::Rotation3::from_euler_angles(0.2, 0.5, -0.3);
    let mesh = mapped_block(ElementKind::Hex8, [2; 3], |p| turn * Point3::from(p)).unwrap();
    let mut model = bone(&mesh);
    let line = |&n: &u32| {
        let p = turn.inverse() * mesh.nodes[n as usize];
        (p.x - 1.0).abs() < 1e-9 && p.y.abs() < 1e-9
    };
    model.fix(Region::Nodes((0..mesh.nodes.len() as u32).filter(line).collect()));
    let motions = free(&model);
    let [Motion::Rotation { axis, point, .. }] = motions[..] else { panic!("{motions:?}") };
    let (along, through) = (turn * Vector3::z(), turn * Point3::new(1.0, 0.0, 0.0));
    assert!(axis.cross(&along).norm() < 1e-9 && axis.cross(&(through - point)).norm() < 1e-9);
}

#[test]
fn only_the_free_component_of_two_is_named() {
    let near = cube(ElementKind::Hex8, 1);
    let far = mapped_block(ElementKind::Hex8, [1; 3], |[x, y, z]| Point3::new(x + 5.0, y, z)).unwrap();
    let mesh = merge_blocks(&[("near", &near), ("far", &far)], 1e-6);
    let mut model = bone(&mesh);
    model.fix("near.z_min");
    let text = message(model.check(&silent()));
    assert!(text.contains("component 2 of 2 (1 elements from element 1, around (5.500"), "{text}");
    assert!(!text.contains("component 1"), "{text}");
    model.fix("far.z_min");
    assert!(model.check(&silent()).is_ok());
}

#[test]
fn two_blocks_joined_along_an_edge_are_a_hinge_unless_both_are_held() {
    let first = cube(ElementKind::Hex8, 1);
    let second = mapped_block(ElementKind::Hex8, [1; 3], |[x, y, z]| Point3::new(x + 1.0, y + 1.0, z)).unwrap();
    let mesh = merge_blocks(&[("first", &first), ("second", &second)], 1e-6);
    let mut model = bone(&mesh);
    model.fix("first.x_min");
    let text = message(model.check(&silent()));
    assert!(text.contains("2 parts that meet only along edges") && text.contains("(1.0000, 1.0000"), "{text}");
    model.prescribe("second.x_max", [Some(0.0), None, None]);
    assert!(model.check(&silent()).is_ok());
}

#[test]
fn inverted_elements_are_named() {
    let mut mesh = cube(ElementKind::Tet4, 2);
    mesh.blocks[0].connectivity.swap(4 * 17, 4 * 17 + 1);
    let text = message(bone(&mesh).check(&silent()));
    assert!(text.contains("[17]"), "{text}");
}

#[test]
fn wrong_places_and_materials_are_named() {
    let mesh = cube(ElementKind::Tet4, 1);
    let mut model = bone(&mesh);
    model.fix("distal cut");
    let text = message(with_load(&mut model));
    assert!(text.contains("\"distal cut\"") && text.contains("x_max, x_min"), "{text}");
    let mut model = bone(&mesh);
    let nodes = Region::Nodes(vec![0, 1]);
    model.fix("x_min").load_case(LoadCase::new("p").pressure(nodes, 1.0));
    assert!(message(with_load(&mut model)).contains("needs faces"));
    let mut model = LinearStatics::new(&mesh);
    model.material(Region::Elements(vec![0]), Material::isotropic(1.0, 0.0).unwrap()).fix("x_min");
    assert!(message(with_load(&mut model)).contains("5 elements have no material, the first is element 1"));
    let mut model = bone(&mesh);
    model.fix("x_min").load_case(LoadCase::new("g").gravity(Vector3::z()));
    assert!(message(model.solve(&Default::default(), &silent())).contains("density"));
    let mut model = bone(&mesh);
    model.fix("x_min").prescribe("x_min", [Some(0.1), None, None]);
    assert!(message(with_load(&mut model)).contains("constrained twice"));
    let repeated = Region::Nodes(vec![3, 3]);
    let mut model = bone(&mesh);
    model.fix("x_min").load_case(LoadCase::new("twice").nodal_force(repeated, Vector3::x()));
    assert!(message(model.solve(&Default::default(), &silent())).contains("each listed once"));
    let mut loose = mesh.clone();
    loose.nodes.push(Point3::new(9.0, 9.0, 9.0));
    let mut model = bone(&loose);
    model.fix("x_min").load_case(LoadCase::new("loose").nodal_force(Region::Nodes(vec![8]), Vector3::x()));
    assert!(message(model.solve(&Default::default(), &silent())).contains("node 8, which belongs to no element"));
    let mut model = bone(&mesh);
    model.fix("x_min").load_case(LoadCase::new("nan").traction("x_max", vector(f64::NAN, 0.0, 0.0)));
    assert!(message(model.solve(&Default::default(), &silent())).contains("not finite"));
}
