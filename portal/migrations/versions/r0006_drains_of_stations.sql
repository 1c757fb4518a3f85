ALTER TABLE worker ADD COLUMN station VARCHAR(120) DEFAULT '' NOT NULL;

CREATE INDEX ix_worker_station ON worker (station);

CREATE TABLE station_drain (
    station VARCHAR(120) NOT NULL,
    reason VARCHAR(300) NOT NULL,
    at TIMESTAMP WITH TIME ZONE NOT NULL,
    CONSTRAINT pk_station_drain PRIMARY KEY (station)
);
