//! Radii along a tube, with steps.

use crate::MeshingError;

/// Shortest distance between two places of a profile over its length.
const APART: f64 = 1e-9;

/// A radius or thickness in mm along a tube, by the distance from its beginning.
pub enum Profile {
    /// The same everywhere.
    Constant(f64),
    /// Straight between places (distance, radius) in ascending order; two radii at one place make a step.
    Polyline(Vec<[f64; 2]>),
    /// Any smooth function.
    Smooth(Box<dyn Fn(f64) -> f64 + Send + Sync>),
}

impl Profile {
    /// A smooth profile through (distance, radius) that has no extremes between them: cubic pieces whose slopes are the
    /// harmonic mean of their neighbours' and 0 at extremes. Source: Fritsch & Butland, SIAM J Sci Stat Comput 5:300 (1984).
    ///
    /// # Errors
    /// [`MeshingError::BadOption`] for fewer than two places or places out of order.
    pub fn through(places: Vec<[f64; 2]>) -> Result<Self, MeshingError> {
        check(&places, false)?;
        let chords: Vec<f64> = places.windows(2).map(|p| (p[1][1] - p[0][1]) / (p[1][0] - p[0][0])).collect();
        let slope = |k: usize| match (k.checked_sub(1).map(|k| chords[k]), chords.get(k)) {
            (Some(a), Some(&b)) if a * b > 0.0 => 2.0 * a * b / (a + b),
            _ => 0.0,
        };
        let slopes: Vec<f64> = (0..places.len()).map(slope).collect();
        Ok(Self::Smooth(Box::new(move |s| {
            let k = places.partition_point(|place| place[0] <= s).clamp(1, places.len() - 1) - 1;
            let ([from, a], [to, b]) = (places[k], places[k + 1]);
            let h = to - from;
            let t = ((s - from) / h).clamp(0.0, 1.0);
            let bend = a * (1.0 + 2.0 * t) + h * t * slopes[k];
            bend * (1.0 - t).powi(2) + (b * (3.0 - 2.0 * t) - h * (1.0 - t) * slopes[k + 1]) * t * t
        })))
    }

    /// The value at `s` of the piece that `middle` lies in: at a step the sides differ.
    pub(super) fn at(&self, s: f64, middle: f64) -> f64 {
        match self {
            Self::Constant(value) => *value,
            Self::Smooth(value) => value(s),
            Self::Polyline(places) => {
                let k = places.partition_point(|place| place[0] <= middle).clamp(1, places.len().max(2) - 1);
                match (places.get(k - 1), places.get(k)) {
                    (Some([from, a]), Some([to, b])) if to > from => a + (b - a) * (s - from) / (to - from),
                    (Some([_, a]), _) => *a,
                    _ => 0.0,
                }
            }
        }
    }

    /// Where it has corners or steps, inside (0, `length`).
    fn corners(&self, length: f64) -> Vec<f64> {
        let Self::Polyline(places) = self else { return Vec::new() };
        let inside = |s: &f64| *s > APART * length && *s < (1.0 - APART) * length;
        places.iter().map(|place| place[0]).filter(inside).collect()
    }

    /// Checks a polyline against the length that it must have.
    pub(super) fn validate(&self, length: f64, may_step: bool) -> Result<(), MeshingError> {
        let Self::Polyline(places) = self else { return Ok(()) };
        check(places, may_step)?;
        let (first, last) = (places[0][0], places[places.len() - 1][0]);
        let needed = "from 0 to the length of the tube";
        match first.abs() <= APART * length && (last - length).abs() <= APART * length {
            true => Ok(()),
            false => Err(MeshingError::BadOption { option: "profile", value: last, needed }),
        }
    }

