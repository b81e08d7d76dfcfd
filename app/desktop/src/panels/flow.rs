//! The panel of a flow: moments of its cycle, streamlines.

use super::tree::chooser;
use super::{Asked, heading, toggle};
use crate::command::Command;
use crate::model::{Model, Seeds, Streamlines};
use crate::theme;
use egui::{Button, Color32, ComboBox, Painter, Pos2, Response, Role, Shape, Slider, Stroke, Ui, WidgetInfo, vec2};

/// The whole cycle or one of its moments, with what plays them.
pub(super) fn moments(ui: &mut Ui, model: &Model, asked: &mut Asked) {
    let Some(results) = model.results.as_ref().filter(|results| results.moments.len() > 1) else { return };
    heading(ui, "Time");
    let now = results.moment();
    let free = model.obstacle(&Command::ShowMoment(0)).is_none();
    ui.add_enabled_ui(free, |ui| {
        ui.horizontal(|ui| {
            if let Some(file) = results.whole_cycle()
                && ui.selectable_label(now.is_none(), "Whole cycle").clicked()
            {
                asked.push(Command::ShowLoadCase(file));
            }
            if ui.selectable_label(now.is_some(), "Moments").clicked() && now.is_none() {
                asked.push(Command::ShowMoment(0));
            }
        });
    });
    ui.horizontal(|ui| {
        step(ui, model, Sign::Previous, Command::PreviousMoment, asked);
        step(ui, model, if model.playing { Sign::Pause } else { Sign::Play }, Command::TogglePlay, asked);
        step(ui, model, Sign::Next, Command::NextMoment, asked);
        let end = results.moments.last().map_or(0.0, |(time, _)| *time);
        let time = now.and_then(|number| results.moments.get(number)).map(|(time, _)| *time);
        ui.label(time.map_or_else(|| format!("to {end:.3} s"), |time| format!("{time:.3} s of {end:.3} s")));
    });
    let mut number = now.unwrap_or(0);
    let slider = Slider::new(&mut number, 0..=results.moments.len() - 1).show_value(false);
    ui.spacing_mut().slider_width = ui.available_width() - 8.0;
    let response = named(ui.add_enabled(free, slider), Role::Slider, "Time in the cycle");
    if response.changed() && now != Some(number) {
        asked.push(Command::ShowMoment(number));
    }
    if now.is_some() {
        toggle(ui, model, Command::ToggleColoursPerMoment, model.display.colours_per_moment, asked);
    }
    ui.add_space(8.0);
}

/// What a small button of a player looks like.
#[derive(Clone, Copy)]
enum Sign {
    Previous,
    Play,
    Pause,
    Next,
}

impl Sign {
    fn name(self) -> &'static str {
        match self {
            Self::Previous => "Previous moment",
            Self::Play => "Play",
            Self::Pause => "Pause",
            Self::Next => "Next moment",
        }
    }

    /// Draws it 10 points high: the fonts have no such letters.
    fn paint(self, painter: &Painter, middle: Pos2, colour: Color32) {
        let bar = |x: f32| {
            let stroke = Stroke::new(2.5, colour);
            painter.line_segment([middle + vec2(x, -5.0), middle + vec2(x, 5.0)], stroke);
        };
        let arrow = |back: f32, tip: f32| {
            let corners = [vec2(back, -5.0), vec2(tip, 0.0), vec2(back, 5.0)].map(|corner| middle + corner);
            painter.add(Shape::convex_polygon(corners.to_vec(), colour, Stroke::NONE));
        };
        match self {
            Self::Previous => (bar(-4.0), arrow(4.5, -3.0)),
            Self::Play => ((), arrow(-4.0, 5.0)),
            Self::Pause => (bar(-3.0), bar(3.0)),
            Self::Next => (bar(4.0), arrow(-4.5, 3.0)),
        };
    }
}

/// A small button with a sign; its name is for screen readers and the tooltip.
fn step(ui: &mut Ui, model: &Model, sign: Sign, command: Command, asked: &mut Asked) {
    let (obstacle, name) = (model.obstacle(&command), sign.name());
    let keys = command.shortcut().map_or_else(String::new, |keys| format!(" ({})", ui.ctx().format_shortcut(&keys)));
    let response = ui.add_enabled(obstacle.is_none(), Button::new("").min_size(vec2(34.0, 24.0)));
    let colour = if obstacle.is_none() { theme::palette(ui).text } else { theme::palette(ui).line };
    sign.paint(ui.painter(), response.rect.center(), colour);
    let response = named(response, Role::Button, name).on_hover_text(format!("{name}{keys}"));
    if response.on_disabled_hover_text(obstacle.unwrap_or_default()).clicked() {
        asked.push(command);
    }
}

fn named(response: Response, role: Role, name: &str) -> Response {
    let enabled = response.enabled();
    response.widget_info(|| WidgetInfo::labeled(role, enabled, name));
    response
}

/// Streamlines: whether, from where, how many.
pub(super) fn streamlines(ui: &mut Ui, model: &Model, asked: &mut Asked) {
    let Some(fields) = model.fields() else { return };
    if model.display.streamlines.is_none() && model.obstacle(&Command::ToggleStreamlines).is_some() {
        let has_flow = model.results.as_ref().is_some_and(|results| !results.moments.is_empty());
        if !has_flow {
            return;
        }
    }
    heading(ui, "Flow");
    toggle(ui, model, Command::ToggleStreamlines, model.display.streamlines.is_some(), asked);
    if let Some(Streamlines { mut from, mut count }) = model.display.streamlines.clone() {
        let before = (from.clone(), count);
        seeds(ui, model, &fields.body.openings, &mut from);
        ui.spacing_mut().slider_width = (ui.available_width() - 130.0).max(80.0);
        ui.add(Slider::new(&mut count, 10..=400).logarithmic(true).text("Lines"));
        if (&from, &count) != (&before.0, &before.1) {
            asked.push(Command::SetStreamlines(Streamlines { from, count }));
        }
    }
    ui.add_space(8.0);
}

fn seeds(ui: &mut Ui, model: &Model, openings: &[String], from: &mut Seeds) {
    let text = |seeds: &Seeds| match seeds {
        Seeds::Opening(name) => format!("From {}", name.replace('_', " ")),
        Seeds::Slice => "Through the slice".to_owned(),
    };
    let shown = text(from);
    let combo = ComboBox::from_id_salt("seeds").width(ui.available_width() - 8.0).selected_text(shown.as_str());
    let response = combo.show_ui(ui, |ui| {
        let slice = model.display.cut.is_some().then_some(Seeds::Slice);
        for seeds in openings.iter().cloned().map(Seeds::Opening).chain(slice) {
            let words = text(&seeds);
            ui.selectable_value(from, seeds, words);
        }
    });
    response.response.widget_info(|| chooser("Start of the streamlines", &shown));
}
