//! What was measured on a swept tube.

use super::{MeshingError, Plan, Tube};
use crate::parallel::parallel_map;
use control::RunControl;
use mesh::quality::scaled_jacobian;
use mesh::{ElementKind, Face, Point3, Region, Vector3, VolumeMesh, shape};
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// Gauss-Legendre points and weights on [-1, 1]: three are exact for the volume of a Hex20.
const LINE: [(f64, f64); 3] =
    [(-0.774_596_669_241_483_4, 5.0 / 9.0), (0.0, 8.0 / 9.0), (0.774_596_669_241_483_4, 5.0 / 9.0)];

/// Volume of an element region, against the exact one.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct TubeRegion {
    /// Name of the element region.
    pub name: String,
    /// Elements.
    pub elements: usize,
    /// Volume of the (curved) elements, mm³.
    pub volume_mm3: f64,
    /// Pappus and Guldin: the area of the section times the way of its middle, mm³.
    pub exact_volume_mm3: f64,
    /// (mesh - exact) / exact.
    pub volume_error: f64,
}

/// Size and quality of a swept tube.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct TubeReport {
    /// The kind of the elements, for example "hex20".
    pub kind: String,
    /// Nodes.
    pub nodes: usize,
    /// Elements.
    pub elements: usize,
    /// Elements along the axis.
    pub steps: usize,
    /// Length of the axis in mm.
    pub length_mm: f64,
    /// Least and largest radius of the lumen in mm.
    pub radius_mm: [f64; 2],
    /// Volumes of the lumen and the wall.
    pub regions: Vec<TubeRegion>,
    /// Areas of the face regions in mm².
    pub areas_mm2: BTreeMap<String, f64>,
    /// Smallest scaled Jacobian of the corners of an element (regular element 1).
    pub min_scaled_jacobian: f64,
    /// Their mean.
    pub mean_scaled_jacobian: f64,
    /// Smallest over largest Jacobian determinant within an element, at its Gauss points and nodes.
    pub min_jacobian_ratio: f64,
    /// Largest growth of thickness from one ring to the next.
    pub max_ring_growth: f64,
}

/// Measures, and refuses an element that is not positive everywhere it is looked at.
pub(super) fn measure(
    tube: &Tube<'_>,
    plan: &Plan,
    mesh: &VolumeMesh,
    control: &RunControl,
) -> Result<TubeReport, MeshingError> {
    let mut least_ratio = f64::INFINITY;
    for (element, range) in shape::mesh_jacobian_ranges(mesh, true).into_iter().enumerate() {
        let Some(range) = range else { continue };
        if range.minimum.is_nan() || range.minimum <= 0.0 {
            return Err(MeshingError::InvertedElement { element, volume_mm3: range.minimum });
        }
        least_ratio = least_ratio.min(range.minimum / range.maximum);
    }
    control.check()?;
    let corners = |nodes: &[u32], kind: ElementKind| -> Vec<Point3<f64>> {
        nodes[..kind.corner_count()].iter().map(|&n| mesh.nodes[n as usize]).collect()
    };
    let jacobians: Vec<f64> =
        mesh.elements().filter_map(|(kind, nodes)| scaled_jacobian(kind, &corners(nodes, kind))).collect();
    let mut regions = Vec::new();
    let mut areas_mm2 = BTreeMap::new();
    for (name, region) in &mesh.regions {
        match region {
            Region::Elements(elements) => regions.push(volume_of(tube, plan, mesh, name, elements, control)?),
            Region::Faces(faces) => {
                let areas = parallel_map(faces, control, |face| face_area(mesh, *face))?;
                areas_mm2.insert(name.clone(), areas.iter().sum());
            }
            Region::Nodes(_) => {}
        }
    }
    let lumen = |widths: &super::Widths, k: usize| widths.radii.get(plan.lumen_bands_of(k).wrapping_sub(1)).copied();
    let radii =
        || plan.widths.iter().enumerate().flat_map(|(k, triple)| triple.iter().filter_map(move |w| lumen(w, k)));
    Ok(TubeReport {
        kind: mesh.blocks.first().map_or("", |block| block.kind.name()).to_owned(),
        nodes: mesh.nodes.len(),
        elements: mesh.element_count(),
        steps: plan.steps.len(),
        length_mm: tube.axis.length(),
        radius_mm: [radii().fold(f64::INFINITY, f64::min), radii().fold(0.0, f64::max)],
        regions,
        areas_mm2,
        min_scaled_jacobian: jacobians.iter().copied().fold(f64::INFINITY, f64::min),
        mean_scaled_jacobian: jacobians.iter().sum::<f64>() / jacobians.len().max(1) as f64,
        min_jacobian_ratio: least_ratio,
        max_ring_growth: plan.max_growth(),
    })
}

