//! From a partition of space to one mesh of all its parts, conforming where they touch.

mod adapt;
mod deviation;
mod fit;
mod names;
mod report;
mod rework;
mod settle;
mod size;

pub use report::{FalseContact, PartReport, PartsReport};

use crate::MeshingError;
use crate::domain::{Domain, Graded, PartsDomain, Patch};
use crate::features::Rims;
use crate::optimise::reconnect::contract_needles;
use crate::optimise::{Boundary, Passes, optimise, relieve};
use crate::parallel::parallel_map;
use crate::quadratic::{curve, to_quadratic};
use crate::surface::{DISTANCE, Grading, MeshOptions, StageCounts, fill, follow_rims, refuse_unless_closed};
use crate::tets::{BoundaryFace, TetMesh};
use adapt::{Tolerance, adapted};
use control::RunControl;
use fit::fit;
use mesh::topology::SurfaceTopology;
use mesh::{ElementKind, Face, Partition, Point3, Region, VolumeMesh};
use names::Names;
use rework::{Aim, rework};
use size::{BASE_ELEMENTS, MOST_ELEMENTS, Planned, plan, thicknesses};
use std::collections::BTreeMap;

/// A mesh of several parts and what was measured on it.
#[derive(Debug, Clone, PartialEq)]
pub struct PartsMesh {
    /// Tet4 or Tet10 elements; one element region a part, by its name, and one face region a pair that touches:
    /// `NAME_wall` towards the outside, `NAME_cut` where the partition is cut, `A_to_B` between parts.
    pub mesh: VolumeMesh,
    /// Size, quality, errors of each part, findings.
    pub report: PartsReport,
}

/// Smoothing passes after vertices were moved onto the boundaries, and the quality that these moves must leave.
const SETTLE_GUARDS: [f64; 4] = [0.1, 0.05, 0.03, 0.02];
const RIM_PASSES: Passes = Passes { active: 0, worst: 4 };
const SETTLE_PASSES: Passes = Passes { active: 1, worst: 4 };
/// Distance over the size beyond which a vertex stands for no border at all.
const REACH: f64 = 1.5;
/// Shortest over longest edge below which a tetrahedron is a needle; the angles that its removal must leave.
const NEEDLE: f64 = 0.25;
const NEEDLE_GUARD: f64 = 0.2;
/// Distance from their border that the worst elements may have for their shape, over the tolerance; over the size where that
/// is given.
const OF_TOLERANCE: f64 = 0.9;
const OFF_BORDER: f64 = 0.5;
/// Rounds of their removal after everything settled.
const NEEDLE_ROUNDS: usize = 3;

/// Fills the parts of a partition with tetrahedra that share nodes and faces where parts touch.
///
/// Stuffing on a lattice graded by thickness and curvature; each edge of the lattice is cut where the material changes,
/// tetrahedra in which three or four parts meet are divided around the points of their junction (module
/// `stuffing::junction`), vertices then settle on boundaries and junctions, and guarded smoothing and reconnection run in
/// each part without disturbing the boundaries. Without a size in the options it follows from the thickness of the parts,
/// bounded below by the number of elements.
///
/// Several parts cannot all keep the volume and topology of theirs at one size, so that these are measured and reported
/// for each part, as warnings where they are lost, and refuse nothing.
///
/// # Errors
/// [`MeshingError::EmptySurface`] without parts, [`MeshingError::TooFine`] when a given size needs more than
/// `max_elements`, [`MeshingError::Cancelled`].
///
/// Cost: about 5 µs and 600 bytes a tetrahedron on two cores.
pub fn mesh_parts(
    partition: &Partition,
    options: &MeshOptions,
    control: &RunControl,
) -> Result<PartsMesh, MeshingError> {
    mesh_faced_parts(partition, &[], options, control)
}

/// [`mesh_parts`] with the sharp edges between the smooth faces of the triangles kept; without `faces` there are none.
pub(crate) fn mesh_faced_parts(
    partition: &Partition,
    faces: &[Patch],
    options: &MeshOptions,
    control: &RunControl,
) -> Result<PartsMesh, MeshingError> {
    options.validate()?;
    options.refuse_refinements()?;
    partition.validate()?;
    if partition.parts().is_empty() {
        return Err(MeshingError::EmptySurface);
    }
    let prepare = control.stage("prepare", 0.0, 0.1);
    let domain = PartsDomain::new(partition, faces, &prepare)?;
    refuse_open_parts(partition, &domain)?;
    let rims = Rims::of_partition(partition, faces);
    let thickness = thicknesses(&domain, partition, &control.stage("thickness", 0.1, 0.15))?;
    let planned = plan(&domain, &thickness, options, &control.stage("size", 0.15, 0.2))?;
    let stuff = control.stage("stuff", 0.2, 0.4);
    let (mut tets, planned) = stuffed(partition, &domain, &thickness, planned, options, &stuff)?;
    let mut stages = refine(&mut tets, &domain, &rims, &planned, options, &control.stage("optimise", 0.4, 0.8))?;
    if let Some(tolerance) = planned.tolerance {
        stages.vertices_fitted =
            fit(&mut tets, &domain, &rims, partition, tolerance, &control.stage("fit", 0.8, 0.85))?;
        let aim = Aim { domain: &domain, rims: &rims, partition, tolerance };
        stages.places_reworked = rework(&mut tets, &aim, &control.stage("rework", 0.85, 0.95))?;
    }
    finish(partition, &Filled { domain, rims, tets, stages, planned }, options, &control.stage("measure", 0.95, 1.0))
}

