-- Decks and their journals. Times are Unix milliseconds; content is opaque bytes.
CREATE TABLE decks (
    id         TEXT PRIMARY KEY,
    title      TEXT NOT NULL,
    epoch      INTEGER NOT NULL,
    created_at INTEGER NOT NULL,
    updated_at INTEGER NOT NULL,
    deleted_at INTEGER
) STRICT;

-- Append-only; compaction removes what the snapshot before the newest one covers.
CREATE TABLE updates (
    deck      TEXT NOT NULL REFERENCES decks (id),
    seq       INTEGER NOT NULL,
    principal TEXT NOT NULL,
    client    INTEGER,
    at        INTEGER NOT NULL,
    bytes     BLOB NOT NULL,
    crc32c    INTEGER NOT NULL,
    PRIMARY KEY (deck, seq)
) STRICT, WITHOUT ROWID;

CREATE TABLE snapshots (
    deck     TEXT NOT NULL REFERENCES decks (id),
    upto_seq INTEGER NOT NULL,
    at       INTEGER NOT NULL,
    bytes    BLOB NOT NULL,
    sha256   BLOB NOT NULL,
    PRIMARY KEY (deck, upto_seq)
) STRICT, WITHOUT ROWID;
