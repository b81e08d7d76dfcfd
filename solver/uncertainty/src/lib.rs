//! Numerical and input uncertainty: grid convergence.
//!
//! [`richardson`] evaluates the formulas of Celik et al. (2008) on three grids; [`GridStudy::judge`] decides whether the
//! three values deserve an error bar at all and says why when they do not.

mod grid_study;
mod richardson;

pub use grid_study::{GridLevel, GridStudy, GridStudyError, GridVerdict, NotConverged};
pub use richardson::{Richardson, SAFETY_FACTOR, TWO_GRID_SAFETY_FACTOR, richardson, two_grids};
