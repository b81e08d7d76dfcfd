//! One entry for symmetric positive definite systems: predicts time and memory, chooses the method, solves, reports.

use crate::choose::{Plan, choose};
use crate::vector::{add_scaled, norm};
use crate::{DirectAnalysis, LinalgError, SparseMatrix};
use control::RunControl;

/// A symmetric positive definite system and what the solvers may know of its origin.
#[derive(Debug, Clone, Copy)]
pub struct SpdProblem<'a> {
    /// The matrix, both triangles stored.
    pub matrix: &'a SparseMatrix,
    /// Node of every row, in any numbering; eliminated dofs simply do not occur.
    pub dof_to_node: &'a [u32],
    /// Interpolation from a coarse space to all rows, for second-order elements the vertex dofs: rows × coarse dofs.
    pub prolongation: Option<&'a SparseMatrix>,
    /// The motions without strain energy when no constraint holds the body (six in elasticity), one vector each.
    pub near_kernel: Option<&'a [Vec<f64>]>,
}

/// How to solve.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Method {
    /// By predicted time and memory.
    #[default]
    Automatic,
    /// Sparse Cholesky factorisation.
    Direct,
    /// Conjugate gradients with a multigrid preconditioner.
    Iterative,
}

/// The method that solved the system.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum MethodUsed {
    /// Sparse Cholesky factorisation.
    Direct,
    /// Conjugate gradients with a multigrid preconditioner.
    Iterative,
}

/// What the caller asks of the solver.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct SolverOptions {
    /// The method.
    pub method: Method,
    /// Bytes that the solver may hold beside the problem, or no limit.
    pub memory_limit: Option<u64>,
    /// Conjugate gradients stop at this residual over the right-hand side's norm.
    pub tolerance: f64,
}

impl Default for SolverOptions {
    fn default() -> Self {
        Self { method: Method::Automatic, memory_limit: None, tolerance: 1e-10 }
    }
}

/// The solutions and how they were found.
#[derive(Debug, Clone, PartialEq)]
pub struct Solution {
    /// One solution a right-hand side.
    pub x: Vec<Vec<f64>>,
    /// How they were found.
    pub report: SolveReport,
}

/// Size, prediction and outcome of a solve. Nothing in it depends on the clock or the number of threads.
#[derive(Debug, Clone, PartialEq)]
pub struct SolveReport {
    /// The method used.
    pub method: MethodUsed,
    /// Why this method, in words with numbers.
    pub reason: String,
    /// Rows of the matrix.
    pub dofs: usize,
    /// Stored entries of the matrix.
    pub entries: usize,
    /// Rough seconds that the direct method takes on two cores, when it was considered.
    pub direct_seconds: Option<f64>,
    /// Rough seconds that the iterative method takes on two cores, when it was considered.
    pub iterative_seconds: Option<f64>,
    /// Bytes predicted for the method used, beside the problem itself.
    pub predicted_memory: u64,
    /// Entries of the Cholesky factor that was computed (of the coarse matrix in the iterative method).
    pub factor_entries: u64,
    /// Floating-point operations of that factorisation.
    pub flops: f64,
    /// Conjugate-gradient iterations of every right-hand side; 0 for the direct method.
    pub iterations: Vec<usize>,
    /// Largest ‖b − A x‖ / ‖b‖ over the right-hand sides.
    pub residual: f64,
}

