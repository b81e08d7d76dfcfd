//! A surface that allows larger cells where it is flat and the solid is thick, and smaller ones where they are demanded.

use super::{Domain, Material, Patch};
use control::{Cancelled, RunControl};
use geometry::{Aabb, TriangleBvh};
use mesh::{Point3, Vector3};
use rayon::prelude::*;

/// Doublings at the boundary at most.
const DEEPEST: i8 = 2;
/// The part of a cell's surroundings that its width depends on where the size varies along the boundary.
const SURROUNDINGS: f64 = 0.7;
/// Triangles looked at to tell how many cells there will be.
const SAMPLES: usize = 5_000;
/// Halvings of the size at most.
const FINEST: i8 = 4;
/// Cells across the local thickness at least.
const ACROSS: f64 = 4.0;
/// Cosine (25°) of the largest angle between normals within a cell's width.
const FLAT: f64 = 0.906;

/// A domain whose boundary is made of triangles, with the doublings each of them allows.
#[derive(Clone)]
pub(crate) struct Graded<'a> {
    domain: &'a dyn Domain,
    bvh: &'a TriangleBvh,
    /// Doublings of the size that each triangle allows, halvings where negative.
    levels: Vec<i8>,
    /// Width of its cells at level 0, mm.
    size: f64,
    /// The least of them, 0 at most.
    lowest: i8,
}

impl<'a> Graded<'a> {
    /// Level `k` is allowed for cells of `size` 2^k where the solid (of the two beside the triangle the thinner) is four
    /// such cells thick and all normals within such a cell's width are within 25° of each other's mean.
    /// `thicknesses` are those at the triangles, mm.
    pub(crate) fn new(
        domain: &'a dyn Domain,
        bvh: &'a TriangleBvh,
        thicknesses: &[Option<f64>],
        size: f64,
        control: &RunControl,
    ) -> Result<Self, Cancelled> {
        let frames: Vec<Option<Frame>> = (0..thicknesses.len() as u32).into_par_iter().map(|t| frame(bvh, t)).collect();
        let level = |(t, thickness): (usize, &Option<f64>)| -> Result<i8, Cancelled> {
            if t.is_multiple_of(256) {
                control.check()?;
            }
            let thickness = thickness.unwrap_or(0.0);
            let allows = |level: i8| {
                let width = size * f64::from(1_u32 << level);
                thickness >= ACROSS * width && is_flat(bvh, &frames, t, width)
            };
            Ok((1..=DEEPEST).take_while(|&level| allows(level)).last().unwrap_or(0))
        };
        let levels = thicknesses.par_iter().enumerate().map(level).collect::<Result<_, _>>()?;
        Ok(Self { domain, bvh, levels, size, lowest: 0 })
    }

    /// Halves the cells at each triangle as often as demanded, as far as cells may be halved at all. Returns whether any
    /// is smaller than before.
    pub(crate) fn demand(&mut self, halvings: &[u8]) -> bool {
        let mut is_finer = false;
        for (level, &halvings) in self.levels.iter_mut().zip(halvings) {
            let lower = level.saturating_sub_unsigned(halvings).max(-FINEST);
            is_finer |= lower < *level;
            *level = lower;
        }
        self.lowest = self.levels.iter().copied().min().unwrap_or(0).min(0);
        is_finer
    }

    /// The area of the boundary in squares of the width that its cells have there, but for a factor: a cell is as narrow as
    /// what is within its width demands.
    pub(crate) fn squares(&self, control: &RunControl) -> Result<f64, Cancelled> {
        let step = self.levels.len() / SAMPLES + 1;
        let at = |(t, &own): (usize, &i8)| -> Result<f64, Cancelled> {
            if t.is_multiple_of(256) {
                control.check()?;
            }
            if !t.is_multiple_of(step) {
                return Ok(0.0);
            }
            let Some([a, b, c]) = self.bvh.corners(t as u32) else { return Ok(0.0) };
            let centroid = Point3::from((a.coords + b.coords + c.coords) / 3.0);
            let allows = |level: i8| {
                let around = Aabb::of_points([&centroid]).inflated(self.size * 2.0_f64.powi(level.into()));
                self.bvh.all_near(&around, |t| self.levels.get(t as usize).is_none_or(|&other| other >= level))
            };
            let level = (self.lowest..=own).rev().find(|&level| allows(level)).unwrap_or(self.lowest);
            Ok(0.5 * (b - a).cross(&(c - a)).norm() / (self.size * 2.0_f64.powi(level.into())).powi(2))
        };
        // Summed in order: the same number each time.
        let squares: Vec<f64> = self.levels.par_iter().enumerate().map(at).collect::<Result<_, _>>()?;
        Ok(squares.iter().sum())
    }

    /// Width of the cells at level 0, mm.
    pub(crate) fn size(&self) -> f64 {
        self.size
    }

    /// Width of the smallest cells, mm.
    pub(crate) fn finest(&self) -> f64 {
        self.size * 2.0_f64.powi(self.lowest.into())
    }
}

fn is_flat(bvh: &TriangleBvh, frames: &[Option<Frame>], triangle: usize, width: f64) -> bool {
    let frame = |t: usize| frames.get(t).copied().flatten();
    let Some((centroid, normal)) = frame(triangle) else { return false };
    let around = Aabb::of_points([&centroid]).inflated(width);
    bvh.all_near(&around, |other| frame(other as usize).is_none_or(|(_, n)| n.dot(&normal) > FLAT))
}

/// Centroid and unit normal.
type Frame = (Point3<f64>, Vector3<f64>);

fn frame(bvh: &TriangleBvh, triangle: u32) -> Option<Frame> {
    let [a, b, c] = bvh.corners(triangle)?;
    let normal = (b - a).cross(&(c - a)).try_normalize(0.0)?;
    Some((Point3::from((a.coords + b.coords + c.coords) / 3.0), normal))
}

impl Domain for Graded<'_> {
    fn bounds(&self) -> (Point3<f64>, Point3<f64>) {
        self.domain.bounds()
    }

    fn distance(&self, p: &Point3<f64>, at_most: f64) -> f64 {
        self.domain.distance(p, at_most)
    }

    fn material(&self, p: &Point3<f64>) -> Material {
        self.domain.material(p)
    }

    fn crossing(&self, from: &Point3<f64>, to: &Point3<f64>) -> Option<f64> {
        self.domain.crossing(from, to)
    }

    fn patch_at(&self, p: &Point3<f64>, between: [Material; 2]) -> Patch {
        self.domain.patch_at(p, between)
    }

    fn project(&self, p: &Point3<f64>, patch: Patch, reach: f64) -> Option<Point3<f64>> {
        self.domain.project(p, patch, reach)
    }

    fn most_doublings(&self) -> u8 {
        (DEEPEST - self.lowest).unsigned_abs()
    }

    fn level_limit(&self, centre: &Point3<f64>, reach: f64) -> u8 {
        let mut least = DEEPEST;
        let reach = SURROUNDINGS * reach;
        self.bvh.all_near(&Aabb::of_points([centre]).inflated(reach), |t| {
            least = self.levels.get(t as usize).map_or(least, |&level| least.min(level));
            least > self.lowest
        });
        (least - self.lowest).unsigned_abs()
    }
}
