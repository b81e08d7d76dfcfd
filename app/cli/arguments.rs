//! The command line as data. `--help` is generated from the comments here.

use clap::{Args, Parser, Subcommand, ValueEnum};
use std::path::PathBuf;

/// In-silico testing of medical devices: anatomy, mechanics, credibility dossier. Not for clinical use.
#[derive(Debug, Parser)]
#[command(name = "vesalius", version, arg_required_else_help = true)]
pub(crate) struct Arguments {
    /// What to do.
    #[command(subcommand)]
    pub(crate) verb: Verb,
    /// Print one JSON object on standard output; logs and progress stay on standard error.
    #[arg(long, global = true)]
    pub(crate) json: bool,
    /// Worker threads; results do not depend on it. Default: all cores.
    #[arg(long, global = true, value_name = "N", value_parser = clap::value_parser!(u16).range(1..))]
    pub(crate) threads: Option<u16>,
    /// Memory that a solve may use, for example 8GiB; a larger need is refused with its number.
    #[arg(long, global = true, value_name = "SIZE", value_parser = parse_memory)]
    pub(crate) memory: Option<u64>,
}

/// The headless verbs.
#[derive(Debug, Subcommand)]
pub(crate) enum Verb {
    /// Read a mesh or an image and judge it: holes, crossings, winding, unit, frame, labels.
    Import {
        /// Mesh (STL, PLY, OBJ, VTP, VTU, legacy VTK, MSH, INP, TetGen) or image (NIfTI, NRRD, MHA, MHD, VTI, DICOM
        /// file or folder of slices).
        file: PathBuf,
        #[command(flatten)]
        reading: Reading,
    },
    /// Take a label or a range of values out of an image: as a smooth surface or as a label map.
    Segment(Segmentation),
    /// Make a damaged surface closed, manifold and free of crossings; every change is listed with place and size.
    Repair(Repairing),
    /// Find the lines through the middle of a vessel or bone, with the radius of the largest sphere inside.
    Centreline {
        /// Closed surface: STL, PLY, OBJ, VTP or legacy VTK.
        file: PathBuf,
        /// The lines to write: .vtu (beams with the radius) or .csv.
        #[arg(short, long, value_name = "OUT")]
        output: PathBuf,
        /// Where the lines begin (mm, LPS). Default: the largest flat end.
        #[arg(long, value_name = "X,Y,Z", allow_hyphen_values = true)]
        from: Option<String>,
        /// Where a line ends; may be given again. Default: every other flat end.
        #[arg(long, value_name = "X,Y,Z", allow_hyphen_values = true)]
        to: Vec<String>,
        #[command(flatten)]
        reading: Reading,
    },
    /// Make a vessel ready for flow: closed, with inlet and outlets as named planar regions, lengthened if asked; and
    /// measure the sac of an aneurysm.
    Vessel(VesselPreparation),
    /// Measure a surface: volume, area, flat ends, and the landmarks of a femur.
    Measure {
        /// STL, PLY, OBJ, VTP or legacy VTK file.
        file: PathBuf,
        /// Measure it as a femur of this side: head, neck and shaft.
        #[arg(long, value_enum)]
        femur: Option<FemurSide>,
        #[command(flatten)]
        reading: Reading,
    },
    /// Fill a closed surface, or the labels of a label map, with tetrahedra.
    ///
    /// Labels become parts of one mesh that share their nodes where they touch. Of a volume mesh the inside of its
    /// boundary is filled anew.
    Mesh(Meshing),
    /// Cut a bone by a plane into two closed pieces, as a saw does.
    Cut(Cutting),
    /// Fill a tube with curved hexahedra (or tetrahedra): straight, bent, along a centreline, or by a profile with cones
    /// and steps.
    Tube(Tubing),
    /// Run a study: mesh, solve, report quantities with their uncertainty.
    Run(StudyArguments),
    /// Run what the study still lacks and write dossier.pdf and dossier.zip.
    Dossier(StudyArguments),
    /// Solve the built-in verification cases and compare with their references.
    Verify {
        /// Only cases whose id contains this text, for example "solid/le10".
        #[arg(default_value = "")]
        pattern: String,
        /// Also the slow cases (up to an hour); an interrupted run goes on where it stopped.
        #[arg(long)]
        full: bool,
        /// Where finished cases are kept, so that an interrupted --full run goes on.
        #[arg(short, long, value_name = "DIR")]
        output: Option<PathBuf>,
    },
    /// Print the JSON Schema of the study file.
    Schema,
}

