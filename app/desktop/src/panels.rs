//! Panels: each is a function from what is to be shown to what the user asked for. They compute nothing and read no file.

mod bars;
mod display;
mod findings;
mod flow;
mod histogram;
mod image_facts;
mod image_tools;
mod log;
mod notice;
mod open_dialog;
mod plane;
mod results_table;
mod shortcuts;
mod slices;
mod tree;
mod view3d;

pub(crate) use bars::{menu_bar, status_bar};
pub(crate) use display::display_panel;
pub(crate) use findings::findings_page;
pub(crate) use log::log_page;
pub(crate) use notice::notice_bar;
pub(crate) use open_dialog::{OpenDialog, open_dialog};
pub(crate) use results_table::results_page;
pub(crate) use shortcuts::shortcuts_window;
pub(crate) use slices::slices_panel;
pub(crate) use tree::tree_panel;
pub(crate) use view3d::view_panel;

use crate::command::{Command, Page};
use crate::model::Model;
use crate::theme;
use egui::{Align, Button, Layout, RichText, Ui};

/// What the user asked for in one frame.
pub(crate) type Asked = Vec<Command>;

/// A button for a command; disabled ones say why.
pub(crate) fn command_button(ui: &mut Ui, model: &Model, command: &Command, asked: &mut Asked) {
    let button = Button::new(command.text());
    button_for(ui, model, command, button, asked);
}

/// The one button that matters most where it stands.
pub(crate) fn primary_button(ui: &mut Ui, model: &Model, command: &Command, asked: &mut Asked) {
    let colours = theme::palette(ui);
    let text = RichText::new(command.text()).color(colours.on_accent).strong();
    button_for(ui, model, command, Button::new(text).fill(colours.accent), asked);
}

fn button_for(ui: &mut Ui, model: &Model, command: &Command, button: Button<'_>, asked: &mut Asked) {
    let obstacle = model.obstacle(command);
    let mut response = ui.add_enabled(obstacle.is_none(), button);
    let mut hint = command.hint().to_owned();
    if let Some(keys) = command.shortcut() {
        hint = format!("{hint} ({})", ui.ctx().format_shortcut(&keys));
    }
    if !hint.trim().is_empty() {
        response = response.on_hover_text(hint.trim());
    }
    if let Some(obstacle) = obstacle {
        response = response.on_disabled_hover_text(obstacle);
    }
    if response.clicked() {
        asked.push(command.clone());
    }
}

/// A checkbox for a command; disabled ones say why.
pub(crate) fn toggle(ui: &mut Ui, model: &Model, command: Command, mut on: bool, asked: &mut Asked) {
    let obstacle = model.obstacle(&command);
    let checkbox = egui::Checkbox::new(&mut on, command.text());
    let mut response = ui.add_enabled(obstacle.is_none(), checkbox).on_hover_text(command.hint());
    if let Some(obstacle) = obstacle {
        response = response.on_disabled_hover_text(obstacle);
    }
    if response.changed() {
        asked.push(command);
    }
}

/// A heading inside a panel.
pub(crate) fn heading(ui: &mut Ui, text: &str) {
    ui.add_space(2.0);
    ui.label(heading_text(text));
}

/// The words of a heading.
pub(crate) fn heading_text(text: &str) -> RichText {
    RichText::new(text).strong().size(13.5)
}

/// A label beside its text, or above it when the text is long; the text can be copied.
pub(crate) fn labelled(ui: &mut Ui, label: &str, text: &str) {
    let colours = theme::palette(ui);
    if !label.is_empty() && label.len() + text.len() <= 32 {
        ui.horizontal(|ui| {
            ui.label(RichText::new(label).small().color(colours.quiet));
            ui.with_layout(Layout::right_to_left(Align::Center), |ui| ui.label(text));
        });
        return;
    }
    ui.scope(|ui| {
        ui.spacing_mut().item_spacing.y = 1.0;
        if !label.is_empty() {
            ui.label(RichText::new(label).small().color(colours.quiet));
        }
        ui.add(egui::Label::new(text).wrap());
    });
}

/// The grey sentence of an empty panel.
pub(crate) fn empty(ui: &mut Ui, text: &str) {
    let colours = theme::palette(ui);
    ui.add_space(12.0);
    ui.vertical_centered(|ui| ui.label(RichText::new(text).color(colours.quiet)));
}

/// Over everything while a file is dragged over the window.
pub(crate) fn drop_hint(ui: &Ui) {
    let colours = theme::palette(ui);
    let screen = ui.ctx().content_rect();
    let layer = egui::LayerId::new(egui::Order::Foreground, egui::Id::unique("drop hint"));
    let painter = ui.ctx().layer_painter(layer);
    painter.rect_filled(screen, 0.0, colours.panel.gamma_multiply(0.85));
    let font = egui::FontId::proportional(20.0);
    painter.text(screen.center(), egui::Align2::CENTER_CENTER, "Drop to open", font, colours.accent);
}

/// The lower panel: tabs and the shown page.
pub(crate) fn lower_panel(ui: &mut Ui, model: &Model, asked: &mut Asked) {
    ui.set_min_height(ui.available_height());
    ui.horizontal(|ui| {
        for page in Page::ALL {
            let count = match page {
                Page::Results => model.results.as_ref().map_or(0, |results| results.record.quantities.len()),
                Page::Findings => model.report().map_or(0, |report| report.findings.len()),
                Page::Log => 0,
            };
            let text = if count > 0 { format!("{} ({count})", page.text()) } else { page.text().to_owned() };
            if ui.selectable_label(model.layout.page == page, text).clicked() {
                asked.push(Command::ShowPage(page));
            }
        }
    });
    ui.separator();
    match model.layout.page {
        Page::Results => results_page(ui, model, asked),
        Page::Findings => findings_page(ui, model),
        Page::Log => log_page(ui, model),
    }
}
