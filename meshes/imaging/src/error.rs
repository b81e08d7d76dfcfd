use control::Cancelled;
use mesh_io::MeshIoError;

/// Why an image cannot be read, segmented or turned into a surface.
#[derive(Debug, thiserror::Error)]
pub enum ImagingError {
    /// The file says something wrong; place and remedy are in the message.
    #[error(transparent)]
    File(MeshIoError),
    /// A grid of voxels that cannot be.
    #[error("the image's grid cannot be used: {what}; export the image again")]
    Grid {
        /// What is wrong with it.
        what: String,
    },
    /// The image of a file has a grid that cannot be.
    #[error("{file}: the image's grid cannot be used: {what}; export the image again")]
    GridOfFile {
        /// The file.
        file: String,
        /// What is wrong with it.
        what: String,
    },
    /// A voxel whose value is no label.
    #[error(
        "the value {value} of voxel {voxel:?} is no label (a whole number from 0 to 65534): \
         this is a scan, not a label map; give a threshold"
    )]
    NoLabel {
        /// The voxel.
        voxel: [usize; 3],
        /// Its value.
        value: f64,
    },
    /// A mask without a voxel.
    #[error("no voxel is inside: widen the threshold or choose another label")]
    EmptyMask,
    /// A range of values that the image does not have.
    #[error("no voxel lies from {low} to {high}: the values there are {least} to {most}; choose a range among them")]
    ThresholdOutside {
        /// The smallest value asked for.
        low: f64,
        /// The largest value asked for.
        high: f64,
        /// The smallest value there is.
        least: f64,
        /// The largest value there is.
        most: f64,
    },
    /// A box beside the image.
    #[error(
        "no voxel lies in the box from {low:?} to {high:?} mm: the image lies from {from:?} to {to:?} mm, LPS; move it"
    )]
    CropOutside {
        /// Smallest coordinates of the box, mm.
        low: [f64; 3],
        /// Largest coordinates of the box, mm.
        high: [f64; 3],
        /// Smallest coordinates of the voxels, mm.
        from: [f64; 3],
        /// Largest coordinates of the voxels, mm.
        to: [f64; 3],
    },
    /// A radius that is no length or larger than the image.
    #[error(
        "a ball of radius {radius} mm cannot open or close an image of {extent:.1} mm; give a radius between 0 and that"
    )]
    Radius {
        /// The radius, mm.
        radius: f64,
        /// The longest side of the image, mm.
        extent: f64,
    },
    /// A grid on which a ball of voxels is none.
    #[error(
        "the axes of the image are not perpendicular (tilted gantry): opening and closing would measure wrongly; resample it"
    )]
    Sheared,
    /// Borders that relabelling did not make manifold.
    #[error(
        "the borders between labels touch themselves in {places} places that relabelling does not mend; remove islands or \
         open and close the labels first"
    )]
    Tangled {
        /// How many.
        places: usize,
    },
    /// More labels than their volumes can be restored for.
    #[error("{count} labels are too many for one surface (at most {most}); keep those that are needed")]
    TooManyLabels {
        /// How many there are.
        count: usize,
        /// The limit.
        most: usize,
    },
    /// A label that the map does not have.
    #[error("the label map has no label {label}; it has {there:?}")]
    MissingLabel {
        /// The label asked for.
        label: u16,
        /// The labels there are.
        there: Vec<u16>,
    },
    /// A point beyond the image.
    #[error("the point {point:?} mm lies outside the image; give a point inside it, in mm and LPS")]
    PointOutside {
        /// The point, mm.
        point: [f64; 3],
    },
    /// More vertices than can be numbered.
    #[error("the surface would have {vertices} vertices, more than can be numbered; crop the image or resample it")]
    Crowded {
        /// How many there would be.
        vertices: u64,
    },
    /// A seed that is not in what it should grow in.
    #[error("the seed {seed:?} lies outside the threshold or the image of {dimensions:?} voxels; choose another place")]
    SeedOutside {
        /// The seed, in voxels.
        seed: [usize; 3],
        /// The image's voxels.
        dimensions: [usize; 3],
    },
    /// The user cancelled.
    #[error(transparent)]
    Cancelled(Cancelled),
}

impl From<MeshIoError> for ImagingError {
    fn from(error: MeshIoError) -> Self {
        match error {
            MeshIoError::Cancelled(cancelled) => Self::Cancelled(cancelled),
            error => Self::File(error),
        }
    }
}

impl From<Cancelled> for ImagingError {
    fn from(cancelled: Cancelled) -> Self {
        Self::Cancelled(cancelled)
    }
}

impl ImagingError {
    /// The same fact with the file it was found in.
    pub(crate) fn in_file(self, file: &str) -> Self {
        match self {
            Self::Grid { what } => Self::GridOfFile { file: file.to_owned(), what },
            other => other,
        }
    }
}
