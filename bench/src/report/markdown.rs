//! The report as a page.

use super::{Report, table};

pub fn render(report: &Report) -> String {
    let mut text = String::from("# Figures\n\n");
    for (name, value) in &report.circumstances {
        text.push_str(&format!("- {name}: {value}\n"));
    }
    text.push_str("\n| row | what | figure | bar | |\n|---|---|---:|---:|---|\n");
    for figure in &report.figures {
        text.push_str(&line(&[
            figure.row,
            &figure.what,
            &table::found(figure),
            &table::bar(figure),
            figure.verdict(),
        ]));
    }
    text.push_str(
        "\n| row | who | CPU µs | per core-second | per second | p50 µs | p99 µs | p99.9 µs | RSS MB \
         | of it its own |\n|---|---|---:|---:|---:|---:|---:|---:|---:|---:|\n",
    );
    for measurement in &report.measurements {
        text.push_str(&line(&[
            measurement.row,
            &measurement.who,
            &format!("{:.1}", measurement.cpu_us),
            &format!("{:.0}", measurement.per_core_second()),
            &format!("{:.0}", measurement.per_second),
            &format!("{:.0}", measurement.p50_us),
            &format!("{:.0}", measurement.p99_us),
            &format!("{:.0}", measurement.p999_us),
            &format!("{:.0}", measurement.resident_mb),
            &format!("{:.0}", measurement.anonymous_mb),
        ]));
    }
    text
}

fn line(cells: &[&str]) -> String {
    let cells: Vec<_> = cells.iter().map(|cell| cell.replace('|', "\\|")).collect();
    format!("| {} |\n", cells.join(" | "))
}

#[cfg(test)]
mod tests {
    use crate::report::sample;

    #[test]
    fn a_page_has_both_tables_and_no_broken_cells() {
        let page = super::render(&sample());
        assert!(page.contains("- cores: 2\n"));
        assert!(
            page.contains("| hot | introspection \\| bare | 1.50× | ≤ 1.60× | met |"),
            "{page}"
        );
        assert!(page.contains("| backup | p99 | no such command | ≤ 1.50× | not run |"), "{page}");
        assert!(page.contains("| hot | vidimus | 12.5 | 80000 | 5 |"), "{page}");
    }
}
