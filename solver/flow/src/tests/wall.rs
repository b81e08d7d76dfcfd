//! Wall shear stress: nothing at rest under pressure, its orders in round pipes and in a wedge.

use super::tube::{developed, pipe, tube};
use super::{cube, on, space};
use crate::{Condition, Convection, Flow, FlowOptions, FlowSpace, Fluid, Outlet, Wall, Womersley};
use control::RunControl;
use mesh::{ElementKind, Face, Point3};
use meshing::sweep::TubeOptions;
use meshing::{Distortion, distorted_block};
use nalgebra::{Complex, Vector3};
use std::f64::consts::{FRAC_PI_6, TAU};
use std::sync::Arc;

/// Errors over the exact shear, both as L2 norms over the wall, by forces and by gradient; and the gap between them.
fn errors_of(flow: &Flow<'_>, regions: &[&str], exact: impl Fn(&Point3<f64>) -> Vector3<f64>) -> [f64; 3] {
    let control = RunControl::silent();
    let wall = Wall::new(flow.space, regions, &control).unwrap();
    let found = wall.shear(flow, &control).unwrap();
    let samples = wall.samples(None).unwrap();
    let exact: Vec<Vector3<f64>> = wall.nodes().iter().map(|&node| exact(&flow.space.point(node as usize))).collect();
    let norm = |squares: &[f64]| samples.statistics(squares).unwrap().mean.sqrt();
    let size = norm(&exact.iter().map(Vector3::norm_squared).collect::<Vec<_>>());
    let [forces, gradient] = [&found.by_forces, &found.by_gradient].map(|tau| {
        let off: Vec<f64> = tau.iter().zip(&exact).map(|(a, b)| (a - b).norm()).collect();
        let squares: Vec<f64> = off.iter().map(|off| off * off).collect();
        let largest = |rim: bool| {
            let of_kind = off.iter().zip(wall.is_rim()).filter(|(_, is_rim)| **is_rim == rim);
            of_kind.map(|(off, _)| *off).fold(0.0, f64::max)
        };
        let error = norm(&squares) / size;
        println!("  {error:.2e}, at most {:.2e}, on the rim {:.2e}", largest(false), largest(true));
        error
    });
    println!("  gap {:.2e}, {} nodes", found.relative_gap, wall.nodes().len());
    let pairs = found.by_forces.iter().zip(&found.by_gradient).map(|(a, b)| (a - b).norm());
    assert!(pairs.eq(found.gap.iter().copied()));
    [forces, gradient, found.relative_gap]
}

/// Errors at two sizes: the order of each recovery, and the gap as large as the larger error.
fn assert_orders(name: &str, errors: &[[f64; 3]; 2], least: [f64; 2], most: [f64; 2]) {
    let orders = [0, 1].map(|way| (errors[0][way] / errors[1][way]).log2());
    println!("{name}: {:.1e} {:.1e}, orders by forces and gradient {orders:.2?}", errors[1][0], errors[1][1]);
    for way in 0..2 {
        assert!(orders[way] > least[way] && errors[1][way] < most[way], "{name}: {errors:?} {orders:?}");
    }
    for [forces, gradient, gap] in errors {
        let ratio = gap / forces.max(*gradient);
        assert!(ratio > 0.5 && ratio < 2.0, "{name}: {errors:?}");
    }
}

#[test]
fn poiseuille_has_its_shear_in_a_round_pipe() {
    let errors_at = |kind, around: usize| {
        println!("{kind}, {around} around");
        let space = pipe(kind, around, 1.0, around / 8);
        errors_of(&developed(&space, 1.0), &["wall"], |_| Vector3::z())
    };
    let quadratic = [8, 16].map(|around| errors_at(ElementKind::Tet10, around));
    assert_orders("Tet10", &quadratic, [2.3, 1.8], [3e-3, 4e-3]);
    let linear = [16, 32].map(|around| errors_at(ElementKind::Tet4, around));
    assert_orders("Tet4", &linear, [1.2, 1.8], [4e-2, 4e-3]);
}

