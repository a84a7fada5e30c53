//! A PostgreSQL schema: the catalogs, read in one message, and what only the server can render, in a second one.
//!
//! Objects are put together twice: the first time shows which texts are missing, the second time has them. With a
//! [`Cache`] most texts are there from the reading before, and once is enough.

mod access;
mod catalog;
mod constraints;
mod functions;
mod indexes;
mod make;
mod others;
mod render;
mod sequences;
mod tables;
mod triggers;
mod types;
mod views;
mod world;

#[cfg(test)]
mod tests;

use super::{Depth, Scope};
use crate::db::postgres::Postgres;
use catalog::{Catalogs, Prepared, Row};
use render::Rendered;
use std::rc::Rc;
use switchback_plan::schema::Schema;
use switchback_plan::{Dialect, Result};
use world::World;

/// What was read last, and what the server has prepared and rendered for it. For one database; another connection to it
/// may read with it as well.
#[derive(Debug, Default)]
pub(crate) struct Cache {
    prepared: Prepared,
    store: render::Store,
    last: Option<(u64, Scope, Depth, Rc<Schema>)>,
}

/// Reads it.
pub(super) fn read(db: &mut Postgres, scope: &Scope, depth: Depth) -> Result<Schema> {
    let (catalogs, depends) = match depth {
        Depth::Compare => (Catalogs::read(db)?, Vec::new()),
        Depth::Compile => Catalogs::read_with_depends(db)?,
    };
    put_together(db, (&catalogs, &depends), scope, depth, &mut render::Store::default())
}

/// Reads it again: texts are only rendered where something changed since the reading before.
pub(super) fn read_cached(
    db: &mut Postgres,
    scope: &Scope,
    depth: Depth,
    cache: &mut Cache,
) -> Result<Rc<Schema>> {
    let (catalogs, depends) = match depth {
        Depth::Compare => (cache.prepared.read(db)?, Vec::new()),
        Depth::Compile => Catalogs::read_with_depends(db)?,
    };
    let digest = catalogs.digest();
    if let Some((before, of, at, schema)) = &cache.last
        && (*before, of, *at) == (digest, scope, depth)
    {
        return Ok(Rc::clone(schema));
    }
    let schema = put_together(db, (&catalogs, &depends), scope, depth, &mut cache.store)?;
    let schema = Rc::new(schema);
    cache.last = Some((digest, scope.clone(), depth, Rc::clone(&schema)));
    Ok(schema)
}

fn put_together(
    db: &mut Postgres,
    (catalogs, depends): (&Catalogs, &[Row]),
    scope: &Scope,
    depth: Depth,
    kept: &mut render::Store,
) -> Result<Schema> {
    let version = db.version()?;
    let own_schema = db.own_schema().to_owned();
    let mut store = std::mem::take(kept);
    let mut world = World::new(catalogs, depends, (scope, depth), (&own_schema, version));
    store.check(session(catalogs), world.all_names());
    world.rendered = Rendered::new(store);
    let schema = loop {
        let schema = described(&world);
        if !world.rendered.fill(db)? {
            break schema;
        }
    };
    *kept = world.rendered.into_store();
    Ok(schema)
}

fn session(catalogs: &Catalogs) -> Vec<String> {
    let words = |row: &Row| row.cells::<3>().map(|c| c.text().to_owned()).to_vec();
    catalogs.session.first().map(words).unwrap_or_default()
}

fn described(world: &World<'_>) -> Schema {
    let mut objects = Vec::new();
    let mut indexes = indexes::read(world);
    views::read(world, &mut indexes, &mut objects);
    functions::read(world, &mut objects);
    types::read(world, &mut objects);
    triggers::read(world, &mut objects);
    sequences::read(world, &mut objects);
    others::read(world, &mut objects);
    for object in &mut objects {
        object.facts.sort();
    }
    objects.sort_by(|a, b| (a.kind, &a.table, &a.name).cmp(&(b.kind, &b.table, &b.name)));
    let tables = tables::read(world, constraints::read(world), indexes);
    Schema { dialect: Dialect::Postgres, tables, objects }
}
