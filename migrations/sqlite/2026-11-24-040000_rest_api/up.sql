-- Keys under which something was made once; see the header Idempotency-Key.
CREATE TABLE idempotency_keys (
    digest BLOB NOT NULL PRIMARY KEY,
    body_digest BLOB NOT NULL,
    object_id BIGINT NOT NULL,
    created_at TIMESTAMP NOT NULL
);
CREATE INDEX idempotency_keys_created_at_idx ON idempotency_keys (created_at);

-- The orders in which tokens are listed page by page. What has no time comes as the latest expiry, and as
-- the earliest use.
CREATE INDEX tokens_by_name_idx ON tokens (name, id);
CREATE INDEX tokens_by_creation_idx ON tokens (created_at, id);
CREATE INDEX tokens_by_expiry_idx ON tokens (coalesce(expires_at, '9999-12-31 23:59:59'), id);
CREATE INDEX tokens_by_use_idx ON tokens (coalesce(last_used_at, '0001-01-01 00:00:00'), id);
