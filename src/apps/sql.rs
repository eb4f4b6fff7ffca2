//! Statements over tables that are known at run time only. A statement is put together from fixed texts,
//! names that are quoted, and values that are bound; there is no way to put in any other text.

use diesel::connection::DefaultLoadingMode;
use diesel::query_builder::{AstPass, Query, QueryFragment, QueryId};
use diesel::sql_types as st;
use diesel::{QueryResult, RunQueryDsl};

use super::model::{Field, FieldKind, TableName};
use crate::db::dialect::value::{DbRow, DbValue};
use crate::db::dialect::{self, spelling};
use crate::db::{Backend, DbConnection, MultiBackend};

/// A statement in the making.
#[derive(Debug, Clone)]
pub struct Sql {
    backend: Backend,
    parts: Vec<Part>,
    fixed_shape: bool,
}

#[derive(Debug, Clone)]
enum Part {
    Text(&'static str),
    Name(Box<str>),
    /// The name of a type as PostgreSQL itself quotes it.
    Type(Box<str>),
    Value(DbValue),
}

impl Sql {
    /// An empty statement for `backend`.
    pub fn new(backend: Backend) -> Self {
        Self { backend, parts: Vec::with_capacity(32), fixed_shape: false }
    }

    /// An empty statement that begins with `text`.
    pub fn starting(backend: Backend, text: &'static str) -> Self {
        let mut sql = Self::new(backend);
        sql.push(text);
        sql
    }

    /// Which database it is for.
    pub fn backend(&self) -> Backend {
        self.backend
    }

    /// Says that only as many different statements of this shape exist as there are models, so that the
    /// connection may keep it prepared.
    pub fn keep_prepared(&mut self) {
        self.fixed_shape = true;
    }

    /// Adds fixed text.
    pub fn push(&mut self, text: &'static str) -> &mut Self {
        self.parts.push(Part::Text(text));
        self
    }

    /// Adds a quoted name.
    pub fn name(&mut self, name: &str) -> &mut Self {
        self.parts.push(Part::Name(name.into()));
        self
    }

    /// Adds the quoted name of a table with its schema.
    pub fn table(&mut self, table: &TableName) -> &mut Self {
        if let Some(schema) = &table.schema {
            self.name(schema).push(".");
        }
        self.name(&table.name)
    }

    /// Adds a bound value.
    pub fn value(&mut self, value: DbValue) -> &mut Self {
        self.parts.push(Part::Value(value));
        self
    }

    /// Adds another statement's parts.
    pub fn append(&mut self, other: &Self) -> &mut Self {
        self.parts.extend_from_slice(&other.parts);
        self
    }

    /// Adds `, ` unless this is the first of a list.
    pub fn comma(&mut self, index: usize) -> &mut Self {
        if index > 0 {
            self.push(", ");
        }
        self
    }

    /// Adds the expression that reads a field: the column, cast to text where that is the way to get it
    /// exactly.
    pub fn read(&mut self, field: &Field) -> &mut Self {
        if !spelling::has_casts(self.backend) {
            return self.name(&field.name);
        }
        match &field.kind {
            FieldKind::Array(_) => self.push("to_json(").name(&field.name).push(")::text"),
            FieldKind::Decimal { .. }
            | FieldKind::Uuid
            | FieldKind::Json
            | FieldKind::Enum
            | FieldKind::Other => self.text_of(field),
            FieldKind::Text if is_padded(&field.db_type) => self.text_of(field),
            _ => self.name(&field.name),
        }
    }

    /// Adds a field's value as text.
    pub fn text_of(&mut self, field: &Field) -> &mut Self {
        self.push("CAST(").name(&field.name).push(" AS TEXT)")
    }

    /// Adds a bound value that stands for a value of `field`, cast to the column's type.
    pub fn value_for(&mut self, field: &Field, value: DbValue) -> &mut Self {
        if value == DbValue::Null {
            return self.push("NULL");
        }
        match cast_target(self.backend, field) {
            None => self.value(value),
            Some(target) => {
                self.push("CAST(").value(value).push(" AS ");
                self.parts.push(Part::Type(target));
                self.push(")")
            }
        }
    }

    /// Adds a bound text cast to a type that the database named.
    pub fn value_as(&mut self, value: DbValue, type_name: &str) -> &mut Self {
        self.push("CAST(").value(value).push(" AS ");
        self.parts.push(Part::Type(base_type(type_name).into()));
        self.push(")")
    }

    /// Runs a query. On SQLite it ends with an error when its time is up (see `spelling::in_time`).
    ///
    /// # Errors
    /// What the database says.
    pub fn load(self, conn: &mut DbConnection) -> QueryResult<Vec<Vec<DbValue>>> {
        let rows: Vec<DbRow> = dialect::in_time(|| RunQueryDsl::load(self, conn))?;
        Ok(rows.into_iter().map(|row| row.0).collect())
    }

    /// Runs a query until its rows have more than `most` bytes of values. Answers the rows that were read,
    /// and how many bytes are left; `None` if there were too many.
    ///
    /// # Errors
    /// What the database says.
    pub fn load_within(
        self,
        conn: &mut DbConnection,
        most: usize,
    ) -> QueryResult<(Vec<Vec<DbValue>>, Option<usize>)> {
        dialect::in_time(|| {
            let (mut rows, mut left) = (Vec::new(), most);
            for row in RunQueryDsl::load_iter::<DbRow, DefaultLoadingMode>(self, conn)? {
                let row = row?.0;
                let bytes: usize = row.iter().map(DbValue::size).sum();
                rows.push(row);
                match left.checked_sub(bytes) {
                    Some(rest) => left = rest,
                    None => return Ok((rows, None)),
                }
            }
            Ok((rows, Some(left)))
        })
    }

