//! The results folder: checked before work begins, created by the first whole file.

use crate::RunnerError;
use std::io::Write;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use study::record::{OutputFile, Record, RunLog, Status, sha256};

/// Where a run writes. Nothing is created until there is something to write, so that bad input leaves no trace. Clones are
/// the same folder.
#[derive(Debug, Clone)]
pub(crate) struct ResultsFolder {
    root: PathBuf,
    state: Arc<Mutex<State>>,
}

#[derive(Debug, Default)]
struct State {
    /// No more files: the run was left behind after a cancellation.
    sealed: bool,
    /// What the record would say now.
    latest: Option<(Record, RunLog)>,
}

impl ResultsFolder {
    /// Checks that `root` is a folder or can become one.
    pub(crate) fn check(root: &Path) -> Result<Self, RunnerError> {
        let refuse = |reason: String| Err(RunnerError::Folder { folder: root.to_owned(), reason });
        if root.as_os_str().is_empty() {
            return refuse("the path is empty; give a folder with -o".to_owned());
        }
        // `symlink_metadata` fails below a file, so the walk goes up until something exists.
        for (depth, ancestor) in root.ancestors().enumerate() {
            let ancestor = if ancestor.as_os_str().is_empty() { Path::new(".") } else { ancestor };
            let Ok(metadata) = std::fs::metadata(ancestor) else { continue };
            return match (metadata.is_dir(), metadata.permissions().readonly()) {
                (true, false) => Ok(Self { root: root.to_owned(), state: Arc::default() }),
                (true, true) => refuse(format!("{} is read-only; choose another folder", ancestor.display())),
                (false, _) if depth == 0 => refuse("it is a file; choose another path".to_owned()),
                (false, _) => refuse(format!("its parent {} is a file; choose another path", ancestor.display())),
            };
        }
        refuse("no folder above it exists; choose another path".to_owned())
    }

    /// The path of a file or folder in the results folder.
    pub(crate) fn path(&self, relative: &str) -> PathBuf {
        self.root.join(relative)
    }

    /// The folder itself.
    pub(crate) fn root(&self) -> &Path {
        &self.root
    }

    /// Writes a file whole or not at all and returns its name and hash.
    pub(crate) fn write(&self, relative: &str, bytes: &[u8]) -> Result<OutputFile, RunnerError> {
        let state = self.state();
        if state.sealed {
            return Err(RunnerError::Cancelled);
        }
        self.put(relative, bytes)
    }

    /// Lets `write` make a file, which it must do whole or not at all, and returns its name and hash.
    pub(crate) fn write_with(
        &self,
        relative: &str,
        write: impl FnOnce(&Path) -> Result<(), RunnerError>,
    ) -> Result<OutputFile, RunnerError> {
        let state = self.state();
        if state.sealed {
            return Err(RunnerError::Cancelled);
        }
        write(&self.make_parent(relative)?)?;
        self.hash(relative)
    }

    fn put(&self, relative: &str, bytes: &[u8]) -> Result<OutputFile, RunnerError> {
        let path = self.make_parent(relative)?;
        mesh_io::write_atomically(&path, |writer| writer.write_all(bytes))?;
        Ok(OutputFile { path: relative.to_owned(), sha256: sha256(bytes) })
    }

    /// Tells what the record would say if the run ended now.
    pub(crate) fn note(&self, record: &Record, log: RunLog) {
        self.state().latest = Some((record.clone(), log));
    }

    /// Closes the folder to a run that does not stop in time after a cancellation, and leaves its record, marked cancelled.
    pub(crate) fn seal_cancelled(&self) -> Result<(), RunnerError> {
        let mut state = self.state();
        state.sealed = true;
        let Some((mut record, log)) = state.latest.take() else { return Ok(()) };
        record.status = Status::Cancelled;
        self.settle(&mut record);
        self.put("record.json", record.to_json()?.as_bytes())?;
        self.put("run.json", log.to_json().as_bytes()).map(|_| ())
    }

    fn state(&self) -> MutexGuard<'_, State> {
        // A thread that panics here leaves no half-made state behind.
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Creates the folder of a file to be written and returns the file's path.
    fn make_parent(&self, relative: &str) -> Result<PathBuf, RunnerError> {
        let path = self.path(relative);
        let parent = path.parent().unwrap_or(&self.root);
        std::fs::create_dir_all(parent).map_err(|error| RunnerError::Folder {
            folder: self.root.clone(),
            reason: format!("the folder {} cannot be created ({error}); choose another path", parent.display()),
        })?;
        Ok(path)
    }

    /// Name and hash of a file that another writer has just written.
    fn hash(&self, relative: &str) -> Result<OutputFile, RunnerError> {
        let bytes = std::fs::read(self.path(relative)).map_err(|error| RunnerError::Folder {
            folder: self.root.clone(),
            reason: format!("{relative} cannot be read back ({error}); check the disk"),
        })?;
        Ok(OutputFile { path: relative.to_owned(), sha256: sha256(&bytes) })
    }

    /// Whether a file is there with that hash.
    pub(crate) fn holds(&self, file: &OutputFile) -> bool {
        std::fs::read(self.path(&file.path)).is_ok_and(|bytes| sha256(&bytes) == file.sha256)
    }

    /// Writes `record.json`.
    pub(crate) fn write_record(&self, record: &Record) -> Result<(), RunnerError> {
        let text = record.to_json()?;
        self.write("record.json", text.as_bytes()).map(|_| ())
    }

