//! Lamé's thick cylinder under internal pressure in plane strain.

use super::{node_at, shapes};
use crate::check::{Bound, Outcome};
use crate::suite::{Case, CaseError, Shelf};
use control::RunControl;
use mesh::ElementKind;
use solid::{LinearStatics, LoadCase, Material, Place};

const SOURCE: &str = "exact: Lamé 1852; a = 1 mm, b = 2 mm, p = 1 MPa";
const TITLE: &str = "Thick cylinder under internal pressure, plane strain";
const YOUNG: f64 = 1000.0;
const POISSON: f64 = 0.3;

pub(super) const TET10: Case = Case {
    id: "solid/thick-cylinder-tet10",
    title: TITLE,
    shelf: Shelf::Quick,
    solve: |control| tube(ElementKind::Tet10, [8, 12, 1], control),
};
pub(super) const HEX20: Case = Case {
    id: "solid/thick-cylinder-hex20",
    title: TITLE,
    shelf: Shelf::Quick,
    solve: |control| tube(ElementKind::Hex20, [12, 12, 1], control),
};

fn tube(kind: ElementKind, counts: [usize; 3], control: &RunControl) -> Result<Vec<Outcome>, CaseError> {
    let (a, b, pressure) = (1.0, 2.0, 1.0);
    let mesh = shapes::quarter_tube(kind, counts, a, b, 0.2)?;
    let mut model = LinearStatics::new(&mesh);
    model.material(Place::Everywhere, Material::isotropic(YOUNG, POISSON).map_err(solid::SolidError::from)?);
    model.prescribe("y_min", [None, Some(0.0), None]).prescribe("y_max", [Some(0.0), None, None]);
    model.prescribe("z_min", [None, None, Some(0.0)]).prescribe("z_max", [None, None, Some(0.0)]);
    model.load_case(LoadCase::new("pressure").pressure("x_min", pressure));
    let solution = model.solve(&Default::default(), control)?;
    let recovery = model.recover(&solution.cases[0], control)?;
    let inner = node_at(&mesh, a, 0.0, 0.0)?;
    let outer = node_at(&mesh, b, 0.0, 0.0)?;
    let square = b * b - a * a;
    let radial = a * pressure / YOUNG * (1.0 + POISSON) * (b * b + a * a * (1.0 - 2.0 * POISSON)) / square;
    let outcome = |name: &str, value: f64, reference: f64, unit| Outcome {
        name: name.to_owned(),
        value,
        reference,
        unit,
        bound: Bound::Relative(0.01),
        source: SOURCE,
    };
    Ok(vec![
        outcome("radial-displacement-inside", solution.cases[0].displacement[inner].x, radial, "mm"),
        outcome("hoop-stress-inside", recovery.stress[inner][1], pressure * (a * a + b * b) / square, "MPa"),
        outcome("hoop-stress-outside", recovery.stress[outer][1], 2.0 * pressure * a * a / square, "MPa"),
        outcome("radial-stress-inside", recovery.stress[inner][0], -pressure, "MPa"),
    ])
}
