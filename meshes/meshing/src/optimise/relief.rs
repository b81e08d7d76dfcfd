//! The last tetrahedra below the floor of quality, for whose sake vertices may leave the boundary by a little.
//!
//! Where parts come nearer to each other than the size, at corners of cuts and where four parts meet along a line, no
//! position on the boundary gives good tetrahedra. A mesh off its boundary by part of an element is right to that much,
//! and says so; a flat tetrahedron spoils the equations of everything.

use super::Boundary;
use super::reconnect::{Goal, Measure, SAME_WAY, boundary_faces, measured, reconnect_by};
use super::star::{Star, quality};
use crate::blocks::Random;
use crate::domain::{Domain, OUTSIDE};
use crate::features::Rims;
use crate::tets::{BoundaryFace, FACES, Hold, Incidence, TetMesh};
use control::{Cancelled, RunControl};
use mesh::quality::radius_ratio;
use mesh::{Point3, Vector3};

/// Below this shape a tetrahedron has angles below 16° or above 157°, or a radius ratio below 0.22.
pub(crate) const FLOOR: f64 = 0.275;
/// Radius ratio that counts as much as a sine of 1.
const RATIO: f64 = 0.8;
const LAST_RATIO: f64 = 0.4;
/// Distances over the length of the edges around by which vertices may leave the boundary, one round after the other.
const LEASHES: [f64; 6] = [0.0, 0.1, 0.2, 0.35, 0.5, 1.0];
/// Turns of smoothing and reconnection at each distance.
const TURNS: usize = 4;
/// Turns at all distances.
const ROUND: usize = LEASHES.len() * TURNS;
/// The round from which neighbours of the worst tetrahedra move too.
const WITH_NEIGHBOURS: usize = 3;
/// Times that all rounds are gone through, with the worst tetrahedra given away between them.
const ATTEMPTS: usize = 12;
/// The attempt from which tetrahedra with vertices off the boundary are given away too.
const WITH_FREE: usize = 2;
/// The attempt from which they are given away however far that takes the boundary, and vertices may leave it by more, by this
/// factor.
const ANYWHERE: usize = 3;
const AT_LAST: f64 = 2.0;
/// Random steps tried for a vertex in one turn, and the factor on their length where one fails.
const STEPS: usize = 32;
const SHRINK: f64 = 0.9;

/// Tetrahedra at which a small mesh is given up, at first and after some turns; leashes that it uses.
const MANY: usize = 24;
const MANY_LATER: usize = 8;
const SHORT_LEASHES: usize = 4;

/// What was done.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(crate) struct Relief {
    /// Tetrahedra below the floor before and after.
    pub(crate) before: usize,
    pub(crate) after: usize,
    /// Changes of connections.
    pub(crate) reconnected: usize,
    /// Tetrahedra that changed their material.
    pub(crate) given: usize,
}

/// Smallest sine of the dihedral angles as in [`quality`], or the radius ratio over 0.8 where that is less.
pub(crate) fn shape(corners: &[Point3<f64>; 4]) -> f64 {
    quality(corners).min(radius_ratio(corners) / RATIO)
}

/// [`shape`] with half the weight of the radius ratio, for the few where nothing else is left.
pub(crate) fn last_shape(corners: &[Point3<f64>; 4]) -> f64 {
    quality(corners).min(radius_ratio(corners) / LAST_RATIO)
}

