//! The widget: pointer to camera, camera to picture, click to value.

use crate::camera::{self, Place};
use crate::overlay::{self, Ink};
use crate::pick::{self, Probe};
use crate::picture::Picture;
use crate::renderer::{Frame, NO_CUT, Renderer, ViewportError};
use egui::{Color32, PointerButton, Rect, Response, Role, Sense, Ui, Vec2, WidgetInfo};
use scene::{Camera, Plane, View};
use std::sync::{Arc, Mutex, PoisonError};

/// Hides what lies on the side of the normal of a plane. The section itself is part of the scene, see
/// [`scene::VolumePicture`]; this only hides, so it follows the pointer at once.
pub type Cut = Plane;

/// How the picture is shown; free to change every frame.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Options {
    /// Behind the model.
    pub background: Color32,
    /// Writing over the picture.
    pub ink: Ink,
    /// Whether the edges of the scene's surfaces are drawn.
    pub edges: bool,
    /// What is hidden.
    pub cut: Option<Cut>,
}

/// A 3D view in egui. It keeps the camera when the picture changes.
#[derive(Default)]
pub struct Viewport {
    camera: Camera,
    picture: Option<Picture>,
    fit: bool,
    gpu: Arc<Mutex<Gpu>>,
}

/// The renderer lives here once the first frame was drawn; the paint callback, which has the GL context, uses it.
#[derive(Default)]
struct Gpu {
    renderer: Option<Renderer>,
    error: Option<ViewportError>,
}

impl Viewport {
    /// Shows another picture; the first one after an empty view is fitted and seen from its scene's camera.
    pub fn show(&mut self, picture: Option<Picture>) {
        if let (None, Some(new)) = (&self.picture, &picture) {
            self.camera = new.scene().camera;
            self.fit = true;
        }
        self.picture = picture;
    }

    /// What is shown.
    pub fn picture(&self) -> Option<&Picture> {
        self.picture.as_ref()
    }

    /// The camera.
    pub fn camera(&self) -> &Camera {
        &self.camera
    }

    /// Where a point (mm) is on the screen when the view is drawn in `rect`; `None` behind the viewer.
    pub fn on_screen(&self, rect: Rect, point: scene::Point3<f64>) -> Option<egui::Pos2> {
        overlay::on_screen(&self.camera, rect, point)
    }

    /// Shows everything, in the next frame.
    pub fn fit(&mut self) {
        self.fit = true;
    }

    /// Looks from a named side and shows everything.
    pub fn look_from(&mut self, view: View) {
        let (direction, up) = view.direction_and_up();
        self.camera = camera::looking(&self.camera, direction, up);
        self.fit = true;
    }

    /// Why nothing can be drawn, once the driver refused.
    pub fn error(&self) -> Option<ViewportError> {
        lock(&self.gpu).error.clone()
    }

    /// Frees what is on the graphics card; to be called while its context is current, before the program ends.
    pub fn release(&mut self) {
        lock(&self.gpu).renderer = None;
    }

    /// Draws the view into all available space and answers with the point that was clicked, if any.
    /// Left drag turns, right or middle drag (or with shift) moves, the wheel zooms, a double click shows everything.
    pub fn ui(&mut self, ui: &mut Ui, options: &Options) -> (Response, Option<Probe>) {
        let size = ui.available_size().max(Vec2::splat(16.0));
        let (rect, response) = ui.allocate_exact_size(size, Sense::click_and_drag());
        response.widget_info(|| WidgetInfo::labeled(Role::Canvas, true, "3D view"));
        self.steer(ui, rect, &response);
        if self.fit {
            self.fit = false;
            self.fit_to(rect);
        }
        ui.painter().rect_filled(rect, 0.0, options.background);
        self.paint(ui, rect, options);
        let clicked = response.clicked().then(|| response.interact_pointer_pos()).flatten();
        let probe = clicked.and_then(|at| self.probe(place(rect, at), options));
        (response, probe)
    }

    fn steer(&mut self, ui: &Ui, rect: Rect, response: &Response) {
        let drag = response.drag_delta() / rect.height();
        let drag = [f64::from(drag.x), f64::from(drag.y)];
        let shift = ui.input(|input| input.modifiers.shift);
        if response.dragged_by(PointerButton::Primary) && !shift {
            self.camera = camera::orbit(&self.camera, drag[0] * std::f64::consts::PI, drag[1] * std::f64::consts::PI);
        } else if response.dragged() {
            self.camera = camera::pan(&self.camera, drag);
        }
        if response.double_clicked() {
            self.fit = true;
        }
        let Some(pointer) = response.hover_pos() else { return };
        let (scroll, pinch) = ui.input(|input| (input.smooth_scroll_delta().y, input.zoom_delta()));
        let factor = f64::from(pinch) * f64::from(scroll / 240.0).exp();
        if factor != 1.0 {
            self.camera = camera::zoom(&self.camera, factor, place(rect, pointer));
        }
    }

