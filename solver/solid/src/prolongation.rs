//! The vertex space inside a second-order mesh, and the rigid motions: what multigrid solvers need to know.

use fem::DofMap;
use linalg::{SparseMatrix, SparsityPattern};
use mesh::{Point3, Vector3, VolumeMesh};
use nalgebra::Matrix3;
use std::sync::Arc;

/// The corners that a mid-edge node lies between; `None` for corners and for nodes without elements.
fn parents(mesh: &VolumeMesh) -> Vec<Option<[u32; 2]>> {
    let mut parents = vec![None; mesh.nodes.len()];
    for (kind, nodes) in mesh.elements().filter(|(kind, _)| kind.order() == 2) {
        for (k, edge) in kind.edges().iter().enumerate() {
            parents[nodes[kind.corner_count() + k] as usize] = Some(edge.map(|corner| nodes[usize::from(corner)]));
        }
    }
    // A node that is a corner of another element (mixed meshes) has its own place in the vertex space.
    for (kind, nodes) in mesh.elements() {
        nodes[..kind.corner_count()].iter().for_each(|&node| parents[node as usize] = None);
    }
    parents
}

/// Interpolates from the free unknowns of the corner nodes to all free unknowns: u_mid = (u_a + u_b)/2, in the frames of
/// the nodes. Rows: unknowns; columns: unknowns of corners, in node order. `None` for a first-order mesh.
pub(crate) fn vertex_prolongation(mesh: &VolumeMesh, dofs: &DofMap) -> Option<SparseMatrix> {
    let parents = parents(mesh);
    if parents.iter().all(Option::is_none) {
        return None;
    }
    let mut first_column = Vec::with_capacity(parents.len());
    let mut columns = 0u32;
    for (node, parent) in parents.iter().enumerate() {
        first_column.push(columns);
        if parent.is_none() {
            columns += dofs.node(node as u32).free.count_ones();
        }
    }
    let (mut offsets, mut indices, mut values) = (vec![0], Vec::new(), Vec::new());
    for (node, parent) in parents.iter().enumerate() {
        let own = dofs.node(node as u32);
        for (k, i) in own.components().enumerate() {
            match parent {
                None => {
                    indices.push(first_column[node] + k as u32);
                    values.push(1.0);
                }
                Some(ends) => {
                    let mut row: Vec<(u32, f64)> = ends
                        .iter()
                        .flat_map(|&end| half(dofs, node as u32, i, end, first_column[end as usize]))
                        .collect();
                    row.sort_by_key(|(column, _)| *column);
                    for (column, value) in row {
                        indices.push(column);
                        values.push(value);
                    }
                }
            }
            offsets.push(indices.len());
        }
    }
    Some(SparseMatrix::new(Arc::new(SparsityPattern::new(columns as usize, offsets, indices)), values))
}

/// Row `i` of Q_mᵀ Q_e / 2 over the free components of the corner `end`, without zeros.
fn half(dofs: &DofMap, node: u32, i: usize, end: u32, first: u32) -> Vec<(u32, f64)> {
    let frame = |node: u32| dofs.frame(node).copied().unwrap_or_else(Matrix3::identity);
    let turn = frame(node).tr_mul(&frame(end)) * 0.5;
    let free = dofs.node(end).components().enumerate();
    free.map(|(k, j)| (first + k as u32, turn[(i, j)])).filter(|(_, value)| *value != 0.0).collect()
}

/// The six rigid motions as vectors of the free unknowns, lengths in units of the body's size.
pub(crate) fn rigid_motions(mesh: &VolumeMesh, dofs: &DofMap) -> Vec<Vec<f64>> {
    let (low, high) = mesh.bounds().unwrap_or((Point3::origin(), Point3::origin()));
    let (centre, size) = (nalgebra::center(&low, &high), (high - low).norm().max(f64::MIN_POSITIVE));
    let motion = |k: usize| -> Vec<Vector3<f64>> {
        let e = Vector3::ith(k % 3, 1.0);
        mesh.nodes.iter().map(|x| if k < 3 { e } else { e.cross(&((x - centre) / size)) }).collect()
    };
    (0..6).map(|k| dofs.restrict(&motion(k))).collect()
}
