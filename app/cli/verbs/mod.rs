//! The verbs, one file each. A verb returns what it found as JSON and as text; it prints nothing itself.

pub(crate) mod centreline;
pub(crate) mod cut;
pub(crate) mod dossier;
pub(crate) mod import;
pub(crate) mod measure;
pub(crate) mod mesh;
pub(crate) mod repair;
pub(crate) mod run;
pub(crate) mod segment;
pub(crate) mod tube;
pub(crate) mod verify;
pub(crate) mod vessel;

use crate::arguments::{LengthUnit, PatientFrame, Reading};
use crate::failure::Failure;
use control::RunControl;
use mesh_io::{Basis, FrameDecision, JudgedSurface, UnitDecision};
use quantity::UnitClass;
use serde_json::Value;
use std::path::Path;
use std::process::ExitCode;

/// What a verb found.
pub(crate) struct Answer {
    /// The JSON object of the contract.
    pub(crate) json: Value,
    /// The same for people.
    pub(crate) text: String,
    /// 0, or 4 when a check failed.
    pub(crate) exit_code: ExitCode,
}

impl Answer {
    pub(crate) fn done(json: Value, text: String) -> Self {
        Self { json, text, exit_code: ExitCode::SUCCESS }
    }
}

impl Reading {
    pub(crate) fn length_unit(&self) -> Option<mesh_io::LengthUnit> {
        self.unit.map(|unit| match unit {
            LengthUnit::Um => mesh_io::LengthUnit::Micrometre,
            LengthUnit::Mm => mesh_io::LengthUnit::Millimetre,
            LengthUnit::Cm => mesh_io::LengthUnit::Centimetre,
            LengthUnit::M => mesh_io::LengthUnit::Metre,
            LengthUnit::In => mesh_io::LengthUnit::Inch,
        })
    }

    pub(crate) fn patient_frame(&self) -> Option<mesh_io::Frame> {
        self.frame.map(|frame| match frame {
            PatientFrame::Lps => mesh_io::Frame::Lps,
            PatientFrame::Ras => mesh_io::Frame::Ras,
        })
    }

    /// Refuses a unit or frame that is a guess when `--strict` asks for it.
    pub(crate) fn accept(&self, unit: &UnitDecision, frame: &FrameDecision, file: &Path) -> Result<(), Failure> {
        let is_guess = unit.basis == Basis::Guessed || frame.basis == Basis::Guessed;
        if self.strict && is_guess {
            let (unit, frame, file) = (&unit.reason, &frame.reason, file.display());
            return Err(Failure::input(format!(
                "{file}: unit or frame would be a guess, which --strict forbids (unit: {unit}; frame: {frame}); \
                 state them with --unit and --frame"
            )));
        }
        Ok(())
    }
}

/// A quantity of `class` in internal units from text such as "1.5mm"; `option` names it in the refusal.
pub(crate) fn quantity_of(text: &str, class: UnitClass, option: &str) -> Result<f64, Failure> {
    class.parse(text).map_err(|error| Failure::input(format!("{option}: {error}")))
}

/// Three numbers such as "-12.5,30,610" (mm, LPS); `option` names them in the refusal.
pub(crate) fn point_of(text: &str, option: &str) -> Result<[f64; 3], Failure> {
    let numbers: Option<Vec<f64>> =
        text.split(',').map(|word| word.trim().parse().ok().filter(|x: &f64| x.is_finite())).collect();
    let wrong =
        || Failure::input(format!("{option} \"{text}\": write three numbers, for example -12.5,30,610 (mm, LPS)"));
    numbers.and_then(|numbers| numbers.try_into().ok()).ok_or_else(wrong)
}

/// Reads and judges a surface as the options say.
pub(crate) fn surface_of(file: &Path, reading: &Reading, control: &RunControl) -> Result<JudgedSurface, Failure> {
    let judged = mesh_io::load_surface(file, reading.length_unit(), reading.patient_frame(), control)?;
    reading.accept(&judged.report.unit_decision, &judged.report.frame_decision, file)?;
    Ok(judged)
}

/// Refuses an output file whose folder is missing or is a file, before any work is done.
pub(crate) fn check_output_file(path: &Path) -> Result<(), Failure> {
    let folder = match path.parent() {
        Some(parent) if !parent.as_os_str().is_empty() => parent,
        _ => Path::new("."),
    };
    let remedy = "choose an output path in an existing folder";
    if folder.is_file() {
        return Err(Failure::input(format!("{} is a file, not a folder; {remedy}", folder.display())));
    }
    if !folder.is_dir() {
        return Err(Failure::input(format!("the folder {} does not exist; create it or {remedy}", folder.display())));
    }
    if path.is_dir() {
        return Err(Failure::input(format!("{} is a folder; add a file name such as out.vtu", path.display())));
    }
    Ok(())
}
