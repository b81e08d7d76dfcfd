use crate::MeshIoError;
use mesh::{Field, SurfaceMesh, VolumeMesh};
use serde::{Deserialize, Serialize};
use std::fmt;
use std::str::FromStr;

/// The file formats of meshes and images.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub enum Format {
    /// Binary stereolithography.
    #[serde(rename = "stl-binary")]
    StlBinary,
    /// Text stereolithography.
    #[serde(rename = "stl-ascii")]
    StlAscii,
    /// Polygon file format (Stanford).
    #[serde(rename = "ply")]
    Ply,
    /// Wavefront object.
    #[serde(rename = "obj")]
    Obj,
    /// VTK XML polydata.
    #[serde(rename = "vtp")]
    Vtp,
    /// VTK XML unstructured grid.
    #[serde(rename = "vtu")]
    Vtu,
    /// VTK legacy file.
    #[serde(rename = "vtk-legacy")]
    VtkLegacy,
    /// VTK XML image.
    #[serde(rename = "vti")]
    Vti,
    /// Gmsh mesh, version 2.2 or 4.1, text or binary.
    #[serde(rename = "msh")]
    Msh,
    /// Abaqus or CalculiX keyword input.
    #[serde(rename = "inp")]
    Inp,
    /// TetGen `.node` and `.ele`.
    #[serde(rename = "tetgen")]
    TetGen,
    /// Node and element lists of ANSYS (NWRITE, EWRITE), which ArtiSynth uses too: `.node` and `.elem`.
    #[serde(rename = "node-elem")]
    NodeElem,
    /// NIfTI-1 or NIfTI-2, plain or gzip.
    #[serde(rename = "nifti")]
    Nifti,
    /// Nearly raw raster data (Teem), attached or detached header.
    #[serde(rename = "nrrd")]
    Nrrd,
    /// MetaImage (ITK), attached or detached header.
    #[serde(rename = "metaimage")]
    MetaImage,
    /// A DICOM series or segmentation.
    #[serde(rename = "dicom")]
    Dicom,
    /// Not a file: made in memory.
    #[serde(rename = "memory")]
    Memory,
}

impl Format {
    /// The name used in JSON, for example "stl-binary".
    pub const fn name(self) -> &'static str {
        match self {
            Self::StlBinary => "stl-binary",
            Self::StlAscii => "stl-ascii",
            Self::Ply => "ply",
            Self::Obj => "obj",
            Self::Vtp => "vtp",
            Self::Vtu => "vtu",
            Self::VtkLegacy => "vtk-legacy",
            Self::Vti => "vti",
            Self::Msh => "msh",
            Self::Inp => "inp",
            Self::TetGen => "tetgen",
            Self::NodeElem => "node-elem",
            Self::Nifti => "nifti",
            Self::Nrrd => "nrrd",
            Self::MetaImage => "metaimage",
            Self::Dicom => "dicom",
            Self::Memory => "memory",
        }
    }
}

impl fmt::Display for Format {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(self.name())
    }
}

/// The unit of a file's coordinates.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub enum LengthUnit {
    /// Micrometre.
    #[serde(rename = "um")]
    Micrometre,
    /// Millimetre.
    #[serde(rename = "mm")]
    Millimetre,
    /// Centimetre.
    #[serde(rename = "cm")]
    Centimetre,
    /// Metre.
    #[serde(rename = "m")]
    Metre,
    /// Inch.
    #[serde(rename = "in")]
    Inch,
}

impl LengthUnit {
    /// Every unit.
    pub const ALL: [Self; 5] = [Self::Micrometre, Self::Millimetre, Self::Centimetre, Self::Metre, Self::Inch];

    /// Millimetres in one of this unit.
    pub const fn in_mm(self) -> f64 {
        match self {
            Self::Micrometre => 1e-3,
            Self::Millimetre => 1.0,
            Self::Centimetre => 10.0,
            Self::Metre => 1000.0,
            Self::Inch => 25.4,
        }
    }

    /// The symbol, for example "mm".
    pub const fn symbol(self) -> &'static str {
        match self {
            Self::Micrometre => "um",
            Self::Millimetre => "mm",
            Self::Centimetre => "cm",
            Self::Metre => "m",
            Self::Inch => "in",
        }
    }
}

impl fmt::Display for LengthUnit {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(self.symbol())
    }
}

/// A word that names no unit of length.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("\"{0}\" is no unit of length; write um, mm, cm, m or in")]
pub struct UnknownLengthUnit(pub String);

impl FromStr for LengthUnit {
    type Err = UnknownLengthUnit;

    fn from_str(word: &str) -> Result<Self, UnknownLengthUnit> {
        match word.trim().to_ascii_lowercase().as_str() {
            "um" | "µm" | "μm" | "micron" | "microns" | "micrometer" | "micrometers" | "micrometre" | "micrometres" => {
                Ok(Self::Micrometre)
            }
            "mm" | "millimeter" | "millimeters" | "millimetre" | "millimetres" => Ok(Self::Millimetre),
            "cm" | "centimeter" | "centimeters" | "centimetre" | "centimetres" => Ok(Self::Centimetre),
            "m" | "meter" | "meters" | "metre" | "metres" => Ok(Self::Metre),
            "in" | "inch" | "inches" => Ok(Self::Inch),
            _ => Err(UnknownLengthUnit(word.to_owned())),
        }
    }
}

