//! How a verb ends badly: an exit code and words that name the place and the remedy.

use runner::{FailureKind, RunnerError};
use std::process::ExitCode;

/// A failed verb.
#[derive(Debug)]
pub(crate) struct Failure {
    kind: FailureKind,
    message: String,
}

impl Failure {
    /// Bad input or usage: exit code 2.
    pub(crate) fn input(message: impl Into<String>) -> Self {
        Self { kind: FailureKind::BadInput, message: message.into() }
    }

    /// The same failure with the file it is about in front.
    pub(crate) fn at(self, file: &std::path::Path) -> Self {
        Self { message: format!("{}: {}", file.display(), self.message), ..self }
    }

    /// Prints the failure, on standard output too when it must be one JSON object, and gives the exit code.
    pub(crate) fn report(&self, json: bool) -> ExitCode {
        let code = self.kind.exit_code();
        eprintln!("vesalius: {}", self.message);
        if json {
            println!("{}", serde_json::json!({ "error": { "exit_code": code, "message": self.message } }));
        }
        ExitCode::from(code)
    }
}

impl From<RunnerError> for Failure {
    fn from(error: RunnerError) -> Self {
        Self { kind: error.kind(), message: with_causes(&error) }
    }
}

impl From<control::Cancelled> for Failure {
    fn from(cancelled: control::Cancelled) -> Self {
        RunnerError::from(cancelled).into()
    }
}

impl From<mesh_io::MeshIoError> for Failure {
    fn from(error: mesh_io::MeshIoError) -> Self {
        RunnerError::MeshFile(error).into()
    }
}

impl From<meshing::MeshingError> for Failure {
    fn from(error: meshing::MeshingError) -> Self {
        let kind = match &error {
            meshing::MeshingError::Cancelled(_) => FailureKind::Cancelled,
            _ => FailureKind::BadInput,
        };
        Self { kind, message: with_causes(&error) }
    }
}

impl From<imaging::ImagingError> for Failure {
    fn from(error: imaging::ImagingError) -> Self {
        let kind = match &error {
            imaging::ImagingError::Cancelled(_) => FailureKind::Cancelled,
            _ => FailureKind::BadInput,
        };
        Self { kind, message: with_causes(&error) }
    }
}

impl From<runner::anatomy::AnatomyError> for Failure {
    fn from(error: runner::anatomy::AnatomyError) -> Self {
        let kind = match &error {
            runner::anatomy::AnatomyError::Cancelled(_) => FailureKind::Cancelled,
            _ => FailureKind::BadInput,
        };
        Self { kind, message: with_causes(&error) }
    }
}

impl From<mesh_io::WriteError> for Failure {
    fn from(error: mesh_io::WriteError) -> Self {
        mesh_io::MeshIoError::from(error).into()
    }
}

impl From<study::StudyError> for Failure {
    fn from(error: study::StudyError) -> Self {
        Self::input(with_causes(&error))
    }
}

/// The message of an error, with those of its causes that it does not repeat.
fn with_causes(error: &dyn std::error::Error) -> String {
    let mut message = error.to_string();
    let mut cause = error.source();
    while let Some(next) = cause {
        let text = next.to_string();
        if !message.contains(&text) {
            message = format!("{message}: {text}");
        }
        cause = next.source();
    }
    message
}
