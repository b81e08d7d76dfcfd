//! From a study to solver calls, records, figures and dossiers
