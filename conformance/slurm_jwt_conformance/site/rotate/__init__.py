"""The steps of a key rotation for one configuration, and what breaks between them. It changes nothing."""
