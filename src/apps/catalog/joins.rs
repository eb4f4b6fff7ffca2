//! Join tables: two foreign keys that are unique together, and nothing else that would have to be given.

use crate::apps::introspect::{Column, Reference, Table};
use crate::apps::model::TableName;

/// A many-to-many relation in the database.
#[derive(Debug, Clone)]
pub struct Join {
    /// The join table.
    pub table: TableName,
    /// Its two columns and the tables that they point at.
    pub ends: [(String, TableName); 2],
    /// Whether it has nothing but the two columns and perhaps an id, so that it is no model.
    pub pure: bool,
}

/// Finds the join tables between attached tables.
pub fn find(attached: &[&Table]) -> Vec<Join> {
    attached.iter().filter_map(|table| join(table, attached)).collect()
}

/// Whether a table, seen by itself, has nothing but two keys and perhaps an id.
pub fn is_pure(table: &Table) -> bool {
    keys(table).is_some_and(|keys| others(table, &keys).iter().all(|c| is_surrogate(table, c)))
}

fn join(table: &Table, attached: &[&Table]) -> Option<Join> {
    let keys = keys(table)?;
    let end = |reference: &Reference| {
        let other = attached.iter().find(|t| t.name == reference.table)?;
        // Ids of a many-to-many relation are primary keys.
        (other.primary_key == reference.to).then(|| (reference.columns[0].clone(), other.name.clone()))
    };
    let ends = [end(keys[0])?, end(keys[1])?];
    let others = others(table, &keys);
    let fills_itself = |c: &&&Column| c.nullable || c.has_default || c.is_generated;
    if others.iter().filter(fills_itself).count() != others.len() {
        return None;
    }
    let pure = others.iter().all(|c| is_surrogate(table, c));
    Some(Join { table: table.name.clone(), ends, pure })
}

/// The two foreign keys of one column each that together are the key or unique.
fn keys(table: &Table) -> Option<[&Reference; 2]> {
    let [a, b] = &table.references[..] else { return None };
    if table.is_view || a.columns.len() != 1 || b.columns.len() != 1 || a.columns == b.columns {
        return None;
    }
    let pair = [&a.columns[0], &b.columns[0]];
    let together = |set: &Vec<String>| set.len() == 2 && set.iter().all(|c| pair.contains(&c));
    let unique = together(&table.primary_key) || table.unique.iter().any(together);
    let required = pair.iter().all(|name| table.column(name).is_some_and(|c| !c.nullable));
    (unique && required).then_some([a, b])
}

fn others<'a>(table: &'a Table, keys: &[&Reference; 2]) -> Vec<&'a Column> {
    table.columns.iter().filter(|c| keys.iter().all(|k| k.columns[0] != c.name)).collect()
}

fn is_surrogate(table: &Table, column: &Column) -> bool {
    table.primary_key == [column.name.clone()] && (column.has_default || column.is_generated)
}
