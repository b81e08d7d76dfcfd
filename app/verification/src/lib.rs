//! The verification shelf that ships with the program: cases with exact or published answers, solved on the reader's
//! machine. A [`Case`] yields one or more [`Check`]s; a check that misses its tolerance fails, and says by how much.
//!
//! Reference values live in the case that uses them, beside their source.

mod cases;
mod check;
mod piv;
mod suite;

pub use check::{Bound, Check, Outcome};
pub use suite::{Case, CaseError, Shelf, SuiteReport, cases, run};
