use control::Cancelled;
use mesh::MeshError;
use std::fmt;
use std::path::PathBuf;

/// Where in a file something was found.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Place {
    /// A line of a text file, counted from 1.
    Line(usize),
    /// A byte counted from 0.
    Byte(usize),
    /// A named part of a file, for example a VTK data array.
    Part(String),
    /// The file as a whole.
    File,
}

impl fmt::Display for Place {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Line(line) => write!(formatter, "line {line}"),
            Self::Byte(byte) => write!(formatter, "byte {byte}"),
            Self::Part(part) => formatter.write_str(part),
            Self::File => formatter.write_str("the file"),
        }
    }
}

/// Why a mesh file cannot be read or written.
#[derive(Debug, thiserror::Error)]
pub enum MeshIoError {
    /// The operating system refused to give the bytes.
    #[error("cannot read {file}: {source}; check that the path exists and may be read")]
    Read {
        /// The file.
        file: String,
        /// What the operating system said.
        source: std::io::Error,
    },
    /// Zero bytes.
    #[error("{file} is empty (0 bytes); export or copy it again")]
    Empty {
        /// The file.
        file: String,
    },
    /// Neither the content nor the extension belongs to a known format.
    #[error(
        "{file} is in no known mesh format: it begins with {beginning}; \
         export it as STL, PLY, OBJ, VTP, VTU, legacy VTK, MSH, INP or TetGen's .node and .ele"
    )]
    UnknownFormat {
        /// The file.
        file: String,
        /// Its first characters.
        beginning: String,
    },
    /// The file is well formed but holds something else than asked for.
    #[error("{file} holds {found}, but {needed} is needed; {remedy}")]
    WrongKind {
        /// The file.
        file: String,
        /// What the file holds.
        found: String,
        /// What the caller asked for.
        needed: &'static str,
        /// What to do.
        remedy: &'static str,
    },
    /// A word, number or tag that does not belong there.
    #[error("{file}, {place}: found {found}, expected {expected}; correct the place or export the file again")]
    Syntax {
        /// The file.
        file: String,
        /// Where.
        place: Place,
        /// What stands there.
        found: String,
        /// What belongs there.
        expected: String,
    },
    /// A NaN or infinite coordinate.
    #[error(
        "{file}, {place}: the coordinate {value} is not finite; \
         repair the mesh in the program that wrote it and export it again"
    )]
    NotFinite {
        /// The file.
        file: String,
        /// Where.
        place: Place,
        /// The value as written.
        value: String,
    },
    /// The file ends too early.
    #[error(
        "{file}, {place}: {what} needs {needed} {unit}, but the file ends after {available}; \
         it is truncated: copy or export it again"
    )]
    Truncated {
        /// The file.
        file: String,
        /// Where.
        place: Place,
        /// What was being read.
        what: String,
        /// How many are needed.
        needed: u64,
        /// How many there are.
        available: u64,
        /// What is counted, for example "bytes".
        unit: &'static str,
    },
    /// Header and size of a binary STL contradict each other.
    #[error(
        "{file}: the binary STL header states {stated} triangles ({needed} bytes), but the file has {bytes} bytes, \
         which is room for {held} triangles; it was truncated or written wrongly: copy or export it again"
    )]
    StlTriangleCount {
        /// The file.
        file: String,
        /// Triangles according to byte 80.
        stated: u64,
        /// Size that follows from it.
        needed: u64,
        /// Size of the file.
        bytes: u64,
        /// Whole triangles that fit into the size.
        held: u64,
    },
    /// Two statements of the file contradict each other.
    #[error("{file}, {place}: {what}; export the file again")]
    Contradiction {
        /// The file.
        file: String,
        /// Where.
        place: Place,
        /// Both statements.
        what: String,
    },
    /// A vertex or cell number beyond the last one.
    #[error("{file}, {place}: names {what} {index}, but there are {count}; export the file again")]
    IndexOutOfRange {
        /// The file.
        file: String,
        /// Where.
        place: Place,
        /// "vertex" or "cell".
        what: &'static str,
        /// The number as written.
        index: i64,
        /// How many there are.
        count: usize,
    },
    /// Valid in the format, but not read here.
    #[error("{file}, {place}: {what} is not supported; {remedy}")]
    Unsupported {
        /// The file.
        file: String,
        /// Where.
        place: Place,
        /// The feature.
        what: String,
        /// What to do.
        remedy: &'static str,
    },
    /// Base64 or zlib data that cannot be decoded.
    #[error("{file}, {place}: the {coding} data are damaged ({detail}); copy or export the file again")]
    Corrupt {
        /// The file.
        file: String,
        /// Where.
        place: Place,
        /// "base64" or "zlib".
        coding: &'static str,
        /// What the decoder said.
        detail: String,
    },
    /// A file without a single face or element.
    #[error("{file} holds no {what}; check what was selected when it was exported")]
    Nothing {
        /// The file.
        file: String,
        /// "triangle" or "element".
        what: &'static str,
    },
    /// More than 2³² vertices.
    #[error("{file} has {count} {what}, more than the {limit} that can be numbered; decimate it first")]
    TooLarge {
        /// The file.
        file: String,
        /// "vertices" or "triangles".
        what: &'static str,
        /// How many.
        count: u64,
        /// The limit.
        limit: u64,
    },
    /// The mesh or a field that was to be written contradicts itself.
    #[error("cannot write {path}: {source}", path = path.display())]
    InvalidMesh {
        /// The file that was to be written.
        path: PathBuf,
        /// What is wrong.
        source: MeshError,
    },
    /// The file could not be written.
    #[error(transparent)]
    Write(WriteError),
    /// The user cancelled.
    #[error(transparent)]
    Cancelled(#[from] Cancelled),
}

impl From<WriteError> for MeshIoError {
    fn from(error: WriteError) -> Self {
        match error {
            WriteError::Cancelled(cancelled) => Self::Cancelled(cancelled),
            error => Self::Write(error),
        }
    }
}

/// Why a file could not be written; nothing of it is left on the disk.
#[derive(Debug, thiserror::Error)]
pub enum WriteError {
    /// The folder does not exist.
    #[error("cannot write {path}: the folder {parent} does not exist; create it first", path = path.display(), parent = parent.display())]
    ParentMissing {
        /// The file that was to be written.
        path: PathBuf,
        /// Its folder.
        parent: PathBuf,
    },
    /// The folder is a file.
    #[error("cannot write {path}: {parent} is a file, not a folder; choose another output path", path = path.display(), parent = parent.display())]
    ParentIsFile {
        /// The file that was to be written.
        path: PathBuf,
        /// The part of the path that is a file.
        parent: PathBuf,
    },
    /// The path names a folder.
    #[error("cannot write {path}: it is a folder; give the name of a file", path = path.display())]
    IsFolder {
        /// The path.
        path: PathBuf,
    },
    /// The operating system refused.
    #[error("cannot write {path}: {source}; check the permissions and the free space", path = path.display())]
    Io {
        /// The file that was to be written.
        path: PathBuf,
        /// What the operating system said.
        source: std::io::Error,
    },
    /// The user cancelled.
    #[error(transparent)]
    Cancelled(#[from] Cancelled),
}
