//! The statements that make a PostgreSQL schema again, from the catalogs, for servers beside which there is no `pg_dump`
//! that fits.
//!
//! What it cannot write it refuses by name. What it forgets shows in the fingerprint, which is compared before anything
//! takes the place of anything.

use crate::backup::postgres::all;
use crate::db::Database;
use crate::schema::{self, Depth, Scope};
use serde::{Deserialize, Serialize};
use switchback_plan::schema::Kind;
use switchback_plan::{Error, ErrorKind, Result};

/// What is run before the rows are loaded, and what behind them. Statements of one list need not stand in an order that
/// works: what fails is tried again behind the others.
#[derive(Debug, Default, Serialize, Deserialize)]
pub(super) struct Statements {
    pub before: Vec<String>,
    pub after: Vec<String>,
}

/// What is ours: in no schema of the system, and no member of an extension.
fn ours(class: &str, oid: &str, namespace: &str) -> String {
    format!(
        "{namespace} IN (SELECT oid FROM pg_catalog.pg_namespace WHERE nspname !~ '^pg_' AND nspname <> 'information_schema')
         AND NOT EXISTS (SELECT FROM pg_catalog.pg_depend x WHERE x.classid = '{class}'::regclass AND x.objid = {oid} AND x.deptype = 'e')"
    )
}

/// The statements for the whole database.
pub(super) fn statements(db: &mut Database) -> Result<Statements> {
    let schema = schema::read(db, &Scope::All, Depth::Compile)?;
    let mut refused: Vec<String> = Vec::new();
    let (mut before, mut after) = (Vec::new(), Vec::new());
    for object in &schema.objects {
        let to = match object.kind {
            Kind::Function | Kind::View => &mut before,
            // Filled when all rows are there.
            Kind::MaterializedView
            | Kind::Trigger
            | Kind::Rule
            | Kind::Policy
            | Kind::Statistics
            | Kind::Publication => &mut after,
            Kind::Schema | Kind::Extension | Kind::Type | Kind::Domain | Kind::Sequence => continue,
            Kind::Setting | Kind::RoleSetting | Kind::Pragma => continue,
            _ => {
                refused.push(format!("{} {}", object.kind.as_str(), object.name));
                continue;
            }
        };
        if object.create.is_empty() {
            refused.push(format!("{} {}", object.kind.as_str(), object.name));
        }
        to.extend(object.create.iter().cloned());
    }
    let Database::Postgres(pg) = db else { return Ok(Statements::default()) };
    refused.extend(all(pg, REFUSED)?);
    if !refused.is_empty() {
        return Err(Error::new(
            ErrorKind::Unsupported,
            format!("without pg_dump there is no backup of {}", refused.join(", ")),
        )
        .hint(
            "install the client programs of the server's version, or name their folder in SWITCHBACK_PG_BIN",
        ));
    }
    let version = pg.version()?;
    let mut first = Vec::new();
    for sql in [SCHEMAS.to_owned(), EXTENSIONS.to_owned(), types(), sequences(), tables(version)] {
        first.extend(all(pg, &sql)?);
    }
    first.extend(before);
    first.extend(all(pg, &attached())?);
    let mut last = Vec::new();
    for sql in [constraints(), indexes()] {
        last.extend(all(pg, &sql)?);
    }
    last.extend(after);
    for sql in [settings_of_tables(), owners(), grants(), COMMENTS.to_owned()] {
        last.extend(all(pg, &sql)?);
    }
    Ok(Statements { before: first, after: last })
}

/// What nothing here writes.
const REFUSED: &str = "SELECT 'foreign table ' || oid::regclass FROM pg_catalog.pg_class WHERE relkind = 'f'
  UNION ALL SELECT 'type ' || oid::regtype FROM pg_catalog.pg_type t WHERE typtype = 'r' AND oid >= 16384
    AND NOT EXISTS (SELECT FROM pg_catalog.pg_depend x WHERE x.objid = t.oid AND x.deptype = 'e')
  UNION ALL SELECT 'table of a type ' || oid::regclass FROM pg_catalog.pg_class WHERE reloftype <> 0
  UNION ALL SELECT 'large object ' || oid FROM pg_catalog.pg_largeobject_metadata";

