//! Local changes of the connections: edge removal, face removal (2-3 flip) and edge contraction, each only where the
//! worst tetrahedron gets better (Freitag & Ollivier-Gooch 1997; Klingner & Shewchuk 2007).

use super::star::quality;
use crate::domain::Material;
use crate::features::Rims;
use crate::tets::{FACES, Hold, Incidence, TetMesh};
use control::{Cancelled, RunControl};
use mesh::{Point3, Vector3};
use rayon::prelude::*;
use std::collections::BTreeMap;

/// Tetrahedra around an edge at most for its removal.
const LARGEST_RING: usize = 8;
/// A change must raise the worst quality by this factor.
const GAIN: f64 = 1.02;
/// Least cosine between the normals of a boundary face before and after a contraction ...
pub(super) const SAME_WAY: f64 = 0.85;
/// ... and where the faces beside a needle, which point anywhere, go with it.
const NEEDLE_WAY: f64 = 0.3;
/// Distance of an edge's middle from the rim, over its length, up to which the edge runs along the rim ...
const ON_RIM: f64 = 0.1;
/// ... and for the short edge of a needle, whose own length says little.
const NEEDLE_ON_RIM: f64 = 1.0;
const EDGES: [[usize; 2]; 6] = [[0, 1], [0, 2], [0, 3], [1, 2], [1, 3], [2, 3]];

/// A mesh whose connections change; dead tetrahedra and unused vertices are dropped by [`Reconnect::finish`].
pub(crate) struct Reconnect<'a> {
    mesh: &'a mut TetMesh,
    around: &'a Incidence,
    rims: &'a Rims,
    alive: Vec<bool>,
    measure: Measure,
    /// What the measure says of each tetrahedron; of none before it was asked.
    known: Vec<f64>,
    /// Least cosine between the normals of a boundary face before and after a contraction.
    same_way: f64,
    /// Distance of an edge's middle from the rim, over its length, up to which the edge runs along the rim.
    on_rim: f64,
    /// What a contraction that takes a vertex from the boundary must leave at least.
    at_boundary: f64,
    /// Tetrahedra around the vertices whose star differs from `around`.
    changed: BTreeMap<u32, Vec<u32>>,
}

/// How good a tetrahedron is; not above 0 where it is inverted.
pub(crate) type Measure = fn(&[Point3<f64>; 4]) -> f64;

/// Tetrahedra to take out, to put in, and the quality of the worst put in.
struct Change {
    old: Vec<u32>,
    new: Vec<([u32; 4], Material)>,
    worst: f64,
}

/// One round over the tetrahedra below `threshold`, worst first. Returns the number of changes.
pub(super) fn reconnect(
    mesh: &mut TetMesh,
    around: &Incidence,
    rims: &Rims,
    threshold: f64,
    control: &RunControl,
) -> Result<usize, Cancelled> {
    let goal = Goal { measure: quality, threshold, at_boundary: 0.0 };
    reconnect_by(&goal, measured(quality, mesh), mesh, around, rims, control)
}

/// A measure of every tetrahedron.
pub(super) fn measured(measure: Measure, mesh: &TetMesh) -> Vec<f64> {
    (0..mesh.tets.len()).into_par_iter().map(|t| measure(&mesh.corners(t))).collect()
}

/// What reconnection works on.
#[derive(Clone, Copy)]
pub(super) struct Goal {
    pub(super) measure: Measure,
    /// Tetrahedra below are worked on.
    pub(super) threshold: f64,
    /// What a contraction that takes a vertex from the boundary must leave at least: else one bad tetrahedron becomes several,
    /// and so on, until the boundary has no vertices left there.
    pub(super) at_boundary: f64,
}

/// [`reconnect`] by another measure of a tetrahedron, with its values for all of them.
pub(super) fn reconnect_by(
    goal: &Goal,
    known: Vec<f64>,
    mesh: &mut TetMesh,
    around: &Incidence,
    rims: &Rims,
    control: &RunControl,
) -> Result<usize, Cancelled> {
    let Goal { measure, threshold, at_boundary } = *goal;
    let mut bad: Vec<(f64, u32)> = known.iter().copied().zip(0..).filter(|(q, _)| *q < threshold).collect();
    bad.sort_by(|a, b| a.0.total_cmp(&b.0).then(a.1.cmp(&b.1)));
    let mut work = Reconnect { measure, known, at_boundary, ..Reconnect::new(mesh, around, rims) };
    let mut count = 0;
    for (k, (_, t)) in bad.into_iter().enumerate() {
        if k % 64 == 0 {
            control.check()?;
        }
        if work.alive[t as usize]
            && let Some(change) = work.best_change(t)
        {
            work.apply(&change);
            count += 1;
        }
    }
    if count > 0 {
        work.finish();
    }
    Ok(count)
}

