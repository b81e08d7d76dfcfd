use crate::colour::Colouring;
use crate::{AssemblyError, DofMap, ElementKernel, FemError, NodeGraph, NodeMatrix};
use control::RunControl;
use linalg::{SparseMatrix, SparsityPattern};
use mesh::{ElementBlock, VolumeMesh};
use nalgebra::{Matrix3, Vector3};
use rayon::prelude::*;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

/// Floating-point cells that several threads add to, one thread a cell at any time.
///
/// Chunks of one colour share no node, hence no cell: a load and a store are enough, without a read-modify-write, and
/// the order of the additions into a cell is that of the colours.
#[derive(Debug)]
pub struct Accumulator {
    cells: Vec<AtomicU64>,
}

impl Accumulator {
    /// `length` cells of 0.
    pub fn zeros(length: usize) -> Self {
        Self { cells: (0..length).map(|_| AtomicU64::new(0)).collect() }
    }

    /// Adds `value` to cell `index`; no other thread may add to the same cell meanwhile.
    pub fn add(&self, index: usize, value: f64) {
        let cell = &self.cells[index];
        cell.store((f64::from_bits(cell.load(Ordering::Relaxed)) + value).to_bits(), Ordering::Relaxed);
    }

    /// The sums.
    pub fn into_values(self) -> Vec<f64> {
        self.cells.into_iter().map(|cell| f64::from_bits(cell.into_inner())).collect()
    }

    /// The sums as vectors of three.
    pub fn into_vectors(self) -> Vec<Vector3<f64>> {
        let values = self.into_values();
        values.chunks_exact(3).map(|v| Vector3::new(v[0], v[1], v[2])).collect()
    }
}

/// The prepared scatter of a mesh's elements into the matrix of its free unknowns.
#[derive(Debug)]
pub struct Assembly<'m> {
    mesh: &'m VolumeMesh,
    dofs: &'m DofMap,
    graph: NodeGraph,
    pattern: Arc<SparsityPattern>,
    /// For each (node, neighbour) pair: where the neighbour's first unknown stands in the rows of the node.
    row_places: Vec<u16>,
    blocks: Vec<BlockPlan>,
}

#[derive(Debug)]
struct BlockPlan {
    colouring: Colouring,
    /// For each element and pair of its nodes (a, b) the place of b in the rows of a.
    slots: Vec<u16>,
}

impl<'m> Assembly<'m> {
    /// Builds the pattern and every element's slots. Memory: 6 bytes a (node, neighbour) pair, 2 N² bytes an element of N
    /// nodes, and the pattern itself.
    pub fn new(mesh: &'m VolumeMesh, dofs: &'m DofMap, control: &RunControl) -> Result<Self, FemError> {
        if let Some((block, found)) = mesh.blocks.iter().enumerate().find(|(_, b)| b.kind.dimension() != 3) {
            return Err(FemError::NotSolid { block, kind: found.kind });
        }
        let graph = NodeGraph::new(mesh, control)?;
        let (pattern, row_places) = build_pattern(&graph, dofs)?;
        let mut assembly = Self { mesh, dofs, graph, pattern: Arc::new(pattern), row_places, blocks: Vec::new() };
        for block in &mesh.blocks {
            control.check()?;
            let plan = BlockPlan { colouring: Colouring::new(&mesh.nodes, block), slots: assembly.slots(block) };
            assembly.blocks.push(plan);
        }
        Ok(assembly)
    }

    /// The pattern of the matrix.
    pub fn pattern(&self) -> &Arc<SparsityPattern> {
        &self.pattern
    }

    /// Which nodes share an element.
    pub fn graph(&self) -> &NodeGraph {
        &self.graph
    }

    /// Number of colours of block `block`, for reports.
    pub fn colours(&self, block: usize) -> usize {
        self.blocks[block].colouring.colours.len()
    }

    /// A matrix accumulator of zeros on the pattern.
    pub fn matrix_accumulator(&self) -> Accumulator {
        Accumulator::zeros(self.pattern.entries())
    }

    /// A nodal vector accumulator of zeros, three components a node.
    pub fn vector_accumulator(&self) -> Accumulator {
        Accumulator::zeros(3 * self.mesh.nodes.len())
    }

