//! Where a lumen ends: at holes, at flat caps, at rounded tips.

use super::cut::Plane;
use crate::MeshingError;
use crate::features::{Cap, Features, grow};
use crate::landmarks::plane_section;
use crate::repair::draft::Draft;
use crate::repair::triangulate::newell;
use control::{Cancelled, RunControl};
use mesh::topology::EdgeTable;
use mesh::{Point3, SurfaceMesh, Vector3};
use std::cmp::Reverse;
use std::collections::BinaryHeap;
use std::f64::consts::PI;

/// Depth of the section below a nearly flat end over the diagonal of the surface, or over the end's radius if more.
const DEPTH: f64 = 0.006;
const DEPTH_OF_RADIUS: f64 = 0.05;
/// A second section lies this part of the first one's radius deeper ...
const DEEPER: f64 = 0.5;
/// ... and their areas differ by this factor at most: those of a dome or of a vessel's side differ more.
const CONSTANT: f64 = 0.6;
/// Least 4π area / perimeter² of the section of an end: an ellipse three times as long as wide has 0.64.
const COMPACT: f64 = 0.6;
/// Least part of the section that the flat place covers.
const COVERED: f64 = 0.3;
/// Least radius of such an end over the mean radius of the lumen, 2 V / A: smaller flat places are by chance.
const LEAST_ROUGH: f64 = 0.3;
/// Cosine between the triangles of a flat end and its normal at least.
const FACING: f64 = 0.866;
/// Least rise of the distance from the first tip towards another over the mean radius of the lumen.
const RISE: f64 = 3.0;
/// Vertices between two looks at the cancel flag.
const BATCH: usize = 1 << 16;

/// A hole of the surface.
pub(super) struct Opening {
    pub(super) rim: Vec<u32>,
    /// Best plane of the rim; its normal points out of the lumen.
    pub(super) plane: Plane,
    /// Radius of the circle with the area of the rim's projection, mm.
    pub(super) radius: f64,
    /// Lowest and highest point of the rim above the plane, mm.
    pub(super) heights: (f64, f64),
    /// Mean side of the rim, mm.
    pub(super) side: f64,
}

impl Opening {
    /// A rim that has the surface on its left; `None` where it spans no area.
    pub(super) fn of(surface: &SurfaceMesh, rim: &[u32]) -> Option<Self> {
        let points: Vec<Point3<f64>> = rim.iter().map(|&v| surface.points[v as usize]).collect();
        let inward2 = newell(&points);
        let normal = -inward2.try_normalize(0.0)?;
        let plane = Plane { origin: mean_of_loop(&points)?, normal };
        let heights =
            points.iter().map(|p| plane.height(p)).fold((0.0, 0.0), |(l, h): (f64, f64), x| (l.min(x), h.max(x)));
        let side = perimeter(&points) / points.len() as f64;
        Some(Self { rim: rim.to_vec(), plane, radius: (0.5 * inward2.norm() / PI).sqrt(), heights, side })
    }
}

pub(super) fn perimeter(points: &[Point3<f64>]) -> f64 {
    (0..points.len()).map(|k| (points[(k + 1) % points.len()] - points[k]).norm()).sum()
}

/// Mean point along the sides of a closed polygon.
pub(super) fn mean_of_loop(points: &[Point3<f64>]) -> Option<Point3<f64>> {
    let first = points.first()?;
    let (mut moment, mut length) = (Vector3::zeros(), 0.0);
    for (k, p) in points.iter().enumerate() {
        let next = points[(k + 1) % points.len()];
        let side = (next - p).norm();
        moment += ((p - first) + (next - first)) * (0.5 * side);
        length += side;
    }
    Some(first + moment / length).filter(|p| p.iter().all(|x| x.is_finite()))
}

/// A nearly flat end without a sharp rim.
pub(super) struct RoughEnd {
    /// The plane inside, below the rounded rim, where it should be cut.
    pub(super) plane: Plane,
    /// Middle of its flat part.
    pub(super) tip: Point3<f64>,
    /// Radius of the section there, mm.
    pub(super) radius: f64,
}

