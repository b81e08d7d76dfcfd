//! Three-grid Richardson extrapolation and the grid-convergence index.
//!
//! Source: I. B. Celik, U. Ghia, P. J. Roache, C. J. Freitas, H. Coleman, P. E. Raad, "Procedure for estimation and
//! reporting of uncertainty due to discretization in CFD applications", J. Fluids Eng. 130 (2008) 078001.

use serde::{Deserialize, Serialize};

/// Safety factor of the grid-convergence index with three grids (Roache 1994; Celik et al. 2008).
pub const SAFETY_FACTOR: f64 = 1.25;

const MAXIMUM_ITERATIONS: usize = 500;
const ORDER_TOLERANCE: f64 = 1e-12;

/// What three grids say about a value, by the formulas alone; [`crate::GridStudy`] decides whether to believe it.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct Richardson {
    /// Observed order `p`.
    pub order: f64,
    /// Sign of `e32 / e21`: −1 for oscillating values.
    pub sign: f64,
    /// Extrapolated value `(r21^p f1 - f2) / (r21^p - 1)`, in the unit of the values.
    pub extrapolated: f64,
    /// Relative change of the two finest grids, `|(f1 - f2) / f1|`.
    pub relative_change: f64,
    /// Relative distance to the extrapolated value, `|(f_ext - f1) / f_ext|`.
    pub extrapolated_error: f64,
    /// Grid-convergence index of the finest grid, `1.25 e_a / (r21^p - 1)`, a fraction of the value.
    pub index: f64,
    /// `GCI32 / (r21^p GCI21)`, near 1 in the asymptotic range.
    pub asymptotic_ratio: f64,
}

/// Evaluates Celik's procedure. `sizes` are representative cell sizes (any one unit) and `values` the results on them,
/// finest grid first.
///
/// `None` when the sizes do not ascend, a difference of values is zero, a value is not finite, or the fixed-point
/// iteration for the order does not settle.
pub fn richardson(sizes: [f64; 3], values: [f64; 3]) -> Option<Richardson> {
    let [h1, h2, h3] = sizes;
    let [f1, f2, f3] = values;
    let ascending = h1 > 0.0 && h1 < h2 && h2 < h3;
    if !ascending || !values.iter().all(|f| f.is_finite()) {
        return None;
    }
    let (r21, r32) = (h2 / h1, h3 / h2);
    let (e21, e32) = (f2 - f1, f3 - f2);
    if e21 == 0.0 || e32 == 0.0 {
        return None;
    }
    let sign = (e32 / e21).signum();
    let order = observed_order(r21, r32, (e32 / e21).abs(), sign)?;
    let growth = r21.powf(order);
    let extrapolated = (growth * f1 - f2) / (growth - 1.0);
    let relative_change = ((f1 - f2) / f1).abs();
    let index = SAFETY_FACTOR * relative_change / (growth - 1.0);
    let coarse_index = SAFETY_FACTOR * ((f2 - f3) / f2).abs() / (r32.powf(order) - 1.0);
    Some(Richardson {
        order,
        sign,
        extrapolated,
        relative_change,
        extrapolated_error: ((extrapolated - f1) / extrapolated).abs(),
        index,
        asymptotic_ratio: coarse_index / (growth * index),
    })
}

/// Safety factor of the grid-convergence index with two grids (Roache 1994).
pub const TWO_GRID_SAFETY_FACTOR: f64 = 3.0;

/// Half width of the interval around the finer of two values, `3 |f1 - f2| / (r21^p - 1)` with an assumed order `p`: the
/// grid-convergence index of two grids (Roache, J. Fluids Eng. 116:405, 1994). `sizes` are cell sizes or time steps (any one
/// unit), finest first; the result is in the unit of the values.
///
/// `None` when the sizes do not ascend, the order is not positive or a value is not finite.
pub fn two_grids(sizes: [f64; 2], values: [f64; 2], order: f64) -> Option<f64> {
    let ratio = sizes[1] / sizes[0];
    let sound =
        sizes[0] > 0.0 && ratio > 1.0 && ratio.is_finite() && order > 0.0 && values.iter().all(|f| f.is_finite());
    sound.then(|| TWO_GRID_SAFETY_FACTOR * (values[0] - values[1]).abs() / (ratio.powf(order) - 1.0))
}

