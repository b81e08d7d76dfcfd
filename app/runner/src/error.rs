use std::path::PathBuf;

/// Why a run gave no result, or not all of it. The message names place and remedy.
#[derive(Debug, thiserror::Error)]
pub enum RunnerError {
    /// The study cannot be used.
    #[error(transparent)]
    Study(#[from] study::StudyError),
    /// The results folder cannot be used.
    #[error("results cannot be written to {}: {reason}", folder.display())]
    Folder {
        /// The folder.
        folder: PathBuf,
        /// Why, and what to do.
        reason: String,
    },
    /// A file cannot be written.
    #[error(transparent)]
    Write(#[from] mesh_io::WriteError),
    /// A mesh file cannot be read or written.
    #[error(transparent)]
    MeshFile(#[from] mesh_io::MeshIoError),
    /// Landmarks cannot be found.
    #[error("{place}: {error}")]
    Landmarks {
        /// Where the study asks for them.
        place: String,
        /// Why.
        error: meshing::landmarks::LandmarkError,
    },
    /// A file does not become anatomy.
    #[error("{place}: {error}")]
    Anatomy {
        /// Where the study asks for it.
        place: String,
        /// Why.
        error: Box<crate::anatomy::AnatomyError>,
    },
    /// The body cannot be meshed.
    #[error("{place}: {error}")]
    Meshing {
        /// Where the study names the geometry.
        place: String,
        /// Why.
        error: meshing::MeshingError,
    },
    /// A region holds nothing on a mesh.
    #[error(
        "{place}: the region \"{region}\" holds no {what} of the {mesh} mesh; enlarge it, move it, or refine the mesh"
    )]
    EmptyRegion {
        /// Where the study uses the region.
        place: String,
        /// The region.
        region: String,
        /// "node", "boundary face", "element".
        what: &'static str,
        /// Label of the mesh.
        mesh: String,
    },
    /// A region that the mesher did not name.
    #[error("{place}: the mesh has no region \"{name}\"; it has {}", known.join(", "))]
    UnknownMeshRegion {
        /// Where the study names it.
        place: String,
        /// The name.
        name: String,
        /// The mesh's regions.
        known: Vec<String>,
    },
    /// The mechanics cannot be set up or solved.
    #[error("{place}: {error}")]
    Solid {
        /// The study and the mesh.
        place: String,
        /// Why.
        error: solid::SolidError,
    },
    /// The flow cannot be set up or solved.
    #[error("{place}: {error}")]
    Flow {
        /// Where the study asks for it.
        place: String,
        /// Why.
        error: Box<flow::FlowError>,
    },
    /// A result that is no number.
    #[error(transparent)]
    Record(#[from] study::record::RecordError),
    /// A grid study on values that are no numbers.
    #[error("output \"{output}\": {error}")]
    GridStudy {
        /// The output.
        output: String,
        /// Why.
        error: uncertainty::GridStudyError,
    },
    /// A quantity that cannot be computed from the solution.
    #[error("{place}: {reason}")]
    Output {
        /// Where the study asks for it.
        place: String,
        /// Why, and what to do.
        reason: String,
    },
    /// A figure or document cannot be made.
    #[error("figure \"{figure}\": {reason}")]
    Figure {
        /// The figure.
        figure: String,
        /// Why.
        reason: String,
    },
    /// The dossier cannot be laid out.
    #[error("the dossier cannot be made: {reason}")]
    Document {
        /// Why.
        reason: String,
    },
    /// The worker threads cannot be started.
    #[error("{threads} worker threads cannot be started: {reason}; ask for fewer with --threads")]
    Threads {
        /// Number asked for.
        threads: usize,
        /// The system's words.
        reason: String,
    },
    /// The user stopped the run.
    #[error("cancelled")]
    Cancelled,
}

/// What kind of failure it is: the exit code of the headless program and the tone of a dialog.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum FailureKind {
    /// The input must be changed: exit code 2.
    BadInput,
    /// The solver did not converge or ran out of a budget: exit code 3.
    NotSolved,
    /// The user stopped the run: exit code 130.
    Cancelled,
    /// Our own bug: exit code 1.
    Bug,
}

impl FailureKind {
    /// The exit code of the headless program.
    pub const fn exit_code(self) -> u8 {
        match self {
            Self::BadInput => 2,
            Self::NotSolved => 3,
            Self::Cancelled => 130,
            Self::Bug => 1,
        }
    }
}

impl From<control::Cancelled> for RunnerError {
    fn from(_: control::Cancelled) -> Self {
        Self::Cancelled
    }
}

impl RunnerError {
    pub(crate) fn anatomy(place: String, error: crate::anatomy::AnatomyError) -> Self {
        match error {
            crate::anatomy::AnatomyError::Cancelled(_) => Self::Cancelled,
            error => Self::Anatomy { place, error: Box::new(error) },
        }
    }

    pub(crate) fn flow(place: String, error: flow::FlowError) -> Self {
        match error {
            flow::FlowError::Cancelled(_) => Self::Cancelled,
            error => Self::Flow { place, error: Box::new(error) },
        }
    }

    /// What kind of failure it is.
    pub fn kind(&self) -> FailureKind {
        match self {
            Self::Cancelled => FailureKind::Cancelled,
            Self::Record(_) | Self::GridStudy { .. } => FailureKind::NotSolved,
            Self::Figure { .. } | Self::Document { .. } => FailureKind::Bug,
            Self::MeshFile(mesh_io::MeshIoError::Cancelled(_)) => FailureKind::Cancelled,
            Self::Write(mesh_io::WriteError::Cancelled(_)) => FailureKind::Cancelled,
            Self::Solid { error: solid::SolidError::Linalg(error), .. } => match error {
                linalg::LinalgError::Memory { .. } | linalg::LinalgError::NotPositiveDefinite { .. } => {
                    FailureKind::BadInput
                }
                _ => FailureKind::NotSolved,
            },
            Self::Flow { error, .. } => match **error {
                flow::FlowError::Linear { source: linalg::LinalgError::Memory { .. }, .. } => FailureKind::BadInput,
                flow::FlowError::Linear { .. }
                | flow::FlowError::Diverged { .. }
                | flow::FlowError::TooManySteps { .. }
                | flow::FlowError::NotSteady { .. } => FailureKind::NotSolved,
                _ => FailureKind::BadInput,
            },
            _ => FailureKind::BadInput,
        }
    }
}
