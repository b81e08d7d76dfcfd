//! Profiles and fluxes of inflows.

use super::{cube, on, rates, space};
use crate::open::for_each_face_point;
use crate::{Condition, Conditions, Flow, FlowOptions, FlowSpace, Fluid, Inflow, Outlet, Profile, Waveform, Womersley};
use control::RunControl;
use mesh::{ElementKind, Face, Point3, Region, SurfaceMesh, primitives};
use meshing::sweep::{Profile as Radius, StraightAxis, Tube, TubeOptions, mesh_tube};
use meshing::{MeshOptions, mapped_block, mesh_surface};
use nalgebra::Complex;
use std::f64::consts::{PI, TAU};

const PROFILES: [Profile; 3] = [Profile::Plug, Profile::Parabolic, Profile::Womersley];
const KINDS: [ElementKind; 2] = [ElementKind::Tet4, ElementKind::Tet10];

fn inflow(space: &FlowSpace, region: &str, profile: Profile, waveform: &Waveform, viscosity: f64) -> Inflow {
    Inflow::new(space, region, profile, waveform, viscosity, &RunControl::silent()).unwrap()
}

/// ∫ u·n over a region by the mesh's own quadrature.
fn flux(space: &FlowSpace, region: &str, inflow: &Inflow, time: f64) -> f64 {
    let mut u = vec![nalgebra::Vector3::zeros(); space.nodes()];
    inflow.velocities(time).into_iter().for_each(|(node, velocity)| u[node as usize] = velocity);
    let mut through = 0.0;
    for_each_face_point(space, space.faces(region).unwrap(), |nodes, values, normal| {
        nodes.iter().zip(values).for_each(|(&node, value)| through += normal.dot(&u[node as usize]) * value);
    });
    through
}

/// Half a millimetre of a pipe of radius 1 along z.
fn disc(kind: ElementKind, around: usize, rings: usize, first_height: Option<f64>) -> FlowSpace {
    let axis = StraightAxis { from: Point3::origin(), to: Point3::new(0.0, 0.0, 0.5) };
    let tube = Tube { axis: &axis, radius: Radius::Constant(1.0), wall: None };
    let options =
        TubeOptions { kind, around, rings: Some(rings), first_height, length: Some(0.5), ..TubeOptions::default() };
    space(&mesh_tube(&tube, &options, &RunControl::silent()).unwrap().mesh)
}

/// The same with an elliptic section with the axes 1 and 0.5, at a slant.
fn ellipse(kind: ElementKind, around: usize) -> FlowSpace {
    let mut space = disc(kind, around, around / 8, None);
    space.mesh.nodes.iter_mut().for_each(|p| *p = slanted(Point3::new(p.x, 0.5 * p.y, p.z)));
    space
}

fn slanted(p: Point3<f64>) -> Point3<f64> {
    nalgebra::Rotation3::from_euler_angles(0.4, -1.1, 2.0) * p
}

/// The L2 norm of the error on the region over that of the exact speed, both over the times as well.
fn error(space: &FlowSpace, inflow: &Inflow, times: &[f64], exact: impl Fn(&Point3<f64>, f64) -> f64) -> f64 {
    let mut squares = [0.0; 2];
    for &time in times {
        let mut u = vec![nalgebra::Vector3::zeros(); space.nodes()];
        inflow.velocities(time).into_iter().for_each(|(node, velocity)| u[node as usize] = velocity);
        for_each_face_point(space, space.faces(inflow.region()).unwrap(), |nodes, values, normal| {
            let own = || nodes.iter().map(|&node| node as usize).zip(values);
            let at = own().fold(Point3::origin(), |sum, (node, value)| sum + space.point(node).coords * *value);
            let velocity = own().fold(nalgebra::Vector3::zeros(), |sum, (node, value)| sum + u[node] * *value);
            let expected = exact(&at, time);
            squares[0] += normal.norm() * (velocity - inflow.inward() * expected).norm_squared();
            squares[1] += normal.norm() * expected * expected;
        });
    }
    (squares[0] / squares[1]).sqrt()
}

