use super::*;

#[path = "../../../testing/pictures.rs"]
mod pictures;
#[path = "../../../../credibility/testing/realistic.rs"]
mod realistic;

fn dossier() -> (Dossier, BTreeMap<String, Vec<u8>>) {
    let study = realistic::study();
    let mut dossier = credibility::assess(&study, &realistic::record(&study)).unwrap();
    let figures = pictures::figures(&mut dossier, [320, 240], |scene, size| crate::render_scene(scene, size).unwrap());
    (dossier, figures)
}

fn contains(bytes: &[u8], text: &str) -> bool {
    bytes.windows(text.len()).any(|window| window == text.as_bytes())
}

#[test]
fn a_realistic_dossier_is_tagged_pdf_a_2a_and_repeats_its_bytes() {
    let (dossier, figures) = dossier();
    let pdf = dossier_pdf(&dossier, &figures).unwrap();
    assert!(pdf.starts_with(b"%PDF-1.7"));
    assert!(
        contains(&pdf, "<pdfaid:part>2</pdfaid:part>") && contains(&pdf, "<pdfaid:conformance>A</pdfaid:conformance>")
    );
    assert_eq!(pdf, dossier_pdf(&dossier, &figures).unwrap());
    let mut other = dossier.clone();
    other.quantities[0].value *= 1.01;
    assert_ne!(pdf, dossier_pdf(&other, &figures).unwrap());
}

#[test]
fn a_dossier_of_nothing_can_be_typeset_and_claims_nothing() {
    let study = realistic::study();
    let mut record = realistic::record(&study);
    record.status = study::record::Status::Cancelled;
    (record.meshes, record.solves, record.quantities) = (Vec::new(), Vec::new(), Vec::new());
    (record.checks, record.figures, record.files) = (Vec::new(), Vec::new(), Vec::new());
    let mut dossier = credibility::assess(&study, &record).unwrap();
    (dossier.date, dossier.author) = (None, None);
    (dossier.evidence, dossier.limitations) = (Vec::new(), Vec::new());
    dossier.prospective_adequacy = Statement::NotAssessed;
    let data = data(&dossier, false);
    assert_eq!(data["status"]["kind"], "draft");
    assert_eq!((&data["prospective_adequacy"], &data["post_study_adequacy"]), (&Value::Null, &Value::Null));
    assert!(dossier_pdf(&dossier, &BTreeMap::new()).is_ok());
}

#[test]
fn text_of_the_study_is_never_taken_as_source() {
    let (mut dossier, figures) = dossier();
    dossier.title = "#panic(\"run\") *bold* $x$ @label <label> // /* \\ \" é 100 %".to_owned();
    dossier.question = Statement::Stated("#import \"data.json\"\n\n= heading".to_owned());
    dossier.limitations[0].text = "x".repeat(400);
    dossier.limitations[1].text = "股骨 \u{1f9b4} \u{7} \u{202e}".to_owned();
    (dossier.title, dossier.figures[0].caption) = (format!("{} 股骨", dossier.title), "股骨".to_owned());
    assert!(dossier_pdf(&dossier, &figures).is_ok());
}

#[test]
fn a_figure_that_is_missing_or_has_changed_is_refused() {
    let (dossier, mut figures) = dossier();
    let file = dossier.figures[2].file.clone();
    let bytes = figures.remove(&file).unwrap();
    assert!(matches!(dossier_pdf(&dossier, &figures), Err(ReportError::FigureMissing { .. })));
    figures.insert(file, [bytes, vec![0]].concat());
    let message = dossier_pdf(&dossier, &figures).unwrap_err().to_string();
    assert!(message.contains("has changed since the run"), "{message}");
}

#[test]
fn a_running_title_is_cut_at_a_word() {
    assert_eq!(shortened("Proximal femur in stance", 80), "Proximal femur in stance");
    assert_eq!(shortened("Proximal femur in stance: strain", 27), "Proximal femur in stance…");
    assert_eq!(shortened(&"x".repeat(100), 10), "xxxxxxxxxx…");
}

#[test]
fn only_real_dates_are_dates() {
    assert_eq!(parse_date("2026-11-22"), Some([2026, 11, 22]));
    assert_eq!(parse_date("2024-02-29"), Some([2024, 2, 29]));
    for text in ["2026-02-29", "2026-13-01", "22.11.2026", "", "2026-11", "soon"] {
        assert_eq!(parse_date(text), None, "{text}");
    }
}

#[test]
fn values_without_an_interval_never_show_one() {
    let (dossier, _) = dossier();
    let data = data(&dossier, true);
    let peak = &data["quantities"][2];
    assert_eq!((&peak["interval"], &peak["relative"]), (&Value::Null, &Value::Null));
    assert!(peak["uncertainty"].as_str().unwrap().contains("not converged"));
    assert_eq!(
        (data["grids"][2]["converged"].as_bool(), data["grids"][2]["gci"].as_str()),
        (Some(false), Some("none"))
    );
}
