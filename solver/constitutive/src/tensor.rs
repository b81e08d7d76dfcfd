//! Symmetric tensors as six components (xx, yy, zz, xy, yz, zx), shear as tensor components.

use nalgebra::{Matrix3, Matrix6, Vector6};

/// Six components of a symmetric tensor: (xx, yy, zz, xy, yz, zx).
pub type SymmetricTensor = Vector6<f64>;

/// Derivative of the stress (MPa) by the strain with engineering shear: dσ = D (dε_xx, dε_yy, dε_zz, dγ_xy, dγ_yz, dγ_zx).
pub type Tangent = Matrix6<f64>;

/// The symmetric 3×3 matrix.
pub fn to_matrix(t: &SymmetricTensor) -> Matrix3<f64> {
    Matrix3::new(t[0], t[3], t[5], t[3], t[1], t[4], t[5], t[4], t[2])
}

/// The components of the symmetric part of a 3×3 matrix, for example the small strain of a displacement gradient.
pub fn symmetric_part(m: &Matrix3<f64>) -> SymmetricTensor {
    Vector6::new(
        m[(0, 0)],
        m[(1, 1)],
        m[(2, 2)],
        0.5 * (m[(0, 1)] + m[(1, 0)]),
        0.5 * (m[(1, 2)] + m[(2, 1)]),
        0.5 * (m[(2, 0)] + m[(0, 2)]),
    )
}

/// The same components with shear doubled: a tensor strain becomes the engineering strain a [`Tangent`] multiplies.
pub fn engineering(t: &SymmetricTensor) -> SymmetricTensor {
    Vector6::new(t[0], t[1], t[2], 2.0 * t[3], 2.0 * t[4], 2.0 * t[5])
}

/// a : b = Σ a_ij b_ij.
pub fn contract(a: &SymmetricTensor, b: &SymmetricTensor) -> f64 {
    a[0] * b[0] + a[1] * b[1] + a[2] * b[2] + 2.0 * (a[3] * b[3] + a[4] * b[4] + a[5] * b[5])
}

/// The three principal values, largest first.
pub fn principal_values(t: &SymmetricTensor) -> [f64; 3] {
    let mut values: [f64; 3] = to_matrix(t).symmetric_eigenvalues().into();
    values.sort_by(|a, b| b.total_cmp(a));
    values
}

/// Von Mises' equivalent stress √(3/2 s:s), s the deviator.
pub fn von_mises(t: &SymmetricTensor) -> f64 {
    let (a, b, c) = (t[0] - t[1], t[1] - t[2], t[2] - t[0]);
    let shear = t[3] * t[3] + t[4] * t[4] + t[5] * t[5];
    (0.5 * (a * a + b * b + c * c) + 3.0 * shear).sqrt()
}

/// R t Rᵀ: the tensor's components after a rotation R.
pub fn rotated(t: &SymmetricTensor, rotation: &Matrix3<f64>) -> SymmetricTensor {
    symmetric_part(&(rotation * to_matrix(t) * rotation.transpose()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn principal_values_descend_and_keep_trace_and_von_mises() {
        let t = SymmetricTensor::new(3.0, -1.0, 2.0, 0.7, -0.4, 1.1);
        let p = principal_values(&t);
        assert!(p[0] > p[1] && p[1] > p[2]);
        assert!((p.iter().sum::<f64>() - 4.0).abs() < 1e-14);
        let diagonal = SymmetricTensor::new(p[0], p[1], p[2], 0.0, 0.0, 0.0);
        assert!((von_mises(&diagonal) - von_mises(&t)).abs() < 1e-13);
        assert!((contract(&diagonal, &diagonal) - contract(&t, &t)).abs() < 1e-12);
    }

    #[test]
    fn uniaxial_stress_is_its_own_von_mises_and_pure_shear_counts_root_three() {
        assert!((von_mises(&SymmetricTensor::new(-5.0, 0.0, 0.0, 0.0, 0.0, 0.0)) - 5.0).abs() < 1e-15);
        assert!((von_mises(&SymmetricTensor::new(0.0, 0.0, 0.0, 0.0, 2.0, 0.0)) - 12.0_f64.sqrt()).abs() < 1e-15);
    }
}
