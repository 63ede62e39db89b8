-- Everything that is kept, as in the tables of SQLite: the same names, bytea for blobs, bigint for
-- every number and time (Unix milliseconds), text sorted by its bytes; and what several nodes share.
--
-- Functions belong to a schema's version as columns do: one that must behave otherwise gets a new name,
-- because nodes of the version before still call it while they are replaced one by one.

CREATE FUNCTION unix_ms() RETURNS bigint LANGUAGE sql VOLATILE
    AS $$ SELECT (extract(epoch FROM clock_timestamp()) * 1000)::bigint $$;

-- Half of each page stays free: a deck's row changes with every append, and so it does that in place.
CREATE TABLE decks (
    id          text COLLATE "C" PRIMARY KEY,
    title       text NOT NULL,
    epoch       bigint NOT NULL,
    created_at  bigint NOT NULL,
    updated_at  bigint NOT NULL,
    deleted_at  bigint,
    -- What a deck is for those it was not shared with: one of six levels.
    level       text COLLATE "C" NOT NULL DEFAULT 'freely'
        CHECK (level IN ('freely', 'editable', 'limited', 'locked', 'protected', 'private')),
    -- A deck that is put away; it stays readable.
    archived_at bigint,
    -- When the call of the deck is, as `2026-11-26T14:05`.
    call_at     text COLLATE "C",
    -- The deck that it was made from, which has a series of its own.
    series      text COLLATE "C" REFERENCES decks (id),
    -- Of the sections that should report: how many there are, how many are ready, and who writes them (JSON).
    expected    bigint NOT NULL DEFAULT 0,
    ready       bigint NOT NULL DEFAULT 0,
    reporters   text NOT NULL DEFAULT '[]',
    -- Number of the last row of the journal, whatever became of that row.
    last_seq    bigint NOT NULL DEFAULT 0,
    -- Counts what those who have the deck open must hear of, besides text and presentation.
    news        bigint NOT NULL DEFAULT 0
) WITH (fillfactor = 50);
CREATE INDEX decks_of_series ON decks (series, call_at);

-- Append-only; compaction removes what the snapshot before the newest one covers.
CREATE TABLE updates (
    deck      text COLLATE "C" NOT NULL REFERENCES decks (id),
    seq       bigint NOT NULL,
    principal text COLLATE "C" NOT NULL,
    client    bigint,
    at        bigint NOT NULL,
    bytes     bytea NOT NULL,
    crc32c    bigint NOT NULL,
    -- Of the last row of a batch: which batch it was, so that nobody appends it twice.
    batch     uuid,
    PRIMARY KEY (deck, seq)
);
CREATE UNIQUE INDEX updates_of_batch ON updates (deck, batch) WHERE batch IS NOT NULL;

CREATE TABLE snapshots (
    deck        text COLLATE "C" NOT NULL REFERENCES decks (id),
    upto_seq    bigint NOT NULL,
    at          bigint NOT NULL,
    bytes       bytea NOT NULL,
    sha256      bytea NOT NULL,
    -- What the text was when the snapshot was taken; NULL in rows of early versions.
    text_sha256 bytea,
    PRIMARY KEY (deck, upto_seq)
);

-- Rows of a journal that could not be read back. They hold somebody's work, so they are kept for
-- the operator, out of the way of opening and compacting.
CREATE TABLE quarantine (
    deck  text COLLATE "C" NOT NULL REFERENCES decks (id),
    kind  text COLLATE "C" NOT NULL CHECK (kind IN ('update', 'snapshot')),
    seq   bigint NOT NULL,
    at    bigint NOT NULL,
    bytes bytea NOT NULL,
    why   text NOT NULL,
    PRIMARY KEY (deck, kind, seq)
);

-- One row that is written to find out whether writing works.
CREATE TABLE probe (
    id bigint PRIMARY KEY CHECK (id = 1),
    at bigint NOT NULL
);

-- Which client ids were claimed by whom, for clients that got none from the server.
CREATE TABLE clients (
    deck      text COLLATE "C" NOT NULL REFERENCES decks (id),
    client    bigint NOT NULL,
    principal text COLLATE "C" NOT NULL,
    PRIMARY KEY (deck, client)
);

-- The clock after the last one of each client whose text the nodes appended: what is appended next has
-- to begin there.
CREATE TABLE clocks (
    deck   text COLLATE "C" NOT NULL REFERENCES decks (id),
    client bigint NOT NULL,
    next   bigint NOT NULL,
    PRIMARY KEY (deck, client)
) WITH (fillfactor = 50);

