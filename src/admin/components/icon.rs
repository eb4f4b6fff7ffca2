//! stub
use maud::{Markup, html};
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Icon {
    ArrowDown,
    ArrowUp,
    Ban,
    Check,
    ChevronLeft,
    ChevronRight,
    ChevronsUpDown,
    CircleAlert,
    CircleCheck,
    CircleHelp,
    Clock,
    Copy,
    Database,
    Download,
    Ellipsis,
    History,
    Info,
    KeyRound,
    LayoutDashboard,
    Link,
    Lock,
    LogOut,
    Menu,
    Pencil,
    Plug,
    Plus,
    Power,
    RefreshCw,
    ScrollText,
    Search,
    Trash2,
    TriangleAlert,
    Undo2,
    UserRound,
    Users,
    X,
}
pub fn icon(_i: Icon) -> Markup {
    html! { "i" }
}
pub fn icon_with(_i: Icon, _c: &str) -> Markup {
    html! { "i" }
}
