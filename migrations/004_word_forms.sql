-- Words whose signs the full-text index does not fold as kb does (diﬀerent, άλφα, йога) are kept with the form that it knows.
DROP TABLE _word;
CREATE TABLE _word (                                  -- every word of the entries
  word TEXT NOT NULL,                                 -- folded but not stemmed
  form TEXT NOT NULL DEFAULT '',                      -- as the full-text index finds it; empty: as it is folded
  PRIMARY KEY (word, form)
) STRICT, WITHOUT ROWID;
