//! The modulus of bone on a mesh, from the CT image that the mesh lies in.
//!
//! Every element is cut into n³ parts of equal reference measure, n so large that the parts are no longer than a voxel
//! step. At the centre x_s of every part the image is interpolated trilinearly, HU(x_s), and mapped to density and modulus,
//! E_s = E(ρ(HU(x_s))): the modulus is computed first and averaged after, as in the third version of Bonemat (Taddei et al.
//! 2007, Med Eng Phys 29:973), not the law of an averaged HU. With the volumes V_s of the parts the element then has
//!
//! E(x) = Ē + g · (x - x̄),  x̄ = Σ V_s x_s / ΣV_s,  Ē = Σ V_s E_s / ΣV_s,  (Σ V_s d_s d_sᵀ) g = Σ V_s d_s (E_s - Ē),
//!
//! d_s = x_s - x̄: the least-squares line through the samples, in which those near a Gauss point weigh most on its modulus.
//! Its integral is that of the samples. g is shortened where E(x) would leave the range of the moduli sampled in the
//! element ([`LinearPiece::fit`]). Every Gauss point takes E(x) at its place.

mod material;
#[cfg(test)]
mod tests;

pub(crate) use material::{BoneMaterial, statistic};

use constitutive::bone::{BoneMap, BonePoint};
use control::{Cancelled, RunControl};
use imaging::{Grid, Image};
use mesh::{Field, Point3, VolumeMesh};
use solid::{LinearInElements, LinearPiece, Sample, sample_elements};
use std::collections::BTreeSet;
use std::sync::Arc;

/// Fewest parts along an element: a gradient needs more than one.
const FEWEST_PARTS: usize = 2;
/// Most parts along an element. Longer elements are sampled more coarsely than the image, which is said.
const MOST_PARTS: usize = 16;

/// Bone mapped onto a mesh.
pub(crate) struct MappedBone {
    /// Young's modulus, MPa.
    pub(crate) modulus: Arc<LinearInElements>,
    /// Density of the kind that the law takes, g/cm³.
    pub(crate) density: LinearInElements,
    pub(crate) summary: BoneSummary,
}

/// What was mapped, over the whole mesh.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) struct BoneSummary {
    /// Volume of the samples, mm³.
    pub(crate) volume: f64,
    /// Modulus at the samples, MPa.
    pub(crate) modulus: Spread,
    /// Density of the law's kind at the samples, g/cm³.
    pub(crate) density: Spread,
    /// Mineral of the bone, ∫ ρ_QCT dV, mg.
    pub(crate) mineral_mg: f64,
    /// Number of samples.
    pub(crate) samples: usize,
    /// Elements that are longer than [`MOST_PARTS`] voxels.
    pub(crate) coarse_elements: usize,
    /// Share of the volume of the elements with a face on the surface that is below the threshold of soft tissue.
    pub(crate) soft_at_surface: f64,
    /// Shares of the volume.
    pub(crate) shares: Shares,
}

/// Range and mean.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) struct Spread {
    pub(crate) minimum: f64,
    /// Over the volume.
    pub(crate) mean: f64,
    pub(crate) maximum: f64,
}

/// Shares of the mesh's volume for which something must be said, 0 to 1.
#[derive(Debug, Clone, Copy, PartialEq, Default)]
pub(crate) struct Shares {
    /// Outside of the image; these have the lowest modulus.
    pub(crate) outside: f64,
    /// Below the threshold of soft tissue.
    pub(crate) soft: f64,
    /// The lines give a negative density.
    pub(crate) negative: f64,
    /// The law is used outside of the densities tested.
    pub(crate) extrapolated: f64,
    /// At the lowest modulus allowed.
    pub(crate) at_floor: f64,
    /// At the highest modulus allowed.
    pub(crate) at_ceiling: f64,
    /// Metal or its artefact.
    pub(crate) metal: f64,
}

