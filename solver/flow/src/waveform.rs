//! Flow rates in time.

use crate::FlowError;
use crate::spline::PeriodicSpline;
use nalgebra::Complex;
use std::f64::consts::TAU;

/// The first and the last sample of a period may differ by this part of the range.
const CLOSED: f64 = 0.01;
/// A sample nearer to the end of the period than this part of the mean spacing stands for the end.
const AT_END: f64 = 0.01;
/// Mean spacings between the last sample and the end of the period at most.
const LARGEST_GAP: f64 = 2.0;
/// Samples at least.
const FEWEST: usize = 4;
/// Phase over which four points integrate an oscillation to about 10⁻¹².
const PHASE: f64 = 0.5;

/// Flow rate of older adults' internal carotid arteries over its mean: a_n and b_n of [`Waveform::internal_carotid`].
const INTERNAL_CAROTID: [(f64, f64); 12] = [
    (0.04806, 0.57555),
    (-0.18538, 0.25048),
    (-0.19722, 0.04270),
    (-0.04748, 0.03531),
    (-0.14766, 0.02599),
    (-0.06540, -0.07994),
    (-0.00401, -0.04022),
    (0.00251, -0.03335),
    (0.02781, -0.01214),
    (0.01078, 0.01443),
    (-0.00106, 0.00647),
    (-0.00165, 0.00750),
];

/// A flow rate Q(t) in mm³/s: constant or periodic, with or without a smooth start.
#[derive(Debug, Clone, PartialEq)]
pub struct Waveform {
    shape: Shape,
    /// Length of the start, s; 0 for none.
    ramp: f64,
}

#[derive(Debug, Clone, PartialEq)]
enum Shape {
    Constant(f64),
    /// mean + Re Σ c_n exp(2πi n t/T).
    Series {
        mean: f64,
        period: f64,
        terms: Vec<Complex<f64>>,
    },
    Samples(PeriodicSpline),
}

impl Waveform {
    /// Q(t) = `rate`, mm³/s.
    ///
    /// # Errors
    /// [`FlowError::Value`].
    pub fn constant(rate: f64) -> Result<Self, FlowError> {
        finite("the flow rate", rate)?;
        Ok(Self { shape: Shape::Constant(rate), ramp: 0.0 })
    }

    /// Q(t) = mean + Σ a_n cos(2πn t/T) + b_n sin(2πn t/T), from n = 1; mm³/s, the period T in s.
    ///
    /// # Errors
    /// [`FlowError::Value`], [`FlowError::Waveform`].
    pub fn series(mean: f64, period: f64, terms: &[(f64, f64)]) -> Result<Self, FlowError> {
        finite("the mean flow rate", mean)?;
        positive_period(period)?;
        if let Some(k) = terms.iter().position(|(a, b)| !(a.is_finite() && b.is_finite())) {
            return refused(format!("harmonic {}", k + 1), "its coefficients must be finite".to_owned());
        }
        let terms = terms.iter().map(|&(a, b)| Complex::new(a, -b)).collect();
        Ok(Self { shape: Shape::Series { mean, period, terms }, ramp: 0.0 })
    }

    /// A periodic cubic spline through samples (mm³/s) at ascending times (s) of one period. Without a `period` the last sample
    /// stands at its end and repeats the first; with one the samples may also stop short of it.
    ///
    /// A spline and no trigonometric series through the samples: it takes uneven times, a jump or a bad sample rings for a few
    /// samples and not through the whole period, and its harmonics fall with the fourth power. Its time mean is that of
    /// [`Waveform::mean`] exactly, and at even spacing the mean of the samples.
    ///
    /// # Errors
    /// [`FlowError::Value`], [`FlowError::Waveform`] for samples that are few, not finite, not ascending, or not periodic.
    pub fn samples(times: &[f64], values: &[f64], period: Option<f64>) -> Result<Self, FlowError> {
        refuse_bad_samples(times, values)?;
        period.map_or(Ok(()), positive_period)?;
        let (times, values, period) = one_period(times, values, period)?;
        Ok(Self { shape: Shape::Samples(PeriodicSpline::new(times, values, period)), ramp: 0.0 })
    }

    /// The flow rate of the internal carotid arteries of older adults, with the mean 1 mm³/s: set it by [`Waveform::scaled`];
    /// 4.1 to 4.6 mL/s are usual. T = 0.951 s, between 0.40 and 2.17 times the mean, largest at 0.109 s.
    ///
    /// Twelve harmonics, within 2 % of the mean, of the waveform of Hoi et al. (Physiol. Meas. 31:291, 2010) as digitised in
    /// VaMPy (`src/vampy/simulation/ICA_values`).
    pub fn internal_carotid() -> Self {
        let terms = INTERNAL_CAROTID.iter().map(|&(a, b)| Complex::new(a, -b)).collect();
        Self { shape: Shape::Series { mean: 1.0, period: 0.951, terms }, ramp: 0.0 }
    }

    /// Q at a time (s), mm³/s.
    pub fn at(&self, time: f64) -> f64 {
        self.ramp_at(time) * self.behind_ramp_at(time)
    }

