use crate::FlowSpace;
use control::Cancelled;
use fem::FemError;
use linalg::LinalgError;
use mesh::MeshError;

/// Why a flow cannot be solved.
#[derive(Debug, Clone, PartialEq, thiserror::Error)]
pub enum FlowError {
    /// The run was cancelled.
    #[error(transparent)]
    Cancelled(#[from] Cancelled),
    /// The mesh has other elements than tetrahedra.
    #[error(
        "the flow solver takes meshes of Tet10 (or Tet4) elements alone, this one has {found}: split other elements first"
    )]
    Elements {
        /// What it has.
        found: String,
    },
    /// An element that is inside out.
    #[error("element {element} has the Jacobian {jacobian:.3e} at a quadrature point: remesh or straighten its edges")]
    Inverted {
        /// Its number.
        element: usize,
        /// The determinant, mm³.
        jacobian: f64,
    },
    /// A condition for a region that the mesh does not have.
    #[error("the mesh has no face region \"{region}\"; it has {}", .known.join(", "))]
    UnknownRegion {
        /// Its name.
        region: String,
        /// Names of the face regions.
        known: Vec<String>,
    },
    /// A part of the boundary without a condition.
    #[error("{faces} boundary faces have no condition, the first near ({:.3}, {:.3}, {:.3}) mm: {remedy}", .at[0], .at[1], .at[2])]
    NoCondition {
        /// Number of faces.
        faces: usize,
        /// Centroid of one of them, mm.
        at: [f64; 3],
        /// What to do.
        remedy: String,
    },
    /// Parts of the domain that no open face touches although others are open, so that their pressure has no level.
    #[error("part of the domain near ({:.3}, {:.3}, {:.3}) mm touches no open face: remove it, join it or open a face of it", .at[0], .at[1], .at[2])]
    Disconnected {
        /// A node of it, mm.
        at: [f64; 3],
    },
    /// An open region that cannot be one.
    #[error("the open region \"{region}\" {why}")]
    Open {
        /// Its name.
        region: String,
        /// What is wrong and what to do.
        why: String,
    },
    /// A region through which no inflow can be given.
    #[error("the inflow region \"{region}\" {why}")]
    Inflow {
        /// Its name.
        region: String,
        /// What is wrong and what to do.
        why: String,
    },
    /// Velocities on a closed boundary that let in more than they let out.
    #[error(
        "the velocities on the boundary let {excess:.4e} mm³/s more in than out at t = {time:.6} s, of {through:.4e} mm³/s of area times \
         speed, and no face is open: open a face or balance them"
    )]
    Unbalanced {
        /// Flux in less flux out, mm³/s.
        excess: f64,
        /// Half of the speed over the whole boundary, mm³/s.
        through: f64,
        /// Time, s.
        time: f64,
    },
    /// A slip region that is not planar.
    #[error("the slip region \"{region}\" is not planar: its normals differ by up to {angle_deg:.1}°")]
    NotPlanar {
        /// Its name.
        region: String,
        /// Largest angle between a face's normal and the mean.
        angle_deg: f64,
    },
    /// A flow rate in time that cannot be used.
    #[error("waveform, {at}: {why}")]
    Waveform {
        /// Which sample, harmonic or line.
        at: String,
        /// What is wrong and what to do.
        why: String,
    },
    /// A number that makes no sense.
    #[error("{what} is {value}: {remedy}")]
    Value {
        /// Which.
        what: String,
        /// Its value.
        value: f64,
        /// What to do.
        remedy: String,
    },
    /// The solution grew without bound.
    #[error(
        "the velocity reached {speed:.3e} mm/s at t = {time:.6} s, node {node}: a smaller step or larger viscosity may help"
    )]
    Diverged {
        /// Largest speed.
        speed: f64,
        /// Time, s.
        time: f64,
        /// Where.
        node: u32,
    },
    /// Steps would have to be shorter than is allowed.
    #[error(
        "at t = {time:.6} s the Courant number is {courant:.2} with {steps} steps in {interval:.6} s, and {limit} is the limit; the largest \
         speed before was {speed:.0} mm/s. If the flow can have that speed, allow more steps or a larger Courant number, or make the mesh \
         coarser; if not, the mesh is too coarse for its Reynolds number, or fluid returns through an outlet: make it finer or \
         lengthen the outlet"
    )]
    TooManySteps {
        /// Courant number of the step, infinite for a velocity without bound.
        courant: f64,
        /// Largest speed before it, mm/s.
        speed: f64,
        /// The largest allowed.
        limit: f64,
        /// Steps of the interval, which may not be doubled.
        steps: u32,
        /// Length of the interval, s.
        interval: f64,
        /// Time, s.
        time: f64,
    },
    /// A flow that goes on changing.
    #[error(
        "after {time:.4} s the velocity still changes by {change:.2e} of itself in the time of one passage, and {wanted:.0e} was asked for: \
         wait longer, or compute it as a pulsating flow"
    )]
    NotSteady {
        /// Relative change in the unit of time.
        change: f64,
        /// The change asked for.
        wanted: f64,
        /// Time that passed, s.
        time: f64,
    },
    /// A linear system failed.
    #[error("{what} at t = {time:.6} s: {source}")]
    Linear {
        /// Which system.
        what: &'static str,
        /// Time, s.
        time: f64,
        /// Why.
        source: LinalgError,
    },
    /// The mesh does not fit the assembly.
    #[error(transparent)]
    Fem(#[from] FemError),
    /// The mesh is not sound.
    #[error(transparent)]
    Mesh(#[from] MeshError),
}

impl FlowError {
    /// A face region that a mesh does not have.
    pub(crate) fn unknown_region(space: &FlowSpace, region: &str) -> Self {
        Self::UnknownRegion { region: region.to_owned(), known: space.face_regions() }
    }

    /// A failure of a linear system, or the cancellation in it.
    pub(crate) fn linear(what: &'static str, time: f64) -> impl FnOnce(LinalgError) -> Self {
        move |source| match source {
            LinalgError::Cancelled(cancelled) => Self::Cancelled(cancelled),
            source => Self::Linear { what, time, source },
        }
    }
}
