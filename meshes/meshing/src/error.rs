use control::Cancelled;
use mesh::{ElementKind, MeshError};

/// Why no mesh was made, and what to do about it.
#[derive(Debug, Clone, PartialEq, thiserror::Error)]
pub enum MeshingError {
    /// The caller asked to stop.
    #[error(transparent)]
    Cancelled(#[from] Cancelled),
    /// The input surface is malformed.
    #[error(transparent)]
    Mesh(#[from] MeshError),
    /// A mapped block of a kind that is no solid, or a subdivision without cells.
    #[error(
        "a block of {kind} elements with {counts:?} cells cannot be made; use a solid kind and at least one cell a direction"
    )]
    UnsupportedBlock {
        /// The kind asked for.
        kind: ElementKind,
        /// Cells in each direction.
        counts: [usize; 3],
    },
    /// A map that turns an element inside out.
    #[error(
        "element {element} of the mapped block has the volume {volume_mm3:.3e} mm³; the map must keep right-handed axes right-handed"
    )]
    InvertedElement {
        /// Element counted from 0.
        element: usize,
        /// Volume of the element's corner tetrahedra in mm³.
        volume_mm3: f64,
    },
}