    /// The matrix of what was accumulated.
    pub fn into_matrix(&self, values: Accumulator) -> SparseMatrix {
        SparseMatrix::new(self.pattern.clone(), values.into_values())
    }

    /// Adds the tangents of block `block` at the nodal displacements `displacement` into `matrix`.
    pub fn add_tangent<const N: usize, K: ElementKernel<N>>(
        &self,
        block: usize,
        kernel: &K,
        displacement: &[Vector3<f64>],
        matrix: &Accumulator,
        control: &RunControl,
    ) -> Result<(), AssemblyError<K::Error>> {
        let plan = &self.blocks[block];
        self.for_each_element::<N, _, _>(block, control, NodeMatrix::<N>::default, |tangent, element, nodes| {
            tangent.clear();
            kernel.tangent(element, &gather(displacement, nodes), tangent)?;
            self.scatter(nodes, &plan.slots[element * N * N..(element + 1) * N * N], tangent, matrix);
            Ok(())
        })
    }

    /// Adds the internal forces of block `block` at the nodal displacements `displacement` into `force`, which has three
    /// cells a node, constrained ones included.
    pub fn add_internal_force<const N: usize, K: ElementKernel<N>>(
        &self,
        block: usize,
        kernel: &K,
        displacement: &[Vector3<f64>],
        force: &Accumulator,
        control: &RunControl,
    ) -> Result<(), AssemblyError<K::Error>> {
        self.for_each_element::<N, _, _>(
            block,
            control,
            || [Vector3::zeros(); N],
            |local, element, nodes| {
                *local = [Vector3::zeros(); N];
                kernel.internal_force(element, &gather(displacement, nodes), local)?;
                for (&node, f) in nodes.iter().zip(local.iter()) {
                    (0..3).for_each(|i| force.add(3 * node as usize + i, f[i]));
                }
                Ok(())
            },
        )
    }

    /// Adds `block` to the coupling of `row` and `column`, two nodes of one element (springs, foundations). Not for use
    /// in parallel.
    pub fn add_coupling(&self, row: u32, column: u32, block: &Matrix3<f64>, matrix: &Accumulator) {
        if let Ok(k) = self.graph.neighbours(row).binary_search(&column) {
            let place = self.row_places[self.graph.range(row).start + k];
            self.add_block(row, column, place, block, matrix);
        }
    }

    fn for_each_element<const N: usize, T, E: Send>(
        &self,
        block: usize,
        control: &RunControl,
        scratch: impl Fn() -> T + Sync,
        work: impl Fn(&mut T, usize, &[u32; N]) -> Result<(), E> + Sync,
    ) -> Result<(), AssemblyError<E>> {
        let (elements, _) = self.mesh.blocks[block].connectivity.as_chunks::<N>();
        let colouring = &self.blocks[block].colouring;
        for colour in &colouring.colours {
            let failure = colour
                .par_iter()
                .filter_map(|&chunk| {
                    if control.is_cancelled() {
                        return None;
                    }
                    let mut scratch = scratch();
                    colouring.chunk(chunk).iter().find_map(|&e| {
                        let element = e as usize;
                        work(&mut scratch, element, &elements[element]).err().map(|source| (element, source))
                    })
                })
                .min_by_key(|(element, _)| *element);
            control.check()?;
            if let Some((element, source)) = failure {
                return Err(AssemblyError::Element { element, source });
            }
        }
        Ok(())
    }

    fn scatter<const N: usize>(&self, nodes: &[u32; N], slots: &[u16], local: &NodeMatrix<N>, matrix: &Accumulator) {
        for a in 0..N {
            for b in 0..N {
                self.add_block(nodes[a], nodes[b], slots[a * N + b], &local.blocks[a][b], matrix);
            }
        }
    }

    fn add_block(&self, row: u32, column: u32, place: u16, block: &Matrix3<f64>, matrix: &Accumulator) {
        let (rows, columns) = (self.dofs.node(row), self.dofs.node(column));
        let offsets = &self.pattern.row_offsets()[rows.first as usize..];
        if rows.free & columns.free == 0b111 {
            for i in 0..3 {
                let start = offsets[i] + usize::from(place);
                (0..3).for_each(|j| matrix.add(start + j, block[(i, j)]));
            }
            return;
        }
        let block = self.in_frames(row, column, block);
        for (k, i) in rows.components().enumerate() {
            let start = offsets[k] + usize::from(place);
            for (l, j) in columns.components().enumerate() {
                matrix.add(start + l, block[(i, j)]);
            }
        }
    }

