use super::empty;
use crate::model::{Level, LogLine, Model};
use crate::theme;
use egui::{RichText, ScrollArea, Ui};

/// What happened, newest at the bottom.
pub(crate) fn log_page(ui: &mut Ui, model: &Model) {
    if model.log.is_empty() {
        return empty(ui, "Nothing has happened yet");
    }
    let height = ui.text_style_height(&egui::TextStyle::Monospace);
    ui.spacing_mut().interact_size.y = height;
    ui.spacing_mut().item_spacing.y = 2.0;
    let area = ScrollArea::vertical().auto_shrink(false).stick_to_bottom(true);
    area.show_rows(ui, height, model.log.len(), |ui, shown| {
        for line in model.log.get(shown).unwrap_or_default() {
            line_ui(ui, line);
        }
    });
}

fn line_ui(ui: &mut Ui, line: &LogLine) {
    let colours = theme::palette(ui);
    let colour = match line.level {
        Level::Note => colours.text,
        Level::Warning => colours.caution,
        Level::Error => colours.bad,
    };
    ui.horizontal(|ui| {
        let clock = format!("{:8.1} s", line.seconds);
        ui.label(RichText::new(clock).monospace().color(colours.quiet));
        ui.add(egui::Label::new(RichText::new(&line.text).monospace().color(colour)).truncate());
    });
}
