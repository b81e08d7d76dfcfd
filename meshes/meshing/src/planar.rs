//! Triangles of a planar region with holes, on the vertices of its border alone.
//!
//! Holes are joined to the loop around them by bridges, ears cut off the polygons, and diagonals flipped until every two
//! triangles are Delaunay. Source: Eberly, Triangulation by ear clipping (2002); Lawson (1977) for the flips.

use crate::MeshingError;
use control::RunControl;
use mesh::topology::EdgeTable;
use mesh::{Point3, Vector3};
use std::collections::BTreeMap;
use std::f64::consts::TAU;

/// Area that may be lost to rounding, over the whole.
const LOST: f64 = 1e-9;
/// Rounds of flips at most; each takes every diagonal once.
const ROUNDS: usize = 60;

/// The region in the plane of `normal` that `open` edges go around: the triangles beside them, with `normal` as theirs,
/// close them. Each edge is the side of a surface, so that the triangle beside it runs along it in the other direction; an
/// edge given in both directions divides the region and stays an edge.
pub(crate) fn triangles_in_plane(
    points: &[Point3<f64>],
    open: &[[u32; 2]],
    normal: &Vector3<f64>,
    control: &RunControl,
) -> Result<Vec<[u32; 3]>, MeshingError> {
    let flat = Flat::new(points, open, normal);
    let fails = || {
        let at = open.first().and_then(|[a, _]| points.get(*a as usize)).copied().unwrap_or_default();
        MeshingError::CutMeetsHole { at: at.into() }
    };
    let loops = loops(&flat, open).ok_or_else(fails)?;
    let area: f64 = loops.iter().map(|ring| flat.area(ring)).sum();
    let mut triangles = Vec::new();
    for polygon in joined(&flat, loops).ok_or_else(fails)? {
        control.check()?;
        let mut own = cut_ears(&flat, polygon);
        make_delaunay(&flat, &mut own, control)?;
        triangles.append(&mut own);
    }
    let covered: f64 = triangles.iter().map(|t| flat.area(t).abs()).sum();
    if triangles.iter().any(|t| flat.area(t) <= 0.0) || (covered - area).abs() > LOST * area.abs() || area <= 0.0 {
        return Err(fails());
    }
    Ok(triangles)
}

/// Points seen from the tip of the normal.
struct Flat<'a> {
    points: &'a [Point3<f64>],
    axes: [Vector3<f64>; 2],
    origin: Point3<f64>,
}

impl<'a> Flat<'a> {
    fn new(points: &'a [Point3<f64>], open: &[[u32; 2]], normal: &Vector3<f64>) -> Self {
        let across = Vector3::ith(normal.iamin(), 1.0);
        let first = (across - normal * normal.dot(&across)).normalize();
        // An origin nearby keeps the digits of small areas.
        let origin = open.first().and_then(|[a, _]| points.get(*a as usize)).copied().unwrap_or_default();
        Self { points, axes: [first, normal.cross(&first)], origin }
    }

    fn at(&self, v: u32) -> [f64; 2] {
        self.axes.map(|axis| axis.dot(&(self.points[v as usize] - self.origin)))
    }

    /// Twice the area of (a, b, c), positive to the left.
    fn turn(&self, a: u32, b: u32, c: u32) -> f64 {
        let ([ax, ay], [bx, by], [cx, cy]) = (self.at(a), self.at(b), self.at(c));
        (bx - ax) * (cy - ay) - (by - ay) * (cx - ax)
    }

    /// Area of a polygon, positive when it runs to the left.
    fn area(&self, ring: &[u32]) -> f64 {
        let Some(&first) = ring.first() else { return 0.0 };
        ring.windows(2).map(|pair| 0.5 * self.turn(first, pair[0], pair[1])).sum()
    }

    /// Whether `p` lies in the closed triangle, away from its corners.
    fn holds(&self, [a, b, c]: [u32; 3], p: u32) -> bool {
        let at = self.at(p);
        [a, b, c].iter().all(|&v| self.at(v) != at)
            && self.turn(a, b, p) >= 0.0
            && self.turn(b, c, p) >= 0.0
            && self.turn(c, a, p) >= 0.0
    }
}

