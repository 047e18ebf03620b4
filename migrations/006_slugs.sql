-- Slugs in any script. The check of the column `slug` becomes that of 001_core.sql; SQLite cannot alter a check, so the program
-- replaces its text (file/migrate.rs), which the rows that exist all pass.
SELECT 1;
