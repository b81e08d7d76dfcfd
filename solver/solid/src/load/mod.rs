//! Load cases: what pulls and pushes on the body.

mod body;
mod face;
mod resultant;

use crate::material::MaterialMap;
use crate::support::VectorField;
use crate::{Place, SolidError, Spread};
use control::RunControl;
use mesh::{Point3, Vector3, VolumeMesh};
use std::fmt;
use std::sync::Arc;

/// A traction (MPa) on a face from the position and the outward unit normal.
pub type TractionField = Arc<dyn Fn(&Point3<f64>, &Vector3<f64>) -> Vector3<f64> + Send + Sync>;

#[derive(Clone)]
pub(crate) enum Load {
    Traction { place: Place, value: TractionField, name: &'static str },
    Resultant { spread: Spread, force: Vector3<f64>, moment: Vector3<f64>, point: Option<Point3<f64>> },
    Nodal { place: Place, each: Vector3<f64> },
    Body { place: Place, value: VectorField },
    Gravity { acceleration: Vector3<f64> },
}

/// Loads that act together. Several load cases of one model share its stiffness matrix and its factorisation.
#[derive(Clone)]
pub struct LoadCase {
    /// Name shown in results.
    pub name: String,
    pub(crate) loads: Vec<Load>,
    /// Nodal temperature rise above the stress-free state, K.
    pub(crate) temperature: Option<Temperature>,
}

type ScalarField = Arc<dyn Fn(&Point3<f64>) -> f64 + Send + Sync>;

/// Temperatures above the stress-free one.
#[derive(Clone)]
pub(crate) enum Temperature {
    Nodal(Vec<f64>),
    Field(ScalarField),
}

impl fmt::Debug for LoadCase {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "LoadCase({}, {} loads)", self.name, self.loads.len())
    }
}

impl LoadCase {
    /// A load case without loads.
    pub fn new(name: &str) -> Self {
        Self { name: name.to_owned(), loads: Vec::new(), temperature: None }
    }

    fn with(mut self, load: Load) -> Self {
        self.loads.push(load);
        self
    }

    /// A constant traction vector (MPa) on faces.
    pub fn traction(self, place: impl Into<Place>, traction: Vector3<f64>) -> Self {
        self.with(Load::Traction { place: place.into(), value: Arc::new(move |_, _| traction), name: "a traction" })
    }

    /// A traction (MPa) on faces as a function of position (mm) and outward unit normal.
    pub fn traction_field(
        self,
        place: impl Into<Place>,
        traction: impl Fn(&Point3<f64>, &Vector3<f64>) -> Vector3<f64> + Send + Sync + 'static,
    ) -> Self {
        self.with(Load::Traction { place: place.into(), value: Arc::new(traction), name: "a traction" })
    }

    /// A pressure (MPa, positive pushes into the body) on faces.
    pub fn pressure(self, place: impl Into<Place>, pressure: f64) -> Self {
        self.with(Load::Traction {
            place: place.into(),
            value: Arc::new(move |_, n| -pressure * n),
            name: "a pressure",
        })
    }

    /// A force (N) spread over faces or nodes so that it acts through the centre of the region, without moment about it.
    /// On faces the traction is the same throughout, on nodes each takes an equal part, times the weight of the spread.
    pub fn force(self, spread: impl Into<Spread>, force: Vector3<f64>) -> Self {
        self.with(Load::Resultant { spread: spread.into(), force, moment: Vector3::zeros(), point: None })
    }

    /// A force (N) and a moment (N mm) acting at `point` (mm), spread over faces or nodes as an RBE3 element does: the
    /// region stays flexible. On faces the traction is w (F/A + (T⁻¹ M_c) × (x - c)), with the weight w of the spread (1
    /// for plain places), area A, centre c and second moments T of w, and the moment M_c about c, integrated with the shape
    /// functions; on nodes counts replace the area. Force and moment about `point` are reproduced to rounding.
    pub fn force_and_moment(
        self,
        spread: impl Into<Spread>,
        force: Vector3<f64>,
        moment: Vector3<f64>,
        point: Point3<f64>,
    ) -> Self {
        self.with(Load::Resultant { spread: spread.into(), force, moment, point: Some(point) })
    }

    /// The force `each` (N) on every node of the place.
    pub fn nodal_force(self, place: impl Into<Place>, each: Vector3<f64>) -> Self {
        self.with(Load::Nodal { place: place.into(), each })
    }

