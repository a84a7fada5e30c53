//! The catalogs as they are, in one message: simple queries, which the server plans in no time; what belongs together
//! is joined here. Everything that is not the server's own has an oid from 16384 on, so each query is a range of an index.

use crate::db::postgres::Postgres;
use postgres::SimpleQueryRow;
use std::hash::{DefaultHasher, Hash as _, Hasher as _};
use std::sync::atomic::{AtomicU64, Ordering};
use switchback_plan::{Error, ErrorKind, Result};

/// The oids of the catalogs, which are the same on every server: what `classid` says.
pub(super) mod class {
    pub const RELATION: u32 = 1259;
    pub const FUNCTION: u32 = 1255;
    pub const TYPE: u32 = 1247;
    pub const CONSTRAINT: u32 = 2606;
    pub const TRIGGER: u32 = 2620;
    pub const RULE: u32 = 2618;
    pub const SCHEMA: u32 = 2615;
    pub const POLICY: u32 = 3256;
    pub const STATISTICS: u32 = 3381;
    pub const EXTENSION: u32 = 3079;
    pub const EVENT_TRIGGER: u32 = 3466;
    pub const PUBLICATION: u32 = 6104;
    pub const PUBLICATION_TABLE: u32 = 6106;
    pub const COLLATION: u32 = 3456;
    pub const LABEL: u32 = 3501;
    pub const CAST: u32 = 2605;
    pub const OPERATOR: u32 = 2617;
    pub const SERVER: u32 = 1417;
    pub const WRAPPER: u32 = 2328;
}

/// A row of one of the queries; every value is text.
pub(super) struct Row(SimpleQueryRow);

/// A value of a row.
#[derive(Debug, Clone, Copy)]
pub(super) struct Cell<'r>(Option<&'r str>);

impl Row {
    /// The values, to be given names.
    pub fn cells<const N: usize>(&self) -> [Cell<'_>; N] {
        std::array::from_fn(|i| Cell(self.0.try_get(i).ok().flatten()))
    }
}

impl<'r> Cell<'r> {
    /// NULL is the empty text.
    pub fn text(self) -> &'r str {
        self.0.unwrap_or_default()
    }

    pub fn opt(self) -> Option<&'r str> {
        self.0
    }

    /// NULL is 0, which no object has.
    pub fn oid(self) -> u32 {
        self.text().parse().unwrap_or_default()
    }

    pub fn number(self) -> i64 {
        self.text().parse().unwrap_or_default()
    }

    pub fn flag(self) -> bool {
        self.0 == Some("t")
    }

    pub fn letter(self) -> char {
        self.text().chars().next().unwrap_or(' ')
    }

    /// The numbers of an array or vector: `{1,2}` or `1 2`.
    pub fn numbers(self) -> Vec<i64> {
        self.text().split(|c: char| !c.is_ascii_digit() && c != '-').filter_map(|n| n.parse().ok()).collect()
    }
}

fn hash_rows(rows: &[Row], hasher: &mut DefaultHasher) {
    rows.len().hash(hasher);
    for row in rows {
        for i in 0..row.0.len() {
            row.0.try_get(i).ok().flatten().hash(hasher);
        }
    }
}

