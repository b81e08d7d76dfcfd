//! Times the solvers on a clamped elastic cube: `cube tet10 18 iterative compare`.

#[path = "../tests/support/cube.rs"]
mod cube;

use control::RunControl;
use cube::Element;
use linalg::{DirectAnalysis, Method, SolverOptions, SpdProblem, rigid_motions, solve_spd};
use std::time::Instant;

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let arguments: Vec<String> = std::env::args().collect();
    let element = match arguments.get(1).map(String::as_str) {
        Some("tet4") => Element::Tet4,
        Some("hex8") => Element::Hex8,
        _ => Element::Tet10,
    };
    let cells: usize = arguments.get(2).map_or(Ok(12), |text| text.parse())?;
    let method = match arguments.get(3).map(String::as_str) {
        Some("direct") => Method::Direct,
        Some("iterative") => Method::Iterative,
        _ => Method::Automatic,
    };
    let start = Instant::now();
    let cube = cube::cube(element, cells, 1.0);
    println!("{} dofs, {} entries, assembled in {:.2?}", cube.matrix.rows(), cube.matrix.values.len(), start.elapsed());
    let control = RunControl::silent();
    if method == Method::Direct {
        let start = Instant::now();
        let analysis = DirectAnalysis::new(cube.matrix.pattern(), &cube.dof_to_node, &control)?;
        println!(
            "analysis {:.2?}: {:.1} M factor entries, {:.1} Gflop, {:.0} MiB predicted",
            start.elapsed(),
            analysis.factor_entries() as f64 * 1e-6,
            analysis.flops() * 1e-9,
            analysis.predicted_memory() as f64 / 1048576.0
        );
        let start = Instant::now();
        let factor = analysis.factorise(&cube.matrix, &control)?;
        println!("factorisation {:.2?}", start.elapsed());
        let start = Instant::now();
        factor.solve(&[vec![1.0; cube.matrix.rows()]], &control)?;
        println!("substitution {:.2?}", start.elapsed());
    }
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
        let mut solution = solve_spd(&problem, &[load.clone()], &options, &control)?;
        println!("solve_spd {:.2?} {:?}", start.elapsed(), solution.report);
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
