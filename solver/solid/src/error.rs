use crate::mechanism::FreeMotion;
use control::Cancelled;

/// Why a solid model cannot be solved, with the place and what to do.
#[derive(Debug, thiserror::Error)]
pub enum SolidError {
    /// The mesh contradicts itself.
    #[error("the mesh is not usable: {0}")]
    Mesh(#[from] mesh::MeshError),
    /// A name that no region has.
    #[error("there is no region \"{name}\"; the mesh has {known}")]
    UnknownRegion {
        /// The name asked for.
        name: String,
        /// The regions there are.
        known: String,
    },
    /// A region of the wrong sort.
    #[error("{use_} needs {needed}, but {place} holds {found}; pick the region again as {needed}")]
    WrongRegion {
        /// What the region is used for.
        use_: String,
        /// What it must hold.
        needed: &'static str,
        /// The region in words.
        place: String,
        /// What it holds.
        found: &'static str,
    },
    /// A region without members.
    #[error("{place}, used for {use_}, is empty; widen the region or its tolerance")]
    EmptyRegion {
        /// What the region is used for.
        use_: String,
        /// The region in words.
        place: String,
    },
    /// A geometric picker that found nothing, or is no shape.
    #[error("no {what} lies in {shape}; {remedy}")]
    NothingPicked {
        /// Nodes, boundary faces or elements.
        what: &'static str,
        /// The shape in words.
        shape: String,
        /// How far the nearest candidate is, and what to try.
        remedy: String,
    },
    /// An element without material.
    #[error("{count} elements have no material, the first is element {element}; assign a material to their region")]
    NoMaterial {
        /// First such element.
        element: usize,
        /// How many.
        count: usize,
    },
    /// An element with two materials.
    #[error("element {element} has two materials, from {first} and {second}; make the regions disjoint")]
    TwoMaterials {
        /// The element.
        element: usize,
        /// Place of the first assignment.
        first: String,
        /// Place of the second.
        second: String,
    },
    /// A law with history in a linear analysis.
    #[error("the law \"{law}\" has a history and is not linear; linear statics needs an elastic law")]
    NotLinear {
        /// The law.
        law: &'static str,
    },
    /// Elements that are inverted or folded.
    #[error(
        "{count} elements have a Jacobian that is not positive, the first are {elements:?} (element {worst}: {minimum:e} mm³); \
         repair the mesh there (re-mesh, or straighten the mid-edge nodes)"
    )]
    InvertedElements {
        /// The first of them.
        elements: Vec<usize>,
        /// How many.
        count: usize,
        /// The worst.
        worst: usize,
        /// Its smallest Jacobian determinant at a Gauss point.
        minimum: f64,
    },
    /// The constraints leave rigid motions.
    #[error("{}", crate::mechanism::describe(.0))]
    Unconstrained(Vec<FreeMotion>),
    /// Parts joined along an edge or at a node only.
    #[error(
        "component {component} consists of {parts} parts that meet only along edges or at single nodes, near \
         ({x:.4}, {y:.4}, {z:.4}) mm, and can turn against each other; join them by shared faces or fix each part"
    )]
    Hinge {
        /// Component counted from 1.
        component: usize,
        /// Face-connected parts.
        parts: usize,
        /// A joint node.
        x: f64,
        /// A joint node.
        y: f64,
        /// A joint node.
        z: f64,
    },
    /// Contradicting constraints or a mesh that no assembly can hold.
    #[error(transparent)]
    Fem(fem::FemError),
    /// A material parameter out of range.
    #[error(transparent)]
    Constitutive(#[from] constitutive::ConstitutiveError),
    /// A load or constraint with a value that is no number.
    #[error("{use_} on {place} has a value that is not finite; give finite numbers")]
    NotFinite {
        /// The load or constraint.
        use_: String,
        /// The region in words.
        place: String,
    },
    /// A load on a node without elements.
    #[error("{use_} on {place} acts on node {node}, which belongs to no element; pick nodes of the body")]
    LooseNode {
        /// The load.
        use_: String,
        /// The region in words.
        place: String,
        /// The node.
        node: usize,
    },
    /// A point outside the mesh.
    #[error("({x}, {y}, {z}) mm lies in no element of the mesh; move the point into the body")]
    OutsideMesh {
        /// x in mm.
        x: f64,
        /// y in mm.
        y: f64,
        /// z in mm.
        z: f64,
    },
    /// A moment on nodes that cannot carry it.
    #[error(
        "{use_} on {place} has the moment ({x:.4e}, {y:.4e}, {z:.4e}) N mm about the region's centre, which nodes at one \
         point or on one line cannot carry; choose a wider region or move the load's point"
    )]
    MomentOnLine {
        /// The load.
        use_: String,
        /// The region in words.
        place: String,
        /// Moment about the centre.
        x: f64,
        /// Moment about the centre.
        y: f64,
        /// Moment about the centre.
        z: f64,
    },
    /// Faces that are not in one plane.
    #[error("{place} is no plane: its face normals differ by {angle:.3} degrees; give the normal, or pick one plane")]
    NotPlanar {
        /// The region in words.
        place: String,
        /// Largest angle to the mean normal, in degrees.
        angle: f64,
    },
    /// Gravity on a material without density.
    #[error("gravity needs a density, but the material of element {element} has none; state the density")]
    NoDensity {
        /// The first such element.
        element: usize,
    },
    /// A field of moduli that is not positive somewhere.
    #[error(
        "element {element}: the modulus at a quadrature point is {value} MPa; give the field a positive lower limit"
    )]
    NoStiffness {
        /// The element.
        element: usize,
        /// The modulus there.
        value: f64,
    },
    /// A nodal or elemental array of the wrong length.
    #[error("{what} has {found} values where the mesh needs {expected}")]
    WrongLength {
        /// The array.
        what: &'static str,
        /// Values found.
        found: usize,
        /// Values expected.
        expected: usize,
    },
    /// A model without load cases.
    #[error("the model has no load case; add one (an empty one when only prescribed displacements act)")]
    NoLoadCase,
    /// A statistic over nothing.
    #[error("nothing is left of {place} after the exclusions; reduce the excluded distances or widen the region")]
    NothingLeft {
        /// The region in words.
        place: String,
    },
    /// The equation solver failed.
    #[error(transparent)]
    Linalg(linalg::LinalgError),
    /// The user asked to stop.
    #[error(transparent)]
    Cancelled(#[from] Cancelled),
}

impl From<fem::FemError> for SolidError {
    fn from(error: fem::FemError) -> Self {
        match error {
            fem::FemError::Cancelled(cancelled) => Self::Cancelled(cancelled),
            other => Self::Fem(other),
        }
    }
}

impl From<fem::AssemblyError<SolidError>> for SolidError {
    fn from(error: fem::AssemblyError<SolidError>) -> Self {
        match error {
            fem::AssemblyError::Element { source, .. } => source,
            fem::AssemblyError::Cancelled(cancelled) => Self::Cancelled(cancelled),
        }
    }
}
