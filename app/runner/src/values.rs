//! The study's quantities of interest on one solved mesh.

use crate::RunnerError;
use crate::bone::statistic;
use crate::statics::{CaseFields, Setup, scalar};
use control::RunControl;
use mesh::{Point3, Region, Vector3};
use serde::{Deserialize, Serialize};
use solid::{Exclusion, LinearStatics, SolidError, Spot, Zone};
use study::{Component, FieldName, FrameName, Length, LoadCase, Located, Output, RegionOutput};

/// Edges of the body where the surface turns inwards by more than this are singular, in degrees.
pub(crate) const REENTRANT_ANGLE: f64 = 60.0;

/// A quantity on one mesh, in the internal unit.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(crate) struct LevelValue {
    pub(crate) value: f64,
    /// Where the value is found, when it is that of one point.
    pub(crate) point_mm: Option<[f64; 3]>,
}

/// One solved mesh with what is needed to read quantities from it.
pub(crate) struct Evaluation<'a> {
    pub(crate) setup: &'a Setup<'a>,
    pub(crate) model: &'a LinearStatics<'a>,
    pub(crate) cases: &'a [CaseFields],
    /// Distance from supports and loads within which peaks are left out where the study does not say, in mm.
    pub(crate) clear_mm: f64,
}

/// A load case of the study and its solution.
#[derive(Clone, Copy)]
struct Case<'a> {
    plan: &'a LoadCase,
    fields: &'a CaseFields,
}

/// Which values of a field count for a peak or percentile.
struct Selection<'a> {
    field: FieldName,
    region: &'a Located<String>,
    exclude: &'a [Located<String>],
    clear: Option<&'a Length>,
}