/// One period from the exact state, the profile given at the inlet, five nodes in the Stokes layer R/α beside that on the wall: the
/// first harmonic of the mean shear, its amplitude and phase, within 2 % by both ways.
#[test]
fn womersley_has_its_shear_with_five_nodes_in_the_stokes_layer() {
    for (alpha, rings, first_height) in [(2.0, 3, None), (5.0, 7, None), (15.0, 9, Some(0.4 / 15.0))] {
        let length = 1.0;
        let kind = ElementKind::Tet10;
        let rings = Some(rings);
        let options =
            TubeOptions { kind, around: 16, rings, first_height, length: Some(0.5), ..TubeOptions::default() };
        let space = tube(length, &options);
        let fluid = Fluid { density: 1.0, viscosity: TAU / (alpha * alpha) };
        let exact = Womersley::new(alpha);
        let turn = move |t: f64| Complex::from_polar(1.0, TAU * t);
        let speed = move |p: &Point3<f64>, t: f64| (exact.velocity(p.x.hypot(p.y).min(1.0)) * turn(t)).re;
        let profile = move |p: &Point3<f64>, t: f64| Vector3::z() * speed(p, t);
        let mut conditions = on(&["wall"], &Condition::Wall);
        conditions.extend(on(&["inlet"], &Condition::Velocity(Arc::new(profile))));
        conditions.extend(on(&["outlet_1"], &Condition::Open(Outlet::pressure(0.0))));
        let control = RunControl::silent();
        // Flow returns through the outlet as it left.
        let options = FlowOptions { backflow: 0.0, ..FlowOptions::default() };
        let mut flow = Flow::new(&space, fluid, &conditions, options, &control).unwrap();
        let slope = exact.pressure_slope().re * TAU;
        flow.start(0.0, |p| profile(p, 0.0), |p| slope * (p.z - length), &control).unwrap();
        let wall = Wall::new(&space, &["wall"], &control).unwrap();
        let resolved = flow.resolution(&wall, TAU).unwrap().layer.least_nodes;
        let mut harmonics = [Complex::from(0.0); 2];
        let mut gap = 0.0_f64;
        for k in 1..=100 {
            flow.step(0.01, &control).unwrap();
            if k % 5 == 0 {
                let shear = wall.shear(&flow, &control).unwrap();
                let back = turn(flow.time()).conj() * 0.1;
                let means = [&shear.by_forces, &shear.by_gradient].map(|tau| mean_along(&wall, tau));
                harmonics.iter_mut().zip(means).for_each(|(sum, mean)| *sum += back * mean);
                gap = gap.max(shear.gap.iter().copied().fold(0.0, f64::max));
            }
        }
        let shear = exact.wall_shear() * fluid.viscosity;
        let off = harmonics.map(|harmonic| (harmonic / shear - 1.0).norm());
        let gap = gap / shear.norm();
        println!("alpha {alpha}: {resolved:.2} nodes in the layer, off by {off:.4?}, gap at most {gap:.3}");
        assert!(resolved > 4.9 && off.iter().all(|off| *off < 0.02) && gap < 0.06, "{alpha}: {off:?} {gap}");
    }
}

/// The mean over a wall of the component along z.
fn mean_along(wall: &Wall<'_>, tau: &[Vector3<f64>]) -> f64 {
    let along: Vec<f64> = tau.iter().map(|tau| tau.z).collect();
    wall.samples(None).unwrap().statistics(&along).unwrap().mean
}

#[test]
fn the_bits_of_the_shear_do_not_depend_on_the_number_of_threads() {
    let bits = |threads: usize| {
        rayon::ThreadPoolBuilder::new().num_threads(threads).build().unwrap().install(|| {
            let space = pipe(ElementKind::Tet10, 16, 1.0, 2);
            let flow = developed(&space, 1.0);
            let control = RunControl::silent();
            let wall = Wall::new(&space, &["wall"], &control).unwrap();
            let shear = wall.shear(&flow, &control).unwrap();
            let energy = flow.energy(&["inlet", "outlet_1"]).unwrap();
            let vectors = shear.by_forces.iter().chain(&shear.by_gradient).flat_map(|tau| tau.iter().copied());
            let numbers = vectors.chain([shear.relative_gap, energy.loss(), energy.within.dissipation]);
            numbers.map(f64::to_bits).collect::<Vec<_>>()
        })
    };
    assert!(bits(1) == bits(3));
}

