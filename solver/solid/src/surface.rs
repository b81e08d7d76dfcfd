//! Integrals over element faces.

use crate::SolidError;
use control::RunControl;
use fem::quadrature::face_rule;
use mesh::{ElementKind, Face, Point3, Vector3, VolumeMesh, shape};

/// One quadrature point of one face.
pub(crate) struct FacePoint<'a> {
    /// Global node numbers of the face.
    pub(crate) nodes: &'a [u32],
    /// Shape function values, one a node.
    pub(crate) values: &'a [f64],
    pub(crate) position: Point3<f64>,
    /// Outward unit normal.
    pub(crate) normal: Vector3<f64>,
    /// Weight times area element, mm².
    pub(crate) area: f64,
}

struct FaceTable {
    weights: Vec<f64>,
    values: Vec<[f64; shape::MAX_NODES]>,
    gradients: Vec<[[f64; 3]; shape::MAX_NODES]>,
}

impl FaceTable {
    fn new(kind: ElementKind, degree: usize) -> Self {
        let (points, weights) = face_rule(kind, degree).map(|rule| (rule.points, rule.weights)).unwrap_or_default();
        let points: Vec<[f64; 3]> = points.iter().map(|p| [p[0], p[1], 0.0]).collect();
        Self {
            weights,
            values: points.iter().map(|xi| shape::values(kind, xi)).collect(),
            gradients: points.iter().map(|xi| shape::gradients(kind, xi)).collect(),
        }
    }
}

/// Calls `visit` at every quadrature point (of at least `degree`) of every face, in order. Faces must exist.
pub(crate) fn for_each_face_point(
    mesh: &VolumeMesh,
    faces: &[Face],
    degree: usize,
    control: &RunControl,
    mut visit: impl FnMut(&FacePoint<'_>),
) -> Result<(), SolidError> {
    let kinds = [ElementKind::Tri3, ElementKind::Tri6, ElementKind::Quad4, ElementKind::Quad8];
    let tables = kinds.map(|kind| FaceTable::new(kind, degree));
    for (count, &face) in faces.iter().enumerate() {
        if count % 4096 == 0 {
            control.check()?;
        }
        let Some(nodes) = mesh.face_nodes(face) else { continue };
        let kind = mesh.element(face.element as usize).and_then(|(kind, _)| kind.face_kind(usize::from(face.side)));
        let Some(table) = kind.and_then(|kind| kinds.iter().position(|&k| k == kind)).map(|k| &tables[k]) else {
            continue;
        };
        for ((values, gradients), weight) in table.values.iter().zip(&table.gradients).zip(&table.weights) {
            let (mut position, mut along, mut across) = (Vector3::zeros(), Vector3::zeros(), Vector3::zeros());
            for (k, &node) in nodes.iter().enumerate() {
                let x = mesh.nodes[node as usize].coords;
                position += x * values[k];
                along += x * gradients[k][0];
                across += x * gradients[k][1];
            }
            let normal = along.cross(&across);
            let size = normal.norm();
            visit(&FacePoint {
                nodes: &nodes,
                values: &values[..nodes.len()],
                position: position.into(),
                normal: if size > 0.0 { normal / size } else { normal },
                area: weight * size,
            });
        }
    }
    Ok(())
}

/// Area, centroid and area-weighted mean normal (not of unit length on curved faces) of some faces.
pub(crate) fn area_and_centre(
    mesh: &VolumeMesh,
    faces: &[Face],
    control: &RunControl,
) -> Result<(f64, Point3<f64>, Vector3<f64>), SolidError> {
    let (mut area, mut moment, mut normal) = (0.0, Vector3::zeros(), Vector3::zeros());
    for_each_face_point(mesh, faces, LOAD_DEGREE, control, |at| {
        area += at.area;
        moment += at.position.coords * at.area;
        normal += at.normal * at.area;
    })?;
    Ok((area, Point3::from(moment / area), normal / area))
}

/// Quadratic shape functions times a quadratic load on a plane quadratic face.
pub(crate) const LOAD_DEGREE: usize = 5;
