use super::Checker;
use crate::error::StudyError;
use crate::located::Located;
use crate::outputs::{FieldName, Output};
use quantity::UnitClass;

impl Output {
    /// Unit class of the result; `None` when the output asks for nothing.
    pub fn class(&self) -> Option<UnitClass> {
        if let Some(flow) = &self.flow {
            return Some(flow.metric.class());
        }
        let field = |field: FieldName| field.class();
        if self.displacement.is_some() {
            Some(UnitClass::Length)
        } else if self.stiffness.is_some() {
            Some(UnitClass::Stiffness)
        } else if self.plate_bending.is_some() {
            Some(UnitClass::BendingStiffness)
        } else if let Some(bone) = &self.bone {
            Some(bone.statistic.class())
        } else {
            self.peak.as_ref().map(|p| field(p.field)).or(self.percentile.as_ref().map(|p| field(p.field)))
        }
    }

    /// Which of the things to measure of a solid are asked for.
    fn solid_kinds(&self) -> [bool; 6] {
        [
            self.displacement.is_some(),
            self.stiffness.is_some(),
            self.peak.is_some(),
            self.percentile.is_some(),
            self.plate_bending.is_some(),
            self.bone.is_some(),
        ]
    }

    /// Whether it asks for something of a solid.
    pub(super) fn is_of_solid(&self) -> bool {
        self.solid_kinds().contains(&true)
    }

    /// The unit in which the result is reported.
    pub fn display_unit(&self) -> &str {
        match (&self.unit, self.class()) {
            (Some(unit), _) => unit.as_str(),
            (None, Some(class)) => class.internal_unit(),
            (None, None) => "1",
        }
    }
}

impl Checker<'_> {
    pub(super) fn outputs(&self) -> Result<(), StudyError> {
        let outputs = &self.document.outputs;
        if outputs.is_empty() {
            let message = "the study asks for no quantity; add an [[outputs]] entry";
            return Err(self.value_error(outputs.offset(), message));
        }
        self.unique("output", outputs.iter().map(|output| &output.name))?;
        outputs.iter().try_for_each(|output| self.output(output))
    }

    fn output(&self, output: &Output) -> Result<(), StudyError> {
        if output.flow.is_some() {
            let message = "the output asks for a flow, and the study has none; add a table [flow]";
            return Err(self.value_error(output.name.offset(), message));
        }
        let asked = output.solid_kinds().into_iter().filter(|asked| *asked).count();
        let (1, Some(class)) = (asked, output.class()) else {
            let message = "an output has exactly one of `displacement`, `stiffness`, `peak`, `percentile`, `plate_bending`, `bone`";
            return Err(self.value_error(output.name.offset(), message));
        };
        self.load_case(output.load_case.as_ref(), output.name.offset())?;
        self.display_unit(output.unit.as_ref(), class)?;
        if let Some(reference) = &output.reference {
            let parsed = class.parse(&reference.value);
            parsed.map_err(|error| self.value_error(reference.value.offset(), error.to_string()))?;
        }
        self.measured_regions(output)
    }

    fn measured_regions(&self, output: &Output) -> Result<(), StudyError> {
        let has_bone = self.document.material.as_ref().is_some_and(|material| material.bone.is_some());
        if output.bone.is_some() && !has_bone {
            let message = "the output asks for mapped bone; give the material the law \"bone_density\"";
            return Err(self.value_error(output.name.offset(), message));
        }
        if let Some(displacement) = &output.displacement {
            self.region(&displacement.region)?;
            self.frame(&displacement.frame)?;
        }
        if let Some(stiffness) = &output.stiffness {
            self.loaded(output, &stiffness.region, stiffness.displaced.as_ref())?;
        }
        if let Some(bending) = &output.plate_bending {
            self.positive(&bending.support_to_load)?;
            self.loaded(output, &bending.region, bending.displaced.as_ref())?;
        }
        if let Some(peak) = &output.peak {
            self.region(&peak.region)?;
            peak.exclude.iter().try_for_each(|name| self.region(name))?;
        }
        if let Some(percentile) = &output.percentile {
            self.region(&percentile.region)?;
            percentile.exclude.iter().try_for_each(|name| self.region(name))?;
            let share = percentile.percent.value().value();
            if !(share > 0.0 && share < 1.0) {
                let message = format!("\"{}\" must lie between 0 % and 100 %", percentile.percent.text());
                return Err(self.value_error(percentile.percent.offset(), message));
            }
        }
        Ok(())
    }

    /// A stiffness needs a force on its region in its load case.
    fn loaded(
        &self,
        output: &Output,
        region: &Located<String>,
        displaced: Option<&Located<String>>,
    ) -> Result<(), StudyError> {
        self.region(region)?;
        displaced.map_or(Ok(()), |name| self.region(name))?;
        let cases = &self.document.load_cases;
        let case = match &output.load_case {
            Some(name) => cases.iter().find(|case| case.name == *name),
            None => cases.first(),
        };
        let carries = |load: &crate::physics::Load| load.region == *region && load.force.is_some();
        if case.is_some_and(|case| case.loads.iter().any(carries)) {
            return Ok(());
        }
        let message = format!("no force acts on the region \"{}\" in this load case; a stiffness needs one", **region);
        Err(self.value_error(region.offset(), message))
    }

    pub(super) fn figures(&self) -> Result<(), StudyError> {
        self.unique("figure", self.document.figures.iter().map(|figure| &figure.name))?;
        for figure in &self.document.figures {
            self.load_case(figure.load_case.as_ref(), figure.name.offset())?;
            if figure.flow.is_some() {
                let message = "the figure shows a flow, and the study has none; add a table [flow]";
                return Err(self.value_error(figure.name.offset(), message));
            }
            let Some(field) = figure.field else {
                let message = "a figure shows a field; add for example field = \"von_mises_stress\"";
                return Err(self.value_error(figure.name.offset(), message));
            };
            self.display_unit(figure.unit.as_ref(), field.class())?;
            if !(figure.deformation.is_finite() && figure.deformation >= 0.0) {
                let message = "`deformation` is a factor of at least 0";
                return Err(self.value_error(figure.name.offset(), message));
            }
        }
        Ok(())
    }

    fn load_case(&self, name: Option<&Located<String>>, place: usize) -> Result<(), StudyError> {
        let cases = &self.document.load_cases;
        match name {
            Some(name) => self.known("load case", name, cases.iter().map(|case| case.name.as_str())),
            None if cases.len() == 1 => Ok(()),
            None => Err(self.value_error(place, "there are several load cases; say which with load_case = \"...\"")),
        }
    }

    pub(super) fn display_unit(&self, unit: Option<&Located<String>>, class: UnitClass) -> Result<(), StudyError> {
        let Some(unit) = unit else { return Ok(()) };
        class.unit(unit).map(|_| ()).map_err(|error| self.value_error(unit.offset(), error.to_string()))
    }
}