    fn fit_to(&mut self, rect: Rect) {
        let Some(picture) = &self.picture else { return };
        let free = overlay::free_area(rect, picture);
        let aspect = f64::from(free.width() / free.height());
        let fitted = self.camera.fitted(picture.scene().points(), aspect, 0.05);
        self.camera = fitted;
        self.camera.height *= f64::from(rect.height() / free.height());
        // The middle of the free area, not of the whole view, shows the middle of the model.
        self.camera = camera::pan(&self.camera, place(rect, free.center()));
    }

    fn probe(&self, place: Place, options: &Options) -> Option<Probe> {
        let picture = self.picture.as_ref()?;
        let (center, radius) = picture.sphere();
        let reach = radius + (center - self.camera.target).norm();
        let kept = |point: &_| options.cut.is_none_or(|cut| cut.distance(*point) <= tolerance(radius));
        pick::probe(picture.scene(), &camera::ray(&self.camera, place, reach), kept)
    }

    fn paint(&self, ui: &Ui, rect: Rect, options: &Options) {
        let Some(picture) = self.picture.clone() else { return };
        let (gpu, camera, options_then) = (Arc::clone(&self.gpu), self.camera, *options);
        let drawn = picture.clone();
        let callback = egui_glow::CallbackFn::new(move |info, painter| {
            let viewport = info.viewport_in_pixels();
            let size = [viewport.width_px, viewport.height_px].map(|pixels| u32::try_from(pixels).unwrap_or(0));
            let frame = frame(&drawn, &camera, size, &options_then);
            lock(&gpu).draw(&drawn, &frame, &info, painter);
        });
        ui.painter().add(egui::PaintCallback { rect, callback: Arc::new(callback) });
        overlay::paint(&ui.painter().with_clip_rect(rect), rect, &picture, &self.camera, &options.ink);
    }
}

/// Other threads cannot leave the renderer half changed: it is only used while painting.
fn lock(gpu: &Mutex<Gpu>) -> std::sync::MutexGuard<'_, Gpu> {
    gpu.lock().unwrap_or_else(PoisonError::into_inner)
}

/// Sections lie in the cutting plane itself; rounding must not eat holes into them.
fn tolerance(radius: f64) -> f64 {
    1e-4 * radius
}

fn place(rect: Rect, at: egui::Pos2) -> Place {
    let from_middle = (at - rect.center()) / rect.height();
    [f64::from(from_middle.x), f64::from(from_middle.y)]
}

/// The numbers of one frame.
pub(crate) fn frame(picture: &Picture, camera: &Camera, size: [u32; 2], options: &Options) -> Frame {
    let (center, radius) = picture.sphere();
    let aspect = f64::from(size[0].max(1)) / f64::from(size[1].max(1));
    let (view, projection) = camera::matrices(camera, &center, radius, aspect);
    let cut = options.cut.map_or(NO_CUT, |plane| {
        let normal = plane.normal();
        let offset = tolerance(radius) - plane.distance(center);
        [normal.x, normal.y, normal.z, offset].map(|number| number as f32)
    });
    let [red, green, blue, _] = options.background.to_normalized_gamma_f32();
    let edges = if options.edges { [0.10, 0.12, 0.15, 0.55] } else { [0.0; 4] };
    Frame { view, projection, size, background: [red, green, blue], cut, edges }
}

impl Gpu {
    fn draw(&mut self, picture: &Picture, frame: &Frame, info: &egui::PaintCallbackInfo, painter: &egui_glow::Painter) {
        if self.error.is_some() {
            return;
        }
        let outcome = self.try_draw(picture, frame, info, painter);
        self.error = outcome.err();
    }

    fn try_draw(
        &mut self,
        picture: &Picture,
        frame: &Frame,
        info: &egui::PaintCallbackInfo,
        painter: &egui_glow::Painter,
    ) -> Result<(), ViewportError> {
        let renderer = match self.renderer.take() {
            Some(renderer) => self.renderer.insert(renderer),
            None => self.renderer.insert(Renderer::new(painter.gl())?),
        };
        renderer.draw(picture, frame)?;
        renderer.copy_to(painter.intermediate_fbo(), info);
        Ok(())
    }
}
