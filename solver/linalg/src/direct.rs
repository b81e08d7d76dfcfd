//! Sparse Cholesky factorisation by fronts: supernodes in postorder, each assembled from the matrix and its children's
//! updates, partly factorised, its own update passed on (multifrontal method, Duff and Reid, ACM TOMS 9:302, 1983; Liu,
//! SIAM Review 34:82, 1992).

use crate::front::{FrontError, partial_cholesky, subtract_square};
use crate::graph::NodeGraph;
use crate::symbolic::{Supernode, Symbolic};
use crate::{LinalgError, SparseMatrix, SparsityPattern};
use control::{Cancelled, RunControl};
use faer::linalg::matmul::matmul;
use faer::linalg::triangular_solve::{solve_lower_triangular_in_place, solve_upper_triangular_in_place};
use faer::prelude::{Reborrow, ReborrowMut};
use faer::{Accum, MatMut, MatRef, Par};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

/// A pivot below this fraction of its diagonal entry counts as zero: rounding alone leaves that much of a singular matrix.
const SMALLEST_PIVOT: f64 = 1e-13;
/// Subtrees with more multiply-adds than this are factorised as parallel tasks.
const PARALLEL_FLOPS: f64 = 2e7;

/// The analysis of a symmetric sparsity pattern for a direct solution: order and structure of the Cholesky factor. Reuse it
/// for every matrix with this pattern.
#[derive(Debug, Clone)]
pub struct DirectAnalysis {
    pattern: Arc<SparsityPattern>,
    symbolic: Arc<Symbolic>,
    /// Node labels in elimination order, to name a failing pivot.
    labels: Arc<Vec<u32>>,
    /// Multiply-adds of every supernode's subtree.
    subtree_flops: Arc<Vec<f64>>,
}

impl DirectAnalysis {
    /// Orders the nodes of a symmetric pattern (both triangles stored) by nested dissection and finds the structure of the
    /// factor. `dof_to_node[row]` is the node of a row in any numbering.
    ///
    /// # Errors
    /// [`LinalgError::Size`], [`LinalgError::TooLarge`], [`LinalgError::Ordering`], [`LinalgError::Cancelled`].
    pub fn new(pattern: &Arc<SparsityPattern>, dof_to_node: &[u32], control: &RunControl) -> Result<Self, LinalgError> {
        if pattern.rows() != pattern.columns() {
            let (found, expected) = (pattern.columns(), pattern.rows());
            return Err(LinalgError::Size { what: "a matrix row", found, expected });
        }
        let limit = i32::MAX as usize;
        if pattern.rows() >= limit {
            return Err(LinalgError::TooLarge { what: "rows", count: pattern.rows(), limit });
        }
        let graph = NodeGraph::new(pattern, dof_to_node)?;
        control.check()?;
        let symbolic = Symbolic::new(&graph, control)?;
        let labels = symbolic.order.iter().map(|&dof| dof_to_node[dof as usize]).collect();
        let mut subtree_flops = Vec::with_capacity(symbolic.supernodes.len());
        for (s, supernode) in symbolic.supernodes.iter().enumerate() {
            let below: f64 = children(&symbolic, s).map(|child| subtree_flops[child]).sum();
            subtree_flops.push(below + supernode.flops());
        }
        Ok(Self {
            pattern: pattern.clone(),
            symbolic: Arc::new(symbolic),
            labels: Arc::new(labels),
            subtree_flops: Arc::new(subtree_flops),
        })
    }

    /// Number of dofs.
    pub fn size(&self) -> usize {
        self.symbolic.size()
    }

    /// Multiply-adds of the numeric factorisation.
    pub fn flops(&self) -> f64 {
        self.symbolic.flops()
    }

    /// Entries of the triangular factor (with the few zeros that merged supernodes store).
    pub fn factor_entries(&self) -> u64 {
        self.symbolic.factor_entries()
    }

