//! What the program shows: data that panels read and commands change. No drawing, no files, no threads.

use crate::command::{Command, Page};
use crate::cycle::Cycle;
use crate::fields::Fields;
use crate::image::ImageView;
use crate::outline::Outline;
use control::Progress;
use mesh::{Field, SurfaceMesh};
use mesh_io::{ImportReport, JudgeOptions};
use scene::{ColourMap, Quantity, Triad};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use study::Study;
use study::record::Record;

/// Everything the panels read.
#[derive(Debug, Default)]
pub struct Model {
    /// The open file.
    pub open: Open,
    /// The open image, beside the file.
    pub image: Option<ImageView>,
    /// Which of them is shown.
    pub workspace: Workspace,
    /// Results of the open study.
    pub results: Option<Arc<Results>>,
    /// How the 3D view shows it.
    pub display: Display,
    /// The probed point.
    pub probe: Option<Probed>,
    /// The job that runs.
    pub job: Option<JobState>,
    /// The message to be read.
    pub notice: Option<Notice>,
    /// What happened.
    pub log: Vec<LogLine>,
    /// Which panels are shown.
    pub layout: Layout,
    /// Files opened before, the last one first.
    pub recent: Vec<PathBuf>,
    /// Whether the list of shortcuts is shown.
    pub shortcuts_shown: bool,
    /// Field and cut of the moments of a flow while its whole cycle is shown, and the other way round.
    pub aside: Option<(Option<usize>, Option<CutAt>)>,
    /// Whether the moments of a flow follow each other by themselves.
    pub playing: bool,
}

/// What the window is about.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Workspace {
    /// A study or a mesh.
    #[default]
    Study,
    /// An image.
    Image,
}

/// A point that was clicked, with its value in words.
#[derive(Debug, Clone, PartialEq)]
pub struct Probed {
    /// The point.
    pub probe: viewport::Probe,
    /// Title of the field and value with unit, where a field is shown.
    pub value: Option<(String, String)>,
}

impl Probed {
    /// The words for a probe under a legend.
    pub fn new(probe: viewport::Probe, legend: Option<&scene::Legend>) -> Self {
        let words = |legend: &scene::Legend, value: f64| (legend.title.clone(), legend.value_with_unit(value));
        let value = legend.zip(probe.value).map(|(legend, value)| words(legend, value));
        Self { probe, value }
    }
}

/// The open file.
#[derive(Debug, Clone, Default)]
pub enum Open {
    /// None.
    #[default]
    Nothing,
    /// A study.
    Study(Arc<OpenStudy>),
    /// A mesh that was imported.
    Mesh(Arc<OpenMesh>),
}

/// A study with what is needed to show it.
#[derive(Debug)]
pub struct OpenStudy {
    /// The study.
    pub study: Study,
    /// Its content in words.
    pub outline: Outline,
    /// The surface it is about, in mm and LPS; `None` for parametric geometry.
    pub surface: Option<SurfaceMesh>,
    /// What the judge says about that surface.
    pub report: Option<ImportReport>,
    /// Where its results go.
    pub folder: PathBuf,
}

/// A mesh file that was imported.
#[derive(Debug)]
pub struct OpenMesh {
    /// The file.
    pub file: PathBuf,
    /// Unit and frame that the user stated.
    pub options: JudgeOptions,
    /// What the judge says.
    pub report: ImportReport,
    /// The mesh, in mm and LPS.
    pub content: MeshContent,
}

/// What a mesh file holds.
#[derive(Debug)]
pub enum MeshContent {
    /// Triangles.
    Surface(SurfaceMesh),
    /// Solid elements with fields.
    Volume(Fields),
}

/// Results of a run.
#[derive(Debug, Clone)]
pub struct Results {
    /// The results folder.
    pub folder: PathBuf,
    /// What was computed.
    pub record: Record,
    /// Files of fields, one a load case, relative to the folder.
    pub files: Vec<String>,
    /// Which of them is shown.
    pub shown: usize,
    /// Moments of a flow: time in the cycle in s and the place of its file in `files`, ascending.
    pub moments: Vec<(f64, usize)>,
    /// Those moments, once one of them was shown.
    pub cycle: Option<Arc<Cycle>>,
    /// Why the moments of a flow cannot be shown; `None` when they can, and when there are none.
    pub trouble: Option<String>,
    /// The mesh and the fields of that file; `None` when the run wrote none.
    pub fields: Option<Arc<Fields>>,
    /// The dossier, where there is one.
    pub dossier: Option<PathBuf>,
    /// The axes of a patient or of a device.
    pub triad: Triad,
}

