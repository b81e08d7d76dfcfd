//! A cubic spline through samples of a periodic function.

/// Abscissae and weights of Gauss's rule of four points on [-1, 1], exact to degree 7.
const GAUSS: [(f64, f64); 4] = [
    (-0.861_136_311_594_052_6, 0.347_854_845_137_453_8),
    (-0.339_981_043_584_856_3, 0.652_145_154_862_546_1),
    (0.339_981_043_584_856_3, 0.652_145_154_862_546_1),
    (0.861_136_311_594_052_6, 0.347_854_845_137_453_8),
];

/// A function of period T, cubic between its knots, with two continuous derivatives everywhere.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct PeriodicSpline {
    period: f64,
    /// Ascending, all within one period.
    times: Vec<f64>,
    values: Vec<f64>,
    /// Second derivatives at the knots.
    curvatures: Vec<f64>,
}

impl PeriodicSpline {
    /// Through at least three ascending knots that span less than a period.
    pub(crate) fn new(times: Vec<f64>, values: Vec<f64>, period: f64) -> Self {
        let count = times.len();
        let steps: Vec<f64> =
            (0..count).map(|k| times.get(k + 1).copied().unwrap_or(times[0] + period) - times[k]).collect();
        let slope = |k: usize| (values[(k + 1) % count] - values[k]) / steps[k];
        let before = |k: usize| (k + count - 1) % count;
        let diagonal: Vec<f64> = (0..count).map(|k| 2.0 * (steps[before(k)] + steps[k])).collect();
        let right: Vec<f64> = (0..count).map(|k| 6.0 * (slope(k) - slope(before(k)))).collect();
        let curvatures = cyclic(diagonal, &steps, right);
        Self { period, times, values, curvatures }
    }

    pub(crate) fn period(&self) -> f64 {
        self.period
    }

    pub(crate) fn knots(&self) -> usize {
        self.times.len()
    }

    pub(crate) fn at(&self, time: f64) -> f64 {
        let first = self.times[0];
        let wrapped = first + (time - first).rem_euclid(self.period);
        let piece = self.times.partition_point(|&t| t <= wrapped).max(1) - 1;
        self.on_piece(piece, wrapped - self.times[piece])
    }

    pub(crate) fn scale(&mut self, factor: f64) {
        self.values.iter_mut().chain(&mut self.curvatures).for_each(|value| *value *= factor);
    }

    /// Stretches it in time to another period.
    pub(crate) fn stretch(&mut self, period: f64) {
        let factor = period / self.period;
        self.period = period;
        self.times.iter_mut().for_each(|time| *time *= factor);
        self.curvatures.iter_mut().for_each(|value| *value /= factor * factor);
    }

    /// Calls `visit` with the times, values and weights of a rule over one period that integrates polynomials of degree 7 on
    /// pieces not longer than `longest`.
    pub(crate) fn integrate(&self, longest: f64, mut visit: impl FnMut(f64, f64, f64)) {
        for piece in 0..self.times.len() {
            let length = self.length(piece);
            let parts = (length / longest).ceil().max(1.0);
            let half = 0.5 * length / parts;
            for part in 0..parts as usize {
                for (x, weight) in GAUSS {
                    let within = half * (2.0 * part as f64 + 1.0 + x);
                    visit(self.times[piece] + within, self.on_piece(piece, within), half * weight);
                }
            }
        }
    }

    fn length(&self, piece: usize) -> f64 {
        self.times.get(piece + 1).copied().unwrap_or(self.times[0] + self.period) - self.times[piece]
    }

    fn on_piece(&self, piece: usize, within: f64) -> f64 {
        let (length, next) = (self.length(piece), (piece + 1) % self.times.len());
        let b = within / length;
        let a = 1.0 - b;
        let bend = (a * a * a - a) * self.curvatures[piece] + (b * b * b - b) * self.curvatures[next];
        a * self.values[piece] + b * self.values[next] + bend * length * length / 6.0
    }
}

/// Solves the symmetric tridiagonal system with one more pair of entries in its corners; `beside[k]` couples unknown k with the
/// next, the last one with the first. Diagonally dominant. The corners are a change of rank one (Sherman and Morrison).
fn cyclic(mut diagonal: Vec<f64>, beside: &[f64], mut right: Vec<f64>) -> Vec<f64> {
    let last = diagonal.len() - 1;
    let (corner, gamma) = (beside[last], -diagonal[0]);
    diagonal[0] -= gamma;
    diagonal[last] -= corner * corner / gamma;
    let mut change = vec![0.0; diagonal.len()];
    (change[0], change[last]) = (gamma, corner);
    for k in 1..=last {
        let factor = beside[k - 1] / diagonal[k - 1];
        diagonal[k] -= factor * beside[k - 1];
        right[k] -= factor * right[k - 1];
        change[k] -= factor * change[k - 1];
    }
    for column in [&mut right, &mut change] {
        column[last] /= diagonal[last];
        (0..last).rev().for_each(|k| column[k] = (column[k] - beside[k] * column[k + 1]) / diagonal[k]);
    }
    let along = |x: &[f64]| x[0] + corner / gamma * x[last];
    let factor = along(&right) / (1.0 + along(&change));
    right.iter_mut().zip(&change).for_each(|(x, z)| *x -= factor * z);
    right
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::f64::consts::TAU;

    fn sampled(count: usize, uneven: f64, f: impl Fn(f64) -> f64) -> PeriodicSpline {
        let times: Vec<f64> =
            (0..count).map(|k| k as f64 / count as f64).map(|t| t + uneven * (TAU * t).sin() / TAU).collect();
        let values = times.iter().map(|&t| f(t)).collect();
        PeriodicSpline::new(times, values, 1.0)
    }

    #[test]
    fn a_smooth_function_is_met_with_fourth_order_and_its_knots_exactly() {
        let f = |t: f64| (TAU * t).sin() + 0.3 * (2.0 * TAU * t).cos();
        let worst = [16, 32].map(|count| {
            let spline = sampled(count, 0.4, f);
            assert!(spline.times.iter().all(|&t| (spline.at(t + 3.0) - f(t)).abs() < 1e-12));
            (0..1000).map(|k| f64::from(k) / 1000.0).map(|t| (spline.at(t) - f(t)).abs()).fold(0.0, f64::max)
        });
        println!("{worst:?}");
        assert!((worst[0] / worst[1]).log2() > 3.5 && worst[1] < 1e-3, "{worst:?}");
    }

    #[test]
    fn the_integral_is_that_of_the_pieces_and_on_even_knots_the_mean_of_the_samples() {
        let spline = sampled(7, 0.0, |t| if t < 0.4 { 2.0 } else { -1.0 });
        let mut integral = 0.0;
        spline.integrate(0.05, |_, value, weight| integral += weight * value);
        let mean = spline.values.iter().sum::<f64>() / 7.0;
        assert!((integral - mean).abs() < 1e-14, "{integral} {mean}");
    }
}
