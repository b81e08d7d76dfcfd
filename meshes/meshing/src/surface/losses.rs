//! What a mesh lost of its input, said.

use super::Input;
use super::fragments::Dropped;
use super::report::{Finding, Topology};
use serde::{Deserialize, Serialize};

/// Lost places listed.
const LISTED: usize = 10;
/// Largest extent of a place that may stay lost, over the diagonal of the bounding box.
const LARGEST: f64 = 0.02;

/// A place where the input is farther from the boundary of its mesh than half the width of the elements there.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct LostPlace {
    /// The point of the input farthest from the mesh, mm.
    pub at_mm: [f64; 3],
    /// Diagonal of the box around the place, mm.
    pub extent_mm: f64,
    /// Distance of that point from the mesh, mm.
    pub distance_mm: f64,
}

/// What a mesh lost of an input whose topology no mesh within the number of elements keeps.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct Losses {
    /// Lost places.
    pub places: usize,
    /// The largest of them, ten at most.
    pub largest: Vec<LostPlace>,
    /// Pieces of the mesh, each below a thousandth of its volume, that hung on the rest by what was lost and were dropped.
    pub dropped_pieces: usize,
    /// Their volume in mm³.
    pub dropped_mm3: f64,
}

impl Losses {
    /// `places` the largest first.
    pub(super) fn new(mut places: Vec<LostPlace>, dropped: Dropped) -> Self {
        let count = places.len();
        places.truncate(LISTED);
        Self { places: count, largest: places, dropped_pieces: dropped.pieces, dropped_mm3: dropped.volume }
    }

    /// Whether no lost place is larger than a fiftieth of the bounding box's diagonal. Threads of a voxel's width that noise
    /// of an image made are shorter; a strut or a wall of a device is longer.
    pub(super) fn are_trifles(&self, input: &Input) -> bool {
        let most = LARGEST * input.domain.bvh.bounds().diagonal();
        self.largest.first().is_none_or(|largest| largest.extent_mm <= most)
    }

    fn text(&self) -> String {
        let place = |place: &LostPlace| {
            let LostPlace { at_mm: [x, y, z], extent_mm, distance_mm } = place;
            format!("({x:.2}, {y:.2}, {z:.2}) mm, {extent_mm:.2} mm large, up to {distance_mm:.2} mm from the mesh")
        };
        let mut text = match self.largest.as_slice() {
            [] => "; no place is farther from the mesh than half an element".to_owned(),
            largest => {
                let all: Vec<String> = largest.iter().map(place).collect();
                format!("; places lost: {}, the largest at {}", self.places, all.join("; "))
            }
        };
        if self.dropped_pieces > 0 {
            let (count, volume) = (self.dropped_pieces, self.dropped_mm3);
            text.push_str(&format!("; {count} tiny pieces that broke off were dropped, {volume:.3} mm³ in all"));
        }
        text
    }
}

/// A warning where a mesh has not the topology of its input.
pub(super) fn finding(input: &Topology, mesh: &Topology, losses: Option<&Losses>) -> Option<Finding> {
    if input.is_kept_by(mesh) && losses.is_none() {
        return None;
    }
    let touching = if input.manifold { "" } else { ", which touches itself" };
    let pinched = if mesh.manifold { "" } else { "; the mesh touches itself in vertices or edges" };
    let lost = losses.map(Losses::text).unwrap_or_default();
    let (before, after) = (input.components, mesh.components);
    let (handles, left) = (input.handles(), mesh.handles());
    let text = format!(
        "the mesh has not the topology of the input{touching}: closed surfaces {before} to {after}, handles {handles} to \
         {left}{pinched}; thin places are open or fused, so look at them, or cut them off, before anything flows through \
         them{lost}"
    );
    Some(Finding::warning("topology", text))
}

impl Topology {
    /// Handles by the Euler characteristics, of surfaces that touch themselves too.
    fn handles(&self) -> i64 {
        self.euler_characteristics.iter().map(|euler| 2 - euler).sum::<i64>() / 2
    }
}
