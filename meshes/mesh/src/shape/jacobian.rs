use super::{MAX_NODES, centre, gradients, reference_nodes, values};
use crate::{ElementKind, Point3, VolumeMesh};
use nalgebra::{Matrix3, Vector3};

/// Smallest and largest determinant of the Jacobian ∂x/∂ξ over a set of points of one element, in mm³.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct JacobianRange {
    /// Smallest determinant; not positive means that the element is inverted or folded somewhere.
    pub minimum: f64,
    /// Largest determinant.
    pub maximum: f64,
}

/// The Jacobian ∂x_i/∂ξ_j of a solid from its node coordinates (in the order of `kind`) and reference gradients.
pub fn jacobian(points: &[Point3<f64>], gradients: &[[f64; 3]]) -> Matrix3<f64> {
    points.iter().zip(gradients).fold(Matrix3::zeros(), |sum, (x, g)| sum + x.coords * Vector3::from(*g).transpose())
}

/// Gradients ∂N_a/∂x in space and the Jacobian's determinant of a solid element at `xi`; `None` where the determinant
/// is zero or not finite. The first [`ElementKind::node_count`] gradients are set.
pub fn volume_gradients(
    kind: ElementKind,
    points: &[Point3<f64>],
    xi: &[f64; 3],
) -> Option<([Vector3<f64>; MAX_NODES], f64)> {
    let reference = gradients(kind, xi);
    let j = jacobian(points, &reference);
    let determinant = j.determinant();
    let inverse = j.try_inverse().filter(|_| determinant.is_finite())?.transpose();
    let mut out = [Vector3::zeros(); MAX_NODES];
    for (slot, g) in out.iter_mut().zip(reference).take(kind.node_count()) {
        *slot = inverse * Vector3::from(g);
    }
    Some((out, determinant))
}

/// The Gauss points at which the stiffness of a solid `kind` is integrated in full; empty for surfaces and beams.
/// Tet4 1, Tet10 4, Hex8 2³, Hex20 3³, Wedge6 3×2, Wedge15 6×3. Crate `fem` holds the weights and tests the match.
pub fn gauss_points(kind: ElementKind) -> Vec<[f64; 3]> {
    let two = 1.0 / 3.0_f64.sqrt();
    let three = 0.6_f64.sqrt();
    match kind {
        ElementKind::Tet4 => vec![[0.25; 3]],
        ElementKind::Tet10 => {
            let (a, b) = ((5.0 - 5.0_f64.sqrt()) / 20.0, (5.0 + 3.0 * 5.0_f64.sqrt()) / 20.0);
            vec![[a, a, a], [b, a, a], [a, b, a], [a, a, b]]
        }
        ElementKind::Hex8 => tensor(&[-two, two]),
        ElementKind::Hex20 => tensor(&[-three, 0.0, three]),
        ElementKind::Wedge6 => {
            let (a, b) = (1.0 / 6.0, 2.0 / 3.0);
            extruded(&[[a, a], [b, a], [a, b]], &[-two, two])
        }
        ElementKind::Wedge15 => {
            // Degree 4 on the triangle: Dunavant (1985), closed form.
            let root = (38.0 - 44.0 * 0.4_f64.sqrt()).sqrt();
            let orbit = |a: f64| [[a, a], [1.0 - 2.0 * a, a], [a, 1.0 - 2.0 * a]];
            let first = orbit((8.0 - 10.0_f64.sqrt() + root) / 18.0);
            let second = orbit((8.0 - 10.0_f64.sqrt() - root) / 18.0);
            extruded(&[first, second].concat(), &[-three, 0.0, three])
        }
        _ => Vec::new(),
    }
}

fn tensor(line: &[f64]) -> Vec<[f64; 3]> {
    let plane: Vec<[f64; 2]> = line.iter().flat_map(|&y| line.iter().map(move |&x| [x, y])).collect();
    extruded(&plane, line)
}

fn extruded(plane: &[[f64; 2]], line: &[f64]) -> Vec<[f64; 3]> {
    line.iter().flat_map(|&z| plane.iter().map(move |&[x, y]| [x, y, z])).collect()
}

/// Smallest and largest Jacobian determinant of a solid element over the reference points `at`.
pub fn jacobian_range(kind: ElementKind, points: &[Point3<f64>], at: &[[f64; 3]]) -> JacobianRange {
    let start = JacobianRange { minimum: f64::INFINITY, maximum: f64::NEG_INFINITY };
    at.iter().fold(start, |range, xi| {
        let d = jacobian(points, &gradients(kind, xi)[..kind.node_count()]).determinant();
        // A NaN must not hide behind min and max, which ignore it.
        if d.is_nan() || range.minimum.is_nan() {
            return JacobianRange { minimum: f64::NAN, maximum: f64::NAN };
        }
        JacobianRange { minimum: range.minimum.min(d), maximum: range.maximum.max(d) }
    })
}

