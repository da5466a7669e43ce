"""Describing a Dandiset: the archive's JSON schema as a form, its checks in words, differences, merging. All of it pure but `kept`."""