    /// Bytes that [`DirectAnalysis::factorise`] holds at most: the factor, the updates waiting at the same time, and the
    /// index arrays.
    pub fn predicted_memory(&self) -> u64 {
        let indices = 20 * self.symbolic.size() as u64;
        8 * (self.symbolic.values() as u64 + self.waiting_updates()) + indices
    }

    /// Largest number of update entries alive at the same time, with all parallel tasks running at once.
    fn waiting_updates(&self) -> u64 {
        let mut peaks: Vec<u64> = Vec::with_capacity(self.symbolic.supernodes.len());
        for (s, supernode) in self.symbolic.supernodes.iter().enumerate() {
            let size = |t: usize| (self.symbolic.supernodes[t].rows_below as u64).pow(2);
            let (mut held, mut peak) = (0, 0);
            for child in children(&self.symbolic, s) {
                if self.subtree_flops[s] > PARALLEL_FLOPS {
                    // The children may run side by side.
                    peak += peaks[child].max(size(child));
                } else {
                    peak = peak.max(held + peaks[child]);
                }
                held += size(child);
            }
            peaks.push(peak.max(held + (supernode.rows_below as u64).pow(2)));
        }
        roots(&self.symbolic).into_iter().map(|root| peaks[root]).max().unwrap_or(0)
    }

    /// The Cholesky factor of `matrix`, which must have the analysed pattern and be symmetric (its rows are read as
    /// columns of the lower triangle).
    ///
    /// # Errors
    /// [`LinalgError::NotPositiveDefinite`] with the dof of the pivot, [`LinalgError::Cancelled`] (within one tile of a
    /// dense product, some ten milliseconds), [`LinalgError::Size`] when the matrix has another pattern.
    pub fn factorise(&self, matrix: &SparseMatrix, control: &RunControl) -> Result<DirectFactor, LinalgError> {
        if !Arc::ptr_eq(matrix.pattern(), &self.pattern) && **matrix.pattern() != *self.pattern {
            let (found, expected) = (matrix.pattern().entries(), self.pattern.entries());
            return Err(LinalgError::Size {
                what: "a matrix with another pattern than the analysed one",
                found,
                expected,
            });
        }
        let mut values = vec![0.0; self.symbolic.values()];
        let done = AtomicU64::new(0);
        let task = Task { analysis: self, matrix, control, done: &done };
        let roots = roots(&self.symbolic);
        task.subtrees(&roots, &mut values, 0).map_err(|failure| self.explain(failure, matrix))?;
        Ok(DirectFactor { symbolic: self.symbolic.clone(), values })
    }

    fn explain(&self, failure: Failure, matrix: &SparseMatrix) -> LinalgError {
        match failure {
            Failure::Cancelled => LinalgError::Cancelled(Cancelled),
            Failure::Pivot { position, pivot } => {
                let dof = self.symbolic.order[position] as usize;
                let ratio = pivot / matrix.entry(dof, dof).abs();
                LinalgError::NotPositiveDefinite { dof, node: self.labels[position], pivot, ratio }
            }
        }
    }
}

/// Children of a supernode, in order.
fn children(symbolic: &Symbolic, s: usize) -> impl Iterator<Item = usize> {
    let mut list = Vec::with_capacity(symbolic.supernodes[s].children);
    let mut end = s;
    for _ in 0..symbolic.supernodes[s].children {
        list.push(end - 1);
        end = symbolic.supernodes[end - 1].subtree;
    }
    list.into_iter().rev()
}

/// Roots of the forest of supernodes, in order.
fn roots(symbolic: &Symbolic) -> Vec<usize> {
    let mut list = Vec::new();
    let mut end = symbolic.supernodes.len();
    while end > 0 {
        list.push(end - 1);
        end = symbolic.supernodes[end - 1].subtree;
    }
    list.reverse();
    list
}

#[derive(Debug, Clone, Copy)]
enum Failure {
    Cancelled,
    Pivot { position: usize, pivot: f64 },
}

impl From<FrontError> for Failure {
    fn from(_: FrontError) -> Self {
        Self::Cancelled
    }
}

