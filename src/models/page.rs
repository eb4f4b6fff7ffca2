//! Where a part of a list begins: behind a known row, so that an index leads there.

use serde::{Deserialize, Serialize};

use super::Slice;
use crate::clock::UtcTime;
use crate::error::{Error, Result};

/// The place of a row in a sorted list: what it is sorted by, and the id, which decides among equals.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Mark {
    /// Sorted by id.
    Id(i64),
    /// Sorted by a text.
    Text(String, i64),
    /// Sorted by a time.
    Time(UtcTime, i64),
    /// Sorted by two texts, such as app and codename.
    Pair(String, String, i64),
}

/// The place behind which a slice begins, in a list whose places `expected` reads.
///
/// # Errors
/// `Invalid` for the place of a list that is sorted by something else.
pub fn after<T>(slice: &Slice<Mark>, expected: impl FnOnce(&Mark) -> Option<T>) -> Result<Option<T>> {
    match &slice.after {
        None => Ok(None),
        Some(mark) => expected(mark).map(Some).ok_or_else(|| {
            Error::invalid("cursor", "this is no cursor of this list; begin with its first page")
        }),
    }
}

impl Mark {
    /// Of a list in order of id.
    pub fn as_id(&self) -> Option<i64> {
        if let Self::Id(id) = *self { Some(id) } else { None }
    }

    /// Of a list in order of a text.
    pub fn as_text(&self) -> Option<(String, i64)> {
        if let Self::Text(text, id) = self { Some((text.clone(), *id)) } else { None }
    }

    /// Of a list in order of a time.
    pub fn as_time(&self) -> Option<(UtcTime, i64)> {
        if let Self::Time(time, id) = *self { Some((time, id)) } else { None }
    }

    /// Of a list in order of two texts.
    pub fn as_pair(&self) -> Option<(String, String, i64)> {
        if let Self::Pair(one, two, id) = self { Some((one.clone(), two.clone(), *id)) } else { None }
    }
}

/// Sorts a boxed query by a column and the id, both in the same direction, and begins behind a place:
/// `seek!(query, descending, column, value of the place, id column, after)`. The bound on the column alone
/// lets the databases begin in an index.
macro_rules! seek {
    ($query:expr, $descending:expr, $column:expr, $value:expr, $id:expr, $after:expr) => {{
        let mut query = $query;
        if let Some((value, id)) = $after {
            let value = || $value(value.clone());
            query = if $descending {
                query.filter($column.le(value())).filter($column.lt(value()).or($id.lt(id)))
            } else {
                query.filter($column.ge(value())).filter($column.gt(value()).or($id.gt(id)))
            };
        }
        if $descending {
            query.order(($column.desc(), $id.desc()))
        } else {
            query.order(($column.asc(), $id.asc()))
        }
    }};
}
/// The same for a list that is sorted by its id: `seek_id!(query, descending, id column, after)`.
macro_rules! seek_id {
    ($query:expr, $descending:expr, $id:expr, $after:expr) => {{
        let mut query = $query;
        if let Some(id) = $after {
            query = if $descending { query.filter($id.lt(id)) } else { query.filter($id.gt(id)) };
        }
        if $descending { query.order($id.desc()) } else { query.order($id.asc()) }
    }};
}
/// The same for two texts and the id, `columns` being the three.
macro_rules! seek_pair {
    ($query:expr, $descending:expr, $columns:expr, $after:expr) => {{
        let mut query = $query;
        let (one, two, id) = $columns;
        if let Some((a, b, last)) = $after {
            query = if $descending {
                let same = two.lt(b.clone()).or(two.eq(b).and(id.lt(last)));
                query.filter(one.lt(a.clone()).or(one.eq(a).and(same)))
            } else {
                let same = two.gt(b.clone()).or(two.eq(b).and(id.gt(last)));
                query.filter(one.gt(a.clone()).or(one.eq(a).and(same)))
            };
        }
        if $descending {
            query.order((one.desc(), two.desc(), id.desc()))
        } else {
            query.order((one.asc(), two.asc(), id.asc()))
        }
    }};
}
pub(super) use {seek, seek_id, seek_pair};
