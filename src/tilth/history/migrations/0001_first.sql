-- Standard SQL, shared by all databases. A driver translates three words where it must:
-- INTEGER (64 bits), BLOB, and WITHOUT ROWID (the table is kept in the order of its key).
-- A statement ends with a semicolon at the end of a line.

CREATE TABLE environment (
    fingerprint TEXT NOT NULL PRIMARY KEY,
    packages TEXT NOT NULL
);

CREATE TABLE run (
    id INTEGER NOT NULL PRIMARY KEY,
    pipeline TEXT NOT NULL,
    arguments TEXT NOT NULL,
    state TEXT NOT NULL,
    started_at DOUBLE PRECISION NOT NULL,
    finished_at DOUBLE PRECISION,
    started_by TEXT NOT NULL,
    person TEXT NOT NULL,
    host TEXT NOT NULL,
    pid INTEGER NOT NULL,
    git_commit TEXT NOT NULL,
    clean INTEGER,
    environment TEXT NOT NULL,
    counts TEXT NOT NULL,
    note TEXT NOT NULL,
    error TEXT NOT NULL,
    journal TEXT NOT NULL
);
CREATE INDEX run_state ON run (state);

CREATE TABLE recipe (
    id INTEGER NOT NULL PRIMARY KEY,
    fingerprint TEXT NOT NULL UNIQUE,
    function TEXT,
    code TEXT,
    parts TEXT,
    parameters TEXT,
    formats TEXT,
    libraries TEXT,
    python TEXT
);

CREATE TABLE part_text (
    digest TEXT NOT NULL PRIMARY KEY,
    file TEXT NOT NULL,
    line INTEGER NOT NULL,
    body TEXT NOT NULL
);

-- latest: its newest node run that is done; latest_by: the record that says so, which is
-- that node run itself or a reuse of it.
CREATE TABLE node (
    id INTEGER NOT NULL PRIMARY KEY,
    name TEXT NOT NULL UNIQUE,
    latest INTEGER,
    latest_by INTEGER
);

CREATE TABLE dataset (
    id INTEGER NOT NULL PRIMARY KEY,
    name TEXT NOT NULL UNIQUE
);

-- A dataset at a version. `run` is the first that made or read it; format is NULL as long
-- as it is known from reading alone.
CREATE TABLE version (
    id INTEGER NOT NULL PRIMARY KEY,
    fingerprint TEXT NOT NULL,
    dataset INTEGER NOT NULL REFERENCES dataset (id),
    run INTEGER NOT NULL,
    n_bytes INTEGER,
    format TEXT,
    shape TEXT,
    n_rows INTEGER,
    n_columns INTEGER,
    kept INTEGER,
    data BLOB,
    UNIQUE (fingerprint, dataset)
);
CREATE INDEX version_dataset ON version (dataset);

-- A node run's number is its run's number times 2^24 plus its place in the run, so that a
-- run's node runs lie side by side and need no index. `inputs` and `outputs` are JSON, to
-- have a whole node run in one row; node_input and node_output lead from a version to them.
-- `more`: 1 where it has metrics, plus 2 where it has a failure.
CREATE TABLE node_run (
    id INTEGER NOT NULL PRIMARY KEY,
    node INTEGER NOT NULL REFERENCES node (id),
    fingerprint TEXT NOT NULL,
    recipe INTEGER NOT NULL REFERENCES recipe (id),
    state TEXT NOT NULL,
    reason TEXT NOT NULL,
    started_at DOUBLE PRECISION NOT NULL,
    seconds DOUBLE PRECISION NOT NULL,
    load_seconds DOUBLE PRECISION NOT NULL,
    save_seconds DOUBLE PRECISION NOT NULL,
    peak_bytes INTEGER,
    attempt INTEGER NOT NULL,
    more INTEGER NOT NULL,
    inputs TEXT NOT NULL,
    outputs TEXT NOT NULL
);
CREATE INDEX node_run_fingerprint ON node_run (fingerprint);
CREATE INDEX node_run_node ON node_run (node);

CREATE TABLE failure (
    node_run INTEGER NOT NULL PRIMARY KEY REFERENCES node_run (id),
    error TEXT NOT NULL,
    log TEXT NOT NULL
);

CREATE TABLE metric (
    node_run INTEGER NOT NULL REFERENCES node_run (id),
    place INTEGER NOT NULL,
    name TEXT NOT NULL,
    value DOUBLE PRECISION,
    low DOUBLE PRECISION,
    high DOUBLE PRECISION,
    data TEXT,
    PRIMARY KEY (node_run, place)
) WITHOUT ROWID;

CREATE TABLE node_input (
    version INTEGER NOT NULL REFERENCES version (id),
    node_run INTEGER NOT NULL REFERENCES node_run (id),
    PRIMARY KEY (version, node_run)
) WITHOUT ROWID;

CREATE TABLE node_output (
    version INTEGER NOT NULL REFERENCES version (id),
    node_run INTEGER NOT NULL REFERENCES node_run (id),
    PRIMARY KEY (version, node_run)
) WITHOUT ROWID;

-- Numbered like node runs: in this run, this node took over that node run.
CREATE TABLE reuse (
    id INTEGER NOT NULL PRIMARY KEY,
    node INTEGER NOT NULL REFERENCES node (id),
    node_run INTEGER NOT NULL REFERENCES node_run (id)
);
CREATE INDEX reuse_node ON reuse (node);

-- Bytes that were found damaged, until somebody makes them again.
CREATE TABLE lost_data (
    fingerprint TEXT NOT NULL PRIMARY KEY
);
