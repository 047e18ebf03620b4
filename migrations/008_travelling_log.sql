-- The log travels: an operation is known by a hash of what it did, the same in every copy of the notebook, and by its position in the
-- replica that wrote it. The numbers `operation.id` and `change.operation` belong to this copy. Rows never change, except when a value
-- is purged.
CREATE TABLE operation_8 (
  id       INTEGER PRIMARY KEY,                       -- its number in this copy
  uid      TEXT    NOT NULL UNIQUE CHECK (length(uid) = 32 AND uid NOT GLOB '*[^0-9a-f]*'),
  replica  TEXT    NOT NULL,                          -- the copy of the notebook that wrote it
  sequence INTEGER NOT NULL,                          -- its number there
  stamp    INTEGER NOT NULL,                          -- hybrid logical clock: milliseconds * 16384 + counter
  at       TEXT    NOT NULL,                          -- RFC 3339, UTC
  actor    TEXT    NOT NULL,                          -- who wrote: a person, or an agent as client/version
  command  TEXT    NOT NULL,                          -- as typed
  action   TEXT    NOT NULL CHECK (action IN ('do', 'undo', 'redo')),
  target   TEXT,                                      -- uid of the operation that is undone or redone
  inherits INTEGER NOT NULL CHECK (inherits IN (0, 1)), -- whether it has the changes of the target, reversed by an undo, besides its own
  seen     TEXT    NOT NULL,                          -- the highest sequence of each other replica that the notebook had, as JSON
  schema   INTEGER NOT NULL,                          -- of the notebook when it was written
  kinds    TEXT    NOT NULL,                          -- checksum of the definitions of the kinds then
  nonce    BLOB    NOT NULL,
  salt     BLOB,                                      -- of the digests of the command and the changes; null when one was purged
  digest   BLOB,                                      -- of the command as typed, when it was purged
  UNIQUE (replica, sequence)
) STRICT;

CREATE TABLE change_8 (
  id        INTEGER PRIMARY KEY,
  operation INTEGER NOT NULL REFERENCES operation_8 (id) DEFERRABLE INITIALLY DEFERRED,
  subject   TEXT    NOT NULL,                         -- uid of an entry, or kind/NAME, page/NAME, setting/KEY, attachment/NAME
  field     TEXT    NOT NULL,                         -- '' is the whole subject
  pieces    INTEGER NOT NULL DEFAULT 0 CHECK (pieces IN (0, 1)), -- whether old and new are the pieces that differ
  old       TEXT,                                     -- JSON; null: was not there
  new       TEXT,
  salt      BLOB,                                     -- its own, when that of the operation is gone
  digest    BLOB                                      -- of its values, when they were purged
) STRICT;

INSERT INTO operation_8 (id, uid, replica, sequence, stamp, at, actor, command, action, target, inherits, seen, schema, kinds, nonce, salt)
  SELECT id, printf('%032x', id), machine, id, stamp, at, 'user', command, action, printf('%032x', target), 0, '{}', 1, '', x'', x'' FROM operation;
INSERT INTO change_8 (id, operation, subject, field, old, new) SELECT id, operation, subject, field, old, new FROM change;
DROP TABLE change;
DROP TABLE operation;
ALTER TABLE operation_8 RENAME TO operation;
ALTER TABLE change_8 RENAME TO change;
CREATE INDEX change_by_operation ON change (operation);
CREATE INDEX change_by_subject ON change (subject);
CREATE INDEX operation_by_stamp ON operation (stamp);
CREATE INDEX operation_by_target ON operation (target) WHERE target IS NOT NULL;

-- The definition of kb from which that of a built-in kind was made: a newer kb merges its own into it.
ALTER TABLE kind ADD COLUMN base TEXT;

-- This copy of the notebook and the copies that it was made from, the newest last. It belongs to this copy, and is not logged.
CREATE TABLE _replica (
  id    TEXT PRIMARY KEY,
  file  TEXT,                                         -- which file it is; null: not known
  until INTEGER                                       -- the last sequence number that this copy has of it; null: the copy itself
) STRICT;
INSERT INTO _replica (id, file, until) SELECT value, NULL, NULL FROM setting WHERE key = 'machine';
DELETE FROM setting WHERE key = 'machine';
