//! Reference elements: shape functions, their gradients, Jacobians and the inverse map.
//!
//! Reference coordinates: triangles and tetrahedra are the unit simplex (all coordinates ≥ 0, sum ≤ 1), quadrilaterals
//! and hexahedra the cube [-1, 1]^D, wedges the unit triangle times [-1, 1]. Node order is that of [`ElementKind`].
//! Each element is a type that implements [`ReferenceElement`]; the functions [`values`], [`gradients`] and
//! [`reference_nodes`] choose it by kind when that is only known at run time.
//! Source of the formulas: Zienkiewicz, Taylor & Zhu, The Finite Element Method, 7th ed. (2013), chapter 6.

mod hypercube;
mod jacobian;
mod simplex;
mod wedge;

pub use hypercube::{Hex8, Hex20, Quad4, Quad8};
pub use jacobian::{
    JacobianRange, gauss_points, inverse_map, jacobian, jacobian_range, mesh_jacobian_ranges, volume_gradients,
};
pub use simplex::{Tet4, Tet10, Tri3, Tri6};
pub use wedge::{Wedge6, Wedge15};

use crate::ElementKind;

/// Largest node count of any element kind.
pub const MAX_NODES: usize = 20;

/// Shape functions of one element kind: `D` reference coordinates, `N` nodes.
pub trait ReferenceElement<const D: usize, const N: usize> {
    /// The kind this type describes.
    const KIND: ElementKind;
    /// Reference coordinates of the nodes.
    const NODES: [[f64; D]; N];
    /// Shape function values N_a at `xi`; they sum to 1.
    fn values(xi: &[f64; D]) -> [f64; N];
    /// Gradients ∂N_a/∂ξ_i at `xi`; they sum to 0.
    fn gradients(xi: &[f64; D]) -> [[f64; D]; N];
}

/// Runs `$body` with `$element` bound to the type of the surface or solid kind `$kind`, `$none` for beams.
macro_rules! with_element {
    ($kind:expr, $element:ident => $body:expr, else $none:expr) => {
        match $kind {
            ElementKind::Tri3 => {
                type $element = Tri3;
                $body
            }
            ElementKind::Tri6 => {
                type $element = Tri6;
                $body
            }
            ElementKind::Quad4 => {
                type $element = Quad4;
                $body
            }
            ElementKind::Quad8 => {
                type $element = Quad8;
                $body
            }
            ElementKind::Tet4 => {
                type $element = Tet4;
                $body
            }
            ElementKind::Tet10 => {
                type $element = Tet10;
                $body
            }
            ElementKind::Hex8 => {
                type $element = Hex8;
                $body
            }
            ElementKind::Hex20 => {
                type $element = Hex20;
                $body
            }
            ElementKind::Wedge6 => {
                type $element = Wedge6;
                $body
            }
            ElementKind::Wedge15 => {
                type $element = Wedge15;
                $body
            }
            ElementKind::Beam2 | ElementKind::Beam3 => $none,
        }
    };
}

/// Shape function values of `kind` at `xi` (surfaces ignore the third coordinate): the first
/// [`ElementKind::node_count`] entries of the result, the others are 0. Beams have none (all 0): their kinematics are
/// not those of shape functions.
pub fn values(kind: ElementKind, xi: &[f64; 3]) -> [f64; MAX_NODES] {
    let mut out = [0.0; MAX_NODES];
    with_element!(kind, Element => {
        for (slot, value) in out.iter_mut().zip(Element::values(&leading(xi))) {
            *slot = value;
        }
    }, else ());
    out
}

/// Shape function gradients ∂N_a/∂ξ of `kind` at `xi`; surfaces have 0 in the third component, beams 0 throughout.
pub fn gradients(kind: ElementKind, xi: &[f64; 3]) -> [[f64; 3]; MAX_NODES] {
    let mut out = [[0.0; 3]; MAX_NODES];
    with_element!(kind, Element => {
        for (slot, gradient) in out.iter_mut().zip(Element::gradients(&leading(xi))) {
            slot[..gradient.len()].copy_from_slice(&gradient);
        }
    }, else ());
    out
}

/// Reference coordinates of the nodes of `kind`, third component 0 for surfaces; empty for beams.
pub fn reference_nodes(kind: ElementKind) -> Vec<[f64; 3]> {
    with_element!(kind, Element => {
        Element::NODES.iter().map(|node| {
            let mut xi = [0.0; 3];
            xi[..node.len()].copy_from_slice(node);
            xi
        }).collect()
    }, else Vec::new())
}

