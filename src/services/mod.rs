//! What can be done, by whom: permission, rule, data, audit. Services see an actor, a transaction and a
//! clock, never a request.

pub mod audit;
