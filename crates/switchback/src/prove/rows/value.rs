//! Values of a kind, as SQL literals: hostile ones, and tame ones.

use super::kind::Kind;
use switchback_plan::Dialect;
use switchback_plan::quote::{literal, literal_of};
use time::{Date, Duration, Month};

/// How many values there are of each kind before they begin again.
pub(super) const VARIANTS: usize = 8;

/// Where numbers of keys begin: beyond those that migrations write themselves.
const KEYS: i64 = 1_000_003;

/// The value of that variant; `n` is another one for each row, and makes values differ.
pub(super) fn value(dialect: Dialect, kind: &Kind, n: u32, variant: usize, tame: bool) -> String {
    let number = i64::from(n);
    let variant = variant % VARIANTS;
    match kind {
        Kind::Int(low, high) => int(*low, *high, number, variant, tame).to_string(),
        Kind::Numeric(None) if variant == 3 && !tame => {
            quoted(dialect, format!("1234567890123456{n}.123456789"), true)
        }
        Kind::Numeric(digits) => numeric(*digits, number, variant, tame),
        Kind::Float => match variant {
            // Of all its digits.
            0 | 4 if !tame => format!("{:?}", f64::from(n) + 1.0 / 3.0),
            0 => format!("{number}.5"),
            1 => format!("{number}.125"),
            2 => format!("-{number}.25"),
            3 if !tame => format!("{number}.1"),
            5 if !tame => format!("{n}e-9"),
            _ => format!("{}.0", number + variant as i64),
        },
        Kind::Text(max) => literal_of(dialect, &text(*max, n, variant, tame)),
        Kind::Bool => match (dialect, (n as usize + variant).is_multiple_of(2)) {
            (Dialect::Sqlite, yes) => u8::from(yes).to_string(),
            (Dialect::Postgres, yes) => yes.to_string(),
        },
        Kind::Uuid => literal(&uuid(n, variant)),
        Kind::Date => literal(&date(n, variant)),
        Kind::Time => literal(&format!("{:02}:{:02}:{:02}", (n / 60) % 24, n % 60, variant)),
        Kind::Timestamp => timestamp(dialect, n, variant),
        Kind::Interval => literal(&format!("{n} days {variant}:04:05.5")),
        Kind::Bytes => match dialect {
            Dialect::Sqlite => format!("x'00ff27{n:08x}{variant:02x}'"),
            Dialect::Postgres => format!("'\\x00ff27{n:08x}{variant:02x}'"),
        },
        Kind::Json => literal_of(dialect, &json(n, variant, tame)),
        Kind::OneOf(labels) => match labels.get((n as usize + variant) % labels.len().max(1)) {
            Some(label) => literal(label),
            None => "NULL".to_owned(),
        },
        Kind::Array(element, name) => match variant {
            1 if !tame => "'{}'".to_owned(),
            _ => {
                let one = value(dialect, element, n, variant, tame);
                let two = value(dialect, element, n, variant + 1, tame);
                format!("ARRAY[{one}, {two}]::{name}")
            }
        },
        Kind::Range(of) => literal(&range(of, n, variant)),
        Kind::Multirange(of) => literal(&format!("{{{}}}", range(of, n, variant))),
        Kind::Composite(kinds, name) => {
            let values: Vec<String> =
                kinds.iter().map(|kind| value(dialect, kind, n, variant, tame)).collect();
            format!("ROW({})::{name}", values.join(", "))
        }
        Kind::Bits(length) => {
            let bits = format!("{:032b}", n.wrapping_mul(5).wrapping_add(variant as u32));
            let length = length.unwrap_or(8);
            let bits: String = bits.chars().rev().cycle().take(length).collect();
            format!("B'{bits}'")
        }
        Kind::Named(name) => named(name, n, variant),
        Kind::Any => {
            let kinds = [Kind::Text(None), Kind::Int(i64::MIN, i64::MAX), Kind::Bytes, Kind::Float];
            value(dialect, &kinds[if tame { 0 } else { variant % kinds.len() }], n, variant, tame)
        }
    }
}

/// A value that makes a key: another one for each row, whatever the variant.
pub(super) fn key(dialect: Dialect, kind: &Kind, n: u32, variant: usize) -> String {
    let other = n.wrapping_add(variant as u32 * 1_000);
    match kind {
        Kind::Text(max) => literal_of(dialect, &text(*max, other, 0, true)),
        Kind::Any => literal(&format!("key {other}")),
        other_kind => value(dialect, other_kind, other, 0, true),
    }
}

