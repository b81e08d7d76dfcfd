//! Tetrahedral meshing by isosurface stuffing, layers along walls, quadratic tetrahedra, mapped blocks for benchmarks; repair
//! and remeshing of surfaces.
//!
//! Lengths are millimetres. Results depend on the input alone, never on the thread count.

mod blocks;
pub mod centreline;
pub mod domain;
mod error;
mod features;
pub mod landmarks;
mod layers;
mod optimise;
mod osteotomy;
mod overlay;
mod parallel;
mod parts;
mod planar;
mod quadratic;
mod remesh;
mod repair;
mod stuffing;
mod surface;
pub mod sweep;
mod tets;
pub mod vessel;

pub use blocks::{Distortion, distorted_block, mapped_block, merge_blocks, patch_cube};
pub use error::MeshingError;
pub use features::{SurfaceEnd, surface_ends};
pub use layers::{LayerOptions, LayerReport, LayeredMesh, LayeredReport, mesh_lumen};
pub use osteotomy::{Osteotomy, OsteotomyReport, PieceReport, SawPlane, osteotomy};
pub use overlay::{Body, Overlay, mesh_bodies, overlay};
pub use parts::{FalseContact, PartReport, PartsMesh, PartsReport, mesh_parts};
pub use quadratic::to_quadratic;
pub use remesh::{
    DecimateOptions, DecimateReport, Decimated, RemeshOptions, RemeshReport, Remeshed, Sizing, SmoothOptions,
    SmoothReport, Smoothed, SurfaceDistance, decimate, remesh_isotropic, smooth,
};
pub use repair::{Defects, Repair, RepairOptions, RepairReport, Repaired, Resurface, repair};
pub use surface::{
    CapReport, CurveReport, CurvedEdges, DomainMesh, DomainReport, ElementsAcross, Finding, Grading, Losses, LostPlace,
    MeshOptions, MeshReport, MeshResult, Refinement, RimReport, Severity, SharpEdge, SizeAttempt, StageCounts,
    Topology, mesh_domain, mesh_surface,
};
