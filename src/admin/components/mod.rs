//! The parts that pages are made of. A page never writes these by hand, so that all look and behave alike.

mod deed;
mod deletion;
mod dialog;
mod diff;
mod event;
mod feed;
mod feedback;
mod field;
mod icon;
mod list;
mod menu;
mod picker;
mod snippets;
mod text;
mod time;
mod viz;

pub use deed::{deed, deed_in_general};
pub use deletion::{Goes, goes_with, some_of};
pub use dialog::Dialog;
pub use diff::{Difference, diff};
pub use event::{
    SURFACES, changes_of, event, event_line, facts, heading, history, kind, object_path, own_event_line, word,
};
pub use feed::{FeedItem, feed};
pub use feedback::{Tone, alert, empty, error_summary, toast_part, told, told_part};
pub use field::{Choice, Field, Select, Switch, TextArea, confirm_password, framed};
pub use icon::{Icon, icon, icon_with};
pub use list::{Chip, Pager, Sort, chips, list_form, pager, search_box, search_input, sort_header};
pub use menu::{Menu, MenuItem};
pub use picker::{
    Change, EFFECT, Picker, apply_preset, can_card, changes, effect_card, held_table, sentence,
};
pub use snippets::snippets;
pub use text::{abbreviated, badge, code, dotted, number, plural};
pub use time::{ago, clock_time, log_time, moment, until};
pub use viz::{days, hours, viz};
