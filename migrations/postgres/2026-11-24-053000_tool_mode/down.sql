ALTER TABLE tokens DROP COLUMN tool_mode;
