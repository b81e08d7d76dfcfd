//! Regions by geometry: nodes, boundary faces or elements inside a shape, or a face grown from a seed.

use crate::SolidError;
use mesh::topology::{boundary_faces, grow_faces_by_angle};
use mesh::{Face, Point3, Region, Vector3, VolumeMesh};
use std::fmt;

/// A region of space, lengths in mm.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Shape {
    /// Within `tolerance` of the plane through `point`.
    Plane {
        /// A point on the plane.
        point: Point3<f64>,
        /// Normal of any length.
        normal: Vector3<f64>,
        /// Half the thickness.
        tolerance: f64,
    },
    /// The side of the plane through `point` that `normal` points to, the plane included.
    HalfSpace {
        /// A point on the plane.
        point: Point3<f64>,
        /// Normal of any length, into the region.
        normal: Vector3<f64>,
    },
    /// A ball.
    Sphere {
        /// Centre.
        centre: Point3<f64>,
        /// Radius.
        radius: f64,
    },
    /// A box along the axes.
    Box {
        /// Smallest coordinates.
        low: Point3<f64>,
        /// Largest coordinates.
        high: Point3<f64>,
    },
    /// A cylinder between two points.
    Cylinder {
        /// One end of the axis.
        start: Point3<f64>,
        /// The other end.
        end: Point3<f64>,
        /// Radius.
        radius: f64,
    },
}

impl Shape {
    /// How far `x` lies outside the shape, in mm; 0 or less inside (a signed distance but at edges of boxes and cylinders,
    /// where it is the largest of the distances to the sides).
    pub fn outside_by(&self, x: &Point3<f64>) -> f64 {
        match self {
            Self::Plane { point, normal, tolerance } => (x - point).dot(normal).abs() / normal.norm() - tolerance,
            Self::HalfSpace { point, normal } => -(x - point).dot(normal) / normal.norm(),
            Self::Sphere { centre, radius } => (x - centre).norm() - radius,
            Self::Box { low, high } => (0..3).fold(f64::NEG_INFINITY, |d, i| d.max(low[i] - x[i]).max(x[i] - high[i])),
            Self::Cylinder { start, end, radius } => {
                let axis = end - start;
                let length = axis.norm();
                let along = (x - start).dot(&axis) / length;
                let away = (x - start - axis * (along / length)).norm();
                (away - radius).max(-along).max(along - length)
            }
        }
    }

    /// Whether `x` lies inside or on the shape.
    pub fn contains(&self, x: &Point3<f64>) -> bool {
        self.outside_by(x) <= 0.0
    }

    /// The nodes inside.
    pub fn nodes(&self, mesh: &VolumeMesh) -> Result<Region, SolidError> {
        let inside = |&n: &u32| self.contains(&mesh.nodes[n as usize]);
        let nodes: Vec<u32> = (0..mesh.nodes.len() as u32).filter(inside).collect();
        if nodes.is_empty() {
            return Err(self.nothing("node", mesh.nodes.iter().copied()));
        }
        Ok(Region::Nodes(nodes))
    }

    /// The boundary faces whose corners are all inside.
    pub fn faces(&self, mesh: &VolumeMesh) -> Result<Region, SolidError> {
        let boundary = boundary_faces(mesh);
        let inside = |face: &Face| corners(mesh, *face).iter().all(|p| self.contains(p));
        let faces: Vec<Face> = boundary.iter().copied().filter(inside).collect();
        if faces.is_empty() {
            let farthest = |&face: &Face| {
                let all = corners(mesh, face);
                all.iter().copied().max_by(|a, b| self.outside_by(a).total_cmp(&self.outside_by(b)))
            };
            return Err(self.nothing("boundary face", boundary.iter().filter_map(farthest)));
        }
        Ok(Region::Faces(faces))
    }

