//! The headless verbs. Results go to standard output, progress and logs to standard error.

mod arguments;
mod console;
mod failure;
mod verbs;

use arguments::{Arguments, StudyArguments, Verb};
use clap::Parser;
use control::RunControl;
use failure::Failure;
use runner::RunOptions;
use std::io::Write;
use std::process::ExitCode;
use std::time::Duration;
use verbs::Answer;

#[global_allocator]
static ALLOCATOR: runner::HugePages = runner::HugePages;

fn main() -> ExitCode {
    let control = console::control();
    let arguments = Arguments::parse();
    let json = arguments.json;
    match perform(arguments, &control) {
        Ok(answer) => print(&answer, json),
        Err(failure) => failure.report(json),
    }
}

fn perform(arguments: Arguments, control: &RunControl) -> Result<Answer, Failure> {
    let options = RunOptions {
        memory_limit: arguments.memory,
        threads: arguments.threads.map(usize::from),
        ..RunOptions::default()
    };
    match arguments.verb {
        // These two leave a record when they are cancelled, and see to it themselves.
        Verb::Run(StudyArguments { study, output }) => verbs::run::run(&study, &output, &options, control),
        Verb::Dossier(StudyArguments { study, output }) => verbs::dossier::dossier(&study, &output, &options, control),
        Verb::Import { file, reading } => {
            promptly(&options, control, move |control| verbs::import::import(&file, &reading, control))
        }
        Verb::Centreline { file, output, from, to, reading } => promptly(&options, control, move |control| {
            verbs::centreline::centreline(&file, &output, from.as_deref(), &to, &reading, control)
        }),
        Verb::Measure { file, femur, reading } => {
            promptly(&options, control, move |control| verbs::measure::measure(&file, femur, &reading, control))
        }
        Verb::Repair(repairing) => {
            promptly(&options, control, move |control| verbs::repair::repair(&repairing, control))
        }
        Verb::Segment(segmentation) => {
            promptly(&options, control, move |control| verbs::segment::segment(&segmentation, control))
        }
        Verb::Mesh(meshing) => promptly(&options, control, move |control| verbs::mesh::mesh(&meshing, control)),
        Verb::Cut(cutting) => promptly(&options, control, move |control| verbs::cut::cut(&cutting, control)),
        Verb::Tube(tubing) => promptly(&options, control, move |control| verbs::tube::tube(&tubing, control)),
        Verb::Vessel(preparation) => {
            promptly(&options, control, move |control| verbs::vessel::vessel(&preparation, control))
        }
        Verb::Verify { pattern, full, output } => promptly(&options, control, move |control| {
            verbs::verify::verify(&pattern, full, output.as_deref(), control)
        }),
        Verb::Schema => {
            let schema = study::schema();
            let text = format!("{schema:#}\n");
            Ok(Answer::done(schema, text))
        }
    }
}

/// How long after Ctrl-C a verb may take to stop by itself and remove what it was writing.
const GRACE: Duration = Duration::from_millis(120);

/// Does `work` with the threads that the options ask for and stops soon after Ctrl-C.
fn promptly(
    options: &RunOptions,
    control: &RunControl,
    work: impl FnOnce(&RunControl) -> Result<Answer, Failure> + Send + 'static,
) -> Result<Answer, Failure> {
    let (options, inner) = (options.clone(), control.clone());
    control::promptly_within(GRACE, control, move || runner::in_pool(&options, || work(&inner)))??
}

/// Prints an answer. A closed pipe is no error: the reader has what it wanted.
fn print(answer: &Answer, json: bool) -> ExitCode {
    let text = if json { format!("{}\n", answer.json) } else { answer.text.clone() };
    match std::io::stdout().write_all(text.as_bytes()) {
        Ok(()) => answer.exit_code,
        Err(error) if error.kind() == std::io::ErrorKind::BrokenPipe => answer.exit_code,
        Err(error) => Failure::input(format!("standard output: {error}")).report(false),
    }
}

/// A value as JSON. Types whose maps have string keys cannot fail; should one ever, the reader sees why.
fn to_json(value: &impl serde::Serialize) -> serde_json::Value {
    serde_json::to_value(value).unwrap_or_else(|error| serde_json::json!({ "error": error.to_string() }))
}

/// The word that stands for a value in JSON, for example "warning".
fn word(value: &impl serde::Serialize) -> String {
    to_json(value).as_str().unwrap_or_default().to_owned()
}
