//! Blood flow: exact solutions, orders, published benchmarks. Most are dimensionless in their sources; their lengths are taken as
//! mm, their velocities as mm/s, and densities and viscosities are chosen to match.

pub(super) mod cavity;
pub(super) mod channel;
pub(super) mod checkerboard;
pub(super) mod cylinder;
pub(super) mod ethier_steinman;
pub(super) mod fda_nozzle;
pub(super) mod junction;
mod nozzle;
pub(super) mod outlets;
pub(super) mod poiseuille;
mod shapes;
pub(super) mod steady;
pub(super) mod womersley;

use crate::check::{Bound, Outcome};
use crate::suite::CaseError;
use control::RunControl;
use flow::{Condition, Conditions, Flow};
use mesh::Point3;
use nalgebra::Vector3;
use std::sync::Arc;

/// The same condition on the regions named.
fn on(regions: &[&str], condition: &Condition) -> Conditions {
    regions.iter().map(|region| ((*region).to_owned(), condition.clone())).collect()
}

/// A given velocity.
fn given(field: impl Fn(&Point3<f64>, f64) -> Vector3<f64> + Send + Sync + 'static) -> Condition {
    Condition::Velocity(Arc::new(field))
}

/// A dimensionless outcome.
fn number(name: &str, value: f64, bound: (f64, Bound), source: &'static str) -> Outcome {
    let (reference, bound) = bound;
    Outcome { name: name.to_owned(), value, reference, unit: "1", bound, source }
}

/// A dimensionless number without a bound.
fn reported(name: &str, value: f64, source: &'static str) -> Outcome {
    number(name, value, (0.0, Bound::Reported), source)
}

/// Steps of equal length until `end`.
fn advance(flow: &mut Flow<'_>, steps: usize, end: f64, control: &RunControl) -> Result<(), CaseError> {
    let length = (end - flow.time()) / steps as f64;
    for _ in 0..steps {
        flow.step(length, control)?;
    }
    Ok(())
}

/// Steps until no velocity changes by more than `rate` (mm/s²), at most `most`; the number of steps. A flow that does not settle
/// is read as it is then: its values say so.
fn settle(flow: &mut Flow<'_>, step: f64, rate: f64, most: usize, control: &RunControl) -> Result<usize, CaseError> {
    for taken in 1..=most {
        let before = flow.velocity().to_vec();
        flow.step(step, control)?;
        control.report(taken as f64 / most as f64);
        let change = flow.velocity().iter().zip(&before).map(|(u, v)| (u - v).norm()).fold(0.0, f64::max);
        if change <= rate * step {
            return Ok(taken);
        }
    }
    Ok(most)
}

/// The force on a region, N.
fn force(flow: &Flow<'_>, region: &str, control: &RunControl) -> Result<Vector3<f64>, CaseError> {
    Ok(flow.forces(region, control)?.into_iter().map(|(_, force)| force).sum())
}

/// Orders between errors at steps or sizes that are halved.
fn orders(errors: &[f64]) -> Vec<f64> {
    errors.windows(2).map(|pair| (pair[0] / pair[1]).log2()).collect()
}

/// Orders in time of velocity and pressure at the nodes, between `steps` and twice as many: by their differences to a solution with
/// sixteen times as many, on the same mesh, which adds 0.02 to an order of 2. The level of the pressure is left out where it is free.
fn orders_in_time<'s>(
    steps: usize,
    is_level_free: bool,
    solve: impl Fn(usize) -> Result<Flow<'s>, CaseError>,
) -> Result<[f64; 2], CaseError> {
    let reference = solve(16 * steps)?;
    let difference = |steps: usize| -> Result<[f64; 2], CaseError> {
        let flow = solve(steps)?;
        let u = flow.velocity().iter().zip(reference.velocity()).map(|(a, b)| (a - b).norm_squared()).sum::<f64>();
        let p: Vec<f64> = flow.pressure().iter().zip(reference.pressure()).map(|(a, b)| a - b).collect();
        let mean = if is_level_free { p.iter().sum::<f64>() / p.len() as f64 } else { 0.0 };
        Ok([u.sqrt(), p.iter().map(|p| (p - mean).powi(2)).sum::<f64>().sqrt()])
    };
    let [coarse, fine] = [difference(steps)?, difference(2 * steps)?];
    Ok([0, 1].map(|k| (coarse[k] / fine[k]).log2()))
}
