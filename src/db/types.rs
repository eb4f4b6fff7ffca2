//! How our own value types stand in columns. The implementations are generic over the backend, because
//! the multi backend asks for each of them.

use chrono::NaiveDateTime;
use diesel::backend::Backend;
use diesel::deserialize::{self, FromSql};
use diesel::serialize::{self, Output, ToSql};
use diesel::sql_types::{Binary, Text, Timestamp};

use crate::auth::{SessionDigest, TokenDigest, ToolMode};
use crate::clock::UtcTime;

/// Makes a newtype over `i64` for the ids of one table.
macro_rules! id_type {
    ($(#[$doc:meta] $name:ident),+ $(,)?) => {$(
        #[$doc]
        #[derive(
            Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash,
            serde::Serialize, serde::Deserialize,
            diesel::expression::AsExpression, diesel::deserialize::FromSqlRow,
        )]
        #[diesel(sql_type = diesel::sql_types::BigInt)]
        #[serde(transparent)]
        pub struct $name(pub i64);

        impl<DB: Backend> FromSql<diesel::sql_types::BigInt, DB> for $name
        where
            i64: FromSql<diesel::sql_types::BigInt, DB>,
        {
            fn from_sql(bytes: DB::RawValue<'_>) -> deserialize::Result<Self> {
                i64::from_sql(bytes).map(Self)
            }
        }

        impl<DB: Backend> ToSql<diesel::sql_types::BigInt, DB> for $name
        where
            i64: ToSql<diesel::sql_types::BigInt, DB>,
        {
            fn to_sql<'b>(&'b self, out: &mut Output<'b, '_, DB>) -> serialize::Result {
                self.0.to_sql(out)
            }
        }

        impl std::fmt::Display for $name {
            fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                self.0.fmt(f)
            }
        }
    )+};
}

id_type! {
    /// Id of a user.
    UserId,
    /// Id of a group.
    GroupId,
    /// Id of a content type.
    ContentTypeId,
    /// Id of a permission.
    PermissionId,
    /// Id of a token.
    TokenId,
    /// Id of an entry of the audit log.
    LogEntryId,
    /// Id of a session of the admin.
    SessionId,
}

impl<DB: Backend> FromSql<Timestamp, DB> for UtcTime
where
    NaiveDateTime: FromSql<Timestamp, DB>,
{
    fn from_sql(bytes: DB::RawValue<'_>) -> deserialize::Result<Self> {
        NaiveDateTime::from_sql(bytes).map(Self::from_naive)
    }
}

impl<DB: Backend> ToSql<Timestamp, DB> for UtcTime
where
    NaiveDateTime: ToSql<Timestamp, DB>,
{
    fn to_sql<'b>(&'b self, out: &mut Output<'b, '_, DB>) -> serialize::Result {
        self.as_naive().to_sql(out)
    }
}

/// Lets a digest of 32 bytes stand in a binary column.
macro_rules! digest_column {
    ($($name:ident),+) => {$(
        impl<DB: Backend> FromSql<Binary, DB> for $name
        where
            Vec<u8>: FromSql<Binary, DB>,
        {
            fn from_sql(bytes: DB::RawValue<'_>) -> deserialize::Result<Self> {
                let bytes = Vec::<u8>::from_sql(bytes)?;
                Self::from_slice(&bytes).ok_or_else(|| "a digest has 32 bytes".into())
            }
        }

        impl<DB: Backend> ToSql<Binary, DB> for $name
        where
            [u8]: ToSql<Binary, DB>,
        {
            fn to_sql<'b>(&'b self, out: &mut Output<'b, '_, DB>) -> serialize::Result {
                <[u8] as ToSql<Binary, DB>>::to_sql(self.as_bytes(), out)
            }
        }
    )+};
}

digest_column!(TokenDigest, SessionDigest);

impl<DB: Backend> FromSql<Text, DB> for ToolMode
where
    String: FromSql<Text, DB>,
{
    fn from_sql(bytes: DB::RawValue<'_>) -> deserialize::Result<Self> {
        Self::parse(&String::from_sql(bytes)?).ok_or_else(|| "a tool mode is auto, full or compact".into())
    }
}

impl<DB: Backend> ToSql<Text, DB> for ToolMode
where
    str: ToSql<Text, DB>,
{
    fn to_sql<'b>(&'b self, out: &mut Output<'b, '_, DB>) -> serialize::Result {
        <str as ToSql<Text, DB>>::to_sql(self.as_str(), out)
    }
}