/// What to fill, and how.
#[derive(Debug, Args)]
pub(crate) struct Meshing {
    /// Surface (STL, PLY, OBJ, VTP, legacy VTK), label map (NIfTI, NRRD, MHA, MHD, VTI, DICOM SEG) or volume mesh
    /// (VTU, legacy VTK, MSH, INP, TetGen).
    pub(crate) file: PathBuf,
    /// The mesh to write.
    #[arg(short, long, value_name = "OUT.vtu")]
    pub(crate) output: PathBuf,
    /// Element size at the surface with its unit, for example 1.5mm. Default: from thickness and volume error.
    #[arg(long, value_name = "LENGTH")]
    pub(crate) size: Option<String>,
    /// Of a label map only these labels, by value or by the name that the file gives. Default: all.
    #[arg(long, value_name = "LABEL", num_args = 1..)]
    pub(crate) label: Vec<String>,
    /// Of a label map: give parts of a label smaller than this to what is around them, for example 50mm3. Default: those of
    /// fewer than 27 voxels.
    #[arg(long, value_name = "VOLUME", conflicts_with = "layers")]
    pub(crate) islands: Option<String>,
    /// So many layers of flat elements along the wall of a closed lumen, for flow: 3 to 20. Elements are of order 1.
    #[arg(long, value_name = "COUNT", conflicts_with = "label")]
    pub(crate) layers: Option<usize>,
    /// Height of the layer at the wall. Default: all layers together are half an element thick.
    #[arg(long, value_name = "LENGTH", requires = "layers")]
    pub(crate) first_layer: Option<String>,
    /// Polynomial order: 1 (4 nodes) or 2 (10 nodes, curved edges). Default: 2, with layers 1.
    #[arg(long, value_parser = clap::value_parser!(u8).range(1..=2))]
    pub(crate) order: Option<u8>,
    /// Put a closed implant into the bone: a second part of the same mesh, which takes its place. May be given again; where
    /// implants overlap, the first fills the place. Same unit and frame as the bone's file.
    #[arg(long, value_name = "IMPLANT", conflicts_with_all = ["label", "layers", "islands"])]
    pub(crate) implant: Vec<PathBuf>,
    /// Smaller elements in a ball: its middle and radius (mm, LPS) and their size. May be given again.
    #[arg(long, value_name = "X,Y,Z,R=SIZE", allow_hyphen_values = true, conflicts_with_all = ["label", "implant"])]
    pub(crate) refine_sphere: Vec<String>,
    /// Smaller elements within a distance (mm) of a region of the surface or a flat end (cap_1, ...): "cap_1,2=0.5mm". May
    /// be given again.
    #[arg(long, value_name = "REGION,DISTANCE=SIZE", conflicts_with_all = ["label", "implant"])]
    pub(crate) refine_region: Vec<String>,
    #[command(flatten)]
    pub(crate) reading: Reading,
}

/// Where to cut.
#[derive(Debug, Args)]
#[command(group = clap::ArgGroup::new("plane").required(true).args(["origin", "femur"]))]
pub(crate) struct Cutting {
    /// Closed surface: STL, PLY, OBJ, VTP or legacy VTK.
    pub(crate) file: PathBuf,
    /// The surface to write, .vtp (with the region cut) or .stl; of both pieces OUT_behind and OUT_beyond.
    #[arg(short, long, value_name = "OUT")]
    pub(crate) output: PathBuf,
    /// A point of the plane (mm, LPS).
    #[arg(long, value_name = "X,Y,Z", allow_hyphen_values = true, requires = "normal")]
    pub(crate) origin: Option<String>,
    /// The direction across the plane; what it points to is the piece beyond.
    #[arg(long, value_name = "X,Y,Z", allow_hyphen_values = true, requires = "origin")]
    pub(crate) normal: Option<String>,
    /// Cut the neck of a femur of this side, across the axis from neck to head; the head is beyond.
    #[arg(long, value_enum, requires = "from_head")]
    pub(crate) femur: Option<FemurSide>,
    /// Distance of that cut from the head's centre, for example 35mm.
    #[arg(long, value_name = "LENGTH", requires = "femur")]
    pub(crate) from_head: Option<String>,
    /// Tilt of that cut, for example 10deg: positive turns it flatter, across the shaft.
    #[arg(long, value_name = "ANGLE", allow_hyphen_values = true, requires = "femur")]
    pub(crate) tilt: Option<String>,
    /// Thickness that the saw takes away, half on each side of the plane.
    #[arg(long, value_name = "LENGTH")]
    pub(crate) kerf: Option<String>,
    /// Cut only where the plane meets the surface nearest to this point (mm, LPS). Default: everywhere; of a neck at the
    /// neck.
    #[arg(long, value_name = "X,Y,Z", allow_hyphen_values = true)]
    pub(crate) near: Option<String>,
    /// Which piece to write.
    #[arg(long, value_enum, default_value = "both")]
    pub(crate) keep: KeptPiece,
    #[command(flatten)]
    pub(crate) reading: Reading,
}

