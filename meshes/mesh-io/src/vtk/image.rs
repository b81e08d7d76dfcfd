//! VTK's images: VTI and legacy structured points. Their voxels are the points of a regular grid.

use super::array::{Coding, Declaration};
use super::dataset::Attribute;
use super::legacy;
use super::tree::Node;
use super::xml::{is_xml, root};
use crate::source::{Endian, Scalar, Source, parse_number, quote};
use crate::{Format, MeshIoError, Place};
use control::RunControl;

/// A regular grid of points with its arrays, as the file has it.
#[derive(Debug, Clone, PartialEq)]
pub struct ImageData {
    /// VTI or legacy VTK.
    pub format: Format,
    /// Points along i, j, k.
    pub dimensions: [usize; 3],
    /// The point (0, 0, 0).
    pub origin: [f64; 3],
    /// Steps along i, j, k.
    pub spacing: [f64; 3],
    /// Row by row: the columns are the directions of i, j, k.
    pub direction: [f64; 9],
    /// One tuple a point, i fastest; of a VTI also those of its cells, if it has none of points.
    pub arrays: Vec<ImageArray>,
    /// What was ignored while reading.
    pub notes: Vec<String>,
}

/// One array of an image.
#[derive(Debug, Clone, PartialEq)]
pub struct ImageArray {
    /// Its name.
    pub name: String,
    /// Numbers a point.
    pub components: usize,
    /// Their type.
    pub scalar: Scalar,
    /// Their byte order.
    pub endian: Endian,
    /// Their bytes.
    pub bytes: Vec<u8>,
}

/// Reads a VTI file or the legacy data set STRUCTURED_POINTS from the bytes of `file`.
///
/// Memory: about that of the decoded arrays. No count is trusted before the bytes are there.
///
/// # Errors
/// What is wrong and where; [`MeshIoError::WrongKind`] when the file holds another kind of data set.
pub fn read_image_data(file: &str, bytes: &[u8], control: &RunControl) -> Result<ImageData, MeshIoError> {
    let source = Source { file, bytes, control };
    if is_xml(bytes) { read_vti(source) } else { legacy::read_structured_points(source) }
}

fn read_vti(source: Source<'_>) -> Result<ImageData, MeshIoError> {
    let (root, coding) = root(source)?;
    let kind = root.attribute("type").unwrap_or("");
    let Some(data) = root.child("ImageData").filter(|_| kind == "ImageData") else {
        return Err(MeshIoError::WrongKind {
            file: source.file.to_owned(),
            found: format!("a VTK data set of type \"{kind}\""),
            needed: "ImageData",
            remedy: "meshes go to the mesh reader",
        });
    };
    let mut pieces = data.children("Piece");
    let (Some(piece), None) = (pieces.next(), pieces.next()) else {
        let remedy = "write it as one piece";
        return Err(source.unsupported(Place::File, "an image of no or several pieces", remedy));
    };
    let extent = numbers::<6>(source, piece, "Extent")?.unwrap_or([0.0; 6]);
    let whole = numbers::<6>(source, data, "WholeExtent")?.unwrap_or(extent);
    if extent != whole {
        let what = format!("Extent {extent:?} of the piece is not the WholeExtent {whole:?}");
        return Err(source.contradiction(Place::File, what));
    }
    let spacing = numbers::<3>(source, data, "Spacing")?.unwrap_or([1.0; 3]);
    let stated_origin = numbers::<3>(source, data, "Origin")?.unwrap_or([0.0; 3]);
    let direction = numbers::<9>(source, data, "Direction")?.unwrap_or(IDENTITY);
    let mut dimensions = [0; 3];
    for axis in 0..3 {
        // Extents are inclusive; a damaged one may be anything.
        let length = extent[2 * axis + 1] - extent[2 * axis] + 1.0;
        if !(1.0..=1e9).contains(&length) || length.fract() != 0.0 {
            return Err(source.contradiction(Place::File, format!("the Extent {extent:?} holds no points")));
        }
        dimensions[axis] = length as usize;
    }
    let first = [extent[0], extent[2], extent[4]];
    let mut image = ImageData {
        format: Format::Vti,
        dimensions,
        origin: stated_origin,
        spacing,
        direction,
        arrays: arrays(coding, piece, "PointData")?,
        notes: Vec::new(),
    };
    image.shift(first);
    if image.arrays.is_empty() {
        image.arrays = arrays(coding, piece, "CellData")?;
        image.dimensions = image.dimensions.map(|points| points.saturating_sub(1).max(1));
        image.shift([0.5; 3]);
        image.notes.push("the values are those of cells".to_owned());
    }
    Ok(image)
}

const IDENTITY: [f64; 9] = [1.0, 0.0, 0.0, 0.0, 1.0, 0.0, 0.0, 0.0, 1.0];

impl ImageData {
    /// Moves the origin by so many steps along i, j, k.
    fn shift(&mut self, steps: [f64; 3]) {
        for row in 0..3 {
            for axis in 0..3 {
                self.origin[row] += self.direction[3 * row + axis] * self.spacing[axis] * steps[axis];
            }
        }
    }

    /// An image of the legacy format, whose attributes are numbers without their type.
    pub(super) fn legacy(
        dimensions: [usize; 3],
        origin: [f64; 3],
        spacing: [f64; 3],
        attributes: Vec<Attribute>,
        notes: Vec<String>,
    ) -> Self {
        let array = |attribute: Attribute| ImageArray {
            name: attribute.name,
            components: attribute.components,
            scalar: Scalar::F64,
            endian: Endian::Little,
            bytes: attribute.values.iter().flat_map(|value| value.to_le_bytes()).collect(),
        };
        let arrays = attributes.into_iter().map(array).collect();
        Self { format: Format::VtkLegacy, dimensions, origin, spacing, direction: IDENTITY, arrays, notes }
    }
}

/// The finite numbers of an attribute, or `None` when it is missing.
fn numbers<const N: usize>(source: Source<'_>, node: &Node<'_>, name: &str) -> Result<Option<[f64; N]>, MeshIoError> {
    let Some(text) = node.attribute(name) else { return Ok(None) };
    let parse = |word: &str| parse_number(word.as_bytes()).filter(|value| value.is_finite());
    let values: Option<Vec<f64>> = text.split_ascii_whitespace().map(parse).collect();
    match values.and_then(|values| <[f64; N]>::try_from(values).ok()) {
        Some(values) => Ok(Some(values)),
        None => {
            let expected = format!("{N} numbers");
            Err(source.syntax(Place::Part(format!("attribute {name}")), quote(text.as_bytes()), expected))
        }
    }
}

fn arrays(coding: Coding<'_>, piece: &Node<'_>, list: &str) -> Result<Vec<ImageArray>, MeshIoError> {
    let mut arrays = Vec::new();
    for node in piece.child(list).iter().flat_map(|data| data.children("DataArray")) {
        let array = Declaration::new(coding, node)?;
        if !array.is_text() {
            let (scalar, endian, bytes) = coding.raw(&array)?;
            arrays.push(ImageArray { name: array.name, components: array.components, scalar, endian, bytes });
        }
    }
    Ok(arrays)
}
