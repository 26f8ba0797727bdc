-- A version of a dataset that was held against its contract. `contract` is the fingerprint of
-- the contract together with the versions of the datasets that it looks up; `version` is empty
-- where the data was refused before it became one. `report` is JSON, with all findings.

CREATE TABLE checked (
    id INTEGER NOT NULL PRIMARY KEY,
    run INTEGER NOT NULL,
    dataset INTEGER NOT NULL REFERENCES dataset (id),
    version TEXT NOT NULL,
    contract TEXT NOT NULL,
    state TEXT NOT NULL,
    checked_at DOUBLE PRECISION NOT NULL,
    report TEXT NOT NULL,
    UNIQUE (run, dataset, version, contract, checked_at)
);
CREATE INDEX checked_version ON checked (dataset, version, contract);
