/// The candidate with the fewest edits (insert, delete, replace, swap of neighbours) from `word`, case ignored on a tie,
/// when it is near enough to be meant: at most one edit in three characters. Ties go to the first candidate.
pub fn nearest<'a>(word: &str, candidates: impl IntoIterator<Item = &'a str>) -> Option<&'a str> {
    let limit = word.chars().count().div_ceil(3).max(1);
    let folded = word.to_lowercase();
    let scored = candidates.into_iter().map(|candidate| {
        let edits = distance(&folded, &candidate.to_lowercase());
        (edits, distance(word, candidate), candidate)
    });
    scored.filter(|score| score.0 <= limit).min_by_key(|score| (score.0, score.1)).map(|score| score.2)
}

/// Optimal string alignment distance.
fn distance(a: &str, b: &str) -> usize {
    let (a, b): (Vec<char>, Vec<char>) = (a.chars().collect(), b.chars().collect());
    let mut before = vec![0; b.len() + 1];
    let mut last: Vec<usize> = (0..=b.len()).collect();
    for i in 1..=a.len() {
        let mut row = vec![i; b.len() + 1];
        for j in 1..=b.len() {
            let replaced = last[j - 1] + usize::from(a[i - 1] != b[j - 1]);
            row[j] = replaced.min(last[j] + 1).min(row[j - 1] + 1);
            if i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1] {
                row[j] = row[j].min(before[j - 2] + 1);
            }
        }
        before = std::mem::replace(&mut last, row);
    }
    last[b.len()]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn typing_errors_find_their_word_and_other_words_find_none() {
        let keys = ["title", "question", "context_of_use", "mesh"];
        assert_eq!(nearest("titel", keys), Some("title"));
        assert_eq!(nearest("contex_of_use", keys), Some("context_of_use"));
        assert_eq!(nearest("Mesh", keys), Some("mesh"));
        assert_eq!(nearest("banana", keys), None);
        assert_eq!(nearest("", keys), None);
    }

    #[test]
    fn distances_count_edits() {
        assert_eq!(distance("kitten", "sitting"), 3);
        assert_eq!(distance("ab", "ba"), 1);
        assert_eq!(distance("", "abc"), 3);
    }
}
