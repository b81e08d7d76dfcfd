//! The headless steps from a file to analysis-ready anatomy, on real data: each gives one JSON object and the file asked for.

#![expect(clippy::expect_used, reason = "a helper of a test that fails is a failed test")]

use serde_json::Value;
use std::path::{Path, PathBuf};
use std::process::Command;

fn asset(name: &str) -> String {
    let path: PathBuf = Path::new(env!("CARGO_MANIFEST_DIR")).join("assets").join(name);
    path.to_str().expect("UTF-8 path").to_owned()
}

/// Runs with `--json`, expects the exit code and returns the JSON with the messages.
fn vesalius(arguments: &[&str], code: i32) -> (Value, String) {
    let output =
        Command::new(env!("CARGO_BIN_EXE_vesalius")).args(arguments).arg("--json").output().expect("it starts");
    let messages = String::from_utf8_lossy(&output.stderr).into_owned();
    assert_eq!(output.status.code(), Some(code), "{arguments:?}: {messages}");
    (serde_json::from_slice(&output.stdout).expect("one JSON object"), messages)
}

#[test]
fn a_label_becomes_a_surface_of_its_volume_and_a_mesh() {
    let folder = tempfile::tempdir().expect("scratch folder");
    let image = asset("images/ts_abdomen_vertebrae_labels.nii.gz");
    let (report, _) = vesalius(&["import", &image], 0);
    assert_eq!((report["kind"].as_str(), report["frame"].as_str()), (Some("image"), Some("RAS")));
    assert_eq!(report["labels"].as_array().map(Vec::len), Some(8));
    let surface = folder.path().join("l3.stl").to_str().expect("UTF-8 path").to_owned();
    let (made, _) = vesalius(&["segment", &image, "-o", &surface, "--label", "29", "--largest"], 0);
    let (volume, voxels) = (made["volume_mm3"].as_f64(), made["voxel_volume_mm3"].as_f64());
    let error = volume.zip(voxels).map(|(v, w)| (v / w - 1.0).abs()).expect("volumes");
    assert!(error < 0.01, "{error}");
    let mesh = folder.path().join("l3.vtu").to_str().expect("UTF-8 path").to_owned();
    let (meshed, _) = vesalius(&["mesh", &surface, "-o", &mesh, "--size", "3mm", "--unit", "mm"], 0);
    assert!(meshed["min_dihedral_deg"].as_f64().is_some_and(|angle| angle > 15.0), "{meshed}");
}

#[test]
fn a_damaged_bone_is_repaired_and_every_change_listed() {
    let folder = tempfile::tempdir().expect("scratch folder");
    let repaired = folder.path().join("tibia.stl").to_str().expect("UTF-8 path").to_owned();
    let (json, _) = vesalius(&["repair", &asset("anatomies/myosim_r_tibia.stl"), "-o", &repaired, "--unit", "m"], 0);
    assert!(json["report"]["before"]["non_manifold_edges"].as_u64() > Some(0));
    for defect in ["boundary_loops", "non_manifold_edges", "crossing_pairs", "inconsistent_edges"] {
        assert_eq!(json["report"]["after"][defect], 0, "{defect}");
    }
    assert!(json["repairs"].as_array().is_some_and(|changes| changes.iter().all(|c| c["size_mm"].is_number())));
    let (report, _) = vesalius(&["import", &repaired, "--unit", "mm"], 0);
    assert_eq!(report["watertight"], true);
}

#[test]
fn a_carotid_has_lines_from_its_largest_end_to_the_others() {
    let folder = tempfile::tempdir().expect("scratch folder");
    let table = folder.path().join("lines.csv").to_str().expect("UTF-8 path").to_owned();
    let (json, _) = vesalius(&["centreline", &asset("anatomies/carotid_lumen_capped.stl"), "-o", &table], 0);
    let lines = json["lines"].as_array().expect("lines");
    assert_eq!(lines.len(), 2);
    for line in lines {
        let (length, radius) = (line["length_mm"].as_f64(), line["min_radius_mm"].as_f64());
        assert!(length.is_some_and(|l| (45.0..65.0).contains(&l)) && radius > Some(0.8), "{line}");
    }
    assert_eq!(lines[1]["parent"], 0);
    assert!(std::fs::read_to_string(&table).expect("the table").starts_with("line,x_mm"));
}

/// Reference: `libhip_m4_bone_ant.csv`, subject m4, left: joint centre (78.34, 28.85, -365.2) mm, neck-shaft angle 126°.
#[test]
fn a_femur_is_measured_as_its_reference_says() {
    let (json, _) = vesalius(&["measure", &asset("anatomies/libhip_m4_lfemur.stl"), "--femur", "left"], 0);
    let femur = &json["femur"];
    let centre: Vec<f64> =
        femur["head_centre_mm"].as_array().expect("centre").iter().filter_map(Value::as_f64).collect();
    let off = [78.34, 28.85, -365.2].iter().zip(&centre).map(|(a, b)| (a - b) * (a - b)).sum::<f64>().sqrt();
    let angle = femur["neck_shaft_angle_deg"].as_f64().expect("angle");
    assert!(off < 1.5 && (angle - 126.0).abs() < 4.0, "{off} mm, {angle}°");
    assert_eq!(json["ends"].as_array().map(Vec::len), Some(1));
}

