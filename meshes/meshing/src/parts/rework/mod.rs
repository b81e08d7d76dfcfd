//! Places that a finished mesh is too far from, and its worst tetrahedra, worked on one by one with what is around them.
//!
//! Where smoothing and single moves are stuck, something else has to give way: a vertex goes to its target whatever that does
//! to the tetrahedra around it, these are made good again with the vertex held, and the piece is put back if in the end all
//! distances in it and around it are better and no tetrahedron is worse than it may be.

mod place;
mod remedies;

use super::deviation::{Deviation, deviations_within};
use crate::MeshingError;
use crate::domain::PartsDomain;
use crate::features::Rims;
use crate::optimise::last_shape;
use crate::optimise::piece::{Patchwork, Piece};
use crate::tets::TetMesh;
use control::{Cancelled, RunControl};
use geometry::{Aabb, TriangleBvh};
use mesh::{Partition, Point3, Vector3};
use place::Place;
use rayon::prelude::*;

/// Shape below which no tetrahedron may fall by the work: 15.1° and 158°, radius ratio 0.104.
const LEAST: f64 = 0.2605;
/// Efforts: larger pieces, more ways tried and more turns to make them good; and the rounds at each.
const EFFORTS: usize = 3;
const ROUNDS: [usize; EFFORTS] = [4, 3, 1];
/// Rings of tetrahedra around a place that are worked on with no effort.
const RINGS: usize = 3;
/// Spots at most of each kind in one round at each effort, the farthest first.
const MOST_SPOTS: [usize; EFFORTS] = [1000, 100, 32];
/// Pieces worked on at the same time; a constant, so that the result does not depend on threads.
const BATCH: usize = 16;

/// What the mesh is held to.
pub(super) struct Aim<'a> {
    pub(super) domain: &'a PartsDomain,
    pub(super) rims: &'a Rims,
    pub(super) partition: &'a Partition,
    /// Distance between the borders of input and mesh, mm.
    pub(super) tolerance: f64,
}

/// Where work is wanted.
#[derive(Debug, Clone, Copy)]
struct Spot {
    /// The vertices of the mesh next to it.
    vertices: [u32; 3],
    /// Where the mesh should be.
    target: Point3<f64>,
    /// The triangle of the input with the target, and what is between it and the mesh, mm; `None` where a tetrahedron is bad.
    off: Option<(u32, f64)>,
}

/// Works on the places where the borders of input and mesh are farther than the tolerance apart and on the worst tetrahedra.
/// Returns how many pieces were replaced.
pub(super) fn rework(tets: &mut TetMesh, aim: &Aim<'_>, control: &RunControl) -> Result<usize, MeshingError> {
    let mut count = 0;
    for effort in 0..EFFORTS {
        let mut reworked: Option<Vec<Aabb>> = None;
        for round in 0..ROUNDS[effort] {
            control.report((effort as f64 + round as f64 / ROUNDS[effort] as f64) / EFFORTS as f64);
            // What failed will fail again where nothing changed.
            let is_new = |spot: &Spot| {
                reworked.as_ref().is_none_or(|all| all.iter().any(|bounds| bounds.contains(&spot.target)))
            };
            let mut spots = far_spots(tets, aim, reworked.as_deref(), control)?;
            spots.retain(is_new);
            spots.truncate(MOST_SPOTS[effort]);
            spots.extend(bad_spots(tets).into_iter().filter(is_new).take(MOST_SPOTS[effort]));
            if spots.is_empty() {
                break;
            }
            let replaced = rework_spots(tets, aim, &spots, effort, control)?;
            count += replaced.len();
            reworked = Some(replaced);
        }
    }
    Ok(count)
}

/// The places that are too far off, in the boxes or anywhere, the farthest first, each with what is within the tolerance of it.
fn far_spots(
    tets: &TetMesh,
    aim: &Aim<'_>,
    boxes: Option<&[Aabb]>,
    control: &RunControl,
) -> Result<Vec<Spot>, MeshingError> {
    let limits = [aim.tolerance; 2];
    let mut far = deviations_within(tets, aim.domain, aim.partition, limits, boxes, control)?.found;
    far.retain(|deviation| deviation.distance > aim.tolerance);
    far.sort_by(|a, b| b.distance.total_cmp(&a.distance));
    let mut spots: Vec<Spot> = Vec::new();
    for (k, Deviation { distance, point, triangle, face }) in far.into_iter().enumerate() {
        if spots.len() == MOST_SPOTS[0] {
            break;
        }
        if k.is_multiple_of(1024) {
            control.check()?;
        }
        if spots.iter().all(|spot| (spot.target - point).norm() > aim.tolerance) {
            spots.push(Spot { vertices: face, target: point, off: Some((triangle, distance)) });
        }
    }
    Ok(spots)
}

