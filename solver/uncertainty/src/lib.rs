//! Grid convergence, sampling, validation metrics
