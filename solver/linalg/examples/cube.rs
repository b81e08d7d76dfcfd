//! Times the solvers on a clamped elastic cube: `cube tet10 18 iterative 1.0 compare`, or on a block: `cube tet10 2x10x40 automatic`.

#[path = "../tests/support/cube.rs"]
mod cube;

use control::RunControl;
use cube::Element;
use linalg::{Method, SolverOptions, SpdProblem, rigid_motions, solve_spd};
use std::sync::{Mutex, PoisonError};
use std::time::Instant;

/// Processor seconds of all threads so far (Linux; zero elsewhere): fit for a busy machine, where wall time is not.
fn processor_seconds() -> f64 {
    let stat = std::fs::read_to_string("/proc/self/stat").unwrap_or_default();
    let fields: Vec<&str> = stat.rsplit(')').next().unwrap_or("").split_whitespace().collect();
    let ticks = |k: usize| fields.get(k).and_then(|text| text.parse::<f64>().ok()).unwrap_or(0.0);
    (ticks(11) + ticks(12)) / 100.0
}

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let arguments: Vec<String> = std::env::args().collect();
    let element = match arguments.get(1).map(String::as_str) {
        Some("tet4") => Element::Tet4,
        Some("hex8") => Element::Hex8,
        _ => Element::Tet10,
    };
    let cells: Vec<usize> =
        arguments.get(2).map_or("12", String::as_str).split('x').map(str::parse).collect::<Result<_, _>>()?;
    let cells = [0, 1, 2].map(|axis| cells[axis.min(cells.len() - 1)]);
    let contrast: f64 = arguments.get(4).map_or(Ok(1.0), |text| text.parse())?;
    let method = match arguments.get(3).map(String::as_str) {
        Some("direct") => Method::Direct,
        Some("iterative") => Method::Iterative,
        _ => Method::Automatic,
    };
    let start = Instant::now();
    let cube = cube::block(element, cells, contrast);
    println!("{} dofs, {} entries, assembled in {:.2?}", cube.matrix.rows(), cube.matrix.values.len(), start.elapsed());
    let last = Mutex::new((String::new(), Instant::now(), processor_seconds()));
    let control = RunControl::new(move |progress| {
        let mut last = last.lock().unwrap_or_else(PoisonError::into_inner);
        if last.0 != progress.stage {
            println!("  {:.2?} ({:.2} s of processor) {}", last.1.elapsed(), processor_seconds() - last.2, last.0);
            *last = (progress.stage.clone(), Instant::now(), processor_seconds());
        }
    });
    let motions = rigid_motions(&cube.points, &cube.dof_to_node, &cube.component);
    let problem = SpdProblem {
        matrix: &cube.matrix,
        dof_to_node: &cube.dof_to_node,
        prolongation: cube.prolongation.as_ref(),
        near_kernel: Some(&motions),
    };
    let load: Vec<f64> = cube.component.iter().map(|&c| if c == 0 { 1.0 } else { 0.1 }).collect();
    let solve = |method| -> Result<Vec<f64>, Box<dyn std::error::Error>> {
        let start = Instant::now();
        let options = SolverOptions { method, ..Default::default() };
        let processor = processor_seconds();
        let mut solution = solve_spd(&problem, std::slice::from_ref(&load), &options, &control)?;
        println!(
            "solve_spd {:.2?} ({:.2} s of processor) {:?}",
            start.elapsed(),
            processor_seconds() - processor,
            solution.report
        );
        Ok(solution.x.remove(0))
    };
    let x = solve(method)?;
    if arguments.iter().any(|argument| argument == "compare") {
        let exact = solve(Method::Direct)?;
        let largest = exact.iter().fold(0.0f64, |m, v| m.max(v.abs()));
        let difference = x.iter().zip(&exact).fold(0.0f64, |m, (a, b)| m.max((a - b).abs()));
        println!("largest difference from the direct solution: {:.2e} of the largest", difference / largest);
    }
    Ok(())
}
