//! One entry for symmetric positive definite systems: predicts time and memory, chooses the method, solves, reports.

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
    /// Entries of the Cholesky factor.
    pub factor_entries: u64,
    /// Multiply-adds of the factorisation.
    pub flops: f64,
    /// Bytes predicted for the method used.
    pub predicted_memory: u64,
    /// Conjugate-gradient iterations of every right-hand side; 0 for the direct method.
    pub iterations: Vec<usize>,
    /// Largest ‖b − A x‖ / ‖b‖ over the right-hand sides.
    pub residual: f64,
}

/// Solves A x = b for every right-hand side of a symmetric positive definite system.
///
/// # Errors
/// All of [`LinalgError`]: wrong sizes, values that are not finite, a matrix that is not symmetric or not positive definite,
/// too little memory allowed, cancellation.
pub fn solve_spd(
    problem: &SpdProblem<'_>,
    right: &[Vec<f64>],
    options: &SolverOptions,
    control: &RunControl,
) -> Result<Solution, LinalgError> {
    check(problem, right)?;
    let analysis = DirectAnalysis::new(
        problem.matrix.pattern(),
        problem.dof_to_node,
        &control.stage("analyse the matrix", 0.0, 0.2),
    )?;
    direct(problem, right, &analysis, options, control)
}

fn check(problem: &SpdProblem<'_>, right: &[Vec<f64>]) -> Result<(), LinalgError> {
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
    let asymmetry = problem.matrix.asymmetry();
    if asymmetry > 1e-10 {
        return Err(LinalgError::NotSymmetric { asymmetry });
    }
    Ok(())
}

fn direct(
    problem: &SpdProblem<'_>,
    right: &[Vec<f64>],
    analysis: &DirectAnalysis,
    options: &SolverOptions,
    control: &RunControl,
) -> Result<Solution, LinalgError> {
    let needed = analysis.predicted_memory();
    if let Some(limit) = options.memory_limit.filter(|&limit| needed > limit) {
        return Err(LinalgError::Memory { method: "direct", needed, limit });
    }
    let factor = analysis.factorise(problem.matrix, &control.stage("factorise", 0.2, 0.9))?;
    let control = control.stage("substitute", 0.9, 1.0);
    let mut x = factor.solve(right, &control)?;
    let mut residuals = residuals(problem.matrix, &x, right);
    for (x, correction) in x.iter_mut().zip(factor.solve(&residuals, &control)?) {
        add_scaled(x, 1.0, &correction);
    }
    residuals = self::residuals(problem.matrix, &x, right);
    let relative = |(r, b): (&Vec<f64>, &Vec<f64>)| if norm(b) > 0.0 { norm(r) / norm(b) } else { 0.0 };
    let residual = residuals.iter().zip(right).map(relative).fold(0.0, f64::max);
    let report = SolveReport {
        method: MethodUsed::Direct,
        reason: "direct method".to_owned(),
        dofs: problem.matrix.rows(),
        entries: problem.matrix.pattern().entries(),
        factor_entries: analysis.factor_entries(),
        flops: analysis.flops(),
        predicted_memory: needed,
        iterations: vec![0; right.len()],
        residual,
    };
    Ok(Solution { x, report })
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
