-- Where in the history a tracked file was last read or written, and what of it the file has: a JSON array of the last operation whose
-- changes it has, and the later imports of it, which took its values but kept newer ones of the notebook.
ALTER TABLE _document ADD COLUMN operation INTEGER;
ALTER TABLE _document ADD COLUMN state TEXT;