-- What only the servers know; the client ids that they give away are signed with it.
CREATE TABLE server (
    id     bigint PRIMARY KEY CHECK (id = 1),
    secret bytea NOT NULL CHECK (octet_length(secret) = 32)
);

-- Who may do what. Secrets are never here, only sums that find them.
--
-- A principal is `guest:…`, `user:…` or `admin`. A subject is whom a deck is shared with: a principal,
-- `email:…` (whoever signs in with that verified address) or `group:…` (whoever the provider says so of).
CREATE TABLE users (
    principal text COLLATE "C" PRIMARY KEY,
    issuer    text COLLATE "C" NOT NULL,
    subject   text COLLATE "C" NOT NULL,
    name      text NOT NULL,
    email     text COLLATE "C",
    -- JSON.
    groups    text NOT NULL,
    made_at   bigint NOT NULL,
    seen_at   bigint NOT NULL,
    UNIQUE (issuer, subject)
);

CREATE TABLE sessions (
    token_sha256 bytea PRIMARY KEY CHECK (octet_length(token_sha256) = 32),
    principal    text COLLATE "C" NOT NULL,
    made_at      bigint NOT NULL,
    seen_at      bigint NOT NULL,
    expires_at   bigint NOT NULL
);
CREATE INDEX sessions_of ON sessions (principal);
CREATE INDEX sessions_end ON sessions (expires_at);

-- A sign-in that has begun and has not come back from the provider yet.
CREATE TABLE logins (
    state_sha256   bytea PRIMARY KEY CHECK (octet_length(state_sha256) = 32),
    browser_sha256 bytea NOT NULL CHECK (octet_length(browser_sha256) = 32),
    nonce          text NOT NULL,
    verifier       text NOT NULL,
    return_to      text NOT NULL,
    expires_at     bigint NOT NULL
);

CREATE TABLE people (
    deck    text COLLATE "C" NOT NULL REFERENCES decks (id),
    subject text COLLATE "C" NOT NULL,
    role    text COLLATE "C" NOT NULL CHECK (role IN ('owner', 'editor', 'viewer')),
    made_at bigint NOT NULL,
    PRIMARY KEY (deck, subject)
);
CREATE INDEX people_of ON people (subject);

-- Links to a deck. A code is made anew from the servers' secret whenever somebody may see it; what lies
-- here does not lead to it.
CREATE TABLE links (
    deck        text COLLATE "C" NOT NULL REFERENCES decks (id),
    role        text COLLATE "C" NOT NULL
        CHECK (role IN ('follow', 'remote', 'comment', 'edit', 'present')),
    serial      bigint NOT NULL,
    code_sha256 bytea NOT NULL UNIQUE CHECK (octet_length(code_sha256) = 32),
    made_at     bigint NOT NULL,
    expires_at  bigint,
    ended_at    bigint,
    PRIMARY KEY (deck, role, serial)
);

-- Who came by which link: good for as long as the link is.
CREATE TABLE grants (
    principal text COLLATE "C" NOT NULL,
    deck      text COLLATE "C" NOT NULL REFERENCES decks (id),
    role      text COLLATE "C" NOT NULL,
    serial    bigint NOT NULL,
    made_at   bigint NOT NULL,
    PRIMARY KEY (principal, deck, role)
);
CREATE INDEX grants_of ON grants (deck);

-- What was done, by whom, to which deck. Never what a deck says.
CREATE TABLE audit (
    id        bigint GENERATED BY DEFAULT AS IDENTITY PRIMARY KEY,
    at        bigint NOT NULL,
    principal text COLLATE "C" NOT NULL,
    deck      text COLLATE "C",
    action    text COLLATE "C" NOT NULL,
    detail    text NOT NULL
);
CREATE INDEX audit_of ON audit (deck, id);

CREATE TABLE pictures (
    name         text COLLATE "C" PRIMARY KEY,
    deck         text COLLATE "C" NOT NULL REFERENCES decks (id),
    principal    text COLLATE "C" NOT NULL,
    bytes        bigint NOT NULL,
    width        bigint NOT NULL,
    height       bigint NOT NULL,
    made_at      bigint NOT NULL,
    unused_since bigint
);
CREATE INDEX pictures_of ON pictures (deck);

