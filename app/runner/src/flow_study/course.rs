//! A flow through time: the last cycle of a pulsating one, or the end of a steady one.

use super::checkpoint::{Checkpoint, Sums};
use super::conditions::Openings;
use crate::RunnerError;
use control::RunControl;
use flow::{
    CycleMetrics, Flow, FlowError, March, MarchReport, ShearHistory, SteadyPolicy, StepPolicy, StepReport, Wall,
};
use serde::{Deserialize, Serialize};
use study::TimePlan;

/// Intervals between two probes by doubled steps.
const PROBE: u32 = 4;

/// A moment of the course.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(crate) struct Moment {
    /// Since the cycle began, s.
    pub(crate) time: f64,
    /// Pressure (MPa) and flow rate out of the domain (mm³/s) of each opening, in the order of their names.
    pub(crate) openings: Vec<[f64; 2]>,
    /// Largest speed, mm/s.
    pub(crate) speed: f64,
}

/// A moment at which the energy was looked at.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub(crate) struct EnergyMoment {
    /// Since the cycle began, s.
    pub(crate) time: f64,
    /// Total pressure times flow rate in less out, mW.
    pub(crate) loss: f64,
    /// Kinetic energy, mJ.
    pub(crate) kinetic: f64,
}

/// What a run through time left.
pub(crate) struct Course {
    /// Names of the openings.
    pub(crate) openings: Vec<String>,
    /// Steps of the last cycle with its beginning; one moment of a steady flow.
    pub(crate) moments: Vec<Moment>,
    /// Frames of the last cycle with its beginning.
    pub(crate) energy: Vec<EnergyMoment>,
    /// Of the wall.
    pub(crate) metrics: CycleMetrics,
    /// L2 gap of both recoveries of the shear stress over its size: the largest of the frames.
    pub(crate) gap: f64,
    /// Mean pressure over the last cycle at the pressures of the space, MPa.
    pub(crate) mean_pressure: Vec<f64>,
    /// Of the last cycle.
    pub(crate) march: MarchReport,
    /// Steps of the whole run, and those undone.
    pub(crate) steps: [u64; 2],
    /// Largest flow rate into the domain in the last cycle, mm³/s.
    pub(crate) through: f64,
    pub(crate) periodicity: Option<f64>,
    pub(crate) steady_change: Option<f64>,
}

/// How a run goes through time.
pub(crate) struct Schedule<'a> {
    pub(crate) plan: &'a TimePlan,
    /// Period of the inflow, s; `None` for a steady flow.
    pub(crate) period: Option<f64>,
    /// Factor by which steps are longer than the plan's.
    pub(crate) step_factor: u32,
    /// Time in which the flow passes its largest diameter, and through the whole volume, s.
    pub(crate) passages: [f64; 2],
    pub(crate) openings: &'a Openings,
    pub(crate) wall: &'a Wall<'a>,
}

/// What a course is told on its way.
pub(crate) trait Witness {
    /// A checkpoint of an earlier, interrupted run.
    fn resume(&self) -> Option<Checkpoint>;
    /// A frame of the last cycle is done.
    fn frame(&mut self, index: u32, time: f64, flow: &Flow<'_>, control: &RunControl) -> Result<(), RunnerError>;
    /// The run may be interrupted here.
    fn keep(&mut self, checkpoint: &dyn Fn() -> Checkpoint) -> Result<(), RunnerError>;
    /// The error of the solver with its place.
    fn failed(&self, error: FlowError) -> RunnerError;
}

impl Schedule<'_> {
    /// Runs to the end.
    pub(crate) fn run(
        &self,
        flow: &mut Flow<'_>,
        witness: &mut dyn Witness,
        control: &RunControl,
    ) -> Result<Course, RunnerError> {
        match self.period {
            Some(period) => self.cycles(period, flow, witness, control),
            None => self.steady(flow, witness, control),
        }
    }

    fn names(&self) -> Vec<String> {
        let is_opening =
            |condition: &flow::Condition| matches!(condition, flow::Condition::Open(_) | flow::Condition::Inflow(_));
        let conditions = self.openings.conditions.iter().filter(|(_, condition)| is_opening(condition));
        conditions.map(|(name, _)| name.clone()).collect()
    }