const SCHEMAS: &str = "SELECT format('CREATE SCHEMA IF NOT EXISTS %I', nspname) FROM pg_catalog.pg_namespace n
  WHERE nspname !~ '^pg_' AND nspname <> 'information_schema'
    AND NOT EXISTS (SELECT FROM pg_catalog.pg_depend x WHERE x.classid = 'pg_catalog.pg_namespace'::regclass AND x.objid = n.oid AND x.deptype = 'e')
  UNION ALL SELECT format('ALTER SCHEMA %I OWNER TO %I', nspname, pg_catalog.pg_get_userbyid(nspowner)) FROM pg_catalog.pg_namespace
  WHERE nspname !~ '^pg_' AND nspname <> 'information_schema'";

const EXTENSIONS: &str = "SELECT format('CREATE EXTENSION IF NOT EXISTS %I WITH SCHEMA %I', extname, nspname)
  FROM pg_catalog.pg_extension e JOIN pg_catalog.pg_namespace n ON n.oid = e.extnamespace WHERE extname <> 'plpgsql'";

/// Enums, composite types and domains.
fn types() -> String {
    let ours = ours("pg_catalog.pg_type", "t.oid", "t.typnamespace");
    format!(
        "SELECT format('CREATE TYPE %I.%I AS ENUM (%s)', n.nspname, t.typname,
             (SELECT string_agg(quote_literal(enumlabel), ', ' ORDER BY enumsortorder) FROM pg_catalog.pg_enum WHERE enumtypid = t.oid))
         FROM pg_catalog.pg_type t JOIN pg_catalog.pg_namespace n ON n.oid = t.typnamespace WHERE t.typtype = 'e' AND {ours}
         UNION ALL SELECT format('CREATE TYPE %I.%I AS (%s)', n.nspname, t.typname,
             (SELECT string_agg(format('%I %s', attname, format_type(atttypid, atttypmod)) || coalesce(' COLLATE ' || {COLLATION}, ''), ', ' ORDER BY attnum)
              FROM pg_catalog.pg_attribute a JOIN pg_catalog.pg_type y ON y.oid = a.atttypid WHERE attrelid = t.typrelid AND attnum > 0 AND NOT attisdropped))
         FROM pg_catalog.pg_type t JOIN pg_catalog.pg_namespace n ON n.oid = t.typnamespace JOIN pg_catalog.pg_class c ON c.oid = t.typrelid
         WHERE t.typtype = 'c' AND c.relkind = 'c' AND {ours}
         UNION ALL SELECT format('CREATE DOMAIN %I.%I AS %s', n.nspname, t.typname, format_type(t.typbasetype, t.typtypmod))
           || coalesce(' DEFAULT ' || t.typdefault, '') || CASE WHEN t.typnotnull THEN ' NOT NULL' ELSE '' END
           || coalesce((SELECT string_agg(format(' CONSTRAINT %I ', conname) || pg_get_constraintdef(k.oid), '' ORDER BY conname)
               FROM pg_catalog.pg_constraint k WHERE contypid = t.oid AND contype = 'c'), '')
         FROM pg_catalog.pg_type t JOIN pg_catalog.pg_namespace n ON n.oid = t.typnamespace WHERE t.typtype = 'd' AND {ours}
         UNION ALL SELECT format('ALTER TYPE %I.%I OWNER TO %I', n.nspname, t.typname, pg_catalog.pg_get_userbyid(t.typowner))
         FROM pg_catalog.pg_type t JOIN pg_catalog.pg_namespace n ON n.oid = t.typnamespace LEFT JOIN pg_catalog.pg_class c ON c.oid = t.typrelid
         WHERE (t.typtype IN ('e', 'd') OR c.relkind = 'c') AND {ours}"
    )
}

/// The collation of attribute `a` where it is not that of its type `y`.
const COLLATION: &str = "(SELECT format('%I.%I', cn.nspname, collname) FROM pg_catalog.pg_collation co JOIN pg_catalog.pg_namespace cn ON cn.oid = co.collnamespace
    WHERE co.oid = a.attcollation AND a.attcollation <> y.typcollation)";

/// What CREATE SEQUENCE says of the sequence `s`.
const SEQUENCE: &str = "format('START %s INCREMENT %s MINVALUE %s MAXVALUE %s CACHE %s%s', s.seqstart, s.seqincrement, s.seqmin, s.seqmax, s.seqcache,
    CASE WHEN s.seqcycle THEN ' CYCLE' ELSE '' END)";

