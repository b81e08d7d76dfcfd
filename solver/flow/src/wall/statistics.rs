//! Statistics over the area of a wall.

use super::Wall;
use super::patch::Patch;
use crate::FlowError;
use mesh::{ElementKind, Face, shape};
use nalgebra::Vector3;

/// TAWSS below which wall shear is low, MPa: 0.4 Pa (Malek, Alper and Izumo, JAMA 282:2035, 1999). Others take a tenth of the
/// mean of the parent vessel: name which.
pub const LOW_SHEAR: f64 = 4e-7;
/// Parts of an edge of a quadratic face whose pieces count as plane with a linear field.
const PARTS: usize = 4;
/// Halvings of the range of a field in search of a percentile.
const HALVINGS: usize = 52;

/// The area of a wall or of some of its faces: weights of its nodes and small pieces.
#[derive(Debug, Clone)]
pub struct AreaSamples {
    /// ∫ N_a over the area, mm², of each node of the wall.
    weights: Vec<f64>,
    /// Nodes of the faces, `width` a face.
    connectivity: Vec<u32>,
    width: usize,
    lattice: Lattice,
    /// Areas of the pieces, face after face, mm².
    areas: Vec<f64>,
}

/// The pieces of a face.
#[derive(Debug, Clone)]
struct Lattice {
    /// Shape functions of the face at the corners of the pieces.
    values: Vec<Vec<f64>>,
    /// Three corners each.
    pieces: Vec<[usize; 3]>,
}

/// A field over an area.
#[derive(Debug, Clone, PartialEq)]
pub struct AreaStatistics {
    /// mm².
    pub area: f64,
    /// ∫ f dA over the area.
    pub mean: f64,
    /// Smallest value at a node.
    pub minimum: f64,
    /// Largest value at a node.
    pub maximum: f64,
    /// Values at the corners of the pieces, ascending, and areas.
    pieces: Vec<([f64; 3], f64)>,
}

impl Wall<'_> {
    /// The area of the wall, or of those of its faces that are named (a sac, say), with elements numbered as in the given mesh.
    ///
    /// # Errors
    /// [`FlowError::Value`] for a face that is not of the wall, or without faces.
    pub fn samples(&self, faces: Option<&[Face]>) -> Result<AreaSamples, FlowError> {
        let patch = &self.patch;
        let place = |face: &Face| {
            let own = self.space.elements.get(face.element as usize).map(|&element| Face { element, ..*face });
            own.and_then(|own| patch.faces.binary_search(&own).ok()).ok_or_else(|| FlowError::Value {
                what: format!("side {} of an element", face.side),
                value: f64::from(face.element),
                remedy: "it is no face of the wall".to_owned(),
            })
        };
        let mut places = match faces {
            None => (0..patch.faces.len()).collect(),
            Some(faces) => faces.iter().map(place).collect::<Result<Vec<usize>, FlowError>>()?,
        };
        places.sort_unstable();
        places.dedup();
        if places.is_empty() {
            let (what, remedy) = ("the number of faces".to_owned(), "name some".to_owned());
            return Err(FlowError::Value { what, value: 0.0, remedy });
        }
        let lattice = Lattice::new(patch.width);
        let rule = patch.rule();
        let mut weights = vec![0.0; patch.nodes.len()];
        let mut areas = Vec::with_capacity(places.len() * lattice.pieces.len());
        for &face in &places {
            let mut area = 0.0;
            patch.for_each_point(face, &rule, |point| {
                let part = point.normal.norm();
                area += part;
                let own = patch.face(face).iter().zip(point.values);
                own.for_each(|(&node, n)| weights[node as usize] += part * n);
            });
            let plane = lattice.areas(patch, face);
            let sum: f64 = plane.iter().sum();
            areas.extend(plane.iter().map(|piece| piece * area / sum));
        }
        let connectivity = places.iter().flat_map(|&face| patch.face(face)).copied().collect();
        Ok(AreaSamples { weights, connectivity, width: patch.width, lattice, areas })
    }
}

impl Lattice {
    fn new(width: usize) -> Self {
        let (kind, parts) = if width == 6 { (ElementKind::Tri6, PARTS) } else { (ElementKind::Tri3, 1) };
        let mut values = Vec::new();
        // Points row by row, of parts + 1, parts, ..., 1 points.
        let first = |row: usize| row * (parts + 1) - row * row.saturating_sub(1) / 2;
        let mut pieces = Vec::new();
        for row in 0..=parts {
            for column in 0..=parts - row {
                let xi = [column as f64 / parts as f64, row as f64 / parts as f64, 0.0];
                values.push(shape::values(kind, &xi)[..width].to_vec());
                let (here, above) = (first(row) + column, first(row + 1) + column);
                if row + column < parts {
                    pieces.push([here, here + 1, above]);
                }
                if row + column + 1 < parts {
                    pieces.push([here + 1, above + 1, above]);
                }
            }
        }
        Self { values, pieces }
    }