/// Every part must enclose a volume.
fn refuse_open_parts(partition: &Partition, domain: &PartsDomain) -> Result<(), MeshingError> {
    if let Some(part) = domain.parts().iter().find(|part| part.volume.is_nan() || part.volume <= 0.0 || !part.is_closed)
    {
        let surface = partition.boundary_of(part.number);
        let topology = SurfaceTopology::new(&surface);
        refuse_unless_closed(&surface, &topology)?;
        return Err(MeshingError::EmptySurface);
    }
    Ok(())
}

/// What was made, before it is named and measured.
struct Filled {
    domain: PartsDomain,
    rims: Rims,
    tets: TetMesh,
    stages: StageCounts,
    planned: Planned,
}

/// The stuffed lattice; where the size was found and is too fine, that of the next larger size that is not, made finer
/// where it does not follow its input.
fn stuffed(
    partition: &Partition,
    domain: &PartsDomain,
    thickness: &[Option<f64>],
    mut planned: Planned,
    options: &MeshOptions,
    control: &RunControl,
) -> Result<(TetMesh, Planned), MeshingError> {
    let is_given = options.size.is_some();
    let at_most = |most: usize| MeshOptions { max_elements: options.max_elements.min(most), ..options.clone() };
    let coarse = &if is_given { options.clone() } else { at_most(BASE_ELEMENTS) };
    loop {
        let size = planned.size;
        let graded = Graded::new(domain, &domain.bvh, thickness, size, control)?;
        let made = match options.grading {
            Grading::Uniform => fill(domain, coarse, [size, size], control),
            _ => fill(&graded, coarse, [size, size], control),
        };
        match made {
            Err(MeshingError::TooFine { elements, .. }) if !is_given => {
                planned.coarsen(elements, coarse.max_elements);
            }
            Err(error) => return Err(error),
            Ok(tets) if planned.refine(domain, &tets, options.max_volume_error) => drop(tets),
            Ok(tets) if tets.tets.is_empty() => return Err(MeshingError::NoSize { tried: 1, last_mm: size }),
            Ok(tets) if is_given || options.grading == Grading::Uniform => return Ok((tets, planned)),
            Ok(tets) => {
                let (low, high) = domain.bounds();
                let distance = DISTANCE * (high - low).norm();
                let tolerance = Tolerance { distance, volume: options.max_volume_error };
                let fine = &at_most(MOST_ELEMENTS);
                let (tets, finest) = adapted(partition, domain, graded, tets, tolerance, fine, control)?;
                planned.follow(finest, distance);
                return Ok((tets, planned));
            }
        }
    }
}

/// Rims of cuts, vertices onto boundaries and junctions, angles.
fn refine(
    tets: &mut TetMesh,
    domain: &PartsDomain,
    rims: &Rims,
    planned: &Planned,
    options: &MeshOptions,
    control: &RunControl,
) -> Result<StageCounts, MeshingError> {
    let size = planned.size;
    let needles = contract_needles(tets, rims, NEEDLE, NEEDLE_GUARD, control)?;
    let mut stages = follow_rims(tets, domain, rims, RIM_PASSES, &control.stage("rims", 0.0, 0.2))?;
    stages.needles_contracted = needles;
    let settle = control.stage("settle", 0.2, 0.6);
    for (number, guard) in SETTLE_GUARDS.into_iter().enumerate() {
        let part = number as f64 / SETTLE_GUARDS.len() as f64;
        let left = settle::settle(tets, domain, rims, [guard, REACH * size], &settle.stage("move", part, part + 0.1))?;
        stages.needles_contracted += contract_needles(tets, rims, NEEDLE, NEEDLE_GUARD, &settle)?;
        if left == 0 && number > 0 {
            break;
        }
        optimise(tets, domain, rims, SETTLE_PASSES, &settle.stage("smooth", part + 0.1, part + 0.25))?;
    }
    for _ in 0..NEEDLE_ROUNDS {
        let contracted = contract_needles(tets, rims, NEEDLE, NEEDLE_GUARD, &settle)?;
        stages.needles_contracted += contracted;
        if contracted == 0 {
            break;
        }
        optimise(tets, domain, rims, SETTLE_PASSES, &settle.stage("needles", 0.9, 1.0))?;
    }
    let improved = optimise(tets, domain, rims, Passes::thorough(options.passes), &control.stage("smooth", 0.6, 0.95))?;
    stages.smoothing_passes = improved.passes;
    stages.vertex_moves = improved.moves;
    stages.flat_tetrahedra_removed = improved.peeled;
    let farthest = planned.tolerance.map_or(OFF_BORDER * size, |tolerance| OF_TOLERANCE * tolerance);
    let relief = relieve(tets, domain, rims, farthest, &control.stage("worst", 0.95, 1.0))?;
    stages.reconnections = improved.reconnected + relief.reconnected;
    stages.worst_relieved = relief.before - relief.after.min(relief.before);
    stages.worst_given_away = relief.given;
    Ok(stages)
}

