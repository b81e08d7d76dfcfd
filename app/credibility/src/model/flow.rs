//! What enters and leaves a flow, in the study's words.

use super::row;
use crate::dossier::ModelRow;
use study::{Bed, FlowPlan, Inflow, InflowProfile, Outflow, WaveformPlan};

pub(super) fn rows(flow: &FlowPlan) -> Vec<ModelRow> {
    let mut rows: Vec<ModelRow> = flow.inlets.iter().map(inflow).collect();
    rows.extend(flow.outlets.iter().map(outflow));
    rows.extend(flow.bed.as_ref().map(|bed| self::bed(bed)));
    let planes: Vec<&str> = flow.symmetry.iter().map(|region| region.as_str()).collect();
    if !planes.is_empty() {
        rows.push(row(
            "Symmetry",
            format!("Planes {}: no flow through them, no shear on them.", planes.join(", ")),
            "",
        ));
    }
    rows.push(row("Walls", "All else is a rigid wall at which the fluid is at rest.".to_owned(), ""));
    rows
}

fn inflow(inflow: &Inflow) -> ModelRow {
    let profile = match inflow.profile {
        InflowProfile::Plug => "the same velocity everywhere",
        InflowProfile::Parabolic => "the profile of a steady flow in a long pipe of its shape",
        InflowProfile::Womersley => "the profile of the pulsating flow in a long pipe of its shape (Womersley)",
    };
    let waveform = inflow.waveform.as_ref().map_or_else(|| "constant".to_owned(), |waveform| words(waveform));
    let text =
        format!("Region {}: mean flow rate {}, {waveform}; {profile}.", inflow.region.as_str(), inflow.mean.text());
    row("Inflow", text, &inflow.source)
}

fn words(waveform: &WaveformPlan) -> String {
    let period = waveform.period.as_ref().map(|period| format!(", period {}", period.text())).unwrap_or_default();
    let shape = match (&waveform.named, &waveform.file, &waveform.fourier) {
        (Some(study::NamedWaveform::InternalCarotid), ..) => {
            "the waveform of older adults' internal carotid arteries (Hoi et al. 2010)".to_owned()
        }
        (_, Some(file), _) => format!("the waveform of {}", file.as_str()),
        (.., Some(series)) => format!("a Fourier series of {} harmonics", series.len()),
        _ => "no waveform".to_owned(),
    };
    format!("{shape}{period}")
}

fn outflow(outflow: &Outflow) -> ModelRow {
    let mut text = format!("Region {}: ", outflow.region.as_str());
    match (&outflow.pressure, &outflow.resistance, &outflow.windkessel) {
        (Some(pressure), ..) => text.push_str(&format!("pressure {}", pressure.text())),
        (_, Some(resistance), _) => text.push_str(&format!("resistance {}", resistance.text())),
        (.., Some(w)) => {
            let (proximal, compliance, distal) = (w.proximal.text(), w.compliance.text(), w.distal.text());
            let all = format!(
                "windkessel of proximal resistance {proximal}, compliance {compliance}, distal resistance {distal}"
            );
            text.push_str(&all);
        }
        _ => {}
    }
    if let Some(distal) = &outflow.distal_pressure {
        text.push_str(&format!(" above {}", distal.text()));
    }
    row("Outflow", format!("{text}."), &outflow.source)
}

fn bed(bed: &Bed) -> ModelRow {
    let mut text = format!("All other openings share the outflow like their diameters to the power {}", *bed.exponent);
    match &bed.mean_pressure {
        Some(pressure) => text.push_str(&format!(", at the mean pressure {}", pressure.text())),
        None => text = "All other openings have the same pressure".to_owned(),
    }
    if let Some(compliance) = &bed.compliance {
        text.push_str(&format!(", with the compliance {} together", compliance.text()));
    }
    if let Some(distal) = &bed.distal_pressure {
        text.push_str(&format!("; distal pressure {}", distal.text()));
    }
    row("Outflow", format!("{text}."), &bed.source)
}
