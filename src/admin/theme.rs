//! How the pages look and behave for one browser: light or dark, single-key shortcuts on or off. Both are
//! cookies that the browser's script reads too, so that the first paint is right.

use actix_web::HttpRequest;
use actix_web::cookie::time::Duration;
use actix_web::cookie::{Cookie, SameSite};

/// The cookies' names.
pub const THEME: &str = "theme";
pub const SHORTCUTS: &str = "shortcuts";

/// Light, dark, or what the system says.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Theme {
    /// What the system says.
    System,
    /// Light.
    Light,
    /// Dark.
    Dark,
}

impl Theme {
    /// All of them, as they are offered.
    pub const ALL: [Self; 3] = [Self::System, Self::Light, Self::Dark];

    /// As the cookie has it.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::System => "system",
            Self::Light => "light",
            Self::Dark => "dark",
        }
    }

    /// For people.
    pub fn label(self) -> &'static str {
        match self {
            Self::System => "System",
            Self::Light => "Light",
            Self::Dark => "Dark",
        }
    }

    /// The theme of this name; an unknown one is the system's.
    pub fn named(name: &str) -> Self {
        Self::ALL.into_iter().find(|theme| theme.as_str() == name).unwrap_or(Self::System)
    }

    /// What the browser chose.
    pub fn of(request: &HttpRequest) -> Self {
        request.cookie(THEME).map_or(Self::System, |cookie| Self::named(cookie.value()))
    }
}

/// Whether single-key shortcuts are switched off.
pub fn shortcuts_off(request: &HttpRequest) -> bool {
    request.cookie(SHORTCUTS).is_some_and(|cookie| cookie.value() == "off")
}

/// A cookie that remembers a choice for a year.
pub fn remember(name: &'static str, value: &'static str) -> Cookie<'static> {
    Cookie::build(name, value).path("/").same_site(SameSite::Lax).max_age(Duration::days(365)).finish()
}
