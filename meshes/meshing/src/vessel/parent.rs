//! The healthy parent vessel: centrelines and their radii with the bulges taken out.

use crate::centreline::Centreline;
use mesh::{Point3, Vector3};

/// A point of a centreline is clear of the line's end where its inscribed radius is below this part of the way from the
/// end: nearer, the end itself may be the nearest wall.
const CLEAR: f64 = 0.9;
/// Large (upper quartile) radii over which a narrowing may extend to each side of a point: a stenosis, or the lens where
/// two vessels touch, is not the healthy vessel either.
const HALF_NARROWING: f64 = 1.5;
/// Small (lower quartile) radii over which a bulge may extend along the line to each side of a point: wider ones count as the vessel ...
const HALF_BULGE: f64 = 10.0;
/// ... and at most this part of the line, so that some of the healthy vessel is left.
const HALF_OF_LINE: f64 = 0.4;
/// A line has left the middle of the healthy vessel where its radius is larger than the healthy one by this factor.
const BULGE: f64 = 1.1;

/// Centrelines as segments of tubes.
pub(super) struct Parent {
    /// Ends with the healthy radius there, mm.
    segments: Vec<[(Point3<f64>, f64); 2]>,
}

impl Parent {
    /// Tubes along the lines. Along each, the radius is the inscribed one after a closing, max then min over a short
    /// window, and an opening, min then max over a long one: it follows the taper of the vessel and drops narrow places
    /// and bulges. Where the inscribed radius exceeds it, the line, which is
    /// drawn into the bulge, is replaced by a cubic between the healthy parts.
    pub(super) fn of(lines: &[Centreline]) -> Self {
        let mut segments = Vec::new();
        for line in lines.iter().filter(|line| line.points.len() > 2) {
            let healthy = Path::of(line).healthy();
            let own = healthy.get(line.shared.saturating_sub(1)..).unwrap_or_default();
            segments.extend(own.windows(2).map(|pair| [pair[0], pair[1]]));
        }
        Self { segments }
    }

    /// Least distance of a point from the middle over the healthy radius there, and that radius in mm.
    pub(super) fn ratio(&self, p: &Point3<f64>) -> (f64, f64) {
        let mut best = (f64::INFINITY, f64::NAN);
        for [(a, r), (b, s)] in &self.segments {
            let along = b - a;
            let t = ((p - a).dot(&along) / along.norm_squared().max(f64::MIN_POSITIVE)).clamp(0.0, 1.0);
            let radius = r + (s - r) * t;
            let ratio = (p - (a + along * t)).norm() / radius;
            if ratio < best.0 {
                best = (ratio, radius);
            }
        }
        best
    }
}

/// The first point of a path from an end that is clear of that end.
pub(super) fn clear_of_end(points: &[Point3<f64>], radii: &[f64]) -> usize {
    let ways = ways(points);
    (1..points.len()).find(|&k| radii[k] < CLEAR * ways[k]).unwrap_or(points.len() / 2)
}

/// Way from the first point, mm.
fn ways(points: &[Point3<f64>]) -> Vec<f64> {
    let mut gone = 0.0;
    let steps = points.windows(2).map(|pair| {
        gone += (pair[1] - pair[0]).norm();
        gone
    });
    std::iter::once(0.0).chain(steps).collect()
}

/// A line with its inscribed radii, continued to the ends where these are clear of them.
struct Path {
    points: Vec<Point3<f64>>,
    ways: Vec<f64>,
    radii: Vec<f64>,
}

impl Path {
    fn of(line: &Centreline) -> Self {
        let (mut points, mut radii) = (line.points.clone(), line.radii.clone());
        for _ in 0..2 {
            let clear = clear_of_end(&points, &radii);
            let radius = radii[clear];
            radii[..clear].fill(radius);
            points.reverse();
            radii.reverse();
        }
        Self { ways: ways(&points), points, radii }
    }

