//! The mesh of the lumen of a straight tube.

use crate::body::{BodyMesh, quality};
use control::RunControl;
use mesh::{ElementKind, Point3};
use meshing::MeshingError;
use meshing::sweep::{Profile, StraightAxis, Tube, TubeMesh, TubeOptions, mesh_tube};
use study::TubeShape;

/// The ends of a tube.
pub(crate) const TUBE_OPENINGS: [&str; 2] = ["inlet", "outlet_1"];

/// Meshes the lumen of a tube with elements about `size` mm wide where it is narrowest.
pub(crate) fn mesh_lumen_of_tube(
    tube: &TubeShape,
    kind: ElementKind,
    [size, finest]: [Option<f64>; 2],
    control: &RunControl,
) -> Result<BodyMesh, MeshingError> {
    let places: Vec<[f64; 2]> = tube.radius.iter().map(|[z, radius]| [z.value(), radius.value()]).collect();
    let (begin, end) = (places.first().map_or(0.0, |p| p[0]), places.last().map_or(0.0, |p| p[0]));
    // A checked study of a device has a size.
    let [around, finest] = [size, finest].map(|size| size.map_or(TubeShape::FEWEST_AROUND, |size| tube.around(size)));
    let size_mm = tube.width(around);
    let coarser = size_mm / tube.width(finest);
    let axis = StraightAxis { from: Point3::new(0.0, 0.0, begin), to: Point3::new(0.0, 0.0, end) };
    let from_begin = places.iter().map(|[z, radius]| [z - begin, *radius]).collect();
    let swept = Tube { axis: &axis, radius: Profile::Polyline(from_begin), wall: None };
    let options = TubeOptions {
        kind,
        around: around as usize,
        first_height: tube.first_layer.as_ref().map(|height| coarser * height.value().value()),
        ..TubeOptions::default()
    };
    let TubeMesh { mut mesh, report } = mesh_tube(&swept, &options, control)?;
    mesh.regions.retain(|name, _| !name.ends_with("_nodes") && name != "lumen");
    let volume_error = report.regions.first().map_or(0.0, |region| region.volume_error);
    Ok(BodyMesh {
        quality: quality(&mesh),
        mesh,
        size_mm,
        scales: true,
        volume_error,
        hausdorff_mm: None,
        findings: Vec::new(),
    })
}
