//! The tables of our own database, written by hand once for both backends: PostgreSQL and SQLite
//! migrations give the same names and the same Diesel types.
#![expect(missing_docs, reason = "the columns are explained where rows are defined, in `models`")]

diesel::table! {
    users (id) {
        id -> BigInt,
        username -> Text,
        email -> Text,
        password_hash -> Nullable<Text>,
        is_active -> Bool,
        is_staff -> Bool,
        is_superuser -> Bool,
        date_joined -> Timestamp,
        last_login -> Nullable<Timestamp>,
    }
}

diesel::table! {
    groups (id) {
        id -> BigInt,
        name -> Text,
    }
}

diesel::table! {
    content_types (id) {
        id -> BigInt,
        app_label -> Text,
        model -> Text,
        name -> Text,
        is_stale -> Bool,
    }
}

diesel::table! {
    permissions (id) {
        id -> BigInt,
        content_type_id -> BigInt,
        codename -> Text,
        name -> Text,
    }
}

diesel::table! {
    tokens (id) {
        id -> BigInt,
        name -> Text,
        user_id -> BigInt,
        prefix -> Text,
        digest -> Binary,
        hash_alg -> Text,
        is_active -> Bool,
        created_at -> Timestamp,
        expires_at -> Nullable<Timestamp>,
        last_used_at -> Nullable<Timestamp>,
        last_used_ip -> Nullable<Text>,
        note -> Text,
        limit_to_owner -> Bool,
        tool_mode -> Text,
        previous_digest -> Nullable<Binary>,
        previous_expires_at -> Nullable<Timestamp>,
        noticed_expiry -> Nullable<Timestamp>,
    }
}

diesel::table! {
    user_groups (user_id, group_id) {
        user_id -> BigInt,
        group_id -> BigInt,
    }
}

diesel::table! {
    user_permissions (user_id, permission_id) {
        user_id -> BigInt,
        permission_id -> BigInt,
    }
}

diesel::table! {
    group_permissions (group_id, permission_id) {
        group_id -> BigInt,
        permission_id -> BigInt,
    }
}

diesel::table! {
    token_groups (token_id, group_id) {
        token_id -> BigInt,
        group_id -> BigInt,
    }
}

diesel::table! {
    token_permissions (token_id, permission_id) {
        token_id -> BigInt,
        permission_id -> BigInt,
    }
}

diesel::table! {
    sessions (id) {
        id -> BigInt,
        digest -> Binary,
        user_id -> BigInt,
        created_at -> Timestamp,
        last_seen_at -> Timestamp,
        expires_at -> Timestamp,
        ip -> Nullable<Text>,
        user_agent -> Nullable<Text>,
        authenticated_at -> Timestamp,
    }
}

diesel::table! {
    log_entries (id) {
        id -> BigInt,
        at -> Timestamp,
        actor_user_id -> Nullable<BigInt>,
        actor_label -> Text,
        token_id -> Nullable<BigInt>,
        token_label -> Nullable<Text>,
        surface -> Text,
        action -> Text,
        app_label -> Text,
        model -> Text,
        object_id -> Text,
        object_repr -> Text,
        changes -> Text,
        outcome -> Text,
        ip -> Nullable<Text>,
        request_id -> Nullable<Text>,
    }
}

diesel::table! {
    usage_buckets (token_id, hour) {
        token_id -> BigInt,
        hour -> Timestamp,
        calls -> BigInt,
        denials -> BigInt,
        errors -> BigInt,
    }
}

diesel::table! {
    authz_epoch (id) {
        id -> BigInt,
        epoch -> BigInt,
    }
}

diesel::table! {
    idempotency_keys (digest) {
        digest -> Binary,
        body_digest -> Binary,
        object_id -> BigInt,
        created_at -> Timestamp,
    }
}

diesel::table! {
    site_keys (name) {
        name -> Text,
        value -> Binary,
    }
}

diesel::table! {
    used_confirmations (nonce) {
        nonce -> Binary,
        expires_at -> Timestamp,
    }
}

diesel::joinable!(permissions -> content_types (content_type_id));
diesel::joinable!(tokens -> users (user_id));
diesel::joinable!(user_groups -> groups (group_id));
diesel::joinable!(user_groups -> users (user_id));
diesel::joinable!(user_permissions -> permissions (permission_id));
diesel::joinable!(group_permissions -> groups (group_id));
diesel::joinable!(group_permissions -> permissions (permission_id));
diesel::joinable!(token_groups -> groups (group_id));
diesel::joinable!(token_groups -> tokens (token_id));
diesel::joinable!(token_permissions -> permissions (permission_id));
diesel::joinable!(token_permissions -> tokens (token_id));
diesel::joinable!(sessions -> users (user_id));

diesel::allow_tables_to_appear_in_same_query!(
    users,
    groups,
    content_types,
    permissions,
    tokens,
    user_groups,
    user_permissions,
    group_permissions,
    token_groups,
    token_permissions,
    sessions,
    log_entries,
    usage_buckets,
    authz_epoch,
    idempotency_keys,
    site_keys,
    used_confirmations,
);