/// Those that no identity column brings along.
fn sequences() -> String {
    let ours = ours("pg_catalog.pg_class", "c.oid", "c.relnamespace");
    format!(
        "SELECT format('CREATE %sSEQUENCE %I.%I AS %s ', CASE c.relpersistence WHEN 'u' THEN 'UNLOGGED ' ELSE '' END, n.nspname, c.relname, format_type(s.seqtypid, NULL)) || {SEQUENCE}
         FROM pg_catalog.pg_sequence s JOIN pg_catalog.pg_class c ON c.oid = s.seqrelid JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
         WHERE c.relpersistence <> 't' AND {ours}
           AND NOT EXISTS (SELECT FROM pg_catalog.pg_depend d WHERE d.classid = 'pg_catalog.pg_class'::regclass AND d.objid = c.oid AND d.deptype = 'i')"
    )
}

/// Tables with their columns, and with the checks that a partition must have before it becomes one.
fn tables(version: u32) -> String {
    let ours = ours("pg_catalog.pg_class", "c.oid", "c.relnamespace");
    // From 18 on NOT NULL is a constraint with a name.
    let not_null = match version {
        180_000.. => {
            "coalesce((SELECT format(' CONSTRAINT %I NOT NULL', conname) || CASE WHEN connoinherit THEN ' NO INHERIT' ELSE '' END
                FROM pg_catalog.pg_constraint k WHERE k.conrelid = a.attrelid AND k.contype = 'n' AND k.conkey = ARRAY[a.attnum]), '')"
        }
        _ => "CASE WHEN a.attnotnull THEN ' NOT NULL' ELSE '' END",
    };
    let generated = match version {
        180_000.. => "CASE a.attgenerated WHEN 's' THEN ' STORED' ELSE ' VIRTUAL' END",
        _ => "' STORED'",
    };
    let compression = match version {
        140_000.. => {
            "CASE a.attcompression WHEN 'p' THEN ' COMPRESSION pglz' WHEN 'l' THEN ' COMPRESSION lz4' ELSE '' END"
        }
        _ => "''",
    };
    format!(
        "SELECT format('CREATE %sTABLE %I.%I (', CASE c.relpersistence WHEN 'u' THEN 'UNLOGGED ' ELSE '' END, n.nspname, c.relname)
           || coalesce((SELECT string_agg(format('%I %s', a.attname, format_type(a.atttypid, a.atttypmod)) || {compression}
                || coalesce(' COLLATE ' || {COLLATION}, '')
                || CASE WHEN a.attgenerated <> '' THEN ' GENERATED ALWAYS AS (' || pg_get_expr(d.adbin, d.adrelid) || ')' || {generated}
                     WHEN a.attidentity <> '' THEN ' GENERATED ' || CASE a.attidentity WHEN 'a' THEN 'ALWAYS' ELSE 'BY DEFAULT' END || ' AS IDENTITY ('
                       || (SELECT format('SEQUENCE NAME %I.%I ', sn.nspname, sc.relname) || {SEQUENCE} FROM pg_catalog.pg_depend i
                           JOIN pg_catalog.pg_sequence s ON s.seqrelid = i.objid JOIN pg_catalog.pg_class sc ON sc.oid = s.seqrelid JOIN pg_catalog.pg_namespace sn ON sn.oid = sc.relnamespace
                           WHERE i.classid = 'pg_catalog.pg_class'::regclass AND i.refclassid = 'pg_catalog.pg_class'::regclass
                             AND i.refobjid = a.attrelid AND i.refobjsubid = a.attnum AND i.deptype = 'i') || ')'
                     ELSE coalesce(' DEFAULT ' || pg_get_expr(d.adbin, d.adrelid), '') END || {not_null}, ', ' ORDER BY a.attnum)
              FROM pg_catalog.pg_attribute a JOIN pg_catalog.pg_type y ON y.oid = a.atttypid
                LEFT JOIN pg_catalog.pg_attrdef d ON d.adrelid = a.attrelid AND d.adnum = a.attnum
              WHERE a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped AND (a.attislocal OR c.relispartition)), '')
           || coalesce((SELECT string_agg(format(', CONSTRAINT %I ', conname) || pg_get_constraintdef(k.oid), '' ORDER BY conname)
              FROM pg_catalog.pg_constraint k WHERE k.conrelid = c.oid AND k.contype = 'c' AND c.relispartition AND k.convalidated), '') || ')'
           || coalesce((SELECT ' INHERITS (' || string_agg(format('%I.%I', pn.nspname, p.relname), ', ' ORDER BY i.inhseqno) || ')'
              FROM pg_catalog.pg_inherits i JOIN pg_catalog.pg_class p ON p.oid = i.inhparent JOIN pg_catalog.pg_namespace pn ON pn.oid = p.relnamespace
              WHERE i.inhrelid = c.oid AND NOT c.relispartition), '')
           || CASE WHEN c.relkind = 'p' THEN ' PARTITION BY ' || pg_get_partkeydef(c.oid) ELSE '' END
           || CASE WHEN c.reloptions IS NOT NULL THEN ' WITH (' || (SELECT string_agg(split_part(o, '=', 1) || '=' || quote_literal(substr(o, strpos(o, '=') + 1)), ', ') FROM unnest(c.reloptions) o) || ')' ELSE '' END
           || coalesce((SELECT format(' TABLESPACE %I', spcname) FROM pg_catalog.pg_tablespace WHERE oid = c.reltablespace), '')
         FROM pg_catalog.pg_class c JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
         WHERE c.relkind IN ('r', 'p') AND c.relpersistence <> 't' AND {ours} ORDER BY c.oid"
    )
}

