//! The image workspace: three linked planes, the surface beside them, and what is under the pointer.

use super::{Asked, command_button, heading_text, notice_bar};
use crate::command::Command;
use crate::image::{ImageCommand, ImageView};
use crate::image_text;
use crate::model::Model;
use crate::slice_pictures::SlicePictures;
use crate::theme;
use egui::{Align2, Color32, FontId, Frame, Margin, Rect, RichText, Slider, Stroke, Ui, UiBuilder, pos2, vec2};
use scene::slice::SlicePlane;
use viewport::{Ink, Options, Viewport};

/// Between the four views.
const GAP: f32 = 2.0;

/// The four views and the line below them. Answers with the voxel under the pointer.
pub(crate) fn slices_panel(
    ui: &mut Ui,
    model: &Model,
    view: &ImageView,
    pictures: &SlicePictures,
    viewport: &mut Viewport,
    asked: &mut Asked,
) -> Option<[usize; 3]> {
    if let Some(notice) = &model.notice {
        notice_bar(ui, notice, asked);
    }
    let colours = theme::palette(ui);
    let whole = ui.available_rect_before_wrap();
    let line = 28.0;
    let views = Rect::from_min_max(whole.min, pos2(whole.right(), whole.bottom() - line));
    let half = 0.5 * (views.size() - vec2(GAP, GAP));
    let corner = |column: f32, row: f32| views.min + vec2(column * (half.x + GAP), row * (half.y + GAP));
    let part = |column, row| Rect::from_min_size(corner(column, row), half);
    ui.painter().rect_filled(views, 0.0, colours.line);
    let mut pointed = None;
    let places = [(SlicePlane::Axial, 0.0, 0.0), (SlicePlane::Coronal, 0.0, 1.0), (SlicePlane::Sagittal, 1.0, 1.0)];
    for (plane, column, row) in places {
        let builder = UiBuilder::new().max_rect(part(column, row)).id_salt(plane.name());
        let found = ui.scope_builder(builder, |ui| plane_panel(ui, view, plane, pictures, asked)).inner;
        pointed = pointed.or(found);
    }
    let builder = UiBuilder::new().max_rect(part(1.0, 0.0)).id_salt("3D");
    ui.scope_builder(builder, |ui| surface_panel(ui, model, view, viewport, asked));
    let below = Rect::from_min_max(pos2(whole.left(), views.bottom()), whole.max);
    ui.scope_builder(UiBuilder::new().max_rect(below), |ui| pointer_line(ui, view));
    pointed
}

/// A bar with the name of the plane, its slice and the way it lies; below it the slice.
fn plane_panel(
    ui: &mut Ui,
    view: &ImageView,
    plane: SlicePlane,
    pictures: &SlicePictures,
    asked: &mut Asked,
) -> Option<[usize; 3]> {
    let colours = theme::palette(ui);
    let (stack, mut slice) = view.stack(plane);
    header(ui, |ui| {
        ui.label(heading_text(plane.name()).color(theme::plane_colour(plane, ui.visuals().dark_mode)));
        let name = format!("{} slice", plane.name());
        let count = stack.count();
        ui.spacing_mut().slider_width = (ui.available_width() - 150.0).clamp(40.0, 220.0);
        let slider = Slider::new(&mut slice, 0..=count - 1).show_value(false);
        let response = ui.add_enabled(count > 1, slider);
        response.widget_info(|| egui::WidgetInfo::slider(count > 1, slice as f64, &name));
        if response.changed() {
            let voxel = stack.in_slice(view.crosshair, slice);
            asked.push(Command::Image(ImageCommand::MoveCrosshair(voxel)));
        }
        ui.label(RichText::new(format!("{} / {count}", slice + 1)).small().color(colours.quiet));
        if stack.tilt() > 1.0 {
            let text = format!("tilted {:.0}°", stack.tilt());
            let hint = "The image's own slices, which are nearest to this plane; nothing is interpolated";
            ui.label(RichText::new(text).small().color(colours.caution)).on_hover_text(hint);
        }
    });
    super::plane::plane_view(ui, view, plane, pictures.of(plane), asked)
}

fn header(ui: &mut Ui, content: impl FnOnce(&mut Ui)) {
    let colours = theme::palette(ui);
    let frame = Frame::new().fill(colours.bar).inner_margin(Margin::symmetric(8, 3));
    let spacing = ui.spacing().item_spacing;
    ui.spacing_mut().item_spacing.y = 0.0;
    frame.show(ui, |ui| {
        ui.spacing_mut().item_spacing = spacing;
        ui.set_min_width(ui.available_width());
        ui.set_height(22.0);
        ui.horizontal_centered(content);
    });
}

