use crate::{Place, SolidError};
use constitutive::{ConstitutiveError, IsotropicElastic, Response, SmallStrainLaw};
use fem::LinearInElements;
use mesh::{Point3, VolumeMesh};
use std::sync::Arc;

/// A material law and, where gravity acts, a density.
#[derive(Debug, Clone)]
pub struct Material {
    /// The law.
    pub law: Arc<dyn SmallStrainLaw>,
    /// Density in tonne/mm³ (1 g/cm³ = 1e-9 tonne/mm³).
    pub density: Option<f64>,
    /// What the law's stress, tangent and energy are multiplied with at every point; 1 when absent.
    pub scale: Option<Arc<LinearInElements>>,
}

impl Material {
    /// A material without density.
    pub fn new(law: impl SmallStrainLaw + 'static) -> Self {
        Self { law: Arc::new(law), density: None, scale: None }
    }

    /// Isotropic elasticity; `young` in MPa.
    pub fn isotropic(young: f64, poisson: f64) -> Result<Self, ConstitutiveError> {
        Ok(Self::new(IsotropicElastic::new(young, poisson)?))
    }

    /// Isotropic elasticity with Young's modulus (MPa) that differs from point to point and one Poisson's ratio:
    /// σ = E(x) D̂ ε, D̂ the tangent of unit modulus. Every quadrature point takes its own modulus.
    pub fn isotropic_field(young: Arc<LinearInElements>, poisson: f64) -> Result<Self, ConstitutiveError> {
        Ok(Self { scale: Some(young), ..Self::new(IsotropicElastic::new(1.0, poisson)?) })
    }

    /// The same material with a density in tonne/mm³.
    pub fn with_density(self, density: f64) -> Self {
        Self { density: Some(density), ..self }
    }
}

impl Material {
    /// The factor at `point` of `element`.
    pub(crate) fn scale_at(&self, element: usize, point: &Point3<f64>) -> Result<f64, SolidError> {
        let Some(field) = &self.scale else { return Ok(1.0) };
        let value = field.at(element, point);
        if value > 0.0 && value.is_finite() {
            return Ok(value);
        }
        Err(SolidError::NoStiffness { element, value })
    }
}

/// `response` of a material `factor` times as stiff.
pub(crate) fn stiffer(response: Response, factor: f64) -> Response {
    Response { stress: response.stress * factor, tangent: response.tangent * factor, energy: response.energy * factor }
}

/// The material of every element.
#[derive(Debug)]
pub(crate) struct MaterialMap {
    materials: Vec<Material>,
    of_element: Vec<u16>,
}

impl MaterialMap {
    pub(crate) fn new(mesh: &VolumeMesh, assignments: &[(Place, Material)]) -> Result<Self, SolidError> {
        let mut of_element = vec![u16::MAX; mesh.element_count()];
        for (index, (place, material)) in assignments.iter().enumerate() {
            if material.law.history_length() > 0 {
                return Err(SolidError::NotLinear { law: material.law.name() });
            }
            if !material.density.is_none_or(|density| density.is_finite() && density >= 0.0) {
                return Err(SolidError::NotFinite { use_: "the density".to_owned(), place: place.to_string() });
            }
            if let Some(field) = &material.scale {
                let (found, expected) = (field.pieces.len(), mesh.element_count());
                if found != expected {
                    return Err(SolidError::WrongLength { what: "the field of moduli", found, expected });
                }
            }
            for element in place.elements(mesh, "a material")? {
                let slot = &mut of_element[element as usize];
                if *slot != u16::MAX {
                    let first = assignments[usize::from(*slot)].0.to_string();
                    let second = place.to_string();
                    return Err(SolidError::TwoMaterials { element: element as usize, first, second });
                }
                *slot = index as u16;
            }
        }
        if let Some(element) = of_element.iter().position(|&m| m == u16::MAX) {
            let count = of_element.iter().filter(|&&m| m == u16::MAX).count();
            return Err(SolidError::NoMaterial { element, count });
        }
        Ok(Self { materials: assignments.iter().map(|(_, material)| material.clone()).collect(), of_element })
    }

    /// The material of element `element`, numbered over all blocks.
    pub(crate) fn of(&self, element: usize) -> &Material {
        &self.materials[usize::from(self.of_element[element])]
    }

    /// The number of the assignment that element `element` belongs to.
    pub(crate) fn group(&self, element: usize) -> u16 {
        self.of_element[element]
    }

    /// Number of assignments.
    pub(crate) fn groups(&self) -> u16 {
        self.materials.len() as u16
    }
}
