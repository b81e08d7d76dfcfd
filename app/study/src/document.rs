use crate::anatomy::{Anatomy, Device};
use crate::credibility_plan::{CredibilityPlan, Limitation, Risk};
use crate::error::line_and_column;
use crate::flow::FlowPlan;
use crate::located::Located;
use crate::material::Material;
use crate::measure::Force;
use crate::mesh_plan::MeshPlan;
use crate::outputs::{FigurePlan, Output};
use crate::physics::{Load, LoadCase, Support};
use crate::region::Picker;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

/// Version of the study's layout.
pub const SCHEMA_VERSION: u32 = 1;

/// A study as its file states it.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Document {
    /// Layout version, 1.
    pub version: Located<u32>,
    /// Title of the study.
    pub title: String,
    /// Date of the study as it shall appear in the dossier, for example "2026-11-22". The program reads no clock.
    #[serde(default)]
    pub date: Option<String>,
    /// Who answers for the study.
    #[serde(default)]
    pub author: Option<String>,
    /// The question of interest: the specific question or decision about the device or patient, not about the model.
    pub question: String,
    /// The context of use: role and scope of the model, its outputs, its operating envelope.
    pub context_of_use: String,
    /// Other evidence that the decision rests on.
    #[serde(default)]
    pub other_evidence: Option<String>,
    /// Model risk.
    pub risk: Risk,
    /// Seed of every random number.
    #[serde(default)]
    pub seed: u64,
    /// The person or body that loads are scaled by.
    #[serde(default)]
    pub subject: Option<Subject>,
    /// Geometry from a file. Exactly one of `anatomy` and `device` is given.
    #[serde(default)]
    pub anatomy: Option<Anatomy>,
    /// Parametric geometry. Exactly one of `anatomy` and `device` is given.
    #[serde(default)]
    pub device: Option<Device>,
    /// The material of the whole body, or the fluid. An anatomy study, which computes nothing, has none.
    #[serde(default)]
    pub material: Option<Material>,
    /// Named places, used by supports, loads and outputs.
    #[serde(default)]
    pub regions: BTreeMap<String, Located<Picker>>,
    /// Meshes.
    #[serde(default)]
    pub mesh: MeshPlan,
    /// Constraints that hold in every load case.
    #[serde(default)]
    pub supports: Located<Vec<Support>>,
    /// Load cases, each solved on its own. An anatomy without any, and without a flow, is meshed and measured, nothing else: an
    /// anatomy study.
    #[serde(default)]
    pub load_cases: Located<Vec<LoadCase>>,
    /// Flow through the lumen of the anatomy or tube.
    #[serde(default)]
    pub flow: Option<Located<FlowPlan>>,
    /// Quantities of interest. An anatomy study has none; it reports what it measures.
    #[serde(default)]
    pub outputs: Located<Vec<Output>>,
    /// Figures.
    #[serde(default)]
    pub figures: Vec<FigurePlan>,
    /// Limitations and their effect.
    #[serde(default)]
    pub limitations: Vec<Limitation>,
    /// The credibility plan.
    #[serde(default)]
    pub credibility: CredibilityPlan,
}

/// The person or body that loads are scaled by.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Subject {
    /// Who, without identifying a patient.
    #[serde(default)]
    pub description: Option<String>,
    /// Body weight as a force; loads in "%BW" are percent of it.
    pub body_weight: Force,
}

impl Document {
    /// Whether the study only prepares, meshes and measures an anatomy.
    pub fn is_anatomy_study(&self) -> bool {
        self.anatomy.is_some() && self.load_cases.is_empty() && self.flow.is_none()
    }
}

/// A checked study with the file it came from.
#[derive(Debug, Clone, PartialEq)]
pub struct Study {
    /// The content.
    pub document: Document,
    /// The file, as it was given.
    pub file: PathBuf,
    /// The file's text.
    pub text: String,
}

impl Study {
    /// The file's name for messages and the record, without folders.
    pub fn file_name(&self) -> String {
        self.file.file_name().map_or_else(|| "study".to_owned(), |name| name.to_string_lossy().into_owned())
    }

    /// SHA-256 of the file's bytes, hexadecimal.
    pub fn sha256(&self) -> String {
        crate::record::sha256(self.text.as_bytes())
    }

    /// A path of the study as one that can be opened from here.
    pub fn resolve(&self, path: &str) -> PathBuf {
        self.file.parent().unwrap_or(Path::new("")).join(path)
    }

    /// "femur_stance.toml, line 12" for a value of the study.
    pub fn place<T>(&self, value: &Located<T>) -> String {
        format!("{}, line {}", self.file_name(), self.line(value))
    }

    /// The line of a value, counted from 1.
    pub fn line<T>(&self, value: &Located<T>) -> usize {
        line_and_column(&self.text, value.offset()).0
    }

    /// The force of a load in N, in the axes of its frame; `None` when it is no force.
    /// Percentages of body weight are resolved (a checked study has a body weight where it needs one).
    pub fn force(&self, load: &Load) -> Option<[f64; 3]> {
        let body_weight = self.document.subject.as_ref().map_or(0.0, |subject| subject.body_weight.value());
        load.force.as_ref().map(|force| std::array::from_fn(|k| force[k].newton(body_weight)))
    }
}
