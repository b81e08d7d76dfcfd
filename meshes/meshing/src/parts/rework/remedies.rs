//! Changes of a piece that bring its borders nearer to a target, good tetrahedra or not.

use super::place::Place;
use crate::domain::{Domain, Material, OUTSIDE};
use crate::optimise::Boundary;
use crate::optimise::piece::Border;
use crate::optimise::split::{Split, split};
use crate::tets::{Hold, TetMesh};
use mesh::{Point3, Vector3};

/// Distance from a rim, over the tolerance, within which a target is on it, and within which what is there may have to move.
const ON_RIM: f64 = 0.05;
const NEAR_RIM: f64 = 3.0;
/// Parts of the way to the target that are tried.
const PARTS: [&[f64]; 3] = [&[1.0, 0.5], &[1.0, 0.7, 0.4], &[1.0, 0.85, 0.7, 0.55, 0.4]];
/// Vertices, edges tried, the nearest first; tetrahedra twice as many.
const NEAREST: usize = 2;
/// How far around a vertex others are taken along, over the length of the edges there.
const REACHES: [f64; 2] = [1.5, 2.5];
/// Part of an edge at its ends where it is not split.
const END: f64 = 0.15;

/// A mesh in the place of the piece.
pub(super) struct Remedy {
    pub(super) mesh: TetMesh,
    /// The vertex that is where it should be.
    pub(super) pinned: Option<u32>,
}

