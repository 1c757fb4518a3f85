CREATE TABLE benchmark_cell (
    id UUID NOT NULL,
    benchmark_id UUID NOT NULL,
    position INTEGER NOT NULL,
    dimension VARCHAR(40) NOT NULL,
    key VARCHAR(60) NOT NULL,
    parent VARCHAR(60) NOT NULL,
    item_count INTEGER NOT NULL,
    hidden BOOLEAN NOT NULL,
    public BOOLEAN NOT NULL,
    CONSTRAINT pk_benchmark_cell PRIMARY KEY (id),
    CONSTRAINT uq_benchmark_cell_benchmark_id_dimension_key UNIQUE (benchmark_id, dimension, key),
    CONSTRAINT fk_benchmark_cell_benchmark_id FOREIGN KEY(benchmark_id) REFERENCES benchmark_version (id) ON DELETE CASCADE
);

CREATE TABLE result_cell (
    id UUID NOT NULL,
    result_id UUID NOT NULL,
    cell_id UUID NOT NULL,
    metric VARCHAR(60) NOT NULL,
    value FLOAT NOT NULL,
    low FLOAT,
    high FLOAT,
    difference FLOAT,
    difference_low FLOAT,
    difference_high FLOAT,
    drop FLOAT,
    drop_low FLOAT,
    drop_high FLOAT,
    is_weakest BOOLEAN NOT NULL,
    CONSTRAINT pk_result_cell PRIMARY KEY (id),
    CONSTRAINT uq_result_cell_result_id_metric_cell_id UNIQUE (result_id, metric, cell_id),
    CONSTRAINT fk_result_cell_result_id FOREIGN KEY(result_id) REFERENCES result (id) ON DELETE CASCADE,
    CONSTRAINT fk_result_cell_cell_id FOREIGN KEY(cell_id) REFERENCES benchmark_cell (id) ON DELETE CASCADE
);

CREATE TABLE paired_cell (
    id UUID NOT NULL,
    first_id UUID NOT NULL,
    second_id UUID NOT NULL,
    cell_id UUID NOT NULL,
    difference FLOAT NOT NULL,
    low FLOAT,
    high FLOAT,
    CONSTRAINT pk_paired_cell PRIMARY KEY (id),
    CONSTRAINT uq_paired_cell_first_id_second_id_cell_id UNIQUE (first_id, second_id, cell_id),
    CONSTRAINT fk_paired_cell_first_id FOREIGN KEY(first_id) REFERENCES result (id) ON DELETE CASCADE,
    CONSTRAINT fk_paired_cell_second_id FOREIGN KEY(second_id) REFERENCES result (id) ON DELETE CASCADE,
    CONSTRAINT fk_paired_cell_cell_id FOREIGN KEY(cell_id) REFERENCES benchmark_cell (id) ON DELETE CASCADE
);

CREATE INDEX ix_result_cell_cell_id_metric ON result_cell (cell_id, metric);

CREATE UNIQUE INDEX ix_result_cell_weakest ON result_cell (result_id, metric) WHERE is_weakest;

CREATE INDEX ix_paired_cell_cell_id ON paired_cell (cell_id);

CREATE INDEX ix_paired_cell_second_id ON paired_cell (second_id);

ALTER TABLE result ADD COLUMN cells_at TIMESTAMP WITH TIME ZONE;
