use crate::state::Sampling;
use crate::zone::Part;
use crate::{LinearStatics, Recovery, SolidError, Zone};
use constitutive::{SymmetricTensor, tensor};
use control::RunControl;
use fem::Quadrature;
use fem::quadrature::{MAX_DEGREE, solid_rule};
use mesh::{ElementKind, Point3, shape};
use std::collections::BTreeMap;

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
    /// Its node; `None` where an edge of an element leaves the zone.
    pub node: Option<u32>,
    /// An element that holds the point.
    pub element: u32,
    /// Position, mm.
    pub position: Point3<f64>,
}

/// The extremes of a scalar in a zone.
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

/// Points of an element on a zone's border, which is no polynomial: as many as there are.
const BORDER_DEGREE: usize = MAX_DEGREE;

impl LinearStatics<'_> {
    /// The extremes of the recovered `scalar` over the nodes in `zone` and the points where element edges leave it. Of
    /// equal values the first element and node wins.
    pub fn extremes(
        &self,
        recovery: &Recovery,
        scalar: Scalar,
        zone: &Zone<'_>,
        control: &RunControl,
    ) -> Result<Extremes, SolidError> {
        let mut found: Option<Extremes> = None;
        let mut take = |here: Extreme| {
            let known = found.get_or_insert(Extremes { maximum: here, minimum: here });
            if here.value > known.maximum.value {
                known.maximum = here;
            }
            if here.value < known.minimum.value {
                known.minimum = here;
            }
        };
        self.visit(zone, control, |part| {
            let nodal = recovered(recovery, part);
            let element = part.element;
            let nodes = part.nodes.iter().zip(&nodal).zip(&part.kept).filter(|(_, kept)| **kept);
            for ((&node, (stress, strain)), _) in nodes {
                let position = self.mesh.nodes[node as usize];
                take(Extreme { value: scalar.of(stress, strain), node: Some(node), element, position });
            }
            for xi in part.crossings() {
                let values = shape::values(part.kind, &xi);
                let value = interpolated(scalar, &nodal, &values);
                take(Extreme { value, node: None, element, position: part.position(&values) });
            }
        })?;
        found.ok_or_else(|| zone.nothing_left())
    }

    /// The distribution over volume of the recovered `scalar` in `zone`: the recovered field is evaluated at quadrature
    /// points, each weighted with its volume; elements on the zone's border have more of them, and those inside count.
    pub fn distribution(
        &self,
        recovery: &Recovery,
        scalar: Scalar,
        zone: &Zone<'_>,
        control: &RunControl,
    ) -> Result<VolumeDistribution, SolidError> {
        let mut samples = Vec::new();
        let mut tables: BTreeMap<(ElementKind, bool), Vec<TablePoint>> = BTreeMap::new();
        self.visit(zone, control, |part| {
            let (kind, whole) = (part.kind, part.is_whole());
            let table = tables.entry((kind, whole)).or_insert_with(|| {
                let inner = || Sampling::Stiffness.rule(kind, self);
                points(kind, if whole { inner() } else { solid_rule(kind, BORDER_DEGREE) })
            });
            let nodal = recovered(recovery, part);
            for point in table.iter().filter(|point| whole || part.contains(&point.xi)) {
                let volume = point.weight * shape::jacobian(&part.points, &point.gradients).determinant();
                samples.push((interpolated(scalar, &nodal, &point.values), volume));
            }
        })?;
        if samples.is_empty() {
            return Err(zone.nothing_left());
        }
        samples.sort_by(|a, b| a.0.total_cmp(&b.0));
        let volume = samples.iter().map(|s| s.1).sum();
        Ok(VolumeDistribution { samples, volume })
    }

    /// Calls `see` with every element that has something in `zone`, in order.
    fn visit(&self, zone: &Zone<'_>, control: &RunControl, mut see: impl FnMut(&Part<'_>)) -> Result<(), SolidError> {
        for element in 0..self.mesh.element_count() {
            if element % 1024 == 0 {
                control.check()?;
            }
            if let Some(part) = Part::new(self.mesh, zone, element).filter(|part| !part.is_empty()) {
                see(&part);
            }
        }
        Ok(())
    }
}

type Tensors = (SymmetricTensor, SymmetricTensor);

/// Recovered stress and strain at the nodes of an element.
fn recovered(recovery: &Recovery, part: &Part<'_>) -> Vec<Tensors> {
    let at = part.element as usize;
    part.nodes.iter().map(|&node| (recovery.stress_in(at, node), recovery.strain_in(at, node))).collect()
}

fn interpolated(scalar: Scalar, nodal: &[Tensors], values: &[f64]) -> f64 {
    let (mut stress, mut strain) = (SymmetricTensor::zeros(), SymmetricTensor::zeros());
    for ((s, e), n) in nodal.iter().zip(values) {
        stress += s * *n;
        strain += e * *n;
    }
    scalar.of(&stress, &strain)
}

struct TablePoint {
    xi: [f64; 3],
    weight: f64,
    values: [f64; shape::MAX_NODES],
    gradients: [[f64; 3]; shape::MAX_NODES],
}

fn points(kind: ElementKind, rule: Option<Quadrature<3>>) -> Vec<TablePoint> {
    let (points, weights) = rule.map(|rule| (rule.points, rule.weights)).unwrap_or_default();
    let point = |(xi, weight): ([f64; 3], f64)| TablePoint {
        xi,
        weight,
        values: shape::values(kind, &xi),
        gradients: shape::gradients(kind, &xi),
    };
    points.into_iter().zip(weights).map(point).collect()
}
