//! What every answer carries, and the files that are served beside the doors.

mod files;
mod headers;
