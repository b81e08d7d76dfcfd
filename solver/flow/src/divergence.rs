//! The divergence and its transpose.

use crate::element::Geometry;
use crate::space::{FlowSpace, Table};
use control::{Cancelled, RunControl};
use fem::ShapeTable;
use linalg::SparseMatrix;
use nalgebra::Vector3;
use rayon::prelude::*;

/// Rows that one task computes.
const CHUNK: usize = 512;

/// D of (D u)_q = ∫ w ψ_q ∇·u, with ψ_q the shape function of pressure q and w a weight of each element. Stored by pressures
/// and by velocities, so that all products run in parallel over their rows.
#[derive(Debug)]
pub(crate) struct Divergence {
    by_pressure: Rows,
    by_velocity: Rows,
}

/// ∫ w ψ_q ∇N_a, sparse, row after row.
#[derive(Debug)]
struct Rows {
    offsets: Vec<usize>,
    columns: Vec<u32>,
    values: Vec<Vector3<f64>>,
}

impl Divergence {
    /// `weight` of each element, by its number.
    pub(crate) fn new(
        space: &FlowSpace,
        weight: impl Fn(usize) -> f64 + Sync,
        control: &RunControl,
    ) -> Result<Self, Cancelled> {
        let mut by_velocity = Rows { offsets: vec![0], columns: Vec::new(), values: Vec::new() };
        for node in 0..space.nodes() as u32 {
            let pressures = space.graph.neighbours(node).iter().map(|&other| space.pressure_of[other as usize]);
            by_velocity.columns.extend(pressures.filter(|&pressure| pressure != u32::MAX));
            by_velocity.offsets.push(by_velocity.columns.len());
        }
        by_velocity.values = vec![Vector3::zeros(); by_velocity.columns.len()];
        match &space.table {
            Table::Linear(table) => by_velocity.fill(space, table, weight, control)?,
            Table::Quadratic(table) => by_velocity.fill(space, table, weight, control)?,
        }
        Ok(Self { by_pressure: by_velocity.transposed(space.pressures()), by_velocity })
    }

    /// D u, mm³/s at each pressure.
    pub(crate) fn times(&self, u: &[Vector3<f64>]) -> Vec<f64> {
        self.by_pressure.dot(u)
    }

    /// Adds Dᵀ p to forces at the nodes.
    pub(crate) fn add_transpose_times(&self, p: &[f64], forces: &mut [Vector3<f64>]) {
        self.by_velocity.add_combination(p, forces);
    }

    /// Rows of K - Gᵀ M⁻¹ G with (G q)_a = ∫ w N_a ∇q, where velocities and pressures have the same nodes and shape functions, by
    /// the symmetric K and 1/√M at each node: for each row what lies beside the diagonal. Symmetric to the last bit.
    pub(crate) fn orthogonal(&self, stiffness: &SparseMatrix, root: &[f64]) -> Vec<Vec<(u32, f32)>> {
        let rows = self.by_velocity.offsets.len() - 1;
        let row = |sums: &mut Vec<f64>, row: usize| {
            let mut columns: Vec<u32> = Vec::new();
            let (middles, values) = self.by_velocity.row(row);
            for (&middle, value) in middles.iter().zip(values) {
                let (others, others_values) = self.by_pressure.row(middle as usize);
                let scale = root[middle as usize];
                let own = value * scale;
                for (&column, other) in others.iter().zip(others_values) {
                    sums[column as usize] -= own.dot(&(other * scale));
                }
                columns.extend_from_slice(others);
            }
            let (own, values) = stiffness.row(row);
            own.iter().zip(values).for_each(|(&column, value)| sums[column as usize] += value);
            columns.sort_unstable();
            columns.dedup();
            let taken = columns.into_iter().map(|column| (column, std::mem::take(&mut sums[column as usize]) as f32));
            taken.filter(|&(column, _)| column as usize != row).collect()
        };
        (0..rows).into_par_iter().with_min_len(CHUNK).map_init(|| vec![0.0; rows], row).collect()
    }
}

impl Rows {
    /// The sum over each row of its values times the vectors of their columns.
    fn dot(&self, vectors: &[Vector3<f64>]) -> Vec<f64> {
        let mut product = vec![0.0; self.offsets.len() - 1];
        product.par_chunks_mut(CHUNK).enumerate().for_each(|(chunk, part)| {
            for (k, sum) in part.iter_mut().enumerate() {
                let (columns, values) = self.row(chunk * CHUNK + k);
                *sum = columns.iter().zip(values).map(|(&column, value)| value.dot(&vectors[column as usize])).sum();
            }
        });
        product
    }

    /// Adds to each row's sum its values times the numbers of their columns.
    fn add_combination(&self, numbers: &[f64], sums: &mut [Vector3<f64>]) {
        sums.par_chunks_mut(CHUNK).enumerate().for_each(|(chunk, part)| {
            for (k, sum) in part.iter_mut().enumerate() {
                let (columns, values) = self.row(chunk * CHUNK + k);
                for (&column, value) in columns.iter().zip(values) {
                    *sum += value * numbers[column as usize];
                }
            }
        });
    }

    fn row(&self, row: usize) -> (&[u32], &[Vector3<f64>]) {
        let range = self.offsets[row]..self.offsets[row + 1];
        (&self.columns[range.clone()], &self.values[range])
    }

    fn fill<const N: usize>(
        &mut self,
        space: &FlowSpace,
        table: &ShapeTable<N>,
        weight: impl Fn(usize) -> f64 + Sync,
        control: &RunControl,
    ) -> Result<(), Cancelled> {
        let (offsets, columns) = (&self.offsets, &self.columns);
        let first = |row: usize| offsets[row];
        space.velocity.for_each_element::<N, Vector3<f64>>(
            &mut self.values,
            first,
            control,
            |number, nodes, sums, base| {
                let (own, mut part) = (weight(number), [[Vector3::zeros(); 4]; N]);
                Geometry::new(&space.points(nodes), space.is_straight[number]).for_each(
                    table,
                    |point, gradients, weight| {
                        let [x, y, z] = point.xi;
                        let corners = [1.0 - x - y - z, x, y, z];
                        for (row, gradient) in part.iter_mut().zip(gradients) {
                            let gradient = Vector3::from(*gradient) * own;
                            row.iter_mut().zip(corners).for_each(|(sum, psi)| *sum += gradient * (weight * psi));
                        }
                    },
                );
                for (row, &node) in part.iter().zip(nodes) {
                    let range = offsets[node as usize]..offsets[node as usize + 1];
                    for (value, &corner) in row.iter().zip(&nodes[..4]) {
                        let pressure = space.pressure_of[corner as usize];
                        // The graph has every pair of nodes of every element.
                        if let Ok(k) = columns[range.clone()].binary_search(&pressure) {
                            sums[range.start + k - base] += value;
                        }
                    }
                }
            },
        )
    }

    fn transposed(&self, rows: usize) -> Self {
        let mut offsets = vec![0; rows + 1];
        self.columns.iter().for_each(|&column| offsets[column as usize + 1] += 1);
        (0..rows).for_each(|row| offsets[row + 1] += offsets[row]);
        let mut next = offsets.clone();
        let (mut columns, mut values) = (vec![0; self.columns.len()], vec![Vector3::zeros(); self.values.len()]);
        for row in 0..self.offsets.len() - 1 {
            let (own, entries) = self.row(row);
            for (&column, value) in own.iter().zip(entries) {
                let at = next[column as usize];
                (columns[at], values[at]) = (row as u32, *value);
                next[column as usize] += 1;
            }
        }
        Self { offsets, columns, values }
    }
}
