-- Text files outside the notebook that kb read or wrote. They belong to this copy of the notebook: not logged, no undo step.
CREATE TABLE _document (
  path     TEXT PRIMARY KEY,                          -- relative to the folder of the notebook where possible, `/` between names
  format   TEXT NOT NULL,
  page     TEXT,                                      -- the page that the file holds, if it is one
  checksum TEXT,                                      -- of the bytes last read or written; null: the user deleted the file
  written  INTEGER NOT NULL CHECK (written IN (0, 1)),-- whether kb wrote them
  base     BLOB                                       -- the bytes of a note, so that an edit is told from a change in the notebook
) STRICT;
