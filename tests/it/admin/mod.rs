//! The pages of the admin, over HTTP and without JavaScript.

mod account;
mod apps;
mod audit;
mod dashboard;
mod menus;
mod pages;
mod palette;
mod people;
mod previews;
mod records;
mod scale;
pub mod setup;
mod sign_in;
mod tokens;
mod undo;
