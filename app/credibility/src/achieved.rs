//! Levels that a record shows by itself. People may claim more elsewhere; the program claims only what is here.

use study::record::{CodeCheck, Convergence, Record, Status};

/// What the record says about one leaf.
pub(crate) enum Shown {
    /// A level and what it rests on.
    Level(&'static str, String),
    /// No level, and why.
    Nothing(String),
}

/// What `record` shows about the leaf of `clause`.
pub(crate) fn shown(clause: &str, record: &Record) -> Shown {
    if record.status != Status::Finished {
        return Shown::Nothing("The run did not finish.".to_owned());
    }
    match clause {
        "5.1.1.2" => code_verification(record),
        "5.1.2.1" => discretisation(record),
        _ => Shown::Nothing("Nothing in the record of this run grades this factor.".to_owned()),
    }
}

/// Whether a check asks anything of its value; a value that is only reported verifies nothing.
pub(crate) fn has_bound(check: &CodeCheck) -> bool {
    check.tolerance != "reported"
}

/// Whether a check is about this kind of element: the name is a whole word of the id, as in "solid/patch/tet10".
fn is_about(check: &CodeCheck, element: &str) -> bool {
    check.id.split(|c: char| !c.is_ascii_alphanumeric()).any(|word| word == element)
}

/// Whether a check compares an observed order of convergence with theory.
fn is_order(check: &CodeCheck) -> bool {
    let named = |word: &str| word == "order" || word == "rate";
    check.tolerance.starts_with("at least") && check.id.split(|c: char| !c.is_ascii_alphanumeric()).any(named)
}

/// Level d when for every element kind of the run an order check holds, c when for every kind an error against an exact
/// or published value holds; nothing when any check fails or an element kind was not verified.
fn code_verification(record: &Record) -> Shown {
    let judged: Vec<&CodeCheck> = record.checks.iter().filter(|check| has_bound(check)).collect();
    if judged.is_empty() {
        return Shown::Nothing("The verification suite was not run for this dossier.".to_owned());
    }
    let failed = judged.iter().filter(|check| !check.passed).count();
    if failed > 0 {
        return Shown::Nothing(format!("{failed} of {} checks failed; no level is claimed.", judged.len()));
    }
    let mut elements: Vec<&str> = record.meshes.iter().map(|mesh| mesh.element.as_str()).collect();
    elements.sort_unstable();
    elements.dedup();
    let every = |wanted: &dyn Fn(&CodeCheck) -> bool| {
        !elements.is_empty()
            && elements.iter().all(|element| judged.iter().any(|check| is_about(check, element) && wanted(check)))
    };
    let names = elements.join(", ");
    if every(&is_order) {
        let text = format!("Observed orders of convergence of {names} hold; all {} checks hold.", judged.len());
        Shown::Level("d", text)
    } else if every(&|_| true) {
        let text = format!("Errors of {names} against exact or published values hold; no observed order was checked.");
        Shown::Level("c", text)
    } else {
        Shown::Nothing(format!("The checks do not cover every kind of element of this run ({names})."))
    }
}

/// Level c when the grid study of every reported quantity converged.
fn discretisation(record: &Record) -> Shown {
    let count = |state| record.quantities.iter().filter(|quantity| quantity.convergence() == state).count();
    let total = record.quantities.len();
    let converged = count(Convergence::Converged);
    if total > 0 && converged == total {
        return Shown::Level(
            "c",
            format!("The grid study of all {total} reported quantities gives an error estimate."),
        );
    }
    let studied = converged + count(Convergence::NotConverged);
    Shown::Nothing(match (total, studied) {
        (0, _) => "The run reports no quantity.".to_owned(),
        (_, 0) => "No grid study was made.".to_owned(),
        _ => format!("The grid study gives an error estimate for {converged} of {total} reported quantities only."),
    })
}
