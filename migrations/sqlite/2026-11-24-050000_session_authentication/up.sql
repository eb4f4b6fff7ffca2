-- When the password was last given: what makes secrets asks for it again after a while.
DELETE FROM sessions;
ALTER TABLE sessions ADD COLUMN authenticated_at TIMESTAMP NOT NULL DEFAULT '1970-01-01 00:00:00';
