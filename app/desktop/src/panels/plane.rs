//! One slice on the screen: millimetres to points, pointer to voxel.

use super::Asked;
use super::slices::{letter, over_slice};
use crate::command::Command;
use crate::image::{ImageCommand, ImageView, PlaneLook};
use crate::image_text;
use crate::slice_pictures::PlanePictures;
use crate::theme;
use egui::{
    Align2, Color32, Event, Modifiers, MouseWheelUnit, Painter, PointerButton, Pos2, Rect, Response, Role, Sense,
    Stroke, Ui, Vec2, WidgetInfo, pos2, vec2,
};
use scene::slice::{SlicePlane, SliceStack};

/// Points of a smooth wheel that turn one slice.
const POINTS_A_SLICE: f32 = 24.0;

/// Where a slice is on the screen.
#[derive(Clone, Copy)]
struct Lie {
    corner: Pos2,
    /// Points a millimetre.
    scale: f64,
}

impl Lie {
    fn new(rect: Rect, size: [f64; 2], look: PlaneLook) -> Self {
        let fit = (f64::from(rect.width()) / size[0]).min(f64::from(rect.height()) / size[1]);
        let scale = (0.96 * fit * look.zoom).max(1e-6);
        let middle = [0, 1].map(|k| look.offset[k] - 0.5 * size[k]);
        Self { corner: rect.center() + vec2((middle[0] * scale) as f32, (middle[1] * scale) as f32), scale }
    }

    fn on_screen(self, [x, y]: [f64; 2]) -> Pos2 {
        self.corner + vec2((x * self.scale) as f32, (y * self.scale) as f32)
    }

    fn in_picture(self, at: Pos2) -> [f64; 2] {
        let from = at - self.corner;
        [f64::from(from.x) / self.scale, f64::from(from.y) / self.scale]
    }
}

/// The slice with crosshair, letters and scale. Answers with the voxel under the pointer.
pub(super) fn plane_view(
    ui: &mut Ui,
    view: &ImageView,
    plane: SlicePlane,
    pictures: &PlanePictures,
    asked: &mut Asked,
) -> Option<[usize; 3]> {
    let size = ui.available_size().max(Vec2::splat(16.0));
    let (rect, response) = ui.allocate_exact_size(size, Sense::click_and_drag());
    let (stack, slice) = view.stack(plane);
    response.widget_info(|| described(plane, stack));
    let look = view.looks[plane as usize];
    let lie = Lie::new(rect, stack.size(), look);
    let voxel_at = |at: Pos2| stack.voxel(lie.in_picture(at), slice);
    let moved = steer(ui, rect, &response, view, plane, lie);
    asked.extend(moved);
    let holds = response.is_pointer_button_down_on() && ui.input(|input| input.pointer.primary_down());
    let is_plain = ui.input(|input| !input.modifiers.shift);
    if (holds || response.clicked()) && is_plain && !response.double_clicked() {
        let found = response.interact_pointer_pos().and_then(voxel_at).filter(|voxel| *voxel != view.crosshair);
        asked.extend(found.map(|voxel| Command::Image(ImageCommand::MoveCrosshair(voxel))));
    }
    let painter = ui.painter().with_clip_rect(rect);
    painter.rect_filled(rect, 0.0, Color32::BLACK);
    picture(&painter, pictures, lie);
    crosshair(&painter, rect, view, plane, lie);
    writing(&painter, rect, view, stack, lie);
    response.hover_pos().and_then(voxel_at)
}

/// The name of the view and, for those who do not see it, how it lies.
fn described(plane: SlicePlane, stack: &SliceStack) -> WidgetInfo {
    let [left, right, top, bottom] = stack.edges();
    let mut info = WidgetInfo::labeled(Role::Canvas, true, format!("{} view", plane.name()));
    info.current_text_value = Some(format!("left {left}, right {right}, top {top}, bottom {bottom}"));
    info
}

