//! The right panel of the image workspace: window, labels, threshold, surface.

use super::{Asked, command_button, heading, histogram::histogram, labelled, primary_button};
use crate::command::Command;
use crate::image::{ImageCommand, ImageView, Overlay, PlaneLook};
use crate::image_text;
use crate::model::{Model, file_name};
use crate::theme;
use egui::{Checkbox, Color32, DragValue, RichText, ScrollArea, Sense, Slider, SliderClamping, Ui, Vec2};
use imaging::Measure;
use scene::slice::{Window, label_colour};

/// What can be done with the image.
pub(crate) fn image_tools(ui: &mut Ui, model: &Model, view: &ImageView, asked: &mut Asked) {
    ScrollArea::vertical().auto_shrink(false).show(ui, |ui| {
        window(ui, model, view, asked);
        threshold(ui, model, view, asked);
        surface(ui, model, view, asked);
        labels(ui, model, view, asked);
    });
}

fn ask(asked: &mut Asked, command: ImageCommand) {
    asked.push(Command::Image(command));
}

fn image_button(ui: &mut Ui, model: &Model, command: ImageCommand, asked: &mut Asked) {
    command_button(ui, model, &Command::Image(command), asked);
}

fn window(ui: &mut Ui, model: &Model, view: &ImageView, asked: &mut Asked) {
    heading(ui, "Window");
    let now = view.settings.window;
    let measure = view.open.judged.report.values.measure;
    ui.horizontal_wrapped(|ui| {
        ui.spacing_mut().item_spacing = Vec2::new(4.0, 4.0);
        ui.spacing_mut().button_padding.x = 7.0;
        if measure == Measure::Hounsfield {
            for (name, preset) in Window::CT {
                let button = egui::Button::selectable(now == preset, name);
                let hint = format!("{} to {} HU", preset.low(), preset.high());
                if ui.add(button).on_hover_text(hint).clicked() {
                    ask(asked, ImageCommand::SetWindow(preset));
                }
            }
        }
    });
    image_button(ui, model, ImageCommand::AutomaticWindow, asked);
    let [mut centre, mut width] = [now.centre, now.width];
    let speed = (0.005 * now.width).max(1e-6);
    ui.horizontal(|ui| {
        let label = ui.label(RichText::new("Width").small());
        ui.add(DragValue::new(&mut width).speed(speed).range(1e-9..=f64::MAX).max_decimals(decimals(now.width)))
            .labelled_by(label.id);
        let label = ui.label(RichText::new("Level").small());
        ui.add(DragValue::new(&mut centre).speed(speed).max_decimals(decimals(now.width))).labelled_by(label.id);
    });
    let wanted = Window { centre, width };
    if wanted != now {
        ask(asked, ImageCommand::SetWindow(wanted));
    }
    if view.looks.iter().any(|look| *look != PlaneLook::default()) {
        image_button(ui, model, ImageCommand::FitPlanes, asked);
    }
    ui.add_space(8.0);
}

/// A tick for a command that turns something on or off.
fn toggle(ui: &mut Ui, model: &Model, command: ImageCommand, mut on: bool, asked: &mut Asked) {
    let command = Command::Image(command);
    let obstacle = model.obstacle(&command);
    let checkbox = Checkbox::new(&mut on, command.text());
    let response = ui.add_enabled(obstacle.is_none(), checkbox).on_hover_text(command.hint());
    if response.on_disabled_hover_text(obstacle.unwrap_or_default()).changed() {
        asked.push(command);
    }
}

fn threshold(ui: &mut Ui, model: &Model, view: &ImageView, asked: &mut Asked) {
    heading(ui, "Threshold");
    let settings = &view.settings;
    toggle(ui, model, ImageCommand::ToggleThreshold, settings.threshold.is_some(), asked);
    // Shown without a threshold too: it also holds for a surface of labels.
    toggle(ui, model, ImageCommand::ToggleLargest, settings.largest, asked);
    let (Some([low, high]), Some(counts)) = (settings.threshold, &view.open.histogram) else {
        ui.add_space(8.0);
        return;
    };
    let colours = theme::palette(ui);
    histogram(ui, counts, [low, high]);
    let measure = view.open.judged.report.values.measure;
    let [mut lower, mut upper] = [low, high];
    let [first, last] = counts.range;
    for (name, value) in [("Lower threshold", &mut lower), ("Upper threshold", &mut upper)] {
        let label = ui.label(RichText::new(name).small().color(colours.quiet));
        ui.spacing_mut().slider_width = (ui.available_width() - 96.0).max(60.0);
        let suffix = if measure.unit().is_empty() { String::new() } else { format!(" {}", measure.unit()) };
        let slider = Slider::new(value, first..=last).suffix(suffix).smart_aim(false);
        // Only an edit rounds: what is shown must be what is chosen.
        let slider = slider.clamping(SliderClamping::Edits).max_decimals(decimals(last - first));
        let slider = if is_whole(view) { slider.step_by(1.0) } else { slider };
        ui.add(slider).labelled_by(label.id);
    }
    if [lower, upper] != [low, high] {
        // A threshold that is pushed past the other takes it along.
        let pair = if lower != low { [lower, upper.max(lower)] } else { [lower.min(upper), upper] };
        ask(asked, ImageCommand::SetThreshold(pair));
    }
    let text = match view.current_selection() {
        Some(selection) if selection.voxels == 0 => "no voxel: widen the thresholds".to_owned(),
        Some(selection) => image_text::amount(selection.voxels, selection.volume_mm3),
        None if settings.largest => "looking for the largest part…".to_owned(),
        None => "counting…".to_owned(),
    };
    labelled(ui, "Selection", &text);
    unknown_size(ui, view);
    ui.add_space(8.0);
}

