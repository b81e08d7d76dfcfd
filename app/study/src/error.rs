use std::fmt::Write;

/// Why a study cannot be run as it stands. Every message names the file, the line and what to change.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum StudyError {
    /// The file cannot be read.
    #[error("{file}: {message}; give the path of a study file")]
    Read {
        /// The file.
        file: String,
        /// The system's words.
        message: String,
    },
    /// The text is no TOML.
    #[error("{file}, line {line}, column {column}: {message}; correct the TOML syntax")]
    Syntax {
        /// The file.
        file: String,
        /// Line counted from 1.
        line: usize,
        /// Column counted from 1.
        column: usize,
        /// The parser's words.
        message: String,
    },
    /// A key that the study does not know.
    #[error("{file}, line {line}: unknown key \"{key}\"{}", offer(.nearest.as_deref(), .known))]
    UnknownKey {
        /// The file.
        file: String,
        /// Line counted from 1.
        line: usize,
        /// The key.
        key: String,
        /// The known key nearest to it.
        nearest: Option<String>,
        /// The keys known in that table.
        known: Vec<String>,
    },
    /// A word that is none of the choices.
    #[error("{file}, line {line}: \"{found}\" is no choice here{}", offer(.nearest.as_deref(), .known))]
    UnknownChoice {
        /// The file.
        file: String,
        /// Line counted from 1.
        line: usize,
        /// The word.
        found: String,
        /// The choice nearest to it.
        nearest: Option<String>,
        /// The choices.
        known: Vec<String>,
    },
    /// A key that must be given.
    #[error("{file}, line {line}: the key \"{key}\" is missing in this table; add it")]
    MissingKey {
        /// The file.
        file: String,
        /// Line of the table, counted from 1.
        line: usize,
        /// The key.
        key: String,
    },
    /// A value that cannot be used; the message says why and what is needed.
    #[error("{file}, line {line}: {message}")]
    Value {
        /// The file.
        file: String,
        /// Line counted from 1.
        line: usize,
        /// Why, and what to do.
        message: String,
    },
    /// A name that nothing in the study carries.
    #[error("{file}, line {line}: there is no {what} \"{name}\"{}", offer(.nearest.as_deref(), .known))]
    UnknownName {
        /// The file.
        file: String,
        /// Line counted from 1.
        line: usize,
        /// "region", "load case", "frame", "output".
        what: &'static str,
        /// The name.
        name: String,
        /// The known name nearest to it.
        nearest: Option<String>,
        /// The known names.
        known: Vec<String>,
    },
}

/// "; did you mean X? Known here: X, Y", as far as there is something to offer.
fn offer(nearest: Option<&str>, known: &[String]) -> String {
    let mut text = String::new();
    if let Some(nearest) = nearest {
        let _ = write!(text, "; did you mean \"{nearest}\"?");
    }
    if known.is_empty() {
        text.push_str("; none is defined");
    } else {
        let joint = if nearest.is_some() { " Known here: " } else { "; known here: " };
        let _ = write!(text, "{joint}{}", known.join(", "));
    }
    text
}

/// Line and column, both counted from 1, of a byte offset.
pub(crate) fn line_and_column(text: &str, offset: usize) -> (usize, usize) {
    let before = text.get(..offset.min(text.len())).unwrap_or(text);
    let line = before.matches('\n').count() + 1;
    let column = before.rsplit('\n').next().unwrap_or_default().chars().count() + 1;
    (line, column)
}

/// Turns the TOML reader's error into ours, with the nearest key where a key is unknown.
pub(crate) fn from_toml(file: &str, text: &str, error: &toml::de::Error) -> StudyError {
    let offset = error.span().map_or(0, |span| span.start);
    let (line, column) = line_and_column(text, offset);
    let file = file.to_owned();
    let message = error.message();
    let quoted: Vec<String> = message.split('`').skip(1).step_by(2).map(str::to_owned).collect();
    let (first, known) = match quoted.split_first() {
        Some((first, rest)) => (first.clone(), rest.to_vec()),
        None => (String::new(), Vec::new()),
    };
    let nearest = quantity::nearest(&first, known.iter().map(String::as_str)).map(str::to_owned);
    if message.starts_with("unknown field") {
        StudyError::UnknownKey { file, line, key: first, nearest, known }
    } else if message.starts_with("unknown variant") {
        StudyError::UnknownChoice { file, line, found: first, nearest, known }
    } else if message.starts_with("missing field") {
        StudyError::MissingKey { file, line, key: first }
    } else if toml::de::DeTable::parse(text).is_err() {
        StudyError::Syntax { file, line, column, message: message.to_owned() }
    } else {
        StudyError::Value { file, line, message: message.to_owned() }
    }
}
