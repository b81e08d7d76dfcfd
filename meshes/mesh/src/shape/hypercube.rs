use super::ReferenceElement;
use crate::ElementKind;

/// Four-node quadrilateral.
#[derive(Debug, Clone, Copy)]
pub struct Quad4;
/// Eight-node serendipity quadrilateral.
#[derive(Debug, Clone, Copy)]
pub struct Quad8;
/// Eight-node hexahedron.
#[derive(Debug, Clone, Copy)]
pub struct Hex8;
/// Twenty-node serendipity hexahedron.
#[derive(Debug, Clone, Copy)]
pub struct Hex20;

/// One factor of a serendipity function along coordinate `i` and its derivative: 1 + ξ ξ_a, or 1 - ξ² where the node
/// lies in the middle (ξ_a = 0).
fn factor(xi: f64, node: f64) -> (f64, f64) {
    if node == 0.0 { (1.0 - xi * xi, -2.0 * xi) } else { (1.0 + xi * node, node) }
}

/// Π_i f_i and its gradient.
fn product<const D: usize>(xi: &[f64; D], node: &[f64; D]) -> (f64, [f64; D]) {
    let factors: [(f64, f64); D] = std::array::from_fn(|i| factor(xi[i], node[i]));
    let value = factors.iter().map(|f| f.0).product();
    let gradient = std::array::from_fn(|i| (0..D).map(|j| if i == j { factors[j].1 } else { factors[j].0 }).product());
    (value, gradient)
}

/// Serendipity function of `node` and its gradient: Π(1 + ξξ_a)/2^D at corners of linear elements, times
/// (Σ ξξ_a - D + 1) at corners of quadratic ones, (1 - ξ²)Π(1 + ηη_a)/2^(D-1) at mid-edge nodes.
fn serendipity<const D: usize>(quadratic: bool, xi: &[f64; D], node: &[f64; D]) -> (f64, [f64; D]) {
    let (value, gradient) = product(xi, node);
    let middle = node.contains(&0.0);
    let scale = 1.0 / f64::from(1u32 << (D - usize::from(middle)));
    if middle || !quadratic {
        return (scale * value, gradient.map(|g| scale * g));
    }
    let sum = xi.iter().zip(node).map(|(x, n)| x * n).sum::<f64>() - (D as f64 - 1.0);
    (scale * value * sum, std::array::from_fn(|i| scale * (gradient[i] * sum + value * node[i])))
}

macro_rules! hypercube {
    ($name:ident, $dimension:literal, $count:literal, $nodes:expr) => {
        impl ReferenceElement<$dimension, $count> for $name {
            const KIND: ElementKind = ElementKind::$name;
            const NODES: [[f64; $dimension]; $count] = $nodes;

            fn values(xi: &[f64; $dimension]) -> [f64; $count] {
                std::array::from_fn(|a| serendipity(Self::KIND.order() == 2, xi, &Self::NODES[a]).0)
            }

            fn gradients(xi: &[f64; $dimension]) -> [[f64; $dimension]; $count] {
                std::array::from_fn(|a| serendipity(Self::KIND.order() == 2, xi, &Self::NODES[a]).1)
            }
        }
    };
}

hypercube!(Quad4, 2, 4, [[-1.0, -1.0], [1.0, -1.0], [1.0, 1.0], [-1.0, 1.0]]);
hypercube!(
    Quad8,
    2,
    8,
    [[-1.0, -1.0], [1.0, -1.0], [1.0, 1.0], [-1.0, 1.0], [0.0, -1.0], [1.0, 0.0], [0.0, 1.0], [-1.0, 0.0]]
);
hypercube!(
    Hex8,
    3,
    8,
    [
        [-1.0, -1.0, -1.0],
        [1.0, -1.0, -1.0],
        [1.0, 1.0, -1.0],
        [-1.0, 1.0, -1.0],
        [-1.0, -1.0, 1.0],
        [1.0, -1.0, 1.0],
        [1.0, 1.0, 1.0],
        [-1.0, 1.0, 1.0]
    ]
);
hypercube!(
    Hex20,
    3,
    20,
    [
        [-1.0, -1.0, -1.0],
        [1.0, -1.0, -1.0],
        [1.0, 1.0, -1.0],
        [-1.0, 1.0, -1.0],
        [-1.0, -1.0, 1.0],
        [1.0, -1.0, 1.0],
        [1.0, 1.0, 1.0],
        [-1.0, 1.0, 1.0],
        [0.0, -1.0, -1.0],
        [1.0, 0.0, -1.0],
        [0.0, 1.0, -1.0],
        [-1.0, 0.0, -1.0],
        [0.0, -1.0, 1.0],
        [1.0, 0.0, 1.0],
        [0.0, 1.0, 1.0],
        [-1.0, 0.0, 1.0],
        [-1.0, -1.0, 0.0],
        [1.0, -1.0, 0.0],
        [1.0, 1.0, 0.0],
        [-1.0, 1.0, 0.0]
    ]
);
