//! A straight bone plate in four-point bending against the formula of ASTM F382.

use super::shapes;
use crate::check::{Bound, Outcome};
use crate::suite::{Case, CaseError, Shelf};
use control::RunControl;
use mesh::{ElementKind, Region, Vector3, VolumeMesh};
use solid::{LinearStatics, LoadCase, Material, Place};

const SOURCE: &str = "exact for a slender beam: EI = (2h + 3k) K h²/12, ASTM F382 annex, derived from beam theory; \
                      shear adds 0.3 % here";
const TITLE: &str = "Bending stiffness EI of a 12 mm × 4 mm plate from its load-deflection slope";

pub(super) const TET10: Case = Case {
    id: "solid/plate-bending-tet10",
    title: TITLE,
    shelf: Shelf::Quick,
    solve: |control| plate(ElementKind::Tet10, [28, 6, 2], control),
};
pub(super) const HEX20: Case = Case {
    id: "solid/plate-bending-hex20",
    title: TITLE,
    shelf: Shelf::Quick,
    solve: |control| plate(ElementKind::Hex20, [28, 3, 1], control),
};

/// Rollers at ±60 mm below, loads at ±20 mm above, h = k = 40 mm; the deflection is that of the middle plane under the
/// loads, so that local indentation stays out of K.
fn plate(kind: ElementKind, counts: [usize; 3], control: &RunControl) -> Result<Vec<Outcome>, CaseError> {
    let (length, width, thickness) = (140.0, 12.0, 4.0);
    let (young, poisson) = (113_800.0, 0.342);
    let (h, k, force) = (40.0, 40.0, 100.0);
    let mesh = shapes::bar(kind, counts, [length, width, thickness])?;
    let line = |x: f64, z: f64| nodes(&mesh, move |p| (p[0] - x).abs() < 1e-9 && (p[2] - z).abs() < 1e-9);
    let mut model = LinearStatics::new(&mesh);
    model.material(Place::Everywhere, Material::isotropic(young, poisson).map_err(solid::SolidError::from)?);
    model.prescribe(line(10.0, 0.0), [None, None, Some(0.0)]).prescribe(line(130.0, 0.0), [None, None, Some(0.0)]);
    model.prescribe(nodes(&mesh, |p| p[0] == 10.0 && p[1] == 0.0 && p[2] == 0.0), [Some(0.0), Some(0.0), None]);
    model.prescribe(nodes(&mesh, |p| p[0] == 130.0 && p[1] == 0.0 && p[2] == 0.0), [None, Some(0.0), None]);
    let half = Vector3::new(0.0, 0.0, -0.5 * force);
    let case = LoadCase::new("bending").force(line(50.0, thickness), half).force(line(90.0, thickness), half);
    model.load_case(case);
    let solution = model.solve(&Default::default(), control)?;
    let Region::Nodes(under_load) = line(50.0, 0.5 * thickness) else { return Ok(Vec::new()) };
    let sink: f64 = under_load.iter().map(|&n| -solution.cases[0].displacement[n as usize].z).sum();
    let stiffness = force * under_load.len() as f64 / sink;
    Ok(vec![Outcome {
        name: "bending-stiffness".to_owned(),
        value: (2.0 * h + 3.0 * k) * stiffness * h * h / 12.0,
        reference: young * width * thickness.powi(3) / 12.0,
        unit: "N mm²",
        bound: Bound::Relative(0.02),
        source: SOURCE,
    }])
}

fn nodes(mesh: &VolumeMesh, chosen: impl Fn([f64; 3]) -> bool) -> Region {
    let all = 0..mesh.nodes.len() as u32;
    Region::Nodes(all.filter(|&n| chosen(mesh.nodes[n as usize].coords.into())).collect())
}
