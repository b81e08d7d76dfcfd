//! The convective term over tetrahedra with straight edges, in closed form: integrals of products of shape functions are the same
//! for all of them but for the volume.

use crate::element::Geometry;
use fem::ShapeTable;
use mesh::{ElementKind, Point3};
use nalgebra::Vector3;

/// ∫ N_a N_k λ_q over the reference tetrahedron, by a, k and q, of quadratic shape functions N and barycentric coordinates λ.
///
/// The gradient of a quadratic shape function is linear: that of corner b is (4 λ_b - 1) ∇λ_b, that of the middle between p and q
/// is 4 (λ_p ∇λ_q + λ_q ∇λ_p). So the convective term consists of these integrals times w_k·∇λ_p.
#[derive(Debug)]
pub(crate) struct Triples {
    values: Box<[[[f64; 4]; 10]; 10]>,
    /// Ends of the edges in the order of their middle nodes.
    edges: [[usize; 2]; 6],
    /// Middle node between two corners; the corner itself where they are the same.
    between: [[usize; 4]; 4],
}

impl Triples {
    /// By a table whose rule is exact for the fifth degree.
    pub(crate) fn new(table: &ShapeTable<10>) -> Self {
        let mut values = Box::new([[[0.0; 4]; 10]; 10]);
        for point in &table.points {
            let [x, y, z] = point.xi;
            let corners = [1.0 - x - y - z, x, y, z];
            for (row, a) in values.iter_mut().zip(point.values) {
                for (integrals, k) in row.iter_mut().zip(point.values) {
                    for (sum, lambda) in integrals.iter_mut().zip(corners) {
                        *sum += point.weight * a * k * lambda;
                    }
                }
            }
        }
        let mut edges = [[0; 2]; 6];
        let mut between = std::array::from_fn(|p| [p; 4]);
        for (edge, ends) in ElementKind::Tet10.edges().iter().enumerate().take(6) {
            let [p, q] = ends.map(usize::from);
            edges[edge] = [p, q];
            (between[p][q], between[q][p]) = (4 + edge, 4 + edge);
        }
        Self { values, edges, between }
    }

    /// ∫ f N_a (w·∇)N_b.
    #[inline(always)]
    pub(crate) fn matrix(&self, factor: f64, points: &[Point3<f64>; 10], w: &[Vector3<f64>; 10]) -> [[f64; 10]; 10] {
        let along = along(factor, points, w);
        let mut part = [[0.0; 10]; 10];
        for (row, triples) in part.iter_mut().zip(&*self.values) {
            // ∫ N_a λ_q w·∇λ_p, by q and p.
            let mut integrals = [[0.0; 4]; 4];
            for (triples, along) in triples.iter().zip(&along) {
                for (sums, triple) in integrals.iter_mut().zip(triples) {
                    sums.iter_mut().zip(along).for_each(|(sum, along)| *sum += triple * along);
                }
            }
            for p in 0..4 {
                let all = integrals[0][p] + integrals[1][p] + integrals[2][p] + integrals[3][p];
                row[p] = 4.0 * integrals[p][p] - all;
            }
            for (value, [p, q]) in row[4..].iter_mut().zip(self.edges) {
                *value = 4.0 * (integrals[p][q] + integrals[q][p]);
            }
        }
        part
    }

    /// ∫ N_a (w·∇)w.
    #[inline(always)]
    pub(crate) fn force(&self, points: &[Point3<f64>; 10], w: &[Vector3<f64>; 10]) -> [Vector3<f64>; 10] {
        let along = along(1.0, points, w);
        // ∂w/∂λ_p at corner q, by q and p.
        let slopes: [[Vector3<f64>; 4]; 4] =
            std::array::from_fn(|q| std::array::from_fn(|p| w[self.between[p][q]] * 4.0 - w[p]));
        let mut part = [Vector3::zeros(); 10];
        for (k, along) in along.iter().enumerate() {
            let [a, b, c, d] =
                slopes.map(|at| at[0] * along[0] + at[1] * along[1] + at[2] * along[2] + at[3] * along[3]);
            // The integrals are symmetric in a and k.
            for (sum, triples) in part.iter_mut().zip(&self.values[k]) {
                *sum += a * triples[0] + b * triples[1] + c * triples[2] + d * triples[3];
            }
        }
        part
    }
}

/// f w_k·∇λ_p times the Jacobian, by k and p.
#[inline(always)]
fn along<const N: usize>(factor: f64, points: &[Point3<f64>; N], w: &[Vector3<f64>; N]) -> [[f64; 4]; N] {
    let (gradients, determinant) = Geometry::straight(points);
    let gradients = gradients.map(|gradient| gradient.map(|value| factor * determinant * value));
    let mut along = [[0.0; 4]; N];
    for (along, w) in along.iter_mut().zip(w) {
        let [b, c, d] = gradients.map(|g| w[0] * g[0] + w[1] * g[1] + w[2] * g[2]);
        *along = [-(b + c + d), b, c, d];
    }
    along
}

/// ∫ f N_a (w·∇)N_b of a linear element: ∫ N_a N_k is a twentieth of the volume, a tenth where k = a.
pub(crate) fn linear_matrix(factor: f64, points: &[Point3<f64>; 4], w: &[Vector3<f64>; 4]) -> [[f64; 4]; 4] {
    let along = along(factor / 120.0, points, w);
    let all: [f64; 4] = std::array::from_fn(|b| along[0][b] + along[1][b] + along[2][b] + along[3][b]);
    along.map(|own| std::array::from_fn(|b| all[b] + own[b]))
}

/// ∫ N_a (w·∇)w of a linear element.
pub(crate) fn linear_force(points: &[Point3<f64>; 4], w: &[Vector3<f64>; 4]) -> [Vector3<f64>; 4] {
    linear_matrix(1.0, points, w).map(|row| w[0] * row[0] + w[1] * row[1] + w[2] * row[2] + w[3] * row[3])
}
