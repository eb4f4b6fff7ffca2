-- The expiry that was told of in the audit log before it came.
ALTER TABLE tokens ADD COLUMN noticed_expiry TIMESTAMP;
