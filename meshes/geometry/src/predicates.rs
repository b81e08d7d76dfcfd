//! Exact intersection tests of triangles by the adaptive predicates of Shewchuk (1997).
//!
//! Triangles are closed sets. Corners with equal coordinates are the same vertex, whatever their numbers.

use nalgebra::Point3;
use robust::{Coord, Coord3D, orient2d, orient3d};

pub(crate) type Triangle = [Point3<f64>; 3];

/// About six times the volume of (a, b, c, d), positive when d lies on the far side of the normal of (a, b, c); the sign and
/// zero are exact. Source: Shewchuk, Discrete Comput Geom 18:305 (1997).
pub fn orientation(a: &Point3<f64>, b: &Point3<f64>, c: &Point3<f64>, d: &Point3<f64>) -> f64 {
    let coord = |p: &Point3<f64>| Coord3D { x: p.x, y: p.y, z: p.z };
    orient3d(coord(a), coord(b), coord(c), coord(d))
}

/// Sign of the volume of (a, b, c, d), exact: +1, 0 or −1.
fn volume_sign(a: &Point3<f64>, b: &Point3<f64>, c: &Point3<f64>, d: &Point3<f64>) -> i8 {
    sign(orientation(a, b, c, d))
}

/// Sign of the area of (a, b, c) seen along the axis that `drop` names, exact.
fn area_sign(drop: usize, a: &Point3<f64>, b: &Point3<f64>, c: &Point3<f64>) -> i8 {
    let coord = |p: &Point3<f64>| Coord { x: p[(drop + 1) % 3], y: p[(drop + 2) % 3] };
    sign(orient2d(coord(a), coord(b), coord(c)))
}

fn sign(x: f64) -> i8 {
    i8::from(x > 0.0) - i8::from(x < 0.0)
}

/// An axis along which the triangle is seen with an area, or `None` for a triangle without area. Exact.
pub(crate) fn projection_axis([a, b, c]: &Triangle) -> Option<usize> {
    let normal = (b - a).cross(&(c - a)).abs();
    let first = normal.iamax();
    [first, (first + 1) % 3, (first + 2) % 3].into_iter().find(|&axis| area_sign(axis, a, b, c) != 0)
}

/// Whether two triangles have a point in common beyond the vertex or edge that they share by equal coordinates.
///
/// Triangles without area intersect nothing. Two triangles on the same three vertices overlap.
pub(crate) fn overlap_beyond_shared(s: &Triangle, t: &Triangle) -> bool {
    let in_other = |p: &Point3<f64>, other: &Triangle| other.iter().position(|q| q == p);
    let shared: Vec<(usize, usize)> = (0..3).filter_map(|k| Some((k, in_other(&s[k], t)?))).collect();
    let (Some(drop_s), Some(drop_t)) = (projection_axis(s), projection_axis(t)) else { return false };
    match shared[..] {
        [] => {
            !separated_by_plane(s, t) && {
                let edge = |u: &Triangle, k: usize| [u[k], u[(k + 1) % 3]];
                (0..3).any(|k| segment_meets(&edge(s, k), t, drop_t) || segment_meets(&edge(t, k), s, drop_s))
            }
        }
        // Beyond the shared vertex two convex sets meet exactly when the edge opposite to it meets the other triangle.
        [(i, j)] => {
            segment_meets(&[s[(i + 1) % 3], s[(i + 2) % 3]], t, drop_t)
                || segment_meets(&[t[(j + 1) % 3], t[(j + 2) % 3]], s, drop_s)
        }
        // Beyond the shared edge they meet exactly when they are coplanar and on the same side of it.
        [(i, j), (k, l)] => {
            let (apex_s, apex_t) = (&s[3 - i - k], &t[3 - j - l]);
            volume_sign(&s[i], &s[k], apex_s, apex_t) == 0
                && area_sign(drop_s, &s[i], &s[k], apex_s) == area_sign(drop_s, &s[i], &s[k], apex_t)
        }
        _ => true,
    }
}

/// Whether the plane of one triangle has the other strictly on one side.
fn separated_by_plane(s: &Triangle, t: &Triangle) -> bool {
    let one_side = |[a, b, c]: &Triangle, other: &Triangle| {
        let signs = other.map(|p| volume_sign(a, b, c, &p));
        signs[0] != 0 && signs[0] == signs[1] && signs[1] == signs[2]
    };
    one_side(s, t) || one_side(t, s)
}

/// Whether a closed segment meets a closed triangle that has an area when seen along the axis `drop`.
fn segment_meets([p, q]: &[Point3<f64>; 2], triangle: &Triangle, drop: usize) -> bool {
    let [a, b, c] = triangle;
    let (side_p, side_q) = (volume_sign(a, b, c, p), volume_sign(a, b, c, q));
    if side_p == 0 && side_q == 0 {
        return coplanar_segment_meets(p, q, triangle, drop);
    }
    if side_p == side_q {
        return false;
    }
    let turns = [volume_sign(p, q, a, b), volume_sign(p, q, b, c), volume_sign(p, q, c, a)];
    turns.iter().all(|&turn| turn >= 0) || turns.iter().all(|&turn| turn <= 0)
}

