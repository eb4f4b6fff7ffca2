//! The pages of the admin, over HTTP and without JavaScript.

mod account;
mod apps;
mod pages;
mod palette;
mod records;
mod audit;
mod dashboard;
mod pages;
mod people;
mod setup;
mod sign_in;
