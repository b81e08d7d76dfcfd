use super::{Asked, command_button, empty, notice_bar};
use crate::command::{Command, SIDES};
use crate::model::{Level, Model, Notice, Open};
use crate::theme;
use egui::{Frame, Margin, RichText, Ui};
use viewport::{Cut, Ink, Options, Probe, Viewport};

/// The 3D view with the message above it and the buttons of the sides.
pub(crate) fn view_panel(
    ui: &mut Ui,
    model: &Model,
    viewport: &mut Viewport,
    cut: Option<Cut>,
    asked: &mut Asked,
) -> Option<Probe> {
    if let Some(notice) = &model.notice {
        notice_bar(ui, notice, asked);
    }
    if let Some(error) = viewport.error() {
        let title = "No 3D view".to_owned();
        notice_bar(ui, &Notice { level: Level::Error, title, text: error.to_string() }, asked);
        return None;
    }
    if viewport.picture().is_none() {
        welcome(ui, model, asked);
        return None;
    }
    side_buttons(ui, model, asked);
    let colours = theme::palette(ui);
    let ink = Ink { text: colours.text, quiet: colours.quiet, paper: colours.canvas };
    let options = Options { background: colours.canvas, ink, edges: model.display.edges, cut };
    let (_, probe) = viewport.ui(ui, &options);
    probe
}

fn side_buttons(ui: &mut Ui, model: &Model, asked: &mut Asked) {
    let colours = theme::palette(ui);
    Frame::new().fill(colours.bar).inner_margin(Margin::symmetric(10, 5)).show(ui, |ui| {
        ui.set_min_width(ui.available_width());
        ui.horizontal(|ui| {
            ui.spacing_mut().item_spacing.x = 4.0;
            ui.spacing_mut().button_padding.x = 8.0;
            for (side, _) in SIDES {
                command_button(ui, model, &Command::LookFrom(side), asked);
            }
            ui.separator();
            command_button(ui, model, &Command::Fit, asked);
        });
    });
}

fn welcome(ui: &mut Ui, model: &Model, asked: &mut Asked) {
    if !matches!(model.open, Open::Nothing) {
        return empty(ui, "There is no geometry to show until the study has been run");
    }
    ui.vertical_centered(|ui| {
        ui.add_space(0.28 * ui.available_height());
        ui.label(RichText::new("Vesalius").size(30.0));
        ui.label("Open a study, or drop a study, mesh or image file on this window");
        ui.add_space(12.0);
        super::primary_button(ui, model, &Command::Open, asked);
        command_button(ui, model, &Command::OpenImage, asked);
        if !model.recent.is_empty() {
            ui.add_space(28.0);
            ui.label(RichText::new("Recent").small().color(theme::palette(ui).quiet));
            for file in &model.recent {
                let link = ui.link(crate::model::file_name(file)).on_hover_text(file.display().to_string());
                if link.clicked() {
                    asked.push(Command::OpenPath(file.clone()));
                }
            }
        }
    });
}
