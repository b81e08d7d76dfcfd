//! From what a study says of its openings to the conditions of the solver.

use crate::RunnerError;
use crate::geometry::bytes_of;
use control::RunControl;
use flow::{
    Compliance, Condition, Conditions, Downstream, FlowError, FlowSpace, Inflow, InflowReport, Outlet, Profile,
    Storage, Waveform, outflow_shares,
};
use study::record::{Finding, InputFile, Severity};
use study::{Bed, FlowPlan, InflowProfile, Located, NamedWaveform, Outflow, Study, WaveformPlan};

/// Part of the first cycle in which the inflow grows from rest.
const RAMP: f64 = 0.1;
/// Exponent of Murray's law, by which stated outlets are taken to share the flow at the start.
const MURRAY: f64 = 3.0;
/// Periods that differ by this part are one.
const SAME: f64 = 1e-9;

/// What enters, read and ready for any mesh.
pub(crate) struct Inflows<'a> {
    study: &'a Study,
    plan: &'a FlowPlan,
    /// One for each inlet, of its mean flow rate.
    waveforms: Vec<Waveform>,
    /// Files of waveforms.
    pub(crate) inputs: Vec<InputFile>,
    /// Period of all waveforms, s; `None` when all are constant.
    pub(crate) period: Option<f64>,
}

/// The conditions of one mesh.
pub(crate) struct Openings {
    pub(crate) conditions: Conditions,
    /// Inlets by region, in the order of the study, with their waveforms from rest.
    pub(crate) inflows: Vec<(String, Waveform, InflowReport)>,
    /// Regions at which the fluid rests.
    pub(crate) walls: Vec<String>,
    pub(crate) findings: Vec<Finding>,
}

impl Openings {
    /// Mean speed times density times hydraulic diameter over viscosity, and the like, of the first inlet.
    pub(crate) fn inlet(&self) -> Option<&InflowReport> {
        self.inflows.first().map(|(.., report)| report)
    }

    /// Flow rate into the domain at a time, mm³/s.
    pub(crate) fn inflow_at(&self, time: f64) -> f64 {
        self.inflows.iter().map(|(_, waveform, _)| waveform.at(time)).sum()
    }

    /// Largest speed that enters, mm/s.
    pub(crate) fn peak_speed(&self) -> f64 {
        self.inflows.iter().map(|(.., report)| report.peak_speed).fold(0.0, f64::max)
    }
}

impl<'a> Inflows<'a> {
    /// Reads the waveforms.
    pub(crate) fn read(study: &'a Study, plan: &'a FlowPlan) -> Result<Self, RunnerError> {
        let mut inflows = Self { study, plan, waveforms: Vec::new(), inputs: Vec::new(), period: None };
        for inflow in plan.inlets.iter() {
            let mean = inflow.mean.value().value();
            let failed = |error: FlowError| inflows.failed(&inflow.mean, error);
            let waveform = match &inflow.waveform {
                None => Waveform::constant(mean).map_err(failed)?,
                Some(waveform) => {
                    let (shape, input) = inflows.waveform(waveform)?;
                    inflows.inputs.extend(input);
                    shape.scaled(mean).map_err(|error| inflows.failed(waveform, error))?
                }
            };
            match (inflows.period, waveform.period()) {
                (Some(period), Some(own)) if (own / period - 1.0).abs() > SAME => {
                    let reason = format!(
                        "its period is {own} s, that of an inlet before it {period} s; set one `period` for all"
                    );
                    return Err(RunnerError::Output { place: study.place(&inflow.region), reason });
                }
                (known, own) => inflows.period = known.or(own),
            }
            inflows.waveforms.push(waveform);
        }
        Ok(inflows)
    }

    fn waveform(&self, plan: &Located<WaveformPlan>) -> Result<(Waveform, Option<InputFile>), RunnerError> {
        let period = plan.period.as_ref().map(|period| period.value().value());
        if let Some(file) = &plan.file {
            let path = self.study.resolve(file);
            let unreadable = |reason: String| RunnerError::Output { place: self.study.place(file), reason };
            let bytes = std::fs::read(&path).map_err(|error| unreadable(format!("{}: {error}", file.as_str())))?;
            let text =
                String::from_utf8(bytes).map_err(|_| unreadable(format!("{} is no UTF-8 text", file.as_str())))?;
            let waveform = Waveform::from_csv(&text, period).map_err(|error| self.failed(file, error))?;
            let input = InputFile {
                path: file.replace('\\', "/"),
                sha256: study::record::sha256(text.as_bytes()),
                bytes: bytes_of(&path),
                licence: self.plan.inlets.first().map(|inflow| inflow.source.clone()).unwrap_or_default(),
                withheld: Vec::new(),
            };
            return Ok((waveform, Some(input)));
        }
        let named = match (&plan.named, &plan.fourier) {
            (Some(NamedWaveform::InternalCarotid), _) => Waveform::internal_carotid(),
            (None, Some(terms)) => {
                let terms: Vec<(f64, f64)> = terms.iter().map(|&[a, b]| (a, b)).collect();
                let made = Waveform::series(1.0, period.unwrap_or(1.0), &terms);
                made.map_err(|error| self.failed(plan, error))?
            }
            // A checked study has one of the three.
            (None, None) => Waveform::constant(1.0).map_err(|error| self.failed(plan, error))?,
        };
        let stretched = match period {
            Some(period) => named.with_period(period).map_err(|error| self.failed(plan, error))?,
            None => named,
        };
        Ok((stretched, None))
    }

