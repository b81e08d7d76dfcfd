//! Nine steps, evidence, factor ladders; reads records only
