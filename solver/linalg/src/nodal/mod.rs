//! Systems whose matrix has one row a node while the unknowns are numbers or vectors there: the components of vectors are
//! solved together, so that the matrix is read once for all. Linear constraints that act node by node (a node held, or held
//! along a normal) enter as a [`NodeProjection`]; the matrix keeps its rows.

mod bicgstab;
mod conjugate_gradients;
mod ilu;
mod multigrid;
mod operator;
mod refine;
mod single;

pub use bicgstab::bicgstab;
pub use conjugate_gradients::conjugate_gradients;
pub use ilu::IncompleteLu;
pub use multigrid::Multigrid;
pub use operator::conjugate_gradients_of;
pub use refine::{Start, refine};
pub use single::{Lanes, SingleMatrix};

use crate::{LinalgError, SparseMatrix};
use nalgebra::Vector3;
use rayon::prelude::*;
use std::ops::{Add, AddAssign, Mul, Sub, SubAssign};

/// Rows of a product, and entries of a sum, that one task computes.
const CHUNK: usize = 1024;

/// An unknown at a node: a number or a vector.
pub trait Entry:
    Copy + Default + Send + Sync + Add<Output = Self> + AddAssign + Sub<Output = Self> + SubAssign + Mul<f64, Output = Self>
{
    /// The scalar product.
    fn dot(&self, other: &Self) -> f64;
}

impl Entry for f64 {
    #[inline]
    fn dot(&self, other: &Self) -> f64 {
        self * other
    }
}

impl Entry for Vector3<f64> {
    #[inline]
    fn dot(&self, other: &Self) -> f64 {
        self.x * other.x + self.y * other.y + self.z * other.z
    }
}

/// A matrix by its rows.
pub trait Rows<T>: Sync {
    /// Rows and columns.
    fn size(&self) -> [usize; 2];

    /// An entry of A x.
    fn row_times(&self, row: usize, x: &[T]) -> T;
}

impl<T: Entry> Rows<T> for SparseMatrix {
    fn size(&self) -> [usize; 2] {
        [self.rows(), self.columns()]
    }

    #[inline]
    fn row_times(&self, row: usize, x: &[T]) -> T {
        let (columns, values) = self.row(row);
        let mut sum = T::default();
        for (&column, &a) in columns.iter().zip(values) {
            sum += x[column as usize] * a;
        }
        sum
    }
}

/// An approximate inverse.
pub trait Preconditioner<T>: Sync {
    /// z = P M⁻¹ r.
    fn apply(&self, r: &[T], free: &impl NodeProjection<T>, z: &mut [T]);
}

/// 1 over the diagonal of a matrix.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct InverseDiagonal(Vec<f64>);

impl InverseDiagonal {
    /// Of a matrix whose diagonal has no zero.
    pub fn new(matrix: &SparseMatrix) -> Self {
        Self((0..matrix.rows()).into_par_iter().map(|row| matrix.entry(row, row).recip()).collect())
    }
}

impl<T: Entry> Preconditioner<T> for InverseDiagonal {
    fn apply(&self, r: &[T], _: &impl NodeProjection<T>, z: &mut [T]) {
        // A number times a projected vector stays projected.
        let chunks = z.par_chunks_mut(CHUNK).zip(r.par_chunks(CHUNK).zip(self.0.par_chunks(CHUNK)));
        chunks.for_each(|(z, (r, inverse))| {
            z.iter_mut().zip(r.iter().zip(inverse)).for_each(|(z, (r, inverse))| *z = *r * *inverse);
        });
    }
}

/// What is left free at the nodes: at each an orthogonal projection.
pub trait NodeProjection<T>: Sync {
    /// Removes from `value` what is held at `node`.
    fn project(&self, node: usize, value: &mut T);
}

/// Nothing is held.
#[derive(Debug, Clone, Copy)]
pub struct AllFree;

impl<T> NodeProjection<T> for AllFree {
    fn project(&self, _: usize, _: &mut T) {}
}

/// When an iteration ends.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Until {
    /// Norm of the projected residual (Euclidean, over all components) that suffices.
    pub residual: f64,
    /// Iterations after which the solver gives up.
    pub iterations: usize,
}

