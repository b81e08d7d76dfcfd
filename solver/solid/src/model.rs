use crate::load::LoadCase;
use crate::material::{Material, MaterialMap};
use crate::mechanism::{Restraints, check_restraint};
use crate::support::{Springs, Support};
use crate::{Place, SolidError};
use control::RunControl;
use fem::{DofMap, DofMapBuilder, Integration};
use mesh::{Point3, Vector3, VolumeMesh, shape};
use std::sync::Arc;

/// Linear elastic equilibrium of a body under small displacements: div σ + b = 0, σ = D (ε - ε_T), ε = sym grad u.
///
/// A model is a mesh, materials on its elements, constraints, springs and load cases; [`LinearStatics::solve`] gives the
/// displacements and reactions of every case, [`LinearStatics::recover`] the stresses. Lengths mm, forces N, stresses MPa.
///
/// ```
/// # use mesh::{ElementKind, Point3, Vector3, VolumeMesh};
/// use solid::{LinearStatics, LoadCase, Material, Place, Shape};
/// # let corners = [[0., 0., 0.], [1., 0., 0.], [1., 1., 0.], [0., 1., 0.], [0., 0., 1.], [1., 0., 1.], [1., 1., 1.], [0., 1., 1.]];
/// # let mesh = VolumeMesh::new(corners.map(Point3::from).to_vec(), ElementKind::Hex8, (0..8).collect());
/// let end = |x: f64| Shape::Plane { point: Point3::new(x, 0.0, 0.0), normal: Vector3::x(), tolerance: 1e-6 };
/// let mut model = LinearStatics::new(&mesh);
/// model.material(Place::Everywhere, Material::isotropic(1000.0, 0.0)?);
/// model.fix(end(0.0).faces(&mesh)?);
/// model.load_case(LoadCase::new("pull").traction(end(1.0).faces(&mesh)?, Vector3::new(2.0, 0.0, 0.0)));
/// let solution = model.solve(&Default::default(), &control::RunControl::silent())?;
/// assert!((solution.cases[0].displacement[1].x - 0.002).abs() < 1e-12);
/// # Ok::<(), solid::SolidError>(())
/// ```
#[derive(Debug, Clone)]
pub struct LinearStatics<'m> {
    pub(crate) mesh: &'m VolumeMesh,
    pub(crate) materials: Vec<(Place, Material)>,
    pub(crate) supports: Vec<(Place, Support)>,
    pub(crate) springs: Vec<(Place, [f64; 3])>,
    pub(crate) cases: Vec<LoadCase>,
    pub(crate) integration: Integration,
}

/// The checked and resolved parts of a model.
pub(crate) struct Prepared {
    pub(crate) materials: MaterialMap,
    pub(crate) dofs: DofMap,
    pub(crate) springs: Springs,
    pub(crate) components: usize,
}

impl<'m> LinearStatics<'m> {
    /// A model of `mesh` without materials, constraints and loads.
    pub fn new(mesh: &'m VolumeMesh) -> Self {
        Self {
            mesh,
            materials: Vec::new(),
            supports: Vec::new(),
            springs: Vec::new(),
            cases: Vec::new(),
            integration: Integration::Full,
        }
    }

