//! Strain and stress at the quadrature points of a solved case.

use crate::kernel::{SmallStrainKernel, strain, with_node_count};
use crate::material::MaterialMap;
use crate::{LinearStatics, SolidError};
use constitutive::SymmetricTensor;
use control::RunControl;
use fem::Quadrature;
use fem::quadrature::{solid_rule, stiffness_rule, superconvergent_rule};
use mesh::{ElementKind, Point3, Vector3};
use rayon::prelude::*;

/// Which points of the elements.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Sampling {
    /// The Gauss points of the stiffness.
    Stiffness,
    /// The points where the stress converges fastest.
    Superconvergent,
    /// A rule that integrates the square of the difference of two stresses; its points are not superconvergent ones.
    Error,
}

impl Sampling {
    pub(crate) fn rule(self, kind: ElementKind, model: &LinearStatics<'_>) -> Option<Quadrature<3>> {
        match self {
            Self::Stiffness => stiffness_rule(kind, model.integration),
            Self::Superconvergent => superconvergent_rule(kind),
            Self::Error => solid_rule(kind, if kind.order() == 2 { 4 } else { 2 }),
        }
    }
}

/// The state of one point of one element.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct PointState {
    /// Element over all blocks.
    pub element: u32,
    /// Position, mm.
    pub position: Point3<f64>,
    /// Volume the point stands for, mm³.
    pub volume: f64,
    /// Total strain (tensor components).
    pub strain: SymmetricTensor,
    /// Stress, MPa.
    pub stress: SymmetricTensor,
    /// Elastic energy density, N/mm².
    pub energy: f64,
}

/// The states of all elements, element by element.
#[derive(Debug, Clone, PartialEq)]
pub struct PointStates {
    states: Vec<PointState>,
    offsets: Vec<usize>,
}

impl PointStates {
    pub(crate) fn new(
        model: &LinearStatics<'_>,
        materials: &MaterialMap,
        displacement: &[Vector3<f64>],
        temperature: Option<&[f64]>,
        sampling: Sampling,
        control: &RunControl,
    ) -> Result<Self, SolidError> {
        let (mut states, mut offsets) = (Vec::new(), vec![0]);
        for (index, block) in model.mesh.blocks.iter().enumerate() {
            let Some(rule) = sampling.rule(block.kind, model) else { continue };
            let count = rule.points.len();
            let of_block = with_node_count!(block.kind, N => {
                let kernel = SmallStrainKernel::<N>::new(model.mesh, index, &rule, materials, temperature);
                evaluate(&kernel, displacement, control)?
            }, else Vec::new());
            offsets.extend((1..=block.len()).map(|k| states.len() + k * count));
            states.extend(of_block);
        }
        Ok(Self { states, offsets })
    }

    /// All states in element order.
    pub fn iter(&self) -> std::slice::Iter<'_, PointState> {
        self.states.iter()
    }

    /// Number of states.
    pub fn len(&self) -> usize {
        self.states.len()
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.states.is_empty()
    }

    /// The states of one element; empty when out of range.
    pub fn of(&self, element: usize) -> &[PointState] {
        match (self.offsets.get(element), self.offsets.get(element + 1)) {
            (Some(&start), Some(&end)) => &self.states[start..end],
            _ => &[],
        }
    }
}

impl LinearStatics<'_> {
    /// Strain and stress at points of every element under nodal displacements (mm) and, if any, a nodal temperature rise
    /// (K), both one value a node of the mesh.
    pub fn states(
        &self,
        displacement: &[Vector3<f64>],
        temperature_change: Option<&[f64]>,
        sampling: Sampling,
        control: &RunControl,
    ) -> Result<PointStates, SolidError> {
        let expected = self.mesh.nodes.len();
        let lengths = [Some(displacement.len()), temperature_change.map(<[f64]>::len)];
        if let Some(found) = lengths.into_iter().flatten().find(|&found| found != expected) {
            return Err(SolidError::WrongLength { what: "the displacement or temperature", found, expected });
        }
        let materials = MaterialMap::new(self.mesh, &self.materials)?;
        PointStates::new(self, &materials, displacement, temperature_change, sampling, control)
    }
}

fn evaluate<const N: usize>(
    kernel: &SmallStrainKernel<'_, N>,
    displacement: &[Vector3<f64>],
    control: &RunControl,
) -> Result<Vec<PointState>, SolidError> {
    let count = kernel.table.points.len();
    (0..kernel.len() * count)
        .into_par_iter()
        .with_min_len(256)
        .map(|k| {
            let (element, point) = (k / count, k % count);
            if k % 4096 == 0 {
                control.check()?;
            }
            let at = kernel.geometry(element, point)?;
            let strain = strain(&at.gradients, &kernel.gather(element, displacement));
            let response = kernel.respond(element, point, &strain)?;
            Ok(PointState {
                element: (kernel.first_element() + element) as u32,
                position: kernel.position(element, point),
                volume: at.volume,
                strain,
                stress: response.stress,
                energy: response.energy,
            })
        })
        .collect()
}
