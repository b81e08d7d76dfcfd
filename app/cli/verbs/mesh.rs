//! `vesalius mesh FILE -o OUT.vtu`.

use super::segment::label;
use super::{Answer, check_output_file, quantity_of, surface_of};
use crate::arguments::Meshing;
use crate::console::{number, table};
use crate::failure::Failure;
use control::RunControl;
use imaging::segment::{Island, absorb_islands};
use imaging::{LabelMap, SmoothOptions};
use mesh::{SurfaceMesh, VolumeMesh};
use mesh_io::{JudgeOptions, MeshFile};
use meshing::{Body, Finding, LayerOptions, LayerReport, MeshOptions, MeshReport, PartReport, PartsReport, Refinement};
use quantity::UnitClass;
use serde_json::{Value, json};
use std::collections::BTreeMap;
use std::path::Path;
use std::time::Instant;

/// Of neighbouring voxels fewer have the same value in a scan.
const LEAST_UNIFORMITY: f64 = 0.5;

/// Connected parts of a label with fewer voxels are specks, unless the user says how large one is.
const LEAST_VOXELS: usize = 27;

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

    /// Voxels below which a part of a label is a speck.
    fn least_island(&self, voxel: f64) -> Result<usize, Failure> {
        let Some(text) = &self.islands else { return Ok(LEAST_VOXELS) };
        let volume = quantity_of(text, UnitClass::Volume, "--islands")?;
        Ok((volume / voxel).ceil().max(0.0) as usize)
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
        let at = |error: meshing::MeshingError| Failure::from(error).at(file);
        let fill = control.stage("mesh", 0.2, 1.0);
        let mut made = match self.layers {
            None => {
                let result = meshing::mesh_surface(&surface, &options, &fill).map_err(at)?;
                let text = describe(&result.report, "", output);
                Made { mesh: result.mesh, json: crate::to_json(&result.report), text }
            }
            Some(count) => {
                let first_height = Self::length(&self.first_layer, "--first-layer")?;
                let layers = LayerOptions { count, first_height, ..LayerOptions::default() };
                let result = meshing::mesh_lumen(&surface, &options, &layers, &fill).map_err(at)?;
                let text = format!(
                    "{}{}",
                    describe(&result.report.core, "core: ", output),
                    describe_layers(&result.report.layers)
                );
                Made { mesh: result.mesh, json: crate::to_json(&result.report), text }
            }
        };
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
        let read = imaging::read_image(file, &control.stage("read", 0.0, 0.1))?;
        let judged = imaging::judge_image(read, reading.length_unit(), reading.patient_frame());
        let report = &judged.report;
        reading.accept(&report.unit_decision, &report.frame_decision, file)?;
        let scan = |why: String| {
            Failure::input(format!(
            "this is a scan and no label map: {why}; take a range of values or labels out of it with `vesalius segment`"
        ))
        .at(file)
        };
        let mut map = LabelMap::from_image(&judged.image, &judged.names).map_err(|error| scan(error.to_string()))?;
        let uniformity = map.uniformity();
        // Who names labels, in the file or here, knows that it is a label map, thin as its parts may be.
        if uniformity < LEAST_UNIFORMITY && judged.names.is_empty() && wanted.is_empty() {
            let same = number(100.0 * uniformity, 2);
            return Err(scan(format!("only {same} % of its neighbouring voxels have the same value")));
        }
        if !wanted.is_empty() {
            let wanted = wanted.iter().map(|word| label(word, &judged.names)).collect::<Result<Vec<u16>, _>>()?;
            let present = map.counts();
            if let Some(missing) = wanted.iter().find(|label| !present.contains_key(label)) {
                return Err(Failure::input(format!("--label: no voxel has the label {missing}")).at(file));
            }
            map.keep(&wanted);
        }
        let names = map.names.clone();
        let voxel = map.grid.voxel_volume();
        let voxels = map.counts();
        let least = self.least_island(voxel)?;
        let islands = absorb_islands(&mut map, least, &control.stage("islands", 0.1, 0.15))?;
        let at = |error: imaging::ImagingError| Failure::from(error).at(file);
        let surface =
            imaging::label_surface(map, &SmoothOptions::default(), &control.stage("surface", 0.15, 0.4)).map_err(at)?;
        let partition = surface.partition(&names);
        let relabelled = surface.relabelled.len();
        drop(surface);
        let result = meshing::mesh_parts(&partition, options, &control.stage("fill", 0.4, 1.0))
            .map_err(|error| Failure::from(error).at(file))?;
        let mut json = crate::to_json(&result.report);
        json["unit"] = report.unit.to_string().into();
        json["frame"] = report.frame.to_string().into();
        json["spacing_mm"] = json!(report.spacing_mm);
        json["relabelled"] = relabelled.into();
        json["islands"] = islands.iter().map(|island| island_json(island, &names)).collect();
        for (part, json) in result.report.parts.iter().zip(json["parts"].as_array_mut().into_iter().flatten()) {
            json["voxel_volume_mm3"] = (voxels.get(&part.number).copied().unwrap_or(0) as f64 * voxel).into();
        }
        json["image_findings"] = crate::to_json(&report.findings);
        json["withheld"] = json!(report.withheld);
        let of_voxels = |part: &PartReport| voxels.get(&part.number).copied().unwrap_or(0) as f64 * voxel;
        let mut text = describe_parts(&result.report, Some(&of_voxels), output);
        text.push_str(&describe_islands(&islands, voxel, &names));
        if relabelled > 0 {
            text.push_str(&format!("\nnote: {relabelled} voxels were given another label for manifold borders\n"));
        }
        text.push_str(&super::import::findings(&report.findings));
        Ok(Made { mesh: result.mesh, json, text })
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
fn describe_islands(islands: &[Island], voxel: f64, names: &BTreeMap<u16, String>) -> String {
    let mut by_label: BTreeMap<u16, (usize, usize)> = BTreeMap::new();
    for island in islands {
        let sum = by_label.entry(island.label).or_default();
        *sum = (sum.0 + 1, sum.1 + island.voxels);
    }
    let line = |(label, (count, voxels)): (&u16, &(usize, usize))| {
        let (name, volume) = (label_name(*label, names), number(*voxels as f64 * voxel, 3));
        format!("\nwarning: {count} specks of {name} ({volume} mm³ together) were given to what is around them\n")
    };
    let lines: String = by_label.iter().map(line).collect();
    if lines.is_empty() { lines } else { format!("{lines}  remedy: --islands with a smaller volume keeps them\n") }
}

fn label_name(label: u16, names: &BTreeMap<u16, String>) -> String {
    match label {
        0 => "background".to_owned(),
        label => names.get(&label).cloned().unwrap_or_else(|| format!("label_{label}")),
    }
}

/// A speck with its place.
fn island_json(island: &Island, names: &BTreeMap<u16, String>) -> Value {
    let name = |label: u16| label_name(label, names);
    json!({
        "label": name(island.label),
        "given_to": name(island.given_to),
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
        row("largest distance to the surface", format!("{} mm", number(report.hausdorff_mm, 2))),
        row("written", output.display().to_string()),
    ]);
    text.push_str(&findings(&report.findings));
    text
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
