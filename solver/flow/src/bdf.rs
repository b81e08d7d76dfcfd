//! Backward differences of second order with a variable step.

/// ∂u/∂t ≈ a[0] u + a[1] uⁿ + a[2] uⁿ⁻¹ at the end of a step.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) struct Differences {
    pub(crate) a: [f64; 3],
    /// The step over the one before; 0 in the first step, which extrapolates nothing.
    pub(crate) ratio: f64,
}

impl Differences {
    /// Of first order, for the first step.
    pub(crate) fn first(step: f64) -> Self {
        Self { a: [1.0 / step, -1.0 / step, 0.0], ratio: 0.0 }
    }

    /// Of second order, after a step of the length `before`.
    pub(crate) fn second(step: f64, before: f64) -> Self {
        let r = step / before;
        Self { a: [(1.0 + 2.0 * r) / ((1.0 + r) * step), -(1.0 + r) / step, r * r / ((1.0 + r) * step)], ratio: r }
    }

    /// The value at the end of the step on a straight line through the last two.
    pub(crate) fn extrapolate<T>(&self, last: T, before: T) -> T
    where
        T: std::ops::Mul<f64, Output = T> + std::ops::Sub<Output = T>,
    {
        last * (1.0 + self.ratio) - before * self.ratio
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_parabola_is_differentiated_and_a_line_extrapolated_exactly() {
        let f = |t: f64| 3.0 - 2.0 * t + 0.7 * t * t;
        for (step, before) in [(0.1, 0.1), (0.3, 0.1), (0.05, 0.2)] {
            let d = Differences::second(step, before);
            let rate = d.a[0] * f(1.0) + d.a[1] * f(1.0 - step) + d.a[2] * f(1.0 - step - before);
            assert!((rate - (-2.0 + 1.4)).abs() < 1e-12, "{rate}");
            let line = |t: f64| 2.0 + 5.0 * t;
            assert!((d.extrapolate(line(1.0 - step), line(1.0 - step - before)) - line(1.0)).abs() < 1e-12);
        }
        assert_eq!(Differences::second(0.5, 0.5).a, [3.0, -4.0, 1.0]);
    }
}
