//! MetaImage: .mha with the voxels behind the header, .mhd with the voxels in a file beside it. The frame is LPS, as
//! ITK writes it; lengths are mm.
//!
//! Source: MetaIO documentation (Kitware). Row i of `TransformMatrix` is the direction of axis i.

use super::fields::{Entry, Fields, beside};
use super::payload::{Packing, voxels, voxels_from_text};
use crate::{Grid, Image, ImageFile, ImagingError, Rescale};
use control::RunControl;
use flate2::Compression;
use flate2::write::ZlibEncoder;
use mesh_io::source::{Endian, Scalar, Source};
use mesh_io::{Format, Frame, LengthUnit, Place, Provenance, WriteError, write_atomically};
use nalgebra::{Matrix3, Point3, Vector3};
use std::collections::BTreeMap;
use std::io::Write;
use std::path::Path;

/// Whether the bytes begin like a MetaImage header.
pub(crate) fn is_metaimage(bytes: &[u8]) -> bool {
    let head = &bytes[..bytes.len().min(1024)];
    let text = String::from_utf8_lossy(head);
    let first = text.lines().next().unwrap_or("");
    let key = first.split('=').next().unwrap_or("").trim();
    first.contains('=') && ["ObjectType", "NDims", "Comment", "ObjectSubType"].contains(&key)
}

/// Entries that describe the image; all others may say anything about the patient and are left out.
const KNOWN: &[&str] = &[
    "objecttype",
    "objectsubtype",
    "ndims",
    "binarydata",
    "binarydatabyteordermsb",
    "elementbyteordermsb",
    "compresseddata",
    "compresseddatasize",
    "compressionlevel",
    "transformmatrix",
    "rotation",
    "orientation",
    "offset",
    "position",
    "origin",
    "centerofrotation",
    "anatomicalorientation",
    "elementspacing",
    "elementsize",
    "dimsize",
    "elementnumberofchannels",
    "elementtype",
    "elementdatafile",
    "headersize",
    "elementmin",
    "elementmax",
    "elementtointensityfunctionslope",
    "elementtointensityfunctionoffset",
    "distanceunits",
];

/// Reads a MetaImage of one number a voxel.
pub(crate) fn read(source: Source<'_>) -> Result<ImageFile, ImagingError> {
    let (fields, body) = header(source)?;
    let rank = fields.expect(&["NDims"])?;
    if fields.numbers::<1>(rank)? != [3.0] {
        return Err(fields.unsupported(rank, "save one volume of three dimensions"));
    }
    if let Some(channels) = fields.find(&["ElementNumberOfChannels"])
        && fields.numbers::<1>(channels)? != [1.0]
    {
        return Err(fields.unsupported(channels, "save the component that is needed"));
    }
    let grid = grid(&fields)?;
    let scalar = scalar(&fields)?;
    let is_set = |keys: &[&str]| fields.find(keys).is_some_and(|entry| entry.value.starts_with(['T', 't', '1']));
    let endian = if is_set(&["BinaryDataByteOrderMSB", "ElementByteOrderMSB"]) { Endian::Big } else { Endian::Little };
    let packing = if is_set(&["CompressedData"]) { Packing::Zlib } else { Packing::Raw };
    let data = fields.expect(&["ElementDataFile"])?;
    let beside_bytes;
    let mut body = match data.value.as_str() {
        "LOCAL" | "Local" | "local" => body,
        list if list.starts_with("LIST") || list.contains('%') => {
            return Err(fields.unsupported(data, "save the image as one file"));
        }
        name => {
            beside_bytes = beside(source, name, data.line)?;
            beside_bytes.as_slice()
        }
    };
    if let Some(entry) = fields.find(&["HeaderSize"]) {
        let [skip] = fields.numbers::<1>(entry)?;
        let needed = grid.count().saturating_mul(scalar.size());
        let start = if skip < 0.0 { body.len().saturating_sub(needed) } else { skip as usize };
        body = body.get(start..).unwrap_or(&[]);
    }
    let is_text = fields.find(&["BinaryData"]).is_some_and(|entry| entry.value.starts_with(['F', 'f', '0']));
    let voxels = match is_text {
        true => voxels_from_text(source, &grid, scalar, body)?,
        false => voxels(source, &grid, scalar, endian, packing, body)?,
    };
    let provenance = Provenance {
        file: source.file.to_owned(),
        format: Format::MetaImage,
        unit: unit(&fields),
        frame: Some(Frame::Lps),
        sha256: String::new(),
        notes: Vec::new(),
    };
    let image = Image { grid, voxels, rescale: rescale(&fields)? };
    Ok(ImageFile { image, labels: BTreeMap::new(), provenance, modality: None, withheld: withheld(&fields) })
}

