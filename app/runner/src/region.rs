//! From the study's pickers to nodes, boundary faces and elements of one mesh.

use crate::RunnerError;
use crate::frames::Frames;
use mesh::topology::{boundary_faces, grow_faces_by_angle};
use mesh::{Face, Point3, Region, Vector3, VolumeMesh};
use solid::{Spot, Spread};
use std::collections::BTreeMap;
use std::sync::Arc;
use study::{Located, Picker, Study};

/// The regions of a study on one mesh.
pub(crate) struct Regions<'a> {
    study: &'a Study,
    mesh: &'a VolumeMesh,
    label: &'a str,
    boundary: Vec<Face>,
    rules: BTreeMap<&'a str, Rule>,
}

/// How deep a point lies below the edge of a region, in mm; negative outside.
type Depth = Arc<dyn Fn(&Point3<f64>) -> f64 + Send + Sync>;

/// Whether a point belongs to a region: by its position or by the node there.
#[derive(Clone)]
enum Rule {
    Place(Depth),
    /// One flag a node.
    Nodes(Arc<[bool]>),
    All(Vec<Rule>),
    Any(Vec<Rule>),
    None(Vec<Rule>),
    /// The same points, with the width over which their weight rises.
    Faded(Box<Rule>, f64),
}

impl Rule {
    fn place(depth: impl Fn(&Point3<f64>) -> f64 + Send + Sync + 'static) -> Self {
        Self::Place(Arc::new(depth))
    }

    /// Whether the region holds a point; a point that is no node belongs to a region of nodes with all nodes of its
    /// element.
    fn holds(&self, spot: &Spot<'_>) -> bool {
        match self {
            Self::Place(depth) => depth(&spot.position) >= 0.0,
            Self::Nodes(flags) => {
                let flag = |&node: &u32| flags[node as usize];
                spot.node.map_or_else(|| spot.element_nodes.iter().all(flag), |node| flag(&node))
            }
            Self::All(parts) => parts.iter().all(|part| part.holds(spot)),
            Self::Any(parts) => parts.iter().any(|part| part.holds(spot)),
            Self::None(parts) => !parts.iter().any(|part| part.holds(spot)),
            Self::Faded(rule, _) => rule.holds(spot),
        }
    }

    /// Depth below the edge; a checked study asks for it only of regions by place, others have no edge.
    fn depth(&self, point: &Point3<f64>) -> f64 {
        let of = |parts: &[Self], pick: fn(f64, f64) -> f64, start| {
            parts.iter().map(|part| part.depth(point)).fold(start, pick)
        };
        match self {
            Self::Place(depth) => depth(point),
            Self::Nodes(_) => f64::INFINITY,
            Self::All(parts) => of(parts, f64::min, f64::INFINITY),
            Self::Any(parts) => of(parts, f64::max, f64::NEG_INFINITY),
            Self::None(parts) => -of(parts, f64::max, f64::NEG_INFINITY),
            Self::Faded(rule, _) => rule.depth(point),
        }
    }
}

/// s²(3 - 2s) of the depth over the width of the band.
fn weight(depth: f64, over: f64) -> f64 {
    let s = (depth / over).clamp(0.0, 1.0);
    s * s * (3.0 - 2.0 * s)
}

impl<'a> Regions<'a> {
    /// Prepares every region of the study. `surface` are points of the geometry's own surface (not of the mesh), from
    /// which regions are built that must be the same on every mesh.
    pub(crate) fn new(
        study: &'a Study,
        frames: &Frames,
        surface: &[Point3<f64>],
        mesh: &'a VolumeMesh,
        label: &'a str,
    ) -> Result<Self, RunnerError> {
        let mut regions = Self { study, mesh, label, boundary: boundary_faces(mesh), rules: BTreeMap::new() };
        let builder = Builder { frames, surface };
        for name in study.document.regions.keys() {
            builder.named(&mut regions, name)?;
        }
        Ok(regions)
    }

    /// Nodes of a region, ascending.
    pub(crate) fn nodes(&self, name: &Located<String>) -> Result<Vec<u32>, RunnerError> {
        let inside = self.flags(name);
        let nodes: Vec<u32> = (0u32..).zip(&inside).filter(|(_, inside)| **inside).map(|(node, _)| node).collect();
        self.not_empty(nodes, name, "node")
    }

    /// Boundary faces all of whose nodes lie in a region, sorted; empty for regions inside the body and for lines.
    pub(crate) fn faces(&self, name: &Located<String>) -> Vec<Face> {
        let inside = self.flags(name);
        let whole = |face: &Face| {
            let nodes = self.mesh.face_nodes(*face).unwrap_or_default();
            !nodes.is_empty() && nodes.iter().all(|&node| inside[node as usize])
        };
        self.boundary.iter().copied().filter(whole).collect()
    }

    /// The boundary faces of a region where it holds some, else its nodes (lines, planes inside the body).
    pub(crate) fn faces_or_nodes(&self, name: &Located<String>) -> Result<Region, RunnerError> {
        let faces = self.faces(name);
        Ok(match faces.is_empty() {
            false => Region::Faces(faces),
            true => Region::Nodes(self.nodes(name)?),
        })
    }

