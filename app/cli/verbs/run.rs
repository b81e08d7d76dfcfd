//! `vesalius run STUDY.toml -o DIR`.

use super::Answer;
use crate::console::{number, table};
use crate::failure::Failure;
use control::RunControl;
use runner::{RunOptions, RunOutcome};
use std::path::Path;
use study::Study;
use study::record::{Quantity, Uncertainty};

pub(crate) fn run(file: &Path, output: &Path, options: &RunOptions, control: &RunControl) -> Result<Answer, Failure> {
    let outcome = runner::run(&Study::load(file)?, output, options, control)?;
    Ok(Answer::done(json(&outcome), describe(&outcome)))
}

/// The keys of the contract.
pub(crate) fn json(outcome: &RunOutcome) -> serde_json::Value {
    serde_json::json!({
        "quantities": outcome.record.quantities,
        "files": outcome.files,
        "seconds": outcome.log.seconds,
        "peak_memory_mib": outcome.log.peak_memory_mib,
        "provenance": {
            "program": outcome.record.program,
            "study": outcome.record.study,
            "inputs": outcome.record.inputs,
            "seed": outcome.record.seed,
        },
        "findings": outcome.record.findings,
    })
}

/// The quantities with their uncertainty, and where the files are.
pub(crate) fn describe(outcome: &RunOutcome) -> String {
    let mut rows = vec![["quantity", "value", "unit", "uncertainty", "where"].map(str::to_owned).to_vec()];
    rows.extend(outcome.record.quantities.iter().map(row));
    let mut text = table(&rows);
    for finding in &outcome.record.findings {
        text.push_str(&format!("\n{}: {}\n", crate::word(&finding.severity), finding.message));
    }
    text.push_str(&format!("\n{} files in {}\n", outcome.files.len(), outcome.folder.display()));
    text
}

fn row(quantity: &Quantity) -> Vec<String> {
    let uncertainty = match &quantity.uncertainty {
        Uncertainty::Interval { low, high, .. } => format!("{} to {}", number(*low, 4), number(*high, 4)),
        Uncertainty::None { reason, range: Some([low, high]) } => {
            format!("{reason} ({} to {})", number(*low, 4), number(*high, 4))
        }
        Uncertainty::None { reason, range: None } => reason.clone(),
    };
    let value = number(quantity.value, 4);
    vec![quantity.label.clone(), value, quantity.unit.clone(), uncertainty, quantity.location.name.clone()]
}