    /// Q without the start.
    pub(crate) fn behind_ramp_at(&self, time: f64) -> f64 {
        match &self.shape {
            Shape::Constant(rate) => *rate,
            Shape::Series { mean, period, terms } => {
                let phase = TAU * (time / period).rem_euclid(1.0);
                let sum = (1_u32..).zip(terms).map(|(n, term)| (term * turn(f64::from(n) * phase)).re);
                mean + sum.sum::<f64>()
            }
            Shape::Samples(spline) => spline.at(time),
        }
    }

    /// The mean over a period behind the ramp, mm³/s.
    pub fn mean(&self) -> f64 {
        match &self.shape {
            Shape::Constant(rate) => *rate,
            Shape::Series { mean, .. } => *mean,
            Shape::Samples(spline) => {
                let mut integral = 0.0;
                spline.integrate(spline.period(), |_, value, weight| integral += weight * value);
                integral / spline.period()
            }
        }
    }

    /// The period, s; `None` for a constant.
    pub fn period(&self) -> Option<f64> {
        match &self.shape {
            Shape::Constant(_) => None,
            Shape::Series { period, .. } => Some(*period),
            Shape::Samples(spline) => Some(spline.period()),
        }
    }

    /// The largest |Q| behind the ramp, mm³/s.
    pub fn largest(&self) -> f64 {
        let (period, details) = match &self.shape {
            Shape::Constant(rate) => return rate.abs(),
            Shape::Series { period, terms, .. } => (*period, terms.len()),
            Shape::Samples(spline) => (spline.period(), spline.knots()),
        };
        let count = 256 + 16 * details;
        let step = period / count as f64;
        let size = |t: f64| self.behind_ramp_at(t).abs();
        let best = (0..count).map(|k| k as f64 * step).max_by(|a, b| size(*a).total_cmp(&size(*b))).unwrap_or_default();
        // Golden section around the largest of the samples.
        let part = 0.5 * (5.0_f64.sqrt() - 1.0);
        let (mut low, mut high) = (best - step, best + step);
        for _ in 0..40 {
            let [left, right] = [high - part * (high - low), low + part * (high - low)];
            if size(left) > size(right) { high = right } else { low = left }
        }
        size(best).max(size(0.5 * (low + high)))
    }

    /// The complex amplitudes c_1 to c_n (mm³/s) of Q(t) = mean + Re Σ c_n exp(2πi n t/T) behind the ramp: c_n = a_n - i b_n.
    /// Zero for a constant.
    pub fn harmonics(&self, count: usize) -> Vec<Complex<f64>> {
        (1..=count).map(|n| self.harmonic(n)).collect()
    }

    fn harmonic(&self, n: usize) -> Complex<f64> {
        match &self.shape {
            Shape::Constant(_) => Complex::default(),
            Shape::Series { terms, .. } => terms.get(n - 1).copied().unwrap_or_default(),
            Shape::Samples(spline) => {
                let omega = TAU * n as f64 / spline.period();
                let mut integral = Complex::default();
                spline
                    .integrate(PHASE / omega, |time, value, weight| integral += turn(-omega * time) * (weight * value));
                integral * (2.0 / spline.period())
            }
        }
    }

    /// The first harmonics until those left out have less than a part of the mean of Q², `most` of them at most.
    pub(crate) fn harmonics_that_matter(&self, part: f64, most: usize) -> Vec<Complex<f64>> {
        let total = self.mean_square();
        let mut left = total - self.mean().powi(2);
        let mut harmonics = Vec::new();
        while harmonics.len() < most && left > part * total {
            let harmonic = self.harmonic(harmonics.len() + 1);
            left -= 0.5 * harmonic.norm_sqr();
            harmonics.push(harmonic);
        }
        harmonics
    }

    pub(crate) fn mean_square(&self) -> f64 {
        match &self.shape {
            Shape::Constant(rate) => rate * rate,
            Shape::Series { mean, terms, .. } => mean * mean + 0.5 * terms.iter().map(Complex::norm_sqr).sum::<f64>(),
            Shape::Samples(spline) => {
                let mut integral = 0.0;
                spline.integrate(spline.period(), |_, value, weight| integral += weight * value * value);
                integral / spline.period()
            }
        }
    }

    /// The same shape with another mean, mm³/s.
    ///
    /// # Errors
    /// [`FlowError::Value`] for a mean that is not finite, or when the waveform's own is zero.
    pub fn scaled(&self, mean: f64) -> Result<Self, FlowError> {
        finite("the mean flow rate", mean)?;
        let factor = mean / self.mean();
        if !factor.is_finite() {
            let remedy = "a waveform without net flow cannot be scaled by its mean: scale its values".to_owned();
            return Err(FlowError::Value { what: "the waveform's own mean".to_owned(), value: self.mean(), remedy });
        }
        let mut scaled = self.clone();
        match &mut scaled.shape {
            Shape::Constant(rate) => *rate = mean,
            Shape::Series { mean: own, terms, .. } => {
                *own = mean;
                terms.iter_mut().for_each(|term| *term *= factor);
            }
            Shape::Samples(spline) => spline.scale(factor),
        }
        Ok(scaled)
    }

