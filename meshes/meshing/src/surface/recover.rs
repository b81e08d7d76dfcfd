//! Elements spent where a mesh lost its input, and what may stay lost.

use super::attempt::{Accepted, Made, boundary_topology, raw_mesh, refine, result_of};
use super::finer::OF_RAW;
use super::fragments::{Dropped, drop_fragments};
use super::losses::Losses;
use super::lost::{LOST, Pieces};
use super::pinches::separate;
use super::report::SizeAttempt;
use super::{Input, MeshOptions};
use crate::MeshingError;
use crate::tets::TetMesh;
use control::{Cancelled, RunControl};

/// Parts of the allowed elements that the mesh takes before cells are halved in places, one tried after the other: many lost
/// places need what a smaller error of the volume would.
const SHARES: [f64; 2] = [0.3, 0.6];
/// Times that cells are halved at most.
const ROUNDS: usize = 5;
/// Part of the area that is lost from which the cells are too large everywhere, not in places.
const MOST_LOST: f64 = 0.02;

/// A mesh with cells halved in places where one with larger cells lost the input, in rounds, as far as the number of elements
/// allows; it is accepted if it has the topology of the input, or if what it lost are trifles (see [`Losses::are_trifles`]) and
/// its volume keeps to the error allowed, with cells in the lost places no larger than `wanted` (mm; it would need `elements`), so that no mesh of one size
/// within the limit has smaller ones there. `None` otherwise, and where more than a fiftieth of the area is lost at first.
pub(super) fn recovered(
    input: &Input,
    options: &MeshOptions,
    [wanted, elements]: [f64; 2],
    attempts: &mut Vec<SizeAttempt>,
    control: &RunControl,
) -> Result<Option<Accepted>, MeshingError> {
    let (size, elements) = attempts.last().map_or((wanted, elements), |last| (last.size_mm, last.elements as f64));
    for (k, share) in SHARES.into_iter().enumerate() {
        let part = [k, k + 1].map(|k| k as f64 / SHARES.len() as f64);
        let control = control.stage("share", part[0], part[1]);
        let factor = elements / (share * options.max_elements as f64);
        let pieces = Pieces::new(input, (size * factor.sqrt()).max(wanted), &control)?;
        let found = halved(pieces, input, options, wanted, attempts, &control)?;
        if found.is_some() {
            return Ok(found);
        }
    }
    Ok(None)
}

/// [`recovered`] from cells of one size.
fn halved(
    mut pieces: Pieces,
    input: &Input,
    options: &MeshOptions,
    wanted: f64,
    attempts: &mut Vec<SizeAttempt>,
    control: &RunControl,
) -> Result<Option<Accepted>, MeshingError> {
    let tolerance = OF_RAW * input.tolerance();
    let mut last: Option<Try> = None;
    for round in 0..=ROUNDS {
        let part = 0.7 / (ROUNDS + 1) as f64;
        let control = control.stage(&format!("round {}", round + 1), part * round as f64, part * (round + 1) as f64);
        let tried = match Try::new(pieces, input, options, &control) {
            Err(MeshingError::TooFine { .. }) => break,
            tried => tried?,
        };
        attempts.push(tried.attempt.clone());
        if round == 0 && tried.pieces.share_lost(&tried.distances) > MOST_LOST {
            return Ok(None);
        }
        pieces = tried.pieces.clone();
        let is_kept = tried.attempt.topology_kept;
        // What is lost comes first, then what is only far off.
        let is_done = (is_kept || !pieces.halve(&tried.distances, |width| LOST * width))
            && !pieces.halve(&tried.distances, |_| tolerance);
        if is_kept || !last.as_ref().is_some_and(|last| last.attempt.topology_kept) {
            last = Some(tried);
        }
        if is_done {
            break;
        }
    }
    let Some(last) = last else { return Ok(None) };
    last.finished(input, options, wanted, attempts, &control.stage("optimise", 0.7, 1.0))
}

/// A mesh that has not the topology of the input, without tiny pieces that broke off, and apart where it touched itself in a
/// vertex; any other as it is.
pub(super) fn mended(made: Made, input: &Input, control: &RunControl) -> Result<(Made, Dropped), Cancelled> {
    let mut dropped = Dropped::default();
    if made.attempt.topology_kept {
        return Ok((made, dropped));
    }
    let Made { mut tets, attempt, .. } = made;
    dropped = drop_fragments(&mut tets, input, control)?;
    control.check()?;
    separate(&mut tets, control)?;
    control.check()?;
    let faces = tets.boundary();
    let attempt = result_of(&tets, input, attempt.size_mm, &boundary_topology(&tets, &faces));
    Ok((Made { tets, faces, attempt }, dropped))
}

/// A mesh with cells halved in places, before smoothing: without tiny pieces that broke off, and apart where it touched itself
/// in a vertex.
struct Try {
    tets: TetMesh,
    attempt: SizeAttempt,
    dropped: Dropped,
    pieces: Pieces,
    /// Of the pieces from the mesh.
    distances: Vec<f64>,
}

