"""What the course's notebooks use but do not teach: language, data, figures, explorables, training loop, checks."""

import sys

__version__ = "1.0.0"

# Importing nbformat imports jsonschema, which compiles a grammar of internationalised addresses: more than a second in
# every process, for a format that no notebook schema has. Without the grammar's package it leaves that format out.
sys.modules.setdefault("rfc3987_syntax", None)