/// The lines up to `ElementDataFile`, and the bytes behind them.
fn header(source: Source<'_>) -> Result<(Fields<'_>, &[u8]), ImagingError> {
    let mut entries = Vec::new();
    let mut rest = source.bytes;
    let mut line = 0;
    while !rest.is_empty() {
        line += 1;
        source.check_every(line)?;
        let end = rest.iter().position(|&byte| byte == b'\n').unwrap_or(rest.len());
        let text = String::from_utf8_lossy(&rest[..end.min(4096)]);
        rest = rest.get(end + 1..).unwrap_or(&[]);
        if text.trim().is_empty() {
            continue;
        }
        let Some((key, value)) = text.split_once('=') else {
            return Err(source.syntax(Place::Line(line), "a line without \"=\"", "\"key = value\"").into());
        };
        let entry = Entry { key: key.trim().to_owned(), value: value.trim().to_owned(), line };
        let is_last = entry.key == "ElementDataFile";
        entries.push(entry);
        if is_last {
            break;
        }
    }
    Ok((Fields { source, entries }, rest))
}

fn grid(fields: &Fields<'_>) -> Result<Grid, ImagingError> {
    let dimensions = fields.counts::<3>(fields.expect(&["DimSize"])?)?;
    let spacing = match fields.find(&["ElementSpacing", "ElementSize"]) {
        Some(entry) => fields.numbers::<3>(entry)?,
        None => [1.0; 3],
    };
    let direction = match fields.find(&["TransformMatrix", "Rotation", "Orientation"]) {
        // A row of the file is a column here.
        Some(entry) => Matrix3::from_column_slice(&fields.numbers::<9>(entry)?),
        None => Matrix3::identity(),
    };
    let origin =
        fields.find(&["Offset", "Position", "Origin"]).map_or(Ok(Point3::origin()), |entry| fields.point(entry))?;
    Grid::new(dimensions, origin, direction * Matrix3::from_diagonal(&Vector3::from(spacing)))
}

fn scalar(fields: &Fields<'_>) -> Result<Scalar, ImagingError> {
    let entry = fields.expect(&["ElementType"])?;
    Ok(match entry.value.as_str() {
        "MET_CHAR" => Scalar::I8,
        "MET_UCHAR" => Scalar::U8,
        "MET_SHORT" => Scalar::I16,
        "MET_USHORT" => Scalar::U16,
        // ITK's long is 32 bits in this format.
        "MET_INT" | "MET_LONG" => Scalar::I32,
        "MET_UINT" | "MET_ULONG" => Scalar::U32,
        "MET_LONG_LONG" => Scalar::I64,
        "MET_ULONG_LONG" => Scalar::U64,
        "MET_FLOAT" => Scalar::F32,
        "MET_DOUBLE" => Scalar::F64,
        _ => return Err(fields.unsupported(entry, "save it with one number a voxel")),
    })
}

fn unit(fields: &Fields<'_>) -> Option<LengthUnit> {
    fields.find(&["DistanceUnits"]).map_or(Some(LengthUnit::Millimetre), |entry| entry.value.parse().ok())
}

fn rescale(fields: &Fields<'_>) -> Result<Rescale, ImagingError> {
    let number = |key: &str, default: f64| -> Result<f64, ImagingError> {
        fields.find(&[key]).map_or(Ok(default), |entry| fields.numbers::<1>(entry).map(|[value]| value))
    };
    let slope = number("ElementToIntensityFunctionSlope", 1.0)?;
    let intercept = number("ElementToIntensityFunctionOffset", 0.0)?;
    Ok(if slope == 0.0 { Rescale::NONE } else { Rescale { slope, intercept } })
}

fn withheld(fields: &Fields<'_>) -> Vec<String> {
    fields.withheld(|key| KNOWN.contains(&key.to_ascii_lowercase().as_str()))
}

/// Writes an image in mm and LPS as .mha, packed by zlib.
///
/// # Errors
/// [`WriteError`]; nothing of the file is left then.
pub fn write(path: &Path, image: &Image, control: &RunControl) -> Result<(), WriteError> {
    let grid = &image.grid;
    let kind = match image.voxels.scalar() {
        Scalar::U8 => "MET_UCHAR",
        Scalar::I8 => "MET_CHAR",
        Scalar::U16 => "MET_USHORT",
        Scalar::I16 => "MET_SHORT",
        Scalar::U32 => "MET_UINT",
        Scalar::I32 => "MET_INT",
        Scalar::U64 => "MET_ULONG_LONG",
        Scalar::I64 => "MET_LONG_LONG",
        Scalar::F32 => "MET_FLOAT",
        Scalar::F64 => "MET_DOUBLE",
    };
    let words = |values: &[f64]| values.iter().map(f64::to_string).collect::<Vec<_>>().join(" ");
    let [ni, nj, nk] = grid.dimensions;
    let header = format!(
        "ObjectType = Image\nNDims = 3\nBinaryData = True\nBinaryDataByteOrderMSB = False\nCompressedData = True\n\
         TransformMatrix = {}\nOffset = {}\nElementSpacing = {}\nElementToIntensityFunctionSlope = {}\n\
         ElementToIntensityFunctionOffset = {}\nDimSize = {ni} {nj} {nk}\nElementType = {kind}\n\
         ElementDataFile = LOCAL\n",
        words(grid.direction().as_slice()),
        words(grid.origin.coords.as_slice()),
        words(&grid.spacing()),
        image.rescale.slope,
        image.rescale.intercept,
    );
    write_atomically(path, |file| {
        file.write_all(header.as_bytes())?;
        let mut packed = ZlibEncoder::new(file, Compression::new(6));
        image.voxels.write(&mut packed, control)?;
        packed.finish().map(drop)
    })
}
