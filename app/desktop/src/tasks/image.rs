//! Images are read, segmented and written. The work is `imaging`'s and `runner`'s.

use crate::image::{MadeSurface, OpenImage, Overlay, Reading, Selection};
use crate::tasks::Problem;
use control::RunControl;
use imaging::segment::{Choice, Recipe};
use imaging::{Fit, Grid, Histogram, ImagingError, JudgedImage, LabelMap, Measure, SmoothOptions, ValueDecision};
use mesh::Point3;
use scene::slice::{SlicePlane, SliceStack};
use scene::{Camera, Colour, Scene, Surface, View};
use std::path::Path;
use std::sync::Arc;
use viewport::Picture;

/// Bins of a histogram: several a grey value.
const BINS: usize = 4096;

fn refused(title: &str, error: ImagingError) -> Problem {
    match error {
        ImagingError::Cancelled(cancelled) => cancelled.into(),
        error => Problem::new(title, &error),
    }
}

/// Reads an image and what is needed to show it; the labels too, when it is a label map.
pub(crate) fn open_image(
    path: &Path,
    reading: Reading,
    control: &RunControl,
) -> Result<(OpenImage, Option<Overlay>), Problem> {
    let refuse = |error| refused("The image cannot be opened", error);
    let judged = Arc::new(read(path, reading, &control.stage("reading", 0.0, 0.7)).map_err(refuse)?);
    let grid = &judged.image.grid;
    let counting = control.stage("counting values", 0.7, 0.9);
    let histogram = Histogram::of(&judged.image, BINS, &counting).map_err(refuse)?;
    let overlay = if judged.report.values.measure == Measure::Label {
        let map = label_map(path, &judged)?;
        Some(Overlay { file: path.to_owned(), source: Arc::clone(&judged), map, note: String::new() })
    } else {
        None
    };
    let open = OpenImage {
        file: path.to_owned(),
        reading,
        histogram,
        stacks: SlicePlane::ALL.map(|plane| SliceStack::new(grid, plane)),
        frame: picture(grid, None)?,
        judged,
    };
    Ok((open, overlay))
}

fn read(path: &Path, reading: Reading, control: &RunControl) -> Result<JudgedImage, ImagingError> {
    let read = imaging::read_image(path, control)?;
    let mut judged = imaging::judge_image(read, reading.unit, reading.frame);
    if let Some(measure) = reading.measure {
        judged.report.values = ValueDecision::given(measure);
    }
    Ok(judged)
}

/// The labels of an image; refused for what is a scan, whose greys would pass for parts.
fn label_map(path: &Path, judged: &JudgedImage) -> Result<LabelMap, Problem> {
    const TITLE: &str = "The labels cannot be opened";
    let report = &judged.report;
    if report.values.measure != Measure::Label || report.labels.is_empty() {
        let text = format!(
            "{}: this is a scan and no label map ({}); open it as an image, or give the file with the labels",
            path.display(),
            report.values.reason
        );
        return Err(Problem { title: TITLE.to_owned(), text, cancelled: false });
    }
    LabelMap::from_image(&judged.image, &judged.names).map_err(|error| refused(TITLE, error))
}

/// Reads a label map and carries it to the grid of the image.
pub(crate) fn open_labels(path: &Path, grid: &Grid, control: &RunControl) -> Result<Overlay, Problem> {
    let refuse = |error| refused("The labels cannot be opened", error);
    let source = read(path, Reading::default(), &control.stage("reading", 0.0, 0.6)).map_err(refuse)?;
    let map = label_map(path, &source)?;
    let (map, note) = match grid.fit(&map.grid) {
        Fit::Same => (LabelMap { grid: grid.clone(), ..map }, String::new()),
        Fit::Overlapping => {
            let carried = map.on_grid(grid, &control.stage("matching grids", 0.6, 1.0)).map_err(refuse)?;
            if carried.map.labels.iter().all(|&label| label == 0) {
                return Err(apart(path));
            }
            let note = carried_note(carried.shift, carried.lost);
            (carried.map, note)
        }
        Fit::Apart => return Err(apart(path)),
    };
    Ok(Overlay { file: path.to_owned(), source: Arc::new(source), map, note })
}

fn apart(path: &Path) -> Problem {
    let text = format!(
        "{}: the labels and the image have no place in common; check that both are of one scan and in the same frame",
        path.display()
    );
    Problem { title: "The labels do not belong to this image".to_owned(), text, cancelled: false }
}