fn int(low: i64, high: i64, n: i64, variant: usize, tame: bool) -> i64 {
    let base = if high >= 10_000_000 { KEYS } else { 10_003.min(high / 2) };
    let extreme = |value: i64| value.clamp(low, high);
    let wanted = match (variant, tame) {
        (0, _) => base + n,
        // Beyond what a floating-point number holds, and yet a hundred times as much is still a number. Of four variants
        // in a row, which every column has, one is such.
        (1, false) => extreme(9_007_199_254_740_993 + 2 * n),
        (4, false) => extreme(-9_007_199_254_740_993 - 2 * n),
        (1, true) | (3, false) => n + 1,
        (2, false) => -n - 1,
        (5, _) => n % 2,
        (6, _) => 0,
        (v, _) => n * 10 + v as i64,
    };
    wanted.clamp(low, high)
}

fn numeric(digits: Option<(u32, u32)>, n: i64, variant: usize, tame: bool) -> String {
    let (precision, scale) = digits.unwrap_or((12, 2));
    let whole = 10_i64.checked_pow(precision.saturating_sub(scale).min(15)).unwrap_or(i64::MAX);
    let fraction = |last: i64| match scale {
        0 => String::new(),
        scale => format!(".{:0>width$}", last, width = scale.min(9) as usize),
    };
    match variant {
        3 if !tame => format!("{}{}", whole - 1 - n % whole.min(100), fraction(1)),
        2 if !tame => format!("-{}{}", (n + 1) % whole, fraction(5)),
        1 => format!("{}{}", (n + 1) % whole, fraction(n % 9 + 1)),
        6 => "0".to_owned(),
        v => format!("{}{}", (n + v as i64) % whole, fraction(0)),
    }
}

/// Short ones begin with what makes them differ.
fn text(max: Option<usize>, n: u32, variant: usize, tame: bool) -> String {
    if max == Some(36) {
        // So long is a UUID as text, and nothing else is.
        return uuid(n, if tame { 0 } else { variant });
    }
    let text = match (variant, tame) {
        // A number too, but no number is written like that.
        (0, false) => format!("00{n} "),
        (4, false) => format!(" \t00{n}\r\n "),
        (7, _) | (_, true) => {
            format!("word{n}{}", if variant == 0 { String::new() } else { format!("v{variant}") })
        }
        (1, _) => format!("{n} it's \"quoted\" \\ %_; -- DROP TABLE x"),
        (2, _) => format!("{n} Zoë, Ωmega 中文 😀 e\u{301}"),
        (3, _) => String::new(),
        (5, _) => format!("{n}, \u{1}\u{1b}\u{7f}\u{85}\u{feff}"),
        _ => format!("{n} {}", "long ".repeat(60)),
    };
    match max {
        Some(max) if text.chars().count() > max => {
            let short = base36(n + variant as u32);
            let rest: String = text.chars().take(max.saturating_sub(short.len())).collect();
            format!("{}{rest}", short.chars().rev().take(max).collect::<String>())
        }
        _ => text,
    }
}

fn base36(mut n: u32) -> String {
    let mut out = String::new();
    loop {
        out.insert(0, char::from_digit(n % 36, 36).unwrap_or('0'));
        n /= 36;
        if n == 0 {
            return out;
        }
    }
}

fn uuid(n: u32, variant: usize) -> String {
    format!("{:08x}-{variant:04x}-4000-8000-{:012x}", n.wrapping_mul(2_654_435_761), u64::from(n) + 1)
}

fn day(n: u32, variant: usize) -> Date {
    let start = Date::from_calendar_date(2024, Month::February, 29).unwrap_or(Date::MIN);
    start.saturating_add(Duration::days(i64::from(n) * 10 + variant as i64))
}

fn date(n: u32, variant: usize) -> String {
    let day = day(n, variant);
    format!("{:04}-{:02}-{:02}", day.year(), u8::from(day.month()), day.day())
}

fn timestamp(dialect: Dialect, n: u32, variant: usize) -> String {
    let time = format!("{:02}:59:{:02}", n % 24, variant);
    match dialect {
        Dialect::Sqlite => literal(&format!("{}T{time}Z", date(n, variant))),
        Dialect::Postgres => literal(&format!("{} {time}.{:06}", date(n, variant), n % 1_000_000)),
    }
}

fn json(n: u32, variant: usize, tame: bool) -> String {
    match variant {
        1 if !tame => format!("[{n},null,1.50,\"\\u00fc\"]"),
        2 if !tame => {
            format!("{{\"n\":{n},\"deep\":{{\"a\":[true,{{}}]}},\"q\":\"it's \\\"so\\\"\"}}")
        }
        3 if !tame => format!("{{\"big\":12345678901234567890{n}}}"),
        _ => format!("{{\"n\":{n}}}"),
    }
}

