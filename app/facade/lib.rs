//! Vesalius: in-silico testing of medical devices. The façade that programs depend on; each module is one crate of the
//! workspace. ARCHITECTURE.md says what lives where.

pub use {
    constitutive, control, credibility, fem, geometry, imaging, linalg, mesh, mesh_io, meshing, quantity, report,
    runner, sampling, scene, solid, study, uncertainty, verification,
};
