//! Isosurface stuffing: the volume error of smooth bodies falls as h², and no element is poor.

use crate::check::{Bound, Outcome};
use crate::suite::{Case, CaseError, Shelf};
use control::RunControl;
use mesh::{SurfaceMesh, primitives};
use meshing::{MeshOptions, mesh_surface};

const SOURCE: &str = "theory: linear facets inscribe a smooth surface with an error of h²";
const QUALITY: &str = "required of every smooth body";
const TITLE: &str = "Observed order of the volume error and worst dihedral angles of a stuffed body";

pub(super) const SPHERE: Case = Case {
    id: "meshing/sphere",
    title: TITLE,
    shelf: Shelf::Quick,
    solve: |control| rate(&primitives::icosphere(10.0, 6), [2.0, 1.0], control),
};
pub(super) const TORUS: Case = Case {
    id: "meshing/torus",
    title: TITLE,
    shelf: Shelf::Quick,
    solve: |control| rate(&primitives::torus(10.0, 3.0, 256, 96), [1.2, 0.6], control),
};

fn rate(surface: &SurfaceMesh, sizes: [f64; 2], control: &RunControl) -> Result<Vec<Outcome>, CaseError> {
    let report = |size: f64| {
        let options = MeshOptions { size: Some(size), ..MeshOptions::default() };
        mesh_surface(surface, &options, control).map(|result| result.report)
    };
    let (coarse, fine) = (report(sizes[0])?, report(sizes[1])?);
    let order = (coarse.volume_error / fine.volume_error).abs().log2() / (sizes[0] / sizes[1]).log2();
    let outcome = |name: &str, value: f64, reference: f64, unit, bound, source| Outcome {
        name: name.to_owned(),
        value,
        reference,
        unit,
        bound,
        source,
    };
    Ok(vec![
        outcome("volume-order", order, 1.8, "1", Bound::AtLeast, SOURCE),
        outcome("least-dihedral", fine.min_dihedral_deg, 20.0, "deg", Bound::AtLeast, QUALITY),
        outcome("largest-dihedral", fine.max_dihedral_deg, 152.0, "deg", Bound::AtMost, QUALITY),
    ])
}
