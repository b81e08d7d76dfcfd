//! Scenes drawn with three-d inside egui.
//!
//! [`Viewport`] is the widget: it shows a [`Picture`] (a [`scene::Scene`] laid out for the graphics card), turns the camera
//! with the pointer, draws legend, scale bar, triad and markers, and says which triangle with which value was clicked.
//! Nothing of three-d crosses the border of this crate.
//!
//! With the feature `offscreen`, `render` draws a scene without a window; with `test-support`, `GlowTestRenderer` lets
//! `egui_kittest` draw whole programs.

pub mod camera;

#[cfg(feature = "offscreen")]
mod offscreen;
mod overlay;
mod pick;
mod picture;
mod renderer;
#[cfg(feature = "test-support")]
mod test_renderer;
mod widget;

#[cfg(feature = "offscreen")]
pub use offscreen::{NoGl, OffscreenGl, Pixels, RenderError, render};
pub use overlay::Ink;
pub use pick::{Probe, probe};
pub use picture::Picture;
pub use renderer::ViewportError;
#[cfg(feature = "test-support")]
pub use test_renderer::{GlowTestRenderer, test_renderer};
pub use widget::{Cut, Options, Viewport};
