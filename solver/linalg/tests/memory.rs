//! The predicted memory of the factorisation against what the process really takes (Linux counts it).

#[path = "support/cube.rs"]
mod cube;

use control::RunControl;
use linalg::DirectAnalysis;

/// A field of /proc/self/status in bytes.
#[cfg(target_os = "linux")]
fn status(field: &str) -> u64 {
    let text = std::fs::read_to_string("/proc/self/status").unwrap();
    let line = text.lines().find(|line| line.starts_with(field)).unwrap();
    line.split_whitespace().nth(1).unwrap().parse::<u64>().unwrap() * 1024
}

#[test]
#[cfg(target_os = "linux")]
fn the_prediction_is_within_a_fifth_of_the_peak() {
    let cube = cube::cube(cube::Element::Tet10, 10, 1.0);
    let control = RunControl::silent();
    let analysis = DirectAnalysis::new(cube.matrix.pattern(), &cube.dof_to_node, &control).unwrap();
    let pool = rayon::ThreadPoolBuilder::new().num_threads(2).build().unwrap();
    let before = status("VmRSS");
    pool.install(|| analysis.factorise(&cube.matrix, &control)).unwrap();
    let (peak, predicted) = ((status("VmHWM") - before) as f64, analysis.predicted_memory() as f64);
    // The prediction must hold on any number of threads, so it lies above the peak; the peak has some buffers on top.
    assert!(predicted > 0.95 * peak && predicted < 1.2 * peak, "predicted {predicted:e}, peak {peak:e}");
}
