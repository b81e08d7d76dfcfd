//! The choice between the direct and the iterative method, by predicted time and memory.
//!
//! The rates are processor-time rates measured on a busy server processor with AVX-512; those of parallel work are
//! multiplied by an assumed speed-up of 1.7 on two cores. Only their ratio decides; as seconds they are a rough guide.

use crate::iterative::{Prepared, least_memory, obstacle};
use crate::solve::{Method, MethodUsed, SolverOptions};
use crate::{DirectAnalysis, LinalgError, SpdProblem};
use control::RunControl;

/// Floating-point operations a second of the factorisation.
const FACTORISE: f64 = 5.5e10;
/// Factor entries a second in a substitution, forward and backward.
const SUBSTITUTE: f64 = 4.5e8;
/// Matrix entries a second in an analysis.
const ANALYSE: f64 = 1.4e7;
/// Matrix entries a second in the set-up of the iterative method, with a prolongation given.
const PREPARE: f64 = 4.0e7;
/// The same when the coarse space is aggregated.
const AGGREGATE: f64 = 1.0e7;
/// Matrix entries a second in one iteration (five products with the matrix, four of them in single precision).
const ITERATE: f64 = 3.4e8;
/// Iterations expected of the conjugate gradients; 14 to 26 measured on cubes and plates, 39 on a sheet one element thick.
const ITERATIONS: f64 = 20.0;
/// The iterative method must promise to be this many times faster, because its iteration count is an expectation and the
/// cost of the direct method is known.
const ADVANTAGE: f64 = 1.5;
/// Below this size the direct method needs a fraction of a second in any case.
const SMALL: usize = 10_000;

/// What will be done.
pub(crate) enum Plan<'a> {
    Direct(DirectAnalysis),
    Iterative(Box<Prepared<'a>>),
}

impl Plan<'_> {
    pub(crate) fn method(&self) -> MethodUsed {
        match self {
            Self::Direct(_) => MethodUsed::Direct,
            Self::Iterative(_) => MethodUsed::Iterative,
        }
    }

    pub(crate) fn analysis(&self) -> &DirectAnalysis {
        match self {
            Self::Direct(analysis) => analysis,
            Self::Iterative(prepared) => &prepared.analysis,
        }
    }

    /// Bytes needed beside the problem.
    pub(crate) fn memory(&self) -> u64 {
        match self {
            Self::Direct(analysis) => analysis.predicted_memory(),
            Self::Iterative(prepared) => prepared.memory(),
        }
    }

    /// The plan, unless it needs more than `limit`.
    fn within(self, limit: Option<u64>) -> Result<Self, LinalgError> {
        let (needed, method) = match &self {
            Self::Direct(analysis) => (analysis.predicted_memory(), "direct method"),
            Self::Iterative(prepared) => (prepared.memory(), "iterative method"),
        };
        match limit {
            Some(limit) if needed > limit => Err(LinalgError::Memory { method, needed, limit }),
            _ => Ok(self),
        }
    }
}

/// A plan and why it was chosen.
pub(crate) struct Choice<'a> {
    pub(crate) plan: Plan<'a>,
    pub(crate) reason: String,
    pub(crate) direct_seconds: Option<f64>,
    pub(crate) iterative_seconds: Option<f64>,
}

/// Chooses the method for `count` right-hand sides.
///
/// # Errors
/// [`LinalgError::Memory`] when no method fits; else those of the analyses.
pub(crate) fn choose<'a>(
    problem: &SpdProblem<'a>,
    count: usize,
    options: &SolverOptions,
    control: &RunControl,
) -> Result<Choice<'a>, LinalgError> {
    let limit = options.memory_limit;
    let analyse = || DirectAnalysis::new(problem.matrix.pattern(), problem.dof_to_node, control);
    let forced = |plan: Plan<'a>, reason: &str| -> Result<Choice<'a>, LinalgError> {
        let reason = reason.to_owned();
        Ok(Choice { plan: plan.within(limit)?, reason, direct_seconds: None, iterative_seconds: None })
    };
    match options.method {
        Method::Direct => return forced(Plan::Direct(analyse()?), "the direct method was asked for"),
        Method::Iterative => {
            return forced(prepare(problem, limit, control)?, "the iterative method was asked for");
        }
        Method::Automatic => {}
    }
    if let Some(missing) = obstacle(problem) {
        let reason = format!("direct: the iterative method needs {missing}");
        return forced(Plan::Direct(analyse()?), &reason);
    }
    if problem.matrix.rows() < SMALL {
        let plan = Plan::Direct(analyse()?);
        if limit.is_none_or(|limit| plan.memory() <= limit) {
            return forced(plan, &format!("direct: fewer than {SMALL} dofs"));
        }
    }
    compare(problem, count, limit, control, analyse)
}

