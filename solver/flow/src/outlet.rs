//! Models of what lies beyond an open face.

use crate::FlowError;
use crate::bdf::Differences;

/// Straight pieces that a period of flux is followed by.
const PIECES: u32 = 4096;

/// Pressure P (MPa) of an open face as a function of the flux Q (mm³/s) out of it.
#[derive(Debug, Clone, PartialEq)]
pub enum Outlet {
    /// P as a function of time alone, MPa: by points in time (s) with straight lines between, constant before and after.
    Pressure(Vec<[f64; 2]>),
    /// P = distal + resistance · Q.
    Resistance {
        /// MPa s/mm³.
        resistance: f64,
        /// MPa.
        distal: f64,
    },
    /// Windkessel: P = P_c + proximal · Q, compliance · dP_c/dt = Q - (P_c - distal pressure)/distal resistance.
    Windkessel {
        /// Proximal resistance, MPa s/mm³.
        proximal: f64,
        /// Compliance, mm³/MPa.
        compliance: f64,
        /// Distal resistance, MPa s/mm³.
        resistance: f64,
        /// Distal pressure, MPa.
        distal: f64,
        /// P_c at the start, MPa.
        start: f64,
    },
}

/// Pressure over the capacitor of a windkessel at the ends of the last two steps; 0 for other models.
pub(crate) type Stored = [f64; 2];

impl Outlet {
    /// A constant pressure, MPa.
    pub fn pressure(pressure: f64) -> Self {
        Self::Pressure(vec![[0.0, pressure]])
    }

    /// A windkessel charged so that after a first period of the flux `first` it stands where the flux `repeated` (mm³/s) of that
    /// period (s) holds it from cycle to cycle: without that its pressure creeps there by e^(-T/(R C)) a cycle. Where that would
    /// need an extreme charge, as `first` stays away from `repeated` for longer than R C, it is charged as `repeated` leaves it.
    /// Other models have nothing to charge.
    pub fn charged(self, period: f64, repeated: impl Fn(f64) -> f64, first: impl Fn(f64) -> f64) -> Self {
        let Self::Windkessel { proximal, compliance, resistance, distal, .. } = self else { return self };
        let decay = (-period / (resistance * compliance)).exp();
        let discharged = |flux: &dyn Fn(f64) -> f64| capacitor(compliance, resistance, distal, period, flux);
        let periodic = discharged(&repeated) / (1.0 - decay);
        let before = (periodic - discharged(&first)) / decay;
        let swing = distal.abs().max(periodic.abs());
        let start = if (before - periodic).abs() <= swing { before } else { periodic };
        Self::Windkessel { proximal, compliance, resistance, distal, start }
    }

    pub(crate) fn validate(&self, region: &str) -> Result<(), FlowError> {
        let needed = |what: &str, value: f64, is_fine: bool, rule: &str| {
            let refused = || FlowError::Value {
                what: format!("the {what} of \"{region}\""),
                value,
                remedy: format!("it must be finite{rule}"),
            };
            if value.is_finite() && is_fine { Ok(()) } else { Err(refused()) }
        };
        let not_negative = |what: &str, value: f64| needed(what, value, value >= 0.0, " and not negative");
        let finite = |what: &str, value: f64| needed(what, value, true, "");
        match self {
            Self::Pressure(points) => {
                if points.is_empty() || points.iter().flatten().any(|value| !value.is_finite()) {
                    let remedy = "give at least one pressure, all of them finite".to_owned();
                    return Err(FlowError::Value {
                        what: format!("the pressure of \"{region}\""),
                        value: f64::NAN,
                        remedy,
                    });
                }
                if let Some(pair) = points.windows(2).find(|pair| pair[0][0] >= pair[1][0]) {
                    let remedy = "times of a pressure must ascend".to_owned();
                    return Err(FlowError::Value {
                        what: format!("a time of \"{region}\""),
                        value: pair[1][0],
                        remedy,
                    });
                }
                Ok(())
            }
            Self::Resistance { resistance, distal } => {
                not_negative("resistance", *resistance)?;
                finite("distal pressure", *distal)
            }
            Self::Windkessel { proximal, compliance, resistance, distal, start } => {
                not_negative("proximal resistance", *proximal)?;
                not_negative("compliance", *compliance)?;
                needed("distal resistance", *resistance, *resistance > 0.0, " and positive")?;
                finite("distal pressure", *distal)?;
                finite("pressure over the capacitor at the start", *start)
            }
        }
    }

    /// Pressure over the capacitor at the start.
    pub(crate) fn stored(&self) -> Stored {
        match self {
            Self::Windkessel { start, .. } => [*start; 2],
            _ => [0.0; 2],
        }
    }

    /// F and Z of P = F + Z Q at the end of a step that ends at `time`.
    pub(crate) fn linear(&self, time: f64, differences: &Differences, stored: Stored) -> [f64; 2] {
        match self {
            Self::Pressure(points) => [interpolate(points, time), 0.0],
            Self::Resistance { resistance, distal } => [*distal, *resistance],
            Self::Windkessel { proximal, compliance, resistance, distal, .. } => {
                let [a0, a1, a2] = differences.a;
                let conductance = compliance * a0 + 1.0 / resistance;
                let history = -compliance * (a1 * stored[0] + a2 * stored[1]);
                [(history + distal / resistance) / conductance, proximal + 1.0 / conductance]
            }
        }
    }