/// Partitions are made by themselves, so that their columns keep their order, and attached then; sequences find their
/// owner.
fn attached() -> String {
    let ours = ours("pg_catalog.pg_class", "c.oid", "c.relnamespace");
    format!(
        "SELECT format('ALTER TABLE %I.%I ATTACH PARTITION %I.%I %s', pn.nspname, p.relname, n.nspname, c.relname, pg_get_expr(c.relpartbound, c.oid))
         FROM pg_catalog.pg_class c JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace JOIN pg_catalog.pg_inherits i ON i.inhrelid = c.oid
           JOIN pg_catalog.pg_class p ON p.oid = i.inhparent JOIN pg_catalog.pg_namespace pn ON pn.oid = p.relnamespace
         WHERE c.relispartition AND c.relkind IN ('r', 'p') AND {ours}
         UNION ALL SELECT format('ALTER SEQUENCE %I.%I OWNED BY %I.%I.%I', n.nspname, c.relname, tn.nspname, t.relname, a.attname)
         FROM pg_catalog.pg_depend d JOIN pg_catalog.pg_class c ON c.oid = d.objid AND c.relkind = 'S' JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
           JOIN pg_catalog.pg_class t ON t.oid = d.refobjid JOIN pg_catalog.pg_namespace tn ON tn.oid = t.relnamespace
           JOIN pg_catalog.pg_attribute a ON a.attrelid = t.oid AND a.attnum = d.refobjsubid
         WHERE d.classid = 'pg_catalog.pg_class'::regclass AND d.refclassid = 'pg_catalog.pg_class'::regclass AND d.deptype = 'a' AND {ours}"
    )
}

/// Those of partitions first: what their parents add then finds them.
fn constraints() -> String {
    let ours = ours("pg_catalog.pg_class", "c.oid", "c.relnamespace");
    format!(
        "SELECT format('ALTER TABLE %s%I.%I ADD CONSTRAINT %I ', CASE WHEN k.contype = 'c' AND k.connoinherit THEN 'ONLY ' ELSE '' END, n.nspname, c.relname, k.conname) || pg_get_constraintdef(k.oid)
         FROM pg_catalog.pg_constraint k JOIN pg_catalog.pg_class c ON c.oid = k.conrelid JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
         WHERE k.contype IN ('p', 'u', 'x', 'c', 'f') AND c.relkind IN ('r', 'p') AND {ours}
           AND NOT (k.contype = 'f' AND k.conparentid <> 0)
           AND NOT (k.contype = 'c' AND (c.relispartition AND k.convalidated OR NOT k.conislocal))
         ORDER BY array_position(ARRAY['p', 'u', 'x', 'c', 'f']::text[], k.contype::text), NOT c.relispartition, c.relkind = 'p', k.oid"
    )
}

