//! The study document and the results record