/// Between plates at ±30°, from r = 1 to 2, Stokes flow outward: u = (cos 2θ - cos 2α)/r (Jeffery and Hamel).
fn wedge(kind: ElementKind, n: usize) -> FlowSpace {
    let map = |x: [f64; 3]| {
        let (r, theta) = (1.0 + x[0], FRAC_PI_6 * (2.0 * x[1] - 1.0));
        Point3::new(r * theta.cos(), r * theta.sin(), 0.3 * x[2])
    };
    let distortion = Distortion { amplitude: 0.15, seed: 7 };
    space(&distorted_block(kind, [n, n, (n / 4).max(2)], distortion, map).unwrap())
}

fn radial(p: &Point3<f64>) -> Vector3<f64> {
    let square = p.x * p.x + p.y * p.y;
    Vector3::new(p.x, p.y, 0.0) * (((p.x * p.x - p.y * p.y) / square - 0.5) / square)
}

fn outward(space: &FlowSpace) -> Flow<'_> {
    let mut conditions = on(&["y_min", "y_max"], &Condition::Wall);
    conditions.extend(on(&["z_min", "z_max"], &Condition::Slip));
    conditions.extend(on(&["x_min", "x_max"], &Condition::Velocity(Arc::new(|p, _| radial(p)))));
    let options = FlowOptions { speed: 1.0, convection: Convection::None, ..FlowOptions::default() };
    let control = RunControl::silent();
    let mut flow = Flow::new(space, Fluid { density: 1.0, viscosity: 0.5 }, &conditions, options, &control).unwrap();
    let pressure = |p: &Point3<f64>| (p.x * p.x - p.y * p.y) / (p.x * p.x + p.y * p.y).powi(2);
    flow.start(0.0, radial, pressure, &control).unwrap();
    (0..20).for_each(|_| drop(flow.step(0.1, &control).unwrap()));
    flow
}

/// A shear that falls with the square of the distance, velocities that no element holds, in a mesh with shifted nodes.
#[test]
fn shear_that_varies_along_the_wall_of_a_wedge() {
    let errors_at = |kind, n: usize| {
        println!("{kind}, {n} across");
        let shear = |p: &Point3<f64>| {
            let square = p.x * p.x + p.y * p.y;
            Vector3::new(p.x, p.y, 0.0) * (0.75_f64.sqrt() / (square * square.sqrt()))
        };
        errors_of(&outward(&wedge(kind, n)), &["y_min", "y_max"], shear)
    };
    let quadratic = [4, 8].map(|n| errors_at(ElementKind::Tet10, n));
    assert_orders("Tet10", &quadratic, [2.2, 2.5], [6e-3, 7e-3]);
    let linear = [8, 16].map(|n| errors_at(ElementKind::Tet4, n));
    assert_orders("Tet4", &linear, [1.0, 1.5], [0.12, 3e-2]);
}

/// Quadratic elements hold the flow between plates: so do both recoveries, at the rims too.
#[test]
fn plane_poiseuille_has_its_shear_exactly() {
    let space = cube(ElementKind::Tet10, [6, 3, 1], [2.0, 1.0, 0.3]);
    let profile = |p: &Point3<f64>| Vector3::x() * (4.0 * p.y * (1.0 - p.y));
    let mut conditions = on(&["y_min", "y_max"], &Condition::Wall);
    conditions.extend(on(&["z_min", "z_max"], &Condition::Slip));
    conditions.extend(on(&["x_min"], &Condition::Velocity(Arc::new(move |p, _| profile(p)))));
    conditions.extend(on(&["x_max"], &Condition::Open(Outlet::pressure(0.0))));
    let control = RunControl::silent();
    let fluid = Fluid { density: 1.0, viscosity: 0.1 };
    let mut flow = Flow::new(&space, fluid, &conditions, FlowOptions::default(), &control).unwrap();
    flow.start(0.0, profile, |p| 0.8 * (2.0 - p.x), &control).unwrap();
    (0..5).for_each(|_| drop(flow.step(0.02, &control).unwrap()));
    let [forces, gradient, gap] = errors_of(&flow, &["y_min", "y_max"], |_| Vector3::x() * 0.4);
    assert!(forces < 1e-8 && gradient < 1e-8 && gap < 1e-8, "{forces} {gradient} {gap}");
}

