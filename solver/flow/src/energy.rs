//! Where the energy of a flow goes: through the boundary, into motion, into heat.

use crate::element::Geometry;
use crate::space::{FlowSpace, Table};
use crate::viscous::velocity_gradient;
use crate::wall::patch::{FaceRule, Patch};
use crate::{Flow, FlowError};
use fem::ShapeTable;
use nalgebra::Vector3;
use rayon::prelude::*;
use std::collections::BTreeMap;

/// Degree of the rule on faces: |u|² u·n of quadratic velocities on straight ones.
const DEGREE: usize = 6;
/// Elements whose parts of a sum one task computes.
const CHUNK: usize = 1024;

/// What passes through a part of the boundary, out of the domain.
#[derive(Debug, Clone, Copy, Default, PartialEq)]
pub struct EnergyFlux {
    /// ∫ u·n, mm³/s, of the velocity before projection.
    pub flux: f64,
    /// ∫ p u·n, mW.
    pub by_pressure: f64,
    /// ∫ ½ ρ |u|² u·n, mW.
    pub by_motion: f64,
}

impl EnergyFlux {
    /// Flux of total pressure ∫ (p + ½ ρ |u|²) u·n, mW.
    pub fn total(&self) -> f64 {
        self.by_pressure + self.by_motion
    }
}

/// Energy within a volume.
#[derive(Debug, Clone, Copy, Default, PartialEq)]
pub struct EnergyWithin {
    /// mm³.
    pub volume: f64,
    /// ∫ ½ ρ |u|², mJ.
    pub kinetic: f64,
    /// Viscous dissipation ∫ 2 μ D:D, D = ½ (∇u + ∇uᵀ), mW.
    pub dissipation: f64,
}

/// The energy of a flow at one time.
#[derive(Debug, Clone, PartialEq)]
pub struct EnergyReport {
    /// Through each region, out of the domain.
    pub through: BTreeMap<String, EnergyFlux>,
    /// In the whole domain.
    pub within: EnergyWithin,
}

impl EnergyReport {
    /// Energy loss, mW: what total pressure carries in and not out again. In a steady flow it is the dissipation, up to the power
    /// of viscous stresses on the open faces, that of the stabilisation of inflow there, and the error of the mesh; else the rise
    /// of the kinetic energy is a part of it.
    pub fn loss(&self) -> f64 {
        -self.through.values().map(EnergyFlux::total).sum::<f64>()
    }
}

impl Flow<'_> {
    /// The energy within the domain and through the regions named, which are to be all through which fluid passes.
    ///
    /// # Errors
    /// [`FlowError::UnknownRegion`], [`FlowError::Value`] for a region without faces.
    pub fn energy(&self, regions: &[&str]) -> Result<EnergyReport, FlowError> {
        let through = regions.iter().map(|&region| Ok(((*region).to_owned(), self.energy_through(region)?)));
        Ok(EnergyReport { through: through.collect::<Result<_, FlowError>>()?, within: self.energy_within(None) })
    }

    /// What passes through a face region.
    ///
    /// # Errors
    /// As [`Flow::energy`].
    pub fn energy_through(&self, region: &str) -> Result<EnergyFlux, FlowError> {
        let patch = Patch::new(self.space, &[region])?;
        let pressure = self.space.pressure_at_nodes(self.pressure())?;
        let rule = FaceRule::new(patch.width, DEGREE);
        let mut sum = EnergyFlux::default();
        for face in 0..patch.faces.len() {
            let nodes: Vec<usize> = patch.face(face).iter().map(|&own| patch.nodes[own as usize] as usize).collect();
            patch.for_each_point(face, &rule, |point| {
                let own = || nodes.iter().zip(point.values);
                let u = own().fold(Vector3::zeros(), |sum, (&node, n)| sum + self.velocity()[node] * *n);
                let p: f64 = own().map(|(&node, n)| pressure[node] * n).sum();
                let out = u.dot(&point.normal);
                sum.flux += out;
                sum.by_pressure += p * out;
                sum.by_motion += 0.5 * self.fluid.density * u.norm_squared() * out;
            });
        }
        Ok(sum)
    }

    /// The energy within the domain, or within some of its elements (a sac, say; numbers out of range count nothing).
    pub fn energy_within(&self, elements: Option<&[u32]>) -> EnergyWithin {
        match &self.space.table {
            Table::Linear(table) => within(self, table, elements),
            Table::Quadratic(table) => within(self, table, elements),
        }
    }
}

fn within<const N: usize>(flow: &Flow<'_>, table: &ShapeTable<N>, elements: Option<&[u32]>) -> EnergyWithin {
    let space = flow.space;
    let (all, _) = space.mesh.blocks[0].connectivity.as_chunks::<N>();
    let sum = |numbers: &mut dyn Iterator<Item = usize>| {
        let mut sum = EnergyWithin::default();
        for number in numbers {
            if let Some(nodes) = all.get(number) {
                add_element(flow, space, table, number, nodes, &mut sum);
            }
        }
        sum
    };
    // Parts of a fixed size, summed in their order: the same bits for any number of threads.
    let parts: Vec<EnergyWithin> = match elements {
        Some(elements) => elements.par_chunks(CHUNK).map(|part| sum(&mut part.iter().map(|&k| k as usize))).collect(),
        None => (0..all.len().div_ceil(CHUNK))
            .into_par_iter()
            .map(|chunk| sum(&mut (chunk * CHUNK..((chunk + 1) * CHUNK).min(all.len()))))
            .collect(),
    };
    parts.into_iter().fold(EnergyWithin::default(), |a, b| EnergyWithin {
        volume: a.volume + b.volume,
        kinetic: a.kinetic + b.kinetic,
        dissipation: a.dissipation + b.dissipation,
    })
}

fn add_element<const N: usize>(
    flow: &Flow<'_>,
    space: &FlowSpace,
    table: &ShapeTable<N>,
    number: usize,
    nodes: &[u32; N],
    sum: &mut EnergyWithin,
) {
    let own = nodes.map(|node| flow.velocity()[node as usize]);
    Geometry::new(&space.points(nodes), space.is_straight[number]).for_each(table, |point, gradients, weight| {
        let u = own.iter().zip(&point.values).fold(Vector3::zeros(), |sum, (u, n)| sum + u * *n);
        let gradient = velocity_gradient(&own, gradients);
        let rate = (gradient + gradient.transpose()) * 0.5;
        let viscosity = flow.viscosity_at(&gradient);
        sum.volume += weight;
        sum.kinetic += weight * 0.5 * flow.fluid.density * u.norm_squared();
        sum.dissipation += weight * 2.0 * viscosity * rate.norm_squared();
    });
}
