//! Places spread evenly over a flat piece of surface, as over an opening or a section.

use mesh::{Face, Point3, Vector3, VolumeMesh};
use std::collections::BTreeSet;

/// Distance of the rows of a triangular lattice over that of its points.
const ROW: f64 = 0.866_025_403_784_438_6;

/// About `count` points on the triangles: those of a triangular lattice in the mean plane of the surface around its
/// centre, seen along that plane's normal. Triangles of no area hold none.
pub fn spread(points: &[Point3<f64>], triangles: &[[u32; 3]], count: usize) -> Vec<Point3<f64>> {
    let triangles: Vec<[Point3<f64>; 3]> = corners(points, triangles).collect();
    let total: Vector3<f64> = triangles.iter().map(doubled).sum();
    let normal = total.try_normalize(1e-300).filter(|_| count > 0);
    let Some(((centre, area), normal)) = centre_and_area(&triangles).zip(normal) else { return Vec::new() };
    // A sliver of next to no area must not be searched in steps of its width.
    let extent = triangles.iter().flatten().map(|p| (p - centre).norm()).fold(0.0, f64::max);
    let lattice = Lattice::new(centre, normal, (area / (ROW * count as f64)).sqrt().max(1e-3 * extent));
    let mut taken = BTreeSet::new();
    triangles.iter().flat_map(|triangle| lattice.inside(triangle, &mut taken)).collect()
}

/// The centroid of a piece of surface; `None` when it has no area.
pub fn centre(points: &[Point3<f64>], triangles: &[[u32; 3]]) -> Option<Point3<f64>> {
    let triangles: Vec<[Point3<f64>; 3]> = corners(points, triangles).collect();
    centre_and_area(&triangles).map(|(centre, _)| centre)
}

fn centre_and_area(triangles: &[[Point3<f64>; 3]]) -> Option<(Point3<f64>, f64)> {
    let area: f64 = triangles.iter().map(|t| 0.5 * doubled(t).norm()).sum();
    let weighted = |t: &[Point3<f64>; 3]| doubled(t).norm() * (t[0].coords + t[1].coords + t[2].coords);
    let sum: Vector3<f64> = triangles.iter().map(weighted).sum();
    (area > 0.0).then(|| (Point3::from(sum / (6.0 * area)), area))
}

/// Whether a piece of surface is flat but for a tenth of a degree or so, as an opening is and a wall is not.
pub fn is_flat(points: &[Point3<f64>], triangles: &[[u32; 3]]) -> bool {
    let areas = corners(points, triangles).map(|triangle| doubled(&triangle));
    let (sum, sizes) = areas.fold((Vector3::zeros(), 0.0), |(sum, sizes), v| (sum + v, sizes + v.norm()));
    sizes > 0.0 && sum.norm() >= (1.0 - 1e-6) * sizes
}

/// Triangles between the corners of element faces.
pub fn face_triangles(mesh: &VolumeMesh, faces: &[Face]) -> Vec<[u32; 3]> {
    let nodes = faces.iter().filter_map(|&face| mesh.face_nodes(face));
    nodes
        .flat_map(|nodes| match nodes[..] {
            [a, b, c] | [a, b, c, _, _, _] => vec![[a, b, c]],
            [a, b, c, d] | [a, b, c, d, _, _, _, _] => vec![[a, b, c], [a, c, d]],
            _ => Vec::new(),
        })
        .collect()
}

/// The triangles whose corners exist.
fn corners(points: &[Point3<f64>], triangles: &[[u32; 3]]) -> impl Iterator<Item = [Point3<f64>; 3]> {
    triangles.iter().filter_map(|triangle| {
        let [a, b, c] = triangle.map(|v| points.get(v as usize).copied());
        Some([a?, b?, c?])
    })
}

/// Twice the area of a triangle, along its normal.
fn doubled([a, b, c]: &[Point3<f64>; 3]) -> Vector3<f64> {
    (b - a).cross(&(c - a))
}

/// A triangular lattice in a plane.
struct Lattice {
    origin: Point3<f64>,
    across: [Vector3<f64>; 2],
    spacing: f64,
}

impl Lattice {
    fn new(origin: Point3<f64>, normal: Vector3<f64>, spacing: f64) -> Self {
        let mut axis = Vector3::zeros();
        axis[normal.iamin()] = 1.0;
        let u = normal.cross(&axis).normalize();
        Self { origin, across: [u, normal.cross(&u)], spacing }
    }