    /// Whether the region of that name is an inlet.
    pub(crate) fn is_inlet(&self, name: &str) -> bool {
        self.plan.inlets.iter().any(|inflow| inflow.region.as_str() == name)
    }

    /// Mean flow rate into the domain, mm³/s.
    pub(crate) fn mean(&self) -> f64 {
        self.waveforms.iter().map(Waveform::mean).sum()
    }

    /// The conditions on a mesh with the openings named.
    pub(crate) fn conditions(
        &self,
        space: &FlowSpace,
        openings: &[String],
        kinematic_viscosity: f64,
        control: &RunControl,
    ) -> Result<Openings, RunnerError> {
        let mut made =
            Openings { conditions: Conditions::new(), inflows: Vec::new(), walls: Vec::new(), findings: Vec::new() };
        let known = space.face_regions();
        self.refuse_unknown(&known)?;
        let symmetry: Vec<&str> = self.plan.symmetry.iter().map(|region| region.as_str()).collect();
        for (inflow, waveform) in self.plan.inlets.iter().zip(&self.waveforms) {
            let profile = match inflow.profile {
                InflowProfile::Plug => Profile::Plug,
                InflowProfile::Parabolic => Profile::Parabolic,
                InflowProfile::Womersley => Profile::Womersley,
            };
            let failed = |error| self.failed(&inflow.region, error);
            let from_rest = match self.period {
                Some(period) => waveform.ramped(RAMP * period).map_err(failed)?,
                None => waveform.clone(),
            };
            let region = inflow.region.as_str();
            let condition = Inflow::beside(space, region, &symmetry, profile, &from_rest, kinematic_viscosity, control);
            let condition = condition.map_err(|error| self.failed(&inflow.region, error))?;
            made.inflows.push((region.to_owned(), from_rest, *condition.report()));
            made.conditions.insert(region.to_owned(), condition.into());
        }
        made.conditions.extend(symmetry.iter().map(|&region| (region.to_owned(), Condition::Slip)));
        self.add_outlets(space, openings, &mut made)?;
        self.charge(space, &mut made)?;
        made.walls = known.into_iter().filter(|region| !made.conditions.contains_key(region)).collect();
        made.conditions.extend(made.walls.iter().map(|region| (region.clone(), Condition::Wall)));
        Ok(made)
    }

    fn refuse_unknown(&self, known: &[String]) -> Result<(), RunnerError> {
        let inlets = self.plan.inlets.iter().map(|inflow| &inflow.region);
        let outlets = self.plan.outlets.iter().map(|outflow| &outflow.region);
        match inlets.chain(outlets).chain(&self.plan.symmetry).find(|region| !known.contains(region.value())) {
            None => Ok(()),
            Some(region) => Err(RunnerError::UnknownMeshRegion {
                place: self.study.place(region),
                name: region.to_string(),
                known: known.to_vec(),
            }),
        }
    }

    fn add_outlets(&self, space: &FlowSpace, openings: &[String], made: &mut Openings) -> Result<(), RunnerError> {
        let stated: Vec<&str> = self.plan.outlets.iter().map(|outflow| outflow.region.as_str()).collect();
        let rest: Vec<&str> = openings
            .iter()
            .map(String::as_str)
            .filter(|name| !stated.contains(name) && !made.conditions.contains_key(*name))
            .collect();
        let exponent = self.plan.bed.as_ref().map_or(MURRAY, |bed| *bed.exponent);
        let all: Vec<&str> = stated.iter().chain(&rest).copied().collect();
        let shares = outflow_shares(space, &all, exponent).map_err(|error| self.failed(&self.plan.outlets, error))?;
        let mean = |name: &str| shares.get(name).copied().unwrap_or_default() * self.mean();
        for outflow in self.plan.outlets.iter() {
            let outlet = outlet(outflow, mean(&outflow.region));
            made.conditions.insert(outflow.region.to_string(), Condition::Open(outlet));
        }
        let Some(bed) = &self.plan.bed else {
            return match rest.first() {
                None => Ok(()),
                Some(name) => {
                    let reason = format!(
                        "the opening \"{name}\" has no condition; add a [[flow.outlets]] entry for it, or a table [flow.bed] for all \
                         openings without one"
                    );
                    Err(RunnerError::Output { place: self.study.place(&self.plan.outlets), reason })
                }
            };
        };
        if rest.is_empty() {
            let reason = "every opening has a condition of its own, so that the bed has none; remove it".to_owned();
            return Err(RunnerError::Output { place: self.study.place(bed), reason });
        }
        let distal = bed.distal_pressure.as_ref().map_or(0.0, |pressure| pressure.value().value());
        let own = outflow_shares(space, &rest, exponent).map_err(|error| self.failed(bed, error))?;
        let outlets = match &bed.mean_pressure {
            None => own.keys().map(|name| (name.clone(), Outlet::pressure(distal))).collect(),
            Some(pressure) => {
                // What the stated outlets take is not known beforehand; the bed is laid out for its share by area.
                let flow = rest.iter().map(|name| mean(name)).sum();
                let downstream = Downstream { pressure: pressure.value().value(), distal, flow, storage: storage(bed) };
                downstream.outlets(&own).map_err(|error| self.failed(bed, error))?
            }
        };
        for (name, outlet) in outlets {
            made.findings.push(self.told(bed, &name, own.get(&name).copied().unwrap_or_default(), &outlet));
            made.conditions.insert(name, Condition::Open(outlet));
        }
        Ok(())
    }

