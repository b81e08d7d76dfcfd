//! The program: it polls its jobs, lays out the panels, and carries out what the user asked for.

use crate::ask::Ask;
use crate::command::{Command, Page};
use crate::image::{MadeSurface, OpenImage, Overlay, Reading};
use crate::image_app::Counting;
use crate::jobs::Job;
use crate::model::{
    self, CutAt, Display, JobState, Kept, Level, LogLine, Model, Notice, Open, OpenMesh, OpenStudy, Probed, Results,
    Workspace,
};
use crate::panels::{self, Asked, OpenDialog};
use crate::slice_pictures::SlicePictures;
use crate::tasks::{self, Problem, Subject};
use crate::theme;
use control::Progress;
use egui::{CentralPanel, Frame, Margin, Panel, ThemePreference, Ui, ViewportCommand};
use mesh_io::JudgeOptions;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::{Duration, Instant};
use study::record::Status;
use viewport::{Picture, Viewport};

/// Asks the system for a file; runs on its own thread and may block as long as it likes.
pub type FilePicker = fn(Ask) -> Option<PathBuf>;

/// What a job brings.
pub(crate) enum Outcome {
    Study(Box<OpenStudy>, Option<Results>),
    Mesh(OpenMesh),
    Ran(Results),
    LoadCase(Results),
    Image(Box<OpenImage>, Option<Box<Overlay>>),
    /// Labels or a surface, with the image they belong to.
    Labels(Arc<OpenImage>, Box<Overlay>),
    Surface(Arc<OpenImage>, Box<MadeSurface>),
    Written(PathBuf),
    Picked(Ask, Option<PathBuf>),
}

/// The desktop program.
pub struct Workbench {
    pub(crate) model: Model,
    viewport: Viewport,
    pub(crate) image_viewport: Viewport,
    pub(crate) slice_pictures: SlicePictures,
    pub(crate) counting: Counting,
    pub(crate) context: egui::Context,
    started: Instant,
    job: Option<Job<Outcome>>,
    picking: Option<(Job<Outcome>, Instant)>,
    picker: FilePicker,
    pub(crate) dialog: Option<OpenDialog>,
    composing: Option<(Key, Job<Option<Picture>>)>,
    composed: Option<Key>,
    /// Since when the shown moment of a flow is the one.
    moment_shown: Instant,
    title: String,
}

/// What a picture was laid out from.
#[derive(Clone)]
struct Key {
    subject: Subject,
    display: Display,
}

impl Key {
    fn same(&self, other: &Self) -> bool {
        self.subject.same(&other.subject) && self.display == other.display
    }
}

impl Workbench {
    /// The program in its first state, with `file` being opened if one is given. `storage` holds the panels as they were.
    pub fn new(
        context: &egui::Context,
        storage: Option<&dyn eframe::Storage>,
        file: Option<PathBuf>,
        picker: FilePicker,
    ) -> Self {
        theme::install(context);
        let layout = storage.and_then(|storage| eframe::get_value(storage, LAYOUT)).unwrap_or_default();
        let recent = storage.and_then(|storage| eframe::get_value(storage, RECENT)).unwrap_or_default();
        let mut workbench = Self {
            model: Model { layout, recent, ..Model::default() },
            viewport: Viewport::default(),
            image_viewport: Viewport::default(),
            slice_pictures: SlicePictures::default(),
            counting: Counting::default(),
            context: context.clone(),
            started: Instant::now(),
            job: None,
            picking: None,
            picker,
            dialog: None,
            composing: None,
            composed: None,
            moment_shown: Instant::now(),
            title: String::new(),
        };
        if let Some(file) = file {
            workbench.carry_out(Command::OpenPath(file));
        }
        workbench
    }

    /// What is shown.
    pub fn model(&self) -> &Model {
        &self.model
    }

    /// Whether a picture is being laid out or a selection counted.
    pub fn is_drawing(&self) -> bool {
        self.composing.is_some() || self.counting.is_running()
    }

