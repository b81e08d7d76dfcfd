//! Repairs a surface file and prints what was done: `repair FILE SCALE [OUT.stl] [EDGE_MM] [--resurface] [--smooth]`. With
//! an edge length the result is remeshed; with `--smooth` smoothed before that, for staircases.

use control::RunControl;
use meshing::{RemeshOptions, RepairOptions, Resurface, Sizing, SmoothOptions, remesh_isotropic, repair, smooth};
use std::path::Path;
use std::time::Instant;

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let all: Vec<String> = std::env::args().skip(1).collect();
    let flag = |name: &str| all.iter().any(|argument| argument == name);
    let words: Vec<&String> = all.iter().filter(|argument| !argument.starts_with("--")).collect();
    let file = words.first().ok_or("repair FILE SCALE [OUT.stl] [EDGE_MM] [--resurface] [--smooth]")?;
    let scale: f64 = words.get(1).map_or(Ok(1.0), |text| text.parse())?;
    let control = RunControl::silent();
    let mut surface = mesh_io::read_surface(Path::new(file), &control)?.surface;
    surface.points.iter_mut().for_each(|p| *p *= scale);
    let resurface = if flag("--resurface") { Resurface::Always } else { Resurface::Auto };
    let start = Instant::now();
    let repaired = repair(&surface, &RepairOptions { resurface, ..RepairOptions::default() }, &control)?;
    let seconds = start.elapsed().as_secs_f64();
    println!("{file}: {seconds:.2} s, volume before {:.3} mm³", surface.volume());
    for item in &repaired.repairs {
        println!("  {} at {:.2?} mm, {:.3} mm: {}", item.what, item.place_mm, item.size_mm, item.message);
    }
    println!("{:#?}", repaired.report);
    let mut result = repaired.surface;
    let feature_angle_deg = if flag("--smooth") { None } else { Some(45.0) };
    if flag("--smooth") {
        let start = Instant::now();
        let options = SmoothOptions { feature_angle_deg, ..SmoothOptions::default() };
        let smoothed = smooth(&result, &options, &control)?;
        println!("smoothed in {:.2} s: {:#?}", start.elapsed().as_secs_f64(), smoothed.report);
        result = smoothed.surface;
    }
    if let Some(length) = words.get(3) {
        let sizing = Some(Sizing::Uniform { length: length.parse()? });
        let options = RemeshOptions { sizing, feature_angle_deg, ..RemeshOptions::default() };
        let start = Instant::now();
        let remeshed = remesh_isotropic(&result, &options, &control)?;
        println!("remeshed in {:.2} s: {:#?}", start.elapsed().as_secs_f64(), remeshed.report);
        result = remeshed.surface;
    }
    if let Some(out) = words.get(2) {
        mesh_io::write_stl_binary(Path::new(out), &result, &control)?;
    }
    Ok(())
}
