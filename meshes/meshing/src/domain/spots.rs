//! A domain whose cells are finer near spots, at the boundary and inside.

use super::{Domain, Material, Patch};
use geometry::TriangleBvh;
use mesh::Point3;

/// Growth of the cells' width away from a spot, a unit of distance.
const GROWTH: f64 = 0.5;

/// Where cells are to be finer.
pub(crate) enum Spot {
    /// A ball.
    Ball { centre: Point3<f64>, radius: f64, size: f64 },
    /// All that is within a distance of some triangles.
    Near { triangles: TriangleBvh, distance: f64, size: f64 },
}

impl Spot {
    /// Width that cells may have at a point, mm.
    fn width(&self, p: &Point3<f64>, slack: f64) -> f64 {
        let (away, size) = match self {
            Self::Ball { centre, radius, size } => ((p - centre).norm() - radius, size),
            Self::Near { triangles, distance, size } => {
                (triangles.distance(p, f64::INFINITY).unwrap_or(f64::INFINITY) - distance, size)
            }
        };
        size + GROWTH * (away - slack).max(0.0)
    }
}

/// A domain with spots where cells have at most a given width, growing with the distance from them.
pub(crate) struct FinerAtSpots<'a> {
    inner: &'a dyn Domain,
    spots: &'a [Spot],
    /// Width of the finest cells, mm.
    finest: f64,
    /// Doublings from these to the finest cells of the domain without spots.
    levels: u8,
}

impl<'a> FinerAtSpots<'a> {
    pub(crate) fn new(inner: &'a dyn Domain, spots: &'a [Spot], finest: f64, levels: u8) -> Self {
        Self { inner, spots, finest, levels }
    }
}

impl Domain for FinerAtSpots<'_> {
    fn bounds(&self) -> (Point3<f64>, Point3<f64>) {
        self.inner.bounds()
    }

    fn distance(&self, p: &Point3<f64>, at_most: f64) -> f64 {
        self.inner.distance(p, at_most)
    }

    fn material(&self, p: &Point3<f64>) -> Material {
        self.inner.material(p)
    }

    fn crossing(&self, from: &Point3<f64>, to: &Point3<f64>) -> Option<f64> {
        self.inner.crossing(from, to)
    }

    fn patch_at(&self, p: &Point3<f64>, between: [Material; 2]) -> Patch {
        self.inner.patch_at(p, between)
    }

    fn project(&self, p: &Point3<f64>, patch: Patch, reach: f64) -> Option<Point3<f64>> {
        self.inner.project(p, patch, reach)
    }

    fn most_doublings(&self) -> u8 {
        self.levels + self.inner.most_doublings()
    }

    fn level_limit(&self, centre: &Point3<f64>, reach: f64) -> u8 {
        (self.levels + self.inner.level_limit(centre, reach)).min(self.inner_limit(centre, reach))
    }

    fn inner_limit(&self, centre: &Point3<f64>, reach: f64) -> u8 {
        let slack = 3.0_f64.sqrt() * reach;
        let width = self.spots.iter().map(|spot| spot.width(centre, slack)).fold(f64::INFINITY, f64::min);
        // The nearest power of two: a cell is at most a factor √2 off the width.
        let level = (width / self.finest).log2().round().max(0.0);
        (level as u8).min(self.inner.inner_limit(centre, reach).saturating_add(self.levels))
    }
}
