//! Figures of an anatomy: its regions or parts by colour, and its mesh cut open.

use crate::RunnerError;
use crate::figures::{Picture, capitalised, failed, render, scene_view, side};
use crate::geometry::{Geometry, Shape};
use mesh::{Point3, Region, SurfaceMesh, VolumeMesh};
use scene::{Camera, Colour, Marker, MarkerKind, Plane, Scene, Surface, VolumePicture};
use study::{Study, View};

/// Words for [`Colour::CATEGORIES`].
const WORDS: [&str; 8] = ["blue", "vermilion", "green", "purple", "orange", "sky blue", "black", "yellow"];

/// The plain wall of a vessel and the rest of a surface.
const PLAIN: [&str; 2] = ["wall", "surface"];

/// Draws one prepared anatomy.
pub(crate) struct Portrait<'a> {
    pub(crate) study: &'a Study,
    pub(crate) geometry: &'a Geometry,
    pub(crate) mesh: &'a VolumeMesh,
    /// Said under every figure.
    pub(crate) remarks: &'a [String],
}

/// A part of the surface with its colour.
struct Patch {
    name: String,
    surface: SurfaceMesh,
    colour: Colour,
    word: &'static str,
}

impl Portrait<'_> {
    /// The surface with every region or part in its colour.
    pub(crate) fn regions(&self, name: &str, view: View, caption: &str) -> Result<Picture, RunnerError> {
        let patches = self.patches();
        let mut scene = Scene::default();
        for patch in &patches {
            scene.surfaces.push(Surface::from_mesh(&patch.name, &patch.surface, patch.colour));
            if !PLAIN.contains(&patch.name.as_str()) {
                scene.markers.extend(label(patch, view));
            }
        }
        let key: Vec<String> = patches.iter().map(|p| format!("{} {}", p.name.replace('_', " "), p.word)).collect();
        let key = key.join(", ");
        self.tell_assumption(&mut scene);
        let what = if caption.is_empty() { "The anatomy by region" } else { caption.trim_end_matches('.') };
        let alt_text = format!("The surface seen from {}. Colours: {key}.", side(view));
        let caption = self.caption(format!("{what}. Colours: {key}"));
        Ok(Picture { name: name.to_owned(), png: render(name, scene, view)?, caption, alt_text })
    }

    /// The mesh cut through the middle of its box, with the edges of its elements.
    pub(crate) fn section(&self, view: View) -> Result<Picture, RunnerError> {
        let name = "mesh_section";
        let centre = self.mesh.bounds().map_or_else(Point3::origin, |(low, high)| nalgebra::center(&low, &high));
        let towards = Camera::view(scene_view(view)).towards_viewer();
        let plane = Plane::new(centre, towards).map_err(|error| failed(name, &error))?;
        let mut scene = Scene::default();
        let mut key = Vec::new();
        for ((part, mesh), (colour, word)) in self.element_groups().iter().zip(colours()) {
            let picture = VolumePicture { cut: Some(plane), edges: true, ..VolumePicture::new(mesh) };
            let surfaces = picture.scene().map_err(|error| failed(name, &error))?.surfaces;
            scene.surfaces.extend(surfaces.into_iter().map(|surface| Surface { colour, ..surface }));
            key.push(format!("{} {word}", part.replace('_', " ")));
        }
        self.tell_assumption(&mut scene);
        let key = format!("Colours: {}", key.join(", "));
        let alt_text = format!("The mesh cut open, seen from {}. {key}.", side(view));
        let caption = self.caption(format!("The mesh, cut through the middle of its box. {key}"));
        Ok(Picture { name: name.to_owned(), png: render(name, scene, view)?, caption, alt_text })
    }

    fn caption(&self, text: String) -> String {
        let remarks = if self.assumption().is_some() { self.remarks.join(" ") } else { String::new() };
        capitalised(format!("{}. {remarks}", text.trim_end_matches('.')).trim_end())
    }

    /// The assumed voxel size, which makes the scale bar an assumption too.
    fn assumption(&self) -> Option<String> {
        let image = self.study.document.anatomy.as_ref()?.image.as_ref()?;
        image.voxel_size.as_ref().map(|size| format!("Voxel size {} assumed: the scale is not measured", size.text()))
    }

    fn tell_assumption(&self, scene: &mut Scene) {
        scene.notes.extend(self.assumption());
    }

    fn patches(&self) -> Vec<Patch> {
        let named: Vec<(String, SurfaceMesh)> = match &self.geometry.shape {
            Shape::Surface(surface) => by_region(surface),
            Shape::Parts(parts) => {
                let numbers = parts.partition.parts();
                numbers.into_iter().map(|number| (parts.name(number), parts.partition.boundary_of(number))).collect()
            }
        };
        let mut next = colours();
        let patch = |(name, surface): (String, SurfaceMesh)| {
            let picked = if PLAIN.contains(&name.as_str()) { None } else { next.next() };
            let (colour, word) = picked.unwrap_or((Colour::BONE, "bone-coloured"));
            Patch { name, surface, colour, word }
        };
        named.into_iter().map(patch).collect()
    }

    /// The mesh by element regions; all of it as "mesh" where it has none.
    fn element_groups(&self) -> Vec<(String, VolumeMesh)> {
        let whole = || vec![("mesh".to_owned(), self.mesh.clone())];
        let regions = self.mesh.regions.iter().filter_map(|(name, region)| match region {
            Region::Elements(elements) => Some((name, elements)),
            _ => None,
        });
        let part = |elements: &Vec<u32>| {
            let own = |&element: &u32| self.mesh.element(element as usize);
            let kind = elements.iter().find_map(own)?.0;
            let nodes = elements.iter().filter_map(own).flat_map(|(_, nodes)| nodes.iter().copied()).collect();
            Some(VolumeMesh::new(self.mesh.nodes.clone(), kind, nodes))
        };
        let parts: Vec<(String, VolumeMesh)> =
            regions.filter_map(|(name, elements)| Some((name.clone(), part(elements)?))).collect();
        if parts.is_empty() { whole() } else { parts }
    }
}

