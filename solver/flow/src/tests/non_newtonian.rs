//! Fluids whose viscosity depends on the shear rate, against the exact flow between two planes.

use super::{cube, on, rates};
use crate::viscous::{Part, viscous_forces};
use crate::{Condition, Conditions, Convection, Flow, FlowOptions, FlowSpace, Fluid, Outlet, SteadyPolicy, Wall};
use constitutive::viscosity::{CarreauYasuda, Casson, Viscosity};
use control::RunControl;
use mesh::topology::boundary_faces;
use mesh::{ElementKind, Point3};
use nalgebra::Vector3;
use std::f64::consts::{PI, TAU};
use std::sync::Arc;

/// Of blood, t/mm³.
const DENSITY: f64 = 1.06e-9;
/// Gradient of the pressure, MPa/mm: about 40 1/s at the walls.
const GRADIENT: f64 = 2.5e-7;
/// From a wall to the plane of symmetry; length and width of the domain, mm.
const HALF: f64 = 1.0;
const LENGTH: f64 = 0.5;
const WIDTH: f64 = 0.25;

fn carreau() -> Viscosity {
    CarreauYasuda::new(56e-9, 3.45e-9, 3.313, 2.0, 0.3568).unwrap().into()
}

fn casson() -> Viscosity {
    Casson::new(3.45e-9, 5e-9, 0.5).unwrap().into()
}

/// The shear rate that makes a stress, by bisection.
fn shear_rate(law: &Viscosity, stress: f64) -> f64 {
    let (mut low, mut high) = (0.0, stress / law.least());
    for _ in 0..200 {
        let middle = 0.5 * (low + high);
        if law.at(middle) * middle < stress { low = middle } else { high = middle }
    }
    0.5 * (low + high)
}

/// Fully developed flow along x between a wall at y = 0 and a plane of symmetry at y = [`HALF`]: the stress is G (H - y), the rest
/// follows by Simpson's rule.
struct Exact {
    speeds: Vec<f64>,
}

impl Exact {
    const PARTS: usize = 4000;

    fn new(law: &Viscosity) -> Self {
        let step = HALF / Self::PARTS as f64;
        let rate = |y: f64| shear_rate(law, GRADIENT * (HALF - y));
        let mut speeds = vec![0.0];
        for k in 0..Self::PARTS {
            let y = k as f64 * step;
            let more = step / 6.0 * (rate(y) + 4.0 * rate(y + 0.5 * step) + rate(y + step));
            speeds.push(speeds[k] + more);
        }
        Self { speeds }
    }

    fn speed(&self, y: f64) -> f64 {
        let place = (y / HALF).clamp(0.0, 1.0) * Self::PARTS as f64;
        let k = (place as usize).min(Self::PARTS - 1);
        let part = place - k as f64;
        self.speeds[k] * (1.0 - part) + self.speeds[k + 1] * part
    }

    /// mm³/s through the width of the domain.
    fn flux(&self) -> f64 {
        let inner: f64 = self.speeds[1..Self::PARTS].iter().sum();
        WIDTH * HALF / Self::PARTS as f64 * (inner + 0.5 * (self.speeds[0] + self.speeds[Self::PARTS]))
    }
}

/// Driven by the pressures of two openings, from the exact flow to the steady state of the mesh.
fn channel<'s>(space: &'s FlowSpace, law: Viscosity, exact: &Exact) -> Flow<'s> {
    let mut conditions: Conditions = on(&["y_min"], &Condition::Wall);
    conditions.extend(on(&["y_max", "z_min", "z_max"], &Condition::Slip));
    conditions.extend(on(&["x_min"], &Condition::Open(Outlet::pressure(GRADIENT * LENGTH))));
    conditions.extend(on(&["x_max"], &Condition::Open(Outlet::pressure(0.0))));
    let options = FlowOptions { convection: Convection::None, speed: 20.0, tolerance: 1e-8, ..FlowOptions::default() };
    let fluid = Fluid { density: DENSITY, viscosity: law };
    let control = RunControl::silent();
    let mut flow = Flow::new(space, fluid, &conditions, options, &control).unwrap();
    let (velocity, pressure) =
        (|p: &Point3<f64>| Vector3::x() * exact.speed(p.y), |p: &Point3<f64>| GRADIENT * (LENGTH - p.x));
    flow.start(0.0, velocity, pressure, &control).unwrap();
    (0..200).for_each(|_| drop(flow.step(0.0025, &control).unwrap()));
    flow
}

