//! Readers and writers of mesh files and the import report
