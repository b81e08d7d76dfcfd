//! Triangulates a closed polygon in space.
//!
//! Up to [`LONGEST`] vertices: dynamic programming over all triangulations (Barequet & Sharir 1995), the one with the
//! smallest worst bend between triangles, then the smallest area (Liepa 2003, Filling holes in meshes, section 3).
//! Longer polygons lose their sharpest ears first until they are short enough.

use control::{Cancelled, RunControl};
use mesh::{Point3, Vector3};
use std::cmp::Reverse;
use std::collections::BinaryHeap;

/// Vertices for which all triangulations are compared: 300³/6 triangles take about a third of a second.
const LONGEST: usize = 300;
/// Steps in which bends are told apart, of 1 − cos.
const STEPS: f64 = 32.0;

/// A polygon, the unit normals of the surface beyond its sides, and the diagonals it must not have.
pub(crate) struct Polygon<'a> {
    pub(crate) points: &'a [Point3<f64>],
    /// Normal beyond the side from vertex k to k + 1; zero where there is none.
    pub(crate) beyond: &'a [Vector3<f64>],
    /// Whether two vertices of the polygon are joined by an edge of the surface.
    pub(crate) joined: &'a dyn Fn(usize, usize) -> bool,
}

/// Worst bend in steps, then area.
type Weight = (u32, f64);

const IMPOSSIBLE: Weight = (u32::MAX, f64::INFINITY);

/// Triangles over vertex numbers of the polygon, wound like it. A centre vertex, numbered after the last, is used where
/// no triangulation without forbidden diagonals is found; then the second value is true.
pub(super) fn triangulate(polygon: &Polygon<'_>, control: &RunControl) -> Result<(Vec<[usize; 3]>, bool), Cancelled> {
    let n = polygon.points.len();
    let mut triangles = Vec::new();
    let left = cut_ears(polygon, &mut triangles, control)?;
    if left.len() == 3 {
        triangles.push([left[0], left[1], left[2]]);
        return Ok((triangles, false));
    }
    if left.len() <= LONGEST
        && let Some(best) = best_triangulation(polygon, &left, control)?
    {
        triangles.extend(best);
        return Ok((triangles, false));
    }
    Ok(((0..n).map(|k| [k, (k + 1) % n, n]).collect(), true))
}

/// Cuts the ears with the smallest angles until at most `LONGEST` vertices are left.
fn cut_ears(
    polygon: &Polygon<'_>,
    triangles: &mut Vec<[usize; 3]>,
    control: &RunControl,
) -> Result<Vec<usize>, Cancelled> {
    let (p, n) = (polygon.points, polygon.points.len());
    let mut alive = vec![true; n];
    let (mut before, mut after): (Vec<usize>, Vec<usize>) = (0..n).map(|k| ((k + n - 1) % n, (k + 1) % n)).unzip();
    let up = newell(p);
    let angle = |a: usize, b: usize, c: usize| {
        let (x, y) = (p[a] - p[b], p[c] - p[b]);
        let angle = x.angle(&y);
        let reflex = (p[b] - p[a]).cross(&(p[c] - p[b])).dot(&up) < 0.0;
        if reflex || (polygon.joined)(a, c) { 10.0 - angle } else { angle }
    };
    let entry = |b: usize, before: &[usize], after: &[usize]| {
        let (a, c) = (before[b], after[b]);
        // Bits of positive numbers sort like the numbers.
        Reverse((angle(a, b, c).to_bits(), b, a, c))
    };
    let mut heap: BinaryHeap<_> =
        if n > LONGEST { (0..n).map(|b| entry(b, &before, &after)).collect() } else { BinaryHeap::new() };
    let mut count = n;
    while count > LONGEST
        && let Some(Reverse((_, b, a, c))) = heap.pop()
    {
        if count.is_multiple_of(4096) {
            control.check()?;
        }
        if !alive[b] || before[b] != a || after[b] != c {
            continue;
        }
        triangles.push([a, b, c]);
        alive[b] = false;
        count -= 1;
        after[a] = c;
        before[c] = a;
        heap.push(entry(a, &before, &after));
        heap.push(entry(c, &before, &after));
    }
    Ok((0..n).filter(|&k| alive[k]).collect())
}

/// Twice the vector area of a closed polygon (Newell's method).
pub(crate) fn newell(points: &[Point3<f64>]) -> Vector3<f64> {
    let Some(&first) = points.first() else { return Vector3::zeros() };
    points.windows(2).map(|pair| (pair[0] - first).cross(&(pair[1] - first))).sum()
}

/// Least weight of the triangulations of the vertices `from`..=`to` and the third vertex at that side.
struct Table {
    n: usize,
    weights: Vec<Weight>,
    thirds: Vec<usize>,
}

fn best_triangulation(
    polygon: &Polygon<'_>,
    left: &[usize],
    control: &RunControl,
) -> Result<Option<Vec<[usize; 3]>>, Cancelled> {
    let n = left.len();
    let mut table = Table { n, weights: vec![(0, 0.0); n * n], thirds: vec![usize::MAX; n * n] };
    for span in 2..n {
        control.check()?;
        for from in 0..n - span {
            let to = from + span;
            let (weight, third) = if span < n - 1 && (polygon.joined)(left[from], left[to]) {
                (IMPOSSIBLE, usize::MAX)
            } else {
                table.best(polygon, left, from, to)
            };
            table.weights[from * n + to] = weight;
            table.thirds[from * n + to] = third;
        }
    }
    if table.weights[n - 1].0 == u32::MAX {
        return Ok(None);
    }
    let (mut triangles, mut open) = (Vec::with_capacity(n - 2), vec![(0, n - 1)]);
    while let Some((from, to)) = open.pop() {
        let third = table.thirds[from * n + to];
        if to - from > 1 && third < n {
            triangles.push([left[from], left[third], left[to]]);
            open.extend([(from, third), (third, to)]);
        }
    }
    Ok(Some(triangles))
}

