use crate::{Device, FlowMetric, Study, StudyError};
use std::path::Path;

const PIPE: &str = r#"
version = 1
title = "Pipe"
question = "How much pressure is lost?"
context_of_use = "Test of the study reader."

[risk]
influence = "low"
influence_rationale = "test"
consequence = "low"
consequence_rationale = "test"

[device.tube]
radius = [["0 mm", "2 mm"], ["40 mm", "2 mm"]]

[material]
name = "blood"
law = "newtonian_fluid"
source = "handbook"
parameters = { density = "1060 kg/m^3", viscosity = "3.5 mPa s" }

[mesh]
size = "0.5 mm"
element = "tet10"
levels = 2

[flow.time]
cycles = 2

[[flow.inlets]]
region = "inlet"
mean = "4 mL/s"
waveform = { named = "internal_carotid" }
source = "test"

[[flow.outlets]]
region = "outlet_1"
windkessel = { proximal = "121 dyn s/cm^5", compliance = "1.5e-4 cm^5/dyn", distal = "1212 dyn s/cm^5" }
source = "test"

[[outputs]]
name = "drop"
label = "pressure drop"
unit = "mmHg"
flow = { metric = "pressure_drop", region = "inlet", to = "outlet_1" }
"#;

fn read(text: &str) -> Result<Study, StudyError> {
    Study::parse(Path::new("pipe.toml"), text.to_owned())
}

/// The message after replacing `from` (which must occur) by `to`.
fn message(from: &str, to: &str) -> String {
    assert!(PIPE.contains(from), "the study holds {from}");
    match read(&PIPE.replacen(from, to, 1)) {
        Ok(_) => panic!("the study with {to} was accepted"),
        Err(error) => error.to_string(),
    }
}

#[test]
fn a_flow_is_read_into_internal_units() {
    let study = read(PIPE).unwrap();
    let flow = study.document.flow.as_ref().unwrap();
    assert!((flow.inlets[0].mean.value().value() - 4000.0).abs() < 1e-9);
    let windkessel = flow.outlets[0].windkessel.as_ref().unwrap();
    // 1 dyn s/cm⁵ = 10⁵ Pa s/m³ = 10⁻¹⁰ MPa s/mm³, 1 cm⁵/dyn = 10⁻⁵ m³/Pa = 10¹⁰ mm³/MPa.
    assert!((windkessel.proximal.value().value() / 121e-10 - 1.0).abs() < 1e-12);
    assert!((windkessel.compliance.value().value() / 1.5e6 - 1.0).abs() < 1e-12);
    assert!((study.document.material.as_ref().unwrap().value("viscosity").unwrap() / 3.5e-9 - 1.0).abs() < 1e-12);
    assert!(matches!(&study.document.device, Some(Device::Tube(tube)) if tube.radius.len() == 2));
    assert_eq!(study.document.outputs[0].flow.as_ref().unwrap().metric, FlowMetric::PressureDrop);
    assert_eq!((*flow.time.cycles, *flow.time.frames), (2, 40));
}

#[test]
fn what_cannot_flow_is_refused_with_the_remedy() {
    for (from, to, says) in [
        ("mean = \"4 mL/s\"", "mean = \"40 cm/s\"", "flow rate"),
        ("mean = \"4 mL/s\"", "mean = \"-4 mL/s\"", "above zero"),
        ("distal = \"1212 dyn s/cm^5\"", "distal = \"-1 dyn s/cm^5\"", "not above zero"),
        ("windkessel = {", "resistance = \"1 mmHg s/mL\"\nwindkessel = {", "exactly one of"),
        ("law = \"newtonian_fluid\"", "law = \"isotropic_elastic\"", "law of a solid"),
        ("[[flow.outlets]]\nregion = \"outlet_1\"", "[[flow.outlets]]\nregion = \"inlet\"", "two conditions"),
        ("named = \"internal_carotid\"", "fourier = [[0.1, 0.2]]", "needs its period"),
        ("cycles = 2", "courant = 9.0", "courant = 9"),
        ("cycles = 2", "cycels = 2", "cycles"),
        ("to = \"outlet_1\" }", "}", "second opening"),
        ("metric = \"pressure_drop\", region = \"inlet\", to = \"outlet_1\"", "metric = \"flow_rate\"", "opening"),
        ("unit = \"mmHg\"", "unit = \"mL/s\"", "mL/s"),
        ("[\"40 mm\", \"2 mm\"]", "[\"-40 mm\", \"2 mm\"]", "ascend"),
        ("levels = 2", "levels = 4", "levels = 4"),
    ] {
        let message = message(from, to);
        assert!(message.contains(says) && message.contains("pipe.toml"), "{to}: {message}");
    }
    let outlets = &PIPE[PIPE.find("[[flow.outlets]]").unwrap()..PIPE.find("[[outputs]]").unwrap()];
    assert!(message(outlets, "").contains("nothing can leave"));
}

/// Meshes that are one and the same would agree perfectly and tell nothing of the error.
#[test]
fn meshes_of_a_tube_differ_and_follow_its_circle() {
    let coarse = message("size = \"0.5 mm\"", "size = \"1 mm\"");
    assert!(coarse.contains("8 elements around") && coarse.contains("at most 0.7 mm"), "{coarse}");
    let same = message("levels = 2", "levels = 2\nratio = 1.05");
    assert!(same.contains("as many as the mesh before"), "{same}");
}
