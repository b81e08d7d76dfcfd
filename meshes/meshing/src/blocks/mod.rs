//! Structured meshes of a mapped unit cube, for benchmarks and parametric parts.

mod merge;
mod patch;

pub use merge::merge_blocks;
pub use patch::patch_cube;

use crate::MeshingError;
use crate::quadratic::mid_edge_nodes;
use mesh::quality::signed_volume;
use mesh::{ElementKind, Face, Point3, Region, Vector3, VolumeMesh};

/// Corners of a cell in VTK's order of a hexahedron.
const CELL: [[usize; 3]; 8] = [[0, 0, 0], [1, 0, 0], [1, 1, 0], [0, 1, 0], [0, 0, 1], [1, 0, 1], [1, 1, 1], [0, 1, 1]];
const HEXAHEDRON: &[&[usize]] = &[&[0, 1, 2, 3, 4, 5, 6, 7]];
const WEDGES: &[&[usize]] = &[&[0, 1, 2, 4, 5, 6], &[0, 2, 3, 4, 6, 7]];
/// Kuhn's six tetrahedra around the diagonal 0-6: copies of one cell fit face to face.
const TETRAHEDRA: &[&[usize]] =
    &[&[0, 1, 2, 6], &[0, 3, 7, 6], &[0, 4, 5, 6], &[0, 2, 3, 6], &[0, 5, 1, 6], &[0, 7, 4, 6]];

/// A reproducible shift of the interior corner nodes of a block, for patch tests and for rates on distorted meshes.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Distortion {
    /// Largest shift of a node in each direction, as a fraction of the cell; below about 0.3 elements stay valid.
    pub amplitude: f64,
    /// Seed of the shifts.
    pub seed: u64,
}

/// The unit cube cut into `counts` cells a direction, each node taken through `map`.
///
/// `kind` is any solid kind; a cell gives one hexahedron, two wedges (split along x = y) or Kuhn's six tetrahedra.
/// Mid-edge nodes of quadratic kinds go through the map too. Face regions `x_min`, `x_max`, `y_min`, ... name the
/// six sides of the cube. Nodes run with x fastest.
///
/// # Errors
/// [`MeshingError::UnsupportedBlock`] for a kind that is no solid or a zero count, [`MeshingError::InvertedElement`]
/// when the map mirrors or folds the cube.
pub fn mapped_block(
    kind: ElementKind,
    counts: [usize; 3],
    map: impl Fn([f64; 3]) -> Point3<f64>,
) -> Result<VolumeMesh, MeshingError> {
    distorted_block(kind, counts, Distortion { amplitude: 0.0, seed: 0 }, map)
}

/// [`mapped_block`] with its interior corner nodes shifted before the map; mid-edge nodes stay half way between their
/// (shifted) corners in the unit cube.
///
/// # Errors
/// As [`mapped_block`].
pub fn distorted_block(
    kind: ElementKind,
    counts: [usize; 3],
    distortion: Distortion,
    map: impl Fn([f64; 3]) -> Point3<f64>,
) -> Result<VolumeMesh, MeshingError> {
    let pattern = match kind.linear() {
        ElementKind::Hex8 => HEXAHEDRON,
        ElementKind::Wedge6 => WEDGES,
        ElementKind::Tet4 => TETRAHEDRA,
        _ => return Err(MeshingError::UnsupportedBlock { kind, counts }),
    };
    if counts.contains(&0) {
        return Err(MeshingError::UnsupportedBlock { kind, counts });
    }
    let mut block = VolumeMesh::new(corner_nodes(counts, distortion), kind.linear(), cells(counts, pattern));
    name_sides(&mut block, counts);
    if kind.order() == 2 {
        block = mid_edge_nodes(&block);
    }
    block.nodes.iter_mut().for_each(|p| *p = map([p.x, p.y, p.z]));
    check_orientation(&block)?;
    Ok(block)
}