    /// Carries out a command, or says why not.
    pub fn carry_out(&mut self, command: Command) {
        if let Some(obstacle) = self.model.obstacle(&command) {
            self.note(Level::Warning, &format!("{}: {obstacle}", command.text()));
            if matches!(command, Command::OpenPath(_) | Command::OpenImagePath(_) | Command::ImportAs(_)) {
                let (title, text) = (command.text(), obstacle.to_owned());
                self.model.notice = Some(Notice { level: Level::Warning, title, text });
            }
            return;
        }
        match command {
            Command::Open => self.ask_for_file(Ask::Open),
            Command::OpenImage => self.ask_for_file(Ask::Image),
            Command::OpenImageFolder => self.ask_for_file(Ask::Folder),
            Command::OpenImagePath(path) => self.open_image(path, Reading::default()),
            Command::Image(command) => self.change_image(command),
            Command::Show(workspace) => self.model.workspace = workspace,
            Command::OpenPath(path) => self.open(path),
            Command::ImportAs(options) => self.import_as(options),
            Command::ShowLoadCase(index) => self.show_load_case(index),
            Command::ShowMoment(number) => self.show_moment(number),
            Command::NextMoment => self.step_moment(1),
            Command::PreviousMoment => self.step_moment(-1),
            Command::TogglePlay => self.model.playing = !self.model.playing,
            Command::Close if self.model.workspace == Workspace::Image => self.close_image(),
            Command::Close => self.close(),
            Command::Quit => self.context.send_viewport_cmd(ViewportCommand::Close),
            Command::Run => self.run(false),
            Command::RunDossier => self.run(true),
            Command::Cancel => self.cancel(),
            Command::OpenDossier => self.show_outside(self.model.results.as_ref().and_then(|r| r.dossier.clone())),
            Command::OpenFolder => self.show_outside(self.model.results.as_ref().map(|r| r.folder.clone())),
            Command::CopyCommandLine => self.copy(self.model.command_line(), "The command line"),
            Command::CopyResults => {
                let table = self.model.results.as_ref().map(|results| crate::results::as_text(&results.record));
                self.copy(table, "The results table");
            }
            Command::DismissNotice => self.model.notice = None,
            Command::ShowShortcuts => self.model.shortcuts_shown = !self.model.shortcuts_shown,
            Command::NextTheme => self.next_theme(),
            command => self.change_view(command),
        }
    }

    fn change_view(&mut self, command: Command) {
        let (display, layout) = (&mut self.model.display, &mut self.model.layout);
        match command {
            Command::Fit | Command::LookFrom(_) => self.look(&command),
            Command::ToggleEdges => display.edges = !display.edges,
            Command::ToggleDeformed => {
                display.deformed = !display.deformed;
                if display.deformed && display.deformation == 1.0 {
                    let natural = self.model.fields().map_or(1.0, |fields| fields.natural_deformation);
                    self.model.display.deformation = natural;
                }
            }
            Command::ToggleCut if display.cut.is_some() && !display.is_sliced() => self.model.remove_cut(),
            Command::ToggleCut => display.cut = Some(display.cut.map_or_else(Default::default, CutAt::opened)),
            Command::ToggleSlice if display.is_sliced() => self.model.remove_cut(),
            Command::ToggleSlice => {
                let sliced = display.cut.map(|cut| CutAt { kept: Kept::All, ..cut });
                self.model.display.cut = Some(sliced.unwrap_or_else(|| self.model.usual_slice()));
            }
            Command::ToggleStreamlines if display.streamlines.is_some() => display.streamlines = None,
            Command::ToggleStreamlines => {
                self.model.display.streamlines = Some(self.model.usual_streamlines());
            }
            Command::SetStreamlines(streamlines) => display.streamlines = Some(streamlines),
            Command::ToggleColoursPerMoment => display.colours_per_moment = !display.colours_per_moment,
            Command::ShowField(field) => display.field = field,
            Command::SetDeformation(factor) => display.deformation = factor,
            Command::SetCut(cut) => display.cut = Some(cut),
            Command::ClearProbe => self.model.probe = None,
            Command::ShowPage(page) => (layout.page, layout.lower) = (page, true),
            Command::ToggleLowerPanel if self.model.workspace == Workspace::Image => {
                layout.lower_of_image = !layout.lower_of_image;
            }
            Command::ToggleLowerPanel => layout.lower = !layout.lower,
            Command::ToggleTree => layout.tree = !layout.tree,
            Command::ToggleDisplay => layout.display = !layout.display,
            Command::ResetLayout => self.reset_layout(),
            _ => {}
        }
    }

