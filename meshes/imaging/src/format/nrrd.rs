//! NRRD with attached or detached header. The header states the frame; lengths are mm unless it says otherwise.
//!
//! Source: "Definition of NRRD File Format" (teem.sourceforge.net/nrrd/format.html). Labels are named by the entries
//! `Segment0_Name`, `Segment0_LabelValue` of 3D Slicer.

use super::fields::{Entry, Fields, beside};
use super::payload::{Packing, voxels, voxels_from_text};
use crate::{Grid, Image, ImageFile, ImagingError, Rescale, Voxels};
use control::RunControl;
use flate2::Compression;
use flate2::write::GzEncoder;
use mesh_io::source::{Endian, Scalar, Source};
use mesh_io::{Format, Frame, LengthUnit, Place, Provenance, WriteError, write_atomically};
use nalgebra::{Matrix3, Point3, Vector3};
use std::collections::BTreeMap;
use std::io::Write;
use std::path::Path;

/// Whether the bytes begin like NRRD.
pub(crate) fn is_nrrd(bytes: &[u8]) -> bool {
    bytes.starts_with(b"NRRD000")
}

/// Entries that describe the image; all others may say anything about the patient and are left out.
const KNOWN: &[&str] = &[
    "type",
    "dimension",
    "sizes",
    "encoding",
    "endian",
    "space",
    "space dimension",
    "space directions",
    "space origin",
    "space units",
    "spacings",
    "units",
    "kinds",
    "centers",
    "centerings",
    "data file",
    "datafile",
    "byte skip",
    "byteskip",
    "line skip",
    "lineskip",
    "min",
    "max",
    "old min",
    "old max",
    "axis mins",
    "axis maxs",
    "block size",
    "measurement frame",
    "thicknesses",
];

/// Reads a NRRD image of one number a voxel.
pub(crate) fn read(source: Source<'_>) -> Result<ImageFile, ImagingError> {
    let (fields, body) = header(source)?;
    let rank = fields.expect(&["dimension"])?;
    if fields.numbers::<1>(rank)? != [3.0] {
        return Err(fields.unsupported(rank, "save one volume of one number a voxel"));
    }
    let scalar = scalar(&fields)?;
    let mut notes = Vec::new();
    let (grid, frame) = grid(&fields, &mut notes)?;
    let encoding = fields.expect(&["encoding"])?;
    let is_text = ["ascii", "text", "txt"].contains(&encoding.value.to_ascii_lowercase().as_str());
    let endian = match fields.find(&["endian"]) {
        Some(entry) if entry.value.eq_ignore_ascii_case("big") => Endian::Big,
        Some(entry) if !entry.value.eq_ignore_ascii_case("little") => return Err(fields.wrong(entry, "little or big")),
        None if scalar.size() > 1 && !is_text => {
            fields.expect(&["endian"])?;
            Endian::Little
        }
        _ => Endian::Little,
    };
    let detached;
    let body = match fields.find(&["data file"]) {
        None => body,
        Some(entry) if entry.value.starts_with("LIST") || entry.value.contains('%') => {
            return Err(fields.unsupported(entry, "save the image as one file"));
        }
        Some(entry) => {
            detached = beside(source, &entry.value, entry.line)?;
            detached.as_slice()
        }
    };
    let body = skipped(&fields, body, grid.count().saturating_mul(scalar.size()))?;
    let voxels = match encoding.value.to_ascii_lowercase().as_str() {
        "raw" => voxels(source, &grid, scalar, endian, Packing::Raw, body)?,
        "gzip" | "gz" => voxels(source, &grid, scalar, endian, Packing::Gzip, body)?,
        "ascii" | "text" | "txt" => voxels_from_text(source, &grid, scalar, body)?,
        _ => return Err(fields.unsupported(encoding, "save it with the encoding gzip or raw")),
    };
    let provenance = Provenance {
        file: source.file.to_owned(),
        format: Format::Nrrd,
        unit: unit(&fields),
        frame,
        sha256: String::new(),
        notes,
    };
    let labels = labels(&fields);
    let image = Image { grid, voxels, rescale: Rescale::NONE };
    Ok(ImageFile { image, labels, provenance, modality: None, withheld: withheld(&fields) })
}

