//! Solutions that every element reproduces to rounding.

use super::*;
use crate::{Integration, LoadCase, Sampling};
use constitutive::{IsotropicElastic, SymmetricTensor};

/// MacNeal and Harder's patch test: the linear displacement 1e-3 (2x+y+z, x+2y+z, x+y+2z)/2 has unit strains of 1e-3 and
/// with E = 1e6, ν = 0.25 direct stresses of 2000 and shear stresses of 400.
#[test]
fn patch_test_with_prescribed_boundary() {
    for kind in SOLIDS {
        let mesh = distorted(kind);
        let u = |x: &Point3<f64>| 0.5e-3 * (x.coords + Vector3::repeat(x.coords.sum()));
        let mut model = LinearStatics::new(&mesh);
        model.material(Place::Everywhere, Material::isotropic(1e6, 0.25).unwrap());
        model.prescribe_field(boundary(&mesh), [true; 3], u).load_case(LoadCase::new("patch"));
        let solution = model.solve(&Default::default(), &silent()).unwrap();
        let case = &solution.cases[0];
        for (x, found) in mesh.nodes.iter().zip(&case.displacement) {
            assert!((found - u(x)).norm() < 1e-10 * 2e-3, "{kind}: displacement at {x}");
        }
        let exact = SymmetricTensor::new(2000.0, 2000.0, 2000.0, 400.0, 400.0, 400.0);
        let recovery = model.recover(case, &silent()).unwrap();
        let gauss = recovery.states.iter().map(|state| &state.stress);
        for stress in gauss.chain(&recovery.stress) {
            assert!((stress - exact).amax() < 1e-10 * 2000.0, "{kind}: {stress}");
        }
        assert!(recovery.relative_error < 1e-10, "{kind}: {:e}", recovery.relative_error);
    }
}

/// Uniform tractions on all sides and three point supports give the uniform stress they belong to: loads, not only
/// elements, pass the patch test.
#[test]
fn patch_test_with_tractions() {
    let stress = SymmetricTensor::new(3.0, -1.0, 2.0, 0.5, 0.8, -0.4);
    for kind in SOLIDS {
        let mesh = distorted(kind);
        let mut model = bone(&mesh);
        let corner = |x: [f64; 3]| {
            let p = Point3::new(x[0] + 0.2 * x[1], 1.1 * x[1] - 0.1 * x[2], 0.9 * x[2] + 0.15 * x[0]);
            Place::Given(mesh::Region::Nodes(vec![crate::pick::nearest_node(&mesh, &p).unwrap()]))
        };
        model.fix(corner([0.0; 3]));
        model.prescribe(corner([1.0, 0.0, 0.0]), [None, Some(0.0), Some(0.0)]);
        model.prescribe(corner([0.0, 1.0, 0.0]), [None, None, Some(0.0)]);
        let sigma = constitutive::tensor::to_matrix(&stress);
        model.load_case(LoadCase::new("patch").traction_field(boundary(&mesh), move |_, n| sigma * n));
        let solution = model.solve(&Default::default(), &silent()).unwrap();
        let case = &solution.cases[0];
        for state in model.states(&case.displacement, None, Sampling::Stiffness, &silent()).unwrap().iter() {
            assert!((state.stress - stress).amax() < 3e-10, "{kind}: {}", state.stress - stress);
        }
        let largest = case.reactions.iter().map(|r| r.amax()).fold(0.0, f64::max);
        assert!(largest < 1e-9, "{kind}: tractions in balance need no reaction, found {largest:e} N");
    }
}

#[test]
fn translation_and_linearised_rotation_have_no_strain() {
    let (shift, turn) = (vector(0.3, -0.7, 0.2), vector(0.5, 0.4, -0.9));
    for kind in SOLIDS {
        for mesh in [distorted(kind), curved(kind)] {
            let u: Vec<_> = mesh.nodes.iter().map(|x| shift + turn.cross(&x.coords)).collect();
            let states = bone(&mesh).states(&u, None, Sampling::Stiffness, &silent()).unwrap();
            let largest = states.iter().map(|state| state.strain.amax()).fold(0.0, f64::max);
            assert!(largest < 1e-12, "{kind}: {largest:e}");
        }
    }
}

#[test]
fn free_thermal_expansion_is_free_of_stress_also_in_curved_elements() {
    for kind in SOLIDS {
        let mesh = curved(kind);
        let law = IsotropicElastic::new(210e3, 0.3).and_then(|law| law.with_expansion(1.2e-5)).unwrap();
        let mut model = LinearStatics::new(&mesh);
        model.material(Place::Everywhere, Material::new(law));
        let origin = crate::pick::nearest_node(&mesh, &Point3::origin()).unwrap();
        model.fix(mesh::Region::Nodes(vec![origin]));
        let on = |x: f64, y: f64| {
            let at = Point3::new(x + 0.1 * y * y, y, -0.1 * x * x);
            mesh::Region::Nodes(vec![crate::pick::nearest_node(&mesh, &at).unwrap()])
        };
        // The block expands about the origin; these two constraints lie along rays from it.
        model.prescribe_along(on(1.0, 0.0), vector(0.0, 1.0, 0.0), 0.0);
        model.prescribe_along(on(1.0, 0.0), vector(0.1, 0.0, 1.0), 0.0);
        model.prescribe_along(on(0.0, 1.0), vector(0.0, 0.0, 1.0), 0.0);
        model.load_case(LoadCase::new("hot").temperature_change_field(|_| 100.0));
        let solution = model.solve(&Default::default(), &silent()).unwrap();
        let case = &solution.cases[0];
        for (x, u) in mesh.nodes.iter().zip(&case.displacement) {
            assert!((u - x.coords * 1.2e-3).norm() < 1e-12, "{kind}: {u} at {x}");
        }
        let recovery = model.recover(case, &silent()).unwrap();
        let largest = recovery.states.iter().map(|state| state.stress.amax()).fold(0.0, f64::max);
        assert!(largest < 1e-8, "{kind}: {largest:e} MPa beside E α ΔT = 252 MPa");
        assert!(case.strain_energy < 1e-16, "{kind}: {:e}", case.strain_energy);
    }
}

#[test]
fn reduced_integration_is_softer_in_bending_and_closer_to_the_beam() {
    let beam = mapped_block(ElementKind::Hex20, [4, 2, 2], |[x, y, z]| Point3::new(10.0 * x, y, z)).unwrap();
    let tip = |integration| {
        let mut model = LinearStatics::new(&beam);
        model.material(Place::Everywhere, Material::isotropic(1e3, 0.0).unwrap());
        model.integration(integration).fix("x_min");
        model.load_case(LoadCase::new("tip").force("x_max", vector(0.0, 0.0, -1.0)));
        let solution = model.solve(&Default::default(), &silent()).unwrap();
        model.mean_motion(&solution.cases[0], &"x_max".into(), &silent()).unwrap().displacement.z
    };
    let (full, reduced) = (tip(Integration::Full), tip(Integration::Reduced));
    // Timoshenko: P L³/(3 E I) + P L/(κ G A) = 4 + 0.024 with κ = 5/6.
    let (stiff, soft) = (full + 4.024, reduced + 4.024);
    assert!(reduced < full && soft.abs() < stiff.abs() && soft.abs() < 0.02, "full {full}, reduced {reduced}");
}
