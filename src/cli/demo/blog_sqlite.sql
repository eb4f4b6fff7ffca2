PRAGMA application_id = 1835233380;
CREATE TABLE blog_author (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    name VARCHAR(120) NOT NULL,
    email VARCHAR(254) NOT NULL UNIQUE,
    country VARCHAR(2) NOT NULL,
    bio TEXT NOT NULL DEFAULT '',
    is_active BOOLEAN NOT NULL DEFAULT TRUE,
    joined_on DATE NOT NULL
);
CREATE TABLE blog_tag (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    name VARCHAR(60) NOT NULL UNIQUE,
    slug VARCHAR(60) NOT NULL UNIQUE
);
CREATE TABLE blog_article (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    title VARCHAR(200) NOT NULL,
    slug VARCHAR(220) UNIQUE,
    author_id INTEGER NOT NULL REFERENCES blog_author (id) ON DELETE RESTRICT,
    summary VARCHAR(300) NOT NULL DEFAULT '',
    body TEXT NOT NULL DEFAULT '',
    status VARCHAR(10) NOT NULL DEFAULT 'draft' CHECK (status IN ('draft', 'published', 'archived')),
    is_featured BOOLEAN NOT NULL DEFAULT FALSE,
    word_count INTEGER NOT NULL DEFAULT 0,
    rating NUMERIC(3, 2),
    published_at DATETIME,
    created_at DATETIME NOT NULL DEFAULT CURRENT_TIMESTAMP,
    updated_at DATETIME NOT NULL DEFAULT CURRENT_TIMESTAMP
);
CREATE INDEX blog_article_author_id_idx ON blog_article (author_id);
CREATE INDEX blog_article_published_at_idx ON blog_article (published_at);
CREATE TABLE blog_article_tags (
    article_id INTEGER NOT NULL REFERENCES blog_article (id) ON DELETE CASCADE,
    tag_id INTEGER NOT NULL REFERENCES blog_tag (id) ON DELETE CASCADE,
    PRIMARY KEY (article_id, tag_id)
);
CREATE TABLE blog_comment (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    article_id INTEGER NOT NULL REFERENCES blog_article (id) ON DELETE CASCADE,
    author_name VARCHAR(80) NOT NULL,
    body TEXT NOT NULL,
    is_approved BOOLEAN NOT NULL DEFAULT FALSE,
    created_at DATETIME NOT NULL DEFAULT CURRENT_TIMESTAMP
);
CREATE INDEX blog_comment_article_id_idx ON blog_comment (article_id);