impl Evaluation<'_> {
    /// The value of one output.
    pub(crate) fn value(&self, output: &Output, control: &RunControl) -> Result<LevelValue, RunnerError> {
        let case = self.case(output.load_case.as_ref());
        let plain = |value| LevelValue { value, point_mm: None };
        if let Some(displacement) = &output.displacement {
            return self.displacement(case, displacement, control).map(plain);
        }
        if let Some(stiffness) = &output.stiffness {
            return self.stiffness(case, &stiffness.region, stiffness.displaced.as_ref(), control).map(plain);
        }
        if let Some(bending) = &output.plate_bending {
            let stiffness = self.stiffness(case, &bending.region, bending.displaced.as_ref(), control)?;
            let (h, k) = (bending.support_to_load.value().value(), bending.inner_span.value().value());
            return Ok(plain((2.0 * h + 3.0 * k) * stiffness * h * h / 12.0));
        }
        if let Some(peak) = &output.peak {
            let clear = peak.clear_of_supports_and_loads.as_ref();
            let selection = Selection { field: peak.field, region: &peak.region, exclude: &peak.exclude, clear };
            return self.peak(case, &selection, control);
        }
        if let Some(percentile) = &output.percentile {
            let clear = percentile.clear_of_supports_and_loads.as_ref();
            let (field, region, exclude) = (percentile.field, &percentile.region, &percentile.exclude[..]);
            let selection = Selection { field, region, exclude, clear };
            let percent = 100.0 * percentile.percent.value().value();
            return self.percentile(case, &selection, percent, control).map(plain);
        }
        if let Some(bone) = &output.bone {
            let no_bone = || self.refuse(&output.name, "the material is not mapped from an image");
            let mapped = self.setup.bone.ok_or_else(no_bone)?;
            return Ok(plain(statistic(&mapped.summary, bone.statistic)));
        }
        Err(self.refuse(&output.name, "the output asks for nothing"))
    }

    /// The load case of that name; a checked study has it, and the first stands for an absent name.
    fn case(&self, name: Option<&Located<String>>) -> Case<'_> {
        let cases = &self.setup.study.document.load_cases;
        let index = name.and_then(|name| cases.iter().position(|case| case.name == *name)).unwrap_or(0);
        Case { plan: &cases[index], fields: &self.cases[index] }
    }

    fn refuse(&self, place: &Located<String>, reason: impl Into<String>) -> RunnerError {
        RunnerError::Output { place: self.setup.study.place(place), reason: reason.into() }
    }

    fn displacement(&self, case: Case<'_>, output: &RegionOutput, control: &RunControl) -> Result<f64, RunnerError> {
        let at = output.at.as_ref().map(|point| self.setup.frames.point(&output.frame, point));
        let mean = self.motion(case, &output.region, at, control)?;
        let axes = self.setup.frames.axes(&output.frame);
        Ok(match output.component {
            Component::Magnitude => mean.norm(),
            Component::First => axes[0].dot(&mean),
            Component::Second => axes[1].dot(&mean),
            Component::Third => axes[2].dot(&mean),
        })
    }

    /// Mean displacement of a region, or of a point that moves with it.
    fn motion(
        &self,
        case: Case<'_>,
        region: &Located<String>,
        at: Option<Point3<f64>>,
        control: &RunControl,
    ) -> Result<Vector3<f64>, RunnerError> {
        let spread = self.setup.regions.spread(region)?;
        let motion = self.model.mean_motion(case.fields.solution(), &spread, control);
        let motion = motion.map_err(|error| self.setup.failed(error))?;
        Ok(at.map_or(motion.displacement, |point| motion.at(&point)))
    }

    /// Total force on the region over the displacement along it, N/mm: that of `displaced`, or of the point through which
    /// the force acts.
    fn stiffness(
        &self,
        case: Case<'_>,
        region: &Located<String>,
        displaced: Option<&Located<String>>,
        control: &RunControl,
    ) -> Result<f64, RunnerError> {
        let frames = self.setup.frames;
        let on_region = || case.plan.loads.iter().filter(|load| load.region == *region && load.force.is_some());
        let vector = |frame: &FrameName, components: Option<[f64; 3]>| components.map(|c| frames.vector(frame, c));
        let force: Vector3<f64> =
            on_region().filter_map(|load| vector(&load.frame, self.setup.study.force(load))).sum();
        let through = on_region().find_map(|load| load.through.as_ref().map(|point| frames.point(&load.frame, point)));
        let motion = match displaced {
            Some(displaced) => self.motion(case, displaced, None, control)?,
            None => self.motion(case, region, through, control)?,
        };
        let along = motion.dot(&force) / force.norm();
        if along.is_nan() || along <= 0.0 {
            let reason = format!(
                "the region \"{}\" does not move along its force ({} mm), so it has no stiffness; look at the other loads",
                **region,
                quantity::significant(along, 3)
            );
            return Err(self.refuse(region, reason));
        }
        Ok(force.norm() / along)
    }

    /// The largest value, or the smallest of a minimum principal value.
    fn peak(&self, case: Case<'_>, selection: &Selection<'_>, control: &RunControl) -> Result<LevelValue, RunnerError> {
        let zone = self.zone(case, selection)?;
        let Some(scalar) = scalar(selection.field) else { return self.displacement_peak(case, selection, &zone) };
        let extremes = self.model.extremes(case.fields.recovery(), scalar, &zone, control);
        let extremes = extremes.map_err(|error| self.nothing_left(selection, error))?;
        let found = if selection.field.extreme_is_minimum() { extremes.minimum } else { extremes.maximum };
        Ok(LevelValue { value: found.value, point_mm: Some(found.position.coords.into()) })
    }

    fn displacement_peak(
        &self,
        case: Case<'_>,
        selection: &Selection<'_>,
        zone: &Zone<'_>,
    ) -> Result<LevelValue, RunnerError> {
        let mut found: Option<(f64, Point3<f64>)> = None;
        for node in self.setup.regions.nodes(selection.region)? {
            let position = self.setup.mesh.nodes[node as usize];
            let value = case.fields.solution().displacement[node as usize].norm();
            let counts = zone.contains(&Spot { position, node: Some(node), element: 0, element_nodes: &[] });
            if counts && found.is_none_or(|(largest, _)| value > largest) {
                found = Some((value, position));
            }
        }
        let (value, position) =
            found.ok_or_else(|| self.refuse(selection.region, "nothing is left after the exclusions"))?;
        Ok(LevelValue { value, point_mm: Some(position.coords.into()) })
    }

    /// The value that `percent` of the volume does not exceed; for minimum principal values: does not fall below.
    fn percentile(
        &self,
        case: Case<'_>,
        selection: &Selection<'_>,
        percent: f64,
        control: &RunControl,
    ) -> Result<f64, RunnerError> {
        let Some(scalar) = scalar(selection.field) else {
            return Err(
                self.refuse(selection.region, "percentiles are of strains and stresses; ask for a peak instead")
            );
        };
        let zone = self.zone(case, selection)?;
        let found = self.model.distribution(case.fields.recovery(), scalar, &zone, control);
        let found = found.map_err(|error| self.nothing_left(selection, error))?;
        Ok(found.percentile(if selection.field.extreme_is_minimum() { 100.0 - percent } else { percent }))
    }

    /// The region clear of excluded regions, supports, loads and re-entrant edges.
    fn zone<'a>(&'a self, case: Case<'_>, selection: &Selection<'a>) -> Result<Zone<'a>, RunnerError> {
        let regions = self.setup.regions;
        let clear = selection.clear.map_or(self.clear_mm, |length| length.value());
        let mut exclusion = Exclusion::none();
        if clear > 0.0 {
            exclusion = Exclusion { edge_angle: REENTRANT_ANGLE, ..Exclusion::near_singularities(clear) };
            for load in case.plan.loads.iter() {
                exclusion = exclusion.and_near(Region::Nodes(regions.nodes(&load.region)?), clear);
            }
        }
        // A region without a node on this mesh is refused by its name, before the exclusions are.
        regions.nodes(selection.region)?;
        let (region, exclude) = (selection.region, selection.exclude);
        let inside = move |spot: &Spot<'_>| {
            regions.holds(region, spot) && !exclude.iter().any(|excluded| regions.holds(excluded, spot))
        };
        self.model.zone(region, inside, &exclusion).map_err(|error| self.setup.failed(error))
    }

    fn nothing_left(&self, selection: &Selection<'_>, error: SolidError) -> RunnerError {
        let SolidError::NothingLeft { .. } = error else { return self.setup.failed(error) };
        let clear = quantity::significant(selection.clear.map_or(self.clear_mm, |length| length.value()), 3);
        let reason = format!(
            "nothing is left of the region \"{}\" on the {} mesh after the exclusions ({clear} mm around supports, loads \
             and re-entrant edges); set clear_of_supports_and_loads, refine the mesh or move the region",
            **selection.region, self.setup.label
        );
        self.refuse(selection.region, reason)
    }
}
