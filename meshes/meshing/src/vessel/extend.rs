//! Flow extensions: ends carried on straight, their section blending into a circle of the same area.

use super::cut::{Plane, close_in_plane};
use super::ends::perimeter;
use crate::MeshingError;
use crate::features::Cap;
use crate::repair::draft::Draft;
use control::RunControl;
use mesh::topology::{EdgeTable, SurfaceTopology};
use mesh::{Point3, Vector3};
use std::f64::consts::{PI, TAU};

/// Radii over which a section becomes a circle, if the extension is that long.
const BLEND: f64 = 2.0;
/// Triangles of an extension at most.
const MOST: usize = 5_000_000;

/// Moves the planar end with the given label outward by `length` (mm) and fills the gap with wall.
///
/// The rows are as far apart as the rim's vertices on average; each vertex goes from its place on the rim to one of
/// equally spaced places on the circle by 3β² − 2β³, β being the way over two radii.
pub(super) fn extend(draft: &mut Draft, label: u32, length: f64, control: &RunControl) -> Result<(), MeshingError> {
    let own: Vec<u32> = (0u32..).zip(&draft.labels).filter(|(_, l)| **l == label).map(|(t, _)| t).collect();
    let cap = Cap::new(&draft.surface, own, true);
    let is_cap: Vec<bool> = draft.labels.iter().map(|l| *l == label).collect();
    draft.keep(|t| !is_cap[t]);
    let topology = SurfaceTopology::new(&draft.surface);
    for rim in &topology.boundary_loops {
        control.check()?;
        let last = sweep(draft, rim, &cap, length)?;
        let far = Plane { origin: cap.centre + cap.normal * length, normal: cap.normal };
        let edges = EdgeTable::new(&draft.surface.triangles);
        close_in_plane(draft, &edges, &last, &far, label, control)?;
    }
    draft.drop_unused_points();
    Ok(())
}

/// Rows of triangles from the rim on; the last row's vertices.
fn sweep(draft: &mut Draft, rim: &[u32], cap: &Cap, length: f64) -> Result<Vec<u32>, MeshingError> {
    let n = rim.len();
    let points: Vec<Point3<f64>> = rim.iter().map(|&v| draft.surface.points[v as usize]).collect();
    let side = perimeter(&points) / n as f64;
    let rows = (length / side).ceil().max(1.0);
    if 2.0 * rows * n as f64 > MOST as f64 {
        let triangles = 2.0 * rows * n as f64;
        return Err(MeshingError::TooManyTriangles { size_mm: side, triangles, limit: MOST });
    }
    let section = Plane { origin: cap.centre, normal: cap.normal };
    let starts: Vec<Vector3<f64>> = points.iter().map(|p| section.foot(p) - cap.centre).collect();
    let goals = circle(&starts, &cap.normal, cap.area);
    let blend = length.min(BLEND * (cap.area / PI).sqrt());
    let mut before = rim.to_vec();
    for row in 1..=rows as usize {
        let way = length * row as f64 / rows;
        let part = (way / blend).min(1.0);
        let weight = part * part * (3.0 - 2.0 * part);
        let place = |k: usize| cap.centre + starts[k] * (1.0 - weight) + goals[k] * weight + cap.normal * way;
        let after: Vec<u32> = (0..n).map(|k| draft.point(place(k))).collect();
        stitch(draft, &before, &after);
        before = after;
    }
    Ok(before)
}

/// Two triangles between each pair of sides, along the shorter diagonal; the rim has the surface on its left.
fn stitch(draft: &mut Draft, before: &[u32], after: &[u32]) {
    let n = before.len();
    for k in 0..n {
        let [a, b, c, d] = [before[(k + 1) % n], before[k], after[k], after[(k + 1) % n]];
        let length = |v: u32, w: u32| (draft.surface.points[v as usize] - draft.surface.points[w as usize]).norm();
        let pair = if length(a, c) <= length(b, d) { [[a, b, c], [a, c, d]] } else { [[a, b, d], [b, c, d]] };
        pair.into_iter().for_each(|triangle| draft.push(triangle, 0));
    }
}

/// Equally spaced places on a circle whose polygon has the given area, turned so that they are nearest to the starts,
/// which run clockwise around the normal.
fn circle(starts: &[Vector3<f64>], normal: &Vector3<f64>, area: f64) -> Vec<Vector3<f64>> {
    let n = starts.len() as f64;
    let radius = (2.0 * area / (n * (TAU / n).sin())).sqrt();
    let first = normal.cross(&Vector3::ith(normal.iamin(), 1.0)).try_normalize(0.0).unwrap_or_else(Vector3::x);
    let second = normal.cross(&first);
    let angle = |k: usize| -TAU * k as f64 / n;
    // The best turn is the argument of Σ start · conj(place), in the complex numbers of the plane.
    let (mut real, mut imaginary) = (0.0, 0.0);
    for (k, start) in starts.iter().enumerate() {
        let (x, y, (sine, cosine)) = (start.dot(&first), start.dot(&second), angle(k).sin_cos());
        real += x * cosine + y * sine;
        imaginary += y * cosine - x * sine;
    }
    let turn = imaginary.atan2(real);
    let place = |k: usize| {
        let (sine, cosine) = (angle(k) + turn).sin_cos();
        (first * cosine + second * sine) * radius
    };
    (0..starts.len()).map(place).collect()
}
