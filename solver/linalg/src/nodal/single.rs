//! Single precision, for corrections: half of what a product reads, and a vector of three fills a register. What iterations,
//! which are compiled where they are used, do with single entries is marked to be inlined there.

use super::{Entry, Rows};
use crate::{SparseMatrix, SparsityPattern};
use nalgebra::Vector3;
use rayon::prelude::*;
use std::ops::{Add, AddAssign, Mul, Sub, SubAssign};
use std::sync::Arc;

/// Values of a matrix that one task converts.
const CHUNK: usize = 16384;

/// Numbers below this are no part of a correction: residuals are scaled to 1.
const NEGLIGIBLE: f32 = 1e-25;

/// A vector of three in single precision with a fourth number that is 0.
#[derive(Debug, Clone, Copy, Default, PartialEq)]
#[repr(align(16))]
pub struct Lanes([f32; 4]);

impl From<Vector3<f64>> for Lanes {
    #[inline]
    fn from(vector: Vector3<f64>) -> Self {
        Self([vector.x as f32, vector.y as f32, vector.z as f32, 0.0])
    }
}

impl From<Lanes> for Vector3<f64> {
    #[inline]
    fn from(Lanes([x, y, z, _]): Lanes) -> Self {
        Self::new(f64::from(x), f64::from(y), f64::from(z))
    }
}

impl Lanes {
    #[inline]
    pub(crate) fn times(self, factor: f32) -> Self {
        Self(self.0.map(|value| value * factor))
    }

    /// With 0 for what is negligibly small: an inverse decays with the distance until it leaves the normal numbers, with which
    /// processors are a hundred times faster.
    #[inline]
    pub(crate) fn cleared(self) -> Self {
        Self(self.0.map(|value| if value.abs() < NEGLIGIBLE { 0.0 } else { value }))
    }
}

impl Add for Lanes {
    type Output = Self;

    #[inline]
    fn add(self, Self([e, f, g, h]): Self) -> Self {
        let Self([a, b, c, d]) = self;
        Self([a + e, b + f, c + g, d + h])
    }
}

impl Sub for Lanes {
    type Output = Self;

    #[inline]
    fn sub(self, Self([e, f, g, h]): Self) -> Self {
        let Self([a, b, c, d]) = self;
        Self([a - e, b - f, c - g, d - h])
    }
}

impl AddAssign for Lanes {
    #[inline]
    fn add_assign(&mut self, other: Self) {
        *self = *self + other;
    }
}

impl SubAssign for Lanes {
    #[inline]
    fn sub_assign(&mut self, other: Self) {
        *self = *self - other;
    }
}

impl Mul<f64> for Lanes {
    type Output = Self;

    #[inline]
    fn mul(self, factor: f64) -> Self {
        self.times(factor as f32)
    }
}

impl Entry for Lanes {
    #[inline]
    fn dot(&self, Self([e, f, g, _]): &Self) -> f64 {
        let Self([a, b, c, _]) = self;
        let term = |x: &f32, y: &f32| f64::from(*x) * f64::from(*y);
        term(a, e) + term(b, f) + term(c, g)
    }
}

/// A sparse matrix in single precision.
#[derive(Debug, Clone)]
pub struct SingleMatrix {
    pattern: Arc<SparsityPattern>,
    values: Vec<f32>,
}

impl SingleMatrix {
    /// A matrix rounded.
    pub fn new(matrix: &SparseMatrix) -> Self {
        let mut single = Self { pattern: matrix.pattern().clone(), values: vec![0.0; matrix.values.len()] };
        single.set(matrix);
        single
    }

    /// The values of another matrix with the same pattern.
    ///
    /// # Panics
    /// When it has another number of entries.
    pub fn set(&mut self, matrix: &SparseMatrix) {
        assert_eq!(matrix.values.len(), self.values.len(), "a matrix of the same pattern");
        let pairs = self.values.par_chunks_mut(CHUNK).zip(matrix.values.par_chunks(CHUNK));
        pairs.for_each(|(to, from)| to.iter_mut().zip(from).for_each(|(to, from)| *to = *from as f32));
    }
}

impl Rows<Lanes> for SingleMatrix {
    #[inline]
    fn size(&self) -> [usize; 2] {
        [self.pattern.rows(), self.pattern.columns()]
    }

    #[inline]
    fn row_times(&self, row: usize, x: &[Lanes]) -> Lanes {
        let range = self.pattern.row_offsets()[row]..self.pattern.row_offsets()[row + 1];
        let (columns, values) = (&self.pattern.column_indices()[range.clone()], &self.values[range]);
        // Two sums, which the processor adds side by side.
        let (mut even, mut odd) = (Lanes::default(), Lanes::default());
        let (pairs, last) = columns.as_chunks::<2>();
        let (factors, last_factor) = values.as_chunks::<2>();
        for ([a, b], [p, q]) in pairs.iter().zip(factors) {
            even += x[*a as usize].times(*p);
            odd += x[*b as usize].times(*q);
        }
        for (column, factor) in last.iter().zip(last_factor) {
            even += x[*column as usize].times(*factor);
        }
        (even + odd).cleared()
    }
}
