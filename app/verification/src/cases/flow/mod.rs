//! Blood flow: exact solutions, orders, published benchmarks.

pub(super) mod fda_nozzle;
mod nozzle;
