//! The icons: Lucide's, written into the page. They are always decoration; the words are beside them, or in
//! the `aria-label` of the button. Nowhere else is anything printed into a page without being escaped.

use maud::{Markup, PreEscaped, html};

/// `Name "file"` for each icon of `static/lucide/`.
macro_rules! icons {
    ($($name:ident $file:literal,)+) => {
        /// An icon, by its Lucide name.
        #[derive(Debug, Clone, Copy, PartialEq, Eq)]
        pub enum Icon {
            $(#[doc = $file] $name,)+
        }

        impl Icon {
            #[cfg(test)]
            const ALL: &[(Self, &'static str)] = &[$((Self::$name, $file),)+];

            /// The file as it was released.
            fn source(self) -> &'static str {
                match self {
                    $(Self::$name => {
                        include_str!(concat!("../../../static/lucide/", $file, ".svg"))
                    })+
                }
            }
        }
    };
}

icons! {
    ArrowDown "arrow-down",
    ArrowUp "arrow-up",
    Ban "ban",
    Check "check",
    ChevronLeft "chevron-left",
    ChevronRight "chevron-right",
    ChevronsUpDown "chevrons-up-down",
    CircleAlert "circle-alert",
    CircleCheck "circle-check",
    CircleHelp "circle-help",
    Clock "clock",
    Copy "copy",
    Database "database",
    Download "download",
    Ellipsis "ellipsis",
    History "history",
    Info "info",
    KeyRound "key-round",
    LayoutDashboard "layout-dashboard",
    Lock "lock",
    LogOut "log-out",
    Menu "menu",
    Pencil "pencil",
    Plug "plug",
    Plus "plus",
    Power "power",
    RefreshCw "refresh-cw",
    ScrollText "scroll-text",
    Search "search",
    Trash2 "trash-2",
    TriangleAlert "triangle-alert",
    UserRound "user-round",
    Users "users",
    X "x",
}

/// The icon, 16 px, in the colour of the text.
pub fn icon(icon: Icon) -> Markup {
    icon_with(icon, "")
}

/// The same with one more class.
pub fn icon_with(icon: Icon, class: &str) -> Markup {
    html! {
        svg class={ "i" @if !class.is_empty() { " " (class) } } width="16" height="16" viewBox="0 0 24 24"
            fill="none" stroke="currentColor" stroke-width="2" stroke-linecap="round" stroke-linejoin="round"
            aria-hidden="true" {
            @for line in shapes(icon).lines() { (PreEscaped(line.trim())) }
        }
    }
}

/// What is between the tags of the file.
fn shapes(icon: Icon) -> &'static str {
    let inside = icon.source().split_once("\n>").map_or("", |(_, rest)| rest);
    inside.split_once("</svg>").map_or("", |(shapes, _)| shapes)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_icon_has_shapes_and_nothing_that_runs() {
        for (icon, file) in Icon::ALL {
            let shapes = shapes(*icon).trim();
            assert!(shapes.starts_with('<') && shapes.ends_with("/>"), "{file}: {shapes}");
            for word in ["script", "style", "href", "on"] {
                assert!(
                    !shapes.contains(&format!(" {word}")) && !shapes.contains(&format!("<{word}")),
                    "{file}"
                );
            }
        }
    }

    #[test]
    fn every_file_is_an_icon() {
        let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/static/lucide");
        let entries = std::fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path());
        let mut files: Vec<String> = entries
            .filter(|path| path.extension().is_some_and(|e| e == "svg"))
            .map(|path| path.file_stem().unwrap().to_str().unwrap().to_owned())
            .collect();
        files.sort();
        let mut named: Vec<&str> = Icon::ALL.iter().map(|(_, file)| *file).collect();
        named.sort_unstable();
        assert_eq!(files, named);
    }
}
