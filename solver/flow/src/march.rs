//! A flow from moment to moment: how long the steps are, and whether they are short enough.

use crate::{Flow, FlowError, StepReport};
use control::RunControl;
use nalgebra::Vector3;

/// Steps are made longer again when no Courant number came above this part of the limit.
const ROOM: f64 = 0.4;
/// Relative change of the velocity by a doubled step, from which a step counts as too long.
const DOUBTFUL: f64 = 0.05;

/// How steps are chosen: an interval has `least` · 2ᵏ equal steps, with the smallest k that keeps the Courant number.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct StepPolicy {
    /// Courant number that no step exceeds.
    pub courant: f64,
    /// Steps of an interval at least.
    pub least: u32,
    /// Steps of an interval at most.
    pub most: u32,
    /// Every so many intervals a step is also taken twice as long and compared; never for 0.
    pub probe: u32,
}

/// What a march saw since its report was begun.
#[derive(Debug, Clone, Copy, Default, PartialEq)]
pub struct MarchReport {
    /// Steps done.
    pub steps: u64,
    /// Steps done again because they were too long.
    pub repeated: u64,
    /// Shortest and longest step, s.
    pub shortest: f64,
    /// Longest step, s.
    pub longest: f64,
    /// Largest Courant number.
    pub courant: f64,
    /// Iterations of the velocity, all together.
    pub iterations: u64,
    /// Largest sum of |D u + C p|, mm³/s: what any section's flux differs from that of another at most.
    pub lack: f64,
    /// Largest change of the velocity when two steps are taken as one, over its size (both root mean squares).
    pub doubled: f64,
}

/// Advances a flow by intervals.
#[derive(Debug, Clone, PartialEq)]
pub struct March {
    policy: StepPolicy,
    /// Steps of the next interval.
    steps: u32,
    intervals: u64,
    /// Courant number of the last step over its length, 1/s.
    rate: f64,
    report: MarchReport,
}

impl March {
    /// Begins with the longest steps.
    pub fn new(policy: StepPolicy) -> Self {
        let mut march =
            Self { policy, steps: policy.least.max(1), intervals: 0, rate: 0.0, report: MarchReport::default() };
        march.forget_report();
        march
    }

    /// What was seen since the report was begun.
    pub fn report(&self) -> &MarchReport {
        &self.report
    }

    /// Begins a new report, for a part of the march.
    pub fn forget_report(&mut self) {
        self.report = MarchReport { shortest: f64::INFINITY, ..MarchReport::default() };
    }

    /// What an interrupted march needs to go on as if it had not been.
    pub fn state(&self) -> [f64; 11] {
        let MarchReport { steps, repeated, shortest, longest, courant, iterations, lack, doubled } = self.report;
        let counts = [f64::from(self.steps), self.intervals as f64, steps as f64, repeated as f64, iterations as f64];
        let [a, b, c, d, e] = counts;
        [a, b, c, d, e, self.rate, shortest, longest, courant, lack, doubled]
    }

    /// Goes on from [`Self::state`].
    pub fn restore(&mut self, state: [f64; 11]) {
        let [count, intervals, steps, repeated, iterations, rate, shortest, longest, courant, lack, doubled] = state;
        (self.steps, self.intervals, self.rate) = (count as u32, intervals as u64, rate);
        self.report = MarchReport {
            steps: steps as u64,
            repeated: repeated as u64,
            shortest,
            longest,
            courant,
            iterations: iterations as u64,
            lack,
            doubled,
        };
    }

