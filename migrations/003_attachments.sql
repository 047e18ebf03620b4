-- Files that bodies refer to, such as pictures, kept once by their content.
CREATE TABLE _attachment (
  name    TEXT PRIMARY KEY,                           -- a hash of the content, with a number behind it if two contents share it
  content BLOB NOT NULL
) STRICT;
