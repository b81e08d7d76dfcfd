use super::Asked;
use crate::ask::Ask;
use crate::theme;
use egui::{Align2, Key, RichText, TextEdit, Ui, Window};
use std::path::PathBuf;

/// The in-app way to name a file, for when the system's dialog does not come.
#[derive(Debug, Default)]
pub(crate) struct OpenDialog {
    /// What the file is for.
    pub(crate) ask: Ask,
    /// What was typed.
    pub(crate) path: String,
    /// Whether the system's dialog is being waited for.
    pub(crate) waiting: bool,
}

/// A path field and, while it is waited for, a word on the system's dialog. `None` closes it.
pub(crate) fn open_dialog(ui: &Ui, dialog: OpenDialog, asked: &mut Asked) -> Option<OpenDialog> {
    let (mut open, mut done, mut dialog) = (true, false, dialog);
    let window = Window::new(dialog.ask.title()).collapsible(false).resizable(false).open(&mut open);
    window.anchor(Align2::CENTER_CENTER, [0.0, -60.0]).show(ui.ctx(), |ui| {
        ui.set_width(460.0);
        let label = ui.add(egui::Label::new(dialog.ask.label()).wrap());
        let field = TextEdit::singleline(&mut dialog.path).desired_width(f32::INFINITY);
        let response = ui.add(field).labelled_by(label.id);
        let entered = response.lost_focus() && ui.input(|input| input.key_pressed(Key::Enter));
        let ready = !dialog.path.trim().is_empty();
        ui.horizontal(|ui| {
            let button = egui::Button::new(dialog.ask.button());
            if (ui.add_enabled(ready, button).clicked() || entered) && ready {
                asked.push(dialog.ask.command(PathBuf::from(dialog.path.trim())));
                done = true;
            }
            if dialog.waiting {
                let text = match dialog.ask.writes() {
                    true => "The system's file dialog is open too.",
                    false => "The system's file dialog is open too; you can also drop a file on the window.",
                };
                ui.label(RichText::new(text).small().color(theme::palette(ui).quiet));
            }
        });
    });
    (open && !done).then_some(dialog)
}
