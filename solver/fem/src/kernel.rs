use nalgebra::{Matrix3, Vector3};

/// The tangent of an element of `N` nodes: a 3×3 block for each pair of nodes.
#[derive(Debug, Clone)]
pub struct NodeMatrix<const N: usize> {
    /// `blocks[a][b]` = ∂f_a/∂u_b.
    pub blocks: [[Matrix3<f64>; N]; N],
}

impl<const N: usize> Default for NodeMatrix<N> {
    fn default() -> Self {
        Self { blocks: [[Matrix3::zeros(); N]; N] }
    }
}

impl<const N: usize> NodeMatrix<N> {
    /// Sets every entry to 0.
    pub fn clear(&mut self) {
        self.blocks = [[Matrix3::zeros(); N]; N];
    }

    /// Completes a symmetric tangent of which only the blocks with a ≤ b were computed.
    pub fn mirror_upper(&mut self) {
        for a in 1..N {
            for b in 0..a {
                self.blocks[a][b] = self.blocks[b][a].transpose();
            }
        }
    }
}

/// The physics of one block of elements of `N` nodes, referred to the undeformed mesh (total Lagrangian).
///
/// A kernel knows the mesh and its materials; element numbers count within its block.
pub trait ElementKernel<const N: usize>: Sync {
    /// What can go wrong in one element, for example an inverted Jacobian.
    type Error: Send;

    /// Adds to `force` the internal nodal forces f_a = ∫ P ∂N_a/∂X dV of `element` under the nodal displacements
    /// `displacement` (mm, N).
    fn internal_force(
        &self,
        element: usize,
        displacement: &[Vector3<f64>; N],
        force: &mut [Vector3<f64>; N],
    ) -> Result<(), Self::Error>;

    /// Adds to `tangent` the derivative of the internal force at `displacement` (N/mm).
    fn tangent(
        &self,
        element: usize,
        displacement: &[Vector3<f64>; N],
        tangent: &mut NodeMatrix<N>,
    ) -> Result<(), Self::Error>;
}
