//! What a study says about bone from CT, read and put together.

use super::{BoneSummary, MappedBone, Mapping, Spread};
use crate::RunnerError;
use crate::anatomy::{ImageReading, read_image};
use constitutive::ConstitutiveError;
use constitutive::bone::{self, AshLine, AshRatio, BoneLaw, BoneLimits, BoneMap, Calibration};
use control::RunControl;
use imaging::Image;
use mesh::VolumeMesh;
use quantity::significant;
use solid::SolidError;
use study::record::{Finding, InputFile, Severity};
use study::{AshLineName, BoneMapping, BoneStatistic, CalibrationBasis, Material, ModulusLawName, Study};

/// Mineral densities are t/mm³ in a study's values and g/cm³ in the laws.
const GRAMS_PER_CM3: f64 = 1e9;
/// A larger share of the body outside of the image means that body and image do not belong together.
const MOST_OUTSIDE: f64 = 1e-3;
/// Shares below this are not worth a warning.
const WORTH_A_WARNING: f64 = 0.01;

/// The image, the map and what must be said of them.
pub(crate) struct BoneMaterial {
    image: Image,
    map: BoneMap,
    soft_below: f64,
    pub(crate) input: InputFile,
    pub(crate) findings: Vec<Finding>,
    /// Said with every quantity.
    pub(crate) remarks: Vec<String>,
    place: String,
}

impl BoneMaterial {
    /// Reads what the study names; `None` for other materials.
    pub(crate) fn read(study: &Study, control: &RunControl) -> Result<Option<Self>, RunnerError> {
        let Some(material) = &study.document.material else { return Ok(None) };
        let Some(mapping) = &material.bone else { return Ok(None) };
        let place = study.place(&mapping.image);
        let path = study.resolve(&mapping.image);
        let unit = mapping.unit.map(crate::geometry::length_unit);
        let frame = mapping.frame.map(crate::geometry::file_frame);
        let judged = read_image(&path, &ImageReading { unit, frame, voxel_size: None }, control)
            .map_err(|error| RunnerError::anatomy(place.clone(), error))?;
        let input = InputFile {
            path: mapping.image.replace('\\', "/"),
            sha256: judged.report.sha256.clone(),
            bytes: crate::geometry::bytes_of(&path),
            licence: mapping.licence.clone(),
            withheld: judged.report.withheld.clone(),
        };
        let map = bone_map(material, mapping).map_err(|error| RunnerError::Solid {
            place: study.place(&material.law),
            error: SolidError::from(error),
        })?;
        let mut findings = crate::geometry::import_findings(&judged.report.findings, "image", &input.path);
        if mapping.calibration == CalibrationBasis::Assumed {
            findings.push(Finding {
                severity: Severity::Warning,
                code: "bone_calibration_assumed".to_owned(),
                message: "The line from Hounsfield units to density is assumed: every modulus is as uncertain as it."
                    .to_owned(),
                place: input.path.clone(),
                remedy: "scan a phantom, and state its line".to_owned(),
            });
        }
        let remarks = remarks(material, mapping, &map, judged.report.spacing_mm);
        let soft_below = material.value("soft_tissue_below").unwrap_or(f64::NAN);
        Ok(Some(Self { image: judged.image, map, soft_below, input, findings, remarks, place }))
    }

    /// Density and modulus on `mesh`, whose label is `label`, and what was found.
    ///
    /// # Errors
    /// When a share of the body lies outside of the image; when cancelled.
    pub(crate) fn onto(
        &self,
        mesh: &VolumeMesh,
        label: &str,
        control: &RunControl,
    ) -> Result<(MappedBone, Vec<Finding>), RunnerError> {
        let mapping = Mapping { image: &self.image, map: &self.map, soft_below: self.soft_below };
        let mapped = mapping.onto(mesh, control)?;
        let outside = mapped.summary.shares.outside;
        if outside > MOST_OUTSIDE {
            let reason = format!(
                "{} of the body's volume lies outside of the image; check unit and frame of both files, or take a larger image",
                percent(outside)
            );
            return Err(RunnerError::Output { place: self.place.clone(), reason });
        }
        let findings = self.findings_of(&mapped.summary, label);
        Ok((mapped, findings))
    }

    fn findings_of(&self, summary: &BoneSummary, label: &str) -> Vec<Finding> {
        let finding = |severity, code: &str, message: String, remedy: &str| Finding {
            severity,
            code: code.to_owned(),
            message,
            place: format!("{}, {label} mesh", self.input.path),
            remedy: remedy.to_owned(),
        };
        let mut findings = vec![finding(Severity::Note, "bone_mapping", describe(summary), "")];
        let shares = summary.shares;
        let [low, high] = self.map.law().tested();
        let warnings = [
            (
                shares.outside,
                f64::MIN_POSITIVE,
                "bone_outside_image",
                "lie outside of the image and have the lowest modulus".to_owned(),
                "take a larger image",
            ),
            (
                shares.metal,
                f64::MIN_POSITIVE,
                "bone_metal",
                "have the numbers of metal or of its artefacts; their modulus is that of no bone".to_owned(),
                "cut the metal out of the body, or reduce the artefact",
            ),
            (
                shares.negative,
                WORTH_A_WARNING,
                "bone_negative_density",
                "have a negative density by the calibration (fat, air, noise), which was taken as 0".to_owned(),
                "check the calibration; look at the body's border",
            ),
            (
                shares.extrapolated,
                WORTH_A_WARNING,
                "bone_extrapolated",
                format!("have a density outside of the {low} to {high} g/cm³ at which the law was tested"),
                "choose a law tested at these densities",
            ),
            (
                summary.soft_at_surface,
                WORTH_A_WARNING,
                "bone_partial_volume",
                format!(
                    "of the elements at the surface are below {} HU: they dip into soft tissue, so that the outer shell is \
                     too soft",
                    self.soft_below
                ),
                "tighten the segmentation, or use an image of smaller voxels",
            ),
        ];
        for (share, least, code, what, remedy) in warnings {
            if share >= least {
                let message = format!("{} of the volume {what}.", percent(share));
                findings.push(finding(Severity::Warning, code, message, remedy));
            }
        }
        if summary.coarse_elements > 0 {
            let message = format!(
                "{} elements are so large that they were sampled more coarsely than the voxels lie.",
                summary.coarse_elements
            );
            findings.push(finding(Severity::Warning, "bone_sampled_coarsely", message, "use smaller elements"));
        }
        findings
    }
}

