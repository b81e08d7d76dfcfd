//! Smaller elements where a solid is narrow.

use super::Input;
use super::across::{ENOUGH, Line, Lines};
use super::attempt::Accepted;
use crate::domain::Spot;
use control::{Cancelled, RunControl};
use geometry::TriangleBvh;
use mesh::Point3;

/// Sizes across from which there are enough elements: the mean edge may be as long as the size, and the mesh is a
/// little narrower than the surface.
const ACROSS: f64 = 1.1 * ENOUGH;
/// Halvings of the size at most: what needs more is a flaw of the surface.
const HALVINGS: u8 = 3;

/// Places where a solid is narrow.
#[derive(Default)]
pub(super) struct Narrow {
    /// Triangles of the wall with the distance to the wall opposite, mm.
    places: Vec<([Point3<f64>; 3], f64)>,
}

impl Narrow {
    /// Adds the places where a mesh has too few elements across. Returns whether there are any.
    pub(super) fn add(&mut self, accepted: &Accepted, input: &Input, control: &RunControl) -> Result<bool, Cancelled> {
        let Accepted { tets, faces, .. } = accepted;
        let lines = Lines::new(tets, faces, input, None, control)?.all(control)?;
        let few = faces.iter().zip(lines).filter_map(|(face, line)| Some((face, line.filter(Line::is_short)?)));
        let before = self.places.len();
        self.places.extend(few.map(|(face, line)| (face.vertices.map(|v| tets.points[v as usize]), line.width)));
        Ok(self.places.len() > before)
    }

    pub(super) fn is_empty(&self) -> bool {
        self.places.is_empty()
    }

    /// Asks for elements half as large at all places. Returns whether there are any.
    pub(super) fn halve(&mut self) -> bool {
        self.places.iter_mut().for_each(|(_, width)| *width *= 0.5);
        !self.places.is_empty()
    }

    /// Where elements must be smaller than `size` (mm), and the halvings of the smallest.
    pub(super) fn spots(&self, size: f64) -> (Vec<Spot>, u8) {
        let mut by_halvings: Vec<Vec<Point3<f64>>> = vec![Vec::new(); usize::from(HALVINGS) + 1];
        for (corners, width) in &self.places {
            let halvings = (ACROSS * size / width).log2().ceil().clamp(1.0, f64::from(HALVINGS));
            by_halvings[halvings as usize].extend(corners);
        }
        let finer = || (0_u8..).zip(&by_halvings).skip(1).filter(|(_, corners)| !corners.is_empty());
        let spot = |(halvings, corners): (u8, &Vec<Point3<f64>>)| {
            let size = size / f64::from(1_u32 << halvings);
            let triangles: Vec<[u32; 3]> =
                (0..corners.len() as u32 / 3).map(|k| [0, 1, 2].map(|n| 3 * k + n)).collect();
            // The widest of them are twice as wide as their elements need: half of that is their middle.
            Spot::Near { triangles: TriangleBvh::new(corners, &triangles), distance: ACROSS * size, size }
        };
        (finer().map(spot).collect(), finer().map(|(halvings, _)| halvings).max().unwrap_or(0))
    }
}
