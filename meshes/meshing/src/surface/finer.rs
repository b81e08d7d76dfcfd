//! Smaller elements where a mesh does not follow its input, or has too few across.

use super::attempt::{Accepted, Made, raw_mesh, refine, result_of};
use super::lost::Pieces;
use super::narrow::Narrow;
use super::recover::mended;
use super::{Input, MeshOptions};
use crate::MeshingError;
use crate::domain::Spot;
use crate::features::Rims;
use crate::tets::{BoundaryFace, TetMesh};
use control::{Cancelled, RunControl};

/// Rounds in which elements become smaller.
const ROUNDS: usize = 4;
/// Lattices tried in a round until one follows the input.
const LATTICES: usize = 6;
/// Factor on the tolerance where elements are too many.
const RELAXED: f64 = 1.25;
/// The tolerance of the distance that a mesh is held to before smoothing: that moves its boundary.
pub(super) const OF_RAW: f64 = 0.75;

/// The same mesh with smaller elements where it is farther from the input than the tolerance, and in a vessel where too few
/// lie across it, as far as the number of elements allows and without loss of topology or volume.
pub(super) fn finer(
    mut accepted: Accepted,
    input: &Input,
    options: &MeshOptions,
    control: &RunControl,
) -> Result<Accepted, MeshingError> {
    // No mesh of a solid has the topology of a surface that touches itself.
    if !input.topology.manifold {
        return Ok(accepted);
    }
    let mut wanted = Wanted::new(&accepted, input, control)?;
    let (mut is_new, mut is_finer) = (true, false);
    for round in 0..ROUNDS {
        let control = control.stage(&format!("round {}", round + 1), round as f64 / ROUNDS as f64, 1.0);
        if is_new && !wanted.add(&accepted, input, &control)? {
            break;
        }
        let size = accepted.size;
        let (made, is_bounded) = wanted.raw(input, options, size, &control.stage("stuff", 0.1, 0.4))?;
        if is_bounded {
            accepted.limit = Some(options.max_elements);
        }
        let Some(Made { mut tets, attempt: raw, .. }) = made else { break };
        if !raw.topology_kept {
            is_new = false;
            if wanted.halve() { continue } else { break }
        }
        let (stages, faces, topology) = refine(&mut tets, input, options, size, &control.stage("optimise", 0.4, 1.0))?;
        let last = result_of(&tets, input, size, &topology);
        let before = accepted.attempts.last().map_or(0.0, |attempt| attempt.volume_error.abs());
        is_new = last.topology_kept && last.volume_error.abs() <= options.max_volume_error.max(before);
        if is_new {
            accepted.attempts.extend([raw, last]);
            accepted = Accepted { tets, faces, topology, stages, ..accepted };
            is_finer = true;
        } else if !wanted.halve() {
            break;
        }
    }
    if is_finer {
        accepted.reason.push_str(wanted.reason());
    }
    Ok(accepted)
}

/// Places where elements must be smaller.
struct Wanted {
    pieces: Pieces,
    /// Before cells were halved for the last mesh, and its distances from the input, mm.
    before: Pieces,
    distances: Vec<f64>,
    /// In a vessel alone.
    narrow: Option<Narrow>,
    /// Distance from the input allowed, mm.
    tolerance: f64,
    /// The distance beyond which cells were halved for the last mesh, mm.
    limit: f64,
}

impl Wanted {
    fn new(accepted: &Accepted, input: &Input, control: &RunControl) -> Result<Self, Cancelled> {
        let pieces = Pieces::new(input, accepted.size, control)?;
        let (before, distances) = (pieces.clone(), Vec::new());
        Ok(Self {
            pieces,
            before,
            distances,
            narrow: input.is_lumen().then(Narrow::default),
            tolerance: input.tolerance(),
            limit: input.tolerance(),
        })
    }

    /// Adds the places where a mesh is too far off or too narrow. Returns whether there are any.
    fn add(&mut self, accepted: &Accepted, input: &Input, control: &RunControl) -> Result<bool, Cancelled> {
        let is_far = self.add_far((&accepted.tets, &accepted.faces), self.tolerance, None, control)?;
        let is_narrow = match &mut self.narrow {
            Some(narrow) => narrow.add(accepted, input, control)?,
            None => false,
        };
        Ok(is_far || is_narrow)
    }