/// The square update that a supernode leaves for its parent, column by column, lower triangle meaningful.
struct Update {
    supernode: usize,
    values: Vec<f64>,
}

/// What all tasks of one factorisation share.
#[derive(Clone, Copy)]
struct Task<'a> {
    analysis: &'a DirectAnalysis,
    matrix: &'a SparseMatrix,
    control: &'a RunControl,
    /// Multiply-adds done, in millions, for the progress report.
    done: &'a AtomicU64,
}

impl Task<'_> {
    /// Factorises the subtrees under `tops` (siblings in order); `values` starts at the factor value number `base`.
    fn subtrees(self, tops: &[usize], values: &mut [f64], base: usize) -> Result<Vec<Update>, Failure> {
        match tops {
            [] => Ok(Vec::new()),
            &[top] => Ok(self.subtree(top, values, base)?.into_iter().collect()),
            _ => {
                let (left, right) = tops.split_at(tops.len() / 2);
                let symbolic = &self.analysis.symbolic;
                let first = symbolic.supernodes[right[0]].subtree;
                let middle = symbolic.supernodes[first].values.start;
                let (left_values, right_values) = values.split_at_mut(middle - base);
                let (first, second) = rayon::join(
                    || self.subtrees(left, left_values, base),
                    || self.subtrees(right, right_values, middle),
                );
                let mut updates = first?;
                updates.extend(second?);
                Ok(updates)
            }
        }
    }

    fn subtree(self, top: usize, values: &mut [f64], base: usize) -> Result<Option<Update>, Failure> {
        let symbolic = &self.analysis.symbolic;
        let mut map = vec![0u32; symbolic.first_dof.len()];
        if self.analysis.subtree_flops[top] > PARALLEL_FLOPS {
            let tops: Vec<usize> = children(symbolic, top).collect();
            let start = symbolic.supernodes[top].values.start;
            let (below, front) = values.split_at_mut(start - base);
            let updates = self.subtrees(&tops, below, base)?;
            return self.supernode(top, front, updates, &mut map);
        }
        let mut stack: Vec<Update> = Vec::new();
        for s in symbolic.supernodes[top].subtree..=top {
            let supernode = &symbolic.supernodes[s];
            let front = &mut values[supernode.values.start - base..supernode.values.end - base];
            let updates = stack.split_off(stack.len() - supernode.children);
            stack.extend(self.supernode(s, front, updates, &mut map)?);
        }
        Ok(stack.pop())
    }

    /// Assembles and factorises one supernode into `front`; returns its update unless it is a root.
    fn supernode(
        self,
        s: usize,
        front: &mut [f64],
        updates: Vec<Update>,
        map: &mut [u32],
    ) -> Result<Option<Update>, Failure> {
        let symbolic = &*self.analysis.symbolic;
        let supernode = &symbolic.supernodes[s];
        let (columns, below) = (supernode.columns, supernode.rows_below);
        self.assemble(supernode, front, map);
        let mut places = Vec::with_capacity(updates.len());
        for update in &updates {
            let child = &symbolic.supernodes[update.supernode];
            let rows = local_rows(symbolic, child, map);
            let cut = rows.partition_point(|&row| (row as usize) < columns);
            for (column, &target) in rows[..cut].iter().enumerate() {
                let target = &mut front[target as usize * (columns + below)..];
                add_column(&update.values[column * rows.len()..], &rows, column, target, 0);
            }
            places.push((rows, cut));
        }
        let mut view = MatMut::from_column_major_slice_mut(front, columns + below, columns);
        partial_cholesky(view.rb_mut(), self.control).map_err(|error| match error {
            FrontError::Cancelled => Failure::Cancelled,
            FrontError::NotPositive(column) => {
                Failure::Pivot { position: supernode.first_dof + column, pivot: f64::NAN }
            }
        })?;
        self.check_pivots(supernode, view.rb())?;
        self.report(supernode);
        if below == 0 {
            return Ok(None);
        }
        let mut values = vec![0.0; below * below];
        let target = MatMut::from_column_major_slice_mut(&mut values, below, below);
        subtract_square(target, Accum::Replace, view.rb().split_at_row(columns).1, self.control)?;
        for (update, (rows, cut)) in updates.iter().zip(&places) {
            for (column, &target) in rows.iter().enumerate().skip(*cut) {
                let target = &mut values[(target as usize - columns) * below..];
                add_column(&update.values[column * rows.len()..], rows, column, target, columns);
            }
        }
        Ok(Some(Update { supernode: s, values }))
    }

    /// Adds the matrix entries of the supernode's columns and sets `map[node]` to the node's first row in the front.
    fn assemble(self, supernode: &Supernode, front: &mut [f64], map: &mut [u32]) {
        let symbolic = &*self.analysis.symbolic;
        let first = supernode.first_dof;
        let height = supernode.columns + supernode.rows_below;
        for node in supernode.nodes.clone() {
            map[node] = symbolic.first_dof[node] - first as u32;
        }
        let mut row = supernode.columns as u32;
        for &node in symbolic.below(supernode) {
            map[node as usize] = row;
            row += symbolic.first_dof[node as usize + 1] - symbolic.first_dof[node as usize];
        }
        for column in 0..supernode.columns {
            let (others, entries) = self.matrix.row(symbolic.order[first + column] as usize);
            let target = &mut front[column * height..(column + 1) * height];
            for (&other, entry) in others.iter().zip(entries) {
                let position = symbolic.position[other as usize];
                if position as usize >= first + column {
                    let node = symbolic.node_of[position as usize] as usize;
                    target[(map[node] + position - symbolic.first_dof[node]) as usize] += entry;
                }
            }
        }
    }

    fn check_pivots(self, supernode: &Supernode, front: MatRef<'_, f64>) -> Result<(), Failure> {
        for column in 0..supernode.columns {
            let position = supernode.first_dof + column;
            let dof = self.analysis.symbolic.order[position] as usize;
            let pivot = front[(column, column)].powi(2);
            if pivot < SMALLEST_PIVOT * self.matrix.entry(dof, dof) {
                return Err(Failure::Pivot { position, pivot });
            }
        }
        Ok(())
    }

    fn report(self, supernode: &Supernode) {
        let flops = supernode.flops();
        if flops > 1e8 {
            let done = self.done.fetch_add((flops / 1e6) as u64, Ordering::Relaxed) as f64 * 1e6 + flops;
            let total = self.analysis.subtree_flops.last().copied().unwrap_or(flops);
            self.control.report(done / total.max(done));
        }
    }
}

