//! `vesalius verify [PATTERN] [--full]`.

use super::Answer;
use crate::console::{number, table};
use crate::failure::Failure;
use control::RunControl;
use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::ExitCode;
use verification::{Case, Check, Shelf, SuiteReport};

pub(crate) fn verify(
    pattern: &str,
    full: bool,
    output: Option<&Path>,
    control: &RunControl,
) -> Result<Answer, Failure> {
    if !verification::cases().iter().any(|case| case.id.contains(pattern)) {
        let ids: Vec<&str> = verification::cases().iter().map(|case| case.id).collect();
        return Err(Failure::input(format!("no case contains \"{pattern}\"; the cases are {}", ids.join(", "))));
    }
    let shelf = if full { Shelf::Full } else { Shelf::Quick };
    let store = output.map(Store::open).transpose()?;
    let known = |case: &Case| store.as_ref().and_then(|store| store.read(case));
    let mut trouble = None;
    let mut done = |case: &Case, checks: &[Check]| {
        if let Some(Err(failure)) = store.as_ref().map(|store| store.write(case, checks)) {
            trouble = Some(failure);
        }
    };
    let report = verification::run(pattern, shelf, control, &known, &mut done)?;
    if let Some(failure) = trouble {
        return Err(failure);
    }
    let exit_code = if report.failed == 0 { ExitCode::SUCCESS } else { ExitCode::from(4) };
    Ok(Answer { json: crate::to_json(&report), text: describe(&report), exit_code })
}

fn describe(report: &SuiteReport) -> String {
    let mut rows = vec![["", "check", "value", "reference", "unit", "tolerance", "s"].map(str::to_owned).to_vec()];
    rows.extend(report.checks.iter().map(|check| {
        let verdict = if check.passed { "ok" } else { "FAILED" };
        let seconds = if check.seconds > 0.0 { format!("{:.1}", check.seconds) } else { String::new() };
        let (value, reference) = (number(check.value, 5), number(check.reference, 5));
        vec![verdict.into(), check.id.clone(), value, reference, check.unit.clone(), check.tolerance.clone(), seconds]
    }));
    let mut text = table(&rows);
    for check in report.checks.iter().filter(|check| !check.passed) {
        text.push_str(&format!("\n{}: {}\n", check.id, check.source));
    }
    text.push_str(&format!("\n{} passed, {} failed\n", report.passed, report.failed));
    text
}

/// Finished cases in a folder, one JSON file a case and program version, so that an interrupted suite goes on.
struct Store {
    folder: PathBuf,
}

impl Store {
    fn open(folder: &Path) -> Result<Self, Failure> {
        std::fs::create_dir_all(folder)
            .map_err(|error| Failure::input(format!("{}: {error}; choose another folder", folder.display())))?;
        Ok(Self { folder: folder.to_owned() })
    }

    fn file(&self, case: &Case) -> PathBuf {
        self.folder.join(format!("{}-{}.json", case.id.replace('/', "-"), env!("CARGO_PKG_VERSION")))
    }

    /// A file that cannot be read is as good as none: the case is solved again.
    fn read(&self, case: &Case) -> Option<Vec<Check>> {
        serde_json::from_slice(&std::fs::read(self.file(case)).ok()?).ok()
    }

    fn write(&self, case: &Case, checks: &[Check]) -> Result<(), Failure> {
        let text = crate::to_json(&checks).to_string();
        mesh_io::write_atomically(&self.file(case), |writer| writer.write_all(text.as_bytes()))
            .map_err(|error| Failure::input(error.to_string()))
    }
}
