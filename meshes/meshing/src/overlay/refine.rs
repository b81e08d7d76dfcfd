//! Triangles divided along the curves where two surfaces pass through each other.
//!
//! A point of such a curve is where an edge of one surface passes through a triangle of the other; both know it by that
//! edge and that triangle, and whether it exists is decided by exact predicates. So each pair of triangles has no such point
//! or two, the ends of their common segment, and the segments link up to closed curves.

use crate::MeshingError;
use crate::domain::Patch;
use crate::parallel::parallel_map;
use crate::planar::triangles_in_plane;
use control::RunControl;
use geometry::{Aabb, TriangleBvh, orientation};
use mesh::{Point3, SurfaceMesh};
use std::collections::BTreeMap;

/// Triangles of several bodies, none of which pass through each other.
#[derive(Debug, Clone, Default)]
pub(super) struct Refined {
    pub(super) points: Vec<Point3<f64>>,
    pub(super) triangles: Vec<[u32; 3]>,
    /// The body of each triangle.
    pub(super) owners: Vec<u16>,
    /// The smooth face of each triangle.
    pub(super) faces: Vec<Patch>,
}

/// An edge (its ends sorted) and the triangle that it passes through.
type Piercing = ([u32; 2], u32);

/// The pair of triangles that cross in a segment, and its ends.
type Segment = ([u32; 2], [Piercing; 2]);

/// The place where two surfaces touch without crossing.
type Touch = Point3<f64>;

/// The triangles of `soup` and of another body. The inner error tells where they touch without crossing.
pub(super) fn refine(
    soup: &Refined,
    surface: &SurfaceMesh,
    faces: &[Patch],
    owner: u16,
    control: &RunControl,
) -> Result<Result<Refined, Touch>, MeshingError> {
    let (first_point, first) = (soup.points.len() as u32, soup.triangles.len() as u32);
    let mut both = soup.clone();
    both.points.extend(&surface.points);
    both.triangles.extend(surface.triangles.iter().map(|t| t.map(|v| v + first_point)));
    both.owners.resize(both.triangles.len(), owner);
    both.faces.extend(faces);
    if first == 0 {
        return Ok(Ok(both));
    }
    let bvh = TriangleBvh::new(&soup.points, &soup.triangles);
    let own: Vec<u32> = (first..both.triangles.len() as u32).collect();
    let found = parallel_map(&own, control, |&t| segments_of(&both, &bvh, t))?;
    let mut curves = Curves::default();
    for segments in found {
        match segments {
            Ok(segments) => {
                segments.into_iter().for_each(|(pair, ends)| curves.add(&mut both.points, &both.triangles, pair, ends))
            }
            Err(touch) => return Ok(Err(touch)),
        }
    }
    divided(both, curves, control)
}

/// The segments in which triangle `t` crosses triangles of the hierarchy, each with the pair that shares it.
fn segments_of(both: &Refined, bvh: &TriangleBvh, t: u32) -> Result<Vec<Segment>, Touch> {
    let corners = both.triangles[t as usize].map(|v| both.points[v as usize]);
    let mut segments = Vec::new();
    for s in bvh.triangles_near(&Aabb::of_points(&corners)) {
        let mut ends: Vec<Piercing> = Vec::with_capacity(2);
        for (of, through) in [(s, t), (t, s)] {
            for edge in edges(both.triangles[of as usize]) {
                if pierces(both, edge, both.triangles[through as usize])? {
                    ends.push((edge, through));
                }
            }
        }
        match ends[..] {
            [] => {}
            [a, b] => segments.push(([s, t], [a, b])),
            _ => return Err(corners[0]),
        }
    }
    Ok(segments)
}

fn edges([a, b, c]: [u32; 3]) -> [[u32; 2]; 3] {
    [[a, b], [b, c], [c, a]].map(|[a, b]| [a.min(b), a.max(b)])
}

/// Whether an edge passes through the inside of a triangle; the error where it only touches it.
fn pierces(both: &Refined, edge: [u32; 2], triangle: [u32; 3]) -> Result<bool, Touch> {
    let [p, q] = edge.map(|v| both.points[v as usize]);
    let [a, b, c] = triangle.map(|v| both.points[v as usize]);
    let (side_p, side_q) = (orientation(&a, &b, &c, &p), orientation(&a, &b, &c, &q));
    if (side_p > 0.0 && side_q > 0.0) || (side_p < 0.0 && side_q < 0.0) {
        return Ok(false);
    }
    let turns = [orientation(&p, &q, &a, &b), orientation(&p, &q, &b, &c), orientation(&p, &q, &c, &a)];
    let (left, right) = (turns.iter().all(|turn| *turn > 0.0), turns.iter().all(|turn| *turn < 0.0));
    let misses = turns.iter().any(|turn| *turn > 0.0) && turns.iter().any(|turn| *turn < 0.0);
    match (left || right, side_p == 0.0 || side_q == 0.0) {
        (true, false) => Ok(true),
        _ if misses => Ok(false),
        _ => Err(p),
    }
}