    /// A constant force per volume (N/mm³) on elements.
    pub fn body_force(self, place: impl Into<Place>, density: Vector3<f64>) -> Self {
        self.body_force_field(place, move |_| density)
    }

    /// A force per volume (N/mm³) on elements as a function of position (mm), integrated to degree 5 or better.
    pub fn body_force_field(
        self,
        place: impl Into<Place>,
        density: impl Fn(&Point3<f64>) -> Vector3<f64> + Send + Sync + 'static,
    ) -> Self {
        self.with(Load::Body { place: place.into(), value: Arc::new(density) })
    }

    /// Weight under the acceleration `acceleration` (mm/s², 9806.65 is standard gravity) of every element, by its
    /// material's density.
    pub fn gravity(self, acceleration: Vector3<f64>) -> Self {
        self.with(Load::Gravity { acceleration })
    }

    /// Nodal temperatures above the stress-free one (K), one a node of the mesh.
    pub fn temperature_change(mut self, nodal: Vec<f64>) -> Self {
        self.temperature = Some(Temperature::Nodal(nodal));
        self
    }

    /// The temperature above the stress-free one (K) as a function of position; taken at the nodes and interpolated.
    pub fn temperature_change_field(mut self, change: impl Fn(&Point3<f64>) -> f64 + Send + Sync + 'static) -> Self {
        self.temperature = Some(Temperature::Field(Arc::new(change)));
        self
    }

    /// The nodal temperature rise, checked.
    pub(crate) fn nodal_temperature(&self, mesh: &VolumeMesh) -> Result<Option<Vec<f64>>, SolidError> {
        let nodal: Vec<f64> = match &self.temperature {
            None => return Ok(None),
            Some(Temperature::Nodal(nodal)) => nodal.clone(),
            Some(Temperature::Field(field)) => mesh.nodes.iter().map(|x| field(x)).collect(),
        };
        let (found, expected) = (nodal.len(), mesh.nodes.len());
        if found != expected {
            return Err(SolidError::WrongLength { what: "the temperature", found, expected });
        }
        if !nodal.iter().all(|t| t.is_finite()) {
            let (use_, place) = ("the temperature".to_owned(), Place::Everywhere.to_string());
            return Err(SolidError::NotFinite { use_, place });
        }
        Ok(Some(nodal))
    }

    /// The nodal forces of all loads (N), one vector a node.
    pub(crate) fn nodal_forces(
        &self,
        mesh: &VolumeMesh,
        materials: &MaterialMap,
        control: &RunControl,
    ) -> Result<Vec<Vector3<f64>>, SolidError> {
        let mut total = vec![Vector3::zeros(); mesh.nodes.len()];
        let mut loose = vec![true; mesh.nodes.len()];
        mesh.elements().for_each(|(_, nodes)| nodes.iter().for_each(|&node| loose[node as usize] = false));
        for load in &self.loads {
            let mut own = vec![Vector3::zeros(); mesh.nodes.len()];
            let (use_, place) = match load {
                Load::Traction { place, value, name } => {
                    face::add_traction(mesh, &place.faces(mesh, name)?, value, &mut own, control)?;
                    (*name, place)
                }
                Load::Resultant { spread, force, moment, point } => {
                    resultant::add(mesh, spread, [*force, *moment], *point, &mut own, control)?;
                    ("a force", spread.place())
                }
                Load::Nodal { place, each } => {
                    place.nodes(mesh, "a nodal force")?.into_iter().for_each(|node| own[node as usize] += each);
                    ("a nodal force", place)
                }
                Load::Body { place, value } => {
                    let elements = place.elements(mesh, "a body force")?;
                    body::add(mesh, &elements, |_, x| value(x), &mut own, control)?;
                    ("a body force", place)
                }
                Load::Gravity { acceleration } => {
                    body::add_gravity(mesh, materials, acceleration, &mut own, control)?;
                    ("gravity", &Place::Everywhere)
                }
            };
            if !own.iter().all(|f| f.iter().all(|c| c.is_finite())) {
                return Err(SolidError::NotFinite { use_: use_.to_owned(), place: place.to_string() });
            }
            if let Some(node) = (0..own.len()).find(|&node| loose[node] && own[node] != Vector3::zeros()) {
                return Err(SolidError::LooseNode { use_: use_.to_owned(), place: place.to_string(), node });
            }
            total.iter_mut().zip(own).for_each(|(sum, f)| *sum += f);
        }
        Ok(total)
    }
}
