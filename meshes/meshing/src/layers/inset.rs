//! The wall's vertices moved inwards step by step, with the mesh inside giving way.

use super::directions::{directions, even_out, limits};
use super::options::Heights;
use super::prism::Stack;
use super::wall::Wall;
use crate::MeshingError;
use crate::optimise::smooth::pass;
use crate::optimise::star::quality;
use crate::optimise::{Boundary, Passes, optimise, polish};
use crate::parallel::parallel_map;
use crate::surface::Input;
use crate::tets::{BoundaryFace, Hold, Incidence, TetMesh};
use control::{Cancelled, RunControl};
use mesh::{Point3, Vector3, quality as measure};
use rayon::prelude::*;

/// Part of the thickness from which the steps start: a prism without height has no shape.
const START: f64 = 0.02;
/// Steps to the whole thickness, and more for vertices that were held up.
const STEPS: usize = 4;
const MORE_STEPS: usize = 3;
/// Smoothing passes after a step, over the tetrahedra below this quality (30°, 134°).
const PASSES: usize = 2;
const ACTIVE: f64 = 0.5;
/// A step may not leave a tetrahedron below this quality (12°, 163°) ...
const LEAST_QUALITY: f64 = 0.2;
/// ... nor a prism below this soundness.
const LEAST_SOUNDNESS: f64 = 0.1;
/// A vertex's part of a step is halved so often before the vertex stays, ...
const HALVINGS: i32 = 4;
/// ... and after so many rounds of that all stay.
const ROUNDS: usize = 40;
/// Sweeps in which a displacement spreads inwards, in the first step and in each later one, which starts from the last.
const FIRST_SWEEPS: usize = 30;
const LATER_SWEEPS: usize = 6;
/// What the mesh inside must reach, in degrees and as 3 × inradius / circumradius.
pub(super) const DIHEDRAL: [f64; 2] = [15.0, 160.0];
pub(super) const RADIUS_RATIO: f64 = 0.08;
/// Layers next to a tetrahedron that does not are thinned by this factor in each of so many rounds, to this part of the
/// thickness at least, with so many smoothing passes between the rounds.
const THINNED: f64 = 0.6;
const REPAIRS: usize = 6;
const LEAST_REPAIRED: f64 = 0.2;
const REPAIR_PASSES: usize = 2;

/// The wall and what is inside it, while the wall moves.
pub(super) struct Inset<'a> {
    pub(super) core: TetMesh,
    pub(super) wall: &'a Wall,
    pub(super) heights: &'a Heights,
    input: &'a Input,
    /// Displacement of each wall vertex for the whole thickness.
    directions: Vec<Vector3<f64>>,
    /// Part of it that is done.
    pub(super) reached: Vec<f64>,
    /// Displacement of all vertices in the current step.
    shifts: Vec<Vector3<f64>>,
    around: Incidence,
    faces: Vec<BoundaryFace>,
}

impl<'a> Inset<'a> {
    /// Moves the wall's vertices inwards as far as `heights` asks and the elements allow. `core` is the mesh inside with the
    /// wall's vertices first, held fixed; its cap vertices slide in their planes.
    ///
    /// The displacement is spread inwards harmonically, so that elements far from the wall share the squeeze; after each step
    /// guarded smoothing. What a step would spoil it leaves behind. Cost: about 2 µs a tetrahedron on two cores.
    ///
    /// # Errors
    /// [`MeshingError::NoLayers`] where even the thinnest layers have no sound prisms; cancellation.
    pub(super) fn make(
        core: TetMesh,
        wall: &'a Wall,
        heights: &'a Heights,
        input: &'a Input,
        passes: usize,
        control: &RunControl,
    ) -> Result<Self, MeshingError> {
        let mut directions = directions(wall, control)?;
        let limits = limits(wall, &directions, heights, input, control)?;
        directions.iter_mut().for_each(|direction| *direction *= heights.total);
        let (count, shifts) = (wall.points.len(), vec![Vector3::zeros(); core.points.len()]);
        let around = Incidence::new(core.points.len(), &core.tets);
        control.check()?;
        let faces = core.boundary();
        let reached = vec![0.0; count];
        let mut inset = Self { core, wall, heights, input, directions, reached, shifts, around, faces };
        inset.start(control)?;
        inset.go(&limits, &control.stage("step", 0.05, 0.5))?;
        let mut even = inset.reached.clone();
        even_out(wall, &mut even);
        inset.advance(&even, LATER_SWEEPS, control)?;
        inset.optimise(passes, &control.stage("smooth", 0.5, 0.8))?;
        inset.repair(&control.stage("repair", 0.8, 1.0))?;
        Ok(inset)
    }