/// An elliptic tube filled by stuffing, whose ends are not structured: the flux is the waveform's at all times, also when it
/// turns round, and the rim stands still.
#[test]
fn the_flux_is_exact_on_a_rough_patch() {
    let mut surface: SurfaceMesh = primitives::cylinder(1.5, 2.0, 32, 8);
    surface.points.iter_mut().for_each(|p| *p = slanted(Point3::new(p.x, 0.6 * p.y, p.z)));
    let jagged =
        Waveform::samples(&[0.0, 0.1, 0.2, 0.3, 0.5, 0.7], &[9.0, 90.0, -40.0, 5.0, 1.0, 4.0], Some(0.9)).unwrap();
    for order in [1, 2] {
        let options = MeshOptions { size: Some(0.5), order, ..MeshOptions::default() };
        let space = space(&mesh_surface(&surface, &options, &RunControl::silent()).unwrap().mesh);
        for waveform in [Waveform::internal_carotid().scaled(3000.0).unwrap(), jagged.ramped(0.15).unwrap()] {
            for profile in PROFILES {
                let inflow = inflow(&space, "cap_1", profile, &waveform, 3.3);
                let times = [0.0, 0.03, 0.1, 0.22, 0.5, 0.93, 7.7];
                let off = |t: f64| (flux(&space, "cap_1", &inflow, t) + waveform.at(t)).abs() / waveform.largest();
                let worst = times.into_iter().map(off).fold(0.0, f64::max);
                println!("order {order} {profile:?}: flux off {worst:.1e}, {:?}", inflow.report());
                assert!(worst < 1e-12, "{worst}");
                let velocities = inflow.velocities(0.1);
                let still = velocities.iter().filter(|(_, u)| u.norm() == 0.0).count();
                assert!(still == inflow.rim().count() && still > 10 && still < velocities.len(), "{still}");
            }
        }
    }
}

#[test]
fn a_disc_has_the_paraboloid_with_the_order_of_its_elements() {
    let waveform = Waveform::constant(5.0).unwrap();
    for (kind, least) in [(ElementKind::Tet4, 1.8), (ElementKind::Tet10, 2.8)] {
        let errors = [16, 32].map(|around| {
            let space = disc(kind, around, around / 4, None);
            let inflow = inflow(&space, "inlet", Profile::Parabolic, &waveform, 1.0);
            error(&space, &inflow, &[0.0], |p, _| 2.0 * 5.0 / PI * (1.0 - p.x * p.x - p.y * p.y))
        });
        println!("{kind}: {errors:?}, order {:.2}", rates(&errors)[0]);
        assert!(rates(&errors)[0] > least, "{errors:?}");
    }
}

/// A single harmonic on the disc, at eight times of its period.
#[test]
fn a_disc_has_womersleys_profile_with_the_order_of_its_elements() {
    let waveform = Waveform::series(0.0, 1.0, &[(5.0, 0.0)]).unwrap();
    let times: Vec<f64> = (0..8).map(|k| f64::from(k) / 8.0).collect();
    for alpha in [2.0, 5.0, 15.0] {
        let exact = Womersley::new(alpha);
        for (kind, least) in [(ElementKind::Tet4, 1.9), (ElementKind::Tet10, 2.9)] {
            let errors = [32, 64].map(|around| {
                let space = disc(kind, around, around / 4, None);
                let inflow = inflow(&space, "inlet", Profile::Womersley, &waveform, TAU / (alpha * alpha));
                let report = inflow.report();
                assert!((report.womersley / alpha - 1.0).abs() < 0.02 && report.harmonics == 1, "{report:?}");
                error(&space, &inflow, &times, |p, t| {
                    let turn = Complex::from_polar(1.0, TAU * t);
                    5.0 / PI * (exact.velocity(p.x.hypot(p.y).min(1.0)) * turn).re
                })
            });
            println!("alpha {alpha} {kind}: {errors:?}, order {:.2}", rates(&errors)[0]);
            assert!(rates(&errors)[0] > least, "{errors:?}");
        }
    }
}