/// One element's part of the answer; sums are over volume.
struct ElementBone {
    modulus: LinearPiece,
    density: LinearPiece,
    volume: f64,
    mineral: f64,
    modulus_range: [f64; 2],
    density_range: [f64; 2],
    samples: usize,
    shares: Shares,
}

/// How CT numbers become bone.
pub(crate) struct Mapping<'a> {
    pub(crate) image: &'a Image,
    pub(crate) map: &'a BoneMap,
    /// HU below which a sample is counted as soft tissue that an element of the surface dips into.
    pub(crate) soft_below: f64,
}

impl Mapping<'_> {
    /// Density and modulus on every element of `mesh`.
    ///
    /// # Errors
    /// When cancelled.
    pub(crate) fn onto(&self, mesh: &VolumeMesh, control: &RunControl) -> Result<MappedBone, Cancelled> {
        let grid = &self.image.grid;
        let parts = |nodes: &[Point3<f64>]| voxels_along(grid, nodes).clamp(FEWEST_PARTS, MOST_PARTS);
        let see = |_: usize, nodes: &[Point3<f64>], samples: &[Sample]| {
            (self.element(nodes, samples), voxels_along(grid, nodes) > MOST_PARTS)
        };
        let found = sample_elements(mesh, parts, see, control)?;
        let nothing = || (ElementBone::nothing(), false);
        let (elements, coarse): (Vec<ElementBone>, Vec<bool>) =
            found.into_iter().map(|element| element.unwrap_or_else(nothing)).unzip();
        let mut summary = summary(&elements);
        summary.coarse_elements = coarse.into_iter().filter(|&coarse| coarse).count();
        summary.soft_at_surface = soft_at_surface(mesh, &elements);
        let pieces =
            |of: &dyn Fn(&ElementBone) -> LinearPiece| LinearInElements { pieces: elements.iter().map(of).collect() };
        Ok(MappedBone {
            modulus: Arc::new(pieces(&|element| element.modulus)),
            density: pieces(&|element| element.density),
            summary,
        })
    }

    /// The CT number and what the map makes of it; a point outside of the image is air.
    fn at(&self, point: &Point3<f64>) -> (Option<f64>, BonePoint) {
        let hounsfield = self.image.sample(point).filter(|value| value.is_finite());
        (hounsfield, self.map.at(hounsfield.unwrap_or(AIR)))
    }

    fn element(&self, nodes: &[Point3<f64>], samples: &[Sample]) -> ElementBone {
        let mut bone = ElementBone::nothing();
        let (mut moduli, mut densities) = (Vec::new(), Vec::new());
        for sample in samples {
            let (hounsfield, point) = self.at(&sample.position);
            bone.volume += sample.volume;
            bone.mineral += point.mineral.0 * sample.volume;
            bone.shares.add(hounsfield, self.soft_below, &point, sample.volume);
            widen(&mut bone.modulus_range, point.modulus);
            widen(&mut bone.density_range, point.density);
            moduli.push(point.modulus);
            densities.push(point.density);
        }
        bone.samples = samples.len();
        // The samples lie inside: what the image says at the nodes belongs to the range too.
        let (mut modulus_range, mut density_range) = (bone.modulus_range, bone.density_range);
        for node in nodes {
            if let (Some(_), point) = self.at(node) {
                widen(&mut modulus_range, point.modulus);
                widen(&mut density_range, point.density);
            }
        }
        bone.modulus = LinearPiece::fit(samples, &moduli, nodes, modulus_range);
        bone.density = LinearPiece::fit(samples, &densities, nodes, density_range);
        bone
    }
}

/// HU of air.
const AIR: f64 = -1000.0;

/// Voxel steps that the longest side of the element's box is long, in the grid's own directions.
fn voxels_along(grid: &Grid, nodes: &[Point3<f64>]) -> usize {
    let mut ranges = [[f64::INFINITY, f64::NEG_INFINITY]; 3];
    for node in nodes {
        let at = grid.coordinates(node);
        ranges.iter_mut().zip(at).for_each(|(range, x)| widen(range, x));
    }
    ranges.iter().map(|[low, high]| (high - low).ceil()).fold(1.0, f64::max) as usize
}

