//! The open image: what was read, how it is looked at, and what can be taken back. No drawing, no files, no threads.

use crate::model::quoted;
use imaging::segment::{Choice, Recipe};
use imaging::{Histogram, JudgedImage, LabelMap, LabelReport, Measure};
use mesh_io::{Frame, LengthUnit};
use scene::slice::{SlicePlane, SliceStack, Window};
use std::collections::BTreeSet;
use std::path::PathBuf;
use std::sync::Arc;
use viewport::Picture;

/// What the user knows about a file better than its bytes.
#[derive(Debug, Clone, Copy, PartialEq, Default)]
pub struct Reading {
    /// Unit of the file's lengths.
    pub unit: Option<LengthUnit>,
    /// Frame of the file's coordinates.
    pub frame: Option<Frame>,
    /// What the values are.
    pub measure: Option<Measure>,
}

/// An image that was read.
#[derive(Debug)]
pub struct OpenImage {
    /// The file, or the folder of DICOM slices.
    pub file: PathBuf,
    /// What the user stated.
    pub reading: Reading,
    /// The image in mm and LPS with what was found.
    pub judged: Arc<JudgedImage>,
    /// How often values occur; `None` when no value is finite.
    pub histogram: Option<Histogram>,
    /// Its slices: axial, coronal, sagittal.
    pub stacks: [SliceStack; 3],
    /// The empty 3D view, fitted to the image.
    pub frame: Picture,
}

/// Labels that lie over the image.
#[derive(Debug)]
pub struct Overlay {
    /// Their file.
    pub file: PathBuf,
    /// The labels on their own grid.
    pub source: Arc<JudgedImage>,
    /// The labels on the grid of the image.
    pub map: LabelMap,
    /// How they came onto that grid; empty when it is their own.
    pub note: String,
}

impl Overlay {
    /// Every label with its voxels and volume on its own grid.
    pub fn rows(&self) -> &[LabelReport] {
        &self.source.report.labels
    }
}

/// A surface that was made from the image.
#[derive(Debug)]
pub struct MadeSurface {
    /// The surface.
    pub made: runner::MaskSurface,
    /// What it was made from and how, in words.
    pub steps: Vec<String>,
    /// Voxels it was made from.
    pub voxels: usize,
    /// Their volume, mm³.
    pub volume_mm3: f64,
    /// The recipe, to tell whether the surface is that of what is chosen now.
    pub recipe: Recipe,
    /// The 3D view of it.
    pub picture: Picture,
}

/// How the image is shown and what was made of it: what undo brings back.
#[derive(Debug, Clone)]
pub struct Settings {
    /// Which values are black and white.
    pub window: Window,
    /// Labels over the image.
    pub overlay: Option<Arc<Overlay>>,
    /// Labels that are not shown.
    pub hidden: BTreeSet<u16>,
    /// 0 to 1.
    pub opacity: f64,
    /// Lower and upper threshold; `None` while the preview is off.
    pub threshold: Option<[f64; 2]>,
    /// Whether only the largest connected part counts.
    pub largest: bool,
    /// The surface beside the slices.
    pub surface: Option<Arc<MadeSurface>>,
}

/// How far a plane is zoomed and moved.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct PlaneLook {
    /// 1 shows the whole slice.
    pub zoom: f64,
    /// How far the picture's middle is right of and below the middle of the view, mm.
    pub offset: [f64; 2],
}

impl Default for PlaneLook {
    fn default() -> Self {
        Self { zoom: 1.0, offset: [0.0; 2] }
    }
}

/// What is chosen, counted over the whole image.
#[derive(Debug, Clone, PartialEq)]
pub struct Selection {
    /// The thresholds it belongs to.
    pub threshold: [f64; 2],
    /// Whether it is the largest part only.
    pub largest: bool,
    /// Its voxels in the order of the image's memory.
    pub marks: Vec<bool>,
    /// How many they are.
    pub voxels: usize,
    /// Their volume, mm³.
    pub volume_mm3: f64,
}

/// A step that can be taken back.
#[derive(Debug, Clone)]
struct Past {
    name: &'static str,
    settings: Settings,
}

/// Steps that are kept.
const MOST_STEPS: usize = 100;

/// The open image as it is looked at.
#[derive(Debug)]
pub struct ImageView {
    /// What was read.
    pub open: Arc<OpenImage>,
    /// How it is shown.
    pub settings: Settings,
    /// The voxel under the crosshair.
    pub crosshair: [usize; 3],
    /// Zoom of the planes: axial, coronal, sagittal.
    pub looks: [PlaneLook; 3],
    /// The voxel under the pointer.
    pub pointed: Option<[usize; 3]>,
    /// What is chosen, once it has been counted.
    pub selection: Option<Arc<Selection>>,
    past: Vec<Past>,
    /// Whether the next change is a step of its own. A drag is one step.
    sealed: bool,
}

