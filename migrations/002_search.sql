-- Reads that stay flat: entries of every kind by age.
CREATE INDEX entry_by_age ON entry (created, uid);

-- What search keeps beside the full-text index. All of it is made from the entries, and made anew when it is out of step.
-- No kind can have a name that begins with `_`.

CREATE TABLE _length (                                -- tokens of entries: two bytes each, 2,000 entries a row
  chunk   INTEGER PRIMARY KEY,
  lengths BLOB NOT NULL
) STRICT;

CREATE TABLE _vector (                                -- what entries are about: 128 bytes each, 31 entries a row
  chunk   INTEGER PRIMARY KEY,
  vectors BLOB NOT NULL
) STRICT;

CREATE TABLE _word (                                  -- every word of the entries, folded but not stemmed
  word TEXT PRIMARY KEY
) STRICT, WITHOUT ROWID;

CREATE TABLE _name (                                  -- title and aliases of entries that have aliases, without white space
  entry INTEGER NOT NULL REFERENCES entry (id) ON DELETE CASCADE,
  key   TEXT    NOT NULL,
  PRIMARY KEY (entry, key)
) STRICT, WITHOUT ROWID;
CREATE INDEX _name_by_key ON _name (key);

CREATE TABLE _stale (                                 -- entries that another program wrote and kb has not looked at since
  entry INTEGER PRIMARY KEY
) STRICT;

CREATE TABLE _state (                                 -- what the tables above were made with
  key   TEXT PRIMARY KEY,
  value TEXT NOT NULL
) STRICT, WITHOUT ROWID;