fn finish(
    partition: &Partition,
    filled: &Filled,
    options: &MeshOptions,
    control: &RunControl,
) -> Result<PartsMesh, MeshingError> {
    let Filled { domain, rims, tets, .. } = filled;
    let mut faces = tets.boundary();
    faces.retain(BoundaryFace::is_first);
    control.check()?;
    let patches: Vec<Option<Patch>> = parallel_map(&faces, control, |face| patch_of(tets, domain, face))?;
    let sides: Vec<[u16; 2]> = faces.iter().zip(&patches).map(|(face, patch)| sides_of(domain, face, *patch)).collect();
    let names = Names::new(partition, sides.iter().copied());
    let mut mesh = named_mesh(tets, &faces, &sides, &names);
    let borders = Borders { faces: &faces, patches: &patches, names: &names };
    let mut report = report::measure(partition, filled, &borders, &control.stage("distance", 0.0, 0.6))?;
    if options.order == 2 {
        mesh = to_quadratic(&mesh);
        control.check()?;
        let boundary = Boundary { domain, rims, faces: &faces };
        // A face between parts that do not touch in the input has no patch to be put on: one of its own keeps it straight.
        let straight = Patch::MAX;
        let patches: Vec<Patch> = patches.iter().map(|patch| patch.unwrap_or(straight)).collect();
        report.curve = Some(curve(&mut mesh, tets, &boundary, &patches, &control.stage("curve", 0.6, 1.0))?);
    }
    report.nodes = mesh.nodes.len();
    report.order = options.order;
    report.judge(options.max_volume_error);
    Ok(PartsMesh { mesh, report })
}

/// The patch of a face; `None` between parts that do not touch in the input.
fn patch_of(tets: &TetMesh, domain: &PartsDomain, face: &BoundaryFace) -> Option<Patch> {
    let corners = face.vertices.map(|v| tets.points[v as usize].coords);
    let centroid = Point3::from((corners[0] + corners[1] + corners[2]) / 3.0);
    domain.patch_between([face.material, face.beyond], &centroid)
}

/// The faces between parts and around them, each once, with their patches and names.
struct Borders<'a> {
    faces: &'a [BoundaryFace],
    /// `None` between parts that do not touch in the input.
    patches: &'a [Option<Patch>],
    names: &'a Names,
}

/// What lies on the two sides of a face: a patch knows a cut from the outside.
fn sides_of(domain: &PartsDomain, face: &BoundaryFace, patch: Option<Patch>) -> [u16; 2] {
    let own = [face.material, face.beyond];
    patch.and_then(|patch| domain.pairs.get(usize::from(patch)).copied()).unwrap_or(own)
}

/// Tet4 elements with the regions of parts and of pairs of parts.
fn named_mesh(tets: &TetMesh, faces: &[BoundaryFace], sides: &[[u16; 2]], names: &Names) -> VolumeMesh {
    let mut mesh = VolumeMesh::new(tets.points.clone(), ElementKind::Tet4, tets.tets.concat());
    let mut elements: BTreeMap<u16, Vec<u32>> = BTreeMap::new();
    for (element, &material) in (0..).zip(&tets.materials) {
        elements.entry(material).or_default().push(element);
    }
    for (part, elements) in elements {
        mesh.regions.insert(names.part(part), Region::Elements(elements));
    }
    let mut named: BTreeMap<String, Vec<Face>> = BTreeMap::new();
    for (face, sides) in faces.iter().zip(sides) {
        named.entry(names.border(*sides)).or_default().push(Face { element: face.tet, side: face.side });
    }
    for (name, mut faces) in named {
        faces.sort_unstable();
        mesh.regions.insert(name, Region::Faces(faces));
    }
    mesh
}

#[cfg(test)]
mod tests;
