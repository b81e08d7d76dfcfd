//! The desktop program: `desktop [FILE]` opens a study, a mesh or an image.

use desktop::Workbench;
use std::path::PathBuf;
use std::process::ExitCode;

#[global_allocator]
static ALLOCATOR: runner::HugePages = runner::HugePages;

fn main() -> ExitCode {
    let file = std::env::args_os().nth(1).map(PathBuf::from);
    if file.as_ref().is_some_and(|file| file.as_os_str() == "--help" || file.as_os_str() == "-h") {
        println!(
            "usage: desktop [FILE]\n\nOpens a study (.toml), a mesh (.stl, .ply, .obj, .vtp, .vtk, .vtu) or an image (.nii, .nii.gz, .nrrd, .mha, \
             .vti, .dcm, a folder of DICOM slices) in a window."
        );
        return ExitCode::SUCCESS;
    }
    let viewport = eframe::egui::ViewportBuilder::default()
        .with_app_id("vesalius")
        .with_inner_size([1280.0, 800.0])
        .with_min_inner_size([820.0, 560.0]);
    let options = eframe::NativeOptions { viewport, renderer: eframe::Renderer::Glow, ..Default::default() };
    let create: eframe::AppCreator<'_> = Box::new(move |creation| {
        Ok(Box::new(Workbench::new(&creation.egui_ctx, creation.storage, file, desktop::system_picker)))
    });
    match eframe::run_native("Vesalius", options, create) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!(
                "The window could not be opened: {error}. A screen with OpenGL 3.3 is needed; without one use `vesalius`."
            );
            ExitCode::FAILURE
        }
    }
}
