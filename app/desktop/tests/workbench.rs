//! What users do, by the names they read on the screen. No graphics card is needed.

mod support;

use desktop::Command;
use desktop::model::{Level, Open};
use eframe::egui::{self, Key, Modifiers};
use egui_kittest::kittest::Queryable;
use support::{PLATE, ask, box_stl, drop_file, finished_plate, program, program_with, root, settle, wait};

#[test]
fn the_example_study_shows_its_question_material_and_loads() {
    let program = program_with(&root().join("examples/femur_stance.toml"));
    let Open::Study(open) = &program.state().model().open else { panic!("{:#?}", program.state().model().log) };
    let title = open.study.document.title.clone();
    program.get_by_label(&title);
    for section in ["Question", "Anatomy", "Material", "Supports and loads", "Mesh", "Outputs"] {
        program.get_by_label(section);
    }
    program.get_by_label("3D view");
    assert_eq!(program.state().model().title(), format!("{title} - Vesalius"));
    assert!(program.state().model().obstacle(&Command::Run).is_none());
}

#[test]
fn a_dropped_mesh_is_judged_and_shown() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("block.stl");
    std::fs::write(&file, box_stl([40.0, 30.0, 20.0], 0)).unwrap();
    let mut program = program();
    drop_file(&mut program, &file);
    let report = program.state().model().report().expect("a report");
    assert_eq!((report.triangles, report.watertight), (12, true));
    program.get_by_label("block.stl");
    program.get_by_label("24 000 mm³");
    program.get_by_label("3D view");
}

#[test]
fn an_open_surface_is_reported_with_what_can_be_done() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("open.stl");
    std::fs::write(&file, box_stl([40.0, 30.0, 20.0], 2)).unwrap();
    let mut program = program();
    drop_file(&mut program, &file);
    let report = program.state().model().report().expect("a report");
    assert!(!report.watertight && report.boundary_loops == 1);
    // The page of findings is shown, and its worst line is readable.
    program.get_by_label_contains("Findings (");
    assert!(program.query_all_by_label_contains("surface is open").next().is_some());
}

#[test]
fn a_broken_file_is_an_error_that_names_file_and_remedy() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("hello.stl");
    std::fs::write(&file, "hello world").unwrap();
    let mut program = program();
    drop_file(&mut program, &file);
    let notice = program.state().model().notice.clone().expect("a notice");
    assert_eq!(notice.level, Level::Error);
    assert!(notice.text.contains("hello.stl"), "{notice:?}");
    program.get_by_label(&notice.title);
    program.get_by_label(&notice.text);
    program.get_by_label("Dismiss").click();
    program.run_ok();
    assert!(program.state().model().notice.is_none());
}

#[test]
fn an_unknown_key_is_reported_with_its_line_and_the_nearest_known_key() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("typing.toml");
    std::fs::write(&file, PLATE.replace("question =", "qestion =")).unwrap();
    let program = program_with(&file);
    let notice = program.state().model().notice.clone().expect("a notice");
    assert!(notice.text.contains("line") && notice.text.contains("\"question\""), "{notice:?}");
}

#[test]
fn earlier_results_are_shown_with_unit_interval_and_verdict_but_not_those_of_another_version() {
    let folder = tempfile::tempdir().unwrap();
    let file = finished_plate(folder.path());
    let opened = program_with(&file);
    let expected =
        ["Bending stiffness", "12.35", "N m²", "12.30 to 12.40", "not assessed", "meshes gave 180.0 to 240.0"];
    for text in expected {
        assert!(opened.query_all_by_label(text).next().is_some(), "\"{text}\" is not on the screen");
    }

    std::fs::write(&file, format!("{PLATE}\n# changed\n")).unwrap();
    let opened = program_with(&file);
    assert!(opened.state().model().results.is_none());
    let log = &opened.state().model().log;
    assert!(log.iter().any(|line| line.text.contains("another version")), "{log:#?}");
}

