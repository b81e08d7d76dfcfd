use crate::framework::Rung;
use serde::{Deserialize, Serialize};
use study::record::{CodeCheck, FlowRecord, InputFile, MeshRecord, Severity, SolveRecord};
use uncertainty::GridVerdict;

/// The content of a credibility dossier, ready to be laid out. Numbers are raw, with their unit beside them.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Dossier {
    /// Title of the study.
    pub title: String,
    /// Who answers for it.
    pub author: Option<String>,
    /// Date stated by the study.
    pub date: Option<String>,
    /// How the run ended: "finished", "cancelled", or "failed: …".
    pub run_state: String,
    /// The nine steps and how far each is done.
    pub steps: Vec<Step>,
    /// Step 1.
    pub question: Statement,
    /// Step 2.
    pub context_of_use: Statement,
    /// Other evidence that the decision rests on.
    pub other_evidence: Statement,
    /// Step 3.
    pub risk: Risk,
    /// Summary of the model, topic by topic.
    pub model: Vec<ModelRow>,
    /// Step 4.
    pub evidence: Vec<Evidence>,
    /// Step 5 and the first half of step 8.
    pub factors: Vec<Factor>,
    /// Step 6.
    pub prospective_adequacy: Statement,
    /// Step 7: quantities of interest.
    pub quantities: Vec<QuantityRow>,
    /// Step 7: figures of the run, in order.
    pub figures: Vec<FigureEntry>,
    /// Step 7: meshes, finest first.
    pub meshes: Vec<MeshRecord>,
    /// Step 7: solves.
    pub solves: Vec<SolveRecord>,
    /// Step 7: runs of a flow.
    pub flows: Vec<FlowRecord>,
    /// Step 7: grid study of each quantity.
    pub grids: Vec<GridTable>,
    /// Step 7: code verification on this machine.
    pub code_verification: CodeVerification,
    /// Step 8.
    pub post_study_adequacy: Statement,
    /// Limitations with their effect.
    pub limitations: Vec<LimitationRow>,
    /// What the checks of this program and the run itself found.
    pub findings: Vec<Finding>,
    /// Where everything comes from.
    pub provenance: Provenance,
    /// Version and state of the frameworks used.
    pub framework_notes: Vec<String>,
}

impl Dossier {
    /// Findings that stand against using the dossier as final.
    pub fn blocking(&self) -> impl Iterator<Item = &Finding> {
        self.findings.iter().filter(|finding| finding.severity == Severity::Error)
    }
}

/// Words of the study's author, or their absence.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "state", content = "text", rename_all = "snake_case")]
pub enum Statement {
    /// Stated.
    Stated(String),
    /// Nobody stated it.
    NotAssessed,
}

impl Statement {
    /// The trimmed words, or [`Statement::NotAssessed`] when there are none.
    pub fn of(text: Option<&str>) -> Self {
        match text.map(str::trim).filter(|text| !text.is_empty()) {
            Some(text) => Self::Stated(text.to_owned()),
            None => Self::NotAssessed,
        }
    }

    /// The words, if any.
    pub fn text(&self) -> Option<&str> {
        match self {
            Self::Stated(text) => Some(text),
            Self::NotAssessed => None,
        }
    }
}

/// One of the nine steps.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Step {
    /// 1 to 9.
    pub number: u8,
    /// Name.
    pub name: String,
    /// "plan", "execution", "judgement" or "report".
    pub phase: String,
    /// How far it is done.
    pub state: StepState,
    /// What the state rests on, or what is missing.
    pub remark: String,
}

/// How far a step is done. There is no "passed": adequacy is judged by people.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum StepState {
    /// The study states it, or the run generated it.
    Stated,
    /// Only in part.
    Partial,
    /// Not at all.
    NotAssessed,
}

/// Step 3: model influence × decision consequence, as stated. The level is recorded, never adjusted.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Risk {
    /// "low", "medium", "high".
    pub influence: String,
    /// Why.
    pub influence_rationale: String,
    /// "low", "medium", "high".
    pub consequence: String,
    /// Why.
    pub consequence_rationale: String,
    /// `influence + consequence − 1` with low = 1, medium = 2, high = 3; the scale of published examples
    /// (Morrison et al. 2019), 1 to 5.
    pub level: u8,
    /// Hazard identifiers.
    pub hazards: Vec<String>,
}

/// One line of the model's summary.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ModelRow {
    /// "Geometry", "Material", …
    pub topic: String,
    /// What it is.
    pub text: String,
    /// Where it comes from; empty when the text says it.
    pub source: String,
}

/// One item of credibility evidence.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Evidence {
    /// Short name.
    pub id: String,
    /// Category 1 to 8.
    pub category: u8,
    /// Name of the category.
    pub category_name: String,
    /// What it is.
    pub description: String,
    /// "planned", "generated by this run", "asked of this run, not generated", "previously generated".
    pub state: String,
    /// Reference, file or comparator.
    pub source: String,
}

