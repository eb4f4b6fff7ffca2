-- Which set of MCP tools a token gets.
ALTER TABLE tokens ADD COLUMN tool_mode TEXT NOT NULL DEFAULT 'auto'
    CHECK (tool_mode IN ('auto', 'full', 'compact'));
