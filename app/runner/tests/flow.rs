//! Whole runs of blood through a short pipe on coarse meshes: results, determinism, resuming, refusals.
#![expect(clippy::unwrap_used, reason = "a helper of a test may panic: that is how it fails")]

use control::RunControl;
use runner::{FailureKind, RunOptions, RunnerError, run};
use std::f64::consts::PI;
use std::fs;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::Duration;
use study::Study;
use study::record::{Record, Status, Uncertainty};

/// Radius 2 mm, length 4 mm, 0.5 mL/s that swing by a third: the wall shear stress never turns, so that its magnitude has the mean
/// of a steady flow.
const PIPE: &str = r#"
version = 1
title = "Pipe"
question = "How much pressure is lost?"
context_of_use = "Test of a flow."

[risk]
influence = "low"
influence_rationale = "test"
consequence = "low"
consequence_rationale = "test"

[device.tube]
radius = [["0 mm", "2 mm"], ["4 mm", "2 mm"]]

[material]
name = "blood"
law = "newtonian_fluid"
source = "handbook"
parameters = { density = "1060 kg/m^3", viscosity = "3.5 mPa s" }

[mesh]
size = "1 mm"
element = "tet10"
levels = 1

[flow.time]
cycles = 2
frames = 8
courant = 4.0
least_steps = 2

[[flow.inlets]]
region = "inlet"
mean = "0.5 mL/s"
waveform = { fourier = [[0.3, 0.0]], period = "1 s" }
source = "test"

[[flow.outlets]]
region = "outlet_1"
windkessel = { proximal = "1 mmHg s/mL", compliance = "0.02 mL/mmHg", distal = "20 mmHg s/mL" }
source = "test"

[[outputs]]
name = "drop"
label = "pressure drop"
unit = "Pa"
flow = { metric = "pressure_drop", region = "inlet", to = "outlet_1" }

[[outputs]]
name = "outlet_pressure"
label = "mean pressure at the outlet"
unit = "mmHg"
flow = { metric = "pressure", region = "outlet_1" }

[[outputs]]
name = "tawss"
label = "time-averaged wall shear stress"
unit = "Pa"
flow = { metric = "time_averaged_wall_shear" }

[[figures]]
name = "speed"
flow = "speed"
unit = "m/s"
caption = "Speed at the end of the cycle"
"#;

fn read(text: &str) -> Study {
    Study::parse(Path::new("pipe.toml"), text.to_owned()).unwrap()
}

/// The pipe with `from` (which must occur) replaced by `to`.
fn changed(from: &str, to: &str) -> Study {
    assert!(PIPE.contains(from), "the study holds {from}");
    read(&PIPE.replacen(from, to, 1))
}

fn options(threads: usize) -> RunOptions {
    RunOptions { threads: Some(threads), checkpoints: Duration::ZERO, ..RunOptions::default() }
}

/// Every file of a results folder but the log of the run and what stages keep, with its bytes.
fn results(folder: &Path) -> Vec<(PathBuf, Vec<u8>)> {
    let record = Record::from_json(&fs::read_to_string(folder.join("record.json")).unwrap()).unwrap();
    let files = record.files.iter().map(|f| f.path.clone()).chain(record.figures.iter().map(|f| f.file.clone()));
    let files = files.chain(["record.json".to_owned()]);
    files.map(|file| (PathBuf::from(&file), fs::read(folder.join(&file)).unwrap())).collect()
}

