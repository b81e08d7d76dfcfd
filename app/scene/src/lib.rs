//! Renderer-neutral pictures: surfaces, scalar fields, legends, cameras, plots
