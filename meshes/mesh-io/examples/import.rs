//! Reads and judges mesh files as `vesalius import` does, and writes each again when an output is named:
//!
//! ```text
//! cargo run --release -p mesh-io --example import -- assets/anatomies/lss_pelvis.obj [pelvis.vtp]
//! ```

use control::RunControl;
use mesh::Region;
use mesh_io::{HexIntegration, JudgeOptions, MeshFile};
use std::error::Error;
use std::path::Path;
use std::time::Instant;

fn main() -> Result<(), Box<dyn Error>> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let [input, output @ ..] = arguments.as_slice() else { return Err("usage: import FILE [OUTPUT]".into()) };
    let control = RunControl::silent();
    let start = Instant::now();
    let file = mesh_io::read_mesh(input.as_ref(), &control)?;
    eprintln!("read in {:.3} s", start.elapsed().as_secs_f64());
    let options = JudgeOptions::default();
    let start = Instant::now();
    match file {
        MeshFile::Surface(file) => {
            let judged = mesh_io::judge_surface(&file, &options, &control)?;
            eprintln!("judged in {:.3} s", start.elapsed().as_secs_f64());
            println!("{}", serde_json::to_string_pretty(&judged.report)?);
            for path in output.iter().map(Path::new) {
                match path.extension().and_then(|extension| extension.to_str()) {
                    Some("stl") => mesh_io::write_stl_binary(path, &judged.surface, &control)?,
                    _ => mesh_io::write_vtp(path, &judged.surface, &[], &control)?,
                }
            }
        }
        MeshFile::Volume(file) => {
            let judged = mesh_io::judge_volume(&file, &options, &control)?;
            eprintln!("judged in {:.3} s", start.elapsed().as_secs_f64());
            println!("{}", serde_json::to_string_pretty(&judged.report)?);
            for (name, region) in &judged.mesh.regions {
                let (what, count) = match region {
                    Region::Nodes(list) => ("nodes", list.len()),
                    Region::Faces(list) => ("faces", list.len()),
                    Region::Elements(list) => ("elements", list.len()),
                };
                eprintln!("region \"{name}\": {count} {what}");
            }
            for path in output.iter().map(Path::new) {
                match path.extension().and_then(|extension| extension.to_str()) {
                    Some("msh") => mesh_io::write_msh(path, &judged.mesh, &control)?,
                    Some("inp") => mesh_io::write_inp(path, &judged.mesh, HexIntegration::Full, &control)?,
                    _ => mesh_io::write_vtu(path, &judged.mesh, &file.fields, &control)?,
                }
            }
        }
    }
    Ok(())
}