fn carried_note(shift: f64, lost: usize) -> String {
    let moved = if shift < 1e-3 {
        "The file has the voxels in another order or extent; shown at their place, none moved.".to_owned()
    } else {
        format!("The file has another grid: every voxel shows the label at its place, from at most {shift:.2} mm away.")
    };
    let lost = if lost == 0 { String::new() } else { format!(" {lost} labelled voxels lie outside the image.") };
    format!("{moved}{lost} Volumes, counts and surfaces are those of the whole file.")
}

/// The 3D view of an image: its extent, and a surface in it. Points without triangles make the view fit the whole image.
fn picture(grid: &Grid, surface: Option<Surface>) -> Result<Picture, Problem> {
    let corner = |n: usize| {
        let ends = grid.dimensions.map(|count| [-0.5, count as f64 - 0.5]);
        grid.position([0, 1, 2].map(|axis| ends[axis][n >> axis & 1]))
    };
    let corners: Vec<Point3<f64>> = (0..8).map(corner).collect();
    let mut surfaces = vec![Surface::plain("image", corners, Vec::new(), Colour::BONE)];
    surfaces.extend(surface);
    let scene = Scene { surfaces, camera: Camera::view(View::AnteriorLeft), ..Scene::default() };
    Picture::new(Arc::new(scene)).map_err(|error| Problem::new("The picture cannot be drawn", &error))
}

/// The voxels between two values, counted over the whole image. None is no failure: thresholds are still being sought.
pub(crate) fn select(
    judged: &JudgedImage,
    [low, high]: [f64; 2],
    largest: bool,
    control: &RunControl,
) -> Result<Selection, Problem> {
    let recipe = Recipe { largest, ..Recipe::new(Choice::Threshold { low, high }) };
    let marks = match runner::segment(&judged.image, &recipe, control) {
        Ok(segmented) => segmented.mask.inside,
        Err(ImagingError::EmptyMask) => Vec::new(),
        Err(error) => return Err(refused("The selection cannot be counted", error)),
    };
    let voxels = marks.iter().filter(|&&inside| inside).count();
    let volume_mm3 = voxels as f64 * judged.image.grid.voxel_volume();
    Ok(Selection { threshold: [low, high], largest, marks, voxels, volume_mm3 })
}

/// Segmentation and surface, as the verb `segment` makes them.
pub(crate) fn make_surface(
    judged: &JudgedImage,
    recipe: Recipe,
    frame: &Grid,
    control: &RunControl,
) -> Result<MadeSurface, Problem> {
    let refuse = |error| refused("The surface cannot be made", error);
    let image = &judged.image;
    let segmented = runner::segment(image, &recipe, &control.stage("choosing voxels", 0.0, 0.3)).map_err(refuse)?;
    let surfacing = control.stage("making the surface", 0.3, 0.9);
    let made = runner::surface_of(&segmented.mask, &SmoothOptions::default(), &surfacing).map_err(refuse)?;
    let surface = Surface::from_mesh("surface", &made.surface, Colour::BONE);
    let voxels = segmented.mask.count();
    Ok(MadeSurface {
        picture: picture(frame, Some(surface))?,
        voxels,
        volume_mm3: voxels as f64 * image.grid.voxel_volume(),
        steps: segmented.steps,
        made,
        recipe,
    })
}

/// Writes a surface as STL or VTP.
pub(crate) fn save_surface(path: &Path, surface: &MadeSurface, control: &RunControl) -> Result<(), Problem> {
    let Some(runner::SegmentFile::Surface(format)) = runner::SegmentFile::of(path) else {
        return Err(no_format(path, ".stl or .vtp"));
    };
    runner::write_surface(path, &surface.made.surface, format, control)
        .map_err(|error| refused("The surface cannot be written", error.into()))
}

/// Chooses voxels and writes them as a label map.
pub(crate) fn save_mask(
    path: &Path,
    judged: &JudgedImage,
    recipe: &Recipe,
    control: &RunControl,
) -> Result<(), Problem> {
    let Some(runner::SegmentFile::Mask(format)) = runner::SegmentFile::of(path) else {
        return Err(no_format(path, ".nii.gz, .nrrd or .mha"));
    };
    let choosing = control.stage("choosing voxels", 0.0, 0.5);
    let segmented = runner::segment(&judged.image, recipe, &choosing);
    let segmented = segmented.map_err(|error| refused("The mask cannot be made", error))?;
    let writing = control.stage("writing", 0.5, 1.0);
    runner::write_mask(path, &segmented.mask, format, &writing)
        .map_err(|error| refused("The mask cannot be written", mesh_io::MeshIoError::from(error).into()))
}

fn no_format(path: &Path, endings: &str) -> Problem {
    let text = format!("{}: the name says no format; end it with {endings}", path.display());
    Problem { title: "The file cannot be written".to_owned(), text, cancelled: false }
}
