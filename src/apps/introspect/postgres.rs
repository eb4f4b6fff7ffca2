//! Reads a schema of a PostgreSQL database from its catalogs.

use std::collections::HashMap;

use super::{Column, OnDelete, Reference, Schema, Table, check};
use crate::apps::model::{FieldKind, Problem, TableName};
use crate::apps::sql::Sql;
use crate::db::dialect::value::DbValue;
use crate::db::{Backend, DbConnection};
use crate::error::{Error, Result};

/// Reads the tables and views of `schema`, and the tables of other schemas that point at them.
///
/// # Errors
/// `Invalid` for a schema that does not exist; database faults.
pub fn read(conn: &mut DbConnection, schema: &str) -> Result<Schema> {
    let mut exists = Sql::starting(Backend::Postgres, "SELECT count(*) FROM pg_namespace WHERE nspname = ");
    exists.value(DbValue::Text(schema.to_owned()));
    if exists.load_count(conn)? == 0 {
        return Err(Error::invalid("schema", format!("there is no schema \"{}\"", schema.escape_debug())));
    }
    let mut found = Schema::default();
    let mut index: HashMap<i64, usize> = HashMap::new();
    for row in over_wanted(schema, TABLES).load(conn)? {
        let [oid, namespace, name, kind, in_schema, readable] = &row[..] else { continue };
        let name = TableName { schema: Some(text(namespace)), name: text(name) };
        let in_schema = flag(in_schema) && name.name != "__diesel_schema_migrations";
        if in_schema && !flag(readable) {
            found.problems.push(Problem {
                about: name.name.clone(),
                message: "the database user may not read it, so it is left out".into(),
            });
        }
        index.insert(integer(oid), found.tables.len());
        found.tables.push(Table {
            name,
            is_view: matches!(text(kind).as_str(), "v" | "m"),
            in_schema: in_schema && flag(readable),
            columns: Vec::new(),
            primary_key: Vec::new(),
            unique: Vec::new(),
            references: Vec::new(),
            checks: Vec::new(),
        });
    }
    let mut domain_rules = Vec::new();
    for row in over_wanted(schema, COLUMNS).load(conn)? {
        let Some(&at) = row.first().and_then(|oid| index.get(&integer(oid))) else { continue };
        if let Some((column, rules)) = column(&row) {
            domain_rules.extend(rules.into_iter().map(|rule| (at, column.name.clone(), rule)));
            found.tables[at].columns.push(column);
        }
    }
    for row in over_wanted(schema, KEYS).load(conn)? {
        let [oid, primary, columns] = &row[..] else { continue };
        let Some(&at) = index.get(&integer(oid)) else { continue };
        if flag(primary) {
            found.tables[at].primary_key = names(columns);
        } else {
            found.tables[at].unique.push(names(columns));
        }
    }
    for row in over_wanted(schema, REFERENCES).load(conn)? {
        let [oid, columns, namespace, table, to, action] = &row[..] else { continue };
        let Some(&at) = index.get(&integer(oid)) else { continue };
        found.tables[at].references.push(Reference {
            columns: names(columns),
            table: TableName { schema: Some(text(namespace)), name: text(table) },
            to: names(to),
            on_delete: match text(action).as_str() {
                "c" => OnDelete::Cascade,
                "n" | "d" => OnDelete::Unlink,
                _ => OnDelete::Refuse,
            },
        });
    }
    for row in over_wanted(schema, CHECKS).load(conn)? {
        let [oid, name, expression] = &row[..] else { continue };
        let Some(&at) = index.get(&integer(oid)) else { continue };
        found.tables[at].apply_check(text(name), &text(expression));
    }
    for (at, column, rule) in domain_rules {
        let choices = check::choices(&rule).into_iter().find(|(name, _)| name.eq_ignore_ascii_case("value"));
        let column = found.tables[at].columns.iter_mut().find(|c| c.name == column);
        if let (Some((_, choices)), Some(column)) = (choices, column)
            && column.kind == FieldKind::Text
            && column.choices.is_empty()
        {
            column.choices = choices;
        }
    }
    Ok(found)
}

