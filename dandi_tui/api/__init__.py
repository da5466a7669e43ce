"""The archive: an async client, its typed answers, keys, instances and targets."""
