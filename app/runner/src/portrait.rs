//! Figures of an anatomy: its regions or parts by colour, and its mesh cut open.

use crate::RunnerError;
use crate::figures::{Picture, capitalised, failed, render, scene_view, side};
use crate::geometry::{Geometry, Shape};
use mesh::{Field, Point3, Region, SurfaceMesh, VolumeMesh};
use scene::{
    Camera, Colour, ColourMap, ColourScale, Marker, MarkerKind, Plane, Quantity, Scene, Surface, VolumePicture,
};
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
        let (names, values) = self.element_groups();
        let field = Field::on_elements("part", "1", 1, values);
        let scale = ColourScale::new(ColourMap::Viridis, [0.0, names.len().max(2) as f64 - 1.0]);
        let picture = VolumePicture {
            field: (names.len() > 1).then_some((&field, Quantity::Value)),
            cut: Some(plane),
            edges: true,
            scale: Some(scale),
            title: Some("Part".to_owned()),
            ..VolumePicture::new(self.mesh)
        };
        let mut scene = picture.scene().map_err(|error| failed(name, &error))?;
        self.tell_assumption(&mut scene);
        let key: Vec<String> = (0..).zip(&names).map(|(k, name)| format!("{k} {}", name.replace('_', " "))).collect();
        let key = if names.len() > 1 { format!(" Parts: {}.", key.join(", ")) } else { String::new() };
        let alt_text = format!("The mesh cut open, seen from {}.{key}", side(view));
        let caption = self.caption(format!("The mesh, cut through the middle of its box.{key}"));
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
        let mut next = Colour::CATEGORIES.into_iter().zip(WORDS).cycle();
        let patch = |(name, surface): (String, SurfaceMesh)| {
            let picked = if PLAIN.contains(&name.as_str()) { None } else { next.next() };
            let (colour, word) = picked.unwrap_or((Colour::BONE, "bone-coloured"));
            Patch { name, surface, colour, word }
        };
        named.into_iter().map(patch).collect()
    }

    /// Names of the element regions and the number of the one that each element is in.
    fn element_groups(&self) -> (Vec<String>, Vec<f64>) {
        let mut values = vec![0.0; self.mesh.element_count()];
        let mut names = Vec::new();
        for (name, region) in &self.mesh.regions {
            if let Region::Elements(elements) = region {
                for &element in elements {
                    if let Some(value) = values.get_mut(element as usize) {
                        *value = names.len() as f64;
                    }
                }
                names.push(name.clone());
            }
        }
        (names, values)
    }
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
