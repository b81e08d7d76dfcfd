//! The shape of the house as a test: which crate may reach which, which third-party crate lives where, and which crates
//! may be in the tree twice. Reads `cargo metadata`; the rules are those of ARCHITECTURE.md.

#![allow(clippy::expect_used, reason = "a helper of a test that fails is a failed test")]

use serde_json::Value;
use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;
use std::process::Command;

/// Third-party crates that only the named members may depend on directly.
const HOMES: &[(&str, &[&str])] = &[
    ("robust", &["geometry"]),
    ("quick-xml", &["mesh-io"]),
    ("ply-rs-bw", &["mesh-io"]),
    ("tobj", &["mesh-io"]),
    ("dicom-core", &["imaging"]),
    ("dicom-object", &["imaging"]),
    ("hayro-jpeg2000", &["imaging"]),
    ("faer", &["linalg"]),
    ("metis-sys", &["linalg"]),
    ("schemars", &["study"]),
    ("toml", &["study"]),
    ("typst", &["report"]),
    ("typst-pdf", &["report"]),
    ("tiny-skia", &["report"]),
    ("three-d", &["viewport"]),
    ("glow", &["viewport"]),
    ("egui_glow", &["viewport"]),
    ("glutin", &["viewport"]),
    ("eframe", &["desktop"]),
    ("egui_tiles", &["desktop"]),
    ("egui_plot", &["desktop"]),
    ("rfd", &["desktop"]),
    ("egui", &["desktop", "viewport"]),
    ("clap", &["vesalius"]),
    ("indicatif", &["vesalius"]),
    ("ctrlc", &["vesalius"]),
];

/// Members of `solver/` that carry no numerics of a solver and may be reached from everywhere.
const BASE: &[&str] = &["control", "quantity", "uncertainty"];

struct Workspace {
    /// Member name to its folder, relative to the root ("" for the root package).
    folders: BTreeMap<String, String>,
    /// Member name to the names of its direct normal and build dependencies.
    direct: BTreeMap<String, BTreeSet<String>>,
}

impl Workspace {
    fn read() -> Self {
        let output = Command::new(env!("CARGO"))
            .args(["metadata", "--format-version", "1", "--locked", "--no-deps"])
            .current_dir(env!("CARGO_MANIFEST_DIR"))
            .output()
            .expect("cargo metadata starts");
        assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
        let metadata: Value = serde_json::from_slice(&output.stdout).expect("cargo metadata prints JSON");
        let root = Path::new(env!("CARGO_MANIFEST_DIR"));
        let members: BTreeSet<&str> =
            metadata["workspace_members"].as_array().expect("members").iter().filter_map(Value::as_str).collect();
        let mut workspace = Self { folders: BTreeMap::new(), direct: BTreeMap::new() };
        for package in metadata["packages"].as_array().expect("packages") {
            let name = package["name"].as_str().expect("name").to_owned();
            let id = package["id"].as_str().expect("id");
            if members.contains(id) {
                let manifest = Path::new(package["manifest_path"].as_str().expect("path"));
                let folder = manifest.parent().and_then(|p| p.strip_prefix(root).ok()).expect("inside the workspace");
                workspace.folders.insert(name.clone(), folder.to_string_lossy().into_owned());
                let dependencies = package["dependencies"].as_array().expect("dependencies");
                let normal = dependencies.iter().filter(|d| d["kind"].as_str() != Some("dev"));
                workspace.direct.insert(name, normal.filter_map(|d| d["name"].as_str().map(str::to_owned)).collect());
            }
        }
        workspace
    }

    /// Members reachable from `member`, without itself.
    fn reach(&self, member: &str) -> BTreeSet<&str> {
        let mut seen = BTreeSet::new();
        let mut stack: Vec<&str> = vec![member];
        while let Some(name) = stack.pop() {
            for next in self.direct.get(name).into_iter().flatten() {
                if self.folders.contains_key(next) && seen.insert(next.as_str()) {
                    stack.push(next);
                }
            }
        }
        seen
    }

    fn is_in(&self, member: &str, folder: &str) -> bool {
        self.folders[member].starts_with(folder)
    }
}

#[test]
fn nothing_in_solver_or_meshes_reaches_app() {
    let workspace = Workspace::read();
    for member in workspace.folders.keys().filter(|m| !workspace.is_in(m, "app") && m.as_str() != "vesalius") {
        for reached in workspace.reach(member) {
            assert!(!workspace.is_in(reached, "app"), "{member} reaches {reached}");
            assert_ne!(reached, "vesalius", "{member} reaches the façade");
        }
    }
}

