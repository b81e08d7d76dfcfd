//! Documents through Typst: one template, one JSON file with the data, the figures; PDF/A-2a out.

mod dossier;
mod letters;
mod numbers;
mod world;

pub use dossier::dossier_pdf;
