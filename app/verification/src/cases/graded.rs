//! A bar whose modulus rises along its axis: every Gauss point has its own.

use crate::check::{Bound, Outcome};
use crate::suite::{Case, CaseError, Shelf};
use control::RunControl;
use mesh::{ElementKind, Point3, Vector3};
use meshing::mapped_block;
use solid::{LinearInElements, LinearPiece, LinearStatics, LoadCase, Material, Place};
use std::sync::Arc;

pub(super) const TET10: Case = Case {
    id: "solid/graded-bar-tet10",
    title: "Bar with a modulus rising linearly from 1 to 4 GPa under a pull: lengthening",
    shelf: Shelf::Quick,
    solve: |control| bar(ElementKind::Tet10, control),
};
pub(super) const HEX8: Case =
    Case { id: "solid/graded-bar-hex8", solve: |control| bar(ElementKind::Hex8, control), ..TET10 };

/// Length 10 mm, section 1 mm², 5 N, ν = 0: u = ∫ F / (A E) dx = F L / (A (E₁ - E₀)) ln(E₁ / E₀).
fn bar(kind: ElementKind, control: &RunControl) -> Result<Vec<Outcome>, CaseError> {
    let (force, length, low, high) = (5.0, 10.0, 1000.0, 4000.0);
    let mesh = mapped_block(kind, [20, 1, 1], |[x, y, z]| Point3::new(length * x, y, z))?;
    let young = LinearPiece {
        centre: Point3::new(0.5 * length, 0.0, 0.0),
        mean: 0.5 * (low + high),
        gradient: Vector3::new((high - low) / length, 0.0, 0.0),
    };
    let field = Arc::new(LinearInElements { pieces: vec![young; mesh.element_count()] });
    let mut model = LinearStatics::new(&mesh);
    model.material(Place::Everywhere, Material::isotropic_field(field, 0.0).map_err(solid::SolidError::from)?);
    model.prescribe("x_min", [Some(0.0), None, None]);
    model.prescribe("y_min", [None, Some(0.0), None]).prescribe("z_min", [None, None, Some(0.0)]);
    model.load_case(LoadCase::new("pull").traction("x_max", Vector3::new(force, 0.0, 0.0)));
    let solution = model.solve(&Default::default(), control)?;
    let end = model.mean_motion(&solution.cases[0], &"x_max".into(), control)?;
    Ok(vec![Outcome {
        name: "lengthening".to_owned(),
        value: end.displacement.x,
        reference: force * length / (high - low) * (high / low).ln(),
        unit: "mm",
        bound: Bound::Relative(1e-3),
        source: "integral of force over stiffness along the bar",
    }])
}
