//! What the study's author states about risk, evidence, goals and limitations. The achieved levels are computed from
//! records elsewhere; nothing here reads as "pass".

use crate::located::Located;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// Model risk: influence of the model on the decision and consequence of a wrong decision.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Risk {
    /// Weight of the model against other evidence.
    pub influence: Level,
    /// Why.
    pub influence_rationale: String,
    /// How bad the outcome is if the decision is wrong, judged as if the model did not exist.
    pub consequence: Level,
    /// Why.
    pub consequence_rationale: String,
    /// Hazard identifiers of the risk-management file.
    #[serde(default)]
    pub hazards: Vec<String>,
}

/// A step of the risk scale.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
#[allow(missing_docs, reason = "the variants say it")]
pub enum Level {
    Low,
    Medium,
    High,
}

impl Level {
    /// "low", "medium", "high".
    pub const fn name(self) -> &'static str {
        match self {
            Self::Low => "low",
            Self::Medium => "medium",
            Self::High => "high",
        }
    }
}

/// Evidence, goals and statements of the credibility plan.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct CredibilityPlan {
    /// Evidence items, planned or at hand.
    #[serde(default)]
    pub evidence: Vec<EvidenceItem>,
    /// Credibility factors with their goals.
    #[serde(default)]
    pub factors: Vec<FactorGoal>,
    /// Step 6: would the evidence suffice if every goal were met? The author's words; absent means "not assessed".
    #[serde(default)]
    pub prospective_adequacy: Option<String>,
    /// Step 8: does the evidence now at hand suffice? The author's words; absent means "not assessed".
    #[serde(default)]
    pub post_study_adequacy: Option<String>,
}

/// One item of credibility evidence.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct EvidenceItem {
    /// Short name.
    pub id: Located<String>,
    /// One of FDA's eight categories.
    pub category: EvidenceCategory,
    /// What it is.
    pub description: String,
    /// Whether it is at hand.
    pub state: EvidenceState,
    /// Reference, file or comparator.
    #[serde(default)]
    pub source: Option<String>,
}

/// FDA's eight categories of credibility evidence (guidance of November 2023).
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum EvidenceCategory {
    /// 1: code verification results.
    CodeVerification,
    /// 2: model calibration evidence.
    Calibration,
    /// 3: bench test validation results.
    BenchValidation,
    /// 4: in vivo validation results.
    InVivoValidation,
    /// 5: population-based validation results.
    PopulationValidation,
    /// 6: emergent model behaviour.
    EmergentBehaviour,
    /// 7: model plausibility evidence.
    Plausibility,
    /// 8: calculation verification or uncertainty quantification using simulations of the context of use.
    CalculationVerification,
}

impl EvidenceCategory {
    /// The guidance's number, 1 to 8.
    pub const fn number(self) -> u8 {
        self as u8 + 1
    }
}

/// Whether an evidence item is at hand.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum EvidenceState {
    /// Still to be generated.
    Planned,
    /// Computed by the run of this study.
    ThisRun,
    /// Generated before this study.
    PreviouslyGenerated,
}

/// The goal set for one credibility factor.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct FactorGoal {
    /// Clause of the factor's leaf, for example "5.1.2.1".
    pub leaf: Located<String>,
    /// Letter of the ladder's rung, for example "c"; absent when the factor does not apply.
    #[serde(default)]
    pub goal: Option<String>,
    /// Why this rung, or why the factor does not apply.
    pub rationale: String,
    /// The level that evidence outside this run achieves, as a letter, with its source in `rationale`.
    #[serde(default)]
    pub previously_achieved: Option<String>,
}

/// A limitation and what it does to the results.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Limitation {
    /// The limitation.
    pub text: String,
    /// Quantities it affects, by name; empty when it affects all.
    #[serde(default)]
    pub affects: Vec<Located<String>>,
    /// Direction and size of the effect, or "unknown".
    pub effect: String,
}
