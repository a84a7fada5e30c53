//! `[[operation]]` in `migration.toml`.

use super::{Declared, Operation};
use crate::error::{Error, ErrorKind, Location, Result};
use serde::Deserialize;
use serde::de::{Deserializer, Visitor, value::Error as Nothing};
use toml::Spanned;
use toml::de::{DeTable, DeValue, ValueDeserializer};

/// Reads the operations that a `migration.toml` declares.
///
/// # Errors
/// [`ErrorKind::Source`] with the place, for an unknown type or field, a wrong value, or one that is missing.
pub fn read(path: &str, text: &str) -> Result<Vec<Declared>> {
    let at = |start: usize, message: String| {
        Error::new(ErrorKind::Source, message).at(Location::in_text(path, text, start))
    };
    let wrong = |e: &toml::de::Error, start: usize| {
        let message = e.message().lines().collect::<Vec<_>>().join(", ");
        at(e.span().map_or(start, |span| span.start), message)
    };
    let mut file = DeTable::parse(text).map_err(|e| wrong(&e, 0))?.into_inner();
    let Some(operations) = file.remove("operation") else { return Ok(Vec::new()) };
    let start = operations.span().start;
    let DeValue::Array(operations) = operations.into_inner() else {
        return Err(at(start, "`operation` is no list of tables".to_owned()).hint("write [[operation]]"));
    };
    let mut declared = Vec::with_capacity(operations.len());
    for operation in operations {
        let span = operation.span();
        let start = span.start;
        let DeValue::Table(mut fields) = operation.into_inner() else {
            return Err(at(start, "an operation is no table".to_owned()).hint("write [[operation]]"));
        };
        let known = || format!("known types: {}", Operation::TYPES.join(", "));
        let Some(kind) = fields.remove("type") else {
            return Err(at(start, "the operation has no `type`".to_owned()).hint(known()));
        };
        let (type_at, kind) = (kind.span().start, kind.into_inner());
        let Some(kind) = kind.as_str() else {
            return Err(at(type_at, "`type` is no string".to_owned()).hint(known()));
        };
        let fields = ValueDeserializer::from(Spanned::new(span, DeValue::Table(fields)));
        let operation = Operation::of_type(kind, fields)
            .ok_or_else(|| at(type_at, format!("there is no operation `{kind}`")).hint(known()))?
            .map_err(|e| {
                wrong(&e, start).hint(format!("fields of {kind}: {}", Operation::fields_of(kind).join(", ")))
            })?;
        declared.push(Declared { operation, location: Location::in_text(path, text, start) });
    }
    Ok(declared)
}

/// The names of a struct's fields, as `Deserialize` knows them.
pub(super) fn fields<'de, T: Deserialize<'de>>() -> &'static [&'static str] {
    struct Ask<'a>(&'a mut &'static [&'static str]);

    impl<'de> Deserializer<'de> for Ask<'_> {
        type Error = Nothing;

        fn deserialize_any<V: Visitor<'de>>(self, _: V) -> std::result::Result<V::Value, Nothing> {
            Err(serde::de::Error::custom("only asked for the names"))
        }

        fn deserialize_struct<V: Visitor<'de>>(
            self,
            _: &'static str,
            fields: &'static [&'static str],
            visitor: V,
        ) -> std::result::Result<V::Value, Nothing> {
            *self.0 = fields;
            self.deserialize_any(visitor)
        }

        serde::forward_to_deserialize_any! {
            bool i8 i16 i32 i64 i128 u8 u16 u32 u64 u128 f32 f64 char str string bytes byte_buf option unit
            unit_struct newtype_struct seq tuple tuple_struct map enum identifier ignored_any
        }
    }

    let mut names: &'static [&'static str] = &[];
    // Always an error: there is nothing to read.
    let _ = T::deserialize(Ask(&mut names));
    names
}

#[cfg(test)]
mod tests {
    use super::*;

    fn wrong(text: &str) -> String {
        read("migration.toml", text).unwrap_err().to_string()
    }

    #[test]
    fn every_mistake_has_its_place_and_says_what_is_known() {
        insta::assert_snapshot!(wrong("description = \"x\"\n\n[[operation]]\ntable = \"users\"\n"));
        insta::assert_snapshot!(wrong("[[operation]]\ntable = \"users\"\ntype = \"add_indx\"\n"));
        insta::assert_snapshot!(wrong(
            "[[operation]]\ntype = \"add_index\"\ntabel = \"users\"\ncolumns = [\"a\"]\n"
        ));
        insta::assert_snapshot!(wrong("[[operation]]\ntype = \"add_index\"\ntable = \"users\"\n"));
        insta::assert_snapshot!(wrong(
            "[[operation]]\ntype = \"add_index\"\ntable = \"users\"\ncolumns = [{ colum = \"a\" }]\n"
        ));
        insta::assert_snapshot!(wrong(
            "[[operation]]\ntype = \"add_index\"\ntable = \"users.\"\ncolumns = []\n"
        ));
        insta::assert_snapshot!(wrong("operation = 5"));
    }

    #[test]
    fn an_operation_knows_its_place_and_its_type() {
        let text = "[[operation]]\ntype = \"add_index\"\ntable = \"users\"\ncolumns = [\"a\"]\n";
        let declared = read("migration.toml", text).unwrap();
        assert_eq!(declared[0].operation.type_name(), "add_index");
        assert_eq!(declared[0].location.line, Some(1));
    }

    #[test]
    fn every_type_tells_its_fields() {
        for name in Operation::TYPES {
            assert!(!Operation::fields_of(name).is_empty(), "{name}");
        }
    }
}
