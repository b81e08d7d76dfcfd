//! A study in words, for the tree on the left.

use study::{Device, FlowPlan, LoadCase, MeshSize, Output, Study};

/// Sections of a study in the order in which it is read.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Outline {
    /// The sections.
    pub sections: Vec<Section>,
}

/// One part of a study.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Section {
    /// Its heading.
    pub title: &'static str,
    /// Label and text of each row; the label may be empty.
    pub rows: Vec<(String, String)>,
}

/// The outline of a study.
pub fn outline(study: &Study) -> Outline {
    let document = &study.document;
    let mut question = vec![row("", &document.question), row("Context of use", &document.context_of_use)];
    question.push(row(
        "Model risk",
        &format!("influence {}, consequence {}", document.risk.influence.name(), document.risk.consequence.name()),
    ));
    let sections = [
        ("Question", question),
        (if document.device.is_some() { "Device" } else { "Anatomy" }, body(study)),
        ("Material", material(study)),
        (if document.flow.is_some() { "Openings" } else { "Supports and loads" }, loads(study)),
        ("Mesh", mesh(study)),
        ("Outputs", document.outputs.iter().map(output).collect()),
    ];
    Outline { sections: sections.into_iter().map(|(title, rows)| Section { title, rows }).collect() }
}

fn row(label: &str, text: &str) -> (String, String) {
    (label.to_owned(), text.trim().to_owned())
}

fn body(study: &Study) -> Vec<(String, String)> {
    let mut rows = Vec::new();
    if let Some(anatomy) = &study.document.anatomy {
        rows.push(row("File", anatomy.file.as_str()));
        rows.extend(anatomy.description.as_deref().map(|text| row("", text)));
        rows.extend(anatomy.remarks.iter().map(|remark| row("Note", remark)));
        rows.push(row("Licence", &anatomy.licence));
    }
    if let Some(Device::Plate(plate)) = &study.document.device {
        let size = format!("{} × {} × {}", plate.length.value(), plate.width.value(), plate.thickness.value());
        rows.push(row("Straight plate", &size));
    }
    if let Some(Device::Tube(tube)) = &study.document.device {
        for [z, radius] in tube.radius.iter() {
            rows.push(row(&format!("Radius at z = {z}"), &radius.to_string()));
        }
    }
    rows
}

fn material(study: &Study) -> Vec<(String, String)> {
    let Some(material) = &study.document.material else {
        return vec![row("", "none: nothing is computed on the anatomy")];
    };
    let law = material.declared_law().map_or_else(|| material.law.as_str(), |law| law.label);
    let mut rows = vec![row(&material.name, law)];
    rows.extend(material.values().into_iter().map(|(parameter, text, _)| row(parameter.label, &text)));
    rows.push(row("Source", &material.source));
    rows
}

fn loads(study: &Study) -> Vec<(String, String)> {
    let document = &study.document;
    let mut rows = Vec::new();
    for support in document.supports.iter() {
        let fixed = support.description.as_deref().unwrap_or("held");
        rows.push(row(&format!("Support on {}", support.region.as_str()), fixed));
    }
    if let Some(subject) = &document.subject {
        rows.push(row("Body weight", subject.body_weight.text()));
    }
    for case in document.load_cases.iter() {
        rows.extend(load_case(study, case));
    }
    rows.extend(document.flow.iter().flat_map(|flow| openings(flow)));
    rows
}

/// What enters and leaves a flow.
fn openings(flow: &FlowPlan) -> Vec<(String, String)> {
    let mut rows = Vec::new();
    for inflow in flow.inlets.iter() {
        let pulse = if inflow.waveform.is_some() { " in the mean, pulsating" } else { "" };
        rows.push(row(&format!("Inflow at {}", inflow.region.as_str()), &format!("{}{pulse}", inflow.mean.text())));
        rows.push(row("Source", &inflow.source));
    }
    for outflow in flow.outlets.iter() {
        let what = match (&outflow.pressure, &outflow.resistance, &outflow.windkessel) {
            (Some(pressure), ..) => format!("pressure {}", pressure.text()),
            (_, Some(resistance), _) => format!("resistance {}", resistance.text()),
            (.., Some(_)) => "windkessel".to_owned(),
            _ => String::new(),
        };
        rows.push(row(&format!("Outflow at {}", outflow.region.as_str()), &what));
        rows.push(row("Source", &outflow.source));
    }
    if let Some(bed) = &flow.bed {
        let pressure = bed.mean_pressure.as_ref().map_or("open ends", |pressure| pressure.text());
        rows.push(row("Bed of the other openings", &format!("{pressure}, shares by d^{}", *bed.exponent)));
        rows.push(row("Source", &bed.source));
    }
    rows
}

fn load_case(study: &Study, case: &LoadCase) -> Vec<(String, String)> {
    let mut rows = vec![row("Load case", case.name.as_str())];
    for load in case.loads.iter() {
        let size = match (study.force(load), &load.moment, &load.pressure) {
            (Some(force), ..) => {
                let norm = force.iter().map(|c| c * c).sum::<f64>().sqrt();
                format!("force of {} N", scene::ticks::significant(norm, 4))
            }
            (None, Some(moment), _) => {
                format!("moment ({})", moment.iter().map(|c| c.text()).collect::<Vec<_>>().join(", "))
            }
            (None, None, Some(pressure)) => format!("pressure {}", pressure.text()),
            _ => String::new(),
        };
        let what = load.description.as_deref().map_or(size.clone(), |text| format!("{text}: {size}"));
        rows.push(row(&format!("On {}", load.region.as_str()), &what));
        rows.push(row("Source", &load.source));
    }
    rows
}

fn mesh(study: &Study) -> Vec<(String, String)> {
    let plan = &study.document.mesh;
    let size = match plan.size.value() {
        MeshSize::Automatic => "chosen from the thickness of the body",
        MeshSize::Given(length) => length.text(),
    };
    let levels = *plan.levels.value();
    let study_of = if levels > 1 {
        format!("{levels} meshes, each {} times coarser than the one before", plan.ratio.value())
    } else {
        "one mesh; no error estimate from refinement".to_owned()
    };
    vec![
        row("Element size", size),
        row("Element", &format!("{:?}", plan.element.value())),
        row("Grid study", &study_of),
    ]
}

fn output(output: &Output) -> (String, String) {
    let unit = output.unit.as_ref().map_or_else(String::new, |unit| format!(" in {}", unit.as_str()));
    row("", &format!("{}{unit}", output.label))
}
