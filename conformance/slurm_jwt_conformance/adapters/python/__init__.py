"""One file a library, as an adapter of the JSON-lines contract; serve.py loads one by its path."""