    /// The elements whose middle (mean of the corners) is inside.
    pub fn elements(&self, mesh: &VolumeMesh) -> Result<Region, SolidError> {
        let middles: Vec<Point3<f64>> = mesh
            .elements()
            .map(|(kind, nodes)| mean(nodes[..kind.corner_count()].iter().map(|&n| mesh.nodes[n as usize])))
            .collect();
        let elements: Vec<u32> = (0..middles.len() as u32).filter(|&e| self.contains(&middles[e as usize])).collect();
        if elements.is_empty() {
            return Err(self.nothing("element", middles.into_iter()));
        }
        Ok(Region::Elements(elements))
    }

    fn nothing(&self, what: &'static str, candidates: impl Iterator<Item = Point3<f64>>) -> SolidError {
        let nearest = candidates.min_by(|a, b| self.outside_by(a).total_cmp(&self.outside_by(b)));
        let remedy = match nearest {
            Some(p) if self.outside_by(&p).is_finite() => format!(
                "the nearest, at ({:.4}, {:.4}, {:.4}) mm, misses it by {:.4} mm; move or widen the shape",
                p.x,
                p.y,
                p.z,
                self.outside_by(&p)
            ),
            _ => "give the shape finite numbers, a radius above zero and a direction that is not zero".to_owned(),
        };
        SolidError::NothingPicked { what, shape: self.to_string(), remedy }
    }
}

/// The boundary faces reached from the one nearest to `seed` across edges where the normals of the two faces differ by at
/// most `angle` (degrees): a smooth face of the body.
pub fn grown_face(mesh: &VolumeMesh, seed: &Point3<f64>, angle: f64) -> Result<Region, SolidError> {
    let boundary = boundary_faces(mesh);
    let distance = |face: &Face| (mean(corners(mesh, *face).into_iter()) - seed).norm();
    let first = boundary.iter().min_by(|a, b| distance(a).total_cmp(&distance(b)));
    match first {
        Some(&first) if angle.is_finite() && angle >= 0.0 && distance(&first).is_finite() => {
            Ok(Region::Faces(grow_faces_by_angle(mesh, &boundary, &[first], angle.to_radians())))
        }
        _ => Err(SolidError::NothingPicked {
            what: "boundary face",
            shape: format!("the face grown from ({}, {}, {}) mm by {angle} degrees", seed.x, seed.y, seed.z),
            remedy: "the mesh needs a boundary, the seed finite coordinates and the angle must not be negative"
                .to_owned(),
        }),
    }
}

/// The nodes whose position satisfies `inside`; `words` describes the condition in the error when there are none.
pub fn nodes_where(
    mesh: &VolumeMesh,
    words: &str,
    inside: impl Fn(&Point3<f64>) -> bool,
) -> Result<Region, SolidError> {
    let nodes: Vec<u32> = (0..mesh.nodes.len() as u32).filter(|&n| inside(&mesh.nodes[n as usize])).collect();
    if nodes.is_empty() {
        return Err(nothing_where("node", words));
    }
    Ok(Region::Nodes(nodes))
}

/// The boundary faces all of whose corners satisfy `inside`; `words` describes the condition in the error.
pub fn faces_where(
    mesh: &VolumeMesh,
    words: &str,
    inside: impl Fn(&Point3<f64>) -> bool,
) -> Result<Region, SolidError> {
    let kept = |face: &Face| corners(mesh, *face).iter().all(&inside);
    let faces: Vec<Face> = boundary_faces(mesh).into_iter().filter(kept).collect();
    if faces.is_empty() {
        return Err(nothing_where("boundary face", words));
    }
    Ok(Region::Faces(faces))
}

fn nothing_where(what: &'static str, words: &str) -> SolidError {
    let remedy = "check the condition and its tolerance against the mesh".to_owned();
    SolidError::NothingPicked { what, shape: words.to_owned(), remedy }
}

/// The node nearest to `x`, the lowest of several equally near ones; `None` for a mesh without nodes.
pub fn nearest_node(mesh: &VolumeMesh, x: &Point3<f64>) -> Option<u32> {
    let distance = |n: &u32| (mesh.nodes[*n as usize] - x).norm();
    (0..mesh.nodes.len() as u32).min_by(|a, b| distance(a).total_cmp(&distance(b)))
}

