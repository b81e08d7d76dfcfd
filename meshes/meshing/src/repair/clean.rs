//! Equal points, triangles without area, triangles that occur twice.

use super::draft::Draft;
use control::{Cancelled, RunControl};
use mesh::Point3;
use mesh::topology::{EdgeTable, SurfaceTopology, merge_equal_points};

/// Rounds of flattening: each removes a layer of triangles without area.
const ROUNDS: usize = 32;

/// Makes points at most `tolerance` (mm) apart one. Equal coordinates are how STL files join triangles: only points
/// that differ are a repair.
pub(super) fn merge_points(draft: &mut Draft, tolerance: f64) {
    let (merged, _) = merge_equal_points(&draft.surface, 0.0);
    let (close, numbers) = merge_equal_points(&merged, tolerance);
    let mut first: Option<(Point3<f64>, usize, f64)> = None;
    for (v, &number) in numbers.iter().enumerate() {
        let moved = (close.points[number as usize] - merged.points[v]).norm();
        if moved > 0.0 {
            let (place, count, largest) = first.unwrap_or((merged.points[v], 0, 0.0));
            first = Some((place, count + 1, moved.max(largest)));
        }
    }
    draft.surface = close;
    if let Some((place, count, largest)) = first {
        let message = format!("{count} points at most {largest:.2e} mm from another were merged with it");
        draft.record("merged-points", place, largest, count, message);
    }
}

/// Removes triangles without area: those that name a vertex twice go; where a corner lies on the opposite side, the
/// triangles across that side are cut there, so that no gap is left.
pub(super) fn flatten_degenerate(draft: &mut Draft, control: &RunControl) -> Result<(), Cancelled> {
    let (mut place, mut count, mut size) = (None, 0, 0.0_f64);
    for _ in 0..ROUNDS {
        control.check()?;
        let flat = SurfaceTopology::new(&draft.surface).degenerate_triangles;
        let Some(&first) = flat.first() else { break };
        count += flat.len();
        place = place.or_else(|| Some(draft.surface.corners(first as usize)[0]));
        size = flat.iter().map(|&t| longest_side(draft, t as usize).1).fold(size, f64::max);
        flatten(draft, &flat);
    }
    if let Some(place) = place {
        let message =
            format!("{count} triangles without area were removed, their neighbours cut where a corner lay on them");
        draft.record("degenerate-triangles", place, size, count, message);
    }
    Ok(())
}

/// The longest side of a triangle and its length in mm.
fn longest_side(draft: &Draft, t: usize) -> (usize, f64) {
    let p = draft.surface.corners(t);
    let lengths = [0, 1, 2].map(|k| (p[(k + 1) % 3] - p[k]).norm());
    let longest = (0..3).max_by(|&i, &j| lengths[i].total_cmp(&lengths[j])).unwrap_or(0);
    (longest, lengths[longest])
}

/// One layer: a triangle touched already waits for the next round.
fn flatten(draft: &mut Draft, flat: &[u32]) {
    let edges = EdgeTable::new(&draft.surface.triangles);
    let mut touched = vec![false; draft.surface.triangles.len()];
    let mut dropped = touched.clone();
    for &t in flat {
        let triangle = draft.surface.triangles[t as usize];
        let (side, _) = longest_side(draft, t as usize);
        let Some(edge) = edges.edge_of_side(t, side as u8) else {
            dropped[t as usize] = true;
            continue;
        };
        if edges.uses(edge).iter().any(|at| touched[at.triangle as usize]) {
            continue;
        }
        let tip = triangle[(side + 2) % 3];
        for at in edges.uses(edge).iter().filter(|at| at.triangle != t) {
            let (s, k) = (at.triangle as usize, usize::from(at.side));
            touched[s] = true;
            let [a, b, c] = [0, 1, 2].map(|i| draft.surface.triangles[s][(k + i) % 3]);
            let label = draft.labels[s];
            draft.surface.triangles[s] = [a, tip, c];
            draft.push([tip, b, c], label);
        }
        touched[t as usize] = true;
        dropped[t as usize] = true;
    }
    draft.keep(|t| !dropped.get(t).copied().unwrap_or(false));
}

/// Leaves one or none of the triangles on the same three vertices, whatever makes more of their edges ordinary.
pub(super) fn drop_duplicates(draft: &mut Draft) {
    let sorted = |triangle: &[u32; 3]| {
        let mut key = *triangle;
        key.sort_unstable();
        key
    };
    let mut keys: Vec<([u32; 3], u32)> = draft.surface.triangles.iter().map(sorted).zip(0u32..).collect();
    keys.sort_unstable();
    let edges = EdgeTable::new(&draft.surface.triangles);
    let mut dropped = vec![false; keys.len()];
    let mut doomed = Vec::new();
    for same in keys.chunk_by(|a, b| a.0 == b.0).filter(|same| same.len() > 1) {
        // Triangles at the edges beyond those of this group: one calls for a triangle here, two or none for none.
        let others = (0..3).filter_map(|side| edges.edge_of_side(same[0].1, side));
        let votes: i32 = others.map(|edge| if edges.uses(edge).len() - same.len() == 1 { 1 } else { -1 }).sum();
        let gone = if votes > 0 { &same[1..] } else { same };
        gone.iter().for_each(|&(_, t)| dropped[t as usize] = true);
        doomed.extend(gone.iter().map(|&(_, t)| t));
    }
    if let Some(&first) = doomed.iter().min() {
        let place = draft.centroid(first as usize);
        let size = doomed.iter().map(|&t| longest_side(draft, t as usize).1).fold(0.0, f64::max);
        let message = format!("{} triangles on the same vertices as another were removed", doomed.len());
        draft.record("duplicate-triangles", place, size, doomed.len(), message);
        draft.keep(|t| !dropped[t]);
    }
}