/// A query over `wanted`, the ids of all tables that matter.
fn over_wanted(schema: &str, rest: &'static str) -> Sql {
    let mut sql = Sql::starting(
        Backend::Postgres,
        "WITH RECURSIVE wanted(oid) AS (SELECT c.oid FROM pg_class c JOIN pg_namespace n \
         ON n.oid = c.relnamespace WHERE c.relkind IN ('r', 'p', 'v', 'm', 'f') AND NOT c.relispartition \
         AND n.nspname = ",
    );
    sql.value(DbValue::Text(schema.to_owned())).push(
        " UNION SELECT k.conrelid FROM pg_constraint k JOIN wanted w ON k.confrelid = w.oid \
         WHERE k.contype = 'f' AND k.conparentid = 0) ",
    );
    if rest == TABLES {
        sql.push("SELECT c.oid::bigint, n.nspname::text, c.relname::text, c.relkind::text, n.nspname = ");
        sql.value(DbValue::Text(schema.to_owned()));
    }
    sql.push(rest);
    sql
}

const TABLES: &str = ", has_table_privilege(c.oid, 'SELECT') AND has_schema_privilege(n.oid, 'USAGE') \
    FROM wanted w JOIN pg_class c ON c.oid = w.oid JOIN pg_namespace n ON n.oid = c.relnamespace \
    ORDER BY n.nspname, c.relname";

const COLUMNS: &str = "SELECT a.attrelid::bigint, a.attname::text, \
    format_type(a.atttypid, a.atttypmod), a.attnotnull OR t.typnotnull, \
    a.atthasdef OR a.attidentity <> '' OR t.typdefault IS NOT NULL, \
    a.attgenerated <> '' OR a.attidentity = 'a', b.typname::text, b.typtype::text, \
    e.typname::text, e.typtype::text, base.typmod, \
    (SELECT json_agg(enumlabel ORDER BY enumsortorder)::text FROM pg_enum WHERE enumtypid = coalesce(e.oid, b.oid)), \
    (SELECT json_agg(pg_get_expr(k.conbin, 0))::text FROM pg_constraint k WHERE k.contypid = t.oid AND k.contype = 'c') \
    FROM wanted w JOIN pg_attribute a ON a.attrelid = w.oid JOIN pg_type t ON t.oid = a.atttypid \
    CROSS JOIN LATERAL (WITH RECURSIVE d(oid, base, typmod) AS (SELECT t.oid, t.typbasetype, \
    CASE WHEN a.atttypmod <> -1 THEN a.atttypmod ELSE t.typtypmod END UNION ALL \
    SELECT p.oid, p.typbasetype, CASE WHEN d.typmod <> -1 THEN d.typmod ELSE p.typtypmod END \
    FROM d JOIN pg_type p ON p.oid = d.base) SELECT oid, typmod FROM d WHERE base = 0) AS base \
    JOIN pg_type b ON b.oid = base.oid \
    LEFT JOIN pg_type e ON e.oid = b.typelem AND b.typcategory = 'A' \
    WHERE a.attnum > 0 AND NOT a.attisdropped ORDER BY a.attrelid, a.attnum";

const KEYS: &str = "SELECT i.indrelid::bigint, i.indisprimary, \
    (SELECT json_agg(a.attname ORDER BY k.n)::text FROM unnest(i.indkey::int2[]) WITH ORDINALITY k(num, n) \
    JOIN pg_attribute a ON a.attrelid = i.indrelid AND a.attnum = k.num WHERE k.n <= i.indnkeyatts) \
    FROM wanted w JOIN pg_index i ON i.indrelid = w.oid \
    WHERE i.indisunique AND i.indisvalid AND i.indpred IS NULL AND i.indexprs IS NULL ORDER BY i.indexrelid";

const REFERENCES: &str = "SELECT k.conrelid::bigint, \
    (SELECT json_agg(a.attname ORDER BY c.n)::text FROM unnest(k.conkey) WITH ORDINALITY c(num, n) \
    JOIN pg_attribute a ON a.attrelid = k.conrelid AND a.attnum = c.num), n.nspname::text, o.relname::text, \
    (SELECT json_agg(a.attname ORDER BY c.n)::text FROM unnest(k.confkey) WITH ORDINALITY c(num, n) \
    JOIN pg_attribute a ON a.attrelid = k.confrelid AND a.attnum = c.num), k.confdeltype::text \
    FROM wanted w JOIN pg_constraint k ON k.conrelid = w.oid JOIN pg_class o ON o.oid = k.confrelid \
    JOIN pg_namespace n ON n.oid = o.relnamespace \
    WHERE k.contype = 'f' AND k.conparentid = 0 ORDER BY k.conname, k.oid";

