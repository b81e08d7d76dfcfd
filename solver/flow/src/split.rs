//! How an outflow is shared among outlets, and what lies beyond each then.

use crate::open::for_each_face_point;
use crate::{FlowError, FlowSpace, Outlet};
use std::collections::BTreeMap;

/// By how much shares may miss a sum of 1.
const WHOLE: f64 = 1e-6;

impl FlowSpace {
    /// Area of a face region, mm².
    ///
    /// # Errors
    /// [`FlowError::UnknownRegion`].
    pub fn area(&self, region: &str) -> Result<f64, FlowError> {
        let mut area = 0.0;
        for_each_face_point(self, self.known_faces(region)?, |_, _, normal| area += normal.norm());
        Ok(area)
    }
}

/// Parts of the outflow by the names of the outlets, Q_k ∝ d_k^n with d_k the diameter of the disc of the same area: n = 3 by
/// Murray (PNAS 12:207, 1926), 2 in cerebral and 2.6 to 2.7 in coronary arteries. Their sum is 1.
///
/// # Errors
/// [`FlowError::UnknownRegion`], [`FlowError::Value`] for no outlets or an exponent that is negative or not finite.
pub fn outflow_shares(space: &FlowSpace, outlets: &[&str], exponent: f64) -> Result<BTreeMap<String, f64>, FlowError> {
    needed("the exponent of the diameter", exponent, exponent >= 0.0, "not negative; 2 to 3 are usual")?;
    needed("the number of outlets", outlets.len() as f64, !outlets.is_empty(), "at least 1: name the open regions")?;
    let mut shares = BTreeMap::new();
    for &outlet in outlets {
        shares.insert(outlet.to_owned(), space.area(outlet)?);
    }
    let largest = shares.values().copied().fold(0.0, f64::max);
    shares.values_mut().for_each(|area| *area = (*area / largest).powf(0.5 * exponent));
    let whole: f64 = shares.values().sum();
    shares.values_mut().for_each(|share| *share /= whole);
    Ok(shares)
}

/// What lies beyond all outlets together.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Downstream {
    /// Mean pressure at the outlets, MPa.
    pub pressure: f64,
    /// Pressure behind everything, MPa.
    pub distal: f64,
    /// Mean flow rate through all outlets, mm³/s.
    pub flow: f64,
    /// Whether it stores blood.
    pub storage: Storage,
}

/// How what lies beyond the outlets stores blood.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Storage {
    /// Not at all: pure resistances.
    Rigid,
    /// By windkessels.
    Elastic {
        /// Proximal resistance over the whole: [`Storage::PROXIMAL`] where nothing better is known.
        proximal: f64,
        /// Their compliance.
        compliance: Compliance,
    },
}

impl Storage {
    /// Proximal resistance over the whole in the windkessel of svFSI's tests: 121 of 121 + 1212 dyn s/cm⁵.
    pub const PROXIMAL: f64 = 0.09;
}

/// The compliance of windkessels.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Compliance {
    /// Of all outlets together, mm³/MPa; each has its share of it.
    Total(f64),
    /// Distal resistance times compliance, s, the same for all: with it the pressure falls in diastole.
    TimeConstant(f64),
}

impl Downstream {
    /// The models of outlets whose mean flow rates are their shares of the whole at the mean pressure, as long as the pressure
    /// drops between the outlets are small beside it: R = (P - P_distal)/Q, R_k = R/share_k. Windkessels start with the pressure
    /// of the mean flow over their capacitor, P_distal + R_distal,k Q_k.
    ///
    /// # Errors
    /// [`FlowError::Value`] for pressures that drive no outflow, shares that are not positive with the sum 1, a proximal part
    /// not between 0 and 1, a negative compliance.
    pub fn outlets(&self, shares: &BTreeMap<String, f64>) -> Result<BTreeMap<String, Outlet>, FlowError> {
        let Self { pressure, distal, flow, .. } = *self;
        let driving = pressure - distal;
        needed("the distal pressure", distal, true, "given")?;
        needed("the mean less the distal pressure", driving, driving > 0.0, "positive, so that blood flows out")?;
        needed("the mean outflow", flow, flow > 0.0, "positive")?;
        self.storage.validate()?;
        for (name, &share) in shares {
            needed(&format!("the share of \"{name}\""), share, share > 0.0, "positive")?;
        }
        let whole = shares.values().sum::<f64>();
        needed("the sum of the shares", whole, (whole - 1.0).abs() < WHOLE, "1: divide them by their sum")?;
        Ok(shares.iter().map(|(name, &share)| (name.clone(), self.outlet(driving / flow, share))).collect())
    }

    fn outlet(&self, total: f64, share: f64) -> Outlet {
        let (distal, resistance) = (self.distal, total / share);
        match self.storage {
            Storage::Rigid => Outlet::Resistance { resistance, distal },
            Storage::Elastic { proximal, compliance } => {
                let (proximal, resistance) = (proximal * resistance, (1.0 - proximal) * resistance);
                let compliance = match compliance {
                    Compliance::Total(compliance) => compliance * share,
                    Compliance::TimeConstant(time) => time / resistance,
                };
                let start = distal + resistance * (self.flow * share);
                Outlet::Windkessel { proximal, compliance, resistance, distal, start }
            }
        }
    }
}

impl Storage {
    fn validate(self) -> Result<(), FlowError> {
        let Self::Elastic { proximal, compliance } = self else { return Ok(()) };
        needed("the proximal part of the resistance", proximal, (0.0..1.0).contains(&proximal), "from 0 to below 1")?;
        match compliance {
            Compliance::Total(value) => needed("the compliance", value, value >= 0.0, "not negative, in mm³/MPa"),
            Compliance::TimeConstant(value) => needed("the time constant", value, value >= 0.0, "not negative, in s"),
        }
    }
}

fn needed(what: &str, value: f64, is_fine: bool, rule: &str) -> Result<(), FlowError> {
    if value.is_finite() && is_fine {
        return Ok(());
    }
    Err(FlowError::Value { what: what.to_owned(), value, remedy: format!("it must be finite and {rule}") })
}
