//! All that a flow carries from one step to the next, kept to go back to or to go on from another day.

use crate::bdf::Differences;
use crate::open::OpenState;
use crate::{Flow, FlowError};
use nalgebra::Vector3;

/// Begins every file of a state; the number is the layout's.
const MAGIC: &[u8; 8] = b"vsflow\0\x03";

/// A moment of a [`Flow`]: put back into a flow over the same space with the same conditions and options, what follows has the
/// same bits as in a flow that forgot ([`Flow::forget`]) when it was in this state.
#[derive(Debug, Clone, PartialEq)]
pub struct FlowState {
    pub(crate) time: f64,
    pub(crate) last_step: Option<f64>,
    pub(crate) velocity: [Vec<Vector3<f64>>; 2],
    /// The differences of the last step and u two steps back; `None` before the first.
    pub(crate) behind: Option<(Differences, Vec<Vector3<f64>>)>,
    pub(crate) pressure: Vec<f64>,
    pub(crate) increments: [Vec<f64>; 2],
    pub(crate) inertia: [f64; 2],
    pub(crate) open: Vec<OpenState>,
}

impl FlowState {
    /// Time, s.
    pub fn time(&self) -> f64 {
        self.time
    }

    /// The state as bytes: the numbers of nodes, pressures, open faces and kept velocities, then all values, little-endian.
    pub fn to_bytes(&self) -> Vec<u8> {
        let velocities = 2 + usize::from(self.behind.is_some());
        let counts = [self.velocity[0].len(), self.pressure.len(), self.open.len(), velocities];
        let mut bytes = Vec::with_capacity(MAGIC.len() + 32 + 8 * needed(counts).unwrap_or(0));
        bytes.extend_from_slice(MAGIC);
        counts.iter().for_each(|&count| bytes.extend_from_slice(&(count as u64).to_le_bytes()));
        let mut put = |value: f64| bytes.extend_from_slice(&value.to_le_bytes());
        let Differences { a, ratio } = self.behind.as_ref().map_or(Differences { a: [0.0; 3], ratio: 0.0 }, |b| b.0);
        let [first, second] = self.inertia;
        [self.time, self.last_step.unwrap_or(0.0), first, second, a[0], a[1], a[2], ratio]
            .into_iter()
            .for_each(&mut put);
        let velocities = self.velocity.iter().chain(self.behind.iter().map(|behind| &behind.1));
        velocities.flatten().flat_map(|u| [u.x, u.y, u.z]).for_each(&mut put);
        self.pressure.iter().chain(self.increments.iter().flatten()).copied().for_each(&mut put);
        for OpenState { pressure, increments, flux, stored } in &self.open {
            [*pressure, increments[0], increments[1], *flux, stored[0], stored[1]].into_iter().for_each(&mut put);
        }
        bytes
    }

    /// Reads what [`Self::to_bytes`] wrote; `None` when it is something else, is cut short or holds what is no number.
    pub fn from_bytes(bytes: &[u8]) -> Option<Self> {
        let rest = bytes.strip_prefix(MAGIC)?;
        let (head, values) = rest.split_at_checked(32)?;
        let words: Vec<u64> = head.chunks_exact(8).filter_map(|w| w.try_into().ok().map(u64::from_le_bytes)).collect();
        let mut counts = [0; 4];
        for (count, word) in counts.iter_mut().zip(words) {
            *count = usize::try_from(word).ok()?;
        }
        let [nodes, pressures, faces, velocities] = counts;
        if values.len() != needed(counts)?.checked_mul(8)? || !(2..=3).contains(&velocities) {
            return None;
        }
        let numbers: Vec<f64> =
            values.chunks_exact(8).filter_map(|word| word.try_into().ok().map(f64::from_le_bytes)).collect();
        if numbers.iter().any(|value| !value.is_finite()) {
            return None;
        }
        let mut next = numbers.into_iter();
        let mut take = |count: usize| -> Vec<f64> { next.by_ref().take(count).collect() };
        let start = take(8);
        let mut vectors = || take(3 * nodes).chunks_exact(3).map(|u| Vector3::new(u[0], u[1], u[2])).collect();
        let velocity = [vectors(), vectors()];
        let differences = Differences { a: [start[4], start[5], start[6]], ratio: start[7] };
        let behind = (velocities == 3).then(|| (differences, vectors()));
        let pressure = take(pressures);
        let increments = [take(pressures), take(pressures)];
        let moment = |face: &[f64]| OpenState {
            pressure: face[0],
            increments: [face[1], face[2]],
            flux: face[3],
            stored: [face[4], face[5]],
        };
        let open = take(6 * faces).chunks_exact(6).map(moment).collect();
        let (last_step, inertia) = ((start[1] > 0.0).then_some(start[1]), [start[2], start[3]]);
        Some(Self { time: start[0], last_step, velocity, behind, pressure, increments, inertia, open })
    }
}

