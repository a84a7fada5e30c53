//! Owners and grants: only what is not as the session's own user would have it.

use super::catalog::Catalogs;
use super::world::World;
use switchback_plan::quote::ident;
use switchback_plan::schema::Fact;

/// What privileges can be granted on.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum On {
    Table,
    Column,
    Sequence,
    Function,
    Type,
    Schema,
    Other,
}

impl On {
    /// All there are, and what everybody has from the beginning.
    fn letters(self) -> (&'static str, &'static str) {
        match self {
            On::Table => ("arwdDxtm", ""),
            On::Column => ("arwx", ""),
            On::Sequence => ("rwU", ""),
            On::Function => ("X", "X"),
            On::Type => ("U", "U"),
            On::Schema => ("UC", ""),
            On::Other => ("U", ""),
        }
    }

    /// What each role but the owner has: `USAGE to PUBLIC`.
    pub fn words_by_role(self, grants: &[Grant], owner: &str) -> Vec<String> {
        let mut words = Vec::new();
        for grant in grants.iter().filter(|g| g.grantee.as_deref() != Some(owner)) {
            let who = grant.grantee.as_deref().unwrap_or("PUBLIC");
            words.extend(grant.plain.chars().map(|l| format!("{} to {who}", word(l))));
            let option = grant.with_option.chars();
            words.extend(option.map(|l| format!("{} to {who} with grant option", word(l))));
        }
        words.sort();
        words
    }

    /// As pg_default_acl says it.
    fn default_letter(self) -> Option<char> {
        match self {
            On::Table => Some('r'),
            On::Sequence => Some('S'),
            On::Function => Some('f'),
            On::Type => Some('T'),
            On::Schema => Some('n'),
            On::Column | On::Other => None,
        }
    }
}

fn word(letter: char) -> &'static str {
    match letter {
        'r' => "SELECT",
        'w' => "UPDATE",
        'a' => "INSERT",
        'd' => "DELETE",
        'D' => "TRUNCATE",
        'x' => "REFERENCES",
        't' => "TRIGGER",
        'm' => "MAINTAIN",
        'X' => "EXECUTE",
        'U' => "USAGE",
        'C' => "CREATE",
        'T' => "TEMPORARY",
        'c' => "CONNECT",
        's' => "SET",
        'A' => "ALTER SYSTEM",
        _ => "?",
    }
}

/// What one role was granted.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Grant {
    /// `None` for everybody.
    grantee: Option<String>,
    plain: String,
    with_option: String,
    grantor: String,
}

/// The entries of an ACL, as the server writes them: `app=r*w/postgres`, one a line.
pub(super) fn parse(acl: &str) -> Vec<Grant> {
    acl.lines().filter_map(entry).collect()
}

fn entry(text: &str) -> Option<Grant> {
    let (grantee, rest) = role(text);
    let (letters, rest) = rest.strip_prefix('=')?.split_once('/')?;
    let mut grant = Grant {
        grantee: (!grantee.is_empty()).then_some(grantee),
        plain: String::new(),
        with_option: String::new(),
        grantor: role(rest).0,
    };
    let mut letters = letters.chars().peekable();
    while let Some(letter) = letters.next() {
        let list = if letters.next_if_eq(&'*').is_some() { &mut grant.with_option } else { &mut grant.plain };
        list.push(letter);
    }
    Some(grant)
}

/// A role's name, quoted where the server thinks it must be, and what follows.
fn role(text: &str) -> (String, &str) {
    let Some(quoted) = text.strip_prefix('"') else {
        let end = text.find(['=', '/']).unwrap_or(text.len());
        return (text[..end].to_owned(), &text[end..]);
    };
    let mut name = String::new();
    let mut rest = quoted;
    loop {
        let end = rest.find('"').unwrap_or(rest.len());
        name.push_str(&rest[..end]);
        rest = rest.get(end + 1..).unwrap_or_default();
        match rest.strip_prefix('"') {
            Some(more) => {
                name.push('"');
                rest = more;
            }
            None => return (name, rest),
        }
    }
}

impl Grant {
    /// Who granted it: the owner, mostly.
    pub fn grantor(&self) -> &str {
        &self.grantor
    }

    fn who(&self) -> String {
        match &self.grantee {
            Some(role) => ident(role),
            None => "PUBLIC".to_owned(),
        }
    }

    fn words(letters: &str, on: On, major: u32) -> String {
        let (all, _) = on.letters();
        let has_all = all.chars().filter(|l| *l != 'm' || major >= 17).all(|l| letters.contains(l));
        if has_all && all.len() > 1 {
            return "ALL".to_owned();
        }
        let mut words: Vec<&str> = letters.chars().map(word).collect();
        words.sort_unstable();
        words.join(", ")
    }
}

/// The grants that the user's new objects get by ALTER DEFAULT PRIVILEGES.
pub(super) struct DefaultGrants(Vec<(char, u32, Vec<Grant>)>);

