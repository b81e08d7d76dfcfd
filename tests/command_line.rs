//! The headless contract: exit codes, messages that name place and remedy, no partial files, one JSON object.

#![allow(clippy::expect_used, reason = "a helper of a test that fails is a failed test")]

use std::path::{Path, PathBuf};
use std::process::{Command, Output};

fn asset(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("assets/anatomies").join(name)
}

fn vesalius(arguments: &[&str]) -> Output {
    Command::new(env!("CARGO_BIN_EXE_vesalius")).args(arguments).output().expect("vesalius starts")
}

fn text(path: &Path) -> &str {
    path.to_str().expect("UTF-8 path")
}

/// Runs, expects exit code 2 and every one of `words` in the message, and no file at `output`.
fn refused(arguments: &[&str], words: &[&str], output: &Path) {
    let result = vesalius(arguments);
    let message = String::from_utf8_lossy(&result.stderr).into_owned();
    assert_eq!(result.status.code(), Some(2), "{arguments:?}: {message}");
    for word in words {
        assert!(message.contains(word), "{arguments:?}: no \"{word}\" in: {message}");
    }
    assert!(
        !output.exists() || std::fs::read_dir(output).is_ok_and(|mut d| d.next().is_none()),
        "{} was written",
        output.display()
    );
    let partial = output.parent().and_then(|p| std::fs::read_dir(p).ok()).into_iter().flatten().flatten();
    let left: Vec<_> = partial.map(|e| e.file_name()).filter(|n| n.to_string_lossy().contains("tmp")).collect();
    assert!(left.is_empty(), "partial files: {left:?}");
}

/// A small closed box as binary STL, in mm.
fn box_stl(folder: &Path) -> PathBuf {
    let corner = |k: usize| [(k & 1) as f32 * 10.0, (k >> 1 & 1) as f32 * 10.0, (k >> 2 & 1) as f32 * 20.0];
    let quads = [[0, 2, 3, 1], [4, 5, 7, 6], [0, 1, 5, 4], [2, 6, 7, 3], [0, 4, 6, 2], [1, 3, 7, 5]];
    let mut bytes = vec![0_u8; 80];
    bytes.extend(12_u32.to_le_bytes());
    for [a, b, c, d] in quads {
        for triangle in [[a, b, c], [a, c, d]] {
            bytes.extend([0_u8; 12]);
            triangle.iter().for_each(|&k| corner(k).iter().for_each(|x| bytes.extend(x.to_le_bytes())));
            bytes.extend([0_u8; 2]);
        }
    }
    let path = folder.join("box.stl");
    std::fs::write(&path, bytes).expect("scratch file");
    path
}

/// `examples/femur_stance.toml` on coarser meshes with one text replaced, beside a link to the assets.
fn altered_study(folder: &Path, from: &str, to: &str) -> PathBuf {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let study = std::fs::read_to_string(root.join("examples/femur_stance.toml")).expect("the example");
    assert!(study.contains(from), "the example has no \"{from}\"");
    std::os::unix::fs::symlink(root.join("assets"), folder.join("assets")).expect("link to the assets");
    let path = folder.join("examples/study.toml");
    std::fs::create_dir_all(folder.join("examples")).expect("scratch folder");
    let study = study.replacen(from, to, 1).replacen("size = \"2.4 mm\"", "size = \"6 mm\"", 1);
    std::fs::write(&path, study).expect("scratch file");
    path
}

#[test]
fn malformed_surfaces_are_refused_with_place_and_remedy() {
    let folder = tempfile::tempdir().expect("scratch folder");
    let out = folder.path().join("out.vtu");
    let whole = std::fs::read(box_stl(folder.path())).expect("box");
    let mut wrong_count = whole.clone();
    wrong_count[80..84].copy_from_slice(&99_u32.to_le_bytes());
    let mut not_a_number = whole.clone();
    not_a_number[84 + 12..84 + 16].copy_from_slice(&f32::NAN.to_le_bytes());
    let cases: [(&str, Vec<u8>, &[&str]); 5] = [
        ("truncated.stl", whole[..whole.len() - 30].to_vec(), &["truncated.stl", "12"]),
        ("count.stl", wrong_count, &["count.stl", "99", "12"]),
        ("nan.stl", not_a_number, &["nan.stl", "finite"]),
        ("empty.stl", Vec::new(), &["empty.stl", "empty"]),
        ("words.stl", b"This is a letter, not a surface.\n".to_vec(), &["words.stl", "STL"]),
    ];
    for (name, bytes, words) in cases {
        let file = folder.path().join(name);
        std::fs::write(&file, bytes).expect("scratch file");
        refused(&["mesh", text(&file), "-o", text(&out)], words, &out);
        refused(&["import", text(&file)], words, &out);
    }
}

#[test]
fn an_open_surface_is_not_meshed() {
    let folder = tempfile::tempdir().expect("scratch folder");
    let mut bytes = std::fs::read(box_stl(folder.path())).expect("box");
    bytes.truncate(bytes.len() - 50);
    bytes[80..84].copy_from_slice(&11_u32.to_le_bytes());
    let file = folder.path().join("open.stl");
    std::fs::write(&file, bytes).expect("scratch file");
    let out = folder.path().join("out.vtu");
    refused(&["mesh", text(&file), "--unit", "mm", "-o", text(&out)], &["open", "1 boundary loop"], &out);
}

