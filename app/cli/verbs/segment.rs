//! `vesalius segment IMAGE -o OUT`.

use super::import::findings;
use super::{Answer, check_output_file, point_of, quantity_of};
use crate::arguments::Segmentation;
use crate::console::{number, table};
use crate::failure::Failure;
use control::RunControl;
use imaging::segment::{Choice, Crop, Recipe, Segmented};
use imaging::{JudgedImage, SmoothOptions};
use mesh_io::Format;
use quantity::UnitClass;
use runner::SegmentFile;
use runner::anatomy::{AnatomyError, ImageReading, find_label};
use serde_json::{Value, json};
use std::collections::BTreeMap;
use std::path::Path;
use std::time::Instant;
use study::ValueRange;

fn no_format(path: &Path) -> Failure {
    Failure::input(format!(
        "{}: the name says no format; end it with .stl or .vtp for a surface, .nii.gz, .nrrd or .mha for labels",
        path.display()
    ))
}

pub(crate) fn segment(arguments: &Segmentation, control: &RunControl) -> Result<Answer, Failure> {
    let (file, output) = (&arguments.file, &arguments.output);
    check_output_file(output)?;
    let target = SegmentFile::of(output).ok_or_else(|| no_format(output))?;
    let start = Instant::now();
    let judged = read(arguments, &control.stage("read", 0.0, 0.2))?;
    let recipe = recipe(arguments, &judged)?;
    let segmented = runner::segment(&judged.image, &recipe, &control.stage("segment", 0.2, 0.5))
        .map_err(|error| Failure::from(error).at(file))?;
    let control = control.stage("write", 0.5, 1.0);
    let mut json = match target {
        SegmentFile::Mask(format) => labels(&segmented, &judged, output, format, &control)?,
        SegmentFile::Surface(format) => surface(arguments, &segmented, output, format, &control)?,
    };
    json["steps"] = json!(segmented.steps);
    json["voxels"] = segmented.mask.count().into();
    json["voxel_volume_mm3"] = (segmented.mask.count() as f64 * segmented.mask.grid.voxel_volume()).into();
    json["spacing_mm"] = json!(judged.report.spacing_mm);
    json["spacing_assumed"] = arguments.spacing.is_some().into();
    json["unit"] = judged.report.unit.to_string().into();
    json["unit_decision"] = crate::to_json(&judged.report.unit_decision);
    json["frame"] = judged.report.frame.to_string().into();
    json["frame_decision"] = crate::to_json(&judged.report.frame_decision);
    json["findings"] = crate::to_json(&judged.report.findings);
    json["withheld"] = json!(judged.report.withheld);
    json["file"] = output.display().to_string().into();
    json["seconds"] = start.elapsed().as_secs_f64().into();
    let text = format!("{}{}", describe(&json, output), findings(&judged.report.findings));
    Ok(Answer::done(json, text))
}

/// The image in mm and LPS, with the voxel size that the user assumes.
fn read(arguments: &Segmentation, control: &RunControl) -> Result<JudgedImage, Failure> {
    let Segmentation { file, reading, spacing, .. } = arguments;
    let voxel_size = spacing.as_ref().map(|text| positive(text, UnitClass::Length, "--spacing")).transpose()?;
    let known = ImageReading { unit: reading.length_unit(), frame: reading.patient_frame(), voxel_size };
    let judged = runner::anatomy::read_image(file, &known, control).map_err(|error| match error {
        AnatomyError::VoxelSizeKnown { .. } => Failure::input(format!("--spacing: {error}")).at(file),
        error => error.into(),
    })?;
    reading.accept(&judged.report.unit_decision, &judged.report.frame_decision, file)?;
    Ok(judged)
}