/// The points of the curves, and the segments between them in each triangle.
#[derive(Default)]
struct Curves {
    numbers: BTreeMap<Piercing, u32>,
    /// Points on each edge, with their part of its length from the lower end.
    on_edge: BTreeMap<[u32; 2], Vec<(f64, u32)>>,
    in_triangle: BTreeMap<u32, Vec<[u32; 2]>>,
}

impl Curves {
    fn add(&mut self, points: &mut Vec<Point3<f64>>, triangles: &[[u32; 3]], pair: [u32; 2], ends: [Piercing; 2]) {
        let ends = ends.map(|piercing| self.number(points, triangles, piercing));
        for t in pair {
            self.in_triangle.entry(t).or_default().push(ends);
        }
    }

    fn number(&mut self, points: &mut Vec<Point3<f64>>, triangles: &[[u32; 3]], piercing: Piercing) -> u32 {
        if let Some(&known) = self.numbers.get(&piercing) {
            return known;
        }
        let (edge, triangle) = piercing;
        let [p, q] = edge.map(|v| points[v as usize]);
        let [a, b, c] = triangles[triangle as usize].map(|v| points[v as usize]);
        let (from, to) = (orientation(&a, &b, &c, &p), orientation(&a, &b, &c, &q));
        let part = from / (from - to);
        let number = points.len() as u32;
        points.push(p + (q - p) * part);
        self.numbers.insert(piercing, number);
        self.on_edge.entry(edge).or_default().push((part, number));
        number
    }
}

/// Each triangle that a curve runs through replaced by triangles beside it.
fn divided(both: Refined, mut curves: Curves, control: &RunControl) -> Result<Result<Refined, Touch>, MeshingError> {
    for points in curves.on_edge.values_mut() {
        points.sort_by(|a, b| a.0.total_cmp(&b.0));
        if let Some(pair) = points.windows(2).find(|pair| pair[0].0 == pair[1].0) {
            return Ok(Err(both.points[pair[0].1 as usize]));
        }
    }
    let cut: Vec<(&u32, &Vec<[u32; 2]>)> = curves.in_triangle.iter().collect();
    let made = parallel_map(&cut, control, |(t, segments)| pieces(&both, &curves, **t, segments, control))?;
    let mut refined = Refined { points: both.points.clone(), ..Refined::default() };
    let mut pieces = cut.iter().zip(made).peekable();
    for (t, &triangle) in (0_u32..).zip(&both.triangles) {
        let mut own = vec![triangle];
        if let Some(((_, _), made)) = pieces.next_if(|((number, _), _)| **number == t) {
            match made {
                Ok(made) => own = made,
                Err(MeshingError::CutMeetsHole { at }) => return Ok(Err(at.into())),
                Err(error) => return Err(error),
            }
        }
        for piece in own {
            refined.triangles.push(piece);
            refined.owners.push(both.owners[t as usize]);
            refined.faces.push(both.faces[t as usize]);
        }
    }
    Ok(Ok(refined))
}

/// The parts of a triangle between its sides and the segments in it.
fn pieces(
    both: &Refined,
    curves: &Curves,
    t: u32,
    segments: &[[u32; 2]],
    control: &RunControl,
) -> Result<Vec<[u32; 3]>, MeshingError> {
    let [a, b, c] = both.triangles[t as usize];
    let [p, q, r] = [a, b, c].map(|v| both.points[v as usize]);
    let touch = MeshingError::CutMeetsHole { at: p.into() };
    let normal = (q - p).cross(&(r - p)).try_normalize(0.0).ok_or(touch)?;
    let mut open: Vec<[u32; 2]> = segments.iter().flat_map(|&[a, b]| [[a, b], [b, a]]).collect();
    for [from, to] in [[a, b], [b, c], [c, a]] {
        let mut along: Vec<u32> = vec![from.min(to)];
        let between = curves.on_edge.get(&[from.min(to), from.max(to)]);
        along.extend(between.into_iter().flatten().map(|(_, number)| *number));
        along.push(from.max(to));
        if from > to {
            along.reverse();
        }
        // What is beside the triangle runs the other way.
        open.extend(along.windows(2).map(|pair| [pair[1], pair[0]]));
    }
    triangles_in_plane(&both.points, &open, &normal, control)
}
