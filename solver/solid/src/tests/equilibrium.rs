//! Loads, reactions and balance.

use super::*;
use crate::{LoadCase, Resultant, Shape, StaticsSolution};
use mesh::Region;

fn curved_tet() -> VolumeMesh {
    curved(ElementKind::Tet10)
}

#[test]
fn a_spread_force_and_moment_has_exactly_its_resultant_about_its_point() {
    let (force, moment, point) = (vector(3.0, -8.0, 5.0), vector(40.0, 7.0, -12.0), Point3::new(2.0, -1.0, 0.5));
    for kind in SOLIDS {
        let mesh = curved(kind);
        let model = bone(&mesh);
        let nodes = Place::from("x_max").nodes(&mesh, "test").unwrap();
        for place in [Place::from("x_max"), Place::Given(Region::Nodes(nodes))] {
            let case = LoadCase::new("rbe3").force_and_moment(place, force, moment, point);
            let materials = crate::material::MaterialMap::new(&mesh, &model.materials).unwrap();
            let forces = case.nodal_forces(&mesh, &materials, &silent()).unwrap();
            let found = Resultant::of(&mesh, &forces).about(&point);
            assert!((found.force - force).norm() < 1e-12 * force.norm(), "{kind}: {}", found.force);
            assert!((found.moment - moment).norm() < 1e-12 * moment.norm(), "{kind}: {}", found.moment);
        }
    }
}

#[test]
fn a_moment_on_collinear_nodes_about_their_line_is_refused() {
    let mesh = cube(ElementKind::Hex8, 2);
    let edge = Shape::Cylinder { start: Point3::new(1.0, 1.0, -0.1), end: Point3::new(1.0, 1.0, 1.1), radius: 0.01 };
    let mut model = bone(&mesh);
    model.fix("x_min");
    let load = |moment| {
        let place = edge.nodes(&mesh).unwrap();
        LoadCase::new("edge").force_and_moment(place, Vector3::zeros(), moment, Point3::new(1.0, 1.0, 0.5))
    };
    let mut about_line = model.clone();
    about_line.load_case(load(vector(0.0, 0.0, 1.0)));
    assert!(message(about_line.solve(&Default::default(), &silent())).contains("cannot carry"));
    model.load_case(load(vector(1.0, 0.0, 0.0)));
    assert!(model.solve(&Default::default(), &silent()).is_ok());
}

#[test]
fn pressure_on_a_closed_surface_has_no_resultant_and_on_a_face_that_of_its_projection() {
    for kind in SOLIDS {
        let mesh = curved(kind);
        let materials = crate::material::MaterialMap::new(&mesh, &bone(&mesh).materials).unwrap();
        let of = |place| {
            let forces = LoadCase::new("p").pressure(place, 2.5).nodal_forces(&mesh, &materials, &silent()).unwrap();
            Resultant::of(&mesh, &forces)
        };
        assert!(of(boundary(&mesh)).force.norm() < 1e-13, "{kind}");
    }
    let mesh = cube(ElementKind::Wedge15, 2);
    let materials = crate::material::MaterialMap::new(&mesh, &bone(&mesh).materials).unwrap();
    let forces = LoadCase::new("p").pressure("z_max", 2.5).nodal_forces(&mesh, &materials, &silent()).unwrap();
    assert!((Resultant::of(&mesh, &forces).force - vector(0.0, 0.0, -2.5)).norm() < 1e-14);
}

fn supported(mesh: &VolumeMesh) -> StaticsSolution {
    let mut model = LinearStatics::new(mesh);
    model.material(Place::Everywhere, Material::isotropic(17e3, 0.3).unwrap().with_density(2e-9));
    model.fix("z_min").spring("y_max", [50.0, 80.0, 20.0]);
    model.load_case(LoadCase::new("weight").gravity(vector(0.0, 0.0, -9806.65)));
    model.load_case(
        LoadCase::new("grip")
            .force_and_moment("x_max", vector(10.0, 20.0, -30.0), vector(5.0, 0.0, -8.0), Point3::new(1.5, 0.5, 0.5))
            .pressure("z_max", 1.0),
    );
    model.solve(&Default::default(), &silent()).unwrap()
}

#[test]
fn reactions_and_springs_balance_the_loads_of_every_case() {
    for mesh in [curved_tet(), curved(ElementKind::Hex20), distorted(ElementKind::Wedge6)] {
        let solution = supported(&mesh);
        assert_eq!(solution.cases.len(), 2);
        for case in &solution.cases {
            let balance = &case.balance;
            assert!(balance.applied.force.norm() > 1e-6 && balance.springs.force.norm() > 0.0);
            assert!(balance.force_error < 1e-10 && balance.moment_error < 1e-10, "{}: {balance:?}", case.name);
            assert!(balance.residual < 1e-9, "{}: {:e}", case.name, balance.residual);
        }
        let held = Place::from("z_min").nodes(&mesh, "test").unwrap();
        let weight = &solution.cases[0];
        let reaction = weight.reaction_of(&mesh, &held).force + weight.balance.springs.force;
        assert!((reaction + weight.balance.applied.force).norm() < 1e-9 * reaction.norm());
    }
}

