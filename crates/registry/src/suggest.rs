//! "Did you mean": the nearest known word by edit distance. It knows no words of its own.

/// Returns the known word that is nearest to what was written, if it is near enough to be meant.
pub(crate) fn nearest<'a>(written: &str, known: impl IntoIterator<Item = &'a str>) -> Option<&'a str> {
    let written_plain = plain(written);
    let length = written_plain.chars().count();
    let limit = (length / 3).clamp(1, 3);
    let known = known.into_iter().map(|word| (plain(word), word));
    let alike = known.filter(|(plain, _)| plain.chars().count().abs_diff(length) <= limit);
    let near = alike.filter_map(|(plain, word)| Some((distance(&written_plain, &plain, limit)?, word)));
    near.min_by_key(|(distance, _)| *distance).map(|(_, word)| word)
}

/// Returns a hint that names the nearest word, else all words when they are few.
pub(crate) fn hint(written: &str, known: &[&str], what: &str) -> String {
    match nearest(written, known.iter().copied()) {
        Some(word) => format!("did you mean `{word}`?"),
        None if known.is_empty() => format!("there is no {what} yet"),
        None if known.len() <= 24 => format!("known: {}", quoted(known)),
        None => format!("there are {} of {what}, none is near", known.len()),
    }
}

pub(crate) fn quoted(words: &[&str]) -> String {
    words.iter().map(|word| format!("`{word}`")).collect::<Vec<_>>().join(", ")
}

fn plain(word: &str) -> String {
    let kept = word.chars().take(64).filter(|c| !matches!(c, '_' | '-' | ' '));
    kept.flat_map(char::to_lowercase).collect()
}

/// Optimal string alignment: insertions, deletions, substitutions and swaps of neighbours; `None` above the limit.
fn distance(a: &str, b: &str, limit: usize) -> Option<usize> {
    let (a, b): (Vec<char>, Vec<char>) = (a.chars().collect(), b.chars().collect());
    let mut rows = vec![(0..=b.len()).collect::<Vec<usize>>()];
    for i in 1..=a.len() {
        let mut row = vec![i];
        for j in 1..=b.len() {
            let cost = usize::from(a[i - 1] != b[j - 1]);
            let mut best = (rows[i - 1][j] + 1).min(row[j - 1] + 1).min(rows[i - 1][j - 1] + cost);
            if i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1] {
                best = best.min(rows[i - 2][j - 2] + 1);
            }
            row.push(best);
        }
        // Rows only grow, but a swap reaches back over one.
        let least = |row: &[usize]| row.iter().copied().min().unwrap_or_default();
        if least(&row) > limit && least(&rows[i - 1]) > limit {
            return None;
        }
        rows.push(row);
    }
    Some(rows[a.len()][b.len()]).filter(|distance| *distance <= limit)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_nearest_word_is_near_enough_to_be_meant() {
        let known = ["actions", "success", "failure", "exclude", "slos"];
        assert_eq!(nearest("acitons", known), Some("actions"));
        assert_eq!(nearest("sucess", known), Some("success"));
        assert_eq!(nearest("slo", known), Some("slos"));
        assert_eq!(nearest("colour", known), None);
    }
}
