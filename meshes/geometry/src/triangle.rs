use nalgebra::Point3;

/// The part of a triangle on which a closest point lies.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Feature {
    /// The open face.
    Face,
    /// The open edge from corner `k` to corner `(k + 1) % 3`.
    Edge(u8),
    /// Corner `k`.
    Vertex(u8),
}

/// Squared sine-like measure below which a triangle is a sliver: altitude / longest edge < 1e-4.
const SLIVER: f64 = 1e-8;

/// Whether the triangle's smallest altitude is less than 1e-4 of its longest edge.
pub(crate) fn is_sliver([a, b, c]: &[Point3<f64>; 3]) -> bool {
    let longest2 = (b - a).norm_squared().max((c - b).norm_squared()).max((a - c).norm_squared());
    let normal2 = (b - a).cross(&(c - a)).norm_squared();
    normal2 <= SLIVER * longest2 * longest2
}

/// The feature that barycentric coordinates with exact zeros stand for.
pub(crate) fn feature(barycentric: &[f64; 3]) -> Feature {
    match barycentric.map(|w| w != 0.0) {
        [true, false, false] => Feature::Vertex(0),
        [false, true, false] => Feature::Vertex(1),
        [false, false, true] => Feature::Vertex(2),
        [true, true, false] => Feature::Edge(0),
        [false, true, true] => Feature::Edge(1),
        [true, false, true] => Feature::Edge(2),
        _ => Feature::Face,
    }
}

/// Barycentric coordinates of the point of the triangle closest to `p`; exact zeros name the feature.
/// Ericson, Real-Time Collision Detection (2005), section 5.1.5; slivers go edge by edge.
pub(crate) fn closest_barycentric(p: &Point3<f64>, corners: &[Point3<f64>; 3], sliver: bool) -> [f64; 3] {
    if sliver {
        return closest_on_sliver(p, corners);
    }
    let [a, b, c] = corners;
    let (ab, ac, ap) = (b - a, c - a, p - a);
    let (d1, d2) = (ab.dot(&ap), ac.dot(&ap));
    if d1 <= 0.0 && d2 <= 0.0 {
        return [1.0, 0.0, 0.0];
    }
    let bp = p - b;
    let (d3, d4) = (ab.dot(&bp), ac.dot(&bp));
    if d3 >= 0.0 && d4 <= d3 {
        return [0.0, 1.0, 0.0];
    }
    let vc = d1 * d4 - d3 * d2;
    if vc <= 0.0 && d1 >= 0.0 && d3 <= 0.0 {
        let t = d1 / (d1 - d3);
        return [1.0 - t, t, 0.0];
    }
    let cp = p - c;
    let (d5, d6) = (ab.dot(&cp), ac.dot(&cp));
    if d6 >= 0.0 && d5 <= d6 {
        return [0.0, 0.0, 1.0];
    }
    let vb = d5 * d2 - d1 * d6;
    if vb <= 0.0 && d2 >= 0.0 && d6 <= 0.0 {
        let t = d2 / (d2 - d6);
        return [1.0 - t, 0.0, t];
    }
    let va = d3 * d6 - d5 * d4;
    if va <= 0.0 && d4 >= d3 && d5 >= d6 {
        let t = (d4 - d3) / ((d4 - d3) + (d5 - d6));
        return [0.0, 1.0 - t, t];
    }
    let scale = 1.0 / (va + vb + vc);
    let (v, w) = (vb * scale, vc * scale);
    [1.0 - v - w, v, w]
}

/// The best of the three edges and, where the plane is known well enough, the face.
fn closest_on_sliver(p: &Point3<f64>, corners: &[Point3<f64>; 3]) -> [f64; 3] {
    let mut best = ([1.0, 0.0, 0.0], f64::INFINITY);
    let mut offer = |weights: [f64; 3]| {
        let distance = (p - combine(corners, &weights)).norm_squared();
        if distance < best.1 {
            best = (weights, distance);
        }
    };
    for k in 0..3 {
        let next = (k + 1) % 3;
        let edge = corners[next] - corners[k];
        let length2 = edge.norm_squared();
        let t = if length2 > 0.0 { ((p - corners[k]).dot(&edge) / length2).clamp(0.0, 1.0) } else { 0.0 };
        let mut weights = [0.0; 3];
        weights[k] = 1.0 - t;
        weights[next] = t;
        offer(weights);
    }
    let [a, b, c] = corners;
    let normal = (b - a).cross(&(c - a));
    let normal2 = normal.norm_squared();
    let [pa, pb, pc] = [a - p, b - p, c - p];
    let weights = [pb.cross(&pc), pc.cross(&pa), pa.cross(&pb)].map(|sub| sub.dot(&normal) / normal2);
    let sum: f64 = weights.iter().sum();
    if weights.iter().all(|&w| w > 0.0) && sum.is_finite() {
        offer(weights.map(|w| w / sum));
    }
    best.0
}

/// The point with the given barycentric coordinates.
pub(crate) fn combine([a, b, c]: &[Point3<f64>; 3], weights: &[f64; 3]) -> Point3<f64> {
    match feature(weights) {
        Feature::Vertex(0) => *a,
        Feature::Vertex(1) => *b,
        Feature::Vertex(_) => *c,
        _ => a + (b - a) * weights[1] + (c - a) * weights[2],
    }
}
