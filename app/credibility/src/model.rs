//! A summary of the model in the study's own words and values.

mod flow;

use crate::dossier::ModelRow;
use study::record::Record;
use study::{Anatomy, Axis, CalibrationBasis, Device, Document, ImageSteps, Load, Material, Study, Support};

pub(crate) fn rows(study: &Study, record: &Record) -> Vec<ModelRow> {
    let document = &study.document;
    let mut rows = geometry(document);
    rows.extend(document.material.as_ref().map(material));
    if let Some(subject) = &document.subject {
        let words = subject.description.as_deref().map(|text| format!("{text} ")).unwrap_or_default();
        rows.push(row("Subject", format!("{words}Body weight as a force: {}.", subject.body_weight), ""));
    }
    rows.extend(document.supports.iter().map(support));
    for case in document.load_cases.iter() {
        rows.extend(case.loads.iter().map(|load| self::load(study, case.name.as_str(), load)));
    }
    rows.extend(document.flow.iter().flat_map(|flow| flow::rows(flow)));
    rows.extend(mesh(document, record));
    rows
}

fn row(topic: &str, text: String, source: &str) -> ModelRow {
    ModelRow { topic: topic.to_owned(), text, source: source.to_owned() }
}

fn geometry(document: &Document) -> Vec<ModelRow> {
    if let Some(anatomy) = &document.anatomy {
        let mut text = anatomy.description.clone().map(|words| format!("{words}. ")).unwrap_or_default();
        text.push_str(&format!("File {}.", anatomy.file.as_str()));
        for remark in &anatomy.remarks {
            text.push_str(&format!(" {remark}"));
        }
        let rows = std::iter::once(row("Geometry", text, &anatomy.licence));
        return rows.chain(steps(anatomy)).collect();
    }
    match &document.device {
        Some(Device::Plate(plate)) => {
            let [length, width, thickness] = [&plate.length, &plate.width, &plate.thickness];
            let text =
                format!("Straight plate {} long, {} wide, {} thick.", length.text(), width.text(), thickness.text());
            vec![row("Geometry", text, "")]
        }
        Some(Device::Tube(tube)) => {
            let places = tube.radius.iter().map(|[z, radius]| format!("{radius} at z = {z}"));
            let text = format!(
                "Lumen of a straight round tube along z with the radius {}.",
                places.collect::<Vec<_>>().join(", ")
            );
            vec![row("Geometry", text, "")]
        }
        None => Vec::new(),
    }
}

/// What was done to the file to get the geometry, in the order in which it was done.
fn steps(anatomy: &Anatomy) -> Vec<ModelRow> {
    let mut rows: Vec<ModelRow> = anatomy.image.iter().flat_map(|image| image_rows(image)).collect();
    let mut words = Vec::new();
    words.extend(anatomy.repair.as_ref().map(|_| "the surface is repaired"));
    words.extend(anatomy.vessel.as_ref().map(|_| "the ends of the vessel are made planar and named"));
    words.extend(anatomy.sac.as_ref().map(|_| "the sac of the aneurysm is isolated"));
    if !words.is_empty() {
        rows.push(row("Surface", format!("In this order: {}.", words.join("; ")), ""));
    }
    rows
}

fn image_rows(image: &ImageSteps) -> Vec<ModelRow> {
    let mut rows = Vec::new();
    if let Some(size) = &image.voxel_size {
        let text = format!("{} ASSUMED: the file records none. No length, area or volume is measured.", size.text());
        rows.push(row("Voxel size", text, image.voxel_size_source.as_deref().unwrap_or_default()));
    }
    let mut words = Vec::new();
    words.extend(image.crop.as_ref().map(|_| "cropped".to_owned()));
    words.extend(image.threshold.as_ref().map(|range| format!("values {}", range.text())));
    let labels: Vec<&str> = image.label.iter().map(|label| label.0.as_str()).collect();
    words.extend((!labels.is_empty()).then(|| format!("label {}", labels.join(", "))));
    let parts: Vec<&str> = image.parts.iter().map(|part| part.label.0.as_str()).collect();
    words.extend((!parts.is_empty()).then(|| format!("labels {} as parts of one mesh", parts.join(", "))));
    words.extend((!image.seed.is_empty()).then(|| "what is connected with the seeds".to_owned()));
    words.extend(image.open.as_ref().map(|radius| format!("opened by {}", radius.text())));
    words.extend(image.close.as_ref().map(|radius| format!("closed by {}", radius.text())));
    words.extend(image.fill.then(|| "cavities filled".to_owned()));
    words.extend(image.islands.as_ref().map(|volume| format!("pieces below {} removed", volume.text())));
    words.extend(image.largest.then(|| "largest piece kept".to_owned()));
    rows.push(row("Segmentation", format!("In this order: {}.", words.join("; ")), ""));
    rows
}

