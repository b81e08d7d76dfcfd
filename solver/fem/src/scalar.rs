//! Assembly for problems with one scalar matrix row a node.

use crate::{FemError, NodeGraph};
use control::{Cancelled, RunControl};
use linalg::{SparseMatrix, SparsityPattern};
use mesh::ElementBlock;
use nalgebra::Vector3;
use rayon::prelude::*;
use std::sync::Arc;

/// Parts that a pass has at most; a fixed number, so that results do not depend on the number of threads.
const MOST_PARTS: usize = 64;
/// Elements between two looks at the cancel flag.
const CHUNK: usize = 1024;

/// The prepared scatter of the elements of one block into a matrix with a row for every node, and into nodal vectors. Results
/// do not depend on the number of threads. Made for nodes in an order of small bandwidth ([`crate::narrow_order`]).
#[derive(Debug)]
pub struct ScalarAssembly {
    block: ElementBlock,
    pattern: Arc<SparsityPattern>,
    /// For each element and pair of its nodes (a, b) the place of b in the row of a.
    slots: Vec<u16>,
    passes: [Pass; 3],
}

/// Elements that are assembled side by side: those of part k have nodes in its rows alone.
#[derive(Debug)]
struct Pass {
    /// First row of each part, and the number of rows.
    bounds: Vec<usize>,
    elements: Vec<Vec<u32>>,
}

impl ScalarAssembly {
    /// Builds the pattern of `graph` (that of a mesh with this block alone) and every element's slots. Memory: 2 N² bytes an
    /// element of N nodes beside the pattern.
    ///
    /// # Errors
    /// [`FemError::TooManyNeighbours`].
    pub fn new(block: ElementBlock, graph: &NodeGraph) -> Result<Self, FemError> {
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
        let passes = passes(&block, graph.len());
        Ok(Self { block, pattern: Arc::new(SparsityPattern::new(graph.len(), offsets, columns)), slots, passes })
    }

    /// The pattern of the matrices.
    pub fn pattern(&self) -> &Arc<SparsityPattern> {
        &self.pattern
    }

    /// The matrix whose part of each element `local(element, nodes, part)` adds to a `part` of zeros.
    ///
    /// # Errors
    /// [`Cancelled`].
    ///
    /// # Panics
    /// When the elements have not `N` nodes.
    pub fn matrix<const N: usize>(
        &self,
        control: &RunControl,
        local: impl Fn(usize, &[u32; N], &mut [[f64; N]; N]) + Sync,
    ) -> Result<SparseMatrix, Cancelled> {
        let mut matrix = SparseMatrix::zeros(self.pattern.clone());
        self.add_to_matrix(&mut matrix, control, local)?;
        Ok(matrix)
    }

    /// Adds to `matrix` what [`Self::matrix`] makes.
    ///
    /// # Errors
    /// [`Cancelled`], with a part of it added.
    ///
    /// # Panics
    /// When the elements have not `N` nodes or `matrix` has another number of entries.
    pub fn add_to_matrix<const N: usize>(
        &self,
        matrix: &mut SparseMatrix,
        control: &RunControl,
        local: impl Fn(usize, &[u32; N], &mut [[f64; N]; N]) + Sync,
    ) -> Result<(), Cancelled> {
        assert_eq!(matrix.values.len(), self.pattern.entries(), "a matrix on the pattern");
        let offsets = self.pattern.row_offsets();
        let first = |row: usize| offsets[row];
        self.for_each_element::<N, f64>(&mut matrix.values, first, control, |element, nodes, values, base| {
            let mut part = [[0.0; N]; N];
            local(element, nodes, &mut part);
            let slots = &self.slots[element * N * N..(element + 1) * N * N];
            for ((&row, part), slots) in nodes.iter().zip(&part).zip(slots.chunks_exact(N)) {
                let values = &mut values[offsets[row as usize] - base..];
                for (value, &slot) in part.iter().zip(slots) {
                    values[usize::from(slot)] += *value;
                }
            }
        })
    }

    /// The nodal vectors whose part of each element `local(element, nodes, part)` adds to a `part` of zeros.
    ///
    /// # Errors
    /// [`Cancelled`].
    ///
    /// # Panics
    /// When the elements have not `N` nodes.
    pub fn vectors<const N: usize>(
        &self,
        control: &RunControl,
        local: impl Fn(usize, &[u32; N], &mut [Vector3<f64>; N]) + Sync,
    ) -> Result<Vec<Vector3<f64>>, Cancelled> {
        let mut vectors = vec![Vector3::zeros(); self.pattern.rows()];
        self.for_each_element::<N, Vector3<f64>>(
            &mut vectors,
            |row| row,
            control,
            |element, nodes, sums, base| {
                let mut part = [Vector3::zeros(); N];
                local(element, nodes, &mut part);
                nodes.iter().zip(&part).for_each(|(&node, value)| sums[node as usize - base] += value);
            },
        )?;
        Ok(vectors)
    }