/// Loops that run along the open edges backwards, the region on their left; where several meet, the sharpest turn to the
/// left goes on.
fn loops(flat: &Flat<'_>, open: &[[u32; 2]]) -> Option<Vec<Vec<u32>>> {
    let mut from: BTreeMap<u32, Vec<u32>> = BTreeMap::new();
    open.iter().for_each(|&[a, b]| from.entry(b).or_default().push(a));
    let mut loops = Vec::new();
    while let Some((&start, _)) = from.iter().find(|(_, next)| !next.is_empty()) {
        let mut ring = vec![start];
        loop {
            let (here, before) = (ring[ring.len() - 1], ring.len().checked_sub(2).map(|k| ring[k]));
            let choices = from.get_mut(&here)?;
            let direction = |to: u32| {
                let ([x, y], [u, v]) = (flat.at(here), flat.at(to));
                (v - y).atan2(u - x)
            };
            // The next edge to the right of where we came from, so that loops touch and do not cross.
            let back = before.map_or(0.0, direction);
            let right = |to: &u32| match (back - direction(*to)).rem_euclid(TAU) {
                _ if before == Some(*to) => TAU,
                angle => angle,
            };
            let best = (0..choices.len()).min_by(|&i, &j| right(&choices[i]).total_cmp(&right(&choices[j])))?;
            let next = choices.swap_remove(best);
            if next == start {
                break;
            }
            ring.push(next);
        }
        loops.push(ring);
    }
    Some(loops)
}

/// Each loop around the region with its holes joined to it by bridges.
fn joined(flat: &Flat<'_>, loops: Vec<Vec<u32>>) -> Option<Vec<Vec<u32>>> {
    let (mut outer, mut holes): (Vec<Vec<u32>>, Vec<Vec<u32>>) =
        loops.into_iter().partition(|ring| flat.area(ring) > 0.0);
    let right = |ring: &Vec<u32>| ring.iter().map(|&v| flat.at(v)[0]).fold(f64::MIN, f64::max);
    holes.sort_by(|a, b| right(b).total_cmp(&right(a)));
    outer.sort_by(|a, b| flat.area(a).total_cmp(&flat.area(b)));
    for hole in holes {
        let first = (0..hole.len()).max_by(|&i, &j| flat.at(hole[i])[0].total_cmp(&flat.at(hole[j])[0]))?;
        // A loop inside the hole may have the same vertices.
        let is_around =
            |ring: &&mut Vec<u32>| !ring.contains(&hole[first]) && contains(flat, ring, flat.at(hole[first]));
        let around = outer.iter_mut().find(is_around)?;
        let place = bridge(flat, around, hole[first])?;
        let way: Vec<u32> = (0..=hole.len()).map(|k| hole[(first + k) % hole.len()]).collect();
        let back = around[place];
        around.splice(place + 1..place + 1, way.into_iter().chain([back]));
    }
    Some(outer)
}

/// Whether a polygon goes around a point: an odd number of its sides cross the ray towards x.
fn contains(flat: &Flat<'_>, ring: &[u32], p: [f64; 2]) -> bool {
    let crossings = (0..ring.len()).filter_map(|k| crossing(flat, ring, k, p)).count();
    crossings % 2 == 1
}

/// Where side `k` crosses the ray from `p` towards x.
fn crossing(flat: &Flat<'_>, ring: &[u32], k: usize, [x, y]: [f64; 2]) -> Option<f64> {
    let ([ax, ay], [bx, by]) = (flat.at(ring[k]), flat.at(ring[(k + 1) % ring.len()]));
    let at = ax + (bx - ax) * (y - ay) / (by - ay);
    ((ay > y) != (by > y) && at > x).then_some(at)
}

/// The vertex of a polygon that the rightmost vertex of a hole sees.
fn bridge(flat: &Flat<'_>, ring: &[u32], hole: u32) -> Option<usize> {
    let [x, y] = flat.at(hole);
    let hits = (0..ring.len()).filter_map(|k| crossing(flat, ring, k, [x, y]).map(|at| (at, k)));
    let (hit, side) = hits.min_by(|a, b| a.0.total_cmp(&b.0))?;
    let next = (side + 1) % ring.len();
    let far = if flat.at(ring[side])[0] > flat.at(ring[next])[0] { side } else { next };
    // Of the vertices in the triangle between the hole, the hit and the far end, the one nearest to the ray's direction.
    let [fx, fy] = flat.at(ring[far]);
    let turn = |a: [f64; 2], b: [f64; 2], c: [f64; 2]| (b[0] - a[0]) * (c[1] - a[1]) - (b[1] - a[1]) * (c[0] - a[0]);
    let corners = if fy < y { [[x, y], [fx, fy], [hit, y]] } else { [[x, y], [hit, y], [fx, fy]] };
    let inside = |p: [f64; 2]| (0..3).all(|k| turn(corners[k], corners[(k + 1) % 3], p) >= 0.0);
    let slope = |k: usize| {
        let [u, v] = flat.at(ring[k]);
        ((v - y).abs() / (u - x), u - x)
    };
    let visible = (0..ring.len()).filter(|&k| {
        let p = flat.at(ring[k]);
        p[0] > x && inside(p) && opens_towards(flat, ring, k, [x, y])
    });
    visible.chain([far]).min_by(|&a, &b| {
        let ((s, u), (t, v)) = (slope(a), slope(b));
        s.total_cmp(&t).then(u.total_cmp(&v)).then(opens_towards(flat, ring, b, [x, y]).cmp(&opens_towards(
            flat,
            ring,
            a,
            [x, y],
        )))
    })
}