/// How the 3D view shows what is open.
#[derive(Debug, Clone, PartialEq)]
pub struct Display {
    /// Number of the shown choice in [`choices`]; `None` shows the plain body.
    pub field: Option<usize>,
    /// Colour map; `None` leaves it to the values.
    pub map: Option<ColourMap>,
    /// Whether the deformed shape is drawn.
    pub deformed: bool,
    /// Factor on the displacements.
    pub deformation: f64,
    /// Whether element edges are drawn.
    pub edges: bool,
    /// The cutting plane.
    pub cut: Option<CutAt>,
    /// The streamlines of the velocity.
    pub streamlines: Option<Streamlines>,
    /// Whether the colours of a moment of a flow are its own; otherwise they are those of the whole cycle.
    pub colours_per_moment: bool,
}

/// A cutting plane.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct CutAt {
    /// What it lies across.
    pub across: Across,
    /// 0 at the low end of the extent or at the inlet, 1 at the high end or at the outlet.
    pub position: f64,
    /// What is left of the body.
    pub kept: Kept,
}

/// What a cutting plane lies across.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Across {
    /// An axis: 0 left-right or x, 1 front-back or y, 2 up-down or z.
    Axis(usize),
    /// The centreline from the first opening of the mesh to the one with this number.
    Vessel(usize),
}

/// What is left of a body that is cut.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kept {
    /// What is below the plane.
    Low,
    /// What is above it.
    High,
    /// All: the section is seen through it.
    All,
}

/// Streamlines of the velocity.
#[derive(Debug, Clone, PartialEq)]
pub struct Streamlines {
    /// Where they start.
    pub from: Seeds,
    /// About how many.
    pub count: usize,
}

/// Where streamlines start.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Seeds {
    /// On an opening, by its name.
    Opening(String),
    /// On the slice.
    Slice,
}

impl Default for Display {
    fn default() -> Self {
        Self {
            field: Some(0),
            map: None,
            deformed: false,
            deformation: 1.0,
            edges: false,
            cut: None,
            streamlines: None,
            colours_per_moment: false,
        }
    }
}

impl Display {
    /// Whether a slice is shown.
    pub fn is_sliced(&self) -> bool {
        self.cut.is_some_and(|cut| cut.kept == Kept::All)
    }
}

impl Default for CutAt {
    fn default() -> Self {
        Self { across: Across::Axis(1), position: 0.5, kept: Kept::High }
    }
}

impl CutAt {
    /// The same plane, with the body cut open instead of seen through.
    pub fn opened(self) -> Self {
        Self { kept: Self::default().kept, ..self }
    }
}

impl Results {
    /// Number of the shown moment of a flow.
    pub fn moment(&self) -> Option<usize> {
        self.moments.iter().position(|(_, file)| *file == self.shown)
    }

    /// Number of the first file that belongs to no moment.
    pub fn whole_cycle(&self) -> Option<usize> {
        (0..self.files.len()).find(|number| self.moments.iter().all(|(_, file)| file != number))
    }
}

/// A job that runs on another thread.
#[derive(Debug, Clone, PartialEq)]
pub struct JobState {
    /// What it does, for example "Running femur_stance".
    pub title: String,
    /// How far it is.
    pub progress: Progress,
    /// Whether it was asked to stop.
    pub cancelling: bool,
}

/// A message above the 3D view.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Notice {
    /// How much it matters.
    pub level: Level,
    /// What happened, in a few words.
    pub title: String,
    /// Where and what to do.
    pub text: String,
}

/// How much a message matters.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Level {
    /// Done.
    Note,
    /// To be looked at.
    Warning,
    /// It did not work.
    Error,
}