/// A figure of the mapping in the internal unit.
pub(crate) fn statistic(summary: &BoneSummary, which: BoneStatistic) -> f64 {
    match which {
        BoneStatistic::MinimumModulus => summary.modulus.minimum,
        BoneStatistic::MeanModulus => summary.modulus.mean,
        BoneStatistic::MaximumModulus => summary.modulus.maximum,
        BoneStatistic::MinimumDensity => summary.density.minimum / GRAMS_PER_CM3,
        BoneStatistic::MeanDensity => summary.density.mean / GRAMS_PER_CM3,
        BoneStatistic::MaximumDensity => summary.density.maximum / GRAMS_PER_CM3,
        BoneStatistic::ShareAtFloor => summary.shares.at_floor,
        BoneStatistic::ShareExtrapolated => summary.shares.extrapolated,
        // mg in t.
        BoneStatistic::BoneMineral => summary.mineral_mg * 1e-9,
    }
}

fn describe(summary: &BoneSummary) -> String {
    let range = |Spread { minimum, mean, maximum }: Spread, unit: &str| {
        let [low, middle, high] = [minimum, mean, maximum].map(|value| significant(value, 3));
        format!("{low} to {high} {unit}, mean {middle} {unit}")
    };
    format!(
        "Modulus {}; density {}; {} at the lowest modulus, {} at the highest; {} samples in {} mm³, {} mg of mineral.",
        range(summary.modulus, "MPa"),
        range(summary.density, "g/cm³"),
        percent(summary.shares.at_floor),
        percent(summary.shares.at_ceiling),
        summary.samples,
        significant(summary.volume, 4),
        significant(summary.mineral_mg, 4)
    )
}

fn percent(share: f64) -> String {
    format!("{} %", significant(100.0 * share, 3))
}

fn remarks(material: &Material, mapping: &BoneMapping, map: &BoneMap, spacing: [f64; 3]) -> Vec<String> {
    let text = |name: &str| material.values().into_iter().find(|(p, ..)| p.name == name).map_or(String::new(), |v| v.1);
    let line = format!("{} + {} HU", text("calibration_intercept"), text("calibration_slope"));
    let basis = match mapping.calibration {
        CalibrationBasis::Phantom => "Phantom calibration",
        CalibrationBasis::Assumed => "Assumed calibration",
    };
    let [i, j, k] = spacing.map(|step| significant(step, 3));
    vec![
        format!("{basis}: mineral density = {line}. {}", mapping.calibration_source.trim()),
        format!(
            "Modulus by {} at every Gauss point, from voxels of {i} x {j} x {k} mm; {}. {}.",
            map.law().label(),
            map.law().source(),
            ash_line(mapping.ash_line).source
        ),
    ]
}

fn bone_map(material: &Material, mapping: &BoneMapping) -> Result<BoneMap, ConstitutiveError> {
    let value = |name: &str| material.value(name).unwrap_or(f64::NAN);
    let density = |name: &str| value(name) * GRAMS_PER_CM3;
    let calibration = Calibration::new(density("calibration_intercept"), density("calibration_slope"))?;
    let limits = BoneLimits {
        minimum_modulus: value("minimum_modulus"),
        maximum_modulus: value("maximum_modulus"),
        metal_above: value("metal_above"),
    };
    let law = modulus_law(mapping.modulus_law, value("strain_rate"));
    BoneMap::new(calibration, ash_line(mapping.ash_line), AshRatio::new(value("ash_over_apparent"))?, law, limits)
}

fn ash_line(name: AshLineName) -> AshLine {
    match name {
        AshLineName::Schileo => AshLine::SCHILEO,
        AshLineName::Keyak => AshLine::KEYAK,
        AshLineName::Equal => AshLine::EQUAL,
    }
}

fn modulus_law(name: ModulusLawName, strain_rate: f64) -> BoneLaw {
    match name {
        ModulusLawName::CarterHayes => BoneLaw::Apparent(bone::CARTER_HAYES.at_strain_rate(strain_rate)),
        ModulusLawName::Keller => BoneLaw::Ash(bone::KELLER),
        ModulusLawName::Keyak => BoneLaw::Ash(bone::KEYAK),
        ModulusLawName::MorganVertebra => BoneLaw::Apparent(bone::MORGAN_VERTEBRA),
        ModulusLawName::MorganProximalTibia => BoneLaw::Apparent(bone::MORGAN_TIBIA),
        ModulusLawName::MorganGreaterTrochanter => BoneLaw::Apparent(bone::MORGAN_TROCHANTER),
        ModulusLawName::MorganFemoralNeck => BoneLaw::Apparent(bone::MORGAN_FEMORAL_NECK),
        ModulusLawName::MorganPooled => BoneLaw::Apparent(bone::MORGAN_POOLED),
    }
}
