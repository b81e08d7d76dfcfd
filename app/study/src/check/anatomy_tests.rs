use crate::{Study, StudyError};
use std::path::Path;

const LUMEN: &str = r#"
version = 1
title = "Lumen"
question = "How large?"
context_of_use = "Test of the study reader."

[risk]
influence = "low"
influence_rationale = "test"
consequence = "low"
consequence_rationale = "test"

[anatomy]
file = "volume.vti"
licence = "none"

[anatomy.image]
voxel_size = "0.4 mm"
voxel_size_source = "hypothetical"
crop = { low = ["0 mm", "0 mm", "0 mm"], high = ["9 mm", "9 mm", "9 mm"] }
threshold = "60.."
seed = [["4 mm", "4 mm", "4 mm"]]
open = "0.5 mm"
islands = "5 mm^3"
largest = true

[anatomy.repair]
resurface = "never"

[anatomy.vessel]
inlet = ["1 mm", "2 mm", "3 mm"]
extend = 2.0

[anatomy.sac]
factor = 1.4

[mesh]
element = "tet4"
layers = 3
first_layer = "0.05 mm"
levels = 1

[[figures]]
name = "lumen"
caption = "The lumen"
"#;

fn read(text: &str) -> Result<Study, StudyError> {
    Study::parse(Path::new("lumen.toml"), text.to_owned())
}

/// The message after replacing `from` (which must occur) by `to`.
fn message(from: &str, to: &str) -> String {
    assert!(LUMEN.contains(from), "the study holds {from}");
    match read(&LUMEN.replacen(from, to, 1)) {
        Ok(_) => panic!("the study with {to} was accepted"),
        Err(error) => error.to_string(),
    }
}

#[test]
fn the_steps_of_an_anatomy_are_read() {
    let study = read(LUMEN).unwrap();
    assert!(study.document.is_anatomy_study());
    let anatomy = study.document.anatomy.as_ref().unwrap();
    let image = anatomy.image.as_ref().unwrap();
    assert_eq!((image.threshold.as_ref().unwrap().low, image.islands.as_ref().unwrap().value().value()), (60.0, 5.0));
    assert_eq!(study.line(image.open.as_ref().unwrap()), 23);
    let written = toml::to_string(&study.document).unwrap();
    assert_eq!(Study::parse(Path::new("again.toml"), written).unwrap().document, study.document);
}

#[test]
fn labels_are_values_or_names_and_become_one_or_parts() {
    let one = LUMEN.replace("threshold = \"60..\"", "label = [29, \"aorta\"]");
    let study = read(&one).unwrap();
    let words: Vec<&str> =
        study.document.anatomy.as_ref().unwrap().image.as_ref().unwrap().label.iter().map(|w| w.0.as_str()).collect();
    assert_eq!(words, ["29", "aorta"]);
}

#[test]
fn what_does_not_fit_together_is_refused_at_its_line() {
    for (from, to, expected) in [
        ("voxel_size_source = \"hypothetical\"\n", "", "line 18: an assumed voxel size needs its source"),
        ("voxel_size = \"0.4 mm\"\n", "", "`voxel_size`, which is missing"),
        ("voxel_size = \"0.4 mm\"", "voxel_size = \"0 mm\"", "line 18: \"0 mm\" is not above zero"),
        ("threshold = \"60..\"", "label = [1]\nthreshold = \"60..\"", "exactly one of `threshold`, `label`, `parts`"),
        ("threshold = \"60..\"", "threshold = \"60\"", "line 21: \"60\" is no range of values"),
        ("threshold = \"60..\"", "threshold = \"9..1\"", "line 21: \"9..1\" is no range of values"),
        ("high = [\"9 mm\"", "high = [\"-1 mm\"", "line 20: the box is empty: 0 mm along x is not below -1 mm"),
        ("threshold = \"60..\"\n", "parts = [{ label = 1 }]\n", "`seed` is for one surface"),
        (
            "[anatomy.vessel]\ninlet = [\"1 mm\", \"2 mm\", \"3 mm\"]\nextend = 2.0\n",
            "",
            "add a table [anatomy.vessel]",
        ),
        ("extend = 2.0", "cut_at = [[\"1 mm\", \"1 mm\", \"1 mm\"]]", "add for example cut = 1.5"),
        ("inlet = [\"1 mm\", \"2 mm\", \"3 mm\"]", "inlet = 0", "line 31: 0 is no number of an end"),
        ("layers = 3", "layers = 2", "line 39: layers are 3 to 20"),
        ("element = \"tet4\"\n", "", "write element = \"tet4\""),
        ("layers = 3\n", "", "`first_layer` needs `layers`"),
        ("levels = 1\n", "", "write levels = 1"),
        ("caption = \"The lumen\"", "caption = \"The lumen\"\nfield = \"von_mises_stress\"", "shows its regions"),
        ("[mesh]", "[regions]\nall = { everything = {} }\n[mesh]", "has no use for regions"),
        ("[anatomy.image]", "[anatomy.imag]", "did you mean \"image\"?"),
        ("open = ", "opne = ", "did you mean \"open\"?"),
    ] {
        let message = message(from, to);
        assert!(message.contains(expected), "{to}: {message}");
    }
    let parts = LUMEN.replace(
        "threshold = \"60..\"\nseed = [[\"4 mm\", \"4 mm\", \"4 mm\"]]\nopen = \"0.5 mm\"",
        "parts = [{ label = 1 }]",
    );
    let parts = parts.replace("largest = true\n", "");
    let refused = |text: &str| read(text).unwrap_err().to_string();
    assert!(refused(&parts).contains("a repair is for one surface"));
    let parts = parts.replace("[anatomy.repair]\nresurface = \"never\"\n", "");
    assert!(refused(&parts).contains("a vessel is one surface"));
    let (vessel, rest) = (parts.find("[anatomy.vessel]").unwrap(), parts.find("[mesh]").unwrap());
    let parts = format!("{}{}", &parts[..vessel], &parts[rest..]);
    assert!(refused(&parts).contains("the image gives several `parts`"));
    let surface =
        LUMEN.replace(&LUMEN[LUMEN.find("[anatomy.image]").unwrap()..LUMEN.find("[anatomy.repair]").unwrap()], "");
    assert!(refused(&surface).contains("line 14: the key \"unit\" is missing"));
}
