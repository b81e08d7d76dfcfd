//! Inflow of a given rate through a flat part of the boundary.

use crate::developed::{Developed, normalised};
use crate::patch::Patch;
use crate::{FlowError, FlowSpace, Waveform};
use control::RunControl;
use nalgebra::{Complex, Vector3};
use rayon::prelude::*;
use std::f64::consts::{PI, TAU};

/// Harmonics of a Womersley profile at most.
const MOST_HARMONICS: usize = 24;
/// Part of the mean of Q² that the harmonics may leave.
const LEFT: f64 = 1e-6;
/// Times in a period at which the largest speed is looked for.
const INSTANTS: usize = 128;

/// How the speed of an inflow is spread over its section.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Profile {
    /// The same speed everywhere but on the rim.
    Plug,
    /// Steady fully developed flow of the section's own shape, -Δs = constant: a paraboloid on a disc or an ellipse.
    Parabolic,
    /// Pulsatile fully developed flow of the section's own shape, iω_n w - ν Δw = constant for each harmonic: that of Womersley
    /// (J. Physiol. 127:553, 1955) on a disc.
    Womersley,
}

/// What an inflow amounts to.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct InflowReport {
    /// mm².
    pub area: f64,
    /// Of the disc of the same area, mm.
    pub equivalent_diameter: f64,
    /// Four areas over the length of the rim where fluid sticks, mm.
    pub hydraulic_diameter: f64,
    /// Mean over section and period, mm/s.
    pub mean_speed: f64,
    /// Largest at a node at any time behind the ramp, mm/s.
    pub peak_speed: f64,
    /// Mean speed times hydraulic diameter over ν.
    pub reynolds: f64,
    /// The same of the largest flow rate.
    pub peak_reynolds: f64,
    /// Womersley number α = R √(ω/ν), R half the equivalent diameter, ω of the period; 0 for constant flow.
    pub womersley: f64,
    /// Harmonics of the profile.
    pub harmonics: usize,
}

/// One harmonic of the flow rate and its profile.
#[derive(Debug, Clone)]
struct Harmonic {
    /// mm³/s.
    amplitude: Complex<f64>,
    /// 1/s.
    omega: f64,
    /// Over the flux, 1/mm².
    profile: Vec<Complex<f64>>,
}

/// A velocity held on a flat region whose flux into the domain is a waveform's at all times, to rounding in the sense of the
/// mesh's own quadrature. It points along the inward normal of the plane and vanishes on the rim.
#[derive(Debug, Clone)]
pub struct Inflow {
    region: String,
    symmetry: Vec<String>,
    waveform: Waveform,
    inward: Vector3<f64>,
    nodes: Vec<u32>,
    /// Places in `nodes` of those on the rim where fluid sticks.
    rim: Vec<u32>,
    /// Profile of the mean over the flux, 1/mm².
    steady: Vec<f64>,
    harmonics: Vec<Harmonic>,
    report: InflowReport,
}

impl Inflow {
    /// An inflow through a face region; the kinematic viscosity ν in mm²/s.
    ///
    /// # Errors
    /// [`FlowError::UnknownRegion`], [`FlowError::Inflow`] for a region that is not flat, connected or without a rim,
    /// [`FlowError::Value`], [`FlowError::Linear`], [`FlowError::Cancelled`].
    pub fn new(
        space: &FlowSpace,
        region: &str,
        profile: Profile,
        waveform: &Waveform,
        viscosity: f64,
        control: &RunControl,
    ) -> Result<Self, FlowError> {
        Self::beside(space, region, &[], profile, waveform, viscosity, control)
    }

    /// As [`Inflow::new`] where the region ends at planes of symmetry, on whose part of the rim the fluid moves: face regions with
    /// the condition of slip.
    ///
    /// # Errors
    /// Also [`FlowError::NotPlanar`].
    pub fn beside(
        space: &FlowSpace,
        region: &str,
        symmetry: &[&str],
        profile: Profile,
        waveform: &Waveform,
        viscosity: f64,
        control: &RunControl,
    ) -> Result<Self, FlowError> {
        if !(viscosity > 0.0 && viscosity.is_finite()) {
            let remedy = "it must be positive and finite, in mm²/s".to_owned();
            return Err(FlowError::Value { what: "the kinematic viscosity".to_owned(), value: viscosity, remedy });
        }
        let patch = Patch::new(space, region, symmetry)?;
        let (steady, harmonics) = match profile {
            Profile::Plug => (plug(&patch), Vec::new()),
            Profile::Parabolic => (Developed::new(&patch, control)?.steady(control)?, Vec::new()),
            Profile::Womersley => {
                let developed = Developed::new(&patch, control)?;
                (developed.steady(control)?, oscillating(&developed, waveform, viscosity, control)?)
            }
        };
        let mut is_rim = vec![true; patch.nodes.len()];
        patch.free.iter().for_each(|&k| is_rim[k as usize] = false);
        let mut inflow = Self {
            region: region.to_owned(),
            symmetry: symmetry.iter().map(|&plane| plane.to_owned()).collect(),
            report: report(&patch, waveform, viscosity, harmonics.len()),
            waveform: waveform.clone(),
            inward: patch.inward,
            nodes: patch.nodes,
            rim: (0_u32..).zip(is_rim).filter(|(_, is_rim)| *is_rim).map(|(k, _)| k).collect(),
            steady,
            harmonics,
        };
        inflow.report.peak_speed = inflow.peak_speed();
        Ok(inflow)
    }