/// Solves `p = |ln|e32/e21| + q(p)| / ln r21`, `q(p) = ln((r21^p - s) / (r32^p - s))` by damped fixed-point iteration.
fn observed_order(r21: f64, r32: f64, ratio: f64, sign: f64) -> Option<f64> {
    let mut p = (ratio.ln().abs() / r21.ln()).max(ORDER_TOLERANCE);
    for _ in 0..MAXIMUM_ITERATIONS {
        let q = ((r21.powf(p) - sign) / (r32.powf(p) - sign)).ln();
        let next = (ratio.ln() + q).abs() / r21.ln();
        if !next.is_finite() {
            return None;
        }
        if (next - p).abs() <= ORDER_TOLERANCE * next.max(1.0) {
            return (next > 0.0).then_some(next);
        }
        p = 0.5 * (p + next);
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;

    fn cells(counts: [f64; 3]) -> [f64; 3] {
        counts.map(|n: f64| 1.0 / n.sqrt())
    }

    fn close(found: f64, expected: f64, tolerance: f64, what: &str) {
        assert!((found - expected).abs() <= tolerance, "{what}: {found}, expected {expected}");
    }

    // Table 1 of the paper; the tolerances are half a unit of the last printed digit.
    #[test]
    fn the_first_column_of_the_paper_is_reproduced() {
        let r = richardson(cells([18000.0, 8000.0, 4500.0]), [6.063, 5.972, 5.863]).unwrap();
        close(r.order, 1.534, 5e-4, "order");
        close(r.extrapolated, 6.1685, 5e-5, "extrapolated value");
        close(r.relative_change, 0.0150, 5e-5, "relative change");
        close(r.extrapolated_error, 0.0171, 5e-5, "extrapolated error");
        // The paper prints 2.2 %; 1.25 · 0.0150091 / (1.5^1.53396 - 1) = 2.1750 % by hand.
        close(r.index, 0.021750, 1e-6, "index");
        close(r.asymptotic_ratio, 1.015, 5e-4, "asymptotic ratio");
    }

    #[test]
    fn the_second_column_of_the_paper_is_reproduced() {
        let r = richardson(cells([18000.0, 4500.0, 980.0]), [10.7880, 10.7250, 10.6050]).unwrap();
        close(r.order, 0.752, 5e-4, "order");
        close(r.extrapolated, 10.8801, 5e-5, "extrapolated value");
        close(r.relative_change, 0.0058, 5e-5, "relative change");
        close(r.extrapolated_error, 0.0085, 5e-5, "extrapolated error");
        close(r.index, 0.0107, 5e-5, "index");
    }

    #[test]
    fn the_oscillating_column_of_the_paper_is_reproduced() {
        let r = richardson(cells([18000.0, 4500.0, 980.0]), [6.0042, 5.9624, 6.0909]).unwrap();
        assert_eq!(r.sign, -1.0);
        close(r.order, 1.508, 5e-4, "order");
        close(r.extrapolated, 6.0269, 5e-5, "extrapolated value");
        close(r.relative_change, 0.0070, 5e-5, "relative change");
        close(r.extrapolated_error, 0.0038, 5e-5, "extrapolated error");
        close(r.index, 0.0047, 5e-5, "index");
    }

    /// With the right order the extrapolated value lies a third of the half width from the finer one.
    #[test]
    fn two_grids_cover_an_exact_power_law_three_times() {
        let half = two_grids([1.0, 1.5], [1.0, 1.5].map(|h: f64| 5.0 - 0.01 * h * h), 2.0).unwrap();
        close(half, 0.03, 1e-12, "half width");
        assert_eq!(two_grids([1.0, 1.0], [1.0, 2.0], 2.0), None);
        assert_eq!(two_grids([1.0, 2.0], [1.0, f64::NAN], 2.0), None);
    }

    #[test]
    fn an_exact_power_law_is_recovered_on_unequal_ratios() {
        for order in [0.7, 1.0, 2.0, 3.0, 4.0] {
            let sizes = [1.0, 1.37, 2.1];
            let r = richardson(sizes, sizes.map(|h: f64| 5.0 - 0.01 * h.powf(order))).unwrap();
            close(r.order, order, 1e-9, "order");
            close(r.extrapolated, 5.0, 1e-9, "limit");
        }
    }

    #[test]
    fn useless_input_has_no_answer() {
        assert_eq!(richardson([1.0, 1.0, 2.0], [1.0, 2.0, 4.0]), None);
        assert_eq!(richardson([1.0, 1.5, 2.0], [1.0, 1.0, 4.0]), None);
        assert_eq!(richardson([1.0, 1.5, 2.0], [f64::NAN, 1.0, 4.0]), None);
    }
}
