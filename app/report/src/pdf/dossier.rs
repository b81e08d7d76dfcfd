use super::letters::legible;
use super::numbers::{breakable, count, interval, percent, plain, resolved, small, with_unit};
use super::world::{DATA, Document};
use crate::ReportError;
use credibility::{
    CodeCheck, Dossier, Factor, FactorState, FigureEntry, Finding, FlowRecord, GridTable, QuantityRow, Severity,
    Shortfall, SolveRecord, Statement, StepState,
};
use scene::Plot;
use scene::plot::{Axis, Line, Reference, Series, Symbol};
use scene::ticks::significant;
use serde_json::{Value, json};
use sha2::{Digest, Sha256};
use std::collections::BTreeMap;
use uncertainty::GridVerdict;

const TEMPLATE: &str = include_str!("../../../../assets/report_templates/dossier.typ");

/// Date in the file's metadata when the study states none; the text then says so.
const NO_DATE: [u16; 3] = [2000, 1, 1];

/// The dossier as tagged PDF/A-2a. `figures` holds the bytes (PNG or SVG) of every figure of the dossier by its file name
/// in the record; each is checked against the record's SHA-256. Equal input gives equal bytes. Cost: about a second.
///
/// # Errors
/// A figure that is missing or has changed; whatever Typst refuses.
pub fn dossier_pdf(dossier: &Dossier, figures: &BTreeMap<String, Vec<u8>>) -> Result<Vec<u8>, ReportError> {
    let mut files = BTreeMap::new();
    for figure in &dossier.figures {
        files.insert(path_of(figure), checked(figure, figures)?.clone());
    }
    let plot = grid_plot(&dossier.grids);
    if let Some(plot) = &plot {
        files.insert("grid.svg".to_owned(), crate::plot_svg(plot).into_bytes());
    }
    let data = legible(data(dossier, plot.is_some()));
    files.insert(DATA.to_owned(), data.to_string().into_bytes());
    let provenance = &dossier.provenance;
    let identity = format!("dossier {} {}", provenance.study_sha256, provenance.record_sha256);
    let date = dossier.date.as_deref().and_then(parse_date).unwrap_or(NO_DATE);
    Document { template: TEMPLATE, files, identity, date }.pdf()
}

fn path_of(figure: &FigureEntry) -> String {
    format!("run/{}", figure.file)
}

fn checked<'a>(figure: &FigureEntry, figures: &'a BTreeMap<String, Vec<u8>>) -> Result<&'a Vec<u8>, ReportError> {
    let file = figure.file.clone();
    let bytes = figures.get(&file).ok_or_else(|| ReportError::FigureMissing { file: file.clone() })?;
    let found: String = Sha256::digest(bytes).iter().map(|byte| format!("{byte:02x}")).collect();
    if found == figure.sha256 {
        Ok(bytes)
    } else {
        Err(ReportError::FigureChanged { file, expected: figure.sha256.clone(), found })
    }
}

/// "2026-11-22" to its numbers; `None` when it is no such date.
fn parse_date(text: &str) -> Option<[u16; 3]> {
    let mut parts = text.trim().splitn(3, '-').map(|part| part.parse::<u16>().ok());
    let date = [parts.next()??, parts.next()??, parts.next()??];
    let [year, month, day] = date;
    let leap = year % 4 == 0 && (year % 100 != 0 || year % 400 == 0);
    let days = match month {
        1 | 3 | 5 | 7 | 8 | 10 | 12 => 31,
        4 | 6 | 9 | 11 => 30,
        2 => 28 + u16::from(leap),
        _ => 0,
    };
    ((1..=days).contains(&day) && year >= 1900).then_some(date)
}

/// Change from the finest mesh over the element size, all quantities in one plot; nothing without grid studies.
fn grid_plot(grids: &[GridTable]) -> Option<Plot> {
    let mut plot = Plot {
        x: Axis::linear("Size in the grid study", "mm"),
        y: Axis::linear("Difference from the finest mesh", "%"),
        ..Plot::default()
    };
    const SYMBOLS: [Symbol; 4] = [Symbol::Circle, Symbol::Square, Symbol::Triangle, Symbol::Diamond];
    for (k, grid) in grids.iter().enumerate() {
        let finest = grid.rows.first().map(|row| row.value).filter(|value| *value != 0.0);
        let Some(finest) = finest.filter(|_| grid.rows.len() > 1) else { continue };
        let points = grid.rows.iter().map(|row| [row.size_mm, 100.0 * (row.value / finest - 1.0)]).collect();
        let colour = scene::Colour::category(k);
        let name = format!("{}", k + 1);
        let errors = Vec::new();
        plot.series.push(Series { name, points, errors, line: Line::Solid, symbol: SYMBOLS[k / 8 % 4], colour });
    }
    let zero = Reference { name: String::new(), value: 0.0, vertical: false, colour: scene::Colour::GREY };
    plot.references.push(zero);
    (!plot.series.is_empty()).then_some(plot)
}

