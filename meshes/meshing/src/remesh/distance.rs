//! How far two surfaces are apart.

use crate::parallel::parallel_map;
use control::{Cancelled, RunControl};
use geometry::TriangleBvh;
use mesh::{Point3, SurfaceMesh};
use serde::{Deserialize, Serialize};

/// Distance between two surfaces in mm, from the vertices and centroids of each to the other.
#[derive(Debug, Clone, Copy, Default, PartialEq, Serialize, Deserialize)]
pub struct SurfaceDistance {
    /// Largest of both directions.
    pub max_mm: f64,
    /// Mean over the samples, the larger of both directions.
    pub mean_mm: f64,
}

/// Vertices in use and centroids.
fn samples(surface: &SurfaceMesh) -> Vec<Point3<f64>> {
    let mut used = vec![false; surface.points.len()];
    surface.triangles.iter().flatten().for_each(|&v| used[v as usize] = true);
    let vertices = surface.points.iter().zip(used).filter(|(_, used)| *used).map(|(p, _)| *p);
    let centroids = (0..surface.triangles.len()).map(|t| {
        let [a, b, c] = surface.corners(t);
        a + ((b - a) + (c - a)) / 3.0
    });
    vertices.chain(centroids).collect()
}

/// Two-sided distance. Zero where a surface is empty. Cost: one closest-point query a vertex and a triangle.
pub(crate) fn two_sided(a: &SurfaceMesh, b: &SurfaceMesh, control: &RunControl) -> Result<SurfaceDistance, Cancelled> {
    let mut distance = SurfaceDistance::default();
    for (from, to) in [(a, b), (b, a)] {
        let bvh = TriangleBvh::new(&to.points, &to.triangles);
        control.check()?;
        let found = parallel_map(&samples(from), control, |p| bvh.distance(p, f64::INFINITY))?;
        let known: Vec<f64> = found.into_iter().flatten().collect();
        distance.max_mm = known.iter().copied().fold(distance.max_mm, f64::max);
        distance.mean_mm = distance.mean_mm.max(known.iter().sum::<f64>() / known.len().max(1) as f64);
    }
    Ok(distance)
}
