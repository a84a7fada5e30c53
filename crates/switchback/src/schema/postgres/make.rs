//! How an object is made again, and what it is made of.

use super::catalog::class;
use super::world::World;
use switchback_plan::quote::{ident, literal};
use switchback_plan::schema::{Fact, Kind, Name, Object, Use};

/// An object of which only the comparison is known.
pub(super) fn object(kind: Kind, name: Name, facts: Vec<Fact>) -> Object {
    Object {
        kind,
        name,
        table: None,
        definition: String::new(),
        facts,
        create: Vec::new(),
        drop: String::new(),
        uses: Vec::new(),
    }
}

/// The statement for a comment, where there is one.
pub(super) fn comment(world: &World<'_>, of: (u32, u32, u32), what: &str) -> Option<String> {
    world.comment(of.0, of.1, of.2).map(|text| format!("COMMENT ON {what} IS {}", literal(text)))
}

/// The tables, columns, views and functions that something depends on; `itself` is left out.
pub(super) fn uses(world: &World<'_>, class: u32, oid: u32, itself: u32) -> Vec<Use> {
    let mut uses: Vec<Use> = world
        .needs(class, oid)
        .iter()
        .filter(|(_, other, _)| *other != itself)
        .filter_map(|(other_class, other, column)| match *other_class {
            class::RELATION => {
                let relation = world.relations.get(other)?;
                let column = world.column(*other, *column).map(str::to_owned);
                // What an index is to something, its table is.
                (!matches!(relation.kind, 'i' | 'I'))
                    .then(|| Use { name: world.relation_name(*other), column })
            }
            class::FUNCTION => Some(Use { name: world.function_name(*other)?.clone(), column: None }),
            _ => None,
        })
        .collect();
    uses.sort();
    uses.dedup();
    uses
}

/// A definition without the semicolon at its end.
pub(super) fn bare(definition: &str) -> &str {
    definition.trim_end().trim_end_matches(';').trim_end()
}

/// A definition that names the object with its schema after `words`, without the schema where it is the current one.
pub(super) fn unqualified(world: &World<'_>, definition: &str, words: &[&str]) -> String {
    for word in words {
        let Some(rest) = definition.strip_prefix(word) else { continue };
        let schema = schema_at(rest);
        if let Some((schema, length)) = schema
            && world.is_current(&schema)
        {
            return format!("{word}{}", &rest[length..]);
        }
    }
    definition.to_owned()
}

/// The schema that a qualified name begins with, and how long it is with its dot.
fn schema_at(text: &str) -> Option<(String, usize)> {
    let Some(quoted) = text.strip_prefix('"') else {
        let end = text.find(|c: char| !c.is_alphanumeric() && c != '_' && c != '$')?;
        return text[end..].starts_with('.').then(|| (text[..end].to_owned(), end + 1));
    };
    let mut end = 0;
    loop {
        end += quoted[end..].find('"')?;
        if !quoted[end + 1..].starts_with('"') {
            break;
        }
        end += 2;
    }
    let name = quoted[..end].replace("\"\"", "\"");
    quoted[end + 1..].starts_with('.').then_some((name, end + 3))
}

/// Options of pg_class as a WITH clause has them: `security_barrier='true'`.
pub(super) fn with_options(options: Option<&str>) -> String {
    let Some(options) = options else { return String::new() };
    let list: Vec<String> = options
        .lines()
        .filter_map(|option| option.split_once('='))
        .map(|(name, value)| format!("{}={}", ident(name), literal(value)))
        .collect();
    format!(" WITH ({})", list.join(", "))
}

#[cfg(test)]
mod tests {
    use super::schema_at;

    #[test]
    fn the_schema_of_a_qualified_name_is_found_quoted_or_not() {
        assert_eq!(schema_at("public.f(integer)"), Some(("public".to_owned(), 7)));
        assert_eq!(schema_at("\"My \"\"s\"\".\".f()"), Some(("My \"s\".".to_owned(), 12)));
        assert_eq!(schema_at("f(a.b)"), None);
        assert_eq!(schema_at("\"f\"(integer)"), None);
    }
}
