//! Pulls apart sheets that touch in a point, so that readers that merge equal points do not join them again.

use super::draft::Draft;
use mesh::{Point3, Vector3};

/// Step towards the middle of the own triangles over their extent.
const STEP: f64 = 5e-3;

/// Moves vertices at the place of another one inwards into their own fan; the one with the most triangles stays.
pub(crate) fn separate_touching(draft: &mut Draft) {
    let mut stars = vec![Vec::new(); draft.surface.points.len()];
    for (t, triangle) in draft.surface.triangles.iter().enumerate() {
        triangle.iter().for_each(|&v| stars[v as usize].push(t));
    }
    // Adding 0 turns −0 into 0.
    let bits = |p: &Point3<f64>| [p.x, p.y, p.z].map(|c| (c + 0.0).to_bits());
    let used = (0..stars.len()).filter(|&v| !stars[v].is_empty());
    let mut keys: Vec<([u64; 3], usize)> = used.map(|v| (bits(&draft.surface.points[v]), v)).collect();
    keys.sort_unstable();
    let mut moves: Vec<(usize, Vector3<f64>)> = Vec::new();
    for same in keys.chunk_by(|a, b| a.0 == b.0).filter(|same| same.len() > 1) {
        let kept = same.iter().max_by_key(|(_, v)| (stars[*v].len(), std::cmp::Reverse(*v)));
        for &(_, v) in same.iter().filter(|entry| Some(*entry) != kept) {
            let here = draft.surface.points[v];
            let arms = stars[v].iter().map(|&t| draft.centroid(t) - here);
            moves.push((v, arms.sum::<Vector3<f64>>() * (STEP / stars[v].len() as f64)));
        }
    }
    let Some(&(first, _)) = moves.first() else { return };
    let place = draft.surface.points[first];
    let size = moves.iter().map(|(_, step)| step.norm()).fold(0.0, f64::max);
    let message = format!("{} vertices where parts touched were moved apart by at most {size:.2e} mm", moves.len());
    draft.record("touching-vertices", place, size, moves.len(), message);
    for (v, step) in moves {
        draft.surface.points[v] += step;
    }
}
