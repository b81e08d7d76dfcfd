//! From bytes to a mesh: the format is found from the content first and from the file's extension second.

use crate::source::{Source, quote};
use crate::statement::Statements;
use crate::{
    Format, MeshFile, MeshIoError, Provenance, SurfaceFile, VolumeFile, gmsh, inp, node_files, obj, ply, stl, vtk,
};
use control::RunControl;
use mesh::{Field, SurfaceMesh};
use sha2::{Digest, Sha256};
use std::path::Path;

/// Reads a mesh file of any known format. A grid whose cells are all triangles, quadrilaterals or polygons is a surface.
///
/// TetGen's `.node` and `.ele`, ANSYS' `.node` and `.elem`, and files that a deck includes are read from beside the file.
///
/// Memory: about the file's size plus the mesh. No count in a file is trusted before the bytes are there.
pub fn read_mesh(path: &Path, control: &RunControl) -> Result<MeshFile, MeshIoError> {
    let file = path.display().to_string();
    let bytes = std::fs::read(path).map_err(|source| MeshIoError::Read { file: file.clone(), source })?;
    read_mesh_bytes(&file, &bytes, control)
}

/// Reads the bytes of a mesh file. `file` names it in messages, its extension helps where the content is unclear, and its
/// folder is where other files that it names are looked for.
pub fn read_mesh_bytes(file: &str, bytes: &[u8], control: &RunControl) -> Result<MeshFile, MeshIoError> {
    let source = Source { file, bytes, control };
    let mut mesh = match detect(source)? {
        Format::StlBinary => surface(source, Format::StlBinary, without_fields(stl::read_binary(source)?)),
        Format::StlAscii => surface(source, Format::StlAscii, without_fields(stl::read_ascii(source)?)),
        Format::Ply => surface(source, Format::Ply, ply::read(source)?),
        Format::Obj => surface(source, Format::Obj, without_fields(obj::read(source)?)),
        Format::VtkLegacy => vtk::read_legacy(source)?,
        Format::Msh => gmsh::read(source)?,
        Format::Inp => inp::read(source)?,
        Format::TetGen => node_files::read(source)?,
        // Images are refused there by their kind.
        _ => vtk::read_xml(source)?,
    };
    match &mesh {
        MeshFile::Surface(surface) if surface.surface.triangles.is_empty() => return Err(source.nothing("triangle")),
        MeshFile::Volume(volume) if volume.mesh.element_count() == 0 => return Err(source.nothing("element")),
        _ => {}
    }
    let digest = Sha256::digest(bytes);
    mesh.provenance_mut().sha256 = digest.iter().map(|byte| format!("{byte:02x}")).collect();
    Ok(mesh)
}

/// Reads a surface as the file has it; [`crate::load_surface`] gives it in mm and LPS with a report.
pub fn read_surface(path: &Path, control: &RunControl) -> Result<SurfaceFile, MeshIoError> {
    read_mesh(path, control)?.into_surface()
}

/// Reads a surface from bytes; see [`read_mesh_bytes`].
pub fn read_surface_bytes(file: &str, bytes: &[u8], control: &RunControl) -> Result<SurfaceFile, MeshIoError> {
    read_mesh_bytes(file, bytes, control)?.into_surface()
}

/// Reads a volume mesh (VTU, legacy VTK, MSH, INP, TetGen) with its fields and regions as the file has it.
pub fn read_volume(path: &Path, control: &RunControl) -> Result<VolumeFile, MeshIoError> {
    read_mesh(path, control)?.into_volume()
}

/// Reads a volume mesh from bytes; see [`read_mesh_bytes`].
pub fn read_volume_bytes(file: &str, bytes: &[u8], control: &RunControl) -> Result<VolumeFile, MeshIoError> {
    read_mesh_bytes(file, bytes, control)?.into_volume()
}

type Parts = (SurfaceMesh, Vec<Field>, Statements, Vec<String>);

