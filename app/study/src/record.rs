//! The results record: everything a run computed and what it computed it from.
//!
//! `record.json` is a function of the study, its input files and the program alone: it holds no clock, host name, thread
//! count or absolute path, so a repeated run writes the same bytes. Times, host, threads and memory are in `run.json`
//! ([`RunLog`]).

mod parts;
mod run_log;

pub use parts::{
    CodeCheck, Comparison, Convergence, Figure, Finding, FlowRecord, InputFile, Location, MeshQuality, MeshRecord,
    OutputFile, Program, Quantity, Severity, SolveRecord, Status, StudyReference, Uncertainty,
};
pub use run_log::{RunLog, StageTime};

use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

/// Version of the record's layout; raised when a key changes its meaning or disappears.
pub const SCHEMA_VERSION: u32 = 1;

/// Everything a run computed. Lists keep the order in which the study asks for things.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Record {
    /// [`SCHEMA_VERSION`] of the program that wrote the record.
    pub schema_version: u32,
    /// The program that computed.
    pub program: Program,
    /// The study that was run.
    pub study: StudyReference,
    /// How the run ended. Only [`Status::Finished`] records hold every result the study asks for.
    pub status: Status,
    /// Seed of every random number of the run.
    pub seed: u64,
    /// Files read, in the order of the study.
    pub inputs: Vec<InputFile>,
    /// Meshes, finest first.
    pub meshes: Vec<MeshRecord>,
    /// Solves, in the order of meshes, then load cases.
    pub solves: Vec<SolveRecord>,
    /// Flows, in the order of meshes, then step lengths.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub flows: Vec<FlowRecord>,
    /// The quantities of interest, in the order of the study.
    pub quantities: Vec<Quantity>,
    /// Code-verification checks run by this program for the dossier; empty when they were not run.
    pub checks: Vec<CodeCheck>,
    /// What the reader must know: repairs, assumptions, warnings.
    pub findings: Vec<Finding>,
    /// Figures written.
    pub figures: Vec<Figure>,
    /// Other files written.
    pub files: Vec<OutputFile>,
}

/// Why a record could not be read or written.
#[derive(Debug, thiserror::Error)]
pub enum RecordError {
    /// The text is no record.
    #[error(
        "the record cannot be read (line {line}, column {column}): {message}; run the study again to get a new one"
    )]
    Syntax {
        /// Line counted from 1.
        line: usize,
        /// Column counted from 1.
        column: usize,
        /// The parser's words.
        message: String,
    },
    /// A record of a later program.
    #[error("the record has schema version {found}, this program reads up to {supported}; use a newer program")]
    Newer {
        /// The record's version.
        found: u32,
        /// [`SCHEMA_VERSION`].
        supported: u32,
    },
    /// A number that is not finite, which JSON cannot hold.
    #[error("{place} is {value}, which is no result; the run must report a failure instead")]
    NotFinite {
        /// Which number.
        place: String,
        /// The value, "NaN" or "inf".
        value: f64,
    },
}

impl Record {
    /// An empty record of a run that has only begun.
    pub fn begun(program: Program, study: StudyReference, seed: u64) -> Self {
        Self {
            schema_version: SCHEMA_VERSION,
            program,
            study,
            status: Status::Cancelled,
            seed,
            inputs: Vec::new(),
            meshes: Vec::new(),
            solves: Vec::new(),
            flows: Vec::new(),
            quantities: Vec::new(),
            checks: Vec::new(),
            findings: Vec::new(),
            figures: Vec::new(),
            files: Vec::new(),
        }
    }

    /// The bytes of `record.json`: indented JSON with a final line feed, the same for equal records.
    ///
    /// # Errors
    /// When a number is not finite.
    pub fn to_json(&self) -> Result<String, RecordError> {
        self.check_finite()?;
        Ok(to_json(self))
    }

    /// Reads `record.json`.
    pub fn from_json(text: &str) -> Result<Self, RecordError> {
        let syntax = |error: serde_json::Error| RecordError::Syntax {
            line: error.line(),
            column: error.column(),
            message: error.to_string(),
        };
        let version: Version = serde_json::from_str(text).map_err(syntax)?;
        if version.schema_version > SCHEMA_VERSION {
            return Err(RecordError::Newer { found: version.schema_version, supported: SCHEMA_VERSION });
        }
        serde_json::from_str(text).map_err(syntax)
    }

