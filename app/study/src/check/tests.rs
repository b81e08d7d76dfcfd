use crate::{Study, StudyError};
use std::path::Path;

const PLATE: &str = r#"
version = 1
title = "Plate"
question = "How stiff?"
context_of_use = "Test of the study reader."
supports = [{ region = "left", fixed = ["x", "y", "z"] }]

[risk]
influence = "low"
influence_rationale = "test"
consequence = "low"
consequence_rationale = "test"

[device.plate]
length = "100 mm"
width = "10 mm"
thickness = "4 mm"

[material]
name = "titanium alloy"
law = "isotropic_elastic"
source = "handbook"
parameters = { youngs_modulus = "113.8 GPa", poissons_ratio = 0.342 }

[regions]
left = { mesh_region = "x_min" }
right = { mesh_region = "x_max" }

[mesh]
size = "2 mm"
element = "hex20"

[[load_cases]]
name = "pull"
loads = [{ region = "right", force = ["10 N", "0 N", "0 N"], source = "test" }]

[[outputs]]
name = "end_displacement"
label = "displacement of the end"
displacement = { region = "right" }
"#;

fn read(text: &str) -> Result<Study, StudyError> {
    Study::parse(Path::new("plate.toml"), text.to_owned())
}

/// The message after replacing `from` (which must occur) by `to`.
fn message(from: &str, to: &str) -> String {
    assert!(PLATE.contains(from), "the study holds {from}");
    match read(&PLATE.replacen(from, to, 1)) {
        Ok(_) => panic!("the study with {to} was accepted"),
        Err(error) => error.to_string(),
    }
}

#[test]
fn a_sound_study_is_read_into_internal_units() {
    let study = read(PLATE).unwrap();
    assert_eq!(study.document.material.as_ref().unwrap().value("youngs_modulus"), Some(113_800.0));
    assert_eq!(study.document.material.as_ref().unwrap().value("poissons_ratio"), Some(0.342));
    assert_eq!(study.force(&study.document.load_cases[0].loads[0]), Some([10.0, 0.0, 0.0]));
    assert_eq!(study.resolve("a.stl"), Path::new("a.stl"));
    assert_eq!(study.line(&study.document.mesh.size), 30);
}

#[test]
fn an_unknown_key_names_line_and_nearest_key_at_every_depth() {
    assert_eq!(
        message("question = ", "qestion = ").split("; did").next(),
        Some("plate.toml, line 4: unknown key \"qestion\"")
    );
    for (from, to, nearest) in [
        ("question = ", "qestion = ", "question"),
        ("width =", "widht =", "width"),
        ("[mesh]", "[mehs]", "mesh"),
        ("size =", "sise =", "size"),
        ("youngs_modulus", "young_modulus", "youngs_modulus"),
        ("fixed =", "fixd =", "fixed"),
        ("mesh_region = \"x_min\"", "mesh_regin = \"x_min\"", "mesh_region"),
        ("law = \"isotropic_elastic\"", "law = \"isotropic_elastc\"", "isotropic_elastic"),
        ("element = \"hex20\"", "element = \"hexa20\"", "hex20"),
        ("[device.plate]", "[device.plat]", "plate"),
    ] {
        let message = message(from, to);
        assert!(message.contains(&format!("did you mean \"{nearest}\"?")), "{to}: {message}");
    }
}

#[test]
fn a_wrong_dimension_names_line_and_both_dimensions() {
    assert_eq!(
        message("\"100 mm\"", "\"5 kg\""),
        "plate.toml, line 15: \"5 kg\" is a mass; a length such as \"5 mm\" is needed"
    );
    assert!(
        message("\"113.8 GPa\"", "\"113.8 mm\"")
            .starts_with("plate.toml, line 23: youngs_modulus: \"113.8 mm\" is a length")
    );
    assert!(message("\"10 N\"", "\"10 MPa\"").contains("\"10 MPa\" is a pressure or stress; a force"));
    assert!(message("\"100 mm\"", "100").contains("a length such as \"5 mm\" is needed"));
}

#[test]
fn names_that_do_not_exist_are_listed_with_the_nearest() {
    let message = message("displacement = { region = \"right\" }", "displacement = { region = \"rigth\" }");
    assert_eq!(
        message,
        "plate.toml, line 40: there is no region \"rigth\"; did you mean \"right\"? Known here: left, right"
    );
}

#[test]
fn what_a_run_needs_is_asked_for() {
    for (from, to, expected) in [
        ("version = 1", "version = 2", "line 2: study version 2 is not known"),
        ("[device.plate]", "[anatomy]\nunit = \"mm\"\n[device.plate]", "line 14: the key \"file\" is missing"),
        ("title = \"Plate\"\n", "", "the key \"title\" is missing"),
        ("supports = [{ region = \"left\", fixed = [\"x\", \"y\", \"z\"] }]", "supports = []", "turn about x, y, z"),
        ("fixed = [\"x\", \"y\", \"z\"]", "fixed = []", "holds no component"),
        ("0.342", "0.5", "outside its range: between -1 and 0.5"),
        (", poissons_ratio = 0.342", "", "poissons_ratio (Poisson's ratio) is missing"),
        ("\"10 N\"", "\"0 N\"", "the force is zero"),
        ("\"10 N\"", "\"10 %BW\"", "needs the body weight"),
        ("force = [\"10 N\", \"0 N\", \"0 N\"], ", "", "exactly one of `force`"),
        ("displacement = { region = \"right\" }", "", "exactly one of `displacement`"),
        ("label = \"displacement of the end\"", "label = \"d\"\nunit = \"kg\"", "\"kg\" is a mass"),
        ("size = \"2 mm\"", "size = \"automatic\"", "a device needs an element size"),
        ("size = \"2 mm\"", "size = \"0 mm\"", "must be above 0 mm"),
        ("size = \"2 mm\"", "size = \"2 mm\"\nratio = 1.1", "by a factor above 1.3"),
        ("left = { mesh_region = \"x_min\" }", "left = { all_of = [\"left\"] }", "defined by itself"),
        ("left = { mesh_region = \"x_min\" }", "left = { femoral_neck = { length = \"5 mm\" } }", "needs landmarks"),
        ("name = \"end_displacement\"", "name = \"../end\"", "must consist of letters"),
        ("title = ", "title = = ", "correct the TOML syntax"),
    ] {
        let message = message(from, to);
        assert!(message.contains(expected), "{to}: {message}");
        assert!(message.contains("plate.toml"), "{message}");
    }
}

#[test]
fn a_missing_file_and_a_folder_are_named() {
    for path in ["no/such/study.toml", "."] {
        let message = Study::load(Path::new(path)).unwrap_err().to_string();
        assert!(message.starts_with(path), "{message}");
    }
}

#[test]
fn the_shipped_examples_are_sound() {
    for (name, outputs) in [("femur_stance.toml", 6), ("plate_bending.toml", 3)] {
        let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../examples").join(name);
        let study = Study::load(&path).unwrap();
        assert_eq!(study.document.outputs.len(), outputs, "{name}");
        if let Some(anatomy) = &study.document.anatomy {
            assert!(study.resolve(&anatomy.file).exists(), "{name} names an anatomy that is shipped");
        }
    }
    let femur = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../examples/femur_stance.toml");
    let study = Study::load(&femur).unwrap();
    let hip = study.force(&study.document.load_cases[0].loads[0]).unwrap();
    assert!((hip[2] + 2.292 * 836.0).abs() < 1e-9, "percent of body weight become newtons: {hip:?}");
}