/// The planar ends with a sharp rim, as lists of triangles, and the nearly flat ones, of a closed surface where no
/// triangle in them has a label yet.
pub(super) fn flat_ends(draft: &Draft, control: &RunControl) -> Result<(Vec<Cap>, Vec<RoughEnd>), Cancelled> {
    let features = Features::find(&draft.surface);
    control.check()?;
    let free = |cap: &Cap| cap.triangles.iter().all(|&t| draft.labels[t as usize] == 0);
    let (sharp, rough): (Vec<Cap>, Vec<Cap>) = features
        .caps
        .into_iter()
        .filter(|cap| free(cap) && is_disc(&draft.surface, &cap.triangles))
        .partition(|cap| cap.sharp);
    let mut taken: Vec<bool> = draft.labels.iter().map(|label| *label > 0).collect();
    sharp.iter().flat_map(|cap| &cap.triangles).for_each(|&t| taken[t as usize] = true);
    let mut candidates = at_box(draft, taken);
    candidates.extend(rough);
    let least = LEAST_ROUGH * mean_radius(&draft.surface);
    let mut ends: Vec<RoughEnd> = Vec::new();
    for cap in candidates {
        control.check()?;
        let is_known =
            |end: &RoughEnd| (end.tip - cap.centre).norm() < end.radius && end.plane.normal.dot(&cap.normal) > FACING;
        if !ends.iter().any(is_known) {
            ends.extend(RoughEnd::below(&draft.surface, &cap).filter(|end| end.radius > least));
        }
    }
    Ok((sharp, ends))
}

/// 2 V / A, the radius of a tube, in mm.
fn mean_radius(surface: &SurfaceMesh) -> f64 {
    2.0 * surface.volume().abs() / surface.area()
}

/// One border and no handle.
fn is_disc(surface: &SurfaceMesh, triangles: &[u32]) -> bool {
    let own: Vec<[u32; 3]> = triangles.iter().map(|&t| surface.triangles[t as usize]).collect();
    let mut vertices = own.concat();
    vertices.sort_unstable();
    vertices.dedup();
    vertices.len() + own.len() == EdgeTable::new(&own).len() + 1
}

/// The flat places on the six sides of the box around the surface: there the border of an image cut it.
fn at_box(draft: &Draft, mut taken: Vec<bool>) -> Vec<Cap> {
    let surface = &draft.surface;
    let Some((low, high)) = surface.bounds() else { return Vec::new() };
    let slab = DEPTH * (high - low).norm();
    let edges = EdgeTable::new(&surface.triangles);
    let mut found = Vec::new();
    for axis in 0..3 {
        for (sign, top) in [(1.0, high[axis]), (-1.0, -low[axis])] {
            let belongs = |t: u32| {
                let height = surface.corners(t as usize).iter().map(|p| sign * p[axis]).sum::<f64>() / 3.0;
                let area2 = surface.area_vector2(t as usize);
                top - height < slab && sign * area2[axis] > FACING * area2.norm()
            };
            for seed in 0..surface.triangles.len() as u32 {
                if !taken[seed as usize] && belongs(seed) {
                    found.push(Cap::new(surface, grow(&edges, seed, &mut taken, |_, t| belongs(t)), false));
                }
            }
        }
    }
    found.sort_by(|a, b| b.area.total_cmp(&a.area).then(a.triangles.cmp(&b.triangles)));
    found
}

impl RoughEnd {
    /// The end below a flat place; `None` where the sections grow inwards as those of a dome do.
    fn below(surface: &SurfaceMesh, cap: &Cap) -> Option<Self> {
        let (low, high) = surface.bounds()?;
        let radius = (cap.area / PI).sqrt();
        let depth = (DEPTH * (high - low).norm()).max(DEPTH_OF_RADIUS * radius);
        let section = |depth: f64| {
            let origin = cap.centre - cap.normal * depth;
            let apart = |p: &Point3<f64>| (p - origin).norm();
            let loops = plane_section(surface, &origin, &cap.normal);
            loops.into_iter().min_by(|a, b| apart(&a.centroid).total_cmp(&apart(&b.centroid)))
        };
        let near = section(1.2 * depth)?;
        let far = section(1.2 * depth + DEEPER * (near.area / PI).sqrt())?;
        let plane = Plane { origin: near.centroid, normal: cap.normal };
        let is_constant = near.area > CONSTANT * far.area && near.area < far.area / CONSTANT;
        let is_compact = 4.0 * PI * near.area > COMPACT * perimeter(&near.points).powi(2);
        let is_end = is_constant && is_compact && cap.area > COVERED * near.area;
        is_end.then(|| Self { plane, tip: cap.centre, radius: (near.area / PI).sqrt() })
    }
}

