//! Vertices moved to the places of the input that a finished mesh is too far from.

use super::deviation::deviations;
use crate::MeshingError;
use crate::domain::PartsDomain;
use crate::features::Rims;
use crate::optimise::star::star_worst;
use crate::optimise::{Boundary, FLOOR, shape};
use crate::tets::{Hold, Incidence, TetMesh};
use control::RunControl;
use mesh::{Partition, Point3};

/// Passes at most.
const PASSES: usize = 3;
/// Distance from a rim, over the tolerance, within which a place is on it.
const ON_RIM: f64 = 0.05;
/// Parts of the way tried, the whole first.
const PARTS: [f64; 4] = [1.0, 0.75, 0.5, 0.3];

/// Moves the vertices next to the places where the borders of input and mesh are farther than `tolerance` (mm) apart towards
/// them, the farthest first: smoothing along a border slips off its ridges. A vertex stays on its patch or rim, and no tetrahedron
/// gets worse than the floor of shape by it. Returns how often one was moved.
pub(super) fn fit(
    tets: &mut TetMesh,
    domain: &PartsDomain,
    rims: &Rims,
    partition: &Partition,
    tolerance: f64,
    control: &RunControl,
) -> Result<usize, MeshingError> {
    let around = Incidence::new(tets.points.len(), &tets.tets);
    let boundary = Boundary { domain, rims, faces: &[] };
    let mut count = 0;
    for _ in 0..PASSES {
        let mut far = deviations(tets, domain, partition, [tolerance; 2], control)?.found;
        far.retain(|deviation| deviation.distance > tolerance);
        far.sort_by(|a, b| b.distance.total_cmp(&a.distance));
        let mut moved: Vec<u32> = Vec::new();
        for deviation in far {
            let Some(&patch) = domain.labels.get(deviation.triangle as usize) else { continue };
            let target = deviation.point;
            let is_on_rim = rims.closest(&target).is_some_and(|(_, distance)| distance <= ON_RIM * tolerance);
            let may_go = |v: &u32| match tets.holds[*v as usize] {
                Hold::On(own) => own == patch,
                Hold::Rim => is_on_rim,
                Hold::Free | Hold::Fixed => false,
            };
            let away = |v: &u32| (tets.points[*v as usize] - target).norm();
            let mut corners: Vec<u32> =
                deviation.face.into_iter().filter(|v| may_go(v) && !moved.contains(v)).collect();
            corners.sort_by(|a, b| away(a).total_cmp(&away(b)).then(a.cmp(b)));
            moved.extend(corners.into_iter().find(|&v| pull(tets, &boundary, around.of(v), v, &target)));
        }
        count += moved.len();
        if moved.is_empty() {
            break;
        }
    }
    Ok(count)
}

/// Moves a vertex along its patch or rim towards `target` as far as the tetrahedra around it allow, and says whether it
/// moved.
fn pull(tets: &mut TetMesh, boundary: &Boundary<'_>, around: &[u32], v: u32, target: &Point3<f64>) -> bool {
    let start = tets.points[v as usize];
    let floor = star_worst(shape, tets, around, v, &start, f64::NEG_INFINITY).min(FLOOR);
    let way = target - start;
    let hold = tets.holds[v as usize];
    let tried = PARTS.into_iter().filter_map(|part| boundary.hold(&(start + way * part), hold, way.norm()));
    let found = tried.into_iter().find(|p| star_worst(shape, tets, around, v, p, floor) > floor);
    found.inspect(|p| tets.points[v as usize] = *p).is_some()
}
