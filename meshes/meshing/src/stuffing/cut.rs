//! Cut points, warping and stencils.

use super::junction::Junctions;
use super::lattice::Lattice;
use crate::domain::{Domain, Material, OUTSIDE};
use crate::parallel::parallel_map;
use crate::tets::{Hold, TetMesh};
use control::{Cancelled, RunControl};
use mesh::Point3;
use mesh::quality::signed_volume;
use rayon::prelude::*;

/// A vertex moves onto the boundary when a cut is nearer than this fraction of a long edge ...
const WARP_LONG: f64 = 0.25;
/// ... or of a short edge. Larger values fall off a cliff: see docs/measurements.
const WARP_SHORT: f64 = 0.41;

/// An edge of the lattice between two materials.
#[derive(Debug, Clone, Copy)]
struct Cut {
    /// Ends, the lower number first.
    ends: [u32; 2],
    point: Point3<f64>,
    /// Position of the point from `ends[0]`, 0 to 1.
    fraction: f64,
}

/// The cuts of a lattice.
pub(super) struct Cuts {
    list: Vec<Cut>,
    /// First cut of each lower end.
    start: Vec<u32>,
}

/// Warps the lattice and replaces the crossed tetrahedra by their parts in each material.
pub(crate) fn cut(mut lattice: Lattice, domain: &dyn Domain, control: &RunControl) -> Result<TetMesh, Cancelled> {
    let mut cuts = Cuts::find(&lattice, domain, control)?;
    let junctions = Junctions::take(&mut lattice);
    cuts.keep_clear_of(&junctions, &lattice);
    let warped = warp(&mut lattice, &cuts, &junctions);
    control.check()?;
    let first_cut = lattice.points.len() as u32;
    let stencil = Stencil { lattice: &lattice, warped: &warped, cuts: &cuts, first_cut };
    let mut tets: Vec<([u32; 4], Material)> =
        lattice.whole.par_iter().flat_map_iter(|tet| stencil.uncut(tet, domain)).collect();
    control.check()?;
    let parts: Vec<([u32; 4], Material)> =
        lattice.crossed.par_iter().flat_map_iter(|tet| stencil.apply(tet, domain)).collect();
    tets.extend(parts);
    control.check()?;
    let between = |cut: &Cut| cut.ends.map(|v| lattice.materials[v as usize]);
    let on_patch = |cut: &Cut| Hold::On(domain.patch_at(&cut.point, between(cut)));
    let mut holds: Vec<Hold> =
        warped.iter().map(|cut| cut.map_or(Hold::Free, |k| on_patch(&cuts.list[k as usize]))).collect();
    holds.extend(parallel_map(&cuts.list, control, on_patch)?);
    let mut points = lattice.points.clone();
    points.extend(cuts.list.iter().map(|cut| cut.point));
    junctions.fill(&lattice.materials, &cuts, first_cut, &mut points, &mut tets);
    holds.resize(points.len(), Hold::Rim);
    let (tets, materials) = tets.into_iter().unzip();
    let mut mesh = TetMesh { points, tets, materials, holds };
    mesh.drop_unused_vertices();
    Ok(mesh)
}

impl Cuts {
    fn find(lattice: &Lattice, domain: &dyn Domain, control: &RunControl) -> Result<Self, Cancelled> {
        let crosses = |a: u32, b: u32| lattice.materials[a as usize] != lattice.materials[b as usize];
        let mut edges: Vec<[u32; 2]> = lattice
            .crossed
            .par_iter()
            .flat_map_iter(|tet| {
                let pairs = [[0, 1], [0, 2], [0, 3], [1, 2], [1, 3], [2, 3]];
                pairs.into_iter().filter_map(move |[i, j]: [usize; 2]| {
                    let (a, b) = (tet[i].min(tet[j]), tet[i].max(tet[j]));
                    crosses(a, b).then_some([a, b])
                })
            })
            .collect();
        edges.par_sort_unstable();
        edges.dedup();
        let list = parallel_map(&edges, control, |&ends| Cut::find(ends, lattice, domain))?;
        let mut start = vec![0_u32; lattice.points.len() + 1];
        list.iter().for_each(|cut| start[cut.ends[0] as usize + 1] += 1);
        for v in 0..lattice.points.len() {
            start[v + 1] += start[v];
        }
        Ok(Self { list, start })
    }

    /// Moves the cuts too near to a vertex of a junction, which is not warped, away from it.
    fn keep_clear_of(&mut self, junctions: &Junctions, lattice: &Lattice) {
        for cut in &mut self.list {
            let [a, b] = cut.ends;
            let least = threshold(lattice, a, b);
            let low = if junctions.is_at(a) { least } else { 0.0 };
            let high = if junctions.is_at(b) { 1.0 - least } else { 1.0 };
            if cut.fraction < low || cut.fraction > high {
                let [p, q] = [a, b].map(|v| lattice.points[v as usize]);
                cut.fraction = cut.fraction.clamp(low, high);
                cut.point = p + (q - p) * cut.fraction;
            }
        }
    }

