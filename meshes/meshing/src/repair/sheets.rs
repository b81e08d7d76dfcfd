//! Cuts a surface apart into manifold, consistently wound sheets.
//!
//! Sides of triangles are glued in pairs; what is glued decides which corners are the same vertex. So every edge gets
//! two triangles at most and every vertex one fan, by construction (after Guéziec, Taubin, Lazarus & Horn 2001, Cutting
//! and stitching: converting sets of polygons to manifold surfaces).

use super::draft::Draft;
use mesh::Point3;
use mesh::topology::{EdgeTable, EdgeUse};

const NONE: u32 = u32::MAX;
/// Edges that stay pinched because both ends are single vertices are cut in the middle; this many rounds at most.
const ROUNDS: usize = 8;

/// What was cut.
#[derive(Debug, Clone, Default)]
pub(crate) struct Cut {
    /// Triangles that were parted from a neighbour.
    pub(super) parted: Vec<bool>,
}

/// Disjoint sets; the root of a set is its smallest member.
struct Sets(Vec<u32>);

impl Sets {
    fn root(&mut self, mut member: u32) -> u32 {
        while self.0[member as usize] != member {
            let up = self.0[self.0[member as usize] as usize];
            self.0[member as usize] = up;
            member = up;
        }
        member
    }

    fn join(&mut self, a: u32, b: u32) {
        let (a, b) = (self.root(a), self.root(b));
        self.0[a.max(b) as usize] = a.min(b);
    }
}

/// Cuts non-manifold edges and vertices and winds every part one way, the way of most of its triangles.
pub(crate) fn cut(draft: &mut Draft) -> Cut {
    let mut parted = vec![false; draft.surface.triangles.len()];
    for round in 0..ROUNDS {
        let edges = EdgeTable::new(&draft.surface.triangles);
        let mut partners = glue(draft, &edges);
        let turned = wind(draft, &edges, &mut partners);
        let crowded = edges.edges().iter().enumerate().filter(|(edge, _)| edges.uses(*edge).len() > 2);
        let crowded: Vec<[u32; 2]> = crowded.map(|(_, ends)| *ends).collect();
        for edge in 0..edges.len() {
            for at in edges.uses(edge) {
                let alone = partners[side(at)] == NONE && edges.uses(edge).len() > 1;
                parted[at.triangle as usize] |= alone;
            }
        }
        if round == 0 {
            report(draft, &crowded, &turned);
        }
        let pinched = renumber(draft, &edges, &partners, &turned);
        parted.resize(draft.surface.triangles.len(), false);
        if !pinched {
            break;
        }
    }
    Cut { parted }
}

fn side(at: &EdgeUse) -> usize {
    3 * at.triangle as usize + usize::from(at.side)
}

fn report(draft: &mut Draft, crowded: &[[u32; 2]], turned: &[bool]) {
    if let Some(&[a, b]) = crowded.first() {
        let ends = |[a, b]: [u32; 2]| [draft.surface.points[a as usize], draft.surface.points[b as usize]];
        let size = crowded.iter().map(|&edge| ends(edge)).map(|[p, q]| (p - q).norm()).fold(0.0, f64::max);
        let [p, q] = ends([a, b]);
        let message = format!("the surface was cut apart at {} edges with more than two triangles", crowded.len());
        draft.record("non-manifold-edges", nalgebra::center(&p, &q), size, crowded.len(), message);
    }
    let count = turned.iter().filter(|turned| **turned).count();
    if let Some(first) = turned.iter().position(|turned| *turned) {
        let triangles: Vec<u32> = (0u32..).zip(turned).filter(|(_, turned)| **turned).map(|(t, _)| t).collect();
        let size = draft.bounds_of(&triangles).diagonal();
        let message = format!("{count} triangles wound against their neighbours were turned");
        draft.record("winding", draft.centroid(first), size, count, message);
    }
}

/// The partner of every side (3 · triangle + side), or `NONE`.
fn glue(draft: &Draft, edges: &EdgeTable) -> Vec<u32> {
    let mut partners = vec![NONE; 3 * draft.surface.triangles.len()];
    let mut join = |a: &EdgeUse, b: &EdgeUse| {
        partners[side(a)] = side(b) as u32;
        partners[side(b)] = side(a) as u32;
    };
    let mut patches = None;
    for edge in 0..edges.len() {
        match edges.uses(edge) {
            [_] => {}
            [a, b] => join(a, b),
            crowd => {
                let patches = patches.get_or_insert_with(|| Patches::new(draft, edges));
                for (a, b) in pairs(draft, edges.edges()[edge], crowd, patches) {
                    join(&crowd[a], &crowd[b]);
                }
            }
        }
    }
    partners
}

