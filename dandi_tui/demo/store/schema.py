"""The tables of the embedded archive."""

from __future__ import annotations

SCHEMA_VERSION = 3

SCHEMA = """
CREATE TABLE setting (name TEXT PRIMARY KEY, value TEXT NOT NULL) WITHOUT ROWID;

CREATE TABLE user (
    id INTEGER PRIMARY KEY, username TEXT NOT NULL UNIQUE, first_name TEXT NOT NULL, last_name TEXT NOT NULL, email TEXT NOT NULL,
    admin INT NOT NULL, status TEXT NOT NULL, token TEXT NOT NULL UNIQUE);

CREATE TABLE dandiset (
    identifier TEXT PRIMARY KEY, created TEXT NOT NULL, modified TEXT NOT NULL, embargo_status TEXT NOT NULL, embargoed_until TEXT)
    WITHOUT ROWID;
CREATE TABLE owner (dandiset TEXT NOT NULL, user INT NOT NULL, PRIMARY KEY (dandiset, user)) WITHOUT ROWID;
-- The id tells who starred last.
CREATE TABLE star (id INTEGER PRIMARY KEY, dandiset TEXT NOT NULL, user INT NOT NULL, UNIQUE (dandiset, user));

CREATE TABLE version (
    id INTEGER PRIMARY KEY, dandiset TEXT NOT NULL, version TEXT NOT NULL, name TEXT NOT NULL, status TEXT NOT NULL,
    created TEXT NOT NULL, modified TEXT NOT NULL, release_notes TEXT NOT NULL, contact TEXT NOT NULL, asset_count INT NOT NULL,
    size INT NOT NULL, metadata BLOB NOT NULL, errors BLOB NOT NULL, words TEXT NOT NULL,
    summarized INT NOT NULL, UNIQUE (dandiset, version));
CREATE INDEX version_waiting ON version (status) WHERE status NOT IN ('Valid', 'Invalid', 'Published');

CREATE TABLE blob (blob_id TEXT PRIMARY KEY, etag TEXT NOT NULL, sha256 TEXT, size INT NOT NULL) WITHOUT ROWID;
CREATE INDEX blob_etag ON blob (etag, size);
CREATE INDEX blob_sha256 ON blob (sha256);
CREATE INDEX blob_waiting ON blob (blob_id) WHERE sha256 IS NULL;

CREATE TABLE zarr (
    zarr_id TEXT PRIMARY KEY, name TEXT NOT NULL, dandiset TEXT NOT NULL, status TEXT NOT NULL, checksum TEXT,
    file_count INT NOT NULL, size INT NOT NULL, UNIQUE (dandiset, name)) WITHOUT ROWID;
CREATE INDEX zarr_waiting ON zarr (zarr_id) WHERE status = 'Uploaded';
CREATE TABLE zarr_file (
    zarr_id TEXT NOT NULL, key TEXT NOT NULL, size INT NOT NULL, etag TEXT NOT NULL, modified TEXT NOT NULL,
    PRIMARY KEY (zarr_id, key)) WITHOUT ROWID;

-- Rows are numbered in the order of creation. An asset outlives its place in a version: it can always be read by its id.
CREATE TABLE asset (
    id INTEGER PRIMARY KEY, asset_id TEXT NOT NULL UNIQUE, dandiset TEXT NOT NULL, path TEXT NOT NULL, blob TEXT, zarr TEXT,
    size INT NOT NULL, created TEXT NOT NULL, modified TEXT NOT NULL, status TEXT NOT NULL, metadata BLOB NOT NULL,
    errors BLOB NOT NULL);
CREATE INDEX asset_blob ON asset (blob);
CREATE INDEX asset_problem ON asset (dandiset, status) WHERE status <> 'Valid';
CREATE INDEX asset_waiting ON asset (id) WHERE status = 'Pending';
CREATE INDEX asset_zarr ON asset (zarr);

-- Which assets a version holds, and the folders that their paths make, with the totals of what is below.
CREATE TABLE held (version INT NOT NULL, path TEXT NOT NULL, parent TEXT NOT NULL, asset INT NOT NULL, PRIMARY KEY (version, path))
    WITHOUT ROWID;
CREATE INDEX held_parent ON held (version, parent, path);
CREATE INDEX held_asset ON held (version, asset);
CREATE INDEX held_by ON held (asset);
CREATE TABLE folder (
    version INT NOT NULL, path TEXT NOT NULL, parent TEXT NOT NULL, files INT NOT NULL, size INT NOT NULL,
    PRIMARY KEY (version, path)) WITHOUT ROWID;
CREATE INDEX folder_parent ON folder (version, parent, path);

-- What assets are searched by: file_type, species, genotype, measurement_technique.
CREATE TABLE fact (
    kind TEXT NOT NULL, value TEXT NOT NULL, dandiset TEXT NOT NULL, asset INT NOT NULL, PRIMARY KEY (kind, value, dandiset, asset))
    WITHOUT ROWID;
CREATE INDEX fact_asset ON fact (asset);

-- What was announced of an upload, its parts as they come, and what stands in the object store once they were put together.
CREATE TABLE upload (
    upload_id TEXT PRIMARY KEY, dandiset TEXT NOT NULL, user INT NOT NULL, etag TEXT NOT NULL, size INT NOT NULL, created TEXT NOT NULL,
    multipart TEXT NOT NULL, stored_etag TEXT, stored_size INT) WITHOUT ROWID;
CREATE INDEX upload_dandiset ON upload (dandiset, created);
CREATE TABLE part (
    upload_id TEXT NOT NULL, number INT NOT NULL, etag TEXT NOT NULL, size INT NOT NULL, PRIMARY KEY (upload_id, number)) WITHOUT ROWID;

-- Drafts that are being published, and what their version shall say of itself.
CREATE TABLE publishing (version INT PRIMARY KEY, release_notes TEXT NOT NULL) WITHOUT ROWID;

-- What was done with assets, in its order.
CREATE TABLE event (
    id INTEGER PRIMARY KEY, time TEXT NOT NULL, kind TEXT NOT NULL, dandiset TEXT NOT NULL, path TEXT NOT NULL, size INT NOT NULL,
    asset_id TEXT NOT NULL, checksum TEXT, blob TEXT, zarr TEXT);
"""
