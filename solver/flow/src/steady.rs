//! A flow until it does not change any more.

use crate::march::difference;
use crate::{Flow, FlowError, StepReport};
use control::RunControl;

/// Steps of one length before they may become longer.
const SETTLED: u32 = 8;
/// Steps in a unit of time at first.
const FIRST: f64 = 64.0;

/// When a flow is steady.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct SteadyPolicy {
    /// Courant number that the steps are chosen for.
    pub courant: f64,
    /// Time in which the flow passes its largest diameter, s.
    pub unit: f64,
    /// Change of the velocity in that time, over its size, below which it is steady.
    pub change: f64,
    /// Longest time to wait, s.
    pub longest: f64,
}

/// How a flow became steady.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct SteadyReport {
    /// Steps.
    pub steps: u64,
    /// Time that passed, s.
    pub time: f64,
    /// Change of the velocity in the unit of time at the end, over its size.
    pub change: f64,
    /// Last step, s.
    pub step: f64,
    /// Largest Courant number of the last step.
    pub courant: f64,
    /// Sum of |D u + C p| after the last step, mm³/s.
    pub lack: f64,
}

impl SteadyPolicy {
    /// Steps until the change is small, and shows every step. The steady state does not depend on the steps, so that they follow
    /// the Courant number by halves and doubles.
    ///
    /// # Errors
    /// [`FlowError::NotSteady`] after the longest time; those of [`Flow::step`].
    pub fn advance(
        &self,
        flow: &mut Flow<'_>,
        control: &RunControl,
        mut visit: impl FnMut(&Flow<'_>, &StepReport) -> Result<(), FlowError>,
    ) -> Result<SteadyReport, FlowError> {
        let begin = flow.time();
        let (mut step, mut since, mut steps) = (self.unit / FIRST, 0, 0);
        let mut first_change = None;
        loop {
            control.check()?;
            let before = flow.state();
            let report = match flow.step(step, control) {
                Ok(report) if report.courant <= 2.0 * self.courant || since > 0 => report,
                Ok(_) | Err(FlowError::Diverged { .. } | FlowError::Linear { .. }) if step > 1e-9 * self.unit => {
                    flow.restore(&before)?;
                    (step, since) = (0.5 * step, 0);
                    continue;
                }
                Ok(report) => report,
                Err(error) => return Err(error),
            };
            (steps, since) = (steps + 1, since + 1);
            let change = difference(flow.velocity(), &before.velocity[0]) * self.unit / step;
            let first = *first_change.get_or_insert(change);
            control.report((first / change).ln() / (first / self.change).ln().max(1e-9));
            visit(flow, &report)?;
            let time = flow.time() - begin;
            if change <= self.change && since >= SETTLED {
                let StepReport { courant, lack, .. } = report;
                return Ok(SteadyReport { steps, time, change, step, courant, lack });
            }
            if time >= self.longest {
                return Err(FlowError::NotSteady { change, wanted: self.change, time });
            }
            if report.courant > self.courant {
                (step, since) = (0.5 * step, 0);
            } else if since >= SETTLED && 2.0 * report.courant <= self.courant && step < 0.5 * self.unit {
                (step, since) = (2.0 * step, 0);
            }
        }
    }
}
