use super::{Asked, empty, heading, labelled, toggle};
use crate::command::Command;
use crate::model::{self, Across, CutAt, Kept, Model, Open, Results};
use crate::theme;
use egui::{ComboBox, RichText, ScrollArea, Slider, Ui};
use scene::ticks::significant;
use std::sync::Arc;

/// How the 3D view shows what is open, and the probed point.
pub(crate) fn display_panel(ui: &mut Ui, model: &Model, asked: &mut Asked) {
    if let Some(view) = model.shown_image() {
        return super::image_tools::image_tools(ui, model, view, asked);
    }
    if matches!(model.open, Open::Nothing) {
        return empty(ui, "Open a study or a mesh to see it");
    }
    ScrollArea::vertical().auto_shrink(false).show(ui, |ui| {
        super::flow::moments(ui, model, asked);
        field(ui, model, asked);
        probe(ui, model, asked);
        cut(ui, model, asked);
        super::flow::streamlines(ui, model, asked);
        shape(ui, model, asked);
    });
}

fn field(ui: &mut Ui, model: &Model, asked: &mut Asked) {
    heading(ui, "Field");
    load_case(ui, model, asked);
    let Some(fields) = model.fields().map(|fields| fields.list.as_slice()) else {
        let text = if model.study().is_some() { "Run the study to see its fields" } else { "A surface has no field" };
        ui.label(RichText::new(text).color(theme::palette(ui).quiet));
        ui.add_space(8.0);
        return;
    };
    let choices = model::choices(fields);
    let text = |index: usize| {
        let (choice, title) = &choices[index];
        let unit = scene_unit(&fields[choice.field].unit);
        crate::command::capitalised(&format!("{title} {unit}"))
    };
    let shown = model.display.field.filter(|&index| index < choices.len());
    let selected = shown.map_or_else(|| "Plain body".to_owned(), text);
    let width = ui.available_width() - 8.0;
    let combo = ComboBox::from_id_salt("field").width(width).selected_text(selected).truncate();
    let response = combo.show_ui(ui, |ui| {
        for index in 0..choices.len() {
            if ui.selectable_label(shown == Some(index), text(index)).clicked() {
                asked.push(Command::ShowField(Some(index)));
            }
        }
        if ui.selectable_label(shown.is_none(), "Plain body").clicked() {
            asked.push(Command::ShowField(None));
        }
    });
    response.response.widget_info(|| egui::WidgetInfo::labeled(egui::Role::ComboBox, true, "Field shown"));
    ui.add_space(8.0);
}

/// Which load case is shown, where there are several.
fn load_case(ui: &mut Ui, model: &Model, asked: &mut Asked) {
    let several = |results: &&Arc<Results>| results.files.len() > 1 && results.moments.is_empty();
    let Some(results) = model.results.as_ref().filter(several) else { return };
    let name = |file: &str| file.trim_start_matches("fields/").trim_end_matches(".vtu").to_owned();
    let shown = results.files.get(results.shown).map_or_else(String::new, |file| name(file));
    let combo = ComboBox::from_id_salt("load case").width(ui.available_width() - 8.0).selected_text(shown);
    let response = combo.show_ui(ui, |ui| {
        for (index, file) in results.files.iter().enumerate() {
            if ui.selectable_label(index == results.shown, name(file)).clicked() {
                asked.push(Command::ShowLoadCase(index));
            }
        }
    });
    response.response.widget_info(|| egui::WidgetInfo::labeled(egui::Role::ComboBox, true, "Load case shown"));
}

fn scene_unit(unit: &str) -> String {
    if matches!(unit, "" | "1") { String::new() } else { format!("[{unit}]") }
}

fn shape(ui: &mut Ui, model: &Model, asked: &mut Asked) {
    heading(ui, "Shape");
    toggle(ui, model, Command::ToggleEdges, model.display.edges, asked);
    toggle(ui, model, Command::ToggleDeformed, model.display.deformed, asked);
    if model.display.deformed && model.obstacle(&Command::ToggleDeformed).is_none() {
        let mut factor = model.display.deformation;
        let natural = model.fields().map_or(1.0, |fields| fields.natural_deformation);
        let slider = Slider::new(&mut factor, 0.0..=2.0 * natural.max(1.0)).text("times");
        if ui.add(slider.max_decimals(1)).changed() {
            asked.push(Command::SetDeformation(factor));
        }
        ui.horizontal(|ui| {
            if ui.button("True to scale").clicked() {
                asked.push(Command::SetDeformation(1.0));
            }
            if ui.button("Visible").clicked() {
                asked.push(Command::SetDeformation(natural));
            }
        });
    }
    ui.add_space(8.0);
}

