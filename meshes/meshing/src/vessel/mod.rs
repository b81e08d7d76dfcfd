//! Vessels ready for flow: named planar ends, flow extensions, aneurysm sacs with their measures.

#[cfg(test)]
mod anatomies;
mod cut;
mod ends;
mod extend;
mod lumen;
mod neck;
mod options;
mod parent;
mod sac;
mod split;

pub use cut::{PlaneCut, cut_by_plane};
pub use lumen::{EndKind, Lumen, LumenEnd, LumenReport, prepare_lumen};
pub use options::{Inlet, LumenOptions, SacOptions};
pub use sac::{Sac, SacMeasures, isolate_sac};
