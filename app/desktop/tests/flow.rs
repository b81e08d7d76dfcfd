//! What users do with the results of a flow, by the names they read on the screen. No graphics card is needed.

#![allow(clippy::unwrap_used, clippy::expect_used, reason = "a helper of a test that fails is a failed test")]

mod support;

use desktop::Command;
use desktop::model::{Across, CutAt, Kept, Level, Notice, Seeds};
use eframe::egui::{self, Key};
use egui_kittest::kittest::Queryable;
use support::{Program, SPEEDS, ask, finished_pipe, program_with, settle};

fn pipe() -> (tempfile::TempDir, Program) {
    let folder = tempfile::tempdir().unwrap();
    let file = finished_pipe(folder.path());
    let program = program_with(&file);
    (folder, program)
}

fn press(program: &mut Program, name: &str) {
    program.get_by_label(name).scroll_to_me();
    program.run_ok();
    program.get_by_label(name).click();
    program.step();
    settle(program);
}

/// Clicks the middle of the model, beside which there is a legend.
fn click_the_middle(program: &mut Program) {
    let at = program.get_by_label("3D view").rect().center() - egui::vec2(55.0, 22.0);
    program.drag_at(at);
    program.run_ok();
    program.drop_at(at);
    program.run_ok();
}

/// Title and value in the middle of the view from the front.
fn seen(program: &mut Program) -> (String, f64) {
    ask(program, Command::LookFrom(scene::View::Anterior));
    click_the_middle(program);
    let (title, value) = program.state().model().probe.clone().and_then(|probed| probed.value).expect("a value");
    (title, value.split(' ').next().unwrap().parse().unwrap())
}

/// The value that is seen lies within a pixel of the middle, where it is as `expected`.
fn sees(program: &mut Program, expected: (&str, f64)) {
    let (title, value) = seen(program);
    assert!(
        title == expected.0 && (value - expected.1).abs() <= 0.02 * expected.1.abs(),
        "{title} {value}, {expected:?}"
    );
}

#[test]
fn the_moments_of_a_flow_are_shown_one_after_the_other() {
    let (_folder, mut program) = pipe();
    for text in ["Openings", "Time", "Whole cycle", "to 0.800 s"] {
        program.get_by_label(text);
    }
    sees(&mut program, ("TAWSS", 1.4));

    press(&mut program, "Moments");
    program.get_by_label("0.200 s of 0.800 s");
    assert!(program.state().model().display.is_sliced(), "a flow is seen inside");
    sees(&mut program, ("speed", SPEEDS[0]));

    program.get_by_label("Time in the cycle").focus();
    program.run_ok();
    program.key_press(Key::ArrowRight);
    program.run_ok();
    settle(&mut program);
    program.get_by_label("0.400 s of 0.800 s");
    sees(&mut program, ("speed", SPEEDS[1]));

    press(&mut program, "Next moment");
    sees(&mut program, ("speed", SPEEDS[2]));
    for _ in 0..3 {
        press(&mut program, "Previous moment");
    }
    sees(&mut program, ("speed", SPEEDS[3]));
    let cycle = program.state().model().results.as_ref().unwrap().cycle.clone().unwrap();
    assert_eq!(cycle.range("speed"), Some([0.0, 300.0]));

    press(&mut program, "Whole cycle");
    sees(&mut program, ("TAWSS", 1.4));
    press(&mut program, "Moments");
    assert!(program.state().model().display.is_sliced(), "each keeps its cut");
}

#[test]
fn a_cycle_plays_until_it_is_paused() {
    let (_folder, mut program) = pipe();
    press(&mut program, "Moments");
    program.get_by_label("Play").click();
    let start = std::time::Instant::now();
    let moment = |program: &Program| program.state().model().results.as_ref().unwrap().moment();
    while moment(&program) != Some(2) {
        assert!(start.elapsed().as_secs() < 60, "the cycle does not play");
        std::thread::sleep(std::time::Duration::from_millis(5));
        program.step();
    }
    press(&mut program, "Pause");
    let here = moment(&program);
    std::thread::sleep(std::time::Duration::from_millis(300));
    program.run_ok();
    assert_eq!(moment(&program), here);
}

