//! The moments of a flow: what is kept of them in memory, and the range of every scalar over all of them.

use crate::fields::Fields;
use crate::model::choices;
use std::collections::BTreeMap;
use std::sync::Arc;

/// Bytes of values that are kept, so that a cycle can be played without reading its files again.
const ROOM: usize = 1 << 30;

/// The moments of a flow.
#[derive(Debug, Default)]
pub struct Cycle {
    /// Fields by the number of their file.
    kept: BTreeMap<usize, Arc<Fields>>,
    size: usize,
    ranges: BTreeMap<String, [f64; 2]>,
}

impl Cycle {
    /// Adds the fields of a file. They are kept while there is room.
    pub(crate) fn add(&mut self, file: usize, fields: &Arc<Fields>) {
        for (choice, title) in choices(&fields.list) {
            let values = fields.list.get(choice.field).and_then(|field| choice.quantity.values(field).ok());
            let finite = values.unwrap_or_default().into_iter().filter(|value| value.is_finite());
            let range = self.ranges.entry(title).or_insert([f64::INFINITY, f64::NEG_INFINITY]);
            *range = finite.fold(*range, |[low, high], value| [low.min(value), high.max(value)]);
        }
        self.size += fields.size();
        if self.size <= ROOM {
            self.kept.insert(file, Arc::clone(fields));
        }
    }

    /// The fields of a file, where they are kept.
    pub fn fields(&self, file: usize) -> Option<&Arc<Fields>> {
        self.kept.get(&file)
    }

    /// Smallest and largest value over the cycle of the scalar with this title.
    pub fn range(&self, title: &str) -> Option<[f64; 2]> {
        self.ranges.get(title).copied().filter(|[low, high]| low <= high)
    }
}
