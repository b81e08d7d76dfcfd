//! What jobs do: files are read, studies are run, pictures are laid out. Nothing here draws.

mod compose;
mod external;
mod flow;
mod image;
mod import;
mod open;
mod run;

pub(crate) use compose::{Subject, compose, plane};
pub(crate) use external::show_outside;
pub(crate) use image::{make_surface, open_image, open_labels, save_mask, save_surface, select};
pub(crate) use import::import;
pub(crate) use open::{load_case, open_study};
pub(crate) use run::run_study;

use control::Cancelled;
use std::any::Any;

/// Why a job gave no result, in the words of the crate that knows.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Problem {
    /// What did not work, in a few words.
    pub(crate) title: String,
    /// Where, why and what to do.
    pub(crate) text: String,
    /// Whether the user wanted it.
    pub(crate) cancelled: bool,
}

impl Problem {
    /// A failure with the error's own words.
    pub(crate) fn new(title: &str, error: &dyn std::error::Error) -> Self {
        Self { title: title.to_owned(), text: error.to_string(), cancelled: false }
    }

    /// A panic, which is always our own bug.
    pub(crate) fn bug(panic: &(dyn Any + Send)) -> Self {
        let words = panic.downcast_ref::<&str>().copied();
        let words = words.or_else(|| panic.downcast_ref::<String>().map(String::as_str)).unwrap_or("no message");
        Self {
            title: "Internal error".to_owned(),
            text: format!("The program made a mistake of its own: {words}. Please report it with the file you opened."),
            cancelled: false,
        }
    }

    /// The thread is gone without an answer.
    pub(crate) fn lost() -> Self {
        Self {
            title: "The job could not be started".to_owned(),
            text: "The system gave no thread for it; close other programs and try again.".to_owned(),
            cancelled: false,
        }
    }
}

impl From<Cancelled> for Problem {
    fn from(_: Cancelled) -> Self {
        Self { title: "Cancelled".to_owned(), text: "Stopped as you asked.".to_owned(), cancelled: true }
    }
}
