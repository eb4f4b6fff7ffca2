//! The ways in which a filter compares, and which of them fit which kind of field.

use crate::apps::model::FieldKind;

/// How a filter compares.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Lookup {
    Exact,
    Iexact,
    Contains,
    Icontains,
    Startswith,
    Istartswith,
    Endswith,
    Iendswith,
    Gt,
    Gte,
    Lt,
    Lte,
    In,
    Isnull,
    Range,
    Year,
    Date,
}

use Lookup::{
    Contains, Date, Endswith, Exact, Gt, Gte, Icontains, Iendswith, Iexact, In, Isnull, Istartswith, Lt, Lte,
    Range, Startswith, Year,
};

const ALL: [Lookup; 17] = [
    Exact,
    Iexact,
    Contains,
    Icontains,
    Startswith,
    Istartswith,
    Endswith,
    Iendswith,
    Gt,
    Gte,
    Lt,
    Lte,
    In,
    Isnull,
    Range,
    Year,
    Date,
];

impl Lookup {
    /// By its name in filters.
    pub fn parse(name: &str) -> Option<Self> {
        ALL.into_iter().find(|l| l.name() == name)
    }

    /// Its name in filters.
    pub fn name(self) -> &'static str {
        match self {
            Exact => "exact",
            Iexact => "iexact",
            Contains => "contains",
            Icontains => "icontains",
            Startswith => "startswith",
            Istartswith => "istartswith",
            Endswith => "endswith",
            Iendswith => "iendswith",
            Gt => "gt",
            Gte => "gte",
            Lt => "lt",
            Lte => "lte",
            In => "in",
            Isnull => "isnull",
            Range => "range",
            Year => "year",
            Date => "date",
        }
    }

    /// Those that fit a kind.
    pub fn allowed(kind: &FieldKind) -> &'static [Self] {
        match kind {
            FieldKind::Integer { .. } | FieldKind::Float | FieldKind::Decimal { .. } | FieldKind::Time => {
                &[Exact, Gt, Gte, Lt, Lte, In, Range, Isnull]
            }
            FieldKind::Date => &[Exact, Gt, Gte, Lt, Lte, In, Range, Year, Isnull],
            FieldKind::DateTime { .. } => &[Exact, Gt, Gte, Lt, Lte, In, Range, Year, Date, Isnull],
            FieldKind::Text => &[
                Exact,
                Iexact,
                Contains,
                Icontains,
                Startswith,
                Istartswith,
                Endswith,
                Iendswith,
                Gt,
                Gte,
                Lt,
                Lte,
                In,
                Range,
                Isnull,
            ],
            FieldKind::Enum | FieldKind::Other => &[
                Exact,
                Iexact,
                Contains,
                Icontains,
                Startswith,
                Istartswith,
                Endswith,
                Iendswith,
                In,
                Isnull,
            ],
            FieldKind::Boolean | FieldKind::Uuid | FieldKind::Binary => &[Exact, In, Isnull],
            FieldKind::Json | FieldKind::Array(_) => &[Isnull],
        }
    }

    /// Whether case does not matter.
    pub fn ignores_case(self) -> bool {
        matches!(self, Iexact | Icontains | Istartswith | Iendswith)
    }
}