    /// Boundary faces of a region that must have some.
    pub(crate) fn some_faces(&self, name: &Located<String>) -> Result<Vec<Face>, RunnerError> {
        self.not_empty(self.faces(name), name, "boundary face")
    }

    /// Where forces are spread and motions averaged: the faces (or nodes) of a region, weighted when it is a faded one.
    pub(crate) fn spread(&self, name: &Located<String>) -> Result<Spread, RunnerError> {
        let Some(Rule::Faded(rule, over)) = self.rules.get(name.as_str()) else {
            return Ok(self.faces_or_nodes(name)?.into());
        };
        // Faces that reach into the region count, with the weight of each of their points.
        let deep = |node: u32| rule.depth(&self.mesh.nodes[node as usize]) > 0.0;
        let touched = |face: &Face| self.mesh.face_nodes(*face).unwrap_or_default().into_iter().any(deep);
        let faces = self.boundary.iter().copied().filter(touched).collect();
        let faces = Region::Faces(self.not_empty(faces, name, "boundary face")?);
        let (rule, over) = (rule.clone(), *over);
        Ok(Spread::weighted(faces, move |point| weight(rule.depth(point), over)))
    }

    /// Whether a region holds a point; one that is no node belongs to regions of nodes with all nodes of its element.
    pub(crate) fn holds(&self, name: &Located<String>, spot: &Spot<'_>) -> bool {
        // A checked study names no region that it does not define.
        self.rules.get(name.as_str()).is_some_and(|rule| rule.holds(spot))
    }

    fn flags(&self, name: &str) -> Vec<bool> {
        let Some(rule) = self.rules.get(name) else { return vec![false; self.mesh.nodes.len()] };
        let spot = |(node, &position)| Spot { position, node: Some(node), element: 0, element_nodes: &[] };
        (0u32..).zip(&self.mesh.nodes).map(|pair| rule.holds(&spot(pair))).collect()
    }

    fn not_empty<T>(&self, items: Vec<T>, name: &Located<String>, what: &'static str) -> Result<Vec<T>, RunnerError> {
        if !items.is_empty() {
            return Ok(items);
        }
        let (place, region, mesh) = (self.study.place(name), name.to_string(), self.label.to_owned());
        Err(RunnerError::EmptyRegion { place, region, what, mesh })
    }

    fn node_flags(&self, nodes: impl IntoIterator<Item = u32>) -> Rule {
        let mut flags = vec![false; self.mesh.nodes.len()];
        nodes.into_iter().for_each(|node| flags[node as usize] = true);
        Rule::Nodes(flags.into())
    }

    fn face_flags(&self, faces: &[Face]) -> Rule {
        self.node_flags(faces.iter().flat_map(|&face| self.mesh.face_nodes(face).unwrap_or_default()))
    }
}

struct Builder<'a> {
    frames: &'a Frames,
    surface: &'a [Point3<f64>],
}

