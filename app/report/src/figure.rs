//! Figures: scenes and plots to PNG, plots to SVG; the same bytes on every machine and for every number of threads.

mod canvas;
mod drawing;
pub(crate) mod fonts;
mod overlay;
mod plot;
mod raster;
mod svg;

use crate::ReportError;
use canvas::Canvas;
use fonts::Fonts;
use scene::{Colour, Plot, Scene};

/// Largest figure: 64 million pixels, about 2 GB while it is drawn by two threads.
const LARGEST: u64 = 64_000_000;
const SMALLEST: u32 = 120;

/// A scene as PNG of `size` = (width, height) pixels.
///
/// Surfaces are drawn by a z-buffer with nine samples a pixel, the legend, labels and axes over them. Cost: about one
/// second for 200 000 triangles at 1600 × 1200 on two cores.
///
/// # Errors
/// A size outside 120 pixels a side to 64 million pixels, or an inconsistent scene.
pub fn render_scene(scene: &Scene, size: [u32; 2]) -> Result<Vec<u8>, ReportError> {
    let [width, height] = checked(size)?;
    scene.validate()?;
    let layout = overlay::Layout::new(scene, width, height);
    let (camera, frame) = layout.framed(scene, width, height);
    let seen = raster::Seen { scene, camera: &camera };
    let image = raster::draw(&seen, &frame);
    let drawing = overlay::overlay(scene, &camera, &frame, &layout, &image);
    let mut canvas = Canvas::from_pixels(width, height, &image.pixels)?;
    canvas.draw(&drawing, layout.scale, &Fonts::new());
    canvas.png()
}

/// A plot as PNG of `size` = (width, height) pixels.
///
/// # Errors
/// A size outside 120 pixels a side to 64 million pixels.
pub fn render_plot(plot: &Plot, size: [u32; 2]) -> Result<Vec<u8>, ReportError> {
    let [width, height] = checked(size)?;
    let scale = (f64::from(width) / 800.0).min(f64::from(height) / 480.0);
    let fonts = Fonts::new();
    let drawing = plot::draw(plot, [f64::from(width) / scale, f64::from(height) / scale], &fonts);
    let mut canvas = Canvas::new(width, height, Colour::WHITE)?;
    canvas.draw(&drawing, scale, &fonts);
    canvas.png()
}

/// A plot as an SVG document of 800 × 480 units in the bundled font "Inter".
pub fn plot_svg(plot: &Plot) -> String {
    svg::svg(&plot::draw(plot, [800.0, 480.0], &Fonts::new()))
}

fn checked([width, height]: [u32; 2]) -> Result<[u32; 2], ReportError> {
    let fits = u64::from(width) * u64::from(height) <= LARGEST && width.min(height) >= SMALLEST;
    if fits { Ok([width, height]) } else { Err(ReportError::FigureSize { width, height }) }
}

#[cfg(test)]
mod tests;