#[test]
fn drop_shear_and_outlet_pressure_of_a_pipe_are_those_of_theory() {
    let folder = tempfile::tempdir().unwrap();
    let study = changed("size = \"1 mm\"\nelement = \"tet10\"\nlevels = 1", "size = \"0.7 mm\"\nlevels = 2");
    let outcome = run(&study, folder.path(), &RunOptions::default(), &RunControl::silent()).unwrap();
    assert_eq!(outcome.record.status, Status::Finished);
    let (viscosity, rate, radius, length) = (3.5e-3, 0.5e-6, 2e-3_f64, 4e-3);
    let expected = [
        ("drop", 8.0 * viscosity * length * rate / (PI * radius.powi(4)), 0.02),
        ("outlet_pressure", 0.5 * 21.0, 1e-3),
        ("tawss", 4.0 * viscosity * rate / (PI * radius.powi(3)), 0.02),
    ];
    for (name, theory, tolerance) in expected {
        let quantity = outcome.record.quantity(name).unwrap();
        let Uncertainty::Interval { low, high, .. } = &quantity.uncertainty else { panic!("{quantity:?}") };
        println!("{name}: {} in {low}..{high}, theory {theory}", quantity.value);
        assert!((quantity.value / theory - 1.0).abs() < tolerance, "{name}: {} not {theory}", quantity.value);
        assert!((low..=high).contains(&&theory), "{name}: {theory} is not in {low}..{high}");
    }
    let [fine, coarse, doubled] = outcome.record.flows.as_slice() else { panic!("{:?}", outcome.record.flows) };
    assert!(fine.velocities > coarse.velocities && doubled.steps < coarse.steps);
    let changes: Vec<_> = outcome.record.flows.iter().map(|flow| flow.periodicity).collect();
    assert!(changes.iter().all(|change| change.is_some_and(|change| change < 0.01)), "{changes:?}");
}

#[test]
fn a_run_stopped_in_its_last_cycle_and_resumed_gives_the_bytes_of_one_never_stopped() {
    for element in ["tet10", "tet4"] {
        let study = changed("element = \"tet10\"", &format!("element = \"{element}\""));
        let [whole, halved] = [tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap()];
        run(&study, whole.path(), &options(1), &RunControl::silent()).unwrap();
        let frames = Arc::new(AtomicU32::new(0));
        let control = Arc::new(std::sync::OnceLock::<RunControl>::new());
        let (counted, own) = (frames.clone(), control.clone());
        let stopping = RunControl::new(move |progress| {
            if progress.fraction > 0.75
                && counted.fetch_add(1, Ordering::Relaxed) == 0
                && let Some(control) = own.get()
            {
                control.cancel();
            }
        });
        control.set(stopping.clone()).ok();
        let error = run(&study, halved.path(), &options(2), &stopping).unwrap_err();
        assert!(matches!(error, RunnerError::Cancelled), "{error}");
        let resumed = run(&study, halved.path(), &options(2), &RunControl::silent()).unwrap();
        assert!(resumed.log.stages.iter().all(|stage| !stage.reused), "no stage was complete");
        for ((file, a), (_, b)) in results(whole.path()).into_iter().zip(results(halved.path())) {
            assert!(a == b, "{element}: {} differs", file.display());
        }
    }
}

/// The message of a refused run, which must leave no trace.
fn refusal(study: &Study) -> String {
    let parent = tempfile::tempdir().unwrap();
    let folder = parent.path().join("out");
    let error = run(study, &folder, &RunOptions::default(), &RunControl::silent()).unwrap_err();
    assert_eq!(error.kind(), FailureKind::BadInput, "{error}");
    assert!(!folder.exists(), "bad input leaves no files: {error}");
    error.to_string()
}

#[test]
fn what_does_not_fit_the_mesh_is_refused_with_the_remedy() {
    let outlet = "region = \"outlet_1\"\nwindkessel";
    let message = refusal(&changed(outlet, "region = \"outlet_2\"\nwindkessel"));
    assert!(message.contains("outlet_2") && message.contains("outlet_1") && message.contains("pipe.toml"), "{message}");
    let message = refusal(&changed(outlet, "region = \"wall\"\nwindkessel"));
    assert!(message.contains("outlet_1") && message.contains("condition"), "{message}");
}

#[test]
fn a_courant_number_out_of_reach_says_so() {
    let folder = tempfile::tempdir().unwrap();
    let study = changed("courant = 4.0\nleast_steps = 2", "courant = 0.1\nleast_steps = 1\nmost_steps = 2");
    let error = run(&study, folder.path(), &RunOptions::default(), &RunControl::silent()).unwrap_err();
    assert_eq!(error.kind(), FailureKind::NotSolved, "{error}");
    assert!(error.to_string().contains("step"), "{error}");
}
