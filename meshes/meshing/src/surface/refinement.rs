//! Smaller elements where the user asks for them.

use super::{Input, MeshOptions};
use crate::MeshingError;
use crate::domain::Spot;
use geometry::TriangleBvh;
use mesh::Point3;
use serde::{Deserialize, Serialize};

/// Halvings of the size at most: more is a slip of the unit.
const MOST: u8 = 12;

/// A place with elements smaller than elsewhere. Outside it they grow by half of the distance; where they would be larger
/// than without it, it has no effect.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase", deny_unknown_fields)]
pub enum Refinement {
    /// A ball.
    Sphere {
        /// Its middle in mm.
        centre_mm: [f64; 3],
        /// Its radius in mm.
        radius_mm: f64,
        /// Long edge of the elements in it, to a factor √2, mm.
        size_mm: f64,
    },
    /// All that is near a region of the surface.
    Region {
        /// Name of the region: of the surface, or a flat end as the mesh will name it.
        name: String,
        /// How near, mm.
        distance_mm: f64,
        /// Long edge of the elements there, to a factor √2, mm.
        size_mm: f64,
    },
}

impl Refinement {
    /// Long edge of the elements, mm.
    fn size(&self) -> f64 {
        match self {
            Self::Sphere { size_mm, .. } | Self::Region { size_mm, .. } => *size_mm,
        }
    }

    pub(super) fn validate(&self) -> Result<(), MeshingError> {
        let is_positive = |x: f64| x > 0.0 && x.is_finite();
        let bad = |option, value, needed| Err(MeshingError::BadOption { option, value, needed });
        if !is_positive(self.size()) {
            return bad("refine.size", self.size(), "a positive length in mm");
        }
        match self {
            Self::Sphere { radius_mm, .. } if !is_positive(*radius_mm) => {
                bad("refine.radius", *radius_mm, "a positive length in mm")
            }
            Self::Sphere { centre_mm, .. } if !centre_mm.iter().all(|x| x.is_finite()) => {
                bad("refine.centre", f64::NAN, "a finite point in mm")
            }
            Self::Region { distance_mm, .. } if !(*distance_mm >= 0.0 && distance_mm.is_finite()) => {
                bad("refine.distance", *distance_mm, "a length in mm that is not negative")
            }
            _ => Ok(()),
        }
    }

    fn spot(&self, input: &Input) -> Result<Spot, MeshingError> {
        match self {
            Self::Sphere { centre_mm, radius_mm, size_mm } => {
                Ok(Spot::Ball { centre: Point3::from(*centre_mm), radius: *radius_mm, size: *size_mm })
            }
            Self::Region { name, distance_mm, size_mm } => {
                let triangles = input.region(name)?;
                Ok(Spot::Near { triangles, distance: *distance_mm, size: *size_mm })
            }
        }
    }
}

impl Input {
    /// The triangles of a region, by its name in the input or the name that its flat end gets.
    fn region(&self, name: &str) -> Result<TriangleBvh, MeshingError> {
        let patch = match name {
            "wall" => Some(0),
            name => self.cap_names.iter().position(|cap| cap == name).map(|cap| cap + 1),
        };
        let of_patch = |patch: usize| {
            let all = (0_u32..).zip(&self.domain.labels);
            all.filter(|(_, label)| usize::from(**label) == patch).map(|(t, _)| t).collect::<Vec<u32>>()
        };
        let Some(own) = self.surface.regions.get(name).cloned().or(patch.map(of_patch)).filter(|own| !own.is_empty())
        else {
            let names = self.surface.regions.keys().chain(&self.cap_names).map(String::as_str).chain(["wall"]);
            let mut known: Vec<&str> = names.collect();
            known.sort_unstable();
            known.dedup();
            return Err(MeshingError::NoSuchRegion { name: name.to_owned(), known: known.join(", ") });
        };
        let triangles: Vec<[u32; 3]> =
            own.iter().filter_map(|&t| self.surface.triangles.get(t as usize)).copied().collect();
        Ok(TriangleBvh::new(&self.surface.points, &triangles))
    }
}

/// Where cells must be finer than `size`, and the halvings that the finest of them needs.
pub(super) fn spots(input: &Input, options: &MeshOptions, size: f64) -> Result<(Vec<Spot>, u8), MeshingError> {
    let spots = options.refine.iter().map(|refinement| refinement.spot(input)).collect::<Result<_, _>>()?;
    Ok((spots, halvings(options, size)))
}

/// Halvings of `size` (mm) that the finest refinement needs, to the nearest.
pub(super) fn halvings(options: &MeshOptions, size: f64) -> u8 {
    let finest = options.refine.iter().map(Refinement::size).fold(size, f64::min);
    ((size / finest).log2().round() as u8).min(MOST)
}
