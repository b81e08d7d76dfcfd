use super::Checker;
use crate::error::StudyError;
use crate::located::Located;
use crate::measure::Length;
use crate::region::Picker;
use std::collections::BTreeSet;

/// Regions in a chain of which each is made of the next.
const DEEPEST: usize = 64;

impl Checker<'_> {
    pub(super) fn regions(&self) -> Result<(), StudyError> {
        let mut sound = BTreeSet::new();
        for (name, picker) in &self.document.regions {
            self.picker(picker)?;
            self.no_cycle(name, picker, &mut BTreeSet::new(), &mut sound)?;
        }
        Ok(())
    }

    fn picker(&self, picker: &Located<Picker>) -> Result<(), StudyError> {
        match picker.value() {
            Picker::Everything(_) | Picker::MeshRegion(_) => Ok(()),
            Picker::Plane(plane) => {
                self.direction(&plane.normal)?;
                self.positive(&plane.tolerance)?;
                self.frame(&plane.frame)
            }
            Picker::Slab(slab) => {
                self.direction(&slab.normal)?;
                self.positive(&slab.thickness)?;
                self.frame(&slab.frame)
            }
            Picker::Sphere(sphere) => {
                self.positive(&sphere.radius)?;
                self.frame(&sphere.frame)
            }
            Picker::Box(bounds) => {
                let ordered = (0..3).all(|k| bounds.low[k].value() < bounds.high[k].value());
                if !ordered {
                    let message = "every component of `low` must be below that of `high`";
                    return Err(self.value_error(picker.offset(), message));
                }
                self.frame(&bounds.frame)
            }
            Picker::Cylinder(cylinder) => {
                self.positive(&cylinder.radius)?;
                if (0..3).all(|k| cylinder.start[k].value() == cylinder.end[k].value()) {
                    return Err(self.value_error(cylinder.end.offset(), "the ends of a cylinder must differ"));
                }
                self.frame(&cylinder.frame)
            }
            Picker::GrownFace(face) => {
                self.angle(&face.angle, std::f64::consts::PI)?;
                self.frame(&face.frame)
            }
            Picker::Farthest(farthest) => {
                self.direction(&farthest.direction)?;
                self.positive(&farthest.radius)?;
                self.frame(&farthest.frame)
            }
            Picker::FemoralHead(head) => {
                self.femur(picker)?;
                self.direction(&head.towards)?;
                self.angle(&head.half_angle, std::f64::consts::PI)
            }
            Picker::FemoralNeck(neck) => {
                self.femur(picker)?;
                self.positive(&neck.length)
            }
            Picker::AllOf(names) | Picker::AnyOf(names) | Picker::NoneOf(names) => {
                if names.is_empty() {
                    return Err(self.value_error(picker.offset(), "name at least one region in the list"));
                }
                names.iter().try_for_each(|name| self.region(name))?;
                names.iter().try_for_each(|name| self.is_not_faded(name, "be part of another region"))
            }
            Picker::Faded(faded) => {
                self.positive(&faded.over)?;
                self.region(&faded.region)?;
                self.is_not_faded(&faded.region, "fade again")?;
                self.has_depth(&faded.region)
            }
        }
    }

    /// Refuses a faded region where its weight would be lost.
    pub(super) fn is_not_faded(&self, name: &Located<String>, what: &str) -> Result<(), StudyError> {
        let Some(Picker::Faded(faded)) = self.document.regions.get(name.as_str()).map(Located::value) else {
            return Ok(());
        };
        let message = format!(
            "the region \"{}\" fades and cannot {what}; use the region \"{}\" that it is made of",
            **name, *faded.region
        );
        Err(self.value_error(name.offset(), message))
    }

    /// Refuses regions that follow the mesh's own faces: nothing says how deep in them a point lies.
    fn has_depth(&self, name: &Located<String>) -> Result<(), StudyError> {
        let mut open = vec![name.as_str()];
        let mut seen = BTreeSet::new();
        while let Some(next) = open.pop() {
            if !seen.insert(next) {
                continue;
            }
            match self.document.regions.get(next).map(Located::value) {
                Some(Picker::GrownFace(_) | Picker::MeshRegion(_)) => {
                    let message = format!(
                        "the region \"{next}\" follows faces of the mesh and cannot fade; use it as it is, or a region \
                         picked by place, such as sphere, box or cylinder"
                    );
                    return Err(self.value_error(name.offset(), message));
                }
                Some(Picker::AllOf(parts) | Picker::AnyOf(parts) | Picker::NoneOf(parts)) => {
                    open.extend(parts.iter().map(|part| part.as_str()));
                }
                _ => {}
            }
        }
        Ok(())
    }

    fn no_cycle<'a>(
        &'a self,
        name: &'a str,
        picker: &'a Located<Picker>,
        above: &mut BTreeSet<&'a str>,
        sound: &mut BTreeSet<&'a str>,
    ) -> Result<(), StudyError> {
        let parts = match picker.value() {
            Picker::AllOf(parts) | Picker::AnyOf(parts) | Picker::NoneOf(parts) => &parts[..],
            Picker::Faded(faded) => std::slice::from_ref(&faded.region),
            _ => return Ok(()),
        };
        if sound.contains(name) {
            return Ok(());
        }
        if above.len() == DEEPEST {
            let message = format!("more than {DEEPEST} regions are made of each other; simplify them");
            return Err(self.value_error(picker.offset(), message));
        }
        above.insert(name);
        for part in parts {
            if above.contains(part.as_str()) {
                let message = format!("the region \"{}\" is defined by itself; break the circle", **part);
                return Err(self.value_error(part.offset(), message));
            }
            if let Some((name, picker)) = self.document.regions.get_key_value(part.as_str()) {
                self.no_cycle(name, picker, above, sound)?;
            }
        }
        above.remove(name);
        sound.insert(name);
        Ok(())
    }

    fn femur(&self, picker: &Located<Picker>) -> Result<(), StudyError> {
        if self.has_femur() {
            return Ok(());
        }
        let message = "this region needs landmarks; add landmarks.femur = { side = \"left\", anteversion = \"12 deg\" } to [anatomy]";
        Err(self.value_error(picker.offset(), message))
    }

    pub(super) fn positive(&self, length: &Located<Length>) -> Result<(), StudyError> {
        if length.value().value() > 0.0 {
            return Ok(());
        }
        Err(self.value_error(length.offset(), format!("\"{}\" must be above 0 mm", length.text())))
    }

    fn angle(&self, angle: &Located<crate::measure::Angle>, largest: f64) -> Result<(), StudyError> {
        let value = angle.value().value();
        if value > 0.0 && value <= largest {
            return Ok(());
        }
        let message =
            format!("the angle \"{}\" must be above 0 deg and at most {} deg", angle.text(), largest.to_degrees());
        Err(self.value_error(angle.offset(), message))
    }
}
