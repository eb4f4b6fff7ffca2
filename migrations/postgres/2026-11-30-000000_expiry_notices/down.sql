ALTER TABLE tokens DROP COLUMN noticed_expiry;
