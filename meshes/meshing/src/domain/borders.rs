//! A domain whose cells are finer along the borders of flat ends, where supports end and stresses are unbounded.

use super::{Domain, Material, Patch};
use crate::features::Rims;
use mesh::Point3;

/// Distance from a border at which cells may be twice as wide, in the narrower width.
const BAND: f64 = 4.0;

/// A domain that allows its cells only away from borders: `levels` halvings there, one fewer at every doubling of the
/// distance. The family of such meshes at different sizes is similar: each is the other scaled.
pub(crate) struct FinerAtBorders<'a> {
    inner: &'a dyn Domain,
    borders: &'a Rims,
    /// Width of the cells at the borders, in mm.
    finest: f64,
    levels: u8,
}

impl<'a> FinerAtBorders<'a> {
    pub(crate) fn new(inner: &'a dyn Domain, borders: &'a Rims, finest: f64, levels: u8) -> Self {
        Self { inner, borders, finest, levels }
    }
}

impl Domain for FinerAtBorders<'_> {
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
        let away = self.borders.closest(centre).map_or(f64::INFINITY, |(_, distance)| distance);
        // A cell wider than the ordinary ones must not reach into the band.
        let clear_of_band = away - 3.0_f64.sqrt() * reach >= BAND * self.finest * f64::from(1_u32 << self.levels);
        let clear = |level: &u8| away >= BAND * self.finest * f64::from(1_u32 << (level - 1));
        let near_border = (1..=self.levels).take_while(clear).last().unwrap_or(0);
        match near_border == self.levels && clear_of_band {
            true => self.levels + self.inner.level_limit(centre, reach),
            false => near_border,
        }
    }
}
