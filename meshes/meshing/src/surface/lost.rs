//! Where a mesh does not follow its input.

use super::Input;
use super::losses::LostPlace;
use crate::domain::Spot;
use crate::features::Rims;
use crate::parallel::parallel_map;
use crate::tets::{BoundaryFace, TetMesh};
use control::{Cancelled, RunControl};
use geometry::{Aabb, TriangleBvh};
use mesh::Point3;
use std::collections::BTreeMap;

/// Distance from the boundary of the mesh, in widths of the cells there, from which a piece of the input counts as lost. A
/// right-angled edge that the mesh rounds off is 0.35 widths away, what the mesh follows much less; the axis of a thread
/// that ends is farther away the longer the rest of it is.
pub(super) const LOST: f64 = 0.5;
/// Halvings of the cells at most: a sixteenth of the width elsewhere.
const HALVINGS: u8 = 4;
/// Width of the boxes over that of the cells; lost pieces in boxes that touch are one place.
const BOX: f64 = 2.0;

/// The input in pieces no longer than a cell, with the width of the cells at each.
#[derive(Clone)]
pub(super) struct Pieces {
    corners: Vec<[Point3<f64>; 3]>,
    /// Halvings of the cells at each.
    halvings: Vec<u8>,
    /// Width of the cells elsewhere, mm.
    size: f64,
}

impl Pieces {
    /// Cuts the triangles of the input until their edges are no longer than `size` (mm): halved across the longest edge, so
    /// that a sliver becomes few pieces.
    pub(super) fn new(input: &Input, size: f64, control: &RunControl) -> Result<Self, Cancelled> {
        let mut corners = Vec::with_capacity(input.surface.triangles.len());
        let mut left = Vec::new();
        for triangle in 0..input.surface.triangles.len() {
            if triangle.is_multiple_of(256) {
                control.check()?;
            }
            left.push(input.surface.corners(triangle));
            while let Some([a, b, c]) = left.pop() {
                let turned = [[a, b, c], [b, c, a], [c, a, b]];
                let [a, b, c] = turned.into_iter().fold([a, b, c], |longest, other| {
                    if (other[1] - other[0]).norm() > (longest[1] - longest[0]).norm() { other } else { longest }
                });
                if (b - a).norm() <= size {
                    corners.push([a, b, c]);
                } else {
                    let middle = nalgebra::center(&a, &b);
                    left.extend([[a, middle, c], [middle, b, c]]);
                }
            }
        }
        Ok(Self { halvings: vec![0; corners.len()], corners, size })
    }

    /// How far the centroid of each piece is from the boundary `faces` of a mesh, mm.
    pub(super) fn distances(
        &self,
        tets: &TetMesh,
        faces: &[BoundaryFace],
        control: &RunControl,
    ) -> Result<Vec<f64>, Cancelled> {
        let boundary = Boundary::new(tets, faces, control)?;
        parallel_map(&self.corners, control, |piece| boundary.distance(&centroid(piece)))
    }

    /// How far each piece is from the boundary `faces` of a mesh, at its corners or centroid, mm: the corners may lie on a sharp
    /// edge that the mesh rounds off. Where the mesh has `yet` to get vertices on rims, what is nearer to one than a cell's width
    /// does not count.
    pub(super) fn farthest(
        &self,
        tets: &TetMesh,
        faces: &[BoundaryFace],
        yet: Option<&Rims>,
        control: &RunControl,
    ) -> Result<Vec<f64>, Cancelled> {
        let boundary = Boundary::new(tets, faces, control)?;
        let pieces: Vec<(&[Point3<f64>; 3], f64)> =
            self.corners.iter().zip(self.halvings.iter().map(|&halvings| width(self.size, halvings))).collect();
        parallel_map(&pieces, control, |(piece, width)| {
            let is_at_rim =
                |p: &Point3<f64>| yet.and_then(|rims| rims.closest(p)).is_some_and(|(_, away)| away < *width);
            let far = |p: &Point3<f64>| if is_at_rim(p) { 0.0 } else { boundary.distance(p) };
            piece.iter().map(far).fold(far(&centroid(piece)), f64::max)
        })
    }

    /// The part of the area that is lost.
    pub(super) fn share_lost(&self, distances: &[f64]) -> f64 {
        let area = |[a, b, c]: &[Point3<f64>; 3]| (b - a).cross(&(c - a)).norm();
        let pieces = self.corners.iter().zip(&self.halvings).zip(distances);
        let lost = pieces.filter(|((_, halvings), far)| **far > LOST * width(self.size, **halvings));
        lost.map(|((corners, _), _)| area(corners)).sum::<f64>() / self.corners.iter().map(area).sum::<f64>()
    }