/// Improves the tetrahedra below the floor of shape, first with all vertices on the boundary, then with those around the
/// worst up to half of the edges' length off it, at most `farthest` (mm); what is left then goes to the material that it has the largest faces with, and all
/// begins anew.
pub(crate) fn relieve(
    mesh: &mut TetMesh,
    domain: &dyn Domain,
    rims: &Rims,
    farthest: f64,
    control: &RunControl,
) -> Result<Relief, Cancelled> {
    let boundary = Boundary { domain, rims, faces: &[] };
    let mut state = State::of(mesh);
    let mut relief = Relief { before: state.worst.len(), ..Relief::default() };
    for seed in 0..(ATTEMPTS * ROUND) as u64 {
        control.check()?;
        if state.worst.is_empty() {
            break;
        }
        let (attempt, round) = (seed as usize / ROUND, seed as usize % ROUND / TURNS);
        let (within, farthest) =
            if attempt < ANYWHERE { (farthest, farthest) } else { (f64::INFINITY, AT_LAST * farthest) };
        if seed > 0 && (seed as usize).is_multiple_of(ROUND) {
            relief.given += give(mesh, domain, &state.worst, attempt >= WITH_FREE, within);
            state = State::of(mesh);
        }
        let with_neighbours = attempt > 0 || round >= WITH_NEIGHBOURS;
        let turn = Turn { leash: LEASHES[round], farthest, seed, with_neighbours, keeps_way: false };
        relief.reconnected += state.improve(mesh, &boundary, turn, control)?;
    }
    relief.after = state.worst.len();
    Ok(relief)
}

/// Improves the tetrahedra below the floor of shape with all vertices on the boundary. Returns the changes of connections.
pub(crate) fn polish(
    mesh: &mut TetMesh,
    domain: &dyn Domain,
    rims: &Rims,
    control: &RunControl,
) -> Result<usize, Cancelled> {
    let boundary = Boundary { domain, rims, faces: &[] };
    let mut state = State::of(mesh);
    let mut reconnected = 0;
    for seed in 0..ROUND as u64 {
        control.check()?;
        if state.worst.is_empty() {
            break;
        }
        let turn = Turn { leash: 0.0, farthest: 0.0, seed, with_neighbours: seed >= TURNS as u64, keeps_way: true };
        reconnected += state.improve(mesh, &boundary, turn, control)?;
    }
    Ok(reconnected)
}

/// Improves the tetrahedra of which `measure` is below `floor` for at most `turns` turns, with vertices up to `farthest` (mm) off the
/// boundary in the later ones, and says whether none is left. Gives up early where they are many.
pub(crate) fn relieve_to(
    mesh: &mut TetMesh,
    boundary: &Boundary<'_>,
    (measure, floor): (Measure, f64),
    farthest: f64,
    (turns, seed): (usize, u64),
    control: &RunControl,
) -> Result<bool, Cancelled> {
    let mut state = State::above(mesh, measure, floor);
    for turn in 0..turns {
        let most = if turn < TURNS { MANY } else { MANY_LATER };
        if state.worst.is_empty() || state.worst.len() > most {
            break;
        }
        let leash = LEASHES[turn * SHORT_LEASHES / turns];
        let (seed, with_neighbours) = (seed + turn as u64, turn % 2 == 1);
        let turn = Turn { leash, farthest, seed, with_neighbours, keeps_way: false };
        state.improve(mesh, boundary, turn, control)?;
    }
    Ok(state.worst.is_empty())
}

/// What is known of a mesh between two turns.
struct State {
    around: Incidence,
    /// Shape of every tetrahedron.
    shapes: Vec<f64>,
    measure: Measure,
    floor: f64,
    /// Those below the floor, worst first.
    worst: Vec<u32>,
}

impl State {
    fn of(mesh: &TetMesh) -> Self {
        Self::above(mesh, shape, FLOOR)
    }

    /// With a measure of shape and a floor of its own.
    fn above(mesh: &TetMesh, measure: Measure, floor: f64) -> Self {
        let around = Incidence::new(mesh.points.len(), &mesh.tets);
        let mut state = Self { around, shapes: measured(measure, mesh), measure, floor, worst: Vec::new() };
        state.sort();
        state
    }

    fn sort(&mut self) {
        let mut worst: Vec<(f64, u32)> =
            self.shapes.iter().copied().zip(0..).filter(|(q, _)| *q < self.floor).collect();
        worst.sort_by(|a, b| a.0.total_cmp(&b.0).then(a.1.cmp(&b.1)));
        self.worst = worst.into_iter().map(|(_, t)| t).collect();
    }

