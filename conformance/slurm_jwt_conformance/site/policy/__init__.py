"""A site's policy: its own limits and waivers on top of the documented rules."""