-- A deck that is the template of a series.
CREATE TABLE series (
    template text COLLATE "C" PRIMARY KEY REFERENCES decks (id),
    name     text NOT NULL,
    -- How often: JSON, see `store/series.rs`.
    cadence  text NOT NULL,
    -- `14:05`, in this time zone (IANA).
    time     text NOT NULL,
    zone     text NOT NULL,
    made_at  bigint NOT NULL,
    -- Of one that goes on no more; the zone of its calls stays known.
    ended_at bigint
);

-- What is known of a section that its text does not say. `anchor` is where it begins (a Yjs relative
-- position, JSON); title and words find it again after it was cut and pasted.
CREATE TABLE sections (
    deck         text COLLATE "C" NOT NULL REFERENCES decks (id),
    id           text COLLATE "C" NOT NULL,
    anchor       text NOT NULL,
    title        text NOT NULL,
    words        text NOT NULL,
    -- Who said that they write it.
    principal    text COLLATE "C",
    reporter     text,
    -- SHA-256 of what it said at first, and when it was called ready.
    first_sum    bytea,
    ready_sum    bytea,
    ready_at     bigint,
    ready_by     text,
    presented_at bigint,
    edited_at    bigint,
    edited_by    text,
    -- 1: its text let expect a report, until who reports wrote something else there; else 0.
    expected     bigint NOT NULL DEFAULT 0,
    PRIMARY KEY (deck, id)
);

-- What is said beside a slide; `id` is the writer's, so that saying it twice is saying it once.
CREATE TABLE discussion (
    deck       text COLLATE "C" NOT NULL REFERENCES decks (id),
    id         text COLLATE "C" NOT NULL,
    anchor     text,
    slide      text NOT NULL,
    kind       text COLLATE "C" NOT NULL CHECK (kind IN ('comment', 'question')),
    principal  text COLLATE "C" NOT NULL,
    name       text NOT NULL,
    text       text NOT NULL,
    at         bigint NOT NULL,
    starred_at bigint,
    done_at    bigint,
    removed_at bigint,
    PRIMARY KEY (deck, id)
);

-- A presentation from its begin to its end, with the times of its sections (JSON).
CREATE TABLE calls (
    deck     text COLLATE "C" NOT NULL REFERENCES decks (id),
    began_at bigint NOT NULL,
    ended_at bigint,
    times    text NOT NULL,
    PRIMARY KEY (deck, began_at)
);

-- Who said that they were there.
CREATE TABLE attendance (
    deck      text COLLATE "C" NOT NULL REFERENCES decks (id),
    principal text COLLATE "C" NOT NULL,
    name      text NOT NULL,
    at        bigint NOT NULL,
    PRIMARY KEY (deck, principal)
);

-- What only several nodes need.

-- What is presented, and who drives (JSON): changed from one version to the next only.
CREATE TABLE stages (
    deck    text COLLATE "C" PRIMARY KEY REFERENCES decks (id),
    version bigint NOT NULL,
    json    text NOT NULL,
    live    boolean NOT NULL
);
CREATE INDEX stages_live ON stages (deck) WHERE live;

-- The text that an audience goes on to see while it is held.
CREATE TABLE holds (
    deck text COLLATE "C" PRIMARY KEY REFERENCES decks (id),
    text text NOT NULL
);

-- Processes that serve the decks, and when the clock of this database saw them last.
CREATE TABLE nodes (
    node    bigint PRIMARY KEY,
    seen_at timestamptz NOT NULL
);

-- What one node at a time does. It is free when that node is not there any more.
CREATE TABLE leases (
    name text COLLATE "C" PRIMARY KEY,
    node bigint NOT NULL
);

-- Appends rows, as one statement: a transaction of its own when it is sent alone. The lock on the deck's
-- row is held until they are durable, so numbers become visible in their order and without a gap.
--
-- `the_batch` NULL: no node sends it. Then nothing is checked, whoever claimed a client first keeps it, and
-- the clocks of the deck are forgotten, because nobody says which ones the rows hold.
--
-- A batch is known again until compaction removes its last row. Appended again after that, its clocks
-- are a conflict, and what has none changes nothing a second time.
--
-- SQLSTATE: OD001 a conflict, DETAIL says in which row, from 0; OD002 another epoch; OD003 no such deck.
CREATE FUNCTION append_rows(
    the_deck text, the_epoch bigint, the_batch uuid,
    principals text[], row_clients bigint[], contents bytea[], sums bigint[],
    claim_rows bigint[], claimed bigint[],
    span_rows bigint[], span_clients bigint[], span_from bigint[], span_until bigint[]
) RETURNS bigint LANGUAGE plpgsql AS $$
DECLARE
    its_epoch bigint;
    base      bigint;
    stored    bigint;
    now_ms    bigint := unix_ms();
    total     bigint := cardinality(principals);