/// Speed and flux converge to the exact ones; force, shear and heat are those of the exact stress.
#[test]
fn channels_have_the_flow_of_their_law() {
    let control = RunControl::silent();
    for (name, law, kind, counts, order, [most, most_shear]) in [
        ("Carreau-Yasuda", carreau(), ElementKind::Tet10, [4, 8], 2.8, [1e-3, 5e-4]),
        ("Casson", casson(), ElementKind::Tet10, [4, 8], 2.1, [1e-3, 5e-4]),
        ("Carreau-Yasuda", carreau(), ElementKind::Tet4, [8, 16], 1.7, [5e-3, 2e-2]),
        ("Casson", casson(), ElementKind::Tet4, [8, 16], 1.7, [5e-3, 2e-2]),
    ] {
        let exact = Exact::new(&law);
        let size = (exact.speeds.iter().map(|u| u * u).sum::<f64>() / exact.speeds.len() as f64).sqrt();
        let volume = LENGTH * HALF * WIDTH;
        let mut errors = Vec::new();
        for count in counts {
            let space = cube(kind, [2, count, 2], [LENGTH, HALF, WIDTH]);
            let flow = channel(&space, law, &exact);
            let [u, p] = flow.error_norms(|p| Vector3::x() * exact.speed(p.y), |p| GRADIENT * (LENGTH - p.x));
            let flux = flow.flux("x_max").unwrap();
            let force: Vector3<f64> = flow.forces("y_min", &control).unwrap().iter().map(|(_, force)| force).sum();
            let energy = flow.energy(&["x_min", "x_max"]).unwrap();
            let wall = Wall::new(&space, &["y_min"], &control).unwrap();
            let shear = wall.shear(&flow, &control).unwrap();
            let stress = GRADIENT * HALF;
            let mean = |shear: &[Vector3<f64>]| {
                shear.iter().map(|tau| (tau - Vector3::x() * stress).norm()).sum::<f64>() / shear.len() as f64 / stress
            };
            let limit = 20.0;
            let found = [
                u / volume.sqrt() / size,
                p / volume.sqrt() / (GRADIENT * LENGTH),
                flux / exact.flux() - 1.0,
                force.x / (stress * LENGTH * WIDTH) - 1.0,
                mean(&shear.by_forces),
                mean(&shear.by_gradient),
                energy.within.dissipation / (exact.flux() * GRADIENT * LENGTH) - 1.0,
                flow.share_below(limit) - law.at(limit) * limit / stress,
            ];
            let printed = found.map(|value| format!("{value:.1e}")).join(" ");
            println!("{name} {kind} {count}: u, p, flux, force, shear by forces, gradient, heat, share {printed}");
            errors.push(found);
        }
        let orders = rates(&errors.iter().map(|found| found[0]).collect::<Vec<_>>());
        println!("  order {orders:.2?}");
        assert!(orders[0] > order, "{name} {kind}: {orders:?}");
        let [u, p, flux, force, by_forces, by_gradient, heat, share] = errors[1].map(f64::abs);
        assert!(u < most && p < most && flux < most && heat < most, "{name} {kind}");
        assert!(force < 5e-4 && by_forces < most_shear && by_gradient < most_shear, "{name} {kind}");
        assert!(share < 1e-2, "{name} {kind}");
    }
}

fn duct<'s>(
    space: &'s FlowSpace,
    viscosity: Viscosity,
    speed: impl Fn(f64) -> f64 + Send + Sync + 'static,
) -> Flow<'s> {
    let inflow = move |p: &Point3<f64>, t| Vector3::x() * (speed(t) * (PI * p.y).sin() * (PI * p.z).sin());
    let mut conditions: Conditions = on(&["y_min", "y_max", "z_min", "z_max"], &Condition::Wall);
    conditions.extend(on(&["x_min"], &Condition::Velocity(Arc::new(inflow))));
    conditions.extend(on(&["x_max"], &Condition::Open(Outlet::pressure(0.0))));
    let options = FlowOptions { speed: 2.0, ..FlowOptions::default() };
    let fluid = Fluid { density: 1.0, viscosity };
    Flow::new(space, fluid, &conditions, options, &RunControl::silent()).unwrap()
}

