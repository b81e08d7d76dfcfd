use super::Checker;
use crate::error::StudyError;
use crate::physics::Load;

impl Checker<'_> {
    pub(super) fn supports(&self) -> Result<(), StudyError> {
        let supports = &self.document.supports;
        if supports.is_empty() {
            let message =
                "no support: the body can move along x, y, z and turn about x, y, z; add a [[supports]] entry";
            return Err(self.value_error(supports.offset(), message));
        }
        for support in supports.iter() {
            self.region(&support.region)?;
            if support.fixed.is_empty() && support.displacement.is_empty() {
                let message = "this support holds no component; write for example fixed = [\"x\", \"y\", \"z\"]";
                return Err(self.value_error(support.region.offset(), message));
            }
            if let Some(axis) = support.fixed.iter().find(|axis| support.displacement.contains_key(axis)) {
                let message = format!("{axis:?} is both fixed and given a displacement; remove one").to_lowercase();
                return Err(self.value_error(support.region.offset(), message));
            }
        }
        Ok(())
    }

    pub(super) fn load_cases(&self) -> Result<(), StudyError> {
        let cases = &self.document.load_cases;
        if cases.is_empty() {
            return Err(
                self.value_error(cases.offset(), "no load case; add a [[load_cases]] entry with a name and loads")
            );
        }
        self.unique("load case", cases.iter().map(|case| &case.name))?;
        for case in cases.iter() {
            case.loads.iter().try_for_each(|load| self.load(load))?;
        }
        Ok(())
    }

    fn load(&self, load: &Load) -> Result<(), StudyError> {
        self.region(&load.region)?;
        self.frame(&load.frame)?;
        let kinds = [load.force.is_some(), load.moment.is_some(), load.pressure.is_some()];
        if kinds.into_iter().filter(|kind| *kind).count() != 1 {
            let message = "a load has exactly one of `force`, `moment`, `pressure`";
            return Err(self.value_error(load.region.offset(), message));
        }
        if load.pressure.is_some() {
            self.is_not_faded(&load.region, "carry a pressure, which is the same throughout")?;
        }
        let Some(force) = &load.force else {
            return match load.through {
                Some(_) => Err(self.value_error(load.region.offset(), "`through` belongs to a force; remove it")),
                None => Ok(()),
            };
        };
        if self.document.subject.is_none() && force.iter().any(|component| component.is_relative()) {
            let message = "a force in %BW needs the body weight; add a table [subject] with body_weight = \"836 N\"";
            return Err(self.value_error(force.offset(), message));
        }
        if self.study.force(load).is_some_and(|components| components == [0.0; 3]) {
            return Err(self.value_error(force.offset(), "the force is zero; give it a value or remove the load"));
        }
        Ok(())
    }
}