    /// The face region.
    pub fn region(&self) -> &str {
        &self.region
    }

    /// Sizes, speeds, Reynolds and Womersley numbers.
    pub fn report(&self) -> &InflowReport {
        &self.report
    }

    /// The flow rate.
    pub fn waveform(&self) -> &Waveform {
        &self.waveform
    }

    /// Unit normal of the plane into the domain.
    pub fn inward(&self) -> Vector3<f64> {
        self.inward
    }

    /// The nodes, in the numbers of the space, and their velocities (mm/s) at a time (s).
    pub fn velocities(&self, time: f64) -> Vec<(u32, Vector3<f64>)> {
        let speeds = self.speeds(time);
        self.nodes.iter().zip(speeds).map(|(&node, speed)| (node, self.inward * speed)).collect()
    }

    pub(crate) fn nodes(&self) -> &[u32] {
        &self.nodes
    }

    /// Nodes of the rim where fluid sticks.
    pub(crate) fn rim(&self) -> impl Iterator<Item = u32> {
        self.rim.iter().map(|&k| self.nodes[k as usize])
    }

    pub(crate) fn is_beside(&self, plane: &str) -> bool {
        self.symmetry.iter().any(|own| own == plane)
    }

    /// Speeds into the domain at the nodes of the patch, mm/s.
    pub(crate) fn speeds(&self, time: f64) -> Vec<f64> {
        let ramp = self.waveform.ramp_at(time);
        let mut speeds = self.speeds_behind_ramp(time);
        speeds.iter_mut().for_each(|speed| *speed *= ramp);
        speeds
    }

    /// What the harmonics leave of the flow rate goes with the part in phase of the last one, whose flux is that of the whole
    /// profile: faster oscillations are about as flat. Without harmonics it goes with the steady profile.
    fn speeds_behind_ramp(&self, time: f64) -> Vec<f64> {
        let mut factors: Vec<Complex<f64>> =
            self.harmonics.iter().map(|own| own.amplitude * Complex::from_polar(1.0, own.omega * time)).collect();
        let mean = self.waveform.mean();
        let rest = self.waveform.behind_ramp_at(time) - mean - factors.iter().map(|factor| factor.re).sum::<f64>();
        let steady = if self.harmonics.is_empty() { mean + rest } else { mean };
        if let Some(last) = factors.last_mut() {
            *last += rest;
        }
        let mut speeds: Vec<f64> = self.steady.iter().map(|value| steady * value).collect();
        for (harmonic, factor) in self.harmonics.iter().zip(factors) {
            let own = speeds.iter_mut().zip(&harmonic.profile);
            own.for_each(|(speed, value)| *speed += factor.re * value.re - factor.im * value.im);
        }
        speeds
    }

    fn peak_speed(&self) -> f64 {
        let fastest = |time: f64| self.speeds_behind_ramp(time).into_iter().map(f64::abs).fold(0.0, f64::max);
        let Some(period) = self.waveform.period() else { return fastest(0.0) };
        (0..INSTANTS).map(|k| fastest(period * k as f64 / INSTANTS as f64)).fold(0.0, f64::max)
    }
}

fn plug(patch: &Patch) -> Vec<f64> {
    let mut profile = vec![0.0; patch.nodes.len()];
    patch.free.iter().for_each(|&k| profile[k as usize] = 1.0);
    normalised(patch, &profile)
}

fn oscillating(
    developed: &Developed<'_>,
    waveform: &Waveform,
    viscosity: f64,
    control: &RunControl,
) -> Result<Vec<Harmonic>, FlowError> {
    let Some(period) = waveform.period() else { return Ok(Vec::new()) };
    let amplitudes = waveform.harmonics_that_matter(LEFT, MOST_HARMONICS);
    let harmonic = |(k, amplitude): (usize, Complex<f64>)| {
        let omega = TAU * (k + 1) as f64 / period;
        Ok(Harmonic { amplitude, omega, profile: developed.oscillating(omega / viscosity, control)? })
    };
    amplitudes.into_par_iter().enumerate().map(harmonic).collect()
}

fn report(patch: &Patch, waveform: &Waveform, viscosity: f64, harmonics: usize) -> InflowReport {
    let radius = (patch.area / PI).sqrt();
    let hydraulic_diameter = 4.0 * patch.area / patch.wetted;
    let reynolds = |rate: f64| rate.abs() / patch.area * hydraulic_diameter / viscosity;
    InflowReport {
        area: patch.area,
        equivalent_diameter: 2.0 * radius,
        hydraulic_diameter,
        mean_speed: waveform.mean() / patch.area,
        peak_speed: 0.0,
        reynolds: reynolds(waveform.mean()),
        peak_reynolds: reynolds(waveform.largest()),
        womersley: waveform.period().map_or(0.0, |period| radius * (TAU / period / viscosity).sqrt()),
        harmonics,
    }
}
