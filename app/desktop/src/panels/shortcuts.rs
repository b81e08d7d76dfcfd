use super::Asked;
use crate::command::Command;
use egui::{Align2, Grid, RichText, Ui, Window};

/// The list of all keys.
pub(crate) fn shortcuts_window(ui: &Ui, asked: &mut Asked) {
    let mut open = true;
    let window = Window::new("Keyboard shortcuts").collapsible(false).resizable(false).open(&mut open);
    window.anchor(Align2::CENTER_CENTER, [0.0, 0.0]).show(ui.ctx(), |ui| {
        Grid::new("shortcuts").num_columns(2).spacing([32.0, 6.0]).show(ui, |ui| {
            for (command, keys) in Command::with_shortcuts() {
                ui.label(command.text());
                ui.label(RichText::new(ui.ctx().format_shortcut(&keys)).monospace());
                ui.end_row();
            }
        });
        ui.separator();
        ui.label("In the 3D view: drag turns, right drag or shift-drag moves, the wheel zooms,");
        ui.label("a double click shows everything, a click reads the value.");
        ui.label("In a slice: drag moves the crosshair, right drag sets the window, the wheel turns slices,");
        ui.label("Ctrl + wheel zooms, middle drag or shift-drag moves, a double click shows the whole slice.");
    });
    if !open {
        asked.push(Command::ShowShortcuts);
    }
}
