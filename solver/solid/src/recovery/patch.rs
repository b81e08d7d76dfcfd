//! Least-squares polynomials over patches of elements.

use constitutive::SymmetricTensor;
use mesh::{Point3, Vector3};
use nalgebra::Matrix3;

/// Numbers fitted at once: six stresses, six strains.
pub(super) const CHANNELS: usize = 12;

/// Complete cubic: the quadratic and x³, y³, z³, x²y, x²z, y²x, y²z, z²x, z²y, xyz.
pub(super) const CUBIC: usize = 20;
/// Complete quadratic: 1, x, y, z, xy, yz, zx, x², y², z².
pub(super) const QUADRATIC: usize = 10;
/// Complete linear: 1, x, y, z.
pub(super) const LINEAR: usize = 4;

/// A term is dropped when less than this part of it is independent of the terms before it on the samples: extrapolating
/// along it would amplify errors twentyfold.
const INDEPENDENT: f64 = 0.05;

/// One sample: position, stress and strain.
#[derive(Debug, Clone, Copy)]
pub(super) struct Sample {
    pub(super) position: Point3<f64>,
    pub(super) stress: SymmetricTensor,
    pub(super) strain: SymmetricTensor,
}

/// A polynomial in coordinates centred on the samples and turned into their principal axes, so that a direction in which
/// a thin body has too few samples loses its terms without harming the others.
#[derive(Debug, Clone)]
pub(super) struct Patch {
    centre: Point3<f64>,
    /// Rows: principal axes over the patch size.
    axes: Matrix3<f64>,
    /// Terms kept, ascending.
    terms: Vec<u8>,
    /// Upper triangular R of P = QR by columns: column k has k + 1 entries.
    triangle: Vec<f64>,
    /// Qᵀ b for every channel.
    coefficients: Vec<[f64; CHANNELS]>,
}

impl Patch {
    /// Fits the samples with at most the first `terms` monomials; `None` without samples. With a focus (point and length)
    /// samples count less with their distance d from the point: their residuals are multiplied by 1/(0.1 + d/length).
    pub(super) fn fit(samples: &[Sample], terms: usize, focus: Option<(Point3<f64>, f64)>) -> Option<Self> {
        let count = samples.len();
        let mean = samples.iter().fold(Vector3::zeros(), |sum, s| sum + s.position.coords) / count as f64;
        let centre = Point3::from(mean);
        let spread = samples.iter().fold(Matrix3::zeros(), |sum, s| {
            let r = s.position - centre;
            sum + r * r.transpose()
        });
        if count == 0 || !spread.iter().all(|c| c.is_finite()) {
            return None;
        }
        let size = (spread.trace() / count as f64).sqrt();
        let axes = spread.symmetric_eigen().eigenvectors.transpose() / if size > 0.0 { size } else { 1.0 };
        let mut patch = Self { centre, axes, terms: Vec::new(), triangle: Vec::new(), coefficients: Vec::new() };
        let rows: Vec<[f64; CUBIC]> = samples.iter().map(|s| patch.monomials(&s.position)).collect();
        let weight = |s: &Sample| focus.map_or(1.0, |(x, length)| 1.0 / (0.1 + (s.position - x).norm() / length));
        let weights: Vec<f64> = samples.iter().map(weight).collect();
        // Leave some samples to average over; a single one still gives a constant.
        let most = terms.min((count * 4 / 5).max(1));
        let mut basis: Vec<Vec<f64>> = Vec::new();
        for term in 0..terms {
            if basis.len() == most {
                break;
            }
            let column: Vec<f64> = rows.iter().zip(&weights).map(|(row, w)| w * row[term]).collect();
            patch.add_term(term as u8, column, &mut basis);
        }
        patch.coefficients = basis.iter().map(|q| project(q, samples, &weights)).collect();
        Some(patch)
    }

    /// Orthogonalises a column against the basis (twice, for accuracy) and keeps it when enough of it is left.
    fn add_term(&mut self, term: u8, mut column: Vec<f64>, basis: &mut Vec<Vec<f64>>) {
        let original = norm(&column);
        let mut triangle = vec![0.0; basis.len() + 1];
        for _ in 0..2 {
            for (q, r) in basis.iter().zip(&mut triangle) {
                let along: f64 = q.iter().zip(&column).map(|(a, b)| a * b).sum();
                column.iter_mut().zip(q).for_each(|(c, q)| *c -= along * q);
                *r += along;
            }
        }
        let rest = norm(&column);
        if rest <= INDEPENDENT * original || rest == 0.0 {
            return;
        }
        column.iter_mut().for_each(|c| *c /= rest);
        triangle[basis.len()] = rest;
        self.terms.push(term);
        self.triangle.extend(triangle);
        basis.push(column);
    }

