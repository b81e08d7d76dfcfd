//! The fluid of a study.

use crate::RunnerError;
use constitutive::ConstitutiveError;
use constitutive::viscosity::{CarreauYasuda, Casson, Viscosity};
use flow::Fluid;
use study::{CARREAU_YASUDA, CASSON, CASSON_HAEMATOCRIT, Material, Study};

/// Density and viscosity of the study's material.
pub(super) fn fluid(study: &Study) -> Result<Fluid<Viscosity>, RunnerError> {
    let Some(material) = &study.document.material else {
        // A checked study of a flow has a material.
        let reason = "the study has no material; add a table [material]".to_owned();
        return Err(RunnerError::Output { place: study.file_name(), reason });
    };
    let refused =
        |error: ConstitutiveError| RunnerError::Output { place: study.place(&material.law), reason: error.to_string() };
    let viscosity = viscosity(material).map_err(refused)?;
    Ok(Fluid { density: material.value("density").unwrap_or(f64::NAN), viscosity })
}

fn viscosity(material: &Material) -> Result<Viscosity, ConstitutiveError> {
    // A checked study has every value; without one the law refuses what is no number.
    let value = |name: &str| material.value(name).unwrap_or(f64::NAN);
    let lowest = || value("lowest_shear_rate");
    Ok(match material.law.as_str() {
        CARREAU_YASUDA => CarreauYasuda::new(
            value("viscosity_at_rest"),
            value("viscosity_at_infinity"),
            value("relaxation_time"),
            value("yasuda_exponent"),
            value("power_index"),
        )?
        .into(),
        CASSON => Casson::new(value("viscosity_at_infinity"), value("yield_stress"), lowest())?.into(),
        CASSON_HAEMATOCRIT => {
            let haematocrit = value("haematocrit");
            let at_infinity = value("plasma_viscosity") * (1.0 - haematocrit).powf(-2.5);
            let above = (haematocrit - value("critical_haematocrit")).max(0.0);
            Casson::new(at_infinity, value("yield_factor") * above.powi(3), lowest())?.into()
        }
        _ => Viscosity::newtonian(value("viscosity"))?,
    })
}
