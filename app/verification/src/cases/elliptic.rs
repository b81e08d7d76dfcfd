//! NAFEMS LE1 (elliptic membrane) and LE10 (thick elliptic plate).

use super::{node_at, shapes};
use crate::check::{Bound, Outcome};
use crate::suite::{Case, CaseError, Shelf};
use control::RunControl;
use mesh::{ElementKind, Region, VolumeMesh};
use solid::{LinearStatics, LoadCase, Material, Place};

const LE1_SOURCE: &str = "NAFEMS LE1, 92.7 MPa; own refined plane-stress value 92.66 MPa";
const LE10_SOURCE: &str = "NAFEMS LE10, -5.38 MPa";
const LE1_TITLE: &str = "Elliptic membrane under outward pressure: tangential stress at the end of the short axis";
const LE10_TITLE: &str = "Thick elliptic plate under pressure: tangential stress at the end of the long axis";

macro_rules! case {
    ($name:ident, $id:literal, $title:expr, $solve:expr) => {
        pub(super) const $name: Case = Case { id: $id, title: $title, shelf: Shelf::Quick, solve: $solve };
    };
}

case!(LE1_TET10, "solid/le1-tet10", LE1_TITLE, |control| membrane(ElementKind::Tet10, control));
case!(LE1_HEX20, "solid/le1-hex20", LE1_TITLE, |control| membrane(ElementKind::Hex20, control));
case!(LE10_TET10, "solid/le10-tet10", LE10_TITLE, |control| plate(ElementKind::Tet10, [10, 16, 4], control));
// The recovered stress at the surface converges slowly on hexahedra: -5.493 MPa on 10×16×4, -5.428 on 14×24×6.
case!(LE10_HEX20, "solid/le10-hex20", LE10_TITLE, |control| plate(ElementKind::Hex20, [14, 24, 6], control));

fn steel() -> Result<Material, CaseError> {
    Ok(Material::isotropic(210_000.0, 0.3).map_err(solid::SolidError::from)?)
}

/// Half of the 0.1 m thick membrane; its middle plane is a symmetry plane.
fn membrane(kind: ElementKind, control: &RunControl) -> Result<Vec<Outcome>, CaseError> {
    let mesh = shapes::elliptic_plate(kind, [12, 24, 1], 50.0)?;
    let mut model = LinearStatics::new(&mesh);
    model.material(Place::Everywhere, steel()?);
    model.prescribe("y_min", [None, Some(0.0), None]).prescribe("y_max", [Some(0.0), None, None]);
    model.prescribe("z_min", [None, None, Some(0.0)]);
    model.load_case(LoadCase::new("tension").pressure("x_max", -10.0));
    let solution = model.solve(&Default::default(), control)?;
    let recovery = model.recover(&solution.cases[0], control)?;
    let through = [node_at(&mesh, 2000.0, 0.0, 0.0)?, node_at(&mesh, 2000.0, 0.0, 50.0)?];
    Ok(vec![Outcome {
        name: "stress-yy".to_owned(),
        value: 0.5 * (recovery.stress[through[0]][1] + recovery.stress[through[1]][1]),
        reference: 92.66,
        unit: "MPa",
        bound: Bound::Relative(0.01),
        source: LE1_SOURCE,
    }])
}

fn plate(kind: ElementKind, counts: [usize; 3], control: &RunControl) -> Result<Vec<Outcome>, CaseError> {
    let mesh = shapes::elliptic_plate(kind, counts, 600.0)?;
    let mut model = LinearStatics::new(&mesh);
    model.material(Place::Everywhere, steel()?);
    model.prescribe("y_min", [None, Some(0.0), None]).prescribe("y_max", [Some(0.0), None, None]);
    model.prescribe("x_max", [Some(0.0), Some(0.0), None]);
    model.prescribe(middle_edge(&mesh)?, [None, None, Some(0.0)]);
    model.load_case(LoadCase::new("pressure").pressure("z_max", 1.0));
    let solution = model.solve(&Default::default(), control)?;
    let recovery = model.recover(&solution.cases[0], control)?;
    Ok(vec![Outcome {
        name: "stress-yy".to_owned(),
        value: recovery.stress[node_at(&mesh, 2000.0, 0.0, 600.0)?][1],
        reference: -5.38,
        unit: "MPa",
        bound: Bound::Relative(0.01),
        source: LE10_SOURCE,
    }])
}

/// The nodes of the outer face half way up.
fn middle_edge(mesh: &VolumeMesh) -> Result<Region, CaseError> {
    let outer = Place::from("x_max").nodes(mesh, "the middle edge of LE10")?;
    Ok(Region::Nodes(outer.into_iter().filter(|&n| (mesh.nodes[n as usize].z - 300.0).abs() < 1e-6).collect()))
}
