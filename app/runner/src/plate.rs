//! The mapped mesh of a straight plate.

use mesh::{ElementKind, Point3, VolumeMesh};
use meshing::{MeshingError, mapped_block};
use study::Plate;

/// Meshes a plate with elements of about `size` mm. Nodes lie at every station, in the mid-surface z = 0 and in the plane
/// y = 0. Elements of second order have such nodes halfway along their edges; of those of first order the number across
/// width and thickness is even for that reason.
pub(crate) fn mesh_plate(plate: &Plate, kind: ElementKind, size: f64) -> Result<VolumeMesh, MeshingError> {
    let [length, width, thickness] = [&plate.length, &plate.width, &plate.thickness].map(|l| l.value().value());
    let planes = stations(plate, size);
    let across = |extent: f64| match kind.order() {
        1 => 2 * ((0.5 * extent / size).round() as usize).max(1),
        _ => ((extent / size).round() as usize).max(1),
    };
    let counts = [planes.len() - 1, across(width), across(thickness)];
    debug_assert!((planes[planes.len() - 1] - length).abs() <= 1e-9 * length);
    mapped_block(kind, counts, |[u, v, w]| {
        Point3::new(interpolate(&planes, u), (v - 0.5) * width, (w - 0.5) * thickness)
    })
}

/// Positions of the element planes along the plate: every station, and equal steps of about `size` between them.
fn stations(plate: &Plate, size: f64) -> Vec<f64> {
    let length = plate.length.value().value();
    let mut fixed: Vec<f64> = plate.stations.iter().map(|station| station.value().value()).collect();
    fixed.extend([0.0, length]);
    fixed.sort_by(f64::total_cmp);
    fixed.dedup_by(|a, b| (*a - *b).abs() <= 1e-9 * length);
    let mut planes = vec![0.0];
    for pair in fixed.windows(2) {
        let steps = ((pair[1] - pair[0]) / size).round().max(1.0) as usize;
        planes.extend((1..=steps).map(|k| pair[0] + (pair[1] - pair[0]) * k as f64 / steps as f64));
    }
    planes
}

/// The position at the fraction `u` of the element count; halfway between two planes for mid-edge nodes.
fn interpolate(planes: &[f64], u: f64) -> f64 {
    let place = u * (planes.len() - 1) as f64;
    let cell = (place.floor() as usize).min(planes.len() - 2);
    // Counted in halves of a cell, so that a node on a plane gets the plane's position exactly.
    let halves = (2.0 * (place - cell as f64)).round();
    if halves == 2.0 { planes[cell + 1] } else { planes[cell] + 0.5 * halves * (planes[cell + 1] - planes[cell]) }
}

#[cfg(test)]
mod tests {
    use super::*;
    use study::Study;

    fn example() -> Plate {
        let path = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("../../examples/plate_bending.toml");
        match Study::load(&path).unwrap().document.device {
            Some(study::Device::Plate(plate)) => plate,
            _ => panic!("the example has a plate"),
        }
    }

    #[test]
    fn nodes_lie_at_every_station_and_in_the_mid_planes_for_every_size() {
        for (kind, size) in
            [(ElementKind::Hex20, 2.0), (ElementKind::Tet10, 3.1), (ElementKind::Hex8, 1.3), (ElementKind::Hex20, 4.0)]
        {
            let mesh = mesh_plate(&example(), kind, size).unwrap();
            let holds = |wanted: &dyn Fn(&Point3<f64>) -> bool| mesh.nodes.iter().any(wanted);
            for x in [0.0, 8.0, 44.0, 60.0, 76.0, 112.0, 120.0] {
                for z in [-2.0, 0.0, 2.0] {
                    let found = holds(&|p| (p.x - x).abs() < 1e-9 && (p.z - z).abs() < 1e-9);
                    assert!(found, "{kind} {size}: no node at x = {x}, z = {z}");
                }
                assert!(
                    holds(&|p| (p.x - x).abs() < 1e-9 && p.y.abs() < 1e-9),
                    "{kind} {size}: no node at x = {x}, y = 0"
                );
            }
        }
    }

    #[test]
    fn the_volume_is_exact() {
        let mesh = mesh_plate(&example(), ElementKind::Tet10, 2.0).unwrap();
        let volume = mesh::quality::mesh_quality(&mesh).tetrahedra_volume;
        assert!((volume / (120.0 * 12.0 * 4.0) - 1.0).abs() < 1e-12, "{volume}");
    }
}