const CHECKS: &str = "SELECT k.conrelid::bigint, k.conname::text, pg_get_expr(k.conbin, k.conrelid) \
    FROM wanted w JOIN pg_constraint k ON k.conrelid = w.oid WHERE k.contype = 'c' ORDER BY k.conname";

/// A column and the rules of its domain.
fn column(row: &[DbValue]) -> Option<(Column, Vec<String>)> {
    let [
        _,
        name,
        db_type,
        not_null,
        default,
        generated,
        base,
        base_type,
        element,
        element_type,
        typmod,
        labels,
        rules,
    ] = row
    else {
        return None;
    };
    let modifier = i32::try_from(integer(typmod)).unwrap_or(-1);
    let kind = match element {
        DbValue::Text(element) => FieldKind::Array(Box::new(kind(element, &text(element_type), modifier))),
        _ => kind(&text(base), &text(base_type), modifier),
    };
    let text_type = if *element == DbValue::Null { text(base) } else { text(element) };
    let has_length = matches!(text_type.as_str(), "varchar" | "bpchar") && modifier > 4;
    let column = Column {
        name: text(name),
        db_type: text(db_type),
        nullable: !flag(not_null),
        has_default: flag(default),
        is_generated: flag(generated),
        max_length: has_length.then(|| modifier.unsigned_abs() - 4),
        choices: names(labels),
        kind,
    };
    Some((column, names(rules)))
}

fn kind(name: &str, type_type: &str, modifier: i32) -> FieldKind {
    let integer = |min: i64, max: i64| FieldKind::Integer { min, max };
    match name {
        _ if type_type == "e" => FieldKind::Enum,
        "int2" => integer(i16::MIN.into(), i16::MAX.into()),
        "int4" => integer(i32::MIN.into(), i32::MAX.into()),
        "int8" => integer(i64::MIN, i64::MAX),
        "float4" | "float8" => FieldKind::Float,
        "numeric" => decimal(modifier),
        "bool" => FieldKind::Boolean,
        "text" | "varchar" | "bpchar" | "name" | "citext" => FieldKind::Text,
        "date" => FieldKind::Date,
        "time" => FieldKind::Time,
        "timestamp" => FieldKind::DateTime { zoned: false },
        "timestamptz" => FieldKind::DateTime { zoned: true },
        "uuid" => FieldKind::Uuid,
        "json" | "jsonb" => FieldKind::Json,
        "bytea" => FieldKind::Binary,
        _ => FieldKind::Other,
    }
}

/// The modifier holds the precision in its upper half and the scale in the lower 11 bits, with a sign.
fn decimal(modifier: i32) -> FieldKind {
    if modifier < 4 {
        return FieldKind::Decimal { precision: None, scale: None };
    }
    let packed = modifier - 4;
    let scale = ((packed & 0x7ff) ^ 1024) - 1024;
    FieldKind::Decimal {
        precision: u32::try_from((packed >> 16) & 0xffff).ok(),
        scale: Some(u32::try_from(scale).unwrap_or(0)),
    }
}

fn text(value: &DbValue) -> String {
    match value {
        DbValue::Text(text) => text.clone(),
        _ => String::new(),
    }
}

fn integer(value: &DbValue) -> i64 {
    match value {
        DbValue::Integer(n) => *n,
        _ => -1,
    }
}

fn flag(value: &DbValue) -> bool {
    *value == DbValue::Bool(true)
}

/// A JSON array of strings; NULL is none.
fn names(value: &DbValue) -> Vec<String> {
    match value {
        DbValue::Text(json) => serde_json::from_str(json).unwrap_or_default(),
        _ => Vec::new(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numeric_modifiers_are_unpacked() {
        assert_eq!(decimal(-1), FieldKind::Decimal { precision: None, scale: None });
        assert_eq!(decimal((10 << 16) + 2 + 4), FieldKind::Decimal { precision: Some(10), scale: Some(2) });
    }
}
