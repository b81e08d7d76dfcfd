//! The time step.

use crate::bdf::Differences;
use crate::constraint::Held;
use crate::convection::courant_rate;
use crate::divergence::Divergence;
use crate::momentum::VelocityMatrix;
use crate::open::{OpenFace, for_each_face_point};
use crate::poisson::{Increment, Poisson, norm};
use crate::stabilise::Subscales;
use crate::{Condition, Conditions, Convection, FlowError, FlowSpace};
use constitutive::viscosity::Viscosity;
use control::RunControl;
use linalg::SparseMatrix;
use linalg::nodal::{AllFree, InverseDiagonal, Iterations, Until, conjugate_gradients, conjugate_gradients_of};
use mesh::{Face, Point3};
use nalgebra::Vector3;
use std::collections::{BTreeMap, BTreeSet};

/// Iterations of a linear system at most.
pub(crate) const MOST_ITERATIONS: usize = 500;
/// Residual of the rotational correction, over its right-hand side.
const PROJECTION: f64 = 1e-5;
/// Flux in less flux out of a closed boundary over their mean from which it is no matter of nodal values.
const UNBALANCED: f64 = 0.05;
/// Steps after which the stabilisation of linear elements follows a viscosity that varies.
const RENEWED: u32 = 8;
/// Speed from which a flow counts as lost, mm/s.
const LOST: f64 = 1e9;

/// What flows. Its viscosity is a number, for a Newtonian fluid, or one of the laws of [`constitutive::viscosity`].
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Fluid<V = f64> {
    /// t/mm³.
    pub density: f64,
    /// Dynamic viscosity, MPa s.
    pub viscosity: V,
}

/// How it is solved.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct FlowOptions {
    /// The convective term.
    pub convection: Convection,
    /// Factor β of the stabilisation of inflow through open faces. Where a pressure drives an inflow it is a loss of pressure of
    /// β ρ u²: keep it small.
    pub backflow: f64,
    /// Residual of the velocity at the end of its iteration, over the residual of the velocity one step before. 10⁻⁵ keeps the
    /// second order in time, 10⁻³ loses most of it.
    pub tolerance: f64,
    /// The largest speed of the inflow, mm/s, for the stabilisation of linear elements, which need it; quadratic ones do not.
    pub speed: f64,
    /// Bytes that the factor of the pressure's matrix may take; beyond, multigrid takes its place. The bits of a flow depend on
    /// which of them it is.
    pub memory: u64,
}

impl Default for FlowOptions {
    fn default() -> Self {
        Self { convection: Convection::Implicit, backflow: 0.2, tolerance: 1e-5, speed: 0.0, memory: u64::MAX }
    }
}

/// What a step did.
#[derive(Debug, Clone, PartialEq)]
pub struct StepReport {
    /// Time at its end, s.
    pub time: f64,
    /// Largest Courant number: speed times step over the spacing of the nodes along the flow.
    pub courant: f64,
    /// Iterations of the velocity.
    pub iterations: Iterations,
    /// Iterations of the pressure increment; none beside quadratic velocities, where it is found at once.
    pub corrections: Iterations,
    /// Sum of |D u + C p| over the pressures, mm³/s: what the velocity before projection lacks of the mesh's balance of mass.
    pub lack: f64,
    /// The open faces by name.
    pub open: BTreeMap<String, OpenReport>,
}

/// An open face at the end of a step.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct OpenReport {
    /// MPa.
    pub pressure: f64,
    /// Out of the domain, of the projected velocity, mm³/s.
    pub flux: f64,
}

