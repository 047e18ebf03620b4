-- The folder of notes that a tracked file belongs to, as a stored path, and which new entries a file takes.
ALTER TABLE _document ADD COLUMN folder TEXT;
ALTER TABLE _document ADD COLUMN filter TEXT;
