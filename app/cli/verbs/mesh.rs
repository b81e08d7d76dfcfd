//! `vesalius mesh FILE -o OUT.vtu`.

use super::segment::label;
use super::{Answer, check_output_file, quantity_of, surface_of};
use crate::arguments::Meshing;
use crate::console::{number, table};
use crate::failure::Failure;
use control::RunControl;
use imaging::segment::Island;
use mesh::{SurfaceMesh, VolumeMesh};
use mesh_io::{JudgeOptions, MeshFile};
use meshing::{
    Body, ElementsAcross, Finding, LayerOptions, LayerReport, MeshOptions, MeshReport, PartReport, PartsMesh,
    PartsReport, Refinement,
};
use quantity::UnitClass;
use runner::anatomy::{AnatomyError, FillReport, ImageReading, LabelParts, PartsChoice, fill, take_parts};
use serde_json::{Value, json};
use std::collections::BTreeMap;
use std::path::Path;
use std::time::Instant;

/// A mesh, its report as JSON and as text.
struct Made {
    mesh: VolumeMesh,
    json: Value,
    text: String,
}

pub(crate) fn mesh(arguments: &Meshing, control: &RunControl) -> Result<Answer, Failure> {
    let (file, output) = (&arguments.file, &arguments.output);
    check_output_file(output)?;
    let start = Instant::now();
    let work = control.stage("mesh", 0.0, 0.9);
    let mut made = if imaging::is_image(file) {
        if !(arguments.implant.is_empty() && arguments.refine_sphere.is_empty() && arguments.refine_region.is_empty()) {
            let what = "--implant and --refine-... are for surfaces; take one out of it with `vesalius segment` first";
            return Err(Failure::input(what).at(file));
        }
        arguments.of_labels(&work)?
    } else if !arguments.implant.is_empty() {
        arguments.with_implants(&work)?
    } else if arguments.label.is_empty() {
        arguments.of_mesh(&work)?
    } else {
        return Err(Failure::input("--label: only a label map has labels").at(file));
    };
    mesh_io::write_vtu(output, &made.mesh, &[], &control.stage("write", 0.9, 1.0))?;
    made.json["seconds"] = start.elapsed().as_secs_f64().into();
    made.json["file"] = output.display().to_string().into();
    Ok(Answer::done(made.json, made.text))
}

impl Meshing {
    fn length(text: &Option<String>, option: &str) -> Result<Option<f64>, Failure> {
        text.as_ref().map(|text| quantity_of(text, UnitClass::Length, option)).transpose()
    }

    fn options(&self) -> Result<MeshOptions, Failure> {
        let order = self.order.unwrap_or(if self.layers.is_some() { 1 } else { 2 });
        let size = Self::length(&self.size, "--size")?;
        let spheres = self.refine_sphere.iter().map(|text| refine_sphere(text));
        let refine = spheres.chain(self.refine_region.iter().map(|text| refine_region(text)));
        Ok(MeshOptions { size, order, refine: refine.collect::<Result<_, _>>()?, ..MeshOptions::default() })
    }

    /// A bone and implants in it as parts of one mesh.
    fn with_implants(&self, control: &RunControl) -> Result<Made, Failure> {
        let Self { file, output, reading, implant, .. } = self;
        let options = self.options()?;
        let mut bodies = Vec::with_capacity(implant.len() + 1);
        let mut units = Vec::new();
        for (number, path) in (1..).zip(implant) {
            let judged = surface_of(path, reading, &control.stage("read implant", 0.0, 0.05))?;
            let name = if implant.len() == 1 { "implant".to_owned() } else { format!("implant_{number}") };
            units.push((path, judged.report.unit, judged.report.frame));
            bodies.push(Body { name, surface: judged.surface, keeps_edges: true });
        }
        let judged = surface_of(file, reading, &control.stage("read bone", 0.05, 0.15))?;
        let report = &judged.report;
        if let Some((path, unit, frame)) = units.iter().find(|(_, u, f)| *u != report.unit || *f != report.frame) {
            let (own, bone) = (format!("{unit} in {frame}"), format!("{} in {}", report.unit, report.frame));
            let what = format!("read as {own}, but the bone as {bone}; state them with --unit and --frame");
            return Err(Failure::input(what).at(path));
        }
        bodies.push(Body { name: "bone".to_owned(), surface: judged.surface, keeps_edges: false });
        let result = meshing::mesh_bodies(&bodies, &options, &control.stage("fill", 0.15, 1.0))
            .map_err(|error| Failure::from(error).at(file))?;
        let mut json = crate::to_json(&result.report);
        json["unit"] = report.unit.to_string().into();
        json["unit_decision"] = crate::to_json(&report.unit_decision);
        json["frame"] = report.frame.to_string().into();
        json["frame_decision"] = crate::to_json(&report.frame_decision);
        json["import_findings"] = crate::to_json(&report.findings);
        let mut text = describe_parts(&result.report, None, output);
        text.push_str(&super::import::findings(&report.findings));
        Ok(Made { mesh: result.mesh, json, text })
    }

