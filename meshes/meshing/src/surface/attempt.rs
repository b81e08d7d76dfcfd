//! Meshing at one size, and the search for the size.

use super::finer::finer;
use super::losses::Losses;
use super::recover::recovered;
use super::report::{SizeAttempt, StageCounts};
use super::size::{Thickness, estimate};
use super::{Grading, Input, MeshOptions, Topology, check, refinement};
use crate::MeshingError;
use crate::domain::{Domain, FinerAtBorders, FinerAtSpots, Graded, Spot};
use crate::features::{Rims, label, pin_corners, snap_to_rims};
use crate::optimise::{Passes, optimise, polish, unpinch};
use crate::stuffing::{Grid, stuff};
use crate::tets::{BoundaryFace, TetMesh};
use control::RunControl;
use mesh::topology::SurfaceTopology;

/// Part of the allowed volume error that the search aims at: smoothing moves it by a tenth at most.
const AIM: f64 = 0.9;
/// First size tried over the median thickness; the error there tells the size to take.
const TRIAL: f64 = 0.14;
/// Largest size over the thickness of the thin parts.
const THIN: f64 = 0.8;
/// Largest size over the median thickness of a designed solid, whose volume small elements are not needed for: four elements
/// across its struts.
const DESIGNED: f64 = 0.25;
/// Factor between sizes when the topology was lost.
const FINER: f64 = 0.85;
/// Least factor between sizes when one is too fine.
const COARSER: f64 = 1.05;
/// Factor within which a size loses the topology that another has lost.
const ALIKE: f64 = 1.25;
/// Sizes tried at most.
const ATTEMPTS: usize = 12;
/// Least part of the elements that are left where they may be larger on flat places.
const FLAT_SHARE: f64 = 0.1;
/// Quality that snapping to rims must leave, in the order of the rounds, and smoothing passes between the rounds.
const RIM_GUARDS: [f64; 5] = [0.05, 0.05, 0.02, 0.01, 0.003];
const RIM_PASSES: Passes = Passes::thorough(4);
/// The estimate of the element count may be off by this much before a size is refused unseen.
const ESTIMATE_SLACK: f64 = 1.5;

/// A mesh that passed, or was asked for.
pub(crate) struct Accepted {
    pub(crate) tets: TetMesh,
    pub(crate) faces: Vec<BoundaryFace>,
    pub(crate) topology: Topology,
    pub(crate) size: f64,
    pub(crate) reason: String,
    /// The number of elements allowed, where it kept the size from being smaller.
    pub(crate) limit: Option<usize>,
    pub(crate) attempts: Vec<SizeAttempt>,
    pub(crate) stages: StageCounts,
    /// What the mesh lost of its input, where that was accepted.
    pub(crate) losses: Option<Losses>,
}

/// Sizes to try.
pub(crate) struct Plan {
    /// The user's size: tried alone.
    given: Option<f64>,
    thickness: Thickness,
}

impl Plan {
    pub(crate) fn new(input: &Input, options: &MeshOptions, control: &RunControl) -> Result<Self, MeshingError> {
        let given = options.size;
        let thickness = if given.is_some() { Thickness::default() } else { Thickness::measure(input, control)? };
        Ok(Self { given, thickness })
    }

    pub(crate) fn run(
        &self,
        input: &Input,
        options: &MeshOptions,
        control: &RunControl,
    ) -> Result<Accepted, MeshingError> {
        if let Some(size) = self.given {
            return given_size(input, options, size, control);
        }
        let found = self.search(input, options, &control.stage("search", 0.0, 0.6))?;
        match options.grading != Grading::Uniform && found.losses.is_none() {
            true => finer(found, input, options, &control.stage("follow", 0.6, 1.0)),
            false => Ok(found),
        }
    }