    /// The pieces between corners of this profile and another, each from one place to the next, with their level: 0 for the
    /// narrowest pieces, one more after each widening step, one less after each narrowing one.
    pub(super) fn pieces(&self, other: Option<&Self>, length: f64) -> Vec<Piece> {
        let mut cuts = vec![0.0, length];
        cuts.extend(self.corners(length));
        cuts.extend(other.iter().flat_map(|other| other.corners(length)));
        cuts.sort_by(f64::total_cmp);
        cuts.dedup_by(|a, b| (*a - *b).abs() <= APART * length);
        let mut pieces: Vec<Piece> = Vec::new();
        for pair in cuts.windows(2) {
            let (from, to) = (pair[0], pair[1]);
            let middle = 0.5 * (from + to);
            let radii = [self.at(from, middle), self.at(to, middle)];
            let level = pieces.last().map_or(0, |last| match radii[0] - last.radii[1] {
                step if step > APART * length => last.level + 1,
                step if step < -APART * length => last.level - 1,
                _ => last.level,
            });
            pieces.push(Piece { from, to, radii, level });
        }
        let lowest = pieces.iter().map(|piece| piece.level).min().unwrap_or(0);
        pieces.iter_mut().for_each(|piece| piece.level -= lowest);
        pieces
    }
}

/// A part of a tube without corners or steps.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Piece {
    pub(super) from: f64,
    pub(super) to: f64,
    /// Radii at both ends, mm.
    pub(super) radii: [f64; 2],
    /// Bands around the innermost.
    pub(super) level: i32,
}

/// The places in order, at most two at one place.
fn check(places: &[[f64; 2]], may_step: bool) -> Result<(), MeshingError> {
    let bad = |value, needed| Err(MeshingError::BadOption { option: "profile", value, needed });
    if places.len() < 2 || !places.iter().flatten().all(|x| x.is_finite()) {
        return bad(places.len() as f64, "at least two places with a finite radius each");
    }
    for (k, pair) in places.windows(2).enumerate() {
        let is_step = pair[0][0] == pair[1][0];
        if pair[1][0] < pair[0][0] || (is_step && !may_step) {
            return bad(pair[1][0], "in ascending order along the tube, without steps here");
        }
        let is_inside = k > 0 && k + 2 < places.len() && places[k - 1][0] < pair[0][0] && pair[1][0] < places[k + 2][0];
        if is_step && !is_inside {
            return bad(pair[1][0], "a step between two parts of the tube: two radii at one place, not at an end");
        }
    }
    Ok(())
}

/// Radii of the borders between bands along a tube: each continues the wall of a narrower piece into the wider ones beside
/// it, as a fraction of the border around it that changes linearly from one step to the next.
pub(super) struct Borders {
    pieces: Vec<Piece>,
    /// Of each piece, for each level below its own, the fractions at both ends of the border of that level.
    fractions: Vec<Vec<[f64; 2]>>,
}

impl Borders {
    pub(super) fn new(pieces: Vec<Piece>) -> Self {
        let deepest = pieces.iter().map(|piece| piece.level).max().unwrap_or(0);
        let mut borders = Self { fractions: vec![Vec::new(); pieces.len()], pieces };
        // The outer borders first: the inner ones are fractions of them.
        for level in (0..deepest).rev() {
            let mut k = 0;
            while k < borders.pieces.len() {
                let run = borders.pieces[k..].iter().take_while(|piece| piece.level > level).count();
                if run > 0 {
                    borders.follow(k, k + run);
                }
                k += run.max(1);
            }
        }
        borders
    }

    /// The next border inside those known so far, through the pieces `first` to before `end`: between the walls of the
    /// pieces beside them.
    fn follow(&mut self, first: usize, end: usize) {
        let around = |borders: &Self, k: usize, side: usize| {
            let radii = borders.at_end(k, side);
            // The innermost entry so far is the border of the next level.
            radii.first().copied().unwrap_or(f64::NAN)
        };
        let before = first.checked_sub(1).map(|k| self.pieces[k].radii[1] / around(self, first, 0));
        let after = self.pieces.get(end).map(|piece| piece.radii[0] / around(self, end - 1, 1));
        let (Some(start), Some(finish)) = (before.or(after), after.or(before)) else { return };
        let (from, to) = (self.pieces[first].from, self.pieces[end - 1].to);
        for k in first..end {
            let at = |s: f64| start + (finish - start) * (s - from) / (to - from);
            let ends = [at(self.pieces[k].from), at(self.pieces[k].to)];
            self.fractions[k].insert(0, ends);
        }
    }

