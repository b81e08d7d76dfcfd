//! The wall of a lumen's mesh: its triangles, what its vertices may do, and the mesh inside with the wall's vertices first.

use crate::MeshingError;
use crate::domain::Patch;
use crate::parallel::parallel_map;
use crate::surface::{Input, patch_of};
use crate::tets::{BoundaryFace, Hold, Incidence, TetMesh};
use control::RunControl;
use mesh::topology::EdgeTable;
use mesh::{Point3, Vector3};

/// Where a wall vertex may go.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) enum Slide {
    /// Anywhere.
    Free,
    /// In the plane of a cap with this unit normal.
    Plane(Vector3<f64>),
    /// Along the line between two caps with this unit direction.
    Line(Vector3<f64>),
    /// Nowhere: three caps meet.
    Stays,
}

impl Slide {
    fn along(caps: &[Vector3<f64>]) -> Self {
        match caps {
            [] => Self::Free,
            [normal] => Self::Plane(*normal),
            [m, n] => m.cross(n).try_normalize(1e-6).map_or(Self::Plane(*m), Self::Line),
            _ => Self::Stays,
        }
    }

    /// The part of `shift` that is allowed.
    pub(super) fn of(&self, shift: &Vector3<f64>) -> Vector3<f64> {
        match self {
            Self::Free => *shift,
            Self::Plane(normal) => shift - normal * normal.dot(shift),
            Self::Line(direction) => direction * direction.dot(shift),
            Self::Stays => Vector3::zeros(),
        }
    }
}

/// The wall. Its vertex `v` is vertex `v` of the mesh inside too.
pub(super) struct Wall {
    pub(super) points: Vec<Point3<f64>>,
    /// Outward.
    pub(super) triangles: Vec<[u32; 3]>,
    pub(super) slides: Vec<Slide>,
    /// What holds the vertices on the wall, and those under them in the layers.
    pub(super) holds: Vec<[Hold; 2]>,
    /// Triangles at each vertex.
    pub(super) around: Incidence,
}

impl Wall {
    /// Takes the wall off a lumen's mesh. The mesh that is left has the wall's vertices first and holds them fixed.
    ///
    /// # Errors
    /// [`MeshingError::NoWall`] when all of the boundary is planar caps, [`MeshingError::NoLayers`] where two parts of the wall
    /// touch in a vertex, cancellation.
    pub(super) fn separate(
        mesh: TetMesh,
        faces: &[BoundaryFace],
        input: &Input,
        control: &RunControl,
    ) -> Result<(Self, TetMesh), MeshingError> {
        let patches: Vec<Patch> = parallel_map(faces, control, |face| patch_of(&mesh, face, input))?;
        let on = |wall: bool| faces.iter().zip(&patches).filter(move |(_, patch)| input.is_wall(**patch) == wall);
        let mut in_wall = vec![false; mesh.points.len()];
        on(true).flat_map(|(face, _)| face.vertices).for_each(|v| in_wall[v as usize] = true);
        let (mut core, number, count) = first(mesh, &in_wall);
        if count == 0 {
            return Err(MeshingError::NoWall);
        }
        let triangles: Vec<[u32; 3]> = on(true).map(|(face, _)| face.vertices.map(|v| number[v as usize])).collect();
        refuse_pinches(&triangles, &core.points[..count])?;
        let mut caps: Vec<(u32, Patch)> = on(false)
            .flat_map(|(face, &patch)| face.vertices.map(|v| (number[v as usize], patch)))
            .filter(|(v, _)| (*v as usize) < count)
            .collect();
        caps.sort_unstable();
        caps.dedup();
        let mut slides = vec![Slide::Free; count];
        let mut holds: Vec<[Hold; 2]> = core.holds[..count].iter().map(|&hold| [hold, Hold::Free]).collect();
        for group in caps.chunk_by(|a, b| a.0 == b.0) {
            let v = group[0].0 as usize;
            let normals: Vec<Vector3<f64>> = group.iter().filter_map(|&(_, patch)| input.cap_normal(patch)).collect();
            slides[v] = Slide::along(&normals);
            holds[v][1] = if let [(_, patch)] = group { Hold::On(*patch) } else { Hold::Fixed };
        }
        core.holds[..count].fill(Hold::Fixed);
        let around = Incidence::new(count, &triangles);
        Ok((Self { points: core.points[..count].to_vec(), triangles, slides, holds, around }, core))
    }

    /// The neighbours of a vertex along the wall; those inside the wall twice.
    pub(super) fn neighbours(&self, v: u32) -> impl Iterator<Item = u32> + '_ {
        self.around.of(v).iter().flat_map(|&t| self.triangles[t as usize]).filter(move |&w| w != v)
    }
}

/// Around a vertex the wall must be one fan: where more than two of its edges end there, two parts of it only touch, and
/// the layers' sides would too.
fn refuse_pinches(triangles: &[[u32; 3]], points: &[Point3<f64>]) -> Result<(), MeshingError> {
    let edges = EdgeTable::new(triangles);
    let mut ends = vec![0_u8; points.len()];
    for (_, vertices) in edges.edges().iter().enumerate().filter(|(edge, _)| edges.uses(*edge).len() == 1) {
        vertices.iter().for_each(|&v| ends[v as usize] = ends[v as usize].saturating_add(1));
    }
    match ends.iter().zip(points).find(|(count, _)| **count > 2) {
        Some((_, at)) => Err(MeshingError::NoLayers { at: [at.x, at.y, at.z] }),
        None => Ok(()),
    }
}

/// The mesh with the chosen vertices before the others, both in their old order; the new number of each vertex and how
/// many were chosen.
fn first(mut mesh: TetMesh, chosen: &[bool]) -> (TetMesh, Vec<u32>, usize) {
    let (front, back): (Vec<usize>, Vec<usize>) = (0..mesh.points.len()).partition(|&v| chosen[v]);
    let count = front.len();
    let mut number = vec![0; mesh.points.len()];
    for (new, &old) in (0..).zip(front.iter().chain(&back)) {
        number[old] = new;
    }
    let order = || front.iter().chain(&back);
    mesh.points = order().map(|&v| mesh.points[v]).collect();
    mesh.holds = order().map(|&v| mesh.holds[v]).collect();
    mesh.tets.iter_mut().flatten().for_each(|v| *v = number[*v as usize]);
    (mesh, number, count)
}
