"""The checks, one topic a module. Each looks at a survey and yields findings and what it could not check."""
