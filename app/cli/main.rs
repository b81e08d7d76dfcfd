//! The headless verbs.

fn main() {}