#[test]
fn a_load_case_does_not_depend_on_its_neighbours_and_the_energy_is_half_the_work() {
    let mesh = curved_tet();
    let mut model = bone(&mesh);
    model.fix("z_min").load_case(LoadCase::new("push").traction("z_max", vector(1.0, 2.0, -3.0)));
    let alone = model.solve(&Default::default(), &silent()).unwrap();
    model.load_case(LoadCase::new("twice").traction("z_max", vector(2.0, 4.0, -6.0)));
    let both = model.solve(&Default::default(), &silent()).unwrap();
    for (u, twice) in alone.cases[0].displacement.iter().zip(&both.cases[1].displacement) {
        assert!((u * 2.0 - twice).norm() < 1e-12 * (1.0 + u.norm()), "{u}");
    }
    let materials = crate::material::MaterialMap::new(&mesh, &model.materials).unwrap();
    let forces = model.cases[0].nodal_forces(&mesh, &materials, &silent()).unwrap();
    let work: f64 = forces.iter().zip(&alone.cases[0].displacement).map(|(f, u)| f.dot(u)).sum();
    assert!((alone.cases[0].strain_energy / (0.5 * work) - 1.0).abs() < 1e-10);
}

#[test]
fn springs_alone_can_hold_a_body_and_give_by_force_over_stiffness() {
    let mesh = cube(ElementKind::Hex20, 1);
    let mut model = bone(&mesh);
    model.spring("z_min", [100.0, 200.0, 400.0]);
    model.load_case(LoadCase::new("pull").force("z_min", vector(1.0, 2.0, 4.0)));
    let solution = model.solve(&Default::default(), &silent()).unwrap();
    let motion = model.mean_motion(&solution.cases[0], &"z_min".into(), &silent()).unwrap();
    assert!((motion.displacement - Vector3::repeat(0.01)).norm() < 1e-11, "{}", motion.displacement);
}

#[test]
fn an_oblique_symmetry_plane_answers_like_an_aligned_one() {
    let turn = nalgebra::Rotation3::from_euler_angles(0.3, -0.6, 1.2);
    let stretch = |turn: nalgebra::Rotation3<f64>| {
        let mesh = mapped_block(ElementKind::Tet10, [2; 3], |p| turn * Point3::from(p)).unwrap();
        let mut model = bone(&mesh);
        model.symmetry("x_min").symmetry("y_min").symmetry("z_min");
        model.load_case(LoadCase::new("pull").traction_field("x_max", move |x, n| n * (1.0 + (turn.inverse() * x).y)));
        let solution = model.solve(&Default::default(), &silent()).unwrap();
        let found = solution.cases[0].displacement.iter().map(|u| turn.inverse() * u).collect::<Vec<_>>();
        (found, solution.cases[0].balance)
    };
    let (aligned, _) = stretch(nalgebra::Rotation3::identity());
    let (turned, balance) = stretch(turn);
    let size = aligned.iter().map(|u| u.norm()).fold(0.0, f64::max);
    assert!(aligned.iter().zip(&turned).all(|(a, b)| (a - b).norm() < 1e-9 * size));
    assert!(balance.force_error < 1e-10 && balance.moment_error < 1e-10);
}

#[test]
fn one_and_three_threads_give_the_same_bits() {
    let mesh = mapped_block(ElementKind::Tet10, [5; 3], |[x, y, z]| Point3::new(x + 0.1 * y * y, y, z)).unwrap();
    let run = || {
        let mut model = bone(&mesh);
        model.fix("z_min").load_case(LoadCase::new("push").traction("z_max", vector(1.0, 2.0, -3.0)));
        let solution = model.solve(&Default::default(), &silent()).unwrap();
        let recovery = model.recover(&solution.cases[0], &silent()).unwrap();
        let displacement = solution.cases[0].displacement.iter().flat_map(|u| u.iter().copied());
        let stress = recovery.stress.iter().flat_map(|s| s.iter().copied());
        let all = displacement.chain(stress).chain(recovery.element_error.iter().copied());
        all.map(f64::to_bits).collect::<Vec<_>>()
    };
    let with = |threads| rayon::ThreadPoolBuilder::new().num_threads(threads).build().unwrap().install(run);
    assert_eq!(with(1), with(3));
}

#[test]
fn a_cancelled_solve_stops_with_that_reason() {
    let mesh = cube(ElementKind::Hex8, 3);
    let mut model = bone(&mesh);
    model.fix("z_min").load_case(LoadCase::new("nothing"));
    // Cancel from within the run, at the first message of the solver stage.
    let control = std::sync::Arc::new(std::sync::OnceLock::<RunControl>::new());
    let handle = control.clone();
    let listening = RunControl::new(move |progress| {
        if progress.stage.contains("solve") {
            handle.get().unwrap().cancel();
        }
    });
    control.set(listening.clone()).unwrap();
    assert!(matches!(model.solve(&Default::default(), &listening), Err(SolidError::Cancelled(_))));
}

#[test]
fn a_weighted_spread_carries_its_force_and_moment_and_moves_by_the_work_they_do() {
    let mesh = cube(ElementKind::Tet10, 3);
    let mut model = bone(&mesh);
    model.fix("z_min");
    let fade = |x: &Point3<f64>| (1.0 - 3.0 * (x - Point3::new(0.4, 0.6, 1.0)).norm_squared()).max(0.0);
    let spread = crate::Spread::weighted("z_max", fade);
    let (force, point) = (vector(3.0, -2.0, -5.0), Point3::new(0.3, 0.9, 1.4));
    model.load_case(LoadCase::new("push").force_and_moment(spread.clone(), force, Vector3::zeros(), point));
    let solution = model.solve(&Default::default(), &silent()).unwrap();
    let case = &solution.cases[0];
    assert!(case.balance.force_error < 1e-9 && case.balance.moment_error < 1e-9, "{:?}", case.balance);
    let motion = model.mean_motion(case, &spread, &silent()).unwrap();
    assert!((force.dot(&motion.at(&point)) / (2.0 * case.strain_energy) - 1.0).abs() < 1e-9);
    let nothing = crate::Spread::weighted("z_max", |_| -1.0);
    assert!(message(model.mean_motion(case, &nothing, &silent())).contains("weight is zero"));
}
