//! The shipped verification cases and their reference values