/// Pieces of a cut bone.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum KeptPiece {
    /// The one that the normal points away from.
    Behind,
    /// The one that it points to.
    Beyond,
    /// Both.
    Both,
}

/// Which tube, and how it is to be divided.
#[derive(Debug, Args)]
#[command(group = clap::ArgGroup::new("shape").required(true).args(["length", "along", "profile"]))]
pub(crate) struct Tubing {
    /// Radius of the lumen with its unit, for example 2mm. Along a centreline: instead of its inscribed radii.
    #[arg(long, value_name = "LENGTH", conflicts_with = "profile")]
    pub(crate) radius: Option<String>,
    /// Length of a straight or bent tube; it begins at the origin along z.
    #[arg(long, value_name = "LENGTH", requires = "radius")]
    pub(crate) length: Option<String>,
    /// Bend it along a circle of this radius, towards x.
    #[arg(long, value_name = "RADIUS", requires = "length")]
    pub(crate) bend: Option<String>,
    /// Follow a centreline: the .csv that `vesalius centreline` writes.
    #[arg(long, value_name = "LINES.csv")]
    pub(crate) along: Option<PathBuf>,
    /// Which of its lines, from 0 on. Needed when there are several.
    #[arg(long, value_name = "N", requires = "along")]
    pub(crate) line: Option<usize>,
    /// A profile to turn about z: a .csv of "z_mm,r_mm" a line, straight in between; two radii at one z make a step.
    #[arg(long, value_name = "PROFILE.csv")]
    pub(crate) profile: Option<PathBuf>,
    /// Thickness of a wall around the lumen, a second part of the mesh.
    #[arg(long, value_name = "LENGTH")]
    pub(crate) wall: Option<String>,
    /// The mesh to write.
    #[arg(short, long, value_name = "OUT.vtu")]
    pub(crate) output: PathBuf,
    /// Kind of the elements.
    #[arg(long, value_enum, default_value = "hex20")]
    pub(crate) element: TubeElement,
    /// Elements around the tube, a multiple of 4.
    #[arg(long, value_name = "COUNT", default_value_t = 24)]
    pub(crate) around: usize,
    /// Rings between the core and the wall. Default: as thick as the elements are wide.
    #[arg(long, value_name = "COUNT")]
    pub(crate) rings: Option<usize>,
    /// Thickness of the ring at the wall of the lumen; the others grow away from it. Default: all equal.
    #[arg(long, value_name = "LENGTH")]
    pub(crate) first_height: Option<String>,
    /// Rings in the wall.
    #[arg(long, value_name = "COUNT", default_value_t = 2, requires = "wall")]
    pub(crate) wall_rings: usize,
    /// Length of the elements along the tube. Default: as long as wide, shorter near steps.
    #[arg(long, value_name = "LENGTH")]
    pub(crate) element_length: Option<String>,
}

/// Kinds of elements that a tube can have.
#[derive(Debug, Clone, Copy, ValueEnum)]
pub(crate) enum TubeElement {
    /// Hexahedra with straight edges.
    Hex8,
    /// Hexahedra with curved edges.
    Hex20,
    /// Tetrahedra with straight edges.
    Tet4,
    /// Tetrahedra with curved edges.
    Tet10,
}

