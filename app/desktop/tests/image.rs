//! What users do with an image, by the names they read on the screen. No graphics card is needed.

#![allow(clippy::unwrap_used, clippy::expect_used, reason = "a helper of a test that fails is a failed test")]

mod support;

use desktop::Command;
use desktop::image::{ImageCommand, ImageView, Reading};
use desktop::model::{Level, Open, Workspace};
use eframe::egui::{self, PointerButton};
use egui_kittest::kittest::{NodeT, Queryable};
use imaging::Measure;
use scene::slice::{SlicePlane, Window};
use std::path::PathBuf;
use support::{Program, ask, box_stl, drop_file, program, program_with, root, settle};

const CT: &str = "tpt_sub-ct_label-22_ct.nii.gz";
const LABELS: &str = "tpt_sub-ct_seg-subreg_label-22_msk.nii.gz";

fn asset(name: &str) -> PathBuf {
    root().join("assets/images").join(name)
}

fn view(program: &Program) -> &ImageView {
    program.state().model().image.as_ref().unwrap_or_else(|| panic!("{:#?}", program.state().model().log))
}

fn image(program: &mut Program, command: ImageCommand) {
    ask(program, Command::Image(command));
}

fn is_shown(program: &Program, text: &str) -> bool {
    let says = |word: Option<String>| word.is_some_and(|word| word.contains(text));
    let nodes = program.root().children_recursive();
    nodes.into_iter().any(|node| says(node.accesskit_node().label()) || says(node.accesskit_node().value()))
}

#[test]
fn a_ct_says_what_it_is_and_how_sure_that_is() {
    let program = program_with(&asset(CT));
    assert!(matches!(program.state().model().open, Open::Nothing));
    for text in [CT, "mm, as the file says", "RAS, as the file says", "73 × 47 × 73", "1.500 × 1.500 × 1.500"] {
        assert!(is_shown(&program, text), "\"{text}\" is not on the screen");
    }
    // NIfTI does not say that it is a CT: the values say so, and the screen says that it is a guess.
    assert_eq!(view(&program).open.judged.report.values.measure, Measure::Hounsfield);
    assert!(is_shown(&program, "−1030 to 1961 HU") && is_shown(&program, "not stated"));
    assert!(is_shown(&program, "Dropped patient fields ("));
    assert_eq!(program.state().model().title(), format!("{CT} - Vesalius"));
}

/// The file is stored posterior, inferior, right: whoever reads left and right off the screen must be right.
#[test]
fn the_three_planes_say_how_they_lie() {
    let program = program_with(&asset(CT));
    for (name, expected) in [
        ("Axial view", "left R, right L, top A, bottom P"),
        ("Coronal view", "left R, right L, top S, bottom I"),
        ("Sagittal view", "left A, right P, top S, bottom I"),
    ] {
        let node = program.get_by_label(name);
        assert_eq!(node.accesskit_node().value().as_deref(), Some(expected), "{name}");
    }
}

/// A click to the right of the crosshair in the axial view is a step to the patient's left, and so on: the pointer, the
/// picture and the place in words agree.
#[test]
fn a_click_moves_the_crosshair_in_all_planes_and_the_value_is_read() {
    let mut program = program_with(&asset(CT));
    let place = |program: &Program| {
        let view = view(program);
        view.open.judged.image.grid.position(view.crosshair.map(|n| n as f64))
    };
    // Name of the view, axes of LPS to the right and downwards with their signs.
    let ways = [
        ("Axial view", (0, 1.0), (1, 1.0)),
        ("Coronal view", (0, 1.0), (2, -1.0)),
        ("Sagittal view", (1, 1.0), (2, -1.0)),
    ];
    for (name, (right, right_sign), (down, down_sign)) in ways {
        image(&mut program, ImageCommand::MoveCrosshair([36, 23, 36]));
        let before = place(&program);
        let rect = program.get_by_label(name).rect();
        let at = rect.center() + egui::vec2(0.16 * rect.height(), 0.1 * rect.height());
        program.hover_at(at);
        program.drag_at(at);
        program.step();
        program.drop_at(at);
        program.run_ok();
        let step = place(&program) - before;
        assert!(step[right] * right_sign > 5.0 && step[down] * down_sign > 3.0, "{name}: {step:?}");
        assert!(step[3 - right - down].abs() < 1e-9, "{name} stays in its slice: {step:?}");
    }
    let view = view(&program);
    let value = view.open.judged.image.value(view.open.judged.image.grid.index(view.crosshair));
    let words = format!("{} HU", format!("{value:.0}").replace('-', "−"));
    assert!(is_shown(&program, &words), "\"{words}\" is not on the screen");
}

