//! How many tools an MCP client gets: one for each operation of each model, or one for each operation.

use serde::{Deserialize, Serialize};

/// Which set of tools a token gets.
#[derive(
    Debug,
    Clone,
    Copy,
    PartialEq,
    Eq,
    Hash,
    Default,
    Serialize,
    Deserialize,
    clap::ValueEnum,
    diesel::expression::AsExpression,
    diesel::deserialize::FromSqlRow,
)]
#[diesel(sql_type = diesel::sql_types::Text)]
#[serde(rename_all = "lowercase")]
pub enum ToolMode {
    /// What the site says; there, what fits the number of tools.
    #[default]
    Auto,
    /// A tool for each operation of each model.
    Full,
    /// One tool an operation, which takes the model as an argument.
    Compact,
}

impl ToolMode {
    /// As it is stored and written.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Auto => "auto",
            Self::Full => "full",
            Self::Compact => "compact",
        }
    }

    /// Reads what [`as_str`](Self::as_str) writes.
    pub fn parse(text: &str) -> Option<Self> {
        [Self::Auto, Self::Full, Self::Compact].into_iter().find(|mode| mode.as_str() == text)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn modes_are_read_as_they_are_written() {
        for mode in [ToolMode::Auto, ToolMode::Full, ToolMode::Compact] {
            assert_eq!(ToolMode::parse(mode.as_str()), Some(mode));
            assert_eq!(serde_json::to_value(mode).unwrap(), mode.as_str());
        }
        assert_eq!(ToolMode::parse("Full"), None);
    }
}
