use super::*;
use study::record::{Convergence, Severity};

#[path = "../../testing/realistic.rs"]
mod realistic;

fn dossier_of(change: impl FnOnce(&mut Record)) -> Dossier {
    let study = realistic::study();
    let mut record = realistic::record(&study);
    change(&mut record);
    assess(&study, &record).unwrap()
}

fn factor<'a>(dossier: &'a Dossier, clause: &str) -> &'a Factor {
    dossier.factors.iter().find(|factor| factor.clause == clause).unwrap()
}

fn has(dossier: &Dossier, rule: &str, severity: Severity) -> bool {
    dossier.findings.iter().any(|finding| finding.rule == rule && finding.severity == severity)
}

#[test]
fn one_quantity_that_did_not_converge_takes_the_discretisation_level_away() {
    let whole = dossier_of(|_| {});
    let leaf = factor(&whole, "5.1.2.1");
    assert_eq!((&leaf.state, leaf.shortfall), (&FactorState::GoalSet, Shortfall::NotShown));
    assert!(leaf.basis.contains("5 of 6"), "{}", leaf.basis);
    assert!(has(&whole, "R5", Severity::Error), "medium risk: no error estimate blocks");
    let converged = dossier_of(|record| record.quantities.retain(|q| q.convergence() == Convergence::Converged));
    let leaf = factor(&converged, "5.1.2.1");
    assert_eq!((leaf.achieved(), leaf.shortfall), (Some("c"), Shortfall::Met));
    let none = dossier_of(|record| record.quantities.iter_mut().for_each(|q| q.grid = None));
    assert_eq!(factor(&none, "5.1.2.1").achieved(), None);
    assert!(has(&none, "R4", Severity::Error));
}

#[test]
fn code_verification_needs_every_check_and_every_element_of_the_run() {
    let level = |change: fn(&mut Record)| factor(&dossier_of(change), "5.1.1.2").achieved().map(str::to_owned);
    assert_eq!(level(|_| {}).as_deref(), Some("d"));
    assert_eq!(level(|record| record.checks.clear()), None);
    assert_eq!(level(|record| record.checks[3].passed = false), None);
    assert_eq!(level(|record| record.checks.retain(|c| !c.id.ends_with("order"))).as_deref(), Some("c"));
    assert_eq!(level(|record| record.meshes[0].element = "wedge15".into()), None, "an element nobody verified");
    assert_eq!(level(|record| record.status = Status::Cancelled), None);
    let reported_only = |record: &mut Record| {
        record.checks.iter_mut().for_each(|check| check.tolerance = "reported".into());
    };
    assert_eq!(level(reported_only), None, "a value without a bound verifies nothing");
}

#[test]
fn silence_reads_not_assessed_everywhere() {
    let study_text = realistic::study().text;
    let (start, end) = (study_text.find("[credibility]").unwrap(), study_text.len());
    let bare = study_text.replace(&study_text[start..end], "");
    let study = Study::parse(std::path::Path::new("bare.toml"), bare).unwrap();
    let mut record = Record::begun(
        realistic::record(&realistic::study()).program,
        study::record::StudyReference { title: String::new(), sha256: study.sha256() },
        0,
    );
    record.status = Status::Finished;
    let dossier = assess(&study, &record).unwrap();
    assert_eq!(dossier.factors.len(), 23);
    for factor in &dossier.factors {
        assert_eq!(
            (&factor.state, factor.shortfall),
            (&FactorState::NotAssessed, Shortfall::NoGoal),
            "{}",
            factor.clause
        );
    }
    assert_eq!(
        (&dossier.prospective_adequacy, &dossier.post_study_adequacy),
        (&Statement::NotAssessed, &Statement::NotAssessed)
    );
    let text = serde_json::to_string(&dossier.steps).unwrap();
    assert!(!text.contains("pass"), "{text}");
    for number in [4, 5, 6, 7, 8] {
        assert_eq!(dossier.steps[number - 1].state, StepState::NotAssessed, "step {number}");
    }
}

#[test]
fn risk_is_recorded_on_the_published_scale() {
    let dossier = dossier_of(|_| {});
    assert_eq!(
        (dossier.risk.influence.as_str(), dossier.risk.consequence.as_str(), dossier.risk.level),
        ("medium", "medium", 3)
    );
    // The two examples of Morrison et al. (2019): low influence and medium consequence is 2, high and high is 5.
    let level = |influence, consequence| {
        let mut stated = realistic::study().document.risk;
        (stated.influence, stated.consequence) = (influence, consequence);
        risk(&stated).level
    };
    assert_eq!((level(Level::Low, Level::Medium), level(Level::High, Level::High)), (2, 5));
}

#[test]
fn factors_keep_what_the_author_stated_apart_from_what_the_run_showed() {
    let dossier = dossier_of(|_| {});
    assert_eq!(factor(&dossier, "5.1.1.1").state, FactorState::PreviouslyGenerated { letter: "b".into() });
    assert!(matches!(factor(&dossier, "5.2.2.2.4").state, FactorState::NotApplicable { .. }));
    assert_eq!(factor(&dossier, "5.2.3.2.3").shortfall, Shortfall::NotShown);
    assert_eq!(factor(&dossier, "5.2.1.1").state, FactorState::NotAssessed);
}

#[test]
fn findings_block_what_must_not_be_filed() {
    let dossier = dossier_of(|_| {});
    assert!(has(&dossier, "R9", Severity::Warning) && has(&dossier, "surface_repaired", Severity::Note));
    assert!(dossier.findings.windows(2).all(|pair| pair[0].severity >= pair[1].severity), "worst first");
    let stale = dossier_of(|record| record.study.sha256 = sha256(b"another"));
    assert!(has(&stale, "R27", Severity::Error));
    let failed = dossier_of(|record| record.checks[0].passed = false);
    assert!(has(&failed, "R20", Severity::Error) && failed.code_verification.failed == 1);
    let inconsistent = dossier_of(|record| record.meshes[1].elements *= 2);
    assert!(has(&inconsistent, "R6", Severity::Error));
    let missing = dossier_of(|record| record.checks.clear());
    assert!(has(&missing, "R28", Severity::Error), "evidence announced for this run that is not there");
}

#[test]
fn a_dossier_survives_the_round_trip_and_repeats_its_bytes() {
    let text = serde_json::to_string(&dossier_of(|_| {})).unwrap();
    assert_eq!(text, serde_json::to_string(&dossier_of(|_| {})).unwrap());
    let back: Dossier = serde_json::from_str(&text).unwrap();
    assert_eq!(serde_json::to_string(&back).unwrap(), text);
}
