//! VTK's images: VTI and legacy structured points. VTK states neither unit nor frame.

use crate::{Grid, Image, ImageFile, ImagingError, Rescale, Voxels};
use mesh_io::source::Source;
use mesh_io::{ImageArray, ImageData, Place, Provenance, read_image_data};
use nalgebra::{Matrix3, Point3, Vector3};
use std::collections::BTreeMap;

/// Reads a VTI or legacy VTK image; of several arrays the first with one number a point counts.
pub(crate) fn read(source: Source<'_>) -> Result<ImageFile, ImagingError> {
    let ImageData { format, dimensions, origin, spacing, direction, arrays, mut notes } =
        read_image_data(source.file, source.bytes, source.control)?;
    let axes = Matrix3::from_row_slice(&direction) * Matrix3::from_diagonal(&Vector3::from(spacing));
    let grid = Grid::new(dimensions, Point3::from(origin), axes)?;
    let names: Vec<String> = arrays.iter().map(|array| format!("\"{}\"", array.name)).collect();
    let Some(array) = arrays.into_iter().find(|array| array.components == 1) else {
        let what = format!("an image without an array of one number a voxel (it has {})", names.join(", "));
        return Err(source.unsupported(Place::File, what, "export the component that is needed as a scalar").into());
    };
    if names.len() > 1 {
        notes.push(format!("of the arrays {} \"{}\" was taken", names.join(", "), array.name));
    }
    let voxels = voxels(source, &grid, &array)?;
    let provenance =
        Provenance { file: source.file.to_owned(), format, unit: None, frame: None, sha256: String::new(), notes };
    let image = Image { grid, voxels, rescale: Rescale::NONE };
    Ok(ImageFile { image, labels: BTreeMap::new(), provenance, modality: None, withheld: Vec::new() })
}

fn voxels(source: Source<'_>, grid: &Grid, array: &ImageArray) -> Result<Voxels, ImagingError> {
    let (stated, there) = (grid.count(), array.bytes.len() / array.scalar.size());
    if stated != there {
        let what = format!("{stated} voxels are stated, but the array has {there}");
        return Err(source.contradiction(Place::Part(format!("array \"{}\"", array.name)), what).into());
    }
    Ok(Voxels::from_bytes(array.scalar, array.endian, &array.bytes))
}
