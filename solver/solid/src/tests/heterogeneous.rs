//! A modulus that differs from point to point.

use super::*;
use crate::kernel::{SmallStrainKernel, strain};
use crate::material::MaterialMap;
use crate::{LinearInElements, LinearPiece, LoadCase, Sampling, sample_elements};
use constitutive::SymmetricTensor;
use fem::{ElementKernel, NodeMatrix};
use std::sync::Arc;

/// The projection of `young` onto pieces, at as many samples as a voxel image would give.
fn projected(mesh: &VolumeMesh, young: impl Fn(&Point3<f64>) -> f64 + Sync) -> Arc<LinearInElements> {
    let see = |_: usize, nodes: &[Point3<f64>], samples: &[crate::Sample]| {
        let values: Vec<f64> = samples.iter().map(|sample| young(&sample.position)).collect();
        let all = values.iter().copied().chain(nodes.iter().map(&young));
        let range = all.fold([f64::INFINITY, f64::NEG_INFINITY], |[a, b], v| [a.min(v), b.max(v)]);
        LinearPiece::fit(samples, &values, nodes, range)
    };
    let pieces = sample_elements(mesh, |_| 4, see, &silent()).unwrap();
    Arc::new(LinearInElements { pieces: pieces.into_iter().flatten().collect() })
}

fn with_field(mesh: &VolumeMesh, field: Arc<LinearInElements>, poisson: f64) -> LinearStatics<'_> {
    let mut model = LinearStatics::new(mesh);
    model.material(Place::Everywhere, Material::isotropic_field(field, poisson).unwrap());
    model
}

/// A field of equal moduli is the homogeneous material: displacement, stress, energy and error estimate.
#[test]
fn a_constant_field_is_the_homogeneous_material_and_passes_the_patch_test() {
    let u = |x: &Point3<f64>| 0.5e-3 * (x.coords + Vector3::repeat(x.coords.sum()));
    for kind in SOLIDS {
        let mesh = distorted(kind);
        let mut model = with_field(&mesh, projected(&mesh, |_| 1e6), 0.25);
        model.prescribe_field(boundary(&mesh), [true; 3], u).load_case(LoadCase::new("patch"));
        let solution = model.solve(&Default::default(), &silent()).unwrap();
        let case = &solution.cases[0];
        for (x, found) in mesh.nodes.iter().zip(&case.displacement) {
            assert!((found - u(x)).norm() < 1e-10 * 2e-3, "{kind}: displacement at {x}");
        }
        let exact = SymmetricTensor::new(2000.0, 2000.0, 2000.0, 400.0, 400.0, 400.0);
        let recovery = model.recover(case, &silent()).unwrap();
        for stress in recovery.states.iter().map(|state| &state.stress).chain(&recovery.stress) {
            assert!((stress - exact).amax() < 1e-10 * 2000.0, "{kind}: {stress}");
        }
        assert!(recovery.relative_error < 1e-10, "{kind}: {:e}", recovery.relative_error);
        let mut homogeneous = LinearStatics::new(&mesh);
        homogeneous.material(Place::Everywhere, Material::isotropic(1e6, 0.25).unwrap());
        homogeneous.prescribe_field(boundary(&mesh), [true; 3], u).load_case(LoadCase::new("patch"));
        let energy = homogeneous.solve(&Default::default(), &silent()).unwrap().cases[0].strain_energy;
        assert!((case.strain_energy - energy).abs() < 1e-12 * energy, "{kind}: {}", case.strain_energy);
    }
}

/// A bar of length 10 and section 1 under 5 N whose modulus rises linearly from 1000 to 4000 MPa, ν = 0:
/// u(L) = ∫ F/(A E) dx = F L/(A (E₁ - E₀)) ln(E₁/E₀), σ = 5 MPa everywhere.
///
/// Returns the relative errors of the end displacement and of the energy, the estimate of the latter, and the largest error
/// of the stress at the Gauss points.
fn bar(kind: ElementKind, cells: usize) -> [f64; 4] {
    let (force, length, low, high) = (5.0, 10.0, 1000.0, 4000.0);
    let mesh = mapped_block(kind, [cells, 2, 2], |[x, y, z]| Point3::new(length * x, y, z)).unwrap();
    let mut model = with_field(&mesh, projected(&mesh, |p| low + (high - low) * p.x / length), 0.0);
    model.prescribe("x_min", [Some(0.0), None, None]);
    let corner = |y: f64| {
        let node = crate::pick::nearest_node(&mesh, &Point3::new(0.0, y, 0.0)).unwrap();
        Place::Given(mesh::Region::Nodes(vec![node]))
    };
    model.fix(corner(0.0)).prescribe(corner(1.0), [None, None, Some(0.0)]);
    model.load_case(LoadCase::new("pull").traction("x_max", vector(force, 0.0, 0.0)));
    let solution = model.solve(&Default::default(), &silent()).unwrap();
    let case = &solution.cases[0];
    let exact = force * length / (high - low) * (high / low).ln();
    let end = model.mean_motion(case, &"x_max".into(), &silent()).unwrap().displacement.x;
    // Clapeyron: the work of the force is twice the strain energy, summed over the Gauss points with their own moduli.
    assert!((0.5 * force * end / case.strain_energy - 1.0).abs() < 1e-9, "{kind}: {} mJ", case.strain_energy);
    let recovery = model.recover(case, &silent()).unwrap();
    let worst = recovery.states.iter().map(|state| (state.stress[0] - force).abs()).fold(0.0, f64::max);
    // The energy of the discrete solution is below the exact one by the square of the error in the energy norm.
    let energy_error = (1.0 - case.strain_energy / (0.5 * force * exact)).max(0.0).sqrt();
    [(end - exact).abs() / exact, energy_error, recovery.relative_error, worst / force]
}

