-- Where in the history a tracked file was last read or written, and what of it the file has: a JSON object with the last operation whose
-- changes it has (base), the later imports of it, which took its values but kept newer ones of the notebook (imports), and whether kb
-- wrote it (whole).
ALTER TABLE _document ADD COLUMN operation INTEGER;
ALTER TABLE _document ADD COLUMN state TEXT;
