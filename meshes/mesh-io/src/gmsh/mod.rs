//! Gmsh's MSH files: versions 2.0 to 2.2 and 4.1, text and binary of either byte order.
//!
//! Physical groups become regions. Groups of the mesh's own dimension are regions of elements. Where there are solids,
//! groups of surfaces are regions of their faces: of the solid from which the triangle or quadrilateral points outward
//! when two solids share it. Groups of curves and points are regions of nodes. Elements outside every group stay; faces
//! outside every group only show the boundary again and are left out. Source: Gmsh reference manual, "Gmsh file formats".

mod assemble;
mod cursor;
mod kinds;
mod version2;
mod version4;
mod write;

use crate::source::{Endian, Scalar, Source, quote};
use crate::{Format, MeshFile, MeshIoError};
use assemble::Raw;
use cursor::Cursor;
pub use write::{encode_msh, write_msh};

/// Whether the bytes begin like an MSH file of any version.
pub(crate) fn is_msh(bytes: &[u8]) -> bool {
    let bytes = bytes.strip_prefix(b"\xEF\xBB\xBF").unwrap_or(bytes).trim_ascii_start();
    [&b"$MeshFormat"[..], b"$Comments", b"$NOD\n", b"$NOD\r"].iter().any(|begin| bytes.starts_with(begin))
}

/// The layouts that are read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Version {
    Two,
    Four,
}

/// Reads an MSH file.
pub(crate) fn read(source: Source<'_>) -> Result<MeshFile, MeshIoError> {
    let mut cursor = Cursor::new(source);
    let mut raw = Raw::default();
    let mut version = None;
    while let Some(word) = cursor.text.word()? {
        let place = cursor.place();
        let section = word.strip_prefix(b"$").and_then(|name| std::str::from_utf8(name).ok());
        let Some(section) = section else {
            return Err(source.syntax(place, quote(word), "a section such as $Nodes"));
        };
        match (section, version) {
            ("MeshFormat", _) => version = Some(header(&mut cursor)?),
            ("NOD" | "ELM", None) => {
                return Err(source.unsupported(place, "MSH version 1", REMEDY));
            }
            ("Comments", _) => comments(&mut cursor, &mut raw)?,
            ("PhysicalNames", Some(_)) => physical_names(&mut cursor, &mut raw)?,
            ("Nodes" | "Elements", None) => {
                return Err(source.syntax(place, quote(word), "$MeshFormat before it"));
            }
            ("Nodes", Some(Version::Two)) => version2::nodes(&mut cursor, &mut raw)?,
            ("Elements", Some(Version::Two)) => version2::elements(&mut cursor, &mut raw)?,
            ("Entities", Some(Version::Four)) => version4::entities(&mut cursor, &mut raw)?,
            ("Nodes", Some(Version::Four)) => version4::nodes(&mut cursor, &mut raw)?,
            ("Elements", Some(Version::Four)) => version4::elements(&mut cursor, &mut raw)?,
            ("PartitionedEntities", _) => {
                let remedy = "save the mesh without partitions (Mesh > Partition > Unpartition)";
                return Err(source.unsupported(place, "a partitioned mesh", remedy));
            }
            _ => {
                skip(&mut cursor, section)?;
                raw.notes.push(format!("the section ${section} was ignored"));
                continue;
            }
        }
        cursor.expect(&format!("$End{section}"))?;
    }
    raw.into_draft(source)?.finish(source, Format::Msh)
}

const REMEDY: &str = "save it as version 4.1 or 2.2 (gmsh file.msh -save -format msh41 -o new.msh)";

/// Version, file type and size of a `size_t`; behind them, in binary files, a 1 that shows the byte order.
fn header(cursor: &mut Cursor<'_>) -> Result<Version, MeshIoError> {
    let source = cursor.source();
    let word = cursor.text.expect_word("the version")?;
    let place = cursor.text.place();
    let version = match word {
        b"2" | b"2.0" | b"2.1" | b"2.2" => Version::Two,
        b"4.1" => Version::Four,
        b"1" | b"1.0" | b"3" | b"3.0" | b"4" | b"4.0" => {
            let what = format!("MSH version {}", String::from_utf8_lossy(word));
            return Err(source.unsupported(place, what, REMEDY));
        }
        _ => return Err(source.syntax(place, quote(word), "the version 4.1 or 2.2")),
    };
    let kind = cursor.text.integer("the file type, 0 or 1")?;
    let size = cursor.text.integer("the size of a number")?;
    cursor.size = match (version, size) {
        (_, 8) => Scalar::U64,
        (Version::Four, 4) => Scalar::U32,
        _ => return Err(source.syntax(cursor.text.place(), size.to_string(), "the data size 8")),
    };
    match kind {
        0 => {}
        1 => {
            cursor.text.rest_of_line();
            let position = cursor.text.position;
            cursor.binary = match source.bytes.get(position..position + 4) {
                Some([1, 0, 0, 0]) => Some(Endian::Little),
                Some([0, 0, 0, 1]) => Some(Endian::Big),
                _ => return Err(source.syntax(cursor.text.place(), "other bytes", "the binary number 1 of 4 bytes")),
            };
            cursor.text.skip_bytes(4);
        }
        _ => return Err(source.syntax(cursor.text.place(), kind.to_string(), "the file type 0 (text) or 1 (binary)")),
    }
    Ok(version)
}

/// Unit and frame may be stated here.
fn comments(cursor: &mut Cursor<'_>, raw: &mut Raw) -> Result<(), MeshIoError> {
    cursor.text.rest_of_line();
    while cursor.text.peek()?.is_some_and(|word| word != b"$EndComments") {
        raw.statements.read(cursor.text.rest_of_line());
    }
    Ok(())
}

/// Lines of dimension, tag and name in quotation marks; text in binary files too.
fn physical_names(cursor: &mut Cursor<'_>, raw: &mut Raw) -> Result<(), MeshIoError> {
    let count = cursor.text.count("the number of physical names")?;
    for _ in 0..count {
        let dimension = cursor.text.integer("the dimension of a physical group")?;
        let tag = cursor.text.integer("the number of a physical group")?;
        let place = cursor.text.place();
        let line = cursor.text.rest_of_line();
        let Some(dimension) = u8::try_from(dimension).ok().filter(|&dimension| dimension <= 3) else {
            return Err(cursor.source().syntax(place, dimension.to_string(), "the dimension 0 to 3"));
        };
        let name = line.trim_ascii().strip_prefix(b"\"").and_then(|rest| rest.strip_suffix(b"\""));
        let Some(name) = name else {
            return Err(cursor.source().syntax(place, quote(line), "a name in quotation marks"));
        };
        raw.names.insert((dimension, tag), String::from_utf8_lossy(name).into_owned());
    }
    Ok(())
}

/// Moves behind a section that is not read; its bytes may be anything.
fn skip(cursor: &mut Cursor<'_>, section: &str) -> Result<(), MeshIoError> {
    let end = format!("$End{section}");
    let rest = cursor.source().bytes.get(cursor.text.position..).unwrap_or(&[]);
    if cursor.binary.is_none() {
        while let Some(word) = cursor.text.word()? {
            if word == end.as_bytes() {
                return Ok(());
            }
        }
    } else if let Some(length) = rest.windows(end.len()).position(|window| window == end.as_bytes()) {
        cursor.text.skip_bytes(length + end.len());
        return Ok(());
    }
    Err(cursor.source().syntax(cursor.place(), "the end of the file", end))
}
