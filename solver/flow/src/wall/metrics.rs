//! What wall shear stress does over a cycle.

use super::WallShear;
use crate::FlowError;
use nalgebra::Vector3;

/// 1 - 2 OSI below which the relative residence time is not let grow: it stands for OSI = 0.495 or more.
const LEAST_DIRECTED: f64 = 0.01;
/// TAWSS over the largest of the wall below which a node counts as without shear where is divided by it.
const LEAST_SHEAR: f64 = 1e-6;

/// Sums over the steps of a cycle from which its metrics follow, of both recoveries of the shear stress. Each step costs some
/// operations a node, and nothing of it is kept.
#[derive(Debug, Clone, PartialEq)]
pub struct ShearHistory {
    state: ShearState,
}

/// A [`ShearHistory`] as plain numbers, for a checkpoint.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct ShearState {
    /// Number of nodes of the wall.
    pub nodes: usize,
    /// Times of the first and the last step, s; empty before the first.
    pub times: Vec<f64>,
    /// By forces.
    pub by_forces: ShearSums,
    /// By gradient.
    pub by_gradient: ShearSums,
}

/// The sums of one recovery; vectors are three numbers a node.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct ShearSums {
    /// τ of the last step, MPa.
    pub last: Vec<f64>,
    /// ∫ τ dt, MPa s.
    pub mean: Vec<f64>,
    /// ∫ |τ| dt, MPa s.
    pub magnitude: Vec<f64>,
    /// ∫ |∂τ/∂t| dt, MPa.
    pub change: Vec<f64>,
    /// ∫ |τ·e| dt, MPa s; empty without directions.
    pub transverse: Vec<f64>,
    /// Largest |τ|, MPa.
    pub peak: Vec<f64>,
    /// When, s.
    pub peak_time: Vec<f64>,
    /// e, the unit vector along the wall across the mean shear of the cycle before; empty without.
    pub across: Vec<f64>,
}

/// Metrics of a cycle of length T at the nodes of a wall, by one recovery of its shear stress τ.
#[derive(Debug, Clone, PartialEq)]
pub struct Metrics {
    /// (1/T) ∫ τ dt, MPa.
    pub mean: Vec<Vector3<f64>>,
    /// Time-averaged wall shear stress (1/T) ∫ |τ| dt, MPa.
    pub tawss: Vec<f64>,
    /// Oscillatory shear index ½ (1 - |∫ τ dt|/∫ |τ| dt), from 0 to ½; 0 without shear (Ku et al., Arteriosclerosis 5:293, 1985).
    pub osi: Vec<f64>,
    /// Relative residence time 1/((1 - 2 OSI) TAWSS), 1/MPa (Himburg et al., Am. J. Physiol. Heart 286:H1916, 2004), with
    /// 1 - 2 OSI of at least 0.01 and TAWSS of at least 10⁻⁶ of its largest: beyond, it grows without bound and says no more than
    /// that there is no direction.
    pub rrt: Vec<f64>,
    /// Number of nodes where these bounds hold.
    pub capped: usize,
    /// Endothelial cell activation potential OSI/TAWSS, 1/MPa (Di Achille et al., Proc. R. Soc. A 470:20140163, 2014), TAWSS
    /// bounded likewise.
    pub ecap: Vec<f64>,
    /// Temporal gradient (1/T) ∫ |∂τ/∂t| dt, MPa/s.
    pub twssg: Vec<f64>,
    /// Transverse wall shear stress (1/T) ∫ |τ·e| dt, MPa, e along the wall across the mean shear (Peiffer, Sherwin and Weinberg,
    /// Cardiovasc. Res. 99:242, 2013): across that of the cycle before, as that of this one is known only at its end. `None`
    /// where none was given.
    pub transverse: Option<Vec<f64>>,
    /// The most by which [`Metrics::transverse`] may differ from that across this cycle's own mean, MPa: the turn of the mean's
    /// direction between the cycles times TAWSS.
    pub transverse_error: Option<Vec<f64>>,
    /// Largest |τ|, MPa.
    pub peak: Vec<f64>,
    /// When, s.
    pub peak_time: Vec<f64>,
}

/// Metrics of a cycle by both recoveries.
#[derive(Debug, Clone, PartialEq)]
pub struct CycleMetrics {
    /// T, s.
    pub duration: f64,
    /// By forces.
    pub by_forces: Metrics,
    /// By gradient.
    pub by_gradient: Metrics,
}

impl CycleMetrics {
    /// Difference of a metric between both recoveries, at each node: `gap(|metrics| &metrics.osi)`.
    pub fn gap(&self, metric: impl Fn(&Metrics) -> &[f64]) -> Vec<f64> {
        let [a, b] = [&self.by_forces, &self.by_gradient].map(metric);
        a.iter().zip(b).map(|(a, b)| (a - b).abs()).collect()
    }
}

