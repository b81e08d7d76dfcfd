//! The program as it is seen, 3D view included, drawn on a context without a window.
//! Without a GL driver each test prints "skipped: …" and passes; with CI=true it fails.
//! With VESALIUS_PICTURES=FOLDER the pictures are kept there to be looked at.

#![allow(clippy::unwrap_used, clippy::expect_used, reason = "a helper of a test that fails is a failed test")]

mod support;

use desktop::Command;
use desktop::model::{Across, CutAt, Kept, Open};
use eframe::egui::{self, Theme};
use image::RgbaImage;
use support::{Program, ask, box_stl, build, builder, drop_file, finished_pipe, finished_plate, root, settle};
use viewport::test_renderer;

const SIZE: [u32; 2] = [1280, 800];

fn drawn_program(theme: Theme) -> Option<Program> {
    let renderer = test_renderer(SIZE[0], SIZE[1])?;
    let mut program = build(builder().with_theme(theme).renderer(renderer), None);
    program.run_ok();
    Some(program)
}

fn picture(program: &mut Program, name: &str) -> RgbaImage {
    program.run_ok();
    let picture = program.render().expect("a picture");
    if let Some(folder) = std::env::var_os("VESALIUS_PICTURES") {
        picture.save(std::path::Path::new(&folder).join(name)).unwrap();
    }
    picture
}

/// Share of the pixels inside `rect` for which `test` holds.
fn share(picture: &RgbaImage, rect: egui::Rect, test: impl Fn([u8; 4]) -> bool) -> f64 {
    let range = |low: f32, high: f32| low.max(0.0) as u32..high as u32;
    let (columns, rows) = (range(rect.left(), rect.right()), range(rect.top(), rect.bottom()));
    let pixels = rows.flat_map(|row| columns.clone().map(move |column| (column, row)));
    let (mut all, mut hits) = (0_u32, 0_u32);
    for (column, row) in pixels {
        all += 1;
        hits += u32::from(test(picture.get_pixel(column, row).0));
    }
    f64::from(hits) / f64::from(all.max(1))
}

fn canvas(program: &Program) -> egui::Rect {
    use egui_kittest::kittest::Queryable;
    program.get_by_label("3D view").rect()
}

fn bone([r, g, b, _]: [u8; 4]) -> bool {
    let [r, g, b] = [r, g, b].map(i32::from);
    r > g && g > b && r - b > 15 && r > 70
}

#[test]
fn the_first_window_says_what_to_do() {
    let Some(mut program) = drawn_program(Theme::Light) else { return };
    let picture = picture(&mut program, "welcome.png");
    use egui_kittest::kittest::Queryable;
    let button = program.get_by_label("Open…").rect();
    let accent = share(&picture, button, |[r, g, b, _]| b > r.saturating_add(80) && b > g.saturating_add(30));
    assert!(accent > 0.5, "{accent} of the main button has the accent colour");
}

#[test]
fn an_imported_mesh_is_drawn_in_both_themes_and_can_be_cut_open() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("block.stl");
    std::fs::write(&file, box_stl([40.0, 30.0, 20.0], 0)).unwrap();
    for (theme, name) in [(Theme::Light, "import_light.png"), (Theme::Dark, "import_dark.png")] {
        let Some(mut program) = drawn_program(theme) else { return };
        drop_file(&mut program, &file);
        ask(&mut program, Command::LookFrom(scene::View::Anterior));
        let whole = picture(&mut program, name);
        let covered = share(&whole, canvas(&program), bone);
        assert!(covered > 0.3, "{name}: {covered} of the view shows the block");
        ask(&mut program, Command::SetCut(CutAt { across: Across::Axis(0), position: 0.5, kept: Kept::Low }));
        let half = picture(&mut program, &format!("cut_{name}"));
        let left = share(&half, canvas(&program), bone);
        assert!((left / covered - 0.5).abs() < 0.05, "{name}: half of the block is left: {left} of {covered}");
    }
}

