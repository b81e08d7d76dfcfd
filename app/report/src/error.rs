/// Why a figure or a document could not be made.
#[derive(Debug, thiserror::Error)]
pub enum ReportError {
    /// A figure that is too small for its text or too large for the memory.
    #[error("a figure of {width} × {height} pixels is refused; take 120 pixels a side to 64 million pixels in all")]
    FigureSize {
        /// Pixels.
        width: u32,
        /// Pixels.
        height: u32,
    },
    /// The scene contradicts itself.
    #[error(transparent)]
    Scene(#[from] scene::SceneError),
    /// The picture could not be compressed.
    #[error("the picture could not be written as PNG: {0}")]
    Png(#[from] png::EncodingError),
    /// A figure that the record names was not handed over.
    #[error("the figure {file} of the record is missing; run the study again")]
    FigureMissing {
        /// Its file.
        file: String,
    },
    /// A figure that is not the one the run wrote.
    #[error(
        "the figure {file} has changed since the run (SHA-256 {found}, the record has {expected}); run the study again"
    )]
    FigureChanged {
        /// Its file.
        file: String,
        /// SHA-256 in the record.
        expected: String,
        /// SHA-256 of the bytes.
        found: String,
    },
    /// A figure file whose name cannot stand in a document.
    #[error("\"{file}\" cannot be the name of a figure; use a relative path without \"..\"")]
    FigureName {
        /// The name.
        file: String,
    },
    /// Typst refused the document.
    #[error("the document could not be typeset ({stage}): {message}; please report this to the makers of the program")]
    Typesetting {
        /// "layout", "PDF/A-2a", …
        stage: &'static str,
        /// Typst's words.
        message: String,
    },
}
