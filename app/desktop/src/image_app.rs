//! What the program does with the open image.

use crate::app::{Outcome, Workbench};
use crate::ask::Ask;
use crate::image::{ImageCommand, ImageView, OpenImage, Overlay, Reading, Selection, automatic_window};
use crate::jobs::Job;
use crate::model::{self, Level, Workspace};
use crate::tasks;
use std::path::PathBuf;
use std::sync::Arc;

/// What a selection is counted from.
#[derive(Clone)]
struct Wish {
    open: Arc<OpenImage>,
    threshold: [f64; 2],
    largest: bool,
}

impl Wish {
    fn of(view: &ImageView) -> Option<Self> {
        let (open, settings) = (Arc::clone(&view.open), &view.settings);
        settings.threshold.map(|threshold| Self { open, threshold, largest: settings.largest })
    }

    fn same(&self, other: &Self) -> bool {
        Arc::ptr_eq(&self.open, &other.open) && self.threshold == other.threshold && self.largest == other.largest
    }
}

/// Counts what is chosen, beside the user's job.
#[derive(Default)]
pub(crate) struct Counting {
    job: Option<(Wish, Job<Selection>)>,
}

impl Counting {
    /// Whether something is being counted.
    pub(crate) fn is_running(&self) -> bool {
        self.job.is_some()
    }
}

impl Workbench {
    pub(crate) fn open_image(&mut self, path: PathBuf, reading: Reading) {
        self.dialog = None;
        let title = format!("Opening {}", model::file_name(&path));
        self.start(&title, move |control| {
            let (open, labels) = tasks::open_image(&path, reading, control)?;
            Ok(Outcome::Image(Box::new(open), labels.map(Box::new)))
        });
    }

    /// Shows an image that was read. Read again, it keeps how it was looked at as far as that still fits.
    pub(crate) fn show_image(&mut self, open: OpenImage, overlay: Option<Overlay>) {
        self.note(Level::Note, &format!("Opened {}", model::file_name(&open.file)));
        self.model.remember(&open.file);
        let mut view = ImageView::new(Arc::new(open), overlay.map(Arc::new));
        let same = |before: &ImageView| before.open.file == view.open.file;
        if let Some(before) = self.model.image.take().filter(same) {
            view.crosshair = before.crosshair;
            view.looks = before.looks;
        }
        self.image_viewport.show(None);
        self.image_viewport.show(Some(view.open.frame.clone()));
        self.model.image = Some(view);
        self.model.workspace = Workspace::Image;
    }

    pub(crate) fn close_image(&mut self) {
        self.model.image = None;
        self.model.workspace = Workspace::Study;
        self.model.notice = None;
        self.counting = Counting::default();
        self.slice_pictures = Default::default();
        self.image_viewport.show(None);
    }

    /// Carries out what was asked of the image; obstacles were looked at before.
    pub(crate) fn change_image(&mut self, command: ImageCommand) {
        match command {
            ImageCommand::ReadAs(reading) => {
                if let Some(view) = &self.model.image {
                    self.open_image(view.open.file.clone(), reading);
                }
            }
            ImageCommand::OpenLabels => self.ask_for_file(Ask::Labels),
            ImageCommand::SaveSurface => self.ask_for_file(Ask::SaveSurface),
            ImageCommand::SaveMask => self.ask_for_file(Ask::SaveMask),
            ImageCommand::OpenLabelsPath(path) => self.open_labels(path),
            ImageCommand::MakeSurface => self.make_surface(),
            ImageCommand::SaveSurfaceTo(path) => self.save_surface(path),
            ImageCommand::SaveMaskTo(path) => self.save_mask(path),
            ImageCommand::Undo => {
                if let Some(name) = self.model.image.as_mut().and_then(ImageView::undo) {
                    self.note(Level::Note, &format!("Undone: {name}"));
                    self.show_surface();
                }
            }
            command => {
                if let Some(view) = &mut self.model.image {
                    change_view(view, command);
                }
            }
        }
    }

    fn open_labels(&mut self, path: PathBuf) {
        self.dialog = None;
        let Some(view) = &self.model.image else { return };
        let open = Arc::clone(&view.open);
        let title = format!("Opening {}", model::file_name(&path));
        self.start(&title, move |control| {
            let overlay = tasks::open_labels(&path, &open.judged.image.grid, control)?;
            Ok(Outcome::Labels(open, Box::new(overlay)))
        });
    }

    fn make_surface(&mut self) {
        let Some((view, (judged, recipe))) = self.model.image.as_ref().and_then(|view| Some((view, view.wanted()?)))
        else {
            return;
        };
        let open = Arc::clone(&view.open);
        self.start("Making the surface", move |control| {
            let made = tasks::make_surface(&judged, recipe, &open.judged.image.grid, control)?;
            Ok(Outcome::Surface(open, Box::new(made)))
        });
    }

    fn save_surface(&mut self, path: PathBuf) {
        self.dialog = None;
        let Some(surface) = self.model.image.as_ref().and_then(|view| view.settings.surface.clone()) else { return };
        self.start(&format!("Writing {}", model::file_name(&path)), move |control| {
            tasks::save_surface(&path, &surface, control)?;
            Ok(Outcome::Written(path))
        });
    }