/// Everything the template shows, as words.
fn data(dossier: &Dossier, has_grid_plot: bool) -> Value {
    let finding = |severity: &str| dossier.findings.iter().filter(|f| severity_word(f) == severity).count();
    json!({
        "title": breaking(&dossier.title),
        "short_title": shortened(&dossier.title, 80),
        "author": dossier.author,
        "date": dossier.date,
        "date_parts": dossier.date.as_deref().and_then(parse_date).unwrap_or(NO_DATE),
        "run_state": dossier.run_state,
        "status": status(dossier),
        "counts": { "blocking": finding("blocking"), "warnings": finding("warning"), "notes": finding("note") },
        "steps": dossier.steps.iter().map(|step| json!({
            "number": step.number,
            "name": step.name,
            "phase": step.phase,
            "state": match step.state {
                StepState::Stated => "done",
                StepState::Partial => "in part",
                StepState::NotAssessed => "not assessed",
            },
            "remark": step.remark,
        })).collect::<Vec<_>>(),
        "question": paragraphs(&dossier.question),
        "context_of_use": paragraphs(&dossier.context_of_use),
        "other_evidence": paragraphs(&dossier.other_evidence),
        "risk": dossier.risk,
        "model": dossier.model.iter().map(|row| json!({
            "topic": row.topic, "text": breaking(&row.text), "source": breaking(&row.source),
        })).collect::<Vec<_>>(),
        "evidence": dossier.evidence.iter().map(|item| json!({
            "id": breaking(&item.id),
            "category": format!("{} {}", item.category, item.category_name),
            "description": breaking(&item.description),
            "state": item.state,
            "source": breaking(&item.source),
        })).collect::<Vec<_>>(),
        "factors": dossier.factors.iter().map(factor).collect::<Vec<_>>(),
        "prospective_adequacy": paragraphs(&dossier.prospective_adequacy),
        "post_study_adequacy": paragraphs(&dossier.post_study_adequacy),
        "quantities": dossier.quantities.iter().map(quantity).collect::<Vec<_>>(),
        "remarks": remarks(dossier),
        "figures": dossier.figures.iter().map(|figure| json!({
            "path": path_of(figure), "caption": figure.caption, "alt": figure.alt_text,
        })).collect::<Vec<_>>(),
        "meshes": mesh_columns(dossier),
        "solves": solve_rows(dossier),
        "flows": flow_columns(dossier),
        "grids": dossier.grids.iter().enumerate().map(|(k, grid)| grid_rows(k, grid)).collect::<Vec<_>>(),
        "grid_plot": has_grid_plot,
        "checks": check_rows(dossier),
        "check_counts": {
            "passed": dossier.code_verification.passed,
            "failed": dossier.code_verification.failed,
            "reported": dossier.code_verification.reported,
        },
        "limitations": dossier.limitations.iter().map(|row| json!({
            "text": breaking(&row.text), "affects": row.affects, "effect": breaking(&row.effect),
        })).collect::<Vec<_>>(),
        "findings": dossier.findings.iter().map(|finding| json!({
            "rule": breaking(&finding.rule),
            "severity": severity_word(finding),
            "location": breaking(&finding.location),
            "message": breaking(&finding.message),
        })).collect::<Vec<_>>(),
        "provenance": provenance(dossier),
        "framework_notes": dossier.framework_notes,
    })
}

/// Whether the document may be taken as final, in words. Never "adequate": that is for people to say.
fn status(dossier: &Dossier) -> Value {
    let blocking = dossier.blocking().count();
    let (kind, headline, text) = if blocking > 0 {
        let findings = if blocking == 1 { "1 finding stands" } else { &format!("{blocking} findings stand") };
        ("draft", "Draft", format!("{findings} against using this dossier as final; see the findings."))
    } else if dossier.post_study_adequacy == Statement::NotAssessed {
        let text = "Adequacy after the study is not assessed: no person has judged whether the evidence suffices.";
        ("open", "Not assessed", text.to_owned())
    } else {
        let text = "The study states an adequacy assessment; its words and the evidence are in this document.";
        ("stated", "Assessed by the author", text.to_owned())
    };
    json!({ "kind": kind, "headline": headline, "text": text })
}

