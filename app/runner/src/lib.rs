//! From a study to solver calls, records, figures and dossiers.
//!
//! [`run`] is the one way from a study to results; the desktop and the headless program call it and compute nothing
//! themselves. It is also the only place where anatomy, device and solver meet.

pub mod anatomy;
mod anatomy_study;
mod body;
mod bone;
mod bundle;
mod dossier;
mod error;
mod figures;
mod flow_study;
mod folder;
mod frames;
mod geometry;
mod huge_pages;
mod level;
mod log;
mod measured;
mod plate;
mod portrait;
mod quantities;
mod region;
mod run;
mod segmentation;
mod stages;
mod statics;
mod tube;
mod values;
mod zip;

pub use dossier::{DossierOutcome, dossier};
pub use error::{FailureKind, RunnerError};
pub use huge_pages::HugePages;
pub use run::{RunOptions, RunOutcome, in_pool, run};
pub use segmentation::{MaskSurface, SegmentFile, segment, surface_of, write_mask, write_surface};
