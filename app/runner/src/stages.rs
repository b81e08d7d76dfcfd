//! Finished stages kept in the results folder, so that an interrupted run goes on where it stopped.
//!
//! A stage is reused only when study, input files, program version and the program's own bytes are those that made it,
//! and every file that it wrote is still there unchanged.

use crate::RunnerError;
use crate::folder::ResultsFolder;
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};
use study::record::{OutputFile, sha256};

#[derive(Serialize, Deserialize)]
struct Stored<T> {
    key: String,
    files: Vec<OutputFile>,
    content: T,
}

/// The finished stages of one run.
pub(crate) struct Stages<'a> {
    folder: &'a ResultsFolder,
    key: String,
}

impl<'a> Stages<'a> {
    /// Stages of the run that `parts` (hashes of study, inputs and program) identify.
    pub(crate) fn new(folder: &'a ResultsFolder, parts: &[&str]) -> Self {
        Self { folder, key: sha256(parts.join("\n").as_bytes()) }
    }

    /// The content of a finished stage; `None` when it has to be computed.
    pub(crate) fn load<T: DeserializeOwned>(&self, stage: &str) -> Option<(T, Vec<OutputFile>)> {
        let text = std::fs::read_to_string(self.folder.path(&file_name(stage))).ok()?;
        let stored: Stored<T> = serde_json::from_str(&text).ok()?;
        let sound = stored.key == self.key && stored.files.iter().all(|file| self.folder.holds(file));
        sound.then_some((stored.content, stored.files))
    }

    /// Keeps a finished stage. `files` are those it wrote.
    pub(crate) fn save<T: Serialize>(&self, stage: &str, content: &T, files: &[OutputFile]) -> Result<(), RunnerError> {
        let stored = Stored { key: self.key.clone(), files: files.to_vec(), content };
        // Plain data without maps always serialise; a stage that did not would only be computed again.
        let text = serde_json::to_string(&stored).unwrap_or_default();
        self.folder.write(&file_name(stage), text.as_bytes())?;
        // What the stage kept on its way is of no use any more; where it cannot be removed it only takes room.
        let _ = std::fs::remove_file(self.folder.path(&unfinished(stage)));
        Ok(())
    }

    /// Keeps an unfinished stage, in a form of its own, behind the key of the run.
    pub(crate) fn save_bytes(&self, stage: &str, content: &[u8]) -> Result<(), RunnerError> {
        let bytes = [self.key.as_bytes(), content].concat();
        self.folder.write(&unfinished(stage), &bytes).map(|_| ())
    }

    /// The content of an unfinished stage of the same run.
    pub(crate) fn load_bytes(&self, stage: &str) -> Option<Vec<u8>> {
        let bytes = std::fs::read(self.folder.path(&unfinished(stage))).ok()?;
        bytes.strip_prefix(self.key.as_bytes()).map(<[u8]>::to_vec)
    }
}

fn unfinished(stage: &str) -> String {
    format!("stages/{stage}.unfinished")
}

fn file_name(stage: &str) -> String {
    format!("stages/{stage}.json")
}

/// SHA-256 of the running program's file; its version where the file cannot be read.
pub(crate) fn program_fingerprint() -> String {
    let bytes = std::env::current_exe().and_then(std::fs::read);
    bytes.map_or_else(|_| env!("CARGO_PKG_VERSION").to_owned(), |bytes| sha256(&bytes))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_stage_is_reused_only_for_the_same_key_and_unchanged_files() {
        let root = tempfile::tempdir().unwrap();
        let folder = ResultsFolder::check(root.path()).unwrap();
        let file = folder.write("fields/a.vtu", b"values").unwrap();
        let content = vec![0.1_f64 + 0.2, 1.0 / 3.0];
        let stages = Stages::new(&folder, &["study", "input"]);
        stages.save("fine", &content, std::slice::from_ref(&file)).unwrap();
        assert_eq!(stages.load::<Vec<f64>>("fine"), Some((content, vec![file])));
        assert_eq!(stages.load::<Vec<f64>>("coarse"), None);
        stages.save_bytes("coarse", &[1, 2]).unwrap();
        assert_eq!(stages.load_bytes("coarse"), Some(vec![1, 2]));
        assert_eq!(Stages::new(&folder, &["study", "other"]).load_bytes("coarse"), None);
        assert_eq!(Stages::new(&folder, &["study", "other"]).load::<Vec<f64>>("fine"), None);
        std::fs::write(folder.path("fields/a.vtu"), b"tampered").unwrap();
        assert_eq!(stages.load::<Vec<f64>>("fine"), None);
    }
}
