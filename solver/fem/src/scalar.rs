//! Assembly for problems with one scalar matrix row a node.

use crate::assembly::Accumulator;
use crate::colour::Colouring;
use crate::{FemError, NodeGraph};
use control::{Cancelled, RunControl};
use linalg::{SparseMatrix, SparsityPattern};
use mesh::{ElementBlock, Point3};
use nalgebra::Vector3;
use rayon::prelude::*;
use std::sync::Arc;

/// The prepared scatter of the elements of one block into a matrix with a row for every node, and into nodal vectors. Results
/// do not depend on the number of threads.
#[derive(Debug)]
pub struct ScalarAssembly {
    block: ElementBlock,
    pattern: Arc<SparsityPattern>,
    colouring: Colouring,
    /// For each element and pair of its nodes (a, b) the place of b in the row of a.
    slots: Vec<u16>,
}

impl ScalarAssembly {
    /// Builds the pattern of `graph` (that of a mesh with this block alone) and every element's slots. Memory: 2 N² bytes an
    /// element of N nodes beside the pattern.
    ///
    /// # Errors
    /// [`FemError::TooManyNeighbours`].
    pub fn new(nodes: &[Point3<f64>], block: ElementBlock, graph: &NodeGraph) -> Result<Self, FemError> {
        let limit = usize::from(u16::MAX);
        let mut offsets = vec![0];
        let mut columns = Vec::with_capacity(graph.pairs());
        for node in 0..graph.len() as u32 {
            let neighbours = graph.neighbours(node);
            if neighbours.len() > limit {
                return Err(FemError::TooManyNeighbours { node, coupled: neighbours.len(), limit });
            }
            columns.extend_from_slice(neighbours);
            offsets.push(columns.len());
        }
        let n = block.kind.node_count();
        let mut slots = vec![0; block.len() * n * n];
        slots.par_chunks_mut(n * n).zip(block.connectivity.par_chunks(n)).for_each(|(slots, element)| {
            for (a, &row) in element.iter().enumerate() {
                for (b, column) in element.iter().enumerate() {
                    // The graph holds every pair of nodes of every element.
                    slots[a * n + b] = graph.neighbours(row).binary_search(column).unwrap_or(0) as u16;
                }
            }
        });
        let colouring = Colouring::new(nodes, &block);
        Ok(Self { block, pattern: Arc::new(SparsityPattern::new(graph.len(), offsets, columns)), colouring, slots })
    }

    /// The pattern of the matrices.
    pub fn pattern(&self) -> &Arc<SparsityPattern> {
        &self.pattern
    }

    /// The matrix whose part of each element `local(element, nodes, part)` adds to a `part` of zeros.
    ///
    /// # Panics
    /// When the elements have not `N` nodes.
    pub fn matrix<const N: usize>(
        &self,
        control: &RunControl,
        local: impl Fn(usize, &[u32; N], &mut [[f64; N]; N]) + Sync,
    ) -> Result<SparseMatrix, Cancelled> {
        let sums = Accumulator::zeros(self.pattern.entries());
        let offsets = self.pattern.row_offsets();
        self.for_each_element::<N>(control, |element, nodes| {
            let mut part = [[0.0; N]; N];
            local(element, nodes, &mut part);
            let slots = &self.slots[element * N * N..(element + 1) * N * N];
            for (a, (&row, values)) in nodes.iter().zip(&part).enumerate() {
                let first = offsets[row as usize];
                for (value, &slot) in values.iter().zip(&slots[a * N..(a + 1) * N]) {
                    sums.add(first + usize::from(slot), *value);
                }
            }
        })?;
        Ok(SparseMatrix::new(self.pattern.clone(), sums.into_values()))
    }

    /// The nodal vectors whose part of each element `local(element, nodes, part)` adds to a `part` of zeros.
    ///
    /// # Panics
    /// When the elements have not `N` nodes.
    pub fn vectors<const N: usize>(
        &self,
        control: &RunControl,
        local: impl Fn(usize, &[u32; N], &mut [Vector3<f64>; N]) + Sync,
    ) -> Result<Vec<Vector3<f64>>, Cancelled> {
        let sums = Accumulator::zeros(3 * self.pattern.rows());
        self.for_each_element::<N>(control, |element, nodes| {
            let mut part = [Vector3::zeros(); N];
            local(element, nodes, &mut part);
            for (&node, value) in nodes.iter().zip(&part) {
                (0..3).for_each(|i| sums.add(3 * node as usize + i, value[i]));
            }
        })?;
        Ok(sums.into_vectors())
    }

    fn for_each_element<const N: usize>(
        &self,
        control: &RunControl,
        work: impl Fn(usize, &[u32; N]) + Sync,
    ) -> Result<(), Cancelled> {
        assert_eq!(self.block.kind.node_count(), N, "parts of the block's elements");
        let (elements, _) = self.block.connectivity.as_chunks::<N>();
        for colour in &self.colouring.colours {
            control.check()?;
            colour.par_iter().for_each(|&chunk| {
                for &element in self.colouring.chunk(chunk) {
                    work(element as usize, &elements[element as usize]);
                }
            });
        }
        Ok(())
    }
}