/// The lines up to the empty one, and the bytes behind it.
fn header(source: Source<'_>) -> Result<(Fields<'_>, &[u8]), ImagingError> {
    let mut entries = Vec::new();
    let mut rest = source.bytes;
    let mut line = 0;
    while !rest.is_empty() {
        line += 1;
        source.check_every(line)?;
        let end = rest.iter().position(|&byte| byte == b'\n').unwrap_or(rest.len());
        let text = rest[..end].strip_suffix(b"\r").unwrap_or(&rest[..end]);
        rest = rest.get(end + 1..).unwrap_or(&[]);
        if text.is_empty() {
            break;
        }
        let text = String::from_utf8_lossy(text);
        if line == 1 || text.starts_with('#') {
            continue;
        }
        // ":=" marks a free pair of key and value, ": " an entry of the format.
        let split = text.split_once(":=").or_else(|| text.split_once(':'));
        let Some((key, value)) = split else {
            let expected = "\"key: value\" or the empty line of the end";
            return Err(source.syntax(Place::Line(line), "a line without \":\"", expected).into());
        };
        entries.push(Entry { key: key.trim().to_owned(), value: value.trim().to_owned(), line });
    }
    Ok((Fields { source, entries }, rest))
}

fn scalar(fields: &Fields<'_>) -> Result<Scalar, ImagingError> {
    let entry = fields.expect(&["type"])?;
    Ok(match entry.value.to_ascii_lowercase().as_str() {
        "signed char" | "int8" | "int8_t" => Scalar::I8,
        "uchar" | "unsigned char" | "uint8" | "uint8_t" => Scalar::U8,
        "short" | "short int" | "signed short" | "signed short int" | "int16" | "int16_t" => Scalar::I16,
        "ushort" | "unsigned short" | "unsigned short int" | "uint16" | "uint16_t" => Scalar::U16,
        "int" | "signed int" | "int32" | "int32_t" => Scalar::I32,
        "uint" | "unsigned int" | "uint32" | "uint32_t" => Scalar::U32,
        "longlong"
        | "long long"
        | "long long int"
        | "signed long long"
        | "signed long long int"
        | "int64"
        | "int64_t" => Scalar::I64,
        "ulonglong" | "unsigned long long" | "unsigned long long int" | "uint64" | "uint64_t" => Scalar::U64,
        "float" => Scalar::F32,
        "double" => Scalar::F64,
        _ => return Err(fields.unsupported(entry, "save it with one number a voxel")),
    })
}

/// The grid in the file's frame, but LPS where the file's frame is neither that nor RAS.
fn grid(fields: &Fields<'_>, notes: &mut Vec<String>) -> Result<(Grid, Option<Frame>), ImagingError> {
    let dimensions = fields.counts::<3>(fields.expect(&["sizes"])?)?;
    let axes = match (fields.find(&["space directions"]), fields.find(&["spacings"])) {
        (Some(entry), _) => Matrix3::from_column_slice(&fields.numbers::<9>(entry)?),
        (None, Some(entry)) => Matrix3::from_diagonal(&Vector3::from(fields.numbers::<3>(entry)?)),
        (None, None) => {
            notes.push("the header states no spacing; voxels of 1 x 1 x 1 were assumed".to_owned());
            Matrix3::identity()
        }
    };
    let origin = fields.find(&["space origin"]).map_or(Ok(Point3::origin()), |entry| fields.point(entry))?;
    let grid = Grid::new(dimensions, origin, axes)?;
    let Some(space) = fields.find(&["space"]) else { return Ok((grid, None)) };
    match space.value.to_ascii_lowercase().as_str() {
        "left-posterior-superior" | "lps" => Ok((grid, Some(Frame::Lps))),
        "right-anterior-superior" | "ras" => Ok((grid, Some(Frame::Ras))),
        "left-anterior-superior" | "las" => {
            let mirror = Matrix3::from_diagonal(&Vector3::new(1.0, -1.0, 1.0));
            let grid = Grid::new(dimensions, Point3::from(mirror * origin.coords), mirror * axes)?;
            notes.push("the frame left-anterior-superior was turned into LPS".to_owned());
            Ok((grid, Some(Frame::Lps)))
        }
        "scanner-xyz" | "3d-right-handed" => Ok((grid, None)),
        _ => Err(fields.unsupported(space, "save it in the frame left-posterior-superior")),
    }
}

/// The unit when all axes state the same.
fn unit(fields: &Fields<'_>) -> Option<LengthUnit> {
    let entry = fields.find(&["space units"]).or_else(|| fields.find(&["units"]))?;
    let mut units = entry.value.split('"').map(str::trim).filter(|word| !word.is_empty());
    let first: LengthUnit = units.next()?.parse().ok()?;
    units.all(|word| word.parse() == Ok(first)).then_some(first)
}