impl Builder<'_> {
    /// The rule of a region by name, made once.
    fn named(&self, regions: &mut Regions<'_>, name: &str) -> Result<Option<Rule>, RunnerError> {
        if let Some(rule) = regions.rules.get(name) {
            return Ok(Some(rule.clone()));
        }
        let study = regions.study;
        let Some((name, picker)) = study.document.regions.get_key_value(name) else { return Ok(None) };
        let rule = self.rule(regions, picker)?;
        regions.rules.insert(name, rule.clone());
        Ok(Some(rule))
    }

    fn rule(&self, regions: &mut Regions<'_>, picker: &Located<Picker>) -> Result<Rule, RunnerError> {
        Ok(match picker.value() {
            Picker::Everything(_) => Rule::place(|_| f64::INFINITY),
            Picker::Plane(plane) => {
                let tolerance = plane.tolerance.value().value();
                self.between_planes(
                    self.frames.point(&plane.frame, &plane.point),
                    self.frames.vector(&plane.frame, *plane.normal),
                    tolerance,
                )
            }
            Picker::Slab(slab) => {
                let half = 0.5 * slab.thickness.value().value();
                self.between_planes(
                    self.frames.point(&slab.frame, &slab.point),
                    self.frames.vector(&slab.frame, *slab.normal),
                    half,
                )
            }
            Picker::Sphere(sphere) => {
                let (centre, radius) =
                    (self.frames.point(&sphere.frame, &sphere.centre), sphere.radius.value().value());
                Rule::place(move |p| radius - (p - centre).norm())
            }
            Picker::Box(bounds) => {
                let (low, high) =
                    (self.frames.point(&bounds.frame, &bounds.low), self.frames.point(&bounds.frame, &bounds.high));
                let axes = self.frames.axes(&bounds.frame);
                let sides = move |axis: &Vector3<f64>, p: &Point3<f64>| axis.dot(&(p - low)).min(axis.dot(&(high - p)));
                Rule::place(move |p| axes.iter().map(|axis| sides(axis, p)).fold(f64::INFINITY, f64::min))
            }
            Picker::Cylinder(cylinder) => {
                let [start, end] =
                    [&cylinder.start, cylinder.end.value()].map(|p| self.frames.point(&cylinder.frame, p));
                in_cylinder(start, end, cylinder.radius.value().value())
            }
            Picker::GrownFace(face) => {
                let seed = self.frames.point(&face.frame, &face.seed);
                let start: Vec<Face> = nearest_face(regions, seed).into_iter().collect();
                let angle = face.angle.value().value();
                regions.face_flags(&grow_faces_by_angle(regions.mesh, &regions.boundary, &start, angle))
            }
            Picker::Farthest(farthest) => {
                let direction = self.frames.vector(&farthest.frame, *farthest.direction);
                let centre = self.farthest(direction);
                let radius = farthest.radius.value().value();
                Rule::place(move |p| radius - (p - centre).norm())
            }
            Picker::MeshRegion(name) => mesh_region(regions, name)?,
            Picker::FemoralHead(head) => self.femoral_head(head),
            Picker::FemoralNeck(neck) => self.femoral_neck(neck.length.value().value()),
            Picker::AllOf(names) => Rule::All(self.parts(regions, names)?),
            Picker::AnyOf(names) => Rule::Any(self.parts(regions, names)?),
            Picker::NoneOf(names) => Rule::None(self.parts(regions, names)?),
            Picker::Faded(faded) => {
                let rule = self.parts(regions, std::slice::from_ref(&faded.region))?;
                Rule::Faded(Box::new(Rule::All(rule)), faded.over.value().value())
            }
        })
    }

    fn parts(&self, regions: &mut Regions<'_>, names: &[Located<String>]) -> Result<Vec<Rule>, RunnerError> {
        names.iter().filter_map(|name| self.named(regions, name).transpose()).collect()
    }

    fn between_planes(&self, point: Point3<f64>, normal: Vector3<f64>, half: f64) -> Rule {
        let normal = normal.normalize();
        Rule::place(move |p| half - normal.dot(&(p - point)).abs())
    }

    /// The surface point with the largest component along `direction`; the first of several.
    fn farthest(&self, direction: Vector3<f64>) -> Point3<f64> {
        let mut best = (f64::NEG_INFINITY, Point3::origin());
        for point in self.surface {
            let height = direction.dot(&point.coords);
            if height > best.0 {
                best = (height, *point);
            }
        }
        best.1
    }

    fn femoral_head(&self, head: &study::HeadPicker) -> Rule {
        let Some((landmarks, axes)) = &self.frames.femur else { return Rule::place(|_| f64::NEG_INFINITY) };
        let (centre, radius) = (landmarks.head_center, landmarks.head_radius);
        let towards = axes.vector(*head.towards).normalize();
        let half_angle = head.half_angle.value().value();
        Rule::place(move |p| {
            let offset = p - centre;
            let along = (half_angle - towards.angle(&offset)) * radius;
            // Steep but continuous, so that a fade is smooth where the bone leaves the sphere.
            let across = 10.0 * (0.1 * radius - (offset.norm() - radius).abs());
            along.min(across)
        })
    }

    fn femoral_neck(&self, length: f64) -> Rule {
        let Some((landmarks, _)) = &self.frames.femur else { return Rule::place(|_| f64::NEG_INFINITY) };
        let (centre, axis) = (landmarks.neck_center, *landmarks.neck_axis);
        let half = 0.5 * length * axis;
        in_cylinder(centre - half, centre + half, landmarks.head_radius)
    }
}

fn in_cylinder(start: Point3<f64>, end: Point3<f64>, radius: f64) -> Rule {
    let length = (end - start).norm();
    let axis = (end - start) / length;
    Rule::place(move |p| {
        let along = axis.dot(&(p - start));
        let away = (p - start - along * axis).norm();
        (radius - away).min(along).min(length - along)
    })
}

/// The boundary face whose corners' mean is nearest to a point.
fn nearest_face(regions: &Regions<'_>, seed: Point3<f64>) -> Option<Face> {
    let distance = |face: &Face| {
        let nodes = regions.mesh.face_nodes(*face).unwrap_or_default();
        let sum: Vector3<f64> = nodes.iter().map(|&node| regions.mesh.nodes[node as usize].coords).sum();
        (sum / nodes.len().max(1) as f64 - seed.coords).norm()
    };
    regions.boundary.iter().copied().min_by(|a, b| distance(a).total_cmp(&distance(b)))
}

fn mesh_region(regions: &Regions<'_>, name: &Located<String>) -> Result<Rule, RunnerError> {
    match regions.mesh.regions.get(name.as_str()) {
        Some(Region::Nodes(nodes)) => Ok(regions.node_flags(nodes.iter().copied())),
        Some(Region::Faces(faces)) => Ok(regions.face_flags(faces)),
        Some(Region::Elements(elements)) => {
            let nodes = elements.iter().filter_map(|&e| regions.mesh.element(e as usize));
            Ok(regions.node_flags(nodes.flat_map(|(_, nodes)| nodes.iter().copied())))
        }
        None => Err(RunnerError::UnknownMeshRegion {
            place: regions.study.place(name),
            name: name.to_string(),
            known: regions.mesh.regions.keys().cloned().collect(),
        }),
    }
}