/// Whether `p` lies within the inner angle at vertex `k`: bridges visit a vertex several times, one of them faces the hole.
fn opens_towards(flat: &Flat<'_>, ring: &[u32], k: usize, p: [f64; 2]) -> bool {
    let n = ring.len();
    let [before, here, after] = [(k + n - 1) % n, k, (k + 1) % n].map(|k| flat.at(ring[k]));
    let turn = |a: [f64; 2], b: [f64; 2], c: [f64; 2]| (b[0] - a[0]) * (c[1] - a[1]) - (b[1] - a[1]) * (c[0] - a[0]);
    let (left_of_after, left_of_before) = (turn(here, after, p) >= 0.0, turn(before, here, p) >= 0.0);
    match turn(before, here, after) >= 0.0 {
        true => left_of_after && left_of_before,
        false => left_of_after || left_of_before,
    }
}

/// Cuts corners off a polygon that hold no other vertex, those with the largest smallest angle first among neighbours.
fn cut_ears(flat: &Flat<'_>, mut ring: Vec<u32>) -> Vec<[u32; 3]> {
    let mut triangles = Vec::with_capacity(ring.len());
    let mut k = 0;
    let mut tried = 0;
    while ring.len() > 2 {
        let n = ring.len();
        k %= n;
        let ear = [ring[(k + n - 1) % n], ring[k], ring[(k + 1) % n]];
        let is_ear = flat.turn(ear[0], ear[1], ear[2]) > 0.0 && !ring.iter().any(|&v| flat.holds(ear, v));
        // Where rounding leaves no ear, any corner: the area is checked afterwards.
        if is_ear || tried > n {
            triangles.push(ear);
            ring.remove(k);
            // Every other corner, so that no fan of slivers grows at one vertex.
            k += 1;
            tried = 0;
        } else {
            k += 1;
            tried += 1;
        }
    }
    triangles
}

/// Flips diagonals whose opposite angles are together more than half a turn.
fn make_delaunay(flat: &Flat<'_>, triangles: &mut [[u32; 3]], control: &RunControl) -> Result<(), MeshingError> {
    for _ in 0..ROUNDS {
        control.check()?;
        let edges = EdgeTable::new(triangles);
        let mut touched = vec![false; triangles.len()];
        let mut flipped = false;
        for edge in 0..edges.len() {
            let &[s, t] = edges.uses(edge) else { continue };
            let (s, t) = (s.triangle as usize, t.triangle as usize);
            if touched[s] || touched[t] {
                continue;
            }
            if let Some(pair) = flip(flat, triangles[s], triangles[t]) {
                [triangles[s], triangles[t]] = pair;
                (touched[s], touched[t], flipped) = (true, true, true);
            }
        }
        if !flipped {
            break;
        }
    }
    Ok(())
}