#[test]
fn a_bar_with_linear_modulus_lengthens_by_the_integral() {
    let expected = [
        (ElementKind::Tet4, 1.0),
        (ElementKind::Hex8, 1.0),
        (ElementKind::Wedge6, 1.0),
        (ElementKind::Tet10, 2.0),
        (ElementKind::Hex20, 2.0),
        (ElementKind::Wedge15, 2.0),
    ];
    for (kind, order) in expected {
        let (coarse, fine) = (bar(kind, 6), bar(kind, 12));
        let rate = |k: usize| (coarse[k] / fine[k]).log2();
        println!(
            "{kind}: end {:.2e} order {:.2}, energy norm {:.2e} order {:.2}, estimated {:.2e}, stress {:.2e} order {:.2}",
            fine[0],
            rate(0),
            fine[1],
            rate(1),
            fine[2],
            fine[3],
            rate(3)
        );
        assert!(rate(0) > 2.0 * order - 0.2, "{kind}: end displacement converges with order {}", rate(0));
        assert!(rate(1) > order - 0.15, "{kind}: energy norm converges with order {}", rate(1));
        assert!((0.6..1.7).contains(&(fine[2] / fine[1])), "{kind}: effectivity {}", fine[2] / fine[1]);
    }
}

/// The tangent is the derivative of the internal force, and that of the energy, with the modulus of every Gauss point.
#[test]
fn forces_and_tangent_are_derivatives_of_the_energy() {
    let mesh = curved(ElementKind::Tet10);
    let young = |p: &Point3<f64>| 500.0 + 3000.0 * p.x * p.x + 800.0 * p.y;
    let field = projected(&mesh, young);
    let materials =
        MaterialMap::new(&mesh, &[(Place::Everywhere, Material::isotropic_field(field.clone(), 0.3).unwrap())])
            .unwrap();
    let rule = Sampling::Stiffness.rule(ElementKind::Tet10, &with_field(&mesh, field, 0.3)).unwrap();
    let kernel = SmallStrainKernel::<10>::new(&mesh, 0, &rule, &materials, None);
    let u: [Vector3<f64>; 10] =
        std::array::from_fn(|a| 1e-3 * vector((a as f64).sin(), (a as f64).cos(), 0.1 * a as f64));
    let element = 11;
    let energy = |u: &[Vector3<f64>; 10]| -> f64 {
        let of_point = |point: usize| {
            let at = kernel.geometry(element, point).unwrap();
            kernel.respond(element, point, &strain(&at.gradients, u)).unwrap().energy * at.volume
        };
        (0..rule.points.len()).map(of_point).sum()
    };
    let force = |u: &[Vector3<f64>; 10]| {
        let mut force = [Vector3::zeros(); 10];
        kernel.internal_force(element, u, &mut force).unwrap();
        force
    };
    let mut tangent = NodeMatrix::<10>::default();
    kernel.tangent(element, &u, &mut tangent).unwrap();
    let at = force(&u);
    let h = 1e-6;
    for (b, j) in (0..10).flat_map(|b| (0..3).map(move |j| (b, j))) {
        let moved = |h: f64| {
            let mut u = u;
            u[b][j] += h;
            u
        };
        let (ahead, behind) = (moved(h), moved(-h));
        let slope = (energy(&ahead) - energy(&behind)) / (2.0 * h);
        assert!((slope - at[b][j]).abs() < 1e-6, "force {b} {j}: {slope} and {}", at[b][j]);
        let (ahead, behind) = (force(&ahead), force(&behind));
        for (a, i) in (0..10).flat_map(|a| (0..3).map(move |i| (a, i))) {
            let slope = (ahead[a][i] - behind[a][i]) / (2.0 * h);
            assert!(
                (slope - tangent.blocks[a][b][(i, j)]).abs() < 1e-5 * tangent.blocks[b][b][(j, j)],
                "{a}{i} {b}{j}"
            );
        }
    }
    let states = with_field(&mesh, projected(&mesh, young), 0.3);
    let zero = vec![Vector3::zeros(); mesh.nodes.len()];
    for state in states.states(&zero, None, Sampling::Error, &silent()).unwrap().iter() {
        let scale = materials.of(state.element as usize).scale_at(state.element as usize, &state.position).unwrap();
        assert!((scale / young(&state.position) - 1.0).abs() < 0.2, "{scale} at {}", state.position);
    }
}

#[test]
fn fields_that_do_not_fit_are_refused() {
    let mesh = cube(ElementKind::Tet4, 1);
    let refusal = |pieces: Vec<LinearPiece>| {
        let mut model = with_field(&mesh, Arc::new(LinearInElements { pieces }), 0.3);
        model.fix("x_min").load_case(LoadCase::new("pull").force("x_max", vector(1.0, 0.0, 0.0)));
        message(model.solve(&Default::default(), &silent()))
    };
    let count = mesh.element_count();
    assert!(refusal(vec![LinearPiece::constant(1.0); count - 1]).contains("the field of moduli has"));
    for bad in [0.0, -5.0, f64::NAN, f64::INFINITY] {
        let mut pieces = vec![LinearPiece::constant(1e3); count];
        pieces[1] = LinearPiece::constant(bad);
        let text = refusal(pieces);
        assert!(text.contains("element 1: the modulus"), "{text}");
    }
}
