use crate::Sample;
use mesh::{Point3, Vector3};
use nalgebra::Matrix3;

/// A scalar that is linear in the position: mean + gradient · (x - centre).
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct LinearPiece {
    /// The centre of the samples' volume, mm.
    pub centre: Point3<f64>,
    /// The value there, which is the mean over the samples.
    pub mean: f64,
    /// Change a mm.
    pub gradient: Vector3<f64>,
}

impl LinearPiece {
    /// The same value everywhere.
    pub fn constant(value: f64) -> Self {
        Self { centre: Point3::origin(), mean: value, gradient: Vector3::zeros() }
    }

    /// The piece nearest to `values` at `samples` in the mean square weighted with volume, that is their L2 projection.
    ///
    /// It keeps the integral of the values, Σ values · volumes, exactly, and reproduces linear values. Where a value jumps
    /// inside the element, the projection would overshoot: the gradient is therefore shortened until the piece stays
    /// within `range` at all points of `within` (as Barth and Jespersen 1989 do for finite volumes), which changes no mean.
    pub fn fit(samples: &[Sample], values: &[f64], within: &[Point3<f64>], range: [f64; 2]) -> Self {
        let volume: f64 = samples.iter().map(|sample| sample.volume).sum();
        let moment = samples.iter().fold(Vector3::zeros(), |sum, s| sum + s.position.coords * s.volume);
        let centre = Point3::from(moment / volume);
        let mean = samples.iter().zip(values).map(|(sample, value)| sample.volume * value).sum::<f64>() / volume;
        let (mut spread, mut slope) = (Matrix3::zeros(), Vector3::zeros());
        for (sample, value) in samples.iter().zip(values) {
            let arm = sample.position - centre;
            spread += arm * arm.transpose() * sample.volume;
            slope += arm * (sample.volume * (value - mean));
        }
        // Fewer than four samples, or samples in a plane, fix no gradient.
        let gradient = spread.cholesky().map_or_else(Vector3::zeros, |factor| factor.solve(&slope));
        let mut piece = Self { centre, mean, gradient };
        piece.gradient *= within.iter().map(|point| piece.share_within(point, range)).fold(1.0, f64::min);
        piece
    }

    /// The largest part of the gradient with which the piece is within `[low, high]` at `point`.
    fn share_within(&self, point: &Point3<f64>, [low, high]: [f64; 2]) -> f64 {
        let step = self.gradient.dot(&(point - self.centre));
        let room = if step > 0.0 { high - self.mean } else { self.mean - low };
        if step.abs() <= room { 1.0 } else { (room / step.abs()).max(0.0) }
    }

    /// The value at `point`.
    pub fn at(&self, point: &Point3<f64>) -> f64 {
        self.mean + self.gradient.dot(&(point - self.centre))
    }
}

/// A scalar on a mesh that is linear in the position inside every element and may jump between elements.
#[derive(Debug, Clone, PartialEq)]
pub struct LinearInElements {
    /// One piece an element, in the order of the mesh.
    pub pieces: Vec<LinearPiece>,
}

impl LinearInElements {
    /// The value at `point` of `element`; NaN for an element that is not there.
    pub fn at(&self, element: usize, point: &Point3<f64>) -> f64 {
        self.pieces.get(element).map_or(f64::NAN, |piece| piece.at(point))
    }

    /// The mean of the elements' centres; the origin without elements.
    pub fn middle(&self) -> Point3<f64> {
        let sum: Vector3<f64> = self.pieces.iter().map(|piece| piece.centre.coords).sum();
        Point3::from(sum / self.pieces.len().max(1) as f64)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::sample_elements;
    use control::RunControl;
    use mesh::{ElementKind, VolumeMesh};

    /// A tetrahedron with one curved edge.
    fn curved() -> VolumeMesh {
        let corners = [[0.0, 0.0, 0.0], [2.0, 0.1, 0.0], [0.2, 1.5, 0.1], [0.3, 0.2, 1.8]].map(Point3::from);
        let mut nodes = corners.to_vec();
        let edges = ElementKind::Tet10.edges();
        nodes.extend(edges.iter().map(|[a, b]| nalgebra::center(&corners[usize::from(*a)], &corners[usize::from(*b)])));
        nodes[4].y -= 0.1;
        VolumeMesh::new(nodes, ElementKind::Tet10, (0..10).collect())
    }

    fn fit(mesh: &VolumeMesh, parts: usize, f: impl Fn(&Point3<f64>) -> f64 + Sync) -> (LinearPiece, Vec<Sample>) {
        let see = |_: usize, nodes: &[Point3<f64>], samples: &[Sample]| {
            let values: Vec<f64> = samples.iter().map(|sample| f(&sample.position)).collect();
            let all = values.iter().copied().chain(nodes.iter().map(&f));
            let range = all.fold([f64::INFINITY, f64::NEG_INFINITY], |[a, b], v| [a.min(v), b.max(v)]);
            (LinearPiece::fit(samples, &values, nodes, range), samples.to_vec())
        };
        let found = sample_elements(mesh, |_| parts, see, &RunControl::silent()).unwrap();
        found.into_iter().flatten().next().unwrap()
    }

    #[test]
    fn constant_and_linear_fields_are_reproduced_in_curved_elements() {
        let mesh = curved();
        let linear = |p: &Point3<f64>| 100.0 - 20.0 * p.x + 7.0 * p.y + 3.0 * p.z;
        for parts in [2, 3, 7] {
            assert!((fit(&mesh, parts, |_| 17e3).0.at(&mesh.nodes[1]) - 17e3).abs() < 1e-9);
            let (piece, _) = fit(&mesh, parts, linear);
            for point in crate::quadrature::tetrahedron(5).points {
                let values = mesh::shape::values(ElementKind::Tet10, &point);
                let x = mesh.nodes.iter().zip(values).fold(Point3::origin(), |sum, (x, n)| sum + x.coords * n);
                assert!((piece.at(&x) - linear(&x)).abs() < 1e-9, "{parts} parts at {x}");
            }
        }
    }

    /// A jump inside the element leaves the mean as sampled and makes no value outside of those sampled.
    #[test]
    fn a_jump_is_neither_lost_nor_overshot() {
        let mesh = curved();
        let step = |p: &Point3<f64>| if p.x > 0.4 { 10e3 } else { 50.0 };
        let (piece, samples) = fit(&mesh, 6, step);
        let volume: f64 = samples.iter().map(|s| s.volume).sum();
        let sampled: f64 = samples.iter().map(|s| s.volume * step(&s.position)).sum();
        let kept: f64 = samples.iter().map(|s| s.volume * piece.at(&s.position)).sum();
        assert!((sampled - kept).abs() < 1e-12 * sampled && volume > 0.5);
        for node in &mesh.nodes {
            assert!((50.0 - 1e-9..10e3 + 1e-9).contains(&piece.at(node)), "{}", piece.at(node));
        }
        assert!(piece.gradient.x > 100.0, "{}", piece.gradient);
    }

    /// Fewer samples than a gradient needs leave the mean.
    #[test]
    fn one_sample_gives_a_constant() {
        let (piece, _) = fit(&curved(), 1, |p| p.x);
        assert_eq!(piece.gradient, Vector3::zeros());
    }
}