fn indexes() -> String {
    let ours = ours("pg_catalog.pg_class", "c.oid", "c.relnamespace");
    format!(
        "SELECT pg_get_indexdef(i.indexrelid) FROM pg_catalog.pg_index i JOIN pg_catalog.pg_class x ON x.oid = i.indexrelid JOIN pg_catalog.pg_class c ON c.oid = i.indrelid
         WHERE c.relkind IN ('r', 'p') AND c.relpersistence <> 't' AND {ours}
           AND NOT EXISTS (SELECT FROM pg_catalog.pg_constraint k WHERE k.conindid = i.indexrelid AND k.contype IN ('p', 'u', 'x'))
         UNION ALL SELECT format('ALTER INDEX %I.%I ATTACH PARTITION %I.%I', pn.nspname, p.relname, n.nspname, c.relname)
         FROM pg_catalog.pg_inherits h JOIN pg_catalog.pg_class c ON c.oid = h.inhrelid AND c.relkind IN ('i', 'I') JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
           JOIN pg_catalog.pg_class p ON p.oid = h.inhparent JOIN pg_catalog.pg_namespace pn ON pn.oid = p.relnamespace
         WHERE {ours} AND NOT EXISTS (SELECT FROM pg_catalog.pg_constraint k WHERE k.conindid = c.oid AND k.contype IN ('p', 'u', 'x'))
         UNION ALL SELECT format('ALTER INDEX %I.%I ALTER COLUMN %s SET STATISTICS %s', n.nspname, x.relname, a.attnum, a.attstattarget)
         FROM pg_catalog.pg_index i JOIN pg_catalog.pg_class x ON x.oid = i.indexrelid JOIN pg_catalog.pg_class c ON c.oid = i.indrelid JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
           JOIN pg_catalog.pg_attribute a ON a.attrelid = x.oid AND a.attstattarget >= 0 AND i.indexprs IS NOT NULL WHERE {ours}"
    )
}

/// What ALTER TABLE says of a table or of its columns.
fn settings_of_tables() -> String {
    let ours = ours("pg_catalog.pg_class", "c.oid", "c.relnamespace");
    let from = "FROM pg_catalog.pg_class c JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace";
    let columns = "JOIN pg_catalog.pg_attribute a ON a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped JOIN pg_catalog.pg_type y ON y.oid = a.atttypid";
    let table = format!("c.relkind IN ('r', 'p') AND {ours}");
    format!(
        "SELECT format('ALTER TABLE ONLY %I.%I ENABLE ROW LEVEL SECURITY', n.nspname, c.relname) {from} WHERE c.relrowsecurity AND {table}
         UNION ALL SELECT format('ALTER TABLE ONLY %I.%I FORCE ROW LEVEL SECURITY', n.nspname, c.relname) {from} WHERE c.relforcerowsecurity AND {table}
         UNION ALL SELECT format('ALTER TABLE ONLY %I.%I REPLICA IDENTITY %s', n.nspname, c.relname, CASE c.relreplident WHEN 'f' THEN 'FULL' ELSE 'NOTHING' END)
           {from} WHERE c.relreplident IN ('f', 'n') AND {table}
         UNION ALL SELECT format('ALTER TABLE ONLY %I.%I REPLICA IDENTITY USING INDEX %I', n.nspname, c.relname, x.relname)
           {from} JOIN pg_catalog.pg_index i ON i.indrelid = c.oid AND i.indisreplident JOIN pg_catalog.pg_class x ON x.oid = i.indexrelid WHERE c.relreplident = 'i' AND {table}
         UNION ALL SELECT format('ALTER TABLE ONLY %I.%I CLUSTER ON %I', n.nspname, c.relname, x.relname)
           {from} JOIN pg_catalog.pg_index i ON i.indrelid = c.oid AND i.indisclustered JOIN pg_catalog.pg_class x ON x.oid = i.indexrelid WHERE c.relkind = 'r' AND {table}
         UNION ALL SELECT format('ALTER TABLE ONLY %I.%I ALTER COLUMN %I SET STORAGE %s', n.nspname, c.relname, a.attname,
             CASE a.attstorage WHEN 'p' THEN 'PLAIN' WHEN 'e' THEN 'EXTERNAL' WHEN 'm' THEN 'MAIN' ELSE 'EXTENDED' END)
           {from} {columns} WHERE a.attstorage <> y.typstorage AND {table}
         UNION ALL SELECT format('ALTER TABLE ONLY %I.%I ALTER COLUMN %I SET STATISTICS %s', n.nspname, c.relname, a.attname, a.attstattarget)
           {from} {columns} WHERE a.attstattarget >= 0 AND {table}
         UNION ALL SELECT format('ALTER TABLE ONLY %I.%I ALTER COLUMN %I SET (%s)', n.nspname, c.relname, a.attname, array_to_string(a.attoptions, ', '))
           {from} {columns} WHERE a.attoptions IS NOT NULL AND {table}"
    )
}