/// A flow in time.
pub struct Flow<'s> {
    pub(crate) space: &'s FlowSpace,
    pub(crate) fluid: Fluid<Viscosity>,
    /// Its viscosity, where that is one number.
    pub(crate) constant_viscosity: Option<f64>,
    pub(crate) options: FlowOptions,
    pub(crate) held: Held,
    pub(crate) open: Vec<OpenFace>,
    pub(crate) mass: SparseMatrix,
    pub(crate) stiffness: SparseMatrix,
    pub(crate) divergence: Divergence,
    pub(crate) matrix: VelocityMatrix,
    pressure_mass: SparseMatrix,
    /// 1 over the diagonal of that.
    inverse_mass: InverseDiagonal,
    /// Row sums of the mass.
    lumped: Vec<f64>,
    pub(crate) poisson: Poisson,
    /// ∫ N_a n over the whole boundary (mm²) by nodes, where nothing is open.
    boundary: Vec<(u32, Vector3<f64>)>,
    pub(crate) time: f64,
    /// Length of the last step; `None` before the first.
    pub(crate) last_step: Option<f64>,
    /// u of the last two steps.
    pub(crate) velocity: [Vec<Vector3<f64>>; 2],
    /// The differences of the last step and u two steps back; `None` before the first.
    pub(crate) behind: Option<(Differences, Vec<Vector3<f64>>)>,
    pub(crate) pressure: Vec<f64>,
    /// φ of the last two steps, and a₀ of each.
    pub(crate) increments: [Vec<f64>; 2],
    pub(crate) inertia: [f64; 2],
    /// Steps since C was last made for the viscosity as it then was, where that varies.
    since_stabilised: Option<u32>,
}

impl<'s> Flow<'s> {
    /// Prepares a flow at rest at t = 0.
    ///
    /// # Errors
    /// [`FlowError`] for conditions that do not fit the mesh, bad numbers and failing factorisations.
    pub fn new(
        space: &'s FlowSpace,
        fluid: Fluid<impl Into<Viscosity>>,
        conditions: &Conditions,
        options: FlowOptions,
        control: &RunControl,
    ) -> Result<Self, FlowError> {
        let fluid = Fluid { density: fluid.density, viscosity: fluid.viscosity.into() };
        for (what, value) in [("the density", fluid.density), ("the viscosity", fluid.viscosity.least())] {
            if !(value > 0.0 && value.is_finite()) {
                let remedy = "it must be positive and finite".to_owned();
                return Err(FlowError::Value { what: what.to_owned(), value, remedy });
            }
        }
        let has_speed = options.speed > 0.0 && options.speed.is_finite();
        if !(space.is_quadratic() || has_speed) {
            let (what, value) = ("the speed for the stabilisation of linear elements".to_owned(), options.speed);
            return Err(FlowError::Value {
                what,
                value,
                remedy: "give the largest speed of the inflow, mm/s".to_owned(),
            });
        }
        if !(options.backflow >= 0.0 && options.backflow.is_finite()) {
            let (what, value) = ("the factor of the backflow".to_owned(), options.backflow);
            return Err(FlowError::Value { what, value, remedy: "it must be finite and not negative".to_owned() });
        }
        refuse_unconditioned(space, conditions)?;
        let held = Held::new(space, conditions)?;
        let mut open = OpenFace::all(space, conditions)?;
        let product = |values: &[f64], _: &[[f64; 3]], a: usize, b: usize| values[a] * values[b];
        let gradient =
            |_: &[f64], g: &[[f64; 3]], a: usize, b: usize| g[a][0] * g[b][0] + g[a][1] * g[b][1] + g[a][2] * g[b][2];
        let mass = space.integrate(&control.stage("mass", 0.0, 0.2), product)?;
        let stiffness = space.integrate(&control.stage("stiffness", 0.2, 0.4), gradient)?;
        let divergence = Divergence::new(space, |_| 1.0, &control.stage("divergence", 0.4, 0.5))?;
        let pressure_mass = space.pressure_mass(control, |_| 1.0)?;
        let (nodes, pressures) = (space.nodes(), space.pressures());
        let mut velocity = vec![Vector3::zeros(); nodes];
        held.impose(space, 0.0, &mut velocity);
        let subscales = match space.is_quadratic() {
            true => None,
            false => Some(Subscales::new(space, &fluid, &velocity, options.speed, control)?),
        };
        let poisson = Poisson::new(space, &open, subscales, options.memory, &control.stage("pressure", 0.5, 1.0))?;
        let boundary = if open.is_empty() { boundary_weights(space) } else { Vec::new() };
        open.iter_mut().for_each(|face| face.start(0.0, &velocity));
        let values: Vec<f64> = open.iter().map(|face| face.state.pressure).collect();
        let pressure = poisson.lift(&open, &values, control).map_err(FlowError::linear("the pressure at rest", 0.0))?;
        Ok(Self {
            space,
            constant_viscosity: fluid.viscosity.constant(),
            fluid,
            options,
            held,
            open,
            matrix: VelocityMatrix::new(&mass),
            mass,
            stiffness,
            divergence,
            inverse_mass: InverseDiagonal::new(&pressure_mass),
            lumped: pressure_mass.multiply(&vec![1.0; pressures]),
            pressure_mass,
            poisson,
            boundary,
            time: 0.0,
            last_step: None,
            velocity: [velocity.clone(), velocity],
            behind: None,
            pressure,
            increments: [vec![0.0; pressures], vec![0.0; pressures]],
            inertia: [1.0; 2],
            since_stabilised: None,
        })
    }

