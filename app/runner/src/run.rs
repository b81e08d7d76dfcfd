//! From a study to a results folder.

use crate::RunnerError;
use crate::anatomy_study::{Prepared, Workshop};
use crate::body::{Body, finest_size};
use crate::error::FailureKind;
use crate::flow_study::{self, FlowRun, FlowRunPlan, Inflows};
use crate::folder::ResultsFolder;
use crate::geometry::Source;
use crate::level::{Level, LevelPlan};
use crate::log::Watch;
use crate::quantities::quantities;
use crate::stages::{Stages, program_fingerprint};
use control::{RunControl, promptly};
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};
use study::record::{Figure, OutputFile, Program, Record, RunLog, Status, StudyReference};
use study::{Anatomy, FlowPlan, Study};

/// Names of the meshes, finest first.
const LABELS: [&str; 3] = ["fine", "medium", "coarse"];

/// Names of the meshes of a flow, by their number.
const FLOW_LABELS: [&[&str]; 3] = [&["fine"], &["fine", "coarse"], &LABELS];

/// How a run may use the machine. Nothing here changes a result by more than the tolerance of an iteration, and nothing but the
/// memory limit by a bit.
#[derive(Debug, Clone)]
pub struct RunOptions {
    /// Bytes that the equation solver may hold; no limit when absent.
    pub memory_limit: Option<u64>,
    /// Worker threads; as many as the machine has processors when absent.
    pub threads: Option<usize>,
    /// Time between two checkpoints of a run through time, which writes them at the frames of its cycles.
    pub checkpoints: Duration,
}

impl Default for RunOptions {
    fn default() -> Self {
        Self { memory_limit: None, threads: None, checkpoints: Duration::from_secs(20) }
    }
}

/// What a finished run left.
#[derive(Debug, Clone, PartialEq)]
pub struct RunOutcome {
    /// The record, as in `record.json`.
    pub record: Record,
    /// The log, as in `run.json`.
    pub log: RunLog,
    /// The results folder.
    pub folder: PathBuf,
    /// Every file of the run, relative to the folder.
    pub files: Vec<String>,
}

/// Runs a study: import, three meshes, linear statics, quantities with their grid study, fields, figures, record.
///
/// Writes `record.json`, `run.json`, `fields/*.vtu`, `figures/*.png` and `stages/*.json` into `out`, each whole or not at
/// all. Meshes that an earlier, interrupted run of the same study by the same program has finished are reused. Results do
/// not depend on `options`.
///
/// # Errors
/// Bad input leaves `out` as it was. A cancelled or failed run leaves a record that says so, with what was finished.
pub fn run(study: &Study, out: &Path, options: &RunOptions, control: &RunControl) -> Result<RunOutcome, RunnerError> {
    let (folder, study) = (ResultsFolder::check(out)?, study.clone());
    sealed_when_cancelled(&folder.clone(), options, control, move |options, control| {
        run_inside(&study, &folder, options, control)
    })
}

/// Does `work`, which writes into `folder`, with the threads that the options ask for. Soon after a cancellation the folder
/// holds the record, marked cancelled, also where the work takes longer to stop; it then writes nothing more.
pub(crate) fn sealed_when_cancelled<T: Send + 'static>(
    folder: &ResultsFolder,
    options: &RunOptions,
    control: &RunControl,
    work: impl FnOnce(&RunOptions, &RunControl) -> Result<T, RunnerError> + Send + 'static,
) -> Result<T, RunnerError> {
    let (options, inner) = (options.clone(), control.clone());
    match promptly(control, move || in_pool(&options, || work(&options, &inner))) {
        Ok(outcome) => outcome?,
        Err(_) => {
            folder.seal_cancelled()?;
            Err(RunnerError::Cancelled)
        }
    }
}

/// [`run`] in the thread pool that it is called from.
pub(crate) fn run_inside(
    study: &Study,
    folder: &ResultsFolder,
    options: &RunOptions,
    control: &RunControl,
) -> Result<RunOutcome, RunnerError> {
    let mut run = Run::new(study, folder, options);
    let outcome = run.execute(control);
    run.close(outcome)
}