#[test]
fn the_wheel_turns_slices_towards_the_head_and_the_slider_too() {
    let mut program = program_with(&asset(CT));
    let height = |program: &Program| view(program).stack(SlicePlane::Axial).1;
    let before = height(&program);
    let rect = program.get_by_label("Axial view").rect();
    program.hover_at(rect.center());
    program.step();
    program.event(egui::Event::MouseWheel {
        unit: egui::MouseWheelUnit::Line,
        delta: egui::vec2(0.0, 2.0),
        phase: egui::TouchPhase::Move,
        source: egui::MouseWheelSource::Wheel,
        modifiers: egui::Modifiers::NONE,
    });
    program.run_ok();
    assert_eq!(height(&program), before + 2);
    for (plane, name) in SlicePlane::ALL.into_iter().zip(["Axial slice", "Coronal slice", "Sagittal slice"]) {
        let before = view(&program).stack(plane).1;
        program.get_by_label(name).focus();
        program.run_ok();
        program.key_press(egui::Key::ArrowRight);
        program.run_ok();
        assert_ne!(view(&program).stack(plane).1, before, "{name}");
    }
}

#[test]
fn window_presets_and_drags_change_the_greys_and_a_drag_is_one_step_back() {
    let mut program = program_with(&asset(CT));
    program.get_by_label("Bone").click();
    program.run_ok();
    assert_eq!(view(&program).settings.window, Window { centre: 400.0, width: 1800.0 });
    let rect = program.get_by_label("Axial view").rect();
    let button = |pressed, pos| egui::Event::PointerButton {
        pos,
        button: PointerButton::Secondary,
        pressed,
        modifiers: egui::Modifiers::NONE,
    };
    let at = rect.center();
    program.hover_at(at);
    program.step();
    program.event(button(true, at));
    program.step();
    for n in 1..6_u8 {
        program.hover_at(at + egui::vec2(10.0 * f32::from(n), 0.0));
        program.step();
    }
    program.event(button(false, at + egui::vec2(50.0, 0.0)));
    program.run_ok();
    let window = view(&program).settings.window;
    assert!(window.width > 1900.0 && (window.centre - 400.0).abs() < 1e-9, "{window:?}");
    program.get_by_label("Undo").click();
    program.run_ok();
    assert_eq!(view(&program).settings.window, Window { centre: 400.0, width: 1800.0 });
}

#[test]
fn labels_lie_over_the_image_with_names_ticks_and_volumes() {
    let mut program = program_with(&asset(CT));
    image(&mut program, ImageCommand::OpenLabelsPath(asset(LABELS)));
    let overlay = view(&program).settings.overlay.clone().expect("labels");
    assert!(overlay.note.is_empty(), "the grids are the same: {}", overlay.note);
    // 12 635 voxels of 1.5 mm cubed.
    let body = overlay.rows().iter().find(|row| row.value == 50).expect("the body");
    assert!((body.voxels, (body.volume_mm3 - 42_643.1).abs() < 0.1) == (12_635, true), "{body:?}");
    program.get_by_role_and_label(egui::accesskit::Role::Slider, "Opacity of the labels");
    program.get_by_label("label 41").click();
    program.run_ok();
    assert!(!view(&program).shown_labels().contains(&41));
    program.get_by_label("Hide all").click();
    program.run_ok();
    assert!(view(&program).shown_labels().is_empty());
    image(&mut program, ImageCommand::Undo);
    assert_eq!(view(&program).shown_labels().len(), 9);
}