    /// Starts from a velocity (mm/s) and a pressure (MPa) at a time (s) instead of rest. What the models of the open faces and the
    /// mean of the pressure on them differ is taken up by a harmonic part of the pressure.
    ///
    /// # Errors
    /// [`FlowError::Linear`], [`FlowError::Cancelled`].
    pub fn start(
        &mut self,
        time: f64,
        velocity: impl Fn(&Point3<f64>) -> Vector3<f64>,
        pressure: impl Fn(&Point3<f64>) -> f64,
        control: &RunControl,
    ) -> Result<(), FlowError> {
        let mut start: Vec<Vector3<f64>> = self.space.mesh.nodes.iter().map(velocity).collect();
        self.held.impose(self.space, time, &mut start);
        let mut field: Vec<f64> =
            (0..self.space.pressures()).map(|k| pressure(&self.space.pressure_point(k))).collect();
        self.open.iter_mut().for_each(|face| face.start(time, &start));
        let missing = |face: &OpenFace| {
            let [sum, all] = face
                .hold
                .iter()
                .fold([0.0; 2], |[sum, all], &(pressure, hold)| [sum + hold * field[pressure as usize], all + hold]);
            face.state.pressure - sum / all
        };
        let missing: Vec<f64> = self.open.iter().map(missing).collect();
        let failed = FlowError::linear("the pressure at the start", time);
        let lift = self.poisson.lift(&self.open, &missing, control).map_err(failed)?;
        field.iter_mut().zip(lift).for_each(|(sum, value)| *sum += value);
        self.velocity = [start.clone(), start];
        self.behind = None;
        self.pressure = field;
        self.increments.iter_mut().for_each(|phi| phi.fill(0.0));
        (self.time, self.last_step) = (time, None);
        self.forget();
        Ok(())
    }

    /// Forgets what only saves time: from here on the bits depend on [`Self::state`] alone, not on how the flow came to it. A
    /// [`crate::March`] does this at the beginning of every interval, so that one goes on from a kept state as if it had never been
    /// interrupted; who counts steps otherwise does it where a state is kept. Costs one factorisation of the velocity in the next
    /// step.
    pub fn forget(&mut self) {
        self.matrix.forget();
        self.since_stabilised = None;
    }

