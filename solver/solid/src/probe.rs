use crate::{LinearStatics, Recovery, SolidError};
use constitutive::SymmetricTensor;
use mesh::{Point3, Vector3, shape};

/// The fields at one point of the body.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Probe {
    /// The element that holds the point.
    pub element: u32,
    /// Displacement, mm.
    pub displacement: Vector3<f64>,
    /// Recovered stress, MPa.
    pub stress: SymmetricTensor,
    /// Recovered strain (tensor shear).
    pub strain: SymmetricTensor,
}

/// Points this far outside an element, in reference coordinates, still belong to it.
const OUTSIDE: f64 = 1e-9;

impl LinearStatics<'_> {
    /// Interpolates displacement and recovered stress and strain at `point`; of several elements that share the point the
    /// lowest answers. Cost: a search over all elements.
    pub fn probe(&self, recovery: &Recovery, point: &Point3<f64>) -> Result<Probe, SolidError> {
        let mut corners: Vec<Point3<f64>> = Vec::new();
        for (element, (kind, nodes)) in self.mesh.elements().enumerate() {
            corners.clear();
            corners.extend(nodes.iter().map(|&node| self.mesh.nodes[node as usize]));
            let (low, high) = corners.iter().fold((corners[0], corners[0]), |(l, h), p| (l.inf(p), h.sup(p)));
            // Quadratic edges bulge past their nodes by at most a fraction of the element.
            let margin = 0.25 * (high - low).norm();
            if (0..3).any(|i| point[i] < low[i] - margin || point[i] > high[i] + margin) {
                continue;
            }
            let Some(xi) = shape::inverse_map(kind, &corners, point) else { continue };
            if !inside(kind, &xi) {
                continue;
            }
            let mut probe = Probe {
                element: element as u32,
                displacement: Vector3::zeros(),
                stress: SymmetricTensor::zeros(),
                strain: SymmetricTensor::zeros(),
            };
            for (&node, n) in nodes.iter().zip(shape::values(kind, &xi)) {
                probe.displacement += recovery.case.displacement[node as usize] * n;
                probe.stress += recovery.stress_in(element, node) * n;
                probe.strain += recovery.strain_in(element, node) * n;
            }
            return Ok(probe);
        }
        Err(SolidError::OutsideMesh { x: point.x, y: point.y, z: point.z })
    }
}

fn inside(kind: mesh::ElementKind, xi: &[f64; 3]) -> bool {
    let [x, y, z] = *xi;
    let below = |values: &[f64]| values.iter().all(|v| *v >= -OUTSIDE);
    match kind.linear() {
        mesh::ElementKind::Tet4 => below(&[x, y, z, 1.0 - x - y - z]),
        mesh::ElementKind::Wedge6 => below(&[x, y, 1.0 - x - y, 1.0 - z.abs()]),
        mesh::ElementKind::Hex8 => below(&[1.0 - x.abs(), 1.0 - y.abs(), 1.0 - z.abs()]),
        _ => false,
    }
}
