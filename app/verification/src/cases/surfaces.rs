//! Isosurface stuffing: the volume error of smooth bodies falls as h², and no element is poor.

use crate::check::{Bound, Outcome};
use crate::suite::{Case, CaseError, Shelf};
use control::RunControl;
use mesh::{SurfaceMesh, primitives};
use meshing::domain::Gyroid;
use meshing::{MeshOptions, MeshingError, mesh_domain, mesh_surface};

const SOURCE: &str = "theory: linear facets inscribe a smooth surface with an error of h²";
const QUALITY: &str = "required of every smooth body";
const TITLE: &str = "Observed order of the volume error and worst dihedral angles of a stuffed body";

pub(super) const SPHERE: Case = Case {
    id: "meshing/sphere",
    title: TITLE,
    shelf: Shelf::Quick,
    solve: |control| surface(&primitives::icosphere(10.0, 6), &[2.0, 1.0], control),
};
pub(super) const TORUS: Case = Case {
    id: "meshing/torus",
    title: TITLE,
    shelf: Shelf::Quick,
    solve: |control| surface(&primitives::torus(10.0, 3.0, 256, 96), &[1.2, 0.6], control),
};
pub(super) const GYROID: Case = Case {
    id: "meshing/gyroid",
    title: TITLE,
    shelf: Shelf::Quick,
    solve: |control| gyroid(&[0.8, 0.56, 0.4], control),
};

/// One side of a gyroid blended into a ball, meshed from the function itself.
const NETWORK: Gyroid = Gyroid { cell: 10.0, level: -0.2, radius: 10.0 };
/// Volume of [`NETWORK`] in mm³ to 1e-7 of it: the length inside of 4000 × 4000 lines, see the test below.
const NETWORK_VOLUME: f64 = 967.662_03;

/// What the checks need of a mesh.
struct Stuffed {
    /// (mesh - body) / body.
    volume_error: f64,
    min_dihedral_deg: f64,
    max_dihedral_deg: f64,
}

fn surface(body: &SurfaceMesh, sizes: &[f64], control: &RunControl) -> Result<Vec<Outcome>, CaseError> {
    rates(sizes, control, |options, control| {
        let report = mesh_surface(body, options, control)?.report;
        let (min_dihedral_deg, max_dihedral_deg) = (report.min_dihedral_deg, report.max_dihedral_deg);
        Ok(Stuffed { volume_error: report.volume_error, min_dihedral_deg, max_dihedral_deg })
    })
}

fn gyroid(sizes: &[f64], control: &RunControl) -> Result<Vec<Outcome>, CaseError> {
    rates(sizes, control, |options, control| {
        let report = mesh_domain(&NETWORK, options, control)?.report;
        let (min_dihedral_deg, max_dihedral_deg) = (report.min_dihedral_deg, report.max_dihedral_deg);
        Ok(Stuffed { volume_error: report.volume_mm3 / NETWORK_VOLUME - 1.0, min_dihedral_deg, max_dihedral_deg })
    })
}

/// The orders between neighbouring sizes (the lowest counts) and the worst angles at the finest.
fn rates(
    sizes: &[f64],
    control: &RunControl,
    stuff: impl Fn(&MeshOptions, &RunControl) -> Result<Stuffed, MeshingError>,
) -> Result<Vec<Outcome>, CaseError> {
    let mut meshes = Vec::with_capacity(sizes.len());
    for &size in sizes {
        meshes.push(stuff(&MeshOptions { size: Some(size), ..MeshOptions::default() }, control)?);
    }
    let errors = meshes.windows(2).map(|pair| (pair[0].volume_error / pair[1].volume_error).abs());
    let order = errors
        .zip(sizes.windows(2))
        .map(|(fall, pair)| fall.log2() / (pair[0] / pair[1]).log2())
        .fold(f64::INFINITY, f64::min);
    let least = meshes.last().map_or(f64::NAN, |fine| fine.min_dihedral_deg);
    let largest = meshes.last().map_or(f64::NAN, |fine| fine.max_dihedral_deg);
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
        outcome("least-dihedral", least, 20.0, "deg", Bound::AtLeast, QUALITY),
        outcome("largest-dihedral", largest, 152.0, "deg", Bound::AtMost, QUALITY),
    ])
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The function of [`NETWORK`], written again from its definition: lengths over the radius, so that the cell is 1.
    fn value(x: f64, y: f64, z: f64) -> f64 {
        let [(sx, cx), (sy, cy), (sz, cz)] = [x, y, z].map(|c| (std::f64::consts::TAU * c).sin_cos());
        sx * cy + sy * cz + sz * cx + 0.2 + 3.0 * (x * x + y * y + z * z).powi(4)
    }

    /// Where the function changes its sign between `low` and `high` (regula falsi with the Illinois rule).
    fn root(f: impl Fn(f64) -> f64, [mut low, mut high]: [f64; 2]) -> f64 {
        let (mut f_low, mut f_high) = (f(low), f(high));
        let mut middle = low;
        for _ in 0..60 {
            middle = (low * f_high - high * f_low) / (f_high - f_low);
            let f_middle = f(middle);
            if f_middle.abs() < 1e-13 {
                break;
            }
            if (f_middle < 0.0) == (f_low < 0.0) {
                (low, f_low, f_high) = (middle, f_middle, 0.5 * f_high);
            } else {
                (high, f_high, f_low) = (middle, f_middle, 0.5 * f_low);
            }
        }
        middle
    }

    /// Length inside along the line through (y, z) parallel to x.
    fn length_inside(y: f64, z: f64, half: f64) -> f64 {
        const STEPS: usize = 100;
        let at = |k: usize| half * (2.0 * k as f64 / STEPS as f64 - 1.0);
        let along = |x: f64| value(x, y, z);
        let (mut length, mut start, mut before) = (0.0, 0.0, along(at(0)));
        for k in 1..=STEPS {
            let here = along(at(k));
            if (here < 0.0) != (before < 0.0) {
                let crossing = root(along, [at(k - 1), at(k)]);
                if here < 0.0 { start = crossing } else { length += crossing - start }
            }
            before = here;
        }
        length
    }

    #[test]
    fn lines_through_the_gyroid_add_up_to_its_volume() {
        let (lines, half) = (400, 1.0);
        let step = 2.0 * half / f64::from(lines);
        let at = |k: i32| (f64::from(k) + 0.5) * step - half;
        let mut volume = 0.0;
        for j in 0..lines {
            for k in 0..lines {
                let (y, z) = (at(j), at(k));
                if y * y + z * z < half * half {
                    volume += length_inside(y, z, half) * step * step;
                }
            }
        }
        let error = 1000.0 * volume / NETWORK_VOLUME - 1.0;
        assert!(error.abs() < 1e-5, "{volume} {error}");
    }
}
