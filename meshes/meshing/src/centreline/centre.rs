//! Moves a rough path to where ∫ ds / d is least, d being the radius of the largest sphere inside about each point.

use crate::MeshingError;
use control::RunControl;
use geometry::TriangleBvh;
use mesh::{Point3, Vector3};
use rayon::prelude::*;
use std::ops::Range;

/// Distance of the points over the radius in the narrow tenth of the path.
const SPACING: f64 = 0.25;
const NARROW: usize = 10;
/// Most points of a line.
const MOST_POINTS: usize = 4000;
/// Sweeps over the points at each of three numbers of points.
const ROUNDS: usize = 8;
/// Directions tried across the path.
const WAYS: usize = 8;
/// The first and the last length of the steps across, over the radius.
const STEPS: [f64; 2] = [0.2, 0.01];
/// First step of a sweep over the root mean square of the ways, over their radii, that points went in the one before ...
const AHEAD: f64 = 4.0;
/// ... below which the points have settled.
const SETTLED: f64 = 0.002;
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
    let mut depths: Vec<f64> = inner.iter().map(depth).filter(|&d| d > 0.0).collect();
    depths.sort_by(f64::total_cmp);
    let length = length(&points);
    let spacing = depths.get(depths.len() / NARROW).map_or(length / 50.0, |narrow| SPACING * narrow);
    let count = ((length / spacing).ceil() as usize).clamp(4, MOST_POINTS);
    // Few points first: what they settle, many would settle slowly.
    let mut step = STEPS[0];
    let mut radii = Vec::new();
    for count in [count.div_ceil(4), count.div_ceil(2), count] {
        points = resampled(&points, count.max(4));
        radii = points.par_iter().map(depth).collect();
        for _ in 0..ROUNDS {
            control.check()?;
            let free = free(&points, &radii);
            let moved = sweep(bvh, &mut points, &mut radii, &free, step);
            straighten_ends(&mut points, &free);
            points = resampled(&points, count.max(4));
            radii = points.par_iter().map(depth).collect();
            step = (AHEAD * moved).clamp(2.0 * STEPS[1], STEPS[0]);
            if moved < SETTLED {
                break;
            }
        }
    }
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
fn free(points: &[Point3<f64>], radii: &[f64]) -> Range<usize> {
    let last = points.len() - 1;
    let reaches = |k: usize, end: usize| (points[k] - points[end]).norm() <= END * (radii[k] - radii[end]);
    let first = (0..last).rev().find(|&k| reaches(k, 0)).unwrap_or(0) + 1;
    let end = (1..=last).find(|&k| reaches(k, last)).unwrap_or(last);
    if first < end { first..end } else { 1..last }
}

/// Puts the points near the ends on the straight way from the end to the first point that could be centred.
fn straighten_ends(points: &mut [Point3<f64>], free: &Range<usize>) {
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

/// Centres the free points one after the other. Returns the root mean square of their ways over their radii.
fn sweep(bvh: &TriangleBvh, points: &mut [Point3<f64>], radii: &mut [f64], free: &Range<usize>, step: f64) -> f64 {
    let mut sum = 0.0;
    for k in free.clone() {
        let (there, radius) = centre(bvh, points, radii, k, step);
        sum += ((there - points[k]).norm() / radii[k].max(f64::MIN_POSITIVE)).min(1.0).powi(2);
        (points[k], radii[k]) = (there, radius);
    }
    (sum / free.len().max(1) as f64).sqrt()
}

/// Point `k` moved across the path to where ∫ ds / d over the pieces to its neighbours is least, and the radius there: a
/// search along [`WAYS`] directions with steps that shrink from `first` of the radius to a hundredth. Not for the ends.
fn centre(bvh: &TriangleBvh, points: &[Point3<f64>], radii: &[f64], k: usize, first: f64) -> (Point3<f64>, f64) {
    let depth = |p: &Point3<f64>| (-bvh.signed_distance(p)).max(0.0);
    let (before, after) = (points[k - 1], points[k + 1]);
    let around = radii[k - 1] + radii[k + 1];
    let radius = radii[k];
    // Each piece costs its length over its mean distance; that of the neighbours stays.
    let cost =
        |p: &Point3<f64>, depth: f64| ((p - before).norm() + (after - p).norm()) / (around + 2.0 * depth).max(1e-300);
    let tangent = (after - before).try_normalize(0.0).unwrap_or_else(Vector3::z);
    let across = tangent.cross(&Vector3::ith(tangent.iamin(), 1.0)).normalize();
    let other = tangent.cross(&across);
    let (mut best, mut deep) = (points[k], radius);
    let mut least = cost(&best, deep);
    let (mut step, smallest) = (first * radius, STEPS[1] * radius);
    while step > smallest {
        let way = |n: usize| {
            let (sine, cosine) = (std::f64::consts::TAU * n as f64 / WAYS as f64).sin_cos();
            let p = best + (across * cosine + other * sine) * step;
            // The sphere about the best point holds this one, which settles its side and bounds its depth.
            let near = if step < deep { bvh.distance(&p, (1.0 + 1e-9) * (deep + step)) } else { None };
            let depth = near.unwrap_or_else(|| depth(&p));
            (cost(&p, depth), p, depth)
        };
        let found = (0..WAYS).map(way).min_by(|a, b| a.0.total_cmp(&b.0));
        match found {
            Some((low, p, depth)) if low < least => (least, best, deep) = (low, p, depth),
            _ => step *= 0.5,
        }
    }
    (best, deep)
}
