//! What a flow needs, and what a study with one has no use for.

use super::Checker;
use crate::anatomy::TubeShape;
use crate::error::StudyError;
use crate::flow::{Bed, FlowPlan, Outflow, TimePlan, WaveformPlan};
use crate::flow_outputs::{FlowMetric, FlowOutput, Statistic};
use crate::located::Located;
use crate::mesh_plan::MeshSize;
use crate::outputs::Output;

/// Largest Courant number that a step may have: beyond 4 the scheme loses accuracy, and stability was tried up to 6.
const LARGEST_COURANT: f64 = 4.0;

impl Checker<'_> {
    pub(super) fn flow(&self, flow: &Located<FlowPlan>) -> Result<(), StudyError> {
        self.no_solid(flow)?;
        self.lumen(flow)?;
        self.openings(flow)?;
        for inflow in flow.inlets.iter() {
            if inflow.mean.value().value() <= 0.0 {
                let message = format!("the mean flow rate \"{}\" must be above zero: it enters", inflow.mean.text());
                return Err(self.value_error(inflow.mean.offset(), message));
            }
            inflow.waveform.as_ref().map_or(Ok(()), |waveform| self.waveform(waveform))?;
        }
        flow.outlets.iter().try_for_each(|outflow| self.outflow(outflow))?;
        flow.bed.as_ref().map_or(Ok(()), |bed| self.bed(bed))?;
        self.time(&flow.time)?;
        self.flow_outputs(flow)?;
        self.flow_figures()
    }

    fn no_solid(&self, flow: &Located<FlowPlan>) -> Result<(), StudyError> {
        let document = self.document;
        for (given, what) in [
            (!document.load_cases.is_empty(), "load cases"),
            (!document.supports.is_empty(), "supports"),
            (!document.regions.is_empty(), "regions of its own"),
        ] {
            if given {
                let message =
                    format!("a study with a flow computes a fluid alone and has no use for {what}; remove them");
                return Err(self.value_error(flow.offset(), message));
            }
        }
        match &document.material {
            Some(material) if material.is_fluid() => Ok(()),
            Some(material) => {
                let message =
                    format!("\"{}\" is the law of a solid; a flow needs that of a fluid", material.law.as_str());
                Err(self.value_error(material.law.offset(), message))
            }
            None => Err(self.value_error(flow.offset(), "a flow needs a fluid; add a table [material]")),
        }
    }

    /// The geometry must have openings with names.
    fn lumen(&self, flow: &Located<FlowPlan>) -> Result<(), StudyError> {
        let document = self.document;
        if let Some(anatomy) = &document.anatomy
            && anatomy.vessel.is_none()
        {
            let message = "blood flows through a vessel whose ends have names; add a table [anatomy.vessel]";
            return Err(self.value_error(flow.offset(), message));
        }
        if let Some(crate::anatomy::Device::Plate(_)) = document.device {
            return Err(self.value_error(flow.offset(), "nothing flows through a plate; give an anatomy or a tube"));
        }
        Ok(())
    }

    fn openings(&self, flow: &Located<FlowPlan>) -> Result<(), StudyError> {
        if flow.inlets.is_empty() {
            return Err(self.value_error(flow.inlets.offset(), "nothing enters; add a [[flow.inlets]] entry"));
        }
        if flow.outlets.is_empty() && flow.bed.is_none() {
            let message = "nothing can leave; add [[flow.outlets]] entries or a table [flow.bed] for all openings";
            return Err(self.value_error(flow.offset(), message));
        }
        let inlets = flow.inlets.iter().map(|inflow| &inflow.region);
        let regions = inlets.chain(flow.outlets.iter().map(|outflow| &outflow.region)).chain(&flow.symmetry);
        let mut seen: Vec<&str> = Vec::new();
        for region in regions {
            if seen.contains(&region.as_str()) {
                let message = format!("the region \"{}\" has two conditions; remove one", **region);
                return Err(self.value_error(region.offset(), message));
            }
            seen.push(region);
        }
        Ok(())
    }

    fn waveform(&self, waveform: &Located<WaveformPlan>) -> Result<(), StudyError> {
        let given = [waveform.named.is_some(), waveform.file.is_some(), waveform.fourier.is_some()];
        if given.into_iter().filter(|given| *given).count() != 1 {
            let message = "a waveform has exactly one of `named`, `file`, `fourier`";
            return Err(self.value_error(waveform.offset(), message));
        }
        waveform.file.as_ref().map_or(Ok(()), |file| self.relative_path(file))?;
        self.above_zero(waveform.period.as_ref())?;
        match (&waveform.fourier, &waveform.period) {
            (Some(fourier), None) => {
                Err(self.value_error(fourier.offset(), "a Fourier series needs its period; add period = \"0.9 s\""))
            }
            (Some(fourier), _) if fourier.is_empty() || fourier.iter().flatten().any(|c| !c.is_finite()) => {
                Err(self.value_error(fourier.offset(), "a Fourier series needs at least one pair of finite numbers"))
            }
            _ => Ok(()),
        }
    }

    fn outflow(&self, outflow: &Outflow) -> Result<(), StudyError> {
        let given = [outflow.pressure.is_some(), outflow.resistance.is_some(), outflow.windkessel.is_some()];
        if given.into_iter().filter(|given| *given).count() != 1 {
            let message = "an outlet has exactly one of `pressure`, `resistance`, `windkessel`";
            return Err(self.value_error(outflow.region.offset(), message));
        }
        if let (Some(_), Some(distal)) = (&outflow.pressure, &outflow.distal_pressure) {
            let message = "`distal_pressure` lies behind a resistance or windkessel; remove it beside `pressure`";
            return Err(self.value_error(distal.offset(), message));
        }
        self.not_negative(outflow.resistance.as_ref())?;
        let Some(windkessel) = &outflow.windkessel else { return Ok(()) };
        self.not_negative(Some(&windkessel.proximal))?;
        self.not_negative(Some(&windkessel.compliance))?;
        self.above_zero(Some(&windkessel.distal))
    }

    fn bed(&self, bed: &Located<Bed>) -> Result<(), StudyError> {
        if !(*bed.exponent >= 0.0 && *bed.exponent <= 6.0) {
            let message = format!("exponent = {}: it lies between 0 and 6; Murray's law has 3", *bed.exponent);
            return Err(self.value_error(bed.exponent.offset(), message));
        }
        if let Some(share) = bed.proximal_share.as_ref()
            && !(0.0..1.0).contains(&share.value().value())
        {
            let message = format!("the proximal share \"{}\" lies between 0 and 100 %", share.text());
            return Err(self.value_error(share.offset(), message));
        }
        self.above_zero(bed.compliance.as_ref())?;
        let distal = bed.distal_pressure.as_ref().map_or(0.0, |distal| distal.value().value());
        match (&bed.mean_pressure, &bed.compliance) {
            (Some(mean), _) if mean.value().value() <= distal => {
                let message = format!("the mean pressure \"{}\" must be above the distal pressure", mean.text());
                Err(self.value_error(mean.offset(), message))
            }
            (None, Some(compliance)) => {
                let message = "a compliance needs resistances, and they need `mean_pressure`; add it";
                Err(self.value_error(compliance.offset(), message))
            }
            _ => Ok(()),
        }
    }

    fn time(&self, time: &Located<TimePlan>) -> Result<(), StudyError> {
        let count = |value: &Located<u32>, least: u32, most: u32, what: &str| match (least..=most).contains(value) {
            true => Ok(()),
            false => Err(self.value_error(value.offset(), format!("{what} = {}: {least} to {most}", **value))),
        };
        count(&time.cycles, 1, 100, "cycles")?;
        count(&time.frames, 8, 1000, "frames")?;
        count(&time.most_steps, 1, 1 << 20, "most_steps")?;
        count(&time.least_steps, 1, *time.most_steps, "least_steps")?;
        let number = |value: &Located<f64>, most: f64, what: &str| match **value > 0.0 && **value <= most {
            true => Ok(()),
            false => Err(self.value_error(value.offset(), format!("{what} = {}: above 0, at most {most}", **value))),
        };
        number(&time.courant, LARGEST_COURANT, "courant")?;
        number(&time.steady, 1e-2, "steady")?;
        number(&time.passages, 1000.0, "passages")
    }

    fn flow_outputs(&self, flow: &Located<FlowPlan>) -> Result<(), StudyError> {
        let outputs = &self.document.outputs;
        if outputs.is_empty() {
            return Err(self.value_error(flow.offset(), "the study asks for no quantity; add an [[outputs]] entry"));
        }
        self.unique("output", outputs.iter().map(|output| &output.name))?;
        for output in outputs.iter() {
            let Some(asked) = &output.flow else {
                let message = "an output of a study with a flow has `flow = { metric = ... }`";
                return Err(self.value_error(output.name.offset(), message));
            };
            self.flow_output(output, asked)?;
        }
        Ok(())
    }

    fn flow_output(&self, output: &Output, asked: &FlowOutput) -> Result<(), StudyError> {
        let refuse = |message: &str| Err(self.value_error(output.name.offset(), message));
        if output.is_of_solid() || output.load_case.is_some() {
            return refuse("an output of a flow has `flow` alone of the things to measure, and no load case");
        }
        let metric = asked.metric;
        if metric.is_of_opening() && asked.region.is_none() {
            return refuse("this metric belongs to an opening; add region = \"outlet_1\", for example");
        }
        if (metric == FlowMetric::PressureDrop) != asked.to.is_some() {
            return refuse("`to` is the second opening of a pressure drop, which needs one and nothing else has");
        }
        if (metric == FlowMetric::LowShearArea) != asked.below.is_some() {
            return refuse(
                "`below` is the stress that low shear is below: a low-shear area needs it, nothing else has it",
            );
        }
        if asked.over_time == Statistic::Percentile {
            return refuse("a percentile is one of a wall's area: it belongs to `over_region`");
        }
        let is_percentile = asked.over_region == Statistic::Percentile;
        if is_percentile != asked.percent.is_some() {
            return refuse("`percent` and over_region = \"percentile\" belong together");
        }
        if asked.over_region != Statistic::Mean && (!metric.is_of_wall() || metric == FlowMetric::LowShearArea) {
            return refuse("`over_region` is for values on a wall");
        }
        if let Some(percent) = &asked.percent {
            let share = percent.value().value();
            if !(share > 0.0 && share < 1.0) {
                let message = format!("\"{}\" must lie between 0 % and 100 %", percent.text());
                return Err(self.value_error(percent.offset(), message));
            }
        }
        self.above_zero(asked.below.as_ref())?;
        self.display_unit(output.unit.as_ref(), metric.class())?;
        if let Some(reference) = &output.reference {
            let parsed = metric.class().parse(&reference.value);
            parsed.map_err(|error| self.value_error(reference.value.offset(), error.to_string()))?;
        }
        Ok(())
    }

    fn flow_figures(&self) -> Result<(), StudyError> {
        self.unique("figure", self.document.figures.iter().map(|figure| &figure.name))?;
        for figure in &self.document.figures {
            let refuse = |message: &str| Err(self.value_error(figure.name.offset(), message));
            let Some(field) = figure.flow else {
                return refuse("a figure of a flow shows one of its fields; add for example flow = \"speed\"");
            };
            if figure.field.is_some() || figure.load_case.is_some() || figure.deformation != 0.0 {
                return refuse("a figure of a flow has no `field`, load case or deformation; remove them");
            }
            self.display_unit(figure.unit.as_ref(), field.class())?;
        }
        Ok(())
    }

    pub(super) fn tube(&self, tube: &TubeShape) -> Result<(), StudyError> {
        let places = &tube.radius;
        let refuse = |message: String| Err(self.value_error(places.offset(), message));
        if places.len() < 2 {
            return refuse("a tube needs at least two places along z with their radii".to_owned());
        }
        if let Some([_, radius]) = places.iter().find(|[_, radius]| radius.value() <= 0.0) {
            return refuse(format!("the radius \"{}\" must be above 0 mm", radius.text()));
        }
        if let Some(pair) = places.windows(2).find(|pair| pair[1][0].value() < pair[0][0].value()) {
            return refuse(format!("z = \"{}\" comes after \"{}\": places must ascend", pair[1][0], pair[0][0]));
        }
        self.above_zero(tube.first_layer.as_ref())?;
        self.tube_meshes(tube)
    }

    /// Every mesh of a tube follows the circle and is coarser than the one before.
    fn tube_meshes(&self, tube: &TubeShape) -> Result<(), StudyError> {
        let plan = &self.document.mesh;
        // A device without a size is refused elsewhere.
        let MeshSize::Given(finest) = plan.size.value() else { return Ok(()) };
        let finest = finest.value();
        let mut last = u32::MAX;
        for level in 0..(*plan.levels).min(3) {
            let size = finest * plan.ratio.powi(level as i32);
            let around = tube.around(size);
            if around < TubeShape::FEWEST_AROUND || around == last {
                let coarsest = plan.ratio.powi(*plan.levels as i32 - 1);
                let most = tube.width(TubeShape::FEWEST_AROUND) / coarsest;
                let why = match around == last {
                    true => "as many as the mesh before".to_owned(),
                    false => format!("fewer than the {} that follow a circle", TubeShape::FEWEST_AROUND),
                };
                return Err(self.value_error(
                    plan.size.offset(),
                    format!(
                        "the mesh of size {} mm has {around} elements around the narrowest place, {why}; ask for a size of at \
                         most {} mm",
                        quantity::significant(size, 3),
                        quantity::significant(if around == last { 0.7 * finest.min(most) } else { most }, 2)
                    ),
                ));
            }
            last = around;
        }
        Ok(())
    }
}
