//! Manufactured solutions: the L2 norm of the displacement error falls as h² for linear and h³ for quadratic elements.

use super::shapes;
use crate::check::{Bound, Outcome};
use crate::suite::{Case, CaseError, Shelf};
use control::RunControl;
use mesh::{ElementKind, Point3, VolumeMesh};
use meshing::{Distortion, distorted_block};
use solid::manufactured::{SineField, SmoothField, body_force, error_norms, tangent};
use solid::{LinearStatics, LoadCase, Material, Place};

const SOURCE: &str = "theory: order of the elements plus one (Strang & Fix 1973); field u_i = a_i sin(k_i·x + φ_i)";
const SERENDIPITY: &str =
    "theory: distorted 20-node serendipity elements hold no complete quadratic (Arnold, Boffi & Falk 2002)";
const TITLE: &str = "Observed order of the displacement error of a manufactured solution";

macro_rules! rate_case {
    ($name:ident, $id:literal, $kind:expr, $counts:expr, $distortion:expr, $least:expr, $source:expr) => {
        pub(super) const $name: Case = Case {
            id: $id,
            title: TITLE,
            shelf: Shelf::Quick,
            solve: |control| rate($kind, $counts, $distortion, $least, $source, control),
        };
    };
}

rate_case!(TET4, "solid/manufactured-tet4", ElementKind::Tet4, [6, 12], 0.0, 1.9, SOURCE);
rate_case!(HEX8, "solid/manufactured-hex8", ElementKind::Hex8, [6, 12], 0.0, 1.9, SOURCE);
rate_case!(TET10, "solid/manufactured-tet10", ElementKind::Tet10, [4, 8], 0.0, 2.8, SOURCE);
rate_case!(HEX20, "solid/manufactured-hex20", ElementKind::Hex20, [4, 8], 0.0, 2.8, SOURCE);
rate_case!(HEX20_DISTORTED, "solid/manufactured-hex20-distorted", ElementKind::Hex20, [4, 8], 0.2, 1.9, SERENDIPITY);

fn rate(
    kind: ElementKind,
    counts: [usize; 2],
    distortion: f64,
    least: f64,
    source: &'static str,
    control: &RunControl,
) -> Result<Vec<Outcome>, CaseError> {
    let error = |n: usize| displacement_error(kind, n, distortion, control);
    let (coarse, fine) = (error(counts[0])?, error(counts[1])?);
    let order = (coarse / fine).log2() / (counts[1] as f64 / counts[0] as f64).log2();
    Ok(vec![
        Outcome { name: "order".to_owned(), value: order, reference: least, unit: "1", bound: Bound::AtLeast, source },
        Outcome {
            name: "relative-error".to_owned(),
            value: fine,
            reference: 0.0,
            unit: "1",
            bound: Bound::Reported,
            source: "reported: relative L2 error on the finer mesh",
        },
    ])
}

/// Unit cube, an affine map of it where the cells are not distorted; exact displacements on the whole boundary.
fn displacement_error(kind: ElementKind, n: usize, distortion: f64, control: &RunControl) -> Result<f64, CaseError> {
    let mesh = cube(kind, n, distortion)?;
    let material = Material::isotropic(1000.0, 0.3).map_err(solid::SolidError::from)?;
    let (field, stiffness) = (SineField::over(1.0), tangent(material.law.as_ref())?);
    let mut model = LinearStatics::new(&mesh);
    model.material(Place::Everywhere, material);
    for side in ["x_min", "x_max", "y_min", "y_max", "z_min", "z_max"] {
        model.prescribe_field(side, [true; 3], move |x| field.displacement(x));
    }
    model.load_case(
        LoadCase::new("manufactured").body_force_field(Place::Everywhere, move |x| body_force(&stiffness, &field, x)),
    );
    let solution = model.solve(&Default::default(), control)?;
    Ok(error_norms(&model, &solution.cases[0].displacement, &field, control)?.relative_displacement())
}

fn cube(kind: ElementKind, n: usize, distortion: f64) -> Result<VolumeMesh, CaseError> {
    if distortion > 0.0 {
        return Ok(distorted_block(kind, [n; 3], Distortion { amplitude: distortion, seed: 3 }, Point3::from)?);
    }
    Ok(shapes::bar(kind, [n; 3], [1.0, 1.0, 1.0])?)
}
