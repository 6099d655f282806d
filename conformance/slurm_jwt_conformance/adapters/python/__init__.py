"""One file a library, as an adapter that speaks the adapter protocol; serve.py loads one by its path."""
