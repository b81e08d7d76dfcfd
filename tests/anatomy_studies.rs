//! Studies from an image or label map to an analysis-ready mesh, by the program from end to end.

#![expect(clippy::expect_used, reason = "a helper of a test that fails is a failed test")]

use serde_json::Value;
use std::path::{Path, PathBuf};
use std::process::Command;

fn root(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join(name)
}

/// Runs a verb on a study and returns the exit code and the messages.
fn vesalius(verb: &str, study: &Path, out: &Path) -> (Option<i32>, String) {
    let output = Command::new(env!("CARGO_BIN_EXE_vesalius"))
        .args([verb, study.to_str().expect("UTF-8 path"), "-o", out.to_str().expect("UTF-8 path")])
        .output()
        .expect("it starts");
    (output.status.code(), String::from_utf8_lossy(&output.stderr).into_owned())
}

fn json(file: &Path) -> Value {
    serde_json::from_slice(&std::fs::read(file).expect("the file")).expect("JSON")
}

/// A shipped study with its input beside it, changed by `change`.
fn copied(folder: &Path, study: &str, input: &str, change: impl Fn(String) -> String) -> PathBuf {
    let text = std::fs::read_to_string(root("examples").join(study)).expect("the study");
    let name = input.rsplit('/').next().expect("a name");
    let file = folder.join(study);
    std::fs::write(&file, change(text.replace(&format!("../assets/{input}"), name))).expect("the study is written");
    let source = root("assets").join(input);
    if source.is_file() {
        std::fs::copy(source, folder.join(name)).expect("the input is copied");
    } else {
        std::fs::create_dir_all(folder.join(name)).expect("a folder");
        for slice in std::fs::read_dir(source).expect("slices") {
            let slice = slice.expect("a slice");
            std::fs::copy(slice.path(), folder.join(name).join(slice.file_name())).expect("the slice is copied");
        }
    }
    file
}

const LABELS: &str = "images/tpt_sub-ct_seg-vert_label-22_msk.nii.gz";
const VOLUME: &str = "images/aneurism_3dra_volume.vti";
const SERIES: &str = "images/dicom_ct_series";

#[test]
fn every_shipped_study_is_sound() {
    for study in ["aortic_dissection", "cerebral_aneurysm", "ct_bone", "lumbar_vertebra"] {
        let study = study::Study::load(&root("examples").join(format!("{study}.toml"))).expect("a sound study");
        assert!(study.document.is_anatomy_study());
    }
}

#[test]
fn a_label_becomes_a_measured_mesh_and_a_second_run_repeats_the_bytes() {
    let folder = tempfile::tempdir().expect("scratch folder");
    let out = folder.path().join("out");
    let coarse = |text: String| text.replace("size = \"2 mm\"", "size = \"4 mm\"");
    let study = copied(folder.path(), "lumbar_vertebra.toml", LABELS, coarse);
    let (code, messages) = vesalius("run", &study, &out);
    assert_eq!(code, Some(0), "{messages}");
    let record = json(&out.join("record.json"));
    assert_eq!(record["status"]["state"], "finished");
    assert_eq!(record["inputs"][0]["sha256"].as_str().map(str::len), Some(64));
    let of = |name: &str| {
        let row = record["quantities"].as_array().expect("quantities").iter().find(|row| row["name"] == name);
        let row = row.expect("the quantity");
        assert_eq!(row["uncertainty"]["kind"], "none", "{name}");
        assert!(row["uncertainty"]["reason"].as_str().is_some_and(|why| why.contains("not assessed")), "{name}");
        row["value"].as_f64().expect("a number")
    };
    assert!((of("surface_volume") / of("surface_volume_of_its_voxels") - 1.0).abs() < 1e-3);
    assert!((of("mesh_volume") / of("surface_volume") - 1.0).abs() < 0.03);
    let quality = &record["meshes"][0]["quality"];
    assert!(quality["min_dihedral_deg"].as_f64() > Some(10.0), "{quality}");
    assert!(quality["thousandth_radius_ratio"].as_f64() > quality["min_radius_ratio"].as_f64(), "{quality}");
    for file in ["surfaces/anatomy.vtp", "fields/anatomy.vtu", "figures/vertebra.png", "figures/mesh_section.png"] {
        assert!(out.join(file).is_file(), "{file}");
    }
    let first = std::fs::read(out.join("record.json")).expect("the record");
    let (code, _) = vesalius("run", &study, &out);
    assert_eq!(code, Some(0));
    assert_eq!(std::fs::read(out.join("record.json")).expect("the record"), first);
    let stages = json(&out.join("run.json"));
    let reused = stages["stages"].as_array().expect("stages").iter().any(|stage| stage["reused"] == true);
    assert!(reused, "{stages}");
}

/// What makes the vertebra a body under load.
const LOADED: &str = r#"
[material]
name = "bone, homogeneous"
law = "isotropic_elastic"
parameters = { youngs_modulus = "1 GPa", poissons_ratio = 0.3 }
source = "none: a test"

[regions]
above = { farthest = { direction = [0, 0, 1], radius = "12 mm" } }
below = { farthest = { direction = [0, 0, -1], radius = "12 mm" } }

[[supports]]
region = "below"
fixed = ["x", "y", "z"]

[[load_cases]]
name = "press"
loads = [{ region = "above", force = ["0 N", "0 N", "-100 N"], source = "none: a test" }]