    /// One turn of smoothing and reconnection around the worst. Returns the changes of connections.
    fn improve(
        &mut self,
        mesh: &mut TetMesh,
        boundary: &Boundary<'_>,
        turn: Turn,
        control: &RunControl,
    ) -> Result<usize, Cancelled> {
        let moved = smooth(mesh, self.measure, &self.around, boundary, &self.worst, turn, control)?;
        for &t in moved.iter().flat_map(|&v| self.around.of(v)) {
            self.shapes[t as usize] = (self.measure)(&mesh.corners(t as usize));
        }
        let shapes = self.shapes.clone();
        let at_boundary = if turn.keeps_way { self.floor } else { 0.0 };
        let goal = Goal { measure: self.measure, threshold: self.floor, at_boundary };
        let changed = reconnect_by(&goal, shapes, mesh, &self.around, boundary.rims, control)?;
        if changed > 0 {
            *self = Self::above(mesh, self.measure, self.floor);
        } else {
            self.sort();
        }
        Ok(changed)
    }
}

/// Gives each of `tets` with all vertices on the boundary, or any `with_free` ones, to the material beyond the largest of
/// its faces there, if it has any and the others, which become the boundary, lie `within` (mm) of the domain's. Returns how
/// many were given away.
fn give(mesh: &mut TetMesh, domain: &dyn Domain, tets: &[u32], with_free: bool, within: f64) -> usize {
    let faces = mesh.boundary();
    let mut taken: Vec<u32> = Vec::new();
    let mut count = 0;
    for &t in tets {
        let own = faces.partition_point(|face| face.tet < t)..faces.partition_point(|face| face.tet <= t);
        let area = |face: &&BoundaryFace| face.area_vector2(&mesh.points).norm();
        let largest = faces[own.clone()].iter().max_by(|a, b| area(a).total_cmp(&area(b)));
        let corners = mesh.tets[t as usize];
        // Neighbours would see each other's old material.
        if let Some(face) = largest
            && corners.iter().all(|v| !taken.contains(v) && (with_free || mesh.on_boundary(*v)))
            && leaves_near(mesh, domain, t, &faces[own], within)
        {
            taken.extend(corners);
            for v in corners.into_iter().filter(|&v| !mesh.on_boundary(v)).collect::<Vec<_>>() {
                let sides = [face.material, face.beyond];
                mesh.holds[v as usize] = Hold::On(domain.patch_at(&mesh.points[v as usize], sides));
            }
            mesh.materials[t as usize] = face.beyond;
            count += 1;
        }
    }
    let keep: Vec<bool> = mesh.materials.iter().map(|&material| material != OUTSIDE).collect();
    mesh.retain(&keep);
    mesh.drop_unused_vertices();
    count
}

/// Whether the faces of a tetrahedron that are not `own` ones of the boundary lie `within` (mm) of the domain's.
fn leaves_near(mesh: &TetMesh, domain: &dyn Domain, t: u32, own: &[BoundaryFace], within: f64) -> bool {
    let corners = mesh.corners(t as usize);
    let is_own = |side: usize| own.iter().any(|face| usize::from(face.side) == side);
    let left = FACES.iter().enumerate().filter(|(side, _)| !is_own(*side)).map(|(_, face)| face);
    let centroid =
        |face: &[usize; 3]| Point3::from(face.iter().map(|&k| corners[k].coords).sum::<Vector3<f64>>() / 3.0);
    within.is_infinite() || left.map(centroid).all(|p| domain.distance(&p, f64::INFINITY) <= within)
}

/// How far vertices may leave the boundary in a turn (over the length of the edges around, and in mm at most), what its
/// random steps follow from, whether the neighbours of the worst tetrahedra move too, and whether faces of the boundary keep
/// their way, so that no vertex changes to the other side of a thin wall or gap, and only cures take vertices from it.
#[derive(Clone, Copy)]
struct Turn {
    leash: f64,
    farthest: f64,
    seed: u64,
    with_neighbours: bool,
    keeps_way: bool,
}