fn corners(mesh: &VolumeMesh, face: Face) -> Vec<Point3<f64>> {
    let mut nodes = mesh.face_nodes(face).unwrap_or_default();
    // Quadratic faces list their corners in the first half.
    if nodes.len() > 4 {
        nodes.truncate(nodes.len() / 2);
    }
    nodes.into_iter().map(|n| mesh.nodes[n as usize]).collect()
}

fn mean(points: impl Iterator<Item = Point3<f64>>) -> Point3<f64> {
    let (sum, count) = points.fold((Vector3::zeros(), 0.0), |(sum, count), p| (sum + p.coords, count + 1.0));
    Point3::from(sum / count)
}

impl fmt::Display for Shape {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let p = |p: &Point3<f64>| format!("({}, {}, {})", p.x, p.y, p.z);
        match self {
            Self::Plane { point, normal, tolerance } => {
                let n = p(&Point3::from(*normal));
                write!(f, "the plane through {} mm normal to {n} within {tolerance} mm", p(point))
            }
            Self::HalfSpace { point, normal } => {
                write!(f, "the half space beyond {} mm towards {}", p(point), p(&Point3::from(*normal)))
            }
            Self::Sphere { centre, radius } => write!(f, "the sphere of radius {radius} mm about {} mm", p(centre)),
            Self::Box { low, high } => write!(f, "the box from {} to {} mm", p(low), p(high)),
            Self::Cylinder { start, end, radius } => {
                write!(f, "the cylinder of radius {radius} mm from {} to {} mm", p(start), p(end))
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use mesh::ElementKind;

    fn block() -> VolumeMesh {
        meshing::mapped_block(ElementKind::Hex20, [2, 3, 4], |[x, y, z]| Point3::new(2.0 * x, 3.0 * y, 4.0 * z))
            .unwrap()
    }

    fn faces(region: Region) -> usize {
        match region {
            Region::Faces(faces) => faces.len(),
            other => panic!("{other:?}"),
        }
    }

    #[test]
    fn a_plane_picks_the_faces_that_lie_in_it_and_a_grown_face_is_one_side() {
        let mesh = block();
        let top =
            Shape::Plane { point: Point3::new(0.0, 0.0, 4.0), normal: Vector3::new(0.0, 0.0, -7.0), tolerance: 1e-9 };
        assert_eq!(faces(top.faces(&mesh).unwrap()), 6);
        assert_eq!(faces(grown_face(&mesh, &Point3::new(1.0, 1.0, 4.1), 30.0).unwrap()), 6);
        assert_eq!(faces(grown_face(&mesh, &Point3::new(1.0, 1.0, 4.1), 91.0).unwrap()), 52);
        let side = Shape::HalfSpace { point: Point3::new(1.99, 0.0, 0.0), normal: Vector3::x() };
        assert_eq!(faces(side.faces(&mesh).unwrap()), 12);
    }

    #[test]
    fn balls_boxes_and_cylinders_pick_nodes_and_elements() {
        let mesh = block();
        let ball = Shape::Sphere { centre: Point3::new(0.0, 0.0, 0.0), radius: 1.0 };
        // The corner, three mid-edge nodes and the three next corners at distance 1.
        assert!(matches!(ball.nodes(&mesh).unwrap(), Region::Nodes(list) if list.len() == 7));
        let slab = Shape::Box { low: Point3::new(-1.0, -1.0, 2.9), high: Point3::new(9.0, 9.0, 9.0) };
        assert!(matches!(slab.elements(&mesh).unwrap(), Region::Elements(list) if list.len() == 6));
        let rod = Shape::Cylinder { start: Point3::new(1.0, 1.5, -1.0), end: Point3::new(1.0, 1.5, 9.0), radius: 0.1 };
        let message = rod.elements(&mesh).unwrap_err().to_string();
        assert!(message.contains("misses it by 0.4"), "{message}");
    }
}