    /// Writes `run.json`.
    pub(crate) fn write_log(&self, log: &RunLog) -> Result<(), RunnerError> {
        self.write("run.json", log.to_json().as_bytes()).map(|_| ())
    }

    /// Removes the files that an earlier record of this folder lists and `record` does not, and the dossier made of it, so
    /// that pictures and documents of another study do not lie beside this one's results. Files that the program did not
    /// write are left alone.
    pub(crate) fn remove_stale(&self, record: &Record) {
        let Some(earlier) = self.earlier() else { return };
        let kept = |path: &str| {
            record.files.iter().any(|file| file.path == path) || record.figures.iter().any(|figure| figure.file == path)
        };
        let listed = listed(earlier);
        for dossier in ["dossier.pdf", "dossier.zip"] {
            // Most folders have none.
            let _ = std::fs::remove_file(self.path(dossier));
        }
        for file in listed.into_iter().filter(|file| !kept(&file.path) && is_inside(&file.path) && self.holds(file)) {
            // A file that cannot be removed is not named by the new record either, which is what matters.
            let _ = std::fs::remove_file(self.path(&file.path));
        }
    }

    /// Fits what lies in the folder to the record of a run that was cancelled or failed: what an earlier run of the same
    /// study has finished stays and is listed, so that the next run may reuse it; what another study left goes.
    pub(crate) fn settle(&self, record: &mut Record) {
        match self.earlier() {
            Some(earlier) if earlier.study.sha256 == record.study.sha256 => {
                let known = |path: &str, record: &Record| {
                    let figure = record.figures.iter().any(|figure| figure.file == path);
                    figure || record.files.iter().any(|file| file.path == path)
                };
                for file in listed(earlier) {
                    if !known(&file.path, record) && is_inside(&file.path) && self.path(&file.path).is_file() {
                        record.files.push(file);
                    }
                }
            }
            _ => self.remove_stale(record),
        }
    }

    /// The record that lies in the folder, if it is one of ours.
    fn earlier(&self) -> Option<Record> {
        Record::from_json(&std::fs::read_to_string(self.path("record.json")).ok()?).ok()
    }
}

/// Every file that a record lists, figures included.
fn listed(record: Record) -> Vec<OutputFile> {
    let figures = record.figures.into_iter().map(|figure| OutputFile { path: figure.file, sha256: figure.sha256 });
    record.files.into_iter().chain(figures).collect()
}

/// Whether a relative path stays in its folder.
fn is_inside(path: &str) -> bool {
    Path::new(path).components().all(|part| matches!(part, std::path::Component::Normal(_)))
}

#[cfg(test)]
mod tests {
    use super::*;
    use study::record::{Program, StudyReference};

    #[test]
    fn a_file_in_the_way_is_named_and_nothing_is_created() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("note.txt");
        std::fs::write(&file, "x").unwrap();
        let message = ResultsFolder::check(&file.join("a/b")).unwrap_err().to_string();
        assert!(message.contains("its parent") && message.contains("note.txt is a file"), "{message}");
        assert!(ResultsFolder::check(&file).unwrap_err().to_string().contains("it is a file"));
        ResultsFolder::check(&folder.path().join("new/results")).unwrap();
        assert!(!folder.path().join("new").exists());
    }

    #[test]
    fn a_sealed_folder_holds_the_cancelled_record_and_takes_nothing_more() {
        let root = tempfile::tempdir().unwrap();
        let folder = ResultsFolder::check(&root.path().join("out")).unwrap();
        let program = Program { name: "vesalius".to_owned(), version: "1".to_owned() };
        let study = StudyReference { title: "t".to_owned(), sha256: "0".to_owned() };
        folder.note(&Record::begun(program, study, 1), crate::log::Watch::start(1).log());
        folder.seal_cancelled().unwrap();
        assert!(matches!(folder.write("late.txt", b"x"), Err(RunnerError::Cancelled)));
        let record = Record::from_json(&std::fs::read_to_string(folder.path("record.json")).unwrap()).unwrap();
        assert_eq!(record.status, Status::Cancelled);
        assert!(!folder.path("late.txt").exists());
    }

    #[test]
    fn a_cancelled_run_keeps_what_its_study_has_and_removes_what_another_left() {
        let root = tempfile::tempdir().unwrap();
        let folder = ResultsFolder::check(root.path()).unwrap();
        let record = |study: &str| {
            let program = Program { name: "vesalius".to_owned(), version: "1".to_owned() };
            Record::begun(program, StudyReference { title: "t".to_owned(), sha256: study.to_owned() }, 1)
        };
        let mut finished = record("a");
        finished.files.push(folder.write("fields/a.vtu", b"values").unwrap());
        folder.write("dossier.pdf", b"%PDF").unwrap();
        folder.write_record(&finished).unwrap();
        let mut again = record("a");
        folder.settle(&mut again);
        assert_eq!(again.files, finished.files);
        assert!(folder.path("dossier.pdf").is_file());
        let mut other = record("b");
        folder.settle(&mut other);
        assert!(other.files.is_empty());
        assert!(!folder.path("fields/a.vtu").exists() && !folder.path("dossier.pdf").exists());
    }

    #[test]
    fn files_are_written_with_their_hash() {
        let folder = tempfile::tempdir().unwrap();
        let results = ResultsFolder::check(&folder.path().join("out")).unwrap();
        let file = results.write("fields/a.txt", b"abc").unwrap();
        assert!(results.holds(&file));
        std::fs::write(results.path("fields/a.txt"), "abd").unwrap();
        assert!(!results.holds(&file));
    }
}
