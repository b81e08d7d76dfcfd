//! Sparse Cholesky factorisation by fronts: supernodes in postorder, each assembled from the matrix and its children's
//! updates, partly factorised, its own update passed on (multifrontal method, Duff and Reid, ACM TOMS 9:302, 1983; Liu,
//! SIAM Review 34:82, 1992).

use crate::factor::{DirectFactor, branches};
use crate::front::{FrontError, partial_cholesky, subtract_square};
use crate::graph::NodeGraph;
use crate::symbolic::{Supernode, Symbolic};
use crate::{LinalgError, SparseMatrix, SparsityPattern};
use control::{Cancelled, RunControl};
use faer::prelude::{Reborrow, ReborrowMut};
use faer::{Accum, MatMut, MatRef};
use rayon::prelude::*;
use std::ops::Range;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

/// A pivot below this fraction of its diagonal entry counts as zero: rounding alone leaves that much of a singular matrix.
const SMALLEST_PIVOT: f64 = 1e-13;
/// Columns of an update that are stored and computed together.
const UPDATE_BLOCK: usize = 384;
/// The children of a supernode run side by side when its subtree has more than this share of all operations. More of
/// that would cost memory; within a large front the tiles run in parallel anyway.
const PARALLEL_SHARE: f64 = 0.4;

