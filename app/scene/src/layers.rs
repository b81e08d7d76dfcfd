use crate::{Camera, Colour, ColourScale, Point3, SceneError, Vector3};

/// A picture: what is drawn, from where, and what its colours mean.
#[derive(Debug, Clone, PartialEq)]
pub struct Scene {
    /// Surfaces; opaque ones hide each other by depth, translucent ones are laid over them in order.
    pub surfaces: Vec<Surface>,
    /// Zones drawn hatched on top of the surfaces they coincide with.
    pub fixed_zones: Vec<FixedZone>,
    /// Loads and other vectors.
    pub arrows: Vec<Arrow>,
    /// Labelled points.
    pub markers: Vec<Marker>,
    /// What the colours of every surface with a scalar mean. Without it scalars are not shown.
    pub legend: Option<Legend>,
    /// The camera.
    pub camera: Camera,
    /// Whether a figure may move and zoom the camera to its picture area.
    pub framing: Framing,
    /// Whether a scale bar is drawn (never in perspective, where it would lie).
    pub scale_bar: bool,
    /// The axes drawn in a corner.
    pub triad: Triad,
    /// The background.
    pub background: Colour,
    /// Short remarks at the bottom, for example "deformation drawn × 50".
    pub notes: Vec<String>,
}

impl Default for Scene {
    fn default() -> Self {
        Self {
            surfaces: Vec::new(),
            fixed_zones: Vec::new(),
            arrows: Vec::new(),
            markers: Vec::new(),
            legend: None,
            camera: Camera::default(),
            framing: Framing::Fit,
            scale_bar: true,
            triad: Triad::Anatomical,
            background: Colour::WHITE,
            notes: Vec::new(),
        }
    }
}

impl Scene {
    /// Every point that must be inside the picture: surfaces, zones, arrow ends.
    pub fn points(&self) -> impl Iterator<Item = &Point3<f64>> {
        let surfaces = self.surfaces.iter().flat_map(|s| &s.points);
        let zones = self.fixed_zones.iter().flat_map(|z| &z.points);
        surfaces.chain(zones).chain(self.arrows.iter().flat_map(|a| [&a.tail, &a.tip]))
    }

    /// Moves the camera so that everything fits a picture of `aspect` = width / height.
    pub fn fit(&mut self, aspect: f64) {
        self.camera = self.camera.fitted(self.points(), aspect, 0.06);
    }

    /// Markers at the smallest and the largest vertex value over all surfaces, labelled with the value and the unit of
    /// the legend. Adds nothing without a legend or without values on vertices.
    pub fn mark_extremes(&mut self) {
        let Some(legend) = &self.legend else { return };
        let mut ends: Option<[(f64, Point3<f64>); 2]> = None;
        for surface in &self.surfaces {
            let Some(Scalar::PerVertex(values)) = &surface.scalar else { continue };
            for (&value, &point) in values.iter().zip(&surface.points).filter(|(value, _)| value.is_finite()) {
                let [low, high] = ends.get_or_insert([(value, point); 2]);
                if value < low.0 {
                    *low = (value, point);
                }
                if value > high.0 {
                    *high = (value, point);
                }
            }
        }
        let Some([low, high]) = ends else { return };
        for ((value, position), kind, word) in [(low, MarkerKind::Minimum, "min"), (high, MarkerKind::Maximum, "max")] {
            let text = format!("{word} {}", legend.value_with_unit(value));
            self.markers.push(Marker { position, kind, label: text });
        }
    }

    /// Checks that every layer is consistent: indices in range, as many values as vertices or triangles, finite points.
    pub fn validate(&self) -> Result<(), SceneError> {
        self.surfaces.iter().try_for_each(Surface::validate)?;
        self.fixed_zones.iter().try_for_each(|zone| check_triangles(&zone.label, &zone.points, &zone.triangles))
    }
}