    /// Runs a query that answers one number, e.g. `count(*)`.
    ///
    /// # Errors
    /// What the database says.
    pub fn load_count(self, conn: &mut DbConnection) -> QueryResult<u64> {
        match self.load(conn)?.first().and_then(|row| row.first()) {
            Some(DbValue::Integer(n)) => Ok(u64::try_from(*n).unwrap_or(0)),
            _ => Err(diesel::result::Error::NotFound),
        }
    }

    /// Runs a statement; the answer is how many rows it changed.
    ///
    /// # Errors
    /// What the database says.
    pub fn execute(self, conn: &mut DbConnection) -> QueryResult<usize> {
        dialect::in_time(|| RunQueryDsl::execute(self, conn))
    }
}

fn is_padded(db_type: &str) -> bool {
    db_type == "bpchar" || db_type == "character" || db_type.starts_with("character(")
}

/// The type that a bound text is cast to on PostgreSQL; `None` = the driver's own type fits. By kind where
/// it can be, because a cast to a domain would check the domain's rules in filters too.
fn cast_target(backend: Backend, field: &Field) -> Option<Box<str>> {
    if !spelling::has_casts(backend) {
        return matches!(field.kind, FieldKind::Decimal { .. }).then(|| "NUMERIC".into());
    }
    let db_type = field.db_type.as_str();
    Some(match &field.kind {
        FieldKind::Text if is_padded(db_type) => "bpchar".into(),
        FieldKind::Text if db_type == "citext" || db_type.ends_with(".citext") => db_type.into(),
        FieldKind::Integer { .. } | FieldKind::Boolean | FieldKind::Binary | FieldKind::Text => return None,
        FieldKind::Float if db_type == "real" => "real".into(),
        FieldKind::Float => "double precision".into(),
        FieldKind::Decimal { .. } => "numeric".into(),
        FieldKind::Date => "date".into(),
        FieldKind::Time => "time".into(),
        FieldKind::DateTime { zoned: true } => "timestamptz".into(),
        FieldKind::DateTime { zoned: false } => "timestamp".into(),
        FieldKind::Uuid => "uuid".into(),
        FieldKind::Json if db_type == "json" => "json".into(),
        FieldKind::Json => "jsonb".into(),
        FieldKind::Enum | FieldKind::Array(_) | FieldKind::Other => base_type(db_type).into(),
    })
}

/// A type without its length or precision, by which a cast would cut or round: `numeric(10,2)[]` →
/// `numeric[]`.
pub fn base_type(db_type: &str) -> String {
    let mut out = String::with_capacity(db_type.len());
    let (mut quoted, mut depth) = (false, 0);
    for c in db_type.chars() {
        match c {
            '"' => quoted = !quoted,
            '(' if !quoted => depth += 1,
            ')' if !quoted => {
                depth -= 1;
                continue;
            }
            _ => {}
        }
        if depth == 0 {
            out.push(c);
        }
    }
    // These two mean a length of one where no length is given.
    for (short, any) in [("character", "bpchar"), ("bit", "varbit")] {
        if let Some(rest) = out.strip_prefix(short)
            && (rest.is_empty() || rest.starts_with('['))
        {
            return format!("{any}{rest}");
        }
    }
    out
}

impl QueryFragment<MultiBackend> for Sql {
    fn walk_ast<'b>(&'b self, mut out: AstPass<'_, 'b, MultiBackend>) -> QueryResult<()> {
        if !self.fixed_shape {
            out.unsafe_to_cache_prepared();
        }
        for part in &self.parts {
            match part {
                Part::Text(text) => out.push_sql(text),
                Part::Type(name) => out.push_sql(name),
                Part::Name(name) => out.push_identifier(name)?,
                Part::Value(DbValue::Null) => out.push_sql("NULL"),
                Part::Value(DbValue::Bool(v)) => out.push_bind_param::<st::Bool, bool>(v)?,
                Part::Value(DbValue::Integer(v)) => out.push_bind_param::<st::BigInt, i64>(v)?,
                Part::Value(DbValue::Float(v)) => out.push_bind_param::<st::Double, f64>(v)?,
                Part::Value(DbValue::Text(v)) => out.push_bind_param::<st::Text, String>(v)?,
                Part::Value(DbValue::Bytes(v)) => out.push_bind_param::<st::Binary, Vec<u8>>(v)?,
            }
        }
        Ok(())
    }
}

impl QueryId for Sql {
    type QueryId = ();
    const HAS_STATIC_QUERY_ID: bool = false;
}

impl Query for Sql {
    type SqlType = st::Untyped;
}

impl RunQueryDsl<DbConnection> for Sql {}

#[cfg(test)]
mod tests {
    use super::base_type;

    #[test]
    fn casts_neither_cut_nor_round() {
        for (declared, cast) in [
            ("numeric(10,2)", "numeric"),
            ("character varying(40)[]", "character varying[]"),
            ("timestamp(3) with time zone", "timestamp with time zone"),
            ("character(5)", "bpchar"),
            ("bit(8)", "varbit"),
            ("\"odd (type)\"", "\"odd (type)\""),
            ("shop.\"Mood\"", "shop.\"Mood\""),
        ] {
            assert_eq!(base_type(declared), cast);
        }
    }
}