/// The triangle whose centre is nearest to a point.
pub(super) fn nearest_triangle(draft: &Draft, p: &Point3<f64>) -> Option<u32> {
    let apart = |t: &usize| (draft.centroid(*t) - p).norm_squared();
    (0..draft.labels.len()).min_by(|a, b| apart(a).total_cmp(&apart(b))).map(|t| t as u32)
}

/// The vertex of the surface nearest to a point.
pub(super) fn nearest_vertex(surface: &SurfaceMesh, p: &Point3<f64>) -> Option<u32> {
    let apart = |v: &usize| (surface.points[*v] - p).norm_squared();
    (0..surface.points.len()).min_by(|a, b| apart(a).total_cmp(&apart(b))).map(|v| v as u32)
}

/// The tips of a closed surface: the vertex farthest along the wall from any other, and the places that are farther from
/// it than all around, by at least [`RISE`] mean radii (2 V / A) more than the highest pass that leads to a farther one.
pub(super) fn tips(surface: &SurfaceMesh, control: &RunControl) -> Result<Vec<Point3<f64>>, MeshingError> {
    let edges = EdgeTable::new(&surface.triangles);
    let mut around: Vec<Vec<(u32, f64)>> = vec![Vec::new(); surface.points.len()];
    for &[a, b] in edges.edges() {
        let length = (surface.points[a as usize] - surface.points[b as usize]).norm();
        around[a as usize].push((b, length));
        around[b as usize].push((a, length));
    }
    let rise = RISE * mean_radius(surface);
    let Some(first) = farthest(&along_wall(&around, 0, control)?) else { return Ok(Vec::new()) };
    let distance = along_wall(&around, first, control)?;
    let mut found = vec![surface.points[first as usize]];
    for v in 0..distance.len() as u32 {
        if (v as usize).is_multiple_of(BATCH) {
            control.check()?;
        }
        if distance[v as usize].is_finite() && v != first && is_tip(&around, &distance, v, rise) {
            found.push(surface.points[v as usize]);
        }
    }
    Ok(found)
}

/// Whether no way from `v` leads to a farther vertex without coming nearer by `rise` first.
fn is_tip(around: &[Vec<(u32, f64)>], distance: &[f64], v: u32, rise: f64) -> bool {
    let rank = |v: u32| (distance[v as usize], Reverse(v));
    let (own, floor) = (rank(v), distance[v as usize] - rise);
    let mut seen = std::collections::BTreeSet::from([v]);
    let mut open = vec![v];
    while let Some(here) = open.pop() {
        for &(next, _) in &around[here as usize] {
            if rank(next) > own {
                return false;
            }
            if distance[next as usize] > floor && seen.insert(next) {
                open.push(next);
            }
        }
    }
    true
}

fn farthest(distance: &[f64]) -> Option<u32> {
    let known = (0u32..).zip(distance).filter(|(_, d)| d.is_finite());
    known.max_by(|a, b| a.1.total_cmp(b.1).then(b.0.cmp(&a.0))).map(|(v, _)| v)
}

/// Length of the shortest way along edges from one vertex to all others (Dijkstra 1959).
fn along_wall(around: &[Vec<(u32, f64)>], source: u32, control: &RunControl) -> Result<Vec<f64>, Cancelled> {
    let mut distance = vec![f64::INFINITY; around.len()];
    let mut heap = BinaryHeap::new();
    if let Some(start) = distance.get_mut(source as usize) {
        *start = 0.0;
        heap.push(Reverse((0_u64, source)));
    }
    let mut taken = 0_usize;
    while let Some(Reverse((bits, v))) = heap.pop() {
        taken += 1;
        if taken.is_multiple_of(BATCH) {
            control.check()?;
        }
        // Bits of positive numbers sort like the numbers.
        let here = f64::from_bits(bits);
        if here > distance[v as usize] {
            continue;
        }
        for &(next, length) in &around[v as usize] {
            if here + length < distance[next as usize] {
                distance[next as usize] = here + length;
                heap.push(Reverse((distance[next as usize].to_bits(), next)));
            }
        }
    }
    Ok(distance)
}
