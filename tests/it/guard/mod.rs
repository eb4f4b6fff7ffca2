//! Who is let in at `/mcp/`.

mod refusals;