BEGIN
    SELECT epoch, last_seq INTO its_epoch, base FROM decks
        WHERE id = the_deck AND (deleted_at IS NULL OR the_batch IS NULL) FOR NO KEY UPDATE;
    IF NOT FOUND THEN
        RAISE EXCEPTION 'there is no such deck' USING ERRCODE = 'OD003';
    END IF;

    IF the_batch IS NULL THEN
        DELETE FROM clocks WHERE deck = the_deck;
    ELSE
        SELECT seq INTO stored FROM updates WHERE deck = the_deck AND batch = the_batch;
        IF FOUND THEN
            RETURN stored;
        END IF;
        IF its_epoch <> the_epoch THEN
            RAISE EXCEPTION 'the deck has another lineage' USING ERRCODE = 'OD002';
        END IF;
        FOR i IN 1 .. cardinality(span_rows) LOOP
            INSERT INTO clocks (deck, client, next)
                VALUES (the_deck, span_clients[i], span_until[i])
                ON CONFLICT (deck, client) DO UPDATE SET next = excluded.next
                WHERE clocks.next = span_from[i];
            IF NOT FOUND THEN
                RAISE EXCEPTION 'other clocks are stored'
                    USING ERRCODE = 'OD001', DETAIL = span_rows[i];
            END IF;
        END LOOP;
    END IF;

    FOR i IN 1 .. cardinality(claim_rows) LOOP
        INSERT INTO clients (deck, client, principal)
            VALUES (the_deck, claimed[i], principals[claim_rows[i] + 1])
            ON CONFLICT (deck, client) DO NOTHING;
        IF NOT FOUND AND the_batch IS NOT NULL AND NOT EXISTS (
            SELECT 1 FROM clients WHERE deck = the_deck AND client = claimed[i]
                AND principal = principals[claim_rows[i] + 1]
        ) THEN
            RAISE EXCEPTION 'the client belongs to somebody else'
                USING ERRCODE = 'OD001', DETAIL = claim_rows[i];
        END IF;
    END LOOP;

    INSERT INTO updates (deck, seq, principal, client, at, bytes, crc32c, batch)
        SELECT the_deck, base + place, whose, its_client, now_ms, content, its_sum,
               CASE WHEN place = total THEN the_batch END
        FROM unnest(principals, row_clients, contents, sums)
            WITH ORDINALITY AS appended (whose, its_client, content, its_sum, place);
    UPDATE decks SET last_seq = base + total, updated_at = now_ms WHERE id = the_deck;
    RETURN base + total;
END $$;

-- What those who have a deck open must hear of.
CREATE FUNCTION raise_news() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF TG_OP = 'DELETE' THEN
        UPDATE decks SET news = news + 1 WHERE id = OLD.deck;
    ELSE
        UPDATE decks SET news = news + 1 WHERE id = NEW.deck;
    END IF;
    RETURN NULL;
END $$;
CREATE TRIGGER people_are_news AFTER INSERT OR UPDATE OR DELETE ON people
    FOR EACH ROW EXECUTE FUNCTION raise_news();
CREATE TRIGGER links_are_news AFTER INSERT OR UPDATE OR DELETE ON links
    FOR EACH ROW EXECUTE FUNCTION raise_news();
CREATE TRIGGER discussion_is_news AFTER INSERT OR UPDATE OR DELETE ON discussion
    FOR EACH ROW EXECUTE FUNCTION raise_news();

CREATE FUNCTION raise_own_news() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    NEW.news := OLD.news + 1;
    RETURN NEW;
END $$;
-- Only statements that name these columns come here: appending costs nothing more.
CREATE TRIGGER decks_are_news BEFORE UPDATE OF level, deleted_at, archived_at, call_at, series ON decks
    FOR EACH ROW
    WHEN ((OLD.level, OLD.deleted_at, OLD.archived_at, OLD.call_at, OLD.series)
          IS DISTINCT FROM (NEW.level, NEW.deleted_at, NEW.archived_at, NEW.call_at, NEW.series))
    EXECUTE FUNCTION raise_own_news();
