DROP INDEX tokens_by_use_idx;
DROP INDEX tokens_by_expiry_idx;
DROP INDEX tokens_by_creation_idx;
DROP INDEX tokens_by_name_idx;
DROP TABLE idempotency_keys;