/// What the pointer asks for: other slice, other window, zoom, move.
fn steer(ui: &Ui, rect: Rect, response: &Response, view: &ImageView, plane: SlicePlane, lie: Lie) -> Option<Command> {
    let look = view.looks[plane as usize];
    let look_at = |look| Some(Command::Image(ImageCommand::Look(plane, look)));
    if response.double_clicked() {
        return look_at(PlaneLook::default());
    }
    let drag = response.drag_delta();
    let shift = ui.input(|input| input.modifiers.shift);
    if response.dragged_by(PointerButton::Secondary) && drag != Vec2::ZERO {
        let parts = [f64::from(drag.x / rect.width()), f64::from(-drag.y / rect.height())];
        let window = view.settings.window.dragged(parts[0], parts[1]);
        return Some(Command::Image(ImageCommand::SetWindow(window)));
    }
    let pans = response.dragged_by(PointerButton::Middle) || (response.dragged() && shift);
    if pans && drag != Vec2::ZERO {
        let by = [f64::from(drag.x) / lie.scale, f64::from(drag.y) / lie.scale];
        return look_at(PlaneLook { offset: [0, 1].map(|k| look.offset[k] + by[k]), ..look });
    }
    let pointer = response.hover_pos()?;
    let factor = f64::from(ui.input(|input| input.zoom_delta()));
    if factor != 1.0 {
        return look_at(zoomed(look, factor, lie, rect, pointer));
    }
    let steps = wheel_steps(ui, response);
    let (stack, slice) = view.stack(plane);
    let wanted = slice.saturating_add_signed(steps).min(stack.count() - 1);
    let voxel = stack.in_slice(view.crosshair, wanted);
    (wanted != slice).then_some(Command::Image(ImageCommand::MoveCrosshair(voxel)))
}

/// The same place stays under the pointer.
fn zoomed(look: PlaneLook, factor: f64, lie: Lie, rect: Rect, pointer: Pos2) -> PlaneLook {
    let zoom = (look.zoom * factor).clamp(0.2, 60.0);
    let from = pointer - rect.center();
    let from = [f64::from(from.x) / lie.scale, f64::from(from.y) / lie.scale];
    let kept = look.zoom / zoom;
    PlaneLook { zoom, offset: [0, 1].map(|k| look.offset[k] - from[k] * (1.0 - kept)) }
}

/// Slices that the wheel turned in this frame, upwards positive. A notch is a slice; smooth wheels add up.
fn wheel_steps(ui: &Ui, response: &Response) -> isize {
    let turned = ui.input(|input| {
        let parts = input.raw.events.iter().filter_map(|event| match event {
            Event::MouseWheel { unit, delta, modifiers, .. } if *modifiers == Modifiers::NONE => Some(match unit {
                MouseWheelUnit::Point => delta.y / POINTS_A_SLICE,
                MouseWheelUnit::Line => delta.y,
                MouseWheelUnit::Page => 10.0 * delta.y,
            }),
            _ => None,
        });
        parts.sum::<f32>()
    });
    if turned == 0.0 {
        return 0;
    }
    let id = response.id.with("wheel");
    let sum = ui.data(|data| data.get_temp::<f32>(id)).unwrap_or(0.0) + turned;
    ui.data_mut(|data| data.insert_temp(id, sum.fract()));
    sum.trunc() as isize
}

fn picture(painter: &Painter, pictures: &PlanePictures, lie: Lie) {
    let whole = Rect::from_min_max(Pos2::ZERO, pos2(1.0, 1.0));
    let place = |extent: [f64; 2]| Rect::from_two_pos(lie.on_screen([0.0; 2]), lie.on_screen(extent));
    if let Some(grey) = &pictures.grey {
        painter.image(grey.texture.id(), place(grey.extent), whole, Color32::WHITE);
    }
    if let Some(overlay) = &pictures.overlay {
        painter.image(overlay.texture.id(), place(overlay.extent), whole, Color32::WHITE);
    }
}

