//! The verdict on a grid study: an error bar where three grids support one, the plain range where they do not.

use crate::richardson::{Richardson, SAFETY_FACTOR, richardson};
use serde::{Deserialize, Serialize};

/// Smallest ratio of two successive sizes that Celik et al. (2008) recommend.
const MINIMUM_RATIO: f64 = 1.3;

/// Observed orders between these multiples of the formal order count as convergence.
const ORDER_BAND: [f64; 2] = [0.5, 2.0];

/// One grid of a study.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct GridLevel {
    /// Element size that the grid study goes by, in mm: `(V/N)^(1/3)`, or the lattice width of meshes that are each other
    /// scaled.
    pub size_mm: f64,
    /// The quantity computed on this grid, in its own unit.
    pub value: f64,
}

impl GridLevel {
    /// A level from the meshed volume in mm³ and the number of elements: `h = (V/N)^(1/3)`.
    pub fn from_mesh(volume_mm3: f64, elements: usize, value: f64) -> Self {
        Self { size_mm: (volume_mm3 / elements as f64).cbrt(), value }
    }
}

/// Why no error bar is given.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum NotConverged {
    /// Fewer than three grids.
    TooFewGrids {
        /// Number of grids.
        grids: usize,
    },
    /// Two successive grids are too similar for their difference to say anything.
    SimilarGrids {
        /// The smallest ratio of successive representative sizes.
        ratio: f64,
    },
    /// The values go up and down from grid to grid.
    Oscillating,
    /// The value changes more from the middle to the fine grid than from the coarse to the middle one.
    Diverging,
    /// The observed order lies outside 0.5 to 2 times the formal one.
    OrderOutOfBand,
    /// Exactly one of the two changes is as small as the error of the solver, so that no order can be computed.
    NearRoundOff,
    /// No order satisfies the three values.
    NoOrder,
}

impl std::fmt::Display for NotConverged {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::TooFewGrids { grids } => write!(formatter, "{grids} of the 3 grids needed"),
            Self::SimilarGrids { ratio } => {
                write!(
                    formatter,
                    "sizes of successive grids differ by a factor of {ratio:.2}, less than {MINIMUM_RATIO}"
                )
            }
            Self::Oscillating => formatter.write_str("the values oscillate from grid to grid"),
            Self::Diverging => formatter.write_str("the change grows as the grid is refined"),
            Self::OrderOutOfBand => {
                formatter.write_str("the observed order lies outside 0.5 to 2 times the formal one")
            }
            Self::NearRoundOff => formatter.write_str("one change is at the level of the solver's error"),
            Self::NoOrder => formatter.write_str("no order of convergence fits the three values"),
        }
    }
}

/// What a grid study says.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[serde(tag = "verdict", rename_all = "snake_case")]
pub enum GridVerdict {
    /// Three grids converge at a credible order; the finest value deserves the interval.
    Converged {
        /// The formulas' answer, with the observed order.
        richardson: Richardson,
        /// The order behind the interval: the observed one, but never more than the formal one.
        order_used: f64,
        /// Half width of the interval: `1.25 |f2 - f1| / (r21^p - 1)` with `p = order_used`, in the value's unit.
        half_width: f64,
        /// Grid-convergence index in percent of the finest value; `None` when that value is zero.
        gci_percent: Option<f64>,
    },
    /// All changes are as small as the error of the solver: the discretisation is exact for this quantity.
    Unchanged {
        /// The largest change seen, in the value's unit.
        largest_change: f64,
    },
    /// No error bar: the range over the grids is all that is known.
    NotConverged {
        /// Why.
        reason: NotConverged,
        /// The observed order where the formulas gave one.
        observed_order: Option<f64>,
    },
}

/// A quantity on several grids and the verdict on it.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct GridStudy {
    /// The grids, finest first.
    pub levels: Vec<GridLevel>,
    /// Order of convergence expected from theory for this quantity.
    pub formal_order: f64,
    /// Changes up to this size are indistinguishable from the solver's error, in the value's unit.
    pub noise: f64,
    /// Smallest and largest value over the grids.
    pub range: [f64; 2],
    /// The verdict.
    pub verdict: GridVerdict,
}

