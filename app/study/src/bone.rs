//! Bone whose modulus comes from a CT image: what a study must say about it beside numbers.

use crate::anatomy::{FileFrame, LengthUnit};
use crate::located::Located;
use quantity::UnitClass;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// Name of the material law that needs a [`BoneMapping`].
pub const BONE_DENSITY: &str = "bone_density";

/// How a CT image becomes density and modulus. The numbers are the material's parameters.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct BoneMapping {
    /// CT image in Hounsfield units, or a folder of DICOM slices, relative to the study. The body lies in it.
    pub image: Located<String>,
    /// Unit of the image's coordinates; needed only where its file states none.
    #[serde(default)]
    pub unit: Option<LengthUnit>,
    /// Frame of the image's coordinates; needed only where its file states none.
    #[serde(default)]
    pub frame: Option<FileFrame>,
    /// Licence and attribution of the image.
    pub licence: String,
    /// How the calibration line was found.
    pub calibration: CalibrationBasis,
    /// Where the calibration line comes from: the phantom and scan, or why this line is assumed.
    pub calibration_source: Located<String>,
    /// From mineral density to ash density.
    pub ash_line: AshLineName,
    /// From density to modulus.
    pub modulus_law: ModulusLawName,
}

/// How a calibration line was found.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum CalibrationBasis {
    /// A phantom was scanned with the patient or in the same manner.
    Phantom,
    /// The scan has no phantom and the line is assumed: every result says so.
    Assumed,
}

/// A densitometric line ρ_ash = a + b ρ_QCT.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum AshLineName {
    /// 0.079 + 0.877 ρ_QCT g/cm³, hydroxyapatite phantom (Schileo et al. 2008).
    Schileo,
    /// 0.0633 + 0.887 ρ_QCT g/cm³, K₂HPO₄ phantom (Keyak et al. 1994).
    Keyak,
    /// ρ_QCT.
    Equal,
}

/// A law from density to Young's modulus, MPa and g/cm³.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum ModulusLawName {
    /// 3790 ε̇^0.06 ρ_app³ (Carter and Hayes 1977).
    CarterHayes,
    /// 10500 ρ_ash^2.29 (Keller 1994).
    Keller,
    /// 33900 ρ_ash^2.20, 5307 ρ_ash + 469, 10200 ρ_ash^2.01 by pieces (Keyak et al. 1998).
    Keyak,
    /// 4730 ρ_app^1.56 (Morgan et al. 2003).
    MorganVertebra,
    /// 15520 ρ_app^1.93 (Morgan et al. 2003).
    MorganProximalTibia,
    /// 15010 ρ_app^2.18 (Morgan et al. 2003).
    MorganGreaterTrochanter,
    /// 6850 ρ_app^1.49 (Morgan et al. 2003).
    MorganFemoralNeck,
    /// 8920 ρ_app^1.83 (Morgan et al. 2003).
    MorganPooled,
}

/// A figure of the mapped density or modulus over the whole body.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct BoneOutput {
    /// What is reported.
    pub statistic: BoneStatistic,
}

/// What is reported of mapped bone.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum BoneStatistic {
    /// Smallest modulus sampled.
    MinimumModulus,
    /// Mean of the modulus over the volume.
    MeanModulus,
    /// Largest modulus sampled.
    MaximumModulus,
    /// Smallest density sampled, of the kind that the law takes.
    MinimumDensity,
    /// Mean of that density over the volume.
    MeanDensity,
    /// Largest density sampled.
    MaximumDensity,
    /// Share of the volume at the lowest modulus allowed.
    ShareAtFloor,
    /// Share of the volume whose density the law was not tested at.
    ShareExtrapolated,
    /// Mass of mineral, ∫ ρ_QCT dV.
    BoneMineral,
}

impl BoneStatistic {
    /// Unit class of its value.
    pub const fn class(self) -> UnitClass {
        match self {
            Self::MinimumModulus | Self::MeanModulus | Self::MaximumModulus => UnitClass::Pressure,
            Self::MinimumDensity | Self::MeanDensity | Self::MaximumDensity => UnitClass::Density,
            Self::ShareAtFloor | Self::ShareExtrapolated => UnitClass::Number,
            Self::BoneMineral => UnitClass::Mass,
        }
    }
}
