//! The nine steps of FDA's guidance on the credibility of computational models, filled from a study and its record.
//!
//! [`assess`] reads what the study states and what the run recorded and returns a [`Dossier`]; it never computes
//! mechanics. Achieved levels are claimed only where the record shows them ([`factors`](Dossier::factors)); everything
//! else reads "not assessed". Silence never reads as "pass". Letters of a ladder are ordinal within that ladder: they
//! are never turned into numbers and there is no overall score.
//!
//! The names of steps, categories and ladders are data in `assets/credibility` ([`Framework`]), marked as paraphrases
//! until a person has checked them against the primary documents.

mod achieved;
mod assess;
mod dossier;
mod findings;
mod framework;
mod model;
mod results;

pub use assess::{assess, assess_in};
pub use dossier::{
    CodeVerification, Dossier, Evidence, Factor, FactorState, FigureEntry, Finding, GridRow, GridTable, LimitationRow,
    ModelRow, Provenance, QuantityRow, Risk, Shortfall, Statement, Step, StepState,
};
pub use framework::{Category, CredibilityError, Framework, Leaf, LetterError, Rung};
/// The parts of a record that a dossier quotes as they are.
pub use study::record::{CodeCheck, FlowRecord, InputFile, MeshRecord, Severity, SolveRecord};