    /// The same flow from rest: multiplied by 3s² - 2s³ with s = t/duration (s) up to 1, which starts and ends without a kink.
    ///
    /// # Errors
    /// [`FlowError::Value`] for a duration that is negative or not finite.
    pub fn ramped(&self, duration: f64) -> Result<Self, FlowError> {
        if !(duration >= 0.0 && duration.is_finite()) {
            let remedy = "it must be finite and not negative, in s".to_owned();
            return Err(FlowError::Value { what: "the duration of the ramp".to_owned(), value: duration, remedy });
        }
        Ok(Self { ramp: duration, ..self.clone() })
    }

    /// The same waveform with another period (s), stretched in time; a constant flow stays as it is.
    ///
    /// # Errors
    /// [`FlowError::Value`].
    pub fn with_period(&self, period: f64) -> Result<Self, FlowError> {
        positive_period(period)?;
        let mut stretched = self.clone();
        match &mut stretched.shape {
            Shape::Constant(_) => {}
            Shape::Series { period: own, .. } => *own = period,
            Shape::Samples(spline) => spline.stretch(period),
        }
        Ok(stretched)
    }

    /// The factor of the start.
    pub(crate) fn ramp_at(&self, time: f64) -> f64 {
        if time >= self.ramp {
            return 1.0;
        }
        let s = (time / self.ramp).max(0.0);
        s * s * (3.0 - 2.0 * s)
    }
}

fn turn(phase: f64) -> Complex<f64> {
    Complex::from_polar(1.0, phase)
}

fn finite(what: &str, value: f64) -> Result<(), FlowError> {
    let remedy = || "it must be finite, in mm³/s".to_owned();
    if value.is_finite() { Ok(()) } else { Err(FlowError::Value { what: what.to_owned(), value, remedy: remedy() }) }
}

fn positive_period(period: f64) -> Result<(), FlowError> {
    if period > 0.0 && period.is_finite() {
        return Ok(());
    }
    let remedy = "it must be positive and finite, in s".to_owned();
    Err(FlowError::Value { what: "the period of the waveform".to_owned(), value: period, remedy })
}

pub(crate) fn refused<T>(at: String, why: String) -> Result<T, FlowError> {
    Err(FlowError::Waveform { at, why })
}

fn refuse_bad_samples(times: &[f64], values: &[f64]) -> Result<(), FlowError> {
    if times.len() != values.len() {
        let why = format!("there are {} times and {} flow rates: give one of each", times.len(), values.len());
        return refused("all samples".to_owned(), why);
    }
    if times.len() < FEWEST {
        let why = format!("there are {} of them: give at least {FEWEST} over one period", times.len());
        return refused("all samples".to_owned(), why);
    }
    for (k, (time, value)) in times.iter().zip(values).enumerate() {
        let place = || format!("sample {}", k + 1);
        if !(time.is_finite() && value.is_finite()) {
            return refused(place(), format!("({time} s, {value} mm³/s) must be finite: leave it out or mend it"));
        }
        if *time < 0.0 {
            return refused(place(), format!("the time {time} s is negative: let times start at 0"));
        }
        if k > 0 && *time <= times[k - 1] {
            let why =
                format!("the time {time} s does not come after {} s: sort the samples, each time once", times[k - 1]);
            return refused(place(), why);
        }
    }
    Ok(())
}

/// The samples of one period without the one at its end, and the period.
fn one_period(times: &[f64], values: &[f64], period: Option<f64>) -> Result<(Vec<f64>, Vec<f64>, f64), FlowError> {
    let last = times.len() - 1;
    let covered = times[last] - times[0];
    let period = period.unwrap_or(covered);
    let (spacing, gap) = (covered / last as f64, period - covered);
    let place = format!("sample {}", last + 1);
    if gap < -AT_END * spacing {
        let why =
            format!("the samples cover {covered} s and the period is {period} s: leave those of the next one out");
        return refused(place, why);
    }
    if gap > LARGEST_GAP * spacing {
        let why = format!(
            "the next {gap:.4} s of the period of {period} s have no sample, although they are {spacing:.4} s apart: sample the whole \
             period evenly"
        );
        return refused(place, why);
    }
    let (mut times, mut values) = (times.to_vec(), values.to_vec());
    if gap < AT_END * spacing {
        let (first, end) = (values[0], values[last]);
        let range = values.iter().fold(f64::MIN, |m, v| m.max(*v)) - values.iter().fold(f64::MAX, |m, v| m.min(*v));
        if (end - first).abs() > CLOSED * range {
            let why = format!(
                "the flow rate {end} mm³/s differs from the first, {first} mm³/s, by more than {} % of the range: repeat the first \
                 sample at the end of the period, or give the period if the samples stop short of it",
                100.0 * CLOSED
            );
            return refused(place, why);
        }
        values[0] = 0.5 * (first + end);
        times.pop();
        values.pop();
    }
    Ok((times, values, period))
}