/// The body behind the lines and bytes that the header says to skip; -1 takes the last `needed` bytes.
fn skipped<'a>(fields: &Fields<'_>, body: &'a [u8], needed: usize) -> Result<&'a [u8], ImagingError> {
    let mut body = body;
    if let Some(entry) = fields.find(&["line skip"]) {
        let [lines] = fields.numbers::<1>(entry)?;
        for _ in 0..lines as usize {
            let Some(end) = body.iter().position(|&byte| byte == b'\n') else { return Ok(&[]) };
            body = &body[end + 1..];
        }
    }
    let Some(entry) = fields.find(&["byte skip"]) else { return Ok(body) };
    let [bytes] = fields.numbers::<1>(entry)?;
    let is_raw = fields.find(&["encoding"]).is_some_and(|encoding| encoding.value.eq_ignore_ascii_case("raw"));
    if bytes != 0.0 && !is_raw {
        return Err(fields.unsupported(entry, "save it without a skip or with the encoding raw"));
    }
    let start = if bytes < 0.0 { body.len().saturating_sub(needed) } else { bytes as usize };
    Ok(body.get(start..).unwrap_or(&[]))
}

/// Names of label values by 3D Slicer's entries.
fn labels(fields: &Fields<'_>) -> BTreeMap<i64, String> {
    let part = |entry: &Entry, suffix: &str| Some(entry.key.strip_suffix(suffix)?.to_owned());
    let names = fields.entries.iter().filter_map(|entry| Some((part(entry, "_Name")?, entry.value.clone())));
    let label = |segment: &str| fields.find(&[&format!("{segment}_LabelValue")])?.value.trim().parse().ok();
    names
        .filter(|(segment, _)| segment.starts_with("Segment"))
        .filter_map(|(s, name)| Some((label(&s)?, name)))
        .collect()
}

fn withheld(fields: &Fields<'_>) -> Vec<String> {
    // What 3D Slicer says of a segment; the number stands between.
    const OF_SEGMENT: [&str; 8] =
        ["_ID", "_Name", "_NameAutoGenerated", "_Color", "_ColorAutoGenerated", "_Extent", "_LabelValue", "_Layer"];
    let is_of_segment = |key: &str| {
        let rest = key.strip_prefix("Segment").unwrap_or("").trim_start_matches(|c: char| c.is_ascii_digit());
        OF_SEGMENT.contains(&rest)
    };
    fields.withheld(|key| KNOWN.contains(&key.to_ascii_lowercase().as_str()) || is_of_segment(key))
}

/// Writes an image in mm and LPS, packed by gzip. `labels` become the names of 3D Slicer's segments. The format has no
/// scaling: an image that has one is written with the values it stands for.
///
/// # Errors
/// [`WriteError`]; nothing of the file is left then.
pub fn write(
    path: &Path,
    image: &Image,
    labels: &BTreeMap<i64, String>,
    control: &RunControl,
) -> Result<(), WriteError> {
    let grid = &image.grid;
    let scaled;
    let voxels = match image.rescale {
        Rescale::NONE => &image.voxels,
        _ => {
            scaled = Voxels::F64((0..image.voxels.len()).map(|index| image.value(index)).collect());
            &scaled
        }
    };
    let kind = match voxels.scalar() {
        Scalar::U8 => "uint8",
        Scalar::I8 => "int8",
        Scalar::U16 => "uint16",
        Scalar::I16 => "int16",
        Scalar::U32 => "uint32",
        Scalar::I32 => "int32",
        Scalar::U64 => "uint64",
        Scalar::I64 => "int64",
        Scalar::F32 => "float",
        Scalar::F64 => "double",
    };
    let [ni, nj, nk] = grid.dimensions;
    let vector = |v: &[f64]| format!("({},{},{})", v[0], v[1], v[2]);
    let directions = [0, 1, 2].map(|axis| vector(grid.axes.column(axis).as_slice())).join(" ");
    let mut header = format!(
        "NRRD0005\ntype: {kind}\ndimension: 3\nspace: left-posterior-superior\nsizes: {ni} {nj} {nk}\n\
         space directions: {directions}\nkinds: domain domain domain\nendian: little\nencoding: gzip\n\
         space units: \"mm\" \"mm\" \"mm\"\nspace origin: {}\n",
        vector(grid.origin.coords.as_slice())
    );
    for (segment, (value, name)) in labels.iter().enumerate() {
        let name = name.replace(['\r', '\n'], " ");
        header.push_str(&format!("Segment{segment}_LabelValue:={value}\nSegment{segment}_Name:={name}\n"));
    }
    header.push('\n');
    write_atomically(path, |file| {
        file.write_all(header.as_bytes())?;
        let mut packed = GzEncoder::new(file, Compression::new(6));
        voxels.write(&mut packed, control)?;
        packed.finish().map(drop)
    })
}
