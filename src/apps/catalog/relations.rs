//! Relations between the models of one app, in all directions, with names that say where they lead.

use std::collections::HashSet;

use super::joins::Join;
use super::{Draft, of_table, problem};
use crate::apps::model::{ForeignKey, Problem, Relation, RelationKind};
use crate::apps::names;

/// A relation whose name is not settled.
struct Found {
    from: usize,
    to: usize,
    /// The name that it gets if it is free, and what is added to it if it is not.
    name: String,
    detail: String,
    kind: RelationKind,
}

/// Finds all relations between drafts.
pub fn connect(drafts: &mut [Draft<'_>], joins: &[Join], problems: &mut Vec<Problem>) {
    let mut taken: Vec<HashSet<String>> =
        drafts.iter().map(|d| d.model.fields.iter().map(|f| f.name.to_string()).collect()).collect();
    let mut backward = many_to_many(drafts, joins);
    for (from, taken) in taken.iter_mut().enumerate() {
        forward(from, drafts, taken, &mut backward, problems);
    }
    name_backward(drafts, &mut taken, backward);
}

/// The foreign keys of one model; their reverse sides are added to `backward`.
fn forward(
    from: usize,
    drafts: &mut [Draft<'_>],
    taken: &mut HashSet<String>,
    backward: &mut Vec<Found>,
    problems: &mut Vec<Problem>,
) {
    let table = drafts[from].table;
    for reference in &table.references {
        let ([column], [to_column]) = (&reference.columns[..], &reference.to[..]) else {
            let columns = reference.columns.join(", ");
            problems.push(problem(
                table,
                &format!("the foreign key ({columns}) has several columns: no relation"),
            ));
            continue;
        };
        let Some(to) = of_table(drafts, &reference.table) else { continue };
        let Some(field) = drafts[from].model.fields.iter().position(|f| *f.name == **column) else {
            continue;
        };
        let is_shown = drafts[to].model.fields.iter().any(|f| *f.name == **to_column);
        if !is_shown || drafts[from].model.fields[field].references.is_some() {
            continue;
        }
        let wanted = names::relation_name(column);
        // A column that reads like the relation would be meant by the same name.
        let is_free = wanted != names::model_name(column) && taken.insert(wanted.clone());
        let name = if is_free { wanted.clone() } else { names::unique(&format!("{wanted}_record"), taken) };
        let target = drafts[to].model.name.clone();
        let own = &mut drafts[from].model;
        own.fields[field].references =
            Some(ForeignKey { table: reference.table.clone(), column: to_column.clone() });
        own.fields[field].relation_name = is_free.then_some(wanted.clone());
        own.relations.push(Relation {
            name,
            kind: RelationKind::ForeignKey { field, column: to_column.clone() },
            model: target,
        });
        backward.push(Found {
            from: to,
            to: from,
            name: names::plural(&own.name),
            detail: format!("by_{wanted}"),
            kind: RelationKind::Reverse { column: column.clone(), to: to_column.clone() },
        });
    }
}

/// Both directions of each join table.
fn many_to_many(drafts: &[Draft<'_>], joins: &[Join]) -> Vec<Found> {
    let mut found = Vec::new();
    for join in joins {
        for (here, there) in [(0, 1), (1, 0)] {
            let ((here, from), (there, to)) = (&join.ends[here], &join.ends[there]);
            let (Some(from), Some(to)) = (of_table(drafts, from), of_table(drafts, to)) else { continue };
            found.push(Found {
                from,
                to,
                name: names::plural(&drafts[to].model.name),
                detail: if from == to {
                    format!("by_{}", names::relation_name(here))
                } else {
                    format!("through_{}", names::model_name(&join.table.name))
                },
                kind: RelationKind::ManyToMany {
                    through: join.table.clone(),
                    here: here.clone(),
                    there: there.clone(),
                },
            });
        }
    }
    found
}

/// Names reverse and many-to-many relations after the other model, in the plural; where two would have the same name,
/// both say by which column or table they come.
fn name_backward(drafts: &mut [Draft<'_>], taken: &mut [HashSet<String>], backward: Vec<Found>) {
    let wanted: Vec<(usize, bool, String)> =
        backward.iter().map(|f| (f.from, is_reverse(&f.kind), f.name.clone())).collect();
    for found in backward {
        let same = (found.from, is_reverse(&found.kind), found.name.clone());
        let is_ambiguous = wanted.iter().filter(|w| **w == same).count() > 1;
        let is_free = !taken[found.from].contains(&found.name);
        let name = if is_ambiguous || !is_free {
            names::unique(&format!("{}_{}", found.name, found.detail), &mut taken[found.from])
        } else {
            names::unique(&found.name, &mut taken[found.from])
        };
        let model = drafts[found.to].model.name.clone();
        drafts[found.from].model.relations.push(Relation { name, kind: found.kind, model });
    }
}

fn is_reverse(kind: &RelationKind) -> bool {
    matches!(kind, RelationKind::Reverse { .. })
}
