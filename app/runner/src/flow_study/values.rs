//! The study's quantities of one run of a flow.

use super::course::Course;
use crate::RunnerError;
use flow::{AreaStatistics, Metrics, Wall};
use mesh::{Region, VolumeMesh};
use serde::{Deserialize, Serialize};
use study::{FlowMetric, FlowOutput, Located, Output, Statistic, Study};

/// A quantity of one run, in the internal unit.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub(crate) struct FlowValue {
    pub(crate) value: f64,
    /// Difference of the wall shear stresses of both recoveries; 0 for what is not of the wall.
    pub(crate) gap: f64,
    /// Difference between the end and the beginning of the last cycle, for what has a course in time.
    pub(crate) drift: f64,
}

/// A run from which quantities are read.
pub(crate) struct Readings<'a> {
    pub(crate) study: &'a Study,
    pub(crate) mesh: &'a VolumeMesh,
    pub(crate) wall: &'a Wall<'a>,
    pub(crate) course: &'a Course,
    /// Openings that are no inlets.
    pub(crate) outlets: &'a [String],
}

impl Readings<'_> {
    /// The value of one output.
    pub(crate) fn value(&self, output: &Output) -> Result<FlowValue, RunnerError> {
        let Some(asked) = &output.flow else {
            // A checked study has flow outputs alone.
            return Err(self.refused(output, "the output asks for nothing of a flow"));
        };
        let plain = |value: f64| FlowValue { value, gap: 0.0, drift: 0.0 };
        let of_course = |values: &[f64]| {
            let drift = values.first().zip(values.last()).map_or(0.0, |(first, last)| (last - first).abs());
            FlowValue { value: self.over_time(asked, values), gap: 0.0, drift }
        };
        let region = asked.region.as_ref();
        Ok(match asked.metric {
            FlowMetric::Pressure => of_course(&self.opening(output, region, 0)?),
            FlowMetric::FlowRate => of_course(&self.opening(output, region, 1)?),
            FlowMetric::PressureDrop => {
                let (from, to) = (self.opening(output, region, 0)?, self.opening(output, asked.to.as_ref(), 0)?);
                let drops: Vec<f64> = from.iter().zip(to).map(|(from, to)| from - to).collect();
                of_course(&drops)
            }
            FlowMetric::FlowShare => plain(self.share(output, region)?),
            FlowMetric::EnergyLoss => plain(self.energy_loss()),
            FlowMetric::PeakSpeed => {
                let speeds: Vec<f64> = self.course.moments.iter().map(|moment| moment.speed).collect();
                plain(speeds.into_iter().fold(0.0, f64::max))
            }
            _ => self.of_wall(output, asked)?,
        })
    }

    fn refused(&self, output: &Output, reason: &str) -> RunnerError {
        RunnerError::Output { place: self.study.place(&output.name), reason: reason.to_owned() }
    }

    /// Pressures (0) or flow rates (1) of an opening at all moments.
    fn opening(
        &self,
        output: &Output,
        region: Option<&Located<String>>,
        which: usize,
    ) -> Result<Vec<f64>, RunnerError> {
        let names = &self.course.openings;
        let wanted = region.map_or("", |region| region.as_str());
        let Some(place) = names.iter().position(|name| name == wanted) else {
            let reason = format!("\"{wanted}\" is no opening; the openings are {}", names.join(", "));
            return Err(self.refused(output, &reason));
        };
        Ok(self.course.moments.iter().map(|moment| moment.openings[place][which]).collect())
    }

    fn over_time(&self, asked: &FlowOutput, values: &[f64]) -> f64 {
        match asked.over_time {
            Statistic::Maximum => values.iter().copied().fold(f64::NEG_INFINITY, f64::max),
            Statistic::Minimum => values.iter().copied().fold(f64::INFINITY, f64::min),
            Statistic::Mean | Statistic::Percentile => self.mean(values),
        }
    }

    /// The mean over the last cycle by the trapezoidal rule; the value itself of a steady flow.
    fn mean(&self, values: &[f64]) -> f64 {
        let times: Vec<f64> = self.course.moments.iter().map(|moment| moment.time).collect();
        mean_over(&times, values)
    }

    fn share(&self, output: &Output, region: Option<&Located<String>>) -> Result<f64, RunnerError> {
        let own = self.mean(&self.opening(output, region, 1)?);
        let mut all = 0.0;
        for outlet in self.outlets {
            all += self.mean(&self.opening(output, Some(&Located::new(outlet.clone(), 0)), 1)?);
        }
        Ok(own / all)
    }

    /// Mean of what total pressure carries in and not out, less what the kinetic energy gained over the cycle.
    fn energy_loss(&self) -> f64 {
        let energy = &self.course.energy;
        let (times, losses): (Vec<f64>, Vec<f64>) = energy.iter().map(|moment| (moment.time, moment.loss)).unzip();
        let gained = match (energy.first(), energy.last()) {
            (Some(first), Some(last)) if last.time > first.time => {
                (last.kinetic - first.kinetic) / (last.time - first.time)
            }
            _ => 0.0,
        };
        mean_over(&times, &losses) - gained
    }

    fn of_wall(&self, output: &Output, asked: &FlowOutput) -> Result<FlowValue, RunnerError> {
        let faces = match &asked.region {
            None => None,
            Some(region) => match self.mesh.regions.get(region.as_str()) {
                Some(Region::Faces(faces)) => Some(faces.as_slice()),
                _ => {
                    let known: Vec<&str> = self.mesh.regions.keys().map(String::as_str).collect();
                    let reason =
                        format!("the mesh has no face region \"{}\"; it has {}", region.as_str(), known.join(", "));
                    return Err(self.refused(output, &reason));
                }
            },
        };
        let failed = |error: flow::FlowError| RunnerError::flow(self.study.place(&output.name), error);
        let samples = self.wall.samples(faces).map_err(failed)?;
        let mut figures = [0.0; 2];
        for (figure, metrics) in figures.iter_mut().zip(recoveries(self.study, self.course)) {
            let statistics = samples.statistics(field(asked.metric, metrics)).map_err(failed)?;
            *figure = statistic(asked, &statistics);
        }
        Ok(FlowValue { value: figures[0], gap: (figures[0] - figures[1]).abs(), drift: 0.0 })
    }
}