/// Contracts the shortest edge of every tetrahedron in which it is shorter than `ratio` times the longest, needles first,
/// where boundary and rims allow it and no tetrahedron gets worse than `guard` or than the worst around the edge was.
/// Returns the number of contractions.
///
/// Reconnection judges angles alone, which a needle may have good ones of.
pub(crate) fn contract_needles(
    mesh: &mut TetMesh,
    rims: &Rims,
    ratio: f64,
    guard: f64,
    control: &RunControl,
) -> Result<usize, Cancelled> {
    let around = Incidence::new(mesh.points.len(), &mesh.tets);
    let mut needles: Vec<(f64, u32)> = (0..mesh.tets.len() as u32)
        .into_par_iter()
        .map(|t| (shortest_edge(mesh, t).1, t))
        .filter(|(relative, _)| *relative < ratio)
        .collect();
    needles.sort_by(|a, b| a.0.total_cmp(&b.0).then(a.1.cmp(&b.1)));
    let mut work = Reconnect { same_way: NEEDLE_WAY, on_rim: NEEDLE_ON_RIM, ..Reconnect::new(mesh, &around, rims) };
    let mut count = 0;
    for (k, (_, t)) in needles.into_iter().enumerate() {
        if k % 64 == 0 {
            control.check()?;
        }
        if !work.alive[t as usize] {
            continue;
        }
        let ([a, b], _) = shortest_edge(work.mesh, t);
        let least = |old: &[u32]| guard.min(work.worst(old));
        let both = [work.contraction(a, b, least), work.contraction(b, a, least)];
        let best = both.into_iter().flatten().max_by(|c, d| c.worst.total_cmp(&d.worst));
        if let Some(change) = best {
            work.apply(&change);
            count += 1;
        }
    }
    work.finish();
    Ok(count)
}

/// Faces at `v`, around which `tets` are, of one tetrahedron only, outward, or between two materials, each once.
pub(super) fn boundary_faces(mesh: &TetMesh, tets: &[u32], v: u32) -> Vec<[u32; 3]> {
    let mut faces: Vec<([u32; 3], [u32; 3], Material)> = Vec::new();
    for &t in tets {
        let (tet, material) = (mesh.tets[t as usize], mesh.materials[t as usize]);
        for face in FACES.map(|face| face.map(|k| tet[k])).into_iter().filter(|face| face.contains(&v)) {
            let mut key = face;
            key.sort_unstable();
            faces.push((key, face, material));
        }
    }
    faces.sort_unstable();
    let is_boundary = |group: &&[([u32; 3], [u32; 3], Material)]| match group {
        [(.., one), (.., other)] => one != other,
        _ => group.len() == 1,
    };
    faces.chunk_by(|a, b| a.0 == b.0).filter(is_boundary).map(|group| group[0].1).collect()
}

/// The shortest edge of a tetrahedron and its length over that of the longest.
fn shortest_edge(mesh: &TetMesh, t: u32) -> ([u32; 2], f64) {
    let tet = mesh.tets[t as usize];
    let length = |[i, j]: [usize; 2]| (mesh.points[tet[i] as usize] - mesh.points[tet[j] as usize]).norm();
    let longest = EDGES.into_iter().map(length).fold(0.0, f64::max);
    let shortest = EDGES.into_iter().min_by(|&e, &f| length(e).total_cmp(&length(f))).unwrap_or(EDGES[0]);
    (shortest.map(|k| tet[k]), length(shortest) / longest)
}

impl<'a> Reconnect<'a> {
    pub(crate) fn new(mesh: &'a mut TetMesh, around: &'a Incidence, rims: &'a Rims) -> Self {
        let alive = vec![true; mesh.tets.len()];
        Self {
            mesh,
            around,
            rims,
            alive,
            measure: quality,
            known: Vec::new(),
            same_way: SAME_WAY,
            on_rim: ON_RIM,
            at_boundary: 0.0,
            changed: BTreeMap::new(),
        }
    }