fn corner_nodes(counts: [usize; 3], distortion: Distortion) -> Vec<Point3<f64>> {
    let [nx, ny, nz] = counts;
    let mut random = Random::new(distortion.seed);
    let mut nodes = Vec::with_capacity((nx + 1) * (ny + 1) * (nz + 1));
    for k in 0..=nz {
        for j in 0..=ny {
            for i in 0..=nx {
                let index = [i, j, k];
                let interior = (0..3).all(|a| index[a] > 0 && index[a] < counts[a]);
                let shift: [f64; 3] = std::array::from_fn(|_| distortion.amplitude * random.symmetric());
                let at = |a: usize| (index[a] as f64 + if interior { shift[a] } else { 0.0 }) / counts[a] as f64;
                nodes.push(Point3::new(at(0), at(1), at(2)));
            }
        }
    }
    nodes
}

fn cells(counts: [usize; 3], pattern: &[&[usize]]) -> Vec<u32> {
    let [nx, ny, nz] = counts;
    let number = |[i, j, k]: [usize; 3]| (i + (nx + 1) * (j + (ny + 1) * k)) as u32;
    let mut connectivity = Vec::with_capacity(nx * ny * nz * pattern.len() * 8);
    for k in 0..nz {
        for j in 0..ny {
            for i in 0..nx {
                let corner = |c: usize| number([i + CELL[c][0], j + CELL[c][1], k + CELL[c][2]]);
                connectivity.extend(pattern.iter().flat_map(|element| element.iter().map(|&c| corner(c))));
            }
        }
    }
    connectivity
}

/// Names the faces on the six sides. Runs before the map, when side `x_min` is exactly x = 0.
fn name_sides(block: &mut VolumeMesh, counts: [usize; 3]) {
    const NAMES: [[&str; 2]; 3] = [["x_min", "x_max"], ["y_min", "y_max"], ["z_min", "z_max"]];
    let [nx, ny, _] = counts;
    let index = |node: u32| {
        let node = node as usize;
        [node % (nx + 1), node / (nx + 1) % (ny + 1), node / ((nx + 1) * (ny + 1))]
    };
    for (axis, names) in NAMES.iter().enumerate() {
        for (name, wanted) in names.iter().zip([0, counts[axis]]) {
            let mut faces = Vec::new();
            for (element, (kind, nodes)) in block.elements().enumerate() {
                for (side, face) in kind.faces().iter().enumerate() {
                    if face.iter().all(|&c| index(nodes[usize::from(c)])[axis] == wanted) {
                        faces.push(Face { element: element as u32, side: side as u8 });
                    }
                }
            }
            block.regions.insert((*name).to_owned(), Region::Faces(faces));
        }
    }
}

fn check_orientation(block: &VolumeMesh) -> Result<(), MeshingError> {
    for (element, (kind, nodes)) in block.elements().enumerate() {
        let corners: Vec<Point3<f64>> = nodes[..kind.corner_count()].iter().map(|&n| block.nodes[n as usize]).collect();
        let volume_mm3 = corner_volume(kind, &corners);
        if volume_mm3.is_nan() || volume_mm3 <= 0.0 {
            return Err(MeshingError::InvertedElement { element, volume_mm3 });
        }
    }
    Ok(())
}

/// Volume of the polyhedron with the element's corners, its quadrilaterals split in four at their centres.
fn corner_volume(kind: ElementKind, corners: &[Point3<f64>]) -> f64 {
    let origin = corners[0];
    let mut volume = 0.0;
    for face in kind.linear().faces() {
        let points: Vec<Point3<f64>> = face.iter().map(|&c| corners[usize::from(c)]).collect();
        let sum = points.iter().fold(Vector3::zeros(), |sum, p| sum + p.coords);
        let centre = Point3::from(sum / points.len() as f64);
        for k in 0..points.len() {
            volume += signed_volume(&[origin, points[k], points[(k + 1) % points.len()], centre]);
        }
    }
    volume
}

/// SplitMix64 (Steele, Lea & Flood 2014): small, seedable, the same everywhere.
pub(crate) struct Random(u64);