    /// Turns the 3D view that is seen.
    fn look(&mut self, command: &Command) {
        let viewport = match self.model.workspace {
            Workspace::Study => &mut self.viewport,
            Workspace::Image => &mut self.image_viewport,
        };
        match command {
            Command::LookFrom(side) => viewport.look_from(*side),
            _ => viewport.fit(),
        }
    }

    fn reset_layout(&mut self) {
        self.model.layout = model::Layout::default();
        self.context.memory_mut(|memory| memory.data.clear());
    }

    fn next_theme(&mut self) {
        let now = self.context.options(|options| options.theme_preference);
        self.context.set_theme(match now {
            ThemePreference::Light => ThemePreference::Dark,
            ThemePreference::Dark => ThemePreference::System,
            ThemePreference::System => ThemePreference::Light,
        });
    }

    fn copy(&mut self, text: Option<String>, what: &str) {
        if let Some(text) = text {
            self.context.copy_text(text);
            self.note(Level::Note, &format!("{what} is on the clipboard"));
        }
    }

    fn show_outside(&mut self, path: Option<PathBuf>) {
        if let Some(Err(problem)) = path.map(|path| tasks::show_outside(&path)) {
            self.report(problem);
        }
    }

    /// The system's dialog on its own thread, and the path field beside it: the dialog may never come.
    pub(crate) fn ask_for_file(&mut self, ask: Ask) {
        if self.picking.is_none() {
            let picker = self.picker;
            let job = Job::start("file dialog", &self.context, move |_| Ok(Outcome::Picked(ask, picker(ask))));
            self.picking = Some((job, Instant::now()));
        }
        self.dialog = Some(OpenDialog { ask, path: String::new(), waiting: true });
    }

    fn open(&mut self, path: PathBuf) {
        self.dialog = None;
        let title = format!("Opening {}", model::file_name(&path));
        let study = path.extension().is_some_and(|extension| extension.eq_ignore_ascii_case("toml"));
        self.start(&title, move |control| {
            if study {
                let (open, results) = tasks::open_study(&path, control)?;
                return Ok(Outcome::Study(Box::new(open), results));
            }
            if imaging::is_image(&path) {
                let (open, labels) = tasks::open_image(&path, Reading::default(), control)?;
                return Ok(Outcome::Image(Box::new(open), labels.map(Box::new)));
            }
            Ok(Outcome::Mesh(tasks::import(&path, JudgeOptions::default(), control)?))
        });
    }

    fn import_as(&mut self, options: JudgeOptions) {
        let Open::Mesh(open) = &self.model.open else { return };
        let path = open.file.clone();
        let title = format!("Opening {}", model::file_name(&path));
        self.start(&title, move |control| Ok(Outcome::Mesh(tasks::import(&path, options, control)?)));
    }

    fn step_moment(&mut self, by: i64) {
        if let Some(number) = self.model.moment_beside(by) {
            self.show_moment(number);
        }
    }

    fn show_moment(&mut self, number: usize) {
        let file = self.model.results.as_ref().and_then(|results| results.moments.get(number));
        if let Some(&(_, file)) = file {
            self.show_load_case(file);
        }
        self.moment_shown = Instant::now();
    }

    /// Shows the next moment of a flow that is played, once the last one was seen for a while.
    fn play(&mut self) {
        if !self.model.playing || self.job.is_some() || self.composing.is_some() {
            return;
        }
        let left = A_MOMENT.saturating_sub(self.moment_shown.elapsed());
        if left.is_zero() {
            self.carry_out(Command::NextMoment);
            self.context.request_repaint();
        } else {
            self.context.request_repaint_after(left);
        }
    }

    fn show_load_case(&mut self, index: usize) {
        let Some(results) = self.model.results.as_deref().cloned() else { return };
        if let Some(fields) = results.cycle.as_ref().and_then(|cycle| cycle.fields(index)).cloned() {
            return self.model.show_fields(Results { shown: index, fields: Some(fields), ..results });
        }
        self.start("Reading the fields of the load case", move |control| {
            Ok(Outcome::LoadCase(tasks::load_case(results, index, control)?))
        });
    }

    fn run(&mut self, dossier: bool) {
        let Some(open) = self.model.study().cloned() else { return };
        let title = format!("Running {}", open.study.document.title);
        self.model.layout.page = Page::Log;
        self.start(&title, move |control| Ok(Outcome::Ran(tasks::run_study(&open, dossier, control)?)));
    }

