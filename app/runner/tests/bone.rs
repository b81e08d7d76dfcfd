//! A vertebra whose modulus comes from its CT, on a coarse mesh: what the record and the files say.
#![expect(clippy::unwrap_used, reason = "a helper of a test may panic: that is how it fails")]

use control::RunControl;
use runner::{RunOptions, run};
use std::path::Path;
use study::Study;
use study::record::{Severity, Status};

const SIZE: &str = "size = \"2.4 mm\"";

/// The example on one mesh of 5 mm, changed.
fn coarse(from: &str, to: &str) -> Study {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../examples/lumbar_compression.toml");
    let text = std::fs::read_to_string(&path).unwrap();
    assert!(text.contains(SIZE) && text.contains("levels = 3") && text.contains(from));
    let text = text.replace(SIZE, "size = \"5 mm\"").replace("levels = 3", "levels = 1").replacen(from, to, 1);
    Study::parse(&path, text).unwrap()
}

#[test]
fn the_record_says_what_was_mapped_and_that_the_calibration_is_assumed() {
    let folder = tempfile::tempdir().unwrap();
    let study = coarse("version = 1", "version = 1");
    let outcome = run(&study, folder.path(), &RunOptions::default(), &RunControl::silent()).unwrap();
    let record = outcome.record;
    assert_eq!(record.status, Status::Finished);
    assert_eq!(record.inputs.len(), 2);
    for quantity in &record.quantities {
        assert!(quantity.remarks.iter().any(|remark| remark.starts_with("Assumed calibration")), "{}", quantity.name);
    }
    let value = |name: &str| record.quantity(name).unwrap().value;
    assert!(value("smallest_modulus") >= 10.0 && value("largest_modulus") <= 20.0);
    assert!((100.0..2000.0).contains(&value("mean_modulus")), "{} MPa", value("mean_modulus"));
    assert!((0.1..1.0).contains(&value("mean_density")), "{} g/cm³", value("mean_density"));
    assert!((0.0..100.0).contains(&value("share_at_floor")), "{} %", value("share_at_floor"));
    // A lumbar vertebral body yields some 10 to 30 kN/mm between plates.
    assert!((2e3..1e5).contains(&value("stiffness")), "{} N/mm", value("stiffness"));
    let warns = |code: &str| record.findings.iter().any(|f| f.code == code && f.severity == Severity::Warning);
    assert!(warns("bone_calibration_assumed") && warns("bone_extrapolated") && warns("bone_partial_volume"));
    assert!(record.findings.iter().any(|finding| finding.code == "bone_mapping"));
    let vtu = std::fs::read(folder.path().join("fields/compression.vtu")).unwrap();
    let holds = |name: &[u8]| vtu.windows(name.len()).any(|window| window == name);
    assert!(holds(b"youngs_modulus") && holds(b"density"));
    for section in ["sagittal", "coronal", "axial"] {
        assert!(folder.path().join(format!("figures/modulus_{section}.png")).is_file());
    }
}

/// In the wrong frame the body lies elsewhere than its image.
#[test]
fn a_body_outside_of_its_image_is_refused() {
    let folder = tempfile::tempdir().unwrap();
    let from = "image = \"../assets/images/tpt_sub-ct_label-22_ct.nii.gz\"";
    let study = coarse(from, &format!("{from}\nframe = \"LPS\""));
    let error = run(&study, folder.path(), &RunOptions::default(), &RunControl::silent()).unwrap_err().to_string();
    assert!(error.contains("lies outside of the image"), "{error}");
}