/// A line of the log.
#[derive(Debug, Clone, PartialEq)]
pub struct LogLine {
    /// Seconds since the program was started.
    pub seconds: f64,
    /// How much it matters.
    pub level: Level,
    /// The message.
    pub text: String,
}

/// Which panels are shown; kept from one start to the next.
#[derive(Debug, Clone, Copy, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
pub struct Layout {
    /// The left panel.
    pub tree: bool,
    /// The right panel.
    pub display: bool,
    /// The lower panel.
    pub lower: bool,
    /// The lower panel below an image.
    #[serde(default)]
    pub lower_of_image: bool,
    /// The page of the lower panel.
    pub page: Page,
}

impl Default for Layout {
    fn default() -> Self {
        Self { tree: true, display: true, lower: true, lower_of_image: false, page: Page::Results }
    }
}

/// A scalar that can be shown.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Choice {
    /// Number of the field.
    pub field: usize,
    /// Which scalar of it.
    pub quantity: Quantity,
}

/// Every scalar that the fields offer, displacement first.
pub fn choices(fields: &[Field]) -> Vec<(Choice, String)> {
    let mut all = Vec::new();
    for (field, data) in fields.iter().enumerate() {
        let strain = data.name.contains("strain");
        let quantities: &[Quantity] = match data.components {
            1 => &[Quantity::Value],
            // Three numbers under that name are no vector.
            3 if data.name.contains("principal") => {
                &[Quantity::Component(0), Quantity::Component(1), Quantity::Component(2)]
            }
            3 => &[Quantity::Magnitude],
            // The von Mises formula is one of stress.
            6 if strain => &[Quantity::LargestPrincipal, Quantity::SmallestPrincipal],
            6 => &[Quantity::VonMises, Quantity::LargestPrincipal, Quantity::SmallestPrincipal],
            _ => &[],
        };
        all.extend(quantities.iter().map(|&quantity| (Choice { field, quantity }, quantity.title(&data.name))));
    }
    all.sort_by_key(|(choice, _)| Some(choice.field) != displacement(fields));
    all
}

/// Number of the nodal displacement field.
pub fn displacement(fields: &[Field]) -> Option<usize> {
    let node = |field: &Field| field.location == mesh::FieldLocation::Node;
    fields.iter().position(|field| field.name.starts_with("displacement") && field.components == 3 && node(field))
}

impl Model {
    /// The fields of the 3D view, when what is open has some.
    pub fn fields(&self) -> Option<&Fields> {
        if let Some(results) = &self.results {
            return results.fields.as_deref();
        }
        match &self.open {
            Open::Mesh(open) => match &open.content {
                MeshContent::Volume(fields) => Some(fields),
                MeshContent::Surface(_) => None,
            },
            _ => None,
        }
    }

    /// The moment of a flow that comes `by` moments behind the one that is shown; the last is followed by the first.
    pub fn moment_beside(&self, by: i64) -> Option<usize> {
        let results = self.results.as_ref()?;
        let count = i64::try_from(results.moments.len()).ok().filter(|count| *count > 1)?;
        let next = results.moment().map_or(0, |now| (now as i64 + by).rem_euclid(count));
        usize::try_from(next).ok()
    }

    /// Smallest and largest coordinate of what is open along an axis, mm.
    pub fn extent(&self, axis: usize) -> Option<[f64; 2]> {
        match self.fields() {
            Some(fields) => fields.body.bounds.map(|(low, high)| [low[axis], high[axis]]),
            None => self.report().map(|report| report.bounds_mm.map(|end| end[axis])),
        }
    }

    /// Streamlines from the first opening.
    pub fn usual_streamlines(&self) -> Streamlines {
        let opening = self.fields().and_then(|fields| fields.body.openings.first());
        Streamlines { from: opening.map_or(Seeds::Slice, |name| Seeds::Opening(name.clone())), count: 60 }
    }

    /// A slice along the middle: across the shortest extent.
    pub fn usual_slice(&self) -> CutAt {
        let length = |axis: usize| self.extent(axis).map_or(0.0, |[low, high]| high - low);
        // Of equal ones the second is taken, so that the slice is seen from the front.
        let axis = [1, 0, 2].into_iter().min_by(|&a, &b| length(a).total_cmp(&length(b))).unwrap_or(1);
        CutAt { across: Across::Axis(axis), kept: Kept::All, ..CutAt::default() }
    }