    fn star(&self, v: u32) -> &[u32] {
        self.changed.get(&v).map_or_else(|| self.around.of(v), Vec::as_slice)
    }

    fn worst(&self, tets: &[u32]) -> f64 {
        let of = |t: u32| match self.known.get(t as usize) {
            Some(&known) => known,
            None => (self.measure)(&self.mesh.corners(t as usize)),
        };
        tets.iter().map(|&t| of(t)).fold(f64::INFINITY, f64::min)
    }

    fn quality_of(&self, tet: &[u32; 4]) -> f64 {
        (self.measure)(&tet.map(|v| self.mesh.points[v as usize]))
    }

    /// The change around `t` that leaves the best worst tetrahedron, if it is better than now.
    fn best_change(&self, t: u32) -> Option<Change> {
        let tet = self.mesh.tets[t as usize];
        let removals = EDGES.iter().filter_map(|&[i, j]| self.edge_removal(tet[i], tet[j]));
        let flips = FACES.iter().filter_map(|face| self.face_removal(t, face.map(|k| tet[k])));
        let pairs = EDGES.iter().flat_map(|&[i, j]| [[tet[i], tet[j]], [tet[j], tet[i]]]);
        let least = |old: &[u32]| GAIN * self.worst(old).max(0.0);
        let contractions = pairs.filter_map(|[v, w]| self.contraction(v, w, least));
        let better = |change: &Change| change.worst > least(&change.old);
        let all = removals.chain(flips).chain(contractions).filter(better);
        // The first of equals wins, so the order decides the same everywhere.
        all.fold(None, |best: Option<Change>, change| match best {
            Some(best) if best.worst >= change.worst => Some(best),
            _ => Some(change),
        })
    }

    fn apply(&mut self, change: &Change) {
        let first = self.mesh.tets.len() as u32;
        self.mesh.tets.extend(change.new.iter().map(|(tet, _)| tet));
        self.mesh.materials.extend(change.new.iter().map(|(_, material)| material));
        self.alive.resize(self.mesh.tets.len(), true);
        if !self.known.is_empty() {
            let new: Vec<f64> = change.new.iter().map(|(tet, _)| self.quality_of(tet)).collect();
            self.known.extend(new);
        }
        let mut vertices: Vec<u32> = change.old.iter().flat_map(|&t| self.mesh.tets[t as usize]).collect();
        vertices.sort_unstable();
        vertices.dedup();
        change.old.iter().for_each(|&t| self.alive[t as usize] = false);
        for v in vertices {
            let mut star: Vec<u32> = self.star(v).iter().copied().filter(|&t| self.alive[t as usize]).collect();
            star.extend((first..).zip(&change.new).filter(|(_, (tet, _))| tet.contains(&v)).map(|(t, _)| t));
            self.changed.insert(v, star);
        }
    }

    /// Drops dead tetrahedra and vertices without any.
    pub(crate) fn finish(self) {
        self.mesh.retain(&self.alive);
        self.mesh.drop_unused_vertices();
    }

    /// All tetrahedra around an edge inside, replaced by the best triangulation of the ring joined to both ends.
    fn edge_removal(&self, a: u32, b: u32) -> Option<Change> {
        let old: Vec<u32> = self.star(a).iter().copied().filter(|&t| self.mesh.tets[t as usize].contains(&b)).collect();
        if !(3..=LARGEST_RING).contains(&old.len()) {
            return None;
        }
        let material = self.common_material(&old)?;
        let ring = self.ring(a, b, &old)?;
        let triangle = |i: usize, k: usize, j: usize| [[ring[i], ring[k], ring[j], b], [ring[i], ring[j], ring[k], a]];
        // Klincsek's dynamic programme (1980): the best split of the polygon between ring vertices i and j.
        let n = ring.len();
        let mut best = [[f64::INFINITY; LARGEST_RING]; LARGEST_RING];
        let mut via = [[0; LARGEST_RING]; LARGEST_RING];
        for span in 2..n {
            for i in 0..n - span {
                let j = i + span;
                best[i][j] = f64::NEG_INFINITY;
                for k in i + 1..j {
                    let own = triangle(i, k, j).iter().map(|tet| self.quality_of(tet)).fold(f64::INFINITY, f64::min);
                    let worst = own.min(best[i][k]).min(best[k][j]);
                    if worst > best[i][j] {
                        (best[i][j], via[i][j]) = (worst, k);
                    }
                }
            }
        }
        let worst = best[0][n - 1];
        let mut new = Vec::new();
        let mut open = vec![(0, n - 1)];
        while let Some((i, j)) = open.pop() {
            if j > i + 1 && worst > 0.0 {
                let k = via[i][j];
                new.extend(triangle(i, k, j).map(|tet| (tet, material)));
                open.extend([(i, k), (k, j)]);
            }
        }
        (worst > 0.0).then_some(Change { old, new, worst })
    }

