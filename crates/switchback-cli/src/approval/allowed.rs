//! `allowed_signers` in OpenSSH's format: who may sign, with which key, for what and when.
//!
//! What would widen it beyond people and their keys is refused by name: certificate authorities, and patterns.

use ssh_key::{HashAlg, PublicKey};
use std::path::Path;
use switchback::{Error, ErrorKind, Location, Result};
use time::{Date, Month, OffsetDateTime, Time};

/// The file.
#[derive(Debug, Clone, Default)]
pub struct AllowedSigners {
    lines: Vec<Line>,
}

#[derive(Debug, Clone)]
struct Line {
    principals: Vec<String>,
    namespaces: Option<Vec<String>>,
    valid_after: Option<OffsetDateTime>,
    valid_before: Option<OffsetDateTime>,
    key: PublicKey,
}

impl AllowedSigners {
    /// Reads the file.
    ///
    /// # Errors
    /// At the line that is not what it should be.
    pub fn read(path: &Path) -> Result<AllowedSigners> {
        let file = path.display().to_string();
        let text = std::fs::read_to_string(path).map_err(|e| {
            Error::new(ErrorKind::Approval, format!("the allowed signers cannot be read: {e}"))
                .at(Location::file(&file))
                .hint("allowed_signers in switchback.toml names a file in OpenSSH's format; see `man ssh-keygen`")
        })?;
        AllowedSigners::parse(&file, &text)
    }

    /// Reads the text of a file.
    ///
    /// # Errors
    /// At the line that is not what it should be.
    pub fn parse(file: &str, text: &str) -> Result<AllowedSigners> {
        let mut lines = Vec::new();
        let mut offset = 0;
        for text_of_line in text.split_inclusive('\n') {
            let line = text_of_line.trim();
            if !line.is_empty() && !line.starts_with('#') {
                let parsed = Line::parse(line).map_err(|why| {
                    Error::new(ErrorKind::Approval, why).at(Location::in_text(file, text, offset)).hint(
                        "a line is: name[,name] [namespaces=\"switchback-plan\",valid-before=\"20271231Z\"] key",
                    )
                })?;
                lines.push(parsed);
            }
            offset += text_of_line.len();
        }
        Ok(AllowedSigners { lines })
    }

    /// Whose key it is, for that and now.
    ///
    /// # Errors
    /// Why it is nobody's.
    pub fn principals(
        &self,
        key: &PublicKey,
        namespace: &str,
        now: OffsetDateTime,
    ) -> std::result::Result<Vec<String>, String> {
        let mut why =
            format!("its key {} is not among the allowed signers", key.fingerprint(HashAlg::Sha256));
        let mut found = Vec::new();
        for line in self.lines.iter().filter(|line| line.key.key_data() == key.key_data()) {
            match line.fits(namespace, now) {
                Ok(()) => found.extend(line.principals.clone()),
                Err(reason) => why = format!("the key of {} {reason}", line.principals.join(", ")),
            }
        }
        if found.is_empty() { Err(why) } else { Ok(found) }
    }
}

impl Line {
    fn parse(line: &str) -> std::result::Result<Line, String> {
        let parts = fields(line, char::is_whitespace)?;
        let [principals, rest @ ..] = parts.as_slice() else { return Err("the line is empty".to_owned()) };
        let is_kind = |field: &String| ["ssh-", "ecdsa-", "sk-"].iter().any(|kind| field.starts_with(kind));
        let (options, key) = match rest {
            [kind, ..] if is_kind(kind) => (None, rest),
            [options, key @ ..] => (Some(options), key),
            [] => return Err("the line has a name and no key".to_owned()),
        };
        let principals: Vec<String> = unquoted(principals).split(',').map(str::to_owned).collect();
        if let Some(name) = principals.iter().find(|name| name.is_empty() || name.contains(['*', '?', '!'])) {
            return Err(format!("{name:?} is a pattern, and an approval needs somebody's name"));
        }
        let key =
            PublicKey::from_openssh(&key.join(" ")).map_err(|e| format!("this is no public key: {e}"))?;
        let mut line = Line { principals, namespaces: None, valid_after: None, valid_before: None, key };
        for option in options.map(|o| fields(o, |c| c == ',')).transpose()?.unwrap_or_default() {
            line.option(&option)?;
        }
        Ok(line)
    }

    fn option(&mut self, option: &str) -> std::result::Result<(), String> {
        let (name, value) = option.split_once('=').map_or((option, ""), |(n, v)| (n, unquoted(v)));
        match name.to_ascii_lowercase().as_str() {
            "namespaces" => {
                let names: Vec<String> = value.split(',').map(str::to_owned).collect();
                if let Some(name) = names.iter().find(|n| n.is_empty() || n.contains(['*', '?', '!'])) {
                    return Err(format!("{name:?} is a pattern of namespaces, which is not supported"));
                }
                self.namespaces = Some(names);
            }
            "valid-after" => self.valid_after = Some(moment(value)?),
            "valid-before" => self.valid_before = Some(moment(value)?),
            "cert-authority" => {
                return Err("cert-authority is not supported: name each key that may sign".to_owned());
            }
            other => return Err(format!("the option {other} is not known")),
        }
        Ok(())
    }

