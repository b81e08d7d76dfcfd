use crate::fields::Fields;
use crate::model::{MeshContent, OpenMesh};
use crate::tasks::Problem;
use control::RunControl;
use mesh::SurfaceMesh;
use mesh_io::{Frame, ImportReport, JudgeOptions, LengthUnit, MeshFile, MeshIoError};
use std::path::Path;
use study::{Anatomy, FileFrame, Study};

/// Reads and judges a mesh of any kind; unit and frame that `options` leaves open are what the file states, or guessed
/// and said so.
pub(crate) fn import(path: &Path, options: JudgeOptions, control: &RunControl) -> Result<OpenMesh, Problem> {
    let refuse = |error| refused("The file cannot be imported", error);
    let read = mesh_io::read_mesh(path, &control.stage("reading", 0.0, 0.5)).map_err(refuse)?;
    let judging = control.stage("examining", 0.5, 1.0);
    let (content, report) = match read {
        MeshFile::Surface(file) => {
            let judged = mesh_io::judge_surface(&file, &options, &judging)?;
            (MeshContent::Surface(judged.surface), judged.report)
        }
        MeshFile::Volume(file) => {
            let judged = mesh_io::judge_volume(&file, &options, &judging)?;
            (MeshContent::Volume(Fields::new(judged.mesh, file.fields)), judged.report)
        }
    };
    Ok(OpenMesh { file: path.to_owned(), options, report, content })
}

/// The surface of a study's anatomy, with the unit and frame that the study states.
pub(crate) fn surface_of(
    study: &Study,
    anatomy: &Anatomy,
    control: &RunControl,
) -> Result<(SurfaceMesh, ImportReport), Problem> {
    let path = study.resolve(anatomy.file.as_str());
    let unit = anatomy.unit.map(|unit| match unit {
        study::LengthUnit::Micrometre => LengthUnit::Micrometre,
        study::LengthUnit::Millimetre => LengthUnit::Millimetre,
        study::LengthUnit::Centimetre => LengthUnit::Centimetre,
        study::LengthUnit::Metre => LengthUnit::Metre,
        study::LengthUnit::Inch => LengthUnit::Inch,
    });
    let frame = anatomy.frame.map(|frame| match frame {
        FileFrame::Lps => Frame::Lps,
        FileFrame::Ras => Frame::Ras,
    });
    let judged = mesh_io::load_surface(&path, unit, frame, control).map_err(|error| {
        let problem = refused("The study's anatomy cannot be read", error);
        Problem { text: format!("{}: {}", study.place(&anatomy.file), problem.text), ..problem }
    })?;
    Ok((judged.surface, judged.report))
}

/// A reader's refusal; a cancelled reading is no failure.
pub(crate) fn refused(title: &str, error: MeshIoError) -> Problem {
    match error {
        MeshIoError::Cancelled(cancelled) => cancelled.into(),
        error => Problem::new(title, &error),
    }
}
