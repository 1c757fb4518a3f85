ALTER TABLE worker ADD COLUMN public_key VARCHAR(200) DEFAULT '' NOT NULL;

CREATE TABLE result_statement (
    id UUID NOT NULL,
    result_id UUID NOT NULL,
    envelope JSONB NOT NULL,
    sha256 VARCHAR(64) NOT NULL,
    public_key VARCHAR(200) NOT NULL,
    created_at TIMESTAMP WITH TIME ZONE NOT NULL,
    CONSTRAINT pk_result_statement PRIMARY KEY (id),
    CONSTRAINT uq_result_statement_result_id UNIQUE (result_id),
    CONSTRAINT fk_result_statement_result_id FOREIGN KEY(result_id) REFERENCES result (id) ON DELETE CASCADE
);
