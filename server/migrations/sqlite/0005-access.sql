-- Who may do what. Secrets are never here, only sums that find them.
--
-- A principal is `guest:…`, `user:…` or `admin`. A subject is whom a deck is shared with: a principal,
-- `email:…` (whoever signs in with that verified address) or `group:…` (whoever the provider says so of).

-- What a deck is for those it was not shared with: one of six levels.
ALTER TABLE decks ADD COLUMN level TEXT NOT NULL DEFAULT 'freely'
    CHECK (level IN ('freely', 'editable', 'limited', 'locked', 'protected', 'private'));

CREATE TABLE users (
    principal TEXT PRIMARY KEY,
    issuer    TEXT NOT NULL,
    subject   TEXT NOT NULL,
    name      TEXT NOT NULL,
    email     TEXT,
    groups    TEXT NOT NULL,
    made_at   INTEGER NOT NULL,
    seen_at   INTEGER NOT NULL,
    UNIQUE (issuer, subject)
) STRICT, WITHOUT ROWID;

CREATE TABLE sessions (
    token_sha256 BLOB PRIMARY KEY CHECK (length(token_sha256) = 32),
    principal    TEXT NOT NULL,
    made_at      INTEGER NOT NULL,
    seen_at      INTEGER NOT NULL,
    expires_at   INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
CREATE INDEX sessions_of ON sessions (principal);
CREATE INDEX sessions_end ON sessions (expires_at);

-- A sign-in that has begun and has not come back from the provider yet.
CREATE TABLE logins (
    state_sha256   BLOB PRIMARY KEY CHECK (length(state_sha256) = 32),
    browser_sha256 BLOB NOT NULL CHECK (length(browser_sha256) = 32),
    nonce          TEXT NOT NULL,
    verifier       TEXT NOT NULL,
    return_to      TEXT NOT NULL,
    expires_at     INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

CREATE TABLE people (
    deck    TEXT NOT NULL REFERENCES decks (id),
    subject TEXT NOT NULL,
    role    TEXT NOT NULL CHECK (role IN ('owner', 'editor', 'viewer')),
    made_at INTEGER NOT NULL,
    PRIMARY KEY (deck, subject)
) STRICT, WITHOUT ROWID;
CREATE INDEX people_of ON people (subject);

-- Links for more roles, and with an end. (A check cannot be changed in place.)
CREATE TABLE links_5 (
    deck        TEXT NOT NULL REFERENCES decks (id),
    role        TEXT NOT NULL CHECK (role IN ('follow', 'remote', 'comment', 'edit', 'present')),
    serial      INTEGER NOT NULL,
    code_sha256 BLOB NOT NULL UNIQUE CHECK (length(code_sha256) = 32),
    made_at     INTEGER NOT NULL,
    expires_at  INTEGER,
    ended_at    INTEGER,
    PRIMARY KEY (deck, role, serial)
) STRICT, WITHOUT ROWID;
INSERT INTO links_5 (deck, role, serial, code_sha256, made_at, ended_at)
    SELECT deck, role, serial, code_sha256, made_at, ended_at FROM links;
DROP TABLE links;
ALTER TABLE links_5 RENAME TO links;

-- Who came by which link: good for as long as the link is.
CREATE TABLE grants (
    principal TEXT NOT NULL,
    deck      TEXT NOT NULL REFERENCES decks (id),
    role      TEXT NOT NULL,
    serial    INTEGER NOT NULL,
    made_at   INTEGER NOT NULL,
    PRIMARY KEY (principal, deck, role)
) STRICT, WITHOUT ROWID;

-- What was done, by whom, to which deck. Never what a deck says.
CREATE TABLE audit (
    id        INTEGER PRIMARY KEY,
    at        INTEGER NOT NULL,
    principal TEXT NOT NULL,
    deck      TEXT,
    action    TEXT NOT NULL,
    detail    TEXT NOT NULL
) STRICT;
CREATE INDEX audit_of ON audit (deck, id);

CREATE TABLE pictures (
    name         TEXT PRIMARY KEY,
    deck         TEXT NOT NULL REFERENCES decks (id),
    principal    TEXT NOT NULL,
    bytes        INTEGER NOT NULL,
    width        INTEGER NOT NULL,
    height       INTEGER NOT NULL,
    made_at      INTEGER NOT NULL,
    unused_since INTEGER
) STRICT, WITHOUT ROWID;
CREATE INDEX pictures_of ON pictures (deck);