impl ImageView {
    /// The image as it is first seen: the middle, a window that suits it, its labels when it is a label map.
    pub fn new(open: Arc<OpenImage>, overlay: Option<Arc<Overlay>>) -> Self {
        let window = natural_window(&open);
        let opacity = if overlay.is_some() { 1.0 } else { 0.5 };
        let settings = Settings {
            window,
            overlay,
            hidden: BTreeSet::new(),
            opacity,
            threshold: None,
            largest: false,
            surface: None,
        };
        let crosshair = open.judged.image.grid.dimensions.map(|count| count / 2);
        let looks = [PlaneLook::default(); 3];
        Self { open, settings, crosshair, looks, pointed: None, selection: None, past: Vec::new(), sealed: true }
    }

    /// Changes the settings as a step called `name`, which undo takes back.
    pub fn change(&mut self, name: &'static str, change: impl FnOnce(&mut Settings)) {
        let continues = !self.sealed && self.past.last().is_some_and(|past| past.name == name);
        if !continues {
            self.past.push(Past { name, settings: self.settings.clone() });
            if self.past.len() > MOST_STEPS {
                self.past.remove(0);
            }
        }
        self.sealed = false;
        change(&mut self.settings);
    }

    /// The next change is a new step; called whenever no button of the pointer is held. Whether it was not so before.
    pub fn seal(&mut self) -> bool {
        !std::mem::replace(&mut self.sealed, true)
    }

    /// Whether no drag is under way.
    pub fn is_settled(&self) -> bool {
        self.sealed
    }

    /// The step that undo would take back.
    pub fn last_step(&self) -> Option<&'static str> {
        self.past.last().map(|past| past.name)
    }

    /// Takes the last step back and says which it was.
    pub fn undo(&mut self) -> Option<&'static str> {
        let past = self.past.pop()?;
        self.settings = past.settings;
        self.sealed = true;
        Some(past.name)
    }

    /// The slices of a plane and the one under the crosshair.
    pub fn stack(&self, plane: SlicePlane) -> (&SliceStack, usize) {
        let stack = &self.open.stacks[plane as usize];
        (stack, stack.slice_of(self.crosshair))
    }

    /// The selection, if it is that of the thresholds as they are now.
    pub fn current_selection(&self) -> Option<&Arc<Selection>> {
        let threshold = self.settings.threshold?;
        self.selection.as_ref().filter(|found| found.threshold == threshold && found.largest == self.settings.largest)
    }

    /// The labels that are shown.
    pub fn shown_labels(&self) -> Vec<u16> {
        let rows = self.settings.overlay.as_ref().map_or(&[][..], |overlay| overlay.rows());
        rows.iter().map(|row| row.value).filter(|label| !self.settings.hidden.contains(label)).collect()
    }

    /// What a surface or mask would be made of: the thresholds while their preview is on, else the labels that are shown.
    pub fn wanted(&self) -> Option<(Arc<JudgedImage>, Recipe)> {
        let settings = &self.settings;
        if let Some([low, high]) = settings.threshold {
            let recipe = Recipe { largest: settings.largest, ..Recipe::new(Choice::Threshold { low, high }) };
            return Some((Arc::clone(&self.open.judged), recipe));
        }
        let overlay = settings.overlay.as_ref()?;
        let labels = self.shown_labels();
        let recipe = Recipe { largest: settings.largest, ..Recipe::new(Choice::Labels(labels.clone())) };
        (!labels.is_empty()).then(|| (Arc::clone(&overlay.source), recipe))
    }

    /// The headless command for what is chosen in an image: its surface, or, while nothing is chosen, its report.
    pub fn command_line(&self) -> String {
        let reading = self.open.reading;
        let unit = reading.unit.map_or_else(String::new, |unit| format!(" --unit {unit}"));
        let frame = reading.frame.map_or_else(String::new, |frame| format!(" --frame {frame}"));
        let Some((judged, recipe)) = self.wanted() else {
            return format!("vesalius import {}{unit}{frame} --json", quoted(&self.open.file));
        };
        let (file, choice) = match &recipe.choice {
            Choice::Threshold { low, high } => (self.open.file.clone(), format!(" --threshold {low}..{high}")),
            Choice::Labels(labels) => {
                let words: Vec<String> = labels.iter().map(|label| format!(" --label {label}")).collect();
                (PathBuf::from(&judged.report.file), words.concat())
            }
        };
        // What the user knows of the image is not what is known of the labels' file.
        let knowledge = if file == self.open.file { format!("{unit}{frame}") } else { String::new() };
        let largest = if recipe.largest { " --largest" } else { "" };
        format!("vesalius segment {}{knowledge}{choice}{largest} -o surface.stl", quoted(&file))
    }

    /// Whether the surface shown is that of what is chosen now.
    pub fn surface_is_current(&self) -> bool {
        let wanted = self.wanted();
        self.settings.surface.as_ref().is_none_or(|made| wanted.is_some_and(|(_, recipe)| recipe == made.recipe))
    }
}

/// The window an image is first seen with: soft tissue for CT, otherwise all but the most extreme values.
pub fn natural_window(open: &OpenImage) -> Window {
    match open.judged.report.values.measure {
        Measure::Hounsfield => Window::SOFT_TISSUE,
        Measure::Label | Measure::Other => automatic_window(open),
    }
}

