use crate::{MeshError, Point3, Vector3};
use std::collections::BTreeMap;

/// A triangulated surface. Outward is the right-hand normal of each triangle.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct SurfaceMesh {
    /// Vertices in mm.
    pub points: Vec<Point3<f64>>,
    /// Vertex numbers, three a triangle, counter-clockwise seen from outside.
    pub triangles: Vec<[u32; 3]>,
    /// Named sets of triangles, sorted triangle numbers.
    pub regions: BTreeMap<String, Vec<u32>>,
}

impl SurfaceMesh {
    /// A surface without regions.
    pub fn new(points: Vec<Point3<f64>>, triangles: Vec<[u32; 3]>) -> Self {
        Self { points, triangles, regions: BTreeMap::new() }
    }

    /// Checks that every triangle names existing vertices and every coordinate is finite.
    pub fn validate(&self) -> Result<(), MeshError> {
        validate_triangles(&self.points, &self.triangles)?;
        for (region, triangles) in &self.regions {
            if let Some(&index) = triangles.iter().find(|&&t| t as usize >= self.triangles.len()) {
                return Err(MeshError::RegionOutOfRange {
                    region: region.clone(),
                    what: "triangle",
                    index: index as usize,
                    count: self.triangles.len(),
                });
            }
        }
        Ok(())
    }

    /// Corner coordinates of triangle `t`. Panics when `t` or its vertices are out of range.
    pub fn corners(&self, t: usize) -> [Point3<f64>; 3] {
        self.triangles[t].map(|v| self.points[v as usize])
    }

    /// Twice the area times the unit normal of triangle `t`.
    pub fn area_vector2(&self, t: usize) -> Vector3<f64> {
        let [a, b, c] = self.corners(t);
        (b - a).cross(&(c - a))
    }

    /// Total area in mm².
    pub fn area(&self) -> f64 {
        (0..self.triangles.len()).map(|t| 0.5 * self.area_vector2(t).norm()).sum()
    }

    /// Signed enclosed volume in mm³ by the divergence theorem, positive for outward normals.
    /// Coordinates are taken relative to the first vertex to avoid cancellation far from the origin.
    pub fn volume(&self) -> f64 {
        let Some(&origin) = self.points.first() else { return 0.0 };
        let six_volumes = |t| {
            let [a, b, c] = self.corners(t).map(|p| p - origin);
            a.dot(&b.cross(&c))
        };
        (0..self.triangles.len()).map(six_volumes).sum::<f64>() / 6.0
    }

    /// How often `triangles` of the surface wind around a point: the sum of their solid angles over 4π, exact and O(n). For
    /// a closed part facing outward 1 inside and 0 outside.
    ///
    /// Source: van Oosterom and Strackee, IEEE Trans Biomed Eng 30:125 (1983), eq. 8.
    pub fn winding_number(&self, triangles: &[u32], point: &Point3<f64>) -> f64 {
        let half_angle = |&t: &u32| {
            let [a, b, c] = self.corners(t as usize).map(|p| p - point);
            let (la, lb, lc) = (a.norm(), b.norm(), c.norm());
            let below = la * lb * lc + a.dot(&b) * lc + b.dot(&c) * la + c.dot(&a) * lb;
            a.dot(&b.cross(&c)).atan2(below)
        };
        triangles.iter().map(half_angle).sum::<f64>() / (2.0 * std::f64::consts::PI)
    }

    /// Smallest and largest coordinates, or `None` for an empty surface.
    pub fn bounds(&self) -> Option<(Point3<f64>, Point3<f64>)> {
        crate::volume::bounds(&self.points)
    }

    /// Reverses every triangle, so that outward becomes inward.
    pub fn flip(&mut self) {
        for triangle in &mut self.triangles {
            triangle.swap(1, 2);
        }
    }
}

/// Every coordinate finite, every corner of a triangle an existing point.
pub(crate) fn validate_triangles(points: &[Point3<f64>], triangles: &[[u32; 3]]) -> Result<(), MeshError> {
    for (node, p) in points.iter().enumerate() {
        if !p.coords.iter().all(|c| c.is_finite()) {
            return Err(MeshError::NonFiniteCoordinate { node, x: p.x, y: p.y, z: p.z });
        }
    }
    let nodes = points.len();
    for (element, triangle) in triangles.iter().enumerate() {
        if let Some(&node) = triangle.iter().find(|&&node| node as usize >= nodes) {
            return Err(MeshError::NodeOutOfRange { element, node: node as usize, nodes });
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn tetrahedron() -> SurfaceMesh {
        let points =
            vec![Point3::origin(), Point3::new(1.0, 0.0, 0.0), Point3::new(0.0, 1.0, 0.0), Point3::new(0.0, 0.0, 1.0)];
        SurfaceMesh::new(points, vec![[0, 2, 1], [0, 1, 3], [1, 2, 3], [0, 3, 2]])
    }

    #[test]
    fn volume_of_the_unit_tetrahedron_is_one_sixth_and_changes_sign_when_flipped() {
        let mut surface = tetrahedron();
        assert!((surface.volume() - 1.0 / 6.0).abs() < 1e-15);
        surface.flip();
        assert!((surface.volume() + 1.0 / 6.0).abs() < 1e-15);
    }

    #[test]
    fn a_closed_surface_winds_once_around_its_inside() {
        let surface = tetrahedron();
        let inside = surface.winding_number(&[0, 1, 2, 3], &Point3::new(0.1, 0.2, 0.3));
        let outside = surface.winding_number(&[0, 1, 2, 3], &Point3::new(2.0, 0.2, 0.3));
        assert!((inside - 1.0).abs() < 1e-14 && outside.abs() < 1e-14, "{inside} {outside}");
    }

    #[test]
    fn validate_names_the_offending_triangle_and_vertex() {
        let mut surface = tetrahedron();
        surface.triangles[2][1] = 9;
        assert_eq!(surface.validate(), Err(MeshError::NodeOutOfRange { element: 2, node: 9, nodes: 4 }));
    }
}
