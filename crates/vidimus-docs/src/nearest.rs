//! What somebody may have meant who asked for a page that is not there.

use strsim::jaro_winkler;

const SHOWN_MAX: usize = 5;
const LIKENESS_MIN: f64 = 0.75;

/// The candidates whose last segment, or whole path, is most like the asked one.
pub fn nearest<'a>(asked: &str, candidates: impl Iterator<Item = &'a str>) -> Vec<&'a str> {
    let last = |path: &str| path.rsplit('/').next().unwrap_or_default().to_ascii_lowercase();
    let wanted = asked.to_ascii_lowercase();
    let likeness = |candidate: &str| {
        let whole = jaro_winkler(&wanted, &candidate.to_ascii_lowercase());
        whole.max(jaro_winkler(&last(&wanted), &last(candidate)))
    };
    let mut near: Vec<(f64, &str)> = candidates
        .map(|one| (likeness(one), one))
        .filter(|(like, _)| *like >= LIKENESS_MIN)
        .collect();
    near.sort_by(|one, two| two.0.total_cmp(&one.0).then_with(|| one.1.cmp(two.1)));
    near.into_iter().take(SHOWN_MAX).map(|(_, one)| one).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_like_the_asked_one_come_first() {
        let all = ["/docs/how-to/jsforce", "/docs/how-to/kong", "/docs/reference/metrics"];
        let near = |asked| nearest(asked, all.iter().copied()).first().copied();
        assert_eq!(near("/docs/jsforce"), Some("/docs/how-to/jsforce"));
        assert_eq!(near("/docs/how-to/kongg"), Some("/docs/how-to/kong"));
        assert_eq!(nearest("/docs/qqqqqq", ["/x"].into_iter()), Vec::<&str>::new());
    }
}