fn widen([low, high]: &mut [f64; 2], value: f64) {
    *low = low.min(value);
    *high = high.max(value);
}

impl Shares {
    fn add(&mut self, hounsfield: Option<f64>, soft_below: f64, point: &BonePoint, volume: f64) {
        let count = |share: &mut f64, is: bool| *share += if is { volume } else { 0.0 };
        count(&mut self.outside, hounsfield.is_none());
        count(&mut self.soft, hounsfield.is_some_and(|value| value < soft_below));
        count(&mut self.negative, point.is_negative);
        count(&mut self.extrapolated, point.is_extrapolated);
        count(&mut self.at_floor, point.is_at_floor);
        count(&mut self.at_ceiling, point.is_at_ceiling);
        count(&mut self.metal, point.is_metal);
    }

    fn each(&mut self) -> [&mut f64; 7] {
        let Self { outside, soft, negative, extrapolated, at_floor, at_ceiling, metal } = self;
        [outside, soft, negative, extrapolated, at_floor, at_ceiling, metal]
    }
}

impl ElementBone {
    /// That of an element without volume.
    fn nothing() -> Self {
        let nothing = LinearPiece::constant(f64::NAN);
        let empty = [f64::INFINITY, f64::NEG_INFINITY];
        Self {
            modulus: nothing,
            density: nothing,
            volume: 0.0,
            mineral: 0.0,
            modulus_range: empty,
            density_range: empty,
            samples: 0,
            shares: Shares::default(),
        }
    }
}

fn summary(elements: &[ElementBone]) -> BoneSummary {
    let volume: f64 = elements.iter().map(|element| element.volume).sum();
    let spread = |range: &dyn Fn(&ElementBone) -> [f64; 2], mean: &dyn Fn(&ElementBone) -> f64| Spread {
        minimum: elements.iter().map(|element| range(element)[0]).fold(f64::INFINITY, f64::min),
        mean: elements.iter().filter(|e| e.volume > 0.0).map(|e| mean(e) * e.volume).sum::<f64>() / volume,
        maximum: elements.iter().map(|element| range(element)[1]).fold(f64::NEG_INFINITY, f64::max),
    };
    let mut shares = Shares::default();
    for element in elements {
        let mut of_element = element.shares;
        shares.each().into_iter().zip(of_element.each()).for_each(|(sum, part)| *sum += *part);
    }
    shares.each().into_iter().for_each(|share| *share /= volume);
    BoneSummary {
        volume,
        modulus: spread(&|element| element.modulus_range, &|element| element.modulus.mean),
        density: spread(&|element| element.density_range, &|element| element.density.mean),
        // g/cm³ are mg/mm³.
        mineral_mg: elements.iter().map(|element| element.mineral).sum(),
        samples: elements.iter().map(|element| element.samples).sum(),
        coarse_elements: 0,
        soft_at_surface: 0.0,
        shares,
    }
}

fn soft_at_surface(mesh: &VolumeMesh, elements: &[ElementBone]) -> f64 {
    let faces = mesh::topology::boundary_faces(mesh);
    let numbers: BTreeSet<u32> = faces.into_iter().map(|face| face.element).collect();
    let at_surface = || numbers.iter().filter_map(|&element| elements.get(element as usize));
    let volume: f64 = at_surface().map(|element| element.volume).sum();
    at_surface().map(|element| element.shares.soft).sum::<f64>() / volume
}

impl MappedBone {
    /// The means of the elements, for viewing.
    pub(crate) fn fields(&self) -> Vec<Field> {
        let means = |field: &LinearInElements| field.pieces.iter().map(|piece| piece.mean).collect();
        vec![
            Field::on_elements("youngs_modulus", "MPa", 1, means(&self.modulus)),
            Field::on_elements("density", "g/cm^3", 1, means(&self.density)),
        ]
    }
}
