//! Readers and writers of mesh files and the import report.
//!
//! A reader gives a mesh exactly as the file has it and says what the file states about unit and frame;
//! [`judge_surface`] turns it into millimetres, LPS and outward normals and says what it found and changed;
//! [`load_surface`] does both. Writers write whole files or none ([`write_atomically`]), in mm and LPS.

mod atomic;
mod draft;
mod error;
mod file;
mod gmsh;
mod inp;
mod judge;
pub mod keyword;
mod load;
mod node_files;
mod obj;
mod ply;
mod polygon;
mod read;
mod regions;
pub mod source;
mod statement;
mod stl;
mod strip;
mod vtk;

pub use atomic::write_atomically;
pub use error::{MeshIoError, Place, WriteError};
pub use file::{
    Format, Frame, LengthUnit, MeshFile, Provenance, SurfaceFile, UnknownFrame, UnknownLengthUnit, VolumeFile,
};
pub use gmsh::{encode_msh, write_msh};
pub use inp::{HexIntegration, encode_inp, write_inp};
pub use judge::{
    Basis, Bounds, ElementQuality, Finding, FrameDecision, ImportReport, JudgeOptions, JudgedSurface, JudgedVolume,
    Kind, Severity, UnitDecision, decide_frame, guess_unit, judge_surface, judge_volume,
};
pub use load::{load_surface, load_volume};
pub use read::{
    is_vtk, is_vtk_image, read_mesh, read_mesh_bytes, read_surface, read_surface_bytes, read_volume, read_volume_bytes,
};
pub use stl::{write_stl_ascii, write_stl_binary};
pub use vtk::{
    ImageArray, ImageData, XmlEncoding, encode_vtp, encode_vtu, read_image_data, read_pvd, write_pvd, write_vtp,
    write_vtu,
};
