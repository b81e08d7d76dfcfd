//! Lines along which tubes run, by their arc length.

use crate::MeshingError;
use mesh::{Point3, Vector3};

/// Gauss-Legendre points and weights on [0, 1], five of them.
const GAUSS: [(f64, f64); 5] = [
    (0.046_910_077_030_668, 0.118_463_442_528_094_5),
    (0.230_765_344_947_158_45, 0.239_314_335_249_683_2),
    (0.5, 0.284_444_444_444_444_4),
    (0.769_234_655_052_841_5, 0.239_314_335_249_683_2),
    (0.953_089_922_969_332, 0.118_463_442_528_094_5),
];
/// Newton steps from an arc length to the parameter of a spline; each doubles the digits.
const NEWTON: usize = 8;

/// A place on an axis.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct AxisPoint {
    /// The point in mm.
    pub point: Point3<f64>,
    /// Unit tangent.
    pub tangent: Vector3<f64>,
    /// Curvature in 1/mm.
    pub curvature: f64,
}

/// A smooth line in space.
pub trait Axis: Sync {
    /// Its length in mm.
    fn length(&self) -> f64;

    /// Where it is after `s` mm.
    fn at(&self, s: f64) -> AxisPoint;
}

/// A straight axis.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct StraightAxis {
    /// Where it begins, in mm.
    pub from: Point3<f64>,
    /// Where it ends, in mm.
    pub to: Point3<f64>,
}

impl Axis for StraightAxis {
    fn length(&self) -> f64 {
        (self.to - self.from).norm()
    }

    fn at(&self, s: f64) -> AxisPoint {
        let tangent = (self.to - self.from).try_normalize(0.0).unwrap_or_else(Vector3::z);
        AxisPoint { point: self.from + tangent * s, tangent, curvature: 0.0 }
    }
}

/// A part of a circle that begins at the origin along z and bends towards x.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct ArcAxis {
    /// Radius of the circle in mm.
    pub radius: f64,
    /// Angle in rad.
    pub angle: f64,
}

impl Axis for ArcAxis {
    fn length(&self) -> f64 {
        self.radius * self.angle
    }

    fn at(&self, s: f64) -> AxisPoint {
        let (sin, cos) = (s / self.radius).sin_cos();
        let point = Point3::new(self.radius * (1.0 - cos), 0.0, self.radius * sin);
        AxisPoint { point, tangent: Vector3::new(sin, 0.0, cos), curvature: 1.0 / self.radius }
    }
}

/// The cubic spline through points, its second derivative continuous and zero at the ends; its parameter is the length of
/// the chords.
#[derive(Debug, Clone, PartialEq)]
pub struct SplineAxis {
    points: Vec<Vector3<f64>>,
    /// Second derivatives at the points.
    second: Vec<Vector3<f64>>,
    /// Parameters of the points.
    knots: Vec<f64>,
    /// Arc lengths to the points, mm.
    lengths: Vec<f64>,
}

impl SplineAxis {
    /// The spline through `points` (mm). Cost O(n).
    ///
    /// # Errors
    /// [`MeshingError::BadOption`] for fewer than two points, points that coincide or are not finite.
    pub fn through(points: &[Point3<f64>]) -> Result<Self, MeshingError> {
        let bad = |value| MeshingError::BadOption {
            option: "axis",
            value,
            needed: "at least two points in mm, finite, no two neighbours the same",
        };
        let mut knots = vec![0.0];
        for (k, pair) in points.windows(2).enumerate() {
            let chord = (pair[1] - pair[0]).norm();
            if !(chord > 0.0 && chord.is_finite()) {
                return Err(bad(k as f64));
            }
            knots.push(knots[k] + chord);
        }
        if points.len() < 2 {
            return Err(bad(points.len() as f64));
        }
        let points: Vec<Vector3<f64>> = points.iter().map(|p| p.coords).collect();
        let second = second_derivatives(&points, &knots);
        let mut spline = Self { points, second, knots, lengths: vec![0.0] };
        for k in 1..spline.points.len() {
            let length = spline.lengths[k - 1] + spline.span_length(k - 1, 1.0);
            spline.lengths.push(length);
        }
        Ok(spline)
    }

    /// Arc lengths to the points that the spline goes through, mm.
    pub fn lengths(&self) -> &[f64] {
        &self.lengths
    }

    /// Position, first and second derivative by the parameter, at `t` (0 to 1) of span `k`.
    fn derivatives(&self, k: usize, t: f64) -> [Vector3<f64>; 3] {
        let h = self.knots[k + 1] - self.knots[k];
        let (a, b) = (1.0 - t, t);
        let (p, q, u, v) = (self.points[k], self.points[k + 1], self.second[k], self.second[k + 1]);
        let point = p * a + q * b + (u * (a * a * a - a) + v * (b * b * b - b)) * (h * h / 6.0);
        let first = (q - p) / h + (v * (3.0 * b * b - 1.0) - u * (3.0 * a * a - 1.0)) * (h / 6.0);
        [point, first, u * a + v * b]
    }

    /// Length of span `k` from its beginning to `t`.
    fn span_length(&self, k: usize, t: f64) -> f64 {
        let h = (self.knots[k + 1] - self.knots[k]) * t;
        GAUSS.iter().map(|(x, weight)| weight * h * self.derivatives(k, x * t)[1].norm()).sum()
    }
}