fn material(material: &Material) -> ModelRow {
    let law = material.declared_law().map_or(material.law.as_str(), |law| law.label);
    let values = material.values();
    let values: Vec<String> =
        values.iter().map(|(parameter, text, _)| format!("{} = {text}", parameter.symbol)).collect();
    let calibration = material.bone.as_ref().map(|bone| match bone.calibration {
        CalibrationBasis::Phantom => format!(" Calibrated by a phantom: {}", bone.calibration_source.trim()),
        CalibrationBasis::Assumed => format!(" Assumed calibration: {}", bone.calibration_source.trim()),
    });
    let text =
        format!("{}: {law}, {}.{}", material.name, values.join(", "), calibration.as_deref().unwrap_or_default());
    row("Material", text, &material.source)
}

fn support(support: &Support) -> ModelRow {
    let name = |axis: &Axis| match axis {
        Axis::X => "x",
        Axis::Y => "y",
        Axis::Z => "z",
    };
    let mut held: Vec<String> = support.fixed.iter().map(|axis| format!("{} = 0", name(axis))).collect();
    held.extend(support.displacement.iter().map(|(axis, value)| format!("{} = {value}", name(axis))));
    let words = support.description.as_deref().map(|text| format!("{text} ")).unwrap_or_default();
    row("Support", format!("{words}Region {}: displacement {}.", support.region.as_str(), held.join(", ")), "")
}

fn load(study: &Study, case: &str, load: &Load) -> ModelRow {
    let triple = |texts: [&str; 3]| format!("({})", texts.join(", "));
    let mut parts = Vec::new();
    if let Some(force) = &load.force {
        let stated = triple([force[0].text(), force[1].text(), force[2].text()]);
        let newton = study.force(load).filter(|_| force.iter().any(study::ForceComponent::is_relative));
        let newton = newton.map(|f| format!(" = ({:.1}, {:.1}, {:.1}) N", f[0], f[1], f[2])).unwrap_or_default();
        parts.push(format!("force {stated}{newton}"));
    }
    if let Some(moment) = &load.moment {
        parts.push(format!("moment {}", triple([moment[0].text(), moment[1].text(), moment[2].text()])));
    }
    if let Some(pressure) = &load.pressure {
        parts.push(format!("pressure {}", pressure.text()));
    }
    let words = load.description.as_deref().map(|text| format!("{}: ", text.trim_end_matches('.'))).unwrap_or_default();
    let frame =
        if load.pressure.is_some() { String::new() } else { format!(" in the frame {}", load.frame.0.as_str()) };
    let text = format!("Case {case}. {words}{} on region {}{frame}.", parts.join(", "), load.region.as_str());
    row("Load", text, &load.source)
}

fn mesh(document: &Document, record: &Record) -> Option<ModelRow> {
    let finest = record.meshes.first()?;
    let layers = document.mesh.layers.as_ref().map(|count| format!(" {} layers along the wall.", count.value()));
    if record.meshes.len() == 1 {
        let (elements, nodes) = (finest.elements, finest.nodes);
        let text = format!(
            "One mesh of {elements} {} elements and {nodes} nodes; its discretisation error is not assessed.{}",
            finest.element,
            layers.unwrap_or_default()
        );
        return Some(row("Discretisation", text, ""));
    }
    let text = format!(
        "{} elements, {} meshes with a size ratio of {}; the finest has {} elements and {} nodes.",
        finest.element,
        record.meshes.len(),
        *document.mesh.ratio.value(),
        finest.elements,
        finest.nodes
    );
    Some(row("Discretisation", text, ""))
}