    fn cycles(
        &self,
        period: f64,
        flow: &mut Flow<'_>,
        witness: &mut dyn Witness,
        control: &RunControl,
    ) -> Result<Course, RunnerError> {
        let (cycles, frames) = (*self.plan.cycles, *self.plan.frames);
        let interval = period / f64::from(frames);
        let mut march = March::new(StepPolicy {
            courant: *self.plan.courant * f64::from(self.step_factor),
            least: (*self.plan.least_steps / self.step_factor).max(1),
            most: *self.plan.most_steps,
            probe: PROBE,
        });
        let mut sums = Sums::new(self.wall.nodes().len(), flow.pressure().len()).map_err(|e| witness.failed(e))?;
        let mut first = 0;
        if let Some(checkpoint) = witness.resume() {
            let restored = flow.restore(&checkpoint.state).is_ok();
            if restored {
                march.restore(checkpoint.march);
                (first, sums) = (checkpoint.frames, checkpoint.sums);
            }
        }
        let last_begin = (cycles - 1) * frames;
        for frame in first..cycles * frames {
            control.check()?;
            let (done, all) = (f64::from(frame), f64::from(cycles * frames));
            let stage = control.stage("steps", done / all, (done + 1.0) / all);
            if frame == last_begin {
                sums.begin(flow, &march, |flow| self.moment(flow, 0.0, None)).map_err(|e| witness.failed(e))?;
                self.note_frame(flow, 0.0, &mut sums, control).map_err(|e| witness.failed(e))?;
                march.forget_report();
            }
            let begin = f64::from(last_begin) * interval;
            let is_last = frame >= last_begin;
            let advanced = march.advance(flow, interval, &stage, |flow, report| {
                if is_last {
                    sums.moments.push(self.moment(flow, report.time - begin, Some(report))?);
                    sums.through = sums.through.max(self.openings.inflow_at(report.time));
                }
                Ok(())
            });
            advanced.map_err(|error| witness.failed(error))?;
            if is_last {
                let index = frame + 1 - last_begin;
                self.note_frame(flow, flow.time() - begin, &mut sums, control).map_err(|e| witness.failed(e))?;
                witness.frame(index, f64::from(index) * interval, flow, control)?;
            }
            if frame + 1 < cycles * frames {
                let checkpoint =
                    || Checkpoint { frames: frame + 1, march: march.state(), state: flow.state(), sums: sums.clone() };
                witness.keep(&checkpoint)?;
            }
        }
        let report = *march.report();
        let steps = [sums.steps_before[0] + report.steps, sums.steps_before[1] + report.repeated];
        let periodicity =
            (cycles > 1).then(|| difference(flow.velocity(), &sums.start_velocity).max(pressure_change(&sums.moments)));
        self.close(sums, report, steps, periodicity, None).map_err(|error| witness.failed(error))
    }

    fn steady(
        &self,
        flow: &mut Flow<'_>,
        witness: &mut dyn Witness,
        control: &RunControl,
    ) -> Result<Course, RunnerError> {
        let [unit, passage] = self.passages;
        let policy = SteadyPolicy {
            courant: *self.plan.courant * f64::from(self.step_factor),
            unit,
            change: *self.plan.steady,
            longest: *self.plan.passages * passage,
        };
        let mut iterations = 0;
        let advanced = policy.advance(flow, &control.stage("steps", 0.0, 0.98), |_, report| {
            iterations += report.iterations.count as u64;
            Ok(())
        });
        let report = advanced.map_err(|error| witness.failed(error))?;
        let mut sums = Sums::new(self.wall.nodes().len(), flow.pressure().len()).map_err(|e| witness.failed(e))?;
        let moment = self.moment(flow, 0.0, None).map_err(|error| witness.failed(error))?;
        sums.moments = vec![moment];
        sums.through = self.openings.inflow_at(flow.time());
        // The shear of a steady flow is that of a cycle in which nothing changes.
        for time in [0.0, 1.0] {
            self.note_frame(flow, time, &mut sums, control).map_err(|error| witness.failed(error))?;
        }
        witness.frame(0, 0.0, flow, control)?;
        let march = MarchReport {
            steps: report.steps,
            shortest: report.step,
            longest: report.step,
            courant: report.courant,
            iterations,
            lack: report.lack,
            ..MarchReport::default()
        };
        self.close(sums, march, [report.steps, 0], None, Some(report.change)).map_err(|error| witness.failed(error))
    }