fn owners() -> String {
    let ours = ours("pg_catalog.pg_class", "c.oid", "c.relnamespace");
    format!(
        "SELECT format('ALTER TABLE %I.%I OWNER TO %I', n.nspname, c.relname, pg_catalog.pg_get_userbyid(c.relowner))
         FROM pg_catalog.pg_class c JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
         WHERE c.relkind IN ('r', 'p', 'S') AND c.relpersistence <> 't' AND {ours}
           AND NOT EXISTS (SELECT FROM pg_catalog.pg_depend d WHERE d.classid = 'pg_catalog.pg_class'::regclass AND d.objid = c.oid AND d.deptype IN ('i', 'a') AND c.relkind = 'S')"
    )
}

/// Only where they are not what a new object has.
fn grants() -> String {
    let ours = ours("pg_catalog.pg_class", "c.oid", "c.relnamespace");
    let kind = "CASE c.relkind WHEN 'S' THEN 'SEQUENCE' ELSE 'TABLE' END";
    let grantee =
        "CASE WHEN g.grantee = 0 THEN 'PUBLIC' ELSE quote_ident(pg_catalog.pg_get_userbyid(g.grantee)) END";
    let option = "CASE WHEN g.is_grantable THEN ' WITH GRANT OPTION' ELSE '' END";
    format!(
        "SELECT s FROM (
         SELECT 1 AS at, format('REVOKE ALL ON %s %I.%I FROM PUBLIC, %I', {kind}, n.nspname, c.relname, pg_catalog.pg_get_userbyid(c.relowner)) AS s
         FROM pg_catalog.pg_class c JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace WHERE c.relkind IN ('r', 'p', 'S') AND c.relacl IS NOT NULL AND {ours}
         UNION ALL SELECT 2, format('GRANT %s ON %s %I.%I TO %s', g.privilege_type, {kind}, n.nspname, c.relname, {grantee}) || {option}
         FROM pg_catalog.pg_class c JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace, aclexplode(c.relacl) g WHERE c.relkind IN ('r', 'p', 'S') AND {ours}
         UNION ALL SELECT 2, format('GRANT %s (%I) ON TABLE %I.%I TO %s', g.privilege_type, a.attname, n.nspname, c.relname, {grantee}) || {option}
         FROM pg_catalog.pg_class c JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace JOIN pg_catalog.pg_attribute a ON a.attrelid = c.oid, aclexplode(a.attacl) g
         WHERE c.relkind IN ('r', 'p') AND {ours}
         UNION ALL SELECT 1, format('REVOKE ALL ON SCHEMA %I FROM PUBLIC, %I', nspname, pg_catalog.pg_get_userbyid(nspowner)) FROM pg_catalog.pg_namespace
         WHERE nspacl IS NOT NULL AND nspname !~ '^pg_' AND nspname <> 'information_schema'
         UNION ALL SELECT 2, format('GRANT %s ON SCHEMA %I TO %s', g.privilege_type, nspname, {grantee}) || {option} FROM pg_catalog.pg_namespace, aclexplode(nspacl) g
         WHERE nspname !~ '^pg_' AND nspname <> 'information_schema') AS all_of_them ORDER BY at"
    )
}

/// On whatever it is: the server names it as COMMENT does.
const COMMENTS: &str = "SELECT format('COMMENT ON %s %s IS %L',
      upper(CASE o.type WHEN 'table column' THEN 'column' WHEN 'view column' THEN 'column' WHEN 'composite type column' THEN 'column' WHEN 'materialized view column' THEN 'column'
        WHEN 'table constraint' THEN 'constraint' WHEN 'domain constraint' THEN 'constraint' WHEN 'composite type' THEN 'type' ELSE o.type END), o.identity, d.description)
  FROM pg_catalog.pg_description d, pg_catalog.pg_identify_object(d.classoid, d.objoid, d.objsubid) o
  WHERE d.objoid >= 16384 AND o.type NOT IN ('extension', 'event trigger')
    AND NOT EXISTS (SELECT FROM pg_catalog.pg_depend x WHERE x.classid = d.classoid AND x.objid = d.objoid AND x.deptype = 'e')";
