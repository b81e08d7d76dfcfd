//! `vesalius dossier STUDY.toml -o DIR`.

use super::{Answer, run};
use crate::failure::Failure;
use control::RunControl;
use runner::RunOptions;
use std::path::Path;
use study::Study;

pub(crate) fn dossier(
    file: &Path,
    output: &Path,
    options: &RunOptions,
    control: &RunControl,
) -> Result<Answer, Failure> {
    let outcome = runner::dossier(&Study::load(file)?, output, options, control)?;
    let mut json = run::json(&outcome.run);
    json["risk"] = crate::to_json(&outcome.dossier.risk);
    json["factors"] = crate::to_json(&outcome.dossier.factors);
    json["dossier_findings"] = crate::to_json(&outcome.dossier.findings);
    json["pdf"] = outcome.pdf.display().to_string().into();
    let text = format!("{}\nDossier: {}\n", run::describe(&outcome.run), outcome.pdf.display());
    Ok(Answer::done(json, text))
}
