use crate::{
    Frame, JudgeOptions, JudgedSurface, JudgedVolume, LengthUnit, MeshIoError, judge_surface, judge_volume,
    read_surface, read_volume,
};
use control::RunControl;
use std::path::Path;

/// Reads and judges a surface: the one call that gives an anatomy in mm and LPS, equal points merged, facing outward,
/// with its report.
///
/// `unit` and `frame` are what the user knows; without them the file's statement counts, then a guess that the report
/// explains ([`crate::ImportReport::is_free_of_guesses`]).
pub fn load_surface(
    path: &Path,
    unit: Option<LengthUnit>,
    frame: Option<Frame>,
    control: &RunControl,
) -> Result<JudgedSurface, MeshIoError> {
    let file = read_surface(path, &control.stage("read", 0.0, 0.4))?;
    Ok(judge_surface(&file, &JudgeOptions { unit, frame }, &control.stage("judge", 0.4, 1.0))?)
}

/// Reads and judges a volume mesh; see [`load_surface`].
pub fn load_volume(
    path: &Path,
    unit: Option<LengthUnit>,
    frame: Option<Frame>,
    control: &RunControl,
) -> Result<JudgedVolume, MeshIoError> {
    let file = read_volume(path, &control.stage("read", 0.0, 0.4))?;
    Ok(judge_volume(&file, &JudgeOptions { unit, frame }, &control.stage("judge", 0.4, 1.0))?)
}