fn cut(ui: &mut Ui, model: &Model, asked: &mut Asked) {
    heading(ui, "Section");
    ui.horizontal(|ui| {
        toggle(ui, model, Command::ToggleCut, model.display.cut.is_some() && !model.display.is_sliced(), asked);
        if model.fields().is_some() {
            toggle(ui, model, Command::ToggleSlice, model.display.is_sliced(), asked);
        }
    });
    if let Some(before) = model.display.cut {
        let mut cut = before;
        across(ui, model, &mut cut);
        position(ui, model, &mut cut);
        if cut.kept != Kept::All {
            let mut other = cut.kept == Kept::High;
            ui.checkbox(&mut other, "Keep the other half");
            cut.kept = if other { Kept::High } else { Kept::Low };
        }
        if cut != before {
            asked.push(Command::SetCut(cut));
        }
    }
    ui.add_space(8.0);
}

/// Which way the plane lies.
fn across(ui: &mut Ui, model: &Model, cut: &mut CutAt) {
    let device = model.study().is_some_and(|open| open.study.document.device.is_some());
    let axes = if device { ["Along x", "Along y", "Along z"] } else { ["Left-right", "Front-back", "Up-down"] };
    ui.horizontal(|ui| {
        for (number, name) in axes.into_iter().enumerate() {
            ui.selectable_value(&mut cut.across, Across::Axis(number), name);
        }
    });
    let openings = model.fields().map_or(&[][..], |fields| fields.body.openings.as_slice());
    let Some((from, others)) = openings.split_first().filter(|(_, others)| !others.is_empty()) else { return };
    ui.horizontal_wrapped(|ui| {
        for (number, to) in (1..).zip(others) {
            let name =
                if others.len() == 1 { "Along the vessel".to_owned() } else { format!("To {}", to.replace('_', " ")) };
            let choice = ui.selectable_value(&mut cut.across, Across::Vessel(number), name);
            choice.on_hover_text(format!("Across the centreline from {from} to {to}"));
        }
    });
}

/// Where the plane lies: in mm along an axis, in per cent along a vessel.
fn position(ui: &mut Ui, model: &Model, cut: &mut CutAt) {
    let extent = match cut.across {
        Across::Axis(axis) => model.extent(axis).filter(|[low, high]| high > low),
        Across::Vessel(_) => None,
    };
    let ([low, high], unit) = extent.map_or(([0.0, 100.0], " %"), |extent| (extent, " mm"));
    let mut place = low + cut.position * (high - low);
    ui.spacing_mut().slider_width = (ui.available_width() - 150.0).max(80.0);
    let slider = Slider::new(&mut place, low..=high).suffix(unit).max_decimals(2).text("Position");
    if ui.add(slider).changed() {
        cut.position = (place - low) / (high - low);
    }
}

fn probe(ui: &mut Ui, model: &Model, asked: &mut Asked) {
    heading(ui, "Probe");
    let colours = theme::palette(ui);
    let Some(probed) = &model.probe else {
        ui.label(RichText::new("Click the model to read a value").color(colours.quiet));
        ui.add_space(8.0);
        return;
    };
    let probe = &probed.probe;
    if let Some((title, value)) = &probed.value {
        labelled(ui, &crate::command::capitalised(title), value);
    }
    let [x, y, z] = [probe.point.x, probe.point.y, probe.point.z].map(|c| significant(c, 5));
    labelled(ui, "Left, posterior, superior [mm]", &format!("{x},  {y},  {z}"));
    labelled(ui, "Where", &format!("{}, triangle {}", probe.surface, probe.triangle));
    if ui.button(Command::ClearProbe.text()).clicked() {
        asked.push(Command::ClearProbe);
    }
    ui.add_space(8.0);
}
