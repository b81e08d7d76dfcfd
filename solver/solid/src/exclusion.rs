use crate::{LinearStatics, Place, SolidError};
use mesh::topology::boundary_faces;
use mesh::{Face, Point3, Vector3, VolumeMesh};
use std::collections::BTreeMap;

/// What a statistic leaves out, because the exact stress there is unbounded or an artefact of how the body is held: points
/// closer than a distance to constrained nodes, re-entrant edges or given places.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Exclusion {
    /// Leave out points closer than this to constrained nodes, mm.
    pub constraints: Option<f64>,
    /// Leave out points closer than this (mm) to edges where the surface turns inwards by more than
    /// [`Exclusion::edge_angle`].
    pub reentrant_edges: Option<f64>,
    /// The angle in degrees; 0 stands for 30.
    pub edge_angle: f64,
    /// Leave out points closer than the distance (mm) to these places, for example loaded faces.
    pub places: Vec<(Place, f64)>,
}

impl Exclusion {
    /// Leaves out nothing.
    pub fn none() -> Self {
        Self::default()
    }

    /// Leaves out what lies within `distance` mm of constrained nodes and of re-entrant edges.
    pub fn near_singularities(distance: f64) -> Self {
        Self { constraints: Some(distance), reentrant_edges: Some(distance), ..Self::default() }
    }

    /// The same exclusion with one more place.
    pub fn and_near(mut self, place: impl Into<Place>, distance: f64) -> Self {
        self.places.push((place.into(), distance));
        self
    }

    /// The neighbourhoods on the mesh of `model`.
    pub(crate) fn neighbourhoods(&self, model: &LinearStatics<'_>) -> Result<Vec<Neighbourhood>, SolidError> {
        let mesh = model.mesh;
        let mut found = Vec::new();
        if let Some(distance) = self.constraints {
            let mut nodes = Vec::new();
            for (place, _) in &model.supports {
                nodes.extend(place.nodes(mesh, "an exclusion")?);
            }
            found.push(Neighbourhood::new(&mesh.nodes, &nodes, distance));
        }
        if let Some(distance) = self.reentrant_edges {
            let angle = if self.edge_angle > 0.0 { self.edge_angle } else { 30.0 };
            found.push(Neighbourhood::new(&mesh.nodes, &reentrant_nodes(mesh, angle), distance));
        }
        for (place, distance) in &self.places {
            found.push(Neighbourhood::new(&mesh.nodes, &place.nodes(mesh, "an exclusion")?, *distance));
        }
        Ok(found)
    }
}

/// Smallest distance, in mm: smaller ones would number more cells than integers.
const LEAST: f64 = 1e-9;

/// The points within a distance of some points, through a grid of cells of that size.
pub(crate) struct Neighbourhood {
    distance: f64,
    grid: BTreeMap<[i64; 3], Vec<Point3<f64>>>,
}

impl Neighbourhood {
    /// A distance that is not finite leaves only the points themselves.
    fn new(points: &[Point3<f64>], sources: &[u32], distance: f64) -> Self {
        let distance = if distance.is_finite() { distance.max(LEAST) } else { LEAST };
        let mut grid: BTreeMap<[i64; 3], Vec<Point3<f64>>> = BTreeMap::new();
        for source in sources.iter().map(|&source| points[source as usize]) {
            grid.entry(cell(&source, distance)).or_default().push(source);
        }
        Self { distance, grid }
    }

    pub(crate) fn contains(&self, point: &Point3<f64>) -> bool {
        let [i, j, k] = cell(point, self.distance);
        let cells = (0..27).map(|n| [i + n % 3 - 1, j + n / 3 % 3 - 1, k + n / 9 - 1]);
        let mut sources = cells.filter_map(|cell| self.grid.get(&cell)).flatten();
        sources.any(|source| (source - point).norm() <= self.distance)
    }
}

fn cell(point: &Point3<f64>, size: f64) -> [i64; 3] {
    [0, 1, 2].map(|i| (point[i] / size).floor() as i64)
}

/// Corner and mid-edge nodes of surface edges where the body's inner angle exceeds 180 + `angle` degrees.
fn reentrant_nodes(mesh: &VolumeMesh, angle: f64) -> Vec<u32> {
    let mut edges: Vec<([u32; 2], Face, u32)> = Vec::new();
    for face in boundary_faces(mesh) {
        let nodes = mesh.face_nodes(face).unwrap_or_default();
        let corners = if nodes.len() > 4 { nodes.len() / 2 } else { nodes.len() };
        for k in 0..corners {
            let (a, b) = (nodes[k], nodes[(k + 1) % corners]);
            let middle = nodes.get(corners + k).copied().unwrap_or(a);
            edges.push(([a.min(b), a.max(b)], face, middle));
        }
    }
    edges.sort_unstable();
    let mut found = Vec::new();
    for pair in edges.chunk_by(|a, b| a.0 == b.0).filter(|group| group.len() == 2) {
        let [(_, n1), (centre2, n2)] = [pair[0].1, pair[1].1].map(|face| middle_and_normal(mesh, face));
        let edge = mesh.nodes[pair[0].0[0] as usize];
        let opens = (centre2 - edge).dot(&n1) > 0.0;
        if opens && n1.angle(&n2).to_degrees() > angle {
            found.extend([pair[0].0[0], pair[0].0[1], pair[0].2]);
        }
    }
    found.sort_unstable();
    found.dedup();
    found
}

fn middle_and_normal(mesh: &VolumeMesh, face: Face) -> (Point3<f64>, Vector3<f64>) {
    let nodes = mesh.face_nodes(face).unwrap_or_default();
    let corners = if nodes.len() > 4 { nodes.len() / 2 } else { nodes.len() };
    let p: Vec<Point3<f64>> = nodes[..corners].iter().map(|&n| mesh.nodes[n as usize]).collect();
    let sum = p.iter().fold(Vector3::zeros(), |sum, x| sum + x.coords);
    let normal = (0..corners).fold(Vector3::zeros(), |sum, k| sum + p[k].coords.cross(&p[(k + 1) % corners].coords));
    (Point3::from(sum / corners as f64), normal)
}
