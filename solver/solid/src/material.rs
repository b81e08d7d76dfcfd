use crate::{Place, SolidError};
use constitutive::{ConstitutiveError, IsotropicElastic, SmallStrainLaw};
use mesh::VolumeMesh;
use std::sync::Arc;

/// A material law and, where gravity acts, a density.
#[derive(Debug, Clone)]
pub struct Material {
    /// The law.
    pub law: Arc<dyn SmallStrainLaw>,
    /// Density in tonne/mm³ (1 g/cm³ = 1e-9 tonne/mm³).
    pub density: Option<f64>,
}

impl Material {
    /// A material without density.
    pub fn new(law: impl SmallStrainLaw + 'static) -> Self {
        Self { law: Arc::new(law), density: None }
    }

    /// Isotropic elasticity; `young` in MPa.
    pub fn isotropic(young: f64, poisson: f64) -> Result<Self, ConstitutiveError> {
        Ok(Self::new(IsotropicElastic::new(young, poisson)?))
    }

    /// The same material with a density in tonne/mm³.
    pub fn with_density(self, density: f64) -> Self {
        Self { density: Some(density), ..self }
    }
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