/// Where the other two planes cut this one, each in its colour; the middle is left free.
fn crosshair(painter: &Painter, rect: Rect, view: &ImageView, plane: SlicePlane, lie: Lie) {
    let at = lie.on_screen(view.stack(plane).0.place(view.crosshair));
    let (upright, level) = match plane {
        SlicePlane::Axial => (SlicePlane::Sagittal, SlicePlane::Coronal),
        SlicePlane::Coronal => (SlicePlane::Sagittal, SlicePlane::Axial),
        SlicePlane::Sagittal => (SlicePlane::Coronal, SlicePlane::Axial),
    };
    let free = 10.0;
    let stroke = |plane| Stroke::new(1.0, theme::plane_colour(plane, true).gamma_multiply(0.85));
    painter.vline(at.x, rect.top()..=at.y - free, stroke(upright));
    painter.vline(at.x, at.y + free..=rect.bottom(), stroke(upright));
    painter.hline(rect.left()..=at.x - free, at.y, stroke(level));
    painter.hline(at.x + free..=rect.right(), at.y, stroke(level));
}

/// Letters at the edges, the scale and the window.
fn writing(painter: &Painter, rect: Rect, view: &ImageView, stack: &SliceStack, lie: Lie) {
    let [left, right, top, bottom] = stack.edges();
    let inside = rect.shrink(5.0);
    letter(painter, inside.left_center(), Align2::LEFT_CENTER, &left);
    letter(painter, inside.right_center(), Align2::RIGHT_CENTER, &right);
    letter(painter, inside.center_top(), Align2::CENTER_TOP, &top);
    letter(painter, inside.center_bottom(), Align2::CENTER_BOTTOM, &bottom);
    let window = view.settings.window;
    let [centre, width] = [window.centre, window.width].map(image_text::rounded);
    over_slice(painter, inside.right_bottom(), Align2::RIGHT_BOTTOM, &format!("W {width}  L {centre}"), 11.0);
    let room = f64::from(0.28 * rect.width()) / lie.scale;
    let Some((length, text)) = scene::ticks::nice_length(room) else { return };
    let from = inside.left_bottom() - vec2(0.0, 3.0);
    let to = from + vec2((length * lie.scale) as f32, 0.0);
    let shapes =
        [(from, to), (from - vec2(0.0, 4.0), from + vec2(0.0, 4.0)), (to - vec2(0.0, 4.0), to + vec2(0.0, 4.0))];
    for (width, colour) in [(3.5, Color32::from_black_alpha(190)), (1.5, Color32::from_rgb(244, 240, 214))] {
        for (a, b) in shapes {
            painter.line_segment([a, b], Stroke::new(width, colour));
        }
    }
    over_slice(painter, from.lerp(to, 0.5) - vec2(0.0, 5.0), Align2::CENTER_BOTTOM, &text, 11.0);
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_place_under_the_pointer_stays_there_while_zooming() {
        let rect = Rect::from_min_size(pos2(40.0, 20.0), vec2(300.0, 200.0));
        let (size, pointer) = ([120.0, 90.0], pos2(250.0, 60.0));
        let mut look = PlaneLook { zoom: 1.5, offset: [4.0, -7.0] };
        let before = Lie::new(rect, size, look).in_picture(pointer);
        for factor in [1.7, 0.4, 3.0] {
            look = zoomed(look, factor, Lie::new(rect, size, look), rect, pointer);
            let after = Lie::new(rect, size, look).in_picture(pointer);
            assert!((0..2).all(|k| (after[k] - before[k]).abs() < 1e-3), "{before:?} {after:?}");
        }
    }

    #[test]
    fn pixels_are_as_wide_as_their_spacing_says() {
        let rect = Rect::from_min_size(Pos2::ZERO, vec2(300.0, 300.0));
        let lie = Lie::new(rect, [100.0, 50.0], PlaneLook::default());
        let (a, b) = (lie.on_screen([0.0, 0.0]), lie.on_screen([100.0, 50.0]));
        assert!(((b.x - a.x) / (b.y - a.y) - 2.0).abs() < 1e-5);
        let there = lie.in_picture(lie.on_screen([31.0, 17.0]));
        assert!((there[0] - 31.0).abs() < 1e-3 && (there[1] - 17.0).abs() < 1e-3);
    }
}
