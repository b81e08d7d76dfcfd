//! Bones cut by a plane: both pieces closed, what the saw takes away told.

use crate::MeshingError;
use crate::planar::triangles_in_plane;
use crate::remesh::patches::Patches;
use crate::surface::refuse_unless_closed;
use control::RunControl;
use mesh::topology::{EdgeTable, SurfaceTopology, merge_equal_points};
use mesh::{Point3, SurfaceMesh, Vector3};
use serde::{Deserialize, Serialize};
use std::collections::{BTreeMap, VecDeque};

/// Region of the triangles in the cutting plane.
const CUT_REGION: &str = "cut";
/// Vertices nearer to the plane than this part of the size of the surface are moved onto it.
const ON_PLANE: f64 = 1e-10;

/// A plane that cuts.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct SawPlane {
    /// A point of it in mm; with a kerf, of its middle.
    pub origin: Point3<f64>,
    /// What lies along it is beyond.
    pub normal: Vector3<f64>,
    /// Thickness of what the saw takes away, half on each side of the plane, mm.
    pub kerf: f64,
    /// Cut only where the plane meets the surface nearest to this point (mm); everywhere without one.
    pub near: Option<Point3<f64>>,
}

/// A closed piece of a cut surface.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct PieceReport {
    /// Triangles.
    pub triangles: usize,
    /// Parts that do not hang together.
    pub parts: usize,
    /// Enclosed volume in mm³.
    pub volume_mm3: f64,
    /// Area in mm², the cut included.
    pub area_mm2: f64,
    /// Area of its cut in mm².
    pub cut_area_mm2: f64,
}

/// What was measured on a cut.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct OsteotomyReport {
    /// Volume before in mm³.
    pub volume_mm3: f64,
    /// The piece on the far side of the normal.
    pub behind: PieceReport,
    /// The piece that the normal points to.
    pub beyond: PieceReport,
    /// What the saw took away in mm³.
    pub kerf_volume_mm3: f64,
    /// (sum of the pieces and of what was taken away - before) / before: rounding.
    pub volume_residual: f64,
}

/// A cut surface.
#[derive(Debug, Clone, PartialEq)]
pub struct Osteotomy {
    /// What lies behind the plane: the regions of the input, and the flat `cut`.
    pub behind: SurfaceMesh,
    /// What lies beyond it.
    pub beyond: SurfaceMesh,
    /// Volumes and areas.
    pub report: OsteotomyReport,
}

/// Cuts a closed surface (mm) by a plane into two closed pieces; with a kerf, a slice is taken out between them.
///
/// Triangles are cut exactly where the plane passes, no vertex moves (but those that rounding alone keeps off the plane),
/// so that the volumes of the pieces add up to the whole to rounding. Cavities that the plane passes leave holes in the
/// cut. The cut has no vertices but those of its border. Cost: O(n log n), and O(m²) for m vertices of the section.
///
/// # Errors
/// [`MeshingError::BadOption`] for a normal without a direction or a negative kerf, [`MeshingError::OpenSurface`],
/// [`MeshingError::NotManifold`], [`MeshingError::PlaneMisses`] where a side would be left with nothing,
/// [`MeshingError::CutMeetsHole`] where the section is no set of simple loops, [`MeshingError::Cancelled`].
pub fn osteotomy(surface: &SurfaceMesh, plane: &SawPlane, control: &RunControl) -> Result<Osteotomy, MeshingError> {
    let needed = "a vector with a direction and an origin in mm, all finite";
    let bad = MeshingError::BadOption { option: "plane", value: plane.normal.norm(), needed };
    let finite = plane.normal.iter().chain(plane.origin.iter()).all(|x| x.is_finite());
    let normal = plane.normal.try_normalize(0.0).filter(|_| finite).ok_or(bad)?;
    if !(plane.kerf >= 0.0 && plane.kerf.is_finite()) {
        let needed = "a length in mm that is not negative";
        return Err(MeshingError::BadOption { option: "kerf", value: plane.kerf, needed });
    }
    surface.validate()?;
    let (mut whole, _) = merge_equal_points(surface, 0.0);
    refuse_unless_closed(&whole, &SurfaceTopology::new(&whole))?;
    if whole.volume() < 0.0 {
        whole.flip();
    }
    let at = |offset: f64| Plane { origin: plane.origin + normal * offset, normal };
    let [rest, beyond] = divide(&whole, &at(0.5 * plane.kerf), plane.near, &control.stage("cut", 0.0, 0.5))?;
    let (behind, slice) = match plane.kerf {
        0.0 => (rest, None),
        kerf => {
            let second = control.stage("second cut", 0.5, 1.0);
            let [behind, mut slice] = divide(&rest.surface, &at(-0.5 * kerf), plane.near, &second)?;
            slice.cut_area += rest.cut_area;
            (behind, Some(slice))
        }
    };
    let kerf_volume_mm3 = slice.map_or(0.0, |slice| slice.surface.volume());
    let volume_mm3 = whole.volume();
    let (behind_report, beyond_report) = (behind.report(), beyond.report());
    let sum = behind_report.volume_mm3 + beyond_report.volume_mm3 + kerf_volume_mm3;
    let report = OsteotomyReport {
        volume_mm3,
        behind: behind_report,
        beyond: beyond_report,
        kerf_volume_mm3,
        volume_residual: sum / volume_mm3 - 1.0,
    };
    Ok(Osteotomy { behind: behind.surface, beyond: beyond.surface, report })
}

