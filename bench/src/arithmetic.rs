//! Of several rounds: the middle, and ratios round by round so that drift cancels.

/// The middle one; the lower of two.
pub fn median(values: &[f64]) -> f64 {
    let mut sorted = values.to_vec();
    sorted.sort_by(f64::total_cmp);
    let middle = sorted.len().saturating_sub(1) / 2;
    sorted.get(middle).copied().unwrap_or(f64::NAN)
}

/// The median of what each round says of itself: its two sides were measured next to each other.
pub fn ratio(over: &[f64], under: &[f64]) -> f64 {
    let ratios: Vec<f64> = over.iter().zip(under).map(|(over, under)| over / under).collect();
    median(&ratios)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn same(left: f64, right: f64) {
        assert!((left - right).abs() < 1e-9, "{left} {right}");
    }

    #[test]
    fn the_middle_is_one_of_them() {
        same(median(&[3.0, 1.0, 2.0]), 2.0);
        same(median(&[4.0, 1.0, 2.0, 3.0]), 2.0);
        same(median(&[7.0]), 7.0);
        assert!(median(&[]).is_nan());
    }

    #[test]
    fn a_machine_that_slows_down_does_not_change_the_ratio() {
        same(ratio(&[10.0, 20.0, 40.0], &[5.0, 10.0, 20.0]), 2.0);
        // One round that was disturbed does not count.
        same(ratio(&[10.0, 90.0, 10.0], &[5.0, 5.0, 5.0]), 2.0);
    }
}