fn range(of: &Kind, n: u32, variant: usize) -> String {
    let (from, to) = match of {
        Kind::Date => (date(n * 2, variant), date(n * 2 + 1, variant)),
        Kind::Timestamp => {
            (format!("{} 00:00:00", date(n * 2, variant)), format!("{} 00:00:00", date(n * 2 + 1, variant)))
        }
        _ => ((n * 20 + variant as u32).to_string(), (n * 20 + variant as u32 + 5).to_string()),
    };
    format!("[{from},{to})")
}

/// What has no kind of its own.
fn named(name: &str, n: u32, variant: usize) -> String {
    let (a, b) = (n / 250 % 250, n % 250);
    let m = n + variant as u32;
    let text = match name {
        // An address in a network, which no cidr holds.
        "inet" if matches!(variant, 1 | 4) => format!("10.{variant}.{a}.{}/20", b + 1),
        "inet" => format!("10.{variant}.{a}.{b}"),
        // A time elsewhere, which no time holds.
        "timetz" if matches!(variant, 1 | 4) => {
            format!("{:02}:{:02}:{variant:02}+05:30", n / 60 % 24, n % 60)
        }
        "timetz" => format!("{:02}:{:02}:{variant:02}+00", n / 60 % 24, n % 60),
        "cidr" => format!("10.{variant}.{b}.0/24"),
        "macaddr" => format!("08:00:2b:{variant:02x}:{a:02x}:{b:02x}"),
        "macaddr8" => format!("08:00:2b:01:02:{variant:02x}:{a:02x}:{b:02x}"),
        "point" => format!("({m},{variant})"),
        "line" => format!("{{1,2,{m}}}"),
        "lseg" => format!("[(0,0),({variant},{m})]"),
        "box" => format!("(({m}1,{variant}2),({m}0,{variant}1))"),
        "path" => format!("[(0,0),(1,{m})]"),
        "polygon" => format!("(({n}00,{variant}0),({n}01,{variant}1),({n}02,{variant}0))"),
        "circle" => format!("<({n}00,{variant}0),1>"),
        "tsvector" => format!("'word{n}':1 'other':{}", variant + 2),
        "tsquery" => format!("'word{n}' & 'v{variant}'"),
        "money" => format!("{m}.50"),
        "xml" => format!("<a n=\"{n}\">{variant} &amp; more</a>"),
        "pg_lsn" => format!("0/{m:X}"),
        "xid" | "xid8" | "cid" => m.to_string(),
        "ltree" => format!("top.n{n}.v{variant}"),
        "hstore" => format!("\"k{variant}\"=>\"v {n}\", \"none\"=>NULL"),
        "regclass" => "pg_catalog.pg_class".to_owned(),
        "regtype" => "integer".to_owned(),
        "jsonpath" => "$.a[*]".to_owned(),
        _ => match variant {
            0 => m.to_string(),
            1 => format!("word{n}"),
            2 => format!("({m})"),
            3 => format!("{{{m}}}"),
            4 => String::new(),
            _ => format!("{m}.5"),
        },
    };
    literal(&text)
}

fn quoted(dialect: Dialect, text: String, number: bool) -> String {
    // SQLite would read so many digits as a floating-point number; as text it keeps them, where the column allows it.
    match dialect {
        Dialect::Sqlite if number => "123456789.125".to_owned(),
        Dialect::Sqlite | Dialect::Postgres => text,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::BTreeSet;

    #[test]
    fn keys_differ_whatever_their_kind_and_fit() {
        let kinds = [
            Kind::Int(i16::MIN.into(), i16::MAX.into()),
            Kind::Int(i64::MIN, i64::MAX),
            Kind::Text(None),
            Kind::Text(Some(4)),
            Kind::Text(Some(36)),
            Kind::Uuid,
            Kind::Date,
            Kind::Timestamp,
            Kind::Bytes,
            Kind::Numeric(Some((6, 2))),
            Kind::Named("inet".to_owned()),
        ];
        for dialect in Dialect::ALL {
            for kind in &kinds {
                let keys: BTreeSet<String> = (0..50).map(|n| key(dialect, kind, n, 0)).collect();
                assert_eq!(keys.len(), 50, "{kind:?}: {keys:?}");
                if let Kind::Text(Some(max)) = kind {
                    assert!(keys.iter().all(|k| k.chars().count() <= max + 2), "{keys:?}");
                }
            }
        }
    }
}
