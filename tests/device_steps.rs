//! The headless steps that make device models: swept tubes, cut bones, implants in bone. Each gives one JSON object and the
//! file asked for.

#![expect(clippy::expect_used, reason = "a helper of a test that fails is a failed test")]

use control::RunControl;
use mesh::primitives::cylinder;
use mesh::{Point3, SurfaceMesh, Vector3};
use meshing::landmarks::{Side, femur};
use serde_json::Value;
use std::path::{Path, PathBuf};
use std::process::Command;

const FEMUR: &str = "anatomies/libhip_m4_lfemur.stl";

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

fn number(value: &Value) -> f64 {
    value.as_f64().unwrap_or_else(|| panic!("{value} is no number"))
}

struct Folder(tempfile::TempDir);

impl Folder {
    fn new() -> Self {
        Self(tempfile::tempdir().expect("scratch folder"))
    }

    fn file(&self, name: &str) -> String {
        self.0.path().join(name).to_str().expect("UTF-8 path").to_owned()
    }
}

#[test]
fn tubes_are_swept_straight_along_a_centreline_and_by_a_profile() {
    let folder = Folder::new();
    let out = folder.file("tube.vtu");
    let pi = std::f64::consts::PI;
    let (tube, _) = vesalius(&["tube", "--radius", "2 mm", "--length", "40 mm", "--wall", "0.5mm", "-o", &out], 0);
    assert!((number(&tube["regions"][0]["volume_mm3"]) / (pi * 160.0) - 1.0).abs() < 1e-5, "{tube}");
    assert!(number(&tube["min_scaled_jacobian"]) > 0.5 && tube["areas_mm2"]["interface"].is_number());
    let (import, _) = vesalius(&["import", &out], 0);
    assert_eq!(import["inverted"], 0, "{import}");
    let profile = folder.file("nozzle.csv");
    std::fs::write(&profile, "z_mm,r_mm\n-30,6\n-22.685,6\n0,2\n20,2\n20,6\n40,6\n").expect("written");
    let options = ["--element", "tet4", "--first-height", "0.1mm", "--around", "16"];
    let (nozzle, _) = vesalius(&[&["tube", "--profile", &profile, "-o", &out][..], &options].concat(), 0);
    assert!((number(&nozzle["length_mm"]) - 70.0).abs() < 1e-9, "{nozzle}");
    let lines = folder.file("lines.csv");
    let _ = vesalius(&["centreline", &asset("anatomies/artery_stenosis_lumen_idealised.stl"), "-o", &lines], 0);
    let (artery, _) = vesalius(&["tube", "--along", &lines, "--element", "hex8", "--around", "16", "-o", &out], 0);
    let radii = [0, 1].map(|k| number(&artery["radius_mm"][k]));
    assert!(radii[0] > 0.2 && radii[1] < 4.0 && radii[0] < 0.8 * radii[1], "{radii:?}");
    let (_, refused) = vesalius(&["tube", "--radius", "5mm", "--length", "20mm", "--bend", "4mm", "-o", &out], 2);
    assert!(refused.contains("the axis bends with a radius of 4"), "{refused}");
}

#[test]
fn a_femoral_neck_is_cut_into_closed_pieces_that_add_up() {
    let folder = Folder::new();
    let out = folder.file("femur.vtp");
    let neck = ["--femur", "left", "--from-head", "30mm", "--tilt", "5deg", "--kerf", "1.2mm"];
    let (cut, _) = vesalius(&[&["cut", &asset(FEMUR), "-o", &out][..], &neck].concat(), 0);
    assert!(number(&cut["volume_residual"]).abs() < 1e-10, "{cut}");
    // What the saw takes away is nearly a frustum between the two cuts.
    let [above, below] = ["beyond", "behind"].map(|piece| number(&cut[piece]["cut_area_mm2"]));
    let kerf = number(&cut["kerf_volume_mm3"]);
    assert!((kerf / (0.6 * (above + below)) - 1.0).abs() < 0.01 && (600.0..1200.0).contains(&above), "{cut}");
    assert_eq!((&cut["behind"]["parts"], &cut["beyond"]["parts"]), (&1.into(), &1.into()));
    for (file, piece) in [("femur_behind.vtp", "behind"), ("femur_beyond.vtp", "beyond")] {
        let (import, _) = vesalius(&["import", &folder.file(file)], 0);
        assert_eq!(import["watertight"], true);
        assert!((number(&import["volume_mm3"]) / number(&cut[piece]["volume_mm3"]) - 1.0).abs() < 1e-6);
    }
}

/// A stem: a rod of 12 mm along the shaft of the femur, from within the head's height down into the shaft.
fn stem(folder: &Folder) -> String {
    let control = RunControl::silent();
    let judged = mesh_io::load_surface(Path::new(&asset(FEMUR)), None, None, &control).expect("the femur");
    let marks = femur(&judged.surface, Side::Left).expect("landmarks");
    let axis = *marks.shaft_axis;
    let u = axis.cross(&Vector3::x()).normalize();
    let v = axis.cross(&u);
    let top = axis.dot(&(marks.head_center - marks.shaft_point));
    let foot = marks.shaft_point + axis * (top - 130.0);
    let rod = cylinder(6.0, 150.0, 48, 60);
    let points: Vec<Point3<f64>> = rod.points.iter().map(|p| foot + u * p.x + v * p.y + axis * p.z).collect();
    let path = folder.file("stem.stl");
    mesh_io::write_stl_binary(Path::new(&path), &SurfaceMesh::new(points, rod.triangles), &control).expect("written");
    path
}

#[test]
fn a_stem_in_a_femur_is_one_mesh_of_two_parts() {
    let folder = Folder::new();
    let (out, stem) = (folder.file("hip.vtu"), stem(&folder));
    let bone = asset(FEMUR);
    let size = ["--size", "3mm", "--order", "1", "--unit", "mm", "--frame", "lps"];
    let (made, _) = vesalius(&[&["mesh", &bone, "--implant", &stem, "-o", &out][..], &size].concat(), 0);
    let parts = made["parts"].as_array().expect("parts");
    assert_eq!(parts.len(), 2);
    // A quarter of the stem's diameter is coarse for it: its error falls with the square of the size.
    for (part, most) in parts.iter().zip([0.03, 0.01]) {
        assert!(number(&part["volume_error"]).abs() < most, "{part}");
        assert_eq!(part["topology"]["components"], 1, "{part}");
    }
    let rod = std::f64::consts::PI * 36.0 * 150.0;
    assert!((number(&parts[0]["input_volume_mm3"]) / rod - 1.0).abs() < 0.005, "{}", parts[0]);
    assert!(number(&made["min_scaled_jacobian"]) > 0.0, "{made}");
    let (_, refused) = vesalius(&["mesh", &bone, "--implant", &asset("anatomies/lss_L3_vertebra.obj"), "-o", &out], 2);
    assert!(refused.contains("outside all other bodies") || refused.contains("--unit"), "{refused}");
}
