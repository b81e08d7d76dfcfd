//! Manufactured solutions: a chosen displacement field, the body force that makes it exact, and norms of the error.

use crate::kernel::{SmallStrainKernel, strain, with_node_count};
use crate::{LinearStatics, SolidError};
use constitutive::{SmallStrainLaw, SymmetricTensor, Tangent, tensor};
use control::RunControl;
use fem::quadrature::{MAX_DEGREE, solid_rule};
use mesh::{Point3, Vector3};
use nalgebra::Matrix3;

/// A smooth displacement field with its first two derivatives.
pub trait SmoothField: Send + Sync {
    /// u, mm.
    fn displacement(&self, x: &Point3<f64>) -> Vector3<f64>;
    /// ∂u_i/∂x_j.
    fn gradient(&self, x: &Point3<f64>) -> Matrix3<f64>;
    /// ∂²u_i/∂x_j∂x_k: one symmetric matrix a component i.
    fn second_gradient(&self, x: &Point3<f64>) -> [Matrix3<f64>; 3];
}

/// u_i = a_i sin(k_i · x + φ_i): smooth, not polynomial, with every component of strain.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct SineField {
    /// a_i, mm.
    pub amplitude: [f64; 3],
    /// k_i, 1/mm.
    pub wave: [Vector3<f64>; 3],
    /// φ_i, rad.
    pub phase: [f64; 3],
}

impl SineField {
    /// A field with about half a wave over the length `size` (mm) and an amplitude of `size`/1000.
    pub fn over(size: f64) -> Self {
        let k = |x: f64, y: f64, z: f64| Vector3::new(x, y, z) / size;
        Self {
            amplitude: [1e-3 * size, -0.8e-3 * size, 0.6e-3 * size],
            wave: [k(2.1, 1.3, -0.7), k(0.9, -1.8, 1.4), k(-1.1, 1.6, 2.3)],
            phase: [0.3, 1.1, -0.4],
        }
    }

    fn angle(&self, i: usize, x: &Point3<f64>) -> f64 {
        self.wave[i].dot(&x.coords) + self.phase[i]
    }
}

impl SmoothField for SineField {
    fn displacement(&self, x: &Point3<f64>) -> Vector3<f64> {
        Vector3::from([0, 1, 2].map(|i| self.amplitude[i] * self.angle(i, x).sin()))
    }

    fn gradient(&self, x: &Point3<f64>) -> Matrix3<f64> {
        Matrix3::from_rows(
            &[0, 1, 2].map(|i| (self.wave[i] * (self.amplitude[i] * self.angle(i, x).cos())).transpose()),
        )
    }

    fn second_gradient(&self, x: &Point3<f64>) -> [Matrix3<f64>; 3] {
        [0, 1, 2].map(|i| self.wave[i] * self.wave[i].transpose() * (-self.amplitude[i] * self.angle(i, x).sin()))
    }
}

/// The body force b = -div σ (N/mm³) under which a linear law answers `field` exactly: b_i = -Σ_j ∂σ_ij/∂x_j,
/// ∂σ/∂x_j = D ∂ε/∂x_j.
pub fn body_force(tangent: &Tangent, field: &dyn SmoothField, x: &Point3<f64>) -> Vector3<f64> {
    let second = field.second_gradient(x);
    let mut force = Vector3::zeros();
    for j in 0..3 {
        let gradient = Matrix3::from_fn(|i, k| second[i][(k, j)]);
        let stress = tangent * tensor::engineering(&tensor::symmetric_part(&gradient));
        let stress = tensor::to_matrix(&stress);
        force -= stress.column(j);
    }
    force
}

/// The stress of a linear law under `field`, MPa.
pub fn stress(tangent: &Tangent, field: &dyn SmoothField, x: &Point3<f64>) -> SymmetricTensor {
    tangent * tensor::engineering(&tensor::symmetric_part(&field.gradient(x)))
}

/// The tangent of a linear law.
pub fn tangent(law: &dyn SmallStrainLaw) -> Result<Tangent, SolidError> {
    Ok(law.respond(&SymmetricTensor::zeros(), 0.0, &[], &mut [])?.tangent)
}

/// Integrals of an error over the body.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct ErrorNorms {
    /// √(∫ |u_h - u|² dV), mm^(5/2).
    pub displacement: f64,
    /// √(∫ |u|² dV).
    pub displacement_scale: f64,
    /// √(∫ |ε_h - ε|² dV).
    pub strain: f64,
    /// √(∫ |ε|² dV).
    pub strain_scale: f64,
    /// √(∫ (ε_h - ε) : D : (ε_h - ε) dV), √(N mm).
    pub energy: f64,
    /// √(∫ ε : D : ε dV).
    pub energy_scale: f64,
}

impl ErrorNorms {
    /// Error of the displacement over its size.
    pub fn relative_displacement(&self) -> f64 {
        self.displacement / self.displacement_scale
    }

    /// Error of the strain over its size.
    pub fn relative_strain(&self) -> f64 {
        self.strain / self.strain_scale
    }

    /// Error in the energy norm over the energy norm of the exact field.
    pub fn relative_energy(&self) -> f64 {
        self.energy / self.energy_scale
    }
}

/// The L2 norms of the error of a nodal displacement against an exact field, by quadrature of degree 7.
pub fn error_norms(
    model: &LinearStatics<'_>,
    displacement: &[Vector3<f64>],
    exact: &dyn SmoothField,
    control: &RunControl,
) -> Result<ErrorNorms, SolidError> {
    let materials = crate::material::MaterialMap::new(model.mesh, &model.materials)?;
    let mut sums = [0.0; 6];
    for (index, block) in model.mesh.blocks.iter().enumerate() {
        let Some(rule) = solid_rule(block.kind, MAX_DEGREE) else { continue };
        with_node_count!(block.kind, N => {
            let kernel = SmallStrainKernel::<N>::new(model.mesh, index, &rule, &materials, None);
            add_errors(&kernel, displacement, exact, &mut sums, control)?;
        }, else ());
    }
    let [displacement, displacement_scale, strain, strain_scale, energy, energy_scale] = sums.map(f64::sqrt);
    Ok(ErrorNorms { displacement, displacement_scale, strain, strain_scale, energy, energy_scale })
}

fn add_errors<const N: usize>(
    kernel: &SmallStrainKernel<'_, N>,
    displacement: &[Vector3<f64>],
    exact: &dyn SmoothField,
    sums: &mut [f64; 6],
    control: &RunControl,
) -> Result<(), SolidError> {
    for element in 0..kernel.len() {
        if element % 256 == 0 {
            control.check()?;
        }
        let nodal = kernel.gather(element, displacement);
        for (point, table) in kernel.table.points.iter().enumerate() {
            let at = kernel.geometry(element, point)?;
            let x = kernel.position(element, point);
            let found: Vector3<f64> = nodal.iter().zip(&table.values).map(|(u, n)| u * *n).sum();
            let u = exact.displacement(&x);
            let e = tensor::symmetric_part(&exact.gradient(&x));
            let gap = strain(&at.gradients, &nodal) - e;
            sums[0] += (found - u).norm_squared() * at.volume;
            sums[1] += u.norm_squared() * at.volume;
            sums[2] += tensor::contract(&gap, &gap) * at.volume;
            sums[3] += tensor::contract(&e, &e) * at.volume;
            let d = kernel.respond(element, point, &e)?.tangent;
            let [gap, e] = [gap, e].map(|strain| tensor::engineering(&strain));
            sums[4] += gap.dot(&(d * gap)) * at.volume;
            sums[5] += e.dot(&(d * e)) * at.volume;
        }
    }
    Ok(())
}
