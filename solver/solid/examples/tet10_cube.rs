//! Times the parts of a linear static analysis on a cube of straight Tet10 elements under a side load.
//!
//! `cargo run --release -p solid --example tet10_cube -- 18 [direct|iterative]`: 18 cells a side give 151 959 unknowns
//! before constraints. Prints seconds a stage.

use mesh::{ElementKind, Point3, Vector3};
use solid::{LinearStatics, LoadCase, Material, Method, Place, SolverOptions};
use std::sync::Mutex;
use std::time::Instant;

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let mut arguments = std::env::args().skip(1);
    let cells: usize = arguments.next().map_or(Ok(12), |text| text.parse())?;
    let method = match arguments.next().as_deref() {
        Some("direct") => Method::Direct,
        Some("iterative") => Method::Iterative,
        _ => Method::Automatic,
    };
    let mesh = meshing::mapped_block(ElementKind::Tet10, [cells; 3], Point3::from)?;
    let mut model = LinearStatics::new(&mesh);
    model.material(Place::Everywhere, Material::isotropic(17e3, 0.3)?);
    model.fix("z_min").load_case(LoadCase::new("side").traction("z_max", Vector3::new(1.0, 0.0, -2.0)));
    let last = Mutex::new((Instant::now(), String::from("start")));
    let control = control::RunControl::new(move |progress| {
        if let Ok(mut last) = last.lock()
            && last.1 != progress.stage
        {
            println!("{:8.3} s  {}", last.0.elapsed().as_secs_f64(), last.1);
            *last = (Instant::now(), progress.stage.clone());
        }
    });
    let start = Instant::now();
    let solution = model.solve(&SolverOptions { method, ..SolverOptions::default() }, &control)?;
    println!("solve: {:.3} s, {} unknowns", start.elapsed().as_secs_f64(), solution.unknowns);
    println!("{:#?}", solution.solver);
    println!("{:?}", solution.cases[0].balance);
    let start = Instant::now();
    let recovery = model.recover(&solution.cases[0], &control)?;
    println!("recover: {:.3} s, relative error {:.4}", start.elapsed().as_secs_f64(), recovery.relative_error);
    Ok(())
}