#[test]
fn the_example_study_shows_its_bone() {
    let Some(mut program) = drawn_program(Theme::Light) else { return };
    program.state_mut().carry_out(Command::OpenPath(root().join("examples/femur_stance.toml")));
    settle(&mut program);
    assert!(matches!(program.state().model().open, Open::Study(_)), "{:#?}", program.state().model().log);
    let picture = picture(&mut program, "study.png");
    let covered = share(&picture, canvas(&program), bone);
    assert!((0.05..0.6).contains(&covered), "{covered} of the view shows the bone");
}

#[test]
fn an_error_is_seen_above_the_view() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("hello.stl");
    std::fs::write(&file, "hello world").unwrap();
    let Some(mut program) = drawn_program(Theme::Light) else { return };
    drop_file(&mut program, &file);
    let picture = picture(&mut program, "error.png");
    let top = egui::Rect::from_min_max(egui::pos2(0.0, 38.0), egui::pos2(SIZE[0] as f32, 110.0));
    let red = share(&picture, top, |[r, g, b, _]| r > 150 && g < 90 && b < 90);
    assert!(red > 0.001, "share of red {red}");
}

#[test]
fn results_are_drawn_in_the_colours_of_the_legend() {
    let folder = tempfile::tempdir().unwrap();
    let file = finished_plate(folder.path());
    for (theme, name) in [(Theme::Light, "results_light.png"), (Theme::Dark, "results_dark.png")] {
        let Some(mut program) = drawn_program(theme) else { return };
        program.state_mut().carry_out(Command::OpenPath(file.clone()));
        settle(&mut program);
        ask(&mut program, Command::ShowField(Some(1)));
        ask(&mut program, Command::ToggleDeformed);
        ask(&mut program, Command::ToggleEdges);
        let whole = picture(&mut program, name);
        // Viridis runs from dark blue over green to yellow: no bone, and both ends of the map are there.
        let view = canvas(&program);
        let yellow = share(&whole, view, |[r, g, b, _]| r > 180 && g > 180 && b < 110);
        let violet = share(&whole, view, |[r, g, b, _]| (40..100).contains(&r) && g < 60 && (60..130).contains(&b));
        assert!(yellow > 0.002 && violet > 0.002, "{name}: yellow {yellow}, violet {violet}");
    }
    let Some(mut program) = drawn_program(Theme::Light) else { return };
    program.state_mut().carry_out(Command::OpenPath(file));
    settle(&mut program);
    ask(&mut program, Command::ShowField(Some(1)));
    ask(&mut program, Command::SetCut(CutAt { across: Across::Axis(0), position: 0.4, kept: Kept::High }));
    picture(&mut program, "section.png");
}

/// Shares of yellow and of dark violet in the 3D view: both ends of viridis.
fn ends(program: &mut Program, name: &str) -> [f64; 2] {
    let picture = picture(program, name);
    let view = canvas(program);
    let legend = 110.0; // its bar has both colours whatever the model shows
    let model = egui::Rect::from_min_max(view.min, view.max - egui::vec2(legend, 0.0));
    let yellow = share(&picture, model, |[r, g, b, _]| r > 180 && g > 180 && b < 110);
    let violet = share(&picture, model, |[r, g, b, _]| (40..100).contains(&r) && g < 60 && (60..130).contains(&b));
    [yellow, violet]
}