/// Who decides what part of the scene is seen.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Framing {
    /// A still figure moves and zooms the camera so that everything fits beside its legend; directions stay.
    #[default]
    Fit,
    /// The camera is used as it is, for close-ups.
    Fixed,
}

/// Values on a surface.
#[derive(Debug, Clone, PartialEq)]
pub enum Scalar {
    /// One value a vertex, interpolated linearly over each triangle.
    PerVertex(Vec<f64>),
    /// One value a triangle, constant on it.
    PerTriangle(Vec<f64>),
}

impl Scalar {
    /// The values.
    pub fn values(&self) -> &[f64] {
        match self {
            Self::PerVertex(values) | Self::PerTriangle(values) => values,
        }
    }
}

/// How normals vary over a surface.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Shading {
    /// One normal a triangle.
    Flat,
    /// Normals averaged around each vertex, except across edges sharper than the crease angle.
    Smooth {
        /// Cosine of the crease angle: neighbours whose normals have a smaller dot product are not averaged.
        crease_cosine: f64,
    },
}

impl Default for Shading {
    /// Smooth with a crease angle of 40°.
    fn default() -> Self {
        Self::Smooth { crease_cosine: 0.766 }
    }
}

/// A triangulated surface to draw.
#[derive(Debug, Clone, PartialEq)]
pub struct Surface {
    /// Name, for pick messages and errors.
    pub name: String,
    /// Vertices in mm, with any deformation already applied.
    pub points: Vec<Point3<f64>>,
    /// Vertex numbers, counter-clockwise seen from outside; both sides are drawn.
    pub triangles: Vec<[u32; 3]>,
    /// Values to colour by; `None` draws the plain colour.
    pub scalar: Option<Scalar>,
    /// Flat or smooth.
    pub shading: Shading,
    /// Lines to draw on the surface (element edges) as vertex pairs; empty for none.
    pub edges: Vec<[u32; 2]>,
    /// Plain colour.
    pub colour: Colour,
    /// 0 (invisible) to 1 (opaque).
    pub opacity: f64,
}

impl Surface {
    /// A plain opaque smooth surface.
    pub fn plain(name: &str, points: Vec<Point3<f64>>, triangles: Vec<[u32; 3]>, colour: Colour) -> Self {
        Self {
            name: name.to_owned(),
            points,
            triangles,
            scalar: None,
            shading: Shading::default(),
            edges: Vec::new(),
            colour,
            opacity: 1.0,
        }
    }

    /// A plain surface from a surface mesh.
    pub fn from_mesh(name: &str, mesh: &mesh::SurfaceMesh, colour: Colour) -> Self {
        Self::plain(name, mesh.points.clone(), mesh.triangles.clone(), colour)
    }

    /// Unit normals at the three corners of every triangle, following [`Surface::shading`].
    /// Area-weighted averages; a degenerate triangle has zero normals. Cost: linear in the triangles.
    pub fn corner_normals(&self) -> Vec<[Vector3<f64>; 3]> {
        let weighted: Vec<Vector3<f64>> = self.triangles.iter().map(|&t| self.area_vector2(t)).collect();
        let unit = |v: &Vector3<f64>| v.try_normalize(1e-300).unwrap_or_else(Vector3::zeros);
        let flat: Vec<Vector3<f64>> = weighted.iter().map(unit).collect();
        let Shading::Smooth { crease_cosine } = self.shading else {
            return flat.into_iter().map(|normal| [normal; 3]).collect();
        };
        let (start, around) = self.triangles_around_vertices();
        let corner = |triangle: usize, vertex: u32| {
            let fan = &around[start[vertex as usize]..start[vertex as usize + 1]];
            let near = fan.iter().map(|&t| t as usize).filter(|&t| flat[t].dot(&flat[triangle]) >= crease_cosine);
            unit(&near.fold(Vector3::zeros(), |sum, t| sum + weighted[t]))
        };
        self.triangles.iter().enumerate().map(|(t, corners)| corners.map(|vertex| corner(t, vertex))).collect()
    }