    fn fits(&self, namespace: &str, now: OffsetDateTime) -> std::result::Result<(), String> {
        if self.namespaces.as_ref().is_some_and(|names| !names.iter().any(|n| n == namespace)) {
            return Err(format!("may not sign for {namespace}"));
        }
        if self.valid_after.is_some_and(|after| now < after) {
            return Err("is not valid yet".to_owned());
        }
        if self.valid_before.is_some_and(|before| now > before) {
            return Err("is not valid any more".to_owned());
        }
        Ok(())
    }
}

/// The parts of a line between separators that stand in no quotes.
fn fields(text: &str, separates: impl Fn(char) -> bool) -> std::result::Result<Vec<String>, String> {
    let mut fields = vec![String::new()];
    let mut quoted = false;
    for c in text.chars() {
        quoted ^= c == '"';
        if !quoted && separates(c) {
            fields.push(String::new());
        } else if let Some(last) = fields.last_mut() {
            last.push(c);
        }
    }
    if quoted {
        return Err("a quotation mark is not closed".to_owned());
    }
    fields.retain(|field| !field.is_empty());
    Ok(fields)
}

fn unquoted(text: &str) -> &str {
    text.strip_prefix('"').and_then(|t| t.strip_suffix('"')).unwrap_or(text)
}

/// `YYYYMMDD`, `YYYYMMDDHHMM` or `YYYYMMDDHHMMSS`, with a Z: without one it would mean another moment on each machine.
fn moment(text: &str) -> std::result::Result<OffsetDateTime, String> {
    let wrong = || format!("{text:?} is no moment: write 20271231Z or 202712311800Z, with the Z for UTC");
    let digits =
        text.strip_suffix('Z').filter(|d| d.bytes().all(|b| b.is_ascii_digit())).ok_or_else(wrong)?;
    if ![8, 12, 14].contains(&digits.len()) {
        return Err(wrong());
    }
    let number =
        |from: usize, to: usize| digits.get(from..to).map_or(Ok(0), str::parse::<u16>).map_err(|_| wrong());
    let small = |from, to| number(from, to).and_then(|n| u8::try_from(n).map_err(|_| wrong()));
    let month = Month::try_from(small(4, 6)?).map_err(|_| wrong())?;
    let date =
        Date::from_calendar_date(i32::from(number(0, 4)?), month, small(6, 8)?).map_err(|_| wrong())?;
    let time = Time::from_hms(small(8, 10)?, small(10, 12)?, small(12, 14)?).map_err(|_| wrong())?;
    Ok(date.with_time(time).assume_utc())
}

#[cfg(test)]
mod tests {
    use super::*;
    use time::macros::datetime;

    const KEY: &str =
        "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAILM+rvN+ot98qgEN796jTiQfZfG1KaT0PtFDJ/XFSqti ada@laptop";

    fn of(line: &str) -> std::result::Result<Vec<String>, String> {
        let key = PublicKey::from_openssh(KEY).unwrap();
        let allowed = AllowedSigners::parse("allowed_signers", line).map_err(|e| e.to_string())?;
        allowed.principals(&key, "switchback-plan", datetime!(2026-11-22 12:00 UTC))
    }

    #[test]
    fn names_options_and_quotes_are_read_as_openssh_does() {
        for line in [
            format!("ada@example.com {KEY}\n"),
            format!("# who may\n\n  ada@example.com\t{KEY}\r\n"),
            format!("ada@example.com namespaces=\"git,switchback-plan\" {KEY}"),
            format!("\"ada@example.com\" valid-after=\"20260101Z\",valid-before=\"20270101Z\" {KEY}"),
            format!("ada@example.com NAMESPACES=\"switchback-plan\",valid-before=\"202611221201Z\" {KEY}"),
        ] {
            assert_eq!(of(&line), Ok(vec!["ada@example.com".to_owned()]), "{line}");
        }
        assert_eq!(of(&format!("ada,ada@example.com {KEY}")).unwrap().len(), 2);
    }

    #[test]
    fn who_may_not_sign_is_told_why() {
        let other = "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIJdD7y3aLq454yWBdwLWbieU1ebz9/cu7/QEXn9OIeZJ";
        let lines = [
            format!("bob {other}"),
            format!("ada namespaces=\"git\" {KEY}"),
            format!("ada valid-after=\"20270101Z\" {KEY}"),
            format!("ada valid-before=\"20260101Z\" {KEY}"),
            format!("ada cert-authority {KEY}"),
            format!("*@example.com {KEY}"),
            format!("ada namespaces=\"*\" {KEY}"),
            format!("ada valid-before=\"20260101\" {KEY}"),
            format!("ada valid-before=\"20261301Z\" {KEY}"),
            format!("ada tpm=\"x\" {KEY}"),
            format!("ada namespaces=\"git {KEY}"),
            "ada".to_owned(),
            "ada ssh-ed25519 AAAA".to_owned(),
        ];
        let said: Vec<String> = lines.iter().map(|line| of(line).unwrap_err()).collect();
        insta::assert_snapshot!(said.join("\n"));
    }
}