/// An oriented plane with a unit normal.
#[derive(Debug, Clone, Copy)]
struct Plane {
    origin: Point3<f64>,
    normal: Vector3<f64>,
}

impl Plane {
    fn height(&self, p: &Point3<f64>) -> f64 {
        self.normal.dot(&(p - self.origin))
    }

    fn foot(&self, p: &Point3<f64>) -> Point3<f64> {
        p - self.normal * self.height(p)
    }
}

/// A closed piece.
struct Piece {
    surface: SurfaceMesh,
    cut_area: f64,
}

impl Piece {
    fn report(&self) -> PieceReport {
        PieceReport {
            triangles: self.surface.triangles.len(),
            parts: SurfaceTopology::new(&self.surface).components.len(),
            volume_mm3: self.surface.volume(),
            area_mm2: self.surface.area(),
            cut_area_mm2: self.cut_area,
        }
    }
}

/// What is behind a plane and what is beyond it, both closed.
fn divide(
    surface: &SurfaceMesh,
    plane: &Plane,
    near: Option<Point3<f64>>,
    control: &RunControl,
) -> Result<[Piece; 2], MeshingError> {
    let misses = MeshingError::PlaneMisses { at: plane.origin.into() };
    let (patches, labels) = Patches::of(surface);
    let mut split = Split::new(surface, plane, labels);
    let edges = EdgeTable::new(&surface.triangles);
    let part = match near {
        Some(near) => split.part_near(&edges, &near).ok_or_else(|| misses.clone())?,
        None => vec![true; surface.triangles.len()],
    };
    control.check()?;
    let [behind, beyond] = split.sides(&part);
    if behind.is_empty() || beyond.is_empty() {
        return Err(misses);
    }
    let open = open_edges(&behind);
    let cap = triangles_in_plane(&split.points, &open, &plane.normal, control)?;
    let piece = |side: Vec<([u32; 3], u32)>, flipped: bool| {
        let label = u32::MAX;
        let of_cap = cap.iter().map(|&[a, b, c]| (if flipped { [a, c, b] } else { [a, b, c] }, label));
        let (triangles, labels): (Vec<[u32; 3]>, Vec<u32>) = side.into_iter().chain(of_cap).unzip();
        let mut piece = SurfaceMesh::new(split.points.clone(), triangles);
        piece.regions = patches.regions(&labels);
        let of_cut = (0..).zip(&labels).filter(|(_, own)| **own == label).map(|(t, _)| t).collect::<Vec<u32>>();
        let cut_area = of_cut.iter().map(|&t| 0.5 * piece.area_vector2(t as usize).norm()).sum();
        // A second cut of the same bone adds to the faces of the first.
        let region = piece.regions.entry(CUT_REGION.to_owned()).or_default();
        region.extend(of_cut);
        region.sort_unstable();
        drop_unused_points(&mut piece);
        Piece { surface: piece, cut_area }
    };
    Ok([piece(behind, false), piece(beyond, true)])
}

/// A surface while it is split.
struct Split<'a> {
    surface: &'a SurfaceMesh,
    plane: &'a Plane,
    labels: Vec<u32>,
    points: Vec<Point3<f64>>,
    /// Height of each point over the plane, zero on it.
    heights: Vec<f64>,
    /// The new point on each edge that the plane crosses.
    middles: BTreeMap<[u32; 2], u32>,
}

impl<'a> Split<'a> {
    fn new(surface: &'a SurfaceMesh, plane: &'a Plane, labels: Vec<u32>) -> Self {
        let size = surface.bounds().map_or(0.0, |(low, high)| (high - low).norm());
        let mut points = surface.points.clone();
        let mut heights: Vec<f64> = points.iter().map(|p| plane.height(p)).collect();
        for (p, height) in points.iter_mut().zip(&mut heights).filter(|(_, h)| h.abs() <= ON_PLANE * size) {
            *p = plane.foot(p);
            *height = 0.0;
        }
        Self { surface, plane, labels, points, heights, middles: BTreeMap::new() }
    }

