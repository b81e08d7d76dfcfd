//! Continuous stress and strain from the discontinuous ones of the elements, and the error they reveal.

mod patch;

use crate::material::MaterialMap;
use crate::state::{PointStates, Sampling};
use crate::{CaseSolution, LinearStatics, SolidError};
use constitutive::SymmetricTensor;
use control::RunControl;
use mesh::topology::{Adjacency, node_to_elements};
use mesh::{Field, Point3, VolumeMesh, shape};
use patch::{CHANNELS, LINEAR, Patch, QUADRATIC, Sample};
use rayon::prelude::*;

/// Patches whose leverage at a node is within this factor of the best one share in its value.
const SHARE: f64 = 1.5;

/// How the nodal values came about.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RecoveryReport {
    /// Nodal values from patches with the complete polynomial (linear on first-order, quadratic on second-order meshes).
    pub complete: usize,
    /// Nodal values from patches whose samples do not fix every term, for example across a body one element thick.
    pub reduced: usize,
    /// Why, in words; empty when nothing was reduced.
    pub reason: String,
}

/// Recovered fields of one material assignment; stress may jump where materials meet.
#[derive(Debug, Clone, PartialEq)]
struct GroupField {
    /// Nodes of the group, ascending.
    nodes: Vec<u32>,
    values: Vec<[f64; CHANNELS]>,
}

/// Stress and strain of a load case: at Gauss points, recovered at nodes, and the estimated error.
///
/// The nodal values are those of superconvergent patch recovery (Zienkiewicz & Zhu 1992): a polynomial is fitted by least
/// squares to the stresses at the superconvergent points of the elements around every corner node. A node takes the
/// patch that knows it best: among the patches of the corner nodes around it those with the most terms, of these the ones
/// with the smallest leverage (variance of the fit at the node). Nodes amid the body take their own patch; nodes on
/// the surface, edges and corners take those of interior neighbours, which hold samples on more layers than their own.
/// Patches never mix elements of different material assignments.
#[derive(Debug, Clone)]
pub struct Recovery {
    pub(crate) case: CaseSolution,
    groups: Vec<GroupField>,
    group_of: Vec<u16>,
    /// Recovered stress at the nodes, MPa; the mean over the materials where several meet.
    pub stress: Vec<SymmetricTensor>,
    /// Recovered total strain at the nodes (tensor shear).
    pub strain: Vec<SymmetricTensor>,
    /// States at the Gauss points of the stiffness.
    pub states: PointStates,
    /// Estimated error of every element in the energy norm, √(∫ (σ* - σ) : D⁻¹ : (σ* - σ) dV), √(N mm).
    pub element_error: Vec<f64>,
    /// Estimated error over the energy norm of the solution, √(e² / (‖u‖² + e²)): 0.05 means five percent.
    pub relative_error: f64,
    /// How the nodal values came about.
    pub report: RecoveryReport,
}