    /// Adds the places that are farther from the boundary `faces` than `limit` (mm); see [`Pieces::farthest`].
    fn add_far(
        &mut self,
        (tets, faces): (&TetMesh, &[BoundaryFace]),
        limit: f64,
        yet: Option<&Rims>,
        control: &RunControl,
    ) -> Result<bool, Cancelled> {
        self.distances = self.pieces.farthest(tets, faces, yet, control)?;
        self.before = self.pieces.clone();
        self.limit = limit;
        Ok(self.pieces.halve(&self.distances, |_| limit))
    }

    /// Takes back the last halvings where the distance is little more than the tolerance. Returns whether anything is still
    /// wanted that may be possible.
    fn relax(&mut self) -> bool {
        if self.pieces.halvings() == self.before.halvings() {
            return false;
        }
        self.tolerance *= RELAXED;
        self.limit *= RELAXED;
        self.pieces = self.before.clone();
        self.pieces.halve(&self.distances, |_| self.limit) || self.has_narrow()
    }

    fn has_narrow(&self) -> bool {
        self.narrow.as_ref().is_some_and(|narrow| !narrow.is_empty())
    }

    /// A mesh before smoothing that follows the input with its topology, or the nearest to that which the number of elements
    /// allows, and whether they bounded it.
    fn raw(
        &mut self,
        input: &Input,
        options: &MeshOptions,
        size: f64,
        control: &RunControl,
    ) -> Result<(Option<Made>, bool), MeshingError> {
        let (mut last, mut is_bounded): (Option<Made>, bool) = (None, false);
        for _ in 0..LATTICES {
            let made = match raw_mesh(input, options, self.spots(size), size, control) {
                Err(MeshingError::TooFine { .. }) => {
                    is_bounded = true;
                    if self.relax() { continue } else { break }
                }
                made => made?,
            };
            let (mut made, dropped) = mended(made, input, control)?;
            // What broke off would be lost without a word.
            made.attempt.topology_kept &= dropped.pieces == 0;
            let yet = Some(&input.features.rims);
            let is_far = self.add_far((&made.tets, &made.faces), OF_RAW * self.tolerance, yet, control)?;
            if made.attempt.topology_kept || !last.as_ref().is_some_and(|last| last.attempt.topology_kept) {
                last = Some(made);
            }
            if !is_far {
                break;
            }
        }
        Ok((last, is_bounded))
    }

    fn spots(&self, size: f64) -> (Vec<Spot>, u8) {
        let (mut spots, mut most) = self.pieces.spots();
        if let Some(narrow) = &self.narrow {
            let (more, halvings) = narrow.spots(size);
            spots.extend(more);
            most = most.max(halvings);
        }
        (spots, most)
    }

    /// Asks for elements half as large at all places: where finer elements enter a gap and meet beyond it, still finer ones keep
    /// its sides apart. Returns whether that changes anything.
    fn halve(&mut self) -> bool {
        let is_narrow = self.narrow.as_mut().is_some_and(Narrow::halve);
        self.pieces.halve_finer() || is_narrow
    }

    fn reason(&self) -> &'static str {
        match (self.pieces.most_halvings() > 0, self.has_narrow()) {
            (true, true) => "; halved in places that it did not follow and where too few elements lay across",
            (true, false) => "; halved in places that it did not follow",
            (false, _) => "; halved where too few elements lay across",
        }
    }
}

#[cfg(test)]
mod tests {
    use crate::{MeshOptions, mesh_surface};
    use control::RunControl;

    /// A ball of 320 triangles, whose edges are too blunt for rims: the mesh rounds them off at one size.
    #[test]
    fn an_edge_that_is_no_rim_is_followed() {
        let surface = mesh::primitives::icosphere(10.0, 2);
        let (low, high) = surface.bounds().unwrap();
        let options = MeshOptions { max_volume_error: 0.02, ..MeshOptions::default() };
        let report = mesh_surface(&surface, &options, &RunControl::silent()).unwrap().report;
        let relative = report.hausdorff_mm / (high - low).norm();
        println!("{} elements, {:.3} %, {}", report.elements, 100.0 * relative, report.size_reason);
        assert!(relative <= super::super::DISTANCE, "{relative}");
        assert!(report.size_reason.ends_with("halved in places that it did not follow"), "{}", report.size_reason);
        assert!(report.min_radius_ratio > 0.2 && report.min_dihedral_deg > 15.0, "{report:?}");
    }
}
