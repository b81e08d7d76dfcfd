//! Unit normals of the vertices of surface nets.

use super::nets::Nets;
use crate::LabelMap;
use mesh::Vector3;
use rayon::prelude::*;

/// The faces around every vertex.
pub(super) struct Fans {
    /// Where each vertex's faces begin in `faces`; one more than vertices.
    starts: Vec<u32>,
    faces: Vec<u32>,
}

/// What meets at a vertex.
#[derive(Debug, Clone, Copy)]
struct Meeting {
    /// Twice the area of its faces to the background, outward.
    outer: Vector3<f64>,
    /// Twice the area of its faces between two labels.
    inner: Vector3<f64>,
    /// Twice the area of its faces in the border of the image.
    border: Vector3<f64>,
    /// The labels of the inner faces.
    pair: Option<[u16; 2]>,
    /// Whether the inner faces have different labels.
    is_crowded: bool,
}

impl Fans {
    pub(super) fn new(nets: &Nets) -> Self {
        let mut starts = vec![0_u32; nets.points.len() + 1];
        for &vertex in nets.interfaces.iter().flat_map(|face| &face.vertices) {
            starts[vertex as usize + 1] += 1;
        }
        for vertex in 0..nets.points.len() {
            starts[vertex + 1] += starts[vertex];
        }
        let mut next = starts.clone();
        let mut faces = vec![0; 4 * nets.interfaces.len()];
        for (number, face) in nets.interfaces.iter().enumerate() {
            for &vertex in &face.vertices {
                faces[next[vertex as usize] as usize] = number as u32;
                next[vertex as usize] += 1;
            }
        }
        Self { starts, faces }
    }

    /// Normals of the border to the background where there is one, of the border between two labels elsewhere, without
    /// the part along the normal of the image's border; zero where three labels meet inside.
    pub(super) fn normals(&self, nets: &Nets) -> Vec<Vector3<f64>> {
        (0..nets.points.len()).into_par_iter().map(|vertex| self.meeting(nets, vertex).normal()).collect()
    }

    fn meeting(&self, nets: &Nets, vertex: usize) -> Meeting {
        let zero = Vector3::zeros();
        let mut meeting = Meeting { outer: zero, inner: zero, border: zero, pair: None, is_crowded: false };
        for &number in &self.faces[self.starts[vertex] as usize..self.starts[vertex + 1] as usize] {
            let face = &nets.interfaces[number as usize];
            // From the larger label to the smaller, so that faces of the same pair agree.
            let [first, second] = face.labels;
            let area = if first > second { nets.area_vector(face) } else { -nets.area_vector(face) };
            match [first.max(second), first.min(second)] {
                [LabelMap::OUTSIDE, _] => meeting.border += area,
                [_, 0] => meeting.outer += area,
                pair => {
                    meeting.inner += area;
                    meeting.is_crowded |= meeting.pair.is_some_and(|known| known != pair);
                    meeting.pair = Some(pair);
                }
            }
        }
        meeting
    }
}

impl Meeting {
    fn normal(&self) -> Vector3<f64> {
        let wall = match self {
            Self { outer, .. } if *outer != Vector3::zeros() => *outer,
            Self { is_crowded: true, .. } => return Vector3::zeros(),
            Self { inner, .. } => *inner,
        };
        let border = self.border.try_normalize(0.0).unwrap_or_else(Vector3::zeros);
        (wall - border * border.dot(&wall)).try_normalize(1e-12).unwrap_or_else(Vector3::zeros)
    }
}