fn severity_word(finding: &Finding) -> &'static str {
    match finding.severity {
        Severity::Error => "blocking",
        Severity::Warning => "warning",
        Severity::Note => "note",
    }
}

/// Paragraphs of a statement, or null when nobody made it.
fn paragraphs(statement: &Statement) -> Value {
    match statement.text() {
        None => Value::Null,
        Some(text) => {
            let parts = text.replace("\r\n", "\n");
            let parts =
                parts.split("\n\n").map(|part| breaking(&part.split_whitespace().collect::<Vec<_>>().join(" ")));
            json!(parts.filter(|part| !part.is_empty()).collect::<Vec<_>>())
        }
    }
}

/// The text up to a whole word within `limit` letters, with an ellipsis where something is left out.
fn shortened(text: &str, limit: usize) -> String {
    if text.chars().count() <= limit {
        return text.to_owned();
    }
    let start: String = text.chars().take(limit).collect();
    let whole = start.rsplit_once(' ').map_or(start.as_str(), |(whole, _)| whole);
    format!("{}…", whole.trim_end_matches([',', ':', ';', ' ']))
}

/// Gives words of more than 24 letters places to break, so that no line can overflow.
fn breaking(text: &str) -> String {
    let word = |word: &str| if word.chars().count() > 24 { breakable(word) } else { word.to_owned() };
    text.split(' ').map(word).collect::<Vec<_>>().join(" ")
}

fn factor(factor: &Factor) -> Value {
    let standing = match (&factor.state, factor.shortfall) {
        (FactorState::NotApplicable { .. }, _) => "not applicable",
        (FactorState::NotAssessed, _) => "not assessed",
        (_, Shortfall::Met) => "goal met",
        (_, Shortfall::Below) => "below goal",
        (_, Shortfall::NotShown) => "goal not shown",
        (_, Shortfall::NoGoal) => "no goal set",
    };
    let reason = match &factor.state {
        FactorState::NotApplicable { reason } => reason.as_str(),
        _ => factor.basis.as_str(),
    };
    let earlier = matches!(factor.state, FactorState::PreviouslyGenerated { .. });
    let rung = |letter: &str| factor.ladder.iter().find(|rung| rung.letter == letter).map(|rung| rung.text.clone());
    json!({
        "clause": factor.clause,
        "group": factor.group,
        "name": factor.name,
        "goal": factor.goal,
        "goal_text": factor.goal.as_deref().and_then(rung),
        "rationale": breaking(&factor.rationale),
        "not_applicable": matches!(factor.state, FactorState::NotApplicable { .. }),
        "achieved": factor.achieved(),
        "earlier": earlier,
        "standing": standing,
        "basis": breaking(reason),
        "range": format!(
            "{}–{}",
            factor.ladder.first().map(|rung| rung.letter.as_str()).unwrap_or_default(),
            factor.ladder.last().map(|rung| rung.letter.as_str()).unwrap_or_default()
        ),
        "ladder": factor.ladder,
    })
}

fn quantity(row: &QuantityRow) -> Value {
    let resolution = row.interval.or(row.range).map_or(0.0, |[low, high]| 0.5 * (high - low));
    let half_width = row.interval.map(|[low, high]| 0.5 * (high - low) / row.value.abs());
    json!({
        "label": breaking(&row.label),
        "symbol": row.symbol,
        "value": with_unit(&resolved(row.value, resolution), &row.unit),
        "interval": row.interval.map(|ends| interval(ends, &row.unit)),
        "relative": half_width.filter(|h| h.is_finite()).map(|h| format!("±{} of the value", percent(h))),
        "range": row.range.map(|ends| interval(ends, &row.unit)),
        "uncertainty": breaking(&row.uncertainty),
        "place": breaking(&row.place),
        "load_case": breaking(&row.load_case),
        "comparison": row.comparison.as_deref().map(breaking),
    })
}

/// Remarks with the quantities they belong to; one that belongs to all is said once.
fn remarks(dossier: &Dossier) -> Vec<Value> {
    let mut by_text: Vec<(&str, Vec<&str>)> = Vec::new();
    for quantity in &dossier.quantities {
        for remark in &quantity.remarks {
            match by_text.iter_mut().find(|(text, _)| text == remark) {
                Some((_, labels)) => labels.push(&quantity.label),
                None => by_text.push((remark, vec![&quantity.label])),
            }
        }
    }
    let total = dossier.quantities.len();
    let words = |labels: &[&str]| if labels.len() == total { "All quantities".to_owned() } else { labels.join("; ") };
    by_text.iter().map(|(text, labels)| json!({ "text": breaking(text), "affects": words(labels) })).collect()
}

