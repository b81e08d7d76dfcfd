//! What every law must satisfy, checked on all of them.

use crate::*;
use nalgebra::{Rotation3, Vector3};

fn cortical_bone() -> EngineeringConstants {
    EngineeringConstants { young: [12e3, 13.4e3, 20e3], poisson: [0.38, 0.22, 0.24], shear: [4.5e3, 5.6e3, 6.2e3] }
}

fn laws() -> Vec<Box<dyn SmallStrainLaw>> {
    let turned = OrthotropicElastic::new(cortical_bone())
        .and_then(|law| law.with_axes(Vector3::new(1.0, 0.5, -0.3), Vector3::new(0.1, 1.0, 0.4)))
        .and_then(|law| law.with_expansion([1e-5, 2e-5, 3e-5]));
    let steel = IsotropicElastic::new(210e3, 0.3).and_then(|law| law.with_expansion(1.2e-5));
    vec![Box::new(steel.unwrap()), Box::new(turned.unwrap())]
}

const STRAIN: [f64; 6] = [1e-3, -4e-4, 7e-4, 2e-4, -3e-4, 5e-4];

fn answer(law: &dyn SmallStrainLaw, strain: &SymmetricTensor, temperature: f64) -> Response {
    law.respond(strain, temperature, &[], &mut []).unwrap()
}

#[test]
fn stress_is_the_derivative_of_the_energy_and_the_tangent_that_of_the_stress() {
    let strain = SymmetricTensor::from(STRAIN);
    let h = 1e-6;
    for law in laws() {
        let at = answer(law.as_ref(), &strain, 20.0);
        for j in 0..6 {
            // A step of h in the engineering component is h/2 in a tensor shear.
            let mut step = SymmetricTensor::zeros();
            step[j] = if j < 3 { h } else { 0.5 * h };
            let (ahead, behind) =
                (answer(law.as_ref(), &(strain + step), 20.0), answer(law.as_ref(), &(strain - step), 20.0));
            let slope = (ahead.energy - behind.energy) / (2.0 * h);
            assert!((slope - at.stress[j]).abs() < 1e-6, "{}: stress {j}", law.name());
            for i in 0..6 {
                let slope = (ahead.stress[i] - behind.stress[i]) / (2.0 * h);
                assert!((slope - at.tangent[(i, j)]).abs() < 1e-3, "{}: tangent {i} {j}", law.name());
                let asymmetry = at.tangent[(i, j)] - at.tangent[(j, i)];
                assert!(asymmetry.abs() < 1e-9, "{}: tangent is symmetric", law.name());
            }
        }
    }
}

#[test]
fn free_thermal_expansion_is_free_of_stress() {
    let steel = IsotropicElastic::new(210e3, 0.3).and_then(|law| law.with_expansion(1.2e-5)).unwrap();
    let strain = SymmetricTensor::new(1.2e-3, 1.2e-3, 1.2e-3, 0.0, 0.0, 0.0);
    assert!(answer(&steel, &strain, 100.0).stress.norm() < 1e-10);
    let axes = Rotation3::from_euler_angles(0.3, -0.8, 1.1);
    let bone = OrthotropicElastic::new(cortical_bone())
        .and_then(|law| law.with_expansion([1e-5, 2e-5, 3e-5]))
        .and_then(|law| law.with_axes(axes * Vector3::x(), axes * Vector3::y()))
        .unwrap();
    let strain = tensor::rotated(&(10.0 * SymmetricTensor::new(1e-5, 2e-5, 3e-5, 0.0, 0.0, 0.0)), axes.matrix());
    assert!(answer(&bone, &strain, 10.0).stress.norm() < 1e-12);
}

#[test]
fn equal_constants_make_the_orthotropic_law_isotropic_in_any_axes() {
    let (e, nu) = (17e3, 0.3);
    let g = e / (2.0 * (1.0 + nu));
    let constants = EngineeringConstants { young: [e; 3], poisson: [nu; 3], shear: [g; 3] };
    let isotropic = IsotropicElastic::new(e, nu).unwrap();
    let turned = OrthotropicElastic::new(constants)
        .and_then(|law| law.with_axes(Vector3::new(0.2, 0.9, 0.1), Vector3::new(0.5, -0.4, 1.0)))
        .unwrap();
    let strain = SymmetricTensor::from(STRAIN);
    let difference = answer(&isotropic, &strain, 0.0).stress - answer(&turned, &strain, 0.0).stress;
    assert!(difference.norm() < 1e-11, "{difference}");
}

#[test]
fn a_pull_along_axis_one_contracts_axis_two_by_its_poissons_ratio() {
    let law = OrthotropicElastic::new(cortical_bone()).and_then(|l| l.with_axes(Vector3::z(), Vector3::x())).unwrap();
    // σ_zz = 12 MPa along material axis 1 (E_1 = 12 GPa): ε_zz = 1e-3, ε_xx = -ν_12 ε_zz, ε_yy = -ν_13 ε_zz.
    let strain = SymmetricTensor::new(-0.38e-3, -0.22e-3, 1e-3, 0.0, 0.0, 0.0);
    let stress = answer(&law, &strain, 0.0).stress;
    assert!((stress - SymmetricTensor::new(0.0, 0.0, 12.0, 0.0, 0.0, 0.0)).norm() < 1e-11, "{stress}");
}

#[test]
fn constants_out_of_range_are_refused_by_name() {
    let message = IsotropicElastic::new(0.0, 0.3).unwrap_err().to_string();
    assert!(message.contains("youngs_modulus (E) = 0"), "{message}");
    assert!(IsotropicElastic::new(1.0, 0.5).is_err() && IsotropicElastic::new(1.0, -1.0).is_err());
    assert!(IsotropicElastic::new(f64::INFINITY, 0.3).is_err() && IsotropicElastic::new(1.0, f64::NAN).is_err());
    let unstable = EngineeringConstants { poisson: [0.99, 0.9, 0.9], ..cortical_bone() };
    assert_eq!(
        OrthotropicElastic::new(unstable),
        Err(ConstitutiveError::NotPositiveDefinite { law: "orthotropic elastic" })
    );
    let law = OrthotropicElastic::new(cortical_bone()).unwrap();
    assert!(law.with_axes(Vector3::x(), 2.0 * Vector3::x()).is_err());
}
