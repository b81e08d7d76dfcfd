//! Deterministic figures of scenes and plots, and documents as PDF/A.
//!
//! Figures ([`render_scene`], [`render_plot`], [`plot_svg`]) are drawn on the processor: the same scene gives the same
//! bytes on every machine, with any number of threads, years later. Documents ([`dossier_pdf`]) are laid out by Typst from
//! the templates in `assets/report_templates`; data reach a template as one JSON file, never as source text. No font,
//! file, clock or network of the machine is read.

mod error;
mod figure;
#[cfg(feature = "pdf")]
mod pdf;

pub use error::ReportError;
pub use figure::{plot_svg, render_plot, render_scene};
#[cfg(feature = "pdf")]
pub use pdf::dossier_pdf;