    /// The space that it lives in.
    pub fn space(&self) -> &'s FlowSpace {
        self.space
    }

    /// The open faces as they are, by name.
    pub fn open_reports(&self) -> BTreeMap<String, OpenReport> {
        let face = |face: &OpenFace| {
            let report = OpenReport { pressure: face.state.pressure, flux: face.state.flux };
            (face.name.clone(), report)
        };
        self.open.iter().map(face).collect()
    }

    /// Time, s.
    pub fn time(&self) -> f64 {
        self.time
    }

    /// The velocity (mm/s) at the nodes of the space.
    pub fn velocity(&self) -> &[Vector3<f64>] {
        &self.velocity[0]
    }

    /// The pressure (MPa) at the corners of the space.
    pub fn pressure(&self) -> &[f64] {
        &self.pressure
    }

    /// Goes on by a step (s).
    ///
    /// # Errors
    /// [`FlowError::Linear`], [`FlowError::Diverged`], [`FlowError::Value`], [`FlowError::Cancelled`].
    pub fn step(&mut self, step: f64, control: &RunControl) -> Result<StepReport, FlowError> {
        if !(step > 0.0 && step.is_finite()) {
            let remedy = "it must be positive and finite".to_owned();
            return Err(FlowError::Value { what: "the time step".to_owned(), value: step, remedy });
        }
        let differences =
            self.last_step.map_or_else(|| Differences::first(step), |last| Differences::second(step, last));
        let time = self.time + step;
        self.stabilise(control)?;
        if self.last_step.is_none() {
            self.project_start(step, control)?;
        }
        let (u, iterations) = self.momentum(&differences, time, control)?;
        self.refuse_lost(&u, time)?;
        let divergence = self.divergence_of(&u, time)?;
        let inertia = self.fluid.density * differences.a[0];
        let model = |face: &OpenFace| {
            let [given, impedance] = face.model.linear(time, &differences, face.state.stored);
            [face.flux_of(&u), given, impedance]
        };
        let models: Vec<[f64; 3]> = self.open.iter().map(model).collect();
        let lack = self.lack(&divergence, &self.pressure);
        let (poisson, last) = (&mut self.poisson, &self.increments);
        let increment = poisson.increment(&lack, last, &models, inertia, &self.open, control)?;
        let (pressure, lack) = self.updated_pressure(&increment.phi, &divergence, &u, time, control)?;
        let courant = step * courant_rate(self.space, &u);
        // Nothing can fail from here on: a step is done as a whole or not at all.
        let Increment { phi, states, iterations: corrections } = increment;
        self.open.iter_mut().zip(states).for_each(|(face, state)| face.state = state);
        self.pressure = pressure;
        self.velocity.swap(0, 1);
        self.behind = Some((differences, std::mem::replace(&mut self.velocity[0], u)));
        self.increments.swap(0, 1);
        self.increments[0] = phi;
        self.inertia = [differences.a[0], self.inertia[0]];
        (self.time, self.last_step) = (time, Some(step));
        Ok(StepReport { time, courant, iterations, corrections, lack, open: self.open_reports() })
    }

    /// Takes the part that is not solenoidal in the mesh from the velocity that the flow starts from, as if a step had ended
    /// there: without that its decay costs half an order in time.
    fn project_start(&mut self, step: f64, control: &RunControl) -> Result<(), FlowError> {
        let divergence = self.divergence_of(&self.velocity[0], self.time)?;
        let load: Vec<f64> = self.lack(&divergence, &self.pressure).into_iter().map(|value| -value).collect();
        let failed = FlowError::linear("the velocity at the start", self.time);
        self.increments[0] = self.poisson.direct(&load, self.fluid.density / step, control).map_err(failed)?;
        self.inertia[0] = 1.0 / step;
        Ok(())
    }

    /// Makes C anew now and then where the viscosity varies; a steady state has the C of its own viscosity.
    fn stabilise(&mut self, control: &RunControl) -> Result<(), FlowError> {
        if self.constant_viscosity.is_some() || self.space.is_quadratic() {
            return Ok(());
        }
        if self.since_stabilised.is_none_or(|steps| steps >= RENEWED) {
            let subscales = Subscales::new(self.space, &self.fluid, &self.velocity[0], self.options.speed, control)?;
            self.poisson.stabilise(subscales);
            self.since_stabilised = Some(0);
        }
        self.since_stabilised = self.since_stabilised.map(|steps| steps + 1);
        Ok(())
    }

    /// D u. Without an opening, what the given velocities let in and not out again is spread over the whole domain: nodal values
    /// of a flow that balances do not, by the square or cube of the size.
    fn divergence_of(&self, u: &[Vector3<f64>], time: f64) -> Result<Vec<f64>, FlowError> {
        let mut divergence = self.divergence.times(u);
        if self.open.is_empty() {
            let excess = -divergence.iter().sum::<f64>();
            let speed = |(node, weight): &(u32, Vector3<f64>)| weight.norm() * u[*node as usize].norm();
            let through = 0.5 * self.boundary.iter().map(speed).sum::<f64>();
            if excess.abs() > UNBALANCED * through {
                return Err(FlowError::Unbalanced { excess, through, time });
            }
            let mean = excess / self.lumped.iter().sum::<f64>();
            divergence.iter_mut().zip(&self.lumped).for_each(|(value, mass)| *value += mean * mass);
        }
        Ok(divergence)
    }

    /// D u + C p.
    fn lack(&self, divergence: &[f64], pressure: &[f64]) -> Vec<f64> {
        match self.poisson.subscales_times(pressure) {
            Some(more) => divergence.iter().zip(more).map(|(a, b)| a + b).collect(),
            None => divergence.to_vec(),
        }
    }

    /// The pressure with φ and the rotational correction δ of (M/μ + C) δ = -(D u + C (pⁿ + φ)) added, M the mass of the pressure,
    /// lumped where there is a C, and ∫ ψ_p ψ_q/χ in the place of M/μ where μ varies ([`crate::viscous`]); and the sum of |D u + C (pⁿ + φ)|.
    fn updated_pressure(
        &self,
        phi: &[f64],
        divergence: &[f64],
        u: &[Vector3<f64>],
        time: f64,
        control: &RunControl,
    ) -> Result<(Vec<f64>, f64), FlowError> {
        let mut pressure: Vec<f64> = self.pressure.iter().zip(phi).map(|(p, phi)| p + phi).collect();
        let lack = self.lack(divergence, &pressure);
        let weighted = match self.constant_viscosity {
            Some(_) => None,
            None => Some(self.fluidity_mass(u, control)?),
        };
        let viscosity = self.constant_viscosity.unwrap_or(1.0);
        let mut correction = vec![0.0; lack.len()];
        let solved = match self.poisson.is_stabilised() {
            false => {
                let inverse = weighted.as_ref().map(InverseDiagonal::new);
                let (mass, inverse) =
                    (weighted.as_ref().unwrap_or(&self.pressure_mass), inverse.as_ref().unwrap_or(&self.inverse_mass));
                let right: Vec<f64> = lack.iter().map(|value| -viscosity * value).collect();
                let until = Until { residual: PROJECTION * norm(&right), iterations: MOST_ITERATIONS };
                conjugate_gradients(mass, inverse, right, &mut correction, &AllFree, until, control)
            }
            true => {
                let mass: Vec<f64> = match &weighted {
                    Some(weighted) => weighted.multiply(&vec![1.0; lack.len()]),
                    None => self.lumped.iter().map(|mass| mass / viscosity).collect(),
                };
                let right: Vec<f64> = lack.iter().map(|value| -value).collect();
                let until = Until { residual: PROJECTION * norm(&right), iterations: MOST_ITERATIONS };
                let product = |x: &[f64], y: &mut [f64]| {
                    self.poisson.mass_and_subscales_times(x, &mass, y);
                    Ok(())
                };
                let precondition = |r: &[f64], z: &mut [f64]| {
                    z.iter_mut().zip(r.iter().zip(&mass)).for_each(|(z, (r, m))| *z = r / m);
                    Ok(())
                };
                conjugate_gradients_of(product, precondition, right, &mut correction, until, control)
            }
        };
        solved.map_err(FlowError::linear("the rotational pressure correction", time))?;
        pressure.iter_mut().zip(&correction).for_each(|(p, correction)| *p += correction);
        Ok((pressure, lack.into_iter().map(f64::abs).sum()))
    }

    fn refuse_lost(&self, u: &[Vector3<f64>], time: f64) -> Result<(), FlowError> {
        let speed = |u: &Vector3<f64>| if u.norm().is_nan() { f64::INFINITY } else { u.norm() };
        let fastest = (0_u32..).zip(u).max_by(|a, b| speed(a.1).total_cmp(&speed(b.1)));
        match fastest {
            Some((node, u)) if speed(u) > LOST => {
                Err(FlowError::Diverged { speed: speed(u), time, node: self.space.numbers[node as usize] })
            }
            _ => Ok(()),
        }
    }
}