impl Axis for SplineAxis {
    fn length(&self) -> f64 {
        self.lengths.last().copied().unwrap_or(0.0)
    }

    fn at(&self, s: f64) -> AxisPoint {
        let last = self.points.len() - 2;
        let k = self.lengths.partition_point(|length| *length <= s).saturating_sub(1).min(last);
        let h = self.knots[k + 1] - self.knots[k];
        let wanted = s - self.lengths[k];
        let mut t = wanted / (self.lengths[k + 1] - self.lengths[k]);
        for _ in 0..NEWTON {
            t -= (self.span_length(k, t) - wanted) / (h * self.derivatives(k, t)[1].norm());
        }
        let [point, first, second] = self.derivatives(k, t);
        let speed = first.norm();
        let curvature = first.cross(&second).norm() / speed.powi(3);
        AxisPoint { point: point.into(), tangent: first / speed, curvature }
    }
}

/// Second derivatives of the natural cubic spline (Thomas algorithm).
fn second_derivatives(points: &[Vector3<f64>], knots: &[f64]) -> Vec<Vector3<f64>> {
    let n = points.len();
    let mut second = vec![Vector3::zeros(); n];
    let mut factor = vec![0.0; n];
    for k in 1..n - 1 {
        let (before, after) = (knots[k] - knots[k - 1], knots[k + 1] - knots[k]);
        let pivot = 2.0 * (before + after) - before * factor[k - 1];
        let jump = (points[k + 1] - points[k]) / after - (points[k] - points[k - 1]) / before;
        second[k] = (jump * 6.0 - second[k - 1] * before) / pivot;
        factor[k] = after / pivot;
    }
    for k in (1..n - 1).rev() {
        let next = second[k + 1];
        second[k] -= next * factor[k];
    }
    second
}

/// Axes across a line that turn as little as they can: the frame after `next` from the first vector across at `from`, by
/// two reflections. Source: Wang et al., ACM Trans Graph 27(1):2 (2008), table I; the error falls with the fourth power
/// of the step.
pub(super) fn carried(from: &AxisPoint, across: &Vector3<f64>, next: &AxisPoint) -> Vector3<f64> {
    let reflect = |v: &Vector3<f64>, mirror: &Vector3<f64>| {
        let length = mirror.norm_squared();
        if length > 0.0 { v - mirror * (2.0 * mirror.dot(v) / length) } else { *v }
    };
    let step = next.point - from.point;
    let (carried, tangent) = (reflect(across, &step), reflect(&from.tangent, &step));
    let turned = reflect(&carried, &(next.tangent - tangent));
    // Rounding must not tilt the section.
    (turned - next.tangent * next.tangent.dot(&turned)).normalize()
}

/// A unit vector across `tangent`.
pub(super) fn across(tangent: &Vector3<f64>) -> Vector3<f64> {
    let axis = Vector3::ith(tangent.iamin(), 1.0);
    (axis - tangent * tangent.dot(&axis)).normalize()
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A spline through points of a helix x = (a cos t, a sin t, b t): length √(a² + b²) t, curvature a / (a² + b²).
    #[test]
    fn a_spline_follows_a_helix_in_length_place_and_curvature() {
        let (a, b) = (3.0_f64, 1.0_f64);
        let speed = (a * a + b * b).sqrt();
        let helix = |t: f64| Point3::new(a * t.cos(), a * t.sin(), b * t);
        let points: Vec<_> = (0..=160).map(|k| helix(0.05 * f64::from(k))).collect();
        let spline = SplineAxis::through(&points).unwrap();
        assert!((spline.length() / (8.0 * speed) - 1.0).abs() < 1e-6, "{}", spline.length());
        for t in [2.03, 4.71, 5.96] {
            let at = spline.at(speed * t);
            assert!((at.point - helix(t)).norm() < 1e-5 && (at.curvature * speed * speed / a - 1.0).abs() < 2e-3);
        }
    }

    /// On a helix a frame without rotation turns against the normal by the torsion b / (a² + b²) a unit of length.
    #[test]
    fn carried_frames_turn_by_the_torsion_alone() {
        let (a, b) = (3.0_f64, 1.0_f64);
        let speed = (a * a + b * b).sqrt();
        let at = |t: f64| AxisPoint {
            point: Point3::new(a * t.cos(), a * t.sin(), b * t),
            tangent: Vector3::new(-a * t.sin(), a * t.cos(), b) / speed,
            curvature: 0.0,
        };
        let normal = |t: f64| Vector3::new(-t.cos(), -t.sin(), 0.0);
        let error = |steps: u32| {
            let place = |k: u32| 4.0 * f64::from(k) / f64::from(steps);
            let frame = (0..steps).fold(normal(0.0), |frame, k| carried(&at(place(k)), &frame, &at(place(k + 1))));
            let turned = frame.dot(&normal(4.0).cross(&at(4.0).tangent)).atan2(frame.dot(&normal(4.0)));
            (turned.abs() - 4.0 * b / speed).abs()
        };
        assert!(error(100) < 1e-6 && (error(50) / error(100)).log2() > 3.8, "{} {}", error(50), error(100));
    }

    #[test]
    fn too_few_points_and_repeated_ones_are_refused() {
        let p = Point3::new(1.0, 2.0, 3.0);
        assert!(SplineAxis::through(&[p]).is_err() && SplineAxis::through(&[p, p, Point3::origin()]).is_err());
    }
}
