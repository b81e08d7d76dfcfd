//! Dense vectors in parallel. Sums run over chunks of a fixed size whose results are added in order, so that they do not
//! depend on the number of threads.

use rayon::prelude::*;

const CHUNK: usize = 8192;

/// xᵀ y.
pub(crate) fn dot(x: &[f64], y: &[f64]) -> f64 {
    let partial = |(a, b): (&[f64], &[f64])| a.iter().zip(b).map(|(a, b)| a * b).sum::<f64>();
    let sums: Vec<f64> = x.par_chunks(CHUNK).zip(y.par_chunks(CHUNK)).map(partial).collect();
    sums.into_iter().sum()
}

/// Euclidean norm, safe from overflow: scaled by the largest entry.
pub(crate) fn norm(x: &[f64]) -> f64 {
    let largest = x.par_iter().map(|v| v.abs()).reduce(|| 0.0, f64::max);
    if largest == 0.0 || !largest.is_finite() {
        return largest;
    }
    let partial = |chunk: &[f64]| chunk.iter().map(|v| (v / largest).powi(2)).sum::<f64>();
    let sums: Vec<f64> = x.par_chunks(CHUNK).map(partial).collect();
    largest * sums.into_iter().sum::<f64>().sqrt()
}

/// y := y + a x.
pub(crate) fn add_scaled(y: &mut [f64], a: f64, x: &[f64]) {
    y.par_chunks_mut(CHUNK).zip(x.par_chunks(CHUNK)).for_each(|(y, x)| {
        for (y, x) in y.iter_mut().zip(x) {
            *y += a * x;
        }
    });
}
