use crate::image_steps::ImageSteps;
use crate::located::Located;
use crate::measure::{Angle, Length};
use crate::surface_steps::{RepairPlan, SacPlan, VesselPlan};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use std::f64::consts::TAU;

/// A body whose surface comes from a file, or is taken out of an image or label map. The steps are done in this order:
/// image, repair, vessel, sac; then the landmarks are measured.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Anatomy {
    /// Surface, image or label map, or a folder of DICOM slices, relative to the study.
    pub file: Located<String>,
    /// Unit of the file's coordinates. A surface needs it; an image only where its file states none.
    #[serde(default)]
    pub unit: Option<LengthUnit>,
    /// Frame of the file's coordinates. A surface needs it; an image only where its file states none.
    #[serde(default)]
    pub frame: Option<FileFrame>,
    /// Licence and attribution of the file.
    pub licence: String,
    /// What it is.
    #[serde(default)]
    pub description: Option<String>,
    /// Said with every result, for example "solid bone: the surface has no canal".
    #[serde(default)]
    pub remarks: Vec<String>,
    /// The file is an image or label map, and this is what is taken from it.
    #[serde(default)]
    pub image: Option<Located<ImageSteps>>,
    /// The surface is mended.
    #[serde(default)]
    pub repair: Option<Located<RepairPlan>>,
    /// The surface is a vessel's lumen, and is prepared for flow.
    #[serde(default)]
    pub vessel: Option<Located<VesselPlan>>,
    /// The vessel has an aneurysm, and its sac is isolated and measured.
    #[serde(default)]
    pub sac: Option<Located<SacPlan>>,
    /// Landmarks to measure on the surface; they give frames and pickers.
    #[serde(default)]
    pub landmarks: Option<Landmarks>,
}

/// Unit of a file's coordinates.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[allow(missing_docs, reason = "the variants are the units")]
pub enum LengthUnit {
    #[serde(rename = "um")]
    Micrometre,
    #[serde(rename = "mm")]
    Millimetre,
    #[serde(rename = "cm")]
    Centimetre,
    #[serde(rename = "m")]
    Metre,
    #[serde(rename = "in")]
    Inch,
}

/// Frame of a file's coordinates.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub enum FileFrame {
    /// x to the left, y to the back, z to the head.
    #[serde(rename = "LPS")]
    Lps,
    /// x to the right, y to the front, z to the head.
    #[serde(rename = "RAS")]
    Ras,
}

/// A kind of bone whose landmarks can be measured.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Landmarks {
    /// A whole or proximal femur. Gives the frame "femur": origin at the head's centre, axes medial, anterior, proximal
    /// (along the shaft).
    Femur(FemurMarks),
}

/// What must be said about a femur before it is measured.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct FemurMarks {
    /// Body side.
    pub side: Side,
    /// Angle by which the neck points in front of the medial axis. A proximal femur does not show it; state it.
    pub anteversion: Angle,
    /// Where the anteversion comes from.
    #[serde(default)]
    pub anteversion_source: Option<String>,
}

/// Body side.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
#[allow(missing_docs, reason = "the variants say it")]
pub enum Side {
    Left,
    Right,
}

/// A body described by parameters.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Device {
    /// A straight plate.
    Plate(Plate),
    /// The lumen of a straight round tube.
    Tube(TubeShape),
}

/// A straight plate without holes: x from 0 to `length`, y from −`width`/2 to `width`/2, z from −`thickness`/2 to
/// `thickness`/2. Mapped elements; the mesh has nodes at every x of `stations`.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Plate {
    /// Along x.
    pub length: Located<Length>,
    /// Along y.
    pub width: Located<Length>,
    /// Along z.
    pub thickness: Located<Length>,
    /// Places along x where the mesh must have nodes, such as rollers.
    #[serde(default)]
    pub stations: Vec<Located<Length>>,
}

/// The lumen of a straight round tube along z, with the regions `wall`, `inlet` (the lower end) and `outlet_1`. Mapped elements;
/// the mesh size is the width of elements around the narrowest place.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct TubeShape {
    /// Places along z with the radius there, in ascending order; straight between them, and a step where two have the same z.
    pub radius: Located<Vec<[Length; 2]>>,
    /// Height of the layer of elements at the wall in the finest mesh, in proportion to the size in others; as wide as the others
    /// when absent.
    #[serde(default)]
    pub first_layer: Option<Located<Length>>,
}

impl TubeShape {
    /// Elements around a tube at least: fewer do not follow the circle.
    pub const FEWEST_AROUND: u32 = 12;

    /// Elements around the tube of about `size` (mm) at its narrowest place, in whole quarters.
    pub fn around(&self, size: f64) -> u32 {
        4 * (0.25 * TAU * self.narrowest() / size).round() as u32
    }

    /// Width (mm) of so many elements around the narrowest place.
    pub fn width(&self, around: u32) -> f64 {
        TAU * self.narrowest() / f64::from(around)
    }

    fn narrowest(&self) -> f64 {
        self.radius.iter().map(|[_, radius]| radius.value()).fold(f64::INFINITY, f64::min)
    }
}