/// What an iteration did.
#[derive(Debug, Clone, Copy, Default, PartialEq)]
pub struct Iterations {
    /// Number of iterations.
    pub count: usize,
    /// Norm of the projected residual before the first and after the last, by the recursion.
    pub residual: [f64; 2],
}

impl SparseMatrix {
    /// y = A x for numbers or vectors at the nodes. Rows in parallel, each summed in its columns' order.
    ///
    /// # Panics
    /// When the lengths do not fit the matrix.
    pub fn multiply_nodal_into<T: Entry>(&self, x: &[T], y: &mut [T]) {
        assert_eq!(x.len(), self.columns(), "x has one entry a column");
        assert_eq!(y.len(), self.rows(), "y has one entry a row");
        y.par_chunks_mut(CHUNK).enumerate().for_each(|(chunk, part)| {
            for (k, value) in part.iter_mut().enumerate() {
                *value = self.row_times(chunk * CHUNK + k, x);
            }
        });
    }
}

/// y = P A x, and wᵀ y and yᵀ y.
fn projected_product<T: Entry>(
    matrix: &impl Rows<T>,
    x: &[T],
    free: &impl NodeProjection<T>,
    w: &[T],
    y: &mut [T],
) -> [f64; 2] {
    let sums: Vec<[f64; 2]> = y
        .par_chunks_mut(CHUNK)
        .enumerate()
        .map(|(chunk, part)| {
            let mut sums = [0.0; 2];
            for (k, y) in part.iter_mut().enumerate() {
                let row = chunk * CHUNK + k;
                *y = matrix.row_times(row, x);
                free.project(row, y);
                sums[0] += y.dot(&w[row]);
                sums[1] += y.dot(y);
            }
            sums
        })
        .collect();
    sums.into_iter().fold([0.0; 2], |[a, b], [c, d]| [a + c, b + d])
}

/// xᵀ y, and yᵀ y.
fn dots<T: Entry>(x: &[T], y: &[T]) -> [f64; 2] {
    let sums: Vec<[f64; 2]> = x
        .par_chunks(CHUNK)
        .zip(y.par_chunks(CHUNK))
        .map(|(x, y)| x.iter().zip(y).fold([0.0; 2], |[a, b], (x, y)| [a + x.dot(y), b + y.dot(y)]))
        .collect();
    sums.into_iter().fold([0.0; 2], |[a, b], [c, d]| [a + c, b + d])
}

fn check_sizes<T>(matrix: &impl Rows<T>, residual: &[T], x: &[T]) -> Result<(), LinalgError> {
    let [expected, columns] = matrix.size();
    for (what, found) in [("a matrix row", columns), ("a residual", residual.len()), ("a guess", x.len())] {
        if found != expected {
            return Err(LinalgError::Size { what, found, expected });
        }
    }
    Ok(())
}

#[cfg(test)]
pub(crate) mod tests {
    use super::*;
    use crate::SparsityPattern;
    use control::RunControl;
    use std::sync::Arc;

    /// Held at node 0; along (1, 1, 0) at node 5.
    struct Held;

    impl NodeProjection<Vector3<f64>> for Held {
        fn project(&self, node: usize, vector: &mut Vector3<f64>) {
            match node {
                0 => *vector = Vector3::zeros(),
                5 => {
                    let normal = Vector3::new(1.0, 1.0, 0.0).normalize();
                    *vector -= normal * normal.dot(vector);
                }
                _ => {}
            }
        }
    }