    /// Advances by an interval (s) and shows every step once it stands. A step that turns out too long is undone and taken in two.
    /// What follows has the same bits from states of the march and of the flow that are kept between intervals.
    ///
    /// # Errors
    /// [`FlowError::TooManySteps`] when the steps had to be shorter than the policy allows; those of [`Flow::step`].
    pub fn advance(
        &mut self,
        flow: &mut Flow<'_>,
        interval: f64,
        control: &RunControl,
        mut visit: impl FnMut(&Flow<'_>, &StepReport) -> Result<(), FlowError>,
    ) -> Result<(), FlowError> {
        let (start, mut largest) = (flow.time(), 0.0_f64);
        let mut left = self.steps;
        flow.forget();
        let mut probe = self.probed(flow, interval, control)?;
        while left > 0 {
            control.check()?;
            control.report(1.0 - f64::from(left) / f64::from(self.steps));
            let mut step = (start + interval - flow.time()) / f64::from(left);
            while self.rate * step > self.policy.courant && 2 * self.steps <= self.policy.most {
                (self.steps, left, step, probe) = (2 * self.steps, 2 * left, 0.5 * step, None);
            }
            let before = flow.state();
            let report = match flow.step(step, control) {
                Ok(report) => report,
                // A velocity without bound, or a system that its preconditioner does not help, is what too long a step ends in.
                Err(FlowError::Diverged { .. } | FlowError::Linear { .. }) if self.steps < self.policy.most => {
                    (left, probe) = (self.halved(flow, &before, left, interval, f64::INFINITY)?, None);
                    continue;
                }
                Err(error) => return Err(error),
            };
            if report.courant > self.policy.courant {
                (left, probe) = (self.halved(flow, &before, left, interval, report.courant)?, None);
                continue;
            }
            left -= 1;
            self.rate = report.courant / step;
            largest = largest.max(report.courant);
            self.note(&report, step);
            if let Some(coarse) = probe.take_if(|_| left + 2 == self.steps) {
                let change = difference(flow.velocity(), &coarse);
                self.report.doubled = self.report.doubled.max(change);
                if change > DOUBTFUL && self.steps < self.policy.most {
                    self.steps *= 2;
                    left *= 2;
                }
            }
            visit(flow, &report)?;
        }
        self.intervals += 1;
        if largest < ROOM * self.policy.courant && self.steps >= 2 * self.policy.least {
            self.steps /= 2;
        }
        Ok(())
    }

    /// The velocity after two steps taken as one, where it is time to look at it.
    fn probed(
        &self,
        flow: &mut Flow<'_>,
        interval: f64,
        control: &RunControl,
    ) -> Result<Option<Vec<Vector3<f64>>>, FlowError> {
        let is_time =
            self.policy.probe > 0 && self.intervals % u64::from(self.policy.probe) == u64::from(self.policy.probe) - 1;
        if !is_time || self.steps < 2 {
            return Ok(None);
        }
        let before = flow.state();
        let outcome = flow.step(2.0 * interval / f64::from(self.steps), control);
        let coarse = outcome.is_ok().then(|| flow.velocity().to_vec());
        flow.restore(&before)?;
        match outcome {
            Err(FlowError::Cancelled(cancelled)) => Err(cancelled.into()),
            _ => Ok(coarse),
        }
    }

    /// Undoes a step and halves those left of the interval.
    fn halved(
        &mut self,
        flow: &mut Flow<'_>,
        before: &crate::FlowState,
        left: u32,
        interval: f64,
        courant: f64,
    ) -> Result<u32, FlowError> {
        let time = flow.time();
        flow.restore(before)?;
        self.report.repeated += 1;
        if 2 * self.steps > self.policy.most {
            let (steps, limit) = (self.steps, self.policy.courant);
            let speed = flow.velocity().iter().map(Vector3::norm).fold(0.0, f64::max);
            return Err(FlowError::TooManySteps { courant, speed, limit, steps, interval, time });
        }
        self.steps *= 2;
        Ok(2 * left)
    }

    fn note(&mut self, step_report: &StepReport, step: f64) {
        let report = &mut self.report;
        report.steps += 1;
        report.shortest = report.shortest.min(step);
        report.longest = report.longest.max(step);
        report.courant = report.courant.max(step_report.courant);
        report.iterations += step_report.iterations.count as u64;
        report.lack = report.lack.max(step_report.lack);
    }
}

/// Root mean square of a difference of velocities over that of the first.
pub(crate) fn difference(u: &[Vector3<f64>], v: &[Vector3<f64>]) -> f64 {
    let size = u.iter().map(Vector3::norm_squared).sum::<f64>();
    let apart = u.iter().zip(v).map(|(u, v)| (u - v).norm_squared()).sum::<f64>();
    if size > 0.0 { (apart / size).sqrt() } else { 0.0 }
}
