//! Seconds a time step, by element and kind of convection.
//!
//!     cargo run --release -p flow --example step_cost -- [CELLS] [Tet4|Tet10] [implicit|explicit] [blood]
//!
//! A box three times as long as wide, cells of six tetrahedra, an inflow that pulses and an opening. The last line has the least
//! seconds of any step, on the clock and of all cores.

use constitutive::viscosity::{CarreauYasuda, Viscosity};
use control::RunControl;
use flow::{Condition, Conditions, Convection, Flow, FlowOptions, FlowSpace, Fluid, Outlet};
use mesh::{ElementKind, Point3};
use meshing::mapped_block;
use nalgebra::Vector3;
use std::error::Error;
use std::sync::{Arc, OnceLock};
use std::time::Instant;

/// Steps that are timed.
const STEPS: usize = 40;

fn main() -> Result<(), Box<dyn Error + Send + Sync>> {
    // As runs do: steps begin on a thread of the pool.
    rayon::ThreadPoolBuilder::new().build()?.install(measure)
}

fn measure() -> Result<(), Box<dyn Error + Send + Sync>> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let cells: usize = arguments.first().map_or(Ok(19), |text| text.parse())?;
    let kind = if arguments.iter().any(|text| text == "Tet4") { ElementKind::Tet4 } else { ElementKind::Tet10 };
    let convection = match arguments.iter().any(|text| text == "explicit") {
        true => Convection::Explicit,
        false => Convection::Implicit,
    };
    let control = RunControl::silent();
    let mesh = mapped_block(kind, [3 * cells, cells, cells], |x| Point3::new(12.0 * x[0], 4.0 * x[1], 4.0 * x[2]))?;
    let clock = Instant::now();
    let space = FlowSpace::new(&mesh, &control)?;
    println!("{} {kind}, {} velocity nodes, {} pressures", mesh.element_count(), space.nodes(), space.pressures());
    let inlet = |p: &Point3<f64>, t: f64| {
        let part = |x: f64| x * (4.0 - x) / 4.0;
        Vector3::x() * (300.0 * part(p.y) * part(p.z) * (1.0 + 0.5 * (7.0 * t).sin()))
    };
    let mut conditions: Conditions =
        ["y_min", "y_max", "z_min", "z_max"].map(|side| (side.to_owned(), Condition::Wall)).into();
    conditions.insert("x_min".to_owned(), Condition::Velocity(Arc::new(inlet)));
    conditions.insert("x_max".to_owned(), Condition::Open(Outlet::pressure(0.0)));
    let viscosity = match arguments.iter().any(|text| text == "blood") {
        true => CarreauYasuda::new(56e-9, 3.45e-9, 3.313, 2.0, 0.3568)?.into(),
        false => Viscosity::newtonian(3.5e-9)?,
    };
    let fluid = Fluid { density: 1.06e-9, viscosity };
    let options = FlowOptions { convection, speed: 450.0, ..FlowOptions::default() };
    let mut flow = Flow::new(&space, fluid, &conditions, options, &control)?;
    println!("prepared in {:.2} s", clock.elapsed().as_secs_f64());
    let courant = if convection == Convection::Explicit { 0.25 } else { 1.0 };
    let order = if kind == ElementKind::Tet10 { 2.0 } else { 1.0 };
    let step = courant * 4.0 / (cells as f64 * order) / 450.0;
    let mut least = Spent { wall: f64::INFINITY, cores: f64::INFINITY };
    for _ in 0..STEPS {
        let start = Spent::now();
        let report = flow.step(step, &control)?;
        let all = Spent::now().since(start);
        least = Spent { wall: least.wall.min(all.wall), cores: least.cores.min(all.cores) };
        let [velocity, pressure] = [report.iterations, report.corrections].map(|done| done.count);
        print!("{:.3} s, Courant {:.2}, {velocity} and {pressure} iterations", all.wall, report.courant);
        println!(", flux {:?}", report.open.values().map(|face| face.flux).next());
    }
    println!("least of {STEPS} steps: {:.3} s, {:.3} core s", least.wall, least.cores);
    Ok(())
}

/// Seconds on the clock and seconds of all cores.
#[derive(Clone, Copy)]
struct Spent {
    wall: f64,
    cores: f64,
}

impl Spent {
    /// Since some moment. Cores from Linux's accounts of the threads; 0 elsewhere.
    fn now() -> Self {
        static START: OnceLock<Instant> = OnceLock::new();
        let threads = std::fs::read_dir("/proc/self/task").into_iter().flatten().flatten();
        let of_thread = |thread: std::fs::DirEntry| {
            let accounts = std::fs::read_to_string(thread.path().join("schedstat")).ok()?;
            accounts.split_whitespace().next()?.parse::<f64>().ok()
        };
        let nanoseconds: f64 = threads.filter_map(of_thread).sum();
        Self { wall: START.get_or_init(Instant::now).elapsed().as_secs_f64(), cores: 1e-9 * nanoseconds }
    }

    fn since(self, start: Self) -> Self {
        Self { wall: self.wall - start.wall, cores: self.cores - start.cores }
    }
}