impl DefaultGrants {
    pub fn new(catalogs: &Catalogs, user: &str) -> DefaultGrants {
        let of_user = catalogs.default_privileges.iter().filter_map(|row| {
            let [_, _, schema, letter, acl, role] = row.cells();
            (role.text() == user).then(|| (letter.letter(), schema.oid(), parse(acl.text())))
        });
        DefaultGrants(of_user.collect())
    }
}

/// Who owns something and who may use it, where that is not what the user's own fresh object has.
#[derive(Debug, Default)]
pub(super) struct Access {
    owner: Option<String>,
    grants: Vec<Grant>,
    /// What everybody has from the beginning, and has no longer.
    revoked: String,
    on: Option<On>,
    major: u32,
    /// Whom default privileges would give something.
    unasked: Vec<String>,
    /// What default privileges may have taken from everybody.
    kept: String,
}

impl Access {
    pub fn new(world: &World<'_>, owner: &str, acl: Option<&str>, on: On, schema: u32) -> Access {
        let (_, public) = on.letters();
        let mut access = Access {
            owner: (owner != world.user && on != On::Column).then(|| owner.to_owned()),
            on: Some(on),
            major: world.major,
            ..Access::default()
        };
        if let Some(acl) = acl {
            let mut everybody = String::new();
            for mut grant in parse(acl) {
                if grant.grantee.as_deref() == Some(owner) {
                    continue;
                }
                if grant.grantee.is_none() {
                    everybody.push_str(&grant.plain);
                    grant.plain.retain(|l| !public.contains(l));
                }
                if grant.grantor == owner {
                    grant.grantor.clear();
                }
                if !grant.plain.is_empty() || !grant.with_option.is_empty() {
                    access.grants.push(grant);
                }
            }
            access.revoked = public.chars().filter(|l| !everybody.contains(*l)).collect();
            access.grants.sort();
        }
        if let Some(letter) = on.default_letter() {
            for (of, within, grants) in &world.default_grants.0 {
                if *of == letter && (*within == 0 || *within == schema) {
                    access.kept = public.chars().filter(|l| !access.revoked.contains(*l)).collect();
                    access.unasked.extend(
                        grants.iter().filter(|g| g.grantee.as_deref() != Some(world.user)).map(Grant::who),
                    );
                }
            }
        }
        access
    }

    pub fn facts(&self, facts: &mut Vec<Fact>) {
        let Some(on) = self.on else { return };
        if let Some(owner) = &self.owner {
            facts.push(Fact::access("owner", owner));
        }
        for grant in &self.grants {
            let by = if grant.grantor.is_empty() { String::new() } else { format!(" by {}", grant.grantor) };
            let who = grant.grantee.as_deref().unwrap_or("PUBLIC");
            for (letters, option) in [(&grant.plain, ""), (&grant.with_option, " with grant option")] {
                if !letters.is_empty() {
                    let words = Grant::words(letters, on, self.major);
                    facts.push(Fact::access("grants", format!("{words} to {who}{option}{by}")));
                }
            }
        }
        if !self.revoked.is_empty() {
            let words = Grant::words(&self.revoked, on, self.major);
            facts.push(Fact::access("grants", format!("{words} not to PUBLIC")));
        }
    }

    /// The statements that give a new object the same: `what` is its kind for ALTER, `target` for GRANT.
    pub fn statements(&self, what: &str, target: &str, name: &str) -> Vec<String> {
        let Some(on) = self.on else { return Vec::new() };
        let mut statements = Vec::new();
        if let Some(owner) = &self.owner {
            statements.push(format!("ALTER {what} {name} OWNER TO {}", ident(owner)));
        }
        let mut unasked = self.unasked.clone();
        if !self.revoked.is_empty() {
            unasked.push("PUBLIC".to_owned());
        }
        unasked.sort();
        unasked.dedup();
        for role in unasked {
            statements.push(format!("REVOKE ALL ON {target} {name} FROM {role}"));
        }
        if !self.kept.is_empty() {
            let words = Grant::words(&self.kept, on, self.major);
            statements.push(format!("GRANT {words} ON {target} {name} TO PUBLIC"));
        }
        statements.extend(self.grant_statements(on, "", &format!("{target} {name}")));
        statements
    }

    /// The statements that grant the same on a column of a view.
    pub fn column_statements(&self, table: &str, column: &str) -> Vec<String> {
        self.grant_statements(On::Column, &format!(" ({})", ident(column)), table)
    }

    fn grant_statements(&self, on: On, column: &str, target: &str) -> Vec<String> {
        let mut statements = Vec::new();
        for grant in &self.grants {
            for (letters, option) in [(&grant.plain, ""), (&grant.with_option, " WITH GRANT OPTION")] {
                if letters.is_empty() {
                    continue;
                }
                let words: Vec<String> = match &*Grant::words(letters, on, self.major) {
                    "ALL" => vec![format!("ALL{column}")],
                    words => words.split(", ").map(|word| format!("{word}{column}")).collect(),
                };
                statements.push(format!("GRANT {} ON {target} TO {}{option}", words.join(", "), grant.who()));
            }
        }
        statements
    }
}