    fn areas(&self, patch: &Patch, face: usize) -> Vec<f64> {
        let nodes = patch.face(face);
        let place = |n: &Vec<f64>| {
            let own = nodes.iter().zip(n);
            own.fold(Vector3::zeros(), |sum, (&node, n)| sum + patch.points[node as usize].coords * *n)
        };
        let places: Vec<Vector3<f64>> = self.values.iter().map(place).collect();
        let area = |&[a, b, c]: &[usize; 3]| 0.5 * (places[b] - places[a]).cross(&(places[c] - places[a])).norm();
        self.pieces.iter().map(area).collect()
    }
}

impl AreaSamples {
    /// mm².
    pub fn area(&self) -> f64 {
        self.weights.iter().sum()
    }

    /// The statistics of a field with a value at each node of the wall, between them as the faces' shape functions have it.
    ///
    /// # Errors
    /// [`FlowError::Value`] for another number of values or one that is not finite.
    pub fn statistics(&self, field: &[f64]) -> Result<AreaStatistics, FlowError> {
        if field.len() != self.weights.len() {
            let (what, value) = ("the number of values on the wall".to_owned(), field.len() as f64);
            let remedy = format!("one is needed at each of its {} nodes", self.weights.len());
            return Err(FlowError::Value { what, value, remedy });
        }
        let (mut minimum, mut maximum) = (f64::INFINITY, f64::NEG_INFINITY);
        for &node in &self.connectivity {
            let value = field[node as usize];
            if !value.is_finite() {
                let what = format!("the value at node {node} of the wall");
                return Err(FlowError::Value { what, value, remedy: "it must be finite".to_owned() });
            }
            (minimum, maximum) = (minimum.min(value), maximum.max(value));
        }
        // Nodes of other faces have no weight, whatever their value.
        let terms = self.weights.iter().zip(field).filter(|(weight, _)| **weight != 0.0);
        let area = self.area();
        let mean = terms.map(|(weight, value)| weight * value).sum::<f64>() / area;
        let pieces = self.connectivity.chunks(self.width).flat_map(|nodes| self.corners(nodes, field));
        let pieces = pieces.zip(self.areas.iter().copied()).collect();
        Ok(AreaStatistics { area, mean, minimum, maximum, pieces })
    }

    /// The field at the corners of the pieces of a face.
    fn corners(&self, nodes: &[u32], field: &[f64]) -> Vec<[f64; 3]> {
        let at = |n: &Vec<f64>| nodes.iter().zip(n).map(|(&node, n)| n * field[node as usize]).sum::<f64>();
        let values: Vec<f64> = self.lattice.values.iter().map(at).collect();
        let piece = |corners: &[usize; 3]| {
            let mut corners = corners.map(|corner| values[corner]);
            corners.sort_by(f64::total_cmp);
            corners
        };
        self.lattice.pieces.iter().map(piece).collect()
    }
}

impl AreaStatistics {
    /// The value that a part of the area, 0 to 1, does not exceed.
    pub fn percentile(&self, part: f64) -> f64 {
        let ends = self.pieces.iter().map(|(corners, _)| corners);
        let mut low = ends.clone().map(|corners| corners[0]).fold(f64::INFINITY, f64::min);
        let mut high = ends.map(|corners| corners[2]).fold(f64::NEG_INFINITY, f64::max);
        for _ in 0..HALVINGS {
            let middle = 0.5 * (low + high);
            if self.fraction_below(middle) < part { low = middle } else { high = middle }
        }
        high
    }

    /// The part of the area, 0 to 1, where the field is below a threshold.
    pub fn fraction_below(&self, threshold: f64) -> f64 {
        let below = self.pieces.iter().map(|(corners, area)| area * part_below(corners, threshold)).sum::<f64>();
        below / self.area
    }
}

/// The part of a triangle where a linear function with ascending values at its corners is below a threshold.
fn part_below(&[a, b, c]: &[f64; 3], threshold: f64) -> f64 {
    if threshold > c {
        1.0
    } else if threshold <= a {
        0.0
    } else if threshold <= b {
        (threshold - a).powi(2) / ((b - a) * (c - a))
    } else {
        1.0 - (c - threshold).powi(2) / ((c - a) * (c - b))
    }
}