macro_rules! catalogs {
    ($($(#[$doc:meta])* $name:ident: $sql:expr;)*) => {
        /// The rows of each catalog.
        pub(super) struct Catalogs {
            $($(#[$doc])* pub $name: Vec<Row>,)*
        }

        impl Catalogs {
            /// Changes with anything that was read.
            pub fn digest(&self) -> u64 {
                let mut hasher = DefaultHasher::new();
                $(hash_rows(&self.$name, &mut hasher);)*
                hasher.finish()
            }

            fn queries(since: &dyn Fn(u32, &'static str, &'static str) -> &'static str) -> Vec<String> {
                let mut queries = Vec::new();
                $(
                    let sql: &dyn Fn(&dyn Fn(u32, &'static str, &'static str) -> &'static str) -> String = &$sql;
                    queries.push(sql(since));
                )*
                queries
            }

            fn collect(results: Vec<Vec<SimpleQueryRow>>) -> Option<Catalogs> {
                let mut results = results.into_iter().map(|rows| rows.into_iter().map(Row).collect());
                Some(Catalogs { $($name: results.next()?,)* })
            }
        }
    };
}

catalogs! {
    /// The session: schema, user, search_path.
    session: |_| "SELECT current_schema(), session_user, current_setting('search_path')".to_owned();
    schemas: |_| "SELECT n.oid, nspname, pg_get_userbyid(nspowner), array_to_string(nspacl, chr(10)),
            array_to_string(i.initprivs, chr(10))
        FROM pg_namespace n LEFT JOIN pg_init_privs i ON i.objoid = n.oid AND i.classoid = 2615
        WHERE nspname !~ '^pg_' AND nspname <> 'information_schema'".to_owned();
    relations: |_| "SELECT c.oid, relname, relnamespace, relkind, relpersistence, pg_get_userbyid(relowner),
            array_to_string(relacl, chr(10)), array_to_string(reloptions, chr(10)),
            CASE WHEN reltoastrelid <> 0 THEN
                (SELECT array_to_string(t.reloptions, chr(10)) FROM pg_class t WHERE t.oid = c.reltoastrelid) END,
            CASE WHEN reltablespace <> 0 THEN
                (SELECT spcname FROM pg_tablespace t WHERE t.oid = c.reltablespace) END,
            CASE WHEN reloftype <> 0 THEN format_type(reloftype, NULL) END,
            CASE relam WHEN 0 THEN '' WHEN 2 THEN 'heap' WHEN 403 THEN 'btree' ELSE
                (SELECT amname FROM pg_am a WHERE a.oid = relam)::text END,
            relrowsecurity, relforcerowsecurity, relreplident, relispartition, relispopulated,
            c.xmin::text || c.ctid::text
        FROM pg_class c WHERE c.oid >= 16384 AND relkind <> 't'".to_owned();
    /// Of indexes only the keys of which something was said with ALTER INDEX.
    columns: |since| format!("SELECT attrelid, attnum, attname, format_type(atttypid, atttypmod), attnotnull,
            attidentity, attgenerated, attcollation,
            CASE WHEN attcollation <> 0 AND attcollation <> typcollation THEN attcollation::regcollation END,
            CASE WHEN attstorage <> typstorage THEN attstorage END, {}, {statistics},
            array_to_string(attoptions, ', '), array_to_string(attacl, chr(10)),
            array_to_string(attfdwoptions, ', '), attislocal
        FROM pg_attribute a JOIN pg_class c ON c.oid = attrelid JOIN pg_type t ON t.oid = atttypid
        WHERE attrelid >= 16384 AND attnum > 0 AND NOT attisdropped
            AND (relkind IN ('r', 'p', 'v', 'm', 'f', 'c')
                OR relkind IN ('i', 'I') AND (attoptions IS NOT NULL OR {statistics} IS NOT NULL))
        ORDER BY attrelid, attnum",
        since(14, "NULLIF(attcompression, '')", "NULL"),
        statistics = since(17, "attstattarget", "NULLIF(attstattarget, -1)"));
    defaults: |_| "SELECT oid, adrelid, adnum, xmin::text || ctid::text FROM pg_attrdef WHERE adrelid >= 16384".to_owned();
    constraints: |since| format!("SELECT oid, conname, contype, condeferrable, condeferred, convalidated, conrelid,
            contypid, conindid, conparentid, confrelid, confupdtype, confdeltype, confmatchtype, conkey, confkey,
            connoinherit, conislocal, {}, {}, xmin::text || ctid::text
        FROM pg_constraint WHERE oid >= 16384",
        since(15, "confdelsetcols", "NULL"), since(18, "conenforced", "true"));
    indexes: |since| format!("SELECT indexrelid, indrelid, indisunique, indisclustered, indisvalid, indisreplident,
            indnkeyatts, indkey, indoption, indclass, indcollation, indexprs IS NOT NULL, indpred IS NOT NULL, {},
            xmin::text || ctid::text
        FROM pg_index WHERE indexrelid >= 16384", since(15, "indnullsnotdistinct", "false"));
    operator_classes: |_| "SELECT oid, opcname FROM pg_opclass WHERE NOT opcdefault".to_owned();
    inherits: |_| "SELECT inhrelid, inhparent FROM pg_inherits WHERE inhrelid >= 16384 ORDER BY inhrelid, inhseqno".to_owned();
    partitioned: |_| "SELECT partrelid, partstrat, xmin::text || ctid::text FROM pg_partitioned_table".to_owned();
    foreign_tables: |_| "SELECT ftrelid, s.srvname, array_to_string(ftoptions, ', ')
        FROM pg_foreign_table JOIN pg_foreign_server s ON s.oid = ftserver".to_owned();
    sequences: |_| "SELECT seqrelid, format_type(seqtypid, NULL), seqstart, seqincrement, seqmin, seqmax, seqcache, seqcycle
        FROM pg_sequence WHERE seqrelid >= 16384".to_owned();
    types: |_| "SELECT oid, typname, typnamespace, pg_get_userbyid(typowner), array_to_string(typacl, chr(10)), typtype,
            typrelid, typnotnull, CASE WHEN typtype = 'd' THEN format_type(typbasetype, typtypmod) END,
            CASE WHEN typtype = 'd' AND typcollation <> 0
                AND typcollation <> (SELECT b.typcollation FROM pg_type b WHERE b.oid = t.typbasetype)
                THEN typcollation::regcollation END,
            typdefault IS NOT NULL, typlen, typbyval, typalign, typstorage, typcategory, typispreferred, typdelim,
            typinput::regproc, typoutput::regproc, xmin::text || ctid::text
        FROM pg_type t WHERE oid >= 16384 AND (typtype IN ('e', 'd', 'r', 'c') OR typtype = 'b' AND typcategory <> 'A')".to_owned();
    labels: |_| "SELECT oid, enumtypid, enumlabel FROM pg_enum WHERE enumtypid >= 16384 ORDER BY enumtypid, enumsortorder".to_owned();
    ranges: |since| format!("SELECT rngtypid, format_type(rngsubtype, NULL), {},
            CASE WHEN rngcollation NOT IN (0, 100) THEN rngcollation::regcollation END,
            (SELECT CASE WHEN NOT opcdefault THEN opcname END FROM pg_opclass o WHERE o.oid = rngsubopc),
            NULLIF(rngcanonical::oid, 0)::regproc, NULLIF(rngsubdiff::oid, 0)::regproc
        FROM pg_range WHERE rngtypid >= 16384",
        since(14, "(SELECT typname FROM pg_type m WHERE m.oid = rngmultitypid)", "NULL"));
    functions: |_| "SELECT p.oid, proname, pronamespace, pg_get_userbyid(proowner), array_to_string(proacl, chr(10)), prokind,
            lanname, provolatile, proisstrict, prosecdef, proleakproof, proparallel, procost, prorows, proretset,
            oidvectortypes(proargtypes), array_to_string(proconfig, chr(10)), prosrc, probin,
            NULLIF(prosupport::oid, 0)::regproc, protrftypes IS NOT NULL, p.xmin::text || p.ctid::text
        FROM pg_proc p JOIN pg_language l ON l.oid = prolang WHERE p.oid >= 16384".to_owned();
    aggregates: |_| "SELECT aggfnoid::oid, concat_ws(', ', 'kind ' || aggkind::text, 'direct ' || aggnumdirectargs::text,
            'sfunc ' || aggtransfn::regproc::text, 'stype ' || format_type(aggtranstype, NULL), 'sspace ' || NULLIF(aggtransspace, 0)::text,
            'finalfunc ' || NULLIF(aggfinalfn::oid, 0)::regproc::text, 'finalfunc_extra ' || NULLIF(aggfinalextra, false)::text,
            'finalfunc_modify ' || aggfinalmodify::text, 'combinefunc ' || NULLIF(aggcombinefn::oid, 0)::regproc::text,
            'serialfunc ' || NULLIF(aggserialfn::oid, 0)::regproc::text, 'deserialfunc ' || NULLIF(aggdeserialfn::oid, 0)::regproc::text,
            'initcond ' || quote_literal(agginitval), 'msfunc ' || NULLIF(aggmtransfn::oid, 0)::regproc::text,
            'minvfunc ' || NULLIF(aggminvtransfn::oid, 0)::regproc::text, 'mstype ' || format_type(NULLIF(aggmtranstype, 0), NULL),
            'mfinalfunc ' || NULLIF(aggmfinalfn::oid, 0)::regproc::text, 'minitcond ' || quote_literal(aggminitval),
            'sortop ' || NULLIF(aggsortop, 0)::regoper::text)
        FROM pg_aggregate WHERE aggfnoid >= 16384".to_owned();
    triggers: |_| "SELECT oid, tgname, tgrelid, tgenabled, xmin::text || ctid::text
        FROM pg_trigger WHERE tgrelid >= 16384 AND NOT tgisinternal AND tgparentid = 0".to_owned();
    policies: |_| "SELECT oid, polname, polrelid, polcmd, polpermissive,
            array_to_string(ARRAY(SELECT CASE r WHEN 0 THEN 'PUBLIC' ELSE quote_ident(pg_get_userbyid(r)) END
                FROM unnest(polroles) r ORDER BY 1), ', '), xmin::text || ctid::text
        FROM pg_policy WHERE oid >= 16384".to_owned();
    rules: |_| "SELECT oid, rulename, ev_class, ev_enabled, xmin::text || ctid::text FROM pg_rewrite WHERE oid >= 16384".to_owned();
    comments: |_| "SELECT classoid, objoid, objsubid, description FROM pg_description
        WHERE objoid >= 16384 OR objoid = 2200 AND classoid = 2615".to_owned();
    extensions: |_| "SELECT oid, extname, extnamespace, extversion FROM pg_extension WHERE oid >= 16384".to_owned();
    /// What belongs to an extension; and the functions and casts that a range type brings along.
    members: |_| "SELECT classid, objid FROM pg_depend
        WHERE objid >= 16384 AND (deptype = 'e' OR deptype = 'i' AND classid IN (1255, 2605))".to_owned();
    /// Which columns a sequence belongs to, and which an index mentions.
    links: |_| "SELECT objid, refobjid, refobjsubid, deptype FROM pg_depend
        WHERE classid = 1259 AND refclassid = 1259 AND objid >= 16384 AND refobjsubid > 0".to_owned();
    statistics: |since| format!("SELECT oid, stxname, stxnamespace, stxrelid, pg_get_userbyid(stxowner), stxkeys,
            array_to_string(stxkind, ''), {}, xmin::text || ctid::text FROM pg_statistic_ext WHERE oid >= 16384",
        since(17, "stxstattarget", "NULLIF(stxstattarget, -1)"));
    event_triggers: |_| "SELECT oid, evtname, evtevent, pg_get_userbyid(evtowner), evtfoid::regproc, evtenabled,
            array_to_string(evttags, ', ') FROM pg_event_trigger WHERE oid >= 16384".to_owned();
    publications: |since| format!("SELECT oid, pubname, pg_get_userbyid(pubowner), puballtables, pubinsert, pubupdate, pubdelete,
            pubtruncate, pubviaroot, {} FROM pg_publication WHERE oid >= 16384",
        since(18, "pubgencols", "NULL"));
    publication_tables: |since| format!("SELECT oid, prpubid, prrelid, {}, xmin::text || ctid::text
        FROM pg_publication_rel WHERE oid >= 16384", since(15, "prattrs, prqual IS NOT NULL", "NULL, false"));
    publication_schemas: |since| since(15, "SELECT pnpubid, pnnspid FROM pg_publication_namespace ORDER BY 1, 2",
        "SELECT 0, 0 WHERE false").to_owned();
    default_privileges: |_| "SELECT oid, defaclrole::regrole, defaclnamespace, defaclobjtype, array_to_string(defaclacl, chr(10)),
            pg_get_userbyid(defaclrole), array_to_string(acldefault(CASE defaclobjtype WHEN 'S' THEN 's' ELSE defaclobjtype END,
            defaclrole), chr(10)) FROM pg_default_acl".to_owned();
    collations: |since| format!("SELECT oid, collname, collnamespace, pg_get_userbyid(collowner), collprovider, collcollate,
            collctype, {}, collisdeterministic FROM pg_collation WHERE oid >= 16384",
        since(17, "colllocale", since(15, "colliculocale", "NULL")));
    casts: |_| "SELECT oid, format_type(castsource, NULL), format_type(casttarget, NULL), NULLIF(castfunc, 0)::regprocedure,
            castcontext, castmethod FROM pg_cast WHERE oid >= 16384".to_owned();
    operators: |_| "SELECT oid, oprname, oprnamespace, pg_get_userbyid(oprowner), format_type(NULLIF(oprleft, 0), NULL),
            format_type(NULLIF(oprright, 0), NULL), oprcode::regproc, oprcanmerge, oprcanhash,
            NULLIF(oprcom, 0)::regoperator, NULLIF(oprnegate, 0)::regoperator, NULLIF(oprrest::oid, 0)::regproc,
            NULLIF(oprjoin::oid, 0)::regproc
        FROM pg_operator WHERE oid >= 16384 AND oprcode <> 0".to_owned();
    /// What has no place of its own: class, oid, schema, word, name, definition, owner, ACL.
    others: |_| "SELECT 2328, oid, 0, 'foreign data wrapper', fdwname::text, array_to_string(fdwoptions, ', '),
                pg_get_userbyid(fdwowner), array_to_string(fdwacl, chr(10)) FROM pg_foreign_data_wrapper WHERE oid >= 16384
        UNION ALL SELECT 1417, s.oid, 0, 'server', srvname, concat_ws(', ', 'wrapper ' || fdwname, 'type ' || srvtype,
                'version ' || srvversion, array_to_string(srvoptions, ', ')), pg_get_userbyid(srvowner),
                array_to_string(srvacl, chr(10))
            FROM pg_foreign_server s JOIN pg_foreign_data_wrapper w ON w.oid = srvfdw WHERE s.oid >= 16384
        UNION ALL SELECT 3602, oid, cfgnamespace, 'text search configuration', cfgname,
                concat_ws(', ', 'parser ' || (SELECT prsname FROM pg_ts_parser p WHERE p.oid = cfgparser),
                    (SELECT string_agg(concat_ws(' ', maptokentype, mapseqno, mapdict::regdictionary), ', '
                        ORDER BY maptokentype, mapseqno) FROM pg_ts_config_map WHERE mapcfg = c.oid)),
                pg_get_userbyid(cfgowner), NULL FROM pg_ts_config c WHERE oid >= 16384
        UNION ALL SELECT 3600, oid, dictnamespace, 'text search dictionary', dictname,
                concat_ws(', ', (SELECT tmplname FROM pg_ts_template t WHERE t.oid = dicttemplate), dictinitoption),
                pg_get_userbyid(dictowner), NULL FROM pg_ts_dict WHERE oid >= 16384
        UNION ALL SELECT 2616, o.oid, opcnamespace, 'operator class', opcname || ' using ' || amname,
                concat_ws(', ', 'for ' || format_type(opcintype, NULL), 'default ' || NULLIF(opcdefault, false)::text,
                    (SELECT string_agg(concat_ws(' ', amopstrategy, amopopr::regoperator), ', ' ORDER BY amopstrategy, 1)
                        FROM pg_amop WHERE amopfamily = opcfamily),
                    (SELECT string_agg(concat_ws(' ', amprocnum, amproc), ', ' ORDER BY amprocnum, 1)
                        FROM pg_amproc WHERE amprocfamily = opcfamily)),
                pg_get_userbyid(opcowner), NULL FROM pg_opclass o JOIN pg_am m ON m.oid = opcmethod WHERE o.oid >= 16384
        UNION ALL SELECT 2607, oid, connamespace, 'conversion', conname,
                concat_ws(' ', pg_encoding_to_char(conforencoding), pg_encoding_to_char(contoencoding), conproc,
                    'default ' || NULLIF(condefault, false)::text),
                pg_get_userbyid(conowner), NULL FROM pg_conversion WHERE oid >= 16384
        UNION ALL SELECT 2612, oid, 0, 'language', lanname, concat_ws(' ', NULLIF(lanplcallfoid, 0)::regproc,
                'trusted ' || NULLIF(lanpltrusted, false)::text), pg_get_userbyid(lanowner), array_to_string(lanacl, chr(10))
            FROM pg_language WHERE oid >= 16384
        UNION ALL SELECT 2601, oid, 0, 'access method', amname, concat_ws(' ', amtype, amhandler), NULL, NULL
            FROM pg_am WHERE oid >= 16384".to_owned();
    /// What ALTER DATABASE and ALTER ROLE set: name, value, role, whether for this database.
    settings: |_| "SELECT split_part(s, '=', 1), substr(s, strpos(s, '=') + 1),
            CASE WHEN setrole <> 0 THEN pg_get_userbyid(setrole) END, setdatabase <> 0
        FROM pg_db_role_setting, unnest(setconfig) s
        WHERE setdatabase = 0 OR setdatabase = (SELECT oid FROM pg_database WHERE datname = current_database())".to_owned();
    /// Options may be passwords: that one is another is told by a few bits, which tell nothing of it.
    user_mappings: |_| "SELECT srvname, CASE WHEN umuser <> 0 THEN usename END,
            (SELECT string_agg(split_part(o, '=', 1) || ' ' || left(encode(sha256(convert_to(o, 'UTF8')), 'hex'), 4), ', ' ORDER BY o)
                FROM unnest(umoptions) o)
        FROM pg_user_mappings WHERE umid >= 16384".to_owned();
}

/// What depends on what, for compiling: dependent, then what it needs.
const DEPENDS: &str = "SELECT classid, objid, refclassid, refobjid, refobjsubid FROM pg_depend
    WHERE objid >= 16384 AND refobjid >= 16384 AND deptype IN ('n', 'a') AND refclassid IN (1259, 1255)
    AND classid IN (2618, 2620, 3256, 1255, 3381, 6106);\n";

/// The queries as the server has prepared them, for one connection: planning them takes longer than running them.
#[derive(Debug, Default)]
pub(super) struct Prepared {
    connection: Option<u64>,
    execute: String,
}

impl Prepared {
    /// Reads the catalogs with prepared queries.
    pub fn read(&mut self, db: &mut Postgres) -> Result<Catalogs> {
        if self.connection == Some(db.number()) {
            match db.query_texts(&self.execute) {
                // A migration may have said DISCARD ALL.
                Err(e) if e.server_code() == Some("26000") => {}
                results => return collected(results?),
            }
        }
        // Names of their own, for another reader may have prepared the same on this connection.
        static READERS: AtomicU64 = AtomicU64::new(0);
        let reader = READERS.fetch_add(1, Ordering::Relaxed);
        let mut prepare = String::new();
        let mut execute = String::new();
        for (i, query) in queries(db)?.iter().enumerate() {
            prepare.push_str(&format!("PREPARE switchback_schema_{reader}_{i} AS {query};\n"));
            execute.push_str(&format!("EXECUTE switchback_schema_{reader}_{i};\n"));
        }
        let results = db.query_texts(&format!("{prepare}{execute}"))?;
        *self = Prepared { connection: Some(db.number()), execute };
        collected(results)
    }
}

fn queries(db: &mut Postgres) -> Result<Vec<String>> {
    let major = db.version()? / 10_000;
    let since = |from: u32, new: &'static str, old: &'static str| if major >= from { new } else { old };
    Ok(Catalogs::queries(&since))
}

fn collected(results: Vec<Vec<SimpleQueryRow>>) -> Result<Catalogs> {
    Catalogs::collect(results).ok_or_else(|| {
        Error::new(ErrorKind::Database, "the server answered fewer queries of the catalogs than it was asked")
    })
}

impl Catalogs {
    /// Reads them.
    pub fn read(db: &mut Postgres) -> Result<Catalogs> {
        let message = queries(db)?.join(";\n");
        collected(db.query_texts(&message)?)
    }

    /// Reads them, and what depends on what.
    pub fn read_with_depends(db: &mut Postgres) -> Result<(Catalogs, Vec<Row>)> {
        let message = format!("{};\n{DEPENDS}", queries(db)?.join(";\n"));
        let mut results = db.query_texts(&message)?;
        let depends = results.pop().unwrap_or_default().into_iter().map(Row).collect();
        Ok((collected(results)?, depends))
    }
}