fn recipe(arguments: &Segmentation, judged: &JudgedImage) -> Result<Recipe, Failure> {
    let choice = match &arguments.threshold {
        Some(range) => threshold(range)?,
        None => {
            Choice::Labels(arguments.label.iter().map(|word| label(word, &judged.names)).collect::<Result<_, _>>()?)
        }
    };
    let length = |text: &Option<String>, option: &str| {
        text.as_ref().map(|text| positive(text, UnitClass::Length, option)).transpose()
    };
    let volume = |text: &String| positive(text, UnitClass::Volume, "--islands");
    Ok(Recipe {
        crop: crop(&arguments.crop)?,
        choice,
        seeds: arguments.seed.iter().map(|text| point_of(text, "--seed")).collect::<Result<_, _>>()?,
        open: length(&arguments.open, "--open")?,
        close: length(&arguments.close, "--close")?,
        fill_cavities: arguments.fill,
        islands: arguments.islands.as_ref().map(volume).transpose()?,
        largest: arguments.largest,
    })
}

/// A quantity above zero.
fn positive(text: &str, class: UnitClass, option: &str) -> Result<f64, Failure> {
    let value = quantity_of(text, class, option)?;
    match value > 0.0 {
        true => Ok(value),
        false => Err(Failure::input(format!("{option}: \"{text}\" is not above zero"))),
    }
}

/// A label by its value or by its name, in any case.
pub(super) fn label(word: &str, names: &BTreeMap<i64, String>) -> Result<u16, Failure> {
    find_label(word, names).map_err(|error| Failure::input(format!("--label {error}")))
}

/// "low..high", either end open.
fn threshold(range: &str) -> Result<Choice, Failure> {
    let ValueRange { low, high, .. } =
        ValueRange::parse(range).map_err(|error| Failure::input(format!("--threshold {error}")))?;
    Ok(Choice::Threshold { low, high })
}

/// The box of `--crop`.
fn crop(corners: &[String]) -> Result<Option<Crop>, Failure> {
    let [low, high] = corners else { return Ok(None) };
    Ok(Some(Crop { low: point_of(low, "--crop")?, high: point_of(high, "--crop")? }))
}

fn labels(
    segmented: &Segmented,
    judged: &JudgedImage,
    output: &Path,
    format: Format,
    control: &RunControl,
) -> Result<Value, Failure> {
    runner::write_mask(output, &segmented.mask, format, control)?;
    Ok(json!({ "kind": "labels", "dimensions": judged.report.dimensions }))
}

fn surface(
    arguments: &Segmentation,
    segmented: &Segmented,
    output: &Path,
    format: Format,
    control: &RunControl,
) -> Result<Value, Failure> {
    let options = SmoothOptions { iterations: arguments.smooth };
    let made = runner::surface_of(&segmented.mask, &options, &control.stage("surface", 0.0, 0.9))?;
    let surface = &made.surface;
    runner::write_surface(output, surface, format, &control.stage("write", 0.9, 1.0))?;
    Ok(json!({
        "kind": "surface",
        "nodes": surface.points.len(),
        "triangles": surface.triangles.len(),
        "volume_mm3": surface.volume(),
        "area_mm2": surface.area(),
        "relabelled": made.relabelled,
        "cut_area_mm2": made.cut_area,
    }))
}

fn describe(json: &Value, output: &Path) -> String {
    let row = |name: &str, value: String| vec![name.to_owned(), value];
    let mut rows = vec![row("what", "value".to_owned())];
    let steps = json["steps"].as_array().into_iter().flatten().filter_map(Value::as_str).enumerate();
    rows.extend(steps.map(|(k, step)| row(&format!("step {}", k + 1), step.to_owned())));
    if json["spacing_assumed"] == true {
        rows.push(row("voxel size", "assumed, not recorded in the file: no length here is measured".to_owned()));
    }
    if let (Some(volume), Some(area)) = (json["volume_mm3"].as_f64(), json["area_mm2"].as_f64()) {
        rows.push(row(
            "surface",
            format!("{} triangles, {} mm², {} mm³", json["triangles"], number(area, 5), number(volume, 6)),
        ));
        if let Some(cut) = json["cut_area_mm2"].as_f64().filter(|&cut| cut > 0.0) {
            let warning =
                format!("{} mm²: the part reaches the border of the image and goes on beyond it", number(cut, 4));
            rows.push(row("closed flat at the border", warning));
        }
        rows.push(row("relabelled for a manifold border", format!("{} voxels", json["relabelled"])));
    }
    rows.push(row("written", output.display().to_string()));
    table(&rows)
}
