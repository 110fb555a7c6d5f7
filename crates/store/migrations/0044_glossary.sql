-- The vocabularies of spaces, version by version: at a platform as published, at a connector as fetched. TC609-6-2025-11 §7.3.5.
CREATE TABLE glossary (
    space_id TEXT NOT NULL,
    number BIGINT NOT NULL,
    version TEXT NOT NULL,
    edition TEXT NOT NULL,
    body TEXT NOT NULL,
    PRIMARY KEY (space_id, number)
);
CREATE INDEX glossary_by_version ON glossary (space_id, version);

-- At a connector: what the columns of a resource mean by the glossary of a space.
CREATE TABLE glossary_mapping (
    resource TEXT NOT NULL,
    space_id TEXT NOT NULL,
    body TEXT NOT NULL,
    PRIMARY KEY (resource, space_id)
);
