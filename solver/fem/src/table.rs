use crate::quadrature::Quadrature;
use mesh::{ElementKind, shape};

/// Shape functions and reference gradients of an element at one quadrature point.
#[derive(Debug, Clone, Copy)]
pub struct PointTable<const N: usize> {
    /// Reference coordinates (third component 0 for surfaces).
    pub xi: [f64; 3],
    /// Weight of the point on the reference element.
    pub weight: f64,
    /// N_a.
    pub values: [f64; N],
    /// ∂N_a/∂ξ.
    pub gradients: [[f64; 3]; N],
}

/// Shape functions of an element of `N` nodes tabulated over a quadrature rule.
#[derive(Debug, Clone)]
pub struct ShapeTable<const N: usize> {
    /// The element kind.
    pub kind: ElementKind,
    /// One entry a quadrature point.
    pub points: Vec<PointTable<N>>,
}

impl<const N: usize> ShapeTable<N> {
    /// Tabulates `kind` over `rule`.
    ///
    /// # Panics
    /// When `kind` has not `N` nodes or `rule` is of another dimension.
    pub fn new<const D: usize>(kind: ElementKind, rule: &Quadrature<D>) -> Self {
        assert_eq!((kind.node_count(), kind.dimension()), (N, D), "table of {kind}");
        let points = rule.points.iter().zip(&rule.weights).map(|(point, &weight)| {
            let mut xi = [0.0; 3];
            xi[..D].copy_from_slice(point);
            let (values, gradients) = (shape::values(kind, &xi), shape::gradients(kind, &xi));
            PointTable {
                xi,
                weight,
                values: std::array::from_fn(|a| values[a]),
                gradients: std::array::from_fn(|a| gradients[a]),
            }
        });
        Self { kind, points: points.collect() }
    }
}
