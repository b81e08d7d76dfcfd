//! From bytes to an image: the format is found from the content.

use crate::format::{
    is_dicom, is_metaimage, is_nifti, is_nrrd, read_dicom, read_dicom_folder, read_metaimage, read_nifti, read_nrrd,
    read_vti,
};
use crate::{ImageFile, ImagingError};
use control::RunControl;
use mesh_io::MeshIoError;
use mesh_io::source::{Source, quote};
use sha2::{Digest, Sha256};
use std::io::Read;
use std::path::Path;

/// Reads an image or label map: NIfTI, NRRD, MetaImage, VTI, legacy VTK structured points, a DICOM file, or a folder of
/// DICOM slices of one series.
///
/// The SHA-256 of a folder is that of the 32-byte digests of the slices' files in the order of the slices.
///
/// Memory: the file, or the files of the folder, plus the voxels in the type they are stored in. No count in a file is
/// trusted before the bytes are there.
///
/// # Errors
/// What is wrong, where, and what to do.
pub fn read_image(path: &Path, control: &RunControl) -> Result<ImageFile, ImagingError> {
    let file = path.display().to_string();
    if path.is_dir() {
        return read_dicom_folder(path, control).map_err(|error| error.in_file(&file));
    }
    let bytes = std::fs::read(path).map_err(|source| MeshIoError::Read { file: file.clone(), source })?;
    read_image_bytes(&file, &bytes, control)
}

/// Whether a file begins like one of the image formats, or is a folder (of slices); `false` too when it cannot be read.
pub fn is_image(path: &Path) -> bool {
    const LOOK_AT: u64 = 1 << 16;
    if path.is_dir() {
        return true;
    }
    let mut head = Vec::new();
    let read = std::fs::File::open(path).and_then(|file| file.take(LOOK_AT).read_to_end(&mut head));
    let is_known = is_nrrd(&head) || is_metaimage(&head) || is_dicom(&head) || is_nifti(&head);
    read.is_ok() && (is_known || mesh_io::is_vtk_image(&head))
}

/// Reads the bytes of an image file. `file` names it in messages; a detached header finds its voxels beside it.
///
/// # Errors
/// See [`read_image`].
pub fn read_image_bytes(file: &str, bytes: &[u8], control: &RunControl) -> Result<ImageFile, ImagingError> {
    let source = Source { file, bytes, control };
    if bytes.is_empty() {
        return Err(MeshIoError::Empty { file: file.to_owned() }.into());
    }
    let read = match bytes {
        _ if is_nrrd(bytes) => read_nrrd(source),
        _ if mesh_io::is_vtk(bytes) => read_vti(source),
        _ if is_metaimage(bytes) => read_metaimage(source),
        _ if is_dicom(bytes) => read_dicom(source),
        _ if is_nifti(bytes) => read_nifti(source),
        _ => {
            let remedy =
                "give a NIfTI, NRRD, MetaImage (MHA, MHD), VTI, legacy VTK or DICOM image or a folder of DICOM slices";
            // What is no text may be anything, a name too.
            let is_text = bytes.iter().take(256).all(|byte| !byte.is_ascii_control() || byte.is_ascii_whitespace());
            let what = match is_text {
                true => format!("a file that begins with {}", quote(bytes)),
                false => "a binary file of an unknown kind".to_owned(),
            };
            return Err(source.unsupported(mesh_io::Place::File, what, remedy).into());
        }
    };
    let mut read = read.map_err(|error| error.in_file(file))?;
    let digest = Sha256::digest(bytes);
    read.provenance.sha256 = digest.iter().map(|byte| format!("{byte:02x}")).collect();
    Ok(read)
}
