use crate::model::{OpenStudy, Results};
use crate::tasks::{Problem, open};
use control::{Cancelled, RunControl};
use runner::{FailureKind, RunOptions, RunnerError};
use study::record::Record;

/// Computes a study in its results folder and reads what came out. A cancelled run gives what was complete, marked so.
pub(crate) fn run_study(open: &OpenStudy, dossier: bool, control: &RunControl) -> Result<Results, Problem> {
    let options = RunOptions::default();
    let (study, folder) = (&open.study, open.folder.as_path());
    let outcome = if dossier {
        runner::dossier(study, folder, &options, control).map(|outcome| outcome.run.record)
    } else {
        runner::run(study, folder, &options, control).map(|outcome| outcome.record)
    };
    match outcome {
        Ok(record) => open::results(study, folder, record, &RunControl::silent()),
        Err(error) => failed(open, error),
    }
}

fn failed(open: &OpenStudy, error: RunnerError) -> Result<Results, Problem> {
    let title = match error.kind() {
        FailureKind::Cancelled => return cancelled(open),
        FailureKind::BadInput => "The study cannot be run as it stands",
        FailureKind::NotSolved => "The study could not be solved",
        FailureKind::Bug => "Internal error while running the study",
    };
    Err(Problem::new(title, &error))
}

/// The record that the cancelled run left, without its fields: the answer to a cancel comes at once.
fn cancelled(open: &OpenStudy) -> Result<Results, Problem> {
    let text = std::fs::read_to_string(open.folder.join("record.json")).map_err(|_| Problem::from(Cancelled))?;
    let record = Record::from_json(&text).map_err(|_| Problem::from(Cancelled))?;
    Ok(open::without_fields(&open.study, &open.folder, record))
}
