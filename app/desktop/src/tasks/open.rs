use crate::cycle::Cycle;
use crate::fields::Fields;
use crate::model::{OpenStudy, Results};
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
    let (listed, trouble) = match moments(folder, &record, &files) {
        Ok(listed) => (listed, None),
        Err(trouble) => (Vec::new(), Some(trouble)),
    };
    files.sort_by_key(|file| listed.iter().any(|(_, moment)| moment == file));
    let number = |name: &String| files.iter().position(|file| file == name);
    let moments = listed.iter().filter_map(|(time, name)| Some((*time, number(name)?))).collect();
    let folder = folder.to_owned();
    Results { folder, record, files, shown: 0, moments, cycle: None, trouble, fields: None, dossier, triad }
}

/// The file that lists the moments of a flow.
const MOMENTS: &str = "fields/flow.pvd";

/// The moments of a flow with their files relative to the folder, by time; none where the run wrote no list of them.
/// Otherwise why they cannot be shown.
fn moments(folder: &Path, record: &Record, files: &[String]) -> Result<Vec<(f64, String)>, String> {
    if record.files.iter().all(|file| file.path != MOMENTS) {
        return Ok(Vec::new());
    }
    const REMEDY: &str = "run the study again to have it written again";
    let bytes = std::fs::read(folder.join(MOMENTS));
    let bytes = bytes.map_err(|error| format!("{MOMENTS} cannot be read: {error}; {REMEDY}"))?;
    let steps = mesh_io::read_pvd(MOMENTS, &bytes, &RunControl::silent());
    let mut steps = steps.map_err(|error| format!("{error}; {REMEDY}"))?;
    steps.sort_by(|a, b| a.0.total_cmp(&b.0));
    let steps: Vec<(f64, String)> = steps.into_iter().map(|(time, file)| (time, format!("fields/{file}"))).collect();
    match steps.iter().find(|(_, file)| !files.contains(file)) {
        Some((_, file)) => Err(format!("{MOMENTS} names {file}, which is no file of this run; {REMEDY}")),
        None => Ok(steps),
    }
}

/// The same results with the fields of file `index`. With the first moment of a flow all of them are read: colours mean
/// the same in each.
pub(crate) fn load_case(results: Results, index: usize, control: &RunControl) -> Result<Results, Problem> {
    if index >= results.files.len() {
        return Ok(results);
    }
    let mut results = Results { shown: index, ..results };
    if results.moment().is_some() && results.cycle.is_none() {
        results.cycle = Some(Arc::new(read_cycle(&results, control)?));
    }
    let kept = results.cycle.as_ref().and_then(|cycle| cycle.fields(index)).cloned();
    results.fields = Some(match kept {
        Some(fields) => fields,
        None => Arc::new(read_fields(&results, index, control)?),
    });
    Ok(results)
}

fn read_cycle(results: &Results, control: &RunControl) -> Result<Cycle, Problem> {
    let mut cycle = Cycle::default();
    let part = |k: usize| k as f64 / results.moments.len() as f64;
    for (k, (_, file)) in results.moments.iter().enumerate() {
        control.check()?;
        let stage = control.stage("reading the moments of the cycle", part(k), part(k + 1));
        cycle.add(*file, &Arc::new(read_fields(results, *file, &stage)?));
    }
    Ok(cycle)
}

/// The fields of a file, on the mesh of the earlier ones where it is the same.
fn read_fields(results: &Results, index: usize, control: &RunControl) -> Result<Fields, Problem> {
    let file = results.files.get(index).map_or("", String::as_str);
    let volume = mesh_io::read_volume(&results.folder.join(file), control);
    let volume = volume.map_err(|error| import::refused("The fields of the results cannot be read", error))?;
    let known = results.fields.as_ref().filter(|fields| *fields.body.mesh == volume.mesh);
    Ok(match known {
        Some(known) => Fields::on(Arc::clone(&known.body), volume.fields),
        None => Fields::new(volume.mesh, volume.fields),
    })
}
