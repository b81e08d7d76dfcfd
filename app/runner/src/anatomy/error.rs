use control::Cancelled;
use imaging::ImagingError;
use meshing::MeshingError;

/// Why a file does not become anatomy. The message says what is wrong and what to do; the caller knows the place.
#[derive(Debug, thiserror::Error)]
pub enum AnatomyError {
    /// The image cannot be read or segmented.
    #[error(transparent)]
    Image(ImagingError),
    /// The surface cannot be prepared or meshed.
    #[error(transparent)]
    Meshing(MeshingError),
    /// A voxel size for a file that has one.
    #[error("the file records its voxel size ({} x {} x {} mm); leave the assumed one out", recorded[0], recorded[1], recorded[2])]
    VoxelSizeKnown {
        /// Steps of the file's grid, mm.
        recorded: [f64; 3],
    },
    /// A file that records no voxel size, where one is needed.
    #[error(
        "the file does not record its voxel size; state it as an assumption, for example voxel_size = \"0.4 mm\" with \
         voxel_size_source = \"...\" in [anatomy.image]"
    )]
    VoxelSizeUnknown,
    /// An image without a word on what to take from it.
    #[error("this is an image; say what to take from it in a table [anatomy.image], for example threshold = \"200..\"")]
    StepsMissing,
    /// A label that is to be two parts.
    #[error("the label {label} is two parts; remove one")]
    LabelTwice {
        /// The label.
        label: u16,
    },
    /// A word that is no label of the file.
    #[error("\"{word}\" is no label value and no name of the file ({})", known_names(.known))]
    UnknownLabel {
        /// The word.
        word: String,
        /// Names that the file gives.
        known: Vec<String>,
    },
    /// A label that no voxel has.
    #[error("no voxel has the label {label}; there are {there:?}")]
    MissingLabel {
        /// The label.
        label: u16,
        /// The labels there are.
        there: Vec<u16>,
    },
    /// Grey values where labels are needed.
    #[error(
        "this is a scan and no label map: {why}; take a range of values (threshold) or labels out of it, with \
         `vesalius segment` or in the study"
    )]
    Scan {
        /// What shows it.
        why: String,
    },
    /// Edges of a length at which remeshing folds the surface.
    #[error("edges this long make {pairs} pairs of triangles cross; remesh with a shorter length")]
    RemeshCrosses {
        /// Pairs of crossing triangles.
        pairs: usize,
    },
    /// The user cancelled.
    #[error(transparent)]
    Cancelled(Cancelled),
}

impl AnatomyError {
    /// Whether it is the isolation of a sac that failed.
    pub fn is_about_sac(&self) -> bool {
        let Self::Meshing(error) = self else { return false };
        match error {
            MeshingError::NoSac { .. } | MeshingError::SeveralNecks { .. } | MeshingError::SacAtEnd { .. } => true,
            MeshingError::BadOption { option, .. } => *option == "factor",
            _ => false,
        }
    }
}

fn known_names(known: &[String]) -> String {
    if known.is_empty() { "it names none".to_owned() } else { format!("it names {}", known.join(", ")) }
}

impl From<ImagingError> for AnatomyError {
    fn from(error: ImagingError) -> Self {
        match error {
            ImagingError::Cancelled(cancelled) => Self::Cancelled(cancelled),
            error => Self::Image(error),
        }
    }
}

impl From<MeshingError> for AnatomyError {
    fn from(error: MeshingError) -> Self {
        match error {
            MeshingError::Cancelled(cancelled) => Self::Cancelled(cancelled),
            error => Self::Meshing(error),
        }
    }
}

impl From<Cancelled> for AnatomyError {
    fn from(cancelled: Cancelled) -> Self {
        Self::Cancelled(cancelled)
    }
}