/// Solves A x = b for every right-hand side of a symmetric positive definite system.
///
/// [`Method::Automatic`] takes the method with the smaller predicted time among those that fit the memory limit. The
/// prediction counts operations and entries; it does not look at the clock or the number of threads. With the default
/// tolerance the iterative displacements agree with the direct ones to about 1e-8 of the largest.
///
/// # Errors
/// All of [`LinalgError`]: wrong sizes, values that are not finite, a matrix that is not symmetric or not positive definite,
/// too little memory allowed, no convergence, cancellation.
pub fn solve_spd(
    problem: &SpdProblem<'_>,
    right: &[Vec<f64>],
    options: &SolverOptions,
    control: &RunControl,
) -> Result<Solution, LinalgError> {
    check(problem, right, control)?;
    let analysing = control.stage("analyse the matrix", 0.0, 0.2);
    let choice = choose(problem, right.len(), options, &analysing)?;
    let solving = control.stage("solve", 0.2, 1.0);
    let needed = choice.plan.memory();
    let mut report = SolveReport {
        method: choice.plan.method(),
        reason: choice.reason,
        dofs: problem.matrix.rows(),
        entries: problem.matrix.pattern().entries(),
        direct_seconds: choice.direct_seconds,
        iterative_seconds: choice.iterative_seconds,
        predicted_memory: needed,
        factor_entries: choice.plan.analysis().factor_entries(),
        flops: choice.plan.analysis().flops(),
        iterations: vec![0; right.len()],
        residual: 0.0,
    };
    let x = match choice.plan {
        Plan::Direct(analysis) => {
            let (x, residual) = direct(problem.matrix, right, &analysis, &solving)?;
            report.residual = residual;
            x
        }
        Plan::Iterative(prepared) => {
            let iterates = prepared.solve(right, options.tolerance, &solving)?;
            report.residual = iterates.iter().map(|iterate| iterate.residual).fold(0.0, f64::max);
            report.iterations = iterates.iter().map(|iterate| iterate.iterations).collect();
            iterates.into_iter().map(|iterate| iterate.x).collect()
        }
    };
    Ok(Solution { x, report })
}

fn check(problem: &SpdProblem<'_>, right: &[Vec<f64>], control: &RunControl) -> Result<(), LinalgError> {
    let size = problem.matrix.rows();
    if let Some(wrong) = right.iter().find(|b| b.len() != size) {
        return Err(LinalgError::Size { what: "a right-hand side", found: wrong.len(), expected: size });
    }
    for b in right {
        if let Some(dof) = b.iter().position(|value| !value.is_finite()) {
            return Err(LinalgError::NonFinite { what: "the right-hand side", dof, value: b[dof] });
        }
    }
    if let Some(place) = problem.matrix.values.iter().position(|value| !value.is_finite()) {
        let dof = problem.matrix.pattern().row_offsets().partition_point(|&offset| offset <= place) - 1;
        return Err(LinalgError::NonFinite { what: "the matrix", dof, value: problem.matrix.values[place] });
    }
    let asymmetry = problem.matrix.asymmetry(control)?;
    if asymmetry > 1e-10 {
        return Err(LinalgError::NotSymmetric { asymmetry });
    }
    Ok(())
}

/// Factorises, substitutes and refines once; the solutions and the largest relative residual.
fn direct(
    matrix: &SparseMatrix,
    right: &[Vec<f64>],
    analysis: &DirectAnalysis,
    control: &RunControl,
) -> Result<(Vec<Vec<f64>>, f64), LinalgError> {
    let factor = analysis.factorise(matrix, &control.stage("factorise", 0.0, 0.9))?;
    let control = control.stage("substitute", 0.9, 1.0);
    let mut x = factor.solve(right, &control)?;
    let corrections = factor.solve(&residuals(matrix, &x, right), &control)?;
    for (x, correction) in x.iter_mut().zip(corrections) {
        add_scaled(x, 1.0, &correction);
    }
    let relative = |(r, b): (Vec<f64>, &Vec<f64>)| if norm(b) > 0.0 { norm(&r) / norm(b) } else { 0.0 };
    let residual = residuals(matrix, &x, right).into_iter().zip(right).map(relative).fold(0.0, f64::max);
    Ok((x, residual))
}

/// b − A x of every right-hand side.
fn residuals(matrix: &SparseMatrix, x: &[Vec<f64>], right: &[Vec<f64>]) -> Vec<Vec<f64>> {
    let residual = |(x, b): (&Vec<f64>, &Vec<f64>)| {
        let mut r = matrix.multiply(x);
        for (r, b) in r.iter_mut().zip(b) {
            *r = b - *r;
        }
        r
    };
    x.iter().zip(right).map(residual).collect()
}