    /// Where the edge of a cut passes from one material to the other.
    pub(super) fn point(&self, number: u32) -> Point3<f64> {
        self.list[number as usize].point
    }

    /// Number of the cut on the edge between `a` and `b`, which must be of different materials.
    pub(super) fn number(&self, a: u32, b: u32) -> u32 {
        let (a, b) = (a.min(b), a.max(b));
        let (from, to) = (self.start[a as usize], self.start[a as usize + 1]);
        from + self.list[from as usize..to as usize].partition_point(|cut| cut.ends[1] < b) as u32
    }
}

impl Cut {
    fn find(ends: [u32; 2], lattice: &Lattice, domain: &dyn Domain) -> Self {
        let [a, b] = ends.map(|v| &lattice.points[v as usize]);
        let from_first = lattice.materials[ends[0] as usize] != OUTSIDE;
        let (from, to) = if from_first { (a, b) } else { (b, a) };
        let t = domain.crossing(from, to).unwrap_or_else(|| {
            let length = (to - from).norm();
            let (near, far) = (domain.distance(from, length), domain.distance(to, length));
            near / (near + far).max(f64::MIN_POSITIVE)
        });
        let fraction = if from_first { t } else { 1.0 - t };
        Self { ends, point: from + (to - from) * t, fraction }
    }
}

/// Moves each vertex that has a cut too near onto the nearest such cut, in the order of the numbers; the cuts on its
/// edges are spent. Vertices at junctions stay. Returns the cut that each vertex moved to.
fn warp(lattice: &mut Lattice, cuts: &Cuts, junctions: &Junctions) -> Vec<Option<u32>> {
    let count = lattice.points.len();
    let mut warped = vec![None; count];
    let ends: Vec<[u32; 2]> = cuts.list.iter().map(|cut| cut.ends).collect();
    let incident = crate::tets::Incidence::new(count, &ends);
    for v in (0..count as u32).filter(|&v| !junctions.is_at(v)) {
        let mut best: Option<(f64, u32)> = None;
        for &k in incident.of(v) {
            let cut = &cuts.list[k as usize];
            let from_low = cut.ends[0] == v;
            let other = if from_low { cut.ends[1] } else { cut.ends[0] };
            let fraction = if from_low { cut.fraction } else { 1.0 - cut.fraction };
            let relative = fraction / nearest(lattice, v, other);
            if warped[other as usize].is_none() && relative < best.map_or(1.0, |(least, _)| least) {
                best = Some((relative, k));
            }
        }
        if let Some((_, k)) = best {
            lattice.points[v as usize] = cuts.list[k as usize].point;
            warped[v as usize] = Some(k);
        }
    }
    warped
}

/// The fraction of an edge from `v` below which a cut is too near to it. Where cells of different size meet, the smallest at
/// the vertex say what is too near: a part of a larger cell's edge could turn them inside out.
fn nearest(lattice: &Lattice, v: u32, other: u32) -> f64 {
    let length = (lattice.points[other as usize] - lattice.points[v as usize]).norm();
    let width = lattice.widths[v as usize];
    let (least, own) =
        if is_long(lattice, v, other) { (WARP_LONG, width) } else { (WARP_SHORT, 0.5 * 3.0_f64.sqrt() * width) };
    least * (own / length).min(1.0)
}

fn threshold(lattice: &Lattice, a: u32, b: u32) -> f64 {
    if is_long(lattice, a, b) { WARP_LONG } else { WARP_SHORT }
}

/// Edges between two centres or along an axis between two corners are long, all others short, those across the faces
/// between cells of different size included.
fn is_long(lattice: &Lattice, a: u32, b: u32) -> bool {
    let is_centre = |v: u32| (v as usize) < lattice.centres;
    let along_axis = || {
        let (p, q) = (&lattice.points[a as usize], &lattice.points[b as usize]);
        (0..3).filter(|&axis| p[axis] == q[axis]).count() == 2
    };
    is_centre(a) == is_centre(b) && (is_centre(a) || along_axis())
}

struct Stencil<'a> {
    lattice: &'a Lattice,
    warped: &'a [Option<u32>],
    cuts: &'a Cuts,
    first_cut: u32,
}