/// Prepares the iterative method if what it needs at least fits the limit.
fn prepare<'a>(problem: &SpdProblem<'a>, limit: Option<u64>, control: &RunControl) -> Result<Plan<'a>, LinalgError> {
    let needed = least_memory(problem.matrix);
    match limit {
        Some(limit) if needed > limit => Err(LinalgError::Memory { method: "iterative method", needed, limit }),
        _ => Ok(Plan::Iterative(Box::new(Prepared::new(problem, control)?))),
    }
}

fn compare<'a>(
    problem: &SpdProblem<'a>,
    count: usize,
    limit: Option<u64>,
    control: &RunControl,
    analyse: impl Fn() -> Result<DirectAnalysis, LinalgError>,
) -> Result<Choice<'a>, LinalgError> {
    let entries = problem.matrix.pattern().entries() as f64;
    let iterative = prepare(problem, limit, control)?;
    let coarse = iterative.analysis();
    let rate = if problem.prolongation.is_some() { PREPARE } else { AGGREGATE };
    let iterative_seconds = entries / rate + iteration_seconds(entries, count, coarse);
    let growth = problem.matrix.rows() as f64 / coarse.size().max(1) as f64;
    // A shell-like body is the best case of the direct method: its fill grows like n log n, its work like n^1.5.
    let at_best = coarse.flops() * growth.powf(1.5) / FACTORISE + entries / ANALYSE;
    if at_best > ADVANTAGE * iterative_seconds && limit.is_none_or(|limit| iterative.memory() <= limit) {
        let reason =
            format!("iterative: {iterative_seconds:.1} s predicted, the direct method needs at least {at_best:.1} s");
        let direct_seconds = Some(at_best);
        return Ok(Choice { plan: iterative, reason, direct_seconds, iterative_seconds: Some(iterative_seconds) });
    }
    let direct = analyse()?;
    let direct_seconds = entries / ANALYSE
        + direct.flops() / FACTORISE
        + 2.0 * count as f64 * direct.factor_entries() as f64 / SUBSTITUTE;
    let (direct_memory, iterative_memory) = (direct.predicted_memory(), iterative.memory());
    let numbers = format!(
        "direct {direct_seconds:.1} s and {} MiB, iterative {iterative_seconds:.1} s and {} MiB predicted",
        direct_memory >> 20,
        iterative_memory >> 20
    );
    let fits = |memory: u64| limit.is_none_or(|limit| memory <= limit);
    let by_time = direct_seconds <= ADVANTAGE * iterative_seconds;
    let (take_direct, why) = match (fits(direct_memory), fits(iterative_memory)) {
        (true, true) => (by_time, "by time"),
        (false, false) => (direct_memory < iterative_memory, "by memory"),
        (direct_fits, _) => (direct_fits, "by the memory limit"),
    };
    let (plan, name) = if take_direct { (Plan::Direct(direct), "direct") } else { (iterative, "iterative") };
    let reason = format!("{name} {why}: {numbers}");
    Ok(Choice {
        plan: plan.within(limit)?,
        reason,
        direct_seconds: Some(direct_seconds),
        iterative_seconds: Some(iterative_seconds),
    })
}

/// Seconds of the coarse factorisation and of all iterations.
fn iteration_seconds(entries: f64, count: usize, coarse: &DirectAnalysis) -> f64 {
    let iteration = entries / ITERATE + coarse.factor_entries() as f64 / SUBSTITUTE;
    coarse.flops() / FACTORISE + count as f64 * ITERATIONS * iteration
}