    /// The mesh.
    pub fn mesh(&self) -> &'m VolumeMesh {
        self.mesh
    }

    /// Chooses how the stiffness is integrated; full unless set.
    pub fn integration(&mut self, integration: Integration) -> &mut Self {
        self.integration = integration;
        self
    }

    /// Gives the elements of `place` a material. Every element needs exactly one.
    pub fn material(&mut self, place: impl Into<Place>, material: Material) -> &mut Self {
        self.materials.push((place.into(), material));
        self
    }

    /// Holds every component of the nodes of `place` at 0.
    pub fn fix(&mut self, place: impl Into<Place>) -> &mut Self {
        self.prescribe(place, [Some(0.0); 3])
    }

    /// Prescribes displacement components (x, y, z in mm; `None` stays free) on the nodes of `place`. Further constraints
    /// on the same node must agree.
    pub fn prescribe(&mut self, place: impl Into<Place>, components: [Option<f64>; 3]) -> &mut Self {
        let value = Vector3::from(components.map(|c| c.unwrap_or(0.0)));
        self.prescribe_field(place, components.map(|c| c.is_some()), move |_| value)
    }

    /// Prescribes the components marked in `which` by a displacement field (mm) of the position.
    pub fn prescribe_field(
        &mut self,
        place: impl Into<Place>,
        which: [bool; 3],
        displacement: impl Fn(&Point3<f64>) -> Vector3<f64> + Send + Sync + 'static,
    ) -> &mut Self {
        self.supports.push((place.into(), Support::Components { which, value: Arc::new(displacement) }));
        self
    }

    /// Prescribes the displacement along any direction: u · direction/|direction| = `value` mm. The other directions
    /// stay free.
    pub fn prescribe_along(&mut self, place: impl Into<Place>, direction: Vector3<f64>, value: f64) -> &mut Self {
        self.supports.push((place.into(), Support::Along { direction, value }));
        self
    }

    /// Makes plane faces a symmetry plane: no displacement along their common normal, which may be oblique.
    pub fn symmetry(&mut self, faces: impl Into<Place>) -> &mut Self {
        self.supports.push((faces.into(), Support::Symmetry));
        self
    }

    /// Ties `place` to ground by springs of the total stiffness `total` (x, y, z in N/mm): over faces as an elastic
    /// foundation of constant stiffness an area, over nodes in equal parts.
    pub fn spring(&mut self, place: impl Into<Place>, total: [f64; 3]) -> &mut Self {
        self.springs.push((place.into(), total));
        self
    }

    /// Adds a load case. All cases share the constraints (with their prescribed values) and the stiffness.
    pub fn load_case(&mut self, case: LoadCase) -> &mut Self {
        self.cases.push(case);
        self
    }

    /// Checks the whole model without solving it: mesh, Jacobians, materials, constraints, rigid motions, hinges.
    pub fn check(&self, control: &RunControl) -> Result<(), SolidError> {
        self.prepare(control).map(|_| ())
    }

    pub(crate) fn prepare(&self, control: &RunControl) -> Result<Prepared, SolidError> {
        let mesh = self.mesh;
        mesh.validate()?;
        if let Some((block, found)) = mesh.blocks.iter().enumerate().find(|(_, b)| b.kind.dimension() != 3) {
            return Err(fem::FemError::NotSolid { block, kind: found.kind }.into());
        }
        control.check()?;
        check_jacobians(mesh)?;
        control.check()?;
        let materials = MaterialMap::new(mesh, &self.materials)?;
        let mut active = vec![false; mesh.nodes.len()];
        mesh.elements().for_each(|(_, nodes)| nodes.iter().for_each(|&node| active[node as usize] = true));
        let mut builder = DofMapBuilder::new(active);
        for (place, support) in &self.supports {
            support.apply(mesh, place, &mut builder, control)?;
        }
        let mut springs = Springs::default();
        for (place, total) in &self.springs {
            springs.add(mesh, place, *total, control)?;
        }
        let directions: Vec<(u32, Vector3<f64>)> = builder.directions().collect();
        control.check()?;
        let components = check_restraint(mesh, &Restraints { directions: &directions, springs: &springs })?;
        Ok(Prepared { materials, dofs: builder.build()?, springs, components })
    }
}

/// Refuses elements whose Jacobian is not positive at a Gauss point.
fn check_jacobians(mesh: &VolumeMesh) -> Result<(), SolidError> {
    let ranges = shape::mesh_jacobian_ranges(mesh, false);
    let bad: Vec<(usize, f64)> = ranges
        .iter()
        .enumerate()
        .filter_map(|(element, range)| range.map(|range| (element, range.minimum)))
        .filter(|(_, minimum)| !(*minimum > 0.0 && minimum.is_finite()))
        .collect();
    let worst = bad.iter().copied().min_by(|a, b| a.1.total_cmp(&b.1));
    match worst {
        None => Ok(()),
        Some((worst, minimum)) => Err(SolidError::InvertedElements {
            elements: bad.iter().take(5).map(|(element, _)| *element).collect(),
            count: bad.len(),
            worst,
            minimum,
        }),
    }
}
