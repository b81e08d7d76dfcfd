//! Mends triangles that cut each other where they are few and close together: they go, and the hole is closed.

use super::close_and_orient;
use super::draft::Draft;
use control::{Cancelled, RunControl};
use geometry::{Aabb, TriangleBvh};
use mesh::topology::SurfaceTopology;

/// Rings of triangles around the crossing ones that go with them, round by round.
const RINGS: [usize; 7] = [0, 0, 1, 1, 1, 2, 3];
/// Part of the area that one round may remove; above, the crossings are no local defect.
const LOCAL: f64 = 0.15;
/// A part counts as one of the surface's own above this part of the area.
const OWN: f64 = 0.01;

/// Pairs of crossing triangles.
pub(super) fn find(draft: &Draft, control: &RunControl) -> Result<Vec<(u32, u32)>, Cancelled> {
    let surface = &draft.surface;
    TriangleBvh::new(&surface.points, &surface.triangles).self_intersections(control)
}

/// Removes the crossings in `pairs` by cutting them out and closing the holes; whether none is left. Leaves the draft as
/// it was when the crossings are not local: between parts, over much of the area, or coming back.
pub(super) fn mend(draft: &mut Draft, mut pairs: Vec<(u32, u32)>, control: &RunControl) -> Result<bool, Cancelled> {
    let before = draft.clone();
    let own_parts = own_parts(draft);
    for (round, &rings) in RINGS.iter().enumerate() {
        let control = control.stage("crossings", round as f64 / RINGS.len() as f64, 1.0);
        if joins_own_parts(draft, &pairs) || !cut_out(draft, &pairs, rings) {
            break;
        }
        let first_new = close_and_orient(draft, "crossing-refilled", &control)?;
        drop_crumbs(draft, first_new);
        if draft.labels.is_empty() || self::own_parts(draft) != own_parts {
            break;
        }
        pairs = find(draft, &control)?;
        if pairs.is_empty() {
            return Ok(true);
        }
    }
    *draft = before;
    Ok(false)
}

/// Parts that are more than crumbs.
fn own_parts(draft: &Draft) -> usize {
    let (_, is_own) = part_of_triangles(draft);
    is_own.iter().filter(|own| **own).count()
}

/// Part of every triangle, and whether each part is more than a crumb.
fn part_of_triangles(draft: &Draft) -> (Vec<usize>, Vec<bool>) {
    let topology = SurfaceTopology::new(&draft.surface);
    let mut part_of = vec![0; draft.labels.len()];
    let least = OWN * draft.surface.area();
    let mut is_own = Vec::new();
    for (k, part) in topology.components.iter().enumerate() {
        part.triangles.iter().for_each(|&t| part_of[t as usize] = k);
        let area: f64 = part.triangles.iter().map(|&t| 0.5 * draft.surface.area_vector2(t as usize).norm()).sum();
        is_own.push(area >= least);
    }
    (part_of, is_own)
}

/// Whether two of the surface's own parts run through each other: their union is wanted, not a cut.
fn joins_own_parts(draft: &Draft, pairs: &[(u32, u32)]) -> bool {
    let (part_of, is_own) = part_of_triangles(draft);
    let own = |t: u32| is_own.get(part_of[t as usize]) == Some(&true);
    pairs.iter().any(|&(s, t)| part_of[s as usize] != part_of[t as usize] && own(s) && own(t))
}

/// Removes the crossing triangles and `rings` around them; nothing when that is too much.
fn cut_out(draft: &mut Draft, pairs: &[(u32, u32)], rings: usize) -> bool {
    let mut gone = vec![false; draft.labels.len()];
    pairs.iter().for_each(|&(s, t)| (gone[s as usize], gone[t as usize]) = (true, true));
    let crossing = gone.iter().filter(|gone| **gone).count();
    for _ in 0..rings {
        let mut near = vec![false; draft.surface.points.len()];
        let triangles = &draft.surface.triangles;
        triangles
            .iter()
            .zip(&gone)
            .filter(|(_, gone)| **gone)
            .for_each(|(t, _)| t.iter().for_each(|&v| near[v as usize] = true));
        triangles.iter().zip(&mut gone).for_each(|(t, gone)| *gone |= t.iter().any(|&v| near[v as usize]));
    }
    let area = |t: usize| 0.5 * draft.surface.area_vector2(t).norm();
    let removed: f64 = (0..gone.len()).filter(|&t| gone[t]).map(area).sum();
    if removed > LOCAL * draft.surface.area() {
        return false;
    }
    let triangles: Vec<u32> = (0u32..).zip(&gone).filter(|(_, gone)| **gone).map(|(t, _)| t).collect();
    let bounds = triangles.first().map_or_else(Aabb::empty, |&t| draft.bounds_of(&[t]));
    let size = draft.bounds_of(&triangles).diagonal();
    let message =
        format!("{} triangles ({crossing} cut or overlap another) were cut out, {removed:.4} mm²", triangles.len());
    draft.record("crossings-cut-out", bounds.centre(), size, triangles.len(), message);
    draft.keep(|t| !gone[t]);
    true
}

/// Drops small parts that a cut made: those that hold a triangle of a fill, numbered from `first_new` on.
fn drop_crumbs(draft: &mut Draft, first_new: usize) {
    let (part_of, is_own) = part_of_triangles(draft);
    let mut is_crumb = vec![false; is_own.len()];
    part_of.iter().skip(first_new).for_each(|&part| is_crumb[part] = !is_own[part]);
    let crumbs: Vec<u32> = (0u32..).zip(&part_of).filter(|(_, part)| is_crumb[**part]).map(|(t, _)| t).collect();
    if let Some(&first) = crumbs.first() {
        let size = draft.bounds_of(&crumbs).diagonal();
        let message = format!("{} triangles left over beside a cut were removed", crumbs.len());
        draft.record("crumbs", draft.centroid(first as usize), size, crumbs.len(), message);
        draft.keep(|t| !is_crumb[part_of[t]]);
    }
}