/// The patient frame of a file's coordinates.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub enum Frame {
    /// x to the patient's left, y to posterior, z to superior (DICOM); the frame used inside.
    #[serde(rename = "LPS")]
    Lps,
    /// x to the patient's right, y to anterior, z to superior (NIfTI). LPS by turning 180° about z.
    #[serde(rename = "RAS")]
    Ras,
}

impl Frame {
    /// "LPS" or "RAS".
    pub const fn name(self) -> &'static str {
        match self {
            Self::Lps => "LPS",
            Self::Ras => "RAS",
        }
    }
}

impl fmt::Display for Frame {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(self.name())
    }
}

/// A word that names no frame.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("\"{0}\" is no patient frame; write LPS or RAS")]
pub struct UnknownFrame(pub String);

impl FromStr for Frame {
    type Err = UnknownFrame;

    fn from_str(word: &str) -> Result<Self, UnknownFrame> {
        match word.trim().to_ascii_uppercase().as_str() {
            "LPS" => Ok(Self::Lps),
            "RAS" => Ok(Self::Ras),
            _ => Err(UnknownFrame(word.to_owned())),
        }
    }
}

/// Where a file's mesh or image came from and what the file says about it.
#[derive(Debug, Clone, PartialEq)]
pub struct Provenance {
    /// The file as the caller named it.
    pub file: String,
    /// The format found from the content.
    pub format: Format,
    /// The unit the file states, if it does.
    pub unit: Option<LengthUnit>,
    /// The frame the file states, if it does.
    pub frame: Option<Frame>,
    /// SHA-256 of the bytes, lower-case hexadecimal; empty for what was made in memory.
    pub sha256: String,
    /// What was ignored or completed while reading.
    pub notes: Vec<String>,
}

/// A surface exactly as the file has it: its own unit, frame and winding; in STL every triangle has its own vertices.
#[derive(Debug, Clone, PartialEq)]
pub struct SurfaceFile {
    /// The surface in the file's unit and frame.
    pub surface: SurfaceMesh,
    /// Values on points ([`mesh::FieldLocation::Node`]) and triangles ([`mesh::FieldLocation::Element`]).
    pub fields: Vec<Field>,
    /// Where it came from.
    pub provenance: Provenance,
}

impl SurfaceFile {
    /// A surface made in memory, in mm and LPS.
    pub fn in_memory(name: &str, surface: SurfaceMesh) -> Self {
        Self { surface, fields: Vec::new(), provenance: Provenance::in_memory(name) }
    }
}

/// A volume mesh exactly as the file has it, in the file's unit and frame.
#[derive(Debug, Clone, PartialEq)]
pub struct VolumeFile {
    /// The mesh in the file's unit and frame.
    pub mesh: VolumeMesh,
    /// Values on nodes and elements.
    pub fields: Vec<Field>,
    /// Where it came from.
    pub provenance: Provenance,
}

impl VolumeFile {
    /// A volume mesh made in memory, in mm and LPS.
    pub fn in_memory(name: &str, mesh: VolumeMesh) -> Self {
        Self { mesh, fields: Vec::new(), provenance: Provenance::in_memory(name) }
    }
}

impl Provenance {
    /// What is known of something made in memory, in mm and LPS.
    pub fn in_memory(name: &str) -> Self {
        Self {
            file: name.to_owned(),
            format: Format::Memory,
            unit: Some(LengthUnit::Millimetre),
            frame: Some(Frame::Lps),
            sha256: String::new(),
            notes: Vec::new(),
        }
    }
}

/// What a file turned out to hold.
#[derive(Debug, Clone, PartialEq)]
pub enum MeshFile {
    /// Triangles (polygons are triangulated).
    Surface(SurfaceFile),
    /// Solid elements, beams or quadratic faces.
    Volume(VolumeFile),
}

impl MeshFile {
    /// The surface, or the error that says what the file holds instead.
    pub fn into_surface(self) -> Result<SurfaceFile, MeshIoError> {
        match self {
            Self::Surface(surface) => Ok(surface),
            Self::Volume(volume) => Err(MeshIoError::WrongKind {
                found: format!("a volume mesh of {} elements", volume.mesh.element_count()),
                file: volume.provenance.file,
                needed: "a surface",
                remedy: "extract its surface first, or open it as a volume mesh",
            }),
        }
    }

    /// The volume mesh, or the error that says what the file holds instead.
    pub fn into_volume(self) -> Result<VolumeFile, MeshIoError> {
        match self {
            Self::Volume(volume) => Ok(volume),
            Self::Surface(surface) => Err(MeshIoError::WrongKind {
                found: format!("a surface of {} triangles", surface.surface.triangles.len()),
                file: surface.provenance.file,
                needed: "a volume mesh",
                remedy: "mesh the surface first",
            }),
        }
    }

    /// Where it came from.
    pub fn provenance(&self) -> &Provenance {
        match self {
            Self::Surface(file) => &file.provenance,
            Self::Volume(file) => &file.provenance,
        }
    }

    pub(crate) fn provenance_mut(&mut self) -> &mut Provenance {
        match self {
            Self::Surface(file) => &mut file.provenance,
            Self::Volume(file) => &mut file.provenance,
        }
    }
}