    /// The material of all `tets`; `None` where a boundary lies between them.
    fn common_material(&self, tets: &[u32]) -> Option<Material> {
        let mut materials = tets.iter().map(|&t| self.mesh.materials[t as usize]);
        let first = materials.next()?;
        materials.all(|material| material == first).then_some(first)
    }

    /// The vertices around an edge in right-handed order; `None` when the ring is open, on the boundary.
    fn ring(&self, a: u32, b: u32, tets: &[u32]) -> Option<Vec<u32>> {
        let mut steps: Vec<[u32; 2]> = tets.iter().map(|&t| opposite(&self.mesh.tets[t as usize], a, b)).collect();
        let [start, mut last] = steps.pop()?;
        let mut ring = vec![start];
        while last != start {
            ring.push(last);
            let next = steps.iter().position(|step| step[0] == last)?;
            last = steps.swap_remove(next)[1];
        }
        steps.is_empty().then_some(ring)
    }

    /// Two tetrahedra on a face replaced by three around the line between their apexes.
    fn face_removal(&self, t: u32, face: [u32; 3]) -> Option<Change> {
        let holds = |tet: u32| face.iter().all(|v| self.mesh.tets[tet as usize].contains(v));
        let other = self.star(face[0]).iter().copied().find(|&other| other != t && holds(other))?;
        let apex = |tet: u32| self.mesh.tets[tet as usize].into_iter().find(|v| !face.contains(v));
        let material = self.common_material(&[t, other])?;
        // The face is outward: its own apex lies behind, the other's before it.
        let (behind, before) = (apex(t)?, apex(other)?);
        let new = [0, 1, 2].map(|k| [behind, before, face[k], face[(k + 1) % 3]]);
        let worst = new.iter().map(|tet| self.quality_of(tet)).fold(f64::INFINITY, f64::min);
        let new = new.map(|tet| (tet, material)).to_vec();
        (worst > 0.0).then_some(Change { old: vec![t, other], new, worst })
    }

    /// Vertex `v` merged into its neighbour `w`, where that leaves tetrahedra above what `least` says of the old ones and
    /// the boundary and the rims allow it.
    fn contraction(&self, v: u32, w: u32, least: impl Fn(&[u32]) -> f64) -> Option<Change> {
        if self.mesh.holds[v as usize] == Hold::Fixed {
            return None;
        }
        let old = self.star(v).to_vec();
        let all = old.iter().map(|&t| (self.mesh.tets[t as usize], self.mesh.materials[t as usize]));
        let kept = all.filter(|(tet, _)| !tet.contains(&w));
        let moved = |tet: [u32; 4]| tet.map(|x| if x == v { w } else { x });
        let new: Vec<([u32; 4], Material)> = kept.map(|(tet, material)| (moved(tet), material)).collect();
        let least = least(&old).max(if self.mesh.on_boundary(v) { self.at_boundary } else { 0.0 });
        let worst = new
            .iter()
            .map(|(tet, _)| self.quality_of(tet))
            .try_fold(f64::INFINITY, |worst, q| (q > least).then_some(f64::min(worst, q)))?;
        // Quality is cheaper to tell than whether the boundary allows it.
        let fits = !new.is_empty() && self.may_contract(v, w);
        fits.then_some(Change { old, new, worst })
    }