/// Row in the parent's front of every row of a child's update.
fn local_rows(symbolic: &Symbolic, child: &Supernode, map: &[u32]) -> Vec<u32> {
    let mut rows = Vec::with_capacity(child.rows_below);
    for &node in symbolic.below(child) {
        let node = node as usize;
        let weight = symbolic.first_dof[node + 1] - symbolic.first_dof[node];
        rows.extend((0..weight).map(|k| map[node] + k));
    }
    rows
}

/// Adds one column of an update, from its diagonal down, to the column of the target whose row 0 is the front's row `skip`.
fn add_column(source: &[f64], rows: &[u32], column: usize, target: &mut [f64], skip: usize) {
    for (&row, value) in rows[column..].iter().zip(&source[column..rows.len()]) {
        target[row as usize - skip] += value;
    }
}

/// A Cholesky factor A = P L Lᵀ Pᵀ.
#[derive(Debug)]
pub struct DirectFactor {
    symbolic: Arc<Symbolic>,
    values: Vec<f64>,
}

impl DirectFactor {
    /// Number of dofs.
    pub fn size(&self) -> usize {
        self.symbolic.size()
    }

    /// Solves A x = b for all right-hand sides at once. Cost: two passes over the factor, whatever their number.
    ///
    /// # Errors
    /// [`LinalgError::Size`], [`LinalgError::Cancelled`].
    pub fn solve(&self, right: &[Vec<f64>], control: &RunControl) -> Result<Vec<Vec<f64>>, LinalgError> {
        let size = self.size();
        if let Some(wrong) = right.iter().find(|b| b.len() != size) {
            return Err(LinalgError::Size { what: "a right-hand side", found: wrong.len(), expected: size });
        }
        let order = &self.symbolic.order;
        let mut x: Vec<f64> = right.iter().flat_map(|b| order.iter().map(|&dof| b[dof as usize])).collect();
        self.solve_ordered(MatMut::from_column_major_slice_mut(&mut x, size, right.len()), control)?;
        let position = &self.symbolic.position;
        Ok(x.chunks_exact(size.max(1)).map(|column| position.iter().map(|&k| column[k as usize]).collect()).collect())
    }