/// Colours with the words for them, again and again.
fn colours() -> impl Iterator<Item = (Colour, &'static str)> {
    Colour::CATEGORIES.into_iter().zip(WORDS).cycle()
}

/// The surface divided into its regions; triangles in none are called "surface".
fn by_region(surface: &SurfaceMesh) -> Vec<(String, SurfaceMesh)> {
    let mut free = vec![true; surface.triangles.len()];
    let part = |triangles: Vec<[u32; 3]>| SurfaceMesh::new(surface.points.clone(), triangles);
    let mut parts = Vec::new();
    for (name, triangles) in &surface.regions {
        let own = triangles.iter().filter_map(|&t| {
            let is_free = std::mem::replace(free.get_mut(t as usize)?, false);
            is_free.then(|| surface.triangles[t as usize])
        });
        parts.push((name.clone(), part(own.collect())));
    }
    let rest = (0..free.len()).filter(|&t| free[t]).map(|t| surface.triangles[t]).collect();
    parts.push(("surface".to_owned(), part(rest)));
    parts.retain(|(_, part)| !part.triangles.is_empty());
    parts
}

/// The name of a patch at its point nearest to the viewer.
fn label(patch: &Patch, view: View) -> Option<Marker> {
    let towards = Camera::view(scene_view(view)).towards_viewer();
    let used = patch.surface.triangles.iter().flatten().map(|&v| patch.surface.points[v as usize]);
    let position = used.max_by(|a, b| a.coords.dot(&towards).total_cmp(&b.coords.dot(&towards)))?;
    Some(Marker { position, kind: MarkerKind::Point, label: patch.name.replace('_', " ") })
}
