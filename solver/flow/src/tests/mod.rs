//! What a step does, in the small. Its orders and benchmarks are cases of the shipped verification.

mod balance;
mod channel;
mod forces;
mod inlets;
mod iterations;
mod march;
mod non_newtonian;
mod openings;
mod outlets;
mod probe;
mod split;
mod threads;
mod tube;
mod wall;
mod waveform;

use crate::{Condition, Conditions, FlowSpace};
use control::RunControl;
use mesh::{ElementKind, Point3, VolumeMesh};
use meshing::mapped_block;

/// Rates between errors at steps or sizes that are halved.
pub(super) fn rates(errors: &[f64]) -> Vec<f64> {
    errors.windows(2).map(|pair| (pair[0] / pair[1]).log2()).collect()
}

pub(super) fn cube(kind: ElementKind, counts: [usize; 3], size: [f64; 3]) -> FlowSpace {
    let map = |x: [f64; 3]| Point3::new(x[0] * size[0], x[1] * size[1], x[2] * size[2]);
    space(&mapped_block(kind, counts, map).unwrap())
}

pub(super) fn space(mesh: &VolumeMesh) -> FlowSpace {
    FlowSpace::new(mesh, &RunControl::silent()).unwrap()
}

/// The same condition on the sides named.
pub(super) fn on(sides: &[&str], condition: &Condition) -> Conditions {
    sides.iter().map(|side| ((*side).to_owned(), condition.clone())).collect()
}