    /// The inside of a surface, or of the boundary of a volume mesh.
    fn of_mesh(&self, control: &RunControl) -> Result<Made, Failure> {
        let Self { file, output, reading, .. } = self;
        let options = self.options()?;
        let judging = JudgeOptions { unit: reading.length_unit(), frame: reading.patient_frame() };
        let read = mesh_io::read_mesh(file, &control.stage("read", 0.0, 0.1))?;
        let judge = control.stage("judge", 0.1, 0.2);
        let (surface, report): (SurfaceMesh, _) = match read {
            MeshFile::Surface(read) => {
                let judged = mesh_io::judge_surface(&read, &judging, &judge)?;
                (judged.surface, judged.report)
            }
            MeshFile::Volume(read) => {
                let judged = mesh_io::judge_volume(&read, &judging, &judge)?;
                (mesh::topology::boundary_surface(&judged.mesh).surface, judged.report)
            }
        };
        reading.accept(&report.unit_decision, &report.frame_decision, file)?;
        let layers = match self.layers {
            None => None,
            Some(count) => {
                let first_height = Self::length(&self.first_layer, "--first-layer")?;
                Some(LayerOptions { count, first_height, ..LayerOptions::default() })
            }
        };
        let filled = fill(&surface, &options, layers.as_ref(), &control.stage("mesh", 0.2, 1.0))
            .map_err(|error| Failure::from(error).at(file))?;
        let (json, text) = match &filled.report {
            FillReport::Solid(report) => (crate::to_json(report), describe(report, "", output)),
            FillReport::Layered(report) => {
                let text = format!("{}{}", describe(&report.core, "core: ", output), describe_layers(&report.layers));
                (crate::to_json(report), text)
            }
        };
        let mut made = Made { mesh: filled.mesh, json, text };
        made.json["unit"] = report.unit.to_string().into();
        made.json["unit_decision"] = crate::to_json(&report.unit_decision);
        made.json["frame"] = report.frame.to_string().into();
        made.json["frame_decision"] = crate::to_json(&report.frame_decision);
        made.json["import_findings"] = crate::to_json(&report.findings);
        made.text.push_str(&super::import::findings(&report.findings));
        Ok(made)
    }

    /// All labels of a map, or those that are wanted, as parts of one mesh.
    fn of_labels(&self, control: &RunControl) -> Result<Made, Failure> {
        let Self { file, output, reading, label: wanted, layers, .. } = self;
        if layers.is_some() {
            let remedy = "take the lumen out of it with `vesalius segment` first";
            return Err(
                Failure::input(format!("--layers are for one closed lumen, not for a label map; {remedy}")).at(file)
            );
        }
        let options = &self.options()?;
        let known = ImageReading { unit: reading.length_unit(), frame: reading.patient_frame(), voxel_size: None };
        let at = |error: AnatomyError| Failure::from(error).at(file);
        let judged = runner::anatomy::read_image(file, &known, &control.stage("read", 0.0, 0.1))?;
        let report = &judged.report;
        reading.accept(&report.unit_decision, &report.frame_decision, file)?;
        let choice = PartsChoice {
            labels: wanted.iter().map(|word| label(word, &judged.names)).collect::<Result<_, _>>()?,
            islands: self.islands.as_ref().map(|text| quantity_of(text, UnitClass::Volume, "--islands")).transpose()?,
            ..PartsChoice::default()
        };
        let taken = take_parts(&judged, &choice, &control.stage("parts", 0.1, 0.4)).map_err(at)?;
        let PartsMesh { mesh, report: parts } =
            meshing::mesh_parts(&taken.partition, options, &control.stage("fill", 0.4, 1.0))
                .map_err(|error| Failure::from(error).at(file))?;
        let mut json = crate::to_json(&parts);
        json["unit"] = report.unit.to_string().into();
        json["frame"] = report.frame.to_string().into();
        json["spacing_mm"] = json!(report.spacing_mm);
        json["relabelled"] = taken.relabelled.into();
        json["islands"] = taken.islands.iter().map(|island| island_json(island, &taken)).collect();
        for (part, json) in parts.parts.iter().zip(json["parts"].as_array_mut().into_iter().flatten()) {
            json["voxel_volume_mm3"] = taken.voxel_volume(part.number).into();
        }
        json["image_findings"] = crate::to_json(&report.findings);
        json["withheld"] = json!(report.withheld);
        let mut text = describe_parts(&parts, Some(&|part: &PartReport| taken.voxel_volume(part.number)), output);
        text.push_str(&describe_islands(&taken));
        if taken.relabelled > 0 {
            text.push_str(&format!(
                "\nnote: {} voxels were given another label for manifold borders\n",
                taken.relabelled
            ));
        }
        text.push_str(&super::import::findings(&report.findings));
        Ok(Made { mesh, json, text })
    }
}

