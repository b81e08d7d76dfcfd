//! What is seen inside a flow: streamlines, and slices along a vessel.

use crate::fields::{Body, Fields};
use crate::model::{self, CutAt, Display, Kept, Results, Seeds, Streamlines};
use crate::tasks::Problem;
use crate::tasks::compose::scale;
use control::RunControl;
use mesh::topology::boundary_surface;
use mesh::{Point3, Vector3};
use meshing::MeshingError;
use meshing::centreline::{Centreline, centrelines};
use scene::{ColourScale, Legend, Plane, Quantity, SECTION, Scene, SceneError};

/// Adds the streamlines of a velocity to a scene, in the colours of the shown field, or of their speed on a plain body.
pub(crate) fn add_streamlines(
    scene: &mut Scene,
    fields: &Fields,
    results: Option<&Results>,
    display: &Display,
    streamlines: &Streamlines,
    control: &RunControl,
) -> Result<(), Problem> {
    let Some((number, velocity)) = fields.velocity() else { return Ok(()) };
    let choices = model::choices(&fields.list);
    let shown = display.field.and_then(|index| choices.get(index)).map(|(choice, _)| (choice.field, choice.quantity));
    let (number, quantity) = shown.unwrap_or((number, Quantity::Magnitude));
    let field = fields.list.get(number).unwrap_or(velocity);
    let seeds = seeds(scene, &fields.body, streamlines);
    let surface = scene::streamlines(fields.body.locator(), velocity, &seeds, (field, quantity), control);
    let surface = surface.map_err(|error| match error {
        SceneError::Sampling(sampling::SamplingError::Cancelled(cancelled)) => cancelled.into(),
        error => Problem::new("The streamlines cannot be drawn", &error),
    })?;
    if scene.legend.is_none() {
        let title = quantity.title(&field.name);
        let own = || ColourScale::automatic(quantity.values(field).unwrap_or_default());
        let scale = scale(results, display, &title, (field, quantity)).unwrap_or_else(own);
        scene.legend = Some(Legend { title, unit: field.unit.clone(), scale });
    }
    if surface.triangles.is_empty() {
        scene.notes.push("No streamlines: the fluid is at rest where they would start".to_owned());
    }
    // What is looked through comes last.
    scene.surfaces.insert(0, surface);
    Ok(())
}

fn seeds(scene: &Scene, body: &Body, streamlines: &Streamlines) -> Vec<Point3<f64>> {
    match &streamlines.from {
        Seeds::Opening(name) => sampling::spread(&body.mesh.nodes, &body.faces(name), streamlines.count),
        Seeds::Slice => {
            let section = scene.surfaces.iter().find(|surface| surface.name == SECTION);
            section.map_or_else(Vec::new, |s| sampling::spread(&s.points, &s.triangles, streamlines.count))
        }
    }
}

/// The plane across a vessel that is `cut` on the way from its first opening to opening `number`.
pub(crate) fn across_vessel(body: &Body, number: usize, cut: CutAt, control: &RunControl) -> Result<Plane, Problem> {
    let title = "There is no slice across the vessel";
    let refused = |text: String| Problem { title: title.to_owned(), text, cancelled: false };
    if body.centrelines.get().is_none() {
        let found = match find_centrelines(body, control) {
            Err(MeshingError::Cancelled(cancelled)) => return Err(cancelled.into()),
            found => found.map_err(|error| error.to_string()),
        };
        // Another thread that was first has found the same.
        let _ = body.centrelines.set(found);
    }
    let lines = match body.centrelines.get() {
        Some(Ok(lines)) => lines.as_slice(),
        Some(Err(reason)) => return Err(refused(reason.clone())),
        None => &[],
    };
    let line = number.checked_sub(1).and_then(|line| lines.get(line));
    let line = line.ok_or_else(|| refused("the mesh has no second opening to follow its middle to".to_owned()))?;
    let (place, tangent) =
        place_on(line, cut.position).ok_or_else(|| refused("its centreline has no length".to_owned()))?;
    let away = if cut.kept == Kept::Low { tangent } else { -tangent };
    Plane::new(place, away).map_err(|error| refused(error.to_string()))
}

fn find_centrelines(body: &Body, control: &RunControl) -> Result<Vec<Centreline>, MeshingError> {
    let centre = |name: &String| sampling::centre(&body.mesh.nodes, &body.faces(name));
    let ends: Vec<Point3<f64>> = body.openings.iter().filter_map(centre).collect();
    let Some((source, targets)) = ends.split_first() else { return Ok(Vec::new()) };
    centrelines(&boundary_surface(&body.mesh).surface, source, targets, control)
}

/// Place and direction at a fraction of the length of a line.
fn place_on(line: &Centreline, position: f64) -> Option<(Point3<f64>, Vector3<f64>)> {
    let mut left = position.clamp(0.0, 1.0) * line.length();
    for (k, pair) in line.points.windows(2).enumerate() {
        let [from, to] = [*pair.first()?, *pair.last()?];
        let length = (to - from).norm();
        if left <= length || k + 2 == line.points.len() {
            return Some((from + (to - from) * (left / length).clamp(0.0, 1.0), line.tangent(k)));
        }
        left -= length;
    }
    None
}