#[test]
fn an_ellipse_has_its_paraboloid() {
    let waveform = Waveform::constant(5.0).unwrap();
    let turned = |p: &Point3<f64>| nalgebra::Rotation3::from_euler_angles(0.4, -1.1, 2.0).inverse() * p;
    for (kind, least, most) in [(ElementKind::Tet4, 1.8, 3e-2), (ElementKind::Tet10, 2.8, 1e-3)] {
        let errors = [16, 32].map(|around| {
            let space = ellipse(kind, around);
            let inflow = inflow(&space, "inlet", Profile::Parabolic, &waveform, 1.0);
            error(&space, &inflow, &[0.0], |p, _| {
                let p = turned(p);
                2.0 * 5.0 / (0.5 * PI) * (1.0 - p.x * p.x - 4.0 * p.y * p.y)
            })
        });
        println!("{kind}: {errors:?}, order {:.2}", rates(&errors)[0]);
        assert!(rates(&errors)[0] > least && errors[1] < most, "{errors:?}");
    }
    // Ramanujan's perimeter of the ellipse.
    let h = (0.5_f64 / 1.5).powi(2);
    let perimeter = PI * 1.5 * (1.0 + 3.0 * h / (10.0 + (4.0 - 3.0 * h).sqrt()));
    let space = ellipse(ElementKind::Tet10, 32);
    let report = *inflow(&space, "inlet", Profile::Parabolic, &waveform, 2.0).report();
    let expected = [0.5 * PI, 2.0 * 0.5_f64.sqrt(), 2.0 * PI / perimeter, 10.0 / PI, 20.0 / PI];
    let found =
        [report.area, report.equivalent_diameter, report.hydraulic_diameter, report.mean_speed, report.peak_speed];
    for (found, expected) in found.iter().zip(expected) {
        assert!((found / expected - 1.0).abs() < 3e-3, "{report:?}");
    }
    assert!((report.reynolds / (report.mean_speed * report.hydraulic_diameter / 2.0) - 1.0).abs() < 1e-12);
}

/// Between two planes of symmetry the profile of a channel is that of plates, which quadratic elements hold exactly.
#[test]
fn beside_planes_of_symmetry_the_fluid_moves() {
    let space = cube(ElementKind::Tet10, [2, 4, 2], [2.0, 1.0, 0.5]);
    let (waveform, control) = (Waveform::constant(3.0).unwrap(), RunControl::silent());
    let sides = ["z_min", "z_max"];
    let inflow = Inflow::beside(&space, "x_min", &sides, Profile::Parabolic, &waveform, 1.0, &control).unwrap();
    let off = error(&space, &inflow, &[0.0], |p, _| 6.0 * 3.0 / 0.5 * p.y * (1.0 - p.y));
    assert!(off < 1e-12, "{off}");
    let alone = Inflow::new(&space, "x_min", Profile::Parabolic, &waveform, 1.0, &control).unwrap();
    let conditions = |inflow: Inflow| {
        let mut conditions = on(&["y_min", "y_max"], &Condition::Wall);
        conditions.extend(on(&sides, &Condition::Slip));
        conditions.extend(on(&["x_max"], &Condition::Open(Outlet::pressure(0.0))));
        conditions.insert("x_min".to_owned(), inflow.into());
        conditions
    };
    let flow = |conditions: &Conditions| {
        let fluid = Fluid { density: 1.0, viscosity: 1.0 };
        Flow::new(&space, fluid, conditions, FlowOptions::default(), &control).err().map(|error| error.to_string())
    };
    assert_eq!(flow(&conditions(inflow)), None);
    let refused = flow(&conditions(alone.clone())).unwrap();
    assert!(refused.contains("ends at the plane of symmetry \"z_max\""), "{refused}");
    let mut foreign = conditions(alone);
    let moved = foreign.remove("x_min").unwrap();
    foreign.extend(on(&["x_min"], &Condition::Wall));
    foreign.insert("x_max".to_owned(), moved);
    let refused = flow(&foreign).unwrap();
    assert!(refused.contains("has an inflow made for \"x_min\""), "{refused}");
}

