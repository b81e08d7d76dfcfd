//! Rates of convergence on manufactured solutions.

use super::*;
use crate::manufactured::{ErrorNorms, SineField, SmoothField, body_force, error_norms, tangent};
use crate::{LoadCase, manufactured};

/// Solves for the sine field on `mesh`: tractions on the side x = 1, the exact displacement on the other sides.
fn errors(mesh: &VolumeMesh) -> (ErrorNorms, f64, f64) {
    let mut model = bone(mesh);
    let field = SineField::over(1.0);
    let law = tangent(model.materials[0].1.law.as_ref()).unwrap();
    for side in ["x_min", "y_min", "y_max", "z_min", "z_max"] {
        model.prescribe_field(side, [true; 3], move |x| field.displacement(x));
    }
    let case = LoadCase::new("sine")
        .body_force_field(Place::Everywhere, move |x| body_force(&law, &field, x))
        .traction_field("x_max", move |x, n| {
            constitutive::tensor::to_matrix(&manufactured::stress(&law, &field, x)) * n
        });
    model.load_case(case);
    let solution = model.solve(&Default::default(), &silent()).unwrap();
    let recovery = model.recover(&solution.cases[0], &silent()).unwrap();
    let norms = error_norms(&model, &solution.cases[0].displacement, &field, &silent()).unwrap();
    let exact = |x: &Point3<f64>| manufactured::stress(&law, &field, x);
    let largest = mesh.nodes.iter().zip(&recovery.stress).map(|(x, s)| (s - exact(x)).amax()).fold(0.0, f64::max);
    (norms, recovery.relative_error, largest)
}

/// Orders of the displacement error, strain error and largest nodal stress error, and the estimated over the true energy
/// error on the finer mesh.
fn rates(kind: ElementKind, coarse: usize, fine: usize) -> [f64; 4] {
    let ((a, _, worst_a), (b, estimate, worst_b)) = (errors(&cube(kind, coarse)), errors(&cube(kind, fine)));
    let order = |a: f64, b: f64| (a / b).ln() / (fine as f64 / coarse as f64).ln();
    let rates = [
        order(a.displacement, b.displacement),
        order(a.strain, b.strain),
        order(worst_a, worst_b),
        estimate / b.relative_energy(),
    ];
    println!(
        "{kind}: orders u {:.2}, strain {:.2}, nodal stress {:.2}; effectivity {:.2}",
        rates[0], rates[1], rates[2], rates[3]
    );
    rates
}

#[test]
fn linear_elements_converge_with_order_two() {
    for kind in [ElementKind::Tet4, ElementKind::Hex8, ElementKind::Wedge6] {
        let [displacement, strain, stress, effectivity] = rates(kind, 4, 8);
        assert!(displacement > 1.9 && strain > 0.9, "{kind}: {displacement} {strain}");
        // The elements' own stress has order 1; recovery must gain on it up to the corners.
        assert!(stress > 1.1 && (0.7..1.4).contains(&effectivity), "{kind}: {stress} {effectivity}");
    }
}

#[test]
fn quadratic_elements_converge_with_order_three() {
    for kind in [ElementKind::Tet10, ElementKind::Hex20, ElementKind::Wedge15] {
        let [displacement, strain, stress, effectivity] = rates(kind, 2, 4);
        assert!(displacement > 2.8 && strain > 1.8, "{kind}: {displacement} {strain}");
        assert!(stress > 1.8 && (0.7..1.4).contains(&effectivity), "{kind}: {stress} {effectivity}");
    }
}
