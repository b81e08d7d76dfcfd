use crate::SolidError;
use crate::material::{MaterialMap, stiffer};
use constitutive::{SymmetricTensor, Tangent, tensor};
use fem::{ElementKernel, NodeMatrix, ShapeTable};
use mesh::{Point3, VolumeMesh};
use nalgebra::{Matrix3, Vector3};

/// Runs `$body` with `$n` bound to the node count of the solid kind `$kind`; surfaces and beams run `$none`.
macro_rules! with_node_count {
    ($kind:expr, $n:ident => $body:expr, else $none:expr) => {
        match $kind {
            mesh::ElementKind::Tet4 => {
                const $n: usize = 4;
                $body
            }
            mesh::ElementKind::Wedge6 => {
                const $n: usize = 6;
                $body
            }
            mesh::ElementKind::Hex8 => {
                const $n: usize = 8;
                $body
            }
            mesh::ElementKind::Tet10 => {
                const $n: usize = 10;
                $body
            }
            mesh::ElementKind::Wedge15 => {
                const $n: usize = 15;
                $body
            }
            mesh::ElementKind::Hex20 => {
                const $n: usize = 20;
                $body
            }
            _ => $none,
        }
    };
}
pub(crate) use with_node_count;

/// One quadrature point of one element in the undeformed mesh.
pub(crate) struct PointGeometry<const N: usize> {
    /// ∂N_a/∂X.
    pub(crate) gradients: [Vector3<f64>; N],
    /// Weight times Jacobian determinant, mm³.
    pub(crate) volume: f64,
}

/// Small-strain mechanics of one block: f_a = ∫ σ(ε) ∂N_a/∂X dV, K_ab = ∫ B_aᵀ D B_b dV.
pub(crate) struct SmallStrainKernel<'a, const N: usize> {
    nodes: &'a [Point3<f64>],
    connectivity: &'a [[u32; N]],
    first_element: usize,
    pub(crate) table: ShapeTable<N>,
    materials: &'a MaterialMap,
    temperature: Option<&'a [f64]>,
}

impl<'a, const N: usize> SmallStrainKernel<'a, N> {
    /// The kernel of block `block`; `temperature` is the nodal rise above the stress-free state.
    pub(crate) fn new(
        mesh: &'a VolumeMesh,
        block: usize,
        rule: &fem::Quadrature<3>,
        materials: &'a MaterialMap,
        temperature: Option<&'a [f64]>,
    ) -> Self {
        let first_element = mesh.blocks[..block].iter().map(mesh::ElementBlock::len).sum();
        let block = &mesh.blocks[block];
        Self {
            nodes: &mesh.nodes,
            connectivity: block.connectivity.as_chunks::<N>().0,
            first_element,
            table: ShapeTable::new(block.kind, rule),
            materials,
            temperature,
        }
    }

    pub(crate) fn len(&self) -> usize {
        self.connectivity.len()
    }

    pub(crate) fn first_element(&self) -> usize {
        self.first_element
    }

    pub(crate) fn gather<T: Copy>(&self, element: usize, nodal: &[T]) -> [T; N] {
        self.connectivity[element].map(|node| nodal[node as usize])
    }

    /// Position, gradients and volume of quadrature point `point`.
    pub(crate) fn geometry(&self, element: usize, point: usize) -> Result<PointGeometry<N>, SolidError> {
        let table = &self.table.points[point];
        let mut jacobian = Matrix3::zeros();
        for (&node, g) in self.connectivity[element].iter().zip(&table.gradients) {
            let x = &self.nodes[node as usize];
            for i in 0..3 {
                (0..3).for_each(|j| jacobian[(i, j)] += x[i] * g[j]);
            }
        }
        let determinant = jacobian.determinant();
        let inverse = jacobian.try_inverse().filter(|_| determinant > 0.0).ok_or_else(|| {
            let element = self.first_element + element;
            SolidError::InvertedElements { elements: vec![element], count: 1, worst: element, minimum: determinant }
        })?;
        let gradients = table.gradients.map(|g| inverse.tr_mul(&Vector3::from(g)));
        Ok(PointGeometry { gradients, volume: table.weight * determinant })
    }