/// The reference coordinates of the element's middle.
pub fn centre(kind: ElementKind) -> [f64; 3] {
    const THIRD: f64 = 1.0 / 3.0;
    match kind {
        ElementKind::Tri3 | ElementKind::Tri6 | ElementKind::Wedge6 | ElementKind::Wedge15 => [THIRD, THIRD, 0.0],
        ElementKind::Tet4 | ElementKind::Tet10 => [0.25; 3],
        _ => [0.0; 3],
    }
}

fn leading<const D: usize>(xi: &[f64; 3]) -> [f64; D] {
    std::array::from_fn(|i| xi[i])
}

#[cfg(test)]
mod tests {
    use super::*;

    const SHAPED: [ElementKind; 10] = [
        ElementKind::Tri3,
        ElementKind::Tri6,
        ElementKind::Quad4,
        ElementKind::Quad8,
        ElementKind::Tet4,
        ElementKind::Tet10,
        ElementKind::Hex8,
        ElementKind::Hex20,
        ElementKind::Wedge6,
        ElementKind::Wedge15,
    ];

    const PROBES: [[f64; 3]; 4] = [[0.2, 0.3, 0.1], [0.6, 0.1, 0.25], [0.05, 0.9, -0.4], [1.0 / 3.0, 1.0 / 3.0, 0.0]];

    #[test]
    fn values_sum_to_one_and_gradients_to_zero() {
        for kind in SHAPED {
            for xi in PROBES {
                let sum: f64 = values(kind, &xi).iter().sum();
                assert!((sum - 1.0).abs() < 1e-14, "{kind}: {sum}");
                for i in 0..3 {
                    let sum: f64 = gradients(kind, &xi).iter().map(|g| g[i]).sum();
                    assert!(sum.abs() < 1e-14, "{kind} component {i}: {sum}");
                }
            }
        }
    }

    #[test]
    fn each_shape_function_is_one_at_its_own_node_and_zero_at_the_others() {
        for kind in SHAPED {
            let nodes = reference_nodes(kind);
            assert_eq!(nodes.len(), kind.node_count());
            for (b, xi) in nodes.iter().enumerate() {
                for (a, value) in values(kind, xi).iter().take(nodes.len()).enumerate() {
                    assert!(
                        (value - f64::from(u8::from(a == b))).abs() < 1e-14,
                        "{kind}: N_{a} at node {b} is {value}"
                    );
                }
            }
        }
    }

    #[test]
    fn mid_edge_nodes_lie_between_the_corners_of_their_edge() {
        for kind in SHAPED.into_iter().filter(|kind| kind.order() == 2) {
            let nodes = reference_nodes(kind);
            for (k, &[a, b]) in kind.edges().iter().enumerate() {
                let (a, b, m) = (nodes[usize::from(a)], nodes[usize::from(b)], nodes[kind.corner_count() + k]);
                assert!((0..3).all(|i| (0.5 * (a[i] + b[i]) - m[i]).abs() < 1e-15), "{kind} edge {k}");
            }
        }
    }

    #[test]
    fn gradients_are_the_derivatives_of_the_values() {
        let h = 1e-6;
        for kind in SHAPED {
            for xi in PROBES {
                let analytic = gradients(kind, &xi);
                for i in 0..kind.dimension() {
                    let (mut ahead, mut behind) = (xi, xi);
                    ahead[i] += h;
                    behind[i] -= h;
                    let (ahead, behind) = (values(kind, &ahead), values(kind, &behind));
                    for a in 0..kind.node_count() {
                        let numeric = (ahead[a] - behind[a]) / (2.0 * h);
                        assert!((analytic[a][i] - numeric).abs() < 1e-9, "{kind} ∂N_{a}/∂ξ_{i} at {xi:?}");
                    }
                }
            }
        }
    }

    #[test]
    fn quadratic_elements_reproduce_every_quadratic_polynomial() {
        let polynomial = |x: &[f64; 3], d: usize| {
            let (x, y, z) = (x[0], x[1], if d == 3 { x[2] } else { 0.0 });
            1.0 + 2.0 * x - y + 0.5 * z + x * x - 3.0 * y * y + 2.0 * z * z + x * y - y * z + 4.0 * z * x
        };
        for kind in SHAPED.into_iter().filter(|kind| kind.order() == 2) {
            let nodes = reference_nodes(kind);
            for xi in PROBES {
                let shape = values(kind, &xi);
                let interpolated: f64 =
                    nodes.iter().zip(shape).map(|(node, n)| n * polynomial(node, kind.dimension())).sum();
                assert!((interpolated - polynomial(&xi, kind.dimension())).abs() < 1e-13, "{kind} at {xi:?}");
            }
        }
    }
}