/// Does `work` with the number of threads that the options ask for.
///
/// # Errors
/// When the threads cannot be started.
pub fn in_pool<T: Send>(options: &RunOptions, work: impl FnOnce() -> T + Send) -> Result<T, RunnerError> {
    let threads = options.threads.unwrap_or(0);
    let pool = rayon::ThreadPoolBuilder::new().num_threads(threads).build();
    let pool = pool.map_err(|error| RunnerError::Threads { threads, reason: error.to_string() })?;
    Ok(pool.install(work))
}

/// All files of a stage.
fn with_figures(files: &[OutputFile], figures: &[Figure]) -> Vec<OutputFile> {
    let figures = figures.iter().map(|f| OutputFile { path: f.file.clone(), sha256: f.sha256.clone() });
    files.iter().cloned().chain(figures).collect()
}

struct Run<'a> {
    study: &'a Study,
    folder: &'a ResultsFolder,
    options: &'a RunOptions,
    record: Record,
    watch: Watch,
    /// Whether anything of this run is in the folder.
    begun: bool,
}

impl<'a> Run<'a> {
    fn new(study: &'a Study, folder: &'a ResultsFolder, options: &'a RunOptions) -> Self {
        let program = Program { name: "vesalius".to_owned(), version: env!("CARGO_PKG_VERSION").to_owned() };
        let reference = StudyReference { title: study.document.title.clone(), sha256: study.sha256() };
        let record = Record::begun(program, reference, study.document.seed);
        Self { study, folder, options, record, watch: Watch::start(rayon::current_num_threads()), begun: false }
    }

    fn execute(&mut self, control: &RunControl) -> Result<(), RunnerError> {
        match &self.study.document.anatomy {
            Some(anatomy) if self.study.document.is_anatomy_study() => self.prepare(anatomy, control),
            _ => match &self.study.document.flow {
                Some(plan) => self.flow(plan, control),
                None => self.solve(control),
            },
        }
    }

    /// An anatomy study: file, steps, one mesh, what is measured on them.
    fn prepare(&mut self, anatomy: &Anatomy, control: &RunControl) -> Result<(), RunnerError> {
        let begun = Instant::now();
        self.note();
        let source = Source::read(self.study, anatomy, &control.stage("import", 0.0, 0.1))?;
        self.record.inputs.push(source.input.clone());
        self.record.findings.extend(source.findings.iter().cloned());
        self.watch.end("import", begun, false);
        self.note();
        control.check()?;
        let stages = self.stages();
        let begun = Instant::now();
        let (prepared, files, reused) = match stages.load::<Prepared>("anatomy") {
            Some((prepared, files)) => (prepared, files, true),
            None => {
                let remarks = source.remarks.clone();
                let place = self.study.place(&anatomy.file);
                let workshop = Workshop { study: self.study, folder: self.folder, remarks: &remarks, place };
                let geometry = source.build(&control.stage("anatomy", 0.1, 0.5))?;
                let (prepared, files) = workshop.compute(&geometry, &control.stage("mesh", 0.5, 1.0))?;
                self.begun = true;
                stages.save("anatomy", &prepared, &with_figures(&files, &prepared.figures))?;
                (prepared, files, false)
            }
        };
        self.watch.end("anatomy", begun, reused);
        self.list(files, &prepared.figures);
        self.record.meshes.push(prepared.mesh);
        self.record.quantities = prepared.quantities;
        self.record.findings.extend(prepared.findings);
        self.record.figures = prepared.figures;
        self.record.status = Status::Finished;
        self.note();
        Ok(())
    }

