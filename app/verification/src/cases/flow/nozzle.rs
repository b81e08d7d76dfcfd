//! The nozzle of the FDA: its mesh and its steady flow.

use crate::suite::CaseError;
use control::RunControl;
use fem::ShapeTable;
use fem::quadrature::triangle;
use flow::{Condition, Conditions, Convection, Flow, FlowOptions, FlowSpace, Fluid, Outlet};
use mesh::{ElementKind, Point3, Region, VolumeMesh};
use meshing::sweep::{Profile, StraightAxis, Tube, TubeOptions, mesh_tube};
use nalgebra::Vector3;
use std::f64::consts::PI;
use std::sync::Arc;

/// Radii of the pipes before and behind it and of the throat, mm.
pub(super) const R: f64 = 6.0;
const THROAT_R: f64 = 2.0;
/// Lengths of the cone of 20° and of the throat, which ends at z = 0, mm.
const CONE: f64 = 22.685;
const THROAT: f64 = 40.0;
/// Where the pipe begins and ends, mm.
const INLET: f64 = -THROAT - CONE - 48.0;
const OUTLET: f64 = 150.0;
/// mm³/s.
pub(super) const FLUX: f64 = 5206.24;
pub(super) const FLUID: Fluid = Fluid { density: 1056e-12, viscosity: 3.5e-9 };
/// Lengths of elements along the axis: z, length, mm.
const LENGTHS: [[f64; 2]; 13] = [
    [INLET, 6.0],
    [-66.0, 3.0],
    [-62.0, 2.0],
    [-THROAT, 0.5],
    [-34.0, 1.5],
    [-20.0, 2.0],
    [-4.0, 1.0],
    [0.0, 0.3],
    [2.0, 0.4],
    [10.0, 1.2],
    [40.0, 2.5],
    [100.0, 6.0],
    [OUTLET, 10.0],
];
/// Steady: no node's velocity changes by more than this part of the largest mean velocity's double a second.
const RATE: f64 = 0.02;
/// Before that: a rate from which the change to the end is reported.
const LOOSER: f64 = 0.2;
/// Steps at most.
const STEPS: usize = 3000;
/// Residual of the velocity: the steady state does not depend on it.
const TOLERANCE: f64 = 1e-3;

/// A mesh and its step.
pub(super) struct Level {
    /// Elements around the whole pipe.
    pub(super) around: usize,
    /// Rings around the core, and behind the expansion around the jet.
    pub(super) rings: usize,
    /// Factor of the lengths.
    pub(super) length: f64,
    /// s.
    pub(super) step: f64,
}

/// A steady flow.
pub(super) struct Steady {
    space: FlowSpace,
    velocity: Vec<Vector3<f64>>,
    pressure: Vec<f64>,
    /// Largest relative change at the points watched from the looser criterion to the end.
    pub(super) settled: f64,
}

impl Steady {
    /// Velocities at points, mm/s; 0 beyond the wall.
    pub(super) fn velocities(&self, points: &[Point3<f64>]) -> Vec<Vector3<f64>> {
        let at = |probe: Option<flow::Probe>| probe.map_or_else(Vector3::zeros, |probe| probe.of_nodes(&self.velocity));
        self.space.probe(points).into_iter().map(at).collect()
    }

    /// Velocity along the axis on it, mm/s; 0 outside.
    pub(super) fn axial(&self, z: f64) -> f64 {
        self.velocities(&[Point3::new(0.0, 0.0, z)]).first().map_or(0.0, |u| u.z)
    }

    /// Pressure at the wall, MPa. Curved elements leave out slivers of the wall, and the edge of the expansion is singular: a
    /// hundredth of the radius away from it.
    pub(super) fn pressure(&self, z: f64) -> f64 {
        self.pressure_near(&Point3::new(radius(z), 0.0, z))
    }

    fn pressure_near(&self, p: &Point3<f64>) -> f64 {
        let inside = Point3::new(0.99 * p.x, 0.99 * p.y, p.z);
        let found = self.space.probe(&[*p, inside]).into_iter().flatten().next();
        found.map_or(0.0, |probe| self.space.pressure_at(&probe, &self.pressure))
    }
}

/// Radius at z; the smaller one where it jumps.
pub(super) fn radius(z: f64) -> f64 {
    match z {
        _ if z <= -THROAT - CONE || z > 0.0 => R,
        _ if z < -THROAT => THROAT_R + (R - THROAT_R) * (-THROAT - z) / CONE,
        _ => THROAT_R,
    }
}

/// The quarter of positive coordinates.
fn mesh(level: &Level, control: &RunControl) -> Result<VolumeMesh, CaseError> {
    let axis = StraightAxis { from: Point3::new(0.0, 0.0, INLET), to: Point3::new(0.0, 0.0, OUTLET) };
    let corners = [[INLET, R], [-THROAT - CONE, R], [-THROAT, THROAT_R], [0.0, THROAT_R], [0.0, R], [OUTLET, R]];
    let radius = Profile::Polyline(corners.map(|[z, r]| [z - INLET, r]).to_vec());
    let options = TubeOptions {
        kind: ElementKind::Tet10,
        around: level.around,
        rings: Some(level.rings),
        lengths: LENGTHS.map(|[z, length]| [z - INLET, length * level.length]).to_vec(),
        quarter: true,
        ..TubeOptions::default()
    };
    Ok(mesh_tube(&Tube { axis: &axis, radius, wall: None }, &options, control)?.mesh)
}

