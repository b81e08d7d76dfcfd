use super::ReferenceElement;
use crate::ElementKind;

/// Three-node triangle.
#[derive(Debug, Clone, Copy)]
pub struct Tri3;
/// Six-node triangle.
#[derive(Debug, Clone, Copy)]
pub struct Tri6;
/// Four-node tetrahedron.
#[derive(Debug, Clone, Copy)]
pub struct Tet4;
/// Ten-node tetrahedron.
#[derive(Debug, Clone, Copy)]
pub struct Tet10;

/// Barycentric coordinate `corner` of the unit simplex: 1 - Σξ for corner 0, ξ_{corner-1} otherwise.
pub(super) fn barycentric<const D: usize>(xi: &[f64; D], corner: usize) -> f64 {
    if corner == 0 { 1.0 - xi.iter().sum::<f64>() } else { xi[corner - 1] }
}

/// Gradient of barycentric coordinate `corner`.
pub(super) fn barycentric_gradient<const D: usize>(corner: usize) -> [f64; D] {
    if corner == 0 { [-1.0; D] } else { std::array::from_fn(|i| f64::from(u8::from(i + 1 == corner))) }
}

/// Quadratic Lagrange functions: L(2L - 1) at corners, 4 L_a L_b at mid-edge nodes.
fn quadratic_values<const D: usize, const N: usize>(kind: ElementKind, xi: &[f64; D]) -> [f64; N] {
    let corners = D + 1;
    std::array::from_fn(|node| {
        if node < corners {
            let l = barycentric(xi, node);
            l * (2.0 * l - 1.0)
        } else {
            let [a, b] = kind.edges()[node - corners];
            4.0 * barycentric(xi, usize::from(a)) * barycentric(xi, usize::from(b))
        }
    })
}

fn quadratic_gradients<const D: usize, const N: usize>(kind: ElementKind, xi: &[f64; D]) -> [[f64; D]; N] {
    let corners = D + 1;
    std::array::from_fn(|node| {
        if node < corners {
            let slope = 4.0 * barycentric(xi, node) - 1.0;
            barycentric_gradient::<D>(node).map(|g| slope * g)
        } else {
            let [a, b] = kind.edges()[node - corners].map(usize::from);
            let (la, lb) = (barycentric(xi, a), barycentric(xi, b));
            let (ga, gb) = (barycentric_gradient::<D>(a), barycentric_gradient::<D>(b));
            std::array::from_fn(|i| 4.0 * (ga[i] * lb + la * gb[i]))
        }
    })
}

impl ReferenceElement<2, 3> for Tri3 {
    const KIND: ElementKind = ElementKind::Tri3;
    const NODES: [[f64; 2]; 3] = [[0.0, 0.0], [1.0, 0.0], [0.0, 1.0]];

    fn values(xi: &[f64; 2]) -> [f64; 3] {
        std::array::from_fn(|corner| barycentric(xi, corner))
    }

    fn gradients(_: &[f64; 2]) -> [[f64; 2]; 3] {
        std::array::from_fn(barycentric_gradient)
    }
}

impl ReferenceElement<2, 6> for Tri6 {
    const KIND: ElementKind = ElementKind::Tri6;
    const NODES: [[f64; 2]; 6] = [[0.0, 0.0], [1.0, 0.0], [0.0, 1.0], [0.5, 0.0], [0.5, 0.5], [0.0, 0.5]];

    fn values(xi: &[f64; 2]) -> [f64; 6] {
        quadratic_values(Self::KIND, xi)
    }

    fn gradients(xi: &[f64; 2]) -> [[f64; 2]; 6] {
        quadratic_gradients(Self::KIND, xi)
    }
}

impl ReferenceElement<3, 4> for Tet4 {
    const KIND: ElementKind = ElementKind::Tet4;
    const NODES: [[f64; 3]; 4] = [[0.0, 0.0, 0.0], [1.0, 0.0, 0.0], [0.0, 1.0, 0.0], [0.0, 0.0, 1.0]];

    fn values(xi: &[f64; 3]) -> [f64; 4] {
        std::array::from_fn(|corner| barycentric(xi, corner))
    }

    fn gradients(_: &[f64; 3]) -> [[f64; 3]; 4] {
        std::array::from_fn(barycentric_gradient)
    }
}

impl ReferenceElement<3, 10> for Tet10 {
    const KIND: ElementKind = ElementKind::Tet10;
    const NODES: [[f64; 3]; 10] = [
        [0.0, 0.0, 0.0],
        [1.0, 0.0, 0.0],
        [0.0, 1.0, 0.0],
        [0.0, 0.0, 1.0],
        [0.5, 0.0, 0.0],
        [0.5, 0.5, 0.0],
        [0.0, 0.5, 0.0],
        [0.0, 0.0, 0.5],
        [0.5, 0.0, 0.5],
        [0.0, 0.5, 0.5],
    ];

    fn values(xi: &[f64; 3]) -> [f64; 10] {
        quadratic_values(Self::KIND, xi)
    }

    fn gradients(xi: &[f64; 3]) -> [[f64; 3]; 10] {
        quadratic_gradients(Self::KIND, xi)
    }
}