    /// Merges `v` into the neighbour on a rim that leaves the best tetrahedra, if none gets worse than `guard`.
    pub(crate) fn contract_into_rim(&mut self, v: u32, guard: f64) -> bool {
        let mut neighbours: Vec<u32> = self.star(v).iter().flat_map(|&t| self.mesh.tets[t as usize]).collect();
        neighbours.retain(|&w| self.mesh.holds[w as usize] == Hold::Rim);
        neighbours.sort_unstable();
        neighbours.dedup();
        let mut best: Option<Change> = None;
        for change in neighbours.into_iter().filter_map(|w| self.contraction(v, w, |_| guard)) {
            if change.worst > best.as_ref().map_or(guard, |best| best.worst) {
                best = Some(change);
            }
        }
        best.is_some_and(|change| {
            self.apply(&change);
            true
        })
    }

    fn may_contract(&self, v: u32, w: u32) -> bool {
        let (from, to) = (self.mesh.holds[v as usize], self.mesh.holds[w as usize]);
        let faces = self.boundary_faces(v);
        let beside: Vec<&[u32; 3]> = faces.iter().filter(|face| face.contains(&w)).collect();
        let allowed = match from {
            Hold::Free => true,
            Hold::On(_) => beside.len() == 2 && (to == from || matches!(to, Hold::Rim | Hold::Fixed)),
            // Three sheets meet at a junction only.
            Hold::Rim => {
                let along = beside.len() > 2 || (beside.len() == 2 && self.runs_along_rim(v, w));
                along && matches!(to, Hold::Rim | Hold::Fixed)
            }
            Hold::Fixed => false,
        };
        allowed
            && self.links_agree(v, w, beside.len())
            && (from == Hold::Free || self.faces_keep_their_way(v, w, &faces))
    }

    /// Whether the middle between two vertices on rims is on a rim too.
    fn runs_along_rim(&self, v: u32, w: u32) -> bool {
        let [p, q] = [v, w].map(|v| self.mesh.points[v as usize]);
        let middle = nalgebra::center(&p, &q);
        self.rims.closest(&middle).is_some_and(|(_, distance)| distance < self.on_rim * (p - q).norm())
    }

    fn boundary_faces(&self, v: u32) -> Vec<[u32; 3]> {
        boundary_faces(self.mesh, self.star(v), v)
    }

    /// Link condition (Dey et al. 1999): the common neighbours of both ends are the vertices around the edge, inside
    /// and on the boundary, so that the contraction keeps the topology.
    fn links_agree(&self, v: u32, w: u32, sheets: usize) -> bool {
        let neighbours = |u: u32| {
            let mut all: Vec<u32> = self.star(u).iter().flat_map(|&t| self.mesh.tets[t as usize]).collect();
            all.sort_unstable();
            all.dedup();
            all
        };
        let of_w = neighbours(w);
        let common = neighbours(v).into_iter().filter(|u| of_w.binary_search(u).is_ok()).count();
        let mut around: Vec<u32> =
            self.star(v).iter().map(|&t| self.mesh.tets[t as usize]).filter(|tet| tet.contains(&w)).flatten().collect();
        around.sort_unstable();
        around.dedup();
        if common != around.len() {
            return false;
        }
        let on_boundary = |u: u32| {
            let mut all: Vec<u32> = self.boundary_faces(u).concat();
            all.sort_unstable();
            all.dedup();
            all
        };
        let (of_v, of_w) = (on_boundary(v), on_boundary(w));
        // v, w and the vertices opposite to their edge, one a sheet of the boundary; nothing where v is inside.
        let shared = of_v.iter().filter(|u| of_w.binary_search(u).is_ok()).count();
        of_v.is_empty() || shared == 2 + sheets
    }

    fn faces_keep_their_way(&self, v: u32, w: u32, faces: &[[u32; 3]]) -> bool {
        let normal = |face: [u32; 3]| -> Vector3<f64> {
            let [a, b, c] = face.map(|x| self.mesh.points[x as usize]);
            (b - a).cross(&(c - a))
        };
        faces.iter().filter(|face| !face.contains(&w)).all(|&face| {
            let (before, after) = (normal(face), normal(face.map(|x| if x == v { w } else { x })));
            before.dot(&after) > self.same_way * before.norm() * after.norm()
        })
    }
}