    fn save_mask(&mut self, path: PathBuf) {
        self.dialog = None;
        let Some((judged, recipe)) = self.model.image.as_ref().and_then(ImageView::wanted) else { return };
        self.start(&format!("Writing {}", model::file_name(&path)), move |control| {
            tasks::save_mask(&path, &judged, &recipe, control)?;
            Ok(Outcome::Written(path))
        });
    }

    /// Takes what a job made of the image, if that is still the open one.
    pub(crate) fn receive_image(&mut self, outcome: Outcome) {
        match outcome {
            Outcome::Image(open, overlay) => self.show_image(*open, overlay.map(|overlay| *overlay)),
            Outcome::Labels(open, overlay) => {
                let count = overlay.rows().len();
                if let Some(view) = self.same_image(&open) {
                    view.change("labels", |settings| {
                        settings.overlay = Some(Arc::from(overlay));
                        settings.hidden.clear();
                    });
                    self.note(Level::Note, &format!("{count} labels lie over the image"));
                }
            }
            Outcome::Surface(open, surface) => {
                let steps = surface.steps.join("; ");
                if let Some(view) = self.same_image(&open) {
                    view.change("surface", |settings| settings.surface = Some(Arc::from(surface)));
                    self.note(Level::Note, &format!("Surface made. {steps}"));
                    self.show_surface();
                }
            }
            Outcome::Written(path) => self.note(Level::Note, &format!("Written: {}", path.display())),
            _ => {}
        }
    }

    fn same_image(&mut self, open: &Arc<OpenImage>) -> Option<&mut ImageView> {
        self.model.image.as_mut().filter(|view| Arc::ptr_eq(&view.open, open))
    }

    /// Shows the surface that the settings hold, or the empty frame.
    fn show_surface(&mut self) {
        let Some(view) = &self.model.image else { return };
        let picture = view.settings.surface.as_ref().map_or(&view.open.frame, |surface| &surface.picture);
        self.image_viewport.show(Some(picture.clone()));
    }

    /// Keeps the selection counted: what is chosen now, or, once that is there, nothing.
    pub(crate) fn poll_counting(&mut self) {
        if let Some((wish, job)) = &self.counting.job
            && let Some(outcome) = job.poll().1
        {
            let open = Arc::clone(&wish.open);
            self.counting.job = None;
            match outcome {
                Ok(selection) => {
                    if let Some(view) = self.same_image(&open) {
                        view.selection = Some(Arc::new(selection));
                    }
                }
                Err(problem) => self.report(problem),
            }
        }
        let Some(view) = &self.model.image else { return };
        let wish = Wish::of(view).filter(|_| view.current_selection().is_none());
        let Some(wish) = wish else {
            self.counting.job = None;
            return;
        };
        // Counting takes all cores; while a slider is dragged they belong to the preview.
        if !view.is_settled() {
            return;
        }
        if self.counting.job.as_ref().is_none_or(|(running, _)| !running.same(&wish)) {
            let Wish { open, threshold, largest } = wish.clone();
            let count = move |control: &control::RunControl| tasks::select(&open.judged, threshold, largest, control);
            self.counting.job = Some((wish, Job::start("selection", &self.context, count)));
        }
    }
}

/// Changes how the image is looked at.
fn change_view(view: &mut ImageView, command: ImageCommand) {
    match command {
        ImageCommand::SetWindow(window) => view.change("window", |settings| settings.window = window),
        ImageCommand::AutomaticWindow => {
            let window = automatic_window(&view.open);
            view.change("window", |settings| settings.window = window);
        }
        ImageCommand::MoveCrosshair(voxel) => {
            let dimensions = view.open.judged.image.grid.dimensions;
            view.crosshair = [0, 1, 2].map(|axis| voxel[axis].min(dimensions[axis] - 1));
        }
        ImageCommand::Look(plane, look) => view.looks[plane as usize] = look,
        ImageCommand::FitPlanes => view.looks = Default::default(),
        ImageCommand::RemoveLabels => view.change("labels", |settings| settings.overlay = None),
        ImageCommand::SetOpacity(opacity) => view.change("opacity", |settings| settings.opacity = opacity),
        ImageCommand::ShowLabel(label, shown) => view.change("labels shown", |settings| {
            if shown {
                settings.hidden.remove(&label);
            } else {
                settings.hidden.insert(label);
            }
        }),
        ImageCommand::ShowAllLabels(shown) => {
            let rows = view.settings.overlay.clone();
            let all = rows.iter().flat_map(|overlay| overlay.rows()).map(|row| row.value).filter(|_| !shown);
            view.change("labels shown", |settings| settings.hidden = all.collect());
        }
        ImageCommand::ToggleThreshold => {
            let first = first_threshold(view);
            view.change("threshold preview", |settings| {
                settings.threshold = if settings.threshold.is_some() { None } else { first };
            });
        }
        ImageCommand::SetThreshold(threshold) => {
            view.change("threshold", |settings| settings.threshold = Some(threshold));
        }
        ImageCommand::ToggleLargest => {
            view.change("largest component", |settings| settings.largest = !settings.largest)
        }
        _ => {}
    }
}

/// Where a threshold starts: bone in CT, otherwise the brighter half of the window.
fn first_threshold(view: &ImageView) -> Option<[f64; 2]> {
    const BONE: f64 = 200.0;
    let [low, high] = view.open.histogram.as_ref()?.range;
    let is_hounsfield = view.open.judged.report.values.measure == imaging::Measure::Hounsfield;
    let start = if is_hounsfield { BONE } else { view.settings.window.centre };
    Some([start.clamp(low, high), high])
}
