//! Topology of the input and of the result.

use super::report::Topology;
use crate::MeshingError;
use crate::tets::{BoundaryFace, TetMesh};
use mesh::SurfaceMesh;
use mesh::topology::SurfaceTopology;

/// Accepts closed, consistently oriented surfaces.
pub(crate) fn refuse_unless_closed(surface: &SurfaceMesh, topology: &SurfaceTopology) -> Result<(), MeshingError> {
    if surface.triangles.is_empty() || topology.edges.is_empty() {
        return Err(MeshingError::EmptySurface);
    }
    if !topology.boundary_loops.is_empty() {
        let edges = topology.boundary_loops.iter().map(Vec::len).sum();
        let first = topology.boundary_loops[0].first().map_or_else(Default::default, |&v| surface.points[v as usize]);
        let at = [first.x, first.y, first.z];
        return Err(MeshingError::OpenSurface { loops: topology.boundary_loops.len(), edges, at });
    }
    if !topology.is_watertight() {
        return Err(MeshingError::NotManifold {
            non_manifold: topology.non_manifold_edges.len(),
            inconsistent: topology.inconsistent_edges.len(),
        });
    }
    Ok(())
}

/// The boundary as a surface of its own.
pub(crate) fn boundary_surface(mesh: &TetMesh, faces: &[BoundaryFace]) -> SurfaceMesh {
    let mut number = vec![u32::MAX; mesh.points.len()];
    let mut surface = SurfaceMesh::default();
    for face in faces {
        let triangle = face.vertices.map(|v| {
            let number = &mut number[v as usize];
            if *number == u32::MAX {
                *number = surface.points.len() as u32;
                surface.points.push(mesh.points[v as usize]);
            }
            *number
        });
        surface.triangles.push(triangle);
    }
    surface
}

impl Topology {
    pub(crate) fn of(topology: &SurfaceTopology) -> Self {
        let mut euler: Vec<i64> = topology.components.iter().map(|part| part.euler_characteristic).collect();
        euler.sort_unstable();
        Self {
            components: topology.components.len(),
            euler_characteristics: euler,
            genus: topology.components.iter().filter_map(|part| part.genus).map(i64::from).sum(),
            manifold: topology.is_watertight() && topology.non_manifold_vertices.is_empty(),
        }
    }

    /// Whether a mesh boundary is manifold and has the components and characteristics of its input.
    pub(crate) fn is_kept_by(&self, result: &Self) -> bool {
        result.manifold && result.euler_characteristics == self.euler_characteristics
    }
}