/// Three slices of a DICOM series and the labels of all twenty, stored the other way round: matched by place.
#[test]
fn labels_of_another_grid_are_matched_by_place_and_those_of_another_patient_are_refused() {
    let mut program = program_with(&asset("dicom_ct_series"));
    let report = &view(&program).open.judged.report;
    assert_eq!(report.modality.as_ref().map(|modality| modality.name.as_str()), Some("CT"));
    assert!(is_shown(&program, "CT numbers (HU), as the file says"));
    let withheld = report.withheld.clone();
    assert!(!withheld.is_empty() && is_shown(&program, &withheld[0]), "{withheld:?}");
    image(&mut program, ImageCommand::OpenLabelsPath(asset("ts_dicom_series_labels.nii.gz")));
    let overlay = view(&program).settings.overlay.clone().expect("labels");
    assert!(overlay.note.contains("none moved") && overlay.note.contains("outside the image"), "{}", overlay.note);
    // The liver is soft: its voxels have the values of liver, which they have not anywhere else.
    let image_of = &view(&program).open.judged.image;
    let liver = overlay.map.labels.iter().enumerate().filter(|(_, label)| **label == 5);
    let values: Vec<f64> = liver.map(|(index, _)| image_of.value(index)).collect();
    let mean = values.iter().sum::<f64>() / values.len() as f64;
    assert!(values.len() > 10_000 && (20.0..200.0).contains(&mean), "{} voxels of mean {mean} HU", values.len());
    image(&mut program, ImageCommand::OpenLabelsPath(asset(CT)));
    let notice = program.state().model().notice.clone().expect("a notice");
    assert!(notice.text.contains("a scan and no label map"), "{notice:?}");
    image(&mut program, ImageCommand::OpenLabelsPath(asset(LABELS)));
    let notice = program.state().model().notice.clone().expect("a notice");
    assert!(notice.text.contains("no place in common"), "{notice:?}");
}

#[test]
fn a_threshold_is_counted_surfaced_saved_and_taken_back() {
    let folder = tempfile::tempdir().unwrap();
    let mut program = program_with(&asset(CT));
    assert!(program.state().model().obstacle(&Command::Image(ImageCommand::MakeSurface)).is_some());
    program.get_by_label("Threshold preview").click();
    program.run_ok();
    settle(&mut program);
    assert_eq!(view(&program).settings.threshold, Some([200.0, 1961.0]));
    let image_of = &view(&program).open.judged.image;
    let expected = (0..image_of.grid.count()).filter(|&index| image_of.value(index) >= 200.0).count();
    let all = view(&program).current_selection().expect("counted").voxels;
    assert_eq!(all, expected);
    program.get_by_label("Largest component only").click();
    program.run_ok();
    settle(&mut program);
    let largest = view(&program).current_selection().cloned().expect("counted");
    assert!(largest.voxels < all && largest.voxels > all / 3, "{} of {all}", largest.voxels);
    assert_eq!(largest.marks.iter().filter(|&&mark| mark).count(), largest.voxels);
    program.get_by_label("Make surface").click();
    program.run_ok();
    settle(&mut program);
    let surface = view(&program).settings.surface.clone().expect("a surface");
    assert_eq!(surface.voxels, largest.voxels);
    let volume = surface.made.surface.volume();
    assert!((volume / largest.volume_mm3 - 1.0).abs() < 0.02, "{volume} and {}", largest.volume_mm3);
    let (stl, mask) = (folder.path().join("bone.stl"), folder.path().join("bone.nii.gz"));
    image(&mut program, ImageCommand::SaveSurfaceTo(stl.clone()));
    image(&mut program, ImageCommand::SaveMaskTo(mask.clone()));
    assert_eq!(std::fs::metadata(&stl).unwrap().len(), 84 + 50 * surface.made.surface.triangles.len() as u64);
    let read = imaging::read_image(&mask, &control::RunControl::silent()).unwrap();
    let written = imaging::judge_image(read, None, None);
    assert_eq!(written.report.labels[0].voxels, largest.voxels);
    image(&mut program, ImageCommand::SaveSurfaceTo(folder.path().join("bone.docx")));
    let notice = program.state().model().notice.clone().expect("a notice");
    assert!(notice.level == Level::Error && notice.text.contains(".stl or .vtp"), "{notice:?}");
    image(&mut program, ImageCommand::Undo);
    assert!(view(&program).settings.surface.is_none() && view(&program).settings.largest);
    let line = program.state().model().command_line().unwrap();
    assert!(line.contains("vesalius segment") && line.contains("--threshold 200..1961 --largest"), "{line}");
}