    /// A study with load cases.
    fn solve(&mut self, control: &RunControl) -> Result<(), RunnerError> {
        let begun = Instant::now();
        self.note();
        let body = Body::import(self.study, &control.stage("import", 0.0, 0.05))?;
        self.record.inputs.clone_from(&body.inputs);
        self.record.findings.extend(body.findings.iter().cloned());
        self.watch.end("import", begun, false);
        self.note();
        control.check()?;
        let levels = self.levels(&body, control)?;
        self.record.quantities = quantities(self.study, &body.remarks, &levels)?;
        self.record.status = Status::Finished;
        self.note();
        Ok(())
    }

    /// A study with a flow: every mesh, and of a pulsating flow on several meshes the coarsest with doubled steps.
    fn flow(&mut self, plan: &FlowPlan, control: &RunControl) -> Result<(), RunnerError> {
        let begun = Instant::now();
        self.note();
        let inflows = Inflows::read(self.study, plan)?;
        let body = Body::import(self.study, &control.stage("import", 0.0, 0.05))?;
        self.record.inputs = body.inputs.iter().chain(&inflows.inputs).cloned().collect();
        self.record.findings.extend(body.findings.iter().cloned());
        self.watch.end("import", begun, false);
        self.note();
        control.check()?;
        let mesh = &self.study.document.mesh;
        let count = *mesh.levels as usize;
        let mut wanted: Vec<(&str, u32)> = FLOW_LABELS[count.clamp(1, 3) - 1].iter().map(|label| (*label, 1)).collect();
        if count > 1 && inflows.period.is_some() {
            wanted.extend(wanted.last().map(|(label, _)| (*label, 2)));
        }
        let (stages, mut size, mut runs) =
            (self.stages(), finest_size(&self.study.document.mesh), Vec::<FlowRun>::new());
        // Work falls with the fourth power of the size.
        let shares: Vec<f64> = (0..wanted.len()).map(|k| mesh.ratio.powi(-4 * k as i32)).collect();
        let all: f64 = shares.iter().sum();
        let mut from = 0.05;
        for (index, (label, step_factor)) in wanted.into_iter().enumerate() {
            if let Some(last) = runs.last().filter(|_| step_factor == 1) {
                size = Some(last.mesh.size_mm * *mesh.ratio);
            }
            let run = FlowRunPlan {
                study: self.study,
                plan,
                body: &body,
                inflows: &inflows,
                folder: self.folder,
                stages: &stages,
                label,
                size,
                step_factor,
                finest: index == 0,
                checkpoints: self.options.checkpoints,
                memory_limit: self.options.memory_limit,
            };
            let to = from + 0.95 * shares[index] / all;
            let run = self.flow_run(&run, &control.stage(&run.name(), from, to))?;
            from = to;
            runs.push(run);
        }
        self.record.quantities = flow_study::quantities(self.study, &body.remarks, &runs)?;
        self.record.status = Status::Finished;
        self.note();
        Ok(())
    }

    /// One run of a flow, computed or reused.
    fn flow_run(&mut self, plan: &FlowRunPlan<'_>, control: &RunControl) -> Result<FlowRun, RunnerError> {
        let (begun, name) = (Instant::now(), plan.name());
        let (run, files, reused) = match plan.stages.load::<FlowRun>(&name) {
            Some((run, files)) => (run, files, true),
            None => {
                let (run, files) = plan.compute(control)?;
                self.begun = true;
                plan.stages.save(&name, &run, &with_figures(&files, &run.figures))?;
                (run, files, false)
            }
        };
        self.watch.end(&name, begun, reused);
        self.list(files, &run.figures);
        if plan.step_factor == 1 {
            self.record.meshes.push(run.mesh.clone());
        }
        self.record.flows.push(run.record.clone());
        self.record.findings.extend(run.findings.iter().cloned());
        self.record.figures.extend(run.figures.iter().cloned());
        self.note();
        Ok(run)
    }

    fn note(&self) {
        self.folder.note(&self.record, self.watch.log());
    }

    fn absorb(&mut self, level: &Level) {
        self.record.meshes.push(level.mesh.clone());
        self.record.solves.extend(level.solves.iter().cloned());
        self.record.findings.extend(level.findings.iter().cloned());
        self.record.figures.extend(level.figures.iter().cloned());
    }

