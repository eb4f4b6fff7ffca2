-- Everything that the service keeps about itself. Times are UTC; ids never come back after a deletion.

CREATE TABLE users (
    id INTEGER NOT NULL PRIMARY KEY AUTOINCREMENT,
    username TEXT NOT NULL,
    email TEXT NOT NULL DEFAULT '',
    password_hash TEXT,
    is_active BOOLEAN NOT NULL DEFAULT 1,
    is_staff BOOLEAN NOT NULL DEFAULT 0,
    is_superuser BOOLEAN NOT NULL DEFAULT 0,
    date_joined TIMESTAMP NOT NULL,
    last_login TIMESTAMP
);
CREATE UNIQUE INDEX users_username_key ON users (lower(username));

CREATE TABLE groups (
    id INTEGER NOT NULL PRIMARY KEY AUTOINCREMENT,
    name TEXT NOT NULL UNIQUE
);

CREATE TABLE content_types (
    id INTEGER NOT NULL PRIMARY KEY AUTOINCREMENT,
    app_label TEXT NOT NULL,
    model TEXT NOT NULL,
    name TEXT NOT NULL,
    is_stale BOOLEAN NOT NULL DEFAULT 0,
    UNIQUE (app_label, model)
);

CREATE TABLE permissions (
    id INTEGER NOT NULL PRIMARY KEY AUTOINCREMENT,
    content_type_id BIGINT NOT NULL REFERENCES content_types (id) ON DELETE CASCADE,
    codename TEXT NOT NULL,
    name TEXT NOT NULL,
    UNIQUE (content_type_id, codename)
);

CREATE TABLE tokens (
    id INTEGER NOT NULL PRIMARY KEY AUTOINCREMENT,
    name TEXT NOT NULL,
    user_id BIGINT NOT NULL REFERENCES users (id),
    prefix TEXT NOT NULL,
    digest BLOB NOT NULL UNIQUE,
    hash_alg TEXT NOT NULL,
    is_active BOOLEAN NOT NULL DEFAULT 1,
    created_at TIMESTAMP NOT NULL,
    expires_at TIMESTAMP,
    last_used_at TIMESTAMP,
    last_used_ip TEXT,
    note TEXT NOT NULL DEFAULT '',
    limit_to_owner BOOLEAN NOT NULL DEFAULT 0,
    previous_digest BLOB UNIQUE,
    previous_expires_at TIMESTAMP
);
CREATE INDEX tokens_user_id_idx ON tokens (user_id);
CREATE INDEX tokens_name_idx ON tokens (name);
CREATE INDEX tokens_prefix_idx ON tokens (prefix);
CREATE INDEX tokens_expires_at_idx ON tokens (expires_at);
CREATE INDEX tokens_last_used_at_idx ON tokens (last_used_at);

CREATE TABLE user_groups (
    user_id BIGINT NOT NULL REFERENCES users (id) ON DELETE CASCADE,
    group_id BIGINT NOT NULL REFERENCES groups (id) ON DELETE CASCADE,
    PRIMARY KEY (user_id, group_id)
);
CREATE INDEX user_groups_group_id_idx ON user_groups (group_id);

CREATE TABLE user_permissions (
    user_id BIGINT NOT NULL REFERENCES users (id) ON DELETE CASCADE,
    permission_id BIGINT NOT NULL REFERENCES permissions (id) ON DELETE CASCADE,
    PRIMARY KEY (user_id, permission_id)
);
CREATE INDEX user_permissions_permission_id_idx ON user_permissions (permission_id);

CREATE TABLE group_permissions (
    group_id BIGINT NOT NULL REFERENCES groups (id) ON DELETE CASCADE,
    permission_id BIGINT NOT NULL REFERENCES permissions (id) ON DELETE CASCADE,
    PRIMARY KEY (group_id, permission_id)
);
CREATE INDEX group_permissions_permission_id_idx ON group_permissions (permission_id);

CREATE TABLE token_groups (
    token_id BIGINT NOT NULL REFERENCES tokens (id) ON DELETE CASCADE,
    group_id BIGINT NOT NULL REFERENCES groups (id) ON DELETE CASCADE,
    PRIMARY KEY (token_id, group_id)
);
CREATE INDEX token_groups_group_id_idx ON token_groups (group_id);

CREATE TABLE token_permissions (
    token_id BIGINT NOT NULL REFERENCES tokens (id) ON DELETE CASCADE,
    permission_id BIGINT NOT NULL REFERENCES permissions (id) ON DELETE CASCADE,
    PRIMARY KEY (token_id, permission_id)
);
CREATE INDEX token_permissions_permission_id_idx ON token_permissions (permission_id);

CREATE TABLE sessions (
    id INTEGER NOT NULL PRIMARY KEY AUTOINCREMENT,
    digest BLOB NOT NULL UNIQUE,
    user_id BIGINT NOT NULL REFERENCES users (id) ON DELETE CASCADE,
    created_at TIMESTAMP NOT NULL,
    last_seen_at TIMESTAMP NOT NULL,
    expires_at TIMESTAMP NOT NULL,
    ip TEXT,
    user_agent TEXT
);
CREATE INDEX sessions_user_id_idx ON sessions (user_id);

-- Append-only. It holds no references, so that it outlives what it names.
CREATE TABLE log_entries (
    id INTEGER NOT NULL PRIMARY KEY AUTOINCREMENT,
    at TIMESTAMP NOT NULL,
    actor_user_id BIGINT,
    actor_label TEXT NOT NULL,
    token_id BIGINT,
    token_label TEXT,
    surface TEXT NOT NULL,
    action TEXT NOT NULL,
    app_label TEXT NOT NULL,
    model TEXT NOT NULL,
    object_id TEXT NOT NULL,
    object_repr TEXT NOT NULL,
    changes TEXT NOT NULL,
    outcome TEXT NOT NULL,
    ip TEXT,
    request_id TEXT
);
CREATE INDEX log_entries_at_idx ON log_entries (at);
CREATE INDEX log_entries_object_idx ON log_entries (app_label, model, object_id);
CREATE INDEX log_entries_token_id_idx ON log_entries (token_id);
CREATE INDEX log_entries_actor_user_id_idx ON log_entries (actor_user_id);
CREATE INDEX log_entries_request_id_idx ON log_entries (request_id);

CREATE TABLE usage_buckets (
    token_id BIGINT NOT NULL REFERENCES tokens (id) ON DELETE CASCADE,
    hour TIMESTAMP NOT NULL,
    calls BIGINT NOT NULL DEFAULT 0,
    denials BIGINT NOT NULL DEFAULT 0,
    errors BIGINT NOT NULL DEFAULT 0,
    PRIMARY KEY (token_id, hour)
);
CREATE INDEX usage_buckets_hour_idx ON usage_buckets (hour);

-- One row: its number grows with every change of who may do what.
CREATE TABLE authz_epoch (
    id BIGINT PRIMARY KEY CHECK (id = 1),
    epoch BIGINT NOT NULL
);
INSERT INTO authz_epoch (id, epoch) VALUES (1, 1);