impl Try {
    fn new(pieces: Pieces, input: &Input, options: &MeshOptions, control: &RunControl) -> Result<Self, MeshingError> {
        let size = pieces.size();
        let made = raw_mesh(input, options, pieces.spots(), size, &control.stage("stuff", 0.0, 0.7))?;
        let (Made { tets, faces, attempt }, dropped) = mended(made, input, control)?;
        let distances = pieces.distances(&tets, &faces, control)?;
        Ok(Self { tets, attempt, dropped, pieces, distances })
    }

    /// The mesh after smoothing, with what it lost; `None` if that is too much.
    fn finished(
        self,
        input: &Input,
        options: &MeshOptions,
        wanted: f64,
        attempts: &mut Vec<SizeAttempt>,
        control: &RunControl,
    ) -> Result<Option<Accepted>, MeshingError> {
        let Self { mut tets, attempt, dropped, pieces, distances } = self;
        let size = pieces.size();
        let is_trifle = |lost: &Losses| pieces.finest() <= wanted && lost.are_trifles(input);
        // Smoothing makes no trifle of what is lost before it.
        if !attempt.topology_kept && !is_trifle(&Losses::new(pieces.places(&distances), dropped)) {
            return Ok(None);
        }
        let (stages, faces, topology) = refine(&mut tets, input, options, size, control)?;
        let last = result_of(&tets, input, size, &topology);
        let (is_kept, error) = (last.topology_kept, last.volume_error.abs());
        attempts.push(last);
        let mut losses = None;
        if !is_kept || dropped.pieces > 0 {
            let distances = pieces.distances(&tets, &faces, control)?;
            let lost = Losses::new(pieces.places(&distances), dropped);
            if error > options.max_volume_error || !is_trifle(&lost) {
                return Ok(None);
            }
            losses = Some(lost);
        }
        let limit = options.max_elements;
        let times = pieces.most_halvings();
        let reason = format!(
            "found: {limit} elements allow {size:.3} mm, halved up to {times} times in places that larger elements lost"
        );
        let (attempts, limit) = (Vec::new(), Some(limit));
        Ok(Some(Accepted { tets, faces, topology, size, reason, limit, attempts, stages, losses }))
    }
}

#[cfg(test)]
mod tests {
    use crate::{Grading, MeshOptions, MeshingError, mesh_surface};
    use control::RunControl;
    use mesh::primitives::icosphere;
    use mesh::{Point3, SurfaceMesh};

    /// A ball of radius 10 with a cavity of radius 1 so close to its surface that the wall is 0.03 thick in one place.
    fn thin_walled() -> SurfaceMesh {
        let (mut surface, mut cavity) = (icosphere(10.0, 5), icosphere(1.0, 4));
        cavity.flip();
        let first = surface.points.len() as u32;
        surface.points.extend(cavity.points.iter().map(|p| Point3::new(p.x + 8.97, p.y, p.z)));
        surface.triangles.extend(cavity.triangles.iter().map(|t| t.map(|v| v + first)));
        surface
    }

    fn limited(grading: Grading) -> MeshOptions {
        MeshOptions { max_elements: 60_000, grading, ..MeshOptions::default() }
    }

    #[test]
    fn a_place_that_no_elements_allowed_can_follow_is_said_to_be_lost() {
        let (surface, control) = (thin_walled(), RunControl::silent());
        let report = mesh_surface(&surface, &limited(Grading::Interior), &control).unwrap().report;
        println!("{} {:?} {:?}", report.size_reason, report.losses, report.findings);
        assert!(report.elements <= 60_000 && report.volume_error.abs() <= 0.005, "{report:?}");
        assert_eq!((report.input_topology.components, report.topology.components), (2, 1));
        assert!(report.losses.is_some());
        let finding = report.findings.iter().find(|finding| finding.code == "topology").unwrap();
        assert!(finding.message.contains("closed surfaces 2 to 1"), "{}", finding.message);
        let uniform = mesh_surface(&surface, &limited(Grading::Uniform), &control).unwrap_err();
        assert!(matches!(uniform, MeshingError::TooFine { limit: 60_000, .. }), "{uniform}");
        let given = MeshOptions { size: Some(1.0), ..limited(Grading::Interior) };
        let given = mesh_surface(&surface, &given, &control).unwrap_err();
        assert!(matches!(given, MeshingError::TopologyLost { .. }), "{given}");
    }

    /// Two balls on one rod are one body; without the rod, which is an eighth of the box long, they are not.
    #[test]
    fn a_lost_rod_is_refused() {
        let mut surface = mesh::primitives::cylinder(1.0, 24.0, 48, 240);
        for p in &mut surface.points {
            let from_middle = (p.z - 12.0).abs();
            let radius = if from_middle < 2.0 { 0.01 } else { (25.0 - (from_middle - 7.0).powi(2)).max(1e-4).sqrt() };
            (p.x, p.y) = (radius * p.x, radius * p.y);
        }
        let refused = mesh_surface(&surface, &limited(Grading::Interior), &RunControl::silent()).unwrap_err();
        assert!(matches!(refused, MeshingError::TooFine { limit: 60_000, .. }), "{refused}");
    }
}