impl LinearStatics<'_> {
    /// Recovers stress and strain of a solved case and estimates their error (Zienkiewicz & Zhu 1987).
    ///
    /// Cost: one small least-squares fit a corner node. Memory: about 2 kB a corner node of a second-order mesh.
    pub fn recover(&self, case: &CaseSolution, control: &RunControl) -> Result<Recovery, SolidError> {
        let (found, expected) = (case.displacement.len(), self.mesh.nodes.len());
        if found != expected {
            return Err(SolidError::WrongLength { what: "the displacement", found, expected });
        }
        let stage = control.stage("recover stress", 0.0, 0.7);
        let materials = MaterialMap::new(self.mesh, &self.materials)?;
        let temperature = case.temperature_change.as_deref();
        let sample = |sampling, control: &RunControl| {
            PointStates::new(self, &materials, &case.displacement, temperature, sampling, control)
        };
        let samples = sample(Sampling::Superconvergent, &stage)?;
        let around = node_to_elements(self.mesh);
        let group_of: Vec<u16> = (0..self.mesh.element_count()).map(|e| materials.group(e)).collect();
        let mut report = RecoveryReport { complete: 0, reduced: 0, reason: String::new() };
        let mut groups = Vec::new();
        for group in 0..materials.groups() {
            let task = GroupTask { mesh: self.mesh, around: &around, group_of: &group_of, group, samples: &samples };
            groups.push(task.recover(&mut report, &stage)?);
        }
        if report.reduced > 0 {
            report.reason = format!(
                "{} nodal values come from patches with too few independent stress points for the complete polynomial \
                 (body one element thick, or a part of few elements); terms that the points do not fix were left out",
                report.reduced
            );
        }
        let (stress, strain) = merged(self.mesh.nodes.len(), &groups);
        let states = sample(Sampling::Stiffness, &stage)?;
        let mut recovery = Recovery {
            case: case.clone(),
            groups,
            group_of,
            stress,
            strain,
            states,
            element_error: Vec::new(),
            relative_error: 0.0,
            report,
        };
        let stage = control.stage("estimate the error", 0.7, 1.0);
        let states = sample(Sampling::Error, &stage)?;
        self.estimate_error(&materials, &states, &mut recovery, &stage)?;
        Ok(recovery)
    }

    fn estimate_error(
        &self,
        materials: &MaterialMap,
        states: &PointStates,
        recovery: &mut Recovery,
        control: &RunControl,
    ) -> Result<(), SolidError> {
        let mut compliance = vec![None; usize::from(materials.groups())];
        let mut next = 0;
        let mut element_error = Vec::with_capacity(self.mesh.element_count());
        let mut energy = 0.0;
        for block in &self.mesh.blocks {
            let rule = Sampling::Error.rule(block.kind, self).map(|rule| rule.points).unwrap_or_default();
            let values: Vec<[f64; shape::MAX_NODES]> = rule.iter().map(|xi| shape::values(block.kind, xi)).collect();
            for (count, nodes) in block.elements().enumerate() {
                if count % 1024 == 0 {
                    control.check()?;
                }
                let slot = &mut compliance[usize::from(recovery.group_of[next])];
                if slot.is_none() {
                    let law = &materials.of(next).law;
                    let tangent = law.respond(&SymmetricTensor::zeros(), 0.0, &[], &mut [])?.tangent;
                    *slot = tangent.try_inverse();
                }
                let nodal = recovery.element_stress(next, nodes);
                let mut sum = 0.0;
                for (state, values) in states.of(next).iter().zip(&values) {
                    let smooth = nodal.iter().zip(values).fold(SymmetricTensor::zeros(), |s, (v, n)| s + v * *n);
                    let gap = smooth - state.stress;
                    sum += slot.map_or(0.0, |d| gap.dot(&(d * gap))) * state.volume;
                    energy += 2.0 * state.energy * state.volume;
                }
                element_error.push(sum.max(0.0).sqrt());
                next += 1;
            }
        }
        let error: f64 = element_error.iter().map(|e| e * e).sum();
        recovery.relative_error = if energy + error > 0.0 { (error / (energy + error)).sqrt() } else { 0.0 };
        recovery.element_error = element_error;
        Ok(())
    }
}

impl Recovery {
    fn channels(&self, element: usize, node: u32) -> [f64; CHANNELS] {
        let field = &self.groups[usize::from(self.group_of[element])];
        field.nodes.binary_search(&node).map_or([0.0; CHANNELS], |k| field.values[k])
    }

    fn element_stress(&self, element: usize, nodes: &[u32]) -> Vec<SymmetricTensor> {
        nodes.iter().map(|&node| self.stress_in(element, node)).collect()
    }

    /// Recovered stress at `node` as the material of `element` feels it (differs from [`Recovery::stress`] only where
    /// materials meet).
    pub fn stress_in(&self, element: usize, node: u32) -> SymmetricTensor {
        SymmetricTensor::from_column_slice(&self.channels(element, node)[..6])
    }

    /// Recovered strain at `node` as the material of `element` feels it.
    pub fn strain_in(&self, element: usize, node: u32) -> SymmetricTensor {
        SymmetricTensor::from_column_slice(&self.channels(element, node)[6..])
    }

    /// Displacement, recovered stress and strain, von Mises stress, principal values and the element error as fields.
    pub fn fields(&self) -> Vec<Field> {
        let flat = |tensors: &[SymmetricTensor]| tensors.iter().flat_map(|t| t.iter().copied()).collect();
        let displacement = self.case.displacement.iter().flat_map(|u| u.iter().copied()).collect();
        let principal = |tensors: &[SymmetricTensor]| {
            tensors.iter().flat_map(constitutive::tensor::principal_values).collect::<Vec<f64>>()
        };
        let von_mises = self.stress.iter().map(constitutive::tensor::von_mises).collect();
        vec![
            Field::on_nodes("displacement", "mm", 3, displacement),
            Field::on_nodes("stress", "MPa", 6, flat(&self.stress)),
            Field::on_nodes("strain", "1", 6, flat(&self.strain)),
            Field::on_nodes("von Mises stress", "MPa", 1, von_mises),
            Field::on_nodes("principal stress", "MPa", 3, principal(&self.stress)),
            Field::on_nodes("principal strain", "1", 3, principal(&self.strain)),
            Field::on_elements("energy error", "sqrt(N mm)", 1, self.element_error.clone()),
        ]
    }
}

