//! What the program asks the user for when it needs the name of a file.

use crate::command::Command;
use crate::image::ImageCommand;
use std::path::PathBuf;

/// A file that is wanted.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Ask {
    /// Anything that can be opened.
    #[default]
    Open,
    /// An image.
    Image,
    /// A folder of DICOM slices.
    Folder,
    /// A label map.
    Labels,
    /// A name for the surface.
    SaveSurface,
    /// A name for the mask.
    SaveMask,
}

impl Ask {
    /// The title of the dialog.
    pub fn title(self) -> &'static str {
        match self {
            Self::Open => "Open file",
            Self::Image => "Open image",
            Self::Folder => "Open DICOM folder",
            Self::Labels => "Open labels",
            Self::SaveSurface => "Save surface",
            Self::SaveMask => "Save mask",
        }
    }

    /// What is to be typed.
    pub fn label(self) -> &'static str {
        match self {
            Self::Open => {
                "Path of a study (.toml), a mesh (.stl, .ply, .obj, .vtp, .vtk, .vtu), an image or a DICOM folder"
            }
            Self::Image => {
                "Path of an image (.nii, .nii.gz, .nrrd, .mha, .mhd, .vti, .dcm) or a folder of DICOM slices"
            }
            Self::Folder => "Path of a folder with the DICOM slices of one series",
            Self::Labels => "Path of a label map (.nii, .nii.gz, .nrrd, .mha, .mhd, .vti, .dcm)",
            Self::SaveSurface => "Path of the surface to write (.stl or .vtp)",
            Self::SaveMask => "Path of the mask to write (.nii.gz, .nrrd or .mha)",
        }
    }

    /// The button below the path.
    pub fn button(self) -> &'static str {
        if self.writes() { "Write file" } else { "Open path" }
    }

    /// Whether the file is written.
    pub fn writes(self) -> bool {
        matches!(self, Self::SaveSurface | Self::SaveMask)
    }

    /// The files that the system's dialog offers: what they are called, and their endings.
    pub fn endings(self) -> (&'static str, &'static [&'static str]) {
        const IMAGES: &[&str] = &["nii", "gz", "nrrd", "nhdr", "mha", "mhd", "vti", "vtk", "dcm"];
        match self {
            Self::Open => (
                "Studies, meshes and images",
                &["toml", "stl", "ply", "obj", "vtp", "vtk", "vtu", "nii", "gz", "nrrd", "mha", "mhd", "vti", "dcm"],
            ),
            Self::Image | Self::Folder => ("Images", IMAGES),
            Self::Labels => ("Label maps", IMAGES),
            Self::SaveSurface => ("Surfaces", &["stl", "vtp"]),
            Self::SaveMask => ("Label maps", &["gz", "nrrd", "mha"]),
        }
    }

    /// What is done with the file.
    pub fn command(self, path: PathBuf) -> Command {
        match self {
            Self::Open => Command::OpenPath(path),
            Self::Image | Self::Folder => Command::OpenImagePath(path),
            Self::Labels => Command::Image(ImageCommand::OpenLabelsPath(path)),
            Self::SaveSurface => Command::Image(ImageCommand::SaveSurfaceTo(path)),
            Self::SaveMask => Command::Image(ImageCommand::SaveMaskTo(path)),
        }
    }
}