    /// The lattice points that a triangle holds and no triangle before it did.
    fn inside(&self, triangle: &[Point3<f64>; 3], taken: &mut BTreeSet<(i64, i64)>) -> Vec<Point3<f64>> {
        let flat = triangle.map(|p| self.across.map(|axis| axis.dot(&(p - self.origin))));
        let [low, high] = [f64::min, f64::max].map(|pick: fn(f64, f64) -> f64| {
            [0, 1].map(|k| flat[1..].iter().fold(flat[0][k], |end, corner| pick(end, corner[k])))
        });
        let mut found = Vec::new();
        for row in numbers(low[1], high[1], ROW * self.spacing) {
            let shift = if row % 2 == 0 { 0.0 } else { 0.5 * self.spacing };
            for column in numbers(low[0] - shift, high[0] - shift, self.spacing) {
                let at = [column as f64 * self.spacing + shift, row as f64 * ROW * self.spacing];
                let place = weights(flat, at).filter(|_| !taken.contains(&(row, column)));
                if let Some(weights) = place {
                    taken.insert((row, column));
                    let sum: Vector3<f64> = triangle.iter().zip(weights).map(|(p, w)| w * p.coords).sum();
                    found.push(sum.into());
                }
            }
        }
        found
    }
}

/// The multiples of `spacing` between two numbers, as multiples.
fn numbers(low: f64, high: f64, spacing: f64) -> std::ops::RangeInclusive<i64> {
    (low / spacing).ceil() as i64..=(high / spacing).floor() as i64
}

/// Weights of the corners of a triangle in the plane at a point in it.
fn weights([a, b, c]: [[f64; 2]; 3], p: [f64; 2]) -> Option<[f64; 3]> {
    let doubled = |a: [f64; 2], b: [f64; 2], c: [f64; 2]| (b[0] - a[0]) * (c[1] - a[1]) - (b[1] - a[1]) * (c[0] - a[0]);
    let whole = doubled(a, b, c);
    let weights = [doubled(p, b, c), doubled(a, p, c), doubled(a, b, p)].map(|part| part / whole);
    weights.iter().all(|&weight| weight >= 0.0).then_some(weights)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn as_many_points_as_wanted_lie_evenly_on_a_slanted_square() {
        let corner = |x: f64, y: f64| Point3::new(3.0 + x, 2.0 + y, 7.0 + 0.5 * x - 0.2 * y);
        let points = [corner(0.0, 0.0), corner(4.0, 0.0), corner(4.0, 4.0), corner(0.0, 4.0)];
        let found = spread(&points, &[[0, 1, 2], [0, 2, 3]], 200);
        assert!((190..=210).contains(&found.len()), "{}", found.len());
        let centre = centre(&points, &[[0, 1, 2], [0, 2, 3]]).unwrap();
        assert!((centre - corner(2.0, 2.0)).norm() < 1e-12);
        let mean = found.iter().map(|p| p - centre).sum::<Vector3<f64>>() / found.len() as f64;
        assert!(mean.norm() < 0.05, "{mean}");
        for (k, p) in found.iter().enumerate() {
            assert!((p.z - 7.0 - 0.5 * (p.x - 3.0) + 0.2 * (p.y - 2.0)).abs() < 1e-12, "on the square");
            let nearest = found.iter().enumerate().filter(|(other, _)| *other != k).map(|(_, q)| (q - p).norm());
            let spacing = (16.0 * 1.29_f64.sqrt() / (ROW * 200.0)).sqrt();
            assert!((nearest.fold(f64::INFINITY, f64::min) - spacing).abs() < 1e-9);
        }
        assert!(spread(&points, &[[0, 0, 1]], 20).is_empty() && spread(&points, &[[0, 1, 9]], 20).is_empty());
        assert!(spread(&points, &[[0, 1, 2]], 0).is_empty());
        assert!(is_flat(&points, &[[0, 1, 2], [0, 2, 3]]) && !is_flat(&points, &[[0, 0, 1]]));
        let bent = [points[0], points[1], points[2], corner(0.0, 4.0) + Vector3::z()];
        assert!(!is_flat(&bent, &[[0, 1, 2], [0, 2, 3]]));
    }
}
