-- Which client ids were claimed by whom, for clients that got none from the server.
CREATE TABLE clients (
    deck      TEXT NOT NULL REFERENCES decks (id),
    client    INTEGER NOT NULL,
    principal TEXT NOT NULL,
    PRIMARY KEY (deck, client)
) STRICT, WITHOUT ROWID;

-- What only the server knows; the client ids that it gives away are signed with it.
CREATE TABLE server (
    id     INTEGER PRIMARY KEY CHECK (id = 1),
    secret BLOB NOT NULL CHECK (length(secret) = 32)
) STRICT;

-- What the text was when the snapshot was taken; NULL in older rows.
ALTER TABLE snapshots ADD COLUMN text_sha256 BLOB;