#[test]
fn a_click_on_the_model_reads_the_value_there() {
    let folder = tempfile::tempdir().unwrap();
    let file = finished_plate(folder.path());
    let mut program = program_with(&file);
    ask(&mut program, Command::ShowField(Some(1)));
    ask(&mut program, Command::LookFrom(scene::View::Superior));
    program.get_by_label("3D view").click();
    program.run_ok();
    let probed = program.state().model().probe.clone().expect("the plate is in the middle of the view");
    assert!((probed.probe.point.z - 2.0).abs() < 1e-9, "the upper side is seen from above: {probed:?}");
    let (title, value) = probed.value.expect("a field is shown");
    // Von Mises of the uniaxial stress 100 z (1 - x / 120) at z = 2.
    assert_eq!(title, "stress, von Mises");
    let number: f64 = value.trim_end_matches(" MPa").parse().unwrap();
    assert!((number - 200.0 * (1.0 - probed.probe.point.x / 120.0)).abs() < 0.6, "{value}");
    program.get_by_label(&value);
}

#[test]
fn a_wrong_guess_of_the_unit_can_be_put_right() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("block.stl");
    std::fs::write(&file, box_stl([4.0, 3.0, 2.0], 0)).unwrap();
    let mut program = program_with(&file);
    let options = mesh_io::JudgeOptions { unit: Some(mesh_io::LengthUnit::Centimetre), frame: None };
    ask(&mut program, Command::ImportAs(options));
    let report = program.state().model().report().expect("a report");
    assert!((report.volume_mm3.unwrap() - 24_000.0).abs() < 1e-6);
    let line = program.state().model().command_line().unwrap();
    assert!(line.ends_with("--unit cm --json"), "{line}");
}

#[test]
fn keys_change_the_view_and_copy_the_headless_command() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("block.stl");
    std::fs::write(&file, box_stl([40.0, 30.0, 20.0], 0)).unwrap();
    let mut program = program_with(&file);
    program.key_press(Key::E);
    program.run_ok();
    settle(&mut program);
    assert!(program.state().model().display.edges);
    program.key_press_modifiers(Modifiers::COMMAND | Modifiers::SHIFT, Key::C);
    program.step();
    let expected = format!("vesalius import {} --json", file.display());
    assert_eq!(program.state().model().command_line().as_deref(), Some(expected.as_str()));
    assert!(program.state().model().log.iter().any(|line| line.text.contains("clipboard")));
}

#[test]
fn a_path_can_be_typed_when_the_systems_dialog_does_not_come() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("block.stl");
    std::fs::write(&file, box_stl([40.0, 30.0, 20.0], 0)).unwrap();
    let mut program = program();
    ask(&mut program, Command::Open);
    let field = program.get_by_role(egui::accesskit::Role::TextInput);
    field.focus();
    field.type_text(&file.display().to_string());
    program.run_ok();
    program.get_by_label("Open path").click();
    program.step();
    settle(&mut program);
    assert!(matches!(program.state().model().open, Open::Mesh(_)), "{:#?}", program.state().model().log);
}

#[test]
fn commands_that_cannot_be_carried_out_say_why() {
    let mut program = program();
    for command in [Command::Run, Command::Cancel, Command::OpenDossier, Command::Close] {
        assert!(program.state().model().obstacle(&command).is_some(), "{command:?}");
        ask(&mut program, command);
    }
    assert!(matches!(program.state().model().open, Open::Nothing));
}

#[test]
fn a_run_shows_its_stages_and_stops_when_cancelled() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("plate.toml");
    std::fs::write(&file, PLATE).unwrap();
    let mut program = program_with(&file);
    program.state_mut().carry_out(Command::Run);
    wait(&mut program, "the run reports a stage", |model| {
        model.job.as_ref().is_none_or(|job| job.progress.stage != "starting")
    });
    assert!(program.state().model().job.is_some(), "{:#?}", program.state().model().log);
    program.get_by_label("Cancel").click();
    let asked = std::time::Instant::now();
    wait(&mut program, "the run ends", |model| model.job.is_none());
    println!("the run ended {:?} after it was cancelled", asked.elapsed());
    assert!(program.state().model().notice.is_none(), "a wish is no error");
    assert!(program.state().model().log.iter().any(|line| line.text.starts_with("Cancelled")));
}