    pub(crate) fn start(
        &mut self,
        title: &str,
        work: impl FnOnce(&control::RunControl) -> Result<Outcome, Problem> + Send + 'static,
    ) {
        self.note(Level::Note, title);
        self.model.notice = None;
        let progress = Progress { stage: "starting".to_owned(), fraction: 0.0, remark: String::new() };
        self.model.job = Some(JobState { title: title.to_owned(), progress, cancelling: false });
        self.job = Some(Job::start("job", &self.context, work));
    }

    fn cancel(&mut self) {
        if let (Some(job), Some(state)) = (&self.job, &mut self.model.job) {
            job.cancel();
            state.cancelling = true;
        }
    }

    fn close(&mut self) {
        let Model { layout, log, recent, image, .. } = std::mem::take(&mut self.model);
        self.model = Model { layout, log, recent, image, ..Model::default() };
        self.viewport.show(None);
        (self.composed, self.composing) = (None, None);
    }

    pub(crate) fn note(&mut self, level: Level, text: &str) {
        let seconds = self.started.elapsed().as_secs_f64();
        self.model.log.push(LogLine { seconds, level, text: text.to_owned() });
    }

    pub(crate) fn report(&mut self, problem: Problem) {
        let Problem { title, text, cancelled } = problem;
        self.model.playing = false;
        let level = if cancelled { Level::Note } else { Level::Error };
        self.note(level, &format!("{title}: {text}"));
        if !cancelled {
            self.model.notice = Some(Notice { level, title, text });
        }
    }

    fn poll(&mut self) {
        let (reports, end) = self.job.as_ref().map_or((Vec::new(), None), Job::poll);
        for progress in reports {
            if !progress.remark.is_empty() {
                self.note(Level::Note, &format!("{}: {}", progress.stage, progress.remark));
            } else if self.model.job.as_ref().is_some_and(|state| state.progress.stage != progress.stage) {
                self.note(Level::Note, &progress.stage);
            }
            if let Some(state) = &mut self.model.job {
                state.progress = progress;
            }
        }
        if let Some(outcome) = end {
            (self.job, self.model.job) = (None, None);
            match outcome {
                Ok(outcome) => self.receive(outcome),
                Err(problem) => self.report(problem),
            }
        }
        self.poll_picker();
        self.poll_picture();
        self.poll_counting();
        self.play();
    }

    fn receive(&mut self, outcome: Outcome) {
        match outcome {
            Outcome::Study(open, results) => {
                self.close();
                self.note(Level::Note, &format!("Opened {}", open.study.document.title));
                self.model.remember(&open.study.file);
                self.model.open = Open::Study(Arc::from(open));
                self.model.results = results.map(Arc::new);
                self.model.layout.page = Page::Results;
                self.report_trouble();
            }
            Outcome::Mesh(open) => {
                self.close();
                self.note(Level::Note, &format!("Imported {}", model::file_name(&open.file)));
                self.model.remember(&open.file);
                self.model.open = Open::Mesh(Arc::new(open));
                self.model.layout.page = Page::Findings;
            }
            Outcome::Ran(results) => {
                let folder = results.folder.display();
                let text = match &results.record.status {
                    Status::Finished => format!("Finished; the results are in {folder}"),
                    Status::Cancelled => format!("Cancelled; what was complete is in {folder}"),
                    Status::Failed { message } => format!("Failed: {message}"),
                };
                self.note(Level::Note, &text);
                self.model.results = Some(Arc::new(results));
                self.model.layout.page = Page::Results;
                self.model.probe = None;
                (self.model.playing, self.model.aside) = (false, None);
                self.report_trouble();
            }
            Outcome::LoadCase(results) => self.model.show_fields(results),
            outcome => self.receive_image(outcome),
        }
    }

    /// Says why a flow has no moments to show although it should.
    fn report_trouble(&mut self) {
        if let Some(text) = self.model.results.as_ref().and_then(|results| results.trouble.clone()) {
            let title = "The moments of the flow cannot be shown".to_owned();
            self.report(Problem { title, text, cancelled: false });
        }
    }

