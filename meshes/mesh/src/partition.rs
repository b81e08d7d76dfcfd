use crate::surface::validate_triangles;
use crate::{MeshError, Point3, SurfaceMesh};
use std::collections::{BTreeMap, BTreeSet};

/// Triangles that divide space into parts: organs in a body, cortex around marrow, wall around lumen. Where parts touch,
/// they share the triangles, so that nothing lies between them and nothing twice.
///
/// Lengths are millimetres.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Partition {
    /// Corners of the triangles.
    pub points: Vec<Point3<f64>>,
    /// Corners of each triangle, counter-clockwise seen from the part in front.
    pub triangles: Vec<[u32; 3]>,
    /// The parts behind and in front of each triangle.
    pub sides: Vec<[u16; 2]>,
    /// Names of the parts, as far as they have one.
    pub names: BTreeMap<u16, String>,
}

impl Partition {
    /// What is around all parts.
    pub const OUTSIDE: u16 = 0;
    /// Outside too, but beyond a cut: where an image or a model ends and the anatomy goes on.
    pub const CUT: u16 = u16::MAX;

    /// The partition that a closed surface makes, facing outward: one part, number 1.
    pub fn of_surface(surface: &SurfaceMesh) -> Self {
        Self {
            points: surface.points.clone(),
            triangles: surface.triangles.clone(),
            sides: vec![[1, Self::OUTSIDE]; surface.triangles.len()],
            names: BTreeMap::new(),
        }
    }

    /// Whether a number stands for a part.
    pub fn is_part(number: u16) -> bool {
        number != Self::OUTSIDE && number != Self::CUT
    }

    /// The numbers of the parts, ascending.
    pub fn parts(&self) -> Vec<u16> {
        let all: BTreeSet<u16> = self.sides.iter().flatten().copied().filter(|&side| Self::is_part(side)).collect();
        all.into_iter().collect()
    }

    /// The name of a part: its own or `part_N`; `outside` and `cut` for what is none.
    pub fn name(&self, number: u16) -> String {
        match number {
            Self::OUTSIDE => "outside".to_owned(),
            Self::CUT => "cut".to_owned(),
            number => self.names.get(&number).cloned().unwrap_or_else(|| format!("part_{number}")),
        }
    }

    /// The boundary of one part, outward, with the vertices it uses; region names are those of the neighbours.
    pub fn boundary_of(&self, part: u16) -> SurfaceMesh {
        let mut number = vec![u32::MAX; self.points.len()];
        let mut surface = SurfaceMesh::default();
        let mut beyond: BTreeMap<u16, Vec<u32>> = BTreeMap::new();
        for (triangle, &[behind, front]) in self.triangles.iter().zip(&self.sides) {
            if behind == front || (behind != part && front != part) {
                continue;
            }
            let mut own = triangle.map(|v| {
                let number = &mut number[v as usize];
                if *number == u32::MAX {
                    *number = surface.points.len() as u32;
                    surface.points.push(self.points[v as usize]);
                }
                *number
            });
            if front == part {
                own.swap(1, 2);
            }
            let other = if front == part { behind } else { front };
            beyond.entry(other).or_default().push(surface.triangles.len() as u32);
            surface.triangles.push(own);
        }
        surface.regions = beyond.into_iter().map(|(other, triangles)| (self.name(other), triangles)).collect();
        surface
    }

    /// Checks the numbers and coordinates.
    ///
    /// # Errors
    /// As [`SurfaceMesh::validate`], [`MeshError::SidesMismatch`] unless every triangle has its sides, and
    /// [`MeshError::SameSides`] where these are the same.
    pub fn validate(&self) -> Result<(), MeshError> {
        if self.sides.len() != self.triangles.len() {
            return Err(MeshError::SidesMismatch { triangles: self.triangles.len(), sides: self.sides.len() });
        }
        match self.sides.iter().position(|[behind, front]| behind == front) {
            Some(triangle) => Err(MeshError::SameSides { triangle, side: self.sides[triangle][0] }),
            None => validate_triangles(&self.points, &self.triangles),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::topology::SurfaceTopology;

    /// Two tetrahedra on the two sides of a common triangle.
    fn pair() -> Partition {
        let p = |x: f64, y: f64, z: f64| Point3::new(x, y, z);
        Partition {
            points: vec![p(0.0, 0.0, 0.0), p(1.0, 0.0, 0.0), p(0.0, 1.0, 0.0), p(0.0, 0.0, 1.0), p(0.0, 0.0, -2.0)],
            triangles: vec![[0, 1, 2], [0, 1, 3], [1, 2, 3], [2, 0, 3], [1, 0, 4], [2, 1, 4], [0, 2, 4]],
            sides: vec![[2, 1], [1, 0], [1, 0], [1, 0], [2, 0], [2, 0], [2, Partition::CUT]],
            names: BTreeMap::from([(2, "marrow".to_owned())]),
        }
    }

    #[test]
    fn each_part_has_a_closed_boundary_facing_outward_named_by_its_neighbours() {
        let pair = pair();
        pair.validate().unwrap();
        assert_eq!(pair.parts(), [1, 2]);
        for (part, volume) in [(1, 1.0 / 6.0), (2, 1.0 / 3.0)] {
            let boundary = pair.boundary_of(part);
            assert!(SurfaceTopology::new(&boundary).is_watertight());
            assert!((boundary.volume() - volume).abs() < 1e-15);
        }
        let names: Vec<String> = pair.boundary_of(2).regions.into_keys().collect();
        assert_eq!(names, ["cut", "outside", "part_1"]);
        assert!(pair.boundary_of(1).regions.contains_key("marrow"));
        let mut same = pair.clone();
        same.sides[3] = [1, 1];
        assert!(matches!(same.validate(), Err(MeshError::SameSides { triangle: 3, side: 1 })));
        let short = Partition { sides: vec![[1, 0]], ..pair };
        assert!(matches!(short.validate(), Err(MeshError::SidesMismatch { triangles: 7, sides: 1 })));
    }
}
