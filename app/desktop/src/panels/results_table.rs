use super::{Asked, command_button, empty};
use crate::command::Command;
use crate::model::Model;
use crate::results::{Row, common_remarks, rows, verdict_text};
use crate::theme::{self, Palette, ROW};
use egui::{Align, Color32, Label, Layout, RichText, Ui};
use egui_extras::{Column, TableBuilder};
use study::record::{Convergence, Status};

/// The quantities with unit, interval and verdict.
pub(crate) fn results_page(ui: &mut Ui, model: &Model, asked: &mut Asked) {
    let Some(results) = &model.results else {
        let text = if model.study().is_some() {
            "No results yet. Run the study to compute its quantities."
        } else {
            "Results appear here when a study has been run"
        };
        return empty(ui, text);
    };
    ui.horizontal(|ui| {
        let colours = theme::palette(ui);
        let (text, colour) = match &results.record.status {
            Status::Finished => ("Finished".to_owned(), colours.good),
            Status::Cancelled => ("Cancelled: the table holds what was complete".to_owned(), colours.caution),
            Status::Failed { message } => (format!("Failed: {message}"), colours.bad),
        };
        ui.add(Label::new(RichText::new(text).color(colour)).truncate());
        ui.with_layout(Layout::right_to_left(Align::Center), |ui| {
            command_button(ui, model, &Command::OpenFolder, asked);
            command_button(ui, model, &Command::CopyResults, asked);
        });
    });
    let colours = theme::palette(ui);
    for remark in common_remarks(&results.record) {
        ui.add(Label::new(RichText::new(remark).small().color(colours.quiet)).truncate());
    }
    table(ui, &rows(&results.record));
}

fn table(ui: &mut Ui, rows: &[Row]) {
    let colours = theme::palette(ui);
    // Most studies compare with nothing; an empty column would only take room.
    let referenced = rows.iter().any(|row| !row.reference.is_empty());
    ui.spacing_mut().item_spacing.y = 2.0;
    let mut builder = TableBuilder::new(ui)
        .striped(true)
        .auto_shrink(false)
        .min_scrolled_height(0.0)
        .cell_layout(Layout::left_to_right(Align::Center))
        .column(Column::remainder().at_least(150.0).clip(true))
        .column(Column::exact(82.0))
        .column(Column::exact(64.0))
        .column(Column::exact(250.0).clip(true))
        .column(Column::exact(126.0));
    if referenced {
        builder = builder.column(Column::exact(150.0).clip(true));
    }
    let table = builder.column(Column::exact(190.0).clip(true)).header(ROW, |mut header| {
        let mut heading = |text: &str, number: bool| {
            header.col(|ui| {
                let label = Label::new(RichText::new(text).small().color(colours.quiet));
                if number { right(ui, label) } else { drop(ui.add(label)) }
            });
        };
        heading("Quantity", false);
        heading("Value", true);
        for text in ["Unit", "Interval", "Verdict"] {
            heading(text, false);
        }
        if referenced {
            heading("Reference", false);
        }
        heading("Place", false);
    });
    table.body(|body| {
        body.rows(ROW, rows.len(), |mut line| {
            let Some(row) = rows.get(line.index()) else { return };
            line.col(|ui| cell(ui, &row.name, row));
            line.col(|ui| right(ui, Label::new(RichText::new(&row.value).strong())));
            line.col(|ui| cell(ui, &row.unit, row));
            line.col(|ui| cell(ui, &row.interval, row));
            line.col(|ui| verdict(ui, row, &colours));
            if referenced {
                line.col(|ui| cell(ui, &row.reference, row));
            }
            line.col(|ui| cell(ui, &row.place, row));
        });
    });
}

/// Numbers stand under each other at the right.
fn right(ui: &mut Ui, label: Label) {
    ui.with_layout(Layout::right_to_left(Align::Center), |ui| ui.add(label));
}

fn cell(ui: &mut Ui, text: &str, row: &Row) {
    ui.add(Label::new(text).truncate()).on_hover_text(row.remarks.join("\n"));
}

/// A filled, half filled or empty circle beside the words: not by colour alone.
fn verdict(ui: &mut Ui, row: &Row, colours: &Palette) {
    let (colour, filled): (Color32, f32) = match row.verdict {
        Convergence::Converged => (colours.good, 1.0),
        Convergence::NotConverged => (colours.caution, 0.5),
        Convergence::NotAssessed => (colours.quiet, 0.0),
    };
    let (rect, _) = ui.allocate_exact_size(egui::vec2(10.0, 10.0), egui::Sense::hover());
    ui.painter().circle_stroke(rect.center(), 4.0, egui::Stroke::new(1.5, colour));
    ui.painter().circle_filled(rect.center(), 4.0 * filled, colour);
    let text = RichText::new(verdict_text(row.verdict)).color(colour);
    ui.add(Label::new(text)).on_hover_text(row.remarks.join("\n"));
}