    /// Solves A x = b for one right-hand side of the right length.
    pub(crate) fn solve_one(&self, right: &[f64], control: &RunControl) -> Result<Vec<f64>, Cancelled> {
        let symbolic = &*self.symbolic;
        let mut x: Vec<f64> = symbolic.order.iter().map(|&dof| right[dof as usize]).collect();
        self.solve_ordered(MatMut::from_column_major_slice_mut(&mut x, right.len(), 1), control)?;
        Ok(symbolic.position.iter().map(|&k| x[k as usize]).collect())
    }

    fn solve_ordered(&self, mut x: MatMut<'_, f64>, control: &RunControl) -> Result<(), Cancelled> {
        let symbolic = &*self.symbolic;
        let count = x.ncols();
        let widest = symbolic.supernodes.iter().map(|s| s.rows_below).max().unwrap_or(0);
        let mut buffer = vec![0.0; widest * count];
        for supernode in &symbolic.supernodes {
            control.check()?;
            let (top, bottom) = self.block(supernode);
            let mut own = x.rb_mut().subrows_mut(supernode.first_dof, supernode.columns);
            solve_lower_triangular_in_place(top, own.rb_mut(), Par::Seq);
            let (height, mut k) = (supernode.rows_below, 0);
            let mut below = MatMut::from_column_major_slice_mut(&mut buffer[..height * count], height, count);
            matmul(below.rb_mut(), Accum::Replace, bottom, own.rb(), 1.0, Par::Seq);
            for_rows(symbolic, supernode, |row| {
                for column in 0..count {
                    x[(row, column)] -= below[(k, column)];
                }
                k += 1;
            });
        }
        for supernode in symbolic.supernodes.iter().rev() {
            control.check()?;
            let (top, bottom) = self.block(supernode);
            let (height, mut k) = (supernode.rows_below, 0);
            let mut below = MatMut::from_column_major_slice_mut(&mut buffer[..height * count], height, count);
            for_rows(symbolic, supernode, |row| {
                for column in 0..count {
                    below[(k, column)] = x[(row, column)];
                }
                k += 1;
            });
            let mut own = x.rb_mut().subrows_mut(supernode.first_dof, supernode.columns);
            matmul(own.rb_mut(), Accum::Add, bottom.transpose(), below.rb(), -1.0, Par::Seq);
            solve_upper_triangular_in_place(top.transpose(), own, Par::Seq);
        }
        Ok(())
    }

    /// The diagonal block and the rows below it.
    fn block(&self, supernode: &Supernode) -> (MatRef<'_, f64>, MatRef<'_, f64>) {
        let height = supernode.columns + supernode.rows_below;
        MatRef::from_column_major_slice(&self.values[supernode.values.clone()], height, supernode.columns)
            .split_at_row(supernode.columns)
    }
}

/// Calls `visit` for every dof (elimination order) below a supernode's diagonal block.
fn for_rows(symbolic: &Symbolic, supernode: &Supernode, mut visit: impl FnMut(usize)) {
    for &node in symbolic.below(supernode) {
        for row in symbolic.first_dof[node as usize]..symbolic.first_dof[node as usize + 1] {
            visit(row as usize);
        }
    }
}