/// Fully developed flow in every section; behind the expansion in a jet that widens.
fn parabola(p: &Point3<f64>) -> Vector3<f64> {
    let a = if p.z > 0.0 { (THROAT_R + 0.01 * p.z).min(R) } else { radius(p.z) };
    let share = (p.x * p.x + p.y * p.y) / (a * a);
    Vector3::z() * (2.0 * FLUX / (PI * a * a) * (1.0 - share).max(0.0))
}

/// What the nodal values at the inlet must be multiplied with so that they carry the flux to rounding.
fn inlet_factor(mesh: &VolumeMesh) -> f64 {
    let table = ShapeTable::<6>::new(ElementKind::Tri6, &triangle(5));
    let Some(Region::Faces(faces)) = mesh.regions.get("inlet") else { return 1.0 };
    let mut flux = 0.0;
    for nodes in faces.iter().filter_map(|&face| mesh.face_nodes(face)) {
        let points: Vec<Point3<f64>> = nodes.iter().map(|&node| mesh.nodes[node as usize]).collect();
        for point in &table.points {
            let tangent = |j: usize| {
                let terms = points.iter().zip(&point.gradients);
                terms.fold(Vector3::zeros(), |sum, (x, gradient)| sum + x.coords * gradient[j])
            };
            let velocity: Vector3<f64> = points.iter().zip(&point.values).map(|(x, n)| parabola(x) * *n).sum();
            flux -= velocity.dot(&tangent(0).cross(&tangent(1))) * point.weight;
        }
    }
    0.25 * FLUX / flux
}

fn conditions(mesh: &VolumeMesh) -> Conditions {
    let factor = inlet_factor(mesh);
    let inlet = Condition::Velocity(Arc::new(move |p, _| parabola(p) * factor));
    let outlet = Condition::Open(Outlet::pressure(0.0));
    let all = [
        ("wall", Condition::Wall),
        ("symmetry_1", Condition::Slip),
        ("symmetry_2", Condition::Slip),
        ("inlet", inlet),
        ("outlet_1", outlet),
    ];
    all.into_iter().map(|(name, condition)| (name.to_owned(), condition)).collect()
}

/// Marches in time to the steady state on a mesh, from that on another one. Implicit convection at a Courant number of about 6:
/// larger steps need more of them, since they damp the waves of the jet less.
pub(super) fn steady(
    level: &Level,
    from: Option<&Steady>,
    watched: &[Point3<f64>],
    control: &RunControl,
) -> Result<Steady, CaseError> {
    let mesh = mesh(level, control)?;
    let space = FlowSpace::new(&mesh, control)?;
    let options = FlowOptions { convection: Convection::Implicit, tolerance: TOLERANCE, ..FlowOptions::default() };
    let mut flow = Flow::new(&space, FLUID, &conditions(&mesh), options, control)?;
    let velocity = |p: &Point3<f64>| match from {
        Some(from) => from.velocities(&[*p]).first().copied().unwrap_or_default(),
        None => parabola(p),
    };
    flow.start(0.0, velocity, |p| from.map_or(0.0, |from| from.pressure_near(p)), control)?;
    let settled = march(&mut flow, level.step, watched, control)?;
    let (velocity, pressure) = (flow.velocity().to_vec(), flow.pressure().to_vec());
    drop(flow);
    Ok(Steady { space, velocity, pressure, settled })
}

/// Steps until the flow is steady, and the largest relative change at the points watched since it was nearly so.
fn march(flow: &mut Flow<'_>, step: f64, watched: &[Point3<f64>], control: &RunControl) -> Result<f64, CaseError> {
    let fastest = 2.0 * FLUX / (PI * THROAT_R * THROAT_R);
    let probes = flow.space().probe(watched);
    let speeds =
        |flow: &Flow<'_>| -> Vec<f64> { probes.iter().flatten().map(|probe| flow.velocity_at(probe).norm()).collect() };
    let mut nearly: Option<Vec<f64>> = None;
    for k in 0..STEPS {
        control.report(k as f64 / STEPS as f64);
        let before = flow.velocity().to_vec();
        flow.step(step, control)?;
        let changes = before.iter().zip(flow.velocity()).map(|(a, b)| (a - b).norm());
        let rate = changes.fold(0.0, f64::max) / (step * fastest);
        if rate < LOOSER && nearly.is_none() {
            nearly = Some(speeds(flow));
        }
        if rate < RATE {
            let then = nearly.unwrap_or_default();
            return Ok(then.iter().zip(speeds(flow)).map(|(a, b)| (a / b - 1.0).abs()).fold(0.0, f64::max));
        }
    }
    Err(CaseError::Reference(format!("the flow was not steady after {STEPS} steps")))
}