impl Place<'_> {
    pub(super) fn remedies(&self, effort: usize) -> Vec<Remedy> {
        let borders = self.piece.borders(&self.mesh);
        let mut found = self.given(&borders, effort);
        if let Some(patch) = self.patch {
            let rim = self.aim.rims.closest(&self.target).filter(|(_, away)| *away <= NEAR_RIM * self.aim.tolerance);
            let is_on_rim = rim.is_some_and(|(_, away)| away <= ON_RIM * self.aim.tolerance);
            let on_patch = (!is_on_rim).then_some((Hold::On(patch), self.target));
            for (hold, goal) in on_patch.into_iter().chain(rim.map(|(p, _)| (Hold::Rim, p))) {
                found.extend(self.pulled(hold, &goal, effort));
                found.extend(self.split(&borders, hold, &goal, effort));
            }
            found.extend(self.shifted(effort));
        } else {
            found.push(Remedy { mesh: self.mesh.clone(), pinned: None });
        }
        found
    }

    fn boundary(&self) -> Boundary<'_> {
        Boundary { domain: self.aim.domain, rims: self.aim.rims, faces: &[] }
    }

    /// The vertices inside, with what they may do.
    fn inside(&self) -> impl Iterator<Item = (u32, Hold)> {
        (self.piece.held()..).zip(self.mesh.holds.iter().skip(self.piece.held() as usize).copied())
    }

    /// One of the nearest vertices with the hold of the goal goes there, alone or with those around it.
    fn pulled(&self, hold: Hold, goal: &Point3<f64>, effort: usize) -> Vec<Remedy> {
        let mut near: Vec<u32> = self.inside().filter(|(_, own)| *own == hold).map(|(v, _)| v).collect();
        let away = |v: &u32| (self.mesh.points[*v as usize] - goal).norm();
        near.sort_by(|a, b| away(a).total_cmp(&away(b)).then(a.cmp(b)));
        near.truncate(NEAREST + effort);
        let mut found = Vec::new();
        for &part in PARTS[effort.min(2)] {
            for &v in &near {
                let start = self.mesh.points[v as usize];
                let way = goal - start;
                let Some(goal) = self.boundary().hold(&(start + way * part), hold, way.norm()) else { continue };
                let edges = self.edges_at(v);
                for reach in [0.0].into_iter().chain(REACHES) {
                    let mut mesh = self.mesh.clone();
                    self.take_along(&mut mesh, &start, &(goal - start), reach * edges, true);
                    mesh.points[v as usize] = goal;
                    let pinned = Some(self.piece.bring_forward(&mut mesh, v));
                    found.push(Remedy { mesh, pinned });
                }
            }
        }
        found
    }

    /// All that is near the mesh's point goes the way to the target, along the borders or off them.
    fn shifted(&self, effort: usize) -> Vec<Remedy> {
        let way = self.target - self.from;
        let Some(edges) = self.vertices.iter().map(|&v| self.edges_at(v)).reduce(f64::max) else { return Vec::new() };
        let mut found = Vec::new();
        for reach in REACHES {
            for along in [true, false] {
                for &part in PARTS[effort.min(2)] {
                    let mut mesh = self.mesh.clone();
                    self.take_along(&mut mesh, &self.from, &(way * part), reach * edges, along);
                    found.push(Remedy { mesh, pinned: None });
                }
            }
        }
        found
    }

    /// Shifts the vertices inside within `reach` (mm) of a point, those farther away by less (3t² - 2t³); those of borders along
    /// them if wanted.
    fn take_along(&self, mesh: &mut TetMesh, from: &Point3<f64>, way: &Vector3<f64>, reach: f64, along: bool) {
        let boundary = self.boundary();
        for (v, hold) in self.inside().filter(|(_, hold)| *hold != Hold::Fixed) {
            let p = self.mesh.points[v as usize];
            let near = 1.0 - (p - from).norm() / reach;
            if near > 0.0 {
                let shifted = p + way * (near * near * (3.0 - 2.0 * near));
                let held = if along { boundary.hold(&shifted, hold, reach) } else { Some(shifted) };
                mesh.points[v as usize] = held.unwrap_or(p);
            }
        }
    }

    /// Mean length of the edges at a vertex.
    fn edges_at(&self, v: u32) -> f64 {
        let p = self.mesh.points[v as usize];
        let others = self.mesh.tets.iter().filter(|tet| tet.contains(&v)).flatten().filter(|w| **w != v);
        let (sum, count) =
            others.fold((0.0, 0.0), |(sum, n), &w| (sum + (self.mesh.points[w as usize] - p).norm(), n + 1.0));
        if count > 0.0 { sum / count } else { 0.0 }
    }

    /// One of the nearest edges of the borders, or of the rims where the goal is on one, gets a vertex there.
    fn split(&self, borders: &[Border], hold: Hold, goal: &Point3<f64>, effort: usize) -> Vec<Remedy> {
        let mesh = &self.mesh;
        let mut edges: Vec<[u32; 2]> = borders
            .iter()
            .flat_map(|Border { vertices: [a, b, c], .. }| [[*a, *b], [*b, *c], [*c, *a]])
            .map(|[a, b]| [a.min(b), a.max(b)])
            .filter(|edge| edge[1] >= self.piece.held())
            .filter(|edge| (hold == Hold::Rim) == edge.iter().all(|v| mesh.holds[*v as usize] == Hold::Rim))
            .collect();
        edges.sort_unstable();
        edges.dedup();
        let near = |edge: [u32; 2]| {
            let [p, q] = edge.map(|v| mesh.points[v as usize]);
            let along = q - p;
            let part = (goal - p).dot(&along) / along.norm_squared();
            (END..1.0 - END).contains(&part).then(|| ((p + along * part - goal).norm(), edge))
        };
        let mut edges: Vec<(f64, [u32; 2])> = edges.into_iter().filter_map(near).collect();
        edges.sort_by(|a, b| a.0.total_cmp(&b.0).then(a.1.cmp(&b.1)));
        edges.truncate(NEAREST + effort);
        let done = |(_, edge): (f64, [u32; 2])| {
            let has = |t: &u32| edge.iter().all(|v| mesh.tets[*t as usize].contains(v));
            let ring: Vec<u32> = (0..mesh.tets.len() as u32).filter(has).collect();
            let mut mesh = mesh.clone();
            let new = mesh.points.len() as u32;
            let at = Split { edge, at: *goal, hold };
            // Good or not: they are made good afterwards.
            split(&mut mesh, &ring, at, |_| 1.0, 0.0).then(|| {
                let pinned = Some(self.piece.bring_forward(&mut mesh, new));
                Remedy { mesh, pinned }
            })
        };
        edges.into_iter().filter_map(done).collect()
    }

    /// One of the nearest tetrahedra at a border goes to what is beyond it.
    fn given(&self, borders: &[Border], effort: usize) -> Vec<Remedy> {
        let held = self.piece.held();
        let is_near = |border: &&Border| border.vertices.iter().any(|v| self.vertices.contains(v));
        let mut wanted: Vec<(f64, u32, Material)> = Vec::new();
        for border in borders.iter().filter(is_near) {
            for (t, tet) in (0..).zip(&self.mesh.tets) {
                let is_inside = || tet.iter().all(|v| *v >= held && self.mesh.holds[*v as usize] != Hold::Fixed);
                if border.vertices.iter().all(|v| tet.contains(v)) && is_inside() {
                    let [one, other] = border.materials;
                    let to = if self.mesh.materials[t as usize] == one { other } else { one };
                    let centroid = self.mesh.corners(t as usize).iter().map(|p| p.coords).sum::<Vector3<f64>>() / 4.0;
                    wanted.push(((Point3::from(centroid) - self.target).norm(), t, to));
                }
            }
        }
        wanted.sort_by(|a, b| a.0.total_cmp(&b.0).then((a.1, a.2).cmp(&(b.1, b.2))));
        wanted.dedup();
        wanted.truncate(2 * (NEAREST + effort));
        let both = |(_, t, to): (f64, u32, Material)| [false, true].map(|on| (t, to, on));
        let done = |(t, to, on): (u32, Material, bool)| Remedy { mesh: self.with_given(t, to, on), pinned: None };
        wanted.into_iter().flat_map(both).map(done).collect()
    }

    /// A mesh with a tetrahedron of another material, or without it; its vertices where they were, or on what they belong to now.
    fn with_given(&self, t: u32, to: Material, on_border: bool) -> TetMesh {
        let mut mesh = self.mesh.clone();
        mesh.materials[t as usize] = to;
        let keep: Vec<bool> = mesh.materials.iter().map(|&material| material != OUTSIDE).collect();
        mesh.retain(&keep);
        let borders = self.piece.borders(&mesh);
        for v in self.mesh.tets[t as usize] {
            let at = borders.iter().filter(|border| border.vertices.contains(&v));
            let mut sides: Vec<Material> = at.flat_map(|border| border.materials).collect();
            sides.sort_unstable();
            sides.dedup();
            let p = mesh.points[v as usize];
            let hold = &mut mesh.holds[v as usize];
            *hold = match sides.as_slice() {
                [] => Hold::Free,
                [_, _] if *hold == Hold::Rim => Hold::Rim,
                &[one, other] => Hold::On(self.aim.domain.patch_at(&p, [one, other])),
                _ => Hold::Rim,
            };
            if on_border && let Some(q) = self.boundary().hold(&p, *hold, self.edges_at(v)) {
                mesh.points[v as usize] = q;
            }
        }
        mesh.drop_unused_vertices();
        mesh
    }
}