/// The same in the triangle's plane: an endpoint lies in the triangle or the segment meets an edge.
fn coplanar_segment_meets(p: &Point3<f64>, q: &Point3<f64>, triangle: &Triangle, drop: usize) -> bool {
    let edges = [(0, 1), (1, 2), (2, 0)].map(|(i, j)| (&triangle[i], &triangle[j]));
    let inside = |x: &Point3<f64>| {
        let turns = edges.map(|(a, b)| area_sign(drop, a, b, x));
        turns.iter().all(|&turn| turn >= 0) || turns.iter().all(|&turn| turn <= 0)
    };
    let crosses = |(a, b): (&Point3<f64>, &Point3<f64>)| {
        area_sign(drop, a, b, p) * area_sign(drop, a, b, q) <= 0
            && area_sign(drop, p, q, a) * area_sign(drop, p, q, b) <= 0
            && boxes_touch(drop, [a, b], [p, q])
    };
    inside(p) || inside(q) || edges.into_iter().any(crosses)
}

/// Whether the bounding rectangles of two segments touch, which decides for collinear ones.
fn boxes_touch(drop: usize, [a, b]: [&Point3<f64>; 2], [p, q]: [&Point3<f64>; 2]) -> bool {
    [(drop + 1) % 3, (drop + 2) % 3]
        .into_iter()
        .all(|k| a[k].min(b[k]) <= p[k].max(q[k]) && p[k].min(q[k]) <= a[k].max(b[k]))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn triangle(corners: [[f64; 3]; 3]) -> Triangle {
        corners.map(Point3::from)
    }

    /// Both orders and all rotations and reflections of both must agree.
    fn overlap(s: Triangle, t: Triangle) -> bool {
        let orders = [[0, 1, 2], [1, 2, 0], [2, 0, 1], [0, 2, 1], [2, 1, 0], [1, 0, 2]];
        let expected = overlap_beyond_shared(&s, &t);
        for i in orders {
            for j in orders {
                let (s, t) = (i.map(|k| s[k]), j.map(|k| t[k]));
                assert_eq!((overlap_beyond_shared(&s, &t), overlap_beyond_shared(&t, &s)), (expected, expected));
            }
        }
        expected
    }

    const FLAT: [[f64; 3]; 3] = [[0.0, 0.0, 0.0], [4.0, 0.0, 0.0], [0.0, 4.0, 0.0]];

    #[test]
    fn triangles_without_a_shared_vertex() {
        let flat = triangle(FLAT);
        let piercing = triangle([[1.0, 1.0, -1.0], [1.0, 1.0, 1.0], [2.0, 2.0, 5.0]]);
        let beside = triangle([[5.0, 5.0, -1.0], [5.0, 5.0, 1.0], [6.0, 6.0, 5.0]]);
        let touching = triangle([[1.0, 1.0, 0.0], [1.0, 1.0, 1.0], [2.0, 2.0, 5.0]]);
        let one_ulp_above = triangle([[1.0, 1.0, f64::MIN_POSITIVE], [1.0, 1.0, 1.0], [2.0, 2.0, 5.0]]);
        assert!(overlap(flat, piercing));
        assert!(!overlap(flat, beside));
        assert!(overlap(flat, touching));
        assert!(!overlap(flat, one_ulp_above));
    }

    #[test]
    fn coplanar_triangles() {
        let flat = triangle(FLAT);
        let within = triangle([[0.5, 0.5, 0.0], [1.5, 0.5, 0.0], [0.5, 1.5, 0.0]]);
        let star = triangle([[-1.0, 1.0, 0.0], [3.0, 1.5, 0.0], [3.0, 2.5, 0.0]]);
        let apart = triangle([[2.1, 2.1, 0.0], [4.0, 3.0, 0.0], [3.0, 4.0, 0.0]]);
        assert!(overlap(flat, within) && overlap(flat, star));
        assert!(!overlap(flat, apart));
    }

    #[test]
    fn triangles_sharing_one_vertex() {
        let flat = triangle(FLAT);
        let fan = triangle([[0.0, 0.0, 0.0], [-1.0, 0.0, 1.0], [0.0, -1.0, 1.0]]);
        let through = triangle([[0.0, 0.0, 0.0], [3.0, 3.0, 1.0], [3.0, 3.0, -1.0]]);
        let short = triangle([[0.0, 0.0, 0.0], [1.0, 1.0, 1.0], [1.0, 1.0, -1.0]]);
        let coplanar = triangle([[0.0, 0.0, 0.0], [4.0, 1.0, 0.0], [1.0, 4.0, 0.0]]);
        let along_an_edge = triangle([[0.0, 0.0, 0.0], [2.0, 0.0, 0.0], [0.0, -2.0, 1.0]]);
        assert!(!overlap(flat, fan));
        assert!(overlap(flat, through) && overlap(flat, short) && overlap(flat, coplanar));
        assert!(overlap(flat, along_an_edge), "a T-junction is not an edge both know");
    }

    #[test]
    fn triangles_sharing_an_edge_or_all_vertices() {
        let flat = triangle(FLAT);
        let folded = triangle([[0.0, 0.0, 0.0], [4.0, 0.0, 0.0], [1.0, 1.0, 0.0]]);
        let opened = triangle([[0.0, 0.0, 0.0], [4.0, 0.0, 0.0], [1.0, 1.0, 1e-300]]);
        let neighbour = triangle([[0.0, 0.0, 0.0], [4.0, 0.0, 0.0], [1.0, -1.0, 0.0]]);
        assert!(overlap(flat, folded) && overlap(flat, flat));
        assert!(!overlap(flat, opened) && !overlap(flat, neighbour));
    }

    #[test]
    fn triangles_without_area_intersect_nothing() {
        let needle = triangle([[1.0, 1.0, -1.0], [1.0, 1.0, 0.5], [1.0, 1.0, 1.0]]);
        assert!(!overlap(triangle(FLAT), needle));
        assert_eq!(projection_axis(&needle), None);
    }
}