/// The surface with the outlines of the three slices.
fn surface_panel(ui: &mut Ui, model: &Model, view: &ImageView, viewport: &mut Viewport, asked: &mut Asked) {
    let colours = theme::palette(ui);
    header(ui, |ui| {
        ui.label(heading_text("Surface"));
        match &view.settings.surface {
            None => {
                ui.label(RichText::new("none yet").small().color(colours.quiet));
            }
            Some(_) if view.surface_is_current() => {}
            Some(_) => {
                let text = RichText::new("of an earlier choice").small().color(colours.caution);
                ui.label(text).on_hover_text("Make the surface again to see what is chosen now");
            }
        }
        ui.with_layout(egui::Layout::right_to_left(egui::Align::Center), |ui| {
            ui.spacing_mut().button_padding.y = 1.0;
            ui.spacing_mut().interact_size.y = 18.0;
            command_button(ui, model, &Command::Fit, asked);
        });
    });
    if let Some(error) = viewport.error() {
        ui.label(RichText::new(error.to_string()).color(colours.bad));
        return;
    }
    let ink = Ink { text: colours.text, quiet: colours.quiet, paper: colours.canvas };
    let options = Options { background: colours.canvas, ink, edges: model.display.edges, cut: None };
    let rect = viewport.ui(ui, &options).0.rect;
    let painter = ui.painter().with_clip_rect(rect);
    for plane in SlicePlane::ALL {
        let (stack, slice) = view.stack(plane);
        let corners = stack.outline(slice).map(|corner| viewport.on_screen(rect, corner));
        let [Some(a), Some(b), Some(c), Some(d)] = corners else { continue };
        let colour = theme::plane_colour(plane, ui.visuals().dark_mode);
        painter.add(egui::Shape::closed_line(vec![a, b, c, d], Stroke::new(1.5, colour)));
    }
    let crosshair = view.open.judged.image.grid.position(view.crosshair.map(|n| n as f64));
    if let Some(at) = viewport.on_screen(rect, crosshair) {
        painter.circle(at, 3.0, colours.caution, Stroke::new(1.0, Color32::WHITE));
    }
}

/// Where the pointer is and the value there.
fn pointer_line(ui: &mut Ui, view: &ImageView) {
    let colours = theme::palette(ui);
    ui.painter().rect_filled(ui.max_rect(), 0.0, colours.bar);
    ui.add_space(4.0);
    ui.horizontal(|ui| {
        ui.add_space(10.0);
        match view.pointed {
            Some(voxel) => {
                ui.label(RichText::new("Pointer").small().color(colours.quiet));
                ui.label(reading(view, voxel));
            }
            None => {
                let text = "Drag: crosshair     Right drag: window     Wheel: slice     Ctrl + wheel: zoom     \
                            Middle drag: move     Double click: fit";
                ui.add(egui::Label::new(RichText::new(text).small().color(colours.quiet)).truncate());
            }
        }
    });
}

/// Place, voxel, value with unit and label of a voxel.
pub(super) fn reading(view: &ImageView, voxel: [usize; 3]) -> String {
    let judged = &view.open.judged;
    let grid = &judged.image.grid;
    let index = grid.index(voxel);
    let place = image_text::place(grid.position(voxel.map(|n| n as f64)));
    let value = image_text::value_with_unit(judged.image.value(index), judged.report.values.measure);
    let label = view.settings.overlay.as_ref().map(|overlay| image_text::label_at(&overlay.map, index));
    let label = label.filter(|label| !label.is_empty()).map_or_else(String::new, |label| format!("     {label}"));
    format!("{place}     voxel {}     {value}{label}", image_text::voxel(voxel))
}

/// A letter at an edge, on a dark disc so that no crosshair runs through it.
pub(super) fn letter(painter: &egui::Painter, at: egui::Pos2, anchor: Align2, text: &str) {
    let galley = painter.layout_no_wrap(text.to_owned(), FontId::proportional(14.0), Color32::from_rgb(255, 236, 150));
    let size = egui::Vec2::new(galley.size().x.max(12.0), galley.size().y) + vec2(8.0, 2.0);
    let place = anchor.anchor_size(at, size);
    painter.rect_filled(place, 6.0, Color32::from_black_alpha(215));
    painter.galley(place.center() - 0.5 * galley.size(), galley, Color32::WHITE);
}

/// Small text over a slice, readable on every grey.
pub(super) fn over_slice(painter: &egui::Painter, at: egui::Pos2, anchor: Align2, text: &str, size: f32) {
    let font = FontId::proportional(size);
    for shade in [vec2(1.0, 1.0), vec2(-1.0, 1.0), vec2(1.0, -1.0), vec2(-1.0, -1.0)] {
        painter.text(at + shade, anchor, text, font.clone(), Color32::from_black_alpha(190));
    }
    painter.text(at, anchor, text, font, Color32::from_rgb(244, 240, 214));
}
