-- Links also name notes without their folder. Names are what follows the last slash of a path.
DROP INDEX entry_by_note;
CREATE INDEX entry_by_note ON entry (
  lower(replace(json_extract(extra, '$.file.path'), rtrim(json_extract(extra, '$.file.path'), replace(json_extract(extra, '$.file.path'), '/', '')), '')),
  lower(json_extract(extra, '$.file.path'))
) WHERE json_extract(extra, '$.file.path') IS NOT NULL;