    fn area_vector2(&self, triangle: [u32; 3]) -> Vector3<f64> {
        let [a, b, c] = triangle.map(|v| self.points[v as usize]);
        (b - a).cross(&(c - a))
    }

    /// Triangles around each vertex in compressed rows: those of vertex `v` are `around[start[v]..start[v + 1]]`.
    fn triangles_around_vertices(&self) -> (Vec<usize>, Vec<u32>) {
        let mut start = vec![0; self.points.len() + 1];
        for &vertex in self.triangles.iter().flatten() {
            start[vertex as usize + 1] += 1;
        }
        for v in 0..self.points.len() {
            start[v + 1] += start[v];
        }
        let (mut next, mut around) = (start.clone(), vec![0; self.triangles.len() * 3]);
        for (t, triangle) in self.triangles.iter().enumerate() {
            for &vertex in triangle {
                around[next[vertex as usize]] = t as u32;
                next[vertex as usize] += 1;
            }
        }
        (start, around)
    }

    fn validate(&self) -> Result<(), SceneError> {
        check_triangles(&self.name, &self.points, &self.triangles)?;
        let problem = |problem| Err(SceneError::Layer { layer: self.name.clone(), problem });
        let expected = match &self.scalar {
            Some(Scalar::PerVertex(_)) => self.points.len(),
            Some(Scalar::PerTriangle(_)) => self.triangles.len(),
            None => 0,
        };
        let found = self.scalar.as_ref().map_or(0, |scalar| scalar.values().len());
        if found != expected {
            return problem(format!("{found} values where {expected} are needed"));
        }
        match self.edges.iter().flatten().find(|&&v| v as usize >= self.points.len()) {
            Some(v) => problem(format!("an edge names vertex {v} of {}", self.points.len())),
            None => Ok(()),
        }
    }
}

fn check_triangles(layer: &str, points: &[Point3<f64>], triangles: &[[u32; 3]]) -> Result<(), SceneError> {
    let problem = |problem| Err(SceneError::Layer { layer: layer.to_owned(), problem });
    if let Some(v) = points.iter().position(|p| !p.coords.iter().all(|c| c.is_finite())) {
        return problem(format!("vertex {v} has a coordinate that is not finite"));
    }
    match triangles.iter().position(|t| t.iter().any(|&v| v as usize >= points.len())) {
        Some(t) => problem(format!("triangle {t} names a vertex beyond the {} there are", points.len())),
        None => Ok(()),
    }
}

/// A zone that is held, drawn hatched over the surface it lies on.
#[derive(Debug, Clone, PartialEq)]
pub struct FixedZone {
    /// Label, for example "distal cut, fixed"; empty for none.
    pub label: String,
    /// Vertices in mm.
    pub points: Vec<Point3<f64>>,
    /// Triangles.
    pub triangles: Vec<[u32; 3]>,
}

/// An arrow; its length in the picture is what the scene's maker chose, the label says the quantity.
#[derive(Debug, Clone, PartialEq)]
pub struct Arrow {
    /// Where it starts, mm.
    pub tail: Point3<f64>,
    /// Where it points to, mm.
    pub tip: Point3<f64>,
    /// Label with value and unit.
    pub label: String,
    /// Colour.
    pub colour: Colour,
}

/// What a marker stands for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum MarkerKind {
    /// The smallest value.
    Minimum,
    /// The largest value.
    Maximum,
    /// Any other point.
    Point,
}

/// A labelled point.
#[derive(Debug, Clone, PartialEq)]
pub struct Marker {
    /// Where, mm.
    pub position: Point3<f64>,
    /// Symbol.
    pub kind: MarkerKind,
    /// Label.
    pub label: String,
}

/// What the colours mean.
#[derive(Debug, Clone, PartialEq)]
pub struct Legend {
    /// Name of the quantity, for example "Largest principal strain".
    pub title: String,
    /// Unit written out, for example "MPa"; "1" for pure numbers.
    pub unit: String,
    /// Value to colour.
    pub scale: ColourScale,
}

