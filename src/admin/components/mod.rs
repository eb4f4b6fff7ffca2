//! The parts that pages are made of. A page never writes these by hand, so that all look and behave alike.

mod feedback;
mod field;
mod icon;
mod list;
mod menu;
mod text;
mod time;

pub use feedback::{Tone, alert, empty, error_summary, toast, toast_part};
pub use field::{Choice, Field, Select, Switch, TextArea, confirm_password};
pub use icon::{Icon, icon, icon_with};
pub use list::{Chip, Pager, Sort, chips, pager, search_box, sort_header};
pub use menu::{Menu, MenuItem};
pub use text::{abbreviated, badge, code, dotted, number, plural};
pub use time::{ago, clock_time, day, moment};
