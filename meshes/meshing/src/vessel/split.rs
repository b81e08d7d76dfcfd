//! Triangles cut along the zero line of a function that is given at the vertices and linear in between.

use crate::repair::draft::Draft;
use mesh::topology::EdgeTable;
use mesh::{Point3, Vector3};

/// Where the line passes nearer to a vertex than this part of an edge, the vertex moves onto it instead of being cut off.
const SNAP: f64 = 0.15;
/// Cosine of the turn of a triangle beside such a vertex at most.
const TURN: f64 = 0.9;
/// Part of an edge below which a crossing is the vertex itself.
const SAME: f64 = 1e-9;
const NONE: u32 = u32::MAX;

/// Marks the triangles where the function is positive somewhere and that hang together with a seed through such places.
pub(super) fn positive_part(
    triangles: &[[u32; 3]],
    edges: &EdgeTable,
    values: &[f64],
    seeds: impl IntoIterator<Item = u32>,
) -> Vec<bool> {
    let is_positive = |v: u32| values[v as usize] > 0.0;
    let mut marked = vec![false; triangles.len()];
    let mut open: Vec<u32> =
        seeds.into_iter().filter(|&t| triangles[t as usize].iter().any(|&v| is_positive(v))).collect();
    while let Some(t) = open.pop() {
        if std::mem::replace(&mut marked[t as usize], true) {
            continue;
        }
        let corners = triangles[t as usize];
        for side in 0..3_u8 {
            let k = usize::from(side);
            let leads = is_positive(corners[k]) || is_positive(corners[(k + 1) % 3]);
            if let Some(next) = edges.neighbour(t, side).filter(|next| leads && !marked[*next as usize]) {
                open.push(next);
            }
        }
    }
    marked
}

/// Cuts the triangles of a part that [`positive_part`] marked along the zero line; values of new vertices are appended.
/// The marks of the triangles on the positive side.
///
/// Vertices very near to the line move onto it along an edge, so that no slivers appear; those on holes and between
/// labels stay. Cost: O(n log n).
pub(super) fn split(draft: &mut Draft, edges: &EdgeTable, values: &mut Vec<f64>, part: &[bool]) -> Vec<bool> {
    let crossed = crossed_edges(edges, values, part);
    snap(draft, edges, values, &crossed);
    let mut middles = vec![NONE; edges.len()];
    for edge in crossed {
        let [a, b] = edges.edges()[edge];
        if let Some(t) = crossing(values, a, b) {
            let [p, q] = [a, b].map(|v| draft.surface.points[v as usize]);
            middles[edge] = draft.point(p + (q - p) * t);
            values.push(0.0);
        }
    }
    let triangles = std::mem::take(&mut draft.surface.triangles);
    let labels = std::mem::take(&mut draft.labels);
    let mut positive = Vec::with_capacity(labels.len());
    for (t, (triangle, label)) in triangles.into_iter().zip(labels).enumerate() {
        let on_side = |side: u8| edges.edge_of_side(t as u32, side).map_or(NONE, |edge| middles[edge]);
        for piece in pieces(&draft.surface.points, triangle, [0, 1, 2].map(on_side)) {
            draft.push(piece, label);
            positive.push(part[t] && piece.iter().any(|&v| values[v as usize] > 0.0));
        }
    }
    positive
}

/// Where the line crosses the edge, as a part of its length; `None` where it does not.
fn crossing(values: &[f64], a: u32, b: u32) -> Option<f64> {
    let (f, g) = (values[a as usize], values[b as usize]);
    (f * g < 0.0).then(|| f / (f - g))
}

fn crossed_edges(edges: &EdgeTable, values: &[f64], part: &[bool]) -> Vec<usize> {
    let is_crossed = |&edge: &usize| {
        let [a, b] = edges.edges()[edge];
        crossing(values, a, b).is_some() && edges.uses(edge).iter().any(|at| part[at.triangle as usize])
    };
    (0..edges.len()).filter(is_crossed).collect()
}

