-- Calls: series of decks, who writes which section, what is said beside slides, and what became of it.
-- Times are Unix milliseconds, but for those of calls, which are what clocks show where the call is.

-- A deck that is put away; it stays readable.
ALTER TABLE decks ADD COLUMN archived_at INTEGER;
-- When the call of the deck is, as `2026-11-26T14:05`.
ALTER TABLE decks ADD COLUMN call_at TEXT;
-- The deck that it was made from, which has a series of its own.
ALTER TABLE decks ADD COLUMN series TEXT REFERENCES decks (id);
-- Of the sections that should report: how many there are, how many are ready, and who writes them (JSON).
ALTER TABLE decks ADD COLUMN expected INTEGER NOT NULL DEFAULT 0;
ALTER TABLE decks ADD COLUMN ready INTEGER NOT NULL DEFAULT 0;
ALTER TABLE decks ADD COLUMN reporters TEXT NOT NULL DEFAULT '[]';
CREATE INDEX decks_of_series ON decks (series, call_at);

-- A deck that is the template of a series.
CREATE TABLE series (
    template TEXT PRIMARY KEY REFERENCES decks (id),
    name     TEXT NOT NULL,
    -- How often: JSON, see `store/series.rs`.
    cadence  TEXT NOT NULL,
    -- `14:05`, in this time zone (IANA).
    time     TEXT NOT NULL,
    zone     TEXT NOT NULL,
    made_at  INTEGER NOT NULL,
    -- Of one that goes on no more; the zone of its calls stays known.
    ended_at INTEGER
) STRICT, WITHOUT ROWID;

-- What is known of a section that its text does not say. `anchor` is where it begins (a Yjs relative
-- position, JSON); title and words find it again after it was cut and pasted.
CREATE TABLE sections (
    deck         TEXT NOT NULL REFERENCES decks (id),
    id           TEXT NOT NULL,
    anchor       TEXT NOT NULL,
    title        TEXT NOT NULL,
    words        TEXT NOT NULL,
    -- Who said that they write it.
    principal    TEXT,
    reporter     TEXT,
    -- SHA-256 of what it said at first, and when it was called ready.
    first_sum    BLOB,
    ready_sum    BLOB,
    ready_at     INTEGER,
    ready_by     TEXT,
    presented_at INTEGER,
    edited_at    INTEGER,
    edited_by    TEXT,
    -- Its text let expect a report, until who reports wrote something else there.
    expected     INTEGER NOT NULL DEFAULT 0,
    PRIMARY KEY (deck, id)
) STRICT, WITHOUT ROWID;

-- What is said beside a slide; `id` is the writer's, so that saying it twice is saying it once.
CREATE TABLE discussion (
    deck       TEXT NOT NULL REFERENCES decks (id),
    id         TEXT NOT NULL,
    anchor     TEXT,
    slide      TEXT NOT NULL,
    kind       TEXT NOT NULL CHECK (kind IN ('comment', 'question')),
    principal  TEXT NOT NULL,
    name       TEXT NOT NULL,
    text       TEXT NOT NULL,
    at         INTEGER NOT NULL,
    starred_at INTEGER,
    done_at    INTEGER,
    removed_at INTEGER,
    PRIMARY KEY (deck, id)
) STRICT, WITHOUT ROWID;

-- A presentation from its begin to its end, with the times of its sections (JSON).
CREATE TABLE calls (
    deck     TEXT NOT NULL REFERENCES decks (id),
    began_at INTEGER NOT NULL,
    ended_at INTEGER,
    times    TEXT NOT NULL,
    PRIMARY KEY (deck, began_at)
) STRICT, WITHOUT ROWID;

-- Who said that they were there.
CREATE TABLE attendance (
    deck      TEXT NOT NULL REFERENCES decks (id),
    principal TEXT NOT NULL,
    name      TEXT NOT NULL,
    at        INTEGER NOT NULL,
    PRIMARY KEY (deck, principal)
) STRICT, WITHOUT ROWID;

-- Until now nothing was ever removed from the bin: what is in there has its 30 days from now on.
UPDATE decks SET deleted_at = unixepoch() * 1000 WHERE deleted_at IS NOT NULL;
