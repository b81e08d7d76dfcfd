//! The desktop program as a library, so that tests can drive it without a window.
//!
//! [`Workbench`] is the eframe application. What it shows is [`Model`]; what the user can do is [`Command`]; everything that
//! takes time runs on other threads. The program computes nothing itself: it sends studies to `runner` and pictures to
//! `viewport`.

mod app;
pub mod ask;
pub mod command;
pub mod cycle;
pub mod fields;
pub mod image;
mod image_app;
mod image_text;
mod jobs;
pub mod model;
pub mod outline;
mod panels;
mod report_text;
pub mod results;
mod slice_pictures;
mod tasks;
mod theme;

pub use app::{FilePicker, Workbench, system_picker};
pub use command::Command;
pub use model::Model;