#[test]
fn patches_that_cannot_be_inflows_are_refused_with_a_remedy() {
    let control = RunControl::silent();
    let bent = mapped_block(ElementKind::Tet4, [4, 4, 4], |x| {
        Point3::new(x[0] - 0.02 * (PI * x[1]).sin() * (1.0 - x[0]), x[1], x[2])
    });
    let mut space = space(&bent.unwrap());
    let sides = ["x_min", "x_max", "y_min", "y_max", "z_min", "z_max"];
    let all: Vec<Face> = sides.iter().flat_map(|side| space.faces(side).unwrap().to_vec()).collect();
    let flat = space.faces("x_max").unwrap().to_vec();
    let apart = |face: &&Face| {
        let nodes = space.face_nodes(**face);
        nodes.iter().all(|&node| (space.point(node as usize).y - 0.5).abs() > 0.2)
    };
    let parts: Vec<Face> = flat.iter().filter(apart).copied().collect();
    for (name, faces) in [("all", all), ("parts", parts), ("one", flat[..1].to_vec())] {
        space.mesh.regions.insert(name.to_owned(), Region::Faces(faces));
    }
    let refused = |region: &str, symmetry: &[&str], viscosity: f64| {
        let waveform = Waveform::constant(3.0).unwrap();
        let made = Inflow::beside(&space, region, symmetry, Profile::Parabolic, &waveform, viscosity, &control);
        made.err().map(|error| error.to_string()).unwrap_or_default()
    };
    assert_eq!(refused("x_max", &[], 1.0), "");
    for (region, symmetry, viscosity, expected) in [
        ("x_min", &[][..], 1.0, "the inflow region \"x_min\" is not flat: a node lies 0.0"),
        ("all", &[], 1.0, "is closed and has no rim"),
        ("parts", &[], 1.0, "is not connected: 8 of its 16 faces"),
        ("one", &[], 1.0, "has no node inside its rim"),
        ("inlet", &[], 1.0, "no face region \"inlet\""),
        ("x_max", &["x_max"], 1.0, "does not stand across"),
        ("x_max", &["y_min", "y_max", "z_min", "z_max"], 1.0, "has no rim beside"),
        ("x_max", &[], 0.0, "the kinematic viscosity is 0"),
    ] {
        let found = refused(region, symmetry, viscosity);
        assert!(found.contains(expected), "{region}: {found}");
    }
}

/// Poiseuille's flow from rest: the whole of a ramped inflow leaves at every step, and its profile stays what it was.
#[test]
fn an_inflow_drives_a_pipe_without_loss() {
    for kind in KINDS {
        let space = disc(kind, 16, 3, None);
        let control = RunControl::silent();
        let waveform = Waveform::constant(PI).unwrap().ramped(0.2).unwrap();
        let inflow = inflow(&space, "inlet", Profile::Parabolic, &waveform, 1.0);
        let speed = inflow.report().peak_speed;
        let mut conditions = on(&["wall"], &Condition::Wall);
        conditions.extend(on(&["outlet_1"], &Condition::Open(Outlet::pressure(0.0))));
        conditions.insert("inlet".to_owned(), inflow.into());
        let fluid = Fluid { density: 1.0, viscosity: 1.0 };
        let options = FlowOptions { speed, tolerance: 1e-8, ..FlowOptions::default() };
        let mut flow = Flow::new(&space, fluid, &conditions, options, &control).unwrap();
        for _ in 0..40 {
            let report = flow.step(0.05, &control).unwrap();
            assert!((report.open["outlet_1"].flux / waveform.at(report.time) - 1.0).abs() < 1e-7, "{report:?}");
        }
        let off = (0..space.nodes()).map(|node| {
            let p = space.point(node);
            (flow.velocity()[node].z - 2.0 * (1.0 - p.x * p.x - p.y * p.y)).abs() / 2.0
        });
        let worst = off.fold(0.0, f64::max);
        println!("{kind}: profile off {worst:.1e}");
        assert!(worst < if kind == ElementKind::Tet10 { 0.01 } else { 0.1 }, "{worst}");
    }
}
