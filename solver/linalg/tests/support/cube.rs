//! Linear elasticity on the unit cube, assembled plainly: matrices for tests and measurements of the solvers.
//!
//! The cube is cut into n³ cells of six Kuhn tetrahedra (or one hexahedron) each; the face z = 0 is clamped by
//! elimination. E = 1000 in the lower half, `contrast` times that in the upper half, ν = 0.3.

#![allow(dead_code, reason = "every test and example uses its own part of this generator")]
#![expect(clippy::unwrap_used, reason = "a test generator fails by panicking")]

use linalg::{SparseMatrix, SparsityPattern};
use std::sync::Arc;

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Element {
    Tet4,
    Tet10,
    Hex8,
}

pub(crate) struct Cube {
    pub(crate) matrix: SparseMatrix,
    pub(crate) dof_to_node: Vec<u32>,
    /// Component 0..3 of every dof.
    pub(crate) component: Vec<u8>,
    /// Coordinates of all nodes, clamped ones included.
    pub(crate) points: Vec<[f64; 3]>,
    /// From free vertex dofs to free dofs (Tet10 only).
    pub(crate) prolongation: Option<SparseMatrix>,
}

type Gradients = Vec<[f64; 3]>;

/// The six Kuhn tetrahedra of the unit cell, as corners 0..8 (bit 0 = x, 1 = y, 2 = z), positively oriented.
fn kuhn() -> [[usize; 4]; 6] {
    [[0, 1, 3, 7], [0, 3, 2, 7], [0, 2, 6, 7], [0, 6, 4, 7], [0, 4, 5, 7], [0, 5, 1, 7]]
}

const EDGES: [(usize, usize); 6] = [(0, 1), (1, 2), (0, 2), (0, 3), (1, 3), (2, 3)];

fn corner(index: usize) -> [f64; 3] {
    [(index & 1) as f64, (index >> 1 & 1) as f64, (index >> 2 & 1) as f64]
}

/// Gradients of the barycentric coordinates and six times the volume.
fn barycentric(vertices: &[[f64; 3]; 4]) -> ([[f64; 3]; 4], f64) {
    let sub = |a: [f64; 3], b: [f64; 3]| [a[0] - b[0], a[1] - b[1], a[2] - b[2]];
    let cross =
        |a: [f64; 3], b: [f64; 3]| [a[1] * b[2] - a[2] * b[1], a[2] * b[0] - a[0] * b[2], a[0] * b[1] - a[1] * b[0]];
    let (e1, e2, e3) = (sub(vertices[1], vertices[0]), sub(vertices[2], vertices[0]), sub(vertices[3], vertices[0]));
    let n1 = cross(e2, e3);
    let det = e1[0] * n1[0] + e1[1] * n1[1] + e1[2] * n1[2];
    let scale = |v: [f64; 3]| [v[0] / det, v[1] / det, v[2] / det];
    let (g1, g2, g3) = (scale(n1), scale(cross(e3, e1)), scale(cross(e1, e2)));
    ([[-g1[0] - g2[0] - g3[0], -g1[1] - g2[1] - g3[1], -g1[2] - g2[2] - g3[2]], g1, g2, g3], det)
}

/// Integration points of an element in a cell of side h: weights and shape gradients.
fn integration(element: Element, tet: usize, h: f64) -> Vec<(f64, Gradients)> {
    if element == Element::Hex8 {
        let g = 0.5 / 3f64.sqrt();
        let mut out = Vec::new();
        for q in 0..8 {
            let x: Vec<f64> = (0..3).map(|d| 0.5 + if q >> d & 1 == 1 { g } else { -g }).collect();
            let gradients = (0..8)
                .map(|a| {
                    let bit = |d: usize| a >> d & 1 == 1;
                    let value = |d: usize| if bit(d) { x[d] } else { 1.0 - x[d] };
                    let sign = |d: usize| if bit(d) { 1.0 / h } else { -1.0 / h };
                    [sign(0) * value(1) * value(2), value(0) * sign(1) * value(2), value(0) * value(1) * sign(2)]
                })
                .collect();
            out.push((h * h * h / 8.0, gradients));
        }
        return out;
    }
    let vertices = kuhn()[tet].map(|v| corner(v).map(|x| x * h));
    let (dl, det) = barycentric(&vertices);
    assert!(det > 0.0);
    if element == Element::Tet4 {
        return vec![(det / 6.0, dl.to_vec())];
    }
    let (a, b) = (0.585_410_196_624_968_5, 0.138_196_601_125_010_5);
    (0..4)
        .map(|q| {
            let l: [f64; 4] = std::array::from_fn(|i| if i == q { a } else { b });
            let mut gradients: Gradients =
                (0..4).map(|i| std::array::from_fn(|d| (4.0 * l[i] - 1.0) * dl[i][d])).collect();
            for (i, j) in EDGES {
                gradients.push(std::array::from_fn(|d| 4.0 * (l[i] * dl[j][d] + l[j] * dl[i][d])));
            }
            (det / 24.0, gradients)
        })
        .collect()
}

fn stiffness(points: &[(f64, Gradients)], young: f64) -> Vec<f64> {
    let poisson = 0.3;
    let lambda = young * poisson / ((1.0 + poisson) * (1.0 - 2.0 * poisson));
    let mu = young / (2.0 * (1.0 + poisson));
    let n = points[0].1.len();
    let mut k = vec![0.0; 9 * n * n];
    for (weight, g) in points {
        for a in 0..n {
            for b in 0..n {
                let dot = g[a][0] * g[b][0] + g[a][1] * g[b][1] + g[a][2] * g[b][2];
                for i in 0..3 {
                    for j in 0..3 {
                        let delta = if i == j { mu * dot } else { 0.0 };
                        k[(3 * a + i) * 3 * n + 3 * b + j] +=
                            weight * (lambda * g[a][i] * g[b][j] + mu * g[a][j] * g[b][i] + delta);
                    }
                }
            }
        }
    }
    k
}

