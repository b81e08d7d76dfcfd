//! The iterative method from problem to solution: blocks, coarse space, coarse factor, conjugate gradients.

use crate::aggregation::smoothed_aggregation;
use crate::block::BlockMatrix;
use crate::conjugate_gradients::{Iterate, conjugate_gradients};
use crate::graph::NodeGraph;
use crate::multigrid::{TwoLevel, eigenvalue_bound};
use crate::{DirectAnalysis, LinalgError, SparseMatrix, SpdProblem};
use control::RunControl;
use std::borrow::Cow;

/// Everything the iterative method prepares before the numeric work: its cost and memory are known.
pub(crate) struct Prepared<'a> {
    matrix: &'a SparseMatrix,
    operator: BlockMatrix,
    scale: f64,
    bound: f64,
    prolongation: Cow<'a, SparseMatrix>,
    coarse: SparseMatrix,
    pub(crate) analysis: DirectAnalysis,
}

/// What keeps the iterative method from being used on a problem, in words; `None` when nothing does.
pub(crate) fn obstacle(problem: &SpdProblem<'_>) -> Option<&'static str> {
    if problem.prolongation.is_none() && problem.near_kernel.is_none_or(<[_]>::is_empty) {
        return Some("a coarse space: vertex dofs of second-order elements, or the rigid motions");
    }
    let mut nodes = problem.dof_to_node.to_vec();
    nodes.sort_unstable();
    let crowded = nodes.chunk_by(|a, b| a == b).any(|dofs| dofs.len() > crate::block::BLOCK);
    crowded.then_some("at most three dofs a node")
}

/// Bytes that the preparation needs at least, known from the size alone: blocks, products with the prolongation, vectors.
pub(crate) fn least_memory(matrix: &SparseMatrix) -> u64 {
    let entries = matrix.pattern().entries() as u64;
    entries * 40 / 9 + 12 * entries + 100 * matrix.rows() as u64
}

impl<'a> Prepared<'a> {
    /// Builds the preconditioner's matrices up to the analysis of the coarse one.
    ///
    /// # Errors
    /// [`LinalgError::Missing`], [`LinalgError::Size`], [`LinalgError::NotPositiveDefinite`], [`LinalgError::Cancelled`].
    pub(crate) fn new(problem: &SpdProblem<'a>, control: &RunControl) -> Result<Self, LinalgError> {
        if let Some(missing) = obstacle(problem) {
            return Err(LinalgError::Missing { missing });
        }
        let matrix = problem.matrix;
        let graph = NodeGraph::new(matrix.pattern(), problem.dof_to_node, control)?;
        let scale = positive_diagonal(problem)?;
        let operator = BlockMatrix::new(matrix, &graph, scale, control)?;
        let bound = eigenvalue_bound(&operator, control)?;
        control.report(0.2);
        let (prolongation, coarse_to_node) = match problem.prolongation {
            Some(prolongation) => {
                if prolongation.rows() != matrix.rows() {
                    let (found, expected) = (prolongation.rows(), matrix.rows());
                    return Err(LinalgError::Size { what: "the prolongation", found, expected });
                }
                (Cow::Borrowed(prolongation), coarse_nodes(prolongation, problem.dof_to_node))
            }
            None => {
                let near_kernel = problem.near_kernel.unwrap_or_default();
                if let Some(wrong) = near_kernel.iter().find(|mode| mode.len() != matrix.rows()) {
                    let (found, expected) = (wrong.len(), matrix.rows());
                    return Err(LinalgError::Size { what: "a near-kernel vector", found, expected });
                }
                let (prolongation, coarse_to_node) =
                    smoothed_aggregation(matrix, &graph, &operator, (scale, bound), near_kernel, control)?;
                (Cow::Owned(prolongation), coarse_to_node)
            }
        };
        control.report(0.4);
        let coarse = matrix.galerkin(&prolongation, control)?;
        control.report(0.8);
        let analysis = DirectAnalysis::new(coarse.pattern(), &coarse_to_node, control)?;
        Ok(Self { matrix, operator, scale, bound, prolongation, coarse, analysis })
    }

    /// Bytes that the solution holds at most, the preparation counted in.
    pub(crate) fn memory(&self) -> u64 {
        let prolongation = self.prolongation.pattern().entries() as u64;
        let owned = if matches!(self.prolongation, Cow::Owned(_)) { 12 * prolongation } else { 0 };
        let vectors = (5 * 8 + 4 * 12) * self.matrix.rows() as u64;
        let kept = self.operator.bytes() + owned + 16 * prolongation + vectors;
        let coarse = 12 * self.coarse.pattern().entries() as u64 + self.analysis.predicted_memory();
        (kept + coarse).max(least_memory(self.matrix))
    }

    /// Factorises the coarse matrix and iterates for every right-hand side.
    ///
    /// # Errors
    /// [`LinalgError::NotPositiveDefinite`], [`LinalgError::NotConverged`], [`LinalgError::Cancelled`].
    pub(crate) fn solve(
        self,
        right: &[Vec<f64>],
        tolerance: f64,
        control: &RunControl,
    ) -> Result<Vec<Iterate>, LinalgError> {
        let factor = self.analysis.factorise(&self.coarse, &control.stage("factorise the coarse matrix", 0.0, 0.2))?;
        drop(self.coarse);
        let mut preconditioner = TwoLevel::new(self.operator, (self.scale, self.bound), &self.prolongation, factor);
        drop(self.prolongation);
        let part = |k: usize| 0.2 + 0.8 * k as f64 / right.len().max(1) as f64;
        let solve = |(k, b): (usize, &Vec<f64>)| {
            let control = control.stage("conjugate gradients", part(k), part(k + 1));
            conjugate_gradients(self.matrix, b, &mut preconditioner, tolerance, &control)
        };
        right.iter().enumerate().map(solve).collect()
    }
}

/// One over the largest diagonal entry.
///
/// # Errors
/// [`LinalgError::NotPositiveDefinite`] at the first diagonal entry that is not positive.
fn positive_diagonal(problem: &SpdProblem<'_>) -> Result<f64, LinalgError> {
    let diagonal = problem.matrix.diagonal();
    if let Some(dof) = diagonal.iter().position(|&value| value <= 0.0) {
        let node = problem.dof_to_node[dof];
        return Err(LinalgError::NotPositiveDefinite { dof, node, pivot: diagonal[dof], ratio: 1.0 });
    }
    Ok(1.0 / diagonal.into_iter().fold(f64::MIN_POSITIVE, f64::max))
}

/// The node of every coarse dof: that of the fine dof with the largest weight (the vertex itself in p-multigrid).
fn coarse_nodes(prolongation: &SparseMatrix, dof_to_node: &[u32]) -> Vec<u32> {
    let mut best = vec![(0.0, 0); prolongation.columns()];
    for (row, &node) in dof_to_node.iter().enumerate() {
        let (columns, weights) = prolongation.row(row);
        for (&column, &weight) in columns.iter().zip(weights) {
            if weight.abs() > best[column as usize].0 {
                best[column as usize] = (weight.abs(), node);
            }
        }
    }
    best.into_iter().map(|(_, node)| node).collect()
}
