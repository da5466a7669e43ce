"""Reading NWB files: HDF5, local and by HTTP ranges, in a process apart. It knows nothing of the archive."""