/// Parts connected over edges with two triangles.
struct Patches {
    sets: Sets,
    open: Vec<bool>,
}

impl Patches {
    fn new(draft: &Draft, edges: &EdgeTable) -> Self {
        let mut sets = Sets((0..draft.surface.triangles.len() as u32).collect());
        for edge in 0..edges.len() {
            if let [a, b] = edges.uses(edge) {
                sets.join(a.triangle, b.triangle);
            }
        }
        let mut open = vec![false; draft.surface.triangles.len()];
        for edge in 0..edges.len() {
            if let [a] = edges.uses(edge) {
                open[sets.root(a.triangle) as usize] = true;
            }
        }
        Self { sets, open }
    }
}

/// Which triangles at a crowded edge belong together, the most obvious first: wound alike, not part of an open flap, of
/// the same patch, with nothing between them inside the solid, flat.
fn pairs(draft: &Draft, [low, high]: [u32; 2], crowd: &[EdgeUse], patches: &mut Patches) -> Vec<(usize, usize)> {
    let (from, to) = (draft.surface.points[low as usize], draft.surface.points[high as usize]);
    let angles = angles_around(draft, from, to, crowd);
    let mut order: Vec<usize> = (0..crowd.len()).collect();
    order.sort_by(|&i, &j| angles[i].total_cmp(&angles[j]).then(i.cmp(&j)));
    let mut place = vec![0; order.len()];
    order.iter().enumerate().for_each(|(k, &i)| place[i] = k);
    let roots: Vec<u32> = crowd.iter().map(|at| patches.sets.root(at.triangle)).collect();
    let open = |i: usize| u8::from(patches.open[roots[i] as usize]);
    let mut scored = Vec::new();
    for i in 0..crowd.len() {
        for j in i + 1..crowd.len() {
            let alike = crowd[i].forward != crowd[j].forward;
            // Behind a triangle that runs forward along the edge the angle falls.
            let (front, back) = if crowd[i].forward { (i, j) } else { (j, i) };
            let beside = alike && (place[back] + 1) % order.len() == place[front];
            let gap = (angles[i] - angles[j]).abs();
            let bend = (gap - std::f64::consts::PI).abs();
            let rank = (u8::from(!alike), open(i) + open(j), u8::from(roots[i] != roots[j]), u8::from(!beside));
            scored.push((rank, bend, i, j));
        }
    }
    scored.sort_by(|a, b| a.0.cmp(&b.0).then(a.1.total_cmp(&b.1)).then((a.2, a.3).cmp(&(b.2, b.3))));
    let mut taken = vec![false; crowd.len()];
    let mut chosen = Vec::new();
    for (_, _, i, j) in scored {
        if !taken[i] && !taken[j] {
            (taken[i], taken[j]) = (true, true);
            chosen.push((i, j));
        }
    }
    chosen
}

/// Angle of every triangle about the edge.
fn angles_around(draft: &Draft, from: Point3<f64>, to: Point3<f64>, crowd: &[EdgeUse]) -> Vec<f64> {
    let axis = (to - from).try_normalize(0.0).unwrap_or_default();
    let across = |at: &EdgeUse| {
        let apex = draft.surface.triangles[at.triangle as usize][(usize::from(at.side) + 2) % 3];
        let arm = draft.surface.points[apex as usize] - from;
        arm - axis * axis.dot(&arm)
    };
    let zero = crowd.iter().find_map(|at| across(at).try_normalize(0.0)).unwrap_or_default();
    let up = axis.cross(&zero);
    crowd.iter().map(across).map(|arm| arm.dot(&up).atan2(arm.dot(&zero))).collect()
}

