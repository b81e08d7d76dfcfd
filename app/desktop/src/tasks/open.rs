use crate::model::{Fields, OpenStudy, Results};
use crate::outline::outline;
use crate::tasks::{Problem, import};
use control::RunControl;
use mesh::primitives::cuboid;
use mesh::{Point3, SurfaceMesh};
use scene::Triad;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use study::record::Record;
use study::{Anatomy, Device, Plate, Study};

/// Reads a study, the surface it is about, and the results it has had in its results folder.
pub(crate) fn open_study(path: &Path, control: &RunControl) -> Result<(OpenStudy, Option<Results>), Problem> {
    let study = Study::load(path).map_err(|error| Problem::new("The study cannot be opened", &error))?;
    let outline = outline(&study);
    let (surface, report) = match (&study.document.anatomy, &study.document.device) {
        // What is taken out of an image is there after a run only.
        (Some(Anatomy { image: Some(_), .. }), _) => (None, None),
        (Some(anatomy), _) => {
            let (surface, report) =
                import::surface_of(&study, anatomy, &control.stage("reading the anatomy", 0.0, 0.8))?;
            (Some(surface), Some(report))
        }
        (None, Some(Device::Plate(plate))) => (Some(plate_outline(plate)), None),
        (None, None) => (None, None),
    };
    let folder = results_folder(path);
    let results = earlier_results(&study, &folder, &control.stage("reading earlier results", 0.8, 1.0))?;
    Ok((OpenStudy { study, outline, surface, report, folder }, results))
}

/// The plate before it is meshed.
fn plate_outline(plate: &Plate) -> SurfaceMesh {
    let [length, width, thickness] = [&plate.length, &plate.width, &plate.thickness].map(|size| size.value().value());
    let half = Point3::new(0.0, 0.5 * width, 0.5 * thickness);
    cuboid(-half, Point3::new(length, half.y, half.z), [1, 1, 1])
}

/// Results go beside the study: `femur.toml` to `femur.results`.
fn results_folder(study: &Path) -> PathBuf {
    study.with_extension("results")
}

/// The results in a folder, when they belong to the study as it is now. Results of another version of the study are not
/// shown as its own.
fn earlier_results(study: &Study, folder: &Path, control: &RunControl) -> Result<Option<Results>, Problem> {
    let Ok(text) = std::fs::read_to_string(folder.join("record.json")) else { return Ok(None) };
    let record = Record::from_json(&text);
    let record = record.map_err(|error| Problem::new("The earlier results cannot be read", &error))?;
    if record.study.sha256 != study.sha256() {
        control.remark(0.0, "the results folder holds results of another version of this study; run it again");
        return Ok(None);
    }
    results(study, folder, record, control).map(Some)
}

/// The results in a folder with the fields of the first load case.
pub(crate) fn results(study: &Study, folder: &Path, record: Record, control: &RunControl) -> Result<Results, Problem> {
    load_case(without_fields(study, folder, record), 0, control)
}

/// The results in a folder without their fields. A dossier is one of these results only when their record holds the
/// verification table that every dossier has.
pub(crate) fn without_fields(study: &Study, folder: &Path, record: Record) -> Results {
    let written = |path: &PathBuf| path.is_file() && !record.checks.is_empty();
    let dossier = Some(folder.join("dossier.pdf")).filter(written);
    let triad = if study.document.device.is_some() { Triad::Cartesian } else { Triad::Anatomical };
    let is_field = |path: &&str| path.starts_with("fields/") && path.ends_with(".vtu");
    let files = record.files.iter().map(|file| file.path.as_str()).filter(is_field).map(str::to_owned).collect();
    Results { folder: folder.to_owned(), record, files, shown: 0, fields: None, dossier, triad }
}

/// The same results with the fields of load case `index`.
pub(crate) fn load_case(results: Results, index: usize, control: &RunControl) -> Result<Results, Problem> {
    let Some(file) = results.files.get(index) else { return Ok(results) };
    let volume = mesh_io::read_volume(&results.folder.join(file), control);
    let volume = volume.map_err(|error| import::refused("The fields of the results cannot be read", error))?;
    let fields = Some(Arc::new(Fields::new(volume.mesh, volume.fields)));
    Ok(Results { shown: index, fields, ..results })
}
