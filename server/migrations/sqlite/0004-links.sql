-- Links for those who only follow, and for the phone remote. A code is made anew from the server's
-- secret whenever somebody may see it; what lies here does not lead to it.
CREATE TABLE links (
    deck        TEXT NOT NULL REFERENCES decks (id),
    role        TEXT NOT NULL CHECK (role IN ('follow', 'remote')),
    serial      INTEGER NOT NULL,
    code_sha256 BLOB NOT NULL UNIQUE CHECK (length(code_sha256) = 32),
    made_at     INTEGER NOT NULL,
    ended_at    INTEGER,
    PRIMARY KEY (deck, role, serial)
) STRICT, WITHOUT ROWID;
