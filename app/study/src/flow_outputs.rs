//! Quantities of interest of a flow.

use crate::located::Located;
use crate::measure::{Number, Pressure};
use quantity::UnitClass;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// A figure of a flow. Of a pulsating flow it is that of the last cycle.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct FlowOutput {
    /// What is measured.
    pub metric: FlowMetric,
    /// Where: an opening for pressures, flow rates and shares; a part of the wall for what the wall feels, the whole wall when
    /// absent.
    #[serde(default)]
    pub region: Option<Located<String>>,
    /// The second opening of a pressure drop.
    #[serde(default)]
    pub to: Option<Located<String>>,
    /// What is reported of the values in a cycle, for pressures, flow rates and speeds.
    #[serde(default)]
    pub over_time: Statistic,
    /// What is reported of the values on a wall.
    #[serde(default)]
    pub over_region: Statistic,
    /// The share of the area, for example "99 %", that a percentile is above.
    #[serde(default)]
    pub percent: Option<Located<Number>>,
    /// Wall shear stress that low shear is below.
    #[serde(default)]
    pub below: Option<Located<Pressure>>,
}

/// What is reported of many values.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Statistic {
    /// The mean over time or area.
    #[default]
    Mean,
    /// The largest.
    Maximum,
    /// The smallest.
    Minimum,
    /// The value that `percent` of the area is below; of areas alone.
    Percentile,
}

/// What can be measured of a flow.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum FlowMetric {
    /// Mean pressure of an opening.
    Pressure,
    /// Mean pressure of the opening `region` less that of the opening `to`.
    PressureDrop,
    /// Flow rate out of an opening.
    FlowRate,
    /// Flow rate out of an opening over that out of all outlets, both as means over time.
    FlowShare,
    /// Power lost in the domain: total pressure times flow rate in less out, less what the kinetic energy takes up.
    EnergyLoss,
    /// Largest speed.
    PeakSpeed,
    /// TAWSS = (1/T) ∫ |τ| dt.
    TimeAveragedWallShear,
    /// Largest |τ| in the cycle.
    PeakWallShear,
    /// OSI = (1 - |∫ τ dt| / ∫ |τ| dt)/2.
    OscillatoryShearIndex,
    /// RRT = 1/((1 - 2 OSI) TAWSS).
    RelativeResidenceTime,
    /// ECAP = OSI/TAWSS.
    EndothelialCellActivation,
    /// Share of the area whose TAWSS is below `below`.
    LowShearArea,
}

impl FlowMetric {
    /// Unit class of its value.
    pub const fn class(self) -> UnitClass {
        match self {
            Self::Pressure | Self::PressureDrop | Self::TimeAveragedWallShear | Self::PeakWallShear => {
                UnitClass::Pressure
            }
            Self::FlowRate => UnitClass::FlowRate,
            Self::FlowShare | Self::OscillatoryShearIndex | Self::LowShearArea => UnitClass::Number,
            Self::EnergyLoss => UnitClass::Power,
            Self::PeakSpeed => UnitClass::Velocity,
            Self::RelativeResidenceTime | Self::EndothelialCellActivation => UnitClass::InversePressure,
        }
    }

    /// Whether it is a figure of values on the wall.
    pub const fn is_of_wall(self) -> bool {
        !matches!(
            self,
            Self::Pressure | Self::PressureDrop | Self::FlowRate | Self::FlowShare | Self::EnergyLoss | Self::PeakSpeed
        )
    }

    /// Whether it belongs to an opening, which must be named.
    pub const fn is_of_opening(self) -> bool {
        matches!(self, Self::Pressure | Self::PressureDrop | Self::FlowRate | Self::FlowShare)
    }
}

/// A scalar field of a flow, for figures.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum FlowField {
    /// Speed on a cut through the middle of the lumen.
    Speed,
    /// Streamlines from the inlets in a transparent lumen, coloured by their speed.
    Streamlines,
    /// Mean pressure over time, on the surface.
    Pressure,
    /// TAWSS on the wall.
    TimeAveragedWallShear,
    /// OSI on the wall.
    OscillatoryShearIndex,
    /// RRT on the wall.
    RelativeResidenceTime,
}

impl FlowField {
    /// Unit class of its values.
    pub const fn class(self) -> UnitClass {
        match self {
            Self::Speed | Self::Streamlines => UnitClass::Velocity,
            Self::Pressure | Self::TimeAveragedWallShear => UnitClass::Pressure,
            Self::OscillatoryShearIndex => UnitClass::Number,
            Self::RelativeResidenceTime => UnitClass::InversePressure,
        }
    }

    /// Name in words.
    pub const fn label(self) -> &'static str {
        match self {
            Self::Speed | Self::Streamlines => "speed",
            Self::Pressure => "pressure",
            Self::TimeAveragedWallShear => "time-averaged wall shear stress",
            Self::OscillatoryShearIndex => "oscillatory shear index",
            Self::RelativeResidenceTime => "relative residence time",
        }
    }
}