    /// Takes the cutting plane or slice away. Streamlines that started on it start where they usually do.
    pub fn remove_cut(&mut self) {
        self.display.cut = None;
        if self.display.streamlines.as_ref().is_some_and(|streamlines| streamlines.from == Seeds::Slice) {
            self.display.streamlines = Some(self.usual_streamlines());
        }
    }

    /// Shows other fields of the same results: what was seen of the earlier ones is looked for by its title. The whole
    /// cycle of a flow and its moments have a cut and a field each: what matters of the cycle is on the wall, where a
    /// moment is at rest.
    pub fn show_fields(&mut self, results: Results) {
        let title = self.title_shown();
        let is_moment = results.moment().is_some();
        let was_moment = self.results.as_ref().is_some_and(|old| old.moment().is_some());
        self.results = Some(Arc::new(results));
        self.probe = None;
        if is_moment != was_moment {
            let usual = (Some(0), is_moment.then(|| self.usual_slice()));
            let own = self.aside.replace((self.display.field, self.display.cut)).unwrap_or(usual);
            (self.display.field, self.display.cut) = own;
        } else if let (Some(title), Some(fields)) = (title, self.fields()) {
            self.display.field = Some(choices(&fields.list).iter().position(|(_, own)| *own == title).unwrap_or(0));
        }
    }

    fn title_shown(&self) -> Option<String> {
        let all = choices(&self.fields()?.list);
        all.into_iter().nth(self.display.field?).map(|(_, title)| title)
    }

    /// What the judge says about the surface or mesh that is open.
    pub fn report(&self) -> Option<&ImportReport> {
        match &self.open {
            Open::Study(open) => open.report.as_ref(),
            Open::Mesh(open) => Some(&open.report),
            Open::Nothing => None,
        }
    }

    /// Puts a file first among the recent ones, of which eight are kept.
    pub fn remember(&mut self, file: &Path) {
        let file = std::path::absolute(file).unwrap_or_else(|_| file.to_owned());
        self.recent.retain(|other| *other != file);
        self.recent.insert(0, file);
        self.recent.truncate(8);
    }

    /// The image, while it is what the window is about.
    pub fn shown_image(&self) -> Option<&ImageView> {
        self.image.as_ref().filter(|_| self.workspace == Workspace::Image)
    }

    /// Whether the window is about something that is open.
    pub fn shows_something(&self) -> bool {
        self.shown_image().is_some() || (self.workspace == Workspace::Study && !matches!(self.open, Open::Nothing))
    }

    /// The open study.
    pub fn study(&self) -> Option<&Arc<OpenStudy>> {
        match &self.open {
            Open::Study(open) => Some(open),
            _ => None,
        }
    }

    /// The window's title.
    pub fn title(&self) -> String {
        if let Some(view) = self.shown_image() {
            return format!("{} - Vesalius", file_name(&view.open.file));
        }
        match &self.open {
            Open::Nothing => "Vesalius".to_owned(),
            Open::Study(open) => format!("{} - Vesalius", open.study.document.title),
            Open::Mesh(open) => format!("{} - Vesalius", file_name(&open.file)),
        }
    }

    /// The headless command for what is shown.
    pub fn command_line(&self) -> Option<String> {
        if let Some(view) = self.shown_image() {
            return Some(view.command_line());
        }
        match &self.open {
            Open::Nothing => None,
            Open::Study(open) => {
                let verb = if self.results.as_ref().is_some_and(|r| r.dossier.is_some()) { "dossier" } else { "run" };
                Some(format!("vesalius {verb} {} -o {}", quoted(&open.study.file), quoted(&open.folder)))
            }
            Open::Mesh(open) => {
                let unit = open.options.unit.map_or_else(String::new, |unit| format!(" --unit {unit}"));
                let frame = open.options.frame.map_or_else(String::new, |frame| format!(" --frame {frame}"));
                Some(format!("vesalius import {}{unit}{frame} --json", quoted(&open.file)))
            }
        }
    }