/// Jacobian ranges of every element of a mesh over its [`gauss_points`], or over its Gauss points and nodes when
/// `with_nodes`. The entry of a surface or beam is `None`. Element and node numbers must be valid.
pub fn mesh_jacobian_ranges(mesh: &VolumeMesh, with_nodes: bool) -> Vec<Option<JacobianRange>> {
    let mut ranges = Vec::with_capacity(mesh.element_count());
    for block in &mesh.blocks {
        let mut at = gauss_points(block.kind);
        let solid = !at.is_empty();
        if with_nodes {
            at.extend(reference_nodes(block.kind));
        }
        let mut points = Vec::with_capacity(block.kind.node_count());
        for element in block.elements() {
            points.clear();
            points.extend(element.iter().map(|&n| mesh.nodes[n as usize]));
            ranges.push(solid.then(|| jacobian_range(block.kind, &points, &at)));
        }
    }
    ranges
}

/// The reference coordinates of `target` in a solid element by Newton's method from the element's middle; `None`
/// when it does not converge, which happens only far outside or in badly folded elements. The result may lie outside
/// the reference element: the caller judges.
pub fn inverse_map(kind: ElementKind, points: &[Point3<f64>], target: &Point3<f64>) -> Option<[f64; 3]> {
    let mut xi = Vector3::from(centre(kind));
    for _ in 0..30 {
        let at: [f64; 3] = xi.into();
        let shape = values(kind, &at);
        let x = points.iter().zip(shape).fold(Vector3::zeros(), |sum, (p, n)| sum + p.coords * n);
        let j = jacobian(points, &gradients(kind, &at)[..kind.node_count()]);
        let step = j.try_inverse()? * (target.coords - x);
        xi += step;
        if !xi.iter().all(|c| c.is_finite() && c.abs() < 1e3) {
            return None;
        }
        if step.norm() < 1e-13 * (1.0 + xi.norm()) {
            return Some(xi.into());
        }
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A smooth bijective distortion of the reference coordinates.
    fn distorted(kind: ElementKind) -> Vec<Point3<f64>> {
        reference_nodes(kind)
            .iter()
            .map(|&[x, y, z]| {
                Point3::new(2.0 * x + 0.1 * y * z + 5.0, 1.5 * y - 0.1 * x * x, 3.0 * z + 0.2 * x + 0.05 * x * y)
            })
            .collect()
    }

    const SOLIDS: [ElementKind; 6] = [
        ElementKind::Tet4,
        ElementKind::Tet10,
        ElementKind::Hex8,
        ElementKind::Hex20,
        ElementKind::Wedge6,
        ElementKind::Wedge15,
    ];

    #[test]
    fn the_inverse_map_undoes_the_isoparametric_map() {
        let xi = [0.31, 0.22, 0.17];
        for kind in SOLIDS {
            let points = distorted(kind);
            let n = values(kind, &xi);
            let x = Point3::from(points.iter().zip(n).fold(Vector3::zeros(), |sum, (p, n)| sum + p.coords * n));
            let found = inverse_map(kind, &points, &x).unwrap();
            assert!((0..3).all(|i| (found[i] - xi[i]).abs() < 1e-12), "{kind}: {found:?}");
        }
    }

    #[test]
    fn spatial_gradients_reproduce_the_gradient_of_a_linear_field() {
        let slope = Vector3::new(1.0, -2.0, 0.5);
        for kind in SOLIDS {
            let points = distorted(kind);
            let (g, determinant) = volume_gradients(kind, &points, &[0.2, 0.3, 0.1]).unwrap();
            assert!(determinant > 0.0);
            let found = points.iter().zip(g).fold(Vector3::zeros(), |sum, (p, g)| sum + g * p.coords.dot(&slope));
            assert!((found - slope).norm() < 1e-13, "{kind}: {found}");
        }
    }

    #[test]
    fn a_mid_edge_node_pulled_too_far_is_seen_at_the_nodes_and_reported_per_element() {
        let mut points = reference_nodes(ElementKind::Tet10).into_iter().map(Point3::from).collect::<Vec<_>>();
        let straight = points.clone();
        points[4].x = 0.85; // beyond the quarter point the map folds at the corner
        points.extend(straight);
        let mesh = VolumeMesh::new(points, ElementKind::Tet10, (0..20).collect());
        let ranges = mesh_jacobian_ranges(&mesh, true);
        assert!(ranges[0].unwrap().minimum < 0.0);
        assert_eq!(ranges[1].map(|r| (r.minimum - 1.0).abs() < 1e-14), Some(true));
        assert!(mesh_jacobian_ranges(&mesh, false)[1].unwrap().maximum < 1.0 + 1e-14);
    }
}
