//! The surface under repair and the list of what was done to it.

use crate::remesh::editable::Editable;
use control::{Cancelled, RunControl};
use geometry::{Aabb, TriangleBvh};
use mesh::topology::{SurfaceTopology, merge_equal_points};
use mesh::{Point3, SurfaceMesh};
use serde::{Deserialize, Serialize};

/// One change to a surface, or several of the same kind.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Repair {
    /// A stable word for programs, for example "hole".
    pub what: String,
    /// Where, or where the first of several is, in mm.
    pub place_mm: [f64; 3],
    /// Largest extent of the change in mm.
    pub size_mm: f64,
    /// How many; what is counted is in the message.
    pub count: usize,
    /// The change in a sentence.
    pub message: String,
}

/// What is wrong with a surface, counted after equal points were merged.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Defects {
    /// Triangles.
    pub triangles: usize,
    /// Parts connected over edges.
    pub components: usize,
    /// Holes.
    pub boundary_loops: usize,
    /// Edges with more than two triangles.
    pub non_manifold_edges: usize,
    /// Vertices where several fans of triangles touch.
    pub non_manifold_vertices: usize,
    /// Edges between triangles of opposite orientation.
    pub inconsistent_edges: usize,
    /// Triangles on the vertices of an earlier one.
    pub duplicate_triangles: usize,
    /// Triangles without area.
    pub degenerate_triangles: usize,
    /// Pairs of triangles that cut or overlap each other.
    pub crossing_pairs: usize,
}

impl Defects {
    /// Counts the defects of a valid surface.
    pub(super) fn of(surface: &SurfaceMesh, control: &RunControl) -> Result<Self, Cancelled> {
        let (surface, _) = merge_equal_points(surface, 0.0);
        control.check()?;
        let topology = SurfaceTopology::new(&surface);
        control.check()?;
        let bvh = TriangleBvh::new(&surface.points, &surface.triangles);
        Ok(Self {
            triangles: surface.triangles.len(),
            components: topology.components.len(),
            boundary_loops: topology.boundary_loops.len(),
            non_manifold_edges: topology.non_manifold_edges.len(),
            non_manifold_vertices: topology.non_manifold_vertices.len(),
            inconsistent_edges: topology.inconsistent_edges.len(),
            duplicate_triangles: topology.duplicate_triangles.len(),
            degenerate_triangles: topology.degenerate_triangles.len(),
            crossing_pairs: bvh.self_intersections(control)?.len(),
        })
    }

    /// Whether nothing but holes is wrong.
    pub(super) fn is_manifold(&self) -> bool {
        self.non_manifold_edges == 0 && self.non_manifold_vertices == 0 && self.inconsistent_edges == 0
    }
}

/// Points, triangles with their labels, and the repairs so far.
#[derive(Debug, Clone, Default)]
pub(crate) struct Draft {
    pub(crate) surface: SurfaceMesh,
    /// Label of every triangle, see [`crate::remesh::patches::Patches`].
    pub(crate) labels: Vec<u32>,
    pub(crate) repairs: Vec<Repair>,
}

impl Draft {
    pub(crate) fn record(&mut self, what: &str, place: Point3<f64>, size_mm: f64, count: usize, message: String) {
        let place_mm = place.coords.into();
        self.repairs.push(Repair { what: what.to_owned(), place_mm, size_mm, count, message });
    }

    /// Keeps the triangles that pass, in order.
    pub(crate) fn keep(&mut self, passes: impl Fn(usize) -> bool) {
        let kept: Vec<usize> = (0..self.labels.len()).filter(|&t| passes(t)).collect();
        self.surface.triangles = kept.iter().map(|&t| self.surface.triangles[t]).collect();
        self.labels = kept.iter().map(|&t| self.labels[t]).collect();
    }

    pub(crate) fn push(&mut self, triangle: [u32; 3], label: u32) {
        self.surface.triangles.push(triangle);
        self.labels.push(label);
    }

    /// Adds a vertex and gives its number.
    pub(crate) fn point(&mut self, p: Point3<f64>) -> u32 {
        self.surface.points.push(p);
        self.surface.points.len() as u32 - 1
    }

    /// Adds a patch whose first vertices are the vertices `rim` of the surface; the number of its triangles.
    pub(crate) fn add_patch(&mut self, patch: &Editable, rim: Vec<u32>, label: u32) -> usize {
        let mut numbers = rim;
        for v in numbers.len()..patch.points.len() {
            let number = if patch.star(v as u32).is_empty() { u32::MAX } else { self.point(patch.points[v]) };
            numbers.push(number);
        }
        let before = self.labels.len();
        for t in patch.alive() {
            self.push(patch.triangles[t as usize].map(|v| numbers[v as usize]), label);
        }
        self.labels.len() - before
    }

    /// Centre of a triangle.
    pub(crate) fn centroid(&self, t: usize) -> Point3<f64> {
        let [a, b, c] = self.surface.corners(t);
        a + ((b - a) + (c - a)) / 3.0
    }

    /// The box around some triangles.
    pub(crate) fn bounds_of(&self, triangles: &[u32]) -> Aabb {
        let mut bounds = Aabb::empty();
        triangles.iter().for_each(|&t| self.surface.corners(t as usize).iter().for_each(|p| bounds.insert(p)));
        bounds
    }

    /// Drops the vertices without a triangle; the others keep their order.
    pub(crate) fn drop_unused_points(&mut self) {
        let mut number = vec![u32::MAX; self.surface.points.len()];
        self.surface.triangles.iter().flatten().for_each(|&v| number[v as usize] = 0);
        let old = std::mem::take(&mut self.surface.points);
        for (p, number) in old.into_iter().zip(&mut number).filter(|(_, number)| **number == 0) {
            *number = self.surface.points.len() as u32;
            self.surface.points.push(p);
        }
        self.surface.triangles.iter_mut().flatten().for_each(|v| *v = number[*v as usize]);
    }
}