    /// The thinnest layers.
    fn start(&mut self, control: &RunControl) -> Result<(), MeshingError> {
        self.reached.fill(START);
        self.place();
        let sound = parallel_map(&self.wall.triangles, control, |t| self.stack(t).soundness())?;
        let is_sound = sound.iter().map(|&soundness| soundness >= LEAST_SOUNDNESS);
        let unsound = self.wall.triangles.iter().zip(is_sound).find(|(_, is_sound)| !is_sound);
        let is_positive = |tet: &[u32; 4]| self.quality_of(tet) > 0.0;
        let inverted = self.core.tets.par_iter().find_first(|tet| !is_positive(tet));
        match unsound.map(|(triangle, _)| triangle[0]).or_else(|| inverted.map(|tet| tet[0])) {
            None => Ok(()),
            Some(v) => {
                let at = self.core.points[v as usize];
                Err(MeshingError::NoLayers { at: [at.x, at.y, at.z] })
            }
        }
    }

    /// Puts the wall's vertices where `reached` says.
    fn place(&mut self) {
        let outer = self.wall.points.iter().zip(&self.directions).zip(&self.reached);
        for (point, ((outer, direction), part)) in self.core.points.iter_mut().zip(outer) {
            *point = outer + direction * *part;
        }
    }

    pub(super) fn stack(&self, triangle: &[u32; 3]) -> Stack<'a> {
        let (outer, inner) = (|v: u32| self.wall.points[v as usize], |v: u32| self.core.points[v as usize]);
        let fractions = &self.heights.fractions;
        Stack { vertices: *triangle, outer: triangle.map(outer), inner: triangle.map(inner), fractions }
    }

    fn quality_of(&self, tet: &[u32; 4]) -> f64 {
        quality(&tet.map(|v| self.core.points[v as usize]))
    }

    /// All steps towards `limits`.
    fn go(&mut self, limits: &[f64], control: &RunControl) -> Result<(), Cancelled> {
        for step in 1..=STEPS + MORE_STEPS {
            control.report(step as f64 / (STEPS + MORE_STEPS) as f64);
            let part = (step as f64 / STEPS as f64).min(1.0);
            let towards = |(limit, reached): (&f64, &f64)| (limit * part).min(reached + 1.0 / STEPS as f64);
            let mut targets: Vec<f64> = limits.iter().zip(&self.reached).map(towards).collect();
            even_out(self.wall, &mut targets);
            self.advance(&targets, if step == 1 { FIRST_SWEEPS } else { LATER_SWEEPS }, control)?;
            for number in 0..PASSES {
                let boundary =
                    Boundary { domain: &self.input.domain, rims: &self.input.features.rims, faces: &self.faces };
                pass(&mut self.core, &self.around, &boundary, ACTIVE, PASSES * step + number, control)?;
            }
            if step >= STEPS && self.reached.iter().zip(limits).all(|(reached, limit)| *reached > 0.999 * limit) {
                break;
            }
        }
        Ok(())
    }

    /// Moves the wall's vertices to `targets` (parts of the thickness) and the others with them, each as far as no element
    /// around it gets worse than allowed.
    fn advance(&mut self, targets: &[f64], sweeps: usize, control: &RunControl) -> Result<(), Cancelled> {
        let from = self.reached.clone();
        for (v, (to, from)) in targets.iter().zip(&from).enumerate() {
            self.shifts[v] = self.directions[v] * (to - from);
        }
        self.spread(sweeps, control)?;
        let old = self.core.points.clone();
        let mut parts = vec![1.0_f64; old.len()];
        let mut changed = vec![true; old.len()];
        for round in 0..=ROUNDS {
            control.check()?;
            if round == ROUNDS {
                parts.fill(0.0);
            }
            let moved =
                old.par_iter().zip(&self.shifts).zip(&parts).map(|((point, shift), part)| point + shift * *part);
            self.core.points = moved.collect();
            self.reached =
                from.iter().zip(targets).zip(&parts).map(|((from, to), part)| from + (to - from) * part).collect();
            self.place();
            let spoilt = self.spoilt(&old, &changed);
            if spoilt.is_empty() {
                break;
            }
            changed.fill(false);
            for v in spoilt.into_iter().map(|v| v as usize) {
                let part = 0.5 * parts[v];
                changed[v] = parts[v] > 0.0;
                parts[v] = if part < 0.5_f64.powi(HALVINGS) { 0.0 } else { part };
            }
        }
        Ok(())
    }

    /// Vertices, each once, of the elements with a changed vertex that a step from `old` made worse than allowed.
    fn spoilt(&self, old: &[Point3<f64>], changed: &[bool]) -> Vec<u32> {
        let is_changed = |vertices: &[u32]| vertices.iter().any(|&v| changed[v as usize]);
        let tet_spoilt = |tet: &&[u32; 4]| {
            let before = || quality(&tet.map(|v| old[v as usize]));
            let after = self.quality_of(tet);
            let is_allowed = after >= LEAST_QUALITY || after >= before();
            !is_allowed
        };
        let stack_spoilt = |triangle: &&[u32; 3]| {
            let stack = self.stack(triangle);
            let before = || Stack { inner: triangle.map(|v| old[v as usize]), ..self.stack(triangle) }.soundness();
            let after = stack.soundness();
            let is_allowed = after >= LEAST_SOUNDNESS || after >= before();
            !is_allowed
        };
        let tets = self.core.tets.par_iter().filter(|tet| is_changed(&tet[..])).filter(tet_spoilt);
        let mut vertices: Vec<u32> = tets.flat_map_iter(|tet| *tet).collect();
        let triangles = self.wall.triangles.par_iter().filter(|triangle| is_changed(&triangle[..]));
        vertices.par_extend(triangles.filter(stack_spoilt).flat_map_iter(|triangle| *triangle));
        vertices.par_sort_unstable();
        vertices.dedup();
        vertices
    }

    /// Spreads the wall's displacement inwards: each other vertex takes the mean of its neighbours, in its plane if it is on a
    /// cap. The limit is the harmonic displacement, a uniform squeeze in a round tube.
    fn spread(&mut self, sweeps: usize, control: &RunControl) -> Result<(), Cancelled> {
        let inside: Vec<u32> = (self.wall.points.len() as u32..self.core.points.len() as u32).collect();
        for _ in 0..sweeps {
            let new = parallel_map(&inside, control, |&v| self.mean_shift(v))?;
            self.shifts[self.wall.points.len()..].copy_from_slice(&new);
        }
        Ok(())
    }

    fn mean_shift(&self, v: u32) -> Vector3<f64> {
        let tets = self.around.of(v);
        let neighbours = tets.iter().flat_map(|&t| self.core.tets[t as usize]).filter(|&w| w != v);
        let sum: Vector3<f64> = neighbours.map(|w| self.shifts[w as usize]).sum();
        let mean = sum / (3 * tets.len()).max(1) as f64;
        match self.core.holds[v as usize] {
            Hold::Free => mean,
            Hold::On(patch) => self.input.cap_normal(patch).map_or(Vector3::zeros(), |n| mean - n * n.dot(&mean)),
            Hold::Rim | Hold::Fixed => Vector3::zeros(),
        }
    }

    fn optimise(&mut self, passes: usize, control: &RunControl) -> Result<(), Cancelled> {
        optimise(&mut self.core, &self.input.domain, &self.input.features.rims, Passes::thorough(passes), control)?;
        polish(&mut self.core, &self.input.domain, &self.input.features.rims, control)?;
        // The connections may have changed, and vertices off the wall may be gone.
        self.around = Incidence::new(self.core.points.len(), &self.core.tets);
        self.shifts = vec![Vector3::zeros(); self.core.points.len()];
        self.faces = self.core.boundary();
        Ok(())
    }

    /// Thins the layers next to tetrahedra that miss what they must reach.
    fn repair(&mut self, control: &RunControl) -> Result<(), Cancelled> {
        for round in 0..REPAIRS {
            let bad = self.bad_tets(control)?;
            if bad.is_empty() {
                break;
            }
            let mut targets = self.reached.clone();
            for v in self.wall_near(&bad, round) {
                let thinner = (THINNED * self.reached[v]).max(LEAST_REPAIRED);
                targets[v] = thinner.min(self.reached[v]);
            }
            even_out(self.wall, &mut targets);
            self.shifts.fill(Vector3::zeros());
            self.advance(&targets, LATER_SWEEPS, control)?;
            let part = |round: usize| round as f64 / REPAIRS as f64;
            self.optimise(REPAIR_PASSES, &control.stage("round", part(round), part(round + 1)))?;
        }
        Ok(())
    }

    /// Tetrahedra inside that miss what they must reach.
    pub(super) fn bad_tets(&self, control: &RunControl) -> Result<Vec<[u32; 4]>, Cancelled> {
        let is_good = |tet: &[u32; 4]| {
            let corners = tet.map(|v| self.core.points[v as usize]);
            let (low, high) = measure::dihedral_range_deg(&corners);
            low >= DIHEDRAL[0] && high <= DIHEDRAL[1] && measure::radius_ratio(&corners) >= RADIUS_RATIO
        };
        let mut bad = Vec::new();
        for batch in self.core.tets.chunks(1 << 16) {
            let good = parallel_map(batch, control, is_good)?;
            bad.extend(batch.iter().zip(good).filter(|(_, good)| !good).map(|(tet, _)| *tet));
        }
        Ok(bad)
    }

    /// Wall vertices of the given tetrahedra and of those around them, with `rings` rings of neighbours on the wall.
    fn wall_near(&self, tets: &[[u32; 4]], rings: usize) -> Vec<usize> {
        let stars = tets.iter().flatten().flat_map(|&v| self.around.of(v)).flat_map(|&t| self.core.tets[t as usize]);
        let mut near: Vec<u32> = stars.filter(|&v| (v as usize) < self.wall.points.len()).collect();
        for ring in 0..=rings {
            if ring > 0 {
                near = near.iter().flat_map(|&v| self.wall.neighbours(v)).collect();
            }
            near.sort_unstable();
            near.dedup();
        }
        near.into_iter().map(|v| v as usize).collect()
    }
}
