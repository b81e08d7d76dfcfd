//! How far a mesh of parts is from its input.

use crate::MeshingError;
use crate::domain::{Domain, Material, Part, PartsDomain};
use crate::parallel::parallel_map;
use crate::tets::TetMesh;
use control::RunControl;
use geometry::{Aabb, ClosestPoint, TriangleBvh};
use mesh::{Partition, Point3, Vector3};
use std::collections::BTreeMap;

/// Part of the way from a triangle's point to its centroid, and distance from there over the triangle's size, at which its
/// sides are looked at.
const WITHIN: f64 = 0.2;
const BESIDE: f64 = 0.01;

/// A place where the borders of input and mesh are apart.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Deviation {
    /// The distance in mm.
    pub(super) distance: f64,
    /// The point of the input.
    pub(super) point: Point3<f64>,
    /// The triangle of the partition that it lies on.
    pub(super) triangle: u32,
    /// The vertices of the mesh's face next to it.
    pub(super) face: [u32; 3],
}

/// Where the borders of input and mesh are apart.
pub(super) struct Deviations {
    /// One at each triangle of the partition that bounds something, one at each face of the mesh.
    pub(super) found: Vec<Deviation>,
    /// Triangles of the partition in folds.
    pub(super) folded: usize,
}

/// Both ways, without folds of the input farther than `beyond` (mm), those at centroids only where they may be more than
/// `below`: at each triangle of the partition the farthest of its corners and centroid from the borders of the mesh, then
/// at each face of these borders its centroid's distance from the partition.
///
/// Cost: a query of the nearest triangle for each point, triangle and face.
pub(super) fn deviations(
    tets: &TetMesh,
    domain: &PartsDomain,
    partition: &Partition,
    limits: [f64; 2],
    control: &RunControl,
) -> Result<Deviations, MeshingError> {
    deviations_within(tets, domain, partition, limits, None, control)
}

/// [`deviations`] of the triangles that have a corner or their centroid in one of the boxes, and of the faces whose centroid is
/// there; of all without boxes.
pub(super) fn deviations_within(
    tets: &TetMesh,
    domain: &PartsDomain,
    partition: &Partition,
    [below, beyond]: [f64; 2],
    boxes: Option<&[Aabb]>,
    control: &RunControl,
) -> Result<Deviations, MeshingError> {
    let is_asked = |p: &Point3<f64>| boxes.is_none_or(|all| all.iter().any(|bounds| bounds.contains(p)));
    let faces: Vec<[u32; 3]> =
        tets.boundary().iter().filter(|face| face.is_first()).map(|face| face.vertices).collect();
    let border = TriangleBvh::new(&tets.points, &faces);
    control.check()?;
    let nearest = |p: &Point3<f64>| border.closest_point(p, f64::INFINITY);
    let point_is_asked = parallel_map(&partition.points, control, is_asked)?;
    let numbers: Vec<u32> = (0..partition.triangles.len() as u32)
        .filter(|&triangle| {
            let corners = &partition.triangles[triangle as usize];
            corners.iter().any(|&v| point_is_asked[v as usize]) || is_asked(&centroid(&partition.points, corners))
        })
        .collect();
    let mut is_needed = vec![false; partition.points.len()];
    numbers.iter().flat_map(|&t| partition.triangles[t as usize]).for_each(|v| is_needed[v as usize] = true);
    let points: Vec<(Point3<f64>, bool)> = partition.points.iter().copied().zip(is_needed).collect();
    let of_points = parallel_map(&points, control, |(p, needed)| needed.then(|| nearest(p)).flatten())?;
    let of_triangles = parallel_map(&numbers, control, |&triangle| {
        let corners = partition.triangles[triangle as usize];
        let centre = centroid(&partition.points, &corners);
        let at_corners = corners.iter().filter_map(|&v| Some((partition.points[v as usize], of_points[v as usize]?)));
        let far = |(p, closest): &Query| closest.distance + (p - centre).norm() > below;
        // The distance of two points from the border differs by no more than what is between them.
        let of_centre = at_corners.clone().all(|at| far(&at)).then(|| Some((centre, nearest(&centre)?))).flatten();
        let (point, closest) = at_corners.chain(of_centre).reduce(farther)?;
        let face = faces[closest.triangle as usize];
        let found = Deviation { distance: closest.distance, point, triangle, face };
        Some((found.distance <= beyond || !is_in_fold(domain, partition, &corners, &point)).then_some(found))
    })?;
    let of_faces = parallel_map(&faces, control, |&face| {
        if !is_asked(&centroid(&tets.points, &face)) {
            return None;
        }
        let closest = domain.bvh.closest_point(&centroid(&tets.points, &face), f64::INFINITY)?;
        Some(Deviation { distance: closest.distance, point: closest.point, triangle: closest.triangle, face })
    })?;
    let folded = of_triangles.iter().filter(|found| matches!(found, Some(None))).count();
    let found = of_triangles.into_iter().flatten().chain(of_faces).flatten().collect();
    Ok(Deviations { found, folded })
}

/// Whether a triangle of the input has the same part on both sides next to its point `p`, so that it bounds nothing there:
/// smoothing can fold the surface at tips of a voxel's width.
pub(super) fn is_in_fold(domain: &PartsDomain, partition: &Partition, corners: &[u32; 3], p: &Point3<f64>) -> bool {
    let [a, b, c] = corners.map(|v| partition.points[v as usize]);
    let area2 = (b - a).cross(&(c - a));
    let Some(normal) = area2.try_normalize(0.0) else { return true };
    let within = p + (centroid(&partition.points, corners) - p) * WITHIN;
    let step = normal * (BESIDE * area2.norm().sqrt());
    domain.material(&(within + step)) == domain.material(&(within - step))
}

type Query = (Point3<f64>, ClosestPoint);

fn farther(a: Query, b: Query) -> Query {
    if b.1.distance > a.1.distance { b } else { a }
}

fn centroid(points: &[Point3<f64>], corners: &[u32; 3]) -> Point3<f64> {
    Point3::from(corners.iter().fold(Vector3::zeros(), |sum, &v| sum + points[v as usize].coords) / 3.0)
}

/// The relative error of each part's volume, without its sign.
pub(super) fn volume_errors(domain: &PartsDomain, tets: &TetMesh) -> BTreeMap<Material, f64> {
    let mut volumes: BTreeMap<Material, f64> = BTreeMap::new();
    for (t, &material) in tets.materials.iter().enumerate() {
        *volumes.entry(material).or_default() += mesh::quality::signed_volume(&tets.corners(t));
    }
    let error = |part: &Part| (volumes.get(&part.number).copied().unwrap_or(0.0) / part.volume - 1.0).abs();
    domain.parts().iter().map(|part| (part.number, error(part))).collect()
}