    /// The coarsest size that passes.
    fn search(&self, input: &Input, options: &MeshOptions, control: &RunControl) -> Result<Accepted, MeshingError> {
        let largest = match input.features.is_divided {
            true => (THIN * self.thickness.thin).min(DESIGNED * self.thickness.median),
            false => THIN * self.thickness.thin,
        };
        let limit = AIM * options.max_volume_error;
        let mut size = largest.min(TRIAL * self.thickness.median);
        let mut attempts = Vec::new();
        for number in 0..ATTEMPTS {
            let part = number as f64 / ATTEMPTS as f64;
            let control = control.stage(&format!("size {size:.3} mm"), part, 1.0);
            let made = raw_mesh(input, options, Default::default(), size, &control.stage("stuff", 0.0, 0.3));
            if let Err(MeshingError::TooFine { elements, .. }) = made {
                return bounded(input, options, [size, elements], attempts, &control);
            }
            let Made { mut tets, attempt: mut judged, .. } = made?;
            attempts.push(judged.clone());
            let refined = |tets: &mut TetMesh| refine(tets, input, options, size, &control.stage("optimise", 0.3, 1.0));
            let mut done = None;
            if input.features.is_divided && judged.topology_kept {
                // Its sharp edges are still rounded off, so that the volume says nothing.
                let (stages, faces, topology) = refined(&mut tets)?;
                judged = result_of(&tets, input, size, &topology);
                done = Some((stages, faces, topology));
            }
            let error = judged.volume_error.abs();
            // The first size is a trial: its error, which falls with the square of the size, tells the size to take.
            let better = (size * (limit / error).sqrt()).min(largest);
            if number == 0 && (better < size || better > 1.15 * size) && judged.topology_kept {
                size = better;
                continue;
            }
            if !judged.topology_kept || error > options.max_volume_error {
                size = next_size(size, error, limit, judged.topology_kept);
                continue;
            }
            let (stages, faces, topology) = match done {
                Some(done) => done,
                None => refined(&mut tets)?,
            };
            let last = result_of(&tets, input, size, &topology);
            let accepted = last.topology_kept && last.volume_error.abs() <= options.max_volume_error;
            attempts.push(last);
            if accepted {
                let (reason, losses) = (self.reason(&attempts, options), None);
                return Ok(Accepted { tets, faces, topology, size, reason, limit: None, attempts, stages, losses });
            }
            size *= FINER;
        }
        Err(MeshingError::NoSize { tried: attempts.len(), last_mm: size })
    }

    fn reason(&self, attempts: &[SizeAttempt], options: &MeshOptions) -> String {
        let Thickness { median, thin } = self.thickness;
        let sizes: Vec<String> = attempts.iter().map(|attempt| format!("{:.3}", attempt.size_mm)).collect();
        format!(
            "found: median thickness {median:.2} mm, thinner than {thin:.2} mm on 1 % of the area; coarsest size tried \
             ({} mm) that keeps the topology and the volume within {:.2} %",
            sizes.join(", "),
            100.0 * options.max_volume_error
        )
    }
}

/// The finest mesh that the number of elements allows, because `wanted` (mm) would need `elements`: with the volume error
/// that it has, which the report warns of. Where one size everywhere loses the topology, the elements are spent in the places
/// that are lost, or, where those are many, on all that is thin or curved; what stays lost is accepted if it is a trifle.
fn bounded(
    input: &Input,
    options: &MeshOptions,
    [wanted, elements]: [f64; 2],
    mut attempts: Vec<SizeAttempt>,
    control: &RunControl,
) -> Result<Accepted, MeshingError> {
    let limit = options.max_elements;
    let first = wanted * (elements / limit as f64).sqrt().max(COARSER);
    let is_lost = attempts.last().is_some_and(|last| !last.topology_kept && last.size_mm < ALIKE * first);
    let found = match (is_lost || !input.topology.manifold) && options.grading != Grading::Uniform {
        true => None,
        false => coarsened(input, options, [first, wanted], &mut attempts, &control.stage("even", 0.0, 0.2))?,
    };
    let found = match found {
        None if options.grading != Grading::Uniform => {
            recovered(input, options, [wanted, elements], &mut attempts, &control.stage("recover", 0.2, 0.7))?
        }
        found => found,
    };
    let found = match found {
        None if options.grading == Grading::Interior => {
            let graded = MeshOptions { grading: Grading::Surface, ..options.clone() };
            coarsened(input, &graded, [wanted, wanted], &mut attempts, &control.stage("graded", 0.7, 1.0))?
        }
        found => found,
    };
    let refused = MeshingError::TooFine { size_mm: wanted, elements, limit };
    found.map(|accepted| Accepted { attempts, ..accepted }).ok_or(refused)
}

/// The first mesh from the size `first` (mm) on that has not too many elements; `None` when that loses the topology of a
/// surface that has one.
fn coarsened(
    input: &Input,
    options: &MeshOptions,
    [first, wanted]: [f64; 2],
    attempts: &mut Vec<SizeAttempt>,
    control: &RunControl,
) -> Result<Option<Accepted>, MeshingError> {
    let limit = options.max_elements;
    // No mesh of a solid has the topology of a surface that touches itself: the report tells the difference.
    let touches_itself = !input.topology.manifold;
    let mut size = first;
    for _ in 0..ATTEMPTS {
        let Made { mut tets, attempt: raw, .. } =
            match raw_mesh(input, options, Default::default(), size, &control.stage("stuff", 0.3, 0.5)) {
                Err(MeshingError::TooFine { elements, .. }) => {
                    size *= (elements / limit as f64).sqrt().max(COARSER);
                    continue;
                }
                made => made?,
            };
        let is_kept = raw.topology_kept || touches_itself;
        attempts.push(raw);
        if !is_kept {
            return Ok(None);
        }
        let (stages, faces, topology) = refine(&mut tets, input, options, size, &control.stage("optimise", 0.5, 1.0))?;
        let last = result_of(&tets, input, size, &topology);
        let is_kept = last.topology_kept || touches_itself;
        attempts.push(last);
        if !is_kept {
            return Ok(None);
        }
        let larger = match options.grading {
            Grading::Surface => ", up to four times that where the wall is flat and the solid thick",
            Grading::Interior | Grading::Uniform => "",
        };
        let reason =
            format!("found: thickness and volume ask for {wanted:.3} mm, {limit} elements allow {size:.3} mm{larger}");
        let (attempts, losses) = (Vec::new(), None);
        return Ok(Some(Accepted {
            tets,
            faces,
            topology,
            size,
            reason,
            limit: Some(limit),
            attempts,
            stages,
            losses,
        }));
    }
    Ok(None)
}

