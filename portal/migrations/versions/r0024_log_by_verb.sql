CREATE INDEX ix_audit_event_verb_seq ON audit_event (verb, seq);
DROP INDEX ix_audit_event_verb;
