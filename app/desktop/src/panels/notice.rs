use super::Asked;
use crate::command::Command;
use crate::model::{Level, Notice};
use crate::theme;
use egui::{Align, Frame, Label, Layout, Margin, RichText, Stroke, Ui};

/// A message across the top of the 3D view: what happened, where, and what to do.
pub(crate) fn notice_bar(ui: &mut Ui, notice: &Notice, asked: &mut Asked) {
    let colours = theme::palette(ui);
    let colour = match notice.level {
        Level::Note => colours.good,
        Level::Warning => colours.caution,
        Level::Error => colours.bad,
    };
    let frame = Frame::new().fill(colours.well).inner_margin(Margin::symmetric(12, 8));
    let shown = frame.show(ui, |ui| {
        ui.horizontal_top(|ui| {
            ui.with_layout(Layout::right_to_left(Align::TOP), |ui| {
                if ui.button(Command::DismissNotice.text()).clicked() {
                    asked.push(Command::DismissNotice);
                }
                ui.vertical(|ui| {
                    ui.spacing_mut().item_spacing.y = 2.0;
                    ui.label(RichText::new(&notice.title).color(colour).strong());
                    ui.add(Label::new(&notice.text).wrap());
                });
            });
        });
    });
    let edge = shown.response.rect;
    ui.painter().line_segment([edge.left_top(), edge.left_bottom()], Stroke::new(3.0, colour));
}
