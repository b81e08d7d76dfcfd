//! Forward and backward substitution with a supernodal Cholesky factor.

use crate::symbolic::{Supernode, Symbolic};
use crate::{LinalgError, widely};
use control::{Cancelled, RunControl};
use faer::linalg::matmul::matmul;
use faer::linalg::triangular_solve::{solve_lower_triangular_in_place, solve_upper_triangular_in_place};
use faer::prelude::ReborrowMut;
use faer::{Accum, MatMut, MatRef, Par};
use rayon::prelude::*;
use std::ops::Range;
use std::sync::Arc;

/// A branch holds at most this share of the factor's values, and at least the second share.
const BRANCH_SHARE: (f64, f64) = (0.13, 0.01);

/// Columns that a substitution works on at once.
const TOGETHER: usize = 4;

/// A Cholesky factor A = P L Lᵀ Pᵀ, stored in double precision or, for preconditioners, in single.
#[derive(Debug)]
pub struct DirectFactor<V = f64> {
    symbolic: Arc<Symbolic>,
    /// Ranges of supernodes that are whole subtrees: they are substituted in parallel, the supernodes between them after
    /// (forward) or before (backward).
    branches: Arc<Vec<Range<usize>>>,
    values: Vec<V>,
    peak_memory: u64,
}

/// Cuts large whole subtrees from the tree, neighbours put together as far as [`BRANCH_SHARE`] allows.
pub(crate) fn branches(symbolic: &Symbolic) -> Vec<Range<usize>> {
    let total = symbolic.values() as f64;
    let supernodes = &symbolic.supernodes;
    let share = |range: &Range<usize>| {
        let values = supernodes[range.start].values.start..supernodes[range.end - 1].values.end;
        values.len() as f64 / total
    };
    let mut list: Vec<Range<usize>> = Vec::new();
    let mut end = supernodes.len();
    // From the last supernode down: the first small enough subtree met is a maximal one.
    while end > 0 {
        let subtree = supernodes[end - 1].subtree..end;
        if share(&subtree) > BRANCH_SHARE.0 {
            end -= 1;
            continue;
        }
        end = subtree.start;
        match list.last_mut() {
            Some(last) if last.start == subtree.end && share(&(subtree.start..last.end)) <= BRANCH_SHARE.0 => {
                last.start = subtree.start;
            }
            _ => list.push(subtree),
        }
    }
    list.retain(|range| share(range) >= BRANCH_SHARE.1);
    list.reverse();
    list
}

/// A stored value of a factor.
pub trait Stored: Copy + Into<f64> + Send + Sync {}

impl Stored for f32 {}
impl Stored for f64 {}

impl DirectFactor {
    pub(crate) fn new(
        symbolic: Arc<Symbolic>,
        branches: Arc<Vec<Range<usize>>>,
        values: Vec<f64>,
        peak_memory: u64,
    ) -> Self {
        Self { symbolic, branches, values, peak_memory }
    }

    /// Solves A x = b for all right-hand sides. Cost: two passes over the factor, whatever their number.
    ///
    /// # Errors
    /// [`LinalgError::Size`], [`LinalgError::Cancelled`].
    pub fn solve(&self, right: &[Vec<f64>], control: &RunControl) -> Result<Vec<Vec<f64>>, LinalgError> {
        let size = self.size();
        if let Some(wrong) = right.iter().find(|b| b.len() != size) {
            return Err(LinalgError::Size { what: "a right-hand side", found: wrong.len(), expected: size });
        }
        if let [b] = right {
            return Ok(vec![self.solve_one(b, control)?]);
        }
        let order = &self.symbolic.order;
        let mut x: Vec<f64> = right.iter().flat_map(|b| order.iter().map(|&dof| b[dof as usize])).collect();
        self.solve_many(MatMut::from_column_major_slice_mut(&mut x, size, right.len()), control)?;
        let position = &self.symbolic.position;
        let column = |k: usize| position.iter().map(|&place| x[k * size + place as usize]).collect();
        Ok((0..right.len()).map(column).collect())
    }

    /// The factor in single precision: half of what a solution reads, with errors of 10⁻⁷ in its entries.
    pub fn into_single(self) -> DirectFactor<f32> {
        let Self { symbolic, branches, values, peak_memory } = self;
        DirectFactor { symbolic, branches, values: values.par_iter().map(|&value| value as f32).collect(), peak_memory }
    }

