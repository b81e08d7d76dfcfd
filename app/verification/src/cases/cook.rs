//! Cook's membrane in plane stress.

use super::{node_at, shapes};
use crate::check::{Bound, Outcome};
use crate::suite::{Case, CaseError, Shelf};
use control::RunControl;
use mesh::{ElementKind, Vector3};
use solid::{LinearStatics, LoadCase, Material, Place};

const SOURCE: &str = "own plane-stress reference by refined 9-node quadrilaterals, 23.840, 23.925, 23.949, 23.961, 23.965 \
                      towards 23.967; Cook 1974 gives 23.96 for the same membrane";
const TITLE: &str = "Cook's tapered membrane: deflection in the middle of the loaded edge";

pub(super) const TET10: Case = Case {
    id: "solid/cook-tet10",
    title: TITLE,
    shelf: Shelf::Quick,
    solve: |control| cook(ElementKind::Tet10, control),
};
pub(super) const HEX20: Case = Case {
    id: "solid/cook-hex20",
    title: TITLE,
    shelf: Shelf::Quick,
    solve: |control| cook(ElementKind::Hex20, control),
};

/// Thin enough (1 in 48) that the free faces make it plane stress; the traction is one over the loaded edge.
fn cook(kind: ElementKind, control: &RunControl) -> Result<Vec<Outcome>, CaseError> {
    let thickness = 1.0;
    let mesh = shapes::cook(kind, [16, 16, 1], thickness)?;
    let mut model = LinearStatics::new(&mesh);
    model.material(Place::Everywhere, Material::isotropic(1.0, 1.0 / 3.0).map_err(solid::SolidError::from)?);
    model.prescribe("x_min", [Some(0.0), Some(0.0), None]).prescribe("z_min", [None, None, Some(0.0)]);
    model.load_case(LoadCase::new("shear").traction("x_max", Vector3::new(0.0, 1.0 / (16.0 * thickness), 0.0)));
    let solution = model.solve(&Default::default(), control)?;
    let node = node_at(&mesh, 48.0, 52.0, 0.0)?;
    Ok(vec![Outcome {
        name: "deflection".to_owned(),
        value: solution.cases[0].displacement[node].y,
        reference: 23.967,
        unit: "mm",
        bound: Bound::Relative(0.01),
        source: SOURCE,
    }])
}
