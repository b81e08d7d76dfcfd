//! From an image to a mask and its surface, and to their files: one way for the verb `segment` and for the desktop.

use control::RunControl;
use imaging::segment::{Recipe, Segmented};
use imaging::{Image, ImagingError, Mask, SmoothOptions};
use mesh::SurfaceMesh;
use mesh_io::{Format, MeshIoError, WriteError};
use std::collections::BTreeMap;
use std::path::Path;

/// The closed surface of a mask, with what must be known about it.
#[derive(Debug, Clone, PartialEq)]
pub struct MaskSurface {
    /// The surface, mm in LPS, outward. Where it is cut off by the border of the image it is the region `to_image_border`,
    /// else `wall`.
    pub surface: SurfaceMesh,
    /// Voxels that were added or taken away so that the border is a manifold.
    pub relabelled: usize,
    /// Area (mm²) of what is closed flat because the part goes on beyond the border of the image.
    pub cut_area: f64,
}

/// The voxels that a recipe takes out of an image (mm, LPS).
///
/// # Errors
/// See [`Recipe::apply`].
pub fn segment(image: &Image, recipe: &Recipe, control: &RunControl) -> Result<Segmented, ImagingError> {
    recipe.apply(image, control)
}

/// The smooth surface of a mask.
///
/// # Errors
/// See [`imaging::label_surface`].
pub fn surface_of(mask: &Mask, smoothing: &SmoothOptions, control: &RunControl) -> Result<MaskSurface, ImagingError> {
    let made = imaging::label_surface(mask.to_labels(1), smoothing, control)?;
    let mut surface = made.of_label(1);
    if let Some(wall) = surface.regions.remove("to_background") {
        surface.regions.insert("wall".to_owned(), wall);
    }
    let cut = surface.regions.get("to_image_border").map_or(&[][..], Vec::as_slice);
    let cut_area = cut.iter().map(|&triangle| 0.5 * surface.area_vector2(triangle as usize).norm()).sum();
    Ok(MaskSurface { relabelled: made.relabelled.len(), cut_area, surface })
}

/// What a file of a segmentation holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum SegmentFile {
    /// Triangles, in this format.
    Surface(Format),
    /// Voxels, in this format.
    Mask(Format),
}

impl SegmentFile {
    /// By the extension of the file; `None` for one that says no format.
    pub fn of(path: &Path) -> Option<Self> {
        let name = path.file_name().map(|name| name.to_string_lossy().to_lowercase()).unwrap_or_default();
        let ends = |extension: &str| name.ends_with(extension);
        match () {
            () if ends(".stl") => Some(Self::Surface(Format::StlBinary)),
            () if ends(".vtp") => Some(Self::Surface(Format::Vtp)),
            () if ends(".nii") || ends(".nii.gz") => Some(Self::Mask(Format::Nifti)),
            () if ends(".nrrd") => Some(Self::Mask(Format::Nrrd)),
            () if ends(".mha") => Some(Self::Mask(Format::MetaImage)),
            () => None,
        }
    }
}

/// Writes a surface as VTP or STL.
///
/// # Errors
/// Writing, cancellation; then there is no file.
pub fn write_surface(
    path: &Path,
    surface: &SurfaceMesh,
    format: Format,
    control: &RunControl,
) -> Result<(), MeshIoError> {
    match format {
        Format::Vtp => mesh_io::write_vtp(path, surface, &[], control),
        _ => mesh_io::write_stl_binary(path, surface, control),
    }
}

/// Writes a mask as a label map with the label 1, as NIfTI, NRRD or MetaImage.
///
/// # Errors
/// Writing, cancellation; then there is no file.
pub fn write_mask(path: &Path, mask: &Mask, format: Format, control: &RunControl) -> Result<(), WriteError> {
    let image: Image = mask.to_labels(1).to_image();
    match format {
        Format::Nifti => imaging::write_nifti(path, &image, control),
        Format::Nrrd => {
            let names = BTreeMap::from([(1, "segment".to_owned())]);
            imaging::write_nrrd(path, &image, &names, control)
        }
        _ => imaging::write_metaimage(path, &image, control),
    }
}