/// The mesh table with meshes as columns.
fn mesh_columns(dossier: &Dossier) -> Value {
    let optional = |value: Option<f64>, digits, unit: &str| {
        value.map_or_else(|| "–".to_owned(), |value| with_unit(&significant(value, digits), unit))
    };
    let rows: Vec<(&str, Vec<String>)> = vec![
        ("Element kind", dossier.meshes.iter().map(|m| m.element.clone()).collect()),
        (
            "Size asked of the mesher",
            dossier.meshes.iter().map(|m| with_unit(&significant(m.size_mm, 3), "mm")).collect(),
        ),
        (
            "Representative size (V/N)^(1/3)",
            dossier.meshes.iter().map(|m| with_unit(&significant(m.representative_size_mm, 3), "mm")).collect(),
        ),
        (
            "Size in the grid study",
            dossier.meshes.iter().map(|m| with_unit(&significant(m.grid_size_mm, 3), "mm")).collect(),
        ),
        ("Nodes", dossier.meshes.iter().map(|m| count(m.nodes)).collect()),
        ("Elements", dossier.meshes.iter().map(|m| count(m.elements)).collect()),
        ("Volume", dossier.meshes.iter().map(|m| with_unit(&count(m.volume_mm3.round() as usize), "mm³")).collect()),
        ("Volume error", dossier.meshes.iter().map(|m| percent(m.volume_error)).collect()),
        ("Largest distance to the surface", dossier.meshes.iter().map(|m| optional(m.hausdorff_mm, 2, "mm")).collect()),
        (
            "Smallest dihedral angle",
            dossier.meshes.iter().map(|m| optional(m.quality.min_dihedral_deg, 3, "°")).collect(),
        ),
        (
            "Largest dihedral angle",
            dossier.meshes.iter().map(|m| optional(m.quality.max_dihedral_deg, 4, "°")).collect(),
        ),
        (
            "Smallest radius ratio",
            dossier.meshes.iter().map(|m| optional(m.quality.min_radius_ratio, 2, "1")).collect(),
        ),
        (
            "Smallest scaled Jacobian",
            dossier.meshes.iter().map(|m| optional(m.quality.min_scaled_jacobian, 2, "1")).collect(),
        ),
    ];
    json!({
        "labels": dossier.meshes.iter().map(|mesh| mesh.label.clone()).collect::<Vec<_>>(),
        "rows": rows.iter().map(|(name, cells)| json!({ "name": name, "cells": cells })).collect::<Vec<_>>(),
    })
}

fn solve_rows(dossier: &Dossier) -> Vec<Value> {
    let row = |solve: &SolveRecord| {
        json!([
            solve.mesh,
            breaking(&solve.load_case),
            breaking(&solve.method),
            count(solve.dofs),
            count(solve.iterations),
            small(solve.residual),
            small(solve.equilibrium_residual),
            with_unit(&significant(solve.energy_mj, 5), "mJ"),
            solve.relative_energy_error.map_or_else(|| "–".to_owned(), percent),
        ])
    };
    dossier.solves.iter().map(row).collect()
}

/// What a table says of a run of a flow.
type Cell<'a> = &'a dyn Fn(&FlowRecord) -> String;

