"""The API as functions: 34 operations, repeated if that is safe, with validated answers and clear errors."""