    /// The triangles that hang together, over places beyond the plane, with the place where it crosses nearest to `near`.
    fn part_near(&self, edges: &EdgeTable, near: &Point3<f64>) -> Option<Vec<bool>> {
        let triangles = &self.surface.triangles;
        let is_beyond = |v: u32| self.heights[v as usize] > 0.0;
        let crossing = |t: usize| {
            let sides = |positive: bool| {
                triangles[t].iter().any(|&v| (self.heights[v as usize] * if positive { 1.0 } else { -1.0 }) > 0.0)
            };
            (sides(true) && sides(false)).then(|| {
                let centre = triangles[t].iter().fold(Vector3::zeros(), |sum, &v| sum + self.points[v as usize].coords);
                (self.plane.foot(&Point3::from(centre / 3.0)) - near).norm()
            })
        };
        let distances = (0..triangles.len()).filter_map(|t| crossing(t).map(|distance| (distance, t)));
        let (_, seed) = distances.min_by(|a, b| a.0.total_cmp(&b.0).then(a.1.cmp(&b.1)))?;
        let mut marked = vec![false; triangles.len()];
        let mut open = VecDeque::from([seed as u32]);
        while let Some(t) = open.pop_front() {
            if std::mem::replace(&mut marked[t as usize], true) {
                continue;
            }
            let corners = triangles[t as usize];
            for side in 0..3_u8 {
                let k = usize::from(side);
                if is_beyond(corners[k]) || is_beyond(corners[(k + 1) % 3]) {
                    open.extend(edges.neighbour(t, side));
                }
            }
        }
        Some(marked)
    }

    /// The triangles on both sides with their labels; those outside `part` are behind. A triangle in the plane belongs to
    /// the side where the solid is.
    fn sides(&mut self, part: &[bool]) -> [Vec<([u32; 3], u32)>; 2] {
        let mut sides = [Vec::new(), Vec::new()];
        for (t, &triangle) in self.surface.triangles.iter().enumerate() {
            let label = self.labels[t];
            if !part[t] {
                sides[0].push((triangle, label));
                continue;
            }
            for piece in self.pieces(triangle) {
                let lowest = piece.iter().map(|&v| self.heights[v as usize]).fold(0.0, f64::min);
                let highest = piece.iter().map(|&v| self.heights[v as usize]).fold(0.0, f64::max);
                let faces_up = || self.surface.area_vector2(t).dot(&self.plane.normal) > 0.0;
                let is_behind = lowest < 0.0 || (highest == 0.0 && faces_up());
                sides[usize::from(!is_behind)].push((piece, label));
            }
        }
        sides
    }

    /// The parts of a triangle on the two sides.
    fn pieces(&mut self, triangle: [u32; 3]) -> Vec<[u32; 3]> {
        let sign = |v: u32| self.heights[v as usize].partial_cmp(&0.0);
        let signs = triangle.map(sign);
        // Turned so that the first corner is alone on its side, or on the plane between the two others.
        let alone = (0..3).find(|&k| {
            let (own, next, last) = (signs[k], signs[(k + 1) % 3], signs[(k + 2) % 3]);
            let crosses = |a, b| a != b && a != Some(std::cmp::Ordering::Equal) && b != Some(std::cmp::Ordering::Equal);
            (crosses(own, next) && crosses(own, last))
                || (own == Some(std::cmp::Ordering::Equal) && crosses(next, last))
        });
        let Some(k) = alone else { return vec![triangle] };
        let [a, b, c] = [0, 1, 2].map(|j| triangle[(j + k) % 3]);
        if self.heights[a as usize] == 0.0 {
            let m = self.middle(b, c);
            return vec![[a, b, m], [a, m, c]];
        }
        let (m, n) = (self.middle(a, b), self.middle(a, c));
        let length = |v: u32, w: u32| (self.points[v as usize] - self.points[w as usize]).norm();
        match length(m, c) < length(n, b) {
            true => vec![[a, m, n], [m, b, c], [m, c, n]],
            false => vec![[a, m, n], [m, b, n], [n, b, c]],
        }
    }

    /// The point where the plane crosses an edge, the same for all triangles at it.
    fn middle(&mut self, a: u32, b: u32) -> u32 {
        let (a, b) = (a.min(b), a.max(b));
        if let Some(&known) = self.middles.get(&[a, b]) {
            return known;
        }
        let [p, q] = [a, b].map(|v| self.points[v as usize]);
        let [f, g] = [a, b].map(|v| self.heights[v as usize]);
        let number = self.points.len() as u32;
        self.points.push(self.plane.foot(&(p + (q - p) * (f / (f - g)))));
        self.heights.push(0.0);
        self.middles.insert([a, b], number);
        number
    }
}

/// Directed edges without one in the other direction.
fn open_edges(triangles: &[([u32; 3], u32)]) -> Vec<[u32; 2]> {
    let mut count: BTreeMap<[u32; 2], i32> = BTreeMap::new();
    for ([a, b, c], _) in triangles {
        for [a, b] in [[a, b], [b, c], [c, a]] {
            *count.entry([*a.min(b), *a.max(b)]).or_default() += if a < b { 1 } else { -1 };
        }
    }
    let directed = |([a, b], count): ([u32; 2], i32)| {
        let edge = if count > 0 { [a, b] } else { [b, a] };
        std::iter::repeat_n(edge, count.unsigned_abs() as usize)
    };
    count.into_iter().flat_map(directed).collect()
}

fn drop_unused_points(surface: &mut SurfaceMesh) {
    let mut number = vec![u32::MAX; surface.points.len()];
    let mut points = Vec::new();
    for v in surface.triangles.iter_mut().flatten() {
        let new = &mut number[*v as usize];
        if *new == u32::MAX {
            *new = points.len() as u32;
            points.push(surface.points[*v as usize]);
        }
        *v = *new;
    }
    surface.points = points;
}

#[cfg(test)]
mod tests;
