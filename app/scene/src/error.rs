/// Why a picture cannot be composed.
#[derive(Debug, Clone, PartialEq, thiserror::Error)]
pub enum SceneError {
    /// A field does not belong to the mesh.
    #[error(
        "field \"{field}\" has {found} values but the mesh has {expected} {location}; \
         take the field that was written with this mesh"
    )]
    FieldLength {
        /// Name of the field.
        field: String,
        /// Tuples in the field.
        found: usize,
        /// Nodes or elements of the mesh.
        expected: usize,
        /// "nodes" or "elements".
        location: &'static str,
    },
    /// The chosen quantity needs another number of components.
    #[error("field \"{field}\" has {found} components, but {quantity} needs {needed}; choose another quantity")]
    Components {
        /// Name of the field.
        field: String,
        /// What was to be shown.
        quantity: String,
        /// Components in the field.
        found: usize,
        /// Components needed.
        needed: usize,
    },
    /// There is nothing to draw.
    #[error("the mesh has no solid element: there is no surface to draw")]
    Empty,
    /// Layer data that do not fit together.
    #[error("layer \"{layer}\": {problem}; build the layer again from one mesh")]
    Layer {
        /// Name of the layer.
        layer: String,
        /// What does not fit.
        problem: String,
    },
    /// The cutting plane has no direction.
    #[error("the normal of the cutting plane has no length; give a direction such as (1, 0, 0)")]
    PlaneNormal,
    /// There are no streamlines.
    #[error(transparent)]
    Sampling(#[from] sampling::SamplingError),
    /// The mesh itself is wrong.
    #[error(transparent)]
    Mesh(#[from] mesh::MeshError),
}