    fn monomials(&self, x: &Point3<f64>) -> [f64; CUBIC] {
        let p = self.axes * (x - self.centre);
        let (x, y, z) = (p.x, p.y, p.z);
        let (xx, yy, zz) = (x * x, y * y, z * z);
        let quadratic = [1.0, x, y, z, x * y, y * z, z * x, xx, yy, zz];
        let cubic = [xx * x, yy * y, zz * z, xx * y, xx * z, yy * x, yy * z, zz * x, zz * y, x * y * z];
        std::array::from_fn(|k| if k < QUADRATIC { quadratic[k] } else { cubic[k - QUADRATIC] })
    }

    /// Whether all of the first `terms` monomials were kept.
    pub(super) fn covers(&self, terms: usize) -> bool {
        self.terms.iter().filter(|&&term| usize::from(term) < terms).count() == terms
    }

    /// The orthonormal functions at `x`.
    fn functions(&self, x: &Point3<f64>) -> [f64; CUBIC] {
        let monomials = self.monomials(x);
        let mut q = [0.0; CUBIC];
        let mut start = 0;
        for (k, &term) in self.terms.iter().enumerate() {
            let column = &self.triangle[start..=start + k];
            let known: f64 = column[..k].iter().zip(&q).map(|(r, q)| r * q).sum();
            q[k] = (monomials[usize::from(term)] - known) / column[k];
            start += k + 1;
        }
        q
    }

    /// The fitted channels at `x`.
    pub(super) fn evaluate(&self, x: &Point3<f64>) -> [f64; CHANNELS] {
        let q = self.functions(x);
        let mut out = [0.0; CHANNELS];
        for (q, c) in q.iter().zip(&self.coefficients) {
            out.iter_mut().zip(c).for_each(|(out, c)| *out += q * c);
        }
        out
    }
}

fn norm(v: &[f64]) -> f64 {
    v.iter().map(|x| x * x).sum::<f64>().sqrt()
}

fn project(q: &[f64], samples: &[Sample], weights: &[f64]) -> [f64; CHANNELS] {
    let mut out = [0.0; CHANNELS];
    for ((q, sample), w) in q.iter().zip(samples).zip(weights) {
        let q = q * w;
        for i in 0..6 {
            out[i] += q * sample.stress[i];
            out[i + 6] += q * sample.strain[i];
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    fn sample(x: f64, y: f64, z: f64) -> Sample {
        let value = 1.0 - x + 2.0 * y + 0.5 * z + x * y - 3.0 * y * z + z * x + x * x - y * y + 4.0 * z * z;
        Sample {
            position: Point3::new(x, y, z),
            stress: SymmetricTensor::repeat(value),
            strain: SymmetricTensor::repeat(-value),
        }
    }

    #[test]
    fn a_quadratic_field_is_fitted_exactly_also_outside_the_samples() {
        let samples: Vec<Sample> =
            (0..27).map(|k| sample(f64::from(k % 3), f64::from(k / 3 % 3), f64::from(k / 9))).collect();
        for focus in [None, Some((Point3::new(2.0, 0.0, 1.0), 1.5))] {
            let patch = Patch::fit(&samples, QUADRATIC, focus).unwrap();
            assert!(patch.covers(QUADRATIC));
            let outside = sample(3.0, -1.0, 2.5);
            let found = patch.evaluate(&outside.position);
            assert!((found[2] - outside.stress[2]).abs() < 1e-10 && (found[8] - outside.strain[2]).abs() < 1e-10);
        }
    }

    #[test]
    fn two_layers_of_samples_in_an_oblique_slab_lose_one_term_and_keep_the_in_plane_quadratic() {
        let turn = nalgebra::Rotation3::from_euler_angles(0.4, 0.7, -0.2);
        let samples: Vec<Sample> = (0..32)
            .map(|k| {
                let p = turn * Vector3::new(f64::from(k % 4), f64::from(k / 4 % 4), 0.3 * f64::from(k / 16));
                let local = turn.inverse() * p;
                let mut s = sample(p.x, p.y, p.z);
                s.stress = SymmetricTensor::repeat(local.x * local.x - local.x * local.y + local.z);
                s
            })
            .collect();
        let patch = Patch::fit(&samples, QUADRATIC, None).unwrap();
        assert_eq!(patch.terms.len(), QUADRATIC - 1);
        let p = turn * Vector3::new(5.0, -1.0, 0.3);
        assert!((patch.evaluate(&Point3::from(p))[0] - 30.3).abs() < 1e-10);
    }
}