/// How a surface is to be repaired.
#[derive(Debug, Args)]
pub(crate) struct Repairing {
    /// STL, PLY, OBJ, VTP or legacy VTK file.
    pub(crate) file: PathBuf,
    /// The surface to write: .stl or .vtp.
    #[arg(short, long, value_name = "OUT")]
    pub(crate) output: PathBuf,
    /// Leave holes larger than this open, for example the 20mm opening of a vessel. Default: close all.
    #[arg(long, value_name = "LENGTH")]
    pub(crate) largest_hole: Option<String>,
    /// Remove parts smaller than this. Default: keep all.
    #[arg(long, value_name = "LENGTH")]
    pub(crate) drop_parts: Option<String>,
    /// When to lay a new surface around the inside of the old one.
    #[arg(long, value_enum, default_value = "auto")]
    pub(crate) resurface: Resurfacing,
    /// Afterwards make all edges about this long. Sharp edges are kept.
    #[arg(long, value_name = "LENGTH")]
    pub(crate) remesh: Option<String>,
    #[command(flatten)]
    pub(crate) reading: Reading,
}

/// How a vessel is to be prepared.
#[derive(Debug, Args)]
pub(crate) struct VesselPreparation {
    /// Surface of the lumen, open or capped: STL, PLY, OBJ, VTP or legacy VTK.
    pub(crate) file: PathBuf,
    /// The surface to write, with the regions wall, inlet, outlet_1, ... (and sac): .vtp.
    #[arg(short, long, value_name = "OUT.vtp")]
    pub(crate) output: PathBuf,
    /// The inlet: the number of an end, 1 being the largest, or a point near it (mm, LPS). Default: the largest end.
    #[arg(long, value_name = "N|X,Y,Z", allow_hyphen_values = true)]
    pub(crate) inlet: Option<String>,
    /// Lengthen every end by this many of its radii, straight along its normal, blending into a circle.
    #[arg(long, value_name = "RADII")]
    pub(crate) extend: Option<f64>,
    /// Cut rounded ends across the centreline, this many local radii from their tips.
    #[arg(long, value_name = "RADII")]
    pub(crate) cut: Option<f64>,
    /// A point near the tip of a rounded end to cut (mm, LPS); may be given again. Default: tips are looked for where
    /// fewer than two ends are found.
    #[arg(long, value_name = "X,Y,Z", allow_hyphen_values = true, requires = "cut")]
    pub(crate) cut_at: Vec<String>,
    /// Tell the sac of an aneurysm from its parent vessel and measure it; its neck goes to OUT_neck.vtp.
    #[arg(long)]
    pub(crate) sac: bool,
    /// A point on the dome of the sac (mm, LPS). Default: the largest bulge.
    #[arg(long, value_name = "X,Y,Z", allow_hyphen_values = true, requires = "sac")]
    pub(crate) dome: Option<String>,
    /// The sac begins this many parent radii from the parent's centreline. Default: 1.35.
    #[arg(long, value_name = "RADII", requires = "sac")]
    pub(crate) sac_factor: Option<f64>,
    #[command(flatten)]
    pub(crate) reading: Reading,
}

/// The last resort of a repair.
#[derive(Debug, Clone, Copy, ValueEnum)]
pub(crate) enum Resurfacing {
    /// When mending in place fails.
    Auto,
    /// Refuse instead.
    Never,
    /// Always.
    Always,
}

/// What to take out of an image.
#[derive(Debug, Args)]
pub(crate) struct Segmentation {
    /// Image or label map: NIfTI, NRRD, MHA, MHD, VTI, legacy VTK, DICOM file or folder of slices.
    pub(crate) file: PathBuf,
    /// The surface (.stl, .vtp) or label map (.nii.gz, .nrrd, .mha) to write.
    #[arg(short, long, value_name = "OUT")]
    pub(crate) output: PathBuf,
    /// Labels to take, by value or by the name that the file gives; several become one.
    #[arg(long, value_name = "LABEL", num_args = 1.., conflicts_with = "threshold", required_unless_present = "threshold")]
    pub(crate) label: Vec<String>,
    /// Range of values to take, for example 200.. or -150..250 (Hounsfield units in CT).
    #[arg(long, value_name = "LOW..HIGH", allow_hyphen_values = true)]
    pub(crate) threshold: Option<String>,
    /// Look only at the voxels in the box between two corners (mm, LPS), the smallest coordinates first.
    #[arg(long, value_names = ["X,Y,Z", "X,Y,Z"], num_args = 2, allow_hyphen_values = true)]
    pub(crate) crop: Vec<String>,
    /// Keep only what is connected with this point (mm, LPS); may be given again.
    #[arg(long, value_name = "X,Y,Z", allow_hyphen_values = true)]
    pub(crate) seed: Vec<String>,
    /// Remove what is thinner than two of these radii, for example 1mm.
    #[arg(long, value_name = "RADIUS")]
    pub(crate) open: Option<String>,
    /// Close gaps narrower than two of these radii.
    #[arg(long, value_name = "RADIUS")]
    pub(crate) close: Option<String>,
    /// Fill cavities.
    #[arg(long)]
    pub(crate) fill: bool,
    /// Remove parts smaller than this, for example 50mm^3.
    #[arg(long, value_name = "VOLUME")]
    pub(crate) islands: Option<String>,
    /// Keep only the largest part.
    #[arg(long)]
    pub(crate) largest: bool,
    /// Averages that smooth the surface; 0 leaves the steps of the voxels. The volume stays that of the voxels.
    #[arg(long, value_name = "N", default_value_t = imaging::SmoothOptions::default().iterations)]
    pub(crate) smooth: u32,
    /// Voxel size where the file does not record it, for example 0.35mm; every output then says that it was assumed.
    #[arg(long, value_name = "LENGTH")]
    pub(crate) spacing: Option<String>,
    #[command(flatten)]
    pub(crate) reading: Reading,
}

