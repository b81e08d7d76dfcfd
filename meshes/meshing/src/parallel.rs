use control::{Cancelled, RunControl};
use rayon::prelude::*;

/// Items between two looks at the cancel flag: well under 100 ms for the dearest query here.
const BATCH: usize = 8192;

/// `f` of every item, in order, on all threads; stops between batches when cancelled.
pub(crate) fn parallel_map<T: Sync, R: Send>(
    items: &[T],
    control: &RunControl,
    f: impl Fn(&T) -> R + Sync,
) -> Result<Vec<R>, Cancelled> {
    let mut results = Vec::with_capacity(items.len());
    for batch in items.chunks(BATCH) {
        control.check()?;
        results.par_extend(batch.par_iter().with_min_len(64).map(&f));
    }
    Ok(results)
}
