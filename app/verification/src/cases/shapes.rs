//! Meshes of the benchmark bodies, in mm (the NAFEMS bodies are given in metres and scaled here).

use mesh::{ElementKind, Point3, VolumeMesh};
use meshing::{MeshingError, mapped_block};
use std::f64::consts::{FRAC_PI_2, FRAC_PI_4};

/// Quarter of the elliptic membrane of NAFEMS LE1 and LE10: inner half axes 2 and 1 m, outer 3.25 and 2.75 m, from
/// z = 0 to `thickness` (mm). Sides: `x_min` inner, `x_max` outer, `y_min` the plane y = 0, `y_max` the plane x = 0.
pub(super) fn elliptic_plate(
    kind: ElementKind,
    counts: [usize; 3],
    thickness: f64,
) -> Result<VolumeMesh, MeshingError> {
    mapped_block(kind, counts, |[s, t, z]| {
        // cells shrink towards the inner edge, where the stress peaks
        let s = s * (0.5 + 0.5 * s);
        let (sin, cos) = (FRAC_PI_2 * t).sin_cos();
        let (inner, outer) = ([2000.0 * cos, 1000.0 * sin], [3250.0 * cos, 2750.0 * sin]);
        Point3::new((1.0 - s) * inner[0] + s * outer[0], (1.0 - s) * inner[1] + s * outer[1], thickness * z)
    })
}

/// 90° sector of NAFEMS LE11: sphere, taper and cylinder above each other. `counts` = through the wall, around, and
/// cells for each fifth of the height (the three parts get 2, 2 and 1 fifths).
/// Sides: `x_min` inner, `x_max` outer, `y_min` the plane y = 0, `y_max` the plane x = 0, `z_min` bottom, `z_max` top.
pub(super) fn cylinder_taper_sphere(kind: ElementKind, counts: [usize; 3]) -> Result<VolumeMesh, MeshingError> {
    let diagonal = FRAC_PI_4.sin();
    let outer_angle = (diagonal / 1.4).asin();
    let bend = diagonal + 0.69;
    mapped_block(kind, [counts[0], counts[1], 5 * counts[2]], |[s, t, z]| {
        let (inner, outer) = if z <= 0.4 {
            let part = z / 0.4;
            let ((si, ci), (so, co)) = ((FRAC_PI_4 * part).sin_cos(), (outer_angle * part).sin_cos());
            ([ci, si], [1.4 * co, 1.4 * so])
        } else if z <= 0.8 {
            let part = (z - 0.4) / 0.4;
            let height = diagonal + (bend - diagonal) * part;
            let start = 1.4 * outer_angle.cos();
            ([diagonal, height], [start + (1.0 - start) * part, height])
        } else {
            let height = bend + 0.4 * (z - 0.8) / 0.2;
            ([diagonal, height], [1.0, height])
        };
        let (radius, height) = (inner[0] + s * (outer[0] - inner[0]), inner[1] + s * (outer[1] - inner[1]));
        let (sin, cos) = (FRAC_PI_2 * t).sin_cos();
        Point3::new(1000.0 * radius * cos, 1000.0 * radius * sin, 1000.0 * height)
    })
}

/// Cook's membrane: corners (0, 0), (48, 44), (48, 60), (0, 44), from z = 0 to `thickness`. `x_min` is clamped, `x_max`
/// loaded.
pub(super) fn cook(kind: ElementKind, counts: [usize; 3], thickness: f64) -> Result<VolumeMesh, MeshingError> {
    mapped_block(kind, counts, |[s, t, z]| Point3::new(48.0 * s, 44.0 * s + t * (44.0 - 28.0 * s), thickness * z))
}

/// Quarter of a thick cylinder of radii `inner` and `outer` and the given height.
/// Sides: `x_min` inner, `x_max` outer, `y_min` the plane y = 0, `y_max` the plane x = 0.
pub(super) fn quarter_tube(
    kind: ElementKind,
    counts: [usize; 3],
    inner: f64,
    outer: f64,
    height: f64,
) -> Result<VolumeMesh, MeshingError> {
    mapped_block(kind, counts, |[s, t, z]| {
        let radius = inner + s * (outer - inner);
        let (sin, cos) = (FRAC_PI_2 * t).sin_cos();
        Point3::new(radius * cos, radius * sin, height * z)
    })
}

/// A straight bar from (0, 0, 0) to `size`.
pub(super) fn bar(kind: ElementKind, counts: [usize; 3], size: [f64; 3]) -> Result<VolumeMesh, MeshingError> {
    mapped_block(kind, counts, |[x, y, z]| Point3::new(size[0] * x, size[1] * y, size[2] * z))
}