#[test]
fn a_slice_lies_across_an_axis_or_the_vessel() {
    let (_folder, mut program) = pipe();
    press(&mut program, "Moments");
    press(&mut program, "Slice");
    assert!(program.state().model().display.cut.is_none());
    sees(&mut program, ("speed", 0.0));
    press(&mut program, "Slice");
    ask(&mut program, Command::ShowField(Some(1)));
    sees(&mut program, ("pressure", 40.0));

    press(&mut program, "Along z");
    program.get_by_role_and_label(egui::accesskit::Role::Slider, "Position");
    let cut = CutAt { across: Across::Axis(2), position: 0.25, kept: Kept::All };
    ask(&mut program, Command::SetCut(cut));
    ask(&mut program, Command::LookFrom(scene::View::Superior));
    click_the_middle(&mut program);
    let probed = program.state().model().probe.clone().unwrap();
    assert!((probed.probe.point.z - 2.0).abs() < 1e-9);
    assert_eq!(probed.value.unwrap().1, "60.0 Pa");

    press(&mut program, "Along the vessel");
    assert!(program.state().model().notice.is_none(), "{:?}", program.state().model().notice);
    click_the_middle(&mut program);
    let probed = program.state().model().probe.clone().unwrap();
    assert!((probed.probe.point.z - 2.0).abs() < 0.1, "a quarter of the way: {:?}", probed.probe);
}

#[test]
fn streamlines_start_on_an_opening_or_on_the_slice() {
    let (_folder, mut program) = pipe();
    assert!(program.state().model().obstacle(&Command::ToggleStreamlines).is_some(), "a cycle has no velocity");
    press(&mut program, "Moments");
    press(&mut program, "Slice");
    press(&mut program, "Streamlines");
    let streamlines = program.state().model().display.streamlines.clone().unwrap();
    assert_eq!(streamlines.from, Seeds::Opening("inlet".to_owned()));
    program.get_by_role_and_label(egui::accesskit::Role::ComboBox, "Start of the streamlines");
    // In the middle of the view lies a row of lines; the nearest is close to the wall.
    let (title, value) = seen(&mut program);
    assert!(title == "speed" && value > 0.0 && value < 0.5 * SPEEDS[0], "{title} {value}");
    assert_eq!(program.state().model().probe.as_ref().unwrap().probe.surface, "streamlines");

    press(&mut program, "Slice");
    let through = desktop::model::Streamlines { from: Seeds::Slice, count: 40 };
    ask(&mut program, Command::SetStreamlines(through));
    assert!(program.state().model().notice.is_none());
    press(&mut program, "Slice");
    let streamlines = program.state().model().display.streamlines.clone().unwrap();
    assert_eq!(streamlines.from, Seeds::Opening("inlet".to_owned()), "the slice is gone");
    press(&mut program, "Streamlines");
    sees(&mut program, ("speed", 0.0));
}

/// What is said when the list of moments is `spoilt`.
fn complaint(spoilt: impl Fn(&std::path::Path)) -> Notice {
    let folder = tempfile::tempdir().unwrap();
    let file = finished_pipe(folder.path());
    spoilt(&folder.path().join("pipe.results/fields/flow.pvd"));
    let mut program = program_with(&file);
    assert!(program.state().model().fields().is_some(), "the cycle is shown nevertheless");
    if program.query_by_label("Moments").is_some() {
        press(&mut program, "Moments");
        program.get_by_label("Whole cycle");
    }
    let notice = program.state().model().notice.clone().expect("a notice");
    program.get_by_label(&notice.text);
    notice
}

#[test]
fn a_list_of_moments_that_is_missing_or_broken_is_an_error_with_file_and_remedy() {
    let missing = complaint(|list| std::fs::remove_file(list).unwrap());
    let broken = complaint(|list| std::fs::write(list, "<VTKFile type=\"Collection\"><Coll").unwrap());
    let other = complaint(|list| {
        let text = std::fs::read_to_string(list).unwrap();
        std::fs::write(list, text.replace("flow_0002", "flow_0009")).unwrap();
    });
    for notice in [missing, broken, other] {
        assert_eq!((notice.level, notice.title.as_str()), (Level::Error, "The moments of the flow cannot be shown"));
        assert!(notice.text.contains("flow.pvd") && notice.text.contains("run the study again"), "{notice:?}");
    }
    let moment = complaint(|list| std::fs::remove_file(list.with_file_name("flow_0003.vtu")).unwrap());
    assert_eq!(moment.level, Level::Error);
    assert!(moment.text.contains("flow_0003.vtu"), "{moment:?}");
}