/// Which triangles to turn so that partners agree; partners that cannot agree (a Möbius strip) are parted.
fn wind(draft: &Draft, edges: &EdgeTable, partners: &mut [u32]) -> Vec<bool> {
    let count = draft.surface.triangles.len();
    let mut forward = vec![false; 3 * count];
    (0..edges.len()).flat_map(|edge| edges.uses(edge)).for_each(|at| forward[side(at)] = at.forward);
    let (mut turned, mut seen) = (vec![false; count], vec![false; count]);
    for seed in 0..count {
        if std::mem::replace(&mut seen[seed], true) {
            continue;
        }
        let (mut part, mut next) = (vec![seed], 0);
        while let Some(&t) = part.get(next) {
            next += 1;
            for own in 3 * t..3 * t + 3 {
                let partner = partners[own];
                if partner == NONE {
                    continue;
                }
                let other = partner as usize / 3;
                let needed = turned[t] ^ (forward[own] == forward[partner as usize]);
                if !std::mem::replace(&mut seen[other], true) {
                    turned[other] = needed;
                    part.push(other);
                } else if turned[other] != needed {
                    partners[own] = NONE;
                    partners[partner as usize] = NONE;
                }
            }
        }
        if 2 * part.iter().filter(|&&t| turned[t]).count() > part.len() {
            part.iter().for_each(|&t| turned[t] = !turned[t]);
        }
    }
    turned
}

/// Gives every fan its own vertex and turns what is to be turned. Edges that are still crowded because both their ends
/// are single vertices get a middle vertex for each pair of sheets; whether there were any.
fn renumber(draft: &mut Draft, edges: &EdgeTable, partners: &[u32], turned: &[bool]) -> bool {
    let triangles = draft.surface.triangles.clone();
    let mut corners = Sets((0..3 * triangles.len() as u32).collect());
    let ends = |side: usize| {
        let (t, k) = (side / 3, side % 3);
        [(triangles[t][k], 3 * t + k), (triangles[t][(k + 1) % 3], 3 * t + (k + 1) % 3)]
    };
    for (own, &partner) in partners.iter().enumerate().filter(|(_, partner)| **partner != NONE) {
        for (vertex, corner) in ends(own) {
            if let Some(&(_, other)) = ends(partner as usize).iter().find(|end| end.0 == vertex) {
                corners.join(corner as u32, other as u32);
            }
        }
    }
    let mut number = vec![NONE; 3 * triangles.len()];
    let mut taken = vec![false; draft.surface.points.len()];
    for (t, triangle) in triangles.iter().enumerate() {
        for (k, &v) in triangle.iter().enumerate() {
            let root = corners.root((3 * t + k) as u32) as usize;
            if number[root] == NONE {
                let fresh = std::mem::replace(&mut taken[v as usize], true);
                number[root] = if fresh { draft.point(draft.surface.points[v as usize]) } else { v };
            }
            draft.surface.triangles[t][k] = number[root];
        }
    }
    let pinched = split_pinched(draft, edges, partners);
    for (t, _) in turned.iter().enumerate().filter(|(_, turned)| **turned) {
        draft.surface.triangles[t].swap(1, 2);
    }
    // The halves that were cut off are turned with their triangle.
    for (t, from) in pinched.iter().enumerate().map(|(k, from)| (triangles.len() + k, *from)) {
        if turned[from] {
            draft.surface.triangles[t].swap(1, 2);
        }
    }
    !pinched.is_empty()
}

/// Cuts crowded edges in the middle, with a vertex for each sheet but the first; the triangles of the new halves.
fn split_pinched(draft: &mut Draft, edges: &EdgeTable, partners: &[u32]) -> Vec<usize> {
    let old_count = draft.surface.triangles.len();
    let fresh = EdgeTable::new(&draft.surface.triangles);
    let mut touched = vec![false; old_count];
    let mut sources = Vec::new();
    for edge in (0..fresh.len()).filter(|&edge| fresh.uses(edge).len() > 2 && !edges.is_empty()) {
        let uses = fresh.uses(edge);
        if uses.iter().any(|at| touched[at.triangle as usize]) {
            continue;
        }
        let [a, b] = fresh.edges()[edge].map(|v| draft.surface.points[v as usize]);
        let mut done: Vec<usize> = Vec::new();
        for (sheet, at) in uses.iter().enumerate() {
            if done.contains(&side(at)) {
                continue;
            }
            let partner = partners[side(at)];
            let group: Vec<usize> =
                std::iter::once(side(at)).chain((partner != NONE).then_some(partner as usize)).collect();
            done.extend(&group);
            if sheet == 0 {
                continue;
            }
            let middle = draft.point(nalgebra::center(&a, &b));
            for own in group {
                let (t, k) = (own / 3, own % 3);
                let [a, b, c] = [0, 1, 2].map(|i| draft.surface.triangles[t][(k + i) % 3]);
                draft.surface.triangles[t] = [a, middle, c];
                draft.push([middle, b, c], draft.labels[t]);
                touched[t] = true;
                sources.push(t);
            }
        }
    }
    sources
}
