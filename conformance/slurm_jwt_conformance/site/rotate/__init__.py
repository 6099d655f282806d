"""The plan of a key rotation for one configuration, and what fails between its steps. It changes nothing."""