/// The mean over the groups at every node.
fn merged(nodes: usize, groups: &[GroupField]) -> (Vec<SymmetricTensor>, Vec<SymmetricTensor>) {
    let mut sums = vec![([0.0; CHANNELS], 0.0); nodes];
    for field in groups {
        for (&node, values) in field.nodes.iter().zip(&field.values) {
            let (sum, count) = &mut sums[node as usize];
            sum.iter_mut().zip(values).for_each(|(s, v)| *s += v);
            *count += 1.0;
        }
    }
    sums.iter()
        .map(|(sum, count)| {
            let scale = if *count > 0.0 { 1.0 / count } else { 0.0 };
            let at = |start: usize| SymmetricTensor::from_column_slice(&sum[start..start + 6]) * scale;
            (at(0), at(6))
        })
        .unzip()
}

/// The recovery of one group.
struct GroupTask<'a> {
    mesh: &'a VolumeMesh,
    around: &'a Adjacency,
    group_of: &'a [u16],
    group: u16,
    samples: &'a PointStates,
}

impl GroupTask<'_> {
    fn recover(&self, report: &mut RecoveryReport, control: &RunControl) -> Result<GroupField, SolidError> {
        let (mut corner, mut member) = (vec![false; self.mesh.nodes.len()], vec![false; self.mesh.nodes.len()]);
        let mut terms = LINEAR;
        for (_, (kind, nodes)) in self.mesh.elements().enumerate().filter(|(e, _)| self.group_of[*e] == self.group) {
            nodes.iter().for_each(|&node| member[node as usize] = true);
            nodes[..kind.corner_count()].iter().for_each(|&node| corner[node as usize] = true);
            if kind.order() == 2 {
                terms = QUADRATIC;
            }
        }
        let listed = |marks: &[bool]| -> Vec<u32> {
            (0u32..).zip(marks).filter(|(_, marked)| **marked).map(|(node, _)| node).collect()
        };
        let (corners, nodes) = (listed(&corner), listed(&member));
        let patches: Vec<Option<Patch>> = corners
            .par_iter()
            .with_min_len(64)
            .map(|&node| control.check().map(|()| Patch::fit(&self.samples_around(node), terms)))
            .collect::<Result<_, _>>()?;
        let found: Vec<([f64; CHANNELS], usize)> = nodes
            .par_iter()
            .with_min_len(64)
            .map(|&node| control.check().map(|()| self.value_at(node, &corners, &patches)))
            .collect::<Result<_, _>>()?;
        let complete = found.iter().filter(|(_, kept)| *kept == terms).count();
        report.complete += complete;
        report.reduced += found.len() - complete;
        Ok(GroupField { nodes, values: found.into_iter().map(|(values, _)| values).collect() })
    }

    /// Elements of the group around a node.
    fn elements_around(&self, node: u32) -> impl Iterator<Item = usize> + '_ {
        self.around.of(node as usize).iter().map(|&e| e as usize).filter(|&e| self.group_of[e] == self.group)
    }

    fn samples_around(&self, node: u32) -> Vec<Sample> {
        self.elements_around(node)
            .flat_map(|element| self.samples.of(element))
            .map(|s| Sample { position: s.position, stress: s.stress, strain: s.strain })
            .collect()
    }

    /// The value at a node and the number of terms of the patches it comes from.
    fn value_at(&self, node: u32, corners: &[u32], patches: &[Option<Patch>]) -> ([f64; CHANNELS], usize) {
        let x: Point3<f64> = self.mesh.nodes[node as usize];
        let mut near: Vec<u32> = self
            .elements_around(node)
            .filter_map(|element| self.mesh.element(element))
            .flat_map(|(kind, nodes)| nodes[..kind.corner_count()].iter().copied())
            .collect();
        near.sort_unstable();
        near.dedup();
        let candidates: Vec<&Patch> = near
            .iter()
            .filter_map(|corner| corners.binary_search(corner).ok())
            .filter_map(|k| patches[k].as_ref())
            .collect();
        let most = candidates.iter().map(|patch| patch.terms()).max().unwrap_or(0);
        let best: Vec<(&Patch, f64)> = candidates
            .into_iter()
            .filter(|patch| patch.terms() == most)
            .map(|patch| (patch, patch.leverage(&x)))
            .collect();
        let least = best.iter().map(|(_, leverage)| *leverage).fold(f64::INFINITY, f64::min);
        let (mut sum, mut weights) = ([0.0; CHANNELS], 0.0);
        for (patch, leverage) in best.iter().filter(|(_, leverage)| *leverage <= SHARE * least) {
            let weight = 1.0 / leverage;
            sum.iter_mut().zip(patch.evaluate(&x)).for_each(|(s, v)| *s += weight * v);
            weights += weight;
        }
        if weights > 0.0 {
            sum.iter_mut().for_each(|s| *s /= weights);
        }
        (sum, most)
    }
}
