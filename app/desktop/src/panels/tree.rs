use super::{Asked, command_button, empty, labelled};
use crate::command::Command;
use crate::model::{MeshContent, Model, Open, OpenMesh, OpenStudy};
use crate::theme;
use egui::{CollapsingHeader, ComboBox, RichText, ScrollArea, Ui};
use mesh_io::{Basis, Frame, LengthUnit};
use std::fmt::Display;

/// The content of what is open.
pub(crate) fn tree_panel(ui: &mut Ui, model: &Model, asked: &mut Asked) {
    if let Some(view) = model.shown_image() {
        return super::image_facts::image_facts(ui, view, asked);
    }
    ScrollArea::vertical().auto_shrink(false).show(ui, |ui| match &model.open {
        Open::Nothing => {
            empty(ui, "Nothing is open");
            ui.vertical_centered(|ui| command_button(ui, model, &Command::Open, asked));
        }
        Open::Study(open) => study(ui, open),
        Open::Mesh(open) => mesh(ui, open, asked),
    });
}

fn study(ui: &mut Ui, open: &OpenStudy) {
    for (number, section) in open.outline.sections.iter().enumerate() {
        let header = CollapsingHeader::new(RichText::new(section.title).strong()).default_open(number < 3);
        header.show(ui, |ui| {
            for (label, text) in &section.rows {
                labelled(ui, label, text);
            }
            ui.add_space(4.0);
        });
    }
    let header = CollapsingHeader::new(RichText::new("Results folder").strong()).default_open(false);
    header.show(ui, |ui| labelled(ui, "", &open.folder.display().to_string()));
}

fn mesh(ui: &mut Ui, open: &OpenMesh, asked: &mut Asked) {
    let kind = match &open.content {
        MeshContent::Surface(_) => "Surface",
        MeshContent::Volume(_) => "Volume mesh",
    };
    CollapsingHeader::new(RichText::new(kind).strong()).default_open(true).show(ui, |ui| {
        unit_and_frame(ui, open, asked);
        for (label, text) in crate::report_text::facts(&open.report) {
            labelled(ui, label, &text);
        }
    });
}

/// What the user knows about the file better than its bytes.
fn unit_and_frame(ui: &mut Ui, open: &OpenMesh, asked: &mut Asked) {
    let mut options = open.options;
    let found = |found: String, basis: Basis| match basis {
        Basis::Given => found,
        Basis::Stated => format!("{found}, as the file says"),
        Basis::Guessed => format!("{found}, guessed"),
    };
    let report = &open.report;
    let unit = found(report.unit.to_string(), report.unit_decision.basis);
    choice(ui, "Unit of the file", unit, &mut options.unit, &LengthUnit::ALL);
    let frame = found(report.frame.to_string(), report.frame_decision.basis);
    choice(ui, "Frame of the file", frame, &mut options.frame, &[Frame::Lps, Frame::Ras]);
    if options != open.options {
        asked.push(Command::ImportAs(options));
    }
}

pub(super) fn choice<T: Copy + PartialEq + Display>(
    ui: &mut Ui,
    label: &str,
    shown: String,
    chosen: &mut Option<T>,
    all: &[T],
) {
    ui.label(RichText::new(label).small().color(theme::palette(ui).quiet));
    let combo = ComboBox::from_id_salt(label).width(ui.available_width() - 8.0).selected_text(shown.as_str());
    let response = combo.show_ui(ui, |ui| {
        ui.selectable_value(chosen, None, "As the file says, or guess");
        for &value in all {
            ui.selectable_value(chosen, Some(value), value.to_string());
        }
    });
    response.response.widget_info(|| chooser(label, &shown));
}

/// What a screen reader says of a list to choose from: its name and what is chosen.
pub(super) fn chooser(label: &str, shown: &str) -> egui::WidgetInfo {
    let mut info = egui::WidgetInfo::labeled(egui::Role::ComboBox, true, label);
    info.current_text_value = Some(shown.to_owned());
    info
}
