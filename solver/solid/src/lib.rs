//! Solid mechanics: linear statics, loads, recovery, error estimates
