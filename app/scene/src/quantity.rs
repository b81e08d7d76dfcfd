use crate::SceneError;
use mesh::Field;

/// The scalar to show of a field. Symmetric tensors are (xx, yy, zz, xy, yz, zx) with tensor shear.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Quantity {
    /// The value of a scalar field.
    #[default]
    Value,
    /// Length of a vector.
    Magnitude,
    /// One component, counted from 0.
    Component(usize),
    /// Von Mises stress of a symmetric tensor.
    VonMises,
    /// Largest principal value of a symmetric tensor.
    LargestPrincipal,
    /// Smallest principal value of a symmetric tensor.
    SmallestPrincipal,
}

impl Quantity {
    /// What is natural to show of a field with `components`: its value, its length, or the von Mises stress.
    pub fn natural(components: usize) -> Self {
        match components {
            1 => Self::Value,
            6 => Self::VonMises,
            _ => Self::Magnitude,
        }
    }

    /// A name for headings, for example "displacement, magnitude"; that of a velocity is a word of its own.
    pub fn title(self, field: &str) -> String {
        match self {
            Self::Magnitude if field == "velocity" => "speed".to_owned(),
            Self::Value => field.to_owned(),
            Self::Magnitude => format!("{field}, magnitude"),
            Self::Component(k) => format!("{field}, component {}", k + 1),
            Self::VonMises => format!("{field}, von Mises"),
            Self::LargestPrincipal => format!("{field}, largest principal"),
            Self::SmallestPrincipal => format!("{field}, smallest principal"),
        }
    }

    /// The scalar of every tuple of `field`.
    pub fn values(self, field: &Field) -> Result<Vec<f64>, SceneError> {
        let needed = match self {
            Self::Value => 1,
            Self::Magnitude => field.components.max(1),
            Self::Component(k) => field.components.max(k + 1),
            Self::VonMises | Self::LargestPrincipal | Self::SmallestPrincipal => 6,
        };
        if needed != field.components {
            let (field, quantity, found) = (field.name.clone(), self.title("a field"), field.components);
            return Err(SceneError::Components { field, quantity, found, needed });
        }
        Ok(field.values.chunks_exact(field.components).map(|tuple| self.of(tuple)).collect())
    }

    fn of(self, tuple: &[f64]) -> f64 {
        let tensor = || -> [f64; 6] { std::array::from_fn(|k| tuple.get(k).copied().unwrap_or(f64::NAN)) };
        match self {
            Self::Value => tuple[0],
            Self::Component(k) => tuple[k],
            Self::Magnitude => tuple.iter().map(|v| v * v).sum::<f64>().sqrt(),
            Self::VonMises => von_mises(tensor()),
            Self::LargestPrincipal => principal(tensor()).1,
            Self::SmallestPrincipal => principal(tensor()).0,
        }
    }
}

/// `sqrt(½[(xx−yy)² + (yy−zz)² + (zz−xx)²] + 3(xy² + yz² + zx²))`.
fn von_mises([xx, yy, zz, xy, yz, zx]: [f64; 6]) -> f64 {
    let normal = (xx - yy).powi(2) + (yy - zz).powi(2) + (zz - xx).powi(2);
    (0.5 * normal + 3.0 * (xy * xy + yz * yz + zx * zx)).sqrt()
}

/// Smallest and largest eigenvalue by cyclic Jacobi rotations, which need only square roots and so give the same bits
/// on every machine. NaN in, NaN out.
fn principal([xx, yy, zz, xy, yz, zx]: [f64; 6]) -> (f64, f64) {
    let mut a = [[xx, xy, zx], [xy, yy, yz], [zx, yz, zz]];
    if a.iter().flatten().any(|v| !v.is_finite()) {
        return (f64::NAN, f64::NAN);
    }
    for _sweep in 0..12 {
        for (p, q) in [(0, 1), (0, 2), (1, 2)] {
            rotate(&mut a, p, q);
        }
    }
    let d = [a[0][0], a[1][1], a[2][2]];
    (d[0].min(d[1]).min(d[2]), d[0].max(d[1]).max(d[2]))
}

/// One Jacobi rotation that makes `a[p][q]` zero (Golub and Van Loan, Matrix Computations, algorithm 8.5.1).
fn rotate(a: &mut [[f64; 3]; 3], p: usize, q: usize) {
    if a[p][q] == 0.0 {
        return;
    }
    let tau = (a[q][q] - a[p][p]) / (2.0 * a[p][q]);
    let root = (1.0 + tau * tau).sqrt();
    let t = if tau >= 0.0 { 1.0 / (tau + root) } else { 1.0 / (tau - root) };
    let c = 1.0 / (1.0 + t * t).sqrt();
    let s = t * c;
    for k in 0..3 {
        let (kp, kq) = (a[k][p], a[k][q]);
        (a[k][p], a[k][q]) = (c * kp - s * kq, s * kp + c * kq);
    }
    for k in 0..3 {
        let (pk, qk) = (a[p][k], a[q][k]);
        (a[p][k], a[q][k]) = (c * pk - s * qk, s * pk + c * qk);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn principal_values_have_the_invariants_of_the_tensor() {
        let tensor = [10.0, -4.0, 2.5, 3.0, -1.5, 0.7];
        let (low, high) = principal(tensor);
        let middle = tensor[0] + tensor[1] + tensor[2] - low - high;
        let [xx, yy, zz, xy, yz, zx] = tensor;
        let second = xx * yy + yy * zz + zz * xx - xy * xy - yz * yz - zx * zx;
        assert!((low * middle + middle * high + high * low - second).abs() < 1e-12 * 100.0);
        let determinant = xx * (yy * zz - yz * yz) - xy * (xy * zz - yz * zx) + zx * (xy * yz - yy * zx);
        assert!((low * middle * high - determinant).abs() < 1e-12 * 200.0);
        let from_principal = von_mises([low, middle, high, 0.0, 0.0, 0.0]);
        assert!((from_principal - von_mises(tensor)).abs() < 1e-12 * 20.0);
    }

    #[test]
    fn a_quantity_that_does_not_fit_the_field_is_refused() {
        let field = Field::on_nodes("displacement", "mm", 3, vec![3.0, 4.0, 0.0]);
        assert_eq!(Quantity::Magnitude.values(&field), Ok(vec![5.0]));
        assert_eq!(Quantity::Component(1).values(&field), Ok(vec![4.0]));
        assert!(Quantity::VonMises.values(&field).is_err());
        assert!(Quantity::Component(3).values(&field).is_err());
    }
}