    /// Halves the cells once more where a distance is greater than the limit for cells of the width there. Returns whether
    /// there are any.
    pub(super) fn halve(&mut self, distances: &[f64], limit: impl Fn(f64) -> f64) -> bool {
        let size = self.size;
        let is_far = |(own, far): &(&mut u8, &f64)| **far > limit(width(size, **own)) && **own < HALVINGS;
        self.halvings.iter_mut().zip(distances).filter(is_far).map(|(own, _)| *own += 1).count() > 0
    }

    /// Halves the cells once more where they are halved already. Returns whether there are any.
    pub(super) fn halve_finer(&mut self) -> bool {
        let finer = self.halvings.iter_mut().filter(|own| (1..HALVINGS).contains(*own));
        finer.map(|own| *own += 1).count() > 0
    }

    /// Width of the cells that are not halved, mm.
    pub(super) fn size(&self) -> f64 {
        self.size
    }

    /// Width of the smallest cells, mm.
    pub(super) fn finest(&self) -> f64 {
        width(self.size, self.most_halvings())
    }

    /// Halvings of the cells at each piece.
    pub(super) fn halvings(&self) -> &[u8] {
        &self.halvings
    }

    /// Halvings of the smallest cells.
    pub(super) fn most_halvings(&self) -> u8 {
        self.halvings.iter().copied().max().unwrap_or(0)
    }

    /// Where cells must be smaller, and the halvings of the smallest.
    pub(super) fn spots(&self) -> (Vec<Spot>, u8) {
        let of = |halvings: u8| {
            let own = self.corners.iter().zip(&self.halvings).filter(|(_, own)| **own == halvings);
            let corners: Vec<Point3<f64>> = own.flat_map(|(corners, _)| *corners).collect();
            let triangles: Vec<[u32; 3]> =
                (0..corners.len() as u32 / 3).map(|k| [3 * k, 3 * k + 1, 3 * k + 2]).collect();
            let size = width(self.size, halvings);
            Spot::Near { triangles: TriangleBvh::new(&corners, &triangles), distance: 2.0 * size, size }
        };
        let most = self.most_halvings();
        ((1..=most).filter(|halvings| self.halvings.contains(halvings)).map(of).collect(), most)
    }

    /// The places where the input is farther from the mesh than half the width that cells have where they are not halved, the
    /// largest first: what is lost in halved cells is smaller than what larger cells follow elsewhere.
    pub(super) fn places(&self, distances: &[f64]) -> Vec<LostPlace> {
        let mut boxes: BTreeMap<[i64; 3], Vec<usize>> = BTreeMap::new();
        let edge = BOX * self.size;
        for piece in (0..distances.len()).filter(|&piece| distances[piece] > LOST * self.size) {
            let at = centroid(&self.corners[piece]);
            boxes.entry([at.x, at.y, at.z].map(|x| (x / edge).floor() as i64)).or_default().push(piece);
        }
        let mut places = Vec::new();
        while let Some((first, mut own)) = boxes.pop_first() {
            let mut left = vec![first];
            while let Some(around) = left.pop().map(neighbours) {
                for next in around {
                    let Some(more) = boxes.remove(&next) else { continue };
                    own.extend(more);
                    left.push(next);
                }
            }
            places.extend(self.place(&own, distances));
        }
        places.sort_by(|a, b| b.extent_mm.total_cmp(&a.extent_mm));
        places
    }

    fn place(&self, own: &[usize], distances: &[f64]) -> Option<LostPlace> {
        let far = |piece: usize| distances[piece];
        let farthest = own.iter().copied().max_by(|&a, &b| far(a).total_cmp(&far(b)))?;
        let extent_mm = Aabb::of_points(own.iter().flat_map(|&piece| &self.corners[piece])).diagonal();
        Some(LostPlace { at_mm: centroid(&self.corners[farthest]).into(), extent_mm, distance_mm: far(farthest) })
    }
}

/// The boundary of a mesh.
struct Boundary(TriangleBvh);

impl Boundary {
    fn new(tets: &TetMesh, faces: &[BoundaryFace], control: &RunControl) -> Result<Self, Cancelled> {
        let triangles: Vec<[u32; 3]> = faces.iter().map(|face| face.vertices).collect();
        let boundary = TriangleBvh::new(&tets.points, &triangles);
        control.check()?;
        Ok(Self(boundary))
    }

    fn distance(&self, p: &Point3<f64>) -> f64 {
        self.0.distance(p, f64::INFINITY).unwrap_or(f64::INFINITY)
    }
}

fn width(size: f64, halvings: u8) -> f64 {
    size / f64::from(1_u32 << halvings)
}

fn centroid([a, b, c]: &[Point3<f64>; 3]) -> Point3<f64> {
    Point3::from((a.coords + b.coords + c.coords) / 3.0)
}

/// The 26 boxes around one.
fn neighbours([x, y, z]: [i64; 3]) -> impl Iterator<Item = [i64; 3]> {
    let near = |x: i64| x - 1..=x + 1;
    near(x).flat_map(move |x| near(y).flat_map(move |y| near(z).map(move |z| [x, y, z])))
}
