//! What the address of a list says: search, filters, order, columns, place. Links of the list are made from
//! it, so that each keeps what the others chose.

use super::{Records, columns, names};
use crate::admin::components::Sort;
use crate::admin::form::Form;
use crate::admin::paths::Path;
use crate::apps::{Count, Cursor, ListQuery, Model, filters_of_texts};
use crate::error::{Error, Result};

/// Rows of a page.
pub const ROWS: u32 = 50;
/// Columns that can be shown at once.
const MOST_COLUMNS: usize = 30;
/// Most bytes of values that a page reads.
const MOST_BYTES: usize = 8 << 20;

/// What an address asks for.
#[derive(Debug, Clone, Default)]
pub struct Asked {
    /// Search words.
    pub search: String,
    /// Filters by key, e.g. `created_at__gte`, with what was typed.
    pub filters: Vec<(String, String)>,
    /// `title` or `-title`.
    pub sort: Option<String>,
    /// Names of the columns that were chosen; empty = nobody chose.
    pub columns: Vec<String>,
    /// Whether to count exactly, however long it takes.
    pub counts: bool,
    /// Where the page begins.
    pub cursor: Option<String>,
}

impl Asked {
    /// Reads an address; what is not known is left out.
    pub fn read(form: &Form) -> Self {
        let filters = form.pairs().filter_map(|(name, text)| {
            let key = name.strip_prefix("f.")?;
            (!text.is_empty()).then(|| (key.to_owned(), text.to_owned()))
        });
        Self {
            search: form.text("q").to_owned(),
            filters: filters.collect(),
            sort: form.filled("sort").map(str::to_owned),
            columns: form.all("c").take(MOST_COLUMNS).map(str::to_owned).collect(),
            counts: form.text("count") == "exact",
            cursor: form.filled("cursor").map(str::to_owned),
        }
    }

    /// Whether it is the whole list.
    pub fn is_everything(&self) -> bool {
        self.search.is_empty() && self.filters.is_empty()
    }

    /// What was typed for a filter.
    pub fn filter(&self, key: &str) -> &str {
        self.filters.iter().find(|(name, _)| name == key).map_or("", |(_, text)| text)
    }

    /// Adds all of it to an address, but not the place.
    pub fn onto(&self, mut path: Path) -> Path {
        if !self.search.is_empty() {
            path = path.with("q", &self.search);
        }
        for (key, text) in &self.filters {
            path = path.with(&names::filter(key), text);
        }
        for (name, text) in self.kept() {
            path = path.with(name, text);
        }
        path
    }

    /// What the search form keeps as it is: order, columns and counting.
    pub fn kept(&self) -> Vec<(&str, &str)> {
        let sort = self.sort.as_deref().map(|sort| ("sort", sort));
        let columns = self.columns.iter().map(|column| ("c", column.as_str()));
        sort.into_iter().chain(columns).chain(self.counts.then_some(("count", "exact"))).collect()
    }

    /// The same sorted by a column, or the other way round; and how it is sorted by it now.
    pub fn sorted_by(&self, model: &Model, field: usize) -> (Sort, Self) {
        let name = &*model.fields[field].name;
        let now = match self.sort.as_deref() {
            Some(sort) if sort == name => Sort::Ascending,
            Some(sort) if sort.strip_prefix('-') == Some(name) => Sort::Descending,
            Some(_) => Sort::No,
            None => match model.ordering.first() {
                Some(term) if term.field == field && term.descending => Sort::Descending,
                Some(term) if term.field == field => Sort::Ascending,
                _ => Sort::No,
            },
        };
        let sort = if now == Sort::Ascending { format!("-{name}") } else { name.to_owned() };
        (now, Self { sort: Some(sort), cursor: None, ..self.clone() })
    }

    /// Indexes of the columns to show: those that were chosen, else those that say most.
    pub fn columns(&self, records: &Records<'_>) -> Vec<usize> {
        let find = |name: &String| records.model.field(name).map(|(index, _)| index);
        let chosen: Vec<usize> = self.columns.iter().filter_map(find).collect();
        if chosen.is_empty() { columns::unasked(records) } else { chosen }
    }

    /// As the records are asked for.
    ///
    /// # Errors
    /// `Invalid` for the cursor.
    pub fn query(&self, records: &Records<'_>, columns: &[usize]) -> Result<ListQuery> {
        let model = records.model;
        let cursor = self.cursor.as_deref().map(Cursor::parse).transpose()?;
        // The key leads to the record, and the label stands in for an empty first column.
        let mut fields = crate::apps::record::label_fields(model);
        fields.extend(columns.iter().filter(|index| !fields.contains(index)).collect::<Vec<_>>());
        Ok(ListQuery {
            filters: filters_of_texts(model, self.filters.iter().cloned()),
            search: Some(self.search.clone()).filter(|text| !text.is_empty()),
            order_by: self.sort.iter().cloned().collect(),
            fields: Some(fields.iter().map(|&index| model.fields[index].name.to_string()).collect()),
            limit: ROWS,
            offset: 0,
            cursor,
            count: if self.counts { Count::Exact } else { Count::Estimate },
            max_bytes: Some(MOST_BYTES),
            versions: false,
        })
    }
}

/// What is wrong with an address, by the name of the control that it is about.
///
/// # Errors
/// The error itself, if it is about something else.
pub fn errors(error: Error) -> Result<crate::admin::form::FormErrors> {
    let mut errors = crate::admin::form::FormErrors::of(error)?;
    for one in &mut errors.fields {
        one.field = match one.field.strip_prefix("filters.") {
            Some(key) => names::filter_id(key),
            None if one.field == "search" => "q".to_owned(),
            None => one.field.clone(),
        };
    }
    Ok(errors)
}