/// Moves vertices next to the line onto it, the nearest first, unless a triangle beside them would turn.
fn snap(draft: &mut Draft, edges: &EdgeTable, values: &mut [f64], crossed: &[usize]) {
    let mut near: Vec<(f64, u32, u32)> = Vec::new();
    for &edge in crossed {
        let [a, b] = edges.edges()[edge];
        let Some(t) = crossing(values, a, b) else { continue };
        if t.min(1.0 - t) < SNAP {
            near.push(if t < 0.5 { (t, a, b) } else { (1.0 - t, b, a) });
        }
    }
    if near.is_empty() {
        return;
    }
    near.sort_by(|x, y| x.0.total_cmp(&y.0).then((x.1, x.2).cmp(&(y.1, y.2))));
    let held = held(draft, edges);
    let mut stars = vec![Vec::new(); draft.surface.points.len()];
    for (t, triangle) in draft.surface.triangles.iter().enumerate() {
        triangle.iter().for_each(|&v| stars[v as usize].push(t));
    }
    for (_, v, other) in near {
        let Some(t) = crossing(values, v, other) else { continue };
        let [p, q] = [v, other].map(|v| draft.surface.points[v as usize]);
        let target = p + (q - p) * t;
        if !held[v as usize] && stays_upright(draft, &stars[v as usize], v, &target) {
            draft.surface.points[v as usize] = target;
            values[v as usize] = 0.0;
        } else if t < SAME {
            values[v as usize] = 0.0;
        }
    }
}

/// Vertices on holes and between labels.
fn held(draft: &Draft, edges: &EdgeTable) -> Vec<bool> {
    let mut held = vec![false; draft.surface.points.len()];
    for edge in 0..edges.len() {
        let uses = edges.uses(edge);
        let same = |pair: &[mesh::topology::EdgeUse]| {
            draft.labels[pair[0].triangle as usize] == draft.labels[pair[1].triangle as usize]
        };
        if uses.len() != 2 || !same(uses) {
            edges.edges()[edge].iter().for_each(|&v| held[v as usize] = true);
        }
    }
    held
}

fn stays_upright(draft: &Draft, star: &[usize], v: u32, target: &Point3<f64>) -> bool {
    star.iter().all(|&t| {
        let place = |n: u32| if n == v { *target } else { draft.surface.points[n as usize] };
        let [a, b, c] = draft.surface.triangles[t].map(place);
        let (before, after): (Vector3<f64>, Vector3<f64>) = (draft.surface.area_vector2(t), (b - a).cross(&(c - a)));
        after.norm() > 0.0 && before.dot(&after) >= TURN * before.norm() * after.norm()
    })
}

/// A triangle cut at the vertices in the middle of its sides; a quadrilateral along its shorter diagonal.
fn pieces(points: &[Point3<f64>], triangle: [u32; 3], middles: [u32; 3]) -> Vec<[u32; 3]> {
    let turned = |k: usize| ([0, 1, 2].map(|i| triangle[(i + k) % 3]), [0, 1, 2].map(|i| middles[(i + k) % 3]));
    match middles.iter().filter(|&&m| m != NONE).count() {
        1 => {
            let ([a, b, c], [m, ..]) = turned(middles.iter().position(|&m| m != NONE).unwrap_or(0));
            vec![[a, m, c], [m, b, c]]
        }
        2 => {
            // The side without a vertex comes second, so the first corner is cut off.
            let free = middles.iter().position(|&m| m == NONE).unwrap_or(1);
            let ([a, b, c], [m, _, n]) = turned((free + 2) % 3);
            let length = |v: u32, w: u32| (points[v as usize] - points[w as usize]).norm();
            match length(m, c) < length(n, b) {
                true => vec![[a, m, n], [m, b, c], [m, c, n]],
                false => vec![[a, m, n], [m, b, n], [n, b, c]],
            }
        }
        _ => vec![triangle],
    }
}
