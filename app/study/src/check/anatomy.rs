//! The steps of an anatomy, and what belongs to a study that has nothing else.

use super::Checker;
use crate::anatomy::Anatomy;
use crate::error::StudyError;
use crate::image_steps::{Crop, ImageSteps};
use crate::located::Located;
use crate::measure::{Class, Measure};
use crate::mesh_plan::{ElementChoice, MeshPlan};

impl Checker<'_> {
    pub(super) fn anatomy(&self, anatomy: &Anatomy) -> Result<(), StudyError> {
        self.relative_path(&anatomy.file)?;
        match &anatomy.image {
            Some(image) => self.image(image)?,
            None => {
                for (key, given) in [("unit", anatomy.unit.is_some()), ("frame", anatomy.frame.is_some())] {
                    if !given {
                        let (file, line) = (self.file.clone(), self.study.line(&anatomy.file));
                        return Err(StudyError::MissingKey { file, line, key: key.to_owned() });
                    }
                }
            }
        }
        self.one_part_only(anatomy)?;
        if let Some(repair) = &anatomy.repair {
            self.above_zero(repair.largest_hole.as_ref())?;
            self.above_zero(repair.drop_parts.as_ref())?;
            self.above_zero(repair.remesh.as_ref())?;
        }
        if let Some(vessel) = &anatomy.vessel
            && let (None, [_, ..]) = (&vessel.cut, &vessel.cut_at[..])
        {
            let message = "`cut_at` says where to cut and `cut` how far from the tip; add for example cut = 1.5";
            return Err(self.value_error(vessel.offset(), message));
        }
        match (&anatomy.sac, &anatomy.vessel) {
            (Some(sac), None) => {
                let message = "a sac is told from the vessel that it sits on; add a table [anatomy.vessel]";
                Err(self.value_error(sac.offset(), message))
            }
            _ => Ok(()),
        }
    }

    fn image(&self, image: &Located<ImageSteps>) -> Result<(), StudyError> {
        let chosen = [image.threshold.is_some(), !image.label.is_empty(), !image.parts.is_empty()];
        if chosen.into_iter().filter(|chosen| *chosen).count() != 1 {
            let message = "an image needs exactly one of `threshold`, `label`, `parts`: what is taken from it";
            return Err(self.value_error(image.offset(), message));
        }
        match (&image.voxel_size, &image.voxel_size_source) {
            (Some(size), None) => {
                let message = "an assumed voxel size needs its source; add voxel_size_source = \"...\"";
                return Err(self.value_error(size.offset(), message));
            }
            (None, Some(_)) => {
                let message = "`voxel_size_source` is the source of `voxel_size`, which is missing; add it";
                return Err(self.value_error(image.offset(), message));
            }
            _ => {}
        }
        self.above_zero(image.voxel_size.as_ref())?;
        self.above_zero(image.open.as_ref())?;
        self.above_zero(image.close.as_ref())?;
        self.above_zero(image.islands.as_ref())?;
        if let Some(crop) = &image.crop {
            self.crop(crop)?;
        }
        self.unique("part", image.parts.iter().filter_map(|part| part.name.as_ref()))
    }

    fn crop(&self, crop: &Located<Crop>) -> Result<(), StudyError> {
        match (0..3).find(|&axis| crop.low[axis].value() >= crop.high[axis].value()) {
            None => Ok(()),
            Some(axis) => {
                let (low, high) = (&crop.low[axis], &crop.high[axis]);
                let message = format!("the box is empty: {} along {} is not below {high}", low, ["x", "y", "z"][axis]);
                Err(self.value_error(crop.offset(), message))
            }
        }
    }

    /// What is meant for one surface cannot be asked of several parts.
    fn one_part_only(&self, anatomy: &Anatomy) -> Result<(), StudyError> {
        let Some(image) = anatomy.image.as_ref().filter(|image| !image.parts.is_empty()) else { return Ok(()) };
        let refuse = |offset, what: &str| {
            let message = format!("{what} one surface, and `parts` make several with shared borders; take one `label`");
            Err(self.value_error(offset, message))
        };
        for (given, key) in [
            (!image.seed.is_empty(), "`seed` is"),
            (image.open.is_some(), "`open` is"),
            (image.close.is_some(), "`close` is"),
            (image.fill, "`fill` is"),
            (image.largest, "`largest` is"),
        ] {
            if given {
                return refuse(image.offset(), &format!("{key} for"));
            }
        }
        match anatomy {
            Anatomy { repair: Some(repair), .. } => refuse(repair.offset(), "a repair is for"),
            Anatomy { vessel: Some(vessel), .. } => refuse(vessel.offset(), "a vessel is"),
            Anatomy { landmarks: Some(_), .. } => refuse(anatomy.file.offset(), "landmarks are measured on"),
            _ if !self.document.load_cases.is_empty() => {
                let message = "this version computes bodies of one part; take one `label`, or leave the load cases out";
                Err(self.value_error(self.document.load_cases.offset(), message))
            }
            _ => Ok(()),
        }
    }

    pub(super) fn not_negative<C: Class>(&self, measure: Option<&Located<Measure<C>>>) -> Result<(), StudyError> {
        match measure {
            Some(measure) if measure.value().value() < 0.0 => {
                Err(self.value_error(measure.offset(), format!("\"{}\" is negative", measure.text())))
            }
            _ => Ok(()),
        }
    }

    pub(super) fn above_zero<C: Class>(&self, measure: Option<&Located<Measure<C>>>) -> Result<(), StudyError> {
        match measure {
            Some(measure) if measure.value().value() <= 0.0 => {
                Err(self.value_error(measure.offset(), format!("\"{}\" is not above zero", measure.text())))
            }
            _ => Ok(()),
        }
    }

    /// A study without load cases asks for nothing that needs them.
    pub(super) fn nothing_but_anatomy(&self) -> Result<(), StudyError> {
        let document = self.document;
        for (offset, given, what) in [
            (document.supports.offset(), !document.supports.is_empty(), "supports"),
            (document.outputs.offset(), !document.outputs.is_empty(), "outputs"),
            (document.regions.values().next().map_or(0, Located::offset), !document.regions.is_empty(), "regions"),
            (
                document.material.as_ref().map_or(0, |material| material.law.offset()),
                document.material.is_some(),
                "a material",
            ),
        ] {
            if given {
                let message = format!(
                    "a study without load cases only prepares and measures its anatomy and has no use for {what}; add \
                     [[load_cases]] or remove them"
                );
                return Err(self.value_error(offset, message));
            }
        }
        self.unique("figure", document.figures.iter().map(|figure| &figure.name))?;
        for figure in &document.figures {
            let is_plain = figure.load_case.is_none() && figure.unit.is_none() && figure.deformation == 0.0;
            if figure.field.is_some() || figure.flow.is_some() || !is_plain {
                let message =
                    "a figure of an anatomy study shows its regions: remove field, load_case, unit, deformation";
                return Err(self.value_error(figure.name.offset(), message));
            }
        }
        Ok(())
    }

    /// Layers belong to the mesh of one lumen; an anatomy study has one mesh.
    pub(super) fn layers_and_levels(&self, mesh: &MeshPlan) -> Result<(), StudyError> {
        let is_anatomy_study = self.document.is_anatomy_study();
        if is_anatomy_study && *mesh.levels != 1 {
            let message =
                "a study without load cases has nothing to compare on several meshes; write levels = 1 in [mesh]";
            return Err(self.value_error(mesh.levels.offset(), message));
        }
        let Some(layers) = &mesh.layers else {
            return match &mesh.first_layer {
                Some(first) => Err(self.value_error(first.offset(), "`first_layer` needs `layers`; add it")),
                None => Ok(()),
            };
        };
        self.above_zero(mesh.first_layer.as_ref())?;
        let parts = self.document.anatomy.as_ref().and_then(|anatomy| anatomy.image.as_ref()).map(|i| i.parts.len());
        let refused = if !is_anatomy_study && self.document.flow.is_none() {
            "layers are for flow in a lumen, and this study computes a solid; remove `layers`"
        } else if parts.is_some_and(|parts| parts > 0) {
            "layers are for one closed lumen, and the image gives several `parts`; take one `label` or remove `layers`"
        } else if *mesh.element != ElementChoice::Tet4 {
            "the elements of layers are of first order; write element = \"tet4\""
        } else if !(3..=20).contains(layers.value()) {
            "layers are 3 to 20"
        } else {
            return Ok(());
        };
        Err(self.value_error(layers.offset(), refused))
    }
}
