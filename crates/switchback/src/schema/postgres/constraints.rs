//! Constraints of tables. NOT NULL is a column's; constraint triggers are triggers.

use super::catalog::class;
use super::render::What;
use super::world::World;
use std::collections::HashMap;
use switchback_plan::schema::{Constraint, ConstraintKind, Fact, References};

/// The constraints of each table that is read.
pub(super) fn read(world: &World<'_>) -> HashMap<u32, Vec<Constraint>> {
    let mut constraints: HashMap<u32, Vec<Constraint>> = HashMap::new();
    for row in &world.catalogs.constraints {
        let [
            oid,
            name,
            kind,
            deferrable,
            deferred,
            validated,
            relation,
            _,
            _,
            parent,
            other,
            on_update,
            on_delete,
            matches,
            columns,
            other_columns,
            no_inherit,
            local,
            set_columns,
            enforced,
            token,
        ] = row.cells();
        let kind = match kind.letter() {
            'p' => ConstraintKind::PrimaryKey,
            'u' => ConstraintKind::Unique,
            // A partition's follows from its parent's.
            'f' if parent.oid() == 0 => ConstraintKind::ForeignKey,
            'c' => ConstraintKind::Check,
            'x' => ConstraintKind::Exclusion,
            _ => continue,
        };
        let relation = relation.oid();
        if world.included(relation).is_none() {
            continue;
        }
        let mut columns = world.column_names(relation, &columns.numbers());
        if kind == ConstraintKind::Check {
            columns.sort();
        }
        let mut facts = Vec::new();
        match (deferrable.flag(), deferred.flag()) {
            (true, true) => facts.push(Fact::structure("deferrable", "initially deferred")),
            (true, false) => facts.push(Fact::structure("deferrable", "initially immediate")),
            (false, _) => {}
        }
        if kind == ConstraintKind::ForeignKey && matches.letter() == 'f' {
            facts.push(Fact::structure("match", "full"));
        }
        if kind == ConstraintKind::Check && no_inherit.flag() {
            facts.push(Fact::structure("no inherit", "yes"));
        }
        if !local.flag() && parent.oid() == 0 {
            facts.push(Fact::structure("inherited", "yes"));
        }
        if !enforced.flag() {
            facts.push(Fact::structure("not enforced", "yes"));
        }
        if set_columns.opt().is_some() {
            let names = world.column_names(relation, &set_columns.numbers());
            facts.push(Fact::structure("on delete sets", names.join(", ")));
        }
        world.comment_fact(class::CONSTRAINT, oid.oid(), 0, &mut facts);
        let references = (kind == ConstraintKind::ForeignKey).then(|| References {
            table: world.relation_name(other.oid()),
            columns: world.column_names(other.oid(), &other_columns.numbers()),
            on_delete: action(on_delete.letter()).to_owned(),
            on_update: action(on_update.letter()).to_owned(),
        });
        constraints.entry(relation).or_default().push(Constraint {
            name: Some(name.text().to_owned()),
            kind,
            columns,
            references,
            definition: world.rendered.get(What::Constraint, oid.oid(), token.text()).text(0).to_owned(),
            validated: validated.flag(),
            facts,
        });
    }
    constraints
}

fn action(letter: char) -> &'static str {
    match letter {
        'r' => "RESTRICT",
        'c' => "CASCADE",
        'n' => "SET NULL",
        'd' => "SET DEFAULT",
        _ => "NO ACTION",
    }
}
