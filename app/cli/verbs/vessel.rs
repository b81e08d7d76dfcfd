//! `vesalius vessel LUMEN -o OUT.vtp`.

use super::{Answer, check_output_file, point_of, surface_of};
use crate::arguments::VesselPreparation;
use crate::console::{number, table};
use crate::failure::Failure;
use control::RunControl;
use meshing::Repair;
use meshing::vessel::{Inlet, Lumen, LumenEnd, LumenOptions, Sac, SacMeasures, SacOptions};
use runner::anatomy::{PreparedVessel, prepare_vessel};
use serde_json::json;
use std::path::{Path, PathBuf};
use std::time::Instant;

pub(crate) fn vessel(arguments: &VesselPreparation, control: &RunControl) -> Result<Answer, Failure> {
    let (file, output) = (&arguments.file, &arguments.output);
    check_output_file(output)?;
    if output.extension().and_then(|extension| extension.to_str()) != Some("vtp") {
        return Err(Failure::input(format!("{}: end the name with .vtp", output.display())));
    }
    let (lumen_options, sac_options) = (lumen_options(arguments)?, sac_options(arguments)?);
    let start = Instant::now();
    let judged = surface_of(file, &arguments.reading, &control.stage("import", 0.0, 0.1))?;
    let stage = control.stage("vessel", 0.1, 0.9);
    let prepared = prepare_vessel(&judged.surface, &lumen_options, sac_options.as_ref(), &stage)
        .map_err(|error| Failure::from(error).at(file))?;
    let neck_file = neck_file(output);
    let PreparedVessel { lumen, sac } = &prepared;
    mesh_io::write_vtp(output, prepared.surface(), &[], &control.stage("write", 0.9, 0.95))?;
    if let Some(sac) = sac {
        mesh_io::write_vtp(&neck_file, &sac.neck, &[], &control.stage("write neck", 0.95, 1.0))?;
    }
    let mut json = json!({
        "report": crate::to_json(&lumen.report),
        "changes": crate::to_json(&lumen.changes),
        "unit": judged.report.unit.to_string(),
        "unit_decision": crate::to_json(&judged.report.unit_decision),
        "frame": judged.report.frame.to_string(),
        "frame_decision": crate::to_json(&judged.report.frame_decision),
        "import_findings": crate::to_json(&judged.report.findings),
        "file": output.display().to_string(),
        "seconds": start.elapsed().as_secs_f64(),
    });
    if let Some(sac) = sac {
        json["sac"] = crate::to_json(&sac.measures);
        json["sac_changes"] = crate::to_json(&sac.changes);
        json["neck_file"] = neck_file.display().to_string().into();
    }
    let mut text = describe(lumen, sac.as_ref());
    text.push_str(&format!("unit {}: {}\n", judged.report.unit, judged.report.unit_decision.reason));
    text.push_str(&format!("frame {}: {}\n", judged.report.frame, judged.report.frame_decision.reason));
    text.push_str(&super::import::findings(&judged.report.findings));
    text.push_str(&format!("written: {}\n", output.display()));
    if sac.is_some() {
        text.push_str(&format!("written: {}\n", neck_file.display()));
    }
    Ok(Answer::done(json, text))
}

/// "out.vtp" gives "out_neck.vtp" beside it.
fn neck_file(output: &Path) -> PathBuf {
    let stem = output.file_stem().unwrap_or_default().to_string_lossy().into_owned();
    output.with_file_name(format!("{stem}_neck.vtp"))
}

fn lumen_options(arguments: &VesselPreparation) -> Result<LumenOptions, Failure> {
    let inlet = match &arguments.inlet {
        None => Inlet::Largest,
        Some(text) => match text.trim().parse() {
            Ok(number) => Inlet::Number(number),
            Err(_) => Inlet::Nearest(point_of(text, "--inlet")?),
        },
    };
    let cut_near = arguments.cut_at.iter().map(|text| point_of(text, "--cut-at")).collect::<Result<_, Failure>>()?;
    let extension = arguments.extend.unwrap_or(0.0);
    Ok(LumenOptions { inlet, extension, cut: arguments.cut, cut_near, ..LumenOptions::default() })
}

fn sac_options(arguments: &VesselPreparation) -> Result<Option<SacOptions>, Failure> {
    if !arguments.sac {
        return Ok(None);
    }
    let dome = arguments.dome.as_ref().map(|text| point_of(text, "--dome")).transpose()?;
    let factor = arguments.sac_factor.unwrap_or(SacOptions::default().factor);
    Ok(Some(SacOptions { dome, factor }))
}

fn describe(lumen: &Lumen, sac: Option<&Sac>) -> String {
    let report = &lumen.report;
    let head = ["end", "number", "area / mm²", "radius / mm", "centre / mm", "normal", "made by", "lengthened / mm"];
    let rows: Vec<Vec<String>> =
        std::iter::once(head.map(str::to_owned).to_vec()).chain(report.ends.iter().map(end_row)).collect();
    let mut text = table(&rows);
    text.push_str(&format!(
        "\ninlet: {}\nvolume {} mm³, wall {} mm², {} triangles, {} pairs of crossing triangles\n",
        report.inlet_reason,
        number(report.volume_mm3, 6),
        number(report.wall_area_mm2, 6),
        report.triangles,
        report.crossing_pairs,
    ));
    if let Some(sac) = sac {
        text.push('\n');
        text.push_str(&table(&sac_rows(&sac.measures)));
    }
    let changes = lumen.changes.iter().chain(sac.iter().flat_map(|sac| &sac.changes));
    changes.for_each(|change| text.push_str(&change_line(change)));
    text.push('\n');
    text
}

fn change_line(change: &Repair) -> String {
    format!("\n{} at {} mm: {}\n", change.what, triple(change.place_mm, 2), change.message)
}

fn triple(values: [f64; 3], decimals: usize) -> String {
    format!("({})", values.map(|x| format!("{x:.decimals$}")).join(", "))
}

fn end_row(end: &LumenEnd) -> Vec<String> {
    vec![
        end.name.clone(),
        end.number.to_string(),
        number(end.area_mm2, 4),
        number(end.radius_mm, 4),
        triple(end.centre_mm, 2),
        triple(end.normal, 3),
        crate::word(&end.kind),
        number(end.extension_mm, 4),
    ]
}

fn sac_rows(sac: &SacMeasures) -> Vec<Vec<String>> {
    let row = |name: &str, value: f64, unit: &str| {
        vec![name.to_owned(), format!("{} {unit}", number(value, 4)).trim_end().to_owned()]
    };
    vec![
        vec!["sac".to_owned(), "value".to_owned()],
        row("volume, closed by the neck", sac.volume_mm3, "mm³"),
        row("area of its wall", sac.wall_area_mm2, "mm²"),
        row("neck area", sac.neck_area_mm2, "mm²"),
        row("neck diameter, largest", sac.neck_diameter_mm, "mm"),
        row("neck diameter, mean", sac.neck_mean_diameter_mm, "mm"),
        row("neck diameter of equal area", sac.neck_equivalent_diameter_mm, "mm"),
        row("dome height over the neck plane", sac.dome_height_mm, "mm"),
        row("dome distance from the neck centre", sac.dome_distance_mm, "mm"),
        row("parent diameter", sac.parent_diameter_mm, "mm"),
        row("aspect ratio, height / mean neck diameter", sac.aspect_ratio, ""),
        row("size ratio, distance / parent diameter", sac.size_ratio, ""),
    ]
}
