use crate::document::{Document, Study};
use crate::error::{StudyError, from_toml};
use std::path::Path;

/// A study is text written by people; a larger file is not one.
const LARGEST_FILE: u64 = 16 << 20;

impl Study {
    /// Reads and checks a study file.
    ///
    /// # Errors
    /// When the file cannot be read, is no TOML, holds unknown keys or words, quantities of the wrong dimension, names of
    /// regions, frames, load cases or outputs that do not exist, or leaves out what a run needs. The message names the
    /// line and the remedy.
    pub fn load(file: &Path) -> Result<Self, StudyError> {
        let name = file.display().to_string();
        let read = |message: String| StudyError::Read { file: name.clone(), message };
        let size = std::fs::metadata(file).map_err(|error| read(error.to_string()))?.len();
        if size > LARGEST_FILE {
            return Err(read(format!("{size} bytes are too many for a study")));
        }
        let bytes = std::fs::read(file).map_err(|error| read(error.to_string()))?;
        let text = String::from_utf8(bytes).map_err(|error| {
            let offset = error.utf8_error().valid_up_to();
            read(format!("byte {offset} is no UTF-8 text"))
        })?;
        Self::parse(file, text)
    }

    /// Checks the text of a study; `file` gives the folder that paths are relative to and the name in messages.
    ///
    /// # Errors
    /// As for [`Study::load`], except for reading.
    pub fn parse(file: &Path, text: String) -> Result<Self, StudyError> {
        let name = file.display().to_string();
        let document: Document = toml::from_str(&text).map_err(|error| from_toml(&name, &text, &error))?;
        let study = Self { document, file: file.to_owned(), text };
        study.check()?;
        Ok(study)
    }
}
