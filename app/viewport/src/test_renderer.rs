//! Lets `egui_kittest` draw whole programs, 3D views included, without a window.

use crate::OffscreenGl;
use std::sync::Arc;

/// Draws what a test harness shows on an [`OffscreenGl`] context.
pub struct GlowTestRenderer {
    painter: egui_glow::Painter,
    size: [u32; 2],
    // After the painter, which still calls the driver when it is destroyed.
    _offscreen: OffscreenGl,
}

/// A renderer for pictures of `width` × `height` pixels, or `None` when this machine has no GL driver.
///
/// A missing driver prints "skipped: …" so that the reader of a test log sees which pictures were not drawn; with the
/// environment variable `CI=true` it panics instead, because there it means that the machine was not set up.
pub fn test_renderer(width: u32, height: u32) -> Option<GlowTestRenderer> {
    match GlowTestRenderer::new(width, height) {
        Ok(renderer) => Some(renderer),
        Err(reason) => {
            assert!(std::env::var("CI").as_deref() != Ok("true"), "{reason}");
            println!("skipped: {reason}");
            None
        }
    }
}

impl GlowTestRenderer {
    /// Opens a context of `width` × `height` pixels and egui's painter on it.
    pub fn new(width: u32, height: u32) -> Result<Self, String> {
        let offscreen = OffscreenGl::new(width, height).map_err(|error| error.to_string())?;
        let painter = egui_glow::Painter::new(Arc::clone(offscreen.gl()), "", None, false)
            .map_err(|error| format!("egui cannot draw with this driver: {error}"))?;
        Ok(Self { painter, size: [width, height], _offscreen: offscreen })
    }
}

impl egui_kittest::TestRenderer for GlowTestRenderer {
    fn handle_delta(&mut self, delta: &mut egui::TexturesDelta) {
        for (id, images) in delta.set.drain() {
            for image in images {
                self.painter.set_texture(id, &image);
            }
        }
        for id in delta.free.drain() {
            self.painter.free_texture(id);
        }
    }

    fn render(&mut self, context: &egui::Context, output: &egui::FullOutput) -> Result<image::RgbaImage, String> {
        let primitives = context.tessellate(output.shapes.clone(), context.pixels_per_point());
        self.painter.clear(self.size, [0.0, 0.0, 0.0, 1.0]);
        self.painter.paint_primitives(self.size, context.pixels_per_point(), &primitives);
        let pixels = self.painter.read_screen_rgba(self.size).pixels;
        let bytes = pixels.iter().flat_map(egui::Color32::to_array).collect();
        image::RgbaImage::from_raw(self.size[0], self.size[1], bytes).ok_or_else(|| "wrong picture size".to_owned())
    }
}

impl Drop for GlowTestRenderer {
    fn drop(&mut self) {
        self.painter.destroy();
    }
}
