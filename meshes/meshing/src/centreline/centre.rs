//! Moves a rough path to where ∫ ds / d is least, d being the radius of the largest sphere inside about each point.

use crate::MeshingError;
use control::RunControl;
use geometry::TriangleBvh;
use mesh::{Point3, Vector3};

/// Distance of the points over the least radius along the path.
const SPACING: f64 = 0.25;
/// Most points of a line.
const MOST_POINTS: usize = 4000;
/// Sweeps over the points at each of three numbers of points.
const ROUNDS: usize = 8;
/// Directions tried across the path.
const WAYS: usize = 8;
/// A sphere of this many radii that holds an end of the path marks where the end may be the nearest wall.
const END: f64 = 1.2;

/// The points of the line from `source` to `target`, equally spaced, and the radius of the largest sphere about each.
pub(super) fn centred(
    bvh: &TriangleBvh,
    rough: &[Point3<f64>],
    source: &Point3<f64>,
    target: &Point3<f64>,
    control: &RunControl,
) -> Result<(Vec<Point3<f64>>, Vec<f64>), MeshingError> {
    let mut points = [&[*source], rough, &[*target]].concat();
    let depth = |p: &Point3<f64>| (-bvh.signed_distance(p)).max(0.0);
    let inner = &rough[rough.len() / 10..rough.len() - rough.len() / 10];
    let least = inner.iter().map(depth).filter(|&d| d > 0.0).fold(f64::INFINITY, f64::min);
    let length = length(&points);
    let spacing = if least.is_finite() { SPACING * least } else { length / 50.0 };
    let count = ((length / spacing).ceil() as usize).clamp(4, MOST_POINTS);
    // Few points first: what they settle, many would settle slowly.
    for count in [count.div_ceil(4), count.div_ceil(2), count] {
        points = resampled(&points, count.max(4));
        for _ in 0..ROUNDS {
            control.check()?;
            let free = free(&points, depth);
            for k in free.clone() {
                points[k] = centre(bvh, &points, k);
            }
            straighten_ends(&mut points, &free);
            points = resampled(&points, count.max(4));
        }
    }
    let radii = points.iter().map(depth).collect();
    Ok((points, radii))
}

fn length(points: &[Point3<f64>]) -> f64 {
    points.windows(2).map(|pair| (pair[1] - pair[0]).norm()).sum()
}

/// `count` + 1 points at equal distances along the path, ends kept.
fn resampled(points: &[Point3<f64>], count: usize) -> Vec<Point3<f64>> {
    let step = length(points) / count as f64;
    let mut result = vec![points[0]];
    let mut gone = 0.0;
    for pair in points.windows(2) {
        let part = (pair[1] - pair[0]).norm();
        while result.len() < count && gone + part >= step * result.len() as f64 {
            let t = (step * result.len() as f64 - gone) / part;
            result.push(pair[0] + (pair[1] - pair[0]) * t);
        }
        gone += part;
    }
    result.truncate(count);
    result.extend(points.last());
    result
}

/// The points that are not so near to an end of the path that the end itself may be their nearest wall: those behind the
/// last one, from each end, whose sphere reaches that end (less where the end lies deep inside). All but the ends themselves when the spheres of both meet.
fn free(points: &[Point3<f64>], depth: impl Fn(&Point3<f64>) -> f64) -> std::ops::Range<usize> {
    let last = points.len() - 1;
    let reaches =
        |k: usize, end: usize| (points[k] - points[end]).norm() <= END * (depth(&points[k]) - depth(&points[end]));
    let first = (0..last).rev().find(|&k| reaches(k, 0)).unwrap_or(0) + 1;
    let end = (1..=last).find(|&k| reaches(k, last)).unwrap_or(last);
    if first < end { first..end } else { 1..last }
}

/// Puts the points near the ends on the straight way from the end to the first point that could be centred.
fn straighten_ends(points: &mut [Point3<f64>], free: &std::ops::Range<usize>) {
    let end = points.len() - 1;
    let (source, target) = (points[0], points[end]);
    let (inner, outer) = (points[free.start], points[free.end - 1]);
    for k in 0..free.start {
        points[k] = source + (inner - source) * (k as f64 / free.start as f64);
    }
    for k in free.end..end {
        points[k] = target + (outer - target) * ((end - k) as f64 / (end + 1 - free.end) as f64);
    }
}

/// Point `k` moved across the path to where ∫ ds / d over the pieces to its neighbours is least: a search along [`WAYS`]
/// directions with steps that shrink from a fifth of the radius to a hundredth. Not for the ends.
fn centre(bvh: &TriangleBvh, points: &[Point3<f64>], k: usize) -> Point3<f64> {
    let depth = |p: &Point3<f64>| (-bvh.signed_distance(p)).max(0.0);
    let (before, after) = (points[k - 1], points[k + 1]);
    let around = depth(&before) + depth(&after);
    let radius = depth(&points[k]);
    // Each piece costs its length over its mean distance; that of the neighbours stays.
    let cost = |p: &Point3<f64>| ((p - before).norm() + (after - p).norm()) / (around + 2.0 * depth(p)).max(1e-300);
    let tangent = (after - before).try_normalize(0.0).unwrap_or_else(Vector3::z);
    let across = tangent.cross(&Vector3::ith(tangent.iamin(), 1.0)).normalize();
    let other = tangent.cross(&across);
    let mut best = points[k];
    let mut least = cost(&best);
    let (mut step, smallest) = (0.2 * radius, 0.01 * radius);
    while step > smallest {
        let way = |n: usize| {
            let (sine, cosine) = (std::f64::consts::TAU * n as f64 / WAYS as f64).sin_cos();
            best + (across * cosine + other * sine) * step
        };
        let found = (0..WAYS).map(|n| (cost(&way(n)), n)).min_by(|a, b| a.0.total_cmp(&b.0));
        match found {
            Some((low, n)) if low < least => {
                best = way(n);
                least = low;
            }
            _ => step *= 0.5,
        }
    }
    best
}
