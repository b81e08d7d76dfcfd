//! Reads the mesh part of a deck.

use super::model::Model;
use crate::keyword::Deck;
use crate::source::Source;
use crate::{Format, MeshFile, MeshIoError};

/// Whether one of the first lines is a keyword of a deck.
pub(crate) fn is_inp(bytes: &[u8]) -> bool {
    const LOOK_AT: usize = 1 << 16;
    const KEYWORDS: [&[u8]; 6] = [b"*NODE", b"*HEADING", b"*PART", b"*ELEMENT", b"*INCLUDE", b"*PREPRINT"];
    let bytes = bytes.strip_prefix(b"\xEF\xBB\xBF").unwrap_or(bytes);
    let beginning = &bytes[..bytes.len().min(LOOK_AT)];
    let mut lines = beginning.split(|&byte| byte == b'\n' || byte == b'\r').map(<[u8]>::trim_ascii);
    let first = lines.find(|line| !line.is_empty() && !line.starts_with(b"**")).unwrap_or(&[]);
    KEYWORDS.iter().any(|keyword| first.get(..keyword.len()).is_some_and(|word| word.eq_ignore_ascii_case(keyword)))
}

/// Reads nodes, elements, sets and surfaces of a deck; everything else is skipped and noted.
///
/// Element sets become regions of elements, node sets and surfaces of nodes regions of nodes, surfaces of element faces
/// regions of faces. Every instance of a part gives its own nodes and elements, moved to its place. A name is preceded by
/// its instance ("PART-1-1.NAME") only where several have it.
pub(crate) fn read(source: Source<'_>) -> Result<MeshFile, MeshIoError> {
    let deck = Deck::read(source)?;
    let draft = Model::read(&deck)?.into_draft()?;
    draft.finish(source, Format::Inp)
}
