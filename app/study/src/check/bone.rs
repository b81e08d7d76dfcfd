use super::Checker;
use crate::bone::BONE_DENSITY;
use crate::error::StudyError;
use crate::material::Material;

impl Checker<'_> {
    /// What the law "bone_density" needs beside its parameters, and no other law knows.
    pub(super) fn bone(&self, material: &Material) -> Result<(), StudyError> {
        let bone = match (&material.bone, material.law.as_str() == BONE_DENSITY) {
            (Some(bone), true) => bone,
            (None, false) => return Ok(()),
            (None, true) => {
                let message = "bone of a density needs a table [material.bone] that names the image, the calibration and \
                               the laws";
                return Err(self.value_error(material.law.offset(), message));
            }
            (Some(bone), false) => {
                let message = format!("the table `bone` belongs to the law \"{BONE_DENSITY}\" alone; remove it");
                return Err(self.value_error(bone.offset(), message));
            }
        };
        self.relative_path(&bone.image)?;
        if bone.calibration_source.trim().is_empty() {
            let message = "say where the calibration line comes from: the phantom and scan, or why it is assumed";
            return Err(self.value_error(bone.calibration_source.offset(), message));
        }
        let value = |name: &str| material.value(name).unwrap_or(f64::NAN);
        if value("maximum_modulus") <= value("minimum_modulus") {
            let message = "maximum_modulus must be above minimum_modulus";
            return Err(self.value_error(material.parameters.offset(), message));
        }
        Ok(())
    }
}
