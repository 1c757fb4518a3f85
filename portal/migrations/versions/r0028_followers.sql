-- The last cosignature of each witness, without reading all of them.
CREATE INDEX ix_audit_cosignature_last ON audit_cosignature (witness_id, size);

DROP INDEX ix_audit_cosignature_witness_id;