/// Decimals that tell ten thousandths of a span apart.
fn decimals(span: f64) -> usize {
    usize::try_from(4 - scene::ticks::decimal_exponent(span)).unwrap_or(0).min(12)
}

/// Whether the image has whole values only, so that thresholds between them choose nothing else.
fn is_whole(view: &ImageView) -> bool {
    let image = &view.open.judged.image;
    let is_float = matches!(image.voxels, imaging::Voxels::F32(_) | imaging::Voxels::F64(_));
    !is_float && image.rescale.slope == 1.0 && image.rescale.intercept.fract() == 0.0
}

/// No length is known, and whoever reads a volume must be told.
fn unknown_size(ui: &mut Ui, view: &ImageView) {
    if image_text::size_is_unknown(&view.open.judged.report) {
        let text = RichText::new("The file does not record its voxel size: voxels of 1 mm are assumed").small();
        ui.add(egui::Label::new(text.color(theme::palette(ui).caution)).wrap());
    }
}

fn surface(ui: &mut Ui, model: &Model, view: &ImageView, asked: &mut Asked) {
    heading(ui, "Surface");
    ui.horizontal_wrapped(|ui| {
        primary_button(ui, model, &Command::Image(ImageCommand::MakeSurface), asked);
        image_button(ui, model, ImageCommand::Undo, asked);
    });
    ui.horizontal_wrapped(|ui| {
        image_button(ui, model, ImageCommand::SaveSurface, asked);
        image_button(ui, model, ImageCommand::SaveMask, asked);
    });
    if let Some(surface) = &view.settings.surface {
        let colours = theme::palette(ui);
        labelled(ui, "Made of", &image_text::amount(surface.voxels, surface.volume_mm3));
        let mesh = &surface.made.surface;
        labelled(ui, "Volume inside", &image_text::volume(mesh.volume()));
        labelled(ui, "Triangles", &crate::report_text::thousands(mesh.triangles.len() as f64));
        if surface.made.cut_area > 0.0 {
            let area = scene::ticks::significant(surface.made.cut_area, 4);
            let text = format!("Closed flat over {area} mm²: the part goes on beyond the border of the image");
            ui.add(egui::Label::new(RichText::new(text).small().color(colours.caution)).wrap());
        }
        unknown_size(ui, view);
    }
    ui.add_space(8.0);
}

fn labels(ui: &mut Ui, model: &Model, view: &ImageView, asked: &mut Asked) {
    heading(ui, "Labels");
    ui.horizontal_wrapped(|ui| {
        image_button(ui, model, ImageCommand::OpenLabels, asked);
        if view.settings.overlay.is_some() {
            image_button(ui, model, ImageCommand::RemoveLabels, asked);
        }
    });
    let Some(overlay) = &view.settings.overlay else { return };
    let colours = theme::palette(ui);
    labelled(ui, "", &file_name(&overlay.file));
    if !overlay.note.is_empty() {
        ui.add(egui::Label::new(RichText::new(&overlay.note).small().color(colours.caution)).wrap());
    }
    let mut opacity = view.settings.opacity;
    let label = ui.label(RichText::new("Opacity of the labels").small().color(colours.quiet));
    ui.spacing_mut().slider_width = (ui.available_width() - 70.0).max(60.0);
    let slider = Slider::new(&mut opacity, 0.0..=1.0).custom_formatter(|value, _| format!("{:.0} %", 100.0 * value));
    if ui.add(slider).labelled_by(label.id).changed() {
        ask(asked, ImageCommand::SetOpacity(opacity));
    }
    ui.horizontal(|ui| {
        for all in [true, false] {
            if ui.small_button(ImageCommand::ShowAllLabels(all).text()).clicked() {
                ask(asked, ImageCommand::ShowAllLabels(all));
            }
        }
    });
    label_list(ui, view, overlay, asked);
}

/// Every label with its colour, a tick, voxels and volume.
fn label_list(ui: &mut Ui, view: &ImageView, overlay: &Overlay, asked: &mut Asked) {
    let colours = theme::palette(ui);
    for (rank, row) in overlay.rows().iter().enumerate() {
        let mut shown = !view.settings.hidden.contains(&row.value);
        let name = image_text::label_name(row.value, row.name.as_ref());
        ui.horizontal(|ui| {
            let [red, green, blue] = label_colour(rank).channels();
            let (swatch, _) = ui.allocate_exact_size(Vec2::splat(12.0), Sense::hover());
            ui.painter().rect_filled(swatch, 3.0, Color32::from_rgb(red, green, blue));
            if ui.checkbox(&mut shown, name).changed() {
                ask(asked, ImageCommand::ShowLabel(row.value, shown));
            }
            let millilitres = scene::ticks::significant(row.volume_mm3 / 1000.0, 3);
            let text = format!("{millilitres} mL");
            let hint = image_text::amount(row.voxels, row.volume_mm3);
            ui.with_layout(egui::Layout::right_to_left(egui::Align::Center), |ui| {
                ui.label(RichText::new(text).small().color(colours.quiet)).on_hover_text(hint);
            });
        });
    }
}