/// Number of values after the counts.
fn needed([nodes, pressures, faces, velocities]: [usize; 4]) -> Option<usize> {
    let velocity = nodes.checked_mul(3)?.checked_mul(velocities)?;
    velocity.checked_add(pressures.checked_mul(3)?)?.checked_add(faces.checked_mul(6)?)?.checked_add(8)
}

impl Flow<'_> {
    /// This moment, to be put back by [`Self::restore`].
    pub fn state(&self) -> FlowState {
        FlowState {
            time: self.time,
            last_step: self.last_step,
            velocity: self.velocity.clone(),
            behind: self.behind.clone(),
            pressure: self.pressure.clone(),
            increments: self.increments.clone(),
            inertia: self.inertia,
            open: self.open.iter().map(|face| face.state).collect(),
        }
    }

    /// Goes back, or on, to a moment of a flow over the same space with the same conditions.
    ///
    /// # Errors
    /// [`FlowError::Value`] when the state is that of another space or has other open faces.
    pub fn restore(&mut self, state: &FlowState) -> Result<(), FlowError> {
        for (what, found, own) in [
            ("the number of nodes of a state", state.velocity[0].len(), self.velocity[0].len()),
            ("the number of pressures of a state", state.pressure.len(), self.pressure.len()),
            ("the number of open faces of a state", state.open.len(), self.open.len()),
        ] {
            if found != own {
                let remedy = format!("this flow has {own}; remove the state and start again");
                return Err(FlowError::Value { what: what.to_owned(), value: found as f64, remedy });
            }
        }
        self.time = state.time;
        self.last_step = state.last_step;
        self.velocity.clone_from(&state.velocity);
        self.behind.clone_from(&state.behind);
        self.pressure.clone_from(&state.pressure);
        self.increments.clone_from(&state.increments);
        self.inertia = state.inertia;
        self.open.iter_mut().zip(&state.open).for_each(|(face, state)| face.state = *state);
        self.forget();
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn state() -> FlowState {
        let open = OpenState { pressure: 0.1, increments: [0.2, 0.3], flux: -4.0, stored: [0.5, 0.6] };
        FlowState {
            time: 0.7,
            last_step: Some(0.01),
            velocity: [vec![Vector3::new(1.0, 2.0, 3.0)], vec![Vector3::new(4.0, 5.0, 1.0 / 3.0)]],
            behind: Some((Differences { a: [15.0, -20.0, 5.0], ratio: 1.0 }, vec![Vector3::new(6.0, 7.0, 8.0)])),
            pressure: vec![7.0, 8.0],
            increments: [vec![9.0, 10.0], vec![11.0, 12.0]],
            inertia: [150.0, 100.0],
            open: vec![open],
        }
    }

    #[test]
    fn bytes_keep_every_bit() {
        let mut first = state();
        assert_eq!(FlowState::from_bytes(&first.to_bytes()), Some(first.clone()));
        (first.last_step, first.behind) = (None, None);
        assert_eq!(FlowState::from_bytes(&first.to_bytes()), Some(first));
    }

    #[test]
    fn broken_bytes_are_no_state() {
        let bytes = state().to_bytes();
        for end in 0..bytes.len() {
            assert_eq!(FlowState::from_bytes(&bytes[..end]), None, "{end}");
        }
        let mut huge = bytes.clone();
        huge[8..16].copy_from_slice(&u64::MAX.to_le_bytes());
        assert_eq!(FlowState::from_bytes(&huge), None);
        let mut not_a_number = bytes.clone();
        not_a_number[40..48].copy_from_slice(&f64::NAN.to_le_bytes());
        assert_eq!(FlowState::from_bytes(&not_a_number), None);
    }
}
