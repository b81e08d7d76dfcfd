//! Quantities measured on an anatomy and its mesh.

use crate::anatomy::{LabelParts, PreparedVessel};
use crate::geometry::{Geometry, Shape};
use mesh::SurfaceMesh;
use meshing::vessel::{LumenReport, SacMeasures};
use meshing::{LayeredReport, PartsReport};
use study::record::{Location, Quantity, Uncertainty};

/// Why no measured quantity has an interval.
const NOT_ASSESSED: &str = "discretisation not assessed: measured on one segmentation and one mesh";

/// Collects quantities, each with what must be said with it.
pub(crate) struct Table<'a> {
    remarks: &'a [String],
    pub(crate) rows: Vec<Quantity>,
}

impl<'a> Table<'a> {
    pub(crate) fn new(remarks: &'a [String]) -> Self {
        Self { remarks, rows: Vec::new() }
    }

    /// A row; `what` is its name in words, from which its key is made.
    fn add(&mut self, place: &str, what: &str, symbol: &str, value: f64, unit: &str) {
        let key: String = format!("{place} {what}")
            .to_lowercase()
            .chars()
            .map(|c| if c.is_ascii_alphanumeric() { c } else { '_' })
            .collect();
        self.rows.push(Quantity {
            name: key,
            label: format!("{}: {what}", place.replace('_', " ")),
            symbol: symbol.to_owned(),
            value,
            unit: unit.to_owned(),
            load_case: String::new(),
            location: Location { name: place.to_owned(), point_mm: None },
            uncertainty: Uncertainty::None { reason: NOT_ASSESSED.to_owned(), range: None },
            grid: None,
            reference: None,
            remarks: self.remarks.to_vec(),
        });
    }

    /// The last row with the point that it is measured at.
    fn at(&mut self, point_mm: [f64; 3]) {
        if let Some(row) = self.rows.last_mut() {
            row.location.point_mm = Some(point_mm);
        }
    }

    /// What the geometry shows before it is meshed.
    pub(crate) fn geometry(&mut self, geometry: &Geometry) {
        match &geometry.shape {
            Shape::Parts(parts) => self.parts(parts),
            Shape::Surface(surface) => self.surface(surface, geometry),
        }
        if let Some(vessel) = &geometry.vessel {
            self.vessel(vessel);
        }
    }

    fn surface(&mut self, surface: &SurfaceMesh, geometry: &Geometry) {
        let volume = surface.volume();
        if let Some(voxels) = geometry.voxel_volume_mm3 {
            self.add("surface", "volume of its voxels", "V_vox", voxels, "mm^3");
            // Extensions and cuts change the volume on purpose.
            if geometry.vessel.is_none() {
                self.add(
                    "surface",
                    "volume over that of its voxels, less one",
                    "e_V",
                    100.0 * (volume / voxels - 1.0),
                    "%",
                );
            }
        }
        self.add("surface", "volume", "V", volume, "mm^3");
        self.add("surface", "area", "A", surface.area(), "mm^2");
    }

    fn parts(&mut self, parts: &LabelParts) {
        for &label in parts.voxels.keys() {
            self.add(&parts.name(label), "volume of its voxels", "V_vox", parts.voxel_volume(label), "mm^3");
        }
    }

    fn vessel(&mut self, vessel: &PreparedVessel) {
        let LumenReport { ends, wall_area_mm2, .. } = &vessel.lumen.report;
        self.add("wall", "area", "A_wall", *wall_area_mm2, "mm^2");
        for end in ends {
            self.add(&end.name, "area", "A", end.area_mm2, "mm^2");
            self.at(end.centre_mm);
            self.add(&end.name, "diameter of a circle of this area", "d", 2.0 * end.radius_mm, "mm");
            self.at(end.centre_mm);
        }
        if let Some(sac) = &vessel.sac {
            self.sac(&sac.measures);
        }
    }

    fn sac(&mut self, sac: &SacMeasures) {
        for (what, symbol, value, unit) in [
            ("volume, closed by the neck", "V_sac", sac.volume_mm3, "mm^3"),
            ("area of its wall", "A_sac", sac.wall_area_mm2, "mm^2"),
            ("neck area", "A_neck", sac.neck_area_mm2, "mm^2"),
            ("neck diameter, largest", "d_max", sac.neck_diameter_mm, "mm"),
            ("neck diameter, mean", "d_mean", sac.neck_mean_diameter_mm, "mm"),
            ("neck diameter of equal area", "d_eq", sac.neck_equivalent_diameter_mm, "mm"),
            ("dome height over the neck plane", "h", sac.dome_height_mm, "mm"),
            ("dome distance from the neck centre", "l", sac.dome_distance_mm, "mm"),
            ("parent diameter", "d_parent", sac.parent_diameter_mm, "mm"),
            ("aspect ratio, height over mean neck diameter", "AR", sac.aspect_ratio, "1"),
            ("size ratio, distance over parent diameter", "SR", sac.size_ratio, "1"),
        ] {
            self.add("sac", what, symbol, value, unit);
            self.at(sac.neck_centre_mm);
        }
    }

    /// What a mesh of one part shows.
    pub(crate) fn mesh(&mut self, volume_mm3: f64) {
        self.add("mesh", "volume", "V_h", volume_mm3, "mm^3");
    }

    /// What a mesh of several parts shows.
    pub(crate) fn mesh_of_parts(&mut self, report: &PartsReport, parts: &LabelParts) {
        for part in &report.parts {
            let voxels = parts.voxel_volume(part.number);
            self.add(&part.name, "volume of its elements", "V_h", part.volume_mm3, "mm^3");
            let off = 100.0 * (part.volume_mm3 / voxels - 1.0);
            self.add(&part.name, "volume of its elements over that of its voxels, less one", "e_V", off, "%");
        }
    }

    /// What the layers along a wall and the elements inside them show; those of the layers are flat on purpose.
    pub(crate) fn layers(&mut self, report: &LayeredReport) {
        let LayeredReport { core, layers } = report;
        for (what, symbol, value, unit) in [
            ("smallest dihedral angle", "θ_min", core.min_dihedral_deg, "deg"),
            ("largest dihedral angle", "θ_max", core.max_dihedral_deg, "deg"),
            ("smallest radius ratio", "ρ_min", core.min_radius_ratio, "1"),
        ] {
            self.add("core", what, symbol, value, unit);
        }
        for (what, symbol, value, unit) in [
            ("number", "n", layers.count as f64, "1"),
            ("height of the one at the wall", "h_1", layers.first_height_mm, "mm"),
            ("height of all", "h", layers.total_mm, "mm"),
            ("least height over the height asked for", "f_min", layers.least_fraction, "1"),
            ("mean height over the height asked for", "f_mean", layers.mean_fraction, "1"),
            ("largest aspect ratio of a prism", "a_max", layers.max_prism_aspect, "1"),
            ("smallest scaled Jacobian of a prism", "J_min", layers.min_prism_scaled_jacobian, "1"),
        ] {
            self.add("layers", what, symbol, value, unit);
        }
    }
}