/// Every condition needs its region, every face of the boundary a condition.
fn refuse_unconditioned(space: &FlowSpace, conditions: &Conditions) -> Result<(), FlowError> {
    if let Some(region) = conditions.keys().find(|name| space.faces(name).is_none()) {
        return Err(FlowError::unknown_region(space, region));
    }
    let known = space.face_regions();
    let outside = boundary(space);
    refuse_overlaps(space, conditions, &outside)?;
    let covered: BTreeSet<Face> =
        conditions.keys().flat_map(|name| space.faces(name).unwrap_or_default()).copied().collect();
    let bare: Vec<Face> = outside.into_iter().filter(|face| !covered.contains(face)).collect();
    let Some(first) = bare.first() else { return Ok(()) };
    let nodes = space.face_nodes(*first);
    let sum = nodes[..3].iter().fold(Vector3::zeros(), |sum, &node| sum + space.mesh.nodes[node as usize].coords);
    let without: Vec<&str> = known.iter().filter(|name| !conditions.contains_key(*name)).map(String::as_str).collect();
    let remedy = match without.as_slice() {
        [] => "name them as a region of the mesh and give it a condition".to_owned(),
        names => format!("give a condition to {}", names.join(", ")),
    };
    let open = conditions.values().any(|condition| matches!(condition, Condition::Open(_)));
    let remedy = if open { remedy } else { format!("{remedy}; none of the conditions is an outlet") };
    Err(FlowError::NoCondition { faces: bare.len(), at: (sum / 3.0).into(), remedy })
}

