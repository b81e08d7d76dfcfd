//! The parts that a partition divides space into.

use super::{Domain, Material, OUTSIDE, Patch};
use control::{Cancelled, RunControl};
use geometry::TriangleBvh;
use mesh::topology::EdgeTable;
use mesh::{Partition, Point3};
use std::cmp::Ordering;

/// Solids that touch: material `k` is part `k` of a partition, each smooth face of a pair of sides a patch.
pub(crate) struct PartsDomain {
    /// All triangles.
    pub(crate) bvh: TriangleBvh,
    /// Patch of each triangle.
    pub(crate) labels: Vec<Patch>,
    /// The sides of each patch, the lower first; several patches with sharp edges between them may have the same.
    pub(crate) pairs: Vec<[u16; 2]>,
    /// One hierarchy a patch.
    patches: Vec<TriangleBvh>,
    parts: Vec<Part>,
    /// Whether a part touches both the outside and a cut, so that the place decides the patch.
    is_cut: bool,
}

/// One part.
pub(crate) struct Part {
    pub(crate) number: Material,
    /// Its closed boundary.
    pub(crate) boundary: TriangleBvh,
    /// Its volume, mm³.
    pub(crate) volume: f64,
    /// Whether it has no holes.
    pub(crate) is_closed: bool,
}

impl PartsDomain {
    /// Prepares the queries. `faces` numbers the smooth face of each triangle; without numbers all are one.
    pub(crate) fn new(partition: &Partition, faces: &[Patch], control: &RunControl) -> Result<Self, Cancelled> {
        let face = |t: usize| faces.get(t).copied().unwrap_or(0);
        let key = |(t, &[a, b]): (usize, &[u16; 2])| ([a.min(b), a.max(b)], face(t));
        let mut keys: Vec<([u16; 2], Patch)> =
            partition.sides.iter().enumerate().map(key).filter(|([a, b], _)| a != b).collect();
        keys.sort_unstable();
        keys.dedup();
        let number = |sides| keys.binary_search(&key(sides)).unwrap_or(0) as Patch;
        let labels: Vec<Patch> = partition.sides.iter().enumerate().map(number).collect();
        let pairs: Vec<[u16; 2]> = keys.into_iter().map(|(pair, _)| pair).collect();
        let bvh = TriangleBvh::new(&partition.points, &partition.triangles);
        control.check()?;
        let mut own: Vec<Vec<[u32; 3]>> = vec![Vec::new(); pairs.len()];
        for (triangle, &label) in partition.triangles.iter().zip(&labels) {
            own[usize::from(label)].push(*triangle);
        }
        let mut patches = Vec::with_capacity(pairs.len());
        for triangles in own {
            control.check()?;
            patches.push(TriangleBvh::new(&partition.points, &triangles));
        }
        let mut parts = Vec::new();
        for part in partition.parts() {
            control.check()?;
            let surface = partition.boundary_of(part);
            let boundary = TriangleBvh::new(&surface.points, &surface.triangles);
            let edges = EdgeTable::new(&surface.triangles);
            let is_closed = (0..edges.len()).all(|edge| edges.uses(edge).len().is_multiple_of(2));
            parts.push(Part { number: part, boundary, volume: surface.volume(), is_closed });
        }
        let is_cut = pairs.iter().any(|pair| pair[1] == Partition::CUT);
        Ok(Self { bvh, labels, pairs, patches, parts, is_cut })
    }

    /// The parts by their numbers, ascending.
    pub(crate) fn parts(&self) -> &[Part] {
        &self.parts
    }

    /// The patch between two materials near `p`, which decides between outside and a cut; `None` between parts that a
    /// thinner one separates.
    pub(crate) fn patch_between(&self, sides: [Material; 2], p: &Point3<f64>) -> Option<Patch> {
        let (low, high) = (sides[0].min(sides[1]), sides[0].max(sides[1]));
        if low == OUTSIDE && self.is_cut {
            let nearest = self.nearest_patch(p);
            let pair = self.pairs.get(usize::from(nearest)).copied().unwrap_or_default();
            if pair == [high, Partition::CUT] || pair == [OUTSIDE, high] {
                return Some(nearest);
            }
        }
        let number = |pair: [u16; 2]| {
            let (from, to) =
                (self.pairs.partition_point(|own| *own < pair), self.pairs.partition_point(|own| *own <= pair));
            let away = |&k: &usize| self.patches.get(k).and_then(|patch| patch.distance(p, f64::INFINITY));
            let nearest = match to - from {
                0 | 1 => (from..to).next(),
                _ => (from..to).min_by(|a, b| away(a).partial_cmp(&away(b)).unwrap_or(Ordering::Equal)),
            };
            nearest.map(|k| k as Patch)
        };
        // A part may touch the outside at cuts only.
        number([low, high]).or_else(|| number([high, Partition::CUT]).filter(|_| low == OUTSIDE))
    }

    /// The patch of the triangle nearest to `p`.
    fn nearest_patch(&self, p: &Point3<f64>) -> Patch {
        let closest = self.bvh.closest_point(p, f64::INFINITY);
        closest.and_then(|closest| self.labels.get(closest.triangle as usize).copied()).unwrap_or(0)
    }
}

impl Domain for PartsDomain {
    fn bounds(&self) -> (Point3<f64>, Point3<f64>) {
        let bounds = self.bvh.bounds();
        (bounds.low, bounds.high)
    }

    fn distance(&self, p: &Point3<f64>, at_most: f64) -> f64 {
        // The cap came from a sum of rounded numbers: a little slack keeps the answer inside it.
        let cap = at_most * (1.0 + 1e-9) + 1e-12;
        self.bvh.distance(p, cap).or_else(|| self.bvh.distance(p, f64::INFINITY)).unwrap_or(f64::INFINITY)
    }

    /// The part whose boundary winds most around the point, outside counting with what the others leave of 1.
    fn material(&self, p: &Point3<f64>) -> Material {
        let mut best = (OUTSIDE, f64::NEG_INFINITY);
        let mut rest = 1.0;
        for part in self.parts.iter().filter(|part| part.boundary.bounds().contains(p)) {
            let winding = part.boundary.winding_number(p);
            rest -= winding;
            if winding > best.1 {
                best = (part.number, winding);
            }
        }
        if best.1 > rest { best.0 } else { OUTSIDE }
    }

    fn crossing(&self, from: &Point3<f64>, to: &Point3<f64>) -> Option<f64> {
        self.bvh.ray(from, &(to - from), 0.0..=1.0).map(|hit| hit.parameter)
    }

    fn patch_at(&self, p: &Point3<f64>, between: [Material; 2]) -> Patch {
        self.patch_between(between, p).unwrap_or_else(|| self.nearest_patch(p))
    }

    fn project(&self, p: &Point3<f64>, patch: Patch, reach: f64) -> Option<Point3<f64>> {
        self.patches.get(usize::from(patch))?.closest_point(p, reach).map(|closest| closest.point)
    }
}
