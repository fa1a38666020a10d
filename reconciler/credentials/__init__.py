"""Decides which names and values are credentials, and finds credentials in texts. Pure: text in, positions out."""