/// The window from the values alone: all but the most extreme ones.
pub fn automatic_window(open: &OpenImage) -> Window {
    match (&open.histogram, open.judged.report.values.measure) {
        // Labels are told by their colours: their numbers are no brightness.
        (Some(histogram), Measure::Label) => Window::between(0.0, 4.0 * histogram.range[1].max(1.0)),
        (Some(histogram), _) => Window::automatic(histogram),
        (None, _) => Window::between(0.0, 1.0),
    }
}

/// What is done to the open image.
#[derive(Debug, Clone, PartialEq)]
pub enum ImageCommand {
    /// Read the file again with what the user knows.
    ReadAs(Reading),
    /// Other values are black and white.
    SetWindow(Window),
    /// The window from the values: all but the most extreme ones.
    AutomaticWindow,
    /// Move the crosshair to a voxel.
    MoveCrosshair([usize; 3]),
    /// Zoom and move a plane.
    Look(SlicePlane, PlaneLook),
    /// Show whole slices again.
    FitPlanes,
    /// Ask for a label map.
    OpenLabels,
    /// Lay this label map over the image.
    OpenLabelsPath(PathBuf),
    /// Take the labels away.
    RemoveLabels,
    /// How much the labels cover.
    SetOpacity(f64),
    /// Show or hide a label.
    ShowLabel(u16, bool),
    /// Show or hide all labels.
    ShowAllLabels(bool),
    /// Preview of the threshold on or off.
    ToggleThreshold,
    /// Other thresholds.
    SetThreshold([f64; 2]),
    /// Only the largest connected part counts, or all.
    ToggleLargest,
    /// Make the surface of what is chosen.
    MakeSurface,
    /// Ask where to write the surface.
    SaveSurface,
    /// Write the surface.
    SaveSurfaceTo(PathBuf),
    /// Ask where to write what is chosen.
    SaveMask,
    /// Write what is chosen as a label map.
    SaveMaskTo(PathBuf),
    /// Take the last step back.
    Undo,
}

impl ImageCommand {
    /// The label in menus and on buttons.
    pub fn text(&self) -> &'static str {
        match self {
            Self::ReadAs(_) => "Read again",
            Self::SetWindow(_) => "Window",
            Self::AutomaticWindow => "Automatic window",
            Self::MoveCrosshair(_) => "Move crosshair",
            Self::Look(..) => "Zoom",
            Self::FitPlanes => "Fit slices",
            Self::OpenLabels => "Open labels…",
            Self::OpenLabelsPath(_) => "Open labels",
            Self::RemoveLabels => "Remove labels",
            Self::SetOpacity(_) => "Opacity of the labels",
            Self::ShowLabel(..) => "Show label",
            Self::ShowAllLabels(true) => "Show all",
            Self::ShowAllLabels(false) => "Hide all",
            Self::ToggleThreshold => "Threshold preview",
            Self::SetThreshold(_) => "Threshold",
            Self::ToggleLargest => "Largest component only",
            Self::MakeSurface => "Make surface",
            Self::SaveSurface => "Save surface…",
            Self::SaveSurfaceTo(_) => "Save surface",
            Self::SaveMask => "Save mask…",
            Self::SaveMaskTo(_) => "Save mask",
            Self::Undo => "Undo",
        }
    }

    /// What it does, for the tooltip.
    pub fn hint(&self) -> &'static str {
        match self {
            Self::AutomaticWindow => "Show all but the most extreme values",
            Self::FitPlanes => "Show whole slices again",
            Self::OpenLabels => "Lay a label map over the image",
            Self::ToggleThreshold => "Colour the voxels between two values",
            Self::ToggleLargest => "Leave out everything that is not connected with the largest part",
            Self::MakeSurface => "Make the smooth surface of the coloured voxels, as the verb segment does",
            Self::SaveSurface => "Write the surface as STL or VTP",
            Self::SaveMask => "Write the coloured voxels as a label map (NIfTI, NRRD, MetaImage)",
            Self::Undo => "Take the last step back",
            _ => "",
        }
    }

    /// Why it cannot be done now.
    pub fn obstacle(&self, view: Option<&ImageView>, running: bool) -> Option<&'static str> {
        let Some(view) = view else { return Some("Open an image first") };
        match self {
            Self::ReadAs(_)
            | Self::OpenLabelsPath(_)
            | Self::MakeSurface
            | Self::SaveSurfaceTo(_)
            | Self::SaveMaskTo(_)
                if running =>
            {
                Some("A job is running; cancel it first")
            }
            Self::MakeSurface | Self::SaveMask | Self::SaveMaskTo(_) if view.wanted().is_none() => {
                Some("Switch the threshold preview on, or show a label")
            }
            Self::SaveSurface | Self::SaveSurfaceTo(_) if view.settings.surface.is_none() => {
                Some("Make the surface first")
            }
            Self::RemoveLabels if view.settings.overlay.is_none() => Some("There are no labels"),
            Self::ToggleThreshold if view.open.histogram.is_none() => Some("The image has no finite value"),
            Self::Undo if view.last_step().is_none() => Some("There is nothing to undo"),
            _ => None,
        }
    }
}