/// The two triangles over the other diagonal, when that is better and both have an area.
fn flip(flat: &Flat<'_>, s: [u32; 3], t: [u32; 3]) -> Option<[[u32; 3]; 2]> {
    let k = (0..3).find(|&k| !t.contains(&s[k]))?;
    let [top, a, b] = [0, 1, 2].map(|j| s[(k + j) % 3]);
    let bottom = t.into_iter().find(|v| !s.contains(v))?;
    let cotangent = |at: u32, p: u32, q: u32| {
        let ([x, y], [px, py], [qx, qy]) = (flat.at(at), flat.at(p), flat.at(q));
        ((px - x) * (qx - x) + (py - y) * (qy - y)) / flat.turn(at, p, q)
    };
    // cot α + cot β < 0 where α + β > π.
    let is_better = cotangent(top, a, b) + cotangent(bottom, b, a) < -1e-9;
    let pair = [[top, a, bottom], [bottom, b, top]];
    let whole = flat.area(&s) + flat.area(&t);
    (is_better && pair.iter().all(|new| flat.area(new) > 1e-6 * whole)).then_some(pair)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Triangles in a square of `n` by `n` points with loops of the given points as open edges.
    fn filled(points: &[Point3<f64>], open: &[[u32; 2]]) -> Result<(usize, f64), MeshingError> {
        let triangles = triangles_in_plane(points, open, &Vector3::z(), &RunControl::silent())?;
        let area = |t: &[u32; 3]| {
            let [a, b, c] = t.map(|v| points[v as usize]);
            0.5 * (b - a).cross(&(c - a)).z
        };
        assert!(triangles.iter().all(|t| area(t) > 0.0));
        Ok((triangles.len(), triangles.iter().map(area).sum()))
    }

    /// The sides of a loop as the surface beside it has them.
    fn around(ring: &[u32]) -> Vec<[u32; 2]> {
        (0..ring.len()).map(|k| [ring[(k + 1) % ring.len()], ring[k]]).collect()
    }

    fn circle(points: &mut Vec<Point3<f64>>, centre: [f64; 2], radius: f64, count: u32) -> Vec<u32> {
        let first = points.len() as u32;
        let at = |k: u32| (TAU * f64::from(k) / f64::from(count)).sin_cos();
        points
            .extend((0..count).map(at).map(|(s, c)| Point3::new(centre[0] + radius * c, centre[1] + radius * s, 0.0)));
        (first..first + count).collect()
    }

    /// A disc with holes, one of them filled again: V - E + F of the pieces, areas of the polygons.
    #[test]
    fn discs_with_holes_and_with_lines_in_them_are_filled() {
        let mut points = Vec::new();
        let outer = circle(&mut points, [0.0, 0.0], 5.0, 60);
        let polygon = |radius: f64, n: f64| 0.5 * n * radius * radius * (TAU / n).sin();
        let mut open = around(&outer);
        let mut area = polygon(5.0, 60.0);
        let mut triangles = 60 - 2;
        for (centre, count) in [([2.0, 0.3], 12_u32), ([-2.0, 0.1], 15), ([0.1, 2.5], 9), ([0.2, -2.0], 10)] {
            let ring = circle(&mut points, centre, 1.0, count);
            let backwards: Vec<u32> = ring.iter().rev().copied().collect();
            open.extend(around(&backwards));
            triangles += count as usize + 2;
            match count {
                // A loop in both directions divides the disc.
                10 => {
                    open.extend(around(&ring));
                    triangles += count as usize - 2;
                }
                _ => area -= polygon(1.0, f64::from(count)),
            }
        }
        let (found, found_area) = filled(&points, &open).unwrap();
        assert_eq!(found, triangles);
        assert!((found_area - area).abs() < 1e-12, "{found_area} {area}");
    }

    /// Points along the sides of a square, and a line across it.
    #[test]
    fn straight_sides_with_points_on_them_give_no_triangle_without_area() {
        let mut points: Vec<Point3<f64>> = Vec::new();
        for (from, step) in [([0, 0], [1, 0]), ([4, 0], [0, 1]), ([4, 4], [-1, 0]), ([0, 4], [0, -1])] {
            points.extend(
                (0..4).map(|k| Point3::new(f64::from(from[0] + k * step[0]), f64::from(from[1] + k * step[1]), 0.0)),
            );
        }
        let ring: Vec<u32> = (0..16).collect();
        assert_eq!(filled(&points, &around(&ring)).unwrap(), (14, 16.0));
        // From the middle of one side to that of the other over a point inside.
        points.push(Point3::new(2.0, 1.5, 0.0));
        let mut open = around(&ring);
        open.extend([[2, 16], [16, 2], [16, 10], [10, 16]]);
        assert_eq!(filled(&points, &open).unwrap(), (16, 16.0));
    }

    #[test]
    fn loops_that_enclose_nothing_are_refused() {
        let mut points = Vec::new();
        let ring = circle(&mut points, [0.0, 0.0], 1.0, 8);
        let backwards: Vec<u32> = ring.iter().rev().copied().collect();
        assert!(filled(&points, &around(&backwards)).is_err() && filled(&points, &around(&ring)[1..]).is_err());
    }
}
