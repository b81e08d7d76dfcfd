//! A manifold surface made ready for editing.

use super::editable::Editable;
use super::patches::Patches;
use crate::MeshingError;
use control::RunControl;
use geometry::TriangleBvh;
use mesh::SurfaceMesh;
use mesh::topology::{SurfaceTopology, merge_equal_points};

/// A manifold surface, equal points merged, with its queries.
pub(crate) struct Input {
    pub(crate) surface: SurfaceMesh,
    pub(crate) topology: SurfaceTopology,
    pub(crate) bvh: TriangleBvh,
    patches: Patches,
    labels: Vec<u32>,
}

impl Input {
    /// Accepts manifold, consistently oriented surfaces, open or closed.
    pub(crate) fn prepare(surface: &SurfaceMesh, control: &RunControl) -> Result<Self, MeshingError> {
        surface.validate()?;
        let (mut surface, _) = merge_equal_points(surface, 0.0);
        let collapsed = |[a, b, c]: &[u32; 3]| a == b || b == c || c == a;
        if surface.triangles.iter().any(collapsed) {
            // A triangle that names a vertex twice has no area and no edges of its own.
            let (patches, labels) = Patches::of(&surface);
            let kept: Vec<usize> = (0..labels.len()).filter(|&t| !collapsed(&surface.triangles[t])).collect();
            surface.triangles = kept.iter().map(|&t| surface.triangles[t]).collect();
            surface.regions = patches.regions(&kept.iter().map(|&t| labels[t]).collect::<Vec<_>>());
        }
        control.check()?;
        let topology = SurfaceTopology::new(&surface);
        if topology.edges.is_empty() || surface.area() <= 0.0 {
            return Err(MeshingError::EmptySurface);
        }
        if !topology.non_manifold_edges.is_empty() || !topology.inconsistent_edges.is_empty() {
            return Err(MeshingError::NotManifold {
                non_manifold: topology.non_manifold_edges.len(),
                inconsistent: topology.inconsistent_edges.len(),
            });
        }
        control.check()?;
        let bvh = TriangleBvh::new(&surface.points, &surface.triangles);
        let (patches, labels) = Patches::of(&surface);
        Ok(Self { surface, topology, bvh, patches, labels })
    }

    pub(crate) fn editable(&self) -> Editable {
        Editable::new(self.surface.points.clone(), self.surface.triangles.clone(), self.labels.clone())
    }

    /// The surface after edits, with its regions.
    pub(crate) fn rebuilt(&self, mesh: &Editable) -> SurfaceMesh {
        let (mut surface, labels) = mesh.finish();
        surface.regions = self.patches.regions(&labels);
        surface
    }

    /// Mean edge length in mm.
    pub(crate) fn mean_length(&self) -> f64 {
        let edges = self.topology.edges.edges();
        let length = |&[a, b]: &[u32; 2]| (self.surface.points[a as usize] - self.surface.points[b as usize]).norm();
        edges.iter().map(length).sum::<f64>() / edges.len().max(1) as f64
    }
}

/// Refuses lengths that are not positive and finite.
pub(crate) fn refuse_bad_length(option: &'static str, value: f64) -> Result<(), MeshingError> {
    if value > 0.0 && value.is_finite() {
        return Ok(());
    }
    Err(MeshingError::BadOption { option, value, needed: "a positive length in mm" })
}

/// Refuses angles (degrees) that no two normals make.
pub(crate) fn refuse_bad_angle(angle: Option<f64>) -> Result<(), MeshingError> {
    match angle {
        Some(value) if !(value > 0.0 && value <= 180.0) => {
            let needed = "above 0 and at most 180";
            Err(MeshingError::BadOption { option: "feature_angle_deg", value, needed })
        }
        _ => Ok(()),
    }
}