/// The analysis of a symmetric sparsity pattern for a direct solution: order and structure of the Cholesky factor. Reuse it
/// for every matrix with this pattern.
#[derive(Debug, Clone)]
pub struct DirectAnalysis {
    pattern: Arc<SparsityPattern>,
    symbolic: Arc<Symbolic>,
    /// Node labels in elimination order, to name a failing pivot.
    labels: Arc<Vec<u32>>,
    /// Floating-point operations of every supernode's subtree.
    subtree_flops: Arc<Vec<f64>>,
    flops: f64,
    branches: Arc<Vec<Range<usize>>>,
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
        let graph = NodeGraph::new(pattern, dof_to_node, control)?;
        let symbolic = Symbolic::new(&graph, control)?;
        let flops = symbolic.flops();
        let labels = symbolic.order.iter().map(|&dof| dof_to_node[dof as usize]).collect();
        let mut subtree_flops = Vec::with_capacity(symbolic.supernodes.len());
        for (s, supernode) in symbolic.supernodes.iter().enumerate() {
            let below: f64 = children(&symbolic, s).map(|child| subtree_flops[child]).sum();
            subtree_flops.push(below + supernode.flops());
        }
        Ok(Self {
            pattern: pattern.clone(),
            labels: Arc::new(labels),
            branches: Arc::new(branches(&symbolic)),
            symbolic: Arc::new(symbolic),
            subtree_flops: Arc::new(subtree_flops),
            flops,
        })
    }

    /// Number of dofs.
    pub fn size(&self) -> usize {
        self.symbolic.size()
    }

    /// Floating-point operations of the numeric factorisation.
    pub fn flops(&self) -> f64 {
        self.flops
    }

    /// Entries of the triangular factor (with the few zeros that merged supernodes store).
    pub fn factor_entries(&self) -> u64 {
        self.symbolic.factor_entries()
    }

    /// Bytes that [`DirectAnalysis::factorise`] holds at most, on any number of threads: the factor, the updates waiting at the same time, and the
    /// index arrays.
    pub fn predicted_memory(&self) -> u64 {
        self.memory(self.waiting_updates(true))
    }

    /// Bytes that [`DirectAnalysis::factorise`] holds at most when one thread does all the work.
    pub fn predicted_memory_of_one_thread(&self) -> u64 {
        self.memory(self.waiting_updates(false))
    }

    /// Bytes of the factor, of `waiting` update values and of the index arrays.
    fn memory(&self, waiting: u64) -> u64 {
        let indices = 20 * self.symbolic.size() as u64;
        8 * (self.symbolic.values() as u64 + waiting) + indices
    }

    /// Largest number of update entries alive at the same time, parallel tasks running at once or one after the other.
    fn waiting_updates(&self, at_once: bool) -> u64 {
        let mut peaks: Vec<u64> = Vec::with_capacity(self.symbolic.supernodes.len());
        for (s, supernode) in self.symbolic.supernodes.iter().enumerate() {
            let (mut held, mut kept, mut peak) = (0, 0, 0);
            for child in children(&self.symbolic, s) {
                if at_once && self.is_parallel(s) {
                    peak += peaks[child];
                } else {
                    peak = peak.max(held + peaks[child]);
                }
                let (rows, cut) = (self.symbolic.supernodes[child].rows_below, self.symbolic.rows_within(child, s));
                held += Update::values(rows, 0);
                kept += Update::values(rows, cut);
            }
            peaks.push(peak.max(held).max(kept + Update::values(supernode.rows_below, 0)));
        }
        roots(&self.symbolic).into_iter().map(|root| peaks[root]).max().unwrap_or(0)
    }

    /// Whether the children of this supernode are factorised side by side.
    fn is_parallel(&self, s: usize) -> bool {
        self.subtree_flops[s] > PARALLEL_SHARE * self.flops
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
        let (done, waiting) = (AtomicU64::new(0), Waiting::default());
        let task = Task { analysis: self, matrix, control, done: &done, waiting: &waiting };
        let roots = roots(&self.symbolic);
        task.subtrees(&roots, &mut values, 0).map_err(|failure| self.explain(failure, matrix))?;
        let peak_memory = self.memory(waiting.peak.load(Ordering::Relaxed));
        Ok(DirectFactor::new(self.symbolic.clone(), self.branches.clone(), values, peak_memory))
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

/// For products, which fail in no other way.
impl From<FrontError> for Failure {
    fn from(_: FrontError) -> Self {
        Self::Cancelled
    }
}

/// The symmetric update that a supernode leaves for its parent: its lower triangle in blocks of [`UPDATE_BLOCK`] columns,
/// each block column by column from the block's first row down.
struct Update {
    supernode: usize,
    blocks: Vec<Vec<f64>>,
}

impl Update {
    /// Column `column` from the diagonal down, of an update with `rows` rows.
    fn column(&self, column: usize, rows: usize) -> &[f64] {
        let (block, within) = (column / UPDATE_BLOCK, column % UPDATE_BLOCK);
        let height = rows - block * UPDATE_BLOCK;
        &self.blocks[block][within * height + within..(within + 1) * height]
    }

    /// Number of values that an update with `rows` rows stores once the blocks left of column `cut` are freed.
    fn values(rows: usize, cut: usize) -> u64 {
        let block = |start: usize| ((rows - start) * UPDATE_BLOCK.min(rows - start)) as u64;
        let first = cut / UPDATE_BLOCK * UPDATE_BLOCK;
        (first..rows).step_by(UPDATE_BLOCK).map(block).sum()
    }

    /// Frees the blocks left of column `cut`.
    fn free_left_of(&mut self, cut: usize) {
        let blocks = (cut / UPDATE_BLOCK).min(self.blocks.len());
        self.blocks[..blocks].fill(Vec::new());
    }
}

/// Update values alive now and at most so far.
#[derive(Default)]
struct Waiting {
    now: AtomicU64,
    peak: AtomicU64,
}

impl Waiting {
    fn add(&self, values: u64) {
        let now = self.now.fetch_add(values, Ordering::Relaxed) + values;
        self.peak.fetch_max(now, Ordering::Relaxed);
    }

    fn remove(&self, values: u64) {
        self.now.fetch_sub(values, Ordering::Relaxed);
    }
}

/// What all tasks of one factorisation share.
#[derive(Clone, Copy)]
struct Task<'a> {
    analysis: &'a DirectAnalysis,
    matrix: &'a SparseMatrix,
    control: &'a RunControl,
    /// Floating-point operations done, in millions, for the progress report.
    done: &'a AtomicU64,
    waiting: &'a Waiting,
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
        if self.analysis.is_parallel(top) {
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
        mut updates: Vec<Update>,
        map: &mut [u32],
    ) -> Result<Option<Update>, Failure> {
        let symbolic = &*self.analysis.symbolic;
        let supernode = &symbolic.supernodes[s];
        let (columns, below) = (supernode.columns, supernode.rows_below);
        self.assemble(supernode, front, map);
        let mut places = Vec::with_capacity(updates.len());
        for update in &mut updates {
            let child = &symbolic.supernodes[update.supernode];
            let rows = local_rows(symbolic, child, map);
            add_columns(update, &rows, (0, columns), front, 0);
            let cut = rows.partition_point(|&row| (row as usize) < columns);
            update.free_left_of(cut);
            self.waiting.remove(Update::values(rows.len(), 0) - Update::values(rows.len(), cut));
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
        let factor = view.rb().split_at_row(columns).1;
        let block = |start: usize| -> Result<Vec<f64>, Failure> {
            let (height, width) = (below - start, UPDATE_BLOCK.min(below - start));
            let mut block = vec![0.0; height * width];
            let target = MatMut::from_column_major_slice_mut(&mut block, height, width);
            subtract_square(target, Accum::Replace, factor.split_at_row(start).1, self.control)?;
            let first = columns + start;
            for (update, (rows, _)) in updates.iter().zip(&places) {
                add_columns(update, rows, (first, first + width), &mut block, first);
            }
            Ok(block)
        };
        let starts = (0..below.div_ceil(UPDATE_BLOCK)).into_par_iter().map(|k| k * UPDATE_BLOCK);
        self.waiting.add(Update::values(below, 0));
        let blocks = starts.map(block).collect::<Result<_, _>>()?;
        places.iter().for_each(|(rows, cut)| self.waiting.remove(Update::values(rows.len(), *cut)));
        Ok(Some(Update { supernode: s, blocks }))
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
            let total = self.analysis.flops;
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

/// Adds those columns of a child's update that fall on the front's columns `first..last` to `target`, which holds these
/// columns from the front's row `skip` down. `rows[k]` is the front's row of the update's row k.
fn add_columns(update: &Update, rows: &[u32], (first, last): (usize, usize), target: &mut [f64], skip: usize) {
    let height = target.len() / (last - first).max(1);
    let place = |limit: usize| rows.partition_point(|&row| (row as usize) < limit);
    for column in place(first)..place(last) {
        let start = (rows[column] as usize - first) * height;
        let target = &mut target[start..start + height];
        for (&row, value) in rows[column..].iter().zip(update.column(column, rows.len())) {
            target[row as usize - skip] += value;
        }
    }
}
