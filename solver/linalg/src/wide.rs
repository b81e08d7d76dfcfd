/// Runs `work` compiled for the widest vectors of the processor at hand. For loops over arrays that the compiler turns into vector
/// instructions; what `work` calls has to be inlined into it. The same operations in the same order, so the same bits on every
/// processor.
#[inline]
pub fn widely<R>(work: impl FnOnce() -> R) -> R {
    pulp::Arch::new().dispatch(work)
}
