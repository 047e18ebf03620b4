-- Links name notes by path. Paths are compared without the case of ASCII letters.
CREATE INDEX entry_by_note ON entry (lower(json_extract(extra, '$.file.path'))) WHERE json_extract(extra, '$.file.path') IS NOT NULL;
