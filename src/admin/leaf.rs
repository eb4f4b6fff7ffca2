//! One leaf of a long list: it begins behind a known row and can be turned both ways, so that every leaf
//! costs the same.

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde::Serialize;
use serde::de::DeserializeOwned;

use super::components::{Pager, number};
use super::form::Form;
use super::paths::Path;
use crate::error::{Error, Result};
use crate::services::{Slice, Sliced};

/// Rows of a leaf.
pub const ROWS: i64 = 50;

/// Which leaf is wanted.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Turn<K> {
    /// The first one.
    First,
    /// The one behind this place.
    After(K),
    /// The one before this place.
    Before(K),
}

impl<K: DeserializeOwned> Turn<K> {
    /// From the parameters `after` and `before` of an address.
    ///
    /// # Errors
    /// `Malformed` for a place that was not made by [`Leaf::pager`].
    pub fn of(query: &Form) -> Result<Self> {
        match (query.filled("after"), query.filled("before")) {
            (Some(place), _) => Ok(Self::After(decode(place)?)),
            (None, Some(place)) => Ok(Self::Before(decode(place)?)),
            (None, None) => Ok(Self::First),
        }
    }
}

fn decode<K: DeserializeOwned>(place: &str) -> Result<K> {
    let bytes = URL_SAFE_NO_PAD.decode(place).ok();
    bytes.and_then(|bytes| serde_json::from_slice(&bytes).ok()).ok_or_else(|| {
        Error::Malformed("The address is no page of this list; begin with its first page".into())
    })
}

fn encode<K: Serialize>(place: &K) -> String {
    URL_SAFE_NO_PAD.encode(serde_json::to_vec(place).unwrap_or_default())
}

/// Rows of a list, and where it goes on.
#[derive(Debug)]
pub struct Leaf<T, K> {
    /// The rows, in the order of the list.
    pub rows: Vec<T>,
    /// The place that the leaf before ends at.
    pub previous: Option<K>,
    /// The place that the leaf behind begins at.
    pub next: Option<K>,
    /// Rows of the whole list, if they were counted.
    pub total: Option<i64>,
}

/// Reads a leaf. `list` reads a slice, in the opposite order if its flag says so; `place` tells where a row
/// is.
///
/// # Errors
/// What `list` returns.
pub fn turn<T, K>(
    turn: Turn<K>,
    count: bool,
    mut list: impl FnMut(bool, &Slice<K>) -> Result<Sliced<T, K>>,
    place: impl Fn(&T) -> K,
) -> Result<Leaf<T, K>> {
    let slice = |after| Slice { after, limit: ROWS, count };
    if let Turn::Before(mark) = turn {
        let found = list(true, &slice(Some(mark)))?;
        let is_whole = found.next.is_some();
        if is_whole {
            let mut rows = found.rows;
            rows.reverse();
            let (previous, next) = (rows.first().map(&place), rows.last().map(&place));
            return Ok(Leaf { rows, previous, next, total: found.total });
        }
        // So near to the beginning a leaf would be short: begin there.
        let Sliced { rows, next, total } = list(false, &slice(None))?;
        return Ok(Leaf { rows, previous: None, next, total });
    }
    let after = if let Turn::After(mark) = turn { Some(mark) } else { None };
    let is_first = after.is_none();
    let Sliced { rows, next, total } = list(false, &slice(after))?;
    let previous = if is_first { None } else { rows.first().map(place) };
    Ok(Leaf { rows, previous, next, total })
}

impl<T, K: Serialize> Leaf<T, K> {
    /// The foot of the list; `list` is its address with its filters.
    pub fn pager(&self, list: &Path) -> Pager {
        let shown = i64::try_from(self.rows.len()).unwrap_or(i64::MAX);
        let text = match self.total {
            Some(total) if total == shown => format!("{} in all", number(total)),
            Some(total) => format!("{} of {}", number(shown), number(total)),
            None => String::new(),
        };
        Pager {
            text,
            previous: self.previous.as_ref().map(|place| list.clone().with("before", encode(place))),
            next: self.next.as_ref().map(|place| list.clone().with("after", encode(place))),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Numbers 0..count, sliced like a table.
    fn numbers(count: i64) -> impl FnMut(bool, &Slice<i64>) -> Result<Sliced<i64, i64>> {
        move |backward, slice| {
            let mut all: Vec<i64> = (0..count).collect();
            if backward {
                all.reverse();
            }
            let behind =
                |n: &i64| slice.after.is_none_or(|after| if backward { *n < after } else { *n > after });
            let rows =
                all.into_iter().filter(behind).take(usize::try_from(slice.limit).unwrap() + 1).collect();
            Ok(Sliced::cut(rows, slice.limit, slice.count.then_some(count), |n| *n))
        }
    }

    #[test]
    fn leaves_can_be_turned_both_ways() {
        let first = turn(Turn::First, true, numbers(120), |n| *n).unwrap();
        assert_eq!((first.rows[0], first.rows[49], first.previous, first.next), (0, 49, None, Some(49)));
        let second = turn(Turn::After(49), true, numbers(120), |n| *n).unwrap();
        assert_eq!(
            (second.rows[0], second.rows[49], second.previous, second.next),
            (50, 99, Some(50), Some(99))
        );
        let third = turn(Turn::After(99), false, numbers(120), |n| *n).unwrap();
        assert_eq!((third.rows.len(), third.previous, third.next), (20, Some(100), None));
        let back = turn(Turn::Before(100), true, numbers(120), |n| *n).unwrap();
        assert_eq!((back.rows, back.previous, back.next), (second.rows, Some(50), Some(99)));
        let start = turn(Turn::Before(50), true, numbers(120), |n| *n).unwrap();
        assert_eq!((start.rows, start.previous, start.next), (first.rows, None, Some(49)));
    }

    #[test]
    fn places_travel_in_addresses() {
        let leaf = turn(Turn::After(49), true, numbers(120), |n| *n).unwrap();
        let pager = leaf.pager(&super::super::paths::users());
        assert_eq!(pager.text, "50 of 120");
        let next = pager.next.unwrap().as_str().split_once('?').unwrap().1.to_owned();
        assert_eq!(Turn::<i64>::of(&Form::parse(&next).unwrap()).unwrap(), Turn::After(99));
        assert!(Turn::<i64>::of(&Form::parse("after=nonsense").unwrap()).is_err());
    }
}