    /// Charges windkessels so that the second cycle begins where the last ends, as far as the outlets share the flow as expected.
    fn charge(&self, space: &FlowSpace, made: &mut Openings) -> Result<(), RunnerError> {
        let Some(period) = self.period else { return Ok(()) };
        let is_open = |condition: &Condition| matches!(condition, Condition::Open(_));
        let open = made.conditions.iter().filter(|(_, condition)| is_open(condition));
        let names: Vec<&str> = open.map(|(name, _)| name.as_str()).collect();
        let exponent = self.plan.bed.as_ref().map_or(MURRAY, |bed| *bed.exponent);
        let shares = outflow_shares(space, &names, exponent).map_err(|error| self.failed(&self.plan.outlets, error))?;
        let repeated = |time: f64| self.waveforms.iter().map(|waveform| waveform.at(time)).sum::<f64>();
        let first = |time: f64| made.inflows.iter().map(|(_, waveform, _)| waveform.at(time)).sum::<f64>();
        for (name, share) in shares {
            if let Some(Condition::Open(outlet)) = made.conditions.get_mut(&name) {
                let charged = outlet.clone().charged(period, |time| share * repeated(time), |time| share * first(time));
                *outlet = charged;
            }
        }
        Ok(())
    }

    fn told(&self, bed: &Located<Bed>, name: &str, share: f64, outlet: &Outlet) -> Finding {
        let show =
            |class: quantity::UnitClass, value: f64, unit: &str| class.format(value, unit, 4).unwrap_or_default();
        let resistance = |value: f64| show(quantity::UnitClass::FlowResistance, value, "mmHg s/mL");
        let words = match outlet {
            Outlet::Pressure(_) => "the distal pressure".to_owned(),
            Outlet::Resistance { resistance: r, .. } => format!("the resistance {}", resistance(*r)),
            Outlet::Windkessel { proximal, compliance, resistance: r, .. } => format!(
                "a windkessel of proximal resistance {}, compliance {}, distal resistance {}",
                resistance(*proximal),
                show(quantity::UnitClass::Compliance, *compliance, "mL/mmHg"),
                resistance(*r)
            ),
        };
        Finding {
            severity: Severity::Note,
            code: "bed".to_owned(),
            message: format!(
                "{name} has {words}, for {} % of the bed's flow.",
                quantity::significant(100.0 * share, 4)
            ),
            place: self.study.place(bed),
            remedy: String::new(),
        }
    }

    /// The error at a place of the study.
    pub(crate) fn failed<T>(&self, place: &Located<T>, error: FlowError) -> RunnerError {
        RunnerError::flow(self.study.place(place), error)
    }
}

/// The model of a stated outlet, charged by its mean flow rate (mm³/s).
fn outlet(outflow: &Outflow, mean: f64) -> Outlet {
    let distal = outflow.distal_pressure.as_ref().map_or(0.0, |pressure| pressure.value().value());
    match (&outflow.pressure, &outflow.resistance, &outflow.windkessel) {
        (Some(pressure), ..) => Outlet::pressure(pressure.value().value()),
        (_, Some(resistance), _) => Outlet::Resistance { resistance: resistance.value().value(), distal },
        (.., Some(windkessel)) => {
            let resistance = windkessel.distal.value().value();
            Outlet::Windkessel {
                proximal: windkessel.proximal.value().value(),
                compliance: windkessel.compliance.value().value(),
                resistance,
                distal,
                start: distal + resistance * mean,
            }
        }
        (None, None, None) => Outlet::pressure(0.0),
    }
}

/// How a bed stores blood.
fn storage(bed: &Bed) -> Storage {
    match &bed.compliance {
        None => Storage::Rigid,
        Some(compliance) => Storage::Elastic {
            proximal: bed.proximal_share.as_ref().map_or(Storage::PROXIMAL, |share| share.value().value()),
            compliance: Compliance::Total(compliance.value().value()),
        },
    }
}
