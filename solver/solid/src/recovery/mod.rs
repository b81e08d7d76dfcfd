//! Continuous stress and strain from the discontinuous ones of the elements, and the error they reveal.

mod patch;

use crate::material::MaterialMap;
use crate::state::{PointStates, Sampling};
use crate::{CaseSolution, LinearStatics, SolidError};
use constitutive::SymmetricTensor;
use control::{Cancelled, RunControl};
use mesh::topology::{Adjacency, node_to_elements};
use mesh::{ElementKind, Face, Field, Point3, VolumeMesh, shape};
use patch::{CHANNELS, CUBIC, LINEAR, Patch, QUADRATIC, Sample};
use rayon::prelude::*;

/// A patch on the surface uses at most this many stress points, the nearest ones.
const MOST_SAMPLES: usize = 200;

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
/// The nodal values are those of superconvergent patch recovery (Zienkiewicz & Zhu 1992): a polynomial (linear on first-,
/// quadratic on second-order meshes) is fitted by least squares to the stresses at the superconvergent points of the
/// elements around every corner node, and gives the value at the node; a mid-edge node takes the mean of what the patches
/// of its two corners say there.
///
/// On the surface such a patch would extrapolate from one layer of points. There it takes a second ring of elements, weights
/// the points by their nearness to the node (moving least squares), and on Hex20 meshes fits a complete cubic. On NAFEMS
/// LE1, LE10 and LE11 this halves to tenths the error of the usual choice, the polynomial of an interior neighbour. Still,
/// values on edges and corners are the least accurate: judge them by a grid study.
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
                let material = materials.of(next);
                let slot = &mut compliance[usize::from(recovery.group_of[next])];
                if slot.is_none() {
                    let law = &material.law;
                    let tangent = law.respond(&SymmetricTensor::zeros(), 0.0, &[], &mut [])?.tangent;
                    *slot = tangent.try_inverse();
                }
                let nodal = recovery.element_stress(next, nodes);
                let mut sum = 0.0;
                for (state, values) in states.of(next).iter().zip(&values) {
                    let smooth = nodal.iter().zip(values).fold(SymmetricTensor::zeros(), |s, (v, n)| s + v * *n);
                    let gap = smooth - state.stress;
                    let scale = material.scale_at(next, &state.position)?;
                    sum += slot.map_or(0.0, |d| gap.dot(&(d * gap))) / scale * state.volume;
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
        let mut ends = vec![[u32::MAX; 2]; self.mesh.nodes.len()];
        for (_, (kind, nodes)) in self.mesh.elements().enumerate().filter(|(e, _)| self.group_of[*e] == self.group) {
            nodes.iter().for_each(|&node| member[node as usize] = true);
            nodes[..kind.corner_count()].iter().for_each(|&node| corner[node as usize] = true);
            for (edge, &middle) in kind.edges().iter().zip(&nodes[kind.corner_count()..]) {
                ends[middle as usize] = edge.map(|k| nodes[usize::from(k)]);
            }
        }
        let surface = self.surface_nodes();
        let listed = |marks: &[bool]| -> Vec<u32> {
            (0u32..).zip(marks).filter(|(_, marked)| **marked).map(|(node, _)| node).collect()
        };
        let (corners, nodes) = (listed(&corner), listed(&member));
        let patches: Vec<Option<(Patch, bool)>> = corners
            .par_iter()
            .with_min_len(64)
            .map(|&node| control.check().map(|()| self.patch(node, surface[node as usize])))
            .collect::<Result<_, _>>()?;
        let patch_of = |node: u32| corners.binary_search(&node).ok().and_then(|k| patches[k].as_ref());
        let found: Vec<([f64; CHANNELS], bool)> = nodes
            .par_iter()
            .with_min_len(64)
            .map(|&node| {
                control.check()?;
                let x = &self.mesh.nodes[node as usize];
                let own = [node, node];
                let [a, b] = if corner[node as usize] { own } else { ends[node as usize] }.map(patch_of);
                Ok(mean(a, b, x))
            })
            .collect::<Result<_, Cancelled>>()?;
        let complete = found.iter().filter(|(_, complete)| *complete).count();
        report.complete += complete;
        report.reduced += found.len() - complete;
        Ok(GroupField { nodes, values: found.into_iter().map(|(values, _)| values).collect() })
    }

    /// Marks the nodes on faces that only one element of the group has.
    fn surface_nodes(&self) -> Vec<bool> {
        let mut faces: Vec<([u32; 4], Face)> = Vec::new();
        for (element, (kind, nodes)) in self.mesh.elements().enumerate() {
            if self.group_of[element] != self.group {
                continue;
            }
            for (side, face) in kind.linear().faces().iter().enumerate() {
                let mut key = [u32::MAX; 4];
                key.iter_mut().zip(*face).for_each(|(slot, &k)| *slot = nodes[usize::from(k)]);
                key.sort_unstable();
                faces.push((key, Face { element: element as u32, side: side as u8 }));
            }
        }
        faces.par_sort_unstable();
        let mut marked = vec![false; self.mesh.nodes.len()];
        for lone in faces.chunk_by(|a, b| a.0 == b.0).filter(|same| same.len() == 1) {
            let nodes = self.mesh.face_nodes(lone[0].1).unwrap_or_default();
            nodes.into_iter().for_each(|node| marked[node as usize] = true);
        }
        marked
    }

    /// The polynomial of a corner node.
    fn patch(&self, node: u32, on_surface: bool) -> Option<(Patch, bool)> {
        let own: Vec<usize> = self.elements_around(node).collect();
        let kinds = || own.iter().filter_map(|&e| self.mesh.element(e));
        let second_order = kinds().any(|(kind, _)| kind.order() == 2);
        let mut terms = if second_order { QUADRATIC } else { LINEAR };
        if !on_surface {
            return Patch::fit(&self.samples(&own), terms, None).map(|patch| complete(patch, terms));
        }
        let mut ring: Vec<usize> =
            kinds().flat_map(|(_, nodes)| nodes.iter().flat_map(|&n| self.elements_around(n))).collect();
        ring.sort_unstable();
        ring.dedup();
        if ring.iter().all(|&e| self.mesh.element(e).is_some_and(|(kind, _)| kind == ElementKind::Hex20)) {
            terms = CUBIC;
        }
        let x = self.mesh.nodes[node as usize];
        let distance = |p: &Point3<f64>| (p - x).norm();
        let mut samples = self.samples(&ring);
        samples.sort_by(|a, b| distance(&a.position).total_cmp(&distance(&b.position)));
        samples.truncate(MOST_SAMPLES);
        let length = kinds().flat_map(|(_, nodes)| nodes.iter().map(|&n| distance(&self.mesh.nodes[n as usize])));
        let length = length.fold(0.0, f64::max);
        Patch::fit(&samples, terms, Some((x, length))).map(|patch| complete(patch, terms.min(QUADRATIC)))
    }

    /// Elements of the group around a node.
    fn elements_around(&self, node: u32) -> impl Iterator<Item = usize> + '_ {
        self.around.of(node as usize).iter().map(|&e| e as usize).filter(|&e| self.group_of[e] == self.group)
    }

    fn samples(&self, elements: &[usize]) -> Vec<Sample> {
        elements
            .iter()
            .flat_map(|&element| self.samples.of(element))
            .map(|s| Sample { position: s.position, stress: s.stress, strain: s.strain })
            .collect()
    }
}

/// A patch, and whether the stress points fixed the first `terms` terms of its polynomial.
fn complete(patch: Patch, terms: usize) -> (Patch, bool) {
    let whole = patch.covers(terms);
    (patch, whole)
}

/// The mean of two patches at `x`, and whether both are complete.
fn mean(a: Option<&(Patch, bool)>, b: Option<&(Patch, bool)>, x: &Point3<f64>) -> ([f64; CHANNELS], bool) {
    match (a, b) {
        (Some(a), Some(b)) => {
            let (u, v) = (a.0.evaluate(x), b.0.evaluate(x));
            (std::array::from_fn(|k| 0.5 * (u[k] + v[k])), a.1 && b.1)
        }
        (Some(one), None) | (None, Some(one)) => (one.0.evaluate(x), one.1),
        (None, None) => ([0.0; CHANNELS], false),
    }
}
