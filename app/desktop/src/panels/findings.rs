use super::empty;
use crate::model::{Level, Model};
use crate::report_text;
use crate::theme;
use egui::{Label, RichText, ScrollArea, Ui};

/// What the judge of an imported mesh says, worst first, with what was or can be done about it.
pub(crate) fn findings_page(ui: &mut Ui, model: &Model) {
    let Some(report) = model.report() else {
        return empty(ui, "Open a mesh, or a study about one, to see what was found in it");
    };
    let findings = report_text::findings(report);
    if findings.is_empty() {
        return empty(ui, "Nothing to report: the surface is closed, clean and consistently oriented");
    }
    let colours = theme::palette(ui);
    ScrollArea::vertical().auto_shrink(false).show(ui, |ui| {
        for finding in findings {
            let (word, colour) = match finding.level {
                Level::Error => ("Error", colours.bad),
                Level::Warning => ("Warning", colours.caution),
                Level::Note => ("Note", colours.quiet),
            };
            ui.horizontal_top(|ui| {
                ui.add_sized([64.0, 18.0], Label::new(RichText::new(word).color(colour).strong()));
                ui.vertical(|ui| {
                    ui.spacing_mut().item_spacing.y = 1.0;
                    ui.add(Label::new(&finding.text).wrap());
                    if !finding.remedy.is_empty() {
                        ui.add(Label::new(RichText::new(&finding.remedy).color(colours.quiet)).wrap());
                    }
                });
            });
            ui.add_space(4.0);
        }
    });
}
