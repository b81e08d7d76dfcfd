//! Repairs a surface file and prints what was done: `repair FILE SCALE [OUT.stl] [EDGE_MM]`. With an edge length the result
//! is remeshed.

use control::RunControl;
use meshing::{RemeshOptions, RepairOptions, Resurface, Sizing, remesh_isotropic, repair};
use std::path::Path;
use std::time::Instant;

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let arguments: Vec<String> = std::env::args().collect();
    let file = arguments.get(1).ok_or("repair FILE SCALE [OUT.stl] [EDGE_MM]")?;
    let scale: f64 = arguments.get(2).map_or(Ok(1.0), |text| text.parse())?;
    let control = RunControl::silent();
    let mut surface = mesh_io::read_surface(Path::new(file), &control)?.surface;
    surface.points.iter_mut().for_each(|p| *p *= scale);
    let resurface = if std::env::var_os("RESURFACE").is_some() { Resurface::Always } else { Resurface::Auto };
    let start = Instant::now();
    let repaired = repair(&surface, &RepairOptions { resurface, ..RepairOptions::default() }, &control)?;
    let seconds = start.elapsed().as_secs_f64();
    println!("{file}: {seconds:.2} s, volume before {:.3} mm³", surface.volume());
    for item in &repaired.repairs {
        println!("  {} at {:.2?} mm, {:.3} mm: {}", item.what, item.place_mm, item.size_mm, item.message);
    }
    println!("{:#?}", repaired.report);
    let mut result = repaired.surface;
    if let Some(length) = arguments.get(4) {
        let sizing = Some(Sizing::Uniform { length: length.parse()? });
        let start = Instant::now();
        let remeshed = remesh_isotropic(&result, &RemeshOptions { sizing, ..RemeshOptions::default() }, &control)?;
        println!("remeshed in {:.2} s: {:#?}", start.elapsed().as_secs_f64(), remeshed.report);
        result = remeshed.surface;
    }
    if let Some(out) = arguments.get(3) {
        mesh_io::write_stl_binary(Path::new(out), &result, &control)?;
    }
    Ok(())
}
