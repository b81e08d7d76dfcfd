//! Checks that a reviewer would make, as far as a study and its record allow. Rule names follow the list of reviewers'
//! criticisms in the project's design notes (R1, R2, …).

use crate::achieved::has_bound;
use crate::dossier::{Dossier, Finding, Shortfall};
use crate::framework::Framework;
use study::record::{Convergence, MeshRecord, Quantity, Record, Severity, Status};
use study::{EvidenceState, Study};
use uncertainty::GridVerdict;

/// Shorter texts cannot hold a rationale.
const SHORTEST_RATIONALE: usize = 20;
/// Shorter texts cannot hold a question or a context of use.
const SHORTEST_STATEMENT: usize = 40;
/// Below this observed order a value is taken to diverge with refinement: a singularity.
const SINGULAR_ORDER: f64 = 0.3;
/// From this risk level on, a missing error estimate stands against using the dossier as final.
const MEDIUM_RISK: u8 = 3;

/// The author's own word for what has no trustworthy source.
const UNVERIFIED: &str = "unverified";

pub(crate) fn findings(study: &Study, record: &Record, dossier: &Dossier, framework: &Framework) -> Vec<Finding> {
    let mut all = Vec::new();
    let mut add = |rule: &str, severity, location: &str, message: String| {
        let (rule, location) = (rule.to_owned(), location.to_owned());
        all.push(Finding { rule, severity, location, message });
    };
    run_state(study, record, &mut add);
    statements(study, &mut add);
    plan(study, record, dossier, framework, &mut add);
    verification(record, &mut add);
    for quantity in &record.quantities {
        grid(quantity, dossier.risk.level, &mut add);
    }
    meshes(record, &mut add);
    sources(study, &mut add);
    limitations(study, &mut add);
    if !framework.is_checked() {
        let message = "Names and levels are paraphrases that nobody has checked against the primary documents.";
        add("framework", Severity::Note, "ladders", message.to_owned());
    }
    for finding in &record.findings {
        let remedy = if finding.remedy.is_empty() { String::new() } else { format!(" {}", finding.remedy) };
        add(&finding.code, finding.severity, &finding.place, format!("{}{remedy}", finding.message));
    }
    // Worst first; within a severity the order above, which does not depend on anything but the study and the record.
    all.sort_by_key(|finding| std::cmp::Reverse(finding.severity));
    all
}

type Add<'a> = dyn FnMut(&str, Severity, &str, String) + 'a;

fn run_state(study: &Study, record: &Record, add: &mut Add<'_>) {
    if record.study.sha256 != study.sha256() {
        let message = "The record belongs to another version of the study; run the study again.";
        add("R27", Severity::Error, &study.file_name(), message.to_owned());
    }
    match &record.status {
        Status::Finished => {}
        Status::Cancelled => {
            add("run", Severity::Error, "run", "The run was cancelled; results are missing. Run it again.".to_owned());
        }
        Status::Failed { message } => add("run", Severity::Error, "run", format!("The run failed: {message}")),
    }
    if study.document.date.is_none() {
        add("date", Severity::Warning, "study", "The study states no date; add `date` to the study.".to_owned());
    }
}

fn statements(study: &Study, add: &mut Add<'_>) {
    let document = &study.document;
    for (text, place) in [(&document.question, "question"), (&document.context_of_use, "context of use")] {
        if text.trim().len() < SHORTEST_STATEMENT {
            let message = format!("The {place} is too short to be one; state role, outputs and operating envelope.");
            add("R1", Severity::Error, place, message);
        }
    }
    if document.other_evidence.is_none() {
        let message = "Other evidence for the decision is not stated; the reader takes it that there is none.";
        add("R1", Severity::Note, "other evidence", message.to_owned());
    }
    let risk = &document.risk;
    for (text, place) in [
        (&risk.influence_rationale, "rationale of the model influence"),
        (&risk.consequence_rationale, "rationale of the decision consequence"),
    ] {
        if text.trim().len() < SHORTEST_RATIONALE {
            add("R2", Severity::Error, place, "The rating has no rationale; state why.".to_owned());
        }
    }
    if risk.hazards.is_empty() {
        let message = "No hazard of a risk-management file is named; the risk is not traceable to one.";
        add("R2", Severity::Warning, "risk", message.to_owned());
    }
}

fn plan(study: &Study, record: &Record, dossier: &Dossier, framework: &Framework, add: &mut Add<'_>) {
    let plan = &study.document.credibility;
    for goal in &plan.factors {
        let place = study.place(&goal.leaf);
        let Some(leaf) = framework.leaf(goal.leaf.as_str()) else {
            let message =
                format!("\"{}\" is no leaf of the ladders; the clauses are listed in the dossier.", goal.leaf.as_str());
            add("R3", Severity::Error, &place, message);
            continue;
        };
        for letter in [&goal.goal, &goal.previously_achieved].into_iter().flatten() {
            if let Err(error) = leaf.position(letter) {
                add("R3", Severity::Error, &place, error.to_string());
            }
        }
    }
    let message = "Goals and results come from one file: the program cannot show that the goals were set first.";
    add("R3", Severity::Note, "credibility plan", message.to_owned());
    for factor in dossier.factors.iter().filter(|factor| factor.shortfall == Shortfall::Below) {
        let message = format!(
            "{}: the achieved level is below the goal; state an offset or narrow the context of use.",
            factor.name
        );
        add("R26", Severity::Error, &factor.clause, message);
    }
    for factor in dossier.factors.iter().filter(|factor| factor.shortfall == Shortfall::NotShown) {
        add("R26", Severity::Warning, &factor.clause, format!("{}: a goal is set and no level is shown.", factor.name));
    }
    let shown = |item: &&study::EvidenceItem| {
        item.state == EvidenceState::ThisRun && !crate::assess::generated(item.category, record)
    };
    for item in plan.evidence.iter().filter(shown) {
        let message = "The item is said to come from this run, but the record holds nothing of the kind.";
        add("R28", Severity::Error, &study.place(&item.id), message.to_owned());
    }
    if plan.evidence.iter().all(|item| !(2..=6).contains(&item.category.number())) {
        let message = "There is no comparison with observations (categories 2 to 6): the model is not validated.";
        add("validation", Severity::Warning, "evidence", message.to_owned());
    }
}