    /// Interpolates nodal values at quadrature point `point`.
    pub(crate) fn interpolate(&self, element: usize, point: usize, nodal: &[f64]) -> f64 {
        let values = &self.table.points[point].values;
        self.connectivity[element].iter().zip(values).map(|(&node, n)| n * nodal[node as usize]).sum()
    }

    pub(crate) fn position(&self, element: usize, point: usize) -> Point3<f64> {
        let values = &self.table.points[point].values;
        let at = self.connectivity[element].iter().zip(values);
        Point3::from(at.fold(Vector3::zeros(), |sum, (&node, n)| sum + self.nodes[node as usize].coords * *n))
    }

    /// The law's answer at `point` to `strain`.
    pub(crate) fn respond(
        &self,
        element: usize,
        point: usize,
        strain: &SymmetricTensor,
    ) -> Result<constitutive::Response, SolidError> {
        let change = self.temperature.map_or(0.0, |t| self.interpolate(element, point, t));
        let number = self.first_element + element;
        let material = self.materials.of(number);
        let response = material.law.respond(strain, change, &[], &mut [])?;
        if material.scale.is_none() {
            return Ok(response);
        }
        Ok(stiffer(response, material.scale_at(number, &self.position(element, point))?))
    }
}

/// The small strain Σ sym(u_a ⊗ ∂N_a/∂X).
pub(crate) fn strain<const N: usize>(gradients: &[Vector3<f64>; N], u: &[Vector3<f64>; N]) -> SymmetricTensor {
    let gradient = u.iter().zip(gradients).fold(Matrix3::zeros(), |sum, (u, g)| sum + u * g.transpose());
    tensor::symmetric_part(&gradient)
}

impl<const N: usize> ElementKernel<N> for SmallStrainKernel<'_, N> {
    type Error = SolidError;

    fn internal_force(
        &self,
        element: usize,
        displacement: &[Vector3<f64>; N],
        force: &mut [Vector3<f64>; N],
    ) -> Result<(), SolidError> {
        for point in 0..self.table.points.len() {
            let at = self.geometry(element, point)?;
            let response = self.respond(element, point, &strain(&at.gradients, displacement))?;
            let stress = tensor::to_matrix(&response.stress) * at.volume;
            for (f, g) in force.iter_mut().zip(&at.gradients) {
                *f += stress * g;
            }
        }
        Ok(())
    }

    fn tangent(
        &self,
        element: usize,
        displacement: &[Vector3<f64>; N],
        tangent: &mut NodeMatrix<N>,
    ) -> Result<(), SolidError> {
        for point in 0..self.table.points.len() {
            let at = self.geometry(element, point)?;
            let response = self.respond(element, point, &strain(&at.gradients, displacement))?;
            let d = response.tangent * at.volume;
            for b in 0..N {
                let db = times_b(&d, &at.gradients[b]);
                for a in 0..=b {
                    add_transposed_b_times(&at.gradients[a], &db, &mut tangent.blocks[a][b]);
                }
            }
        }
        tangent.mirror_upper();
        Ok(())
    }
}

/// D B_b by columns, B_b the engineering strain of a unit displacement of node b with the gradient g.
fn times_b(d: &Tangent, g: &Vector3<f64>) -> [SymmetricTensor; 3] {
    [
        d.column(0) * g.x + d.column(3) * g.y + d.column(5) * g.z,
        d.column(1) * g.y + d.column(3) * g.x + d.column(4) * g.z,
        d.column(2) * g.z + d.column(4) * g.y + d.column(5) * g.x,
    ]
}

/// Adds B_aᵀ (D B_b) to `block`.
fn add_transposed_b_times(g: &Vector3<f64>, db: &[SymmetricTensor; 3], block: &mut Matrix3<f64>) {
    for (j, s) in db.iter().enumerate() {
        block[(0, j)] += g.x * s[0] + g.y * s[3] + g.z * s[5];
        block[(1, j)] += g.y * s[1] + g.x * s[3] + g.z * s[4];
        block[(2, j)] += g.z * s[2] + g.y * s[4] + g.x * s[5];
    }
}