/// An opening or an inflow lies on the boundary, and no other condition holds there.
fn refuse_overlaps(space: &FlowSpace, conditions: &Conditions, outside: &[Face]) -> Result<(), FlowError> {
    let outside: BTreeSet<Face> = outside.iter().copied().collect();
    let mut owner: BTreeMap<Face, &String> = BTreeMap::new();
    let is_open = |name: &String| matches!(conditions.get(name), Some(Condition::Open(_) | Condition::Inflow(_)));
    for name in conditions.keys() {
        for &face in space.faces(name).unwrap_or_default() {
            let refused = |region: &String, why: String| Err(FlowError::Open { region: region.clone(), why });
            if is_open(name) && !outside.contains(&face) {
                return refused(name, "has faces inside the mesh: an opening is a part of its boundary".to_owned());
            }
            if let Some(other) = owner.insert(face, name)
                && (is_open(name) || is_open(other))
            {
                let (open, closed) = if is_open(name) { (name, other) } else { (other, name) };
                return refused(open, format!("shares faces with \"{closed}\": a face has one condition"));
            }
        }
    }
    Ok(())
}

/// ∫ N_a n over the whole boundary, by nodes in ascending order.
fn boundary_weights(space: &FlowSpace) -> Vec<(u32, Vector3<f64>)> {
    let mut weights = BTreeMap::<u32, Vector3<f64>>::new();
    for_each_face_point(space, &boundary(space), |nodes, values, normal| {
        nodes.iter().zip(values).for_each(|(&node, value)| *weights.entry(node).or_default() += normal * *value);
    });
    weights.into_iter().collect()
}

/// Faces that one element has.
fn boundary(space: &FlowSpace) -> Vec<Face> {
    let block = &space.mesh.blocks[0];
    let mut faces: Vec<([u32; 3], Face)> = Vec::with_capacity(4 * block.len());
    for (element, nodes) in (0_u32..).zip(block.elements()) {
        for (side, corners) in (0_u8..).zip(block.kind.faces()) {
            let mut key = [0, 1, 2].map(|k| nodes[usize::from(corners[k])]);
            key.sort_unstable();
            faces.push((key, Face { element, side }));
        }
    }
    faces.sort_unstable();
    faces.chunk_by(|a, b| a.0 == b.0).filter(|group| group.len() == 1).map(|group| group[0].1).collect()
}