fn verification(record: &Record, add: &mut Add<'_>) {
    if record.checks.is_empty() {
        let message = "The verification suite was not run on this machine; make the dossier with it.";
        add("R20", Severity::Warning, "code verification", message.to_owned());
    }
    for check in record.checks.iter().filter(|check| has_bound(check) && !check.passed) {
        let message =
            "The check does not hold: the program is not verified for what it covers. Report it to its makers.";
        add("R20", Severity::Error, &check.id, message.to_owned());
    }
}

fn grid(quantity: &Quantity, risk_level: u8, add: &mut Add<'_>) {
    let heavy = if risk_level >= MEDIUM_RISK { Severity::Error } else { Severity::Warning };
    let place = quantity.name.as_str();
    match (&quantity.grid, quantity.convergence()) {
        (None, Convergence::Converged) => {
            let message =
                "The numerical error is estimated from two meshes with an assumed order; three would show the order.";
            add("R4", Severity::Note, place, message.to_owned());
        }
        (None, _) => {
            add(
                "R4",
                heavy,
                place,
                "There is no grid study of this quantity, so its numerical error is unknown.".to_owned(),
            );
        }
        (Some(grid), Convergence::NotConverged) => {
            let reason = grid.interval().err().map(|reason| reason.to_string()).unwrap_or_default();
            let message = format!("Not converged: {reason}. The range over the meshes is given instead of an error.");
            add("R5", heavy, place, message);
        }
        (Some(_), _) => {}
    }
    let order = quantity.grid.as_ref().and_then(uncertainty::GridStudy::observed_order);
    let verdict = quantity.grid.as_ref().map(|grid| grid.verdict);
    let not_converged = |wanted| matches!(verdict, Some(GridVerdict::NotConverged { reason, .. }) if reason == wanted);
    let diverging = not_converged(uncertainty::NotConverged::Diverging);
    let oscillating = not_converged(uncertainty::NotConverged::Oscillating);
    if diverging || (!oscillating && order.is_some_and(|order| order < SINGULAR_ORDER)) {
        let message = "The value keeps growing as the mesh is refined, as at a singular edge or point load: it is no \
                       property of the model. Report a percentile, an average or a place away from it.";
        add("R7", Severity::Error, place, message.to_owned());
    }
}

/// The representative size must be `(V/N)^(1/3)`, so that sizes and element counts agree.
fn meshes(record: &Record, add: &mut Add<'_>) {
    let disagrees = |mesh: &&MeshRecord| {
        let size = (mesh.volume_mm3 / mesh.elements.max(1) as f64).cbrt();
        (mesh.representative_size_mm / size - 1.0).abs() > 0.01
    };
    for mesh in record.meshes.iter().filter(disagrees) {
        let message = "Volume, number of elements and representative size do not agree.";
        add("R6", Severity::Error, &format!("mesh {}", mesh.label), message.to_owned());
    }
}

fn sources(study: &Study, add: &mut Add<'_>) {
    let document = &study.document;
    let loads = document.load_cases.iter().flat_map(|case| case.loads.iter());
    let loads = loads.map(|load| (&load.source, format!("load on {}", load.region.as_str())));
    let material = document.material.iter().map(|material| (&material.source, format!("material {}", material.name)));
    let calibration = document.material.iter().filter_map(|material| material.bone.as_ref());
    let calibration = calibration.map(|bone| (bone.calibration_source.value(), "calibration of the image".to_owned()));
    for (source, place) in loads.chain(material).chain(calibration) {
        if source.trim().is_empty() {
            add("R9", Severity::Error, &place, "The values have no source.".to_owned());
        } else if source.to_lowercase().contains(UNVERIFIED) {
            add("R9", Severity::Warning, &place, "The study says itself that the source is unverified.".to_owned());
        }
    }
}

fn limitations(study: &Study, add: &mut Add<'_>) {
    if study.document.limitations.is_empty() {
        add(
            "R24",
            Severity::Warning,
            "limitations",
            "The study states no limitation; every model has some.".to_owned(),
        );
    }
    for limitation in &study.document.limitations {
        if limitation.effect.trim().is_empty() {
            let message = format!(
                "\"{}\" says nothing about its effect; state direction and size, or \"unknown\".",
                limitation.text
            );
            add("R24", Severity::Warning, "limitations", message);
        }
    }
}
