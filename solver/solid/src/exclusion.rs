use crate::{LinearStatics, Place, SolidError};
use control::RunControl;
use mesh::topology::boundary_faces;
use mesh::{Face, Point3, Vector3, VolumeMesh};
use std::collections::BTreeMap;

/// Which elements a statistic leaves out, because the exact stress near them is unbounded or an artefact of how the body
/// is held: elements with a node closer than a distance to constrained nodes, re-entrant edges or given places.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Exclusion {
    /// Leave out elements closer than this to constrained nodes, mm.
    pub constraints: Option<f64>,
    /// Leave out elements closer than this (mm) to edges where the surface turns inwards by more than
    /// [`Exclusion::edge_angle`].
    pub reentrant_edges: Option<f64>,
    /// The angle in degrees; 0 stands for 30.
    pub edge_angle: f64,
    /// Leave out elements closer than the distance (mm) to these places, for example loaded faces.
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
}

impl LinearStatics<'_> {
    /// Which elements remain: `true` for each element that no rule of `exclusion` leaves out.
    pub fn remaining(&self, exclusion: &Exclusion, control: &RunControl) -> Result<Vec<bool>, SolidError> {
        let mut sources: Vec<(Vec<u32>, f64)> = Vec::new();
        if let Some(distance) = exclusion.constraints {
            let mut nodes = Vec::new();
            for (place, _) in &self.supports {
                nodes.extend(place.nodes(self.mesh, "an exclusion")?);
            }
            sources.push((nodes, distance));
        }
        if let Some(distance) = exclusion.reentrant_edges {
            let angle = if exclusion.edge_angle > 0.0 { exclusion.edge_angle } else { 30.0 };
            sources.push((reentrant_nodes(self.mesh, angle), distance));
        }
        for (place, distance) in &exclusion.places {
            sources.push((place.nodes(self.mesh, "an exclusion")?, *distance));
        }
        let mut near = vec![false; self.mesh.nodes.len()];
        for (nodes, distance) in sources {
            control.check()?;
            mark_near(&self.mesh.nodes, &nodes, distance, &mut near);
        }
        Ok(self.mesh.elements().map(|(_, nodes)| !nodes.iter().any(|&node| near[node as usize])).collect())
    }
}

/// Marks the points within `distance` of any of the points `sources`, through a grid of cells of that size.
fn mark_near(points: &[Point3<f64>], sources: &[u32], distance: f64, near: &mut [bool]) {
    sources.iter().for_each(|&source| near[source as usize] = true);
    if !(distance > 0.0 && distance.is_finite()) {
        return;
    }
    let cell = |p: &Point3<f64>| [0, 1, 2].map(|i| (p[i] / distance).floor() as i64);
    let mut grid: BTreeMap<[i64; 3], Vec<u32>> = BTreeMap::new();
    for &source in sources {
        grid.entry(cell(&points[source as usize])).or_default().push(source);
    }
    let neighbours = |p: &Point3<f64>| {
        let [i, j, k] = cell(p);
        (0..27).map(move |n| [i + n % 3 - 1, j + n / 3 % 3 - 1, k + n / 9 - 1])
    };
    for (point, near) in points.iter().zip(near) {
        *near = *near
            || neighbours(point)
                .filter_map(|cell| grid.get(&cell))
                .flatten()
                .any(|&source| (points[source as usize] - point).norm() <= distance);
    }
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
