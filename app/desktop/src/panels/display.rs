use super::{Asked, empty, heading, labelled};
use crate::command::Command;
use crate::model::{self, CutAt, Model, Open};
use crate::theme;
use egui::{ComboBox, RichText, ScrollArea, Slider, Ui};
use scene::ticks::significant;

/// How the 3D view shows what is open, and the probed point.
pub(crate) fn display_panel(ui: &mut Ui, model: &Model, asked: &mut Asked) {
    if let Some(view) = model.shown_image() {
        return super::image_tools::image_tools(ui, model, view, asked);
    }
    if matches!(model.open, Open::Nothing) {
        return empty(ui, "Open a study or a mesh to see it");
    }
    ScrollArea::vertical().auto_shrink(false).show(ui, |ui| {
        field(ui, model, asked);
        shape(ui, model, asked);
        cut(ui, model, asked);
        probe(ui, model, asked);
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
    let Some(results) = model.results.as_ref().filter(|results| results.files.len() > 1) else { return };
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
    let what = if results.moments.is_empty() { "Load case shown" } else { "Fields shown" };
    response.response.widget_info(|| egui::WidgetInfo::labeled(egui::Role::ComboBox, true, what));
    moment(ui, model, asked);
}

/// Which moment of a flow is shown.
fn moment(ui: &mut Ui, model: &Model, asked: &mut Asked) {
    let Some(results) = model.results.as_ref().filter(|results| results.moments.len() > 1) else { return };
    let now = results.moments.iter().position(|(_, file)| *file == results.shown);
    let mut place = now.unwrap_or(0);
    let label = |place: f64| {
        let time = results.moments.get(place as usize).map_or(0.0, |(time, _)| *time);
        format!("{time:.3} s")
    };
    let slider = Slider::new(&mut place, 0..=results.moments.len() - 1)
        .custom_formatter(|place, _| label(place))
        .text("Time in the cycle");
    ui.spacing_mut().slider_width = (ui.available_width() - 150.0).max(80.0);
    let response = ui.add_enabled(model.obstacle(&Command::ShowLoadCase(0)).is_none(), slider);
    if let Some((_, file)) = results.moments.get(place).filter(|_| response.changed()) {
        asked.push(Command::ShowLoadCase(*file));
    }
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

fn toggle(ui: &mut Ui, model: &Model, command: Command, mut on: bool, asked: &mut Asked) {
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

fn cut(ui: &mut Ui, model: &Model, asked: &mut Asked) {
    heading(ui, "Section");
    toggle(ui, model, Command::ToggleCut, model.display.cut.is_some(), asked);
    if let Some(CutAt { mut axis, mut position, mut flipped }) = model.display.cut {
        let before = (axis, position, flipped);
        ui.horizontal(|ui| {
            for (number, name) in ["Left-right", "Front-back", "Up-down"].into_iter().enumerate() {
                ui.selectable_value(&mut axis, number, name);
            }
        });
        let slider = Slider::new(&mut position, 0.0..=1.0).show_value(false).text("Position");
        ui.add(slider);
        ui.checkbox(&mut flipped, "Keep the other half");
        if (axis, position, flipped) != before {
            asked.push(Command::SetCut { axis, position, flipped });
        }
    }
    ui.add_space(8.0);
}

fn probe(ui: &mut Ui, model: &Model, asked: &mut Asked) {
    heading(ui, "Probe");
    let colours = theme::palette(ui);
    let Some(probed) = &model.probe else {
        ui.label(RichText::new("Click the model to read a value").color(colours.quiet));
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
}
