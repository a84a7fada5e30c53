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
use catalog::{Catalogs, Row};
use render::Rendered;
use switchback_plan::schema::Schema;
use switchback_plan::{Dialect, Result};
use world::World;

/// What the server rendered for an earlier reading of the same database.
#[derive(Debug, Default)]
pub(crate) struct Cache(render::Store);

/// Reads it.
pub(crate) fn read(db: &mut Postgres, scope: &Scope, depth: Depth) -> Result<Schema> {
    read_cached(db, scope, depth, &mut Cache::default())
}

/// Reads it again: texts are only rendered where something changed since the reading before.
pub(crate) fn read_cached(
    db: &mut Postgres,
    scope: &Scope,
    depth: Depth,
    cache: &mut Cache,
) -> Result<Schema> {
    let (catalogs, depends) = Catalogs::read(db, depth == Depth::Compile)?;
    let version = db.version()?;
    let own_schema = db.own_schema().to_owned();
    let mut store = std::mem::take(&mut cache.0);
    let mut world = World::new(&catalogs, &depends, (scope, depth), (&own_schema, version));
    store.check(session(&catalogs), world.all_names());
    world.rendered = Rendered::new(store);
    let schema = loop {
        let schema = put_together(&world);
        if !world.rendered.fill(db)? {
            break schema;
        }
    };
    cache.0 = world.rendered.into_store();
    Ok(schema)
}

fn session(catalogs: &Catalogs) -> Vec<String> {
    let words = |row: &Row| row.cells::<3>().map(|c| c.text().to_owned()).to_vec();
    catalogs.session.first().map(words).unwrap_or_default()
}

fn put_together(world: &World<'_>) -> Schema {
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