/// How a geometry file is to be read.
#[derive(Debug, Args)]
pub(crate) struct Reading {
    /// Length unit of the file's numbers. Default: what the file says, else a guess that is reported.
    #[arg(long, value_enum)]
    pub(crate) unit: Option<LengthUnit>,
    /// Patient frame of the file. Default: what the file says, else LPS.
    #[arg(long, value_enum)]
    pub(crate) frame: Option<PatientFrame>,
    /// Refuse to guess: fail when neither the file nor an option states unit and frame.
    #[arg(long)]
    pub(crate) strict: bool,
}

#[derive(Debug, Clone, Copy, ValueEnum)]
pub(crate) enum LengthUnit {
    /// Micrometre.
    Um,
    /// Millimetre.
    Mm,
    /// Centimetre.
    Cm,
    /// Metre.
    M,
    /// Inch.
    In,
}

/// The side of a paired bone.
#[derive(Debug, Clone, Copy, ValueEnum)]
pub(crate) enum FemurSide {
    /// The patient's left.
    Left,
    /// The patient's right.
    Right,
}

#[derive(Debug, Clone, Copy, ValueEnum)]
pub(crate) enum PatientFrame {
    /// Left, posterior, superior (DICOM).
    Lps,
    /// Right, anterior, superior (NIfTI, Slicer scene).
    Ras,
}

/// Arguments of the verbs that take a study.
#[derive(Debug, Args)]
pub(crate) struct StudyArguments {
    /// The study file.
    pub(crate) study: PathBuf,
    /// Folder of the results; created when missing. An interrupted run in it goes on.
    #[arg(short, long, value_name = "DIR")]
    pub(crate) output: PathBuf,
}

/// Bytes from "8GiB", "512 MiB", "2GB" or a plain number of bytes.
fn parse_memory(text: &str) -> Result<u64, String> {
    let text = text.trim();
    let split = text.find(|c: char| !c.is_ascii_digit() && c != '.').unwrap_or(text.len());
    let (number, unit) = text.split_at(split);
    let factor = match unit.trim().to_ascii_lowercase().as_str() {
        "" | "b" => 1.0,
        "kib" => 1024.0,
        "mib" => 1024.0 * 1024.0,
        "gib" => 1024.0 * 1024.0 * 1024.0,
        "tib" => 1024.0 * 1024.0 * 1024.0 * 1024.0,
        "kb" => 1e3,
        "mb" => 1e6,
        "gb" => 1e9,
        "tb" => 1e12,
        other => return Err(format!("\"{other}\" is no unit of memory; write for example 8GiB, 512MiB or 2GB")),
    };
    match number.parse::<f64>() {
        Ok(value) if value > 0.0 && value * factor < 1e18 => Ok((value * factor) as u64),
        _ => Err("a positive size such as 8GiB is needed".to_owned()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn memory_is_read_with_its_unit_and_refused_without_sense() {
        assert_eq!(parse_memory("8GiB"), Ok(8 << 30));
        assert_eq!(parse_memory("1.5 MB"), Ok(1_500_000));
        assert!(parse_memory("8 mm").unwrap_err().contains("8GiB"));
        assert!(parse_memory("-1GiB").is_err() && parse_memory("0").is_err());
    }

    #[test]
    fn the_command_line_is_consistent() {
        use clap::CommandFactory;
        Arguments::command().debug_assert();
    }
}