/// The tetrahedra below the least shape, worst first.
fn bad_spots(tets: &TetMesh) -> Vec<Spot> {
    let shapes: Vec<f64> = (0..tets.tets.len()).into_par_iter().map(|t| last_shape(&tets.corners(t))).collect();
    let mut bad: Vec<(f64, usize)> = shapes.into_iter().zip(0..).filter(|(shape, _)| *shape < LEAST).collect();
    bad.sort_by(|a, b| a.0.total_cmp(&b.0).then(a.1.cmp(&b.1)));
    let spot = |(_, t): (f64, usize)| {
        let [a, b, c, _] = tets.tets[t];
        let centroid = tets.corners(t).iter().map(|p| p.coords).sum::<Vector3<f64>>() / 4.0;
        Spot { vertices: [a, b, c], target: Point3::from(centroid), off: None }
    };
    bad.into_iter().take(MOST_SPOTS[0]).map(spot).collect()
}

/// Works on each spot once, on those that have nothing in common at the same time. Returns the bounds of the pieces that were
/// replaced.
fn rework_spots(
    tets: &mut TetMesh,
    aim: &Aim<'_>,
    spots: &[Spot],
    effort: usize,
    control: &RunControl,
) -> Result<Vec<Aabb>, MeshingError> {
    let faces: Vec<[u32; 3]> =
        tets.boundary().iter().filter(|face| face.is_first()).map(|face| face.vertices).collect();
    let border = TriangleBvh::new(&tets.points, &faces);
    let mut patchwork = Patchwork::new(tets);
    let mut waiting: Vec<&Spot> = spots.iter().collect();
    let mut replaced = Vec::new();
    while !waiting.is_empty() {
        let mut batch: Vec<(&Spot, Vec<u32>)> = Vec::new();
        let mut later = Vec::new();
        for spot in waiting {
            if batch.len() == BATCH {
                later.push(spot);
                continue;
            }
            control.check()?;
            let wide = patchwork.rings(&spot.vertices, RINGS + effort.min(2) + 1);
            let overlaps = |(_, other): &(&Spot, Vec<u32>)| wide.iter().any(|t| other.binary_search(t).is_ok());
            if !batch.iter().any(overlaps) {
                batch.push((spot, wide));
            } else {
                later.push(spot);
            }
        }
        let work = |(spot, wide): &(&Spot, Vec<u32>)| -> Result<Option<(Piece, TetMesh)>, Cancelled> {
            control.check()?;
            let taken = patchwork.rings(&spot.vertices, RINGS + effort.min(2));
            Place::new(&patchwork, aim, &border, spot, taken, wide)
                .map_or(Ok(None), |place| place.worked(effort, control))
        };
        let worked: Vec<_> = batch.par_iter().with_max_len(1).map(work).collect::<Result<_, Cancelled>>()?;
        for (piece, mesh) in worked.into_iter().flatten() {
            replaced.push(Aabb::of_points(&mesh.points));
            patchwork.put(&piece, &mesh);
        }
        waiting = later;
    }
    patchwork.finish();
    Ok(replaced)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::parts::fit::fit;
    use crate::parts::size::plan;
    use crate::parts::tests::sectors;
    use crate::parts::{refine, stuffed, thicknesses};
    use crate::surface::MeshOptions;

    /// How many spots are farther than the tolerance from the input, the worst shape, the volume.
    fn state(tets: &TetMesh, aim: &Aim<'_>) -> (usize, f64, f64) {
        let far = far_spots(tets, aim, None, &RunControl::silent()).unwrap().len();
        let shapes = (0..tets.tets.len()).map(|t| last_shape(&tets.corners(t)));
        (far, shapes.fold(f64::INFINITY, f64::min), tets.volume())
    }

    #[test]
    fn places_come_within_the_tolerance_and_no_tetrahedron_gets_bad() {
        let control = RunControl::silent();
        let partition = sectors(3, 24, 12);
        let domain = PartsDomain::new(&partition, &[], &control).unwrap();
        let rims = Rims::of_partition(&partition, &[]);
        let thickness = thicknesses(&domain, &partition, &control).unwrap();
        let options = MeshOptions { size: Some(2.0), ..MeshOptions::default() };
        let planned = plan(&domain, &thickness, &options, &control).unwrap();
        let (mut tets, planned) = stuffed(&partition, &domain, &thickness, planned, &options, &control).unwrap();
        refine(&mut tets, &domain, &rims, &planned, &options, &control).unwrap();
        // A chord of 2.8 mm is 0.1 mm below its arc.
        let aim = Aim { domain: &domain, rims: &rims, partition: &partition, tolerance: 0.1 };
        fit(&mut tets, &domain, &rims, &partition, aim.tolerance, &control).unwrap();
        let (far, worst, volume) = state(&tets, &aim);
        let start = tets.clone();
        let count = rework(&mut tets, &aim, &control).unwrap();
        let (far_after, worst_after, volume_after) = state(&tets, &aim);
        println!("{far} spots, worst {worst:.3}: {count} pieces replaced, {far_after} spots, worst {worst_after:.3}");
        assert!(far > 0 && far_after == 0, "{far} {far_after}");
        assert!(worst_after >= worst.min(LEAST));
        let whole: f64 = domain.parts().iter().map(|part| part.volume).sum();
        assert!((volume_after - whole).abs() <= (volume - whole).abs());
        let mut alone = start;
        let one = rayon::ThreadPoolBuilder::new().num_threads(1).build().unwrap();
        assert_eq!(one.install(|| rework(&mut alone, &aim, &control)).unwrap(), count);
        assert_eq!((alone.points, alone.tets), (tets.points, tets.tets));
    }
}