    /// A dialog that ends at once without a file was not there: the path field stays. Otherwise the user closed it.
    fn poll_picker(&mut self) {
        let Some((job, since)) = &self.picking else { return };
        let Some(outcome) = job.poll().1 else { return };
        let shown = since.elapsed().as_secs_f64() > 1.0;
        self.picking = None;
        match outcome {
            Ok(Outcome::Picked(ask, Some(path))) => {
                self.dialog = None;
                self.carry_out(ask.command(path));
            }
            _ if shown => self.dialog = None,
            _ => {
                if let Some(dialog) = &mut self.dialog {
                    dialog.waiting = false;
                }
            }
        }
    }

    fn subject(&self) -> Option<Subject> {
        if let Some(results) = self.model.results.as_ref().filter(|results| results.fields.is_some()) {
            return Some(Subject::Results(Arc::clone(results)));
        }
        match &self.model.open {
            Open::Nothing => None,
            Open::Study(open) => Some(Subject::Study(Arc::clone(open))),
            Open::Mesh(open) => Some(Subject::Mesh(Arc::clone(open))),
        }
    }

    /// Takes the picture that is ready and starts the next one when something changed meanwhile.
    fn poll_picture(&mut self) {
        if let Some((key, job)) = &self.composing
            && let Some(outcome) = job.poll().1
        {
            self.composed = Some(key.clone());
            self.composing = None;
            match outcome {
                Ok(picture) => self.viewport.show(picture),
                Err(problem) => self.report(problem),
            }
        }
        let Some(subject) = self.subject() else { return };
        let mut display = self.model.display.clone();
        if subject.is_surface() {
            // The section of a surface is only hidden, not laid out, and it has no field.
            display = Display { edges: display.edges, ..Display::default() };
        }
        let wanted = Key { subject, display };
        if self.composing.is_none() && self.composed.as_ref().is_none_or(|key| !key.same(&wanted)) {
            let Key { subject, display } = wanted.clone();
            let job = Job::start("picture", &self.context, move |control| tasks::compose(&subject, &display, control));
            self.composing = Some((wanted, job));
        }
    }

    /// Files dropped on the window; the first is opened.
    fn dropped_file(&self, context: &egui::Context) -> Option<PathBuf> {
        context.input(|input| input.raw.dropped_files.first().map(|file| file.path().to_owned()))
    }

    fn shortcuts(&self, context: &egui::Context) -> Asked {
        let typing = context.egui_wants_keyboard_input();
        let mut asked = Asked::new();
        for (command, keys) in Command::with_shortcuts() {
            let plain = keys.modifiers == egui::Modifiers::NONE;
            let free = !(plain && typing) && (command != Command::Cancel || self.model.job.is_some());
            if free && context.input_mut(|input| input.consume_shortcut(&keys)) {
                asked.push(command);
            }
        }
        asked
    }

    fn retitle(&mut self, context: &egui::Context) {
        let title = self.model.title();
        if title != self.title {
            context.send_viewport_cmd(ViewportCommand::Title(title.clone()));
            self.title = title;
        }
    }

    fn panels(&mut self, ui: &mut Ui) -> Asked {
        let mut asked = Asked::new();
        let colours = theme::palette(ui);
        let bar = Frame::new().fill(colours.bar).inner_margin(Margin::symmetric(10, 4));
        let side = Frame::new().fill(colours.panel).inner_margin(Margin::symmetric(12, 8));
        let model = &self.model;
        Panel::top("menu").frame(bar).exact_size(38.0).show(ui, |ui| panels::menu_bar(ui, model, &mut asked));
        Panel::bottom("status").frame(bar).exact_size(28.0).show(ui, |ui| panels::status_bar(ui, model));
        let lower = match model.workspace {
            Workspace::Study => model.layout.lower,
            Workspace::Image => model.layout.lower_of_image,
        };
        let opened = model.shows_something();
        if lower && opened {
            let panel = Panel::bottom("lower").frame(side).default_size(236.0).size_range(90.0..=520.0).resizable(true);
            panel.show(ui, |ui| panels::lower_panel(ui, model, &mut asked));
        }
        if model.layout.tree && opened {
            let panel = Panel::left("tree").frame(side).default_size(280.0).size_range(200.0..=480.0);
            panel.show(ui, |ui| panels::tree_panel(ui, model, &mut asked));
        }
        if model.layout.display && opened {
            let panel = Panel::right("display").frame(side).default_size(280.0).size_range(220.0..=420.0);
            panel.show(ui, |ui| panels::display_panel(ui, model, &mut asked));
        }
        self.centre(ui, &mut asked);
        if ui.input(|input| !input.raw.hovered_files.is_empty()) {
            panels::drop_hint(ui);
        }
        if self.model.shortcuts_shown {
            panels::shortcuts_window(ui, &mut asked);
        }
        self.dialog = self.dialog.take().and_then(|dialog| panels::open_dialog(ui, dialog, &mut asked));
        asked
    }

