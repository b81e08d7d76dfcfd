//! Quantities of interest and figures.

use crate::bone::BoneOutput;
use crate::flow_outputs::{FlowField, FlowOutput};
use crate::located::Located;
use crate::measure::{Length, Number};
use crate::physics::FrameName;
use quantity::UnitClass;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// One quantity of interest: exactly one of `displacement`, `stiffness`, `peak`, `percentile`, `plate_bending`, `bone`; in a study
/// with a flow, `flow`.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Output {
    /// Key in the results, for example "head_displacement".
    pub name: Located<String>,
    /// Name in words for tables.
    pub label: String,
    /// Symbol for formulas.
    #[serde(default)]
    pub symbol: String,
    /// Unit of the result; the class's internal unit when absent.
    #[serde(default)]
    pub unit: Option<Located<String>>,
    /// The load case; may be absent when there is only one.
    #[serde(default)]
    pub load_case: Option<Located<String>>,
    /// Mean displacement of a region.
    #[serde(default)]
    pub displacement: Option<RegionOutput>,
    /// Force on a region over its mean displacement along the force.
    #[serde(default)]
    pub stiffness: Option<StiffnessOutput>,
    /// Largest value of a field in a region (smallest for minimum principal values).
    #[serde(default)]
    pub peak: Option<ExtremeOutput>,
    /// Volume percentile of a field in a region.
    #[serde(default)]
    pub percentile: Option<PercentileOutput>,
    /// Bending stiffness of a plate in four-point bending (ASTM F382).
    #[serde(default)]
    pub plate_bending: Option<PlateBendingOutput>,
    /// A figure of the mapped modulus or density of bone.
    #[serde(default)]
    pub bone: Option<BoneOutput>,
    /// A figure of a flow.
    #[serde(default)]
    pub flow: Option<FlowOutput>,
    /// A value to compare with.
    #[serde(default)]
    pub reference: Option<Reference>,
}

/// A value from elsewhere that the result is compared with.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Reference {
    /// The value with its unit.
    pub value: Located<String>,
    /// Where it comes from.
    pub source: String,
}

/// Mean displacement of a region, by area over boundary faces, else of its nodes alike.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct RegionOutput {
    /// The region.
    pub region: Located<String>,
    /// What to report of the mean displacement vector.
    #[serde(default)]
    pub component: Component,
    /// A point that moves with the region, such as the centre of a femoral head; the region's own centre when absent.
    #[serde(default)]
    pub at: Option<[Length; 3]>,
    /// Frame of component and point.
    #[serde(default)]
    pub frame: FrameName,
}

/// What to report of a vector.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Component {
    /// Its length.
    #[default]
    Magnitude,
    /// First component in the frame: x, or medial.
    First,
    /// Second component in the frame: y, or anterior.
    Second,
    /// Third component in the frame: z, or proximal.
    Third,
}

/// Total force on a region over the region's mean displacement along that force.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct StiffnessOutput {
    /// The region that carries the force.
    pub region: Located<String>,
    /// The region whose displacement counts; `region` when absent.
    #[serde(default)]
    pub displaced: Option<Located<String>>,
}

/// Extreme of a field in a region.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct ExtremeOutput {
    /// The field.
    pub field: FieldName,
    /// The region.
    pub region: Located<String>,
    /// Regions left out.
    #[serde(default)]
    pub exclude: Vec<Located<String>>,
    /// Distance from supports and loaded regions within which values are left out, because idealised supports and loads
    /// make them meaningless; twice the size of the coarsest mesh when absent.
    #[serde(default)]
    pub clear_of_supports_and_loads: Option<Length>,
}

/// Volume percentile of a field in a region: `percent` of the volume lies below it (above it for minimum principal
/// values).
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct PercentileOutput {
    /// Share of the volume, for example "99 %".
    pub percent: Located<Number>,
    /// The field.
    pub field: FieldName,
    /// The region.
    pub region: Located<String>,
    /// Regions left out.
    #[serde(default)]
    pub exclude: Vec<Located<String>>,
    /// As for a peak.
    #[serde(default)]
    pub clear_of_supports_and_loads: Option<Length>,
}

/// Bending stiffness `EI = (2h + 3k) K h² / 12` (ASTM F382), K the total force of `region` over its displacement,
/// h the distance from support to load, k the distance between the loads.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct PlateBendingOutput {
    /// The region that carries the total force of both loading rollers.
    pub region: Located<String>,
    /// The region whose displacement counts; `region` when absent.
    #[serde(default)]
    pub displaced: Option<Located<String>>,
    /// h: from a supporting roller to the loading roller beside it.
    pub support_to_load: Located<Length>,
    /// k: between the loading rollers.
    pub inner_span: Located<Length>,
}

/// A scalar field of linear statics.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
#[allow(missing_docs, reason = "the variants are the fields' names")]
pub enum FieldName {
    DisplacementMagnitude,
    MaxPrincipalStrain,
    MinPrincipalStrain,
    MaxPrincipalStress,
    MinPrincipalStress,
    VonMisesStress,
}

impl FieldName {
    /// Unit class of its values.
    pub const fn class(self) -> UnitClass {
        match self {
            Self::DisplacementMagnitude => UnitClass::Length,
            Self::MaxPrincipalStrain | Self::MinPrincipalStrain => UnitClass::Strain,
            Self::MaxPrincipalStress | Self::MinPrincipalStress | Self::VonMisesStress => UnitClass::Pressure,
        }
    }

    /// Name in words.
    pub const fn label(self) -> &'static str {
        match self {
            Self::DisplacementMagnitude => "displacement magnitude",
            Self::MaxPrincipalStrain => "maximum principal strain",
            Self::MinPrincipalStrain => "minimum principal strain",
            Self::MaxPrincipalStress => "maximum principal stress",
            Self::MinPrincipalStress => "minimum principal stress",
            Self::VonMisesStress => "von Mises stress",
        }
    }

    /// Whether the extreme of interest is the smallest value.
    pub const fn extreme_is_minimum(self) -> bool {
        matches!(self, Self::MinPrincipalStrain | Self::MinPrincipalStress)
    }
}

/// A figure of a field on the body's surface; in an anatomy study, of its regions or parts.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct FigurePlan {
    /// File name without extension.
    pub name: Located<String>,
    /// The field shown. An anatomy study has none.
    #[serde(default)]
    pub field: Option<FieldName>,
    /// The field of a flow shown, instead of `field`.
    #[serde(default)]
    pub flow: Option<FlowField>,
    /// The load case; may be absent when there is only one.
    #[serde(default)]
    pub load_case: Option<Located<String>>,
    /// Unit of the legend; the class's internal unit when absent.
    #[serde(default)]
    pub unit: Option<Located<String>>,
    /// Where the viewer stands.
    #[serde(default)]
    pub view: View,
    /// Factor by which displacements are exaggerated; 0 shows the undeformed shape.
    #[serde(default)]
    pub deformation: f64,
    /// Caption.
    pub caption: String,
}

/// Where the viewer of a figure stands.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
#[allow(missing_docs, reason = "the variants are the anatomical directions")]
pub enum View {
    #[default]
    Anterior,
    Posterior,
    Left,
    Right,
    Superior,
    Inferior,
    AnteriorLeft,
    AnteriorRight,
    PosteriorLeft,
    PosteriorRight,
}
