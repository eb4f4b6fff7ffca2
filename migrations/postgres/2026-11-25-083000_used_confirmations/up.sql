-- Confirmations of writes that were used; forgotten long after they could be used again.
CREATE TABLE used_confirmations (
    nonce BYTEA NOT NULL PRIMARY KEY,
    expires_at TIMESTAMP NOT NULL
);
CREATE INDEX used_confirmations_expires_at_idx ON used_confirmations (expires_at);