    /// Calls `work` with each element, its nodes, the entries of `sums` that belong to the rows of its part, and the place of the
    /// first of them. `first` is the place of a row's first entry; it ascends.
    ///
    /// # Errors
    /// [`Cancelled`], with some elements left out.
    ///
    /// # Panics
    /// When the elements have not `N` nodes.
    pub fn for_each_element<const N: usize, T: Send>(
        &self,
        sums: &mut [T],
        first: impl Fn(usize) -> usize,
        control: &RunControl,
        work: impl Fn(usize, &[u32; N], &mut [T], usize) + Sync,
    ) -> Result<(), Cancelled> {
        assert_eq!(self.block.kind.node_count(), N, "parts of the block's elements");
        let (elements, _) = self.block.connectivity.as_chunks::<N>();
        for pass in &self.passes {
            let mut rest = &mut *sums;
            let mut tasks = Vec::with_capacity(pass.elements.len());
            for (rows, list) in pass.bounds.windows(2).zip(&pass.elements) {
                let base = first(rows[0]);
                let (part, later) = std::mem::take(&mut rest).split_at_mut(first(rows[1]) - base);
                tasks.push((part, base, list));
                rest = later;
            }
            tasks.into_par_iter().for_each(|(part, base, list)| {
                for chunk in list.chunks(CHUNK) {
                    if control.is_cancelled() {
                        return;
                    }
                    chunk.iter().for_each(|&e| work(e as usize, &elements[e as usize], part, base));
                }
            });
            control.check()?;
        }
        Ok(())
    }
}

/// Rows in parts of equal size, at least two bandwidths wide; then the elements that cross a bound between two parts, in parts from
/// middle to middle; then what is left, where a mesh is too small for that.
fn passes(block: &ElementBlock, rows: usize) -> [Pass; 3] {
    let ends = |element: &[u32]| {
        let (least, most) = element.iter().fold((u32::MAX, 0), |(low, high), &node| (low.min(node), high.max(node)));
        [least as usize, most as usize]
    };
    let bandwidth = block.elements().map(|element| ends(element)[1] - ends(element)[0]).max().unwrap_or(0);
    let count = (rows / (2 * (bandwidth + 1))).clamp(1, MOST_PARTS);
    let bounds: Vec<usize> = (0..=count).map(|k| rows * k / count).collect();
    let middles = bounds.windows(2).map(|pair| usize::midpoint(pair[0], pair[1]));
    let shifted: Vec<usize> = std::iter::once(0).chain(middles).chain([rows]).collect();
    let mut passes = [bounds, shifted, vec![0, rows]].map(|bounds| {
        let elements = vec![Vec::new(); bounds.len() - 1];
        Pass { bounds, elements }
    });
    let mut order: Vec<(usize, u32)> =
        (0_u32..).zip(block.elements()).map(|(number, element)| (ends(element)[0], number)).collect();
    order.sort_unstable();
    let count = block.kind.node_count();
    for (least, number) in order {
        let most = ends(&block.connectivity[number as usize * count..][..count])[1];
        for pass in &mut passes {
            let part = pass.bounds[1..].partition_point(|&bound| bound <= least);
            if most < pass.bounds[part + 1] {
                pass.elements[part].push(number);
                break;
            }
        }
    }
    passes
}

#[cfg(test)]
mod tests {
    use super::*;
    use mesh::{ElementKind, Point3, VolumeMesh};

    /// A strip of tetrahedra whose nodes are numbered along it, and one numbered at random: every element counts once.
    #[test]
    fn every_element_is_in_one_part_whose_rows_it_alone_touches() {
        let count = 3000_u32;
        for factor in [1, 1009] {
            let node = |k: u32| k * factor % (count + 3);
            let connectivity = (0..count).flat_map(|e| [e, e + 1, e + 2, e + 3].map(node)).collect();
            let mesh = VolumeMesh::new(vec![Point3::origin(); count as usize + 3], ElementKind::Tet4, connectivity);
            let graph = NodeGraph::new(&mesh, &RunControl::silent()).unwrap();
            let assembly = ScalarAssembly::new(mesh.blocks[0].clone(), &graph).unwrap();
            let control = RunControl::silent();
            let ones =
                assembly.matrix::<4>(&control, |_, _, part| part.iter_mut().for_each(|row| row.fill(1.0))).unwrap();
            let vectors = assembly
                .vectors::<4>(&control, |_, nodes, part| {
                    part.iter_mut().zip(nodes).for_each(|(v, &n)| v.x = f64::from(n))
                })
                .unwrap();
            for k in 0..count + 3 {
                let shared =
                    |other: u32| (0..count).filter(|e| [k, other].iter().all(|n| (*e..e + 4).contains(n))).count();
                let near = k.saturating_sub(4)..(k + 5).min(count + 3);
                for other in near.filter(|&other| k % 97 == 0 || k < 5 || other == k) {
                    assert_eq!(ones.entry(node(k) as usize, node(other) as usize), shared(other) as f64);
                }
                let own = ones.entry(node(k) as usize, node(k) as usize);
                assert_eq!(vectors[node(k) as usize].x, own * f64::from(node(k)));
            }
            let parts = assembly.passes[0].elements.len();
            assert!(if factor == 1 { parts == MOST_PARTS } else { parts < 4 }, "{parts}");
        }
    }
}
