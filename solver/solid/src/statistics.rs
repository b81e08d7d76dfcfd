use crate::state::Sampling;
use crate::{LinearStatics, Place, Recovery, SolidError};
use constitutive::{SymmetricTensor, tensor};
use control::RunControl;
use mesh::{Point3, shape};

/// A number made of stress and strain.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Scalar {
    /// Stress component 0..6 in the order xx, yy, zz, xy, yz, zx, MPa.
    Stress(usize),
    /// Strain component 0..6 in the same order, tensor shear.
    Strain(usize),
    /// Von Mises stress, MPa.
    VonMises,
    /// Principal stress 0 (largest) to 2 (smallest), MPa.
    PrincipalStress(usize),
    /// Principal strain 0 (largest) to 2 (smallest).
    PrincipalStrain(usize),
}

impl Scalar {
    /// The number; NaN for a component that does not exist.
    pub fn of(self, stress: &SymmetricTensor, strain: &SymmetricTensor) -> f64 {
        let component = |t: &SymmetricTensor, i: usize| t.as_slice().get(i).copied().unwrap_or(f64::NAN);
        let principal = |t: &SymmetricTensor, i: usize| tensor::principal_values(t).get(i).copied().unwrap_or(f64::NAN);
        match self {
            Self::Stress(i) => component(stress, i),
            Self::Strain(i) => component(strain, i),
            Self::VonMises => tensor::von_mises(stress),
            Self::PrincipalStress(i) => principal(stress, i),
            Self::PrincipalStrain(i) => principal(strain, i),
        }
    }
}

/// A largest or smallest value and where it is.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Extreme {
    /// The value.
    pub value: f64,
    /// Its node.
    pub node: u32,
    /// An element of that node.
    pub element: u32,
    /// Position of the node, mm.
    pub position: Point3<f64>,
}

/// The extremes of a scalar over the nodes of some elements.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Extremes {
    /// The largest value.
    pub maximum: Extreme,
    /// The smallest value.
    pub minimum: Extreme,
}

/// How a scalar is distributed over the volume of some elements.
#[derive(Debug, Clone, PartialEq)]
pub struct VolumeDistribution {
    /// (value, volume) ascending by value.
    samples: Vec<(f64, f64)>,
    /// Total volume, mm³.
    pub volume: f64,
}

impl VolumeDistribution {
    /// The value below which `percent` of the volume lies: the first sample at which the summed volume reaches it.
    /// `percent` is clamped to 0..=100.
    pub fn percentile(&self, percent: f64) -> f64 {
        let target = self.volume * percent.clamp(0.0, 100.0) / 100.0;
        let mut sum = 0.0;
        for &(value, volume) in &self.samples {
            sum += volume;
            if sum >= target {
                return value;
            }
        }
        self.samples.last().map_or(f64::NAN, |s| s.0)
    }

    /// The mean over the volume.
    pub fn mean(&self) -> f64 {
        self.samples.iter().map(|(value, volume)| value * volume).sum::<f64>() / self.volume
    }

    /// Largest and smallest sample.
    pub fn range(&self) -> (f64, f64) {
        let end = |sample: Option<&(f64, f64)>| sample.map_or(f64::NAN, |s| s.0);
        (end(self.samples.first()), end(self.samples.last()))
    }
}

impl LinearStatics<'_> {
    /// The extremes of the recovered `scalar` over the nodes of the elements of `place` that `remaining` keeps (from
    /// [`LinearStatics::remaining`]). Of equal values the lowest element and node wins.
    pub fn extremes(
        &self,
        recovery: &Recovery,
        scalar: Scalar,
        place: &Place,
        remaining: &[bool],
    ) -> Result<Extremes, SolidError> {
        let (mut maximum, mut minimum): (Option<Extreme>, Option<Extreme>) = (None, None);
        for element in self.kept(place, remaining)? {
            let Some((_, nodes)) = self.mesh.element(element as usize) else { continue };
            for &node in nodes {
                let at = element as usize;
                let value = scalar.of(&recovery.stress_in(at, node), &recovery.strain_in(at, node));
                let here = Extreme { value, node, element, position: self.mesh.nodes[node as usize] };
                if maximum.is_none_or(|m| value > m.value) {
                    maximum = Some(here);
                }
                if minimum.is_none_or(|m| value < m.value) {
                    minimum = Some(here);
                }
            }
        }
        match (maximum, minimum) {
            (Some(maximum), Some(minimum)) => Ok(Extremes { maximum, minimum }),
            _ => Err(SolidError::NothingLeft { place: place.to_string() }),
        }
    }

    /// The distribution over volume of the recovered `scalar` in the elements of `place` that `remaining` keeps: the
    /// recovered field is evaluated at the Gauss points, each weighted with its volume.
    pub fn distribution(
        &self,
        recovery: &Recovery,
        scalar: Scalar,
        place: &Place,
        remaining: &[bool],
        control: &RunControl,
    ) -> Result<VolumeDistribution, SolidError> {
        let mut samples = Vec::new();
        let mut cached: Option<(mesh::ElementKind, Vec<[f64; shape::MAX_NODES]>)> = None;
        for (count, element) in self.kept(place, remaining)?.into_iter().enumerate() {
            if count % 1024 == 0 {
                control.check()?;
            }
            let at = element as usize;
            let Some((kind, nodes)) = self.mesh.element(at) else { continue };
            if cached.as_ref().is_none_or(|(of, _)| *of != kind) {
                let points = Sampling::Stiffness.rule(kind, self).map(|rule| rule.points).unwrap_or_default();
                cached = Some((kind, points.iter().map(|xi| shape::values(kind, xi)).collect()));
            }
            let Some((_, tables)) = cached.as_ref() else { continue };
            let nodal: Vec<_> = nodes.iter().map(|&n| (recovery.stress_in(at, n), recovery.strain_in(at, n))).collect();
            for (state, values) in recovery.states.of(at).iter().zip(tables) {
                let (mut stress, mut strain) = (SymmetricTensor::zeros(), SymmetricTensor::zeros());
                for ((s, e), n) in nodal.iter().zip(values) {
                    stress += s * *n;
                    strain += e * *n;
                }
                samples.push((scalar.of(&stress, &strain), state.volume));
            }
        }
        if samples.is_empty() {
            return Err(SolidError::NothingLeft { place: place.to_string() });
        }
        samples.sort_by(|a, b| a.0.total_cmp(&b.0));
        let volume = samples.iter().map(|s| s.1).sum();
        Ok(VolumeDistribution { samples, volume })
    }

    fn kept(&self, place: &Place, remaining: &[bool]) -> Result<Vec<u32>, SolidError> {
        let (found, expected) = (remaining.len(), self.mesh.element_count());
        if found != expected {
            return Err(SolidError::WrongLength { what: "the exclusion", found, expected });
        }
        let elements = place.elements(self.mesh, "a statistic")?;
        Ok(elements.into_iter().filter(|&element| remaining[element as usize]).collect())
    }
}
