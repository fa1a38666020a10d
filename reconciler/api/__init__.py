"""The API as functions: 34 operations, repeated where that is safe, answers checked, errors for people."""
