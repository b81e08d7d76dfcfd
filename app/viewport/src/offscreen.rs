//! A GL context without a window, for pictures on machines without a screen and for tests.

use crate::renderer::{Renderer, ViewportError};
use crate::widget::{Options, frame};
use crate::{Ink, Picture};
use egui::Color32;
use glutin::api::egl::device::Device;
use glutin::api::egl::display::Display;
use glutin::config::{Api, ConfigSurfaceTypes, ConfigTemplateBuilder};
use glutin::context::{ContextApi, ContextAttributesBuilder, Version};
use glutin::prelude::*;
use glutin::surface::{PbufferSurface, SurfaceAttributesBuilder};
use scene::{Scene, SceneError};
use std::any::Any;
use std::num::NonZeroU32;
use std::sync::Arc;

/// Why no picture can be drawn here.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error(
    "no OpenGL 3.3 driver can be used without a window ({reason}); install one, on Debian `apt install libegl1 libgl1-mesa-dri`"
)]
pub struct NoGl {
    /// What the drivers answered, one clause a device.
    pub reason: String,
}

/// A current OpenGL 3.3 context that draws into a hidden buffer of a fixed size. It belongs to the thread that made it.
pub struct OffscreenGl {
    gl: Arc<glow::Context>,
    // Kept because the driver needs them as long as `gl` is used; dropped in this order.
    _surface: Box<dyn Any>,
    _context: Box<dyn Any>,
}

impl OffscreenGl {
    /// Opens the first EGL device that can draw a buffer of `width` × `height` pixels.
    pub fn new(width: u32, height: u32) -> Result<Self, NoGl> {
        let devices = Device::query_devices().map_err(|error| NoGl { reason: format!("EGL: {error}") })?;
        let mut reasons = Vec::new();
        for device in devices {
            match Self::on_device(&device, width, height) {
                Ok(offscreen) => return Ok(offscreen),
                Err(error) => reasons.push(format!("{}: {error}", device.name().unwrap_or("unnamed device"))),
            }
        }
        let none = "EGL lists no device".to_owned();
        Err(NoGl { reason: if reasons.is_empty() { none } else { reasons.join("; ") } })
    }

    /// The GL functions of this context.
    pub fn gl(&self) -> &Arc<glow::Context> {
        &self.gl
    }

    #[expect(unsafe_code, reason = "creating a GL context calls the driver; glutin leaves its preconditions to us")]
    fn on_device(device: &Device, width: u32, height: u32) -> Result<Self, glutin::error::Error> {
        let (width, height) = (NonZeroU32::new(width).unwrap_or(NonZeroU32::MIN), NonZeroU32::new(height));
        let height = height.unwrap_or(NonZeroU32::MIN);
        let template = ConfigTemplateBuilder::default()
            .with_alpha_size(8)
            .with_depth_size(24)
            .with_surface_type(ConfigSurfaceTypes::PBUFFER)
            .with_api(Api::OPENGL)
            .build();
        let attributes =
            ContextAttributesBuilder::new().with_context_api(ContextApi::OpenGl(Some(Version::new(3, 3)))).build(None);
        let buffer = SurfaceAttributesBuilder::<PbufferSurface>::new().build(width, height);
        // SAFETY: `device` is alive, no window handle is involved, and context, surface and display are kept together in
        // the returned value for as long as the loaded functions can be called.
        unsafe {
            let display = Display::with_device(device, None)?;
            let first = display.find_configs(template)?.next();
            let config = first.ok_or(glutin::error::ErrorKind::BadConfig)?;
            let context = display.create_context(&config, &attributes)?;
            let surface = display.create_pbuffer_surface(&config, &buffer)?;
            let current = context.make_current(&surface)?;
            let gl = glow::Context::from_loader_function_cstr(|name| display.get_proc_address(name));
            Ok(Self { gl: Arc::new(gl), _surface: Box::new(surface), _context: Box::new((current, display)) })
        }
    }
}

/// Why a scene could not be drawn without a window.
#[derive(Debug, Clone, PartialEq, thiserror::Error)]
pub enum RenderError {
    /// There is no driver.
    #[error(transparent)]
    NoGl(#[from] NoGl),
    /// The driver refused.
    #[error(transparent)]
    Viewport(#[from] ViewportError),
    /// The scene is inconsistent.
    #[error(transparent)]
    Scene(#[from] SceneError),
}

/// Pixels, top row first, as RGBA.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Pixels {
    /// Pixels in a row.
    pub width: u32,
    /// Rows.
    pub height: u32,
    /// Row by row.
    pub rgba: Vec<[u8; 4]>,
}

/// Draws the model of a scene as its camera sees it, without legend, labels and scale bar, on an own hidden context.
/// The bytes depend on the driver; figures of reports are drawn by the deterministic rasteriser instead.
pub fn render(scene: Arc<Scene>, width: u32, height: u32) -> Result<Pixels, RenderError> {
    let offscreen = OffscreenGl::new(width, height)?;
    let camera = scene.camera;
    let background = crate::overlay::colour(scene.background);
    let ink = Ink { text: Color32::BLACK, quiet: Color32::BLACK, paper: Color32::WHITE };
    let picture = Picture::new(scene)?;
    let options = Options { background, ink, edges: true, cut: None };
    let mut renderer = Renderer::new(offscreen.gl())?;
    renderer.draw(&picture, &frame(&picture, &camera, [width, height], &options))?;
    Ok(Pixels { width, height, rgba: renderer.pixels() })
}