#[test]
fn what_cannot_be_done_is_refused_with_a_remedy() {
    let folder = tempfile::tempdir().expect("scratch folder");
    let out = |name: &str| folder.path().join(name).to_str().expect("UTF-8 path").to_owned();
    let labels = asset("images/ts_abdomen_vertebrae_labels.nii.gz");
    let levels = asset("images/vmtk_aorta_levelset.mha");
    for (arguments, words) in [
        (vec!["segment", &labels, "-o", &out("a.stl"), "--label", "5"], ["no label 5", "26"]),
        (vec!["segment", &levels, "-o", &out("b.stl"), "--label", "1"], ["no label", "threshold"]),
        (vec!["segment", &labels, "-o", &out("c.xyz"), "--label", "29"], ["says no format", ".stl"]),
        (vec!["segment", &labels, "-o", &out("d.stl"), "--threshold", "9..1"], ["--threshold", "200.."]),
        (vec!["segment", &labels, "-o", &out("e.stl"), "--label", "29", "--open", "2kg"], ["--open", "length"]),
        (vec!["centreline", &asset("anatomies/gfxmorph_femur.stl"), "-o", &out("f.vtu")], ["flat ends", "--from"]),
    ] {
        let (json, messages) = vesalius(&arguments, 2);
        for word in words {
            assert!(messages.contains(word), "{arguments:?}: no \"{word}\" in {messages}");
        }
        assert_eq!(json["error"]["exit_code"], 2);
    }
    assert_eq!(std::fs::read_dir(folder.path()).expect("folder").count(), 0, "a refused step left a file");
}

#[test]
fn the_labels_of_a_map_become_parts_of_one_mesh_and_a_scan_is_refused() {
    let folder = tempfile::tempdir().expect("scratch folder");
    let mesh = folder.path().join("aorta.vtu").to_str().expect("UTF-8 path").to_owned();
    let labels = asset("images/ts_aorta_true_false_lumen.nii.gz");
    let (json, _) = vesalius(&["mesh", &labels, "-o", &mesh, "--size", "3mm", "--order", "1"], 0);
    let parts = json["parts"].as_array().expect("parts");
    assert_eq!(parts.len(), 2);
    for part in parts {
        assert!(part["volume_error"].as_f64().is_some_and(|error| error.abs() < 0.01), "{part}");
    }
    assert!(json["thousandth_radius_ratio"].as_f64().is_some_and(|ratio| ratio > 0.2), "{json}");
    let (report, _) = vesalius(&["import", &mesh, "--unit", "mm"], 0);
    assert_eq!(report["inverted"], 0);
    let written = String::from_utf8_lossy(&std::fs::read(&mesh).expect("the mesh")).into_owned();
    for name in ["elements:label_1", "elements:label_2", "faces:label_1_to_label_2", "faces:label_1_wall"] {
        assert!(written.contains(&format!("\"{name}\"")), "{name}");
    }
    let scan = asset("images/vmtk_aorta_levelset.mha");
    let (_, messages) = vesalius(&["mesh", &scan, "-o", &mesh], 2);
    assert!(messages.contains("no label map") && messages.contains("vesalius segment"), "{messages}");
}

#[test]
fn a_lumen_gets_named_ends_and_layers_along_its_wall() {
    let folder = tempfile::tempdir().expect("scratch folder");
    let path = |name: &str| folder.path().join(name).to_str().expect("UTF-8 path").to_owned();
    let (lumen, mesh) = (path("lumen.vtp"), path("lumen.vtu"));
    let carotid = asset("anatomies/carotid_lumen_capped.stl");
    let (json, _) = vesalius(&["vessel", &carotid, "-o", &lumen, "--extend", "2", "--unit", "mm"], 0);
    assert_eq!(json["report"]["ends"].as_array().map(Vec::len), Some(3), "{json}");
    let (json, _) = vesalius(&["mesh", &lumen, "-o", &mesh, "--size", "0.9mm", "--layers", "3", "--unit", "mm"], 0);
    let written = String::from_utf8_lossy(&std::fs::read(&mesh).expect("the mesh")).into_owned();
    for name in ["faces:inlet", "faces:outlet_1", "faces:outlet_2", "faces:wall", "elements:layers"] {
        assert!(written.contains(&format!("\"{name}\"")), "{name}");
    }
    let layers = &json["layers"];
    assert_eq!(layers["count"], 3);
    assert!(layers["min_prism_scaled_jacobian"].as_f64() >= Some(0.1), "{layers}");
    assert!(json["core"]["min_dihedral_deg"].as_f64() > Some(15.0), "{json}");
}
