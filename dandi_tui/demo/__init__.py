"""The embedded archive: a server that answers as the real archive does, on this machine, with data of its own."""