    /// Q_aᵀ K_ab Q_b where the nodes have frames. A node with a frame is never wholly free.
    fn in_frames(&self, row: u32, column: u32, block: &Matrix3<f64>) -> Matrix3<f64> {
        let left = self.dofs.frame(row).map_or(*block, |q| q.tr_mul(block));
        self.dofs.frame(column).map_or(left, |q| left * q)
    }

    fn slots(&self, block: &ElementBlock) -> Vec<u16> {
        let n = block.kind.node_count();
        let mut slots = vec![0; block.len() * n * n];
        slots.par_chunks_mut(n * n).zip(block.connectivity.par_chunks(n)).for_each(|(slots, nodes)| {
            for (a, &row) in nodes.iter().enumerate() {
                let places = &self.row_places[self.graph.range(row)];
                let neighbours = self.graph.neighbours(row);
                for (b, column) in nodes.iter().enumerate() {
                    // The graph holds every pair of nodes of every element.
                    slots[a * n + b] = neighbours.binary_search(column).map_or(0, |k| places[k]);
                }
            }
        });
        slots
    }
}

fn gather<const N: usize>(nodal: &[Vector3<f64>], nodes: &[u32; N]) -> [Vector3<f64>; N] {
    nodes.map(|node| nodal[node as usize])
}

