//! From a study to its credibility dossier and replayable bundle.

use crate::bundle::bundle;
use crate::error::FailureKind;
use crate::folder::ResultsFolder;
use crate::run::{run_inside, sealed_when_cancelled};
use crate::stages::{Stages, program_fingerprint};
use crate::{RunOptions, RunOutcome, RunnerError};
use control::RunControl;
use credibility::Dossier;
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::time::Instant;
use study::Study;
use study::record::{CodeCheck, Record, StageTime, Status};
use verification::{Check, Shelf};

/// What a finished dossier left.
#[derive(Debug, Clone, PartialEq)]
pub struct DossierOutcome {
    /// The run; its record holds the code-verification table.
    pub run: RunOutcome,
    /// The dossier's content.
    pub dossier: Dossier,
    /// The document.
    pub pdf: PathBuf,
    /// The replayable bundle.
    pub bundle: PathBuf,
}

/// Runs a study, the quick verification cases on this machine and the credibility assessment; writes `dossier.pdf` and
/// `dossier.zip` beside what [`crate::run`] writes. What an earlier, identical run has finished is reused.
///
/// A verification case that fails does not stop the dossier: the table in it says so.
///
/// # Errors
/// As [`crate::run`].
pub fn dossier(
    study: &Study,
    out: &Path,
    options: &RunOptions,
    control: &RunControl,
) -> Result<DossierOutcome, RunnerError> {
    let (folder, study) = (ResultsFolder::check(out)?, study.clone());
    sealed_when_cancelled(&folder.clone(), options, control, move |options, control| {
        let run = run_inside(&study, &folder, options, &control.stage("run", 0.0, 0.7))?;
        let mut record = run.record.clone();
        finish(&study, &folder, run, control).inspect_err(|error| {
            record.status = match error.kind() {
                FailureKind::Cancelled => Status::Cancelled,
                _ => Status::Failed { message: error.to_string() },
            };
            // The first error is the one to tell.
            let _ = folder.write_record(&record);
        })
    })
}

fn finish(
    study: &Study,
    folder: &ResultsFolder,
    mut run: RunOutcome,
    control: &RunControl,
) -> Result<DossierOutcome, RunnerError> {
    let begun = Instant::now();
    run.record.checks = verify(folder, &control.stage("verification", 0.7, 0.92))?;
    folder.write_record(&run.record)?;
    let verified = Instant::now();
    run.log.stages.push(stage("verification", begun));
    let layout = control.stage("document", 0.92, 1.0);
    let dossier = credibility::assess(study, &run.record).map_err(|error| failed(&error))?;
    control.check()?;
    let pdf = report::dossier_pdf(&dossier, &figures(folder, &run.record)?).map_err(|error| failed(&error))?;
    layout.report(0.8);
    control.check()?;
    folder.write("dossier.pdf", &pdf)?;
    folder.write("dossier.zip", &bundle(study, folder, &run.record)?)?;
    run.log.stages.push(stage("document", verified));
    run.log.seconds += begun.elapsed().as_secs_f64();
    run.log.peak_memory_mib = crate::log::peak_memory_mib();
    folder.write_log(&run.log)?;
    run.files.extend(["dossier.pdf", "dossier.zip"].map(str::to_owned));
    Ok(DossierOutcome { run, dossier, pdf: folder.path("dossier.pdf"), bundle: folder.path("dossier.zip") })
}

fn stage(name: &str, begun: Instant) -> StageTime {
    StageTime { stage: name.to_owned(), seconds: begun.elapsed().as_secs_f64(), reused: false }
}

fn failed(error: &dyn std::fmt::Display) -> RunnerError {
    RunnerError::Document { reason: error.to_string() }
}

/// The quick cases, those finished earlier by this very program reused.
fn verify(folder: &ResultsFolder, control: &RunControl) -> Result<Vec<CodeCheck>, RunnerError> {
    let fingerprint = program_fingerprint();
    let stages = Stages::new(folder, &[&fingerprint]);
    let name = |id: &str| format!("verification/{}", id.replace('/', "-"));
    let known = |case: &verification::Case| stages.load::<Vec<Check>>(&name(case.id)).map(|(checks, _)| checks);
    let mut unsaved = Ok(());
    let mut done = |case: &verification::Case, checks: &[Check]| {
        if unsaved.is_ok() {
            unsaved = stages.save(&name(case.id), &checks, &[]);
        }
    };
    let report = verification::run("", Shelf::Quick, control, &known, &mut done)?;
    unsaved?;
    Ok(report.checks.into_iter().map(code_check).collect())
}

fn code_check(check: Check) -> CodeCheck {
    let Check { id, area, value, reference, unit, tolerance, passed, source, seconds: _ } = check;
    CodeCheck { id, area, value, reference, unit, tolerance, passed, source }
}

fn figures(folder: &ResultsFolder, record: &Record) -> Result<BTreeMap<String, Vec<u8>>, RunnerError> {
    let read = |file: &String| {
        let bytes = std::fs::read(folder.path(file)).map_err(|error| RunnerError::Folder {
            folder: folder.root().to_owned(),
            reason: format!("the figure {file} cannot be read back ({error}); run the study again"),
        });
        Ok((file.clone(), bytes?))
    };
    record.figures.iter().map(|figure| read(&figure.file)).collect()
}
