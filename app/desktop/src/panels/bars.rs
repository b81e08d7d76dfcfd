use super::{Asked, command_button, primary_button};
use crate::command::{Command, menus};
use crate::image::ImageCommand;
use crate::model::{Model, Open, Workspace, file_name};
use crate::theme;
use egui::{Align, Button, Layout, ProgressBar, RichText, Ui};

/// Menus at the left, what is open in the middle, the main action at the right.
pub(crate) fn menu_bar(ui: &mut Ui, model: &Model, asked: &mut Asked) {
    egui::MenuBar::new().ui(ui, |ui| {
        for (title, commands) in menus() {
            ui.menu_button(title, |ui| {
                ui.set_min_width(230.0);
                for entry in commands {
                    match entry {
                        Some(command) => menu_entry(ui, model, &command, asked),
                        None => {
                            ui.separator();
                        }
                    }
                }
            });
        }
        opened(ui, model, asked);
        ui.with_layout(Layout::right_to_left(Align::Center), |ui| {
            ui.reset_style(); // buttons with frames again, not menu entries
            main_action(ui, model, asked);
        });
    });
}

fn menu_entry(ui: &mut Ui, model: &Model, command: &Command, asked: &mut Asked) {
    let mut button = Button::new(command.text());
    if let Some(keys) = command.shortcut() {
        button = button.shortcut_text(ui.ctx().format_shortcut(&keys));
    }
    let selected = match command {
        Command::ToggleEdges => model.display.edges,
        Command::ToggleDeformed => model.display.deformed,
        Command::ToggleCut => model.display.cut.is_some() && !model.display.is_sliced(),
        Command::ToggleSlice => model.display.is_sliced(),
        Command::ToggleStreamlines => model.display.streamlines.is_some(),
        Command::TogglePlay => model.playing,
        Command::ToggleTree => model.layout.tree,
        Command::ToggleDisplay => model.layout.display,
        Command::ToggleLowerPanel if model.shown_image().is_some() => model.layout.lower_of_image,
        Command::ToggleLowerPanel => model.layout.lower,
        Command::Show(workspace) => model.workspace == *workspace,
        Command::Image(ImageCommand::ToggleThreshold) => {
            model.image.as_ref().is_some_and(|view| view.settings.threshold.is_some())
        }
        Command::Image(ImageCommand::ToggleLargest) => model.image.as_ref().is_some_and(|view| view.settings.largest),
        _ => false,
    };
    let obstacle = model.obstacle(command);
    let mut response = ui.add_enabled(obstacle.is_none(), button.selected(selected));
    if let Some(obstacle) = obstacle {
        response = response.on_disabled_hover_text(obstacle);
    }
    if response.clicked() {
        asked.push(command.clone());
        ui.close();
    }
}

/// The two views, once an image is open.
fn workspaces(ui: &mut Ui, model: &Model, asked: &mut Asked) {
    if model.image.is_none() {
        return;
    }
    ui.separator();
    for workspace in [Workspace::Study, Workspace::Image] {
        let command = Command::Show(workspace);
        if ui.selectable_label(model.workspace == workspace, command.text()).clicked() {
            asked.push(command);
        }
    }
}

fn opened(ui: &mut Ui, model: &Model, asked: &mut Asked) {
    let colours = theme::palette(ui);
    workspaces(ui, model, asked);
    if let Some(view) = model.shown_image() {
        ui.separator();
        ui.label(RichText::new(file_name(&view.open.file)).strong());
        let detail = view.open.judged.report.modality.as_ref().map_or("image", |modality| modality.name.as_str());
        ui.label(RichText::new(detail).color(colours.quiet));
        return;
    }
    let (title, detail) = match &model.open {
        Open::Nothing => return,
        Open::Study(open) => (open.study.document.title.clone(), file_name(&open.study.file)),
        Open::Mesh(open) => (file_name(&open.file), "imported mesh".to_owned()),
    };
    ui.separator();
    ui.label(RichText::new(title).strong());
    ui.label(RichText::new(detail).color(colours.quiet));
}

fn main_action(ui: &mut Ui, model: &Model, asked: &mut Asked) {
    match &model.open {
        _ if model.job.is_some() => command_button(ui, model, &Command::Cancel, asked),
        _ if model.shown_image().is_some() => {
            command_button(ui, model, &Command::OpenImage, asked);
        }
        Open::Study(_) if model.obstacle(&Command::OpenDossier).is_none() => {
            primary_button(ui, model, &Command::OpenDossier, asked);
            command_button(ui, model, &Command::RunDossier, asked);
        }
        Open::Study(_) if model.results.is_some() => {
            primary_button(ui, model, &Command::RunDossier, asked);
            command_button(ui, model, &Command::Run, asked);
        }
        Open::Study(_) => {
            primary_button(ui, model, &Command::Run, asked);
            command_button(ui, model, &Command::RunDossier, asked);
        }
        Open::Mesh(_) => command_button(ui, model, &Command::Open, asked),
        Open::Nothing => {}
    }
}

/// The running job at the left, units and frame at the right.
pub(crate) fn status_bar(ui: &mut Ui, model: &Model) {
    let colours = theme::palette(ui);
    ui.horizontal_centered(|ui| {
        match &model.job {
            Some(job) => {
                ui.label(RichText::new(&job.title).strong());
                let fraction = job.progress.fraction as f32;
                let bar = ProgressBar::new(fraction).desired_width(180.0).desired_height(8.0);
                ui.add(bar).widget_info(|| {
                    egui::WidgetInfo::labeled(egui::Role::ProgressIndicator, true, "Progress of the job")
                });
                let percent = (100.0 * job.progress.fraction).floor();
                let stage = if job.cancelling { "cancelling…" } else { job.progress.stage.as_str() };
                ui.label(RichText::new(format!("{percent} %  {stage}")).color(colours.quiet));
            }
            None => {
                let text = model.log.last().map_or("Ready", |line| line.text.as_str());
                ui.add(egui::Label::new(RichText::new(text).color(colours.quiet)).truncate());
            }
        }
        ui.with_layout(Layout::right_to_left(Align::Center), |ui| {
            ui.label(RichText::new("Units mm, N, MPa   Frame LPS").color(colours.quiet));
        });
    });
}
