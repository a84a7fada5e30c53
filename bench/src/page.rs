//! `docs/performance.md`: what lies between its marks is written here, the words around it by people.

use crate::Result;
use crate::engine::{Engine, Ground};
use crate::measure::Row;
use std::path::Path;

/// The page.
const PAGE: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../docs/performance.md");

/// The machine and what is measured with, in one line.
pub fn machine(ground: &mut Ground) -> Result<String> {
    let model = std::fs::read_to_string("/proc/cpuinfo").unwrap_or_default();
    let model = model
        .lines()
        .find_map(|line| line.strip_prefix("model name")?.split_once(':'))
        .map_or(std::env::consts::ARCH, |(_, name)| name.trim())
        .to_owned();
    let cores = std::thread::available_parallelism()?;
    Ok(format!(
        "{cores} cores ({model}, {}), where writing 4 KiB and fsync take {:.2} ms; SQLite {}, PostgreSQL {}",
        std::env::consts::OS,
        ground.fsync()?.as_secs_f64() * 1e3,
        ground.version(Engine::Sqlite)?,
        ground.version(Engine::Postgres)?,
    ))
}

/// Puts the results into the page.
pub fn write(machine: &str, results: &[(&str, Vec<Row>)]) -> Result {
    let path = Path::new(PAGE);
    let mut page = std::fs::read_to_string(path)?;
    page = replace(&page, "machine", machine)?;
    for (name, rows) in results {
        page = replace(&page, name, &table(rows))?;
    }
    Ok(std::fs::write(path, page)?)
}

fn table(rows: &[Row]) -> String {
    let mut lines = vec!["| | ours | rival | measured | limit |\n|---|--:|--:|--:|--:|".to_owned()];
    lines.extend(rows.iter().map(|Row { what, ours, rival, figure, limit, ok }| {
        let figure = if *ok { figure.clone() } else { format!("**{figure}** (missed)") };
        format!("| {what} | {ours} | {rival} | {figure} | {limit} |")
    }));
    lines.join("\n")
}

/// Puts `text` between the marks of that name.
fn replace(page: &str, name: &str, text: &str) -> Result<String> {
    let (begin, end) = (format!("<!-- bench:{name} -->\n"), format!("\n<!-- /bench:{name} -->"));
    let marks = || format!("{PAGE} has no marks for {name}: {} … {}", begin.trim(), end.trim());
    let (before, rest) = page.split_once(&begin).ok_or_else(marks)?;
    // An empty place has nothing between its marks, not even a second line break.
    let at = rest.find(&end[1..]).ok_or_else(marks)?;
    Ok(format!("{before}{begin}{text}\n{}", &rest[at..]))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_what_lies_between_the_marks_is_replaced() {
        let page = "a\n<!-- bench:up -->\n<!-- /bench:up -->\nb\n";
        let once = replace(page, "up", "first").unwrap();
        assert_eq!(once, "a\n<!-- bench:up -->\nfirst\n<!-- /bench:up -->\nb\n");
        assert_eq!(replace(&once, "up", "second").unwrap(), once.replace("first", "second"));
        assert!(replace(page, "down", "").is_err());
    }
}