/// A column for each run of a flow.
fn flow_columns(dossier: &Dossier) -> Value {
    let optional = |value: Option<f64>| value.map_or_else(|| "–".to_owned(), percent);
    let label = |flow: &FlowRecord| match flow.step_factor {
        1 => flow.mesh.clone(),
        factor => format!("{}, steps × {factor}", flow.mesh),
    };
    let steps = |flow: &FlowRecord| {
        let [shortest, longest] = flow.step_s.map(|step| significant(1e3 * step, 3));
        if shortest == longest { format!("{longest} ms") } else { format!("{shortest} to {longest} ms") }
    };
    let rows: [(&str, Cell<'_>); 11] = [
        ("Nodes with a velocity", &|flow| count(flow.velocities)),
        ("Nodes with a pressure", &|flow| count(flow.pressures)),
        ("Cycles", &|flow| if flow.cycles == 0 { "steady".to_owned() } else { count(flow.cycles as usize) }),
        ("Steps", &|flow| count(flow.steps as usize)),
        ("Length of a step", &steps),
        ("Largest Courant number", &|flow| significant(flow.courant, 3)),
        ("Imbalance of mass, largest", &|flow| percent(flow.imbalance)),
        ("Change by a doubled step", &|flow| optional(flow.doubled_step)),
        ("Change from cycle to cycle", &|flow| optional(flow.periodicity)),
        ("Change in a passage", &|flow| optional(flow.steady_change)),
        ("Gap of the wall shear stresses", &|flow| percent(flow.wall_shear_gap)),
    ];
    let flows = &dossier.flows;
    json!({
        "labels": flows.iter().map(label).collect::<Vec<_>>(),
        "method": flows.first().map(|flow| flow.method.clone()).unwrap_or_default(),
        "rows": rows.iter().map(|(name, cell)| {
            json!({ "name": name, "cells": flows.iter().map(cell).collect::<Vec<_>>() })
        }).collect::<Vec<_>>(),
    })
}

fn grid_rows(index: usize, grid: &GridTable) -> Value {
    let resolution = match grid.verdict {
        GridVerdict::Converged { half_width, .. } => half_width,
        _ => 0.5 * (grid.range[1] - grid.range[0]),
    };
    let rows = grid.rows.iter().map(|row| {
        json!([
            row.mesh,
            row.elements.map_or_else(|| "–".to_owned(), count),
            significant(row.size_mm, 3),
            resolved(row.value, resolution),
        ])
    });
    let finest = grid.rows.first().map_or(f64::NAN, |row| row.value);
    let (index_percent, bar, converged) = match grid.verdict {
        GridVerdict::Converged { half_width, gci_percent, .. } => {
            let gci = gci_percent.map_or_else(|| "–".to_owned(), |gci| format!("{}\u{a0}%", significant(gci, 2)));
            (gci, interval([finest - half_width, finest + half_width], &grid.unit), true)
        }
        GridVerdict::Unchanged { .. } => ("–".to_owned(), "no change".to_owned(), true),
        GridVerdict::NotConverged { .. } => ("none".to_owned(), interval(grid.range, &grid.unit), false),
    };
    json!({
        "number": index + 1,
        "label": breaking(&grid.label),
        "unit": if grid.unit == "1" { "dimensionless" } else { &grid.unit },
        "rows": rows.collect::<Vec<_>>(),
        "observed": grid.observed_order.map_or_else(|| "–".to_owned(), |order| significant(order, 3)),
        "formal": significant(grid.formal_order, 2),
        "gci": index_percent,
        "bar": bar,
        "converged": converged,
        "verdict": breaking(&grid.verdict_text),
    })
}

fn check_rows(dossier: &Dossier) -> Vec<Value> {
    let row = |check: &CodeCheck| {
        let number = |value: f64| with_unit(&plain(value), &check.unit);
        let reported = check.tolerance == "reported";
        let required = match check.tolerance.as_str() {
            "reported" => format!("reported beside {}", number(check.reference)),
            "at least" | "at most" => format!("{} {}", check.tolerance, number(check.reference)),
            tolerance => format!("{}, {}", number(check.reference), tolerance.replace(" %", "\u{a0}%")),
        };
        json!({
            "id": breakable(&check.id),
            "value": number(check.value),
            "required": required,
            "verdict": if reported { "reported" } else if check.passed { "holds" } else { "FAILS" },
            "source": breaking(&check.source),
        })
    };
    dossier.code_verification.checks.iter().map(row).collect()
}

fn provenance(dossier: &Dossier) -> Value {
    let provenance = &dossier.provenance;
    json!({
        "program": provenance.program,
        "study_file": breaking(&provenance.study_file),
        "study_sha256": breakable(&provenance.study_sha256),
        "study_short": provenance.study_sha256.chars().take(12).collect::<String>(),
        "record_sha256": breakable(&provenance.record_sha256),
        "seed": provenance.seed.to_string(),
        "inputs": provenance.inputs.iter().map(|input| json!({
            "path": breakable(&input.path),
            "bytes": count(input.bytes as usize),
            "sha256": breakable(&input.sha256),
            "licence": breaking(&input.licence),
        })).collect::<Vec<_>>(),
        "outputs": provenance.outputs.iter().map(|(path, sha256)| json!([breakable(path), breakable(sha256)])).collect::<Vec<_>>(),
    })
}

#[cfg(test)]
mod tests;