/// The other two vertices of a tetrahedron with the edge a-b, so that (a, b, x, y) is positive.
fn opposite(tet: &[u32; 4], a: u32, b: u32) -> [u32; 2] {
    let i = tet.iter().position(|&v| v == a).unwrap_or(0);
    let j = tet.iter().position(|&v| v == b).unwrap_or(0);
    let mut rest = (0..4).filter(|&k| k != i && k != j);
    let (k, l) = (rest.next().unwrap_or(0), rest.next().unwrap_or(0));
    // The sign of the permutation (i, j, k, l).
    let order = [i, j, k, l];
    let inversions = (0..4).flat_map(|m| (m + 1..4).map(move |n| (m, n))).filter(|&(m, n)| order[m] > order[n]).count();
    if inversions % 2 == 0 { [tet[k], tet[l]] } else { [tet[l], tet[k]] }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn improved(points: Vec<Point3<f64>>, tets: Vec<[u32; 4]>, holds: Vec<Hold>) -> (TetMesh, f64, f64) {
        let mut mesh = TetMesh { points, materials: vec![1; tets.len()], tets, holds };
        let worst =
            |mesh: &TetMesh| (0..mesh.tets.len()).map(|t| quality(&mesh.corners(t))).fold(f64::INFINITY, f64::min);
        let (before, volume) = (worst(&mesh), mesh.volume());
        assert!(before > 0.0);
        let around = Incidence::new(mesh.points.len(), &mesh.tets);
        assert_eq!(reconnect(&mut mesh, &around, &Rims::default(), 0.6, &RunControl::silent()).unwrap(), 1);
        assert!((mesh.volume() - volume).abs() < 1e-14);
        let after = worst(&mesh);
        (mesh, before, after)
    }

    #[test]
    fn three_flat_tetrahedra_around_an_edge_become_two_and_back() {
        let ring = |k: f64, z: f64| Point3::new((2.1 * k).cos(), (2.1 * k).sin(), z);
        let points = |height: f64| {
            vec![
                ring(0.0, 0.0),
                ring(1.0, 0.0),
                ring(2.0, 0.0),
                Point3::new(0.0, 0.0, -height),
                Point3::new(0.0, 0.0, height),
            ]
        };
        let holds = vec![Hold::Fixed; 5];
        let long = vec![[3, 4, 0, 1], [3, 4, 1, 2], [3, 4, 2, 0]];
        let (mesh, before, after) = improved(points(4.0), long, holds.clone());
        assert!(mesh.tets.len() == 2 && after > before, "{before} {after}");
        let flat = vec![[0, 1, 2, 4], [0, 2, 1, 3]];
        let (mesh, before, after) = improved(points(0.3), flat, holds);
        assert!(mesh.tets.len() == 3 && after > before, "{before} {after}");
    }

    #[test]
    fn an_inner_vertex_next_to_another_is_merged_into_it() {
        // An octahedron around its centre with one more vertex close to the centre.
        let mut points: Vec<Point3<f64>> =
            (0..3).flat_map(|axis| [1.0, -1.0].map(|sign| Point3::from(Vector3::ith(axis, sign)))).collect();
        points.push(Point3::new(0.0, 0.0, 0.0));
        points.push(Point3::new(0.02, 0.03, 0.04));
        let mut tets: Vec<[u32; 4]> = Vec::new();
        for k in 0..8_u32 {
            let (x, y, z) = (k & 1, 2 + (k >> 1 & 1), 4 + (k >> 2));
            let odd = k.count_ones() % 2 == 1;
            let tet = if odd { [x, z, y, 6] } else { [x, y, z, 6] };
            if k == 0 {
                tets.extend([[x, y, z, 7], [x, y, 7, 6], [y, z, 7, 6], [z, x, 7, 6]]);
            } else {
                tets.push(tet);
            }
        }
        for tet in &mut tets {
            if mesh::quality::signed_volume(&tet.map(|v| points[v as usize])) < 0.0 {
                tet.swap(0, 1);
            }
        }
        let mut holds = vec![Hold::Fixed; 6];
        holds.extend([Hold::Free; 2]);
        let (mesh, before, after) = improved(points, tets, holds);
        assert_eq!((mesh.points.len(), mesh.tets.len()), (7, 8));
        assert!(after > 5.0 * before);
    }
}
