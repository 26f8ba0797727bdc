-- What was decided about registered models, in the order in which it was; nothing is ever changed
-- or taken away. `version` counts from 1 within a model. `dataset`, `fingerprint` and `run` say of
-- a `registered` version what it is; `details` is JSON.

CREATE TABLE model_event (
    id INTEGER NOT NULL PRIMARY KEY,
    model TEXT NOT NULL,
    version INTEGER NOT NULL,
    kind TEXT NOT NULL,
    alias TEXT NOT NULL,
    happened_at DOUBLE PRECISION NOT NULL,
    person TEXT NOT NULL,
    why TEXT NOT NULL,
    dataset TEXT NOT NULL,
    fingerprint TEXT NOT NULL,
    run INTEGER NOT NULL,
    details TEXT NOT NULL
);
CREATE INDEX model_event_model ON model_event (model);
