-- Rows of a journal that could not be read back. They hold somebody's work, so they are kept for
-- the operator, out of the way of opening and compacting.
CREATE TABLE quarantine (
    deck  TEXT NOT NULL REFERENCES decks (id),
    kind  TEXT NOT NULL CHECK (kind IN ('update', 'snapshot')),
    seq   INTEGER NOT NULL,
    at    INTEGER NOT NULL,
    bytes BLOB NOT NULL,
    why   TEXT NOT NULL,
    PRIMARY KEY (deck, kind, seq)
) STRICT, WITHOUT ROWID;

-- One row that is written to find out whether writing works.
CREATE TABLE probe (
    id INTEGER PRIMARY KEY CHECK (id = 1),
    at INTEGER NOT NULL
) STRICT;
