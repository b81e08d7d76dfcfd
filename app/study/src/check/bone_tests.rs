use crate::{BoneStatistic, CalibrationBasis, ModulusLawName, Study, StudyError};
use std::path::Path;

const VERTEBRA: &str = r#"
version = 1
title = "Vertebra"
question = "How stiff?"
context_of_use = "Test of the study reader."
supports = [{ region = "all", fixed = ["x", "y", "z"] }]

[risk]
influence = "low"
influence_rationale = "test"
consequence = "low"
consequence_rationale = "test"

[anatomy]
file = "bone.stl"
unit = "mm"
frame = "LPS"
licence = "none"

[material]
name = "bone"
law = "bone_density"
source = "test"

[material.parameters]
poissons_ratio = 0.3
calibration_intercept = "-10 kg/m^3"
calibration_slope = "0.0008 g/cm^3"
minimum_modulus = "10 MPa"
maximum_modulus = "20 GPa"

[material.bone]
image = "ct.nii.gz"
licence = "none"
calibration = "assumed"
calibration_source = "no phantom was scanned"
ash_line = "schileo"
modulus_law = "morgan_vertebra"

[regions]
all = { everything = {} }

[mesh]
element = "tet10"

[[load_cases]]
name = "push"
loads = [{ region = "all", force = ["10 N", "0 N", "0 N"], source = "test" }]

[[outputs]]
name = "mean_modulus"
label = "mean modulus"
unit = "GPa"
bone = { statistic = "mean_modulus" }
"#;

fn read(text: &str) -> Result<Study, StudyError> {
    Study::parse(Path::new("vertebra.toml"), text.to_owned())
}

/// The message after replacing `from` (which must occur) by `to`.
fn message(from: &str, to: &str) -> String {
    assert!(VERTEBRA.contains(from), "the study holds {from}");
    match read(&VERTEBRA.replacen(from, to, 1)) {
        Ok(_) => panic!("the study with {to} was accepted"),
        Err(error) => error.to_string(),
    }
}

#[test]
fn bone_from_an_image_is_read_with_its_declared_values() {
    let study = read(VERTEBRA).unwrap();
    let material = study.document.material.as_ref().unwrap();
    let bone = material.bone.as_ref().unwrap();
    assert_eq!((bone.calibration, bone.modulus_law), (CalibrationBasis::Assumed, ModulusLawName::MorganVertebra));
    let value = |name: &str| material.value(name).unwrap();
    // t/mm³: 0.0008 g/cm³ and -10 kg/m³.
    assert!((value("calibration_slope") - 0.8e-12).abs() < 1e-24);
    assert!((value("calibration_intercept") + 1e-11).abs() < 1e-22);
    assert_eq!((value("ash_over_apparent"), value("metal_above")), (0.598, 3000.0));
    assert_eq!((value("strain_rate"), value("soft_tissue_below")), (1.0, 100.0));
    let output = &study.document.outputs[0];
    assert_eq!(output.bone.as_ref().map(|bone| bone.statistic), Some(BoneStatistic::MeanModulus));
    assert_eq!(output.class(), Some(quantity::UnitClass::Pressure));
}

#[test]
fn a_calibration_must_be_stated_and_have_a_source() {
    assert!(message("calibration = \"assumed\"\n", "").contains("\"calibration\""));
    assert!(message("calibration = \"assumed\"", "calibration = \"guessed\"").contains("assumed"));
    let text = message("calibration_source = \"no phantom was scanned\"", "calibration_source = \" \"");
    assert!(text.contains("where the calibration line comes from"), "{text}");
    assert!(message("calibration_slope = \"0.0008 g/cm^3\"\n", "").contains("calibration_slope"));
    assert!(message("calibration_slope = \"0.0008 g/cm^3\"", "calibration_slope = \"0.0008\"").contains("unit"));
    assert!(message("calibration_slope = \"0.0008 g/cm^3\"", "calibration_slope = \"0 g/cm^3\"").contains("above 0"));
}

#[test]
fn the_table_belongs_to_its_law_and_the_law_to_its_table() {
    let isotropic = r#"law = "isotropic_elastic""#;
    let text = message("law = \"bone_density\"", isotropic);
    assert!(text.contains("calibration_intercept"), "{text}");
    let parameters = VERTEBRA.find("[material.parameters]").unwrap()..VERTEBRA.find("[material.bone]").unwrap();
    let mut other = VERTEBRA.to_owned();
    other.replace_range(parameters, "parameters = { youngs_modulus = \"1 GPa\", poissons_ratio = 0.3 }\n");
    let error = read(&other.replace("law = \"bone_density\"", isotropic)).unwrap_err().to_string();
    assert!(error.contains("belongs to the law \"bone_density\" alone"), "{error}");
    let table = VERTEBRA.find("[material.bone]").unwrap()..VERTEBRA.find("[regions]").unwrap();
    let mut without = VERTEBRA.to_owned();
    without.replace_range(table, "");
    let error = read(&without).unwrap_err().to_string();
    assert!(error.contains("needs a table [material.bone]"), "{error}");
}

#[test]
fn paths_limits_and_words_are_checked() {
    assert!(message("image = \"ct.nii.gz\"", "image = \"/data/ct.nii.gz\"").contains("relative to the study"));
    assert!(message("minimum_modulus = \"10 MPa\"", "minimum_modulus = \"30 GPa\"").contains("above minimum_modulus"));
    assert!(
        message("modulus_law = \"morgan_vertebra\"", "modulus_law = \"morgan_vertebrae\"").contains("morgan_vertebra")
    );
    assert!(message("statistic = \"mean_modulus\"", "statistic = \"mode\"").contains("mean_modulus"));
    assert!(message("unit = \"GPa\"\nbone", "unit = \"mm\"\nbone").contains("mm"));
}

/// Outputs of mapped bone need mapped bone.
#[test]
fn a_homogeneous_material_has_no_bone_outputs() {
    let start = VERTEBRA.find("[material]").unwrap();
    let end = VERTEBRA.find("[regions]").unwrap();
    let mut text = VERTEBRA.to_owned();
    let material = "[material]\nname = \"bone\"\nlaw = \"isotropic_elastic\"\nsource = \"test\"\n\
                    parameters = { youngs_modulus = \"1 GPa\", poissons_ratio = 0.3 }\n\n";
    text.replace_range(start..end, material);
    let error = read(&text).unwrap_err().to_string();
    assert!(error.contains("bone_density"), "{error}");
}
