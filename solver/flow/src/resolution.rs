//! Whether a mesh and a step are fine enough for the flow that they carry.

use crate::{Flow, FlowError, Wall};
use nalgebra::Vector3;
use rayon::prelude::*;

/// How well a flow is resolved at one time.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Resolution {
    /// |u| h/ν of the elements, h the spacing of their nodes along the flow.
    pub cell_reynolds: Spread,
    /// The largest Courant number for each second of step, 1/s.
    pub courant_rate: f64,
    /// At the wall, for oscillations.
    pub layer: LayerResolution,
}

/// A value over a volume or an area.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Spread {
    /// That of half of it.
    pub median: f64,
    /// That which 95 % of it do not exceed.
    pub percentile_95: f64,
    /// The largest.
    pub largest: f64,
}

/// How the layer of oscillations at a wall is resolved.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct LayerResolution {
    /// Thickness of the Stokes layer √(ν/ω), mm.
    pub thickness: f64,
    /// Distance from the wall to the first node off it, mm, over the area of the wall.
    pub first_spacing: Spread,
    /// Nodes within the layer at the first spacing: `thickness` over it, at the median.
    pub nodes: f64,
    /// The same where it is worst, of all but 5 % of the area.
    pub least_nodes: f64,
}

impl Resolution {
    /// The Courant number of a step (s).
    pub fn courant(&self, step: f64) -> f64 {
        self.courant_rate * step
    }
}

impl Flow<'_> {
    /// The resolution of the flow as it is, with that at a wall for oscillations of the angular frequency ω, 1/s (of a pulse of the
    /// period T: 2π/T, of its n-th harmonic n times that). ν is that of the least viscosity.
    ///
    /// # Errors
    /// [`FlowError::Value`] for an ω that is not positive.
    pub fn resolution(&self, wall: &Wall<'_>, angular_frequency: f64) -> Result<Resolution, FlowError> {
        if !(angular_frequency > 0.0 && angular_frequency.is_finite()) {
            let (what, value) = ("the angular frequency".to_owned(), angular_frequency);
            return Err(FlowError::Value { what, value, remedy: "it must be positive and finite".to_owned() });
        }
        let kinematic = self.fluid.viscosity.least() / self.fluid.density;
        let elements = self.elements();
        let reynolds = elements.iter().map(|element| (element.travel / kinematic, element.volume)).collect();
        let thickness = (kinematic / angular_frequency).sqrt();
        let first_spacing = spread(wall.first_spacings());
        Ok(Resolution {
            cell_reynolds: spread(reynolds),
            courant_rate: elements.iter().map(|element| element.rate).fold(0.0, f64::max),
            layer: LayerResolution {
                thickness,
                first_spacing,
                nodes: thickness / first_spacing.median,
                least_nodes: thickness / first_spacing.percentile_95,
            },
        })
    }

    fn elements(&self) -> Vec<ElementFlow> {
        let block = &self.space.mesh.blocks[0];
        let order = block.kind.order() as f64;
        let of = |nodes: &[u32]| {
            let [a, b, c, d] = [0, 1, 2, 3].map(|k| self.space.mesh.nodes[nodes[k] as usize]);
            let six = (b - a).cross(&(c - a)).dot(&(d - a));
            let heights =
                [(c - b).cross(&(d - b)), (c - a).cross(&(d - a)), (b - a).cross(&(d - a)), (b - a).cross(&(c - a))];
            let (mut rate, mut travel) = (0.0, 0.0);
            for &node in nodes {
                let u: &Vector3<f64> = &self.velocity()[node as usize];
                let own = order * heights.iter().map(|g| g.dot(u).abs()).fold(0.0, f64::max) / six;
                rate = f64::max(rate, own);
                if own > 0.0 {
                    // |u| h, with h = |u|/rate.
                    travel = f64::max(travel, u.norm_squared() / own);
                }
            }
            ElementFlow { rate, travel, volume: six / 6.0 }
        };
        block.connectivity.par_chunks(block.kind.node_count()).map(of).collect()
    }
}

/// The flow in an element.
struct ElementFlow {
    /// Largest speed over the spacing of the nodes along it, 1/s.
    rate: f64,
    /// Largest speed times that spacing, mm²/s.
    travel: f64,
    /// Of its corners, mm³.
    volume: f64,
}

impl Wall<'_> {
    /// At each face the distance of the first node off the wall and the face's area, both of its corners: quadratic elements have
    /// it at half their height.
    fn first_spacings(&self) -> Vec<(f64, f64)> {
        let mesh = &self.space.mesh;
        let spacing = |face: &mesh::Face| {
            let (kind, nodes) = mesh.element(face.element as usize)?;
            let side = kind.faces().get(usize::from(face.side))?;
            let on = [0, 1, 2].map(|k| nodes[usize::from(side[k])]);
            let off = nodes[..4].iter().find(|node| !on.contains(node))?;
            let [a, b, c] = on.map(|node| mesh.nodes[node as usize]);
            let twice = (b - a).cross(&(c - a));
            let height = twice.dot(&(mesh.nodes[*off as usize] - a)).abs() / twice.norm();
            Some((height / kind.order() as f64, 0.5 * twice.norm()))
        };
        self.patch.faces.iter().filter_map(spacing).collect()
    }
}

/// Of values with their weights.
fn spread(mut values: Vec<(f64, f64)>) -> Spread {
    values.sort_by(|a, b| a.0.total_cmp(&b.0));
    let all: f64 = values.iter().map(|(_, weight)| weight).sum();
    let largest = values.last().map_or(0.0, |last| last.0);
    let at = |part: f64| {
        let mut below = 0.0;
        let reached = |&&(_, weight): &&(f64, f64)| {
            below += weight;
            below >= part * all
        };
        values.iter().find(reached).map_or(largest, |(value, _)| *value)
    };
    Spread { median: at(0.5), percentile_95: at(0.95), largest }
}
