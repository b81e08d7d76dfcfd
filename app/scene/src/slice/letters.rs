use mesh::Vector3;

/// Cosine above which a direction is named by a second letter: closer to it than 75°.
const NAMED: f64 = 0.259;

/// The way a direction (LPS) points in the patient, in letters: L or R, P or A, S or I, the nearest one first. A direction
/// between two of them has both.
pub fn letters(direction: &Vector3<f64>) -> String {
    let unit = direction.try_normalize(1e-300).unwrap_or_else(Vector3::zeros);
    let names = [('L', 'R'), ('P', 'A'), ('S', 'I')];
    let mut parts: Vec<(f64, char)> = names
        .into_iter()
        .zip(unit.iter())
        .map(|((plus, minus), &part)| (part.abs(), if part > 0.0 { plus } else { minus }))
        .collect();
    parts.sort_by(|a, b| b.0.total_cmp(&a.0));
    parts.into_iter().filter(|(part, _)| *part > NAMED).map(|(_, letter)| letter).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_direction_is_named_by_its_nearest_axes() {
        for (direction, expected) in [
            ([1.0, 0.0, 0.0], "L"),
            ([-2.0, 0.0, 0.0], "R"),
            ([0.0, 3.0, 0.1], "P"),
            ([0.0, -1.0, 0.0], "A"),
            ([0.0, 0.0, 1.0], "S"),
            ([0.1, 0.0, -1.0], "I"),
            ([1.0, -0.5, 0.0], "LA"),
            ([-0.5, 0.6, -0.7], "IPR"),
            ([0.0, 0.0, 0.0], ""),
        ] {
            assert_eq!(letters(&Vector3::from(direction)), expected, "{direction:?}");
        }
    }
}