fn next_size(size: f64, error: f64, limit: f64, topology_kept: bool) -> f64 {
    let by_volume = size * (limit / error.max(limit)).sqrt().max(0.3);
    if topology_kept { by_volume * 0.98 } else { by_volume.min(size * FINER) }
}

fn given_size(input: &Input, options: &MeshOptions, size: f64, control: &RunControl) -> Result<Accepted, MeshingError> {
    let Made { mut tets, attempt: raw, .. } =
        raw_mesh(input, options, Default::default(), size, &control.stage("stuff", 0.0, 0.4))?;
    if !raw.topology_kept {
        return Err(topology_lost(input, size, control));
    }
    let (stages, faces, topology) = refine(&mut tets, input, options, size, &control.stage("optimise", 0.4, 1.0))?;
    let last = result_of(&tets, input, size, &topology);
    if !last.topology_kept {
        return Err(topology_lost(input, size, control));
    }
    let (attempts, losses) = (vec![raw, last], None);
    Ok(Accepted { tets, faces, topology, size, reason: "given".to_owned(), limit: None, attempts, stages, losses })
}

pub(crate) fn topology_lost(input: &Input, size_mm: f64, control: &RunControl) -> MeshingError {
    match Thickness::measure(input, control) {
        Ok(thickness) => MeshingError::TopologyLost { size_mm, thin_mm: thickness.thin },
        Err(cancelled) => cancelled.into(),
    }
}

/// A stuffed mesh that was not smoothed.
pub(super) struct Made {
    pub(super) tets: TetMesh,
    pub(super) faces: Vec<BoundaryFace>,
    pub(super) attempt: SizeAttempt,
}

/// Stuffs with cells of `size` (mm) at the boundary, smaller ones at the spots of `finer`, of which the second says the
/// halvings of the smallest.
pub(super) fn raw_mesh(
    input: &Input,
    options: &MeshOptions,
    finer: (Vec<Spot>, u8),
    size: f64,
    control: &RunControl,
) -> Result<Made, MeshingError> {
    let expected = match options.grading {
        Grading::Surface => FLAT_SHARE * estimate(input, size, true),
        grading => estimate(input, size, grading == Grading::Interior),
    };
    if expected > ESTIMATE_SLACK * options.max_elements as f64 {
        return Err(MeshingError::TooFine { size_mm: size, elements: expected, limit: options.max_elements });
    }
    let graded;
    let domain: &dyn Domain = if options.grading == Grading::Surface {
        let thicknesses = input.domain.bvh.thicknesses(control)?;
        graded = Graded::new(&input.domain, &input.domain.bvh, &thicknesses, size, control)?;
        &graded
    } else {
        &input.domain
    };
    let levels = border_halvings(input, options);
    let bordered;
    let domain: &dyn Domain = if levels > 0 {
        let finest = at_borders(input, options, size);
        bordered = FinerAtBorders::new(domain, &input.features.borders, finest, levels);
        &bordered
    } else {
        domain
    };
    let (mut spots, wanted) = refinement::spots(input, options, size)?;
    let (places, needed) = finer;
    spots.extend(places);
    let halvings = wanted.max(needed);
    let finest = size / f64::from(1_u32 << halvings.max(levels));
    let tets = match spots.is_empty() {
        true => fill(domain, options, [size, finest], control)?,
        false => {
            let refined = FinerAtSpots::new(domain, &spots, finest, halvings.saturating_sub(levels));
            fill(&refined, options, [size, finest], control)?
        }
    };
    control.check()?;
    let faces = tets.boundary();
    control.check()?;
    let topology = boundary_topology(&tets, &faces);
    let attempt = result_of(&tets, input, size, &topology);
    Ok(Made { tets, faces, attempt })
}

/// Halvings along the borders of flat ends; without any there are none.
fn border_halvings(input: &Input, options: &MeshOptions) -> u8 {
    if input.features.borders.segments.is_empty() { 0 } else { options.border_refinement }
}

