//! What the types of a document cannot say: names that must exist, exactly-one-of, ranges.

mod anatomy;
#[cfg(test)]
mod anatomy_tests;
mod bone;
#[cfg(test)]
mod bone_tests;
mod flow;
#[cfg(test)]
mod flow_tests;
mod loads;
mod outputs;
mod regions;
#[cfg(test)]
mod tests;

use crate::anatomy::Device;
use crate::document::{Document, SCHEMA_VERSION, Study};
use crate::error::{StudyError, line_and_column};
use crate::located::Located;
use crate::mesh_plan::{MeshPlan, MeshSize};
use crate::physics::FrameName;
use quantity::nearest;
use std::collections::BTreeSet;

/// Smallest ratio of successive meshes (Celik et al. 2008).
const SMALLEST_RATIO: f64 = 1.3;
const LARGEST_RATIO: f64 = 4.0;

pub(crate) struct Checker<'a> {
    study: &'a Study,
    document: &'a Document,
    file: String,
}

impl Study {
    /// Checks everything that the types do not.
    pub(crate) fn check(&self) -> Result<(), StudyError> {
        let checker = Checker { study: self, document: &self.document, file: self.file.display().to_string() };
        checker.version()?;
        checker.geometry()?;
        checker.mesh(&self.document.mesh)?;
        if self.document.is_anatomy_study() {
            checker.nothing_but_anatomy()?;
        } else if let Some(flow) = &self.document.flow {
            checker.flow(flow)?;
            checker.material()?;
        } else {
            checker.material()?;
            checker.regions()?;
            checker.supports()?;
            checker.load_cases()?;
            checker.outputs()?;
            checker.figures()?;
        }
        checker.plan()
    }
}