/// The pressure of an artery, ten thousand times the shear, leaves none on a curved wall.
#[test]
fn a_fluid_at_rest_under_pressure_shears_no_wall() {
    for kind in [ElementKind::Tet10, ElementKind::Tet4] {
        let space = pipe(kind, 8, 1.0, 1);
        let mut conditions = on(&["wall"], &Condition::Wall);
        conditions.extend(on(&["inlet", "outlet_1"], &Condition::Open(Outlet::pressure(0.0133))));
        let control = RunControl::silent();
        let options = FlowOptions { speed: 1.0, ..FlowOptions::default() };
        let fluid = Fluid { density: 1.06e-9, viscosity: 3.5e-9 };
        let flow = Flow::new(&space, fluid, &conditions, options, &control).unwrap();
        let wall = Wall::new(&space, &["wall"], &control).unwrap();
        let shear = wall.shear(&flow, &control).unwrap();
        let largest = shear.by_forces.iter().chain(&shear.by_gradient).map(Vector3::norm).fold(0.0, f64::max);
        println!("{kind}: {largest:.1e} MPa");
        assert!(largest < 1e-13, "{largest}");
    }
}

#[test]
fn statistics_are_over_the_area_of_curved_faces_or_some_of_them() {
    let control = RunControl::silent();
    let space = pipe(ElementKind::Tet10, 16, 1.0, 2);
    let wall = Wall::new(&space, &["wall"], &control).unwrap();
    let along: Vec<f64> = wall.nodes().iter().map(|&node| space.point(node as usize).z).collect();
    let all = wall.samples(None).unwrap().statistics(&along).unwrap();
    assert!((all.area / TAU - 1.0).abs() < 1e-4 && (all.mean - 0.5).abs() < 1e-9, "{} {}", all.area, all.mean);
    assert!((all.minimum, all.maximum) == (0.0, 1.0));
    for part in [0.05, 0.3, 0.5, 0.95] {
        let [found, below] = [all.percentile(part), all.fraction_below(part)];
        assert!((found - part).abs() < 1e-4 && (below - part).abs() < 1e-4, "{part}: {found} {below}");
    }
    let square: Vec<f64> = along.iter().map(|z| z * z).collect();
    let curved = wall.samples(None).unwrap().statistics(&square).unwrap();
    assert!((curved.mean - 1.0 / 3.0).abs() < 1e-6 && (curved.percentile(0.5) - 0.25).abs() < 2e-3);
    assert!(all.fraction_below(0.0) == 0.0 && (all.fraction_below(2.0) - 1.0).abs() < 1e-12);
    let corner_mean =
        |face: &Face| space.face_nodes(*face)[..3].iter().map(|&node| space.point(node as usize).z).sum::<f64>() / 3.0;
    let given = |face: &Face| Face { element: space.given_elements[face.element as usize], ..*face };
    let third: Vec<Face> =
        space.faces("wall").unwrap().iter().filter(|face| corner_mean(face) < 1.0 / 3.0).map(given).collect();
    let part = wall.samples(Some(&third)).unwrap().statistics(&along).unwrap();
    assert!(
        (part.area - all.area / 3.0).abs() < 1e-9 && (part.mean - 1.0 / 6.0).abs() < 1e-9,
        "{} {}",
        part.area,
        part.mean
    );
    let inside = Face { element: 0, side: 9 };
    assert!(wall.samples(Some(&[inside])).unwrap_err().to_string().contains("no face of the wall"));
    assert!(wall.samples(None).unwrap().statistics(&along[1..]).is_err());
    assert!(Wall::new(&space, &["sac"], &control).unwrap_err().to_string().contains("no face region \"sac\""));
}
