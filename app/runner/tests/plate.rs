//! Whole runs of the plate example on coarse meshes: results, determinism, resuming, cancelling, refusals.
#![expect(clippy::unwrap_used, reason = "a helper of a test may panic: that is how it fails")]

use control::RunControl;
use runner::{FailureKind, RunOptions, RunnerError, run};
use std::fs;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use study::Study;
use study::record::{Record, Status};

fn example() -> (PathBuf, String) {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../examples/plate_bending.toml");
    let text = fs::read_to_string(&path).unwrap();
    assert!(text.contains("size = \"1 mm\""));
    // Three meshes of 4, 2 and 1 element through the thickness would be slow here: begin with 2.
    (path, text.replace("size = \"1 mm\"", "size = \"2 mm\""))
}

fn coarse() -> Study {
    let (path, text) = example();
    Study::parse(&path, text).unwrap()
}

fn changed(from: &str, to: &str) -> Study {
    let (path, text) = example();
    assert!(text.contains(from), "the example holds {from}");
    Study::parse(&path, text.replacen(from, to, 1)).unwrap()
}

fn threads(count: usize) -> RunOptions {
    RunOptions { threads: Some(count), ..RunOptions::default() }
}

fn record(folder: &Path) -> Record {
    Record::from_json(&fs::read_to_string(folder.join("record.json")).unwrap()).unwrap()
}

#[test]
fn the_bending_stiffness_is_that_of_the_beam_within_two_percent() {
    let folder = tempfile::tempdir().unwrap();
    let outcome = run(&coarse(), folder.path(), &RunOptions::default(), &RunControl::silent()).unwrap();
    assert_eq!(outcome.record.status, Status::Finished);
    for name in ["bending_stiffness", "outer_fibre_stress"] {
        let quantity = outcome.record.quantity(name).unwrap();
        let difference = quantity.reference.as_ref().and_then(|r| r.difference_percent).unwrap();
        assert!(difference.abs() < 2.0, "{name}: {difference} % from beam theory");
        assert_eq!(quantity.grid.as_ref().unwrap().levels.len(), 3);
    }
    for solve in &outcome.record.solves {
        assert!(solve.equilibrium_residual < 1e-9 && solve.residual < 1e-8, "{solve:?}");
    }
    for file in &outcome.files {
        assert!(folder.path().join(file).is_file(), "{file}");
    }
    assert_eq!(record(folder.path()), outcome.record);
}

#[test]
fn a_repeated_run_writes_the_same_bytes_with_any_number_of_threads() {
    let folders = [tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap()];
    for (count, folder) in [1, 2].into_iter().zip(&folders) {
        run(&coarse(), folder.path(), &threads(count), &RunControl::silent()).unwrap();
    }
    let listed = record(folders[0].path());
    let files = listed.files.iter().map(|f| f.path.clone()).chain(listed.figures.iter().map(|f| f.file.clone()));
    for file in files.chain(["record.json".to_owned()]) {
        let [a, b] = [0, 1].map(|k| fs::read(folders[k].path().join(&file)).unwrap());
        assert!(a == b, "{file} differs between 1 and 2 threads");
    }
}

#[test]
fn a_cancelled_run_says_so_and_the_next_one_goes_on_where_it_stopped() {
    let folder = tempfile::tempdir().unwrap();
    let (study, stop) = (coarse(), Arc::new(AtomicBool::new(false)));
    let reached = stop.clone();
    let control = RunControl::new(move |progress| {
        if progress.stage.starts_with("medium") {
            reached.store(true, Ordering::Relaxed);
        }
    });
    let watcher = {
        let control = control.clone();
        std::thread::spawn(move || {
            while !stop.load(Ordering::Relaxed) {
                std::thread::sleep(std::time::Duration::from_millis(1));
            }
            control.cancel();
        })
    };
    let error = run(&study, folder.path(), &RunOptions::default(), &control);
    watcher.join().unwrap();
    // The medium mesh is small: where it was finished before the cancel arrived, the run was too fast to stop.
    if let Err(error) = error {
        assert_eq!(error.kind(), FailureKind::Cancelled);
        assert_eq!(record(folder.path()).status, Status::Cancelled);
    }
    let outcome = run(&study, folder.path(), &RunOptions::default(), &RunControl::silent()).unwrap();
    let fine = outcome.log.stages.iter().find(|stage| stage.stage == "fine").unwrap();
    assert!(fine.reused, "the finished fine mesh is used again");
    let fresh = tempfile::tempdir().unwrap();
    run(&study, fresh.path(), &RunOptions::default(), &RunControl::silent()).unwrap();
    let bytes = |folder: &Path| fs::read(folder.join("record.json")).unwrap();
    assert!(bytes(folder.path()) == bytes(fresh.path()), "a resumed run gives the record of an uninterrupted one");
}

#[test]
fn a_run_cancelled_before_its_first_mesh_leaves_a_record_marked_cancelled() {
    let folder = tempfile::tempdir().unwrap();
    let control = RunControl::silent();
    control.cancel();
    let error = run(&coarse(), folder.path(), &RunOptions::default(), &control).unwrap_err();
    assert!(matches!(error, RunnerError::Cancelled));
    assert_eq!(record(folder.path()).status, Status::Cancelled);
}

/// The message of a refused run, which must leave no trace.
fn refusal(study: &Study, options: &RunOptions) -> String {
    let parent = tempfile::tempdir().unwrap();
    let folder = parent.path().join("out");
    let error = run(study, &folder, options, &RunControl::silent()).unwrap_err();
    assert_eq!(error.kind(), FailureKind::BadInput, "{error}");
    assert!(!folder.exists(), "bad input leaves no files: {error}");
    error.to_string()
}

#[test]
fn bad_input_is_refused_with_place_and_remedy_and_without_files() {
    let options = RunOptions::default();
    let free = changed("fixed = [\"y\"]", "fixed = [\"x\"]");
    let message = refusal(&free, &options);
    assert!(message.contains("translation along y") || message.contains("along y"), "{message}");
    let missed =
        changed("support_line_1 = { box = { low = [\"7.999 mm\"", "support_line_1 = { box = { low = [\"8.0005 mm\"");
    let message = refusal(&missed, &options);
    assert!(message.contains("line") && message.contains("\"support_line_1\" holds no node"), "{message}");
    let nameless = changed("mid_width = { plane", "unused = { mesh_region = \"x_mim\" }\nmid_width = { plane");
    let message = refusal(&nameless, &options);
    assert!(message.contains("x_mim") && message.contains("x_min") && message.contains("line"), "{message}");
    let little = RunOptions { memory_limit: Some(100_000), ..RunOptions::default() };
    let message = refusal(&coarse(), &little);
    assert!(message.contains("allowed"), "{message}");
}

#[test]
fn an_output_path_below_a_file_is_refused_before_any_work() {
    let parent = tempfile::tempdir().unwrap();
    let file = parent.path().join("note.txt");
    fs::write(&file, "x").unwrap();
    let error = run(&coarse(), &file.join("out"), &RunOptions::default(), &RunControl::silent()).unwrap_err();
    assert!(error.to_string().contains("note.txt is a file"), "{error}");
    assert_eq!(error.kind(), FailureKind::BadInput);
}