[[outputs]]
name = "sinking"
label = "Sinking of the upper side"
displacement = { region = "above", component = "third" }
"#;

#[test]
fn a_body_out_of_an_image_carries_loads() {
    let folder = tempfile::tempdir().expect("scratch folder");
    let loaded = |text: String| {
        let text = text.replace("size = \"2 mm\"", "size = \"5 mm\"");
        let text = text.replace("name = \"vertebra\"", "name = \"vertebra\"\nfield = \"von_mises_stress\"");
        format!("{text}{LOADED}")
    };
    let study = copied(folder.path(), "lumbar_vertebra.toml", LABELS, loaded);
    let out = folder.path().join("out");
    let (code, messages) = vesalius("run", &study, &out);
    assert_eq!(code, Some(0), "{messages}");
    let record = json(&out.join("record.json"));
    let sinking = record["quantities"][0]["value"].as_f64().expect("a number");
    assert!(sinking < 0.0, "{sinking} mm");
    // The reactions carry the load.
    assert!(record["solves"][0]["equilibrium_residual"].as_f64().is_some_and(|off| off < 1e-6), "{record}");
    assert_eq!(record["quantities"][0]["load_case"], "press");
    let findings = record["findings"].as_array().expect("findings");
    assert!(findings.iter().any(|finding| finding["code"] == "segmentation"), "{findings:?}");
}

/// What the files say of hospital, device and day; none of it may leave them.
#[test]
fn entries_that_may_identify_a_patient_are_named_and_stay_where_they_are() {
    let folder = tempfile::tempdir().expect("scratch folder");
    let out = folder.path().join("out");
    let study = copied(folder.path(), "ct_bone.toml", SERIES, |text| text);
    let (code, messages) = vesalius("run", &study, &out);
    assert_eq!(code, Some(0), "{messages}");
    let record = json(&out.join("record.json"));
    let withheld = record["inputs"][0]["withheld"].as_array().expect("entries");
    assert!(withheld.iter().any(|name| name == "InstitutionAddress"), "{withheld:?}");
    let findings = record["findings"].as_array().expect("findings");
    let told = findings.iter().any(|f| f["message"].as_str().is_some_and(|text| text.contains("DeviceSerialNumber")));
    assert!(told, "{findings:?}");
    for file in ["record.json", "run.json", "stages/anatomy.json"] {
        let text = std::fs::read_to_string(out.join(file)).expect("the file");
        for value in ["Petersgraben", "20221208", "PETCT2", "60064."] {
            assert!(!text.contains(value) && !messages.contains(value), "{value} in {file}");
        }
    }
}

#[test]
fn bad_input_is_refused_at_its_line_with_a_remedy_and_leaves_nothing() {
    let folder = tempfile::tempdir().expect("scratch folder");
    let (vertebra, lumen, bone) = ("lumbar_vertebra.toml", "cerebral_aneurysm.toml", "ct_bone.toml");
    for (study, input, from, to, words) in [
        (vertebra, LABELS, "label = [22]", "label = [5]", ["line 31", "no label 5", "22"]),
        (vertebra, LABELS, "label = [22]", "label = [\"L3\"]", ["line 31", "no name of the file", "names none"]),
        (
            vertebra,
            LABELS,
            "label = [22]\nfill = true\nlargest = true",
            "parts = [{ label = 5 }]",
            ["line 31", "no voxel has the label 5", "22"],
        ),
        (vertebra, LABELS, "label = [22]", "threshold = \"99..\"", ["line 31", "no voxel lies from 99", "0 to 23"]),
        (
            vertebra,
            LABELS,
            "label = [22]",
            "label = [22]\nvoxel_size = \"1 mm\"\nvoxel_size_source = \"guess\"",
            ["line 32", "records its voxel size", "leave the assumed one out"],
        ),
        (
            lumen,
            VOLUME,
            "voxel_size = \"0.4 mm\"\nvoxel_size_source = \"hypothetical: of the order usual for rotational \
             angiography, chosen for this demonstration\"\n",
            "",
            ["line 28", "does not record its voxel size", "state it as an assumption"],
        ),
        (lumen, VOLUME, "low = [\"33 mm\"", "low = [\"200 mm\"", ["line", "the box is empty", "x"]),
        (bone, SERIES, "threshold = \"200..\"", "threshold = \"3000..\"", ["line", "no voxel lies from 3000", "-1024"]),
        (
            bone,
            SERIES,
            "dicom_ct_series\"",
            "colours.mha\"",
            ["line 25", "ElementNumberOfChannels", "save the component"],
        ),
    ] {
        let change = |text: String| {
            let changed = text.replace(from, to);
            assert_ne!(changed, text, "{study} holds {from}");
            changed
        };
        let file = copied(folder.path(), study, input, change);
        let colours = "ObjectType = Image\nNDims = 3\nDimSize = 2 2 2\nElementType = MET_UCHAR\n\
                       ElementNumberOfChannels = 3\nElementDataFile = LOCAL\n012345678901234567890123";
        std::fs::write(folder.path().join("colours.mha"), colours).expect("the image is written");
        let out = folder.path().join("out");
        let (code, messages) = vesalius("run", &file, &out);
        assert_eq!(code, Some(2), "{to}: {messages}");
        for word in words {
            assert!(messages.contains(word), "{to}: no \"{word}\" in {messages}");
        }
        assert!(!out.exists(), "{to}: a refused study left a folder");
    }
}
