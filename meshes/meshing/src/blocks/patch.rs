use crate::MeshingError;
use crate::quadratic::to_quadratic;
use mesh::{ElementKind, Face, Point3, Region, VolumeMesh};

/// Interior nodes of MacNeal & Harder (1985), "A proposed standard set of problems to test finite element accuracy",
/// Finite Elements in Analysis and Design 1:3-20, figure 2, in VTK's order of a hexahedron.
const INNER: [[f64; 3]; 8] = [
    [0.249, 0.342, 0.192],
    [0.826, 0.288, 0.288],
    [0.850, 0.649, 0.263],
    [0.273, 0.750, 0.230],
    [0.320, 0.186, 0.643],
    [0.677, 0.305, 0.683],
    [0.788, 0.693, 0.644],
    [0.165, 0.745, 0.702],
];
const OUTER: [[f64; 3]; 8] = [
    [0.0, 0.0, 0.0],
    [1.0, 0.0, 0.0],
    [1.0, 1.0, 0.0],
    [0.0, 1.0, 0.0],
    [0.0, 0.0, 1.0],
    [1.0, 0.0, 1.0],
    [1.0, 1.0, 1.0],
    [0.0, 1.0, 1.0],
];
const SIDES: [&str; 6] = ["z_min", "z_max", "y_min", "x_max", "y_max", "x_min"];

/// MacNeal and Harder's patch: a unit cube of seven distorted hexahedra, straight-edged.
///
/// Nodes 0 to 7 are the cube's corners, 8 to 15 the interior nodes. Tetrahedral kinds split each hexahedron into
/// twelve around a node at its centre. Face regions `x_min`, `x_max`, ... name the sides of the cube.
///
/// # Errors
/// [`MeshingError::UnsupportedBlock`] for kinds other than hexahedra and tetrahedra.
pub fn patch_cube(kind: ElementKind) -> Result<VolumeMesh, MeshingError> {
    let nodes: Vec<Point3<f64>> = OUTER.iter().chain(&INNER).map(|&p| Point3::from(p)).collect();
    let hexahedra = hexahedra();
    let mut patch = match kind.linear() {
        ElementKind::Hex8 => VolumeMesh::new(nodes, ElementKind::Hex8, hexahedra.concat()),
        ElementKind::Tet4 => tetrahedra(nodes, &hexahedra),
        _ => return Err(MeshingError::UnsupportedBlock { kind, counts: [1, 1, 1] }),
    };
    name_sides(&mut patch);
    Ok(if kind.order() == 2 { to_quadratic(&patch) } else { patch })
}

/// The inner hexahedron and one between each of its faces and the cube's side.
fn hexahedra() -> Vec<[u32; 8]> {
    let mut all = vec![std::array::from_fn(|k| 8 + k as u32)];
    for face in ElementKind::Hex8.faces() {
        // A face of the inner element seen from inside is the bottom, the cube's side the top.
        all.push(std::array::from_fn(|k| u32::from(face[k % 4]) + if k < 4 { 8 } else { 0 }));
    }
    all
}

fn tetrahedra(mut nodes: Vec<Point3<f64>>, hexahedra: &[[u32; 8]]) -> VolumeMesh {
    let mut connectivity = Vec::new();
    for hexahedron in hexahedra {
        let sum = hexahedron.iter().fold(nalgebra::Vector3::zeros(), |sum, &n| sum + nodes[n as usize].coords);
        let centre = nodes.len() as u32;
        nodes.push(Point3::from(sum / 8.0));
        for face in ElementKind::Hex8.faces() {
            let corners: [u32; 4] = std::array::from_fn(|k| hexahedron[usize::from(face[k])]);
            // The diagonal starts at the lowest number, so both neighbours of a face choose the same.
            let first = (0..4).min_by_key(|&k| corners[k]).unwrap_or(0);
            let c = |k: usize| corners[(first + k) % 4];
            connectivity.extend([c(0), c(2), c(1), centre, c(0), c(3), c(2), centre]);
        }
    }
    VolumeMesh::new(nodes, ElementKind::Tet4, connectivity)
}

fn name_sides(patch: &mut VolumeMesh) {
    for (outer_face, name) in ElementKind::Hex8.faces().iter().zip(SIDES) {
        let mut faces = Vec::new();
        for (element, (kind, nodes)) in patch.elements().enumerate() {
            for (side, face) in kind.faces().iter().enumerate() {
                let on_side = |c: &u8| outer_face.iter().any(|&o| u32::from(o) == nodes[usize::from(*c)]);
                if face.iter().all(on_side) {
                    faces.push(Face { element: element as u32, side: side as u8 });
                }
            }
        }
        patch.regions.insert(name.to_owned(), Region::Faces(faces));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_patch_fills_the_unit_cube_with_valid_elements() {
        for kind in [ElementKind::Hex8, ElementKind::Hex20, ElementKind::Tet4, ElementKind::Tet10] {
            let patch = patch_cube(kind).unwrap();
            patch.validate().unwrap();
            let mut volume = 0.0;
            for (kind, nodes) in patch.elements() {
                let corners: Vec<_> = nodes[..kind.corner_count()].iter().map(|&n| patch.nodes[n as usize]).collect();
                let part = crate::blocks::corner_volume(kind, &corners);
                assert!(part > 0.0, "{kind}: {part}");
                volume += part;
            }
            assert!((volume - 1.0).abs() < 1e-14, "{kind}: {volume}");
        }
    }

    #[test]
    fn each_side_lies_in_its_plane() {
        let patch = patch_cube(ElementKind::Tet10).unwrap();
        let planes = [("x_min", 0, 0.0), ("x_max", 0, 1.0), ("y_min", 1, 0.0), ("y_max", 1, 1.0), ("z_min", 2, 0.0)];
        for (name, axis, value) in planes {
            let Region::Faces(faces) = &patch.regions[name] else { panic!("{name}") };
            assert_eq!(faces.len(), 2, "{name}");
            for &face in faces {
                for node in patch.face_nodes(face).unwrap() {
                    assert_eq!(patch.nodes[node as usize][axis], value, "{name}");
                }
            }
        }
    }
}