fn build_pattern(graph: &NodeGraph, dofs: &DofMap) -> Result<(SparsityPattern, Vec<u16>), FemError> {
    let limit = usize::from(u16::MAX);
    let mut places = Vec::with_capacity(graph.pairs());
    let mut offsets = Vec::with_capacity(dofs.len() + 1);
    offsets.push(0);
    let mut total = 0;
    for node in 0..graph.len() as u32 {
        let mut place = 0;
        for &other in graph.neighbours(node) {
            places.push(place.min(limit) as u16);
            place += dofs.node(other).free.count_ones() as usize;
        }
        if place > limit {
            return Err(FemError::TooManyNeighbours { node, coupled: place, limit });
        }
        for _ in dofs.node(node).components() {
            total += place;
            offsets.push(total);
        }
    }
    let mut columns = Vec::with_capacity(total);
    for node in 0..graph.len() as u32 {
        for _ in dofs.node(node).components() {
            for &other in graph.neighbours(node) {
                let other = dofs.node(other);
                columns.extend(other.first..other.first + other.free.count_ones());
            }
        }
    }
    Ok((SparsityPattern::new(dofs.len(), offsets, columns), places))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::DofMapBuilder;
    use mesh::{ElementKind, Point3};

    /// Every pair of nodes is joined by a spring whose stiffness depends on the element; element 13 can be made to fail.
    struct Network {
        broken: Option<usize>,
    }

    impl Network {
        fn spring(element: usize, a: usize, b: usize) -> Matrix3<f64> {
            let d = Vector3::new(1.0 + a.min(b) as f64, 0.5 + a.max(b) as f64, 0.3 + element as f64 * 0.1);
            d * d.transpose()
        }
    }

    impl ElementKernel<4> for Network {
        type Error = usize;

        fn internal_force(
            &self,
            element: usize,
            u: &[Vector3<f64>; 4],
            force: &mut [Vector3<f64>; 4],
        ) -> Result<(), usize> {
            for a in 0..4 {
                for b in 0..4 {
                    force[a] += Self::spring(element, a, b) * (u[a] - u[b]);
                }
            }
            Ok(())
        }

        fn tangent(&self, element: usize, _: &[Vector3<f64>; 4], tangent: &mut NodeMatrix<4>) -> Result<(), usize> {
            if self.broken.is_some_and(|broken| element >= broken) {
                return Err(element);
            }
            for a in 0..4 {
                for b in 0..4 {
                    let spring = Self::spring(element, a, b);
                    tangent.blocks[a][a] += spring;
                    tangent.blocks[a][b] -= spring;
                }
            }
            Ok(())
        }
    }

    fn strip(count: u32) -> VolumeMesh {
        let nodes = (0..count + 3).map(|k| Point3::new(f64::from(k), f64::from(k % 3), f64::from(k % 5))).collect();
        VolumeMesh::new(nodes, ElementKind::Tet4, (0..count).flat_map(|e| [e, e + 1, e + 2, e + 3]).collect())
    }

    fn constrained(mesh: &VolumeMesh) -> DofMap {
        let mut builder = DofMapBuilder::new(vec![true; mesh.nodes.len()]);
        builder.constrain(0, Vector3::x(), 0.0).unwrap();
        builder.constrain(0, Vector3::z(), 0.2).unwrap();
        builder.constrain(7, Vector3::new(1.0, 1.0, 0.0), 0.1).unwrap();
        builder.constrain(9, Vector3::new(1.0, 2.0, 0.5), 0.0).unwrap();
        builder.constrain(9, Vector3::new(0.0, 1.0, 0.5), -0.3).unwrap();
        builder.build().unwrap()
    }

    fn threads(count: usize) -> rayon::ThreadPool {
        rayon::ThreadPoolBuilder::new().num_threads(count).build().unwrap()
    }

    #[test]
    fn the_matrix_times_the_unknowns_is_the_restricted_internal_force() {
        let mesh = strip(40);
        let dofs = constrained(&mesh);
        let control = RunControl::silent();
        let assembly = Assembly::new(&mesh, &dofs, &control).unwrap();
        let kernel = Network { broken: None };
        let values = assembly.matrix_accumulator();
        let rest = vec![Vector3::zeros(); mesh.nodes.len()];
        assembly.add_tangent::<4, _>(0, &kernel, &rest, &values, &control).unwrap();
        let matrix = assembly.into_matrix(values);
        let force = |u: &[Vector3<f64>]| {
            let force = assembly.vector_accumulator();
            assembly.add_internal_force::<4, _>(0, &kernel, u, &force, &control).unwrap();
            dofs.restrict(&force.into_vectors())
        };
        let x: Vec<f64> = (0..dofs.len()).map(|k| (k as f64 * 0.7).sin()).collect();
        let lift = force(&dofs.prescribed());
        let mut u = dofs.prescribed();
        dofs.add_free(&x, &mut u);
        for (row, (f, lift)) in force(&u).iter().zip(lift).enumerate() {
            let range = matrix.pattern().row_offsets()[row]..matrix.pattern().row_offsets()[row + 1];
            let product: f64 = range.map(|k| matrix.values[k] * x[matrix.pattern().column_indices()[k] as usize]).sum();
            assert!((product + lift - f).abs() < 1e-11 * (1.0 + f.abs()), "row {row}: {product} + {lift} ≠ {f}");
        }
    }

    #[test]
    fn the_matrix_has_the_same_bits_with_one_thread_and_with_three() {
        let mesh = strip(2000);
        let dofs = constrained(&mesh);
        let control = RunControl::silent();
        let rest = vec![Vector3::zeros(); mesh.nodes.len()];
        let assemble = || {
            let assembly = Assembly::new(&mesh, &dofs, &control).unwrap();
            let values = assembly.matrix_accumulator();
            assembly.add_tangent::<4, _>(0, &Network { broken: None }, &rest, &values, &control).unwrap();
            values.into_values().into_iter().map(f64::to_bits).collect::<Vec<_>>()
        };
        assert_eq!(threads(1).install(assemble), threads(3).install(assemble));
    }

    #[test]
    fn a_failing_element_is_named_and_cancelling_stops() {
        let mesh = strip(100);
        let dofs = constrained(&mesh);
        let control = RunControl::silent();
        let rest = vec![Vector3::zeros(); mesh.nodes.len()];
        let assembly = Assembly::new(&mesh, &dofs, &control).unwrap();
        let values = assembly.matrix_accumulator();
        let run = || assembly.add_tangent::<4, _>(0, &Network { broken: Some(97) }, &rest, &values, &control);
        assert_eq!(run(), Err(AssemblyError::Element { element: 97, source: 97 }));
        control.cancel();
        assert_eq!(run(), Err(AssemblyError::Cancelled(control::Cancelled)));
    }
}
