"""The page that a portal's developer asks for: how to make tokens that this cluster takes."""