    /// Finished stages of this study, of the inputs that the record lists.
    fn stages(&self) -> Stages<'a> {
        let fingerprint = program_fingerprint();
        let study_hash = self.study.sha256();
        let inputs: Vec<&str> = self.record.inputs.iter().map(|input| input.sha256.as_str()).collect();
        Stages::new(self.folder, &[&[fingerprint.as_str(), study_hash.as_str()], &inputs[..]].concat())
    }

    /// Lists files in the record; figures have their own list there.
    fn list(&mut self, files: Vec<OutputFile>, figures: &[Figure]) {
        let is_figure = |file: &OutputFile| figures.iter().any(|figure| figure.file == file.path);
        self.record.files.extend(files.into_iter().filter(|file| !is_figure(file)));
    }

    /// Every mesh, finest first.
    fn levels(&mut self, body: &Body, control: &RunControl) -> Result<Vec<Level>, RunnerError> {
        let stages = self.stages();
        let plan = &self.study.document.mesh;
        let count = *plan.levels as usize;
        let mut size = finest_size(&self.study.document.mesh);
        let mut levels: Vec<Level> = Vec::new();
        // The finest mesh does most of the work.
        let bounds = [0.05, 0.75, 0.92, 1.0];
        for (index, label) in LABELS.into_iter().enumerate().take(count) {
            let level_plan = LevelPlan {
                study: self.study,
                body,
                folder: self.folder,
                label,
                size,
                coarsest_ratio: plan.ratio.powi(count as i32 - 1 - index as i32),
                finest: index == 0,
                memory_limit: self.options.memory_limit,
            };
            let begun = Instant::now();
            let stage = control.stage(label, bounds[index], if count == 1 { 1.0 } else { bounds[index + 1] });
            let (level, reused) = self.level(&level_plan, &stages, &stage)?;
            self.watch.end(label, begun, reused);
            self.absorb(&level);
            self.note();
            size = Some(level.mesh.size_mm * *plan.ratio);
            levels.push(level);
        }
        Ok(levels)
    }

    fn level(
        &mut self,
        plan: &LevelPlan<'_>,
        stages: &Stages<'_>,
        control: &RunControl,
    ) -> Result<(Level, bool), RunnerError> {
        let (level, files, reused) = match stages.load::<Level>(plan.label) {
            Some((level, files)) => (level, files, true),
            None => {
                let (level, files) = plan.compute(control)?;
                self.begun = true;
                stages.save(plan.label, &level, &with_figures(&files, &level.figures))?;
                (level, files, false)
            }
        };
        self.list(files, &level.figures);
        Ok((level, reused))
    }

    /// Writes the record and passes the outcome on.
    fn close(mut self, outcome: Result<(), RunnerError>) -> Result<RunOutcome, RunnerError> {
        if let Err(error) = outcome {
            self.record.status = match error.kind() {
                FailureKind::Cancelled => Status::Cancelled,
                _ => Status::Failed { message: error.to_string() },
            };
            if self.begun || error.kind() != FailureKind::BadInput {
                self.folder.settle(&mut self.record);
                // What could not be computed is the error to tell; a record that cannot be written comes second.
                let _ = self.folder.write_record(&self.record).and_then(|()| self.folder.write_log(&self.watch.log()));
            }
            return Err(error);
        }
        self.folder.remove_stale(&self.record);
        self.folder.write_record(&self.record)?;
        let log = self.watch.log();
        self.folder.write_log(&log)?;
        let figures = self.record.figures.iter().map(|figure| figure.file.clone());
        let files = self.record.files.iter().map(|file| file.path.clone()).chain(figures);
        let files = ["record.json", "run.json"].map(str::to_owned).into_iter().chain(files).collect();
        Ok(RunOutcome { folder: self.folder.root().to_owned(), record: self.record, log, files })
    }
}
