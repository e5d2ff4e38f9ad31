"""From source/ to notebooks: read one bilingual source, make a notebook in each language, keep translations fresh."""
