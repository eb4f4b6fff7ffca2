//! The pages of the admin, over HTTP and without JavaScript.

mod account;
mod pages;
mod setup;
mod sign_in;
