//! A surface that allows larger cells where it is flat and the solid is thick.

use super::{Domain, Patch, SurfaceDomain};
use control::{Cancelled, RunControl};
use geometry::Aabb;
use mesh::{Point3, Vector3};
use rayon::prelude::*;

/// Doublings at the boundary at most.
const DEEPEST: u8 = 2;
/// Cells across the local thickness at least.
const ACROSS: f64 = 4.0;
/// Cosine (25°) of the largest angle between normals within a cell's width.
const FLAT: f64 = 0.906;

/// A surface domain with the doublings each triangle allows.
pub(crate) struct Graded<'a> {
    surface: &'a SurfaceDomain,
    levels: Vec<u8>,
}

impl<'a> Graded<'a> {
    /// Level `k` is allowed for cells of `size` 2^k where the solid is four such cells thick (ray inwards) and all
    /// normals within such a cell's width are within 25° of each other's mean.
    pub(crate) fn new(surface: &'a SurfaceDomain, size: f64, control: &RunControl) -> Result<Self, Cancelled> {
        let thicknesses = surface.bvh.thicknesses(control)?;
        let level = |(t, thickness): (usize, &Option<f64>)| -> Result<u8, Cancelled> {
            if t.is_multiple_of(256) {
                control.check()?;
            }
            let thickness = thickness.unwrap_or(0.0);
            let allows = |level: u8| {
                let width = size * f64::from(1_u32 << level);
                thickness >= ACROSS * width && is_flat(surface, t as u32, width)
            };
            Ok((1..=DEEPEST).take_while(|&level| allows(level)).last().unwrap_or(0))
        };
        let levels = thicknesses.par_iter().enumerate().map(level).collect::<Result<_, _>>()?;
        Ok(Self { surface, levels })
    }
}

fn is_flat(surface: &SurfaceDomain, triangle: u32, width: f64) -> bool {
    let Some((centroid, normal)) = frame(surface, triangle) else { return false };
    let near = surface.bvh.triangles_near(&Aabb::of_points([&centroid]).inflated(width));
    near.into_iter().all(|other| frame(surface, other).is_none_or(|(_, n)| n.dot(&normal) > FLAT))
}

/// Centroid and unit normal.
fn frame(surface: &SurfaceDomain, triangle: u32) -> Option<(Point3<f64>, Vector3<f64>)> {
    let [a, b, c] = surface.bvh.corners(triangle)?;
    let normal = (b - a).cross(&(c - a)).try_normalize(0.0)?;
    Some((Point3::from((a.coords + b.coords + c.coords) / 3.0), normal))
}

impl Domain for Graded<'_> {
    fn bounds(&self) -> (Point3<f64>, Point3<f64>) {
        self.surface.bounds()
    }

    fn distance(&self, p: &Point3<f64>, at_most: f64) -> f64 {
        self.surface.distance(p, at_most)
    }

    fn is_inside(&self, p: &Point3<f64>) -> bool {
        self.surface.is_inside(p)
    }

    fn crossing(&self, inside: &Point3<f64>, outside: &Point3<f64>) -> Option<f64> {
        self.surface.crossing(inside, outside)
    }

    fn project(&self, p: &Point3<f64>, patch: Patch, reach: f64) -> Option<Point3<f64>> {
        self.surface.project(p, patch, reach)
    }

    fn varies(&self) -> bool {
        true
    }

    fn level_limit(&self, centre: &Point3<f64>, reach: f64) -> u8 {
        let near = self.surface.bvh.triangles_near(&Aabb::of_points([centre]).inflated(reach));
        near.into_iter().filter_map(|t| self.levels.get(t as usize)).copied().min().unwrap_or(DEEPEST)
    }
}