/// The numbers before "=" and the size behind it.
fn halves<'a>(text: &'a str, option: &str, example: &str) -> Result<(&'a str, f64), Failure> {
    let wrong = || Failure::input(format!("{option} \"{text}\": write for example {example}"));
    let (place, size) = text.split_once('=').ok_or_else(wrong)?;
    Ok((place, quantity_of(size, UnitClass::Length, option)?))
}

/// "-12.5,30,610,8=0.5mm": a ball.
fn refine_sphere(text: &str) -> Result<Refinement, Failure> {
    let example = "-12.5,30,610,8=0.5mm (middle and radius in mm, LPS)";
    let (place, size_mm) = halves(text, "--refine-sphere", example)?;
    let numbers: Option<Vec<f64>> = place.split(',').map(|word| word.trim().parse().ok()).collect();
    match numbers.as_deref() {
        Some(&[x, y, z, radius_mm]) => Ok(Refinement::Sphere { centre_mm: [x, y, z], radius_mm, size_mm }),
        _ => Err(Failure::input(format!("--refine-sphere \"{text}\": write for example {example}"))),
    }
}

/// "cap_1,2=0.5mm": all that is near a region.
fn refine_region(text: &str) -> Result<Refinement, Failure> {
    let example = "cap_1,2=0.5mm (a region, the distance from it in mm)";
    let (place, size_mm) = halves(text, "--refine-region", example)?;
    let near = place.rsplit_once(',').and_then(|(name, distance)| Some((name, distance.trim().parse().ok()?)));
    let wrong = || Failure::input(format!("--refine-region \"{text}\": write for example {example}"));
    let (name, distance_mm) = near.ok_or_else(wrong)?;
    Ok(Refinement::Region { name: name.trim().to_owned(), distance_mm, size_mm })
}

/// Specks by label.
fn describe_islands(taken: &LabelParts) -> String {
    let mut by_label: BTreeMap<u16, (usize, usize)> = BTreeMap::new();
    for island in &taken.islands {
        let sum = by_label.entry(island.label).or_default();
        *sum = (sum.0 + 1, sum.1 + island.voxels);
    }
    let line = |(label, (count, voxels)): (&u16, &(usize, usize))| {
        let (name, volume) = (taken.name(*label), number(*voxels as f64 * taken.voxel_mm3, 3));
        format!("\nwarning: {count} specks of {name} ({volume} mm³ together) were given to what is around them\n")
    };
    let lines: String = by_label.iter().map(line).collect();
    if lines.is_empty() { lines } else { format!("{lines}  remedy: --islands with a smaller volume keeps them\n") }
}

/// A speck with its place.
fn island_json(island: &Island, taken: &LabelParts) -> Value {
    json!({
        "label": taken.name(island.label),
        "given_to": taken.name(island.given_to),
        "voxels": island.voxels,
        "centre_mm": <[f64; 3]>::from(island.centre.coords),
    })
}

fn row(name: &str, value: String) -> Vec<String> {
    vec![name.to_owned(), value]
}