/// The clamped cube with `n` cells a side; `contrast` scales the modulus of the upper half.
pub(crate) fn cube(element: Element, n: usize, contrast: f64) -> Cube {
    block(element, [n; 3], contrast)
}

/// A block of n.x × n.y × n.z cubic cells, of height 1.
pub(crate) fn block(element: Element, n: [usize; 3], contrast: f64) -> Cube {
    let step = if element == Element::Tet10 { 2 } else { 1 };
    let side = n.map(|n| step * n + 1);
    let node = |x: usize, y: usize, z: usize| (z * side[1] + y) * side[0] + x;
    let points: Vec<[f64; 3]> = (0..side[0] * side[1] * side[2])
        .map(|k| lattice_point(k, side).map(|i| i as f64 / (side[2] - 1) as f64))
        .collect();
    // Free dofs: all nodes but those on z = 0.
    let clamped = side[0] * side[1];
    let dofs = 3 * (points.len() - clamped);
    let dof = |node: usize, component: usize| (node >= clamped).then(|| (3 * (node - clamped) + component) as u32);
    let dof_to_node: Vec<u32> = (0..dofs).map(|d| (d / 3 + clamped) as u32).collect();
    let component = (0..dofs).map(|d| (d % 3) as u8).collect();
    let kinds = if element == Element::Hex8 { 1 } else { 6 };
    let matrices: Vec<Vec<f64>> =
        (0..kinds).map(|t| stiffness(&integration(element, t, 1.0 / n[2] as f64), 1000.0)).collect();
    let mut element_dofs: Vec<u32> = Vec::new();
    let mut offsets = vec![0usize];
    let mut scale = Vec::new();
    for cell in 0..n[0] * n[1] * n[2] {
        let [x, y, z] = lattice_point(cell, n);
        let at = |c: [usize; 3]| node(step * x + c[0], step * y + c[1], step * z + c[2]);
        let lattice = |v: usize| [v & 1, v >> 1 & 1, v >> 2 & 1].map(|b| b * step);
        for t in 0..kinds {
            let nodes: Vec<usize> = if element == Element::Hex8 {
                (0..8).map(|v| at(lattice(v))).collect()
            } else {
                let mut list: Vec<[usize; 3]> = kuhn()[t].iter().map(|&v| lattice(v)).collect();
                if element == Element::Tet10 {
                    for (i, j) in EDGES {
                        list.push(std::array::from_fn(|d| (list[i][d] + list[j][d]) / 2));
                    }
                }
                list.into_iter().map(at).collect()
            };
            for node in nodes {
                element_dofs.extend((0..3).map(|c| dof(node, c).unwrap_or(u32::MAX)));
            }
            offsets.push(element_dofs.len());
            scale.push(if 2 * z >= n[2] { contrast } else { 1.0 });
        }
    }
    let pattern = Arc::new(SparsityPattern::from_elements(dofs, &offsets, &element_dofs));
    let mut matrix = SparseMatrix::zeros(pattern.clone());
    for (e, window) in offsets.windows(2).enumerate() {
        let list = &element_dofs[window[0]..window[1]];
        let k = &matrices[e % kinds];
        for (a, &row) in list.iter().enumerate().filter(|(_, row)| **row != u32::MAX) {
            for (b, &column) in list.iter().enumerate().filter(|(_, column)| **column != u32::MAX) {
                let position = pattern.position(row as usize, column).unwrap();
                matrix.values[position] += scale[e] * k[a * list.len() + b];
            }
        }
    }
    let prolongation = (element == Element::Tet10).then(|| prolongation(n, dofs));
    Cube { matrix, dof_to_node, component, points, prolongation }
}

/// Lattice coordinates of the point number k.
fn lattice_point(k: usize, side: [usize; 3]) -> [usize; 3] {
    [k % side[0], k / side[0] % side[1], k / (side[0] * side[1])]
}

/// Linear interpolation from the free vertex dofs of the Tet10 cube to all its free dofs.
fn prolongation(n: [usize; 3], dofs: usize) -> SparseMatrix {
    let (side, coarse) = (n.map(|n| 2 * n + 1), n.map(|n| n + 1));
    let clamped = side[0] * side[1];
    let mut offsets = vec![0];
    let mut columns = Vec::new();
    let mut values = Vec::new();
    for d in 0..dofs {
        let (k, c) = (d / 3 + clamped, d % 3);
        let x = lattice_point(k, side);
        // A half-lattice point is the middle of the edge between its floor and its ceiling (Kuhn's diagonals).
        let low: [usize; 3] = x.map(|i| i / 2);
        let high: [usize; 3] = x.map(|i| i.div_ceil(2));
        let mut ends = vec![low];
        if high != low {
            ends.push(high);
        }
        let weight = 1.0 / ends.len() as f64;
        for end in ends.into_iter().filter(|end| end[2] > 0) {
            let vertex = ((end[2] - 1) * coarse[1] + end[1]) * coarse[0] + end[0];
            columns.push((3 * vertex + c) as u32);
            values.push(weight);
        }
        offsets.push(columns.len());
    }
    let pattern = SparsityPattern::new(3 * n[2] * coarse[0] * coarse[1], offsets, columns);
    SparseMatrix::new(Arc::new(pattern), values)
}