/// Metrics by both recoveries of the wall shear stress, the better one first: by forces beside quadratic velocities, by gradients
/// beside linear ones.
pub(super) fn recoveries<'a>(study: &Study, course: &'a Course) -> [&'a Metrics; 2] {
    let both = [&course.metrics.by_forces, &course.metrics.by_gradient];
    if study.document.mesh.element.order() == 2 { both } else { [both[1], both[0]] }
}

/// The values at the nodes of the wall that a metric is one of.
pub(super) fn field(metric: FlowMetric, metrics: &Metrics) -> &[f64] {
    match metric {
        FlowMetric::PeakWallShear => &metrics.peak,
        FlowMetric::OscillatoryShearIndex => &metrics.osi,
        FlowMetric::RelativeResidenceTime => &metrics.rrt,
        FlowMetric::EndothelialCellActivation => &metrics.ecap,
        _ => &metrics.tawss,
    }
}

fn statistic(asked: &FlowOutput, statistics: &AreaStatistics) -> f64 {
    if let Some(below) = &asked.below {
        return statistics.fraction_below(below.value().value());
    }
    match (asked.over_region, &asked.percent) {
        (Statistic::Maximum, _) => statistics.maximum,
        (Statistic::Minimum, _) => statistics.minimum,
        (Statistic::Percentile, Some(percent)) => statistics.percentile(percent.value().value()),
        _ => statistics.mean,
    }
}

/// The mean of values at ascending times by the trapezoidal rule; that of a single value is itself.
fn mean_over(times: &[f64], values: &[f64]) -> f64 {
    let (Some(first), Some(last)) = (times.first(), times.last()) else { return 0.0 };
    if last <= first {
        return values.first().copied().unwrap_or_default();
    }
    let pieces = times.windows(2).zip(values.windows(2));
    pieces.map(|(t, v)| 0.5 * (v[0] + v[1]) * (t[1] - t[0])).sum::<f64>() / (last - first)
}

#[cfg(test)]
mod tests {
    use super::mean_over;

    #[test]
    fn a_mean_weighs_by_time() {
        assert!((mean_over(&[0.0, 1.0, 4.0], &[0.0, 2.0, 2.0]) - 1.75).abs() < 1e-15);
        assert_eq!(mean_over(&[0.0], &[3.0]), 3.0);
    }
}
