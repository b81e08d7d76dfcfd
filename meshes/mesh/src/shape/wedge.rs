use super::ReferenceElement;
use super::simplex::{barycentric, barycentric_gradient};
use crate::ElementKind;

/// Six-node wedge (triangular prism).
#[derive(Debug, Clone, Copy)]
pub struct Wedge6;
/// Fifteen-node serendipity wedge.
#[derive(Debug, Clone, Copy)]
pub struct Wedge15;

/// Triangle corner and side (-1 bottom, +1 top) of wedge corner `corner`.
fn place(corner: usize) -> (usize, f64) {
    (corner % 3, if corner < 3 { -1.0 } else { 1.0 })
}

/// A function of the triangle (value f, gradient df) times a function of ζ (value g, derivative dg).
fn times(f: f64, df: [f64; 2], g: f64, dg: f64) -> (f64, [f64; 3]) {
    (f * g, [df[0] * g, df[1] * g, f * dg])
}

/// L (1 ± ζ)/2.
fn linear(xi: &[f64; 3], corner: usize) -> (f64, [f64; 3]) {
    let (triangle, side) = place(corner);
    let l = barycentric(&[xi[0], xi[1]], triangle);
    times(l, barycentric_gradient(triangle), 0.5 * (1.0 + side * xi[2]), 0.5 * side)
}

/// Corners L(2L - 1)(1 ± ζ)/2 - L(1 - ζ²)/2, horizontal mid-edges 2 L_a L_b (1 ± ζ), vertical mid-edges L(1 - ζ²).
fn quadratic(xi: &[f64; 3], node: usize) -> (f64, [f64; 3]) {
    let plane = [xi[0], xi[1]];
    let bubble = (1.0 - xi[2] * xi[2], -2.0 * xi[2]);
    let vertical =
        |triangle: usize| times(barycentric(&plane, triangle), barycentric_gradient(triangle), bubble.0, bubble.1);
    if node < 6 {
        let (triangle, side) = place(node);
        let (l, dl) = (barycentric(&plane, triangle), barycentric_gradient::<2>(triangle));
        let slope = 4.0 * l - 1.0;
        let (value, gradient) =
            times(l * (2.0 * l - 1.0), dl.map(|g| slope * g), 0.5 * (1.0 + side * xi[2]), 0.5 * side);
        let (correction, correction_gradient) = vertical(triangle);
        return (value - 0.5 * correction, std::array::from_fn(|i| gradient[i] - 0.5 * correction_gradient[i]));
    }
    let [a, b] = ElementKind::Wedge15.edges()[node - 6].map(usize::from);
    if node >= 12 {
        return vertical(a);
    }
    let ((a, side), (b, _)) = (place(a), place(b));
    let (la, lb) = (barycentric(&plane, a), barycentric(&plane, b));
    let (ga, gb) = (barycentric_gradient::<2>(a), barycentric_gradient::<2>(b));
    let gradient = std::array::from_fn(|i| 2.0 * (ga[i] * lb + la * gb[i]));
    times(2.0 * la * lb, gradient, 1.0 + side * xi[2], side)
}

impl ReferenceElement<3, 6> for Wedge6 {
    const KIND: ElementKind = ElementKind::Wedge6;
    const NODES: [[f64; 3]; 6] =
        [[0.0, 0.0, -1.0], [1.0, 0.0, -1.0], [0.0, 1.0, -1.0], [0.0, 0.0, 1.0], [1.0, 0.0, 1.0], [0.0, 1.0, 1.0]];

    fn values(xi: &[f64; 3]) -> [f64; 6] {
        std::array::from_fn(|a| linear(xi, a).0)
    }

    fn gradients(xi: &[f64; 3]) -> [[f64; 3]; 6] {
        std::array::from_fn(|a| linear(xi, a).1)
    }
}

impl ReferenceElement<3, 15> for Wedge15 {
    const KIND: ElementKind = ElementKind::Wedge15;
    const NODES: [[f64; 3]; 15] = [
        [0.0, 0.0, -1.0],
        [1.0, 0.0, -1.0],
        [0.0, 1.0, -1.0],
        [0.0, 0.0, 1.0],
        [1.0, 0.0, 1.0],
        [0.0, 1.0, 1.0],
        [0.5, 0.0, -1.0],
        [0.5, 0.5, -1.0],
        [0.0, 0.5, -1.0],
        [0.5, 0.0, 1.0],
        [0.5, 0.5, 1.0],
        [0.0, 0.5, 1.0],
        [0.0, 0.0, 0.0],
        [1.0, 0.0, 0.0],
        [0.0, 1.0, 0.0],
    ];

    fn values(xi: &[f64; 3]) -> [f64; 15] {
        std::array::from_fn(|a| quadratic(xi, a).0)
    }

    fn gradients(xi: &[f64; 3]) -> [[f64; 3]; 15] {
        std::array::from_fn(|a| quadratic(xi, a).1)
    }
}
