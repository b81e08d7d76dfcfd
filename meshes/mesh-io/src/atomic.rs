use crate::WriteError;
use control::{Cancelled, RunControl};
use std::fs::{self, File, OpenOptions};
use std::io::{self, BufWriter, Write};
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU64, Ordering};

/// Writes a file whole or not at all.
///
/// `write` fills a temporary file in the same folder, which then takes the place of `path` in one step; on any error
/// the temporary file is removed and an older file at `path` stays as it was. To stop on a cancelled run, `write`
/// returns `io::Error::other(Cancelled)`, which comes back as [`WriteError::Cancelled`].
///
/// ```
/// use std::io::Write;
/// let folder = tempfile::tempdir()?;
/// mesh_io::write_atomically(&folder.path().join("note.txt"), |writer| writer.write_all(b"done"))?;
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
pub fn write_atomically(
    path: &Path,
    write: impl FnOnce(&mut BufWriter<File>) -> io::Result<()>,
) -> Result<(), WriteError> {
    check_target(path)?;
    let temporary = temporary_beside(path);
    let outcome = fill(&temporary, write).and_then(|()| fs::rename(&temporary, path));
    outcome.map_err(|source| {
        // The first error is the one to tell; a temporary file that was never made cannot be removed.
        let _ = fs::remove_file(&temporary);
        match source.get_ref().is_some_and(|inner| inner.is::<Cancelled>()) {
            true => WriteError::Cancelled(Cancelled),
            false => WriteError::Io { path: path.to_owned(), source },
        }
    })
}

fn fill(temporary: &Path, write: impl FnOnce(&mut BufWriter<File>) -> io::Result<()>) -> io::Result<()> {
    let file = OpenOptions::new().write(true).create_new(true).open(temporary)?;
    let mut writer = BufWriter::with_capacity(1 << 18, file);
    write(&mut writer)?;
    writer.flush()?;
    writer.get_ref().sync_all()
}

fn check_target(path: &Path) -> Result<(), WriteError> {
    let path_owned = || path.to_owned();
    for parent in path.ancestors().skip(1).filter(|parent| !parent.as_os_str().is_empty()) {
        match fs::metadata(parent) {
            Ok(metadata) if metadata.is_dir() => break,
            Ok(_) => return Err(WriteError::ParentIsFile { path: path_owned(), parent: parent.to_owned() }),
            // The folder is missing, or something above it is a file: look further up.
            Err(_) if parent.ancestors().skip(1).any(Path::is_file) => {}
            Err(_) => return Err(WriteError::ParentMissing { path: path_owned(), parent: parent.to_owned() }),
        }
    }
    match path.is_dir() {
        true => Err(WriteError::IsFolder { path: path_owned() }),
        false => Ok(()),
    }
}

/// A name no other writer of this machine uses: process number and a counter.
fn temporary_beside(path: &Path) -> PathBuf {
    static COUNTER: AtomicU64 = AtomicU64::new(0);
    let mut name = std::ffi::OsString::from(".");
    name.push(path.file_name().unwrap_or_default());
    name.push(format!(".{}-{}.partial", std::process::id(), COUNTER.fetch_add(1, Ordering::Relaxed)));
    path.with_file_name(name)
}

/// Answers a cancelled run from inside a writer; cheap enough to call for every item.
pub(crate) fn check_every(control: &RunControl, item: usize) -> io::Result<()> {
    match item.is_multiple_of(1 << 14) {
        true => control.check().map_err(io::Error::other),
        false => Ok(()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn entries(folder: &Path) -> Vec<String> {
        fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().file_name().to_string_lossy().into_owned()).collect()
    }

    #[test]
    fn a_failed_write_leaves_the_older_file_and_nothing_else() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("mesh.vtu");
        write_atomically(&path, |writer| writer.write_all(b"old")).unwrap();
        let error = write_atomically(&path, |writer| {
            writer.write_all(b"new")?;
            Err(io::Error::other("no space"))
        });
        assert!(matches!(error, Err(WriteError::Io { .. })), "{error:?}");
        assert_eq!(fs::read(&path).unwrap(), b"old");
        assert_eq!(entries(folder.path()), ["mesh.vtu"]);
    }

    #[test]
    fn cancelling_inside_the_writer_comes_back_as_cancelled() {
        let folder = tempfile::tempdir().unwrap();
        let error = write_atomically(&folder.path().join("a"), |_| Err(io::Error::other(Cancelled)));
        assert!(matches!(error, Err(WriteError::Cancelled(_))), "{error:?}");
        assert!(entries(folder.path()).is_empty());
    }

    #[test]
    fn a_parent_that_is_a_file_or_missing_and_a_folder_as_target_are_named() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("file");
        fs::write(&file, "x").unwrap();
        let attempt = |path: &Path| write_atomically(path, |_| Ok(())).unwrap_err().to_string();
        assert!(attempt(&file.join("mesh.vtu")).contains("is a file, not a folder"));
        assert!(attempt(&file.join("deeper/mesh.vtu")).contains("is a file, not a folder"));
        assert!(attempt(&folder.path().join("missing/mesh.vtu")).contains("does not exist; create it"));
        assert!(attempt(folder.path()).contains("it is a folder"));
        assert_eq!(entries(folder.path()), ["file"]);
    }
}