impl Legend {
    /// The unit as shown: "dimensionless" for "1" and for an empty text.
    pub fn unit_text(&self) -> &str {
        unit_text(&self.unit)
    }

    /// A value in three significant digits with its unit ("" for pure numbers).
    pub fn value_with_unit(&self, value: f64) -> String {
        let number = crate::ticks::significant(value, 3);
        if matches!(self.unit.as_str(), "1" | "") { number } else { format!("{number} {}", self.unit) }
    }
}

/// How a unit is shown in a heading: "dimensionless" for "1" and for an empty text.
pub fn unit_text(unit: &str) -> &str {
    if matches!(unit, "1" | "") { "dimensionless" } else { unit }
}

/// The axes drawn in a corner of the picture.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Triad {
    /// None.
    Hidden,
    /// Letters L, P, S: towards the patient's left, back and head.
    #[default]
    Anatomical,
    /// Letters x, y, z: a part without a patient.
    Cartesian,
}

impl Triad {
    /// Letters of the positive axes; `None` when hidden.
    pub const fn letters(self) -> Option<[&'static str; 3]> {
        match self {
            Self::Hidden => None,
            Self::Anatomical => Some(["L", "P", "S"]),
            Self::Cartesian => Some(["x", "y", "z"]),
        }
    }

    /// Colours of the axes.
    pub const COLOURS: [Colour; 3] = [Colour::new(196, 52, 45), Colour::new(34, 139, 84), Colour::new(38, 92, 190)];
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ColourMap;

    fn folded_strip() -> Surface {
        // Two triangles that share an edge at a right angle.
        let points =
            vec![Point3::origin(), Point3::new(0.0, 1.0, 0.0), Point3::new(1.0, 0.0, 0.0), Point3::new(0.0, 0.0, 1.0)];
        Surface::plain("strip", points, vec![[0, 2, 1], [0, 1, 3]], Colour::BONE)
    }

    #[test]
    fn normals_are_not_averaged_across_a_crease() {
        let mut strip = folded_strip();
        let normals = strip.corner_normals();
        assert!((normals[0][0] - Vector3::z()).norm() < 1e-12 && (normals[1][0] - Vector3::x()).norm() < 1e-12);
        strip.shading = Shading::Smooth { crease_cosine: -1.0 };
        let shared = strip.corner_normals()[0][0];
        assert!((shared - Vector3::new(1.0, 0.0, 1.0).normalize()).norm() < 1e-12);
    }

    #[test]
    fn a_layer_with_wrong_data_is_named() {
        let mut scene = Scene { surfaces: vec![folded_strip()], ..Scene::default() };
        assert_eq!(scene.validate(), Ok(()));
        scene.surfaces[0].scalar = Some(Scalar::PerVertex(vec![1.0; 3]));
        let message = scene.validate().unwrap_err().to_string();
        assert!(message.contains("strip") && message.contains("3 values where 4"), "{message}");
        scene.surfaces[0].scalar = None;
        scene.surfaces[0].triangles[1][2] = 4;
        assert!(scene.validate().is_err());
    }

    #[test]
    fn extremes_are_marked_where_they_are_with_unit() {
        let mut strip = folded_strip();
        strip.scalar = Some(Scalar::PerVertex(vec![2.0, f64::NAN, -1.0, 17.5]));
        let scale = ColourScale::new(ColourMap::Viridis, [-1.0, 18.0]);
        let legend = Legend { title: "Pressure".into(), unit: "MPa".into(), scale };
        let mut scene = Scene { surfaces: vec![strip], legend: Some(legend), ..Scene::default() };
        scene.mark_extremes();
        assert_eq!(scene.markers[0].label, "min −1.00 MPa");
        assert_eq!(scene.markers[0].position, Point3::new(1.0, 0.0, 0.0));
        assert_eq!(scene.markers[1].label, "max 17.5 MPa");
    }
}