    /// The openings at the end of a step, or at the beginning of a cycle.
    fn moment(&self, flow: &Flow<'_>, time: f64, report: Option<&StepReport>) -> Result<Moment, FlowError> {
        let now = flow.open_reports();
        let open = report.map_or(&now, |report| &report.open);
        let mut openings = Vec::new();
        for name in self.names() {
            openings.push(match open.get(&name) {
                Some(face) => [face.pressure, face.flux],
                None => {
                    let waveform = self.openings.inflows.iter().find(|(region, ..)| *region == name);
                    [flow.mean_pressure(&name)?, -waveform.map_or(0.0, |(_, waveform, _)| waveform.at(flow.time()))]
                }
            });
        }
        let speed = flow.velocity().iter().map(|u| u.norm()).fold(0.0, f64::max);
        Ok(Moment { time, openings, speed })
    }

    /// Shear, energy and pressure at a frame.
    fn note_frame(&self, flow: &Flow<'_>, time: f64, sums: &mut Sums, control: &RunControl) -> Result<(), FlowError> {
        let mut shear = self.wall.shear(flow, control)?;
        shear.time = time;
        sums.gap = sums.gap.max(shear.relative_gap);
        sums.shear.add(&shear)?;
        let names = self.names();
        let regions: Vec<&str> = names.iter().map(String::as_str).collect();
        let energy = flow.energy(&regions)?;
        sums.energy.push(EnergyMoment { time, loss: energy.loss(), kinetic: energy.within.kinetic });
        // The beginning of a cycle is the end of the one before.
        if sums.energy.len() > 1 {
            sums.pressure.iter_mut().zip(flow.pressure()).for_each(|(sum, p)| *sum += p);
        }
        Ok(())
    }

    fn close(
        &self,
        sums: Sums,
        march: MarchReport,
        steps: [u64; 2],
        periodicity: Option<f64>,
        steady_change: Option<f64>,
    ) -> Result<Course, FlowError> {
        let frames = sums.energy.len().saturating_sub(1).max(1) as f64;
        Ok(Course {
            openings: self.names(),
            metrics: sums.shear.metrics()?,
            mean_pressure: sums.pressure.iter().map(|sum| sum / frames).collect(),
            moments: sums.moments,
            energy: sums.energy,
            gap: sums.gap,
            march,
            steps,
            through: sums.through,
            periodicity,
            steady_change,
        })
    }
}

/// Root mean square of a difference over that of the first.
fn difference(u: &[mesh::Vector3<f64>], v: &[mesh::Vector3<f64>]) -> f64 {
    let size: f64 = u.iter().map(|u| u.norm_squared()).sum();
    let apart: f64 = u.iter().zip(v).map(|(u, v)| (u - v).norm_squared()).sum();
    if size > 0.0 { (apart / size).sqrt() } else { 0.0 }
}

/// Largest change of the pressure at an opening from the first moment to the last, over its range between them.
fn pressure_change(moments: &[Moment]) -> f64 {
    let (Some(first), Some(last)) = (moments.first(), moments.last()) else { return 0.0 };
    let change = |(opening, (from, to)): (usize, (&[f64; 2], &[f64; 2]))| {
        let pressures = moments.iter().filter_map(|moment| moment.openings.get(opening)).map(|values| values[0]);
        let [low, high] = pressures.fold([f64::INFINITY, f64::NEG_INFINITY], |[l, h], p| [l.min(p), h.max(p)]);
        if high > low { (to[0] - from[0]).abs() / (high - low) } else { 0.0 }
    };
    first.openings.iter().zip(&last.openings).enumerate().map(change).fold(0.0, f64::max)
}

impl Sums {
    /// Begins the last cycle.
    fn begin(
        &mut self,
        flow: &Flow<'_>,
        march: &March,
        moment: impl FnOnce(&Flow<'_>) -> Result<Moment, FlowError>,
    ) -> Result<(), FlowError> {
        self.moments = vec![moment(flow)?];
        self.start_velocity = flow.velocity().to_vec();
        self.steps_before = [march.report().steps, march.report().repeated];
        self.shear = ShearHistory::new(self.shear.state().nodes, None)?;
        Ok(())
    }
}
