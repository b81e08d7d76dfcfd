//! Mid-edge nodes of boundary edges put on the surface, as far as the elements stay valid.

use crate::MeshingError;
use crate::domain::Patch;
use crate::optimise::Boundary;
use crate::parallel::parallel_map;
use crate::surface::CurvedEdges;
use crate::tets::{Hold, TetMesh};
use control::{Cancelled, RunControl};
use mesh::{ElementKind, Point3, Vector3, VolumeMesh, shape};
use rayon::prelude::*;

/// Least Jacobian of a curved element over that of the straight one.
const LEAST_RATIO: f64 = 0.2;
/// Halvings of a displacement before the edge is left straight.
const HALVINGS: usize = 5;
/// Reach of a projection over the length of the edge.
const REACH: f64 = 0.5;

/// A boundary edge with its mid-edge node and the faces beside it.
struct CurvedEdge {
    node: u32,
    straight: Point3<f64>,
    displacement: Vector3<f64>,
    /// Part of it that is done, and how many times that was halved.
    factor: f64,
    halvings: usize,
}

/// Projects the mid-edge nodes of a Tet10 mesh made from `tets` by `to_quadratic`: on the wall or cap of the two faces
/// beside the edge, on the rim where these differ. A displacement is halved, at last undone, while an element at it has
/// a Jacobian below 0.2 of the straight one at a Gauss point (4- and 11-point rule) or node. `patches` holds the patch
/// of each boundary face.
pub(crate) fn curve(
    mesh: &mut VolumeMesh,
    tets: &TetMesh,
    boundary: &Boundary<'_>,
    patches: &[Patch],
    control: &RunControl,
) -> Result<CurvedEdges, MeshingError> {
    let mut edges = boundary_edges(mesh, tets, boundary, patches, control)?;
    let mut edge_of_node = vec![u32::MAX; mesh.nodes.len()];
    for (k, edge) in edges.iter().enumerate() {
        edge_of_node[edge.node as usize] = k as u32;
        mesh.nodes[edge.node as usize] = edge.straight + edge.displacement;
    }
    let gradients = test_gradients();
    let elements: Vec<&[u32]> = mesh.blocks.iter().flat_map(|block| block.elements()).collect();
    let curved: Vec<&[u32]> =
        elements.into_iter().filter(|nodes| nodes[4..].iter().any(|&n| edge_of_node[n as usize] != u32::MAX)).collect();
    let mut nodes = std::mem::take(&mut mesh.nodes);
    let mut ratios = vec![f64::INFINITY; curved.len()];
    let mut stale: Vec<usize> = (0..curved.len()).collect();
    while !stale.is_empty() {
        let new = parallel_map(&stale, control, |&k| jacobian_ratio(curved[k], &nodes, &gradients))?;
        stale.iter().zip(new).for_each(|(&k, ratio)| ratios[k] = ratio);
        let failing = stale.iter().filter(|&&k| ratios[k] < LEAST_RATIO).flat_map(|&k| &curved[k][4..]);
        let mut hit: Vec<u32> = failing.map(|&n| edge_of_node[n as usize]).collect();
        hit.retain(|&k| edges.get(k as usize).is_some_and(|edge| edge.factor > 0.0));
        hit.sort_unstable();
        hit.dedup();
        for &k in &hit {
            let edge = &mut edges[k as usize];
            edge.halvings += 1;
            edge.factor = if edge.halvings >= HALVINGS { 0.0 } else { 0.5 * edge.factor };
            nodes[edge.node as usize] = edge.straight + edge.displacement * edge.factor;
        }
        // An edge that gave way may have balanced a neighbour's: all elements at it are looked at again.
        let has_moved =
            |k: &usize| curved[*k][4..].iter().any(|&n| hit.binary_search(&edge_of_node[n as usize]).is_ok());
        stale = if hit.is_empty() { Vec::new() } else { (0..curved.len()).filter(has_moved).collect() };
    }
    mesh.nodes = nodes;
    Ok(CurvedEdges {
        boundary_edges: edges.len(),
        backed_off: edges.iter().filter(|edge| edge.factor < 1.0).count(),
        min_jacobian_ratio: ratios.into_iter().fold(1.0, f64::min),
        volume_mm3: curved_volume(mesh),
    })
}

fn boundary_edges(
    mesh: &VolumeMesh,
    tets: &TetMesh,
    boundary: &Boundary<'_>,
    patches: &[Patch],
    control: &RunControl,
) -> Result<Vec<CurvedEdge>, Cancelled> {
    let kind = ElementKind::Tet10;
    let connectivity = mesh.blocks.first().map_or(&[][..], |block| &block.connectivity);
    let mut sides: Vec<(u32, Patch, [u32; 2])> = Vec::with_capacity(3 * patches.len());
    for (face, &patch) in boundary.faces.iter().zip(patches) {
        let Some(element) = connectivity.chunks_exact(10).nth(face.tet as usize) else { continue };
        for node in kind.faces()[usize::from(face.side)][3..].iter().map(|&k| usize::from(k)) {
            let [a, b] = kind.edges()[node - 4];
            sides.push((element[node], patch, [element[usize::from(a)], element[usize::from(b)]]));
        }
    }
    sides.par_sort_unstable();
    let groups: Vec<&[(u32, Patch, [u32; 2])]> = sides.chunk_by(|s, t| s.0 == t.0).collect();
    parallel_map(&groups, control, |group| curved_edge(group, tets, boundary))
}