    /// The quantity of that name.
    pub fn quantity(&self, name: &str) -> Option<&Quantity> {
        self.quantities.iter().find(|quantity| quantity.name == name)
    }

    fn check_finite(&self) -> Result<(), RecordError> {
        let finite = |place: String, value: f64| {
            if value.is_finite() { Ok(()) } else { Err(RecordError::NotFinite { place, value }) }
        };
        for quantity in &self.quantities {
            finite(format!("quantity \"{}\"", quantity.name), quantity.value)?;
        }
        for solve in &self.solves {
            let place = |what: &str| format!("{what} of load case \"{}\" on mesh \"{}\"", solve.load_case, solve.mesh);
            finite(place("the residual"), solve.residual)?;
            finite(place("the energy"), solve.energy_mj)?;
            finite(place("the equilibrium residual"), solve.equilibrium_residual)?;
        }
        for flow in &self.flows {
            let place = |what: &str| format!("{what} of the flow on mesh \"{}\"", flow.mesh);
            finite(place("the Courant number"), flow.courant)?;
            finite(place("the imbalance"), flow.imbalance)?;
            finite(place("the gap of the wall shear stress"), flow.wall_shear_gap)?;
        }
        self.checks.iter().try_for_each(|check| finite(format!("check \"{}\"", check.id), check.value))
    }
}

#[derive(Deserialize)]
struct Version {
    schema_version: u32,
}

/// Lower-case hexadecimal SHA-256 of `bytes`.
pub fn sha256(bytes: &[u8]) -> String {
    Sha256::digest(bytes).iter().map(|byte| format!("{byte:02x}")).collect()
}

/// Indented JSON with a final line feed. A type whose maps have string keys cannot fail to serialise, and the types here
/// hold no maps; should that change, the error text is written where a reader finds it.
fn to_json<T: Serialize>(value: &T) -> String {
    let mut text = serde_json::to_string_pretty(value).unwrap_or_else(|error| format!("{{\"error\": \"{error}\"}}"));
    text.push('\n');
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    fn example() -> Record {
        let program = Program { name: "vesalius".into(), version: "0.1.0".into() };
        let study = StudyReference { title: "Stance".into(), sha256: sha256(b"study") };
        let mut record = Record::begun(program, study, 0);
        record.status = Status::Finished;
        record.quantities.push(Quantity {
            name: "head_displacement".into(),
            label: "displacement of the femoral head".into(),
            symbol: "u".into(),
            value: 1.25,
            unit: "mm".into(),
            load_case: "stance".into(),
            location: Location { name: "head".into(), point_mm: Some([0.1, 0.2, 0.3]) },
            uncertainty: Uncertainty::None { reason: "one mesh".into(), range: None },
            grid: None,
            reference: None,
            remarks: vec!["solid bone".into()],
        });
        record
    }

    #[test]
    fn a_record_survives_the_round_trip_and_repeats_its_bytes() {
        let text = example().to_json().unwrap();
        let back = Record::from_json(&text).unwrap();
        assert_eq!(back, example());
        assert_eq!(back.to_json().unwrap(), text);
    }

    #[test]
    fn every_number_reads_back_exactly() {
        let mut record = example();
        let mut state = 1_u64;
        for _ in 0..1000 {
            state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
            record.quantities[0].value = (state >> 11) as f64 * 1e-7;
            let back = Record::from_json(&record.to_json().unwrap()).unwrap();
            assert_eq!(back.quantities[0].value.to_bits(), record.quantities[0].value.to_bits());
        }
    }

    #[test]
    fn a_result_that_is_no_number_is_refused() {
        let mut record = example();
        record.quantities[0].value = f64::NAN;
        let message = record.to_json().unwrap_err().to_string();
        assert!(message.contains("head_displacement"), "{message}");
    }

    #[test]
    fn records_of_later_programs_and_broken_files_are_told_apart() {
        let text = example().to_json().unwrap();
        let newer = text.replacen("\"schema_version\": 1", "\"schema_version\": 99", 1);
        assert!(matches!(Record::from_json(&newer), Err(RecordError::Newer { found: 99, .. })));
        assert!(matches!(Record::from_json(&text[..60]), Err(RecordError::Syntax { .. })));
    }

    #[test]
    fn sha256_of_abc_is_the_published_one() {
        assert_eq!(sha256(b"abc"), "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
    }
}