    /// Points and radii without bulges.
    fn healthy(mut self) -> Vec<(Point3<f64>, f64)> {
        let mut sorted = self.radii.clone();
        sorted.sort_by(f64::total_cmp);
        let length = self.ways.last().copied().unwrap_or(0.0);
        let half = (HALF_NARROWING * sorted[3 * sorted.len() / 4]).min(HALF_OF_LINE * length);
        let most = self.over_window(&self.radii, half, f64::max);
        let closed = self.over_window(&most, half, f64::min);
        let half = (HALF_BULGE * sorted[sorted.len() / 4]).min(HALF_OF_LINE * length);
        let least = self.over_window(&closed, half, f64::min);
        let mut opened = self.over_window(&least, half, f64::max);
        let mut k = 0;
        while k < opened.len() {
            let run = (k..opened.len()).take_while(|&n| self.radii[n] > BULGE * opened[n]).count();
            if run > 0 {
                self.bridge(k, k + run - 1, &mut opened);
            }
            k += run + 1;
        }
        self.points.into_iter().zip(opened).collect()
    }

    /// `pick` over the values at most `half` mm away along the line.
    fn over_window(&self, values: &[f64], half: f64, pick: impl Fn(f64, f64) -> f64) -> Vec<f64> {
        let (mut first, mut end) = (0, 0);
        let mut picked = Vec::with_capacity(values.len());
        for way in &self.ways {
            while self.ways[first] < way - half {
                first += 1;
            }
            while end < values.len() && self.ways[end] <= way + half {
                end += 1;
            }
            picked.push(values[first..end].iter().copied().reduce(&pick).unwrap_or(values[first]));
        }
        picked
    }

    /// Replaces the points of a bulge, and those one radius around it, by a cubic that continues the line on both sides,
    /// and their radii by a linear course; at the ends of the line there is nothing to continue, and they stay.
    fn bridge(&mut self, from: usize, to: usize, radii: &mut [f64]) {
        let back = |k: usize| self.ways.partition_point(|&way| way < self.ways[k] - radii[k]);
        let ahead = |k: usize| self.ways.partition_point(|&way| way <= self.ways[k] + radii[k]);
        let (first, last) = (back(from), ahead(to));
        if first == 0 || last >= self.points.len() - 1 {
            return;
        }
        let (before, after) = (back(first), ahead(last).min(self.points.len() - 1));
        let [p, q] = [first, last].map(|k| self.points[k]);
        let chord = (q - p).norm();
        let direction = |way: Vector3<f64>| way.try_normalize(0.0).unwrap_or_default() * chord;
        let (m, n) = (direction(p - self.points[before]), direction(self.points[after] - q));
        let span = self.ways[last] - self.ways[first];
        for k in first + 1..last {
            let t = (self.ways[k] - self.ways[first]) / span;
            radii[k] = radii[first] * (1.0 - t) + radii[last] * t;
            // The cubic of Hermite.
            let (t2, t3) = (t * t, t * t * t);
            self.points[k] = p + (q - p) * (3.0 * t2 - 2.0 * t3) + m * (t3 - 2.0 * t2 + t) + n * (t3 - t2);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A tapering straight vessel with a bulge into which the line is drawn.
    #[test]
    fn a_bulge_is_taken_out_of_line_and_radius() {
        let bulge = |x: f64| (-(x - 30.0) * (x - 30.0) / 8.0).exp();
        let xs: Vec<f64> = (0..=240).map(|k| 0.25 * f64::from(k)).collect();
        let points = xs.iter().map(|&x| Point3::new(x, bulge(x), 0.0)).collect();
        let radii = xs.iter().map(|&x| (2.0 - 0.01 * x + 1.5 * bulge(x)).min(x).min(60.0 - x)).collect();
        let parent = Parent::of(&[Centreline { points, radii, shared: 0, parent: None }]);
        for x in [5.0, 20.0, 28.0, 30.0, 33.0, 55.0] {
            let radius = 2.0 - 0.01 * x;
            let (ratio, found) = parent.ratio(&Point3::new(x, 0.0, radius));
            assert!((found / radius - 1.0).abs() < 0.06 && (ratio - 1.0).abs() < 0.06, "{x}: {ratio} {found}");
        }
    }
}