    /// The 3D view, or the slices of the image.
    fn centre(&mut self, ui: &mut Ui, asked: &mut Asked) {
        let frame = Frame::new().fill(theme::palette(ui).canvas);
        let centre = CentralPanel::no_frame().frame(frame);
        let cut = self.hidden_side();
        let model = &self.model;
        if let Some(view) = model.shown_image() {
            self.slice_pictures.update(&self.context, view);
            let (pictures, viewport) = (&self.slice_pictures, &mut self.image_viewport);
            let show = |ui: &mut Ui| panels::slices_panel(ui, model, view, pictures, viewport, asked);
            let pointed = centre.show(ui, show).inner;
            let held = ui.input(|input| input.pointer.any_down());
            if let Some(view) = &mut self.model.image {
                view.pointed = pointed;
                if !held && view.seal() {
                    // What waits for the end of a drag starts in the next frame.
                    self.context.request_repaint();
                }
            }
            return;
        }
        let viewport = &mut self.viewport;
        let probe = centre.show(ui, |ui| panels::view_panel(ui, model, viewport, cut, asked)).inner;
        if let Some(probe) = probe {
            let legend = self.viewport.picture().and_then(|picture| picture.scene().legend.as_ref());
            self.model.probe = Some(Probed::new(probe, legend));
        }
    }

    /// What the graphics card hides: the side of a surface beyond the plane. Volumes are cut when they are laid out.
    fn hidden_side(&self) -> Option<viewport::Cut> {
        let cut = self.model.display.cut?;
        let surface = self.subject()?.is_surface();
        let bounds = self.viewport.picture().filter(|_| surface)?.bounds()?;
        tasks::plane(bounds, cut)
    }
}

/// How long a moment of a flow that is played is seen, at least.
const A_MOMENT: Duration = Duration::from_millis(200);

/// Where the layout is kept.
const LAYOUT: &str = "layout";

/// Where the recent files are kept.
const RECENT: &str = "recent";

impl eframe::App for Workbench {
    fn logic(&mut self, context: &egui::Context, _frame: &mut eframe::Frame) {
        self.poll();
        self.retitle(context);
    }

    fn ui(&mut self, ui: &mut Ui, _frame: &mut eframe::Frame) {
        let context = ui.ctx().clone();
        let mut asked = self.shortcuts(&context);
        asked.extend(self.dropped_file(&context).map(Command::OpenPath));
        asked.extend(self.panels(ui));
        if !asked.is_empty() {
            context.request_repaint();
        }
        for command in asked {
            self.carry_out(command);
        }
    }

    fn save(&mut self, storage: &mut dyn eframe::Storage) {
        eframe::set_value(storage, LAYOUT, &self.model.layout);
        eframe::set_value(storage, RECENT, &self.model.recent);
    }

    fn on_exit(&mut self, _gl: Option<&eframe::glow::Context>) {
        self.viewport.release();
        self.image_viewport.release();
        // A run that is stopped by closing the window still writes its record.
        let Some(job) = &self.job else { return };
        job.cancel();
        let asked = Instant::now();
        while job.poll().1.is_none() && asked.elapsed() < Duration::from_secs(1) {
            std::thread::sleep(Duration::from_millis(10));
        }
    }
}

/// The system's dialog.
pub fn system_picker(ask: Ask) -> Option<PathBuf> {
    let (name, endings) = ask.endings();
    let dialog = rfd::FileDialog::new().set_title(ask.title()).set_directory(Path::new("."));
    match ask {
        Ask::Folder => dialog.pick_folder(),
        Ask::SaveSurface => dialog.add_filter(name, endings).set_file_name("surface.stl").save_file(),
        Ask::SaveMask => dialog.add_filter(name, endings).set_file_name("mask.nii.gz").save_file(),
        _ => dialog.add_filter(name, endings).add_filter("All files", &["*"]).pick_file(),
    }
}
