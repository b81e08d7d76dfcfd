//! Meshes in two text files of the same name: `.node` with the nodes, and beside it `.ele` (TetGen) or `.elem` (the
//! lists of ANSYS' EWRITE, which ArtiSynth uses too) with the elements. Any of the files may be named.

mod lists;
mod order;
mod tetgen;

use crate::source::{Source, parse_integer, parse_number, quote};
use crate::{Format, MeshFile, MeshIoError, Place};
use mesh::Point3;
use std::path::{Path, PathBuf};

/// The extensions of these files, in lower case.
pub(crate) const EXTENSIONS: [&str; 4] = ["node", "ele", "elem", "face"];

/// Reads the named file and its partner.
pub(crate) fn read(source: Source<'_>) -> Result<MeshFile, MeshIoError> {
    let path = Path::new(source.file);
    let extension = path.extension().and_then(|extension| extension.to_str()).unwrap_or("").to_ascii_lowercase();
    let format = match extension.as_str() {
        "elem" => Format::NodeElem,
        "node" if beside(path, "ele").is_none() && beside(path, "elem").is_some() => Format::NodeElem,
        _ => Format::TetGen,
    };
    let elements = if format == Format::TetGen { "ele" } else { "elem" };
    let nodes = File::open(source, &extension, "node")?;
    let list = File::open(source, &extension, elements)?;
    let (nodes_source, list_source) = (nodes.source(source), list.source(source));
    let mut draft = match format {
        Format::TetGen => {
            let faces = match extension == "face" || beside(path, "face").is_some() {
                true => Some(File::open(source, &extension, "face")?),
                false => None,
            };
            tetgen::read(nodes_source, list_source, faces.as_ref().map(|file| file.source(source)))?
        }
        _ => {
            let mut draft = lists::read(nodes_source, list_source)?;
            order::make_positive(&mut draft);
            draft
        }
    };
    let partner = if extension == "node" { list_source.file } else { nodes_source.file };
    draft.notes.insert(0, format!("the mesh is in two files; the other one is {partner}"));
    draft.finish(source, format)
}

/// The file of the same name with another extension, if it is there; capitals are tried too.
fn beside(path: &Path, extension: &str) -> Option<PathBuf> {
    [extension.to_owned(), extension.to_ascii_uppercase()]
        .into_iter()
        .map(|extension| path.with_extension(extension))
        .find(|path| path.is_file())
}

/// One of the files: the named one, or another that was opened; its bytes are `None` for the named one.
struct File {
    name: String,
    bytes: Option<Vec<u8>>,
}

impl File {
    fn open(source: Source<'_>, named: &str, extension: &str) -> Result<Self, MeshIoError> {
        let path = Path::new(source.file);
        if named == extension {
            return Ok(Self { name: source.file.to_owned(), bytes: None });
        }
        let Some(path) = beside(path, extension) else {
            let wanted = path.with_extension(extension);
            let what = format!("this file without {} beside it", wanted.display());
            return Err(source.unsupported(Place::File, what, "put both files into one folder under one name"));
        };
        let name = path.display().to_string();
        let bytes = std::fs::read(&path).map_err(|source| MeshIoError::Read { file: name.clone(), source })?;
        Ok(Self { name, bytes: Some(bytes) })
    }

    fn source<'a>(&'a self, named: Source<'a>) -> Source<'a> {
        Source { file: &self.name, bytes: self.bytes.as_deref().unwrap_or(named.bytes), control: named.control }
    }
}

/// A line with its numbers.
struct Row<'a> {
    source: Source<'a>,
    place: Place,
    words: Vec<&'a [u8]>,
}

impl<'a> Row<'a> {
    fn word(&self, column: usize, what: &str) -> Result<&'a [u8], MeshIoError> {
        let missing = || self.source.syntax(self.place.clone(), "the end of the line", what);
        self.words.get(column).copied().ok_or_else(missing)
    }

    fn integer(&self, column: usize, what: &str) -> Result<i64, MeshIoError> {
        let word = self.word(column, what)?;
        let refuse = || self.source.syntax(self.place.clone(), quote(word), format!("{what} (an integer)"));
        parse_integer(word).ok_or_else(refuse)
    }

    /// A count of lines, which must be there: two bytes each at least.
    fn count(&self, column: usize, what: &str) -> Result<usize, MeshIoError> {
        let value = self.integer(column, what)?;
        let room = self.source.bytes.len() / 2 + 1;
        match usize::try_from(value) {
            Ok(count) if count <= room => Ok(count),
            Ok(count) => Err(self.source.truncated(self.place.clone(), what, (count, room, "lines at most"))),
            Err(_) => Err(self.source.syntax(self.place.clone(), value.to_string(), format!("{what} (not negative)"))),
        }
    }

    fn number(&self, column: usize, what: &str) -> Result<f64, MeshIoError> {
        let word = self.word(column, what)?;
        match parse_number(word) {
            Some(value) if value.is_finite() => Ok(value),
            Some(value) => Err(self.source.not_finite(self.place.clone(), value)),
            None => Err(self.source.syntax(self.place.clone(), quote(word), format!("{what} (a number)"))),
        }
    }

    /// The three coordinates from `column` on.
    fn point(&self, column: usize) -> Result<Point3<f64>, MeshIoError> {
        let at = |k| self.number(column + k, "a coordinate");
        Ok(Point3::new(at(0)?, at(1)?, at(2)?))
    }
}

/// The lines with numbers; `#` begins a comment.
fn rows<'a>(source: Source<'a>) -> impl Iterator<Item = Result<Row<'a>, MeshIoError>> {
    let mut text = crate::source::Text::new(source);
    let mut lines = 0;
    std::iter::from_fn(move || {
        while !text.is_at_end() {
            lines += 1;
            if let Err(error) = source.check_every(lines) {
                return Some(Err(error));
            }
            let place = text.place();
            let line = text.rest_of_line();
            let line = line.split(|&byte| byte == b'#').next().unwrap_or(line);
            let is_gap = |byte: &u8| byte.is_ascii_whitespace() || *byte == b',';
            let words: Vec<&[u8]> = line.split(is_gap).filter(|word| !word.is_empty()).collect();
            if !words.is_empty() {
                return Some(Ok(Row { source, place, words }));
            }
        }
        None
    })
}
