//! The endpoint as clients meet it: forms, eras, statuses, and what each token sees.

mod actions;
mod builtin;
mod bulk;
mod confirm;
mod deletions;
mod hidden;
mod inputs;
mod limits;
mod nested;
mod oracle;
mod permissions;
mod prompts;
mod rehearsal;
mod related;
mod resources;
mod statuses;
mod streams;
mod tool_mode;
