//! Guarded smoothing: a vertex moves only where the worst tetrahedron around it gets better.

use super::Boundary;
use super::star::{Star, quality};
use crate::blocks::Random;
use crate::tets::{Hold, Incidence, TetMesh};
use control::{Cancelled, RunControl};
use mesh::{Point3, Vector3};
use rayon::prelude::*;

/// Random directions tried for a vertex in one pass.
const DIRECTIONS: usize = 8;
/// Vertices computed between two looks at the cancel flag.
const BATCH: usize = 8192;

/// One pass over the vertices of all tetrahedra with a quality below `threshold`. Returns how many moved.
///
/// Vertices of one colour share no tetrahedron and move at the same time, so the result does not depend on threads.
pub(crate) fn pass(
    mesh: &mut TetMesh,
    around: &Incidence,
    boundary: &Boundary<'_>,
    threshold: f64,
    number: usize,
    control: &RunControl,
) -> Result<usize, Cancelled> {
    let bad: Vec<bool> =
        mesh.tets.par_iter().map(|tet| quality(&tet.map(|v| mesh.points[v as usize])) < threshold).collect();
    let mut active = vec![false; mesh.points.len()];
    for (tet, _) in mesh.tets.iter().zip(&bad).filter(|(_, bad)| **bad) {
        tet.iter().for_each(|&v| active[v as usize] = mesh.holds[v as usize] != Hold::Fixed);
    }
    let normals = boundary.normals(&mesh.points);
    let mut moved = 0;
    for class in colour_classes(mesh, around, &active) {
        for batch in class.chunks(BATCH) {
            control.check()?;
            let vertex = |&v: &u32| {
                Vertex { mesh, tets: around.of(v), boundary, normal: normals[v as usize], v }.improve(number)
            };
            let moves: Vec<Option<Point3<f64>>> = batch.par_iter().with_min_len(32).map(vertex).collect();
            for (&v, position) in batch.iter().zip(moves) {
                if let Some(position) = position {
                    mesh.points[v as usize] = position;
                    moved += 1;
                }
            }
        }
    }
    Ok(moved)
}

/// Active vertices by greedy colour, in ascending order within each.
fn colour_classes(mesh: &TetMesh, around: &Incidence, active: &[bool]) -> Vec<Vec<u32>> {
    const NONE: u8 = u8::MAX;
    let mut colour = vec![NONE; active.len()];
    let mut classes: Vec<Vec<u32>> = Vec::new();
    for v in (0..active.len() as u32).filter(|&v| active[v as usize]) {
        let mut used = 0_u128;
        for &t in around.of(v) {
            for &w in &mesh.tets[t as usize] {
                if colour[w as usize] != NONE {
                    used |= 1 << colour[w as usize];
                }
            }
        }
        // A vertex with more than 127 coloured neighbours is left for a pass with fewer active ones.
        let free = used.trailing_ones() as usize;
        if free < 127 {
            colour[v as usize] = free as u8;
            if free == classes.len() {
                classes.push(Vec::new());
            }
            classes[free].push(v);
        }
    }
    classes
}

type Quality = fn(&[Point3<f64>; 4]) -> f64;

/// A vertex with the tetrahedra around it.
struct Vertex<'a> {
    mesh: &'a TetMesh,
    tets: &'a [u32],
    boundary: &'a Boundary<'a>,
    normal: Vector3<f64>,
    v: u32,
}

impl Vertex<'_> {
    /// A better position, if the average of the neighbours or a random step finds one.
    fn improve(&self, pass: usize) -> Option<Point3<f64>> {
        let start = self.mesh.points[self.v as usize];
        let (average, radius) = self.surroundings();
        let mut position = start;
        let mut star = Star::new(quality as Quality, self.mesh, self.tets, self.v);
        let mut worst = star.worst(&start, f64::NEG_INFINITY);
        let before = worst;
        let mut step = 0.3 * radius;
        self.attempt(&mut star, &(average - position), radius, (&mut position, &mut worst));
        let mut random = Random::new(u64::from(self.v) << 16 | pass as u64);
        for _ in 0..DIRECTIONS {
            let direction = Vector3::new(random.symmetric(), random.symmetric(), random.symmetric());
            let shift = direction * (step / direction.norm().max(1e-3));
            if !self.attempt(&mut star, &shift, radius, (&mut position, &mut worst)) {
                step *= 0.75;
            }
        }
        (worst > before).then_some(position)
    }

    /// Moves by `shift`, held to the boundary, if that makes the worst tetrahedron better.
    fn attempt(
        &self,
        star: &mut Star<Quality>,
        shift: &Vector3<f64>,
        radius: f64,
        (position, worst): (&mut Point3<f64>, &mut f64),
    ) -> bool {
        let hold = self.mesh.holds[self.v as usize];
        let candidate = match hold {
            Hold::Free => *position + shift,
            Hold::Fixed => return false,
            Hold::On(_) | Hold::Rim => {
                let flat = *position + (shift - self.normal * self.normal.dot(shift));
                // Projection is dear: only where the tangent plane promises better.
                let promises = hold == Hold::Rim || star.worst(&flat, *worst) > f64::NEG_INFINITY;
                let projected = promises.then(|| self.boundary.hold(&flat, hold, radius)).flatten();
                let Some(candidate) = projected else { return false };
                candidate
            }
        };
        let quality = star.worst(&candidate, *worst);
        if quality > *worst {
            (*position, *worst) = (candidate, quality);
            return true;
        }
        false
    }

    /// Average of the neighbours (on the boundary: of those on the boundary) and mean distance to them.
    fn surroundings(&self) -> (Point3<f64>, f64) {
        let (mesh, v) = (self.mesh, self.v);
        let position = mesh.points[v as usize];
        let on_boundary = mesh.on_boundary(v);
        let (mut sum, mut distance, mut count) = (Vector3::zeros(), 0.0, 0.0);
        for &t in self.tets {
            for &w in &mesh.tets[t as usize] {
                if w != v && (!on_boundary || mesh.on_boundary(w)) {
                    let offset = mesh.points[w as usize] - position;
                    sum += offset;
                    distance += offset.norm();
                    count += 1.0;
                }
            }
        }
        if count == 0.0 { (position, 0.0) } else { (position + sum / count, distance / count) }
    }
}