    /// Radii known so far at an end of a piece, ascending: borders, then the wall.
    fn at_end(&self, k: usize, side: usize) -> Vec<f64> {
        let piece = &self.pieces[k];
        self.radii(k, if side == 0 { piece.from } else { piece.to }, piece.radii[side])
    }

    /// Outer radii of the bands at `s` of piece `k` where the wall is `wall` away, ascending, mm.
    pub(super) fn radii(&self, k: usize, s: f64, wall: f64) -> Vec<f64> {
        let piece = &self.pieces[k];
        let t = (s - piece.from) / (piece.to - piece.from);
        let mut radii = vec![wall];
        for [a, b] in self.fractions[k].iter().rev() {
            let around = radii.last().copied().unwrap_or(wall);
            radii.push(around * (a + (b - a) * t));
        }
        radii.reverse();
        radii
    }

    pub(super) fn pieces(&self) -> &[Piece] {
        &self.pieces
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn levels_count_steps_and_borders_continue_narrow_walls() {
        // 2 | 4 to 5 | 3, then a widening after it.
        let profile = Profile::Polyline(vec![[0.0, 2.0], [1.0, 2.0], [1.0, 4.0], [3.0, 5.0], [3.0, 3.0], [4.0, 3.0]]);
        profile.validate(4.0, true).unwrap();
        let borders = Borders::new(profile.pieces(None, 4.0));
        let levels: Vec<i32> = borders.pieces().iter().map(|piece| piece.level).collect();
        assert_eq!(levels, [0, 1, 0]);
        // From 2 of 4 to 3 of 5: in the middle 0.55 of 4.5.
        for (s, wall, inner) in [(1.0, 4.0, 2.0), (2.0, 4.5, 0.55 * 4.5), (3.0, 5.0, 3.0)] {
            let radii = borders.radii(1, s, wall);
            assert!(radii.len() == 2 && (radii[0] - inner).abs() < 1e-14, "{radii:?}");
        }
        assert_eq!(borders.radii(0, 0.5, 2.0), [2.0]);
    }

    #[test]
    fn smooth_profiles_go_through_their_places_without_overshooting() {
        let places = vec![[0.0, 1.0], [1.0, 1.0], [2.0, 3.0], [4.0, 2.0]];
        let profile = Profile::through(places.clone()).unwrap();
        assert!(places.iter().all(|[s, r]| (profile.at(*s, *s) - r).abs() < 1e-14));
        let all: Vec<f64> = (0..=400).map(|k| profile.at(0.01 * f64::from(k), 0.0)).collect();
        assert!(all.iter().all(|r| (1.0 - 1e-12..=3.0 + 1e-12).contains(r)));
    }

    #[test]
    fn places_out_of_order_and_steps_at_an_end_are_refused() {
        let refused = |places: &[[f64; 2]]| Profile::Polyline(places.to_vec()).validate(2.0, true).is_err();
        assert!(refused(&[[0.0, 1.0], [1.5, 1.0], [1.0, 2.0], [2.0, 1.0]]));
        assert!(refused(&[[0.0, 1.0], [0.0, 2.0], [2.0, 2.0]]) && refused(&[[0.0, 1.0], [1.0, 1.0]]));
        assert!(refused(&[[0.0, 1.0], [1.0, 1.0], [1.0, 2.0], [1.0, 3.0], [2.0, 3.0]]));
        assert!(!refused(&[[0.0, 1.0], [1.0, 1.0], [1.0, 3.0], [2.0, 3.0]]));
    }
}
