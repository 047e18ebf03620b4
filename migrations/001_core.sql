-- The core of a notebook. Plain SQL without functions of our own, so that the stock sqlite3 shell can
-- read and write the file. Never edited after a release; a change is a new file.

CREATE TABLE entry (
  id       INTEGER PRIMARY KEY,
  uid      TEXT    NOT NULL UNIQUE,
  kind     TEXT    NOT NULL REFERENCES kind (name) DEFERRABLE INITIALLY DEFERRED,
  slug     TEXT    NOT NULL CHECK (slug <> '' AND slug NOT GLOB '-*' AND (slug NOT GLOB '*[^a-z0-9-]*' OR slug NOT GLOB '*[]!-,./:-@A-Z[\^_`{-~ ]*' AND slug NOT GLOB '*[' || char(1) || '-' || char(31, 127) || '-' || char(160, 8192) || '-' || char(8239, 8287) || '-' || char(8303, 1564, 12288, 65279) || ']*')),
  title    TEXT    NOT NULL CHECK (title <> '' AND length(title) <= 1000),
  topics   TEXT    NOT NULL DEFAULT '',               -- one a line, in order
  tags     TEXT    NOT NULL DEFAULT '',               -- one a line
  aliases  TEXT    NOT NULL DEFAULT '',               -- one a line
  former   TEXT    NOT NULL DEFAULT '',               -- slugs it had before, one a line
  private  INTEGER NOT NULL DEFAULT 0 CHECK (private IN (0, 1)),
  position REAL,
  created  TEXT    NOT NULL CHECK (datetime(created) IS NOT NULL AND created GLOB '????-??-??T*'), -- RFC 3339, UTC
  updated  TEXT    NOT NULL CHECK (datetime(updated) IS NOT NULL AND updated GLOB '????-??-??T*'),
  revision INTEGER NOT NULL DEFAULT 1,                -- grows with every write, guards two editors
  hash     INTEGER NOT NULL DEFAULT 0,                -- SipHash-1-3 of the whole entry, guards against rot
  extra    TEXT    CHECK (extra IS NULL OR json_valid(extra)),
  words    TEXT    NOT NULL DEFAULT '',               -- text of the fields, for the search index
  body     TEXT    NOT NULL DEFAULT '',
  UNIQUE (kind, slug)
) STRICT;
CREATE INDEX entry_by_kind_and_age ON entry (kind, created, uid);

CREATE TABLE topic (
  entry INTEGER NOT NULL REFERENCES entry (id) ON DELETE CASCADE,
  fold  TEXT    NOT NULL,                             -- folded, each word after a space: ' machine learning/ vision'
  name  TEXT    NOT NULL,
  PRIMARY KEY (entry, fold)
) STRICT, WITHOUT ROWID;
CREATE INDEX topic_by_name ON topic (fold);

CREATE TABLE tag (
  entry INTEGER NOT NULL REFERENCES entry (id) ON DELETE CASCADE,
  fold  TEXT    NOT NULL,
  name  TEXT    NOT NULL,
  PRIMARY KEY (entry, fold)
) STRICT, WITHOUT ROWID;
CREATE INDEX tag_by_name ON tag (fold);

CREATE TABLE alias (                                  -- aliases and former slugs
  entry INTEGER NOT NULL REFERENCES entry (id) ON DELETE CASCADE,
  fold  TEXT    NOT NULL,
  name  TEXT    NOT NULL,
  PRIMARY KEY (entry, fold)
) STRICT, WITHOUT ROWID;
CREATE INDEX alias_by_name ON alias (fold);

CREATE TABLE link (
  source INTEGER NOT NULL REFERENCES entry (id) ON DELETE CASCADE,
  field  TEXT    NOT NULL,                            -- 'body' or a field of type ref
  text   TEXT    NOT NULL,                            -- as written
  fold   TEXT    NOT NULL,
  target INTEGER REFERENCES entry (id) ON DELETE SET NULL
) STRICT;
CREATE INDEX link_by_source ON link (source);
CREATE INDEX link_by_target ON link (target);
CREATE INDEX link_without_target ON link (fold) WHERE target IS NULL;

CREATE TABLE kind (
  name       TEXT    PRIMARY KEY,
  plural     TEXT    NOT NULL UNIQUE,
  ordinal    INTEGER NOT NULL,
  builtin    INTEGER NOT NULL CHECK (builtin IN (0, 1)),
  definition TEXT    NOT NULL                         -- TOML
) STRICT, WITHOUT ROWID;

CREATE TABLE page (
  name   TEXT PRIMARY KEY,
  layout TEXT NOT NULL CHECK (json_valid(layout)),
  hash   INTEGER NOT NULL
) STRICT;

CREATE TABLE setting (
  key   TEXT PRIMARY KEY,
  value TEXT NOT NULL
) STRICT, WITHOUT ROWID;

CREATE TABLE operation (
  id      INTEGER PRIMARY KEY,
  machine TEXT    NOT NULL,
  stamp   INTEGER NOT NULL,                           -- hybrid logical clock: milliseconds * 16384 + counter
  at      TEXT    NOT NULL,                           -- RFC 3339, UTC
  command TEXT    NOT NULL,
  action  TEXT    NOT NULL CHECK (action IN ('do', 'undo', 'redo')),
  target  INTEGER REFERENCES operation (id),          -- what is undone or redone
  undone  INTEGER NOT NULL DEFAULT 0 CHECK (undone IN (0, 1)),
  hash    INTEGER NOT NULL
) STRICT;

CREATE TABLE change (
  id        INTEGER PRIMARY KEY,
  operation INTEGER NOT NULL REFERENCES operation (id) DEFERRABLE INITIALLY DEFERRED,
  subject   TEXT    NOT NULL,                         -- uid of an entry, or kind/NAME, page/NAME, setting/KEY
  field     TEXT    NOT NULL,                         -- '' is the whole subject
  old       TEXT,                                     -- JSON; null: was not there
  new       TEXT
) STRICT;
CREATE INDEX change_by_operation ON change (operation);
CREATE INDEX change_by_subject ON change (subject);

CREATE VIRTUAL TABLE search USING fts5 (
  title, aliases, body, words,
  content = 'entry', content_rowid = 'id', tokenize = 'porter unicode61 remove_diacritics 2'
);
INSERT INTO search (search, rank) VALUES ('secure-delete', 1);
