//! Patch tests: a linear displacement on the boundary must give a constant stress in distorted elements, and rigid
//! motions no strain.

use crate::check::{Bound, Outcome};
use crate::suite::{Case, CaseError, Shelf};
use control::RunControl;
use mesh::{ElementKind, Face, Point3, Region, Vector3, VolumeMesh};
use meshing::{Distortion, distorted_block, patch_cube};
use solid::{LinearStatics, LoadCase, Material};

const SOURCE: &str = "exact: MacNeal & Harder 1985, Finite Elem. Anal. Des. 1:3-20, patch test for solids";
const YOUNG: f64 = 1e6;
const POISSON: f64 = 0.25;

macro_rules! patch_case {
    ($name:ident, $kind:expr, $id:literal) => {
        pub(super) const $name: Case = Case {
            id: $id,
            title: "Constant stress in a patch of distorted elements",
            shelf: Shelf::Quick,
            solve: |control| patch($kind, control),
        };
    };
}

patch_case!(TET4, ElementKind::Tet4, "solid/patch-tet4");
patch_case!(TET10, ElementKind::Tet10, "solid/patch-tet10");
patch_case!(HEX8, ElementKind::Hex8, "solid/patch-hex8");
patch_case!(HEX20, ElementKind::Hex20, "solid/patch-hex20");
patch_case!(WEDGE6, ElementKind::Wedge6, "solid/patch-wedge6");
patch_case!(WEDGE15, ElementKind::Wedge15, "solid/patch-wedge15");

pub(super) const RIGID: Case = Case {
    id: "solid/rigid-motion",
    title: "A translation and a linearised rotation make no strain in any element",
    shelf: Shelf::Quick,
    solve: rigid,
};

const KINDS: [ElementKind; 6] = [
    ElementKind::Tet4,
    ElementKind::Tet10,
    ElementKind::Hex8,
    ElementKind::Hex20,
    ElementKind::Wedge6,
    ElementKind::Wedge15,
];

/// MacNeal and Harder's cube where it exists for the kind, else a block with shifted interior nodes.
fn distorted(kind: ElementKind) -> Result<VolumeMesh, CaseError> {
    if matches!(kind, ElementKind::Wedge6 | ElementKind::Wedge15) {
        let distortion = Distortion { amplitude: 0.25, seed: 7 };
        return Ok(distorted_block(kind, [3, 3, 3], distortion, Point3::from)?);
    }
    Ok(patch_cube(kind)?)
}

fn outside(mesh: &VolumeMesh) -> Region {
    let sides = ["x_min", "x_max", "y_min", "y_max", "z_min", "z_max"];
    let mut faces: Vec<Face> = sides
        .iter()
        .filter_map(|side| mesh.regions.get(*side))
        .flat_map(|region| if let Region::Faces(faces) = region { faces.clone() } else { Vec::new() })
        .collect();
    faces.sort_unstable();
    Region::Faces(faces)
}

/// u = 1e-3 (2x+y+z)/2, v = 1e-3 (x+2y+z)/2, w = 1e-3 (x+y+2z)/2: ε_ii = 1e-3, γ_ij = 1e-3.
fn patch(kind: ElementKind, control: &RunControl) -> Result<Vec<Outcome>, CaseError> {
    let mesh = distorted(kind)?;
    let mut model = LinearStatics::new(&mesh);
    model.material(solid::Place::Everywhere, Material::isotropic(YOUNG, POISSON).map_err(solid::SolidError::from)?);
    model.prescribe_field(outside(&mesh), [true; 3], |p| {
        0.5e-3 * Vector3::new(2.0 * p.x + p.y + p.z, p.x + 2.0 * p.y + p.z, p.x + p.y + 2.0 * p.z)
    });
    model.load_case(LoadCase::new("patch"));
    let solution = model.solve(&Default::default(), control)?;
    let states = model.recover(&solution.cases[0], control)?.states;
    let exact = [2000.0, 2000.0, 2000.0, 400.0, 400.0, 400.0];
    let error = states
        .iter()
        .flat_map(|state| (0..6).map(move |i| (state.stress[i] - exact[i]).abs() / 2000.0))
        .fold(0.0, f64::max);
    Ok(vec![Outcome {
        name: "stress-error".to_owned(),
        value: error,
        reference: 1e-10,
        unit: "1",
        bound: Bound::AtMost,
        source: SOURCE,
    }])
}

/// Strain of u = t + ω × x with |t| and |ω| of order 1, at every Gauss point of a distorted mesh of each kind.
fn rigid(control: &RunControl) -> Result<Vec<Outcome>, CaseError> {
    let mut outcomes = Vec::new();
    for kind in KINDS {
        let mesh = distorted(kind)?;
        let mut model = LinearStatics::new(&mesh);
        model.material(solid::Place::Everywhere, Material::isotropic(YOUNG, POISSON).map_err(solid::SolidError::from)?);
        let (shift, turn) = (Vector3::new(1.0, -0.5, 0.25), Vector3::new(0.3, -0.7, 0.5));
        model.prescribe_field(solid::Place::Everywhere, [true; 3], move |p| shift + turn.cross(&p.coords));
        model.load_case(LoadCase::new("rigid"));
        let solution = model.solve(&Default::default(), control)?;
        let states = model.recover(&solution.cases[0], control)?.states;
        let strain = states.iter().flat_map(|s| s.strain.iter().copied().collect::<Vec<_>>()).map(f64::abs);
        outcomes.push(Outcome {
            name: kind.name().to_owned(),
            value: strain.fold(0.0, f64::max),
            reference: 1e-12,
            unit: "1",
            bound: Bound::AtMost,
            source: "exact: rigid motions have no strain",
        });
    }
    Ok(outcomes)
}
