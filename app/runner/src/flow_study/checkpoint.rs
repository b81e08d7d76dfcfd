//! An unfinished run through time in one file, so that an interrupted run goes on where it was and ends with the same bytes.

use super::course::{EnergyMoment, Moment};
use flow::{FlowError, FlowState, ShearHistory, ShearState, ShearSums};
use mesh::Vector3;
use serde::{Deserialize, Serialize};
use study::record::OutputFile;

/// A moment between two frames.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Checkpoint {
    /// Frames done since the beginning.
    pub(crate) frames: u32,
    pub(crate) march: [f64; 11],
    pub(crate) state: FlowState,
    pub(crate) sums: Sums,
}

/// What is collected in the last cycle.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Sums {
    pub(crate) moments: Vec<Moment>,
    pub(crate) energy: Vec<EnergyMoment>,
    pub(crate) shear: ShearHistory,
    /// Sum over the frames at the pressures of the space, MPa.
    pub(crate) pressure: Vec<f64>,
    pub(crate) gap: f64,
    /// Largest flow rate into the domain, mm³/s.
    pub(crate) through: f64,
    /// Steps before the last cycle, and those undone.
    pub(crate) steps_before: [u64; 2],
    /// Velocity when the last cycle began.
    pub(crate) start_velocity: Vec<Vector3<f64>>,
}

impl Sums {
    /// Nothing yet, for a wall of so many nodes and a space of so many pressures.
    pub(crate) fn new(wall: usize, pressures: usize) -> Result<Self, FlowError> {
        Ok(Self {
            moments: Vec::new(),
            energy: Vec::new(),
            shear: ShearHistory::new(wall, None)?,
            pressure: vec![0.0; pressures],
            gap: 0.0,
            through: 0.0,
            steps_before: [0; 2],
            start_velocity: Vec::new(),
        })
    }
}

/// The short part of a checkpoint, as text.
#[derive(Serialize, Deserialize)]
struct Head {
    frames: u32,
    march: Vec<Option<f64>>,
    moments: Vec<Moment>,
    energy: Vec<EnergyMoment>,
    gap: f64,
    through: f64,
    steps_before: [u64; 2],
    shear_nodes: usize,
    files: Vec<OutputFile>,
}

impl Checkpoint {
    /// The checkpoint, and the files that the run has written, as bytes: a text, the state, and lists of numbers, each behind its
    /// length.
    pub(crate) fn to_bytes(&self, files: &[OutputFile]) -> Vec<u8> {
        let shear = self.sums.shear.state();
        let head = Head {
            frames: self.frames,
            // JSON has no infinity, which a report has before its first step.
            march: self.march.iter().map(|value| value.is_finite().then_some(*value)).collect(),
            moments: self.sums.moments.clone(),
            energy: self.sums.energy.clone(),
            gap: self.sums.gap,
            through: self.sums.through,
            steps_before: self.sums.steps_before,
            shear_nodes: shear.nodes,
            files: files.to_vec(),
        };
        let mut bytes = Vec::new();
        put(&mut bytes, &serde_json::to_vec(&head).unwrap_or_default());
        put(&mut bytes, &self.state.to_bytes());
        let start: Vec<f64> = self.sums.start_velocity.iter().flat_map(|u| [u.x, u.y, u.z]).collect();
        let lists = [&shear.times, &self.sums.pressure, &start].into_iter();
        for list in lists.chain(tables(&shear.by_forces)).chain(tables(&shear.by_gradient)) {
            put(&mut bytes, &list.iter().flat_map(|value| value.to_le_bytes()).collect::<Vec<u8>>());
        }
        bytes
    }

    /// Reads what [`Self::to_bytes`] wrote; `None` for anything else.
    pub(crate) fn from_bytes(mut bytes: &[u8]) -> Option<(Self, Vec<OutputFile>)> {
        let head: Head = serde_json::from_slice(take(&mut bytes)?).ok()?;
        let state = FlowState::from_bytes(take(&mut bytes)?)?;
        let (times, pressure, start) = (numbers(&mut bytes)?, numbers(&mut bytes)?, numbers(&mut bytes)?);
        let (by_forces, by_gradient) = (sums(&mut bytes)?, sums(&mut bytes)?);
        let shear =
            ShearHistory::restore(ShearState { nodes: head.shear_nodes, times, by_forces, by_gradient }).ok()?;
        let march: Vec<f64> = head.march.iter().map(|value| value.unwrap_or(f64::INFINITY)).collect();
        let sums = Sums {
            moments: head.moments,
            energy: head.energy,
            shear,
            pressure,
            gap: head.gap,
            through: head.through,
            steps_before: head.steps_before,
            start_velocity: start.chunks_exact(3).map(|u| Vector3::new(u[0], u[1], u[2])).collect(),
        };
        let checkpoint = Self { frames: head.frames, march: march.try_into().ok()?, state, sums };
        bytes.is_empty().then_some((checkpoint, head.files))
    }
}

/// The lists of one recovery, in a fixed order.
fn tables(sums: &ShearSums) -> [&Vec<f64>; 8] {
    let ShearSums { last, mean, magnitude, change, transverse, peak, peak_time, across } = sums;
    [last, mean, magnitude, change, transverse, peak, peak_time, across]
}

fn sums(bytes: &mut &[u8]) -> Option<ShearSums> {
    let mut next = || numbers(bytes);
    Some(ShearSums {
        last: next()?,
        mean: next()?,
        magnitude: next()?,
        change: next()?,
        transverse: next()?,
        peak: next()?,
        peak_time: next()?,
        across: next()?,
    })
}

fn put(bytes: &mut Vec<u8>, part: &[u8]) {
    bytes.extend_from_slice(&(part.len() as u64).to_le_bytes());
    bytes.extend_from_slice(part);
}

fn take<'b>(bytes: &mut &'b [u8]) -> Option<&'b [u8]> {
    let (length, rest) = bytes.split_first_chunk::<8>()?;
    let (part, rest) = rest.split_at_checked(usize::try_from(u64::from_le_bytes(*length)).ok()?)?;
    *bytes = rest;
    Some(part)
}

fn numbers(bytes: &mut &[u8]) -> Option<Vec<f64>> {
    let part = take(bytes)?;
    let values = part.chunks_exact(8).filter_map(|word| word.try_into().ok().map(f64::from_le_bytes));
    part.len().is_multiple_of(8).then(|| values.collect())
}