#[test]
fn an_output_below_a_file_is_refused_before_any_work() {
    let folder = tempfile::tempdir().expect("scratch folder");
    let file = box_stl(folder.path());
    let below = file.join("out");
    refused(&["mesh", text(&file), "-o", text(&below)], &["box.stl", "file"], &below);
    let study = altered_study(folder.path(), "Pa", "Pa");
    refused(&["run", text(&study), "-o", text(&below)], &["box.stl", "file"], &below);
}

#[test]
fn mistakes_in_a_study_are_refused_with_line_and_remedy() {
    let cases: [(&str, &str, &[&str]); 6] = [
        ("[anatomy]", "[anatomie]", &["anatomie", "anatomy", "line"]),
        ("\"836 N\"", "\"5 kg\"", &["5 kg", "mass", "force", "line"]),
        ("libhip_m4_lfemur.stl", "no_such_femur.stl", &["no_such_femur.stl"]),
        ("side = \"left\"", "side = \"right\"", &["left", "side"]),
        ("region = \"distal_cut\"", "region = \"distal_cat\"", &["distal_cat", "distal_cut"]),
        ("fixed = [\"x\", \"y\", \"z\"]", "fixed = [\"x\", \"y\"]", &["translation along z", "add a constraint"]),
    ];
    for (from, to, words) in cases {
        let folder = tempfile::tempdir().expect("scratch folder");
        let study = altered_study(folder.path(), from, to);
        let out = folder.path().join("out");
        refused(&["run", text(&study), "-o", text(&out)], words, &out);
    }
}

#[test]
fn a_run_that_needs_more_memory_than_allowed_is_refused_with_the_number() {
    let folder = tempfile::tempdir().expect("scratch folder");
    let study = altered_study(folder.path(), "Pa", "Pa");
    let out = folder.path().join("out");
    let arguments = ["--memory", "20MiB", "run", text(&study), "-o", text(&out)];
    refused(&arguments, &["MiB", "20.0 MiB are allowed", "memory limit"], &out);
}

#[test]
fn an_interrupt_leaves_a_record_marked_cancelled() {
    let folder = tempfile::tempdir().expect("scratch folder");
    let study = altered_study(folder.path(), "Pa", "Pa");
    let out = folder.path().join("out");
    let mut program = Command::new(env!("CARGO_BIN_EXE_vesalius"))
        .args(["run", text(&study), "-o", text(&out)])
        .stderr(std::process::Stdio::piped())
        .spawn()
        .expect("vesalius starts");
    // The first line of the log comes when the handler is set and the work has begun.
    let mut log = program.stderr.take().expect("a log");
    std::io::Read::read_exact(&mut log, &mut [0; 16]).expect("progress");
    let asked = std::time::Instant::now();
    let sent = Command::new("kill").args(["-INT", &program.id().to_string()]).status().expect("kill");
    assert!(sent.success());
    let status = program.wait().expect("vesalius ends");
    // A guard against hanging: other tests run beside it. docs/measurements/cancel.md holds the times against 200 ms.
    assert!(asked.elapsed() < std::time::Duration::from_secs(2), "{:?}", asked.elapsed());
    assert_eq!(status.code(), Some(130));
    let record = std::fs::read_to_string(out.join("record.json")).expect("a record");
    let record: serde_json::Value = serde_json::from_str(&record).expect("JSON");
    assert_eq!(record["status"]["state"], "cancelled");
}

#[test]
fn json_is_one_object_with_the_keys_of_the_contract() {
    let result = vesalius(&["import", text(&asset("libhip_m4_lfemur.stl")), "--json"]);
    assert_eq!(result.status.code(), Some(0), "{}", String::from_utf8_lossy(&result.stderr));
    let report: serde_json::Value = serde_json::from_slice(&result.stdout).expect("one JSON object");
    let keys = [
        "kind",
        "format",
        "unit",
        "frame",
        "nodes",
        "triangles",
        "elements",
        "components",
        "boundary_loops",
        "nonmanifold_edges",
        "self_intersections",
        "inverted",
        "duplicates",
        "watertight",
        "volume_mm3",
        "area_mm2",
        "bounds_mm",
        "sha256",
        "findings",
    ];
    for key in keys {
        assert!(report.get(key).is_some(), "no \"{key}\" in {report}");
    }
    assert_eq!(report["triangles"], 72_868);
    assert_eq!(report["watertight"], true);
}

#[test]
fn a_pattern_that_matches_no_case_is_a_usage_error() {
    let result = vesalius(&["verify", "no-such-case"]);
    assert_eq!(result.status.code(), Some(2));
}

#[test]
fn the_quick_patch_tests_pass_from_the_command_line() {
    let result = vesalius(&["verify", "solid/patch", "--json"]);
    let report: serde_json::Value = serde_json::from_slice(&result.stdout).expect("one JSON object");
    assert_eq!(result.status.code(), Some(0), "{report}");
    assert_eq!(report["failed"], 0);
    assert!(report["passed"].as_u64().is_some_and(|n| n >= 4), "{report}");
}
