use crate::cut::{Knife, Vertices, tetrahedra};
use crate::layers::Scalar;
use crate::{Colour, ColourScale, FixedZone, Legend, Plane, Quantity, Scene, SceneError, Shading, Surface};
use mesh::{Field, FieldLocation, Region, VolumeMesh};

/// Name of the surface of a section in a scene.
pub const SECTION: &str = "section";

/// Opacity of an outside that is looked through; below that of what can be probed.
const GLASS: f64 = 0.12;

/// What to show of a volume mesh; [`VolumePicture::scene`] composes the picture.
#[derive(Debug, Clone)]
pub struct VolumePicture<'a> {
    /// The mesh.
    pub mesh: &'a VolumeMesh,
    /// A field and the scalar to show of it; `None` shows the plain body.
    pub field: Option<(&'a Field, Quantity)>,
    /// Nodal displacement in mm and the factor by which it is drawn (1 is true to scale).
    pub displacement: Option<(&'a Field, f64)>,
    /// Cut the body open; the section shows the field inside.
    pub cut: Option<Plane>,
    /// Draw the outside as plain glass through which the section and whatever else is inside are seen; a cut takes
    /// nothing of it away.
    pub glass: bool,
    /// Whether element edges are drawn.
    pub edges: bool,
    /// Colour scale; `None` takes [`ColourScale::automatic`] over the whole field.
    pub scale: Option<ColourScale>,
    /// Heading of the legend; `None` takes the field's name and the quantity.
    pub title: Option<String>,
    /// Names of regions drawn as held.
    pub fixed: Vec<String>,
}

impl<'a> VolumePicture<'a> {
    /// The plain body.
    pub fn new(mesh: &'a VolumeMesh) -> Self {
        Self {
            mesh,
            field: None,
            displacement: None,
            cut: None,
            glass: false,
            edges: false,
            scale: None,
            title: None,
            fixed: vec![],
        }
    }

    /// The picture: surface (and section), held zones, legend, a note on the deformation; the camera fits an aspect of
    /// 4:3. Fails when a field does not belong to the mesh. Cost: sorting the element faces.
    pub fn scene(&self) -> Result<Scene, SceneError> {
        self.mesh.validate()?;
        let values = self.field.map(|(field, quantity)| self.field_values(field, quantity)).transpose()?;
        let shown = self.shown_points()?;
        let skin = Skin::of(self.mesh);
        if skin.faces.is_empty() {
            return Err(SceneError::Empty);
        }
        let surfaces = match &self.cut {
            None if self.glass => vec![self.pane(&skin, shown)],
            None => vec![self.whole(&skin, shown, values.as_ref())],
            Some(plane) if self.glass => {
                let vertices = Vertices { shown: shown.clone(), values: nodal(values.as_ref()) };
                vec![self.section(&vertices, values.as_ref(), plane), self.pane(&skin, shown)]
            }
            Some(plane) => self.opened(&skin, shown, values.as_ref(), plane),
        };
        let mut scene = Scene { surfaces, ..Scene::default() };
        if let (Some((field, quantity)), Some(values)) = (self.field, &values) {
            let scale = self.scale.clone().unwrap_or_else(|| ColourScale::automatic(values.values().iter().copied()));
            let title = self.title.clone().unwrap_or_else(|| quantity.title(&field.name));
            scene.legend = Some(Legend { title, unit: field.unit.clone(), scale });
        }
        for name in &self.fixed {
            scene.fixed_zones.extend(self.fixed_zone(&skin, name)?);
        }
        if let Some((_, factor)) = self.displacement {
            let factor = crate::ticks::significant(factor, 3).trim_end_matches(".00").to_owned();
            scene.notes.push(format!("Deformation drawn × {factor}"));
        }
        scene.fit(4.0 / 3.0);
        Ok(scene)
    }

    fn field_values(&self, field: &Field, quantity: Quantity) -> Result<Scalar, SceneError> {
        let values = quantity.values(field)?;
        let (expected, location) = match field.location {
            FieldLocation::Node => (self.mesh.nodes.len(), "nodes"),
            FieldLocation::Element => (self.mesh.element_count(), "elements"),
        };
        if values.len() != expected {
            return Err(SceneError::FieldLength { field: field.name.clone(), found: values.len(), expected, location });
        }
        Ok(match field.location {
            FieldLocation::Node => Scalar::PerVertex(values),
            FieldLocation::Element => Scalar::PerTriangle(values),
        })
    }

    /// Node positions with the scaled displacement added.
    fn shown_points(&self) -> Result<Vec<mesh::Point3<f64>>, SceneError> {
        let mut points = self.mesh.nodes.clone();
        let Some((field, factor)) = self.displacement else { return Ok(points) };
        if field.components != 3 {
            let (name, quantity) = (field.name.clone(), "a displacement".to_owned());
            return Err(SceneError::Components { field: name, quantity, found: field.components, needed: 3 });
        }
        if field.location != FieldLocation::Node || field.len() != points.len() {
            let (found, expected) = (field.len(), points.len());
            return Err(SceneError::FieldLength { field: field.name.clone(), found, expected, location: "nodes" });
        }
        for (point, tuple) in points.iter_mut().zip(field.values.chunks_exact(3)) {
            *point += factor * mesh::Vector3::new(tuple[0], tuple[1], tuple[2]);
        }
        Ok(points)
    }

    fn surface(&self, name: &str, vertices: Vertices, parts: Parts, per_vertex: bool) -> Surface {
        let scalar = match (self.field.is_some(), per_vertex) {
            (false, _) => None,
            (true, true) => Some(Scalar::PerVertex(vertices.values)),
            (true, false) => Some(Scalar::PerTriangle(parts.values)),
        };
        let surface = Surface::plain(name, vertices.shown, parts.triangles, Colour::BONE);
        Surface { scalar, edges: parts.edges, ..surface }
    }

    /// The skin with the vertices it uses.
    fn whole(&self, skin: &Skin, shown: Vec<mesh::Point3<f64>>, values: Option<&Scalar>) -> Surface {
        let (vertices, mut parts) = self.all_nodes(skin, shown, values);
        let mut number = vec![u32::MAX; vertices.shown.len()];
        let mut compact = Vertices::default();
        for vertex in parts.triangles.iter_mut().flatten().chain(parts.edges.iter_mut().flatten()) {
            let old = *vertex as usize;
            if number[old] == u32::MAX {
                number[old] = compact.shown.len() as u32;
                compact.shown.push(vertices.shown[old]);
                compact.values.extend(vertices.values.get(old));
            }
            *vertex = number[old];
        }
        self.surface("surface", compact, parts, matches!(values, Some(Scalar::PerVertex(_))))
    }

    /// The skin as glass. It is no place for values, nor for a probe.
    fn pane(&self, skin: &Skin, shown: Vec<mesh::Point3<f64>>) -> Surface {
        let plain = Self { field: None, ..self.clone() };
        Surface { opacity: GLASS, ..plain.whole(skin, shown, None) }
    }

    fn all_nodes(&self, skin: &Skin, shown: Vec<mesh::Point3<f64>>, values: Option<&Scalar>) -> (Vertices, Parts) {
        let elemental = if let Some(Scalar::PerTriangle(values)) = values { Some(values) } else { None };
        let mut parts = Parts::default();
        for face in &skin.faces {
            for triangle in triangles(&face.nodes) {
                parts.triangles.push(triangle);
                parts.values.extend(elemental.map(|values| values[face.element as usize]));
            }
        }
        if self.edges {
            parts.edges = skin.edges();
        }
        (Vertices { shown, values: nodal(values) }, parts)
    }

    /// The skin below the plane and the section.
    fn opened(
        &self,
        skin: &Skin,
        shown: Vec<mesh::Point3<f64>>,
        values: Option<&Scalar>,
        plane: &Plane,
    ) -> Vec<Surface> {
        let distance: Vec<f64> = self.mesh.nodes.iter().map(|&p| plane.distance(p)).collect();
        let (vertices, parts) = self.all_nodes(skin, shown, values);
        let per_vertex = matches!(values, Some(Scalar::PerVertex(_)));
        let mut knife = Knife::new(&distance, &vertices);
        let mut kept = Parts::default();
        for (t, &triangle) in parts.triangles.iter().enumerate() {
            for part in knife.triangle(triangle) {
                kept.triangles.push(part);
                kept.values.extend(parts.values.get(t));
            }
        }
        kept.edges = parts.edges.iter().filter_map(|&edge| knife.edge(edge)).collect();
        let outside = self.surface("surface", knife.cut, kept, per_vertex);
        vec![outside, self.section(&vertices, values, plane)]
    }

    /// What the plane meets, seen from the side that is taken away.
    fn section(&self, vertices: &Vertices, values: Option<&Scalar>, plane: &Plane) -> Surface {
        let distance: Vec<f64> = self.mesh.nodes.iter().map(|&p| plane.distance(p)).collect();
        let elemental = if let Some(Scalar::PerTriangle(values)) = values { values.as_slice() } else { &[] };
        let mut knife = Knife::new(&distance, vertices);
        let mut section = Parts::default();
        for (element, (kind, nodes)) in self.mesh.elements().enumerate() {
            for tetrahedron in tetrahedra(kind) {
                for part in knife.section(tetrahedron.map(|k| nodes[usize::from(k)])) {
                    section.triangles.push(part);
                    section.values.extend(elemental.get(element));
                }
            }
        }
        let per_vertex = matches!(values, Some(Scalar::PerVertex(_)));
        let inside = self.surface(SECTION, knife.cut, section, per_vertex);
        Surface { shading: Shading::Flat, ..inside }
    }

    fn fixed_zone(&self, skin: &Skin, name: &str) -> Result<Option<FixedZone>, SceneError> {
        let layer = || SceneError::Layer { layer: name.to_owned(), problem: "the mesh has no such region".to_owned() };
        let faces: Vec<Vec<u32>> = match self.mesh.regions.get(name).ok_or_else(layer)? {
            Region::Faces(faces) => faces.iter().filter_map(|&face| self.mesh.face_nodes(face)).collect(),
            Region::Nodes(nodes) => {
                let held = |face: &&SkinFace| face.nodes.iter().all(|node| nodes.binary_search(node).is_ok());
                skin.faces.iter().filter(held).map(|face| face.nodes.clone()).collect()
            }
            Region::Elements(elements) => {
                let held = |face: &&SkinFace| elements.binary_search(&face.element).is_ok();
                skin.faces.iter().filter(held).map(|face| face.nodes.clone()).collect()
            }
        };
        let triangles: Vec<[u32; 3]> = faces.iter().flat_map(|nodes| triangles(nodes)).collect();
        if triangles.is_empty() {
            return Ok(None);
        }
        let vertices = Vertices { shown: self.shown_points()?, values: Vec::new() };
        let everywhere = vec![0.0; vertices.shown.len()];
        let distance: Vec<f64> =
            self.cut.map_or(everywhere, |plane| self.mesh.nodes.iter().map(|&p| plane.distance(p)).collect());
        let mut knife = Knife::new(&distance, &vertices);
        let triangles = triangles.into_iter().flat_map(|t| knife.triangle(t)).collect();
        Ok(Some(FixedZone { label: name.to_owned(), points: knife.cut.shown, triangles }))
    }
}

/// Values that belong to nodes.
fn nodal(values: Option<&Scalar>) -> Vec<f64> {
    if let Some(Scalar::PerVertex(values)) = values { values.clone() } else { Vec::new() }
}

impl Scene {
    /// The picture of a volume mesh; see [`VolumePicture::scene`].
    pub fn from_volume(picture: &VolumePicture<'_>) -> Result<Self, SceneError> {
        picture.scene()
    }
}

/// Triangles and edges over some vertex list; values of triangles where the field lives on elements.
#[derive(Debug, Default)]
struct Parts {
    triangles: Vec<[u32; 3]>,
    values: Vec<f64>,
    edges: Vec<[u32; 2]>,
}

/// A face on the outside of the body, or a shell element.
#[derive(Debug, Clone)]
struct SkinFace {
    element: u32,
    /// Corners, then mid-edge nodes.
    nodes: Vec<u32>,
}

/// The outside of a mesh.
struct Skin {
    faces: Vec<SkinFace>,
}

impl Skin {
    /// Faces that belong to one solid only, in element order, then shell elements.
    fn of(mesh: &VolumeMesh) -> Self {
        let boundary = mesh::topology::boundary_faces(mesh);
        let solid = boundary.into_iter().filter_map(|face| {
            let nodes = mesh.face_nodes(face)?;
            Some(SkinFace { element: face.element, nodes })
        });
        let shells = mesh.elements().zip(0_u32..).filter(|((kind, _), _)| kind.dimension() == 2);
        let shells = shells.map(|((_, nodes), element)| SkinFace { element, nodes: nodes.to_vec() });
        Self { faces: solid.chain(shells).collect() }
    }

    /// Edges of the faces, each once; quadratic ones in two pieces.
    fn edges(&self) -> Vec<[u32; 2]> {
        let mut edges = Vec::new();
        for face in &self.faces {
            let corners = corner_count(&face.nodes);
            for k in 0..corners {
                let (a, b) = (face.nodes[k], face.nodes[(k + 1) % corners]);
                match face.nodes.get(corners + k) {
                    Some(&middle) => edges.extend([[a.min(middle), a.max(middle)], [b.min(middle), b.max(middle)]]),
                    None => edges.push([a.min(b), a.max(b)]),
                }
            }
        }
        edges.sort_unstable();
        edges.dedup();
        edges
    }
}

fn corner_count(face: &[u32]) -> usize {
    if face.len().is_multiple_of(3) { 3 } else { 4 }
}

/// Triangles of a face with 3, 4, 6 or 8 nodes, corners first.
fn triangles(face: &[u32]) -> Vec<[u32; 3]> {
    let local: &[[usize; 3]] = match face.len() {
        3 => &[[0, 1, 2]],
        4 => &[[0, 1, 2], [0, 2, 3]],
        6 => &[[0, 3, 5], [3, 1, 4], [5, 4, 2], [3, 4, 5]],
        8 => &[[0, 4, 7], [4, 1, 5], [5, 2, 6], [6, 3, 7], [4, 5, 6], [4, 6, 7]],
        _ => &[],
    };
    local.iter().map(|t| t.map(|k| face[k])).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use mesh::{ElementKind, Point3, Vector3};

    /// A box of 2 × 1 × 1 hexahedra from x = 0 to 2.
    fn bar() -> VolumeMesh {
        let node = |i: usize, j: usize, k: usize| (i + 3 * (j + 2 * k)) as u32;
        let mut nodes = Vec::new();
        for k in 0..2 {
            for j in 0..2 {
                nodes.extend((0..3).map(|i| Point3::new(i as f64, j as f64, k as f64)));
            }
        }
        let hexahedron = |i| {
            let ring = |k| [node(i, 0, k), node(i + 1, 0, k), node(i + 1, 1, k), node(i, 1, k)];
            [ring(0), ring(1)].concat()
        };
        VolumeMesh::new(nodes, ElementKind::Hex8, [hexahedron(0), hexahedron(1)].concat())
    }

    fn area_and_volume(surfaces: &[Surface]) -> (f64, f64) {
        let mut sums = (0.0, 0.0);
        for surface in surfaces {
            for t in &surface.triangles {
                let [a, b, c] = t.map(|v| surface.points[v as usize]);
                let normal = (b - a).cross(&(c - a));
                sums.0 += 0.5 * normal.norm();
                sums.1 += normal.dot(&a.coords) / 6.0;
            }
        }
        sums
    }

    #[test]
    fn the_skin_closes_the_body() {
        let mesh = bar();
        let scene = VolumePicture { edges: true, ..VolumePicture::new(&mesh) }.scene().unwrap();
        let (area, volume) = area_and_volume(&scene.surfaces);
        assert!((area - 10.0).abs() < 1e-12 && (volume - 2.0).abs() < 1e-12);
        assert_eq!(scene.surfaces[0].edges.len(), 20);
        assert_eq!(scene.validate(), Ok(()));
    }

    #[test]
    fn an_opened_body_is_closed_by_its_section_which_carries_the_field() {
        let mesh = bar();
        let value = |p: &Point3<f64>| 1.0 + p.x - 2.0 * p.y + 3.0 * p.z;
        let field = Field::on_nodes("pressure", "MPa", 1, mesh.nodes.iter().map(value).collect());
        let normal = Vector3::new(1.0, 0.2, 0.1);
        let plane = Plane::new(Point3::new(1.3, 0.5, 0.5), normal).unwrap();
        let picture =
            VolumePicture { field: Some((&field, Quantity::Value)), cut: Some(plane), ..VolumePicture::new(&mesh) };
        let scene = picture.scene().unwrap();
        let (_, volume) = area_and_volume(&scene.surfaces);
        assert!((volume - 1.3).abs() < 1e-12, "the plane through (1.3, ½, ½) leaves 1.3 of the bar: {volume}");
        for surface in &scene.surfaces {
            let Some(Scalar::PerVertex(values)) = &surface.scalar else { panic!("values on vertices") };
            for (point, found) in surface.points.iter().zip(values) {
                assert!((value(point) - found).abs() < 1e-12);
            }
        }
        assert_eq!(scene.validate(), Ok(()));
    }

    #[test]
    fn a_section_in_glass_takes_nothing_away() {
        let mesh = bar();
        let field = Field::on_nodes("pressure", "Pa", 1, mesh.nodes.iter().map(|p| 3.0 * p.x).collect());
        let picture = VolumePicture {
            field: Some((&field, Quantity::Value)),
            cut: Plane::new(Point3::new(0.7, 0.0, 0.0), Vector3::x()).ok(),
            glass: true,
            ..VolumePicture::new(&mesh)
        };
        let scene = picture.scene().unwrap();
        let [section, outside] = &scene.surfaces[..] else { panic!("{:?}", scene.surfaces) };
        assert!((area_and_volume(std::slice::from_ref(section)).0 - 1.0).abs() < 1e-12);
        let values = section.scalar.as_ref().unwrap().values();
        assert!(values.iter().all(|value| (value - 2.1).abs() < 1e-12) && scene.legend.is_some());
        assert!((area_and_volume(std::slice::from_ref(outside)).1 - 2.0).abs() < 1e-12);
        assert!(outside.scalar.is_none() && outside.opacity < 0.2);
        let whole = VolumePicture { cut: None, ..picture }.scene().unwrap();
        assert_eq!(whole.surfaces.len(), 1);
        assert_eq!(whole.surfaces[0].opacity, outside.opacity);
    }

    #[test]
    fn element_values_follow_their_element_and_deformation_is_noted() {
        let mut mesh = bar();
        mesh.regions.insert("left end".into(), Region::Nodes(vec![0, 3, 6, 9]));
        let field = Field::on_elements("density", "g/cm³", 1, vec![1.0, 2.0]);
        let displacement = Field::on_nodes("displacement", "mm", 3, vec![0.01; 36]);
        let picture = VolumePicture {
            field: Some((&field, Quantity::Value)),
            displacement: Some((&displacement, 100.0)),
            fixed: vec!["left end".into()],
            ..VolumePicture::new(&mesh)
        };
        let scene = picture.scene().unwrap();
        let surface = &scene.surfaces[0];
        let Some(Scalar::PerTriangle(values)) = &surface.scalar else { panic!("values on triangles") };
        for (t, value) in surface.triangles.iter().zip(values) {
            let middle = t.iter().map(|&v| surface.points[v as usize].x).sum::<f64>() / 3.0 - 1.0;
            assert_eq!(*value, if middle < 1.0 { 1.0 } else { 2.0 });
        }
        assert_eq!(scene.fixed_zones[0].triangles.len(), 2);
        assert_eq!(scene.notes, ["Deformation drawn × 100"]);
        let wrong = Field::on_nodes("displacement", "mm", 1, vec![0.0; 12]);
        let picture = VolumePicture { displacement: Some((&wrong, 1.0)), ..VolumePicture::new(&mesh) };
        assert!(matches!(picture.scene(), Err(SceneError::Components { needed: 3, .. })));
    }
}