fn curved_edge(group: &[(u32, Patch, [u32; 2])], tets: &TetMesh, boundary: &Boundary<'_>) -> CurvedEdge {
    let (node, patch, ends) = group[0];
    let [a, b] = ends.map(|v| tets.points[v as usize]);
    let straight = nalgebra::center(&a, &b);
    let reach = REACH * (b - a).norm();
    let on_rim = ends.iter().all(|&v| matches!(tets.holds[v as usize], Hold::Rim | Hold::Fixed));
    let target = if group.iter().all(|side| side.1 == patch) {
        boundary.domain.project(&straight, patch, reach)
    } else if on_rim {
        boundary.rims.closest(&straight).filter(|(_, distance)| *distance <= reach).map(|(point, _)| point)
    } else {
        None
    };
    let displacement = target.map_or_else(Vector3::zeros, |target| target - straight);
    CurvedEdge { node, straight, displacement, factor: 1.0, halvings: 0 }
}

/// Reference gradients at the points of the 4- and 11-point rules and at the nodes.
fn test_gradients() -> Vec<[[f64; 3]; 10]> {
    let mut at = shape::gauss_points(ElementKind::Tet10);
    at.extend(shape::reference_nodes(ElementKind::Tet10));
    at.extend(keast_points());
    at.iter().map(ten_gradients).collect()
}

fn ten_gradients(xi: &[f64; 3]) -> [[f64; 3]; 10] {
    let all = shape::gradients(ElementKind::Tet10, xi);
    std::array::from_fn(|k| all[k])
}

/// Points of the rule of degree 4 with 11 points (Keast 1986, no. 5).
pub(crate) fn keast_points() -> Vec<[f64; 3]> {
    let (near, far) = (1.0 / 14.0, 11.0 / 14.0);
    let root = (5.0_f64 / 14.0).sqrt();
    let (a, b) = (0.25 * (1.0 + root), 0.25 * (1.0 - root));
    let mut points = vec![[0.25; 3], [near; 3], [far, near, near], [near, far, near], [near, near, far]];
    points.extend([[a, b, b], [b, a, b], [b, b, a], [a, a, b], [a, b, a], [b, a, a]]);
    points
}

/// Smallest determinant of the Jacobian over six times the volume of the corners.
fn jacobian_ratio(element: &[u32], nodes: &[Point3<f64>], gradients: &[[[f64; 3]; 10]]) -> f64 {
    let x: [Vector3<f64>; 10] = std::array::from_fn(|k| nodes[element[k] as usize].coords);
    let straight = (x[1] - x[0]).cross(&(x[2] - x[0])).dot(&(x[3] - x[0]));
    let mut least = f64::INFINITY;
    for point in gradients {
        let mut columns = [Vector3::zeros(); 3];
        for (x, gradient) in x.iter().zip(point) {
            for (column, g) in columns.iter_mut().zip(gradient) {
                *column += x * *g;
            }
        }
        least = least.min(columns[0].cross(&columns[1]).dot(&columns[2]));
    }
    least / straight
}

/// Volume of a Tet10 mesh in mm³, exact: the Jacobian is a cubic polynomial, the rule has degree 4.
fn curved_volume(mesh: &VolumeMesh) -> f64 {
    let weights = keast_weights();
    let gradients: Vec<[[f64; 3]; 10]> = keast_points().iter().map(ten_gradients).collect();
    let connectivity = mesh.blocks.first().map_or(&[][..], |block| &block.connectivity);
    let blocks: Vec<f64> = connectivity
        .par_chunks(10 * 4096)
        .map(|block| {
            let mut sum = 0.0;
            for element in block.chunks_exact(10) {
                let points: [Point3<f64>; 10] = std::array::from_fn(|k| mesh.nodes[element[k] as usize]);
                for (gradient, weight) in gradients.iter().zip(&weights) {
                    sum += weight * shape::jacobian(&points, gradient).determinant();
                }
            }
            sum
        })
        .collect();
    blocks.iter().sum()
}

/// Weights of [`keast_points`]; they sum to the volume 1/6 of the reference tetrahedron.
fn keast_weights() -> [f64; 11] {
    let (centre, near, middle) = (-74.0 / 5625.0, 343.0 / 45000.0, 28.0 / 1125.0);
    std::array::from_fn(|k| match k {
        0 => centre,
        1..=4 => near,
        _ => middle,
    })
}
