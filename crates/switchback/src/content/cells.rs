//! A row as one text, in the form in which PostgreSQL writes a composite value: `(1,"a, b",,"")`.

/// The values of a row; `None` is NULL.
pub(crate) fn cells(row: &str) -> Vec<Option<String>> {
    let inner = row.strip_prefix('(').and_then(|r| r.strip_suffix(')')).unwrap_or(row);
    let mut cells = Vec::new();
    let mut chars = inner.chars().peekable();
    let mut cell = None::<String>;
    let mut quoted = false;
    while let Some(c) = chars.next() {
        match c {
            '"' if quoted && chars.peek() == Some(&'"') => {
                chars.next();
                cell.get_or_insert_default().push('"');
            }
            '"' => {
                quoted = !quoted;
                cell.get_or_insert_default();
            }
            '\\' => cell.get_or_insert_default().extend(chars.next()),
            ',' if !quoted => cells.push(cell.take()),
            c => cell.get_or_insert_default().push(c),
        }
    }
    cells.push(cell);
    cells
}

/// Writes one value behind those that are there.
pub(super) fn push(row: &mut String, first: bool, value: Option<&str>) {
    if !first {
        row.push(',');
    }
    let Some(value) = value else { return };
    row.push('"');
    for c in value.chars() {
        if matches!(c, '"' | '\\') {
            row.push(c);
        }
        row.push(c);
    }
    row.push('"');
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_row_comes_apart_as_it_was_put_together() {
        let values = [None, Some(""), Some("a, b"), Some("\"\\\n(ü)"), None];
        let mut row = String::from("(");
        for (i, value) in values.iter().enumerate() {
            push(&mut row, i == 0, *value);
        }
        row.push(')');
        let expected: Vec<Option<String>> = values.iter().map(|v| v.map(str::to_owned)).collect();
        assert_eq!(cells(&row), expected);
    }

    #[test]
    fn rows_as_the_server_writes_them_come_apart() {
        let some = |s: &str| Some(s.to_owned());
        assert_eq!(
            cells("(1,\"a \"\"b\"\"\",,\"\",\"x\\\\y\")"),
            [some("1"), some("a \"b\""), None, some(""), some("x\\y")]
        );
        assert_eq!(cells("(,)"), [None, None]);
        assert_eq!(cells("()"), [None]);
    }
}
