use crate::check::{Check, Outcome};
use control::{Cancelled, RunControl};
use serde::Serialize;
use std::time::Instant;

/// When a case runs.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Shelf {
    /// Always; all quick cases together take at most a minute on two cores.
    Quick,
    /// Only when the whole suite is asked for.
    Full,
}

/// A verification case.
#[derive(Clone, Copy)]
pub struct Case {
    /// "area/name", unique.
    pub id: &'static str,
    /// What it shows, in one sentence.
    pub title: &'static str,
    /// When it runs.
    pub shelf: Shelf,
    /// Computes the values.
    pub solve: fn(&RunControl) -> Result<Vec<Outcome>, CaseError>,
}

impl Case {
    /// The part of the id before the first slash.
    pub fn area(&self) -> &'static str {
        self.id.split('/').next().unwrap_or(self.id)
    }
}

/// Why a case could not be solved; such a case counts as failed.
#[derive(Debug, thiserror::Error)]
pub enum CaseError {
    /// The user stopped the suite.
    #[error(transparent)]
    Cancelled(#[from] Cancelled),
    /// The case's mesh could not be made.
    #[error("the mesh of the case: {0}")]
    Mesh(#[from] meshing::MeshingError),
    /// The solver refused or failed.
    #[error("the solver: {0}")]
    Solid(#[from] solid::SolidError),
    /// The flow solver refused or failed.
    #[error("the flow solver: {0}")]
    Flow(flow::FlowError),
    /// A place where the case reads its value is not in the mesh.
    #[error("no node at ({x}, {y}, {z}) mm, where the case reads its value")]
    NoNode {
        /// x in mm.
        x: f64,
        /// y in mm.
        y: f64,
        /// z in mm.
        z: f64,
    },
    /// The published data of the case cannot be read, or the case does not reach what they are of.
    #[error("against the reference: {0}")]
    Reference(String),
}

impl From<flow::FlowError> for CaseError {
    fn from(error: flow::FlowError) -> Self {
        match error {
            flow::FlowError::Cancelled(cancelled) => Self::Cancelled(cancelled),
            error => Self::Flow(error),
        }
    }
}

/// All checks of a run of the suite.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct SuiteReport {
    /// Every check, in the order of the suite.
    pub checks: Vec<Check>,
    /// How many hold.
    pub passed: usize,
    /// How many do not.
    pub failed: usize,
}

/// Every case of the suite, in order.
pub fn cases() -> &'static [Case] {
    crate::cases::ALL
}

/// Solves every case on the shelf whose id contains `pattern`; each finished case is handed to `done` at once, so that a
/// caller may print or store it. `known` gives the checks of cases that an earlier, interrupted run has finished.
///
/// # Errors
/// Only cancellation; a case that cannot be solved is a failed check that says why.
pub fn run(
    pattern: &str,
    shelf: Shelf,
    control: &RunControl,
    known: &dyn Fn(&Case) -> Option<Vec<Check>>,
    done: &mut dyn FnMut(&Case, &[Check]),
) -> Result<SuiteReport, Cancelled> {
    let chosen: Vec<&Case> = cases()
        .iter()
        .filter(|case| case.id.contains(pattern) && (shelf == Shelf::Full || case.shelf == Shelf::Quick))
        .collect();
    let mut checks = Vec::new();
    for (index, case) in chosen.iter().enumerate() {
        control.check()?;
        let (from, to) = (index as f64 / chosen.len() as f64, (index + 1) as f64 / chosen.len() as f64);
        let finished = match known(case) {
            Some(earlier) => earlier,
            None => judge(case, &control.stage(case.id, from, to))?,
        };
        done(case, &finished);
        checks.extend(finished);
    }
    let passed = checks.iter().filter(|check| check.passed).count();
    Ok(SuiteReport { failed: checks.len() - passed, passed, checks })
}

fn judge(case: &Case, control: &RunControl) -> Result<Vec<Check>, Cancelled> {
    let start = Instant::now();
    let outcomes = match (case.solve)(control) {
        Ok(outcomes) => outcomes,
        Err(CaseError::Cancelled(cancelled)) => return Err(cancelled),
        Err(error) => return control.check().map(|()| vec![unsolved(case, &error, start.elapsed().as_secs_f64())]),
    };
    let mut seconds = start.elapsed().as_secs_f64();
    let judged = outcomes.into_iter().map(|outcome| Check {
        id: format!("{}/{}", case.id, outcome.name),
        area: case.area().to_owned(),
        value: outcome.value,
        reference: outcome.reference,
        unit: outcome.unit.to_owned(),
        tolerance: outcome.bound.describe(outcome.unit),
        passed: outcome.bound.holds(outcome.value, outcome.reference),
        source: outcome.source.to_owned(),
        seconds: std::mem::take(&mut seconds),
    });
    Ok(judged.collect())
}

/// A case without values: JSON holds no NaN, so value and reference are 0 and the source says what happened.
fn unsolved(case: &Case, error: &CaseError, seconds: f64) -> Check {
    Check {
        id: format!("{}/solved", case.id),
        area: case.area().to_owned(),
        value: 0.0,
        reference: 1.0,
        unit: "1".to_owned(),
        tolerance: "must be solved".to_owned(),
        passed: false,
        source: error.to_string(),
        seconds,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::BTreeSet;

    #[test]
    fn ids_are_unique_and_name_their_area() {
        let ids: BTreeSet<_> = cases().iter().map(|case| case.id).collect();
        assert_eq!(ids.len(), cases().len());
        assert!(cases().iter().all(|case| case.id.contains('/')));
    }

    #[test]
    fn a_case_that_cannot_be_solved_fails_and_says_why() {
        let case = Case {
            id: "solid/lost",
            title: "reads a value where there is no node",
            shelf: Shelf::Quick,
            solve: |_| Err(CaseError::NoNode { x: 1.0, y: 2.0, z: 3.0 }),
        };
        let checks = judge(&case, &RunControl::silent()).unwrap();
        assert!(!checks[0].passed && checks[0].source.contains("(1, 2, 3)"), "{checks:?}");
    }
}