#[test]
fn a_flow_is_seen_through_its_wall_in_the_colours_of_the_cycle() {
    let folder = tempfile::tempdir().unwrap();
    let file = finished_pipe(folder.path());
    for (theme, name) in [(Theme::Light, "flow_light.png"), (Theme::Dark, "flow_dark.png")] {
        let Some(mut program) = drawn_program(theme) else { return };
        program.state_mut().carry_out(Command::OpenPath(file.clone()));
        settle(&mut program);
        ask(&mut program, Command::ShowMoment(1));
        ask(&mut program, Command::LookFrom(scene::View::Anterior));
        let fast = ends(&mut program, &format!("fast_{name}"));
        ask(&mut program, Command::ShowMoment(3));
        let slow = ends(&mut program, &format!("slow_{name}"));
        assert!(fast[0] > 0.005 && slow[0] == 0.0 && slow[1] > fast[1], "{name}: {fast:?} {slow:?}");
        ask(&mut program, Command::ToggleColoursPerMoment);
        let own = ends(&mut program, &format!("own_{name}"));
        assert!(own[0] > 0.5 * fast[0], "{name}: {own:?}");
        // Lines cover less than the wall did, and more than nothing.
        ask(&mut program, Command::ToggleSlice);
        let wall = ends(&mut program, &format!("wall_{name}"));
        ask(&mut program, Command::ToggleStreamlines);
        let lines = ends(&mut program, &format!("lines_{name}"));
        assert!(wall[0] == 0.0 && wall[1] > 0.05, "{name}: at rest on the wall: {wall:?}");
        assert!(lines[1] > 0.0 && lines[1] < 0.5 * wall[1], "{name}: {lines:?}");
    }
}

fn asset(name: &str) -> std::path::PathBuf {
    root().join("assets/images").join(name)
}

/// A vertebra with its threshold, its surface and, in the dark, its labels: greys in three planes, red over bone, bone in 3D.
#[test]
fn an_image_is_drawn_in_three_planes_with_its_surface() {
    use desktop::image::ImageCommand;
    use egui_kittest::kittest::Queryable;
    for (theme, name) in [(Theme::Light, "image_light.png"), (Theme::Dark, "image_dark.png")] {
        let Some(mut program) = drawn_program(theme) else { return };
        let image = |command| Command::Image(command);
        ask(&mut program, Command::OpenImagePath(asset("tpt_sub-ct_label-22_ct.nii.gz")));
        picture(&mut program, &format!("opened_{name}"));
        ask(&mut program, image(ImageCommand::ToggleThreshold));
        ask(&mut program, image(ImageCommand::ToggleLargest));
        ask(&mut program, image(ImageCommand::MakeSurface));
        let drawn = picture(&mut program, name);
        for plane in ["Axial view", "Coronal view", "Sagittal view"] {
            let rect = program.get_by_label(plane).rect();
            let red = share(&drawn, rect, |[r, g, b, _]| r > 150 && i32::from(r) - i32::from(g.max(b)) > 60);
            let grey = share(&drawn, rect, |[r, g, b, _]| r == g && g == b && r > 60);
            assert!(red > 0.02 && grey > 0.1, "{name}, {plane}: red {red}, grey {grey}");
        }
        let covered = share(&drawn, canvas(&program), bone);
        assert!(covered > 0.05, "{name}: {covered} of the 3D view shows the surface");
        let labels = asset("tpt_sub-ct_seg-subreg_label-22_msk.nii.gz");
        ask(&mut program, image(ImageCommand::ToggleThreshold));
        ask(&mut program, image(ImageCommand::OpenLabelsPath(labels)));
        ask(&mut program, image(ImageCommand::SetWindow(scene::slice::Window::CT[0].1)));
        picture(&mut program, &format!("labels_{name}"));
    }
}

/// Three thick slices of an abdomen with labels from another grid.
#[test]
fn a_dicom_folder_is_drawn_true_to_its_spacing() {
    use desktop::image::ImageCommand;
    use egui_kittest::kittest::Queryable;
    let Some(mut program) = drawn_program(Theme::Dark) else { return };
    ask(&mut program, Command::OpenImagePath(asset("dicom_ct_series")));
    ask(&mut program, Command::Image(ImageCommand::OpenLabelsPath(asset("ts_dicom_series_labels.nii.gz"))));
    let drawn = picture(&mut program, "image_dicom.png");
    // 512 pixels of 0.977 mm and 3 slices of 2 mm: all but a line of the coronal view is black.
    let rect = program.get_by_label("Coronal view").rect();
    let black = share(&drawn, rect, |[r, g, b, _]| r < 8 && g < 8 && b < 8);
    assert!(black > 0.9, "{black}");
}