impl ShearHistory {
    /// Starts a cycle on a wall of so many nodes. With the metrics of the cycle before and the normals of the wall, the transverse
    /// shear stress is had too.
    ///
    /// # Errors
    /// [`FlowError::Value`] where the cycle before or the normals have another number of nodes.
    pub fn new(nodes: usize, before: Option<(&CycleMetrics, &[Vector3<f64>])>) -> Result<Self, FlowError> {
        let sums = |metrics: Option<&Metrics>, normals: &[Vector3<f64>]| -> Result<ShearSums, FlowError> {
            let mut sums = ShearSums::zeros(nodes);
            if let Some(metrics) = metrics {
                refuse_length("the number of values of the cycle before", metrics.mean.len(), nodes)?;
                refuse_length("the number of normals", normals.len(), nodes)?;
                let across = |(n, mean): (&Vector3<f64>, &Vector3<f64>)| -> [f64; 3] {
                    n.cross(mean).try_normalize(0.0).unwrap_or_default().into()
                };
                sums.across = normals.iter().zip(&metrics.mean).flat_map(across).collect();
                sums.transverse = vec![0.0; nodes];
            }
            Ok(sums)
        };
        let normals = before.map_or(&[][..], |(_, normals)| normals);
        let by_forces = sums(before.map(|(metrics, _)| &metrics.by_forces), normals)?;
        let by_gradient = sums(before.map(|(metrics, _)| &metrics.by_gradient), normals)?;
        Ok(Self { state: ShearState { nodes, times: Vec::new(), by_forces, by_gradient } })
    }

    /// Adds the shear stress at the end of a step; the first call gives that at the start of the cycle. Between two steps τ and
    /// |τ| count as linear in time, whatever their length.
    ///
    /// # Errors
    /// [`FlowError::Value`] for another number of nodes or a time that is not after the last.
    pub fn add(&mut self, shear: &WallShear) -> Result<(), FlowError> {
        let state = &mut self.state;
        for found in [shear.by_forces.len(), shear.by_gradient.len()] {
            refuse_length("the number of values of the shear stress", found, state.nodes)?;
        }
        let step = state.times.last().map(|last| shear.time - last);
        if !shear.time.is_finite() || step.is_some_and(|step| step <= 0.0) {
            let remedy = "it must be after that of the last step".to_owned();
            return Err(FlowError::Value {
                what: "the time of the shear stress".to_owned(),
                value: shear.time,
                remedy,
            });
        }
        state.by_forces.add(&shear.by_forces, shear.time, step);
        state.by_gradient.add(&shear.by_gradient, shear.time, step);
        state.times.truncate(1);
        state.times.push(shear.time);
        Ok(())
    }

    /// The metrics of what was added.
    ///
    /// # Errors
    /// [`FlowError::Value`] with fewer than two steps, or without any shear.
    pub fn metrics(&self) -> Result<CycleMetrics, FlowError> {
        let state = &self.state;
        let duration = match state.times[..] {
            [first, last] => last - first,
            _ => 0.0,
        };
        if duration <= 0.0 {
            let remedy = "add its start and at least one step".to_owned();
            return Err(FlowError::Value { what: "the length of the cycle".to_owned(), value: duration, remedy });
        }
        let by_forces = state.by_forces.metrics(duration)?;
        let by_gradient = state.by_gradient.metrics(duration)?;
        Ok(CycleMetrics { duration, by_forces, by_gradient })
    }

    /// All that it holds.
    pub fn state(&self) -> &ShearState {
        &self.state
    }

    /// Goes on from a state.
    ///
    /// # Errors
    /// [`FlowError::Value`] where its lengths do not fit its number of nodes or a number is not finite.
    pub fn restore(state: ShearState) -> Result<Self, FlowError> {
        if state.times.len() > 2 {
            return Err(length_error("the number of times of a history of shear", state.times.len(), 2));
        }
        [&state.by_forces, &state.by_gradient].into_iter().try_for_each(|sums| sums.validate(state.nodes))?;
        Ok(Self { state })
    }
}

impl ShearSums {
    fn zeros(nodes: usize) -> Self {
        let (one, three) = (vec![0.0; nodes], vec![0.0; 3 * nodes]);
        Self {
            last: three.clone(),
            mean: three,
            magnitude: one.clone(),
            change: one.clone(),
            transverse: Vec::new(),
            peak: one.clone(),
            peak_time: one,
            across: Vec::new(),
        }
    }

    fn validate(&self, nodes: usize) -> Result<(), FlowError> {
        let what = "the number of values in a history of shear";
        for (list, width) in [(&self.last, 3), (&self.mean, 3), (&self.magnitude, 1), (&self.change, 1)]
            .into_iter()
            .chain([(&self.peak, 1), (&self.peak_time, 1)])
            .chain([(&self.across, 3), (&self.transverse, 1)].into_iter().filter(|_| !self.across.is_empty()))
        {
            refuse_length(what, list.len(), width * nodes)?;
            if let Some(value) = list.iter().find(|value| !value.is_finite()) {
                let (what, remedy) = ("a value in a history of shear".to_owned(), "restart the cycle".to_owned());
                return Err(FlowError::Value { what, value: *value, remedy });
            }
        }
        Ok(())
    }