/// The report as text; `of` says in front of what a row is about that is not about the whole mesh.
fn describe(report: &MeshReport, of: &str, output: &Path) -> String {
    let mut text = table(&[
        row("what", "value".to_owned()),
        row("element size", format!("{} mm: {}", number(report.size_mm, 3), report.size_reason)),
        row(
            &format!("{of}nodes, tetrahedra"),
            format!("{}, {} (order {})", report.nodes, report.elements, report.order),
        ),
        row(
            &format!("{of}dihedral angles"),
            format!("{}° to {}°", number(report.min_dihedral_deg, 3), number(report.max_dihedral_deg, 4)),
        ),
        row(&format!("{of}least radius ratio"), number(report.min_radius_ratio, 3)),
        row("volume error", format!("{} %", number(100.0 * report.volume_error, 2))),
        row("elements across", across(report.elements_across)),
        row("largest distance to the surface", format!("{} mm", number(report.hausdorff_mm, 2))),
        row("written", output.display().to_string()),
    ]);
    text.push_str(&findings(&report.findings));
    text
}

/// The fewest elements between opposite places of the wall, and where.
fn across(found: Option<ElementsAcross>) -> String {
    let Some(ElementsAcross { least, at_mm: [x, y, z], width_mm, share_below_4, .. }) = found else {
        return "not assessed: no places of the wall are opposite".to_owned();
    };
    let [least, width, x, y, z, percent] =
        [(least, 3), (width_mm, 3), (x, 4), (y, 4), (z, 4), (100.0 * share_below_4, 2)]
            .map(|(value, n)| number(value, n));
    format!("{least} at least, at ({x}, {y}, {z}) mm over {width} mm; fewer than 4 on {percent} % of the wall")
}

/// `of_voxels` is the volume that the voxels of a part have in the file, mm³; surfaces have none.
fn describe_parts(report: &PartsReport, of_voxels: Option<&dyn Fn(&PartReport) -> f64>, output: &Path) -> String {
    let mut text = table(&[
        row("what", "value".to_owned()),
        row("element size", format!("{} mm: {}", number(report.size_mm, 3), report.size_reason)),
        row("nodes, tetrahedra", format!("{}, {} (order {})", report.nodes, report.elements, report.order)),
        row(
            "dihedral angles",
            format!("{}° to {}°", number(report.min_dihedral_deg, 3), number(report.max_dihedral_deg, 4)),
        ),
        row("least radius ratio", number(report.min_radius_ratio, 3)),
        row("largest distance to the borders", format!("{} mm", number(report.hausdorff_mm, 2))),
        row("written", output.display().to_string()),
    ]);
    let mut head = ["part", "tetrahedra", "volume / cm³", "to surface / %", "pieces"].map(str::to_owned).to_vec();
    head.extend(of_voxels.map(|_| "to voxels / %".to_owned()));
    let parts = report.parts.iter().map(|part| {
        let mut row = vec![
            part.name.clone(),
            part.elements.to_string(),
            number(part.volume_mm3 / 1000.0, 5),
            number(100.0 * part.volume_error, 2),
            part.topology.components.to_string(),
        ];
        row.extend(of_voxels.map(|voxels| number(100.0 * (part.volume_mm3 / voxels(part) - 1.0), 2)));
        row
    });
    let rows: Vec<Vec<String>> = std::iter::once(head).chain(parts).collect();
    text.push_str(&format!("\n{}{}", table(&rows), findings(&report.findings)));
    text
}

fn describe_layers(report: &LayerReport) -> String {
    let thinned = format!(
        "{} of {} (least {} of the height)",
        report.thinned_vertices,
        report.wall_vertices,
        number(report.least_fraction, 2)
    );
    let rows = [
        row("layers", "value".to_owned()),
        row("count, growth", format!("{}, {}", report.count, number(report.growth, 3))),
        row(
            "first, all together",
            format!("{} mm, {} mm", number(report.first_height_mm, 3), number(report.total_mm, 3)),
        ),
        row("prisms, tetrahedra", format!("{}, {}", report.prisms, report.tetrahedra)),
        row("thinned wall nodes", thinned),
        row("least scaled Jacobian of a prism", number(report.min_prism_scaled_jacobian, 3)),
        row("largest aspect ratio", number(report.max_prism_aspect, 3)),
    ];
    format!("\n{}", table(&rows))
}

fn findings(findings: &[Finding]) -> String {
    findings.iter().map(|finding| format!("\n{}: {}\n", crate::word(&finding.severity), finding.message)).collect()
}