/// A law without thinning is a Newtonian fluid, and a constant excess over the least viscosity has no force at any node.
#[test]
fn a_law_that_does_not_thin_is_newtonian() {
    let control = RunControl::silent();
    for kind in [ElementKind::Tet10, ElementKind::Tet4] {
        let space = cube(kind, [4, 3, 3], [2.0, 1.0, 1.0]);
        let velocity = |viscosity| {
            let mut flow = duct(&space, viscosity, |t| 1.0 - (-t).exp());
            (0..5).for_each(|_| drop(flow.step(0.05, &control).unwrap()));
            let forces = flow.forces("x_min", &control).unwrap().into_iter().map(|(_, force)| force);
            flow.velocity().iter().copied().chain(forces).collect::<Vec<_>>()
        };
        let law = CarreauYasuda::new(0.05, 0.05, 1.0, 2.0, 0.4).unwrap();
        let pairs = [velocity(law.into()), velocity(0.05.into())];
        let off = pairs[0].iter().zip(&pairs[1]).map(|(a, b)| (a - b).norm()).fold(0.0, f64::max);
        println!("{kind}: off by {off:.1e}");
        assert!(off < 1e-11, "{off}");
        let law = CarreauYasuda::new(1.0, 0.1, 1.0, 2.0, 1.0).unwrap();
        let some = |p: Point3<f64>| Vector3::new((3.0 * p.y).sin(), p.x * p.z - 0.4, (2.0 * p.x + p.y).cos());
        let w: Vec<Vector3<f64>> = (0..space.nodes()).map(|node| some(space.point(node))).collect();
        let forces = |law: Viscosity| {
            viscous_forces(&space, &law, &w, Part::All, boundary_faces(&space.mesh), &control).unwrap()
        };
        let pairs = [forces(law.into()), forces(1.0.into())];
        let largest = pairs[0].iter().zip(&pairs[1]).map(|(a, b)| (a - b).norm()).fold(0.0, f64::max);
        assert!(largest < 1e-14, "{kind}: {largest:.1e}");
    }
}

/// The steady state of a thinning fluid is the same from steps of two lengths.
#[test]
fn the_steady_state_does_not_depend_on_the_step() {
    let control = RunControl::silent();
    let law = CarreauYasuda::new(0.4, 0.03, 2.0, 2.0, 0.3568).unwrap();
    for (kind, counts) in [(ElementKind::Tet10, [5, 3, 3]), (ElementKind::Tet4, [8, 5, 5])] {
        let space = cube(kind, counts, [2.0, 1.0, 1.0]);
        let solve = |courant: f64| {
            let mut flow = duct(&space, law.into(), |_| 1.0);
            let policy = SteadyPolicy { courant, unit: 1.0, change: 1e-7, longest: 100.0 };
            let report = policy.advance(&mut flow, &control, |_, _| Ok(())).unwrap();
            println!("{kind}: {report:?}");
            flow.velocity().to_vec()
        };
        let change = crate::march::difference(&solve(2.0), &solve(1.0));
        println!("{kind}: {change:.1e}");
        assert!(change < 1e-6, "{change}");
    }
}

/// Steps of a flow that swells and ebbs are of second order; with the least viscosity in the rotational correction they are not.
#[test]
fn a_thinning_fluid_keeps_the_order_in_time() {
    let control = RunControl::silent();
    let law = CarreauYasuda::new(0.4, 0.03, 2.0, 2.0, 0.3568).unwrap();
    let space = cube(ElementKind::Tet10, [4, 3, 3], [2.0, 1.0, 1.0]);
    let at = |steps: u32| {
        let mut flow = duct(&space, law.into(), |t| 0.5 - 0.5 * (TAU * t).cos());
        (0..steps).for_each(|_| drop(flow.step(0.8 / f64::from(steps), &control).unwrap()));
        flow.velocity().to_vec()
    };
    let finest = at(256);
    let errors = [16, 32, 64].map(|steps| crate::march::difference(&finest, &at(steps)));
    let orders = rates(&errors);
    println!("{errors:?} {orders:.2?}");
    assert!(orders.iter().all(|&order| order > 1.8), "{orders:?}");
}
