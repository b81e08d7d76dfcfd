//! The solid inside a closed triangle surface.

use super::{Domain, Material, Patch};
use geometry::TriangleBvh;
use mesh::{Point3, SurfaceMesh};

/// The inside (winding number above one half) of a closed surface whose triangles are labelled with patches.
pub(crate) struct SurfaceDomain {
    /// All triangles.
    pub(crate) bvh: TriangleBvh,
    /// Patch of each triangle.
    pub(crate) labels: Vec<Patch>,
    /// One hierarchy a patch; empty when there is only the wall.
    patches: Vec<TriangleBvh>,
}

impl SurfaceDomain {
    /// Prepares the queries; `labels` holds the patch of each triangle.
    pub(crate) fn new(surface: &SurfaceMesh, labels: Vec<Patch>) -> Self {
        let bvh = TriangleBvh::new(&surface.points, &surface.triangles);
        let count = labels.iter().max().map_or(0, |&last| usize::from(last) + 1);
        let mut parts = vec![Vec::new(); if count > 1 { count } else { 0 }];
        for (triangle, &label) in surface.triangles.iter().zip(&labels) {
            if let Some(part) = parts.get_mut(usize::from(label)) {
                part.push(*triangle);
            }
        }
        let patches = parts.iter().map(|part| TriangleBvh::new(&surface.points, part)).collect();
        Self { bvh, labels, patches }
    }

    /// Patch of the triangle nearest to `p`.
    pub(crate) fn label(&self, p: &Point3<f64>, reach: f64) -> Option<Patch> {
        let closest = self.bvh.closest_point(p, reach).or_else(|| self.bvh.closest_point(p, f64::INFINITY))?;
        self.labels.get(closest.triangle as usize).copied()
    }
}

impl Domain for SurfaceDomain {
    fn bounds(&self) -> (Point3<f64>, Point3<f64>) {
        let bounds = self.bvh.bounds();
        (bounds.low, bounds.high)
    }

    fn distance(&self, p: &Point3<f64>, at_most: f64) -> f64 {
        // The cap came from a sum of rounded numbers: a little slack keeps the answer inside it.
        let cap = at_most * (1.0 + 1e-9) + 1e-12;
        self.bvh.distance(p, cap).or_else(|| self.bvh.distance(p, f64::INFINITY)).unwrap_or(f64::INFINITY)
    }

    fn material(&self, p: &Point3<f64>) -> Material {
        Material::from(self.bvh.is_inside(p))
    }

    fn crossing(&self, from: &Point3<f64>, to: &Point3<f64>) -> Option<f64> {
        self.bvh.ray(from, &(to - from), 0.0..=1.0).map(|hit| hit.parameter)
    }

    fn project(&self, p: &Point3<f64>, patch: Patch, reach: f64) -> Option<Point3<f64>> {
        let bvh = self.patches.get(usize::from(patch)).unwrap_or(&self.bvh);
        bvh.closest_point(p, reach).map(|closest| closest.point)
    }
}
