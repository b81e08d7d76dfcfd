//! Meshes the test anatomies and prints size, quality, errors and time as a table for docs/measurements.
//!
//! `cargo run --release -p meshing --example measure -- [--order2|--layers] [--uniform|--surface] [--shifts=N] [NAME [SIZE_MM ...]]`
//! from the root of the repository; without a size the mesher finds it.

use control::RunControl;
use mesh::{Point3, SurfaceMesh};
use meshing::{Grading, LayerOptions, LayeredMesh, MeshOptions, MeshResult, MeshingError, mesh_lumen, mesh_surface};
use std::path::Path;
use std::time::Instant;

/// Files with the factor to mm and whether they are in RAS.
const ANATOMIES: [(&str, f64, bool); 9] = [
    ("libhip_m4_lfemur.stl", 1.0, false),
    ("libhip_m4_rfemur.stl", 1.0, false),
    ("gfxmorph_femur.stl", 1.0, false),
    ("lss_L3_vertebra.obj", 1000.0, false),
    ("lss_L4_vertebra.obj", 1000.0, false),
    ("lss_pelvis.obj", 1000.0, false),
    ("carotid_lumen_capped.stl", 1.0, false),
    ("aorta_vmtk_surface.stl", 1.0, true),
    ("artery_stenosis_lumen_idealised.stl", 1.0, false),
];

fn main() {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let flag = |name: &str| arguments.iter().any(|a| a == name);
    let mut words = arguments.iter().filter(|a| !a.starts_with("--"));
    let order = if flag("--order2") { 2 } else { 1 };
    let name = words.next().cloned().unwrap_or_default();
    let sizes: Vec<f64> = words.filter_map(|word| word.parse().ok()).collect();
    let grading = match (flag("--uniform"), flag("--surface")) {
        (true, _) => Grading::Uniform,
        (_, true) => Grading::Surface,
        _ => Grading::Interior,
    };
    if flag("--layers") {
        return measure_layers(&name, &sizes, grading);
    }
    println!(
        "| file | size mm | tets | nodes | dihedral ° | radius ratio | volume % | Hausdorff/h | topology | rim/h mean max | \
         off plane mm | caps | curved % min J backed | s | MiB |"
    );
    println!("|{}", "---|".repeat(15));
    for (file, scale, ras) in ANATOMIES.into_iter().filter(|(file, ..)| file.contains(&name)) {
        let surface = load(file, scale, ras);
        let sizes: Vec<Option<f64>> =
            if sizes.is_empty() { vec![None] } else { sizes.iter().copied().map(Some).collect() };
        let shifts = arguments.iter().find_map(|a| a.strip_prefix("--shifts=")?.parse().ok()).unwrap_or(1_u32);
        for size in sizes {
            for k in 0..shifts {
                let lattice_shift = [0.0, 0.31, 0.57].map(|f| f * f64::from(k) + 0.13 * f64::from(k));
                let options = MeshOptions { size, order, grading, lattice_shift, ..MeshOptions::default() };
                let start = Instant::now();
                let result = mesh_surface(&surface, &options, &RunControl::silent());
                row(file, &result, start.elapsed().as_secs_f64());
                if flag("--json")
                    && let Ok(result) = &result
                {
                    println!("{}", serde_json::to_string_pretty(&result.report).unwrap_or_default());
                }
                if flag("--vtu")
                    && let Ok(result) = &result
                {
                    let path = std::env::temp_dir().join(format!("{file}.vtu"));
                    if let Err(error) = mesh_io::write_vtu(&path, &result.mesh, &[], &RunControl::silent()) {
                        eprintln!("{error}");
                    }
                }
            }
        }
    }
}

