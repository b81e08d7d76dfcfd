//! NAFEMS LE11: cylinder, taper and sphere under a thermal load.

use super::{node_at, shapes};
use crate::check::{Bound, Outcome};
use crate::suite::{Case, CaseError, Shelf};
use control::RunControl;
use mesh::ElementKind;
use solid::{LinearStatics, LoadCase, Material, Place};

const SOURCE: &str = "own axisymmetric reference by refined 9-node quadrilaterals, -104.0, -105.40, -105.86, -105.98, -106.02; \
                      NAFEMS LE11 gives -105 MPa";
const TITLE: &str = "Solid cylinder/taper/sphere under a linear temperature: axial stress at the inner bottom edge";

pub(super) const LE11_TET10: Case = Case {
    id: "solid/le11-tet10",
    title: TITLE,
    shelf: Shelf::Quick,
    solve: |control| taper(ElementKind::Tet10, [8, 8, 4], control),
};
pub(super) const LE11_HEX20: Case = Case {
    id: "solid/le11-hex20",
    title: TITLE,
    shelf: Shelf::Quick,
    solve: |control| taper(ElementKind::Hex20, [8, 8, 4], control),
};

/// T = (r + z) K with r and z in metres above the stress-free state, α = 2.3e-4 1/K.
fn taper(kind: ElementKind, counts: [usize; 3], control: &RunControl) -> Result<Vec<Outcome>, CaseError> {
    let mesh = shapes::cylinder_taper_sphere(kind, counts)?;
    let law = constitutive::IsotropicElastic::new(210_000.0, 0.3)
        .and_then(|law| law.with_expansion(2.3e-4))
        .map_err(solid::SolidError::from)?;
    let mut model = LinearStatics::new(&mesh);
    model.material(Place::Everywhere, Material::new(law));
    model.prescribe("y_min", [None, Some(0.0), None]).prescribe("y_max", [Some(0.0), None, None]);
    model.prescribe("z_min", [None, None, Some(0.0)]).prescribe("z_max", [None, None, Some(0.0)]);
    model.load_case(LoadCase::new("heat").temperature_change_field(|p| (p.x.hypot(p.y) + p.z) / 1000.0));
    let solution = model.solve(&Default::default(), control)?;
    let recovery = model.recover(&solution.cases[0], control)?;
    Ok(vec![Outcome {
        name: "stress-zz".to_owned(),
        value: recovery.stress[node_at(&mesh, 1000.0, 0.0, 0.0)?][2],
        reference: -106.02,
        unit: "MPa",
        bound: Bound::Relative(0.01),
        source: SOURCE,
    }])
}
