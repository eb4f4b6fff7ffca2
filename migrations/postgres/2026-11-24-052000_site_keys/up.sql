-- Keys that every replica of the site shares; made when they are first needed.
CREATE TABLE site_keys (
    name TEXT PRIMARY KEY,
    value BYTEA NOT NULL
);
