//! Blood flow: what enters and leaves a lumen, and how time passes.

use crate::located::Located;
use crate::measure::{Compliance, FlowRate, FlowResistance, Number, Pressure, Time};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// Flow through a lumen. Its regions are those of the mesh: `wall`, `inlet`, `outlet_1`, ..., `sac` for an anatomy with a
/// vessel and for a tube. Every opening needs an inflow or an outflow; all else is a wall.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct FlowPlan {
    /// What enters.
    pub inlets: Located<Vec<Inflow>>,
    /// Openings with an outflow of their own.
    #[serde(default)]
    pub outlets: Located<Vec<Outflow>>,
    /// Openings that share one bed: all that have no entry in `inlets` or `outlets`.
    #[serde(default)]
    pub bed: Option<Located<Bed>>,
    /// Planes of symmetry.
    #[serde(default)]
    pub symmetry: Vec<Located<String>>,
    /// How time passes.
    #[serde(default)]
    pub time: Located<TimePlan>,
}

/// What enters through a region.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Inflow {
    /// The region, which is planar.
    pub region: Located<String>,
    /// How the velocity is spread over it.
    #[serde(default)]
    pub profile: InflowProfile,
    /// Mean flow rate over time.
    pub mean: Located<FlowRate>,
    /// How the flow rate goes up and down; constant when absent.
    #[serde(default)]
    pub waveform: Option<Located<WaveformPlan>>,
    /// Where flow rate and waveform come from.
    pub source: String,
}

/// How a velocity is spread over an opening.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum InflowProfile {
    /// The same everywhere but at the wall.
    Plug,
    /// That of a steady flow in a long straight pipe of the opening's shape.
    Parabolic,
    /// That of the pulsating flow in a long straight pipe of the opening's shape (Womersley).
    #[default]
    Womersley,
}

/// A waveform: exactly one of `named`, `file`, `fourier`. It is scaled to the mean flow rate of its inflow.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct WaveformPlan {
    /// One that the program knows.
    #[serde(default)]
    pub named: Option<NamedWaveform>,
    /// A table of two columns, time and flow rate, each with its unit in the header (`time [s], flow [mL/s]`), over one period;
    /// relative to the study.
    #[serde(default)]
    pub file: Option<Located<String>>,
    /// Q(t)/Q_mean = 1 + Σ a_n cos(2π n t/T) + b_n sin(2π n t/T): the pairs [a_n, b_n].
    #[serde(default)]
    pub fourier: Option<Located<Vec<[f64; 2]>>>,
    /// The period T; a named waveform and a file have one of their own, which this replaces.
    #[serde(default)]
    pub period: Option<Located<Time>>,
}

/// A waveform that the program knows.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum NamedWaveform {
    /// Internal carotid artery of older adults, period 0.951 s (Hoi et al. 2010, Physiol Meas 31:291).
    InternalCarotid,
}

/// What lies beyond an opening: exactly one of `pressure`, `resistance`, `windkessel`.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Outflow {
    /// The region.
    pub region: Located<String>,
    /// A constant pressure.
    #[serde(default)]
    pub pressure: Option<Located<Pressure>>,
    /// Pressure over flow rate, above the distal pressure.
    #[serde(default)]
    pub resistance: Option<Located<FlowResistance>>,
    /// Two resistances and a compliance.
    #[serde(default)]
    pub windkessel: Option<Located<Windkessel>>,
    /// Pressure behind a resistance or windkessel; 0 when absent.
    #[serde(default)]
    pub distal_pressure: Option<Located<Pressure>>,
    /// Where the numbers come from.
    pub source: String,
}

/// P = P_c + R_p Q, C dP_c/dt = Q - (P_c - P_d)/R_d. It starts charged by the mean flow.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Windkessel {
    /// R_p.
    pub proximal: Located<FlowResistance>,
    /// C.
    pub compliance: Located<Compliance>,
    /// R_d.
    pub distal: Located<FlowResistance>,
}

/// The vessels beyond several openings: their resistances are found so that the outflow is shared like d^exponent, d the
/// diameters of the openings, at the mean pressure.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Bed {
    /// 3 after Murray (1926); 2 to 2.7 are in use.
    pub exponent: Located<f64>,
    /// Mean pressure of the openings; without it they all have the distal pressure, and the flow divides itself.
    #[serde(default)]
    pub mean_pressure: Option<Located<Pressure>>,
    /// Pressure beyond the bed; 0 when absent.
    #[serde(default)]
    pub distal_pressure: Option<Located<Pressure>>,
    /// Compliance of all openings together, shared like the flow; a bed without is of pure resistances.
    #[serde(default)]
    pub compliance: Option<Located<Compliance>>,
    /// Share of the proximal resistance in each opening's; 9 % when absent.
    #[serde(default)]
    pub proximal_share: Option<Located<Number>>,
    /// Where the numbers come from.
    pub source: String,
}

/// How time passes.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct TimePlan {
    /// Cycles of a pulsating flow; the last one is reported.
    pub cycles: Located<u32>,
    /// Moments of a cycle that are kept and between which the time step stays the same.
    pub frames: Located<u32>,
    /// Courant number that no step exceeds: speed times step over the spacing of the nodes along the flow.
    pub courant: Located<f64>,
    /// Steps between two frames at most: more are refused, so that a run ends.
    pub most_steps: Located<u32>,
    /// Steps between two frames at least.
    pub least_steps: Located<u32>,
    /// Change of the velocity in the time that the flow needs for its largest diameter, over its size, below which a flow
    /// counts as steady.
    pub steady: Located<f64>,
    /// Longest time to wait for a steady flow, in passages through the whole volume.
    pub passages: Located<f64>,
}

impl Default for TimePlan {
    fn default() -> Self {
        Self {
            cycles: Located::new(3, 0),
            frames: Located::new(40, 0),
            courant: Located::new(2.0, 0),
            most_steps: Located::new(256, 0),
            least_steps: Located::new(4, 0),
            steady: Located::new(1e-5, 0),
            passages: Located::new(10.0, 0),
        }
    }
}