    /// Why a command cannot be carried out now.
    pub fn obstacle(&self, command: &Command) -> Option<&'static str> {
        let study = self.study().is_some();
        let running = self.job.is_some();
        match command {
            Command::Run | Command::RunDossier if !study => Some("Open a study first"),
            Command::Run | Command::RunDossier | Command::Close | Command::OpenPath(_) | Command::ImportAs(_)
                if running =>
            {
                Some("A job is running; cancel it first")
            }
            Command::OpenImagePath(_) if running => Some("A job is running; cancel it first"),
            Command::Image(command) => command.obstacle(self.image.as_ref(), running),
            Command::Show(Workspace::Image) if self.image.is_none() => Some("Open an image first"),
            Command::Close | Command::Fit | Command::CopyCommandLine if !self.shows_something() => {
                Some("Nothing is open")
            }
            Command::Cancel if !running => Some("Nothing is running"),
            Command::OpenDossier if self.results.as_ref().is_none_or(|r| r.dossier.is_none()) => {
                Some("Run and write the dossier first")
            }
            Command::OpenFolder | Command::CopyResults if self.results.is_none() => Some("Run the study first"),
            Command::ShowLoadCase(_) if running => Some("A job is running; cancel it first"),
            Command::ToggleEdges
            | Command::ToggleDeformed
            | Command::ToggleCut
            | Command::ToggleSlice
            | Command::ToggleStreamlines
            | Command::TogglePlay
            | Command::NextMoment
            | Command::PreviousMoment
                if self.shown_image().is_some() =>
            {
                Some("Change to the study view first")
            }
            Command::TogglePlay if self.playing => None,
            Command::TogglePlay | Command::NextMoment | Command::PreviousMoment | Command::ShowMoment(_)
                if self.moment_beside(1).is_none() =>
            {
                Some("There are no moments of a flow to show")
            }
            Command::TogglePlay | Command::NextMoment | Command::PreviousMoment | Command::ShowMoment(_) if running => {
                Some("A job is running; cancel it first")
            }
            Command::ToggleSlice if self.fields().is_none() => {
                Some("Only the results of a study or a volume mesh can be sliced")
            }
            Command::ToggleStreamlines if self.display.streamlines.is_some() => None,
            Command::ToggleStreamlines if self.fields().is_none_or(|fields| fields.velocity().is_none()) => {
                Some("There is no velocity to follow; show a moment of the cycle of a flow")
            }
            Command::ToggleDeformed if self.fields().is_none_or(|fields| displacement(&fields.list).is_none()) => {
                Some("There are no displacements to show")
            }
            _ => None,
        }
    }
}

/// The file's name without folders.
pub fn file_name(path: &Path) -> String {
    path.file_name().map_or_else(|| path.display().to_string(), |name| name.to_string_lossy().into_owned())
}

/// A path for a command line: in single quotes when a shell would take it apart.
pub(crate) fn quoted(path: &Path) -> String {
    let text = path.display().to_string();
    let plain = |c: char| c.is_ascii_alphanumeric() || "/._-+:@%".contains(c);
    if !text.is_empty() && text.chars().all(plain) { text } else { format!("'{}'", text.replace('\'', "'\\''")) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn paths_with_blanks_and_quotes_survive_the_shell() {
        assert_eq!(quoted(Path::new("a/femur.toml")), "a/femur.toml");
        assert_eq!(quoted(Path::new("my study.toml")), "'my study.toml'");
        assert_eq!(quoted(Path::new("it's.toml")), "'it'\\''s.toml'");
    }

    #[test]
    fn a_stress_offers_von_mises_and_a_strain_does_not_and_displacement_comes_first() {
        let fields = [
            Field::on_nodes("stress", "MPa", 6, vec![0.0; 6]),
            Field::on_nodes("strain", "1", 6, vec![0.0; 6]),
            Field::on_nodes("displacement", "mm", 3, vec![0.0; 3]),
        ];
        let titles: Vec<String> = choices(&fields).into_iter().map(|(_, title)| title).collect();
        assert_eq!(titles[0], "displacement, magnitude");
        assert!(titles.contains(&"stress, von Mises".to_owned()));
        assert!(!titles.iter().any(|title| title.starts_with("strain, von")));
    }
}