    /// Reaction, diffusion and, with `wind`, convection on a cube of n³ points.
    pub(crate) fn grid(n: usize, wind: f64) -> SparseMatrix {
        let at = |i: usize, j: usize, k: usize| (i * n + j) * n + k;
        let (mut offsets, mut columns, mut values) = (vec![0], Vec::new(), Vec::new());
        for i in 0..n {
            for j in 0..n {
                for k in 0..n {
                    let mut row = vec![(at(i, j, k), 6.5)];
                    let mut add = |inside: bool, column: usize, value: f64| {
                        if inside {
                            row.push((column, value));
                        }
                    };
                    add(i > 0, at(i.max(1) - 1, j, k), -1.0 - wind);
                    add(i + 1 < n, at(i + 1, j, k), -1.0 + wind);
                    add(j > 0, at(i, j.max(1) - 1, k), -1.0 - 0.5 * wind);
                    add(j + 1 < n, at(i, j + 1, k), -1.0 + 0.5 * wind);
                    add(k > 0, at(i, j, k.max(1) - 1), -1.0);
                    add(k + 1 < n, at(i, j, k + 1), -1.0);
                    row.sort_by_key(|entry| entry.0);
                    columns.extend(row.iter().map(|entry| entry.0 as u32));
                    values.extend(row.iter().map(|entry| entry.1));
                    offsets.push(columns.len());
                }
            }
        }
        SparseMatrix::new(Arc::new(SparsityPattern::new(n * n * n, offsets, columns)), values)
    }

    fn some_vectors(count: usize) -> Vec<Vector3<f64>> {
        let value = |k: usize, factor: f64| (k as f64 * factor).sin();
        (0..count).map(|k| Vector3::new(value(k, 0.7), value(k, 1.3), value(k, 2.9))).collect()
    }

    impl NodeProjection<Lanes> for Held {
        fn project(&self, node: usize, lanes: &mut Lanes) {
            let mut vector = Vector3::from(*lanes);
            self.project(node, &mut vector);
            *lanes = vector.into();
        }
    }

    #[test]
    fn all_iterations_solve_under_nodal_constraints_and_leave_the_held_motions_alone() {
        let control = RunControl::silent();
        let until = Until { residual: 1e-10, iterations: 200 };
        for (wind, single) in [(0.0, false), (0.8, false), (0.0, true), (0.8, true)] {
            let matrix = grid(9, wind);
            let right = some_vectors(matrix.rows());
            let mut x = vec![Vector3::zeros(); matrix.rows()];
            (x[0], x[5]) = (Vector3::new(1.0, 2.0, 3.0), Vector3::new(0.5, 0.5, 0.0));
            let start = Start::new(&matrix, &right, [&x, &x], &Held);
            let (rounded, inverse) = (SingleMatrix::new(&matrix), InverseDiagonal::new(&matrix));
            let ilu = IncompleteLu::new(&matrix, |_| false).unwrap();
            let done = match (wind > 0.0, single) {
                (false, false) => {
                    conjugate_gradients(&matrix, &inverse, start.residual, &mut x, &Held, until, &control)
                }
                (true, false) => bicgstab(&matrix, &inverse, start.residual, &mut x, &Held, until, &control),
                (windy, true) => {
                    refine(&matrix, &right, start.residual, &mut x, &Held, until, |r, d, until| match windy {
                        true => bicgstab(&rounded, &ilu, r, d, &Held, until, &control),
                        false => conjugate_gradients(&rounded, &ilu, r, d, &Held, until, &control),
                    })
                }
            };
            let done = done.unwrap();
            let residual = Start::new(&matrix, &right, [&x, &x], &Held).other;
            println!("wind {wind}: {done:?}, true residual {residual:.1e}");
            assert!(residual < 2e-10 && (1..80).contains(&done.count));
            assert_eq!(x[0], Vector3::new(1.0, 2.0, 3.0));
            assert!((x[5].x + x[5].y - 1.0).abs() < 1e-12);
        }
    }

    #[test]
    fn an_iteration_that_may_not_go_on_says_where_it_stopped() {
        let matrix = grid(5, 0.0);
        let right = some_vectors(matrix.rows());
        let mut x = vec![Vector3::zeros(); matrix.rows()];
        let until = Until { residual: 1e-12, iterations: 2 };
        let inverse = InverseDiagonal::new(&matrix);
        let solve = |right: &[Vector3<f64>], x: &mut [Vector3<f64>]| {
            conjugate_gradients(&matrix, &inverse, right.to_vec(), x, &AllFree, until, &RunControl::silent())
        };
        let failed = solve(&right, &mut x).unwrap_err();
        assert!(matches!(failed, LinalgError::NotConverged { iterations: 2, .. }), "{failed}");
        let wrong = solve(&right[1..], &mut x);
        assert!(matches!(wrong, Err(LinalgError::Size { .. })));
    }
}