fn without_fields((surface, statements, notes): (SurfaceMesh, Statements, Vec<String>)) -> Parts {
    (surface, Vec::new(), statements, notes)
}

fn surface(source: Source<'_>, format: Format, (surface, fields, statements, notes): Parts) -> MeshFile {
    let provenance = Provenance {
        file: source.file.to_owned(),
        format,
        unit: statements.unit,
        frame: statements.frame,
        sha256: String::new(),
        notes,
    };
    MeshFile::Surface(SurfaceFile { surface, fields, provenance })
}

/// Whether the bytes begin like one of VTK's files: XML or legacy, mesh or image.
pub fn is_vtk(bytes: &[u8]) -> bool {
    vtk::is_xml(bytes) || bytes.starts_with(vtk::LEGACY_MAGIC)
}

/// Whether the first bytes are those of one of VTK's images.
pub fn is_vtk_image(head: &[u8]) -> bool {
    let text = String::from_utf8_lossy(&head[..head.len().min(4096)]).to_ascii_uppercase();
    is_vtk(head) && (text.contains("\"IMAGEDATA\"") || text.contains("STRUCTURED_POINTS"))
}

/// The format. XML is told apart into VTP and VTU only when it is read.
fn detect(source: Source<'_>) -> Result<Format, MeshIoError> {
    let (bytes, file) = (source.bytes, source.file);
    if bytes.is_empty() {
        return Err(MeshIoError::Empty { file: file.to_owned() });
    }
    let exact_size = stl::stated_triangles(bytes).map(|count| stl::HEADER + stl::RECORD * count);
    if exact_size == Some(bytes.len()) {
        return Ok(Format::StlBinary);
    }
    if vtk::is_xml(bytes) {
        return Ok(Format::Vtu);
    }
    if bytes.starts_with(vtk::LEGACY_MAGIC) {
        return Ok(Format::VtkLegacy);
    }
    if gmsh::is_msh(bytes) {
        return Ok(Format::Msh);
    }
    if bytes.starts_with(b"ply\n") || bytes.starts_with(b"ply\r") {
        return Ok(Format::Ply);
    }
    if begins_with_solid(bytes) && is_text(bytes) {
        return Ok(Format::StlAscii);
    }
    let extension = Path::new(file).extension().map(|extension| extension.to_ascii_lowercase());
    let extension = extension.as_ref().and_then(|extension| extension.to_str()).unwrap_or("");
    match extension {
        _ if is_text(bytes) && inp::is_inp(bytes) => Ok(Format::Inp),
        "inp" if is_text(bytes) => Ok(Format::Inp),
        // Their content is nothing but numbers.
        _ if node_files::EXTENSIONS.contains(&extension) && is_text(bytes) => Ok(Format::TetGen),
        "obj" if is_text(bytes) => Ok(Format::Obj),
        // A damaged binary STL: its reader says which number is wrong.
        "stl" if !is_text(bytes) => Ok(Format::StlBinary),
        _ if is_text(bytes) && obj::is_obj(bytes) => Ok(Format::Obj),
        _ => Err(MeshIoError::UnknownFormat { file: file.to_owned(), beginning: quote(bytes) }),
    }
}

fn begins_with_solid(bytes: &[u8]) -> bool {
    let bytes = bytes.strip_prefix(b"\xEF\xBB\xBF").unwrap_or(bytes).trim_ascii_start();
    bytes.get(..5).is_some_and(|word| word.eq_ignore_ascii_case(b"solid"))
        && bytes.get(5).is_none_or(u8::is_ascii_whitespace)
}

/// Text has no control characters but white space; a binary STL has zeros in its first triangles at the latest.
fn is_text(bytes: &[u8]) -> bool {
    const LOOK_AT: usize = 4096;
    let is_plain = |&byte: &u8| byte >= b' ' || byte.is_ascii_whitespace();
    bytes[..bytes.len().min(LOOK_AT)].iter().all(is_plain)
}