/// Moves the vertices of the `bad` tetrahedra to where the worst around them is better, one after the other, then their
/// neighbours, which may stand in the way. Returns those it tried to move.
fn smooth(
    mesh: &mut TetMesh,
    measure: Measure,
    around: &Incidence,
    boundary: &Boundary<'_>,
    bad: &[u32],
    turn: Turn,
    control: &RunControl,
) -> Result<Vec<u32>, Cancelled> {
    let mut tried = Vec::new();
    for (k, &t) in bad.iter().enumerate() {
        if k.is_multiple_of(8) {
            control.check()?;
        }
        let own = mesh.tets[t as usize];
        let mut beside: Vec<u32> = match turn.with_neighbours {
            true => own.iter().flat_map(|&v| around.of(v)).flat_map(|&t| mesh.tets[t as usize]).collect(),
            false => Vec::new(),
        };
        beside.retain(|v| !own.contains(v));
        beside.sort_unstable();
        beside.dedup();
        for v in own.into_iter().chain(beside) {
            if mesh.holds[v as usize] != Hold::Fixed {
                improve(mesh, measure, around.of(v), boundary, v, turn);
                tried.push(v);
            }
        }
    }
    tried.sort_unstable();
    tried.dedup();
    Ok(tried)
}

/// Random steps around the best position so far, shorter after each that fails.
fn improve(mesh: &mut TetMesh, measure: Measure, tets: &[u32], boundary: &Boundary<'_>, v: u32, turn: Turn) {
    let start = mesh.points[v as usize];
    let hold = mesh.holds[v as usize];
    let radius = half_edge(mesh, tets, v);
    let mut star = Star::new(measure, mesh, tets, v);
    let mut best = (star.worst(&start, f64::NEG_INFINITY), start);
    let mut random = Random::new(u64::from(v) << 16 | turn.seed);
    let mut step = radius;
    let leash = (2.0 * radius * turn.leash).min(turn.farthest);
    let faces = if turn.keeps_way && hold != Hold::Free { boundary_faces(mesh, tets, v) } else { Vec::new() };
    for _ in 0..STEPS {
        let direction = Vector3::new(random.symmetric(), random.symmetric(), random.symmetric());
        let tried = best.1 + direction * step;
        let Some(tried) = leashed(boundary, &tried, hold, [leash, turn.leash * radius], radius) else {
            step *= SHRINK;
            continue;
        };
        let worst = star.worst(&tried, best.0);
        if worst > best.0 && faces.iter().all(|face| keeps_way(&mesh.points, face, v, [start, tried])) {
            best = (worst, tried);
        } else {
            step *= SHRINK;
        }
    }
    mesh.points[v as usize] = best.1;
}

/// Whether a face of the boundary points the same way with a vertex of it at another place.
fn keeps_way(points: &[Point3<f64>], face: &[u32; 3], v: u32, [start, place]: [Point3<f64>; 2]) -> bool {
    let normal = |at: Point3<f64>| {
        let [a, b, c] = face.map(|w| if w == v { at } else { points[w as usize] });
        (b - a).cross(&(c - a))
    };
    let (before, after) = (normal(start), normal(place));
    before.dot(&after) >= SAME_WAY * before.norm() * after.norm()
}

/// The point itself within the first leash of its boundary, else its nearest point there if within `reach`; a point of a
/// junction may go along the surfaces that meet there, within the second leash.
fn leashed(
    boundary: &Boundary<'_>,
    p: &Point3<f64>,
    hold: Hold,
    [leash, along]: [f64; 2],
    reach: f64,
) -> Option<Point3<f64>> {
    let on = boundary.hold(p, hold, reach)?;
    let away = (p - on).norm();
    let is_beside = || hold == Hold::Rim && away <= along && boundary.domain.distance(p, away) <= leash;
    Some(if away <= leash || is_beside() { *p } else { on })
}

/// Half the mean length of the edges at a vertex.
fn half_edge(mesh: &TetMesh, tets: &[u32], v: u32) -> f64 {
    let p = mesh.points[v as usize];
    let lengths = tets.iter().flat_map(|&t| mesh.tets[t as usize]).filter(|&w| w != v);
    let (sum, count) = lengths.fold((0.0, 0.0), |(sum, n), w| (sum + (mesh.points[w as usize] - p).norm(), n + 1.0));
    if count > 0.0 { 0.5 * sum / count } else { 0.0 }
}
