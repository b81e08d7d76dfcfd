//! Shape functions of a tetrahedron in space.

use fem::{PointTable, ShapeTable};
use mesh::Point3;

/// The map of one element from the reference tetrahedron.
pub(crate) struct Geometry<'a, const N: usize> {
    points: &'a [Point3<f64>; N],
    /// Gradients of the barycentric coordinates 1 to 3 and the determinant, where these are the same everywhere.
    constant: Option<([[f64; 3]; 3], f64)>,
}

impl<'a, const N: usize> Geometry<'a, N> {
    pub(crate) fn new(points: &'a [Point3<f64>; N], is_straight: bool) -> Self {
        let constant = is_straight.then(|| Self::straight(points));
        Self { points, constant }
    }

    /// Gradients of the barycentric coordinates 1 to 3 and the determinant of the map, of an element with straight edges.
    #[inline(always)]
    pub(crate) fn straight(points: &[Point3<f64>; N]) -> ([[f64; 3]; 3], f64) {
        let [a, b, c, d] = [points[0], points[1], points[2], points[3]];
        inverse([b - a, c - a, d - a].map(|edge| [edge.x, edge.y, edge.z]))
    }

    /// Calls `visit` with each point of the rule, the gradients (1/mm) of the shape functions there, and its weight (mm³).
    pub(crate) fn for_each(&self, table: &ShapeTable<N>, mut visit: impl FnMut(&PointTable<N>, &[[f64; 3]; N], f64)) {
        let mut gradients = [[0.0; 3]; N];
        for point in &table.points {
            let (map, determinant) = self.constant.unwrap_or_else(|| inverse(columns(self.points, &point.gradients)));
            for (gradient, reference) in gradients.iter_mut().zip(&point.gradients) {
                *gradient = std::array::from_fn(|i| {
                    reference[0] * map[0][i] + reference[1] * map[1][i] + reference[2] * map[2][i]
                });
            }
            visit(point, &gradients, point.weight * determinant);
        }
    }
}

/// The smallest determinant of the map at the points of a rule.
pub(crate) fn jacobian_at<const N: usize>(points: &[Point3<f64>], table: &ShapeTable<N>) -> f64 {
    let at = |point: &PointTable<N>| inverse(columns(points, &point.gradients)).1;
    table.points.iter().map(at).fold(f64::INFINITY, f64::min)
}

/// ∂x/∂ξ_j for each j.
fn columns(points: &[Point3<f64>], gradients: &[[f64; 3]]) -> [[f64; 3]; 3] {
    let mut columns = [[0.0; 3]; 3];
    for (x, gradient) in points.iter().zip(gradients) {
        for (column, g) in columns.iter_mut().zip(gradient) {
            column[0] += x.x * g;
            column[1] += x.y * g;
            column[2] += x.z * g;
        }
    }
    columns
}

/// ∇ξ_j for each j, from the ∂x/∂ξ_j, and the determinant.
#[inline(always)]
fn inverse([a, b, c]: [[f64; 3]; 3]) -> ([[f64; 3]; 3], f64) {
    let cross =
        |u: [f64; 3], v: [f64; 3]| [u[1] * v[2] - u[2] * v[1], u[2] * v[0] - u[0] * v[2], u[0] * v[1] - u[1] * v[0]];
    let (bc, ca, ab) = (cross(b, c), cross(c, a), cross(a, b));
    let determinant = a[0] * bc[0] + a[1] * bc[1] + a[2] * bc[2];
    let over = 1.0 / determinant;
    ([bc, ca, ab].map(|row| row.map(|value| value * over)), determinant)
}
