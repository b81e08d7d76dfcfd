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
use study::{Anatomy, Device, Plate, Study, TubeShape};

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
        (None, Some(Device::Tube(tube))) => (Some(tube_outline(tube)), None),
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

/// The lumen of a tube before it is meshed, open at its ends.
fn tube_outline(tube: &TubeShape) -> SurfaceMesh {
    const AROUND: u32 = 64;
    let turn = |k: u32| std::f64::consts::TAU * f64::from(k) / f64::from(AROUND);
    let places = tube.radius.iter().map(|[z, radius]| (z.value(), radius.value()));
    let ring = |(z, radius): (f64, f64)| {
        (0..AROUND).map(move |k| Point3::new(radius * turn(k).cos(), radius * turn(k).sin(), z))
    };
    let points = places.flat_map(ring).collect();
    let band = |row: u32| {
        (0..AROUND).flat_map(move |k| {
            let (a, b) = (row * AROUND + k, row * AROUND + (k + 1) % AROUND);
            [[a, b, b + AROUND], [a, b + AROUND, a + AROUND]]
        })
    };
    let rows = (tube.radius.len() as u32).saturating_sub(1);
    SurfaceMesh::new(points, (0..rows).flat_map(band).collect())
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
    let mut files: Vec<String> =
        record.files.iter().map(|file| file.path.as_str()).filter(is_field).map(str::to_owned).collect();
    // What belongs to no moment comes first: it is what a study is about.
    let moments = moments(folder);
    files.sort_by_key(|file| moments.iter().any(|(_, moment)| moment == file));
    let moments = moments.into_iter().filter_map(|(time, name)| Some((time, files.iter().position(|f| *f == name)?)));
    let moments = moments.collect();
    Results { folder: folder.to_owned(), record, files, shown: 0, moments, fields: None, dossier, triad }
}

/// The moments of a flow with their files relative to the folder; none where there is no list of them that can be read.
fn moments(folder: &Path) -> Vec<(f64, String)> {
    let Ok(bytes) = std::fs::read(folder.join("fields/flow.pvd")) else { return Vec::new() };
    let mut steps = mesh_io::read_pvd("flow.pvd", &bytes, &RunControl::silent()).unwrap_or_default();
    steps.sort_by(|a, b| a.0.total_cmp(&b.0));
    steps.into_iter().map(|(time, file)| (time, format!("fields/{file}"))).collect()
}

/// The same results with the fields of load case `index`.
pub(crate) fn load_case(results: Results, index: usize, control: &RunControl) -> Result<Results, Problem> {
    let Some(file) = results.files.get(index) else { return Ok(results) };
    let volume = mesh_io::read_volume(&results.folder.join(file), control);
    let volume = volume.map_err(|error| import::refused("The fields of the results cannot be read", error))?;
    let fields = Some(Arc::new(Fields::new(volume.mesh, volume.fields)));
    Ok(Results { shown: index, fields, ..results })
}
