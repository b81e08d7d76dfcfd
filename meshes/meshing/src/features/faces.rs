//! Smooth faces of a designed surface, within its sharp edges.

use super::grow;
use crate::domain::Patch;
use mesh::topology::EdgeTable;
use mesh::{SurfaceMesh, Vector3};
use std::collections::BTreeMap;

/// Cosine of the bend (40°) from which an edge is sharp.
const SHARP: f64 = 0.766_044_443_118_978;
/// Smaller parts, over the whole area, are no faces but flaws: they belong to the neighbour with the longest common border.
const LEAST: f64 = 2e-4;
/// Least part of the length of all sharp edges that must lie between two faces or a face and a flat end: on stents and frames
/// nearly all do, on anatomies with rough or few triangles a few tenths. Edges between two flat ends are rims already and count
/// against it: solids of flat faces alone are left with those.
const CLOSING: f64 = 0.9;

/// What is known of a surface before its faces are looked for.
pub(super) struct Sides<'a> {
    pub(super) surface: &'a SurfaceMesh,
    pub(super) edges: &'a EdgeTable,
    /// Unit normals of the triangles.
    pub(super) normals: &'a [Vector3<f64>],
}

/// Smooth face of every triangle: its number, from 0 on, the largest first; the triangles with `taken` have none.
/// `None` where no sharp edges divide it, or not nearly all do, unless it `is_designed` for certain.
pub(super) fn smooth_faces(sides: &Sides<'_>, taken: &[bool], is_designed: bool) -> Option<Vec<Option<Patch>>> {
    let mut parts = Parts::grow(sides, taken);
    parts.join_small(sides);
    if is_designed || parts.closing(sides) >= CLOSING { parts.numbers() } else { None }
}

/// Parts of a surface that no sharp edge divides.
struct Parts {
    /// Of each triangle; `None` where it is taken.
    of: Vec<Option<u32>>,
    /// Areas in mm².
    areas: Vec<f64>,
    /// The whole area.
    total: f64,
}

impl Parts {
    fn grow(sides: &Sides<'_>, taken: &[bool]) -> Self {
        let area = |t: &u32| 0.5 * sides.surface.area_vector2(*t as usize).norm();
        let (mut of, mut areas, mut taken) = (vec![None; taken.len()], Vec::new(), taken.to_vec());
        for seed in 0..of.len() {
            if !taken[seed] {
                let members = grow(sides.edges, seed as u32, &mut taken, |s, t| !sides.is_sharp(s, t));
                members.iter().for_each(|&t| of[t as usize] = Some(areas.len() as u32));
                areas.push(members.iter().map(area).sum());
            }
        }
        Self { of, areas, total: sides.surface.area() }
    }

    /// Gives each small part, the smallest first, to the neighbour with the longest common border.
    fn join_small(&mut self, sides: &Sides<'_>) {
        let mut borders: Vec<BTreeMap<u32, f64>> = vec![BTreeMap::new(); self.areas.len()];
        for (edge, length) in sides.lengths() {
            if let [Some(a), Some(b)] = self.beside(sides, edge)
                && a != b
            {
                *borders[a as usize].entry(b).or_default() += length;
                *borders[b as usize].entry(a).or_default() += length;
            }
        }
        let mut owner: Vec<u32> = (0..self.areas.len() as u32).collect();
        let is_small = |&part: &u32| self.areas[part as usize] < LEAST * self.total;
        let mut small: Vec<u32> = owner.iter().copied().filter(is_small).collect();
        small.sort_by(|&a, &b| self.areas[a as usize].total_cmp(&self.areas[b as usize]).then(a.cmp(&b)));
        for part in small {
            let longest = borders[part as usize].iter().max_by(|s, t| s.1.total_cmp(t.1).then(t.0.cmp(s.0)));
            let Some((&into, _)) = longest.filter(|_| self.areas[part as usize] < LEAST * self.total) else { continue };
            owner[part as usize] = into;
            self.areas[into as usize] += std::mem::take(&mut self.areas[part as usize]);
            for (other, length) in std::mem::take(&mut borders[part as usize]) {
                borders[other as usize].remove(&part);
                if other != into {
                    *borders[into as usize].entry(other).or_default() += length;
                    *borders[other as usize].entry(into).or_default() += length;
                }
            }
        }
        let root = |mut part: u32| {
            while owner[part as usize] != part {
                part = owner[part as usize];
            }
            part
        };
        let roots: Vec<u32> = (0..owner.len() as u32).map(root).collect();
        self.of.iter_mut().flatten().for_each(|part| *part = roots[*part as usize]);
    }