#[test]
fn meshes_and_quantity_know_no_solver() {
    let workspace = Workspace::read();
    let meshes: Vec<&str> =
        workspace.folders.keys().map(String::as_str).filter(|m| workspace.is_in(m, "meshes")).collect();
    for member in meshes.iter().copied().chain(["quantity"]) {
        for reached in workspace.reach(member) {
            assert!(workspace.is_in(reached, "meshes") || BASE.contains(&reached), "{member} reaches {reached}");
        }
    }
}

#[test]
fn evidence_and_pictures_reach_no_solver() {
    let workspace = Workspace::read();
    for member in ["credibility", "scene", "report", "study"] {
        for reached in workspace.reach(member) {
            assert!(!workspace.is_in(reached, "solver") || BASE.contains(&reached), "{member} reaches {reached}");
        }
    }
}

#[test]
fn the_faces_hold_no_numerics() {
    let workspace = Workspace::read();
    for face in ["desktop", "vesalius"] {
        for dependency in &workspace.direct[face] {
            if face == "vesalius" && workspace.folders.contains_key(dependency) {
                continue; // the façade re-exports every crate
            }
            let solver = workspace.folders.get(dependency).is_some_and(|f| f.starts_with("solver"));
            assert!(!solver || BASE.contains(&dependency.as_str()), "{face} depends on {dependency}");
            assert!(!["nalgebra", "faer"].contains(&dependency.as_str()), "{face} depends on {dependency}");
        }
    }
}

#[test]
fn each_third_party_crate_lives_in_its_home() {
    let workspace = Workspace::read();
    for (member, dependencies) in &workspace.direct {
        for (name, homes) in HOMES {
            assert!(
                !dependencies.contains(*name) || homes.contains(&member.as_str()),
                "{member} depends on {name}, whose home is {homes:?}"
            );
        }
    }
}

/// `tests/duplicates.txt`: one line a crate that is in the tree in several versions, "name: reason".
#[test]
fn crates_in_several_versions_are_those_of_the_allow_list() {
    let output = Command::new(env!("CARGO"))
        .args(["tree", "--workspace", "--duplicates", "--depth", "0", "--prefix", "none", "--locked"])
        .args(["--target", "x86_64-unknown-linux-gnu"])
        .current_dir(env!("CARGO_MANIFEST_DIR"))
        .output()
        .expect("cargo tree starts");
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    let printed = String::from_utf8_lossy(&output.stdout);
    let mut versions: BTreeMap<&str, BTreeSet<&str>> = BTreeMap::new();
    for line in printed.lines() {
        let mut words = line.split_whitespace();
        if let (Some(name), Some(version)) = (words.next(), words.next()) {
            versions.entry(name).or_default().insert(version);
        }
    }
    let list = include_str!("duplicates.txt");
    let allowed: BTreeSet<&str> = list
        .lines()
        .filter(|line| !line.starts_with('#') && !line.trim().is_empty())
        .map(|line| line.split_once(": ").unwrap_or_else(|| panic!("no reason in \"{line}\"")).0)
        .collect();
    // one version built twice with different features is listed too; only versions count
    let found: BTreeSet<&str> = versions.iter().filter(|(_, v)| v.len() > 1).map(|(name, _)| *name).collect();
    let new: Vec<_> = found.difference(&allowed).map(|n| (n, &versions[*n])).collect();
    let gone: Vec<_> = allowed.difference(&found).collect();
    assert!(new.is_empty(), "in the tree twice without a reason: {new:?}");
    assert!(gone.is_empty(), "allowed but no longer in the tree twice, delete the line: {gone:?}");
}

#[test]
fn every_file_under_tests_is_compiled() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests");
    let mut pending = vec![folder.clone()];
    while let Some(place) = pending.pop() {
        for entry in std::fs::read_dir(&place).expect("tests folder").map(|e| e.expect("entry").path()) {
            if entry.is_dir() {
                pending.push(entry);
            } else if entry.extension().is_some_and(|e| e == "rs") && place != folder {
                let stem = entry.file_stem().and_then(|s| s.to_str()).expect("UTF-8 name");
                let declared = std::fs::read_to_string(place.join("main.rs"))
                    .or_else(|_| std::fs::read_to_string(place.join("mod.rs")))
                    .is_ok_and(|text| stem == "main" || stem == "mod" || text.contains(&format!("mod {stem};")));
                assert!(declared, "{} is compiled by nothing", entry.display());
            }
        }
    }
}

/// ARCHITECTURE.md has a row for every crate.
#[test]
fn architecture_names_every_crate() {
    let text = include_str!("../ARCHITECTURE.md");
    for (member, folder) in Workspace::read().folders {
        let row = if folder.is_empty() { "| `app/facade`".to_owned() } else { format!("| `{folder}`") };
        assert!(text.contains(&row), "ARCHITECTURE.md has no row for {member} ({folder})");
    }
}