impl Stencil<'_> {
    fn is_warped(&self, v: u32) -> bool {
        self.warped[v as usize].is_some()
    }

    /// 0 in `material`, 1 on the boundary, 2 in the other material.
    fn class(&self, v: u32, material: Material) -> usize {
        match self.is_warped(v) {
            true => 1,
            false if self.lattice.materials[v as usize] == material => 0,
            false => 2,
        }
    }

    /// A tetrahedron whose vertices are on the boundary or of one material, unless that is outside. With all four
    /// vertices on the boundary its centroid decides.
    fn uncut(&self, tet: &[u32; 4], domain: &dyn Domain) -> Option<([u32; 4], Material)> {
        let material = match tet.iter().find(|&&v| !self.is_warped(v)) {
            Some(&v) => self.lattice.materials[v as usize],
            None => {
                let p = tet.map(|v| self.lattice.points[v as usize]);
                let centroid = Point3::from((p[0].coords + p[1].coords + p[2].coords + p[3].coords) / 4.0);
                if signed_volume(&p) > 0.0 { domain.material(&centroid) } else { OUTSIDE }
            }
        };
        (material != OUTSIDE).then_some((*tet, material))
    }

    fn point(&self, v: u32) -> Point3<f64> {
        match v.checked_sub(self.first_cut) {
            Some(k) => self.cuts.point(k),
            None => self.lattice.points[v as usize],
        }
    }

    fn cut(&self, inside: u32, outside: u32) -> u32 {
        self.first_cut + self.cuts.number(inside, outside)
    }

    /// The parts of a tetrahedron of two materials, none of the outside.
    fn apply(&self, tet: &[u32; 4], domain: &dyn Domain) -> Vec<([u32; 4], Material)> {
        let mut present: Vec<Material> =
            tet.iter().filter(|&&v| !self.is_warped(v)).map(|&v| self.lattice.materials[v as usize]).collect();
        present.sort_unstable();
        present.dedup();
        if present.len() < 2 {
            // In the order of the parts below.
            let (sorted, _) = self.sorted(tet, present.first().copied().unwrap_or(OUTSIDE));
            return self.uncut(&sorted, domain).into_iter().collect();
        }
        let solid = present.into_iter().filter(|&material| material != OUTSIDE);
        solid.flat_map(|material| self.part(tet, material).into_iter().map(move |part| (part, material))).collect()
    }

    /// The part of a tetrahedron of two materials in one of them. Quadrilaterals on faces between tetrahedra are split
    /// from the end with the lower number that is no cut, so that neighbours agree and no prism is left without a split.
    fn part(&self, tet: &[u32; 4], material: Material) -> Vec<[u32; 4]> {
        let (tet, counts) = self.sorted(tet, material);
        let [a, b, c, d] = tet;
        match counts {
            [0, ..] => Vec::new(),
            [1, on, _] => {
                let end = |k: usize| if k <= on { tet[k] } else { self.cut(a, tet[k]) };
                vec![[a, end(1), end(2), end(3)]]
            }
            [2, 1, _] => {
                let (ad, bd) = (self.cut(a, d), self.cut(b, d));
                if a < b { vec![[a, b, c, bd], [a, bd, c, ad]] } else { vec![[a, b, c, ad], [b, bd, c, ad]] }
            }
            [2, ..] => {
                let (a, b, c, d) = if a < b { (a, b, c, d) } else { (b, a, d, c) };
                let (ac, ad, bc, bd) = (self.cut(a, c), self.cut(a, d), self.cut(b, c), self.cut(b, d));
                if self.first_is_shorter([ac, bd], [ad, bc]) {
                    vec![[a, ac, ad, bd], [a, ac, bd, bc], [a, bc, bd, b]]
                } else {
                    vec![[a, ac, ad, bc], [a, ad, bd, bc], [a, bc, bd, b]]
                }
            }
            _ => self.frustum([a, b, c], d),
        }
    }

    /// Which diagonal of a quadrilateral between two materials splits it, for both the same: the shorter, on a tie that
    /// with the lowest number.
    fn first_is_shorter(&self, first: [u32; 2], second: [u32; 2]) -> bool {
        let length = |[v, w]: [u32; 2]| (self.point(v) - self.point(w)).norm();
        let key = |diagonal: [u32; 2]| (length(diagonal), diagonal[0].min(diagonal[1]));
        let ((first, low), (second, other_low)) = (key(first), key(second));
        first < second || (first == second && low < other_low)
    }

    /// Three vertices inside, one outside: a prism between the triangle and its cuts.
    fn frustum(&self, triangle: [u32; 3], outside: u32) -> Vec<[u32; 4]> {
        let mut order = triangle;
        order.sort_unstable();
        let [f, s, t] = order;
        let [f1, s1, t1] = order.map(|v| self.cut(v, outside));
        let start = triangle.iter().position(|&v| v == f).unwrap_or(0);
        let even = triangle[(start + 1) % 3] == s;
        let mut tets = vec![[f, s, t, t1], [f, s, t1, s1], [f, s1, t1, f1]];
        if !even {
            tets.iter_mut().for_each(|tet| tet.swap(2, 3));
        }
        tets
    }

    /// The vertices in the order material, boundary, other material with the orientation kept, and how many of each.
    fn sorted(&self, tet: &[u32; 4], material: Material) -> ([u32; 4], [usize; 3]) {
        let mut sorted = tet.map(|v| (self.class(v, material), v));
        let mut odd = false;
        // Four elements: bubble sort, counting the swaps.
        for end in (1..4).rev() {
            for k in 0..end {
                if sorted[k].0 > sorted[k + 1].0 {
                    sorted.swap(k, k + 1);
                    odd = !odd;
                }
            }
        }
        if odd {
            // Two of four vertices share one of three classes and may swap.
            let k = (0..3).find(|&k| sorted[k].0 == sorted[k + 1].0).unwrap_or(0);
            sorted.swap(k, k + 1);
        }
        let mut counts = [0; 3];
        sorted.iter().for_each(|(class, _)| counts[*class] += 1);
        (sorted.map(|(_, v)| v), counts)
    }
}
