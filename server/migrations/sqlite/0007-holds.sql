-- The text that an audience goes on to see while it is held: a server that was restarted shows it as well.
CREATE TABLE holds (
    deck TEXT PRIMARY KEY REFERENCES decks (id),
    text TEXT NOT NULL
) STRICT, WITHOUT ROWID;