    /// What is stored after a step that ended with the pressure P and the flux Q.
    pub(crate) fn store(&self, stored: Stored, pressure: f64, flux: f64) -> Stored {
        match self {
            Self::Windkessel { proximal, .. } => [pressure - proximal * flux, stored[0]],
            _ => stored,
        }
    }

    /// Pressure at the start with a flux.
    pub(crate) fn initial(&self, time: f64, flux: f64) -> f64 {
        match self {
            Self::Pressure(points) => interpolate(points, time),
            Self::Resistance { resistance, distal } => distal + resistance * flux,
            Self::Windkessel { proximal, start, .. } => start + proximal * flux,
        }
    }
}

/// P_c of compliance · dP_c/dt = Q - (P_c - distal)/resistance at the end of a period that began with P_c = 0, exact for a flux of
/// straight pieces.
fn capacitor(compliance: f64, resistance: f64, distal: f64, period: f64, flux: &dyn Fn(f64) -> f64) -> f64 {
    let step = period / f64::from(PIECES);
    let x = step / (resistance * compliance);
    let decay = (-x).exp();
    let part = if x.is_finite() { -(-x).exp_m1() / x } else { 0.0 };
    let target = |k: u32| distal + resistance * flux(f64::from(k) * step);
    (0..PIECES).fold(0.0, |pressure, k| {
        let [from, to] = [target(k), target(k + 1)];
        pressure * decay + (to - from * decay) - (to - from) * part
    })
}

fn interpolate(points: &[[f64; 2]], time: f64) -> f64 {
    let after = points.partition_point(|point| point[0] <= time);
    match (after.checked_sub(1).and_then(|k| points.get(k)), points.get(after)) {
        (Some([t0, p0]), Some([t1, p1])) => p0 + (p1 - p0) * (time - t0) / (t1 - t0),
        (Some([_, p]), None) | (None, Some([_, p])) => *p,
        (None, None) => 0.0,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// C dP_c/dt = Q - P_c/R under a constant flux from P_c = 0: P = R_p Q + R Q (1 - exp(-t/(R C))).
    #[test]
    fn a_windkessel_charges_with_second_order() {
        let model = Outlet::Windkessel { proximal: 2.0, compliance: 0.1, resistance: 5.0, distal: 0.0, start: 0.0 };
        let error = |steps: usize| {
            let (step, flux) = (0.5 / steps as f64, 3.0);
            let (mut stored, mut pressure) = (model.stored(), 0.0);
            for k in 0..steps {
                let d = if k == 0 { Differences::first(step) } else { Differences::second(step, step) };
                let [f, z] = model.linear((k + 1) as f64 * step, &d, stored);
                pressure = f + z * flux;
                stored = model.store(stored, pressure, flux);
            }
            pressure - (6.0 + 15.0 * (1.0 - (-0.5_f64 / 0.5).exp()))
        };
        let [coarse, fine] = [error(40), error(80)].map(f64::abs);
        println!("{coarse:.2e} {fine:.2e}");
        assert!((coarse / fine).log2() > 1.9, "{coarse} {fine}");
    }

    /// A flux of Q (1 + sin ωt) that grows from rest in the first tenth of the first period: the second begins where it ends.
    #[test]
    fn a_charged_windkessel_is_periodic_from_the_second_cycle_on() {
        let flux = |t: f64| 3.0 * (1.0 + (std::f64::consts::TAU * t).sin());
        let first = |t: f64| flux(t) * (10.0 * t).min(1.0);
        for compliance in [0.0, 0.02, 0.2, 2.0] {
            let plain = Outlet::Windkessel { proximal: 2.0, compliance, resistance: 5.0, distal: 1.0, start: 0.0 };
            let model = plain.charged(1.0, flux, first);
            let mut stored = model.stored();
            let mut ends = Vec::new();
            for k in 0..3000 {
                let (step, now) = (1e-3, f64::from(k + 1) * 1e-3);
                let d = if k == 0 { Differences::first(step) } else { Differences::second(step, step) };
                let [f, z] = model.linear(now, &d, stored);
                let flux = if k < 1000 { first(now) } else { flux(now) };
                stored = model.store(stored, f + z * flux, flux);
                if (k + 1) % 1000 == 0 {
                    ends.push(stored[0]);
                }
            }
            println!("{compliance} {model:?} {ends:?}");
            assert!(
                (ends[0] - ends[1]).abs() < 2e-3 * ends[0] && (ends[1] - ends[2]).abs() < 2e-3 * ends[1],
                "{ends:?}"
            );
        }
    }

    #[test]
    fn pressures_are_interpolated_and_bad_numbers_refused() {
        let ramp = Outlet::Pressure(vec![[0.0, 1.0], [2.0, 3.0]]);
        let d = Differences::first(1.0);
        assert_eq!([-1.0, 0.5, 9.0].map(|t| ramp.linear(t, &d, [0.0; 2])), [[1.0, 0.0], [1.5, 0.0], [3.0, 0.0]]);
        let negative = Outlet::Resistance { resistance: -1.0, distal: 0.0 }.validate("outlet_1").unwrap_err();
        assert!(negative.to_string().contains("the resistance of \"outlet_1\" is -1"), "{negative}");
        assert!(Outlet::Pressure(vec![[1.0, 0.0], [1.0, 2.0]]).validate("outlet_1").is_err());
    }
}
