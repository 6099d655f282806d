"""The cases, one module a topic, one small function a case."""