/// The same with the usual layers along the wall.
fn measure_layers(name: &str, sizes: &[f64], grading: Grading) {
    println!(
        "| file | size mm | core tets | prisms | first, total mm | thinned of wall vertices | least, mean part | prism J | aspect | \
         tet J | core dihedral ° | core radius ratio | volume % | s | MiB |"
    );
    println!("|{}", "---|".repeat(15));
    for (file, scale, ras) in ANATOMIES.into_iter().filter(|(file, ..)| file.contains(name)) {
        let surface = load(file, scale, ras);
        let sizes = if sizes.is_empty() { vec![None] } else { sizes.iter().copied().map(Some).collect() };
        for size in sizes {
            let options = MeshOptions { size, grading, max_elements: 10_000_000, ..MeshOptions::default() };
            let start = Instant::now();
            let result = mesh_lumen(&surface, &options, &LayerOptions::default(), &RunControl::silent());
            layered_row(file, &result, start.elapsed().as_secs_f64());
        }
    }
}

fn layered_row(file: &str, result: &Result<LayeredMesh, MeshingError>, seconds: f64) {
    let (core, layers) = match result {
        Ok(result) => (&result.report.core, &result.report.layers),
        Err(error) => {
            println!("| {file} | {error} |");
            return;
        }
    };
    println!(
        "| {file} | {:.3} | {} | {} | {:.4}, {:.4} | {} of {} | {:.3}, {:.4} | {:.3} | {:.1} | {:.3} | {:.1}-{:.1} | {:.3} | {:.3} | \
         {seconds:.2} | {:.0} |",
        core.size_mm,
        core.elements,
        layers.prisms,
        layers.first_height_mm,
        layers.total_mm,
        layers.thinned_vertices,
        layers.wall_vertices,
        layers.least_fraction,
        layers.mean_fraction,
        layers.min_prism_scaled_jacobian,
        layers.max_prism_aspect,
        layers.min_scaled_jacobian,
        core.min_dihedral_deg,
        core.max_dihedral_deg,
        core.min_radius_ratio,
        100.0 * core.volume_error,
        peak_mib(),
    );
}

fn load(file: &str, scale: f64, ras: bool) -> SurfaceMesh {
    let path = Path::new("assets/anatomies").join(file);
    let mut surface = match mesh_io::read_surface(&path, &RunControl::silent()) {
        Ok(file) => file.surface,
        Err(error) => {
            eprintln!("{error}");
            return SurfaceMesh::default();
        }
    };
    let (x, y) = if ras { (-scale, -scale) } else { (scale, scale) };
    surface.points.iter_mut().for_each(|p| *p = Point3::new(x * p.x, y * p.y, scale * p.z));
    surface
}

fn row(file: &str, result: &Result<MeshResult, MeshingError>, seconds: f64) {
    let report = match result {
        Ok(result) => &result.report,
        Err(error) => {
            println!("| {file} | {error} |");
            return;
        }
    };
    let h = report.size_mm;
    let kept = report.topology.euler_characteristics == report.input_topology.euler_characteristics;
    let rim = report.rim.map_or("-".to_owned(), |rim| format!("{:.3} {:.3}", rim.mean_over_size, rim.max_mm / h));
    let off_plane = report.caps.iter().filter_map(|cap| cap.off_plane_mm).fold(0.0, f64::max);
    let curve = report.curve.map_or("-".to_owned(), |curve| {
        let volume = 100.0 * curve.volume_error;
        format!("{volume:.3} {:.3} {}/{}", curve.min_jacobian_ratio, curve.backed_off, curve.boundary_edges)
    });
    println!(
        "| {file} | {h:.3} | {} | {} | {:.1}-{:.1} | {:.3} | {:.3} | {:.2} | {} χ {:?} {} | {rim} | {off_plane:.1e} | {} | {curve} \
         | {seconds:.2} | {:.0} |",
        report.elements,
        report.nodes,
        report.min_dihedral_deg,
        report.max_dihedral_deg,
        report.min_radius_ratio,
        100.0 * report.volume_error,
        report.hausdorff_mm / h,
        report.topology.components,
        report.topology.euler_characteristics,
        if kept && report.topology.manifold { "kept" } else { "LOST" },
        report.caps.len(),
        peak_mib(),
    );
}

/// Peak resident memory of this process so far, where the system tells it.
fn peak_mib() -> f64 {
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    let line = status.lines().find(|line| line.starts_with("VmHWM")).unwrap_or_default();
    line.split_whitespace().nth(1).and_then(|word| word.parse::<f64>().ok()).unwrap_or(0.0) / 1024.0
}