#[test]
fn thresholds_beyond_all_values_say_so_and_stay_in_order() {
    let mut program = program_with(&asset(CT));
    image(&mut program, ImageCommand::ToggleThreshold);
    image(&mut program, ImageCommand::SetThreshold([1960.25, 1960.75]));
    assert!(is_shown(&program, "no voxel: widen the thresholds"));
    image(&mut program, ImageCommand::MakeSurface);
    let notice = program.state().model().notice.clone().expect("a notice");
    assert!(notice.text.contains("widen the threshold"), "{notice:?}");
}

#[test]
fn a_label_map_shows_its_own_labels_and_makes_surfaces_of_those_that_are_ticked() {
    let mut program = program_with(&asset(LABELS));
    assert_eq!(view(&program).open.judged.report.values.measure, Measure::Label);
    assert_eq!(view(&program).shown_labels().len(), 10);
    image(&mut program, ImageCommand::ShowAllLabels(false));
    assert!(program.state().model().obstacle(&Command::Image(ImageCommand::MakeSurface)).is_some());
    image(&mut program, ImageCommand::ShowLabel(50, true));
    image(&mut program, ImageCommand::MakeSurface);
    let surface = view(&program).settings.surface.clone().expect("a surface");
    assert_eq!(surface.voxels, 12_635);
    let line = program.state().model().command_line().unwrap();
    assert!(line.contains("--label 50"), "{line}");
}

#[test]
fn crosshair_and_window_survive_a_look_at_the_study() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("block.stl");
    std::fs::write(&file, box_stl([40.0, 30.0, 20.0], 0)).unwrap();
    let mut program = program_with(&asset(CT));
    image(&mut program, ImageCommand::MoveCrosshair([10, 11, 12]));
    image(&mut program, ImageCommand::SetWindow(Window { centre: 77.0, width: 333.0 }));
    drop_file(&mut program, &file);
    assert_eq!(program.state().model().workspace, Workspace::Study);
    program.get_by_label("block.stl");
    program.get_by_label("Image view").click();
    program.run_ok();
    program.get_by_label("Axial view");
    let view = view(&program);
    assert_eq!((view.crosshair, view.settings.window), ([10, 11, 12], Window { centre: 77.0, width: 333.0 }));
    ask(&mut program, Command::Close);
    assert!(program.state().model().image.is_none() && matches!(program.state().model().open, Open::Mesh(_)));
}

#[test]
fn what_the_user_knows_better_is_taken_and_said() {
    let mut program = program_with(&asset(CT));
    let reading = Reading { measure: Some(Measure::Other), ..Reading::default() };
    image(&mut program, ImageCommand::ReadAs(reading));
    assert!(is_shown(&program, "Other, unit not known, as you said"));
    assert!(!is_shown(&program, " HU") && program.query_by_label("Bone").is_none());
    let reading = Reading { frame: Some(mesh_io::Frame::Lps), ..Reading::default() };
    image(&mut program, ImageCommand::ReadAs(reading));
    assert!(is_shown(&program, "LPS, as you said"));
    let line = program.state().model().command_line().unwrap();
    assert!(line.contains("--frame LPS"), "{line}");
}

#[test]
fn a_broken_image_is_an_error_that_names_file_and_remedy() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("hello.nii");
    std::fs::write(&file, "hello world").unwrap();
    let mut program = program();
    ask(&mut program, Command::OpenImagePath(file));
    let notice = program.state().model().notice.clone().expect("a notice");
    assert!(notice.level == Level::Error && notice.text.contains("hello.nii"), "{notice:?}");
    assert!(notice.text.contains("NIfTI, NRRD, MetaImage"), "{notice:?}");
    ask(&mut program, Command::OpenImagePath(folder.path().to_owned()));
    assert!(program.state().model().notice.is_some(), "an empty folder has no slices");
}

#[test]
fn reading_an_image_can_be_cancelled() {
    let mut program = program();
    program.state_mut().carry_out(Command::OpenImagePath(asset("dicom_ct_series")));
    program.state_mut().carry_out(Command::Cancel);
    program.step();
    settle(&mut program);
    assert!(program.state().model().image.is_none() && program.state().model().notice.is_none());
    assert!(program.state().model().log.iter().any(|line| line.text.starts_with("Cancelled")));
}
