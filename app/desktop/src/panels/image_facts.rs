//! The left panel of the image workspace: what was read, how sure that is, and where the crosshair stands.

use super::tree::{choice, chooser};
use super::{Asked, heading, labelled};
use crate::command::{Command, capitalised};
use crate::image::{ImageCommand, ImageView};
use crate::image_text;
use crate::model::{Level, file_name};
use crate::report_text;
use crate::theme;
use egui::{CollapsingHeader, ComboBox, RichText, ScrollArea, Ui};
use imaging::Measure;
use mesh_io::{Frame, LengthUnit};

/// Facts, findings and the crosshair.
pub(crate) fn image_facts(ui: &mut Ui, view: &ImageView, asked: &mut Asked) {
    ScrollArea::vertical().auto_shrink(false).show(ui, |ui| {
        crosshair(ui, view);
        let section = |title: &str| CollapsingHeader::new(RichText::new(title).strong()).default_open(true);
        section("Image").show(ui, |ui| {
            labelled(ui, "File", &file_name(&view.open.file));
            knowledge(ui, view, asked);
            for (label, text) in image_text::facts(&view.open.judged.report) {
                labelled(ui, label, &text);
            }
        });
        section("Findings").show(ui, |ui| findings(ui, view));
        withheld(ui, view);
    });
}

fn crosshair(ui: &mut Ui, view: &ImageView) {
    heading(ui, "Crosshair");
    let judged = &view.open.judged;
    let grid = &judged.image.grid;
    let index = grid.index(view.crosshair);
    let value = image_text::value_with_unit(judged.image.value(index), judged.report.values.measure);
    labelled(ui, "Place", &image_text::place(grid.position(view.crosshair.map(|n| n as f64))));
    labelled(ui, "Voxel", &image_text::voxel(view.crosshair));
    labelled(ui, "Value", &value);
    if let Some(overlay) = &view.settings.overlay {
        let label = image_text::label_at(&overlay.map, index);
        labelled(ui, "Label", if label.is_empty() { "none" } else { &label });
    }
    ui.add_space(6.0);
}

/// Unit, frame and values: what was taken, how sure that is, and a way to say better.
fn knowledge(ui: &mut Ui, view: &ImageView, asked: &mut Asked) {
    let report = &view.open.judged.report;
    let mut reading = view.open.reading;
    let unit = image_text::how_sure(&report.unit.to_string(), report.unit_decision.basis);
    choice(ui, "Unit of the file", unit, &mut reading.unit, &LengthUnit::ALL);
    let frame = image_text::how_sure(&report.frame.to_string(), report.frame_decision.basis);
    choice(ui, "Frame of the file", frame, &mut reading.frame, &[Frame::Lps, Frame::Ras]);
    measure(ui, image_text::measured(&report.values), &report.values.reason, &mut reading.measure);
    if reading != view.open.reading {
        asked.push(Command::Image(ImageCommand::ReadAs(reading)));
    }
}

fn measure(ui: &mut Ui, shown: String, reason: &str, chosen: &mut Option<Measure>) {
    const LABEL: &str = "Values of the file";
    ui.label(RichText::new(LABEL).small().color(theme::palette(ui).quiet));
    let combo =
        ComboBox::from_id_salt(LABEL).width(ui.available_width() - 8.0).selected_text(shown.as_str()).truncate();
    let response = combo.show_ui(ui, |ui| {
        ui.selectable_value(chosen, None, "As the file says, or guess");
        for measure in [Measure::Hounsfield, Measure::Other, Measure::Label] {
            ui.selectable_value(chosen, Some(measure), image_text::measure(measure));
        }
    });
    let response = response.response.on_hover_text(capitalised(reason));
    response.widget_info(|| chooser(LABEL, &shown));
}

fn findings(ui: &mut Ui, view: &ImageView) {
    let colours = theme::palette(ui);
    // What was withheld has a list of its own.
    let all = view.open.judged.report.findings.iter().filter(|finding| finding.code != "withheld");
    let lines = report_text::lines(all);
    if lines.is_empty() {
        ui.label(RichText::new("Nothing to report").color(colours.quiet));
    }
    for line in lines {
        let colour = match line.level {
            Level::Error => colours.bad,
            Level::Warning => colours.caution,
            Level::Note => colours.text,
        };
        ui.add(egui::Label::new(RichText::new(&line.text).small().color(colour)).wrap());
        if !line.remedy.is_empty() {
            ui.add(egui::Label::new(RichText::new(&line.remedy).small().color(colours.quiet)).wrap());
        }
        ui.add_space(3.0);
    }
}

/// The entries that may identify the patient, by name; what they say was never kept.
fn withheld(ui: &mut Ui, view: &ImageView) {
    let names = &view.open.judged.report.withheld;
    let title = format!("Dropped patient fields ({})", names.len());
    CollapsingHeader::new(RichText::new(title).strong()).id_salt("withheld").default_open(true).show(ui, |ui| {
        let colours = theme::palette(ui);
        let quiet = |text: &str| egui::Label::new(RichText::new(text).small().color(colours.quiet)).wrap();
        if names.is_empty() {
            ui.add(quiet("The file has none"));
            return;
        }
        ui.add(quiet("Read past, never kept; they are in no output"));
        ui.add(egui::Label::new(RichText::new(names.join(", ")).small()).wrap());
    });
}