/// Input that no verdict can be given on.
#[derive(Debug, Clone, Copy, PartialEq, thiserror::Error)]
pub enum GridStudyError {
    /// No grid at all.
    #[error("a grid study needs at least one grid")]
    Empty,
    /// A size that is not positive or a value that is not finite.
    #[error(
        "grid {grid} (counted from 0, finest first) has size {size_mm} mm and value {value}; a positive size and a finite value are needed"
    )]
    NotFinite {
        /// Grid counted from 0, finest first.
        grid: usize,
        /// Its size.
        size_mm: f64,
        /// Its value.
        value: f64,
    },
}

impl GridStudy {
    /// Judges the values of one quantity on several grids (any order; they are sorted, finest first). With more than
    /// three grids the three finest decide and all count for the range.
    ///
    /// `formal_order` is what theory promises, `noise` the size of change (in the value's unit) that the solver's own
    /// error can cause.
    pub fn judge(mut levels: Vec<GridLevel>, formal_order: f64, noise: f64) -> Result<Self, GridStudyError> {
        if levels.is_empty() {
            return Err(GridStudyError::Empty);
        }
        let sound = |level: &GridLevel| level.size_mm > 0.0 && level.size_mm.is_finite() && level.value.is_finite();
        if let Some(grid) = levels.iter().position(|level| !sound(level)) {
            let GridLevel { size_mm, value } = levels[grid];
            return Err(GridStudyError::NotFinite { grid, size_mm, value });
        }
        levels.sort_by(|a, b| a.size_mm.total_cmp(&b.size_mm));
        let low = levels.iter().map(|level| level.value).fold(f64::INFINITY, f64::min);
        let high = levels.iter().map(|level| level.value).fold(f64::NEG_INFINITY, f64::max);
        let verdict = verdict(&levels, formal_order, noise);
        Ok(Self { levels, formal_order, noise, range: [low, high], verdict })
    }

    /// The value on the finest grid.
    pub fn finest(&self) -> f64 {
        self.levels.first().map_or(f64::NAN, |level| level.value)
    }

    /// The interval that the discretisation error supports, or why there is none.
    pub fn interval(&self) -> Result<[f64; 2], NotConverged> {
        let value = self.finest();
        match self.verdict {
            GridVerdict::Converged { half_width, .. } => Ok([value - half_width, value + half_width]),
            GridVerdict::Unchanged { .. } => Ok([value - self.noise, value + self.noise]),
            GridVerdict::NotConverged { reason, .. } => Err(reason),
        }
    }

    /// The order that the three finest grids show, where there is one.
    pub fn observed_order(&self) -> Option<f64> {
        match self.verdict {
            GridVerdict::Converged { richardson, .. } => Some(richardson.order),
            GridVerdict::Unchanged { .. } => None,
            GridVerdict::NotConverged { observed_order, .. } => observed_order,
        }
    }
}