impl Table {
    fn best(&self, polygon: &Polygon<'_>, left: &[usize], from: usize, to: usize) -> (Weight, usize) {
        let (mut best, mut third) = (IMPOSSIBLE, usize::MAX);
        for middle in from + 1..to {
            let (one, two) = (self.weights[from * self.n + middle], self.weights[middle * self.n + to]);
            let worst = one.0.max(two.0);
            if worst > best.0 || worst == u32::MAX {
                continue;
            }
            let normal = area_vector2(polygon, left, [from, middle, to]);
            let area = one.1 + two.1 + normal.norm();
            let mut bend = worst.max(self.bend(polygon, left, from, middle, &normal));
            bend = bend.max(self.bend(polygon, left, middle, to, &normal));
            if from == 0 && to == self.n - 1 {
                bend = bend.max(bend_between(&normal, &outer(polygon, left, to, from)));
            }
            if (bend, area) < best {
                (best, third) = ((bend, area), middle);
            }
        }
        (best, third)
    }

    /// The bend between a triangle with the given normal and what lies beyond its side.
    fn bend(&self, polygon: &Polygon<'_>, left: &[usize], from: usize, to: usize, normal: &Vector3<f64>) -> u32 {
        let beyond = match self.thirds[from * self.n + to] {
            third if third < self.n => area_vector2(polygon, left, [from, third, to]),
            _ => outer(polygon, left, from, to),
        };
        bend_between(normal, &beyond)
    }
}

/// The normal beyond a side of the polygon; zero where ears were cut off.
fn outer(polygon: &Polygon<'_>, left: &[usize], from: usize, to: usize) -> Vector3<f64> {
    let adjacent = (left[from] + 1) % polygon.points.len() == left[to];
    if adjacent { polygon.beyond.get(left[from]).copied().unwrap_or_default() } else { Vector3::zeros() }
}

fn area_vector2(polygon: &Polygon<'_>, left: &[usize], corners: [usize; 3]) -> Vector3<f64> {
    let [a, b, c] = corners.map(|k| polygon.points[left[k]]);
    (b - a).cross(&(c - a))
}

/// Steps of 1 − cos of the angle between two normals; none where one is zero.
fn bend_between(m: &Vector3<f64>, n: &Vector3<f64>) -> u32 {
    let product = (m.norm_squared() * n.norm_squared()).sqrt();
    if product > 0.0 { ((1.0 - m.dot(n) / product) * STEPS).round() as u32 } else { 0 }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn area(points: &[Point3<f64>], triangles: &[[usize; 3]]) -> f64 {
        triangles.iter().map(|t| t.map(|k| points[k])).map(|[a, b, c]| 0.5 * (b - a).cross(&(c - a)).z).sum()
    }

    fn filled(points: &[Point3<f64>], joined: &dyn Fn(usize, usize) -> bool) -> (Vec<[usize; 3]>, bool) {
        let beyond = vec![Vector3::zeros(); points.len()];
        triangulate(&Polygon { points, beyond: &beyond, joined }, &RunControl::silent()).unwrap()
    }

    #[test]
    fn a_star_is_covered_once() {
        let corner = |k: u32| {
            let (angle, r) = (std::f64::consts::TAU * f64::from(k) / 20.0, if k.is_multiple_of(2) { 2.0 } else { 1.0 });
            Point3::new(r * angle.cos(), r * angle.sin(), 0.0)
        };
        let points: Vec<Point3<f64>> = (0..20).map(corner).collect();
        let (triangles, centre) = filled(&points, &|_, _| false);
        let exact = 0.5 * newell(&points).z;
        assert!(!centre && triangles.len() == 18);
        assert!((area(&points, &triangles) - exact).abs() < 1e-12, "every triangle is positive: the sum is the area");
    }

    #[test]
    fn thousands_of_vertices_lose_ears_first() {
        let corner = |k: u32| {
            let angle = std::f64::consts::TAU * f64::from(k) / 5000.0;
            Point3::new(3.0 * angle.cos(), angle.sin(), 0.0)
        };
        let points: Vec<Point3<f64>> = (0..5000).map(corner).collect();
        let (triangles, centre) = filled(&points, &|_, _| false);
        assert!(!centre && triangles.len() == 4998);
        assert!((area(&points, &triangles) / (0.5 * newell(&points).z) - 1.0).abs() < 1e-9);
    }

    #[test]
    fn forbidden_diagonals_are_avoided_or_a_centre_is_used() {
        let points = [[0.0, 0.0], [1.0, 0.0], [1.0, 1.0], [0.0, 1.0]].map(|[x, y]| Point3::new(x, y, 0.0));
        let (triangles, centre) = filled(&points, &|a, b| [a.min(b), a.max(b)] == [0, 2]);
        assert!(!centre && triangles.iter().all(|t| t.contains(&1) && t.contains(&3)));
        let (triangles, centre) = filled(&points, &|_, _| true);
        assert!(centre && triangles.len() == 4);
    }
}