    /// The parts on the two sides of an edge.
    fn beside(&self, sides: &Sides<'_>, edge: usize) -> [Option<u32>; 2] {
        match sides.edges.uses(edge) {
            [s, t] => [s, t].map(|side| self.of[side.triangle as usize]),
            _ => [None; 2],
        }
    }

    /// The part of the length of sharp edges that lies between two parts, or a part and what is taken; 0 without any.
    fn closing(&self, sides: &Sides<'_>) -> f64 {
        let (mut all, mut closing) = (0.0, 0.0);
        for (edge, length) in sides.lengths() {
            if let [s, t] = sides.edges.uses(edge)
                && sides.is_sharp(s.triangle, t.triangle)
            {
                let [a, b] = self.beside(sides, edge);
                all += length;
                closing += if a != b { length } else { 0.0 };
            }
        }
        if all > 0.0 { closing / all } else { 0.0 }
    }

    /// Numbers in the order of the areas; `None` for more than there are numbers.
    fn numbers(self) -> Option<Vec<Option<Patch>>> {
        let mut order: Vec<u32> = self.of.iter().copied().flatten().collect();
        order.sort_unstable();
        order.dedup();
        order.sort_by(|&a, &b| self.areas[b as usize].total_cmp(&self.areas[a as usize]).then(a.cmp(&b)));
        // Ends of a surface have numbers too.
        if order.len() > usize::from(Patch::MAX / 2) {
            return None;
        }
        let number: BTreeMap<u32, Patch> = order.into_iter().zip(0..).collect();
        Some(self.of.iter().map(|part| part.and_then(|part| number.get(&part).copied())).collect())
    }
}

impl Sides<'_> {
    fn is_sharp(&self, s: u32, t: u32) -> bool {
        self.normals[s as usize].dot(&self.normals[t as usize]) <= SHARP
    }

    /// Numbers and lengths of the edges.
    fn lengths(&self) -> impl Iterator<Item = (usize, f64)> {
        let point = |v: u32| self.surface.points[v as usize];
        self.edges.edges().iter().enumerate().map(move |(edge, &[a, b])| (edge, (point(a) - point(b)).norm()))
    }
}

#[cfg(test)]
mod tests {
    use crate::features::Features;
    use mesh::primitives::{cylinder, icosphere};

    fn count(surface: &mesh::SurfaceMesh) -> (usize, usize) {
        let features = Features::find(surface);
        let mut patches = features.patches.clone();
        patches.sort_unstable();
        patches.dedup();
        (features.caps.len(), patches.len())
    }

    /// Two cones base to base with flat ends, a sharp ridge between them; the same with a dent that bends edges without dividing
    /// anything.
    #[test]
    fn sharp_edges_that_divide_a_surface_are_rims_and_others_are_not() {
        let mut spindle = cylinder(1.0, 20.0, 96, 80);
        for p in &mut spindle.points {
            let radius = 1.0 + 0.9 * (10.0 - (p.z - 10.0).abs());
            (p.x, p.y) = (radius * p.x, radius * p.y);
        }
        let features = Features::find(&spindle);
        assert_eq!(count(&spindle), (2, 4));
        assert!(features.is_divided);
        assert_eq!(features.rims.segments.len(), 3 * 96);
        let mut dented = spindle.clone();
        let at = dented.points.iter().position(|p| (p.z - 5.0).abs() < 0.2).unwrap();
        dented.points[at].z += 0.6;
        assert_eq!(count(&dented), (2, 4));
        assert_eq!(Features::find(&dented).rims.segments.len(), 3 * 96);
        assert_eq!(count(&icosphere(1.0, 4)), (0, 1));
    }

    /// Two balls, one inside the other, are two parts that nothing sharp divides.
    #[test]
    fn parts_that_do_not_touch_are_no_faces() {
        let (mut shell, mut cavity) = (icosphere(10.0, 3), icosphere(5.0, 3));
        cavity.flip();
        let first = shell.points.len() as u32;
        shell.points.extend(&cavity.points);
        shell.triangles.extend(cavity.triangles.iter().map(|t| t.map(|v| v + first)));
        let features = Features::find(&shell);
        assert!(!features.is_divided && features.patches.iter().all(|&patch| patch == 0));
    }

    /// Noise bends edges everywhere without dividing anything.
    #[test]
    fn a_rough_surface_has_no_faces() {
        let mut rough = icosphere(10.0, 4);
        for (k, p) in rough.points.iter_mut().enumerate() {
            p.coords *= 1.0 + 0.03 * (k as f64 * 12.9898).sin();
        }
        assert_eq!(count(&rough), (0, 1));
    }
}
