"""Which names and values are credentials, and where credentials stand in a text. Pure: text in, positions out."""