impl Random {
    pub(crate) fn new(seed: u64) -> Self {
        Self(seed)
    }

    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        z ^ (z >> 31)
    }

    /// Uniform in [-1, 1).
    pub(crate) fn symmetric(&mut self) -> f64 {
        (self.next() >> 11) as f64 / (1_u64 << 52) as f64 - 1.0
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const SOLIDS: [ElementKind; 6] = [
        ElementKind::Tet4,
        ElementKind::Tet10,
        ElementKind::Hex8,
        ElementKind::Hex20,
        ElementKind::Wedge6,
        ElementKind::Wedge15,
    ];

    fn volume(block: &VolumeMesh) -> f64 {
        block
            .elements()
            .map(|(kind, nodes)| {
                let corners: Vec<_> = nodes[..kind.corner_count()].iter().map(|&n| block.nodes[n as usize]).collect();
                corner_volume(kind, &corners)
            })
            .sum()
    }

    #[test]
    fn every_kind_fills_the_block_and_names_its_six_sides_completely() {
        let map = |[x, y, z]: [f64; 3]| Point3::new(2.0 * x + y, 3.0 * y, 4.0 * z - x);
        let (x, y, z) = (Vector3::new(2.0_f64, 0.0, -1.0), Vector3::new(1.0, 3.0, 0.0), Vector3::new(0.0, 0.0, 4.0));
        let sides = [("x_min", y.cross(&z)), ("y_max", x.cross(&z)), ("z_max", x.cross(&y))];
        for kind in SOLIDS {
            let block = distorted_block(kind, [3, 4, 2], Distortion { amplitude: 0.2, seed: 1 }, map).unwrap();
            block.validate().unwrap();
            assert!((volume(&block) - 24.0).abs() < 1e-12, "{kind}: {}", volume(&block));
            for (name, area) in sides {
                let Region::Faces(faces) = &block.regions[name] else { panic!("{name} is no face region") };
                let found: f64 = faces.iter().map(|&face| face_area(&block, face)).sum();
                assert!((found - area.norm()).abs() < 1e-12, "{kind} {name}: {found}");
            }
        }
    }

    fn face_area(block: &VolumeMesh, face: Face) -> f64 {
        let nodes = block.face_nodes(face).unwrap();
        let corners = if nodes.len() > 4 { nodes.len() / 2 } else { nodes.len() };
        let p: Vec<_> = nodes[..corners].iter().map(|&n| block.nodes[n as usize]).collect();
        (1..corners - 1).map(|k| 0.5 * (p[k] - p[0]).cross(&(p[k + 1] - p[0])).norm()).sum()
    }

    #[test]
    fn mid_edge_nodes_go_through_the_map() {
        let ring = |[x, y, z]: [f64; 3]| {
            let (radius, angle) = (1.0 + x, y * std::f64::consts::FRAC_PI_2);
            Point3::new(radius * angle.cos(), radius * angle.sin(), z)
        };
        let block = mapped_block(ElementKind::Hex20, [2, 3, 1], ring).unwrap();
        let Region::Faces(inner) = &block.regions["x_min"] else { panic!() };
        for &face in inner {
            for node in block.face_nodes(face).unwrap() {
                let p = block.nodes[node as usize];
                assert!((p.x.hypot(p.y) - 1.0).abs() < 1e-14, "{p}");
            }
        }
    }

    #[test]
    fn a_mirrored_map_and_an_empty_subdivision_are_refused() {
        let mirrored = mapped_block(ElementKind::Tet4, [1, 1, 1], |[x, y, z]| Point3::new(-x, y, z));
        assert!(matches!(mirrored, Err(MeshingError::InvertedElement { element: 0, .. })));
        let empty = mapped_block(ElementKind::Hex8, [1, 0, 1], |[x, y, z]| Point3::new(x, y, z));
        assert!(matches!(empty, Err(MeshingError::UnsupportedBlock { .. })));
    }
}