impl Checker<'_> {
    pub(crate) fn value_error(&self, offset: usize, message: impl Into<String>) -> StudyError {
        let line = line_and_column(&self.study.text, offset).0;
        StudyError::Value { file: self.file.clone(), line, message: message.into() }
    }

    /// The error for a name that is not among `known`, or `Ok`.
    pub(crate) fn known<'k>(
        &self,
        what: &'static str,
        name: &Located<String>,
        known: impl Iterator<Item = &'k str> + Clone,
    ) -> Result<(), StudyError> {
        if known.clone().any(|candidate| candidate == name.as_str()) {
            return Ok(());
        }
        Err(StudyError::UnknownName {
            file: self.file.clone(),
            line: self.study.line(name),
            what,
            name: name.to_string(),
            nearest: nearest(name, known.clone()).map(str::to_owned),
            known: known.map(str::to_owned).collect(),
        })
    }

    pub(crate) fn unique<'k>(
        &self,
        what: &str,
        names: impl Iterator<Item = &'k Located<String>>,
    ) -> Result<(), StudyError> {
        let mut seen = BTreeSet::new();
        for name in names {
            let plain = name.chars().all(|c| c.is_ascii_alphanumeric() || matches!(c, '_' | '-'));
            if name.is_empty() || !plain {
                let message =
                    format!("the {what} name \"{}\" must consist of letters, digits, \"_\" and \"-\"", **name);
                return Err(self.value_error(name.offset(), message));
            }
            if !seen.insert(name.as_str()) {
                let message = format!("two {what}s are named \"{}\"; rename one", **name);
                return Err(self.value_error(name.offset(), message));
            }
        }
        Ok(())
    }

    pub(crate) fn region(&self, name: &Located<String>) -> Result<(), StudyError> {
        self.known("region", name, self.document.regions.keys().map(String::as_str))
    }

    pub(crate) fn frame(&self, frame: &FrameName) -> Result<(), StudyError> {
        let known: &[&str] = if self.has_femur() { &["LPS", "femur"] } else { &["LPS"] };
        self.known("frame", &frame.0, known.iter().copied())
    }

    pub(crate) fn has_femur(&self) -> bool {
        self.document.anatomy.as_ref().is_some_and(|anatomy| anatomy.landmarks.is_some())
    }

    pub(crate) fn direction(&self, vector: &Located<[f64; 3]>) -> Result<(), StudyError> {
        let length = vector.iter().map(|c| c * c).sum::<f64>().sqrt();
        if length.is_finite() && length > 1e-12 {
            return Ok(());
        }
        Err(self.value_error(vector.offset(), "a direction needs three finite numbers that are not all zero"))
    }

    /// Refuses a path that is not relative to the study.
    pub(crate) fn relative_path(&self, path: &Located<String>) -> Result<(), StudyError> {
        if path.is_empty() || path.starts_with(['/', '\\']) || path.contains(':') {
            let message = format!("\"{}\" must be a path relative to the study, so that it can be moved", **path);
            return Err(self.value_error(path.offset(), message));
        }
        Ok(())
    }

    fn version(&self) -> Result<(), StudyError> {
        let version = &self.document.version;
        if **version == SCHEMA_VERSION {
            return Ok(());
        }
        let message = format!("study version {} is not known; this program reads version {SCHEMA_VERSION}", **version);
        Err(self.value_error(version.offset(), message))
    }

    fn geometry(&self) -> Result<(), StudyError> {
        match (&self.document.anatomy, &self.document.device) {
            (Some(anatomy), None) => self.anatomy(anatomy),
            (None, Some(Device::Plate(plate))) => {
                for length in [&plate.length, &plate.width, &plate.thickness] {
                    if length.value().value() <= 0.0 {
                        let message = format!("\"{}\" must be above 0 mm", length.text());
                        return Err(self.value_error(length.offset(), message));
                    }
                }
                for station in &plate.stations {
                    if station.value().value() < 0.0 || station.value().value() > plate.length.value().value() {
                        let (text, length) = (station.text(), plate.length.text());
                        let message = format!("the station \"{text}\" lies outside the plate (0 mm to {length})");
                        return Err(self.value_error(station.offset(), message));
                    }
                }
                Ok(())
            }
            (None, Some(Device::Tube(tube))) => {
                self.tube(tube)?;
                match self.document.flow {
                    Some(_) => Ok(()),
                    None => Err(self.value_error(tube.radius.offset(), "a tube is a lumen; add a table [flow]")),
                }
            }
            (None, None) => Err(self.value_error(0, "the study has no geometry; add a table [anatomy] or [device]")),
            (Some(_), Some(_)) => {
                let message = "the study has both an anatomy and a device; this version computes one body, remove one";
                Err(self.value_error(0, message))
            }
        }
    }

    fn material(&self) -> Result<(), StudyError> {
        let Some(material) = &self.document.material else {
            return Err(self.value_error(0, "the study has load cases and no material; add a table [material]"));
        };
        self.known("material law", &material.law, crate::material::LAWS.iter().map(|law| law.name))?;
        if material.is_fluid() && self.document.flow.is_none() {
            let message =
                format!("\"{}\" is the law of a fluid; load cases need that of a solid", material.law.as_str());
            return Err(self.value_error(material.law.offset(), message));
        }
        let Some(law) = material.declared_law() else { return Ok(()) };
        for (key, value) in material.parameters.iter() {
            let Some(parameter) = law.parameters.iter().find(|parameter| parameter.name == key.as_str()) else {
                let known: Vec<&str> = law.parameters.iter().map(|parameter| parameter.name).collect();
                return Err(StudyError::UnknownKey {
                    file: self.file.clone(),
                    line: self.study.line(key),
                    key: key.to_string(),
                    nearest: nearest(key, known.iter().copied()).map(str::to_owned),
                    known: known.into_iter().map(str::to_owned).collect(),
                });
            };
            let text = value.to_string();
            parameter.parse(Some(&text)).map_err(|error| self.value_error(value.offset(), error.to_string()))?;
        }
        for parameter in law.parameters {
            let text = material.text(parameter.name);
            let parsed = parameter.parse(text.as_deref());
            parsed.map_err(|error| self.value_error(material.parameters.offset(), error.to_string()))?;
        }
        self.bone(material)
    }

    fn mesh(&self, mesh: &MeshPlan) -> Result<(), StudyError> {
        let with_two = self.document.flow.is_some();
        let is_known = matches!(*mesh.levels, 1 | 3) || (with_two && *mesh.levels == 2);
        if !is_known {
            let two = if with_two { ", 2 for an estimate of its error" } else { "" };
            let message = format!("levels = {}: a study has 1 mesh{two}, or 3 for a grid study", *mesh.levels);
            return Err(self.value_error(mesh.levels.offset(), message));
        }
        if !(*mesh.ratio > SMALLEST_RATIO && *mesh.ratio <= LARGEST_RATIO) {
            let message = format!(
                "ratio = {}: sizes of successive meshes must differ by a factor above {SMALLEST_RATIO} (and at most {LARGEST_RATIO})",
                *mesh.ratio
            );
            return Err(self.value_error(mesh.ratio.offset(), message));
        }
        if *mesh.border_refinement > 3 {
            let message =
                format!("border_refinement = {}: the elements can be halved 0 to 3 times", *mesh.border_refinement);
            return Err(self.value_error(mesh.border_refinement.offset(), message));
        }
        let tetrahedra = mesh.element.is_tetrahedron();
        if (self.document.anatomy.is_some() || self.document.flow.is_some()) && !tetrahedra {
            let message = "anatomies and lumens are meshed with tetrahedra; write element = \"tet10\" or \"tet4\"";
            return Err(self.value_error(mesh.element.offset(), message));
        }
        self.layers_and_levels(mesh)?;
        if self.document.device.is_some() && mesh.size.value() == &MeshSize::Automatic {
            let message = "a device needs an element size; write for example size = \"1 mm\" in [mesh]";
            return Err(self.value_error(mesh.size.offset(), message));
        }
        Ok(())
    }

    fn plan(&self) -> Result<(), StudyError> {
        let outputs = || self.document.outputs.iter().map(|output| output.name.as_str());
        for limitation in &self.document.limitations {
            for name in &limitation.affects {
                self.known("output", name, outputs())?;
            }
        }
        let credibility = &self.document.credibility;
        self.unique("evidence item", credibility.evidence.iter().map(|item| &item.id))?;
        for factor in &credibility.factors {
            let letter =
                |text: &Option<String>| text.as_ref().is_none_or(|t| t.len() == 1 && ("a"..="z").contains(&&**t));
            if !letter(&factor.goal) || !letter(&factor.previously_achieved) {
                let message = format!("the goal of factor {} must be one letter, such as \"c\"", *factor.leaf);
                return Err(self.value_error(factor.leaf.offset(), message));
            }
        }
        Ok(())
    }
}
