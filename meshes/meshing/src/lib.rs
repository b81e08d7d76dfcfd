//! Tetrahedral meshing by isosurface stuffing, mapped blocks