/// One graded credibility factor.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Factor {
    /// Clause.
    pub clause: String,
    /// Factor that the leaf belongs to.
    pub group: String,
    /// Name.
    pub name: String,
    /// The ladder.
    pub ladder: Vec<Rung>,
    /// Goal letter, if one was set.
    pub goal: Option<String>,
    /// The author's words on the goal.
    pub rationale: String,
    /// Where the factor stands.
    pub state: FactorState,
    /// What the achieved level rests on, or why none is claimed.
    pub basis: String,
    /// Goal against achieved level.
    pub shortfall: Shortfall,
}

impl Factor {
    /// The achieved letter, from this run or earlier work.
    pub fn achieved(&self) -> Option<&str> {
        match &self.state {
            FactorState::Achieved { letter } | FactorState::PreviouslyGenerated { letter } => Some(letter),
            _ => None,
        }
    }
}

/// Where a factor stands.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum FactorState {
    /// A goal is set; no level is shown to be achieved.
    GoalSet,
    /// The record of this run shows a level.
    Achieved {
        /// Letter.
        letter: String,
    },
    /// Earlier evidence shows a level, as stated by the author.
    PreviouslyGenerated {
        /// Letter.
        letter: String,
    },
    /// The author says that the factor does not apply, and why.
    NotApplicable {
        /// Why.
        reason: String,
    },
    /// Nothing is known.
    NotAssessed,
}

/// Goal against achieved level.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Shortfall {
    /// The achieved level is the goal or above.
    Met,
    /// The achieved level is below the goal.
    Below,
    /// A goal is set and no level is shown.
    NotShown,
    /// No goal is set, or the factor does not apply.
    NoGoal,
}

/// A quantity of interest with what is known about its error.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct QuantityRow {
    /// Key in the study.
    pub name: String,
    /// Name in words.
    pub label: String,
    /// Symbol.
    pub symbol: String,
    /// Value on the finest mesh.
    pub value: f64,
    /// Unit; "1" for pure numbers.
    pub unit: String,
    /// Load case.
    pub load_case: String,
    /// Where, in words, with the point where there is one.
    pub place: String,
    /// The interval, if one can be given.
    pub interval: Option<[f64; 2]>,
    /// What the interval covers, or why there is none.
    pub uncertainty: String,
    /// Smallest and largest value over the meshes, where no interval is given.
    pub range: Option<[f64; 2]>,
    /// Comparison with a value from elsewhere, in words.
    pub comparison: Option<String>,
    /// What must be said with the value.
    pub remarks: Vec<String>,
}

/// The grid study of a quantity.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct GridTable {
    /// Name of the quantity in words.
    pub label: String,
    /// Unit of its values.
    pub unit: String,
    /// The grids, finest first.
    pub rows: Vec<GridRow>,
    /// Order expected from theory.
    pub formal_order: f64,
    /// Order observed, where there is one.
    pub observed_order: Option<f64>,
    /// The verdict with its numbers.
    pub verdict: GridVerdict,
    /// The verdict in words.
    pub verdict_text: String,
    /// Smallest and largest value over the grids.
    pub range: [f64; 2],
}

/// One grid of a grid study.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct GridRow {
    /// Label of the mesh; empty when no mesh of the record has this size.
    pub mesh: String,
    /// Representative element size in mm.
    pub size_mm: f64,
    /// Number of elements; `None` when no mesh of the record has this size.
    pub elements: Option<usize>,
    /// The value.
    pub value: f64,
}

/// The code-verification table.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct CodeVerification {
    /// Every check, in order; empty when the suite was not run.
    pub checks: Vec<CodeCheck>,
    /// Checks with a bound that holds.
    pub passed: usize,
    /// Checks with a bound that does not hold.
    pub failed: usize,
    /// Checks without a bound; they show a value and prove nothing.
    pub reported: usize,
}

/// A limitation.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct LimitationRow {
    /// The limitation.
    pub text: String,
    /// Quantities it affects, in words.
    pub affects: String,
    /// Direction and size of its effect.
    pub effect: String,
}

/// Something that a reviewer must know.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Finding {
    /// Rule, for example "R5", or the code of a finding of the run.
    pub rule: String,
    /// How much it matters; an error stands against using the dossier as final.
    pub severity: Severity,
    /// Where.
    pub location: String,
    /// What was found and what to do.
    pub message: String,
}

/// A figure of the dossier.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct FigureEntry {
    /// File in the results folder.
    pub file: String,
    /// Caption.
    pub caption: String,
    /// Words for readers who cannot see it.
    pub alt_text: String,
    /// SHA-256 of the file.
    pub sha256: String,
}

/// Where everything comes from.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Provenance {
    /// Program and version.
    pub program: String,
    /// Name of the study file.
    pub study_file: String,
    /// SHA-256 of the study file.
    pub study_sha256: String,
    /// SHA-256 of the record.
    pub record_sha256: String,
    /// Seed of random numbers.
    pub seed: u64,
    /// Files read.
    pub inputs: Vec<InputFile>,
    /// Files written, with SHA-256.
    pub outputs: Vec<(String, String)>,
}