    fn solve_many(&self, mut x: MatMut<'_, f64>, control: &RunControl) -> Result<(), Cancelled> {
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
            matmul(below.rb_mut(), Accum::Replace, bottom, own.rb_mut(), 1.0, Par::Seq);
            for_rows(symbolic, supernode, |row| {
                (0..count).for_each(|column| x[(row, column)] -= below[(k, column)]);
                k += 1;
            });
        }
        for supernode in symbolic.supernodes.iter().rev() {
            control.check()?;
            let (top, bottom) = self.block(supernode);
            let (height, mut k) = (supernode.rows_below, 0);
            let mut below = MatMut::from_column_major_slice_mut(&mut buffer[..height * count], height, count);
            for_rows(symbolic, supernode, |row| {
                (0..count).for_each(|column| below[(k, column)] = x[(row, column)]);
                k += 1;
            });
            let mut own = x.rb_mut().subrows_mut(supernode.first_dof, supernode.columns);
            matmul(own.rb_mut(), Accum::Add, bottom.transpose(), below, -1.0, Par::Seq);
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

impl<V: Stored> DirectFactor<V> {
    /// Bytes that the factorisation held at most. Depends on how the threads were scheduled: not for a record.
    pub fn peak_memory(&self) -> u64 {
        self.peak_memory
    }

    /// Number of dofs.
    pub fn size(&self) -> usize {
        self.symbolic.size()
    }

    /// Solves A x = b for one right-hand side. Cost: two passes over the factor.
    ///
    /// # Errors
    /// [`Cancelled`].
    ///
    /// # Panics
    /// When the right-hand side is not as long as the matrix is wide.
    pub fn solve_one(&self, right: &[f64], control: &RunControl) -> Result<Vec<f64>, Cancelled> {
        assert_eq!(right.len(), self.size(), "one entry a row");
        let symbolic = &*self.symbolic;
        let mut x: Vec<f64> = symbolic.order.iter().map(|&dof| right[dof as usize]).collect();
        let mut between = Vec::new();
        let mut next = 0;
        for branch in &*self.branches {
            between.push(next..branch.start);
            next = branch.end;
        }
        between.push(next..symbolic.supernodes.len());
        let updates: Vec<Vec<f64>> = self
            .split(&mut x)
            .into_par_iter()
            .zip(&*self.branches)
            .map(|((first, own), branch)| {
                let mut later = vec![0.0; right.len() - first - own.len()];
                self.forward(branch.clone(), first, own, &mut later, control).map(|()| later)
            })
            .collect::<Result<_, _>>()?;
        for later in updates {
            let start = x.len() - later.len();
            x[start..].iter_mut().zip(later).for_each(|(x, update)| *x += update);
        }
        for range in &between {
            self.forward(range.clone(), 0, &mut x, &mut [], control)?;
        }
        for range in between.iter().rev() {
            self.backward(range.clone(), 0, &mut x, &[], control)?;
        }
        let known = x.clone();
        self.split(&mut x).into_par_iter().zip(&*self.branches).try_for_each(|((first, own), branch)| {
            let later = &known[first + own.len()..];
            self.backward(branch.clone(), first, own, later, control)
        })?;
        Ok(symbolic.position.iter().map(|&k| x[k as usize]).collect())
    }

    /// The parts of a vector in elimination order that belong to the branches, each with its first dof.
    fn split<'a>(&self, mut x: &'a mut [f64]) -> Vec<(usize, &'a mut [f64])> {
        let supernodes = &self.symbolic.supernodes;
        let mut done = 0;
        let part = |branch: &Range<usize>| {
            let first = supernodes[branch.start].first_dof;
            let last = &supernodes[branch.end - 1];
            let end = last.first_dof + last.columns;
            let (head, tail) = std::mem::take(&mut x).split_at_mut(end - done);
            let own = &mut head[first - done..];
            (x, done) = (tail, end);
            (first, own)
        };
        self.branches.iter().map(part).collect()
    }

    /// L y = b over some supernodes: `own` holds the dofs from `first` on, `later` takes the sums for those behind `own`.
    fn forward(
        &self,
        supernodes: Range<usize>,
        first: usize,
        own: &mut [f64],
        later: &mut [f64],
        control: &RunControl,
    ) -> Result<(), Cancelled> {
        let mut local = Vec::new();
        for supernode in &self.symbolic.supernodes[supernodes] {
            control.check()?;
            let (columns, height) = (supernode.columns, supernode.columns + supernode.rows_below);
            let start = supernode.first_dof - first;
            local.clear();
            local.extend_from_slice(&own[start..start + columns]);
            local.resize(height, 0.0);
            let values = &self.values[supernode.values.clone()];
            widely(|| substitute(values, &mut local));
            own[start..start + columns].copy_from_slice(&local[..columns]);
            let mut updates = local[columns..].iter();
            for_rows(&self.symbolic, supernode, |row| {
                let row = row - first;
                let target = if row < own.len() { &mut own[row] } else { &mut later[row - own.len()] };
                *target += updates.next().unwrap_or(&0.0);
            });
        }
        Ok(())
    }

    /// Lᵀ x = y over some supernodes, in reverse: `own` holds the dofs from `first` on, `later` those behind `own`.
    fn backward(
        &self,
        supernodes: Range<usize>,
        first: usize,
        own: &mut [f64],
        later: &[f64],
        control: &RunControl,
    ) -> Result<(), Cancelled> {
        let mut local = Vec::new();
        for supernode in self.symbolic.supernodes[supernodes].iter().rev() {
            control.check()?;
            let columns = supernode.columns;
            let start = supernode.first_dof - first;
            local.clear();
            local.extend_from_slice(&own[start..start + columns]);
            for_rows(&self.symbolic, supernode, |row| {
                let row = row - first;
                local.push(if row < own.len() { own[row] } else { later[row - own.len()] });
            });
            let values = &self.values[supernode.values.clone()];
            widely(|| substitute_back(values, columns, &mut local));
            own[start..start + columns].copy_from_slice(&local[..columns]);
        }
        Ok(())
    }
}

/// L y = x in place for the columns of a supernode, each as high as `x`; below the diagonal block -L y is added.
#[inline(always)]
fn substitute<V: Stored>(values: &[V], x: &mut [f64]) {
    let height = x.len();
    for (k, block) in values.chunks(TOGETHER * height).enumerate() {
        let first = k * TOGETHER;
        let count = block.len() / height;
        for j in 0..count {
            let column = &block[j * height + first..(j + 1) * height];
            let value = x[first + j] / column[j].into();
            x[first + j] = value;
            let end = if count == TOGETHER { first + count } else { height };
            x[first + j + 1..end].iter_mut().zip(&column[j + 1..]).for_each(|(x, &l)| *x -= l.into() * value);
        }
        if count == TOGETHER {
            let after = first + count;
            let [a, b, c, d] = four(block, height, after);
            let [p, q, r, s] = [0, 1, 2, 3].map(|j| x[first + j]);
            let rows = a.iter().zip(b).zip(c.iter().zip(d));
            for (x, ((&a, &b), (&c, &d))) in x[after..].iter_mut().zip(rows) {
                *x -= (a.into() * p + b.into() * q) + (c.into() * r + d.into() * s);
            }
        }
    }
}

/// Lᵀ y = x in place for the columns of a supernode, each as high as `x`, whose entries below the diagonal block are known.
#[inline(always)]
fn substitute_back<V: Stored>(values: &[V], columns: usize, x: &mut [f64]) {
    let height = x.len();
    for first in (0..columns).step_by(TOGETHER).rev() {
        let block = &values[first * height..columns.min(first + TOGETHER) * height];
        let count = block.len() / height;
        let after = first + count;
        let mut sums = [0.0; TOGETHER];
        if count == TOGETHER {
            sums = dots(four(block, height, after), &x[after..]);
        } else {
            for (sum, column) in sums.iter_mut().zip(block.chunks_exact(height)) {
                *sum = column[after..].iter().zip(&x[after..]).map(|(&l, x)| l.into() * x).sum();
            }
        }
        for j in (0..count).rev() {
            let column = &block[j * height..(j + 1) * height];
            let inner: f64 =
                column[first + j + 1..after].iter().zip(&x[first + j + 1..]).map(|(&l, x)| l.into() * x).sum();
            x[first + j] = (x[first + j] - sums[j] - inner) / column[first + j].into();
        }
    }
}

/// The rows from `from` on of four columns.
#[inline(always)]
fn four<V>(block: &[V], height: usize, from: usize) -> [&[V]; TOGETHER] {
    std::array::from_fn(|j| &block[j * height + from..(j + 1) * height])
}

/// Inner products of four columns with a vector, each with four running sums, which the processor can add side by side.
#[inline(always)]
fn dots<V: Stored>(columns: [&[V]; TOGETHER], x: &[f64]) -> [f64; TOGETHER] {
    const LANES: usize = 4;
    let mut sums = [[0.0; LANES]; TOGETHER];
    let (blocks, rest) = x.as_chunks::<LANES>();
    let [a, b, c, d] = columns.map(|column| column.as_chunks::<LANES>().0.iter());
    for ((x, (a, b)), (c, d)) in blocks.iter().zip(a.zip(b)).zip(c.zip(d)) {
        for (sums, l) in sums.iter_mut().zip([a, b, c, d]) {
            (0..LANES).for_each(|k| sums[k] += l[k].into() * x[k]);
        }
    }
    let done = x.len() - rest.len();
    std::array::from_fn(|j| {
        let tail: f64 = columns[j][done..].iter().zip(rest).map(|(&l, x)| l.into() * x).sum();
        (sums[j][0] + sums[j][1]) + (sums[j][2] + sums[j][3]) + tail
    })
}

/// Calls `visit` for every dof (elimination order) below a supernode's diagonal block.
fn for_rows(symbolic: &Symbolic, supernode: &Supernode, mut visit: impl FnMut(usize)) {
    for &node in symbolic.below(supernode) {
        for row in symbolic.first_dof[node as usize]..symbolic.first_dof[node as usize + 1] {
            visit(row as usize);
        }
    }
}