fn volume_of(
    tube: &Tube<'_>,
    plan: &Plan,
    mesh: &VolumeMesh,
    name: &str,
    elements: &[u32],
    control: &RunControl,
) -> Result<TubeRegion, MeshingError> {
    let volumes = parallel_map(elements, control, |&element| volume(mesh, element))?;
    let volume_mm3: f64 = volumes.iter().sum();
    let share = if plan.is_quarter { 0.25 } else { 1.0 };
    let exact_volume_mm3 = share * exact_volume(tube, name == "wall");
    let volume_error = volume_mm3 / exact_volume_mm3 - 1.0;
    Ok(TubeRegion { name: name.to_owned(), elements: elements.len(), volume_mm3, exact_volume_mm3, volume_error })
}

/// ∫ π r² ds over the lumen or ∫ π ((r + t)² - r²) ds over the wall: the middle of each section lies on the axis.
fn exact_volume(tube: &Tube<'_>, of_wall: bool) -> f64 {
    const PARTS: usize = 500;
    let mut volume = 0.0;
    for piece in tube.radius.pieces(tube.wall.as_ref(), tube.axis.length()) {
        let h = (piece.to - piece.from) / PARTS as f64;
        for k in 0..PARTS {
            for (x, weight) in LINE {
                let s = piece.from + h * (k as f64 + 0.5 + 0.5 * x);
                let r = tube.radius.at(s, s);
                let t = tube.wall.as_ref().map_or(0.0, |wall| wall.at(s, s));
                let area = if of_wall { t * (2.0 * r + t) } else { r * r };
                volume += 0.5 * h * weight * std::f64::consts::PI * area;
            }
        }
    }
    volume
}

/// Volume of one element, exact for its shape, by the flux of position through its faces: ∮ x·n dA / 3.
fn volume(mesh: &VolumeMesh, element: u32) -> f64 {
    let Some((kind, nodes)) = mesh.element(element as usize) else { return 0.0 };
    let Some(origin) = nodes.first().map(|&n| mesh.nodes[n as usize]) else { return 0.0 };
    let flux = |side: usize| {
        let mut sum = 0.0;
        each_point(mesh, Face { element, side: side as u8 }, |x, normal| sum += (x - origin).dot(normal));
        sum
    };
    (0..kind.faces().len()).map(flux).sum::<f64>() / 3.0
}

/// Area of a face, by Gauss points; not exact where it is curved, but of the order of its shape.
fn face_area(mesh: &VolumeMesh, face: Face) -> f64 {
    let mut sum = 0.0;
    each_point(mesh, face, |_, normal| sum += normal.norm());
    sum
}

/// Position and weighted normal at the Gauss points of a face.
fn each_point(mesh: &VolumeMesh, face: Face, mut visit: impl FnMut(&Point3<f64>, &Vector3<f64>)) {
    let Some((kind, nodes)) = mesh.element(face.element as usize) else { return };
    let (Some(local), Some(kind)) = (kind.faces().get(usize::from(face.side)), kind.face_kind(face.side.into())) else {
        return;
    };
    let points: Vec<Point3<f64>> = local.iter().map(|&k| mesh.nodes[nodes[usize::from(k)] as usize]).collect();
    for (xi, weight) in rule(kind) {
        let (values, gradients) = (shape::values(kind, &xi), shape::gradients(kind, &xi));
        let mut x = Vector3::zeros();
        let mut along = [Vector3::zeros(); 2];
        for (k, p) in points.iter().enumerate() {
            x += p.coords * values[k];
            along[0] += p.coords * gradients[k][0];
            along[1] += p.coords * gradients[k][1];
        }
        visit(&x.into(), &(along[0].cross(&along[1]) * weight));
    }
}

/// Points and weights on a quadrilateral (degree 5) or a triangle (degree 4, Dunavant 1985).
fn rule(kind: ElementKind) -> Vec<([f64; 3], f64)> {
    if kind.linear() == ElementKind::Quad4 {
        let point = |&(x, wx): &(f64, f64)| LINE.map(|(y, wy)| ([x, y, 0.0], wx * wy));
        return LINE.iter().flat_map(point).collect();
    }
    let orbit = |a: f64, w: f64| [[a, a], [1.0 - 2.0 * a, a], [a, 1.0 - 2.0 * a]].map(|[x, y]| ([x, y, 0.0], 0.5 * w));
    let first = orbit(0.445_948_490_915_964_9, 0.223_381_589_678_011_47);
    [first, orbit(0.091_576_213_509_770_74, 0.109_951_743_655_321_87)].concat()
}
