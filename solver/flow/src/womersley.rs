//! Oscillating flow in a long round pipe (Womersley, J. Physiol. 127:553, 1955).

use nalgebra::Complex;

/// Terms of the Bessel series at most; those for α below 50 need fewer.
const MOST_TERMS: usize = 400;

/// One harmonic of the flow through a round pipe, for a mean velocity Re(e^{iωt}).
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Womersley {
    /// i^{3/2} α.
    lambda: Complex<f64>,
    /// J₀(λ).
    at_wall: Complex<f64>,
    /// 1 - F, F = 2 J₁(λ)/(λ J₀(λ)).
    rest: Complex<f64>,
}

impl Womersley {
    /// For α = R √(ω ρ/μ), the Womersley number, above 0. Good to 10⁻⁹ up to α = 30.
    pub fn new(alpha: f64) -> Self {
        let lambda = Complex::from_polar(alpha, 0.75 * std::f64::consts::PI);
        let at_wall = bessel(0, lambda);
        let rest = Complex::from(1.0) - bessel(1, lambda) * 2.0 / (lambda * at_wall);
        Self { lambda, at_wall, rest }
    }

    /// Velocity at a part of the radius over the mean velocity: its amplitude and phase.
    pub fn velocity(&self, part: f64) -> Complex<f64> {
        (Complex::from(1.0) - bessel(0, self.lambda * part) / self.at_wall) / self.rest
    }

    /// Shear stress on the wall over μ/R times the mean velocity: 4 for slow oscillations.
    pub fn wall_shear(&self) -> Complex<f64> {
        -self.lambda * bessel(1, self.lambda) / (self.at_wall * self.rest)
    }

    /// Slope of the pressure along the pipe over ρ ω times the mean velocity.
    pub fn pressure_slope(&self) -> Complex<f64> {
        Complex::new(0.0, -1.0) / self.rest
    }
}

/// J_n(z) by its power series, for n = 0 or 1.
fn bessel(n: u32, z: Complex<f64>) -> Complex<f64> {
    let quarter = -(z * z) * 0.25;
    let mut term = if n == 0 { Complex::from(1.0) } else { z * 0.5 };
    let mut sum = term;
    for k in 1..MOST_TERMS {
        term *= quarter / (k as f64 * (k as f64 + f64::from(n)));
        sum += term;
        if term.norm() <= 1e-18 * sum.norm() {
            break;
        }
    }
    sum
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bessel_functions_have_their_tabulated_values() {
        for (n, x, expected) in [(0, 1.0, 0.765_197_686_557_966_6), (1, 1.0, 0.440_050_585_744_933_5)] {
            assert!((bessel(n, Complex::from(x)).re - expected).abs() < 1e-15);
        }
        // Ber and bei: J₀(i^{3/2} x) = ber x + i bei x, Abramowitz and Stegun, table 9.12.
        let at = bessel(0, Complex::from_polar(5.0, 0.75 * std::f64::consts::PI));
        assert!((at - Complex::new(-6.230_082_479, 0.116_034_382)).norm() < 1e-8, "{at}");
    }

    /// The mean over the section is 1; slow oscillations are Poiseuille's; the wall carries what the pressure and the inertia of
    /// the mean flow leave: 2 τ/R = -∂p/∂z - ρ ∂U/∂t.
    #[test]
    fn the_profile_balances() {
        for alpha in [2.0, 5.0, 15.0, 30.0] {
            let flow = Womersley::new(alpha);
            let count = 4000;
            let mean: Complex<f64> = (0..count)
                .map(|k| (f64::from(k) + 0.5) / f64::from(count))
                .map(|part| flow.velocity(part) * (2.0 * part / f64::from(count)))
                .sum();
            assert!((mean - 1.0).norm() < 1e-5, "{alpha}: {mean}");
            // In units of ρ ω U: μ/R² = ρ ω/α².
            let balance = -flow.pressure_slope() - Complex::new(0.0, 1.0) - flow.wall_shear() * 2.0 / (alpha * alpha);
            assert!(balance.norm() < 1e-8, "{alpha}: {balance}");
        }
        let slow = Womersley::new(0.05);
        assert!((slow.velocity(0.5) - 1.5).norm() < 1e-3 && (slow.wall_shear() - 4.0).norm() < 1e-3);
    }
}