fn verdict(levels: &[GridLevel], formal_order: f64, noise: f64) -> GridVerdict {
    let not_converged = |reason, observed_order| GridVerdict::NotConverged { reason, observed_order };
    let &[fine, middle, coarse, ..] = levels else {
        return not_converged(NotConverged::TooFewGrids { grids: levels.len() }, None);
    };
    let ratio = (middle.size_mm / fine.size_mm).min(coarse.size_mm / middle.size_mm);
    if ratio < MINIMUM_RATIO {
        return not_converged(NotConverged::SimilarGrids { ratio }, None);
    }
    let (e21, e32) = (middle.value - fine.value, coarse.value - middle.value);
    match (e21.abs() <= noise, e32.abs() <= noise) {
        (true, true) => return GridVerdict::Unchanged { largest_change: e21.abs().max(e32.abs()) },
        (false, false) => {}
        _ => return not_converged(NotConverged::NearRoundOff, None),
    }
    let sizes = [fine, middle, coarse].map(|level| level.size_mm);
    let answer = richardson(sizes, [fine, middle, coarse].map(|level| level.value));
    let order = answer.map(|r| r.order);
    if e32 / e21 < 0.0 {
        return not_converged(NotConverged::Oscillating, order);
    }
    // The change must shrink faster than a zero-order method would allow; otherwise `p` describes divergence.
    let zero_order = (coarse.size_mm / middle.size_mm).ln() / (middle.size_mm / fine.size_mm).ln();
    if (e32 / e21) <= zero_order {
        return not_converged(NotConverged::Diverging, None);
    }
    let Some(richardson) = answer else { return not_converged(NotConverged::NoOrder, None) };
    if richardson.order < ORDER_BAND[0] * formal_order || richardson.order > ORDER_BAND[1] * formal_order {
        return not_converged(NotConverged::OrderOutOfBand, order);
    }
    let order_used = richardson.order.min(formal_order);
    let half_width = SAFETY_FACTOR * e21.abs() / ((middle.size_mm / fine.size_mm).powf(order_used) - 1.0);
    let gci_percent = (fine.value != 0.0).then(|| 100.0 * half_width / fine.value.abs());
    GridVerdict::Converged { richardson, order_used, half_width, gci_percent }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn study(values: [f64; 3], formal_order: f64) -> GridStudy {
        let levels = [1.0, 1.5, 2.25].into_iter().zip(values);
        let levels = levels.map(|(size_mm, value)| GridLevel { size_mm, value }).collect();
        GridStudy::judge(levels, formal_order, 1e-9).unwrap()
    }

    fn power_law(order: f64) -> [f64; 3] {
        [1.0_f64, 1.5, 2.25].map(|h| 2.0 + 0.05 * h.powf(order))
    }

    fn reason(study: &GridStudy) -> Option<NotConverged> {
        study.interval().err()
    }

    #[test]
    fn a_power_law_at_the_formal_order_gets_an_interval_that_holds_the_limit() {
        let study = study(power_law(2.0), 2.0);
        let [low, high] = study.interval().unwrap();
        assert!(low < 2.0 && 2.0 < high, "the interval [{low}, {high}] holds the limit 2");
        // 1.25 times the true error 0.05 of the finest grid.
        assert!((high - low - 2.0 * 1.25 * 0.05).abs() < 1e-9);
    }

    #[test]
    fn an_order_above_the_formal_one_is_not_allowed_to_narrow_the_interval() {
        let [low, high] = study(power_law(3.0), 2.0).interval().unwrap();
        let change = 0.05 * (1.5_f64.powi(3) - 1.0);
        assert!((high - low - 2.0 * 1.25 * change / (1.5_f64.powi(2) - 1.0)).abs() < 1e-9);
    }

    #[test]
    fn orders_outside_half_to_twice_the_formal_one_get_the_range_only() {
        for order in [0.9, 4.1] {
            let study = study(power_law(order), 2.0);
            assert_eq!(reason(&study), Some(NotConverged::OrderOutOfBand));
            assert!((study.observed_order().unwrap() - order).abs() < 1e-9);
            assert_eq!(study.range, [power_law(order)[0], power_law(order)[2]]);
        }
    }

    #[test]
    fn oscillation_divergence_and_similar_grids_are_named() {
        assert_eq!(reason(&study([1.0, 1.2, 0.9], 2.0)), Some(NotConverged::Oscillating));
        assert_eq!(reason(&study([1.0, 1.2, 1.3], 2.0)), Some(NotConverged::Diverging));
        let similar = [(1.0, 1.0), (1.2, 1.1), (1.6, 1.4)].map(|(size_mm, value)| GridLevel { size_mm, value });
        let similar = GridStudy::judge(similar.to_vec(), 2.0, 0.0).unwrap();
        assert!(matches!(reason(&similar), Some(NotConverged::SimilarGrids { .. })));
        let two = GridStudy::judge(similar.levels[..2].to_vec(), 2.0, 0.0).unwrap();
        assert_eq!(reason(&two), Some(NotConverged::TooFewGrids { grids: 2 }));
    }

    #[test]
    fn changes_at_round_off_are_told_apart_from_convergence() {
        let exact = study([1.0, 1.0 + 1e-12, 1.0 - 1e-12], 2.0);
        assert!(matches!(exact.verdict, GridVerdict::Unchanged { .. }));
        assert_eq!(reason(&study([1.0, 1.0 + 1e-12, 1.1], 2.0)), Some(NotConverged::NearRoundOff));
    }

    #[test]
    fn grids_are_sorted_and_values_that_are_not_finite_are_refused() {
        let levels = vec![GridLevel { size_mm: 2.0, value: 1.0 }, GridLevel { size_mm: 1.0, value: 3.0 }];
        assert_eq!(GridStudy::judge(levels, 2.0, 0.0).unwrap().finest(), 3.0);
        let bad = vec![GridLevel { size_mm: 2.0, value: f64::NAN }];
        assert!(matches!(GridStudy::judge(bad, 2.0, 0.0), Err(GridStudyError::NotFinite { grid: 0, .. })));
    }
}