/// Width of the cells at borders of flat ends.
fn at_borders(input: &Input, options: &MeshOptions, size: f64) -> f64 {
    size / f64::from(1_u32 << border_halvings(input, options))
}

/// Stuffs a domain with at most `max_elements` tetrahedra, of the first size (mm) at the boundary, of the second where the
/// domain demands the finest cells.
pub(crate) fn fill(
    domain: &dyn Domain,
    options: &MeshOptions,
    [size, finest]: [f64; 2],
    control: &RunControl,
) -> Result<TetMesh, MeshingError> {
    let limit = options.max_elements;
    let coarsening = options.coarsening() + (size / finest).log2().round() as u8;
    let grid = Grid { size: finest, coarsening, shift: options.lattice_shift, limit };
    let mut tets = stuff(domain, &grid, control).map_err(|error| match error {
        MeshingError::TooFine { elements, limit, .. } => MeshingError::TooFine { size_mm: size, elements, limit },
        error => error,
    })?;
    control.check()?;
    while unpinch(&mut tets) > 0 {
        control.check()?;
    }
    // A vertex that only removed tetrahedra had must not shift the numbers of the others in a later step.
    tets.drop_unused_vertices();
    if tets.tets.len() > limit {
        return Err(MeshingError::TooFine { size_mm: size, elements: tets.tets.len() as f64, limit });
    }
    Ok(tets)
}

pub(crate) fn boundary_topology(tets: &TetMesh, faces: &[BoundaryFace]) -> Topology {
    Topology::of(&SurfaceTopology::new(&check::boundary_surface(tets, faces)))
}

pub(super) fn result_of(tets: &TetMesh, input: &Input, size: f64, topology: &Topology) -> SizeAttempt {
    SizeAttempt {
        size_mm: size,
        elements: tets.tets.len(),
        volume_error: tets.volume() / input.volume - 1.0,
        topology_kept: input.topology.is_kept_by(topology),
    }
}

/// Rims, then angles. Edges that could not be freed from a rim are tried again after some smoothing.
pub(super) fn refine(
    tets: &mut TetMesh,
    input: &Input,
    options: &MeshOptions,
    size: f64,
    control: &RunControl,
) -> Result<Refined, MeshingError> {
    let rims = &input.features.rims;
    let size = at_borders(input, options, size);
    let mut stages = StageCounts::default();
    if !rims.segments.is_empty() {
        label(tets, &input.domain, size, control)?;
        stages = follow_rims(tets, &input.domain, rims, RIM_PASSES, &control.stage("rims", 0.0, 0.3))?;
        pin_corners(tets, rims, size);
    }
    improve(tets, &input.domain, rims, options.passes, stages, &control.stage("smooth", 0.3, 0.95))
}

/// Vertices onto the rims until no edge of the boundary crosses one, with some smoothing where that is not possible yet.
pub(crate) fn follow_rims(
    tets: &mut TetMesh,
    domain: &dyn Domain,
    rims: &Rims,
    passes: Passes,
    control: &RunControl,
) -> Result<StageCounts, MeshingError> {
    let mut stages = StageCounts::default();
    for (number, guard) in RIM_GUARDS.into_iter().enumerate() {
        let snapped = snap_to_rims(tets, rims, guard, control)?;
        stages.rim_vertices_moved += snapped.moved;
        stages.rim_edges_split += snapped.split;
        stages.rim_edges_merged += snapped.merged;
        stages.rim_edges_blocked = snapped.blocked;
        stages.rim_notches_filled += snapped.filled;
        if snapped.blocked == 0 {
            break;
        }
        let part = number as f64 / RIM_GUARDS.len() as f64;
        optimise(tets, domain, rims, passes, &control.stage("smooth", part, part + 0.2))?;
    }
    Ok(stages)
}

/// What the stages did, the boundary after them and its topology.
pub(crate) type Refined = (StageCounts, Vec<BoundaryFace>, Topology);

/// Better angles in a stuffed mesh, held to the boundary of `domain` and to `rims`; adds to `stages`.
pub(crate) fn improve(
    tets: &mut TetMesh,
    domain: &dyn Domain,
    rims: &Rims,
    passes: usize,
    mut stages: StageCounts,
    control: &RunControl,
) -> Result<Refined, MeshingError> {
    let improved = optimise(tets, domain, rims, Passes::thorough(passes), control)?;
    stages.smoothing_passes = improved.passes;
    stages.vertex_moves = improved.moves;
    stages.flat_tetrahedra_removed = improved.peeled;
    stages.reconnections = improved.reconnected + polish(tets, domain, rims, control)?;
    let faces = tets.boundary();
    control.check()?;
    let topology = boundary_topology(tets, &faces);
    Ok((stages, faces, topology))
}
