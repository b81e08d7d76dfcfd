//! Flat ends: cuts through a bone that were remeshed, so that they are nearly planar with a rounded border.

use super::caps::{Cap, grow};
use mesh::topology::EdgeTable;
use mesh::{Point3, SurfaceMesh, Vector3};

/// Greatest bend (cosine of 30°) between an end's triangles and its normal.
const FACING: f64 = 0.866;
/// Thickness of the slab that holds an end, over the diagonal.
const SLAB: f64 = 0.004;
/// Depth below the end in which the surface must fall off steeply, over the diagonal ...
const BAND: f64 = 0.02;
/// ... with normals at least 55° off the end's (cosine) on most of the area.
const STEEP: f64 = 0.574;
const STEEP_PART: f64 = 0.8;
/// Least area over the whole area.
const LEAST_AREA: f64 = 0.005;

/// The nearly planar extremities of a surface along its axes and those of its box.
pub(super) fn flat_ends(surface: &SurfaceMesh, edges: &EdgeTable, normals: &[Vector3<f64>], caps: &[Cap]) -> Vec<Cap> {
    let Some((low, high)) = surface.bounds() else { return Vec::new() };
    let diagonal = (high - low).norm();
    let mut taken = vec![false; surface.triangles.len()];
    caps.iter().flat_map(|cap| &cap.triangles).for_each(|&t| taken[t as usize] = true);
    // The same end is found from several directions: the largest find of it counts.
    let find = |direction| end_towards(surface, edges, normals, &direction, diagonal, &taken);
    let mut found: Vec<Cap> = directions(surface).into_iter().filter_map(find).collect();
    found.sort_by(|a, b| b.area.total_cmp(&a.area).then(a.triangles.cmp(&b.triangles)));
    let mut ends = Vec::new();
    for end in found {
        if end.triangles.iter().all(|&t| !taken[t as usize]) {
            // A second find may start next to the first: the layer of triangles around is spent too.
            for &t in &end.triangles {
                taken[t as usize] = true;
                (0..3).filter_map(|side| edges.neighbour(t, side)).for_each(|near| taken[near as usize] = true);
            }
            ends.push(end);
        }
    }
    ends
}

/// Both ways along the axes of the frame and the principal axes of the surface.
fn directions(surface: &SurfaceMesh) -> Vec<Vector3<f64>> {
    let count = surface.points.len().max(1) as f64;
    let mean = surface.points.iter().fold(Vector3::zeros(), |sum, p| sum + p.coords) / count;
    let spread = surface.points.iter().fold(nalgebra::Matrix3::zeros(), |sum, p| {
        let offset = p.coords - mean;
        sum + offset * offset.transpose()
    });
    let axes = nalgebra::SymmetricEigen::new(spread).eigenvectors;
    let principal = axes.column_iter().map(|axis| axis.into_owned());
    let frame = (0..3).map(|k| Vector3::ith(k, 1.0));
    principal.chain(frame).flat_map(|axis| [axis, -axis]).collect()
}

fn end_towards(
    surface: &SurfaceMesh,
    edges: &EdgeTable,
    normals: &[Vector3<f64>],
    direction: &Vector3<f64>,
    diagonal: f64,
    taken: &[bool],
) -> Option<Cap> {
    let centroid = |t: u32| {
        let [a, b, c] = surface.corners(t as usize).map(|p| p.coords);
        Point3::from((a + b + c) / 3.0)
    };
    let height = |t: u32| centroid(t).coords.dot(direction);
    let mut seed = (0..surface.triangles.len() as u32).max_by(|&s, &t| height(s).total_cmp(&height(t)))?;
    let mut plane = (centroid(seed), *direction);
    let mut end = None;
    // The first growth finds the plane, the second its triangles.
    for _ in 0..3 {
        let inside = |_: u32, t: u32| {
            normals[t as usize].dot(&plane.1) > FACING && plane.1.dot(&(centroid(t) - plane.0)).abs() <= SLAB * diagonal
        };
        let mut marked = taken.to_vec();
        if marked[seed as usize] {
            return None;
        }
        let cap = Cap::new(surface, grow(edges, seed, &mut marked, inside), false);
        plane = (cap.centre, cap.normal);
        let off = |t: u32| plane.1.dot(&(centroid(t) - plane.0)).abs();
        seed = cap.triangles.iter().copied().min_by(|&s, &t| off(s).total_cmp(&off(t)))?;
        end = Some(cap);
    }
    end.filter(|end| end.area > LEAST_AREA * surface.area() && falls_off(surface, normals, end, diagonal))
}

/// Whether nothing lies beyond the end and the surface just below it runs along the end's normal.
fn falls_off(surface: &SurfaceMesh, normals: &[Vector3<f64>], end: &Cap, diagonal: f64) -> bool {
    let (mut band, mut steep) = (0.0, 0.0);
    for t in 0..surface.triangles.len() {
        let [a, b, c] = surface.corners(t).map(|p| p.coords);
        let depth = end.normal.dot(&(end.centre.coords - (a + b + c) / 3.0));
        if depth < -SLAB * diagonal {
            return false;
        }
        if (SLAB * diagonal..BAND * diagonal).contains(&depth) {
            let area = surface.area_vector2(t).norm();
            band += area;
            steep += if normals[t].dot(&end.normal).abs() < STEEP { area } else { 0.0 };
        }
    }
    band > 0.0 && steep >= STEEP_PART * band
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::features::Features;
    use mesh::primitives::{cylinder, icosphere};

    #[test]
    fn a_rod_with_wavy_rounded_ends_has_two_flat_ends_and_an_ellipsoid_none() {
        let mut rod = cylinder(10.0, 80.0, 64, 80);
        for p in &mut rod.points {
            // Shrinking towards the ends rounds the border, waves break the planes.
            let radius = p.x.hypot(p.y);
            p.z += 0.1 * (p.x * 0.7).sin() * (p.y * 0.9).cos() - 0.6 * (radius / 10.0).powi(12) * (p.z / 40.0).signum();
        }
        let features = Features::find(&rod);
        assert_eq!(features.caps.len(), 2);
        assert!(features.caps.iter().all(|cap| !cap.sharp && cap.area > 0.6 * 314.0), "{:?}", features.caps);
        let mut ellipsoid = icosphere(10.0, 5);
        ellipsoid.points.iter_mut().for_each(|p| p.z *= 3.0);
        let edges = EdgeTable::new(&ellipsoid.triangles);
        let normals: Vec<_> = (0..ellipsoid.triangles.len()).map(|t| ellipsoid.area_vector2(t).normalize()).collect();
        assert!(flat_ends(&ellipsoid, &edges, &normals, &[]).is_empty());
    }
}