    /// Adds τ after a step; without a step it is the first.
    fn add(&mut self, shear: &[Vector3<f64>], time: f64, step: Option<f64>) {
        for (node, tau) in shear.iter().enumerate() {
            let size = tau.norm();
            let last = &mut self.last[3 * node..][..3];
            if let Some(step) = step {
                let before = Vector3::new(last[0], last[1], last[2]);
                let half = 0.5 * step;
                let sum = (before + tau) * half;
                self.mean[3 * node..][..3].iter_mut().zip(sum.iter()).for_each(|(mean, value)| *mean += value);
                self.magnitude[node] += half * (before.norm() + size);
                self.change[node] += (tau - before).norm();
                if let Some(&[x, y, z]) = self.across.as_chunks::<3>().0.get(node) {
                    let across = Vector3::new(x, y, z);
                    self.transverse[node] += half * (before.dot(&across).abs() + tau.dot(&across).abs());
                }
            }
            if size > self.peak[node] || step.is_none() {
                (self.peak[node], self.peak_time[node]) = (size, time);
            }
            last.copy_from_slice(tau.as_slice());
        }
    }

    fn metrics(&self, duration: f64) -> Result<Metrics, FlowError> {
        let over = |list: &[f64]| list.iter().map(|value| value / duration).collect::<Vec<f64>>();
        let mean: Vec<Vector3<f64>> =
            self.mean.as_chunks::<3>().0.iter().map(|&value| Vector3::from(value) / duration).collect();
        let tawss = over(&self.magnitude);
        let largest = tawss.iter().copied().fold(0.0, f64::max);
        if !(largest > 0.0 && largest.is_finite()) {
            let remedy = "there is no cycle to describe without shear".to_owned();
            return Err(FlowError::Value { what: "the largest mean shear stress".to_owned(), value: largest, remedy });
        }
        let directed = |(mean, tawss): (&Vector3<f64>, &f64)| {
            if *tawss > 0.0 { (mean.norm() / tawss).min(1.0) } else { 1.0 }
        };
        let directed: Vec<f64> = mean.iter().zip(&tawss).map(directed).collect();
        let osi: Vec<f64> = directed.iter().map(|part| 0.5 * (1.0 - part)).collect();
        let least = LEAST_SHEAR * largest;
        let is_capped = |(part, tawss): &(&f64, &f64)| **part < LEAST_DIRECTED || **tawss < least;
        let rrt = |(part, tawss): (&f64, &f64)| 1.0 / (part.max(LEAST_DIRECTED) * tawss.max(least));
        let (transverse, transverse_error) = match self.across.is_empty() {
            true => (None, None),
            false => (Some(over(&self.transverse)), Some(self.turned(&mean, &tawss))),
        };
        Ok(Metrics {
            capped: directed.iter().zip(&tawss).filter(is_capped).count(),
            rrt: directed.iter().zip(&tawss).map(rrt).collect(),
            ecap: osi.iter().zip(&tawss).map(|(osi, tawss)| osi / tawss.max(least)).collect(),
            twssg: over(&self.change),
            transverse,
            transverse_error,
            peak: self.peak.clone(),
            peak_time: self.peak_time.clone(),
            mean,
            tawss,
            osi,
        })
    }

    /// |e - e'| TAWSS, with e' across this cycle's own mean: the mean has no part along e where both agree. Without a direction in
    /// one of the cycles, TAWSS.
    fn turned(&self, mean: &[Vector3<f64>], tawss: &[f64]) -> Vec<f64> {
        let across = self.across.as_chunks::<3>().0.iter().map(|&across| Vector3::from(across));
        let turn = |((across, mean), tawss): ((Vector3<f64>, &Vector3<f64>), &f64)| {
            let sine = mean.try_normalize(0.0).map_or(1.0, |mean| mean.dot(&across).abs().min(1.0));
            let turn = if across.norm() > 0.5 { (2.0 * (1.0 - (1.0 - sine * sine).sqrt())).sqrt() } else { 1.0 };
            turn.min(1.0) * tawss
        };
        across.zip(mean).zip(tawss).map(turn).collect()
    }
}

fn refuse_length(what: &str, found: usize, expected: usize) -> Result<(), FlowError> {
    if found == expected { Ok(()) } else { Err(length_error(what, found, expected)) }
}

fn length_error(what: &str, found: usize, expected: usize) -> FlowError {
    FlowError::Value { what: what.to_owned(), value: found as f64, remedy: format!("{expected} are needed") }
}

#[cfg(test)]
mod tests;
