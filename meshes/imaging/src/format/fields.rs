//! Text headers of `key: value` and `key = value` lines, as NRRD and MetaImage have them.

use crate::ImagingError;
use mesh_io::Place;
use mesh_io::source::{Source, parse_number, quote};
use nalgebra::Point3;

/// One line of a header.
#[derive(Debug, Clone)]
pub(super) struct Entry {
    pub(super) key: String,
    pub(super) value: String,
    pub(super) line: usize,
}

/// Names of entries that say who or when, as programs write them.
const NAMES: &[&str] = &[
    "comment",
    "content",
    "patient name",
    "patient id",
    "patient birth date",
    "patient sex",
    "patient age",
    "name",
    "id",
    "institution",
    "institution name",
    "physician",
    "operator",
    "study date",
    "study id",
    "study description",
    "series description",
    "acquisition date",
    "creation date",
    "modality",
    "creator",
];

fn plain(key: &str) -> String {
    key.replace(char::is_whitespace, "").to_ascii_lowercase()
}

/// The lines of a header.
pub(super) struct Fields<'a> {
    pub(super) source: Source<'a>,
    pub(super) entries: Vec<Entry>,
}

impl Fields<'_> {
    /// The entry of the first of these keys that is there, compared without case and white space.
    pub(super) fn find(&self, keys: &[&str]) -> Option<&Entry> {
        keys.iter().find_map(|key| self.entries.iter().find(|entry| plain(key) == plain(&entry.key)))
    }

    /// What the header says beside what `is_known` describes: the names that this crate knows, and a count of all others,
    /// because a key may itself be a patient's name.
    pub(super) fn withheld(&self, is_known: impl Fn(&str) -> bool) -> Vec<String> {
        let unknown: Vec<&Entry> = self.entries.iter().filter(|entry| !is_known(&entry.key)).collect();
        let is_named = |entry: &&&Entry| NAMES.iter().any(|name| plain(name) == plain(&entry.key));
        let mut withheld: Vec<String> = unknown.iter().filter(is_named).map(|entry| entry.key.clone()).collect();
        let others = unknown.len() - withheld.len();
        if others > 0 {
            withheld.push(format!("{others} other entries"));
        }
        withheld
    }

    /// The entry, or the error that names the key.
    pub(super) fn expect(&self, keys: &[&str]) -> Result<&Entry, ImagingError> {
        self.find(keys).ok_or_else(|| {
            let missing = format!("no \"{}\"", keys[0]);
            self.source.syntax(Place::Part("the header".to_owned()), missing, "this entry").into()
        })
    }

    /// `N` finite numbers of an entry.
    pub(super) fn numbers<const N: usize>(&self, entry: &Entry) -> Result<[f64; N], ImagingError> {
        let is_separator = |c: char| c.is_whitespace() || "(),\"".contains(c);
        let words = entry.value.split(is_separator).filter(|word| !word.is_empty());
        let values: Option<Vec<f64>> =
            words.map(|word| parse_number(word.as_bytes()).filter(|value| value.is_finite())).collect();
        values
            .and_then(|values| <[f64; N]>::try_from(values).ok())
            .ok_or_else(|| self.wrong(entry, &format!("{N} finite numbers")))
    }

    /// `N` counts of at least 1.
    pub(super) fn counts<const N: usize>(&self, entry: &Entry) -> Result<[usize; N], ImagingError> {
        let values: [f64; N] = self.numbers(entry)?;
        match values.iter().all(|&value| value.fract() == 0.0 && (1.0..=1e9).contains(&value)) {
            true => Ok(values.map(|value| value as usize)),
            false => Err(self.wrong(entry, "counts of at least 1")),
        }
    }

    pub(super) fn point(&self, entry: &Entry) -> Result<Point3<f64>, ImagingError> {
        Ok(Point3::from(self.numbers::<3>(entry)?))
    }

    pub(super) fn wrong(&self, entry: &Entry, expected: &str) -> ImagingError {
        self.source.syntax(Place::Line(entry.line), quote(entry.value.as_bytes()), expected).into()
    }

    pub(super) fn unsupported(&self, entry: &Entry, remedy: &'static str) -> ImagingError {
        let what = format!("{} {}", entry.key, quote(entry.value.as_bytes()));
        self.source.unsupported(Place::Line(entry.line), what, remedy).into()
    }
}

/// The bytes of the file `name` that a header names, which must lie beside the header.
pub(super) fn beside(source: Source<'_>, name: &str, line: usize) -> Result<Vec<u8>, ImagingError> {
    let header = std::path::Path::new(source.file);
    let is_plain = std::path::Path::new(name).file_name().is_some_and(|file| file == name);
    if !is_plain {
        let what = format!("the data file {}, which is not beside the header,", quote(name.as_bytes()));
        let remedy = "put both files into one folder and name the data file without a path";
        return Err(source.unsupported(Place::Line(line), what, remedy).into());
    }
    let path = header.with_file_name(name);
    std::fs::read(&path)
        .map_err(|error| mesh_io::MeshIoError::Read { file: path.display().to_string(), source: error }.into())
}
